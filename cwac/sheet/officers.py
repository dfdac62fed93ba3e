"""Persons as typed: a listed officer, or a name, also one typed "Last, First"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import AssignmentStatus, Cell, Officer
from cwac.sheet.names import Agencies, Names, name_key, unclear_officer, words
from cwac.sheet.person_names import FAMILY_NAMES, GIVEN_NAMES, GIVEN_OR_FAMILY
from cwac.sheet.remarks import (
    ADDED,
    RANKS,
    NamePart,
    bare_name,
    everybody_of,
    is_everybody,
    is_placeholder_word,
    looks_like_name,
    may_speak,
    only_remark,
    split_cell,
    surely_no_name,
)
from cwac.sheet.text import (
    NOTHING,
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
        names_nobody = isinstance(cell, bool) or not any(map(str.isalpha, bare)) or everybody_of(bare) == ""
        if not matches and names_nobody:
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
            are_names = last is not None and part in run_names and last in run_names
            are_names |= officers.listed and not is_everybody(part.bare, agencies)
            if last is not None and last.bare and part.bare and are_names:
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
    names_nobody = agencies.find(text) or is_placeholder_word(text) or is_everybody(text, agencies)
    if not text or names_nobody or not looks_like_name(text, capitals):
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
    if given[0] in RANKS:
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
