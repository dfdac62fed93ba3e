"""Placeholders in a cell of names: "TBD", "2 from SCSO"."""

from __future__ import annotations

import re
from dataclasses import replace

from cwac.model import NOT_GOING, AssignmentStatus
from cwac.sheet.counts import whole_number
from cwac.sheet.name_parts import SEPARATOR, WITH_STATUS, NamePart, has_content, looks_like_name, meaning_of
from cwac.sheet.names import Agencies
from cwac.sheet.officers import Officers, Person
from cwac.sheet.reading import CellFinding, Reading, guess, wrong
from cwac.sheet.remarks import meaning
from cwac.sheet.text import PUNCTUATION, is_not_said

_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|others?|x|request(?:ed)?|ask(?:ed)?|host|greeter|pio|supervisor|bilingual|sgt"
    r"|volunteers?)\b",
    re.I,
)
PLACEHOLDER_SIGN = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody|slots?"
    r"|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$|^\s*[0-9]{1,3}\s"
    r"|^(?:one|two|three|four|five|six|seven|eight|nine|ten) from\b",
    re.I,
)
_PLACEHOLDER_WORD = re.compile(
    r"t\.?b\.?[dac]\.?|pending|unknown|to be (?:determined|announced|confirmed|assigned)"
    r"|por (?:confirmar|definir|asignar)|pendiente|unassigned|unstaffed",
    re.I,
)
PLACEHOLDER_FIRST = re.compile(r"(?:t\.?b\.?[dac]|open|vacant|unfilled|unassigned)\b[\s:,.-]*", re.I)
NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
MOST_PLACEHOLDERS = 20
_AGENCY_AND_NUMBER = re.compile(r"(?P<agency>.*\S)\s*[:-]?\s+(?P<number>[1-9])")
_ASKS_FROM, _ASKS_FROM_ALONE = re.compile(r"\bfrom\b", re.I), re.compile(r"\bfrom\b|\bneed", re.I)
_NUMBER_OR_TBD = r"(?:[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|another|t\.?b\.?[dac])"
_BEFORE_ADDED = re.compile(rf"[,;]|(?<=\S)\s+(?=(?:\+|&|plus\b|and\b)\s*{_NUMBER_OR_TBD})", re.I)
_ADDED = re.compile(rf"(?P<sign>(?:\+|&|plus\b|and\b|with\b|w/)\s*)?(?P<asked>{_NUMBER_OR_TBD}.*)", re.I | re.S)
_ASKED = re.compile(r"\b(?:tb[dac]|more|others?|another|additional|extra|from|open|vacant|unfilled|needed)\b", re.I)
_AFTER_DASH = re.compile(r"(?P<name>[^\W\d].*?)\s+-+\s*(?P<asked>\S.*)", re.S)
_CLAUSE = re.compile(r"\b(?:if|as|when|where|unless)\b.*", re.I)
"""A clause such as "if needed" after a name or a number is a remark, not a request."""


def is_placeholder_word(text: str) -> bool:
    """Whether a text is TBD or the like, in any punctuation."""
    bare = text.strip(PUNCTUATION)
    return _PLACEHOLDER_WORD.fullmatch(bare) is not None if bare else "?" in text


def split_placeholder(text: str) -> tuple[str | None, str, str]:
    """The number of officers in a text, the agency or person named, and the text without the number."""
    rest = re.sub(r"\bx ?(?=[0-9])|(?<=[0-9]) ?x\b", " ", text, flags=re.I)
    number = NUMBER.search(rest)
    if number:
        rest = rest[: number.start()] + " " + rest[number.end() :]
    named = re.sub(r"^[\s\W]+|[\s\W]+$", "", _FILLER.sub(" ", rest))
    return number[0] if number else None, named, rest


class Placeholders:
    """Reads how many unnamed officers a text asks for, and of which agency."""

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies

    def read(self, text: str, remarks: list[str], row_agency: str | None, *, alone: bool) -> Reading | None:
        """The placeholders in a text, or None if it has none. `alone` means that the text is the whole cell."""
        status, findings, in_brackets = self._read_remarks(remarks)
        row_agency = in_brackets or row_agency
        if agency := self._agencies.find(text):
            return Reading((Person(agency=agency, placeholder=True, status=status),), findings)
        if is_placeholder_word(text):
            return Reading((Person(agency=row_agency, placeholder=True, status=status),), findings)
        asked = None if self._officers.listed else _AGENCY_AND_NUMBER.fullmatch(text)
        if asked and (agency := self._agencies.find(asked["agency"])):
            return Reading((Person(agency=agency, placeholder=True, status=status),) * int(asked["number"]), findings)
        text = _CLAUSE.sub("", text).rstrip(" -,")
        bare = text.rstrip("?!. ")
        if not (PLACEHOLDER_SIGN.search(text) or NUMBER.fullmatch(bare)):
            return None
        number, named, rest = split_placeholder(bare)
        wanted = whole_number(number.casefold()) if number else 1
        agency = row_agency
        asks_from = _ASKS_FROM_ALONE if alone else _ASKS_FROM
        if (
            named
            and not is_not_said(named)
            and not (meaning(named).kind == "harmless" and not self._agencies.find_source(named))
        ):
            named_agency = self._agencies.find(named) or self._agencies.find(rest.strip(" ()?-"))
            if named_agency is None:
                first = PLACEHOLDER_FIRST.match(text)
                if first and not looks_like_name(text[first.end() :], True):
                    advice = "Read as a position to fill; the rest is not read. Type TBD alone, and the rest in Note."
                    findings = (*findings, CellFinding("guessed", advice, "warning"))
                elif self._is_somebody(named, wanted) or not (number or asks_from.search(text)):
                    return None
                elif not self._agencies.listed:
                    named_agency = self._agencies.as_typed(named)
                else:
                    unread = [
                        replace(finding, advice=f"Which agency's officer? {finding.advice}")
                        for finding in self._agencies.read(named).findings
                    ]
                    findings = (*findings, *unread)
            agency = named_agency or row_agency
        if not wanted or wanted > MOST_PLACEHOLDERS:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        return Reading((Person(agency=agency, placeholder=True, status=status),) * wanted, findings)

    def set_apart(self, parts: list[NamePart]) -> list[NamePart]:
        """The parts, with placeholders in brackets or after a dash as parts of their own: "B. Demo (+2 TBD)"."""
        apart: list[NamePart] = []
        for part in parts:
            added: list[NamePart] = []
            dash = _AFTER_DASH.fullmatch(part.text)
            if dash and self._is_person(dash["name"]) and (asked := self._added(dash["asked"])):
                part.text = dash["name"]
                added.append(NamePart(asked, [], "+"))
            for at, remark in enumerate(part.remarks):
                pieces = [(piece, self._added(piece.strip())) for piece in _BEFORE_ADDED.split(remark)]
                added += [NamePart(asked, [], "+") for _, asked in pieces if asked]
                if any(asked for _, asked in pieces):
                    part.remarks[at] = ",".join(piece for piece, asked in pieces if not asked)
            apart += [part, *added]
        return apart

    def _added(self, remark: str) -> str | None:
        """The placeholders that a remark adds to the person beside it, if it says nothing else."""
        if not (match := _ADDED.fullmatch(remark)):
            return None
        asked: str = _CLAUSE.sub("", match["asked"]).rstrip(" -,")
        if not match["sign"] and not _ASKED.search(asked):
            return None
        number, named, _ = split_placeholder(asked)
        is_request = number or asked[:1] in "aA" or (match["sign"] and is_placeholder_word(asked))
        is_whole = not named or self._agencies.find_source(named) or _ASKS_FROM.search(asked)
        return asked if is_request and is_whole else None

    def _is_person(self, text: str) -> bool:
        """Whether a text before a dash is a person, and not an agency that is asked for officers."""
        if self._officers.listed:
            return bool(self._officers.find(text))
        return " " in text and looks_like_name(text, True) and meaning_of(text, self._agencies).kind == "other"

    def _is_somebody(self, named: str, number: int | None) -> bool:
        """Whether a number belongs to a person's name, as a badge number does: "12 Sample"."""
        if self._officers.listed:
            return bool(self._officers.find(named))
        return (number or 0) > MOST_PLACEHOLDERS and looks_like_name(named, True)

    def _read_remarks(self, remarks: list[str]) -> tuple[AssignmentStatus | None, tuple[CellFinding, ...], str | None]:
        """The status, the findings and the agency in the brackets beside placeholders."""
        agency = next((named for remark in remarks if (named := self._agencies.find_source(remark))), None)
        meanings = [meaning_of(remark, self._agencies) for remark in remarks if has_content(remark)]
        status = next((meaning.status for meaning in meanings if meaning.status in NOT_GOING), None)
        if status is not None:
            return status, (CellFinding("guessed", f"Read as {status}. {WITH_STATUS}", "warning"),), agency
        if any(meaning.kind == "other" for meaning in meanings):
            advice = "The words in brackets are not read. Type TBD or the number alone, and the rest in Note."
            return None, (CellFinding("guessed", advice, "warning"),), agency
        return None, (), agency

    def read_number(self, text: str, agency: str | None) -> Reading:
        """A cell that is a number alone."""
        number = int(text) if text.isdecimal() and len(text) < 4 else None
        if number is not None and 1 <= number <= MOST_PLACEHOLDERS:
            placeholders = (Person(agency=agency, placeholder=True),) * number
            return guess(
                placeholders, f"Read as {number} still to be named. Type {number} TBD, or the name or Officer ID."
            )
        if number == 0:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        code = "unknown-reference" if self._officers.listed else "unreadable"
        return wrong(code, "A number that is no Officer ID names nobody: type the name or the Officer ID.")

    def read_whole_cell(self, text: str, agency: str | None) -> Reading | None:
        """Placeholders of an agency with a separator in its name: "2 from Fish & Wildlife"."""
        named = split_placeholder(text)[1]
        if not SEPARATOR.search(named) or not self._agencies.find(named):
            return None
        return self.read(text, [], agency, alone=True)
