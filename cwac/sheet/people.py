"""Cells that name who goes to an event: one person, several, a swap, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cwac.model import NOT_GOING, AssignmentStatus, Cell
from cwac.sheet.names import Agencies, unclear_officer
from cwac.sheet.officers import Officers, Person, join_last_and_first, person_of
from cwac.sheet.placeholders import Placeholders
from cwac.sheet.remarks import (
    ADDED,
    BADGE,
    MARKS,
    PERSON_ID,
    RANKS,
    SEPARATOR,
    UNNAMED,
    WITH_STATUS,
    Meaning,
    NamePart,
    begins_with_time,
    everybody_of,
    flat_words,
    has_content,
    is_everybody,
    is_placeholder_word,
    looks_like_name,
    may_speak,
    meaning,
    meaning_of,
    only_remark,
    remark_after,
    remark_before,
    split_agency,
    split_at_dashes,
    split_cell,
    surely_no_name,
    without_badge,
)
from cwac.sheet.text import (
    NOTHING,
    PUNCTUATION,
    CellFinding,
    Reading,
    as_typed,
    guess,
    is_not_said,
    plain,
    quoted,
    wrong,
)

ADVICE = "Type one Officer ID or name a row."

_ARROW = re.compile(r"-+>|=+>|>{1,2}")
_SWAP_REMARK = re.compile(r"\s*(?:swap(?:ped)?|switch(?:ed)?|trade[ds]?)\s*", re.I)
_EVERYBODY = re.compile(
    r"(?:all|everyone|everybody|whoever|whomever|anyone|anybody)\b.*|both|(?:the )?(?:whole|entire) \w+"
    r"|(?:.+ )?(?:team|squad|crew|platoon|shift|explorers|cadets|volunteers)(?: [A-Z0-9])?",
    re.I,
)
"""A whole cell that names nobody, whatever else it says."""
_NOBODY = frozenset(
    {"nobody", "no one", "no-one", "noone", "none yet", "nobody yet", "no one yet", "no officers", "nadie"}
)
_MOST_FINDINGS = 20
_LINES = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_PLAIN_NAME = re.compile(r"[^\W\d_]+(?:\.? [^\W\d_]+)*|[^\W\d_]\. [^\W\d_]+(?:[-'][^\W\d_]+)?")
_NUMBERED = re.compile(r"^[0-9]{1,2}[.)]\s+(?=\S)")
_BARE_NUMBER = re.compile(r"(?:(?:badge|id|star|unit|no|number)\b\.?\s*)?#?\s*[0-9][0-9.,:/ -]*", re.I)
_ALL_OF_THEM = re.compile(r"\b(?:both|all)\b", re.I)
_EITHER = re.compile(r"\bor\b", re.I)
_LISTED_REMARKS = re.compile(r"[,;/&]|\band\b", re.I)
_INSTEAD = re.compile(r"\b(?:with|w/|for|by|to) +([^\W\d_].*)", re.I)
_MOST_PARTS = 50
_MOST_SIDES = 6


@dataclass(slots=True)
class _NamedPeople:
    """The people that a part names, the meaning of the remarks beside them, and findings."""

    typed: str
    persons: list[Person] = field(default_factory=list)
    meanings: list[Meaning] = field(default_factory=list)
    findings: list[CellFinding] = field(default_factory=list)
    settled: bool = False
    """Whether the status is final, whatever remarks follow: in a swap, and for placeholders."""


def _is_no_value(text: str) -> bool:
    """Whether this is a word for no value, such as `n/a`, and not a placeholder, such as `TBD`."""
    return any(map(str.isalpha, text)) and is_not_said(text) and not is_placeholder_word(text)


class People:
    """Reads the Officer column of Staffing, and the Officers column of Events."""

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies
        self._placeholders = Placeholders(officers, agencies)

    def read(self, cell: Cell, agency: str | None = None, *, several: bool = False) -> Reading:
        """A tuple of `Person`. The row's `agency` tells officers of the same name apart, and is the placeholders'.

        With `several` there is no warning for several names.
        """
        if isinstance(cell, bool):
            return wrong("unreadable", f"A checkbox names nobody. {ADVICE}")
        text = "\n".join(filter(None, map(plain, _LINES.split(as_typed(cell) or ""))))
        if (asked := self._agencies.all_named(text)) and not self._officers.exact(text):
            guessed = CellFinding("guessed", f"Read as several people. {ADVICE}", "warning")
            findings = () if several or len(asked) == 1 else (guessed,)
            return Reading(tuple(Person(agency=each, placeholder=True) for each in asked), findings)
        if (whole := self._simple_cell(text, agency)) is not None:
            return whole
        parts = split_cell(text)
        named = self._placeholders.split(text)[1] if any(part.after for part in parts) else ""
        is_one = SEPARATOR.search(named) and self._agencies.find(named)  # "2 from Fish & Wildlife"
        if is_one and (whole := self._placeholders.read(text, [], agency, alone=True)) is not None:
            return whole
        parts = self._placeholders.set_apart(parts)
        meant = [part for part in parts if part.remarks or not _is_no_value(part.bare)]
        return NOTHING if parts and not meant else self._combine(meant, agency, several)

    def _simple_cell(self, text: str, agency: str | None) -> Reading | None:
        """A cell that need not be split: one listed name, a word for no value, a placeholder, a number."""
        certain = self._officers.listed and "?" not in text and not MARKS.search(text)
        if certain and len(matches := self._officers.exact(text, agency)) == 1:
            return Reading((person_of(matches[0]),))
        if named_agency := self._agencies.find(text):
            return Reading((Person(agency=named_agency, placeholder=True),))
        bare = text.strip(PUNCTUATION)
        if is_placeholder_word(text):
            return Reading((Person(agency=agency, placeholder=True),))
        if is_everybody(bare, self._agencies):
            return self._placeholders.read(bare, [], agency, alone=True)
        if _EVERYBODY.fullmatch(bare) and not SEPARATOR.search(bare) and "(" not in bare:
            return guess((Person(agency=agency, placeholder=True),), f"Read as one still to be named. {ADVICE}")
        if bare.casefold() in _NOBODY or ("\n" not in text and is_not_said(text)):
            return NOTHING
        if not self._officers.listed and PERSON_ID.fullmatch(text):
            return Reading((Person(name=self._officers.as_typed(text), agency=agency),))
        if _BARE_NUMBER.fullmatch(text) or not any(map(str.isalpha, text)):
            return self._placeholders.read_number(text, agency)
        if "?" in text or may_speak(text):
            return None
        if self._officers.listed:
            matches = self._officers.find(text, agency)
            # "Sample; ALL" is not A. Sample, as "Sample, Al" is.
            names_one = len(matches) == 1 and not (SEPARATOR.search(text) and self._names_everybody(text))
            return Reading((person_of(matches[0]),)) if names_one else None
        is_name = _PLAIN_NAME.fullmatch(text) and looks_like_name(text, True) and meaning(text).kind != "harmless"
        if (
            not is_name
            or SEPARATOR.search(text)
            or Placeholders.SIGN.search(text)
            or split_agency(text, self._agencies)
        ):
            return None
        return Reading((Person(name=self._officers.as_typed(text), agency=agency),))

    def _names_everybody(self, text: str) -> bool:
        return any(is_everybody(part.bare, self._agencies) for part in split_cell(text))

    def _combine(self, parts: list[NamePart], agency: str | None, several: bool) -> Reading:
        if len(parts) > _MOST_PARTS:
            return wrong("too-large", f"Over {_MOST_PARTS} names in one cell are not read. {ADVICE}")
        entries = self._entries(join_last_and_first(parts, self._officers, self._agencies), agency)
        if not entries:
            return wrong("unreadable", f"There is no name here. {ADVICE}")
        findings: list[CellFinding] = []
        for entry in entries:
            for finding in entry.findings:
                part = f'"{quoted(entry.typed)}"'
                is_clear = len(entries) == 1 or finding.severity == "warning" or part in finding.advice
                advice = finding.advice if is_clear else f"{part}: {finding.advice}"
                findings.append(replace(finding, advice=advice))
        people = [person for entry in entries for person in _with_status(entry)]
        findings += [remark for entry in entries if entry.persons and (remark := _remark_finding(entry))]
        if people and len(entries) > 1 and not several:
            findings.insert(0, CellFinding("guessed", f"Read as several people. {ADVICE}", "warning"))
        if sum(person.placeholder for person in people) > Placeholders.MOST:
            return wrong("out-of-range", f"Ask for 1 to {Placeholders.MOST} officers in a row.")
        if not any(person.placeholder for person in people):
            people = list(dict.fromkeys(people))
        return Reading(tuple(people) or None, tuple(dict.fromkeys(findings))[:_MOST_FINDINGS])

    def _entries(self, parts: list[NamePart], agency: str | None) -> list[_NamedPeople]:
        """One entry for each part that names people; a part that is a remark belongs to the entry before it."""
        entries: list[_NamedPeople] = []
        lead: list[Meaning] = []
        labeled: str | None = None
        capitals = any(map(str.isupper, "".join(part.text for part in parts)))
        alone = len(parts) == 1
        for at, part in enumerate(parts):
            text = part.bare
            labeled = None if part.after in (";", "\n") else labeled
            beside = entries[-1] if entries else None
            kind = self._kind(part, capitals, is_first=beside is None, alone=alone, labeled=bool(labeled))
            if at + 1 < len(parts) and parts[at + 1].after == ":":
                following = self._kind(parts[at + 1], capitals, is_first=False, alone=False)
                if kind in ("agency", "remark") and following != "remark":
                    labeled, lead = self._agencies.find_source(text), [meaning_of(text, self._agencies)]
                    continue
                if kind in ("name", "placeholder") and following == "name" and not self._officers.find(text):
                    lead = [Meaning("other")]
                    continue
            said = [text, *part.remarks]
            are_all = _ALL_OF_THEM.search(" ".join(said)) is not None
            if kind == "remark":
                meanings = self._meanings(said)
                lead += meanings if beside is None else []
                for entry in entries if are_all else entries[-1:]:
                    entry.meanings += meanings
                    self._add_substitute(entry, said)
            elif kind == "agency" and beside is not None and part.after in (",", ":") and self._belongs(beside, text):
                pass
            elif kind == "number" and beside is not None and part.after not in ADDED and labeled is None:
                beside.meanings.append(Meaning("other"))
            elif kind == "number":
                entries.append(_placeholder_entry(text, self._placeholders.read_number(text, labeled or agency)))
            elif kind in ("agency", "placeholder"):
                reading = self._placeholders.read(text, part.remarks, labeled or agency, alone=alone) or NOTHING
                entries.append(_placeholder_entry(text, reading))
            else:
                entry, first = self._read_names(part, labeled or agency)
                if beside is not None and not (self._officers.listed and entry.persons):
                    names = [person.name or "" for person in entry.persons] or [text]
                    if not any(looks_like_name(name, capitals) or PERSON_ID.fullmatch(name) for name in names):
                        beside.meanings += [*entry.meanings, Meaning("other")]
                        continue
                if not any(meaning.kind in ("status", "doubt", "time") for meaning in entry.meanings):
                    entry.meanings += lead
                lead += first
                for earlier in entries if are_all else ():
                    earlier.meanings += entry.meanings
                entries.append(entry)
        return entries

    def _kind(self, part: NamePart, capitals: bool, *, is_first: bool, alone: bool, labeled: bool = False) -> str:
        """A "name", an "agency", a "placeholder", a "number", or a "remark" on the name before the part."""
        text = part.bare
        is_listed = bool(self._officers.exact(text)) or self._officers.is_whole_name(text)
        is_listed = is_listed and "?" not in text and not MARKS.search(text)
        if is_listed or (not self._officers.listed and PERSON_ID.fullmatch(text)):
            return "name"
        if self._agencies.find(text):
            return "agency"
        if is_placeholder_word(text):
            about_name = part.after == ":" or (part.after == "," and text.casefold() in ("tbc", "pending"))
            return "remark" if about_name and not is_first and not labeled else "placeholder"
        if is_everybody(text, self._agencies):
            return "placeholder"
        if beside := split_agency(text, self._agencies):
            return "placeholder" if flat_words(beside[1]) in UNNAMED else "name"
        if begins_with_time(text):
            return "remark"
        if _BARE_NUMBER.fullmatch(text):
            return "number"
        counted = Placeholders.NUMBER.search(text) or Placeholders.FIRST.match(text)
        if counted and self._placeholders.read(text, [], None, alone=alone):
            return "placeholder"
        pieces = split_at_dashes(text)
        if all(self._agencies.find_source(piece) or only_remark(piece, capitals) for piece in pieces):
            if is_first and len(pieces) == 1:
                # Court may be a surname, and a sheet without names may say Chief.
                ranks = flat_words(text).split()
                is_status = not surely_no_name(text) and meaning_of(text, self._agencies).kind == "status"
                if is_status or (ranks and RANKS.issuperset(ranks)):
                    return "name"
            return "remark"
        if not counted and self._placeholders.read(text, [], None, alone=alone):
            return "placeholder"
        return "name"

    def _meanings(self, remarks: Iterable[str]) -> list[Meaning]:
        return [meaning_of(remark, self._agencies) for remark in remarks if has_content(remark)]

    def _belongs(self, entry: _NamedPeople, text: str) -> bool:
        """Whether an agency after a comma is that of the one person before it; an unlisted person gets it."""
        person = entry.persons[0] if len(entry.persons) == 1 else None
        named = self._agencies.find_source(text)
        if person is None or person.placeholder:
            return False
        if self._officers.listed:
            return person.agency == named
        entry.persons = [replace(person, agency=named)]
        return True

    def _read_names(self, part: NamePart, agency: str | None) -> tuple[_NamedPeople, list[Meaning]]:
        """One person, or several joined by an arrow or "or"; and the remarks before the name, for later parts too."""
        sides = [side for side in part.split(_ARROW) if side.bare]
        if len(sides) > _MOST_SIDES:
            advice = f"Over {_MOST_SIDES} swaps in a cell are not read. {ADVICE}"
            return _NamedPeople(part.bare, findings=[CellFinding("unreadable", advice)]), []
        if len(sides) > 1:
            return self._swap(part.bare, sides, agency), []
        entry = _NamedPeople(part.bare)
        if part.perhaps_one:
            advice = "One person, last name first, or two? Separate two people with a semicolon."
            entry.findings.append(CellFinding("ambiguous", advice))
            entry.meanings.append(Meaning("doubt"))
        text = part.bare
        remarks: list[str] = []
        for remark in filter(has_content, part.remarks):
            # The pieces of "WPD, host", as each is harmless; else the whole remark.
            pieces = [piece.strip() for piece in _LISTED_REMARKS.split(remark) if piece.strip()]
            are_harmless = all(meaning_of(piece, self._agencies).kind == "harmless" for piece in pieces)
            remarks += pieces if are_harmless else [remark]
        if part.doubtful:
            advice = "Read as one person, last name first. Separate two people with a semicolon."
            entry.findings.append(CellFinding("guessed", advice, "warning"))
        remarks += ["?"] if "?" in text else []
        remarks += MARKS.findall(text)
        text = _NUMBERED.sub("", " ".join(MARKS.sub(" ", text.replace("?", " ")).split()))
        first: list[str] = []
        names = [text]
        if not self._officers.exact(text, agency):
            halves = [half.strip() for half in _EITHER.split(text) if half.strip()] or [""]
            if len(halves) > 1:
                entry.meanings.append(Meaning("doubt"))
            names = []
            for half in halves:
                name, set_before, others = self._name_of(half)
                names.append(name)
                remarks += others
                first += set_before
        agency = next((named for remark in remarks if (named := self._agencies.find_source(remark))), agency)
        entry.meanings += [meaning_of(remark, self._agencies) for remark in remarks]
        for name in names:
            self._resolve(entry, name, agency)
        self._add_substitute(entry, remarks)
        return entry, [meaning_of(remark, self._agencies) for remark in first]

    def _name_of(self, text: str) -> tuple[str, list[str], list[str]]:
        """A name, the remarks before it, and all remarks."""
        pieces = split_at_dashes(text)
        aside = [bool(self._agencies.find_source(piece)) or only_remark(piece, True) for piece in pieces]
        at = aside.index(False) if False in aside else 0
        others = [piece for n, piece in enumerate(pieces) if n != at]
        name = pieces[at] if pieces else text
        shorter, after = remark_after(name)
        shorter, before = remark_before(shorter)
        if not self._officers.is_whole_name(name):
            name = shorter
            others += [remark for remark in (before, after) if remark]
        return name, pieces[:at], others

    def _resolve(self, entry: _NamedPeople, name: str, agency: str | None) -> None:
        """Add the officer of that name, or the name as typed where none are listed, or the findings."""
        if not self._officers.exact(name, agency) and (beside := split_agency(name, self._agencies)):
            named, name = beside
            agency = self._agencies.find(named) or (agency if self._agencies.listed else self._agencies.as_typed(named))
        reading = self._read_one(name, agency)
        if reading.value is None and BADGE.search(name):
            bare = without_badge(name)
            again = self._read_one(bare, agency) if any(map(str.isalpha, bare)) else NOTHING
            if again.value is not None:
                advice = "The number beside the name is not read. Type the name or the Officer ID alone."
                reading = replace(again, findings=(CellFinding("guessed", advice, "warning"), *again.findings))
            elif not reading.findings:
                reading = again
        if reading.value is not None:
            entry.persons.append(reading.value)
        entry.findings += reading.findings

    def _read_one(self, name: str, agency: str | None) -> Reading:
        if not any(map(str.isalpha, name)):
            return wrong("unreadable", f"There is no name here. {ADVICE}")
        names_nobody = self._agencies.find(name) or is_everybody(name, self._agencies)
        if names_nobody and not self._officers.exact(name):
            agency = self._agencies.find(name) or self._agencies.find(everybody_of(name) or "") or agency
            return Reading(Person(agency=agency, placeholder=True))
        if not self._officers.listed:
            if _is_no_value(name):
                return wrong("unreadable", f'"{quoted(name)}" beside another word is no name. {ADVICE}')
            if BADGE.search(name) and not PERSON_ID.fullmatch(name):
                return NOTHING
            person = Person(name=self._officers.as_typed(name), agency=agency)
            if looks_like_name(name, capitals=False) or PERSON_ID.fullmatch(name):
                return Reading(person)
            return Reading(person, (CellFinding("guessed", f"Taken as one name. {ADVICE}", "warning"),))
        matches = self._officers.find(name, agency)
        if len(matches) == 1:
            return Reading(person_of(matches[0]))
        ids = [officer.id for officer in matches]
        return Reading(None, (unclear_officer("ambiguous", ids) if matches else self._officers.suggestion(name),))

    def _add_substitute(self, entry: _NamedPeople, remarks: list[str]) -> None:
        """Add the listed officer who goes instead, as in "(replaced by Demo)"."""
        for remark in remarks if self._officers.listed else ():
            match = _INSTEAD.search(remark)
            matches = self._officers.find(match[1]) if match else []
            if len(matches) == 1 and len(entry.persons) == 1:
                entry.persons = [replace(entry.persons[0], swapped_for=matches[0].id)]

    def _swap(self, typed: str, sides: list[NamePart], agency: str | None) -> _NamedPeople:
        """In "Sample -> Demo" the last person goes; each one before an arrow is swapped out for the next."""
        entries: list[_NamedPeople] = []
        for side in sides:
            side.remarks = ["" if _SWAP_REMARK.fullmatch(remark) else remark for remark in side.remarks]
            kind = self._kind(side, True, is_first=not entries, alone=False)
            if kind == "remark" and entries:
                entries[-1].meanings += self._meanings((side.bare, *side.remarks))
            elif kind in ("agency", "placeholder"):
                reading = self._placeholders.read(side.bare, side.remarks, agency, alone=False) or NOTHING
                entries.append(_placeholder_entry(side.bare, reading))
            else:
                entries.append(self._read_names(side, agency)[0])
        coming = entries[-1]
        if len(entries) == 1:
            return _NamedPeople(typed, coming.persons, coming.meanings, coming.findings)
        persons, findings = [*_with_status(coming)], [finding for entry in entries for finding in entry.findings]
        if finding := _remark_finding(coming):
            findings.append(finding)
        if all(entry.persons for entry in entries):
            for leaving, substitute in zip(entries[-2::-1], entries[:0:-1], strict=True):
                other = substitute.persons[0].officer or substitute.persons[0].name
                going = [person for person in leaving.persons if not person.placeholder]
                persons += [replace(person, status="Swapped out", swapped_for=other) for person in going]
            first, last = entries[-2].persons[0], coming.persons[0]
            names = f": {last.name} is assigned, {first.name} is not" if first.name and last.name else ""
            advice = f"Read as a swap{names}. Give each a row with a Status."
            findings.append(CellFinding("guessed", advice, "warning"))
        return _NamedPeople(typed, persons, [], findings, settled=True)


def _placeholder_entry(typed: str, reading: Reading) -> _NamedPeople:
    return _NamedPeople(typed, list(reading.value or ()), [], list(reading.findings), settled=True)


def _status_of_remarks(entry: _NamedPeople) -> AssignmentStatus | None:
    """The status that the remarks give: not going counts before a doubt, and a doubt before going."""
    for remark in entry.meanings:
        if remark.status in NOT_GOING:
            return remark.status
    if any(remark.asked_only for remark in entry.meanings):
        return "Requested"
    return next((remark.status for remark in entry.meanings if remark.status), None)


def _with_status(entry: _NamedPeople) -> list[Person]:
    status = _status_of_remarks(entry)
    if status is None or entry.settled:
        return entry.persons
    return [replace(person, status=status) for person in entry.persons]


def _remark_finding(entry: _NamedPeople) -> CellFinding | None:
    """How the remarks were read; None where all are harmless."""
    if all(remark.kind == "harmless" for remark in entry.meanings):
        return None
    if entry.settled:
        return CellFinding("guessed", f"The words beside it are not read. {ADVICE}", "warning")
    status = _status_of_remarks(entry)
    if status is None:
        advice = "The words beside the name are not read. Type the name alone, and the rest in Note."
    elif status in NOT_GOING:
        advice = f"Read as {status}, by the words beside the name: not counted as staffed. {WITH_STATUS}"
    elif status == "Requested":
        advice = f"Read as Requested, by what is beside the name: only asked, not yet staffed. {WITH_STATUS}"
    else:
        advice = f"Read as {status}, by the words beside the name. {WITH_STATUS}"
    return CellFinding("guessed", advice, "warning")
