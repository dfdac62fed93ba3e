"""What the cells of a column look like: days, times, counts, agencies, names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice

from cwac.model import Cell
from cwac.sheet import choices, counts, dates, schema, times
from cwac.sheet.dates import MONTH_NUMBERS, DateExtra, DayRange, Years
from cwac.sheet.remarks import RANKS, looks_like_name, split_cell
from cwac.sheet.text import MAX_CELL, NOTHING, is_blank, is_formula_error, is_not_said, text_of

LOOKED_AT = 200
"""Rows of a tab from which a plan is made."""
_SAMPLE = 40
_YEARS = Years(1990, 2100, dt.date(2025, 1, 1))
_WEEKDAY = re.compile(
    r"(?:mon|tues?|weds?|wednes|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\.?|m|t|w|th|f|lunes|martes|mi[eé]rcoles|jueves"
    r"|viernes|s[aá]bado|domingo|lun|mar|mi[eé]|jue|vie|s[aá]b|dom",
    re.I,
)
_AGENCY = re.compile(
    r"\b(?:pd|so|sd|p\.d\.|police|sheriff\S*|chp|highway patrol|marshals?|troopers?|dept\.?|department|agency|fbi|dea"
    r"|rangers?|probation|da's office|fire)\b|\b[A-Z]{1,4}(?:PD|SO|SD|CSO|DPS)\b",
    re.I,
)
_SHORT = re.compile(r"[A-Z]{2,5}(?:-[A-Z0-9]{1,4})?")
_HAS_TIME = re.compile(
    r"[0-9]\s*[:;.h][0-9]{2}|[0-9]\s*[ap]\.?\s?m?\b|noon|[0-9]{3,4}\s*(?:hrs|hours|h\b)|[0-9]\s*(?:-|to)\s*[0-9]"
    r"|^(?:0[5-9]|1[0-9])[0-5][0-9]$",
    re.I,
)
_PRIVATE = re.compile(r"@[a-z0-9-]+\.|https?://|\b[0-9]{3}[-. )]+[0-9]{3}[-. ][0-9]{4}\b|^\$|\$ ?[0-9]", re.I)
COFFEE = re.compile(r"\b(?:coffee|cocoa|donuts?|tacos?|caf[eé]) (?:with|w/|con)|\bw/? ?(?:a )?cops?\b|\bcwac\b", re.I)
"""The program's usual titles."""
LEADS = frozenset("l lead h host".split())
"""Marks, beside ticks, of the agency that leads."""
TICKS = frozenset("x ✓ ✔ ☑ ✅ yes y si sí true 1 ok".split())
NO_TICKS = frozenset("no n false 0 ✗ ✘ ☐ - –".split())
_EVENT_STATUSES = schema.EVENTS.column("status").choices


def is_tick(cell: Cell) -> bool:
    """Whether a cell says yes: TRUE, x, a check mark, yes, 1."""
    return cell is True or (cell == 1 and not isinstance(cell, bool)) or text_of(cell).casefold() in TICKS


_YYMMDD = re.compile(r"(?P<year>2[0-9])(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])")


def day_of_six_digits(cell: Cell) -> str | None:
    """A day as text, where a cell holds it as year, month and day in six digits: 261007."""
    typed = text_of(cell) if isinstance(cell, str) and len(cell) < 10 else ""
    if isinstance(cell, int) and 200_000 < cell < 300_000:
        typed = str(cell)
    match = _YYMMDD.fullmatch(typed) if len(typed) == 6 else None
    return f"{match['month']}/{match['day']}/20{match['year']}" if match else None


def is_day(cell: Cell) -> bool:
    """Whether a cell holds a day, or several."""
    if day_of_six_digits(cell):
        return True
    if isinstance(cell, int | float):
        return 33_000 <= cell <= 74_000
    reading = dates.read_date(cell, _YEARS) if cell is None or len(cell) <= MAX_CELL else NOTHING
    return reading.value is not None or isinstance(reading.extra, DateExtra | DayRange)


def _are_people_of_agency(cell: Cell) -> bool:
    """Whether a cell holds people with ranks and, after the last comma, their agencies: "Ofc. Cole, WPD"."""
    people, _, agencies = text_of(cell).rpartition(",")
    return _has_rank(people) and _are_people(people) and _are_agencies(agencies)


def day_above(row: Sequence[Cell]) -> tuple[int, str] | None:
    """The place and the text of a line that has a day alone, such as "Thursday, October 1"."""
    filled = [(at, cell) for at, cell in enumerate(row) if not is_blank(cell)]
    if len(filled) != 1 or not isinstance(filled[0][1], str) or not is_day(filled[0][1]):
        return None
    return filled[0][0], filled[0][1]


def _is_time(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        if 33_000 <= cell <= 74_000:
            return not float(cell).is_integer()
        return 0 < cell < 1 or (isinstance(cell, int) and (6 <= cell <= 21 or 600 <= cell <= 2200))
    text = text_of(cell)
    return (
        bool(_HAS_TIME.search(text))
        and len(text) < 40
        and (times.read_time(cell).value is not None or bool(re.match(r"[0-9]", text)))
        and not re.match(r"[0-9]{1,2}/[0-9]{1,2}|(?:19|20)[0-9]{2}-[0-9]{1,2}-", text)
    )


def _is_count(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return 0 <= cell <= 20_000 and float(cell).is_integer() and not isinstance(cell, bool)
    text = text_of(cell)
    return any(map(str.isdigit, text)) and len(text) < 30 and counts.read_count(cell).value is not None


def is_agency_like(text: str) -> bool:
    """Whether a text names an agency by its words or as an abbreviation, such as Weed PD or SCSO."""
    return bool(_AGENCY.search(text)) or _SHORT.fullmatch(text) is not None


def _are_agencies(cell: Cell) -> bool:
    parts = [part.strip() for part in re.split(r"[;,/&+\n]|\band\b|\by\b", text_of(cell), flags=re.I) if part.strip()]
    return bool(parts) and sum(map(is_agency_like, parts)) * 2 > len(parts)


def _are_people(cell: Cell) -> bool:
    text = text_of(cell)
    if not text or _PRIVATE.search(text):
        return False
    parts = [part.bare for part in split_cell(text) if part.bare]
    return bool(parts) and all(
        len(part.split()) <= 4
        and (looks_like_name(re.sub(r"#?[0-9]+|x ?[0-9]+", "", part), True) or "tbd" in part.lower())
        for part in parts
    )


def _has_rank(cell: Cell) -> bool:
    return any(word.strip(".,;").casefold() in RANKS for word in text_of(cell).split())


def is_private(cell: Cell) -> bool:
    """Whether a cell holds an address of mail or the web, a telephone number or dollars."""
    return _PRIVATE.search(text_of(cell)) is not None


def _is_town(cell: Cell) -> bool:
    text = text_of(cell)
    is_short = bool(re.search(r"[^\W\d_]", text)) and len(text) <= 40 and len(text.split()) <= 4
    return is_short and not is_day(cell) and not _HAS_TIME.search(text) and not any(map(str.isdigit, text))


_KINDS: Mapping[str, Callable[[Cell], bool]] = {
    "day": is_day,
    "time": _is_time,
    "time of day": lambda cell: is_day(cell) and getattr(dates.read_date(cell, _YEARS).extra, "time", None) is not None,
    "count": _is_count,
    "agency": _are_agencies,
    "sure agency": lambda cell: _AGENCY.search(text_of(cell)) is not None,
    "people": _are_people,
    "people, agency": _are_people_of_agency,
    "rank": _has_rank,
    "town": _is_town,
    "text": lambda cell: isinstance(cell, str) and bool(re.search(r"[^\W\d_]", cell)) and not _PRIVATE.search(cell),
    "weekday": lambda cell: _WEEKDAY.fullmatch(text_of(cell)) is not None,
    "month": lambda cell: (isinstance(cell, int) and 1 <= cell <= 12) or text_of(cell).casefold() in MONTH_NUMBERS,
    "day of month": lambda cell: (
        (isinstance(cell, int) and not isinstance(cell, bool) and 1 <= cell <= 31)
        or re.fullmatch(r"[0-9]{1,2}(?:st|nd|rd|th)?", text_of(cell)) is not None
    ),
    "year": lambda cell: (
        (isinstance(cell, int) and 2000 <= cell <= 2100) or re.fullmatch("20[0-9]{2}", text_of(cell)) is not None
    ),
    "tick": lambda cell: isinstance(cell, bool) or cell == 0 or is_tick(cell) or text_of(cell).casefold() in NO_TICKS,
    "mark": lambda cell: _KINDS["tick"](cell) or re.fullmatch(r"[A-Za-z]|lead|host", text_of(cell), re.I) is not None,
    "fraction": lambda cell: isinstance(cell, float) and not cell.is_integer(),
    "status": lambda cell: (
        choices.read_event_status(cell, _EVENT_STATUSES, ()).value is not None or isinstance(cell, bool)
    ),
    "title": lambda cell: COFFEE.search(text_of(cell)) is not None,
    "private": is_private,
}


@lru_cache(16_384)
def _is_kind(kind: str, _: bool, cell: Cell) -> bool:
    return _KINDS[kind](cell)


def is_kind(kind: str, cell: Cell) -> bool:
    if isinstance(cell, str) and len(cell) > MAX_CELL:
        return _KINDS[kind](cell)  # not cached: long texts would fill the memory
    return _is_kind(kind, isinstance(cell, bool), cell)


class Cells:
    """The filled cells of a column, read when first asked for, and the share of the first of them that are of a kind.

    Most columns are known by their names, and their cells are never looked at.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._cells = cells
        self._shares: dict[str, float] = {}

    @cached_property
    def all(self) -> list[Cell]:
        return [cell for cell in self._cells if not is_blank(cell)]

    @cached_property
    def sample(self) -> Sequence[Cell]:
        said = (cell for cell in self.all if not is_not_said(cell) and not is_formula_error(cell))
        return list(islice((cell for cell in said if not (isinstance(cell, str) and set(cell) <= {"_", " "})), _SAMPLE))

    def share(self, kind: str) -> float:
        """The share of a kind; 0 without any cell."""
        if kind not in self._shares:
            found = sum(_is_kind(kind, isinstance(cell, bool), cell) for cell in self.sample)
            self._shares[kind] = found / len(self.sample) if self.sample else 0.0
        return self._shares[kind]

    def __bool__(self) -> bool:
        return bool(self.sample)
