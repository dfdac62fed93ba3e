"""One cell as typed becomes a value, or the reason why not."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cwac.model import Cell, Count, Severity
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said about a cell. An error means that the value was not used.

    The advice names no officer; `candidates` are the IDs of those whom the cell could mean.
    """

    code: str
    advice: str
    severity: Severity = "error"
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """A cell read. `extra` is what else the cell told, such as the end of a range typed into Start."""

    value: Any = None
    findings: tuple[Finding, ...] = ()
    extra: Any = None

    @property
    def failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


NOTHING = Reading()


def wrong(code: str, advice: str) -> Reading:
    return Reading(None, (Finding(code, advice),))


def guess(value: Any, advice: str, extra: Any = None) -> Reading:
    return Reading(value, (Finding("guessed", advice, "warning"),), extra)


# --- text as people type it ------------------------------------------------------------------------------------

_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("‘’‚‛′´`ʼ＇", "'"),
        **dict.fromkeys("“”„‟″＂", '"'),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u200a\u2002\u2003\u3000\t\r\n\v\f", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e", ""),
        "½": ".5",
        "¼": ".25",
        "¾": ".75",
        "→": "->",
        "⇒": "->",
        "➔": "->",
        "➜": "->",
        "≈": "~",
        "∼": "~",
    }
)
_SPACES = re.compile(r" {2,}")
_INVISIBLE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"

_FORMULA_ERRORS = frozenset(
    "#REF! #N/A #VALUE! #DIV/0! #NAME? #NUM! #NULL! #ERROR! #SPILL! #CALC! #GETTING_DATA #UNKNOWN! #FIELD! #BLOCKED! "
    "#CONNECT! #BUSY! #PYTHON! #CIRC!".split()
)
_LOADING = frozenset({"loading...", "loading…"})
_NOT_SAID = frozenset(
    {
        "n/a",
        "n / a",
        "na",
        "n.a",
        "n.a.",
        "not applicable",
        "none",
        "nil",
        "-",
        "--",
        "---",
        "?",
        "??",
        "???",
        "tbd",
        "tba",
        "tbc",
        "t.b.d",
        "t.b.a",
        "t.b.c",
        "t.b.d.",
        "to be determined",
        "to be announced",
        "to be confirmed",
        "pending",
        "unknown",
    }
)
"""The nothing words: what people type to say that they have no value, in any optional text or list."""
_AROUND = " .,;:!?*_~'\"/|()[]{}<>-"
"""Punctuation that may surround a nothing word: "(n/a)", "TBD.", "[-]"."""
_NOT_SAID_INITIALS = frozenset({initial for word in _NOT_SAID for initial in (word[0], word[0].upper())} | set(_AROUND))
_LONGEST_NOT_SAID = max(map(len, _NOT_SAID)) + 8
MAX_CELL, MAX_LIST, MAX_NOTE = 500, 2_000, 5_000
"""How many characters a cell may have: a name or anything else, a list, a note."""
MAX_QUOTE = 200
MAX_PROBLEMS = 20
"""How many problems one cell may have."""
MAX_SUMMARY = 200


class TooLong(str):
    """Stands in for a text of more than `limit` characters, of which it holds as much as may be looked at."""

    limit: int

    # Not the same as a text that somebody typed just so.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, TooLong) and str.__eq__(self, other)

    __hash__ = str.__hash__


def bounded(cell: Cell, limit: int) -> Cell:
    """The cell, or a `TooLong` in its place: nothing else reads a longer text. White space around does not count."""
    if not isinstance(cell, str) or len(cell) <= limit or isinstance(cell, TooLong):
        return cell
    text = cell.strip(_INVISIBLE)
    if len(text) <= limit:
        return text
    clipped = TooLong(text[:limit] if limit == MAX_NOTE else quoted(text))
    clipped.limit = limit
    return clipped


def read_too_long(cell: TooLong, read: Callable[[Cell], Reading]) -> Reading:
    """A note is used as far as it is short enough; anything else is not."""
    if cell.limit != MAX_NOTE:
        return wrong("too-large", f"Over {cell.limit} characters, so this is not read: shorten it.")
    found = read(str(cell))
    others = tuple(finding for finding in found.findings if finding.code != "too-large")
    said = Finding("too-large", f"Over {MAX_NOTE:,} characters: the rest is not shown. Shorten it.", "warning")
    return replace(found, findings=(said, *others))


def quoted(text: str) -> str:
    """The text, or its beginning, for showing it in a problem."""
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"


def at_most(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """No more findings than a cell may have; the last one says how many more there were."""
    if len(findings) <= MAX_PROBLEMS:
        return findings
    kept, rest = findings[: MAX_PROBLEMS - 1], findings[MAX_PROBLEMS - 1 :]
    worst = next((finding for finding in rest if finding.severity == "error"), rest[0])
    return (*kept, replace(worst, advice=f"{len(rest)} more like these in this cell. One of them: {worst.advice}"))


def plain(text: str) -> str:
    """The text with one kind of dash, quote and space, without invisible characters, trimmed."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    else:
        text = text.translate(_LOOKALIKES)
    text = _SPACES.sub(" ", text).strip()
    # The apostrophe that keeps a sheet from turning 8-10 into a day comes along in some imports.
    return text[1:].lstrip() if text.startswith("'") else text


def as_typed(cell: Cell) -> str | None:
    """The cell as text, for showing what was found. None for a blank one."""
    if cell is None or type(cell) is str:
        return cell
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    # Python refuses to write out a whole number of thousands of digits.
    return str(cell) if abs(cell) < 10**300 else "a number of over 300 digits"


def is_blank(cell: Cell, *, yes_no: bool = False) -> bool:
    """True where the cell holds no value: nothing, white space, or an unticked checkbox."""
    if cell is None or cell == "":
        return True
    if isinstance(cell, str):
        if not yes_no and cell[0].isalnum():
            return False
        return not cell.strip(_INVISIBLE) or (yes_no and cell.strip(_INVISIBLE).casefold() == "false")
    return yes_no and cell is False


def is_formula_error(cell: Cell) -> bool:
    if not isinstance(cell, str) or len(cell) > 40:
        return False
    text = cell.strip()
    return text[:1] in ("#", "l", "L") and (text.upper() in _FORMULA_ERRORS or text.casefold() in _LOADING)


def is_loading(cell: Cell) -> bool:
    """True where the sheet was still fetching the cell's value."""
    return isinstance(cell, str) and cell.strip().casefold() in _LOADING


FORMULA_ERROR = wrong("formula-error", "The formula in this cell failed: mend it, or type the value itself.")


def is_not_said(cell: Cell) -> bool:
    """True for a nothing word, in any case and with punctuation around it: n/a, (TBD), a dash."""
    if not isinstance(cell, str) or len(cell) > _LONGEST_NOT_SAID:
        return False
    if cell[:1].isascii() and cell[:1] not in _NOT_SAID_INITIALS:
        return False
    text = plain(cell).casefold()
    bare = text.strip(_AROUND)
    return bare in _NOT_SAID if bare else "-" in text or "?" in text


def read_text(cell: Cell) -> Reading:
    text = as_typed(cell)
    if text is None:
        return NOTHING
    if is_not_said(cell):
        return NOTHING
    if not (text[:1].isalnum() and text[-1].isalnum()):
        text = text.strip(_INVISIBLE)
    return Reading(text or None)


def read_id(cell: Cell) -> Reading:
    return read_text(cell)


def read_list(cell: Cell) -> Reading:
    """Texts separated by semicolons or line breaks; by commas where there are neither. Nothing words are left out."""
    return Reading(tuple(part for part in _listed(cell) if not is_not_said(part)))


def read_aliases(cell: Cell) -> Reading:
    """As `read_list`; a nothing word is reported, since every cell that says TBD would mean the one with that alias."""
    read = read_list(cell)
    left_out = [part for part in _listed(cell) if is_not_said(part)]
    if not left_out:
        return read
    advice = f'"{left_out[0]}" says that there is no name, so it cannot be an alias and is not used: take it out.'
    return replace(read, findings=(Finding("not-a-choice", advice, "warning"),))


def _listed(cell: Cell) -> tuple[str, ...]:
    typed = as_typed(cell) or ""
    parts = re.split(r"[;\n]", typed) if re.search(r"[;\n]", typed) else typed.split(",")
    return tuple(dict.fromkeys(part.strip(_INVISIBLE) for part in parts if part.strip(_INVISIBLE)))


# --- days ------------------------------------------------------------------------------------------------------

EPOCH = dt.date(1899, 12, 30)
_DATE_ADVICE = "Type the day as month/day/year, for example 6/19/2019."

_WEEKDAY = r"(?P<weekday>mon|tues?|weds?|wednes|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_YEAR = r"'?(?P<year>[0-9]{4}|[0-9]{2})(?![0-9])"
# After a month by name, two digits may as well begin something else: an hour, a range, another day.
_YEAR_AFTER_NAME = (
    r"(?P<year>'?[0-9]{4}(?![0-9:])|'[0-9]{2}(?![0-9:])"
    r"|[0-9]{2}(?![0-9:;]|(?:st|nd|rd|th)\b|\.[0-9]|\s*(?:[ap]\.?\s?m?\.?(?![a-z])|h(?:rs?|ours?)?\b|o'?clock|noon"
    r"|-\s*[0-9]|(?:to|and|or|thru|through|until)\b|[-\s]*(?:of\s+)?" + _MONTH.replace("?P<month>", "?:") + "))"
    r")"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}

_LEADING_WEEKDAY = re.compile(_WEEKDAY + r"\s*[,-]?\s*", re.I)
_SHAPES = tuple(
    re.compile(shape, re.I)
    for shape in (
        r"(?P<year>[0-9]{4})(?P<sep>[-/. ])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})(?![0-9])",
        r"(?P<year>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])",
        r"(?P<m>[0-9]{1,2})\s?(?P<sep>[-/. ])\s?(?P<d>[0-9]{1,2})\s?(?P=sep)\s?" + _YEAR,
        rf"(?P<nth>1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)\s+{_WEEKDAY}\s*(?:of|in)?\s*{_MONTH}"
        rf"(?:\s*,?\s*{_YEAR})?",
        rf"{_MONTH}\s*(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9:])(?:(?P<gap>\s*[,.-]?\s*){_YEAR_AFTER_NAME})?",
        rf"(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?\.?[\s-]*(?:of\s+)?{_MONTH}(?:(?P<gap>[\s,.-]*){_YEAR_AFTER_NAME})?",
        r"(?P<m>[0-9]{1,2})[-/](?P<d>[0-9]{1,2})(?![0-9])",
    )
)
_YEAR_FIRST = _SHAPES[:2]
_ANOTHER_DAY = re.compile(
    rf"[0-9]{{1,2}}\s?/\s?[0-9]{{1,2}}|\b{_MONTH.replace('?P<month>', '?:')}\s*[0-9]{{1,2}}(?![0-9:])"
    rf"|\b[0-9]{{1,2}}(?:st|nd|rd|th)?[\s-]*(?:of\s+)?{_MONTH.replace('?P<month>', '?:')}",
    re.I,
)
_TRAILING_PARENTHESIS = re.compile(r"[(\[](?P<note>[^()\[\]]*)[)\]]$")
_NTH = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th", -1: "last"}


@dataclass(frozen=True, slots=True)
class Partial:
    """A day whose year was left out. `nth` is set for "1st Wed Oct"; `weekday` (Monday 0) where one was typed."""

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
    """What a Date cell told beside the day: a time, a note, or a day that still wants its year."""

    time: Reading | None = None
    note: str | None = None
    partial: Partial | None = None


@dataclass(frozen=True, slots=True)
class DayRange:
    """A range of days typed into one cell, which only a From cell can use. A year of None was left out."""

    first: Partial
    first_year: int | None
    last: Partial
    last_year: int | None

    def ends(self, first: dt.date) -> dt.date | None:
        """Its last day, where it begins on `first`."""
        year = self.last_year or first.year
        last = self.last.in_year(year)
        if self.last_year is None and last is not None and last < first:
            last = self.last.in_year(year + 1)
        return last if last is not None and last > first else None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> dt.date:
    """The nth (or, for -1, the last) such weekday (Monday 0) of the month. ValueError where there is none."""
    if nth < 0:
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        return after - dt.timedelta(days=(after.weekday() - weekday - 1) % 7 + 1)
    first = dt.date(year, month, 1)
    return dt.date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


@dataclass(frozen=True, slots=True)
class Years:
    """The years in which a day can lie. `today` tells which century two digits mean where the day is of the past."""

    earliest: int
    latest: int
    today: dt.date
    past: bool = False

    def full(self, typed: str) -> int:
        """The year that was typed with two digits or four."""
        year = int(typed.lstrip("'"))
        if len(typed.lstrip("'")) == 4:
            return year
        return year + (1900 if self.past and year + 2000 > self.today.year + 2 else 2000)


def read_date(cell: Cell, years: Years) -> Reading:
    """A day within the given years; `extra` is a `DateExtra` or `DayRange` where the cell told more."""
    if isinstance(cell, bool):
        return wrong("unreadable", f"This is not a day. {_DATE_ADVICE}")
    if isinstance(cell, (int, float)):
        return _date_number(cell, years)
    text = plain(cell or "")
    if not text:
        return NOTHING
    if len(text) > 200:
        return wrong("unreadable", f"This is too long for a day. {_DATE_ADVICE}")
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text):
        read = _date_number(float(text), years)
        if read.value is not None:
            read = replace(
                read, findings=(Finding("guessed", f"Read as {say_day(read.value)}. {_DATE_ADVICE}", "warning"),)
            )
        return read
    return _date_text(text, years)


def _date_number(number: float, years: Years) -> Reading:
    if not math.isfinite(number) or number < 1:
        return wrong("unreadable", f"This is not a day. {_DATE_ADVICE}")
    if isinstance(number, int) or float(number).is_integer():
        whole = int(number)
        if 19000101 <= whole <= 21991231:
            return _date_text(str(whole), years)
        minutes = 0
    else:
        whole, minutes = divmod(round(number * 1440), 1440)
    if whole > 1_000_000:
        return wrong("implausible", f"This number is not a day near today. {_DATE_ADVICE}")
    day = EPOCH + dt.timedelta(days=whole)
    if not years.earliest <= day.year <= years.latest:
        return wrong("implausible", f"This is the year {day.year}: check it. {_DATE_ADVICE}")
    if minutes:
        return Reading(day, extra=DateExtra(time=Reading(dt.time(*divmod(minutes, 60)))))
    return Reading(day)


def _date_text(text: str, years: Years) -> Reading:
    note: str | None = None
    weekday: int | None = None
    if parenthesis := _TRAILING_PARENTHESIS.search(text):
        inside = parenthesis["note"].strip()
        text = text[: parenthesis.start()].strip()
        named = _LEADING_WEEKDAY.fullmatch(inside)
        if named:
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
    for shape in _SHAPES:
        found = shape.match(text)
        if found:
            break
    else:
        return wrong("unreadable", f"No day could be read here. {_DATE_ADVICE}")

    rest = text[found.end() :]
    time: Reading | None = None
    if rest:
        after = rest.strip(" ,;@-")
        after = re.sub(r"^(?:t(?=[0-9])|at\b)\s*", "", after, flags=re.I)
        if _ANOTHER_DAY.search(after):
            return TWO_DAYS
        if re.fullmatch(r"[0-9]{1,2}", rest.strip(" ,;-")) and not found.groupdict().get("year"):
            first = found.groupdict().get("d")
            if first is None or int(first) < int(after) <= 31:
                return TWO_DAYS
        trailing = _LEADING_WEEKDAY.fullmatch(after + " ")
        if trailing:
            weekday = _weekday(trailing)
        elif after:
            read = read_time(re.sub(r"(?:\.[0-9]+)?z?$", "", after, flags=re.I)) if after[0].isdigit() else None
            if _NO_TIME.fullmatch(after):
                pass
            elif read is not None and read.value is not None:
                time = read
            elif rest[0] in " ,;-(" and not after[0].isdigit():
                note = after if note is None else f"{after} ({note})"
            else:
                return wrong("unreadable", f"No single day could be read here. {_DATE_ADVICE}")

    parts = found.groupdict()
    year = years.full(parts["year"]) if parts.get("year") else None
    order = ""
    if parts.get("nth"):
        nth = _ORDINALS.get(parts["nth"].casefold()) or int(parts["nth"][0])
        partial = Partial(_month(parts["month"]), None, _WEEKDAYS[parts["weekday"].casefold()[:3]], nth)
    else:
        month = _month(parts["month"]) if parts.get("month") else int(parts["m"])
        day = int(parts["d"])
        if month > 12 >= day and found.re not in _YEAR_FIRST:
            month, day, order = day, month, "day"
        elif parts.get("sep") == "." and found.re not in _YEAR_FIRST and month != day <= 12:
            order = "month"  # as the other dates are, though points usually mean the day first
        partial = Partial(month, day, weekday)

    extra = DateExtra(time, note) if time is not None or note else None
    guessed = year is not None and _maybe_a_day(found, partial.day)
    if year is None:
        if partial.in_year(2024) is None and partial.nth != 5:
            return _impossible_day(partial)
        return Reading(None, extra=DateExtra(time, note, partial))
    value = partial.in_year(year) if year else None
    if value is None:
        return _impossible_day(partial, year)
    if guessed and years.latest != LONG_YEARS[1] and abs(year - years.today.year) > 2:
        return TWO_DAYS
    if not years.earliest <= year <= years.latest:
        return wrong("implausible", f"This is the year {year}: check it. {_DATE_ADVICE}")
    if weekday is not None and value.weekday() != weekday:
        return wrong(
            "weekday-mismatch",
            f"{value:%-m/%-d/%Y} is a {value:%A}: correct the weekday or the day, or leave the weekday out.",
        )
    if order:
        return guess(value, f"Read with the {order} first, as {say_day(value)}. {_DATE_ADVICE}", extra)
    if guessed:
        return guess(value, f"Read as {say_day(value)}. Type the year with four digits.", extra)
    if doubtful:
        return guess(value, f"Read as {say_day(value)}: take the question mark off once it is sure.", extra)
    return Reading(value, extra=extra)


_NO_TIME = re.compile(r"0{1,2}:00(?::00(?:\.0+)?)?\s*(?:z|[+-]00:?00)?|12:00:00(?:\.0+)?\s*a\.?m\.?", re.I)
"""The midnight that a program writes behind a day."""

TWO_DAYS = wrong(
    "ambiguous", f"There is more than one day in this cell: type one, and give each event a row. {_DATE_ADVICE}"
)

_NAMED_MONTH = _MONTH + r"\s*"
_ORDINAL = r"(?:st|nd|rd|th)?"
_DAY_SHAPES = tuple(
    re.compile(shape, re.I)
    for shape in (
        r"(?P<year>[0-9]{4})(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})(?![0-9])",
        r"(?P<year>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])",
        r"(?P<m>[0-9]{1,2})\s?(?P<sep>[-/. ])\s?(?P<d>[0-9]{1,2})\s?(?P=sep)\s?(?P<year>[0-9]{4})(?![0-9])",
        r"(?P<m>[0-9]{1,2})(?P<sep>\s?[-/. ]\s?)(?P<d>[0-9]{1,2})(?P=sep)(?P<year>'?[0-9]{2})(?![0-9])",
        rf"(?P<d>[0-9]{{1,2}})-{_MONTH}-(?P<year>[0-9]{{4}}|[0-9]{{2}})(?![0-9])",
        rf"{_NAMED_MONTH}(?P<d>[0-9]{{1,2}}){_ORDINAL}(?![0-9:])(?:\s*[,.]?\s*(?P<year>[0-9]{{4}}|'[0-9]{{2}})(?![0-9:]))?",
        rf"(?P<d>[0-9]{{1,2}}){_ORDINAL}\.?[\s-]*(?:of\s+)?{_MONTH}"
        r"(?:\s*[,.-]?\s*(?P<year>[0-9]{4}|'[0-9]{2})(?![0-9:]))?",
        rf"(?P<m>[0-9]{{1,2}})(?P<sep>[-/])(?P<d>[0-9]{{1,2}})(?![0-9:;]|{_ORDINAL}[\s-]*(?:of\s+)?"
        + _MONTH.replace("?P<month>", "?:")
        + r")(?:\s*,?\s*(?P<year>[0-9]{4}|'[0-9]{2})(?![0-9:]))?",
        rf"(?P<d>[0-9]{{1,2}}){_ORDINAL}(?![0-9:;]|\.[0-9]|\s*(?:[ap]\.?\s?m?\.?(?![a-z])|h(?:rs?|ours?)?\b|o'?clock))"
        r"(?:(?:\s*[,.]?\s*|/)(?P<year>[0-9]{4}|'[0-9]{2}|(?<=/)[0-9]{2}$)(?![0-9:]))?",
    )
)
_JOIN = re.compile(r"\s*(?:-+>?|[/&+;]|,?\s?(?:and|or|&)(?![a-z])|,|(?:to|thru|through|till?|until)(?![a-z]))\s*", re.I)
_WEEKDAY_BESIDE = _WEEKDAY.replace("?P<weekday>", "?:")
_ANY_WEEKDAY = re.compile(_WEEKDAY, re.I)
_FIRST_WEEKDAYS = re.compile(rf"(?:(?:from|between|on)\s+)?(?:{_WEEKDAY_BESIDE}\s*(?:,|-+|&|and\b|to\b|/)?\s*)*", re.I)
_LAST_WEEKDAY = re.compile(rf"\s*\(?\b{_WEEKDAY_BESIDE}\)?", re.I)
_RANGE_WORDS = frozenset({"to", "thru", "through", "till", "til", "until"})


def _several_days(text: str, years: Years) -> Reading | None:
    """Why a cell that names more than one day is not used; `extra` has the range where it is one. None for one day."""
    if not re.search(r"[0-9]", text):
        return None
    found: list[re.Match[str]] = []
    weekdays: list[int | None] = []
    joins: list[str] = []
    at = 0
    while True:
        before = _FIRST_WEEKDAYS.match(text, at)
        begin = before.end() if before else at
        day = next((match for shape in _DAY_SHAPES if (match := shape.match(text, begin))), None)
        if day is None or not 1 <= int(day["d"]) <= 31:
            break
        found.append(day)
        # "Mon-Wed Oct 5-7": which of the two is this day's is not worth telling.
        named = _ANY_WEEKDAY.findall(before[0]) if before else []
        weekdays.append(_WEEKDAYS[named[0].casefold()[:3]] if len(named) == 1 else None)
        at = day.end()
        if after := _LAST_WEEKDAY.match(text, at):
            at = after.end()
        join = _JOIN.match(text, at)
        if join is None:
            break
        joins.append(join[0].casefold())
        at = join.end()
    if len(found) < 2 or text[found[-1].end() :][:1].isalnum():
        return None
    parts = [match.groupdict() for match in found]
    if not any(part.get("m") or part.get("month") for part in parts):
        return None
    for one, other, join_word in zip(parts, parts[1:], joins, strict=False):
        bare = not other.get("m") and not other.get("month") and not other.get("year")
        if bare and not one.get("year") and one.get("sep") == join_word:
            return None  # 10/7/8 is no two days
        if bare and one.get("year") and join_word.strip() == ",":
            return None  # an hour, perhaps
        two_digits = re.fullmatch(r"[0-9]{2}", found[1][0])
        if two_digits and len(parts) == 2 and join_word.strip() == "," and one.get("month") and not one.get("year"):
            return None  # a year, perhaps
    if len(parts) > 2 or re.search(r"[0-9]", text[found[-1].end() :]):
        return TWO_DAYS
    days = _range_of(parts, weekdays, joins[0].strip(), years)
    return TWO_DAYS if days is None else replace(TWO_DAYS, extra=days)


def _range_of(
    parts: list[dict[str, str | None]], weekdays: list[int | None], join: str, years: Years
) -> DayRange | None:
    """The range from one day to a later one, or two days in a row; None for any other two days."""
    months = [_month(part["month"] or "") if part.get("month") else int(part.get("m") or 0) for part in parts]
    first_month, last_month = months[0] or months[1], months[1] or months[0]
    first = Partial(first_month, int(parts[0]["d"] or 0), weekdays[0])
    last = Partial(last_month, int(parts[1]["d"] or 0), weekdays[1])
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


def _maybe_a_day(found: re.Match[str], day: int | None) -> bool:
    """Whether two digits after "Oct 7," that were taken for a year could as well be a later day of that month."""
    year, gap = found.groupdict().get("year"), found.groupdict().get("gap")
    if day is None or year is None or gap is None or len(year) != 2 or "-" in gap:
        return False
    return ("," in gap or found.start("month") < found.start("d")) and day < int(year) <= 31


def _weekday(found: re.Match[str]) -> int:
    return _WEEKDAYS[found["weekday"].casefold()[:3]]


def _month(name: str) -> int:
    return _MONTHS[name.casefold()[:3]]


def _impossible_day(partial: Partial, year: int | None = None) -> Reading:
    if partial.nth is not None:
        return wrong("impossible", f"That month has no such weekday. {_DATE_ADVICE}")
    if not 1 <= partial.month <= 12:
        return wrong("impossible", f"There is no month {partial.month}. {_DATE_ADVICE}")
    named = dt.date(2000, partial.month, 1)
    when = f"{named:%B}" + (f" {year}" if year else "")
    return wrong("impossible", f"{when} has no day {partial.day}. {_DATE_ADVICE}")


def say_day(day: dt.date) -> str:
    return f"{day:%a} {day.month}/{day.day}/{day.year}"


# --- times -----------------------------------------------------------------------------------------------------

TIME_ADVICE = "Type the time with AM or PM, for example 9:00 AM."
_AS_TEXT = (
    "The sheet has turned what was typed into a day: type it as text, for example '8-10 with an apostrophe in front."
)


@dataclass(frozen=True, slots=True)
class TimeExtra:
    """`end` is the end of a range; `loose` marks a time whose half of the day was not typed, so could be PM."""

    end: dt.time | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    half: str | None  # "a", "p" or None
    bare: bool  # an hour alone
    military: bool  # four digits with a leading zero: as written


_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:\s*[:;.h]\s*(?P<minute>[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?)?\s*(?P<half>[ap]\.?\s?m?\.?)?"
)
_DIGITS = re.compile(r"(?P<hour>[0-9]{1,2})(?P<minute>[0-9]{2})\s*(?P<half>[ap]\.?\s?m?\.?)?")
_TIME_WORDS = re.compile(r"\b(?:hrs?|hours|o'?clock|pacific|p[sd]?t|sharp)\b\.?")
_LONE_H = re.compile(r"(?<=[0-9])\s*h$")
_RANGE = re.compile(r"\s*(?:-+>?|\bto\b|\buntil\b|\btill?\b|\bthru\b|\bthrough\b|\band\b)\s*")
_NAMED = {
    "noon": _Clock(12, 0, "p", False, False),
    "midday": _Clock(12, 0, "p", False, False),
    "midnight": _Clock(12, 0, "a", False, False),
}


def read_time(cell: Cell) -> Reading:
    """A time of day, or a range (`extra.end`). Wall clock, no zone."""
    if isinstance(cell, bool):
        return wrong("unreadable", f"This is not a time. {TIME_ADVICE}")
    if isinstance(cell, (int, float)):
        return _time_number(cell)
    text = plain(cell or "").casefold()
    if not text or is_not_said(cell):
        return NOTHING
    if len(text) > 100:
        return wrong("unreadable", f"This is too long for a time. {TIME_ADVICE}")
    doubtful = bool(re.match(r"(?:~|about |around |approx\.? |ca?\. )", text)) or text.endswith(("?", "ish"))
    text = re.sub(r"^(?:~|about |around |approx\.? |ca?\. )\s*|\s*(?:\?+|ish)$", "", text)
    text = re.sub(r"^from\s+", "", _TIME_WORDS.sub("", text)).strip()
    text = _LONE_H.sub("", text)
    sides = [_clock(side.strip()) for side in _RANGE.split(text)] if text else []
    if not 1 <= len(sides) <= 2 or None in sides:
        return wrong("unreadable", f"No time could be read here. {TIME_ADVICE}")
    clocks = [side for side in sides if side is not None]
    for clock in clocks:
        if clock.minute > 59 or clock.hour > 23 or (clock.half and (clock.hour == 0 or clock.hour > 12)):
            if clock.half == "p" and 13 <= clock.hour <= 23 and clock.minute <= 59:
                continue
            return wrong("impossible", f"There is no such time of day. {TIME_ADVICE}")
    read = _one_time(clocks[0]) if len(clocks) == 1 else _time_range(*clocks)
    if doubtful and not read.findings:
        return guess(read.value, f"Read as {say_time(read.value)}. {TIME_ADVICE}", read.extra)
    return read


def say_time(time: dt.time) -> str:
    return f"{time:%-I:%M %p}"


def _time_number(number: float) -> Reading:
    if not math.isfinite(number) or number < 0:
        return wrong("unreadable", f"This is not a time. {TIME_ADVICE}")
    if number < 1:
        return Reading(dt.time(*divmod(round(number * 1440) % 1440, 60)))
    whole = isinstance(number, int) or float(number).is_integer()
    if whole and number <= 24:
        return read_time(str(int(number)))
    if whole and 100 <= number < 2400:
        hour, minute = divmod(int(number), 100)
        if minute > 59:
            return wrong("impossible", f"There is no minute {minute}. {TIME_ADVICE}")
        return _one_time(_Clock(hour, minute, None, False, False))
    if whole and 20_000 <= number <= 80_000:
        return wrong("implausible", _AS_TEXT)
    if 20_000 <= number <= 80_000:
        time = dt.time(*divmod(round(number % 1 * 1440) % 1440, 60))
        return guess(time, f"The cell holds a day and a time; read as {say_time(time)}. {TIME_ADVICE}")
    if not whole and number < 24:
        return wrong("ambiguous", f"This could be an hour with minutes or with a fraction. {TIME_ADVICE}")
    return wrong("impossible", f"There is no such time of day. {TIME_ADVICE}")


def _clock(text: str) -> _Clock | None:
    if text in _NAMED:
        return _NAMED[text]
    if text.startswith("12 noon") or text.startswith("12:00 noon"):
        return _NAMED["noon"]
    found = _CLOCK.fullmatch(text)
    if found:
        half = found["half"][0] if found["half"] else None
        return _Clock(int(found["hour"]), int(found["minute"] or 0), half, not found["minute"] and not half, False)
    found = _DIGITS.fullmatch(text)
    if found:
        half = found["half"][0] if found["half"] else None
        return _Clock(int(found["hour"]), int(found["minute"]), half, False, text.startswith("0") and len(text) >= 4)
    return None


def _minutes(clock: _Clock, half: str | None) -> int:
    """Minutes after midnight, with the half of the day as given where the hour leaves it open."""
    hour = clock.hour
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + clock.minute


def _by_habit(clock: _Clock, *, bare: bool) -> tuple[int, bool]:
    """Minutes after midnight where AM or PM was left out, and whether that took a guess: nobody means 3 AM."""
    if clock.military or clock.hour >= 13 or clock.hour == 0:
        return _minutes(clock, None), bare
    afternoon = clock.hour <= (6 if bare else 5)
    return _minutes(clock, "p" if afternoon or clock.hour == 12 else "a"), bare or afternoon


def _as_time(minutes: int) -> dt.time:
    return dt.time(*divmod(minutes, 60))


def _one_time(clock: _Clock) -> Reading:
    if clock.half:
        return Reading(_as_time(_minutes(clock, clock.half)))
    minutes, guessed = _by_habit(clock, bare=clock.bare)
    time = _as_time(minutes)
    extra = TimeExtra(loose=True) if not clock.military and 1 <= clock.hour <= 12 else None
    if guessed:
        return guess(time, f"Read as {say_time(time)}. {TIME_ADVICE}", extra)
    return Reading(time, extra=extra)


def _time_range(first: _Clock, second: _Clock) -> Reading:
    guessed = False
    if first.half and second.half:
        start, end = _minutes(first, first.half), _minutes(second, second.half)
    elif first.half or second.half:
        half = first.half or second.half
        other = "a" if half == "p" else "p"
        start, end = _minutes(first, half), _minutes(second, half)
        if start >= end:
            # "11-1 pm" begins in the morning, "11 am-1" ends in the afternoon.
            start, end = (start, _minutes(second, other)) if first.half else (_minutes(first, other), end)
    else:
        bare = first.bare and second.bare
        start, guessed_start = _by_habit(first, bare=bare)
        end, guessed_end = _by_habit(second, bare=bare)
        guessed = guessed_start or guessed_end
        if start >= 12 * 60 > end and end + 12 * 60 > start and second.hour:
            # "5:30-7:00" starts in the afternoon, so it does not end at breakfast.
            end, guessed = end + 12 * 60, True
    if end <= start:
        return wrong("impossible", f"This would end before it starts. {TIME_ADVICE}")
    extra = TimeExtra(_as_time(end))
    if guessed:
        said = f"{say_time(_as_time(start))} to {say_time(_as_time(end))}"
        return guess(_as_time(start), f"Read as {said}. {TIME_ADVICE}", extra)
    return Reading(_as_time(start), extra=extra)


# --- numbers ---------------------------------------------------------------------------------------------------

_ONES = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_NUMBER_WORD = re.compile(
    rf"(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<unit>{'|'.join(list(_ONES)[1:10])}))?"
    rf"|(?P<one>{'|'.join(sorted(_ONES, key=len, reverse=True))}))"
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0+)?")


_NUMBER_TWICE = re.compile(
    r"(?P<one>[a-z0-9, -]*[a-z0-9])\s*"
    r"(?:[(\[]\s*(?P<other>[a-z0-9, -]+?)\s*[)\]]|[-/=,]\s*(?P<beside>[a-z0-9]+(?:-[a-z]+)?))"
)
_DOZEN = re.compile(r"(?P<of>[a-z0-9 ]*?) ?(?:dozens?|doz\.?)")


def whole_number(text: str) -> int | None:
    """A whole number in digits ("1,200"), words ("twenty-four", "two dozen") or both ("six (6)"), else None."""
    number = _number_once(text)
    if number is not None or len(text) > 60 or not (twice := _NUMBER_TWICE.fullmatch(text.strip())):
        return number
    one, other = twice["one"], twice["other"] or twice["beside"]
    if one[:1].isdigit() == other[:1].isdigit():
        return None
    number = _number_once(one)
    return number if number == _number_once(other) else None


def _number_once(text: str) -> int | None:
    text = text.strip()
    if _THOUSANDS.fullmatch(text) and len(text) < 14:
        return int(text.replace(",", ""))
    if _WHOLE.fullmatch(text):
        return int(text.split(".")[0])
    found = _NUMBER_WORD.fullmatch(text)
    if not found:
        return _dozens(text)
    if found["one"]:
        return _ONES[found["one"]]
    return _TENS[found["tens"]] + (_ONES[found["unit"]] if found["unit"] else 0)


def _dozens(text: str) -> int | None:
    """Twelve of something: "a dozen", "half a dozen", "two dozen"; not "dozens" alone."""
    found = _DOZEN.fullmatch(text)
    if not found or (not found["of"] and text.startswith("dozens")):
        return None
    of = found["of"].strip()
    if of in ("", "a"):
        return 12
    if of in ("half", "half a", "a half"):
        return 6
    number = _number_once(of) if "doz" not in of else None
    return 12 * number if number is not None and number < 100_000 else None


_COUNT_ADVICE = "Type a whole number, or ~40, 30+ or 35-40; leave it blank if nobody counted."
_NOT_COUNTED = _NOT_SAID - {"none"} | {"not counted", "uncounted", "no count", "not recorded", "unk", "unk."}
_NOBODY = frozenset({"zero", "nobody", "no one", "no-one", "nobody came", "no one came", "no guests"})
_PEOPLE = (
    r"people|persons?|guests?|residents?|visitors?|attendees?|adults?|neighbou?rs?|folks?|citizens?|men|women"
    r"|locals?|seniors?|families|parents?|came|attended|total|in all|head|heads|pax|cups?|surveys?|conversations?"
)
_YOUNG = r"kids?|child(?:ren)?|youths?|teens?|teenagers?|students?|minors?|juveniles?"
_ABOUT = re.compile(
    r"^(?:~|about|around|approx(?:imately|\.)?|roughly|circa|ca?\.|est(?:imated?|\.)?|maybe|some|nearly|almost)\s*(?=.)"
)
_ROUGHLY = r"est(?:imated?|\.)?|approx(?:imate(?:ly)?|\.)?|about|guess|estimate"
_ISH = re.compile(rf"(?:\s*-?ish|\s+or so|\s*\?|\s*\(?(?:{_ROUGHLY})\)?)$")
_AT_LEAST = re.compile(
    r"^(?:(?:over|more than|at least|>=?|upwards of)\s*(?P<a>.+)|(?P<b>.+?)\s*(?:\+|plus|or more|and up))$"
)
_BETWEEN = re.compile(
    r"^(?:between\s+|from\s+)?(?P<low>[0-9,a-z ]+?)\s*(?:-|\bto\b|\band\b)\s*(?P<high>[0-9,]+|[a-z]+(?: [a-z]+)?)$"
)
_PART = re.compile(rf"(?P<number>[0-9,]+|[a-z]+(?:[- ][a-z]+)?)\s*(?:(?P<young>{_YOUNG})|(?P<people>{_PEOPLE}))?")
_ZERO_BUT = re.compile(r"(?:0|zero|none|nobody)(?![.,/] ?[0-9])\W+(?P<why>.*\w.*)", re.S)


@dataclass(frozen=True, slots=True)
class CountExtra:
    """The young people named within a count: "12 adults + 5 kids"."""

    youth: int | None = None


def read_count(cell: Cell) -> Reading:
    """People counted: a `Count`, with `CountExtra` where some were said to be young. Blank is not zero."""
    if isinstance(cell, bool):
        return wrong("unreadable", f"This is not a number of people. {_COUNT_ADVICE}")
    if isinstance(cell, (int, float)):
        if not math.isfinite(cell):
            return wrong("unreadable", f"This is not a number of people. {_COUNT_ADVICE}")
        if cell < 0:
            return wrong("out-of-range", f"A count cannot be below 0. {_COUNT_ADVICE}")
        if not float(cell).is_integer():
            return wrong("unreadable", f"There are no half guests. {_COUNT_ADVICE}")
        return _counted(Count(as_typed(cell) or "", int(cell), int(cell), int(cell)))
    raw = (cell or "").strip(_INVISIBLE)
    text = plain(raw).casefold()
    if not text or text in _NOT_COUNTED:
        return NOTHING
    if len(text) > 200:
        return wrong("unreadable", f"This is too long for a count. {_COUNT_ADVICE}")
    if text == "none":
        return wrong("ambiguous", "Type 0 if nobody came, or leave it blank if nobody counted.")
    if text in _NOBODY or whole_number(text) == 0 or re.fullmatch(rf"(?:0|zero|no)\s*(?:{_PEOPLE}|{_YOUNG})", text):
        return Reading(Count(raw, 0, 0, 0))
    if _ZERO_BUT.fullmatch(text):
        # "0-5" and "0 adults + 5 kids" are counts all the same.
        read = _count_text(raw, text)
        if read.value is not None and (read.value.high is None or read.value.high > 0):
            return read
        return guess(
            None,
            "Taken as not counted, since a reason stands beside the 0. If it was called off, set Status to Cancelled "
            "and leave this blank; type 0 alone if nobody came.",
        )
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", f"A count cannot be below 0. {_COUNT_ADVICE}")
    return _count_text(raw, text)


def _count_text(raw: str, text: str) -> Reading:
    note: str | None = None
    estimated = False
    if (number := whole_number(text)) is not None and not re.search("doz", text):
        return _counted(Count(raw, number, number, number))
    if parenthesis := _TRAILING_PARENTHESIS.search(text):
        inside = parenthesis["note"].strip()
        before = text[: parenthesis.start()].strip()
        word, other = _number_once(before), _number_once(inside)
        if None not in (word, other) and word != other and before[:1].isdigit() != inside[:1].isdigit():
            return wrong("ambiguous", f"{word} and {other} are two numbers. {_COUNT_ADVICE}")
        if before:
            text = before
            if re.fullmatch(_ROUGHLY, inside):
                estimated = True
            else:
                note = inside
    while (shorter := _ABOUT.sub("", text).strip()) != text:
        text, estimated = shorter, True
    while (shorter := _ISH.sub("", text).strip()) != text and shorter:
        text, estimated = shorter, True
    text = re.sub(rf"\s+(?:{_PEOPLE})$", "", text) if "+" not in text[:-1] and "&" not in text else text
    if (people := _dozens(text)) is not None:
        return _counted(Count(raw, people, people, people, True))
    number = whole_number(text)
    if number is not None:
        return _noted(_counted(Count(raw, number, number, number, estimated)), note)
    if at_least := _AT_LEAST.fullmatch(text):
        number = whole_number(at_least["a"] or at_least["b"])
        if number is not None:
            return _noted(_counted(Count(raw, number, number, None, True)), note)
    if between := _BETWEEN.fullmatch(text):
        low, high = whole_number(between["low"]), whole_number(between["high"])
        if low is not None and high is not None:
            low, high = min(low, high), max(low, high)
            return _noted(_counted(Count(raw, low, (low + high) / 2 if low != high else low, high, True)), note)
    summed = _sum_of_parts(text)
    if summed is not None:
        total, youth = summed
        return _noted(
            _counted(Count(raw, total, total, total, estimated), CountExtra(youth) if youth is not None else None), note
        )
    if re.fullmatch(r"[0-9lo|]{2,6}", text) and re.search(r"[0-9]", text):
        return wrong("unreadable", f"There is a letter among the digits (l for 1, or O for 0). {_COUNT_ADVICE}")
    return wrong("unreadable", f"No number of people could be read here. {_COUNT_ADVICE}")


def _noted(read: Reading, note: str | None) -> Reading:
    """A count with a remark in brackets: the remark may name the young, else it might change the count, so look."""
    if note is None or read.value is None or read.findings:
        return read
    part = _PART.fullmatch(note)
    if part and part["young"]:
        youth = whole_number(part["number"])
        if youth is not None:
            return replace(read, extra=CountExtra(youth))
    return guess(read.value, f"Read as {read.value.best:g}; the remark is not read. {_COUNT_ADVICE}", read.extra)


def _sum_of_parts(text: str) -> tuple[int, int | None] | None:
    total, youth = 0, None
    for piece in re.split(r"\s*(?:\+|&|,(?=\s)|\band\b|\bplus\b)\s*", text):
        part = _PART.fullmatch(piece.strip())
        number = whole_number(part["number"]) if part else None
        if part is None or number is None:
            return None
        total += number
        if part["young"]:
            youth = (youth or 0) + number
    return total, youth


def _counted(count: Count, extra: CountExtra | None = None) -> Reading:
    best = count.best
    if 40_000 <= best <= 60_000 and best == int(best) and count.low == count.high:
        return wrong(
            "implausible",
            "The sheet has turned a range into a day: type it as text, for example '3-10 with an apostrophe in front.",
        )
    if best > 100_000:
        return wrong("implausible", f"That many people cannot be. {_COUNT_ADVICE}")
    if best > 1_000:
        return Reading(count, (Finding("implausible", "Over 1,000 people: check the number.", "warning"),), extra)
    return Reading(count, extra=extra)


_NEEDED_ADVICE = "Type a whole number from 1 to 20."


def read_needed(cell: Cell) -> Reading:
    """Officers needed, 1 to 20. Of a range the lower counts."""
    if isinstance(cell, bool):
        return wrong("unreadable", _NEEDED_ADVICE)
    if isinstance(cell, (int, float)):
        if not math.isfinite(cell) or not float(cell).is_integer():
            return wrong("unreadable", _NEEDED_ADVICE)
        if 40_000 <= cell <= 60_000:
            return wrong("implausible", f"The sheet has turned a range into a day. {_NEEDED_ADVICE}")
        return _needed(int(cell))
    text = plain(cell or "").casefold()
    if not text or (is_not_said(cell) and text != "none"):
        return NOTHING
    if len(text) > 100:
        return wrong("unreadable", _NEEDED_ADVICE)
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", _NEEDED_ADVICE)
    text = re.sub(r"\s*(?:officers?|ofcs?\.?|deputies|deputy|people|needed)$", "", text)
    number = whole_number(text)
    if number is not None:
        return _needed(number)
    if between := _BETWEEN.fullmatch(text):
        low, high = whole_number(between["low"]), whole_number(between["high"])
        if low is not None and high is not None:
            return _guessed_needed(min(low, high))
    number = whole_number(re.sub(r"^~\s*|^about\s+|\s*[+?]$", "", text))
    if number is not None:
        return _guessed_needed(number)
    return wrong("unreadable", _NEEDED_ADVICE)


def _needed(number: int) -> Reading:
    return Reading(number) if 1 <= number <= 20 else wrong("out-of-range", _NEEDED_ADVICE)


def _guessed_needed(number: int) -> Reading:
    read = _needed(number)
    return read if read.failed else guess(number, f"Read as {number}. {_NEEDED_ADVICE}")


def read_whole(cell: Cell) -> Reading:
    """A whole number from 0: residents, sworn officers, seats."""
    advice = "Type a whole number, without words."
    if isinstance(cell, bool):
        return wrong("unreadable", advice)
    if isinstance(cell, (int, float)):
        if not math.isfinite(cell) or not float(cell).is_integer():
            return wrong("unreadable", advice)
        return Reading(int(cell)) if 0 <= cell <= 100_000_000 else wrong("out-of-range", advice)
    if is_not_said(cell):
        return NOTHING
    text = plain(cell or "").casefold()
    number = whole_number(text)
    if number is not None:
        return Reading(number) if number <= 100_000_000 else wrong("out-of-range", advice)
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", advice)
    number = whole_number(re.sub(r"^(?:~|about|approx\.?)\s*", "", text))
    return guess(number, f"Read as {number}. {advice}") if number is not None else wrong("unreadable", advice)


_HOURS_ADVICE = "Type the hours as a number from 0 to 12, for example 1.5."
_HOURS_AND_MINUTES = re.compile(
    r"(?P<h>[0-9]{1,2})\s*(?:h(?:rs?|ours?)?\.?|:)\s*(?P<m>[0-9]{1,2})\s*(?:m(?:ins?|inutes?)?\.?)?"
)
_HOURS = re.compile(r"(?P<h>[0-9]{0,3}(?:\.[0-9]{1,17})?)\s*(?:h(?:rs?|ours?)?\.?)?")
_MINUTES_ONLY = re.compile(r"(?P<m>[0-9]{1,3})\s*m(?:ins?|inutes?)?\.?")


def is_clock(number: float) -> bool:
    """Whether a number of hours is a time of day: "1:30" typed into a sheet becomes 1/16 of a day."""
    return 0 < number < 1 and abs(number - round(number, 2)) > 1e-9


def could_be_clock(number: float) -> bool:
    """Whether it is a time of day, or is taken for hours only because people type a quarter and a half."""
    return is_clock(number) or number in (0.25, 0.5)


def read_hours(cell: Cell) -> Reading:
    """Hours worked, 0 to 12, as a number of hours."""
    if isinstance(cell, bool):
        return wrong("unreadable", _HOURS_ADVICE)
    if isinstance(cell, (int, float)):
        if not math.isfinite(cell):
            return wrong("unreadable", _HOURS_ADVICE)
        if not could_be_clock(cell):
            return _hours(float(cell))
        hours = round(cell * 24 * 60) / 60
        if not is_clock(cell):
            return guess(float(cell), f"Read as {cell:g} hours: if {hours:g}:00 was typed, type {hours:g} instead.")
        read = _hours(hours)
        said = f"The cell holds a time of day; read as {hours:g} hours. {_HOURS_ADVICE}"
        return read if read.failed else guess(hours, said)
    if is_not_said(cell):
        return NOTHING
    text = plain(cell or "").casefold()
    found = _HOURS_AND_MINUTES.fullmatch(text)
    if found:
        if int(found["m"]) > 59:
            return wrong("impossible", f"There are 60 minutes to the hour. {_HOURS_ADVICE}")
        return _hours(int(found["h"]) + int(found["m"]) / 60)
    if found := _MINUTES_ONLY.fullmatch(text):
        return _hours(int(found["m"]) / 60)
    if (found := _HOURS.fullmatch(text)) and found["h"] not in ("", "."):
        return _hours(float(found["h"]))
    if re.fullmatch(r"-\s*[0-9.]+", text):
        return wrong("out-of-range", _HOURS_ADVICE)
    between = re.fullmatch(
        r"(?P<low>[0-9]{0,2}(?:\.[0-9]+)?)\s*(?:-|to)\s*(?P<high>[0-9]{0,2}(?:\.[0-9]+)?)\s*(?:h(?:rs?|ours?)?)?", text
    )
    if between and between["low"] and between["high"]:
        read = _hours(min(float(between["low"]), float(between["high"])))
        return read if read.failed else guess(read.value, f"Read as {read.value:g} hours. {_HOURS_ADVICE}")
    if (number := whole_number(re.sub(r"\s*(?:hrs?|hours?)$", "", text))) is not None:
        return _hours(float(number))
    return wrong("unreadable", _HOURS_ADVICE)


def _hours(hours: float) -> Reading:
    if 40_000 <= hours <= 60_000 and hours.is_integer():
        return wrong("implausible", f"The sheet has turned a range into a day. {_HOURS_ADVICE}")
    return Reading(hours) if 0 <= hours <= 12 else wrong("out-of-range", _HOURS_ADVICE)


_DEGREES = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<number>[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*(?:°|deg\.?)?\s*(?P<side>[nsew]?)\.?"
)


def read_degrees(cell: Cell, low: float, high: float, example: str) -> Reading:
    """Decimal degrees between `low` and `high`; "122.38 W" is negative."""
    advice = f"Type decimal degrees, for example {example}."
    if isinstance(cell, bool):
        return wrong("unreadable", advice)
    if isinstance(cell, str):
        if is_not_said(cell):
            return NOTHING
        found = _DEGREES.fullmatch(plain(cell).casefold())
        if not found:
            return wrong("unreadable", advice)
        degrees = float(found["number"]) * (-1 if found["sign"] == "-" or found["side"] in ("s", "w") else 1)
    else:
        degrees = float(cell or 0) if abs(cell or 0) < 1e6 else math.inf
    if not math.isfinite(degrees):
        return wrong("out-of-range", advice)
    if not low <= degrees <= high:
        if low <= -degrees <= high:
            return wrong("out-of-range", f"The minus sign is missing: type {-degrees:g}.")
        return wrong("out-of-range", f"This lies outside {low:g} to {high:g}. {advice}")
    return Reading(degrees)


def read_color(cell: Cell) -> Reading:
    """A colour as #rrggbb, in small letters."""
    text = (as_typed(cell) or "").strip(_INVISIBLE).casefold().lstrip("#")
    if isinstance(cell, int) and not isinstance(cell, bool):
        text = text.zfill(6)  # a sheet takes 001122 for a number
    if re.fullmatch(r"[0-9a-f]{3}", text):
        text = "".join(2 * digit for digit in text)
    if not re.fullmatch(r"[0-9a-f]{6}", text):
        return wrong("unreadable", "Type the colour as # and six hex digits, for example #0b5cad.")
    return Reading(f"#{text}")


# --- a resident's concern --------------------------------------------------------------------------------------

_STREETS = (
    "st street ave avenue rd road dr drive ln lane blvd boulevard way ct court pl place hwy highway cir circle "
    "ter terrace"
)
_PRIVATE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an e-mail address", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,}")),
    (
        "a phone number",
        re.compile(
            r"(?<![\d-])(?:\+?1[-. ]?)?(?:\(\d{3}\)|\d{3})[-. ]?\d{3}[-. ]?\d{4}(?!\d)"
            r"|(?<![\d-])\d{3}[-.]\d{4}(?![\d-])"
        ),
    ),
    (
        "a date of birth",
        re.compile(
            r"\b(?:d\.?o\.?b\.?|born|birth)\b"
            r"|(?<!\d)(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])[/-](?:19|20)\d{2}(?!\d)",
            re.I,
        ),
    ),
    (
        "a licence plate",
        re.compile(
            r"\b(?:plates?|lic(?:ense|ence)?|tag)\b[\s#:.-]*(?=\w*\d)[a-z0-9]{4,8}\b|(?<![\w-])\d[a-z]{3}\d{3}(?![\w-])",
            re.I,
        ),
    ),
    (
        "an address",
        re.compile(
            rf"(?<![\w/])\d{{1,5}}\s+(?:[nsew]\.?\s+)?(?:[a-z.']+\s+){{1,3}}?(?:{_STREETS.replace(' ', '|')})\b", re.I
        ),
    ),
)


def private_details(text: str) -> tuple[str, ...]:
    """What in a text looks like a resident's personal data, in words ("a phone number")."""
    text = plain(text)
    return tuple(what for what, pattern in _PRIVATE if pattern.search(text))


def read_summary(cell: Cell) -> Reading:
    """A concern in at most 200 characters; personal data in it is warned of, and then never repeated."""
    read = read_text(cell)
    if read.value is None:
        return read
    findings = []
    if len(read.value) > MAX_SUMMARY:
        findings.append(Finding("too-large", f"Over {MAX_SUMMARY} characters: keep it shorter.", "warning"))
    private = private_details(read.value)
    if private:
        findings.append(
            Finding("privacy", f"This looks like {' and '.join(private)}: take it out of the sheet.", "warning")
        )
    return Reading(read.value, tuple(findings))


Read = Callable[[Cell], Reading]


LONG_YEARS = (1900, 2100)
"""The years of a career, or of a town's policing."""


def years_near(today: dt.date, *, past: bool = False) -> Years:
    """The years in which a day of the plan can lie: the programme is from 2011, but sheets are older."""
    return Years(2000, today.year + 10, today, past)


def long_years(today: dt.date, *, past: bool = False) -> Years:
    return Years(*LONG_YEARS, today, past)


def degrees_reader(rules: Rules, which: str) -> Read:
    if which == "latitude":
        return lambda cell: read_degrees(cell, rules.latitude_min, rules.latitude_max, "41.4242")
    return lambda cell: read_degrees(cell, rules.longitude_min, rules.longitude_max, "-122.3844")
