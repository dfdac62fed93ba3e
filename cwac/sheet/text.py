"""What reading a cell gives, and text as people type it: blanks, no value, failed formulas, lists, called off."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from cwac.model import Cell, EventStatus, Severity


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A remark about a cell, for its coordinator. With severity "error" the value is not used.

    The advice never names an officer; `candidates` are the IDs of the officers that the cell could mean.
    """

    code: str
    advice: str
    severity: Severity = "error"
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """A cell's value and findings. `extra` holds more that the cell says, such as the end of a range typed in Start."""

    value: Any = None
    findings: tuple[CellFinding, ...] = ()
    extra: Any = None

    @property
    def failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


NOTHING = Reading()


def wrong(code: str, advice: str) -> Reading:
    return Reading(None, (CellFinding(code, advice),))


def guess(value: Any, advice: str, extra: Any = None) -> Reading:
    return Reading(value, (CellFinding("guessed", advice, "warning"),), extra)


Read = Callable[[Cell], Reading]
MAX_PROBLEMS = 20


def at_most(findings: tuple[CellFinding, ...]) -> tuple[CellFinding, ...]:
    """At most `MAX_PROBLEMS` findings; the last one says how many more there were."""
    if len(findings) <= MAX_PROBLEMS:
        return findings
    kept, rest = findings[: MAX_PROBLEMS - 1], findings[MAX_PROBLEMS - 1 :]
    worst = next((finding for finding in rest if finding.severity == "error"), rest[0])
    return (*kept, replace(worst, advice=f"{len(rest)} more like these in this cell. One of them: {worst.advice}"))


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
        **dict.fromkeys("→⇒➔➜", "->"),
        **dict.fromkeys("≈∼", "~"),
    }
)
_SPACES = re.compile(r" {2,}")
INVISIBLE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"

NOT_CALCULATED = "#NOT CALCULATED!"
"""A formula in a file whose result was never stored, as programs other than Excel write them."""
_FORMULA_ERRORS = frozenset(
    "#REF! #N/A #VALUE! #DIV/0! #NAME? #NUM! #NULL! #ERROR! #SPILL! #CALC! #GETTING_DATA #UNKNOWN! #FIELD! #BLOCKED! "
    "#CONNECT! #BUSY! #PYTHON! #EXTERNAL! #TIMEOUT! #CIRC!".split()
) | {NOT_CALCULATED}
_LOADING = frozenset({"loading...", "loading…"})
NOTHING_WORDS = frozenset(
    "n/a; n / a; na; n.a; n.a.; not applicable; none; nil; -; --; ---; ?; ??; ???; tbd; tba; tbc; t.b.d; t.b.a; t.b.c; "
    "t.b.d.; to be determined; to be announced; to be confirmed; pending; unknown".split("; ")
)
"""Words that people type into an optional cell to say that it has no value."""
PUNCTUATION = " .,;:!?*_~'\"/|()[]{}<>-"
"""Punctuation that may surround such a word: "(n/a)", "TBD.", "[-]"."""
_NOTHING_INITIALS = {initial for word in NOTHING_WORDS for initial in (word[0], word[0].upper())}.union(PUNCTUATION)
_LONGEST_NOTHING = max(map(len, NOTHING_WORDS)) + 8
DOUBT = (
    r"maybe|perhaps|probably|possibly|likely|tentative(?:ly)?|t\.?b\.?[acd]\.?|unsure|not sure|unconfirmed"
    r"|not (?:yet )?confirmed|pending|to be (?:confirmed|determined)|unknown"
)
"""Regular expression for the words with which people leave a cell open."""
TRAILING_PARENTHESIS = re.compile(r"[(\[](?P<note>[^()\[\]]*)[)\]]$")
MAX_CELL, MAX_LIST, MAX_NOTE = 500, 2_000, 5_000
"""The most characters in a cell: any value, a list, a note."""
MAX_QUOTE = MAX_SUMMARY = 200
_TOO_LONG = 10**300


class TooLong(str):
    """The beginning of a text of more than `limit` characters, in place of the whole."""

    limit: int

    # Not equal to a cell that holds just these characters.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, TooLong) and str.__eq__(self, other)

    __hash__ = str.__hash__


def bounded(cell: Cell, limit: int) -> Cell:
    """The cell, or a `TooLong` in its place, so that no pattern sees more. Surrounding white space does not count."""
    if is_too_long_number(cell):
        return as_typed(cell)
    if not isinstance(cell, str) or len(cell) <= limit or isinstance(cell, TooLong):
        return cell
    text = cell.strip(INVISIBLE)
    if len(text) <= limit:
        return text
    clipped = TooLong(text[:limit] if limit == MAX_NOTE else quoted(text))
    clipped.limit = limit
    return clipped


def is_too_long_number(cell: Cell) -> bool:
    """Whether a cell is an integer that no float can hold, and of which Python may refuse to make a text."""
    return isinstance(cell, int) and abs(cell) >= _TOO_LONG


def read_too_long(cell: TooLong, read: Callable[[Cell], Reading]) -> Reading:
    """Read the beginning of a note; any other value that is too long is not read."""
    if cell.limit != MAX_NOTE:
        return wrong("too-large", f"Over {cell.limit} characters, so this is not read: shorten it.")
    reading = read(str(cell))
    others = tuple(finding for finding in reading.findings if finding.code != "too-large")
    too_large = CellFinding("too-large", f"Over {MAX_NOTE:,} characters: the rest is not shown. Shorten it.", "warning")
    return replace(reading, findings=(too_large, *others))


def quoted(text: str) -> str:
    """The text, or its beginning, to show in a problem."""
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"


def shorten(text: str) -> str:
    """The text, or its beginning, to name a header or a tab in a sentence."""
    return text if len(text) <= 60 else f"{text[:57]}…"


def plain(text: str) -> str:
    """The text with one kind of dash, quote and space, without invisible characters, and trimmed."""
    shown = text.translate(_LOOKALIKES)
    if not text.isascii():
        shown = unicodedata.normalize("NFKC", shown).translate(_LOOKALIKES)
    text = _SPACES.sub(" ", shown).strip()
    # Some imports keep the apostrophe that stops a sheet from turning 8-10 into a day.
    return text[1:].lstrip() if text.startswith("'") else text


def text_of(cell: Cell) -> str:
    """A cell of text as `plain` has it; empty for any other cell, and for a text that is too long to read."""
    return plain(cell) if isinstance(cell, str) and len(cell) <= MAX_CELL else ""


def as_typed(cell: Cell) -> str | None:
    """The cell as text, to show what was typed; None for None."""
    if cell is None or type(cell) is str:
        return cell
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return "a number of over 300 digits" if is_too_long_number(cell) else str(cell)


def header_text(cell: Cell) -> str:
    return as_typed(bounded(cell, MAX_CELL)) or ""


def is_blank(cell: Cell, *, yes_no: bool = False) -> bool:
    """Whether the cell holds nothing, white space, or (`yes_no`) an unticked checkbox."""
    if cell is None or cell == "":
        return True
    if isinstance(cell, str):
        if not yes_no and cell[0].isalnum():
            return False
        return not cell.strip(INVISIBLE) or (yes_no and cell.strip(INVISIBLE).casefold() == "false")
    return yes_no and cell is False


def filled_rows(rows: Iterable[Iterable[Cell]]) -> int:
    return sum(not all(map(is_blank, row)) for row in rows)


def is_formula_error(cell: Cell) -> bool:
    if not isinstance(cell, str) or len(cell) > 40:
        return False
    text = cell.strip()
    return text[:1] in ("#", "l", "L") and (text.upper() in _FORMULA_ERRORS or text.casefold() in _LOADING)


def is_loading(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.strip().casefold() in _LOADING


FORMULA_ERROR = wrong("formula-error", "The formula in this cell failed: fix it, or type the value itself.")
FORMULA_WITHOUT_RESULT = wrong(
    "formula-error",
    "The file was saved by a program that does not work out formulas: open it in Excel and save it again, or type the "
    "value itself.",
)


def is_not_said(cell: Cell) -> bool:
    """Whether the cell says that there is no value: n/a, (TBD), a dash."""
    if not isinstance(cell, str) or len(cell) > _LONGEST_NOTHING:
        return False
    if cell[:1].isascii() and cell[:1] not in _NOTHING_INITIALS:
        return False
    text = plain(cell).casefold()
    bare = text.strip(PUNCTUATION)
    return bare in NOTHING_WORDS if bare else "-" in text or "?" in text


def read_text(cell: Cell) -> Reading:
    text = as_typed(cell)
    if text is None or is_not_said(cell):
        return NOTHING
    if not (text[:1].isalnum() and text[-1].isalnum()):
        text = text.strip(INVISIBLE)
    return Reading(text or None)


def read_list(cell: Cell) -> Reading:
    """Texts separated by semicolons or line breaks, or else by commas; words for no value are dropped."""
    return Reading(tuple(part for part in _listed(cell) if not is_not_said(part)))


def read_aliases(cell: Cell) -> Reading:
    """As `read_list`, but reports a word for no value: with the alias TBD, every cell with TBD would mean this row."""
    reading = read_list(cell)
    dropped = next(filter(is_not_said, _listed(cell)), None)
    if dropped is None:
        return reading
    advice = f'"{dropped}" says that there is no name, so it cannot be an alias and is not used: take it out.'
    return replace(reading, findings=(CellFinding("not-a-choice", advice, "warning"),))


def _listed(cell: Cell) -> tuple[str, ...]:
    typed = as_typed(cell) or ""
    parts = re.split(r"[;\n]", typed) if re.search(r"[;\n]", typed) else typed.split(",")
    return tuple(dict.fromkeys(part.strip(INVISIBLE) for part in parts if part.strip(INVISIBLE)))


def read_color(cell: Cell) -> Reading:
    """A color as #rrggbb in lower case."""
    text = (as_typed(cell) or "").strip(INVISIBLE).casefold().lstrip("#")
    if isinstance(cell, int) and not isinstance(cell, bool):
        text = text.zfill(6)  # a sheet turns 001122 into a number
    if re.fullmatch(r"[0-9a-f]{3}", text):
        text = "".join(2 * digit for digit in text)
    if not re.fullmatch(r"[0-9a-f]{6}", text):
        return wrong("unreadable", "Type the color as # and six hex digits, for example #0b5cad.")
    return Reading(f"#{text}")


_PRIVATE = {
    kind: re.compile(pattern, re.I)
    for kind, pattern in {
        "an email address": r"[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,}",
        "a phone number": r"(?<![\d-])(?:\+?1[-. ]?)?(?:\(\d{3}\)|\d{3})[-. ]?\d{3}[-. ]?\d{4}(?!\d)"
        r"|(?<![\d-])\d{3}[-.]\d{4}(?![\d-])",
        "a date of birth": r"\b(?:d\.?o\.?b\.?|born|birth)\b"
        r"|(?<!\d)(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])[/-](?:19|20)\d{2}(?!\d)",
        "a license plate": r"\b(?:plates?|lic(?:ense|ence)?|tag)\b[\s#:.-]*(?=\w*\d)[a-z0-9]{4,8}\b"
        r"|(?<![\w-])\d[a-z]{3}\d{3}(?![\w-])",
        "an address": r"(?<![\w/])\d{1,5}\s+(?:[nsew]\.?\s+)?(?:[a-z.']+\s+){1,3}?"
        r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|way|ct|court|pl|place|hwy|highway|cir|circle"
        r"|ter|terrace)\b",
    }.items()
}


def private_details(text: str) -> tuple[str, ...]:
    """The kinds of personal data that a text seems to hold, in words ("a phone number")."""
    text = plain(text)
    return tuple(kind for kind, pattern in _PRIVATE.items() if pattern.search(text))


def read_summary(cell: Cell) -> Reading:
    """A follow-up's summary; warns over 200 characters and of personal data."""
    summary = read_text(cell).value
    findings = []
    if len(summary or "") > MAX_SUMMARY:
        findings.append(CellFinding("too-large", f"Over {MAX_SUMMARY} characters: keep it shorter.", "warning"))
    if private := private_details(summary or ""):
        advice = f"This looks like {' and '.join(private)}: take it out of the sheet."
        findings.append(CellFinding("privacy", advice, "warning"))
    return Reading(summary, tuple(findings))


_CALLED_OFF: dict[EventStatus, str] = {
    "Cancelled": r"cancel(?:l?ed|ad[oa])?|canx|cncl\w*|cxl?d?|cxl\w*|called off|scrubbed|nixed|suspendido",
    "Postponed": r"postpon\w*|moved to|moving to|resched\w*(?! +from)(?: +(?:to|for))?|pospuest[oa]|aplazad[oa]"
    r"|pushed (?:back|to)",
}
_WORDS = tuple((status, re.compile(rf"\b(?:{pattern})\b", re.I)) for status, pattern in _CALLED_OFF.items())
_NEGATED = re.compile(
    r"\b(?:not|never|isn't|wasn't|un-?|if|unless|no longer|in case|do not|don't)\W+(?:\w+\W+){0,2}$", re.I
)
_OPEN = re.compile(
    rf"(?<!\w)(?:on hold|hold(?! +(?:an?|the|our|some|all|more|your|[0-9]))|needs? confirm\w*|{DOUBT})(?![\w])"
    rf"|[(\[](?:on hold|{DOUBT})[)\]]",
    re.I,
)
_IT_WAS = re.compile(
    r"\W*(?:(?:the|this|our) +)?(?:event|coffee|it|this)? *(?:was|is|has been|had to be|got) +(?:been +)?", re.I
)
"""What may stand before a word of cancellation that is about the event itself: "event was", "it had to be"."""
_NO_WORD = " \t\n-–—*•.,:;!?#/\\|'\""
_ONLY_POLICY = re.compile(r"\bcancel(?:lation)? (?:policy|by|with)\b|\bto cancel\b", re.I)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a text says of its event: the status (None for a doubt), and whether the text is about just that."""

    status: EventStatus | None
    is_plain: bool


def remark_in(typed: str, field: str) -> Remark | None:
    """The word of cancellation, postponement or doubt in a text; None without one."""
    return _remark_in(plain(typed)[:1000], field)


@lru_cache(8192)
def _remark_in(text: str, field: str) -> Remark | None:
    for status, pattern in _WORDS:
        for match in pattern.finditer(text):
            before = text[: match.start()]
            if _NEGATED.search(before) or _ONLY_POLICY.search(text):
                continue
            ends = not re.search(r"\w", text[match.end() :].split("(")[0]) or before.rstrip()[-1:] in "(-*:"
            begins = not re.search(r"\w", before) or _IT_WAS.fullmatch(before) is not None
            is_about = field not in ("public_notes", "internal_notes") and (ends or match[0].isupper())
            return Remark(status, begins or is_about)
    return (
        Remark(None, False)
        if _OPEN.match(text.lstrip(_NO_WORD)) or (field != "internal_notes" and _OPEN.search(text))
        else None
    )
