"""Numbers, counts, lists and shortened names in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cwac.one_line import one_line
from cwac.rounding import half_up


def number(value: float | None, digits: int = 1) -> str:
    """`37`, `37.5`, or `not known` for None; rounded half up."""
    if value is None:
        return "not known"
    text = f"{half_up(value, digits):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def people(value: float | None) -> str:
    """A number of people in words: whole, as half a guest of `35-40` is nobody. A half is rounded up."""
    return number(value, 0)


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 event`, `3 events`, `1,200 events`."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def with_noun(words: str, noun: str) -> str:
    """`1 hour`, `about 1 hour`, `2 hours`, `1 or more hours`."""
    return f"{words} {noun}" if words in ("1", "about 1", "at least 1") else f"{words} {noun}s"


def with_guests(words: str) -> str:
    return with_noun(words, "guest")


def shorten(text: str, length: int = 60) -> str:
    """The text on one line, cut to `length` characters."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def list_words(words: Sequence[str], limit: int, joint: str = "and") -> str:
    """`a, b and c`; beyond the limit, `a, b and 3 more`."""
    if len(words) == 1:
        return words[0]
    shown = list(words) if len(words) <= limit else [*words[:limit], f"{len(words) - limit} more"]
    return f" {joint} ".join([*([", ".join(shown[:-1])] if len(shown) > 1 else []), *shown[-1:]])


@lru_cache(1024)
def any_of(agencies: tuple[str, ...]) -> str:
    """`WPD or SCSO`, or `the agencies`."""
    return list_words([shorten(agency, 20) for agency in agencies], 3, "or") or "the agencies"
