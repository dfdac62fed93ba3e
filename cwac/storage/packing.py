"""A tab as compressed bytes, and back."""

from __future__ import annotations

import json
import zlib

from cwac.model import Merge, Tab

FORMAT = b"1"
"""Written before each packed tab, so that a later way of packing can be told from this one."""

UNPACK_ERRORS = (zlib.error, ValueError, TypeError, LookupError)
"""What `unpack` raises for bytes that are damaged."""


def pack(tab: Tab) -> bytes:
    """Pack a whole tab. Python's JSON keeps what others lose: nan, integers of any size, `1` beside `1.0`.

    Text stays text (no `\\u` escapes), since two lone surrogates side by side would come back as one character.
    """
    merges = [(m.top, m.bottom, m.left, m.right) for m in tab.merges]
    marks = [tab.hidden, list(tab.struck)] if tab.hidden or tab.struck else []
    whole = [tab.title, tab.id, merges, [list(row) for row in tab.rows], *marks]
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return FORMAT + zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def unpack(body: bytes) -> Tab:
    """The tab that `pack` was given. Raises one of `UNPACK_ERRORS`."""
    if body[:1] != FORMAT:
        raise ValueError("packed in an unknown way")
    title, number, merges, rows, *marks = json.loads(zlib.decompress(body[1:]).decode("utf-8", "surrogatepass"))
    hidden, struck = marks or (False, ())
    return Tab(title, rows, tuple(Merge(*merge) for merge in merges), number, hidden, tuple(struck))
