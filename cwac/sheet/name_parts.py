"""A cell of names cut at separators, brackets and dashes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cwac.sheet.names import NOT_APPLICABLE, Agencies
from cwac.sheet.remarks import MARKS, Meaning, begins_as_remark, meaning, remark_after, remark_before, surely_no_name
from cwac.sheet.text import plain

ADVICE = "Type one Officer ID or name a row."
WITH_STATUS = "Type the name alone, and the Status in Staffing."

LONGEST_NAME, LONGEST_LIST = 500, 2_000
"""Characters in a cell for one name, and for several."""
_OPEN, _CLOSE = "([{", ")]}"
BRACKETED = "\x00"
"""Replaces brackets and their content in a text, so that only the text outside is split."""
_WITHOUT = re.compile(r"\bw/o\b", re.I)
SEPARATOR = re.compile(
    r"([;\n&+,]|(?<![0-9])/|/(?![0-9])|(?<![0-9]):(?!\d)|:(?=\s)|\band\b|(?-i:(?<=\s)y(?=\s))|\bplus\b|\bw/|\bwith\b)",
    re.I,
)
ADDED = frozenset({"and", "y", "&", "+", "plus"})
_ASIDE = re.compile(r"(?<=\s)-+|(?<!-)-++(?=\s)|\.{2,}|…|=")
BADGE = re.compile(r"(?:\b(?:badge|id|star|unit|no)\b\.?\s*)?#?\s*\b[0-9]{1,7}\b", re.I)
PERSON_ID = re.compile(r"[A-Z]{1,4}[- ]?[0-9]{2,7}|#[0-9]{2,7}", re.I)
"""An ID or a badge number, which names a person where no officers are listed."""
_TIMES = re.compile(r"(?P<name>[^\W\d_][^\d;,]*?)\s*\bx ?(?P<number>[2-9])", re.I)
_MOST_HYPHENS = 4
_NOT_IN_NAMES = frozenset(
    "the at is will has have had was were to of if when while who her his their our she he it they needs need still "
    "only on in for by from about after before with without because but as or not then driving bringing "
    "needed possible available necessary required sure time work today tomorrow here there yet again day week me him "
    "you".split()
)


@dataclass(slots=True)
class NamePart:
    """A piece of a cell between separators; `after` is the separator before it. Brackets are `BRACKETED`."""

    text: str
    remarks: list[str]
    after: str = ""
    doubtful: bool = False
    """Whether it was joined from two parts that might be two people."""
    perhaps_one: bool = False
    """Whether it and the part beside it might be one person, last name first."""

    @property
    def bare(self) -> str:
        """The text without its brackets."""
        return " ".join(self.text.replace(BRACKETED, " ").split())

    def joined(self, other: NamePart, between: str) -> NamePart:
        return NamePart(f"{self.text}{between}{other.text}", self.remarks + other.remarks, self.after)

    def split(self, by: re.Pattern[str]) -> list[NamePart]:
        remarks = iter(self.remarks)
        return [NamePart(side, [next(remarks) for _ in range(side.count(BRACKETED))]) for side in by.split(self.text)]


def split_cell(text: str) -> list[NamePart]:
    """A cell split at semicolons, commas, line breaks, "and" and so on, but not inside brackets."""
    masked, inside = without_brackets(text)
    masked = _WITHOUT.sub("without", NOT_APPLICABLE.sub("none", masked))
    remarks = iter(inside)
    parts: list[NamePart] = []
    after = ""
    for at, piece in enumerate(SEPARATOR.split(masked)):
        if at % 2:
            after = piece.casefold() if piece != "," or after in ("", ",") else after
            continue
        own_remarks = [next(remarks) for _ in range(piece.count(BRACKETED))]
        if piece.strip():
            parts.append(NamePart(piece.strip(), own_remarks, after if parts else ""))
            after = ""
    return parts


def without_brackets(text: str) -> tuple[str, list[str]]:
    """The text with `BRACKETED` for each pair of brackets, and their contents. A bracket never closed is a dash."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for at, char in enumerate(text):
        if char in _OPEN:
            opened.append(at)
        elif char in _CLOSE and opened:
            closed[opened.pop()] = at
    outside: list[str] = []
    inside: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if at in closed:
            inside.append(
                "".join(" " if char in _OPEN + _CLOSE else char for char in text[at + 1 : closed[at]]).strip()
            )
            outside.append(f" {BRACKETED} ")
            at = closed[at]
        elif char in _OPEN:
            outside.append(" - ")
        elif char in _CLOSE or char == BRACKETED:
            outside.append(" ")
        else:
            outside.append(char)
        at += 1
    return "".join(outside), inside


def split_at_dashes(text: str) -> list[str]:
    """A part's pieces around a dash, an equals sign or points."""
    pieces = [bare for piece in _ASIDE.split(text) if (bare := piece.strip(" -,:*"))]
    return [part for piece in pieces for part in _split_at_hyphen(piece)]


def _split_at_hyphen(text: str) -> tuple[str, ...]:
    """The name and the remark of "Sample-declined"; most hyphens belong to a name."""
    at = text.find("-")
    for _ in range(_MOST_HYPHENS):
        if at <= 0:
            break
        if surely_no_name(text[at + 1 :]) and begins_as_remark(text[at + 1 :]) and not begins_as_remark(text):
            return text[:at], text[at + 1 :]
        at = text.find("-", at + 1)
    return (text,)


def bare_name(typed: str) -> str:
    """A name without brackets, remarks, question marks and numbers."""
    outside = without_brackets(plain(typed))[0].replace(BRACKETED, " ").replace("?", " ")
    name = next(iter(split_at_dashes(" ".join(outside.split()))), "")
    name = remark_before(remark_after(name)[0])[0]
    return " ".join(BADGE.sub(" ", name).split()).strip(" ,;:-#")


def with_companions(parts: list[NamePart], agencies: Agencies) -> list[NamePart]:
    """The parts, with "Miller x2" as Miller and one placeholder."""
    apart: list[NamePart] = []
    for part in parts:
        match = _TIMES.fullmatch(part.bare)
        name = match["name"] if match else ""
        if (
            match is None
            or agencies.find_source(name)
            or meaning(name).kind == "harmless"
            or not looks_like_name(name, True)
        ):
            apart.append(part)
            continue
        apart += [NamePart(name, part.remarks, part.after), NamePart(f"{int(match['number']) - 1} TBD", [], "+")]
    return apart


def has_content(remark: str) -> bool:
    return "?" in remark or any(map(str.isalnum, remark)) or MARKS.search(remark) is not None


def has_capitals(parts: list[NamePart]) -> bool:
    return any(char.isupper() for part in parts for char in part.text)


def looks_like_name(text: str, capitals: bool) -> bool:
    """Whether a text is one to five words without digits, none of them a word of sentences.

    With `capitals` one of its letters must be a capital.
    """
    text = text.removeprefix("Of. ")  # Spanish for Officer
    name_words = text.replace("-", " ").replace("'", "").split()
    return (
        0 < len(name_words) <= 5
        and not any(map(str.isdigit, text))
        and any(map(str.isalpha, text))
        and (not capitals or any(map(str.isupper, text)) or not text.isascii())
        and not any(word.strip(".,").casefold() in _NOT_IN_NAMES for word in name_words)
    )


def meaning_of(remark: str, agencies: Agencies) -> Meaning:
    """The meaning of a remark beside a name; naming an agency is harmless."""
    return Meaning("harmless") if agencies.find_source(remark) else meaning(remark)


def only_remark(text: str, capitals: bool) -> bool:
    """Whether a text says something about a person without naming one."""
    if MARKS.search(text) and not any(map(str.isalpha, text)):
        return True
    remark = meaning(text)
    if remark.kind == "harmless":
        return True
    if not begins_as_remark(text):
        return remark.kind == "status" and text.isalpha()
    name, before = remark_before(text)
    return not before or begins_as_remark(name) or not looks_like_name(name, capitals)
