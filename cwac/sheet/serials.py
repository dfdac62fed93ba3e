"""Days and times that a sheet stores as numbers, in the form in which it shows them."""

from __future__ import annotations

import datetime as dt

from cwac.date_words import clock
from cwac.model import Cell
from cwac.sheet.text import as_typed

EPOCH = dt.date(1899, 12, 30)
_DAYS = range(20_000, 110_000)
"""Day numbers that are shown as days: 1954 to 2201. A smaller or larger number was typed as a number."""


def shown_day(number: float) -> str:
    """A day number as a sheet shows it: 12/5/2062."""
    day = EPOCH + dt.timedelta(days=int(number))
    return f"{day.month}/{day.day}/{day.year}"


def as_shown(cell: Cell, reader: str) -> str | None:
    """The cell as its column shows it: 12/5/2062 instead of 59510, 8:30 AM instead of 0.3541666.

    `reader` is that of the column. Any other cell is as typed, also a whole number in a column that holds no days.
    """
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return as_typed(cell)
    is_whole = isinstance(cell, int) or cell.is_integer()
    if reader in ("date", "long-date", "time") and _DAYS.start <= cell < _DAYS.stop:
        if is_whole:
            return as_typed(cell) if reader == "time" else shown_day(cell)
        day, minutes = divmod(round(cell * 1440), 1440)
        return f"{shown_day(day)} {_clock(minutes)}"
    if reader == "time" and not is_whole and 0 < cell < 1:
        return _clock(round(cell * 1440) % 1440)
    return as_typed(cell)


def _clock(minutes: int) -> str:
    return clock(dt.time(*divmod(minutes, 60)))
