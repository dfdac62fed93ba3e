"""Persons as typed: a listed officer, a placeholder such as "2 from SCSO", or a name typed "Last, First"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import NOT_GOING, AssignmentStatus, Cell, Officer
from cwac.sheet.counts import whole_number
from cwac.sheet.names import Agencies, Names, name_key, unclear_officer, words
from cwac.sheet.person_names import FAMILY_NAMES, GIVEN_NAMES, GIVEN_OR_FAMILY
from cwac.sheet.remarks import (
    ADDED,
    RANKS,
    WITH_STATUS,
    NamePart,
    bare_name,
    has_content,
    looks_like_name,
    may_speak,
    meaning,
    meaning_of,
    only_remark,
    split_cell,
    surely_no_name,
)
from cwac.sheet.text import (
    NOTHING,
    PUNCTUATION,
    CellFinding,
    Reading,
    as_typed,
    guess,
    is_blank,
    is_not_said,
    plain,
    text_of,
    wrong,
)

SUFFIXES = frozenset({"jr", "ii", "iii", "iv"})
NameKind = Literal["given", "family", "either", "unknown"]


@dataclass(frozen=True, slots=True)
class Person:
    """An officer or a placeholder named in a Staffing cell; `status` is set if the cell itself says it."""

    officer: str | None = None
    name: str | None = None
    agency: str | None = None
    placeholder: bool = False
    status: AssignmentStatus | None = None
    swapped_for: str | None = None


class Officers:
    """The officers of the Officers tab, by ID, name, alias or unique surname."""

    def __init__(self, officers: Sequence[Officer]) -> None:
        self._names: Names[Officer] = Names("officer", "Officers", lambda officer: officer.id, is_private=True)
        self._in_plain_order: dict[str, str] = {}
        """Where no officers are listed: the key of each name of several words, given name first -> the name."""
        self._alone: set[str] = set()
        """Where no officers are listed: the words that are all that a cell or a part of it names."""
        self._given: set[str] = set()
        self._family: set[str] = set()
        """Where no officers are listed: the first and the last words of names of several words."""
        self.last_names_first = False
        """Where no officers are listed: whether the commas in several cells, and no others, are in names."""
        self.semicolons_between = False
        """Where no officers are listed: whether all cells are as "Park, Dana; Cole, Ann"."""
        self._surnames: dict[str, list[tuple[Officer, tuple[str, ...]]]] = {}
        for officer in officers:
            name = person_words(officer.name)
            aliases = [typed for alias in officer.aliases for typed in (alias, " ".join(person_words(alias)))]
            self._names.add(officer, officer.id, officer.name, " ".join(name), *aliases)
            # "Maria De La Cruz" answers to Cruz, La Cruz and De La Cruz.
            for start in range(1, len(name)):
                self._surnames.setdefault("".join(name[start:]), []).append((officer, name[:start]))

    @property
    def listed(self) -> bool:
        return self._names.listed

    def read(self, cell: Cell) -> Reading:
        """One officer as a `Person`."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        # As in Staffing, "A. Sample (vacation)" and "A. Sample #4512" are A. Sample.
        bare = typed if self.exact(typed) else bare_name(typed)
        beside = name_key(bare) != name_key(typed) or "?" in typed
        advice = "What is beside the name is not read: type the name or the Officer ID alone."
        matches = self.find(bare)
        if len(matches) > 1:
            return Reading(None, (unclear_officer("ambiguous", (officer.id for officer in matches)),))
        if self.listed and not matches:
            return Reading(None, (self._names.unknown(" ".join(person_words(typed)) or typed),))
        if not matches and (isinstance(cell, bool) or not any(map(str.isalpha, bare))):
            return wrong("unreadable", "There is no name here: type the officer's name.")
        person = person_of(matches[0]) if matches else Person(name=self.as_typed(bare))
        return guess(person, advice) if beside else Reading(person)

    def find(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers that a text may mean; of several, those of `agency` if there are any."""
        if not self.listed:
            return []  # asked several times for each name
        return _of_agency(self._names.exact(typed) or self._by_surname(typed), agency)

    def exact(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers with that ID, whole name or alias."""
        return _of_agency(self._names.exact(typed), agency)

    def is_whole_name(self, typed: str) -> bool:
        """Whether every word of a text is part of one listed officer's name, even a word such as Court."""
        matches = self.find(typed)
        if len(matches) != 1:
            return False
        own = (RANKS - {"off"}).union(words(" ".join((matches[0].name, *matches[0].aliases))))
        return all(word in own or len(word) == 1 for word in words(typed))

    def _by_surname(self, typed: str) -> list[Officer]:
        last, comma, first = plain(typed).partition(",")
        name = person_words(f"{first} {last}" if comma else typed)
        matches = self._names.exact(" ".join(name))
        for order in (name, name[1:] + name[:1]) if not comma else (name,):
            if matches:
                break
            for start in range(len(order)):
                for officer, given in self._surnames.get("".join(order[start:]), ()):
                    # "M" agrees with "Maria", and so does no given name at all.
                    both = zip(order[:start], given, strict=False)
                    agree = all(one.startswith(other) or other.startswith(one) for one, other in both)
                    if agree and start <= max(1, len(given)) and officer not in matches:
                        matches.append(officer)
        return matches

    def suggestion(self, typed: str) -> CellFinding:
        """The finding for an unknown name: suggests officers with a similar name or surname."""
        last, comma, first = typed.partition(",")
        typed = f"{first} {last}" if comma else typed
        bare = person_words(typed)
        whole = self._names.unknown(" ".join(bare) or typed)
        if whole.code != "unknown-reference" or not bare:
            return whole
        surnames = self._surnames.keys()
        mistakes = max(1, len(bare[-1]) // 4)
        near = process.extract(bare[-1], surnames, scorer=OSA.distance, score_cutoff=mistakes, limit=2)
        similar = [officer for surname, _, _ in near for officer, _ in self._surnames[surname]]
        if len(bare[-1]) < 3 or not similar:
            return whole
        return unclear_officer("did-you-mean", (officer.id for officer in similar))

    def note_names(self, columns: Iterable[Sequence[Cell]], agencies: Agencies) -> None:
        """Where no officers are listed: note the names in columns of people, to tell what names around a comma are."""
        cells = () if self.listed else (cell for column in columns for cell in column)
        distinct = sorted({cell for cell in cells if isinstance(cell, str) and not is_blank(cell)})
        if sum(";" in typed for typed in distinct) > 1:
            self.semicolons_between = all(_LAST_FIRST.fullmatch(text_of(typed)) for typed in distinct)
        pairs: list[NamePart] = []
        lists = 0
        for typed in distinct:
            for run in _runs(split_cell(plain(typed))):
                named = [part for part in run if _may_be_name(part, agencies, True)]
                is_pair = len(named) == 2 and len(_surname_words(named[0])) == 1
                pairs += named[1:] if is_pair else []
                lists += len(named) > 2
                for part in named[:1] if is_pair else named:
                    own = person_words(part.bare)
                    if len(own) > 1 and own[0] not in _PARTICLES:
                        self._in_plain_order.setdefault("".join(own), part.bare)
                        self._given.add(own[0])
                        self._family.add(own[-1])
                    elif not is_pair and (len(named) == 1 or own[0] not in GIVEN_NAMES):
                        self._alone |= {*own}
        self.last_names_first = not lists and sum(self.kind_of(first) == "given" for first in pairs) > 1

    def kind_of(self, part: NamePart) -> NameKind:
        """Whether a name, by its last word, is a given name, a family name, either or not known."""
        own = person_words(bare_name(part.bare))
        word = own[-1] if own else ""
        is_double = len(own) > 1 and "-" in part.bare and own[-2] not in GIVEN_NAMES
        if word in self._family or is_double or _FAMILY_SHAPE.search(part.bare) or (own and own[0] in _PARTICLES):
            return "family"
        if word in GIVEN_NAMES or word in self._given:
            return "given"
        if word in GIVEN_OR_FAMILY:
            return "either"
        return "family" if word in FAMILY_NAMES or word in self._alone else "unknown"

    def are_two(self, last: str, first: str) -> bool:
        """Whether each of two words around a comma names a person by itself elsewhere."""
        return self._alone.issuperset((*words(last), *words(first)))

    def in_plain_order(self, last: str, first: str) -> str | None:
        """The name of a person typed last name first, as it stands elsewhere with the given name first."""
        return self._in_plain_order.get("".join((*person_words(first), *person_words(last))))

    def as_typed(self, typed: str) -> str:
        """The name in its first spelling; one that stands elsewhere with the given name first, as it stands there."""
        last, comma, first = typed.partition(",")
        elsewhere = self.in_plain_order(last, first) if comma else None
        if elsewhere is None and comma and self.semicolons_between:
            elsewhere = f"{first.strip()} {last.strip()}"
        return self._names.as_typed(elsewhere or typed)


def _surname_words(part: NamePart) -> list[str]:
    """The words of a name, of which a surname with a particle, such as De La Rosa, is one."""
    own = person_words(bare_name(part.bare).replace("-", ""))
    return [" ".join(own)] if own and own[0] in _PARTICLES else list(own)


def _of_agency(matches: list[Officer], agency: str | None) -> list[Officer]:
    own = [officer for officer in matches if officer.agency == agency]
    return own if len(matches) > 1 and own else matches


def person_of(officer: Officer) -> Person:
    return Person(officer.id, officer.name, officer.agency)


def person_words(typed: str) -> tuple[str, ...]:
    """A person's name without rank and suffix, unless nothing would be left."""
    all_words = words(typed)
    kept = tuple(word for word in all_words if word not in RANKS and word not in SUFFIXES)
    return kept or all_words


def surname_of(typed: str) -> str:
    """The last word of a name, without a badge number behind it; blank without a name."""
    return next((word for word in reversed(person_words(typed)) if word.isalpha()), "")


_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|others?|x|request(?:ed)?|ask(?:ed)?|host|greeter|pio|supervisor|bilingual|sgt"
    r"|volunteers?)\b",
    re.I,
)
_PLACEHOLDER_WORD = re.compile(
    r"t\.?b\.?[dac]\.?|pending|unknown|to be (?:determined|announced|confirmed|assigned)"
    r"|por (?:confirmar|definir|asignar)|pendiente|unassigned|unstaffed",
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


def is_placeholder_word(text: str) -> bool:
    """Whether a text is TBD or the like, in any punctuation."""
    bare = text.strip(PUNCTUATION)
    return _PLACEHOLDER_WORD.fullmatch(bare) is not None if bare else "?" in text


class Placeholders:
    """Reads how many unnamed officers a text asks for, and of which agency."""

    MOST = 20
    NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
    FIRST = re.compile(r"(?:t\.?b\.?[dac]|open|vacant|unfilled|unassigned)\b[\s:,.-]*", re.I)
    SIGN = re.compile(
        r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody"
        r"|slots?|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$"
        r"|^\s*[0-9]{1,3}\s|^(?:one|two|three|four|five|six|seven|eight|nine|ten) from\b",
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
        if named and not is_not_said(named) and not is_harmless:
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
            advice = "The words in brackets are not read. Type TBD or the number alone, and the rest in Note."
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


_LAST_FIRST = re.compile(r"\s*[^,;]+,[^,;]+(?:;\s*[^,;]+,[^,;]+)*;?\s*")
_SUFFIX_AFTER_COMMA = re.compile(r", (?:jr|sr|ii|iii|iv)\.?$", re.I)
_INITIALS = re.compile(r"[^\W\d_]\.?(?:\s?[^\W\d_]\.)?|(?:jr|sr|ii|iii|iv)\.?", re.I)
_PARTICLES = frozenset(
    "de la del los las da das dos di du van von der den ten ter le st san santa mac mc al el bin".split()
)
_FAMILY_SHAPE = re.compile(r"\b(?:Mc|Mac|O'|D')[A-Z]\w+$")


def join_last_and_first(parts: list[NamePart], officers: Officers, agencies: Agencies) -> list[NamePart]:
    """The parts, with "Foster" and "James" of "Foster, James" joined into one, or marked where they are in doubt."""
    if not any(part.after == "," for part in parts):
        return parts
    runs = _runs(parts)
    capitals = any(map(str.isupper, "".join(part.text for part in parts)))
    names = [[part for part in run if _may_be_name(part, agencies, capitals)] for run in runs]
    named = [run_names for run_names in names if run_names]
    # "Sample, Demo and Example" is a list of surnames; "Foster, James and Demo, Beth" is two people.
    list_of_surnames = (
        any(part.after in ADDED for part in parts)
        and any(len(run_names) != 2 for run_names in names)
        and all(" " not in part.bare for run_names in names for part in run_names)
    )
    around: Around = "list" if list_of_surnames else "none"
    if not list_of_surnames and len(named) > 1:
        are_pairs = all(len(run_names) == 2 for run_names in named)
        by_semicolon = all(run[0].after == ";" for run in runs[1:])
        around = "pairs by semicolon" if are_pairs and by_semicolon else "pairs" if are_pairs else "others"
    joined_parts: list[NamePart] = []
    for run, run_names in zip(runs, names, strict=True):
        is_pair = len(run_names) == 2 and not list_of_surnames
        last: NamePart | None = None
        for part in run:
            joined = None
            if last is not None and last.bare and part.bare:
                only_two = is_pair and run_names == [last, part]
                joined = _one_person(last, part, officers, around if only_two else "list")
            if joined is not None:
                joined_parts[-1] = joined
            else:
                joined_parts.append(part)
            last = part if joined is None else None
    return joined_parts


def _runs(parts: list[NamePart]) -> list[list[NamePart]]:
    """The parts in runs with commas between them; an initial or a suffix is joined to the name before it."""
    runs: list[list[NamePart]] = []
    for part in parts:
        if part.after != "," or not runs:
            runs.append([part])
        elif _INITIALS.fullmatch(part.bare) and runs[-1][-1].bare:
            runs[-1][-1] = runs[-1][-1].joined(part, ", ")
        else:
            runs[-1].append(part)
    return runs


def _may_be_name(part: NamePart, agencies: Agencies, capitals: bool) -> bool:
    text = part.bare
    if not text or agencies.find(text) or is_placeholder_word(text) or not looks_like_name(text, capitals):
        return False
    return not only_remark(text, capitals) or (not part.after and not surely_no_name(text))


def _one_person(last: NamePart, first: NamePart, officers: Officers, around: Around) -> NamePart | None:
    """The two parts around a comma as one name; None where they are two people, or marked as perhaps one."""
    joined = last.joined(first, ", ")
    if "," in last.bare + first.bare and not _SUFFIX_AFTER_COMMA.search(first.bare):
        return None
    if officers.listed and any(map(str.isalpha, first.bare)):
        if officers.is_whole_name(joined.bare) or (not may_speak(joined.bare) and len(officers.find(joined.bare)) == 1):
            return joined
        if officers.find(first.bare):
            return None
    given, surname = words(first.bare), [word for word in words(last.bare) if word not in RANKS]
    if not given or not surname or len(surname[0]) == 1 or len(surname) > 3:
        return None
    has_particle = len(surname) > 1 and surname[0] in _PARTICLES
    if officers.listed:
        has_two_names = any(len(word) > 1 and word not in SUFFIXES for word in given[1:])
        joined.doubtful = len(surname) > 1 and not has_particle
        return None if has_two_names or around == "list" else joined
    if given[0] in RANKS or any(map(is_placeholder_word, (last.bare, first.bare))):
        return None
    if not last.remarks and officers.in_plain_order(last.bare, first.bare):
        return joined
    if officers.semicolons_between:
        return joined
    if last.remarks or officers.are_two(last.bare, first.bare):
        return None
    answer = _is_one_person(last, first, officers, around, has_particle=has_particle)
    if answer == "perhaps":
        last.perhaps_one = first.perhaps_one = True
    joined.doubtful = answer == "guess"
    return joined if answer in ("yes", "guess") else None


Around = Literal["none", "others", "pairs", "pairs by semicolon", "list"]
"""What else a cell holds beside two names around a comma: nothing, other people, such pairs, a list of names."""


def _is_one_person(
    last: NamePart, first: NamePart, officers: Officers, around: Around, *, has_particle: bool
) -> Literal["yes", "guess", "perhaps", "no"]:
    """Whether two unlisted names around a comma are one person, last name first."""
    surname, given = _surname_words(last), person_words(bare_name(first.bare))
    kinds = officers.kind_of(last), officers.kind_of(first)
    if around == "list":
        # "Vega, James, Hall" may be James Vega, or three people; "Ann, Bo, Al" are three.
        is_doubtful = kinds[1] == "given" and kinds[0] not in ("given", "either")
        return "perhaps" if is_doubtful and len(given) == 1 else "no"
    if len(surname) > 1:
        if kinds[1] == "given" and surname[0] not in GIVEN_NAMES:
            return "guess"
        return "no" if kinds[1] == "family" or surname[0] in GIVEN_NAMES else "perhaps"
    if len(given) > 1 and len(given[-1]) > 1:
        if kinds[1] == "family":
            return "no"
        return "yes" if around == "pairs by semicolon" or GIVEN_NAMES.issuperset(given) else "perhaps"
    if kinds[1] == "given" or len(given) > 1:
        return "yes"
    if around == "pairs by semicolon":
        return "perhaps" if kinds[1] == "family" else "yes"
    if kinds[1] == "unknown" and (has_particle or around != "none" or officers.last_names_first):
        return "guess"
    return "no" if kinds[1] == "family" else "perhaps"
