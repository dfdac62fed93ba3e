"""A time of day, or a range of times, as typed, and the numbers as which a sheet stores days and times."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

from cwac.date_words import clock as clock_words
from cwac.date_words import clock_range
from cwac.model import Cell
from cwac.sheet.text import NOTHING, Reading, as_typed, guess, is_not_said, plain, wrong

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
        return f"{shown_day(day)} {clock_words(as_time(minutes))}"
    if reader == "time" and not is_whole and 0 < cell < 1:
        return clock_words(as_time(round(cell * 1440) % 1440))
    return as_typed(cell)


TIME_ADVICE = "Type the time with AM or PM, for example 9:00 AM."


@dataclass(frozen=True, slots=True)
class TimeExtra:
    """`end` is the end of a range; `loose` marks a time without AM or PM, so that it could be PM."""

    end: dt.time | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    half: str | None  # "a", "p" or None
    bare: bool = False  # an hour alone
    military: bool = False  # four digits with a leading zero: used as written


_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:\s*[:;.h]\s*(?P<minute>[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?)?\s*(?P<half>[ap]\.?\s?m?\.?)?"
)
_DIGITS = re.compile(r"(?P<hour>[0-9]{1,2})(?P<minute>[0-9]{2})\s*(?P<half>[ap]\.?\s?m?\.?)?")
_TIME_WORDS = re.compile(r"(?:\b|(?<=[0-9]{4}))(?:hrs?|hours)\b\.?|\b(?:o'?clock|pacific|p[sd]?t|sharp)\b\.?")
_LONE_H = re.compile(r"(?<=[0-9])\s*h$")
_RANGE = re.compile(r"\s*(?:-+>?|\bto\b|\buntil\b|\btill?\b|\bthru\b|\bthrough\b|\band\b|\ba\b(?=\s*[0-9]))\s*")
_WORDS_BEFORE = re.compile(
    r"(?![^,]*\b(?:noon|midday|midnight|doors?|set|setup|ends?|until|till?|closes?|arrive|report|not)\b"
    r"|[^,]*\b(?:before|after|by|or) [0-9])"
    r"(?:[0-9](?:st|nd|rd|th) )?[^\W\d_][^0-9:,-]* (?=[0-9]{1,2}:[0-9]{2}\s*(?:[ap]\.?m?\.?)?"
    r"(?:\s?-\s?[0-9:]{1,5}\s*(?:[ap]\.?m?\.?)?)?$)"
)
"""What the time is in words, as in "before school 7:20" or "6th per. 2:05"."""
_NOON, _MIDNIGHT = _Clock(12, 0, "p"), _Clock(12, 0, "a")


def read_time(cell: Cell) -> Reading:
    """A time of day, or a range with its end in `extra.end`. Wall-clock time, no zone."""
    if isinstance(cell, (int, float)):
        return _time_number(cell)
    text = plain(cell or "").casefold()
    if not text or is_not_said(cell):
        return NOTHING
    if len(text) > 100:
        return wrong("unreadable", f"This is too long for a time. {TIME_ADVICE}")
    sure = re.sub(r"^(?:~|about |around |approx\.? |ca?\. )\s*|\s*(?:\?+|ish)$", "", text)
    doubtful = sure != text
    text = re.sub(r"^(?:from|de|las|a las)\s+", "", _TIME_WORDS.sub("", sure)).strip()
    text = re.sub(r"\s*\b(?:de|por|en) la (?:tarde|noche)\b", " pm", text)
    text = _LONE_H.sub("", re.sub(r"\s*\b(?:de|por|en) la ma[ñn]ana\b", " am", text))
    if words := re.match(r"[^0-9,]*,\s*(?=[0-9])", text) or _WORDS_BEFORE.match(text):  # "after church, 1 pm"
        doubtful, text = True, text[words.end() :]
    sides = _RANGE.split(text)
    clocks = [clock for clock in map(_clock, map(str.strip, sides)) if clock is not None]
    if len(clocks) != len(sides) or len(sides) > 2:
        return wrong("unreadable", f"No time could be read here. {TIME_ADVICE}")
    for clock in clocks:
        is_zero = clock.hour == 0 and clock.half
        if clock.minute > 59 or clock.hour > 23 or is_zero or (clock.hour > 12 and clock.half == "a"):
            return wrong("impossible", f"There is no such time of day. {TIME_ADVICE}")
    reading = _one_time(clocks[0]) if len(clocks) == 1 else _time_range(*clocks)
    if doubtful and not reading.findings:
        return guess(reading.value, f"Read as {clock_words(reading.value)}. {TIME_ADVICE}", reading.extra)
    return reading


def _time_number(number: float) -> Reading:
    if isinstance(number, bool) or not math.isfinite(number) or number < 0:
        return wrong("unreadable", f"This is not a time. {TIME_ADVICE}")
    if number < 1:
        return Reading(as_time(round(number * 1440) % 1440))
    whole = isinstance(number, int) or float(number).is_integer()
    if whole and number <= 24:
        return read_time(str(int(number)))
    if whole and 100 <= number < 2400:
        hour, minute = divmod(int(number), 100)
        if minute > 59:
            return wrong("impossible", f"There is no minute {minute}. {TIME_ADVICE}")
        return _one_time(_Clock(hour, minute, None))
    if whole and 20_000 <= number <= 80_000:
        advice = (
            f"The sheet has turned what was typed into a day, {shown_day(number)}: type it as text with an "
            "apostrophe in front, for example '8-10."
        )
        return wrong("implausible", advice)
    if 20_000 <= number <= 80_000:
        time = as_time(round(number % 1 * 1440) % 1440)
        return guess(time, f"The cell holds a day and a time; read as {clock_words(time)}. {TIME_ADVICE}")
    if not whole and number < 24:
        return wrong("ambiguous", f"This could be an hour with minutes or with a fraction. {TIME_ADVICE}")
    return wrong("impossible", f"There is no such time of day. {TIME_ADVICE}")


def _clock(text: str) -> _Clock | None:
    if text in ("noon", "midday") or text.startswith(("12 noon", "12:00 noon")):
        return _NOON
    match = _CLOCK.fullmatch(text) or _DIGITS.fullmatch(text)
    if match is None:
        return _MIDNIGHT if text == "midnight" else None
    half = match["half"][0] if match["half"] else None
    is_military = match.re is _DIGITS and text.startswith("0") and len(text) >= 4
    return _Clock(int(match["hour"]), int(match["minute"] or 0), half, not match["minute"] and not half, is_military)


def _minutes(clock: _Clock, half: str | None) -> int:
    """Minutes after midnight; `half` ("a" or "p") counts for hours up to 12."""
    hour = clock.hour
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + clock.minute


def _by_habit(clock: _Clock, *, bare: bool) -> tuple[int, bool]:
    """Minutes after midnight for a time without AM or PM, and whether it is a guess: nobody means 3 AM."""
    if clock.military or clock.hour >= 13 or clock.hour == 0:
        return _minutes(clock, None), bare
    afternoon = clock.hour <= (6 if bare else 5)
    return _minutes(clock, "p" if afternoon or clock.hour == 12 else "a"), bare or afternoon


def as_time(minutes: int) -> dt.time:
    return dt.time(*divmod(minutes, 60))


def _one_time(clock: _Clock) -> Reading:
    if clock.half:
        return Reading(as_time(_minutes(clock, clock.half)))
    minutes, guessed = _by_habit(clock, bare=clock.bare)
    time = as_time(minutes)
    extra = TimeExtra(loose=True) if not clock.military and 1 <= clock.hour <= 12 else None
    if guessed:
        return guess(time, f"Read as {clock_words(time)}. {TIME_ADVICE}", extra)
    return Reading(time, extra=extra)


def _time_range(first: _Clock, second: _Clock) -> Reading:
    guessed = False
    if half := first.half or second.half:
        start, end = _minutes(first, half), _minutes(second, second.half or half)
        if start >= end and not (first.half and second.half):
            # "11-1 pm" begins in the morning, "11 am-1" ends in the afternoon.
            other = "a" if half == "p" else "p"
            start, end = (start, _minutes(second, other)) if first.half else (_minutes(first, other), end)
    else:
        bare = first.bare and second.bare
        start, guessed_start = _by_habit(first, bare=bare)
        end, guessed_end = _by_habit(second, bare=bare)
        guessed = guessed_start or guessed_end
        if start >= 12 * 60 > end and end + 12 * 60 > start and second.hour:
            # "5:30-7:00" starts in the afternoon, so it does not end at breakfast.
            end, guessed = end + 12 * 60, True
    begins, ends = as_time(start), as_time(end)
    if end <= start and first.half == "p" and second.half == "a":
        return guess(begins, f"Past midnight: only the start is read, {clock_words(begins)}. {TIME_ADVICE}")
    if end <= start:
        return wrong("impossible", f"This would end before it starts. {TIME_ADVICE}")
    if guessed:
        return guess(begins, f"Read as {clock_range(begins, ends)}. {TIME_ADVICE}", TimeExtra(ends))
    return Reading(begins, extra=TimeExtra(ends))
