"""A day, or a range of days, as typed, and the month or year that a tab's title or a heading names."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cwac.date_words import MONTHS, WEEKDAYS, day_words, short_day
from cwac.model import Cell
from cwac.sheet.text import DOUBT, MAX_CELL, NOTHING, TRAILING_PARENTHESIS, Reading, guess, plain, text_of, wrong
from cwac.sheet.times import EPOCH, as_time, read_time

_DATE_ADVICE = "Type the day as month/day/year, for example 6/19/2019."

_WEEKDAY = r"(?P<weekday>mon|tues?|weds?|wednes|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
WEEKDAY_NUMBERS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTH_END = r"\b\.?"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)" + _MONTH_END
)
_ANY_MONTH = _MONTH.replace("?P<month>", "?:")
_M, _D, _ORDINAL, _OF = r"(?P<m>[0-9]{1,2})", r"(?P<d>[0-9]{1,2})", r"(?:st|nd|rd|th)?", r"[\s-]*(?:of\s+)?"
_YEAR = r"'?(?P<year>[0-9]{4}|[0-9]{2})(?![0-9])"
_SURE_YEAR = r"(?P<year>[0-9]{4}|'[0-9]{2})(?![0-9:])"
# After the name of a month, two digits may also begin an hour, a range or another day.
_YEAR_AFTER_NAME = (
    r"(?P<year>'?[0-9]{4}(?![0-9:])|'[0-9]{2}(?![0-9:])"
    r"|[0-9]{2}(?![0-9:;]|(?:st|nd|rd|th)\b|\.[0-9]|\s*(?:[ap]\.?\s?m?\.?(?![a-z])|h(?:rs?|ours?)?\b|o'?clock|noon"
    r"|-\s*[0-9]|(?:to|and|or|thru|through|until)\b|[-\s]*(?:of\s+)?" + _ANY_MONTH + "))"
    r")"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}

_LEADING_WEEKDAY = re.compile(_WEEKDAY + r"\s*[,-]?\s*", re.I)
_SHAPES = tuple(
    re.compile(shape, re.I)
    for shape in (
        rf"(?P<year>[0-9]{{4}})(?P<sep>[-/. ]){_M}(?P=sep){_D}(?![0-9])",
        r"(?P<year>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])",
        rf"{_M}\s?(?P<sep>[-/. ])\s?{_D}\s?(?P=sep)\s?{_YEAR}",
        rf"(?P<nth>1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)\s+{_WEEKDAY}\s*(?:of|in)?\s*{_MONTH}"
        rf"(?:\s*,?\s*{_YEAR})?",
        rf"{_MONTH}\s*{_D}{_ORDINAL}(?![0-9:])(?:(?P<gap>\s*[,.-]?\s*){_YEAR_AFTER_NAME})?",
        rf"{_D}{_ORDINAL}\.?{_OF}{_MONTH}(?:(?P<gap>[\s,.-]*){_YEAR_AFTER_NAME})?",
        rf"{_M}[-/]{_D}(?![0-9])",
        rf"{_D}{_MONTH[: -len(_MONTH_END)]}(?P<year>[0-9]{{4}}|[0-9]{{2}})(?![0-9])",
    )
)
_YEAR_FIRST = _SHAPES[:2]
_ANOTHER_DAY = re.compile(
    rf"[0-9]{{1,2}}\s?/\s?[0-9]{{1,2}}|\b{_ANY_MONTH}\s*[0-9]{{1,2}}(?![0-9:])"
    rf"|\b[0-9]{{1,2}}{_ORDINAL}{_OF}{_ANY_MONTH}",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Partial:
    """A day without a year. `nth` is set for "1st Wed Oct"; `weekday` (Monday is 0) where one was typed."""

    month: int
    day: int | None
    weekday: int | None = None
    nth: int | None = None

    def in_year(self, year: int) -> dt.date | None:
        try:
            if self.nth is not None and self.weekday is not None:
                return nth_weekday(year, self.month, self.weekday, self.nth)
            return dt.date(year, self.month, self.day or 0)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class DateExtra:
    """What a Date cell holds besides the day: a time, a note, or a day that needs a year."""

    time: Reading | None = None
    note: str | None = None
    partial: Partial | None = None


@dataclass(frozen=True, slots=True)
class DayRange:
    """A range of days typed into one cell, which only a From cell can use. A year that was not typed is None."""

    first: Partial
    first_year: int | None
    last: Partial
    last_year: int | None

    def ends(self, first: dt.date) -> dt.date | None:
        """The last day of the range if it begins on `first`."""
        year = self.last_year or first.year
        last = self.last.in_year(year)
        if self.last_year is None and last is not None and last < first:
            last = self.last.in_year(year + 1)
        return last if last is not None and last > first else None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> dt.date:
    """The nth weekday (Monday is 0) of the month, or the last for -1. Raises ValueError where there is none."""
    if nth < 0:
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        return after - dt.timedelta(days=(after.weekday() - weekday - 1) % 7 + 1)
    first = dt.date(year, month, 1)
    return dt.date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


@dataclass(frozen=True, slots=True)
class Years:
    """The plausible years of a day. For a day in the `past`, `today` decides the century of a two-digit year."""

    earliest: int
    latest: int
    today: dt.date
    past: bool = False

    def full(self, typed: str) -> int:
        """The year typed with two digits or four."""
        year = int(typed.lstrip("'"))
        if len(typed.lstrip("'")) == 4:
            return year
        return year + (1900 if self.past and year + 2000 > self.today.year + 2 else 2000)


def read_date(cell: Cell, years: Years) -> Reading:
    """A day within the given years; `extra` is a `DateExtra` or `DayRange` where the cell holds more."""
    if isinstance(cell, (int, float)):
        return _date_number(cell, years)
    text = plain(cell or "")
    if not text:
        return NOTHING
    if len(text) > 200:
        return wrong("unreadable", f"This is too long for a day. {_DATE_ADVICE}")
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text):
        read = _date_number(float(text), years)
        if read.value is None:
            return read
        return guess(read.value, f"Read as {day_words(read.value)}. {_DATE_ADVICE}", read.extra)
    return _date_text(text, years)


def _date_number(number: float, years: Years) -> Reading:
    if isinstance(number, bool) or not math.isfinite(number) or number < 1:
        return wrong("unreadable", f"This is not a day. {_DATE_ADVICE}")
    if isinstance(number, int) or float(number).is_integer():
        whole = int(number)
        if 19000101 <= whole <= 21991231:
            return _date_text(str(whole), years)
        if 1990 <= whole <= 2099:  # as the number of a day it would be one in 1905, and people type a year
            return wrong("unreadable", f"This is only a year. {_DATE_ADVICE}")
        minutes = 0
    else:
        whole, minutes = divmod(round(number * 1440), 1440)
    if whole > 1_000_000:
        return wrong("implausible", f"This number is not a day near today. {_DATE_ADVICE}")
    day = EPOCH + dt.timedelta(days=whole)
    if not years.earliest <= day.year <= years.latest:
        return wrong("implausible", f"This is the year {day.year}: check it. {_DATE_ADVICE}")
    return Reading(day, extra=DateExtra(time=Reading(as_time(minutes))) if minutes else None)


def _date_text(text: str, years: Years) -> Reading:
    note = weekday = time = None
    if parenthesis := TRAILING_PARENTHESIS.search(text):
        inside = parenthesis["note"].strip()
        text = text[: parenthesis.start()].strip()
        if named := _LEADING_WEEKDAY.fullmatch(inside):
            weekday = _weekday(named)
        else:
            note = inside or None
    bare = text.rstrip("?. ")
    doubtful = "?" in text[len(bare) :]
    text = bare.lstrip(". ")
    if (several := _several_days(text, years)) is not None:
        return several
    if (leading := _LEADING_WEEKDAY.match(text)) and leading.end() < len(text):
        weekday = _weekday(leading)
        text = text[leading.end() :]
    match = next((match for shape in _SHAPES if (match := shape.match(text))), None)
    if match is None:
        return wrong("unreadable", f"No day could be read here. {_DATE_ADVICE}")
    day, rest = match.groupdict(), text[match.end() :]
    after = re.sub(r"^(?:t(?=[0-9])|at\b)\s*", "", rest.strip(" ,;@-"), flags=re.I)
    if _ANOTHER_DAY.search(after):
        return TWO_DAYS
    may_be_day = re.fullmatch(r"[0-9]{1,2}", rest.strip(" ,;-")) and not day.get("year")
    if may_be_day and ("d" not in day or int(day["d"]) < int(after) <= 31):
        return TWO_DAYS
    if trailing := _LEADING_WEEKDAY.fullmatch(after + " "):
        weekday = _weekday(trailing)
    elif after and not _NO_TIME.fullmatch(after):
        time = read_time(re.sub(r"(?:\.[0-9]+)?z?$", "", after, flags=re.I)) if after[0].isdigit() else None
        if time is None and rest[0] in " ,;-(":
            note = after if note is None else f"{after} ({note})"
        elif time is None or time.value is None:
            return wrong("unreadable", f"No single day could be read here. {_DATE_ADVICE}")
    return _checked_day(match, weekday, DateExtra(time, note), doubtful, years)


_LEAVES_OPEN = re.compile(
    r"\W*(?:(?:was|is|now|has been|being)\s+)?"
    rf"(?:cancel\w*|canx|cxl|called off|postpone\w*|moved|resched\w*|tent|probable|possible|{DOUBT})(?!\w)",
    re.I,
)
"""The first words beside a day where they ask for a status, or say that the day is not sure."""


def _checked_day(match: re.Match[str], weekday: int | None, beside: DateExtra, doubtful: bool, years: Years) -> Reading:
    """The day of a match, once it exists, lies within the years, and agrees with its weekday."""
    parts, order = match.groupdict(), ""
    typed_year, gap = parts.get("year"), parts.get("gap")
    if nth := parts.get("nth"):
        partial = Partial(_month(parts), None, _weekday(match), _ORDINALS.get(nth.casefold()) or int(nth[0]))
    else:
        first, second = _month(parts), int(parts["d"])
        if first > 12 >= second and match.re not in _YEAR_FIRST:
            first, second, order = second, first, "day"
        elif parts.get("sep") == "." and match.re not in _YEAR_FIRST and first != second <= 12:
            order = "month"  # as in the other dates, though with points people usually type the day first
        partial = Partial(first, second, weekday)
    if not typed_year:
        if partial.in_year(2024) is None and partial.nth != 5:
            return _impossible_day(partial)
        return Reading(None, extra=replace(beside, partial=partial))
    year = years.full(typed_year)
    if (day := partial.in_year(year)) is None:
        return _impossible_day(partial, year)
    # Two digits after "Oct 7," that are read as a year may also be a later day of that month.
    guessed = False
    if partial.day is not None and len(typed_year) == 2 and gap is not None and "-" not in gap:
        guessed = ("," in gap or match.start("month") < match.start("d")) and partial.day < int(typed_year) <= 31
    if guessed and years.latest != LONG_YEARS[1] and abs(year - years.today.year) > 2:
        return TWO_DAYS
    if not years.earliest <= year <= years.latest:
        return wrong("implausible", f"This is the year {year}: check it. {_DATE_ADVICE}")
    if weekday is not None and day.weekday() != weekday:
        named = f"{short_day(day)} is a {WEEKDAYS[day.weekday()]}"
        return wrong("weekday-mismatch", f"{named}: correct the weekday or the day, or leave the weekday out.")
    extra = beside if beside.time is not None or beside.note else None
    if order:
        return guess(day, f"Read with the {order} first, as {day_words(day)}. {_DATE_ADVICE}", extra)
    if guessed:
        return guess(day, f"Read as {day_words(day)}. Type the year with four digits.", extra)
    if doubtful:
        return guess(day, f"Read as {day_words(day)}: take the question mark off once it is sure.", extra)
    if beside.note and _LEAVES_OPEN.match(beside.note):
        advice = "the words beside the day change nothing. Type them under Status or in a note."
        return guess(day, f"Read as {day_words(day)}: {advice}", extra)
    return Reading(day, extra=extra)


_NO_TIME = re.compile(r"0{1,2}:00(?::00(?:\.0+)?)?\s*(?:z|[+-]00:?00)?|12:00:00(?:\.0+)?\s*a\.?m\.?", re.I)
"""The midnight that some programs write after a day."""

TWO_DAYS = wrong(
    "ambiguous", f"There is more than one day in this cell: type one, and give each event a row. {_DATE_ADVICE}"
)

_DAY_SHAPES = tuple(
    re.compile(shape, re.I)
    for shape in (
        rf"(?P<year>[0-9]{{4}})(?P<sep>[-/.]){_M}(?P=sep){_D}(?![0-9])",
        _SHAPES[1].pattern,
        rf"{_M}\s?(?P<sep>[-/. ])\s?{_D}\s?(?P=sep)\s?(?P<year>[0-9]{{4}})(?![0-9])",
        rf"{_M}(?P<sep>\s?[-/. ]\s?){_D}(?P=sep)(?P<year>'?[0-9]{{2}})(?![0-9])",
        rf"{_D}-{_MONTH}-(?P<year>[0-9]{{4}}|[0-9]{{2}})(?![0-9])",
        rf"{_MONTH}\s*{_D}{_ORDINAL}(?![0-9:])(?:\s*[,.]?\s*{_SURE_YEAR})?",
        rf"{_D}{_ORDINAL}\.?{_OF}{_MONTH}(?:\s*[,.-]?\s*{_SURE_YEAR})?",
        rf"{_M}(?P<sep>[-/]){_D}(?![0-9:;]|{_ORDINAL}{_OF}{_ANY_MONTH})(?:\s*,?\s*{_SURE_YEAR})?",
        rf"{_D}{_ORDINAL}(?![0-9:;]|\.[0-9]|\s*(?:[ap]\.?\s?m?\.?(?![a-z])|h(?:rs?|ours?)?\b|o'?clock)"
        r"|\s*(?:-|to)\s*[0-9]{1,2}(?::[0-9]{2}|\s*[ap]\.?m?\b))"
        r"(?:(?:\s*[,.]?\s*|/)(?P<year>[0-9]{4}|'[0-9]{2}|(?<=/)[0-9]{2}$)(?![0-9:]))?",
    )
)
_WEEKDAY_BESIDE = _WEEKDAY.replace("?P<weekday>", "?:")
_JOIN = re.compile(
    rf"(?:\s*\(?\b{_WEEKDAY_BESIDE}\)?)?"
    r"(?P<join>\s*(?:-+>?|[/&+;]|,?\s?(?:and|or|&)(?![a-z])|,|(?:to|thru|through|till?|until)(?![a-z]))\s*)",
    re.I,
)
_ANY_WEEKDAY = re.compile(_WEEKDAY, re.I)
_FIRST_WEEKDAYS = re.compile(rf"(?:(?:from|between|on)\s+)?(?:{_WEEKDAY_BESIDE}\s*(?:,|-+|&|and\b|to\b|/)?\s*)*", re.I)
_RANGE_WORDS = frozenset({"to", "thru", "through", "till", "til", "until"})


def _several_days(text: str, years: Years) -> Reading | None:
    """The error for a cell with several days, with the range (if it is one) in `extra`; None for one day."""
    if not re.search(r"[0-9]", text):
        return None
    matches: list[re.Match[str]] = []
    weekdays: list[int | None] = []
    joins: list[str] = []
    at = 0
    while before := _FIRST_WEEKDAYS.match(text, at):
        day = next((match for shape in _DAY_SHAPES if (match := shape.match(text, before.end()))), None)
        if day is None or not 1 <= int(day["d"]) <= 31:
            break
        matches.append(day)
        # "Mon-Wed Oct 5-7": with two weekdays before a day, neither is checked.
        named = _ANY_WEEKDAY.findall(before[0])
        weekdays.append(WEEKDAY_NUMBERS[named[0].casefold()[:3]] if len(named) == 1 else None)
        if (join := _JOIN.match(text, day.end())) is None:
            break
        joins.append(join["join"].casefold())
        at = join.end()
    if len(matches) < 2 or text[matches[-1].end() :][:1].isalnum():
        return None
    parts = [match.groupdict() for match in matches]
    if not any(part.get("m") or part.get("month") for part in parts):
        return None
    for first, second, join_word in zip(parts, parts[1:], joins, strict=False):
        bare = not second.get("m") and not second.get("month") and not second.get("year")
        if bare and not first.get("year") and first.get("sep") == join_word:
            return None  # 10/7/8 is not two days
        if bare and first.get("year") and join_word.strip() == ",":
            return None  # perhaps an hour
        two_digits = re.fullmatch(r"[0-9]{2}", matches[1][0])
        if two_digits and len(parts) == 2 and join_word.strip() == "," and first.get("month") and not first.get("year"):
            return None  # perhaps a year
    if len(parts) > 2 or re.search(r"[0-9]", text[matches[-1].end() :]):
        return TWO_DAYS
    days = _range_of(parts, weekdays, joins[0].strip(), years)
    return TWO_DAYS if days is None else replace(TWO_DAYS, extra=days)


def _range_of(
    parts: list[dict[str, str | None]], weekdays: list[int | None], join: str, years: Years
) -> DayRange | None:
    """The range from one day to a later one, or of two adjacent days; None for any other two days."""
    first_month, last_month = map(_month, parts)
    first = Partial(first_month or last_month, int(parts[0]["d"] or 0), weekdays[0])
    last = Partial(last_month or first_month, int(parts[1]["d"] or 0), weekdays[1])
    first_year, last_year = (years.full(year) if (year := part.get("year")) else None for part in parts)
    turns = (last.month, last.day or 0) < (first.month, first.day or 0)
    if turns and first.month - last.month < 6 and (None in (first_year, last_year) or first_year == last_year):
        return None
    if first_year is None and last_year is not None:
        first_year = last_year - 1 if turns else last_year
    begins = first.in_year(first_year or 2024)
    days = DayRange(first, first_year, last, last_year)
    ends = days.ends(begins) if begins else None
    if begins is None or ends is None:
        return None
    if first_year is not None:
        for day, weekday in ((begins, first.weekday), (ends, last.weekday)):
            if not years.earliest <= day.year <= years.latest or weekday not in (None, day.weekday()):
                return None
    together = join.startswith("-") or join in _RANGE_WORDS
    return days if together or ((ends - begins).days == 1 and not join.endswith("or")) else None


def _weekday(match: re.Match[str]) -> int:
    return WEEKDAY_NUMBERS[match["weekday"].casefold()[:3]]


def _month(day: Mapping[str, str | None]) -> int:
    """The month of a day's parts; 0 without one."""
    name = day.get("month")
    return MONTH_NUMBERS[name.casefold()[:3]] if name else int(day.get("m") or 0)


def _impossible_day(partial: Partial, year: int | None = None) -> Reading:
    if partial.nth is not None:
        return wrong("impossible", f"That month has no such weekday. {_DATE_ADVICE}")
    if not 1 <= partial.month <= 12:
        return wrong("impossible", f"There is no month {partial.month}. {_DATE_ADVICE}")
    when = MONTHS[partial.month - 1] + (f" {year}" if year else "")
    return wrong("impossible", f"{when} has no day {partial.day}. {_DATE_ADVICE}")


LONG_YEARS = (1900, 2100)
"""The plausible years of a career, or of a town's policing."""


def years_near(today: dt.date, *, past: bool = False) -> Years:
    """The plausible years of an event. The program began in 2011, but sheets are older."""
    return Years(2000, today.year + 10, today, past)


def long_years(today: dt.date, *, past: bool = False) -> Years:
    return Years(*LONG_YEARS, today, past)


MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        "jan january ene enero|feb february febrero|mar march marzo|apr april abr abril|may mayo|jun june junio|"
        "jul july julio|aug august ago agosto|sep sept september septiembre|oct october octubre|"
        "nov november noviembre|dec december dic diciembre".split("|"),
        start=1,
    )
    for name in names.split()
}
_SPANISH_WEEKDAYS = {
    "lunes": "Mon", "martes": "Tue", "miércoles": "Wed", "miercoles": "Wed", "jueves": "Thu", "viernes": "Fri",
    "sábado": "Sat", "sabado": "Sat", "domingo": "Sun",
}  # fmt: skip
ENGLISH_WEEKDAYS = {name: day for word, day in _SPANISH_WEEKDAYS.items() for name in (word[:3], word)}
"""By a Spanish weekday, in full or as its first letters."""
_ENGLISH = _SPANISH_WEEKDAYS | {
    "enero": "Jan", "febrero": "Feb", "marzo": "Mar", "abril": "Apr", "mayo": "May", "junio": "Jun", "julio": "Jul",
    "agosto": "Aug", "septiembre": "Sep", "setiembre": "Sep", "octubre": "Oct", "noviembre": "Nov", "diciembre": "Dec",
    "ene": "Jan", "abr": "Apr", "ago": "Aug", "dic": "Dec",
}  # fmt: skip
_SPANISH_WORD = re.compile(rf"\b(?:de +|del +)?({'|'.join(_ENGLISH)})\b(?: +de(?=l? +20))?", re.I)
_DE_MONTH = re.compile(r"\bdel? +(?=(?:feb|mar|may|jun|jul|sept?|oct|nov|[A-Z][a-z]{2})\b)")
_WEEKDAY_WORD = re.compile(rf"\b(?:{'|'.join(WEEKDAY_NUMBERS)})[a-z]*\.?", re.I)


def translate_day(cell: Cell, weekday: Cell) -> Cell:
    """A day that was typed as text, in English and with the weekday of the column beside it."""
    if not isinstance(cell, str):
        return cell
    has_day = re.match(r"\s*[0-9A-Z]", cell, re.I) and any(map(str.isdigit, cell))
    if has_day and _WEEKDAY_WORD.fullmatch(text_of(weekday)) and not _WEEKDAY_WORD.search(cell):
        cell = f"{text_of(weekday)} {cell}"
    if len(cell) > MAX_CELL:
        return cell
    return _DE_MONTH.sub("", _SPANISH_WORD.sub(lambda match: f" {_ENGLISH[match[1].casefold()]} ", cell)).strip()


_ONLY_DAY = re.compile(r"(?:[a-z]{2,9}\.?,? +)?(?:the +)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?", re.I)
_FISCAL = re.compile(r"\bFY ?'?(?P<year>(?:20)?[0-9]{2})(?: ?[-/] ?'?(?P<next>(?:20)?[0-9]{2}))?\b", re.I)
_TWO_YEARS = re.compile(r"\b(?P<year>20[0-9]{2}) ?[-/] ?(?P<next>(?:20)?[0-9]{2})\b")


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """The days from `first` to `last`; `year` is None where only a month was named."""

    month: int | None = None
    year: int | None = None
    is_fiscal: bool = False
    """From July of the year before `year` to June."""

    def day_of(self, partial: Partial) -> dt.date | None:
        """The day of this period that a day without a year means."""
        if self.year is None:
            return None
        return partial.in_year(self.year - 1 if self.is_fiscal and partial.month >= 7 else self.year)

    def complete(self, cell: Cell) -> Cell:
        """A day of the month that only the period names: 7, "Wed 7th" in the tab October 2026."""
        typed = str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else text_of(cell)
        match = _ONLY_DAY.fullmatch(typed)
        if self.month is None or match is None or not 1 <= int(match["day"]) <= 31:
            return cell
        weekday = _WEEKDAY_WORD.match(typed)
        year = "" if self.year is None else f"/{self.year}"
        return f"{weekday[0] + ' ' if weekday else ''}{self.month}/{match['day']}{year}"

    @property
    def words(self) -> str:
        month = MONTHS[self.month - 1] if self.month else ""
        year = f"FY {self.year - 1}-{self.year % 100}" if self.is_fiscal and self.year else str(self.year or "")
        return f"{month} {year}".strip()


def period_of(title: str) -> NamedPeriod | None:
    """The month, the year or both that a title names; None where it names several, or none."""
    text = title[:200]
    if fiscal := _FISCAL.search(text):
        year = int(fiscal["next"] or fiscal["year"]) % 100 + 2000
        return NamedPeriod(None, year, is_fiscal=True)
    if two := _TWO_YEARS.search(text):
        first, last = int(two["year"]), int(two["next"]) % 100 + 2000
        return NamedPeriod(None, last, is_fiscal=True) if last == first + 1 else None
    years = {int(year) for year in re.findall(r"(?<![0-9])20[0-9]{2}(?![0-9])", text)}
    words = re.findall(r"[a-záéíóú]+", text.casefold())
    months = {MONTH_NUMBERS[word] for word in words if word in MONTH_NUMBERS}
    short = re.search(r"'([0-9]{2})\b", text) or (months and re.search(r"[a-z]\.? ?([0-9]{2})$", text.strip(), re.I))
    if not years and short:
        years = {2000 + int(short[1])}
    if len(years) > 1 or len(months) > 1 or not (years or months):
        return None
    return NamedPeriod(next(iter(months), None), next(iter(years), None))


def with_year_of(period: NamedPeriod | None, other: NamedPeriod | None) -> NamedPeriod | None:
    """A month from one title and the year from another."""
    if period is None or other is None:
        return period or other
    if period.year is None and other.year is not None:
        first = other.day_of(Partial(period.month or 1, 1))
        return NamedPeriod(period.month, first.year if first is not None else other.year)
    if period.month is None and other.month is not None and other.year is None:
        return NamedPeriod(other.month, period.year)
    return period
