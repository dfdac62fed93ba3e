"""Words in any cell of an event's row, read or not, that keep it from the public: forbidden, called off or in doubt."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cwac.date_words import short_day
from cwac.model import Cell
from cwac.sheet import dates
from cwac.sheet.cell_kinds import is_tick
from cwac.sheet.dates import DateExtra
from cwac.sheet.schema import EVENTS
from cwac.sheet.text import MAX_NOTE, Remark, is_formula_error, is_not_said, plain, remark_in

_PHRASES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("row_words.toml").read_text(encoding="utf-8"))


def _any_of(name: str) -> re.Pattern[str]:
    for_words = {word: _PHRASES[word] for word in ("approval", "tell")}
    patterns = (re.sub(r"\{(approval|tell)\}", lambda found: for_words[found[1]], one) for one in _PHRASES[name])
    return re.compile("|".join(patterns), re.I)


_FORBIDS, _NO_EVENT, _PUT_OFF = _any_of("forbids"), _any_of("no_event"), _any_of("put_off")
_ABOUT_OTHERS, _DOUBTFUL, _IS_SIGN = _any_of("about_others"), _any_of("doubtful"), _any_of("signs")
_LIFTED = _any_of("lifted")
_UNTIL = re.compile(
    r"\b(?:until|till|til|before|prior to|hasta(?: el)?|antes del?)\s+(?:the )?"
    r"(?P<day>[\w/.-]+(?:,? [\w/.-]+){0,3})",
    re.I,
)
_HAPPENED = re.compile(
    r"(?:was it |did it |event )?(?:held|happen(?:ed)?|occur(?:red)?|took place|take place|go|go[ /]no[ -]?go"
    r"|still on|on|went forward)\W*(?:y/?n)?\W*",
    re.I,
)
"""A header that asks whether the event took place."""
_PUBLICITY = re.compile(r"(?:ok for )?(?:publicity|social media|facebook|fb|advert\w*|promot\w*|publicize)\W*", re.I)
"""A header that asks whether the event may be made known."""
_NO_PUBLICITY = re.compile(
    r"\W*(?:(?:no|n|none|nope|nothing|not)\b(?! (?:problem|cost|issues?|charge))|after \d)", re.I
)
_NO_WITH_REASON = re.compile(r"\W*(?:n|no|nope|cancel\w*)\b(?P<reason>.*)", re.I | re.S)


class RowWord(NamedTuple):
    """A row, from 0; the index of its column; the cell; and either the word that forbids or the remark found there."""

    row: int
    column: int
    cell: str
    forbids: str | None
    remark: Remark | None


@lru_cache(8192)
def _forbidding_word(text: str, today: dt.date) -> str | None:
    """The words of a text that forbid making its event public; None without any, or once their day has come."""
    text = _LIFTED.sub(" ", text)  # another word beside one that no longer counts still forbids
    found = _FORBIDS.search(text)
    if found is None:
        return None
    for until in _UNTIL.finditer(text, max(0, found.start() - 1)):
        day = _day_of(until["day"], today)
        if day is not None:
            return None if day <= today else f"{found[0].strip(' -:*()[]')} (until {short_day(day)})"
    return found[0].strip(" -:*()[]")


def _day_of(typed: str, today: dt.date) -> dt.date | None:
    """The day at the beginning of a text; the one nearest to today where it has no year."""
    words = typed.split()
    for length in range(len(words), 0, -1):
        reading = dates.read_date(" ".join(words[:length]).strip(" .,"), dates.years_near(today))
        if isinstance(reading.value, dt.date):
            return reading.value
        if isinstance(reading.extra, DateExtra) and (partial := reading.extra.partial):
            days = [day for year in (today.year - 1, today.year, today.year + 1) if (day := partial.in_year(year))]
            return min(days, key=lambda day: abs((day - today).days)) if days else None
    return None


def scan(
    columns: Sequence[tuple[int, str, str | None, Sequence[Cell]]],
    rows: Sequence[int],
    today: dt.date,
    days: Sequence[dt.date | None],
) -> Iterator[RowWord]:
    """The words found in some columns, each with its index, header, field (None if it is not read) and cells.

    `rows` are the places of the rows in the cells, and `days` their days.
    """
    for index, header, field, cells in columns:
        asks = _HAPPENED.fullmatch(header.strip()) is not None
        is_publicity = _PUBLICITY.fullmatch(header.strip()) is not None
        refuses = header != "" and len(header) < 80 and _forbidding_word(plain(header), today) is not None
        texts = [cell for cell in set(cells) if type(cell) is str and (asks or is_publicity or len(cell) > 1)]
        if refuses:
            for row, place in enumerate(rows):
                if is_tick(cells[place]):
                    yield RowWord(row, index, str(cells[place]), header, None)
        longest = EVENTS.column(field).longest if field else MAX_NOTE
        found = {cell: words for cell in texts if any(words := _words_of(cell[:longest], field, asks, today))}
        if is_publicity:
            found |= {cell: (cell, None) for cell in texts if _NO_PUBLICITY.match(cell)}
        for row, place in enumerate(rows if found else ()):
            cell = cells[place]
            if isinstance(cell, str) and cell in found:
                forbids, remark = found[cell]
                if remark is not None and asks and remark.status == "Cancelled" and not _has_reason(cell):
                    day = days[row]
                    if day is None or day >= today:
                        continue  # "No" under "Held?" of an event to come says that it is not over
                yield RowWord(row, index, cell, forbids, remark)


def _has_reason(cell: str) -> bool:
    found = _NO_WITH_REASON.fullmatch(cell)
    return found is None or any(map(str.isalpha, found["reason"]))


def _words_of(text: str, field: str | None, asks: bool, today: dt.date) -> tuple[str | None, Remark | None]:
    if is_not_said(text) or is_formula_error(text) or not (asks or _IS_SIGN.search(text)):
        return None, None
    shown = plain(text)[:MAX_NOTE]
    forbids = None if field in ("venue", "town") else _forbidding_word(shown, today)
    if asks and _NO_WITH_REASON.fullmatch(shown):
        return forbids, Remark("Cancelled", True)
    if field in ("venue", "town", "title", "date"):
        return forbids, remark_in(text, "town_text" if field == "town" else field)
    if _ABOUT_OTHERS.search(shown):
        return forbids, None
    if _NO_EVENT.search(shown):
        return forbids, Remark("Cancelled", _DOUBTFUL.search(shown) is None)
    if _PUT_OFF.search(shown):
        return forbids, Remark("Postponed", True)
    remark = remark_in(text, field or "internal_notes")
    if remark is None and _DOUBTFUL.fullmatch(shown):
        remark = Remark(None, False)
    return forbids, remark
