"""Numbers as typed: people counted, officers needed, whole numbers, hours, coordinates."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from cwac.model import Cell, Count
from cwac.sheet.text import (
    DOUBT,
    INVISIBLE,
    NOTHING,
    NOTHING_WORDS,
    TRAILING_PARENTHESIS,
    CellFinding,
    Reading,
    as_typed,
    guess,
    is_not_said,
    plain,
    wrong,
)
from cwac.sheet.times import shown_day

_BELOW_20 = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen".split()
)
_NUMBERS = {word: number for number, word in enumerate(_BELOW_20)} | {
    f"{ten} {one}".strip(): 10 * tens + ones
    for tens, ten in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
    for ones, one in enumerate(["", *_BELOW_20[1:10]])
}
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0+)?")
_NUMBER_TWICE = re.compile(
    r"(?P<one>[a-z0-9, -]*[a-z0-9])\s*"
    r"(?:[(\[]\s*(?P<other>[a-z0-9, -]+?)\s*[)\]]|[-/=,]\s*(?P<beside>[a-z0-9]+(?:-[a-z]+)?))"
)
_DOZEN = re.compile(r"(?P<of>[a-z0-9 -]*?)[ -]*(?:dozens?|doz\.?)")


def whole_number(text: str) -> int | None:
    """A whole number in digits ("1,200"), words ("twenty-four", "two dozen") or both ("six (6)"), or None."""
    number = _number_once(text)
    if number is not None or len(text) > 60 or not (twice := _NUMBER_TWICE.fullmatch(text.strip())):
        return number
    first, second = twice["one"], twice["other"] or twice["beside"]
    if first[:1].isdigit() == second[:1].isdigit():
        return None
    number = _number_once(first)
    return number if number == _number_once(second) else None


def _number_once(text: str) -> int | None:
    text = text.strip()
    if _THOUSANDS.fullmatch(text) and len(text) < 14:
        return int(text.replace(",", ""))
    if _WHOLE.fullmatch(text):
        return int(text.split(".")[0])
    number = _NUMBERS.get(text.replace("-", " "))
    return _dozens(text) if number is None else number


def _dozens(text: str) -> int | None:
    """The number in "a dozen", "half a dozen" or "two dozen"; None for "dozens" alone."""
    match = _DOZEN.fullmatch(text)
    if not match or (not match["of"] and text.lstrip(" -").startswith("dozens")):
        return None
    of = match["of"].replace("-", " ").strip()
    if of in ("", "a"):
        return 12
    if of in ("half", "half a", "a half"):
        return 6
    number = _number_once(of) if "doz" not in of else None
    return 12 * number if number is not None and number < 100_000 else None


_COUNT_ADVICE = "Type a whole number, or ~40, 30+ or 35-40; leave it blank if nobody counted."
_NOT_COUNTED = NOTHING_WORDS - {"none"} | {"not counted", "uncounted", "no count", "not recorded", "unk", "unk."}
_NOBODY = frozenset({"zero", "nobody", "no one", "no-one", "nobody came", "no one came", "no guests"})
_PEOPLE = (
    r"people|persons?|guests?|residents?|visitors?|attendees?|adults?|neighbou?rs?|folks?|citizens?|men|women"
    r"|locals?|seniors?|families|parents?|came|attended|total|in all|head|heads|pax|cups?|surveys?|conversations?"
)
_NOT_PEOPLE = re.compile(r"\b(?:cups?|surveys?|conversations?|families)\b")
_YOUNG = r"kids?|child(?:ren)?|youths?|teens?|teenagers?|students?|minors?|juveniles?"
_PLUS_MINUS = r"plus (?:or|/) minus|plus-minus|\+ ?/ ?-|\+-|±|give or take"
_ROUGHLY = (
    rf"est(?:imated?|\.)?|aprox(?:imadamente|\.)?|como|un[oa]s|cerca de"
    r"|alrededor de|approx(?:imate(?:ly)?|\.)?|about|around|roughly|circa|guess(?:ed|ing)?|estimate"
    rf"|(?:i|we) (?:think|guess)|give or take a few|{_PLUS_MINUS}|{DOUBT}"
)
_ABOUT = re.compile(
    rf"^(?:[~±]|(?:{_ROUGHLY}|ca?\.|ca|some|nearly|almost|close to|(?:just|a little|a bit) (?:over|under)"
    r"|an estimated)(?![a-z]),?)\s*(?=.)"
)
_ISH = re.compile(
    r"(?:\s*-?ish|[\s,-]+(?:or so|or thereabouts|more or less|odd|some)|\s*\?"
    rf"|[\s,-]*\(?(?:(?<![a-z])(?:{_ROUGHLY}))\)?)$"
)
_SPREAD = re.compile(rf"(?P<best>.+?)\s*(?:{_PLUS_MINUS})\s*(?P<by>[a-z0-9 -]+)")
_AT_LEAST = re.compile(
    r"^(?:(?:over|more than|at least|m[aá]s de|al menos|por lo menos|>=?|upwards of)\s*(?P<a>.+)"
    r"|(?P<b>.+?)\s*(?:\+|plus|or more|and up))$"
)
_BETWEEN = re.compile(
    r"^(?:between\s+|from\s+)?(?P<low>[0-9,a-z ]+?)\s*(?:-|\bto\b|\band\b|\bor\b)\s*"
    r"(?P<high>(?:[0-9,]+|[a-z]+(?: [a-z]+)?)(?:[ -]doz(?:ens?|\.))?)$"
)
_PART = re.compile(rf"(?P<number>[0-9,]+|[a-z]+(?:[- ][a-z]+)?)\s*(?:(?P<young>{_YOUNG})|(?P<people>{_PEOPLE}))?")
_ZERO_BUT = re.compile(r"(?:0|zero|none|nobody)(?![.,/] ?[0-9])\W+(?P<why>.*\w.*)", re.S)


def read_count(cell: Cell) -> Reading:
    """A count of guests as `Count`, with the young people among them in `extra` if the cell says. Blank is not zero."""
    if isinstance(cell, bool) or (isinstance(cell, float) and not math.isfinite(cell)):
        return wrong("unreadable", f"This is not a number of people. {_COUNT_ADVICE}")
    if isinstance(cell, (int, float)):
        if cell < 0:
            return wrong("out-of-range", f"A count cannot be below 0. {_COUNT_ADVICE}")
        if not float(cell).is_integer():
            return wrong("unreadable", f"There are no half guests. {_COUNT_ADVICE}")
        return _counted(Count(as_typed(cell) or "", int(cell), int(cell), int(cell)))
    raw = (cell or "").strip(INVISIBLE)
    text = plain(raw).casefold()
    if not text or text in _NOT_COUNTED:
        return NOTHING
    if len(text) > 200:
        return wrong("unreadable", f"This is too long for a count. {_COUNT_ADVICE}")
    if text == "none":
        return wrong("ambiguous", "Type 0 if nobody came, or leave it blank if nobody counted.")
    if text in _NOBODY or whole_number(text) == 0 or re.fullmatch(rf"(?:0|zero|no)\s*(?:{_PEOPLE}|{_YOUNG})", text):
        return Reading(Count(raw, 0, 0, 0))
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", f"A count cannot be below 0. {_COUNT_ADVICE}")
    read = _count_text(raw, text)
    if _ZERO_BUT.fullmatch(text):
        # "0-5" and "0 adults + 5 kids" are counts nevertheless.
        if read.value is not None and (read.value.high is None or read.value.high > 0):
            return read
        return guess(
            None,
            "Taken as not counted, since there is a reason beside the 0. If it was called off, set Status to Canceled "
            "and leave this blank; type 0 alone if nobody came.",
        )
    other = _NOT_PEOPLE.search(text)  # cups and surveys have columns of their own
    if other is None or read.value is None or read.findings:
        return read
    advice = f"Read as {read.value.best:g}, but the cell says {other[0]}. Type how many people came."
    return guess(read.value, advice, read.extra)


def _count_text(raw: str, text: str) -> Reading:
    note: str | None = None
    estimated = False
    if (number := whole_number(text)) is not None and "doz" not in text:
        return _counted(Count(raw, number, number, number))
    if parenthesis := TRAILING_PARENTHESIS.search(text):
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
    text, is_doubtful = _without_doubt(text)
    estimated = estimated or is_doubtful
    youth: int | None = None
    bounds: tuple[int, float, int | None, bool]
    if (number := _dozens(text)) is not None:
        note, bounds = None, (number, number, number, True)
    elif (number := whole_number(text)) is not None:
        bounds = number, number, number, estimated
    elif (least := _AT_LEAST.fullmatch(text)) and (number := whole_number(least["a"] or least["b"])) is not None:
        bounds = number, number, None, True
    elif (
        (spread := _SPREAD.fullmatch(text))
        and (number := whole_number(spread["best"])) is not None
        and (by := whole_number(spread["by"])) is not None
    ):
        bounds = max(number - by, 0), number, number + by, True
    elif ends := _range(text):
        low, high = ends
        bounds = low, (low + high) / 2 if low != high else low, high, True
    elif (summed := _sum_of_parts(text)) is not None:
        number, youth = summed
        bounds = number, number, number, estimated
    elif re.fullmatch(r"[0-9lo|]{2,6}", text) and re.search(r"[0-9]", text):
        return wrong("unreadable", f"There is a letter among the digits (l for 1, or O for 0). {_COUNT_ADVICE}")
    else:
        return wrong("unreadable", f"No number of people could be read here. {_COUNT_ADVICE}")
    read = _counted(Count(raw, *bounds), youth)
    if note is None or read.findings:
        return read
    part = _PART.fullmatch(note)
    young = whole_number(part["number"]) if part and part["young"] else None
    if young is not None:
        return replace(read, extra=young)
    return guess(read.value, f"Read as {read.value.best:g}; the remark is not read. {_COUNT_ADVICE}", read.extra)


def _without_doubt(text: str) -> tuple[str, bool]:
    """The text without its words of doubt and for people, and whether it has words of doubt."""
    is_doubtful = False
    while True:
        shorter = _ISH.sub("", _ABOUT.sub("", text).strip()).strip() or text
        is_doubtful = is_doubtful or shorter != text
        if "+" not in shorter[:-1] and "&" not in shorter:
            shorter = re.sub(rf"\s+(?:{_PEOPLE})$", "", shorter)
        if shorter == text:
            return text, is_doubtful
        text = shorter


def _range(text: str) -> tuple[int, int] | None:
    """The ends of "35-40", "thirty to forty" or "one or two dozen"."""
    between = _BETWEEN.fullmatch(text)
    if between is None:
        return None
    low, high = whole_number(between["low"]), whole_number(between["high"])
    if low is None or high is None:
        return None
    if "doz" in between["high"] and "doz" not in between["low"] and 12 * low <= high:
        low *= 12
    return min(low, high), max(low, high)


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


def _counted(count: Count, youth: int | None = None) -> Reading:
    best = count.best
    if 40_000 <= best <= 60_000 and best == int(best) and count.low == count.high:
        return wrong(
            "implausible",
            f"The sheet has turned a range into a day, {shown_day(best)}: type it as text with an apostrophe in front, "
            "for example '3-10.",
        )
    if best > 100_000:
        return wrong("implausible", f"That many people cannot be. {_COUNT_ADVICE}")
    if best > 1_000:
        return Reading(count, (CellFinding("implausible", "Over 1,000 people: check the number.", "warning"),), youth)
    return Reading(count, extra=youth)


_NEEDED_ADVICE = "Type a whole number from 1 to 20."


def read_needed(cell: Cell) -> Reading:
    """Officers needed, 1 to 20. Of a range the lower number is used."""
    if isinstance(cell, (int, float)):
        if 40_000 <= cell <= 60_000 and cell == int(cell):
            return wrong("implausible", f"The sheet has turned a range into a day, {shown_day(cell)}. {_NEEDED_ADVICE}")
        return _whole_within(cell, 1, 20, _NEEDED_ADVICE)
    text = plain(cell or "").casefold()
    if not text or (is_not_said(cell) and text != "none"):
        return NOTHING
    if len(text) > 100:
        return wrong("unreadable", _NEEDED_ADVICE)
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", _NEEDED_ADVICE)
    text = re.sub(r"\s*(?:officers?|ofcs?\.?|deputies|deputy|people|needed)$", "", text)
    if (number := whole_number(text)) is not None:
        return _whole_within(number, 1, 20, _NEEDED_ADVICE)
    ends = _range(text)
    number = ends[0] if ends else whole_number(_without_doubt(text.removesuffix("+"))[0])
    if number is None:
        return wrong("unreadable", _NEEDED_ADVICE)
    read = _whole_within(number, 1, 20, _NEEDED_ADVICE)
    return read if read.failed else guess(number, f"Read as {number}. {_NEEDED_ADVICE}")


def _whole_within(number: float, low: int, high: int, advice: str) -> Reading:
    if isinstance(number, bool) or (isinstance(number, float) and not number.is_integer()):
        return wrong("unreadable", advice)
    return Reading(int(number)) if low <= number <= high else wrong("out-of-range", advice)


def read_whole(cell: Cell) -> Reading:
    """A whole number from 0: residents, sworn officers, seats."""
    advice = "Type a whole number, without words."
    if isinstance(cell, (int, float)):
        return _whole_within(cell, 0, 100_000_000, advice)
    if is_not_said(cell):
        return NOTHING
    text = plain(cell or "").casefold()
    if (number := whole_number(text)) is not None:
        return _whole_within(number, 0, 100_000_000, advice)
    if re.fullmatch(r"-\s*[0-9]+", text):
        return wrong("out-of-range", advice)
    number = whole_number(_without_doubt(text)[0])
    return guess(number, f"Read as {number}. {advice}") if number is not None else wrong("unreadable", advice)


_HOURS_ADVICE = "Type the hours as a number from 0 to 12, for example 1.5."
_HOURS_AND_MINUTES = re.compile(
    r"(?P<h>[0-9]{1,2})\s*(?:h(?:rs?|ours?)?\.?|:)\s*(?P<m>[0-9]{1,2})\s*(?:m(?:ins?|inutes?)?\.?)?"
)
_HOURS = re.compile(r"(?P<h>[0-9]{0,3}(?:\.[0-9]{1,20})?)\s*(?:h(?:rs?|ours?)?\.?)?")
_MINUTES_ONLY = re.compile(r"(?P<m>[0-9]{1,3})\s*m(?:ins?|inutes?)?\.?")


def is_clock(number: float) -> bool:
    """Whether a number of hours is really a time of day: "1:30" typed into a sheet becomes 1/16 of a day."""
    return 0 < number < 1 and abs(number - round(number, 2)) > 1e-9


def could_be_clock(number: float) -> bool:
    """Whether it may be a time of day; a quarter and a half are read as hours only because people type them."""
    return is_clock(number) or number in (0.25, 0.5)


def read_hours(cell: Cell) -> Reading:
    """Hours worked, from 0 to 12."""
    if isinstance(cell, bool) or (isinstance(cell, float) and not math.isfinite(cell)):
        return wrong("unreadable", _HOURS_ADVICE)
    if isinstance(cell, (int, float)):
        if not could_be_clock(cell):
            return _hours(float(cell))
        minutes = round(cell * 24 * 60)
        hours = minutes / 60
        if not is_clock(cell):
            return guess(float(cell), f"Read as {cell:g} hours: if {hours:g}:00 was typed, type {hours:g} instead.")
        clock = f"{minutes // 60}:{minutes % 60:02}"
        return _hours(hours, f"The cell holds a time of day, {clock}; read")
    if is_not_said(cell):
        return NOTHING
    text = plain(cell or "").casefold()
    if match := _HOURS_AND_MINUTES.fullmatch(text):
        if int(match["m"]) > 59:
            return wrong("impossible", f"There are 60 minutes to the hour. {_HOURS_ADVICE}")
        return _hours(int(match["h"]) + int(match["m"]) / 60)
    if match := _MINUTES_ONLY.fullmatch(text):
        return _hours(int(match["m"]) / 60)
    if (match := _HOURS.fullmatch(text)) and match["h"] not in ("", "."):
        hours = float(match["h"])
        return read_hours(hours) if is_clock(hours) and text[-1].isdigit() else _hours(hours)
    if re.fullmatch(r"-\s*[0-9.]+", text):
        return wrong("out-of-range", _HOURS_ADVICE)
    between = re.fullmatch(
        r"(?P<low>[0-9]{0,2}(?:\.[0-9]+)?)\s*(?:-|to)\s*(?P<high>[0-9]{0,2}(?:\.[0-9]+)?)\s*(?:h(?:rs?|ours?)?)?", text
    )
    if between and between["low"] and between["high"]:
        hours = min(float(between["low"]), float(between["high"]))
        return _hours(hours, "Read")
    if (number := whole_number(re.sub(r"\s*(?:hrs?|hours?)$", "", text))) is not None:
        return _hours(float(number))
    return wrong("unreadable", _HOURS_ADVICE)


def _hours(hours: float, guessed: str | None = None) -> Reading:
    """Hours from 0 to 12, as a guess where `guessed` begins its advice; any others are a problem."""
    if 40_000 <= hours <= 60_000 and hours.is_integer():
        return wrong("implausible", f"The sheet has turned a range into a day, {shown_day(hours)}. {_HOURS_ADVICE}")
    if not 0 <= hours <= 12:
        return wrong("out-of-range", _HOURS_ADVICE)
    advice = f"{guessed} as {hours:g} hour{'' if hours == 1 else 's'}. {_HOURS_ADVICE}"
    return guess(hours, advice) if guessed else Reading(hours)


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
        match = _DEGREES.fullmatch(plain(cell).casefold())
        if not match:
            return wrong("unreadable", advice)
        degrees = float(match["number"]) * (-1 if match["sign"] == "-" or match["side"] in ("s", "w") else 1)
    else:
        degrees = float(cell or 0) if abs(cell or 0) < 1e6 else math.inf
    if not math.isfinite(degrees):
        return wrong("out-of-range", advice)
    if not low <= degrees <= high:
        if low <= -degrees <= high:
            return wrong("out-of-range", f"The minus sign is missing: type {-degrees:g}.")
        return wrong("out-of-range", f"This lies outside {low:g} to {high:g}. {advice}")
    return Reading(degrees)
