"""A name that is not known -> the known one that may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from cwac.settings.errors import SettingsError


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The most similar of the names, by `difflib`'s ratio of at least `cutoff`."""
    folded = {re.sub(r"[\W_]+", "_", candidate.casefold()): candidate for candidate in names}
    matches = difflib.get_close_matches(re.sub(r"[\W_]+", "_", name[:60].casefold()), folded, 1, cutoff)
    return folded[matches[0]] if matches else None


def shown(name: str) -> str:
    """A name as typed, on one line of printable characters."""
    return name if name.isprintable() and len(name) <= 60 else repr(name[:60])


def meant(name: str, names: Sequence[str], form: str = "{}") -> str:
    """The nearest of the names, and all of them, each in this form."""
    near, known = nearest(name, names), f"nown are {', '.join(map(form.format, names))}."
    return f"did you mean {form.format(near)}? K{known}" if near else f"k{known}"


def refuse_unknown(section: str, table: Iterable[str], names: Sequence[str]) -> None:
    """Raise `SettingsError` for the first key of a table that is not among the names."""
    for key in table:
        if key not in names:
            raise SettingsError(section, f"does not know {shown(key)}", meant(key, names))
