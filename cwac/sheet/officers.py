"""Officers as typed: by ID, name, alias or unique surname."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import AssignmentStatus, Cell, Officer
from cwac.sheet.name_parts import LONGEST_LIST, LONGEST_NAME, bare_name, looks_like_name, split_cell
from cwac.sheet.names import Names, name_key, unclear_officer, words
from cwac.sheet.reading import NOTHING, CellFinding, Reading, guess, wrong
from cwac.sheet.remarks import RANKS
from cwac.sheet.text import as_typed, is_not_said, plain

SUFFIXES = frozenset({"jr", "ii", "iii", "iv"})


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
        self._names: Names[Officer] = Names("officer", "Officers", lambda officer: officer.id)
        self._in_plain_order: dict[str, str] = {}
        """Where no officers are listed: the key of each name of several words, given name first -> the name."""
        self._alone: set[str] = set()
        """Where no officers are listed: the keys of the words that are all that a cell names."""
        self._surnames: dict[str, list[tuple[Officer, tuple[str, ...]]]] = {}
        for officer in officers:
            name = person_words(officer.name)
            self._names.add(officer, officer.name, (officer.id, officer.name, " ".join(name), *officer.aliases))
            for alias in officer.aliases:
                self._names.add(officer, officer.name, (" ".join(person_words(alias)),))
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
        if len(typed) > LONGEST_NAME:
            return wrong("too-large", f"Over {LONGEST_NAME} characters are not read. Type one Officer ID or name.")
        # As in Staffing, "A. Sample (vacation)" and "A. Sample #4512" are A. Sample.
        bare = typed if self.exact(typed) else bare_name(typed)
        beside = name_key(bare) != name_key(typed) or "?" in typed
        advice = "What is beside the name is not read: type the name or the Officer ID alone."
        if not self.listed:
            if isinstance(cell, bool) or not any(map(str.isalpha, bare)):
                return wrong("unreadable", "There is no name here: type the officer's name.")
            person = Person(name=self.as_typed(bare))
            return guess(person, advice) if beside else Reading(person)
        matches = self.find(bare)
        if len(matches) == 1:
            return guess(person_of(matches[0]), advice) if beside else Reading(person_of(matches[0]))
        if matches:
            return Reading(None, (unclear_officer("ambiguous", (officer.id for officer in matches)),))
        return Reading(None, (self._names.unknown(" ".join(person_words(typed)) or typed, _name_with_id),))

    def find(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers that a text may mean; of several, those of `agency` if there are any."""
        return _of_agency(self._names.exact(typed) or self._by_surname(typed), agency)

    def exact(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers with that ID, whole name or alias."""
        return _of_agency(self._names.exact(typed), agency)

    def is_whole_name(self, typed: str) -> bool:
        """Whether every word of a text is part of one listed officer's name, even a word such as Court."""
        matches = self.find(typed) if self.listed else []
        own = {word for officer in matches for word in words(" ".join((officer.name, *officer.aliases)))}
        own |= RANKS - {"off"}
        return len(matches) == 1 and all(word in own or len(word) == 1 for word in words(typed))

    def _by_surname(self, typed: str) -> list[Officer]:
        last, comma, first = plain(typed).partition(",")
        name = person_words(f"{first} {last}" if comma else typed)
        if not name:
            return []
        matches = self._names.exact(" ".join(name))
        for order in (name, name[1:] + name[:1]) if not comma else (name,):
            if matches:
                break
            for start in range(len(order)):
                matches += [
                    officer
                    for officer, given in self._surnames.get("".join(order[start:]), ())
                    if _agree(order[:start], given) and officer not in matches
                ]
        return matches

    def suggestion(self, typed: str) -> CellFinding:
        """The finding for an unknown name: suggests officers with a similar name or surname."""
        bare = person_words(typed)
        whole = self._names.unknown(" ".join(bare) or typed, _name_with_id)
        if whole.code != "unknown-reference" or not bare:
            return whole
        surnames = self._surnames.keys()
        near = process.extract(
            bare[-1], surnames, scorer=OSA.distance, score_cutoff=max(1, len(bare[-1]) // 4), limit=2
        )
        similar = [officer for surname, _, _ in near for officer, _ in self._surnames[surname]]
        if len(bare[-1]) < 3 or not similar:
            return whole
        return unclear_officer("did-you-mean", (officer.id for officer in similar))

    def note_names(self, cells: Iterable[Cell]) -> None:
        """Note the names in cells of people, by which names in the other order are known."""
        for typed in sorted({cell for cell in cells if isinstance(cell, str) and len(cell) <= LONGEST_LIST}):
            parts = split_cell(plain(typed))
            for part in parts:
                own = person_words(part.bare)
                if len(own) > 1 and looks_like_name(part.bare, True):
                    self._in_plain_order.setdefault("".join(own), part.bare)
                elif len(parts) == 1:
                    self._alone |= {*own}

    def are_two(self, last: str, first: str) -> bool:
        """Whether each of two words around a comma names a person by itself elsewhere."""
        return self._alone.issuperset((*words(last), *words(first)))

    def in_plain_order(self, last: str, first: str) -> str | None:
        """The name of a person typed last name first, as it stands elsewhere with the given name first."""
        if not self._in_plain_order:
            return None
        return self._in_plain_order.get("".join((*person_words(first), *person_words(last))))

    def as_typed(self, typed: str) -> str:
        """The name in its first spelling; one that stands elsewhere with the given name first, as it stands there."""
        last, comma, first = typed.partition(",")
        elsewhere = self.in_plain_order(last, first) if comma else None
        return self._names.as_typed(elsewhere or typed)


def _of_agency(matches: list[Officer], agency: str | None) -> list[Officer]:
    own = [officer for officer in matches if officer.agency == agency]
    return own if len(matches) > 1 and own else matches


def person_of(officer: Officer, status: AssignmentStatus | None = None) -> Person:
    return Person(officer.id, officer.name, officer.agency, status=status)


def _name_with_id(officer: Officer) -> str:
    return f"{officer.name} ({officer.id})"


def person_words(typed: str) -> tuple[str, ...]:
    """A person's name without rank and suffix, unless nothing would be left."""
    all_words = words(typed)
    kept = tuple(word for word in all_words if word not in RANKS and word not in SUFFIXES)
    return kept or all_words


def surname_of(typed: str) -> str:
    """The last word of a name, without a badge number behind it; blank without a name."""
    return next((word for word in reversed(person_words(typed)) if word.isalpha()), "")


def _agree(typed: tuple[str, ...], given: tuple[str, ...]) -> bool:
    """Whether typed given names match the listed ones: "M" matches "Maria", and so does none at all."""
    return len(typed) <= max(1, len(given)) and all(
        name.startswith(listed) or listed.startswith(name) for name, listed in zip(typed, given, strict=False)
    )
