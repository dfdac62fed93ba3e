"""What a cell of an .xlsx file holds, from the text in which the file stores it."""

from __future__ import annotations

import datetime as dt
import math
import re

from cwac.model import Cell
from cwac.sheet.counts import could_be_clock, is_clock


def number_of(typed: str) -> int | float | str | None:
    if len(typed) < 16 and typed.isdecimal():
        return int(typed)
    try:
        number = float(typed)
    except ValueError:
        return typed.strip() or None  # not a number: the reader reports it with its place
    return _tidy(number) if math.isfinite(number) else "#NUM!"


def hours_of(number: float, *, is_time: bool, is_number: bool) -> Cell:
    """Hours as text where the number alone could be a time or a fraction of an hour, and its format tells which."""
    if is_time and 0 < number < 4:
        return "{}:{:02}".format(*divmod(round(number * 1440), 60))
    if is_clock(number):
        return f"{number!r} h" if is_number else number
    return repr(number) if could_be_clock(number) else number


def _tidy(number: float) -> int | float:
    """Whole numbers as int; times of day without the rounding errors of spreadsheet programs."""
    if number.is_integer():
        return int(number) if abs(number) < 2**53 else number
    seconds = number * 86_400
    whole = round(seconds)
    if abs(seconds - whole) > 1e-5:
        return number
    return whole / 86_400 if whole % 86_400 else whole // 86_400


def iso_number(typed: str) -> Cell:
    """The number for a date, a time or both that is stored as ISO text."""
    try:
        moment = dt.datetime.fromisoformat(typed.strip()).replace(tzinfo=None)
    except ValueError:
        try:
            time = dt.time.fromisoformat(typed.strip())
        except ValueError:
            return typed or None
        moment = dt.datetime.combine(dt.date(1899, 12, 30), time.replace(tzinfo=None))
    return _tidy((moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1))  # noqa: DTZ001 - wall-clock


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Decode characters that XML cannot hold, such as `_x000D_`."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    allowed = code in {0x9, 0xA, 0xD} or 0x20 <= code < 0xD800 or code >= 0xE000
    return chr(code) if allowed else match[0]
