"""Positions without a name in cells of people: TBD, "2 from SCSO", an agency alone."""

from __future__ import annotations

import re
from dataclasses import replace

from cwac.model import NOT_GOING, AssignmentStatus
from cwac.sheet.counts import whole_number
from cwac.sheet.names import Agencies
from cwac.sheet.officers import Officers, Person
from cwac.sheet.remarks import (
    UNNAMED,
    WITH_STATUS,
    NamePart,
    everybody_of,
    flat_words,
    has_content,
    is_everybody,
    is_placeholder_word,
    looks_like_name,
    meaning,
    meaning_of,
    split_agency,
)
from cwac.sheet.text import CellFinding, Reading, guess, is_not_said, wrong

_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|others?|x|request(?:ed)?|ask(?:ed)?|host|greeter|pio|supervisor|bilingual|sgt"
    r"|volunteers?)\b",
    re.I,
)
_AGENCY_AND_NUMBER = re.compile(r"(?P<agency>.*\S)\s*[:-]?\s+(?P<number>[1-9])")
_ASKS_FROM, _ASKS_FROM_ALONE = re.compile(r"\bfrom\b", re.I), re.compile(r"\bfrom\b|\bneed", re.I)
_NUMBER_OR_TBD = r"(?:[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|another|t\.?b\.?[dac])"
_BEFORE_ADDED = re.compile(rf"[,;]|(?<=\S)\s+(?=(?:\+|&|plus\b|and\b)\s*{_NUMBER_OR_TBD})", re.I)
_ADDED = re.compile(rf"(?P<sign>(?:\+|&|plus\b|and\b|with\b|w/)\s*)?(?P<asked>{_NUMBER_OR_TBD}.*)", re.I | re.S)
_ASKED = re.compile(r"\b(?:tb[dac]|more|others?|another|additional|extra|from|open|vacant|unfilled|needed)\b", re.I)
_AFTER_DASH = re.compile(r"(?P<name>[^\W\d].*?)\s+-+\s*(?P<asked>\S.*)", re.S)
_TIMES = re.compile(r"(?P<name>[^\W\d_][^\d;,]*?)\s*\bx ?(?P<number>[2-9])", re.I)
_CLAUSE = re.compile(r"\b(?:if|as|when|where|unless)\b.*", re.I)
"""A clause such as "if needed" after a name or a number is a remark, not a request."""


class Placeholders:
    """Reads how many unnamed officers a text asks for, and of which agency."""

    MOST = 20
    NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
    FIRST = re.compile(r"(?:t\.?b\.?[dac]|open|vacant|unfilled|unassigned)\b[\s:,.-]*", re.I)
    SIGN = re.compile(
        r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody"
        r"|slots?|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$"
        r"|^\s*[0-9]{1,3}\s|^any\b|^(?:one|two|three|four|five|six|seven|eight|nine|ten) from\b",
        re.I,
    )

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies

    def read(self, text: str, remarks: list[str], row_agency: str | None, *, alone: bool) -> Reading | None:
        """The placeholders in a text, or None if it has none. `alone` means that the text is the whole cell."""
        status, findings, in_brackets = self._read_remarks(remarks)
        row_agency = in_brackets or row_agency
        agency = self._agencies.find(text)
        if agency is None and is_everybody(text, self._agencies):
            agency = self._agencies.find(everybody_of(text) or "")
            return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),), findings)
        if (beside := split_agency(text, self._agencies)) and flat_words(beside[1]) in UNNAMED:
            agency = self._agencies.find(beside[0])
            return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),), findings)
        if agency or is_placeholder_word(text):
            return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),), findings)
        asked = None if self._officers.listed else _AGENCY_AND_NUMBER.fullmatch(text)
        if asked and (agency := self._agencies.find(asked["agency"])):
            return Reading((Person(agency=agency, placeholder=True, status=status),) * int(asked["number"]), findings)
        text = _CLAUSE.sub("", text).rstrip(" -,")
        bare = text.rstrip("?!. ")
        if not (self.SIGN.search(text) or self.NUMBER.fullmatch(bare)):
            return None
        number, named, rest = self.split(bare)
        wanted = whole_number(number.casefold()) if number else 1
        asks_from = _ASKS_FROM_ALONE if alone else _ASKS_FROM
        is_harmless = meaning(named).kind == "harmless" and not self._agencies.find_source(named)
        if number and self._agencies.is_agency_word(named):
            agency = self._agencies.as_typed(named)
        elif named and not is_not_said(named) and not is_harmless:
            agency = self._agencies.find(named) or self._agencies.find(rest.strip(" ()?-"))
            if agency is None:
                first = self.FIRST.match(text)
                if first and not looks_like_name(text[first.end() :], True):
                    advice = "Read as a position to fill; the rest is not read. Type TBD alone, and the rest in Note."
                    findings = (*findings, CellFinding("guessed", advice, "warning"))
                elif not (number or asks_from.search(text)):
                    return None
                elif self._officers.find(named) or (
                    not self._officers.listed and (wanted or 0) > self.MOST and looks_like_name(named, True)
                ):
                    return None  # the number belongs to a person's name, as a badge number does: "12 Sample"
                elif not self._agencies.listed:
                    agency = self._agencies.as_typed(named)
                else:
                    for finding in self._agencies.read(named).findings:
                        advice = f"Which agency's officer? {finding.advice}"
                        findings = (*findings, replace(finding, advice=advice))
        if not wanted or wanted > self.MOST:
            return wrong("out-of-range", f"Ask for 1 to {self.MOST} officers in a row.")
        return Reading((Person(agency=agency or row_agency, placeholder=True, status=status),) * wanted, findings)

    @staticmethod
    def split(text: str) -> tuple[str | None, str, str]:
        """The number of officers in a text, the agency or person named, and the text without the number."""
        rest = re.sub(r"\bx ?(?=[0-9])|(?<=[0-9]) ?x\b", " ", text, flags=re.I)
        number = Placeholders.NUMBER.search(rest)
        if number:
            rest = rest[: number.start()] + " " + rest[number.end() :]
        named = re.sub(r"^[\s\W]+|[\s\W]+$", "", _FILLER.sub(" ", rest))
        return number[0] if number else None, named, rest

    def set_apart(self, parts: list[NamePart]) -> list[NamePart]:
        """The parts, with placeholders in brackets or after a dash as parts of their own: "B. Demo (+2 TBD)".

        Where no officers are listed, "Miller x2" is Miller and one placeholder.
        """
        apart: list[NamePart] = []
        for part in parts:
            added: list[NamePart] = []
            companions: list[NamePart] = []
            times = None if self._officers.listed else _TIMES.fullmatch(part.bare)
            is_name = times is not None and looks_like_name(times["name"], True)
            if times and is_name and meaning_of(times["name"], self._agencies).kind != "harmless":
                part.text = times["name"]
                companions.append(NamePart(f"{int(times['number']) - 1} TBD", [], "+"))
            dash = _AFTER_DASH.fullmatch(part.text)
            name = dash["name"] if dash else ""
            # A person, and not an agency that is asked for officers.
            is_person = self._officers.find(name) or (
                not self._officers.listed
                and " " in name
                and looks_like_name(name, True)
                and meaning_of(name, self._agencies).kind == "other"
            )
            if dash and is_person and (asked := self._added(dash["asked"])):
                part.text = name
                added.append(NamePart(asked, [], "+"))
            for at, remark in enumerate(part.remarks):
                pieces = [(piece, self._added(piece.strip())) for piece in _BEFORE_ADDED.split(remark)]
                added += [NamePart(asked, [], "+") for _, asked in pieces if asked]
                if any(asked for _, asked in pieces):
                    part.remarks[at] = ",".join(piece for piece, asked in pieces if not asked)
            apart += [part, *added, *companions]
        return apart

    def _added(self, remark: str) -> str | None:
        """The placeholders that a remark adds to the person beside it, if it says nothing else."""
        if not (match := _ADDED.fullmatch(remark)):
            return None
        asked: str = _CLAUSE.sub("", match["asked"]).rstrip(" -,")
        if not match["sign"] and not _ASKED.search(asked):
            return None
        number, named, _ = self.split(asked)
        is_request = number or asked[:1] in "aA" or (match["sign"] and is_placeholder_word(asked))
        is_whole = not named or self._agencies.find_source(named) or _ASKS_FROM.search(asked)
        return asked if is_request and is_whole else None

    def _read_remarks(self, remarks: list[str]) -> tuple[AssignmentStatus | None, tuple[CellFinding, ...], str | None]:
        """The status, the findings and the agency in the brackets beside placeholders."""
        agency = next((named for remark in remarks if (named := self._agencies.find_source(remark))), None)
        meanings = [meaning_of(remark, self._agencies) for remark in remarks if has_content(remark)]
        status = next((meaning.status for meaning in meanings if meaning.status in NOT_GOING), None)
        if status is None and all(meaning.kind != "other" for meaning in meanings):
            return None, (), agency
        advice = f"Read as {status}. {WITH_STATUS}"
        if status is None:
            advice = "The words in parentheses are not read. Type TBD or the number alone, and the rest in Note."
        return status, (CellFinding("guessed", advice, "warning"),), agency

    def read_number(self, text: str, agency: str | None) -> Reading:
        number = int(text) if text.isdecimal() and len(text) < 4 else None
        if number is not None and 1 <= number <= self.MOST:
            advice = f"Read as {number} still to be named. Type {number} TBD, or the name or Officer ID."
            return guess((Person(agency=agency, placeholder=True),) * number, advice)
        if number == 0:
            return wrong("out-of-range", f"Ask for 1 to {self.MOST} officers in a row.")
        code = "unknown-reference" if self._officers.listed else "unreadable"
        return wrong(code, "A number that is no Officer ID names nobody: type the name or the Officer ID.")
