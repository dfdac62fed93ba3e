"""An agency, officer, venue, town or event as typed: which one is meant."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import Agency, AssignmentStatus, Cell, Officer, Town, Venue
from cwac.sheet.cells import (
    NOTHING,
    Finding,
    Reading,
    as_typed,
    guess,
    is_not_said,
    plain,
    whole_number,
    wrong,
)

T = TypeVar("T")

_WORDS = re.compile(r"[^\W_]+")
_SAME_WORD = {"mt": "mount", "mtn": "mountain", "dept": "department", "co": "county", "ft": "fort", "ctr": "center",
              "centre": "center", "comm": "community"}  # fmt: skip


def words(typed: str) -> tuple[str, ...]:
    """A name's words without case, accents, apostrophes and points; "Mt." and "Dept." written out."""
    text = unicodedata.normalize("NFKD", plain(typed).casefold().replace("'", "").replace("&", " and "))
    return tuple(_SAME_WORD.get(word, word) for word in _WORDS.findall(text) if not unicodedata.combining(word[0]))


def name_key(typed: str) -> str:
    return "".join(words(typed))


class Names(Generic[T]):
    """The listed names of one kind. Where none are listed, a name is taken as typed."""

    # A sheet with thousands of names misspelt thousands of times must not take minutes over suggestions.
    _MOST_COMPARISONS = 20_000_000

    def __init__(self, kind: str, tab: str, private_id: Callable[[T], str] | None = None) -> None:
        """With `private_id` the names are not everybody's to see: findings name nobody, and carry these IDs instead."""
        self.kind = kind
        self.tab = tab
        self._private_id = private_id
        self._exact: dict[str, list[T]] = {}
        self._shown: dict[str, str] = {}
        self._held: list[tuple[frozenset[str], T]] = []
        self._as_typed: dict[str, str] = {}
        self._comparisons = 0

    def add(self, record: T, shown: str, names: Iterable[str]) -> None:
        for name in names:
            found = name_key(name)
            if not found:
                continue
            holders = self._exact.setdefault(found, [])
            if record not in holders:
                holders.append(record)
            self._shown.setdefault(found, shown)
            self._held.append((frozenset(words(name)), record))

    @property
    def listed(self) -> bool:
        return bool(self._exact)

    def exact(self, typed: str) -> list[T]:
        return self._exact.get(name_key(typed), [])

    def as_typed(self, typed: str) -> str:
        """The name as first typed by anybody: "wpd" and "WPD" are one."""
        text = typed.strip()
        return self._as_typed.setdefault(name_key(text) or text, text)

    def holding(self, typed: str) -> list[T]:
        """The records one of whose names holds all the words typed: "CHP" for "CHP Yreka"."""
        wanted = frozenset(words(typed))
        if all(len(word) == 1 for word in wanted):
            wanted = frozenset({name_key(typed)})
        if max(map(len, wanted), default=0) < 3 or self._spent(len(self._held)):
            return []
        found: list[T] = []
        for held, record in self._held:
            if wanted <= held and record not in found:
                found.append(record)
        return found

    def unknown(self, typed: str, shown: Callable[[T], str], part: str | None = None) -> Finding:
        """Why a name resolves to nothing: a near miss is named, never joined."""
        about = f'"{typed}": ' if part else ""
        this, did, no = ("this", "did", "no") if part else ("This", "Did", "No")
        holding = self.holding(typed)
        if self._private_id is not None:
            near_ones = holding or [one for known in self._near(typed) for one in self._exact[known]]
            if near_ones:
                code = "ambiguous" if len(holding) > 1 else "did-you-mean"
                found = _officer_unclear(code, map(self._private_id, near_ones))
                return replace(found, advice=f"{about}{found.advice}")
        elif len(holding) > 1:
            return Finding("ambiguous", f"{about}{this} could be {_either(shown(one) for one in holding)}: say which.")
        elif near := [shown(one) for one in holding] or [self._shown[known] for known in self._near(typed)]:
            return Finding(
                "did-you-mean", f"{about}{did} you mean {_either(near)}? Type it as the {self.tab} tab has it."
            )
        return Finding(
            "unknown-reference", f"{about}{no} {self.kind} of that name: correct it, or add it to the {self.tab} tab."
        )

    def _near(self, typed: str) -> list[str]:
        """The nearest of the keys in `_exact`."""
        wanted = name_key(typed)
        slips = max(1, len(wanted) // 4)
        if len(wanted) < 3 or len(wanted) > 200 or self._spent(len(self._exact)):
            return []
        found = process.extract(wanted, self._exact.keys(), scorer=OSA.distance, score_cutoff=slips, limit=3)
        best = min((distance for _, distance, _ in found), default=0)
        return [known for known, distance, _ in found if distance == best]

    def _spent(self, comparisons: int) -> bool:
        self._comparisons += comparisons
        return self._comparisons > self._MOST_COMPARISONS


def _either(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    if len(listed) > 4:
        return f"{', '.join(listed[:3])} or {len(listed) - 3} others"
    return " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 2 else listed)


# --- towns, agencies, venues, events ---------------------------------------------------------------------------


class Towns:
    """The towns of the Towns tab."""

    def __init__(self, towns: Sequence[Town]) -> None:
        self._names: Names[Town] = Names("town", "Towns")
        for town in towns:
            self._names.add(town, town.name, (town.name, *town.aliases))

    def read(self, cell: Cell) -> Reading:
        """A town's name as listed."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        if not self._names.listed:
            return Reading(self._names.as_typed(typed))
        found = self._names.exact(typed)
        if len(found) == 1:
            return Reading(found[0].name)
        if found:
            names = _either(town.name for town in found)
            return wrong("ambiguous", f"This could be {names}: say which.")
        return Reading(None, (self._names.unknown(typed, lambda town: town.name),))


_SPLIT = re.compile(r"\s*(?:[;\n/&,+]|\band\b)\s*", re.I)


class Agencies:
    """The agencies of the Agencies tab."""

    def __init__(self, agencies: Sequence[Agency]) -> None:
        self._names: Names[Agency] = Names("agency", "Agencies")
        for agency in agencies:
            self._names.add(agency, agency.short, (agency.short, agency.name, *agency.aliases))

    @property
    def listed(self) -> bool:
        return self._names.listed

    def find(self, typed: str) -> str | None:
        """The short name, where the text names one agency exactly."""
        found = self._names.exact(typed)
        return found[0].short if len(found) == 1 else None

    def read(self, cell: Cell) -> Reading:
        """One agency's short name."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        read = self._one(typed)
        if read.failed and self.listed:
            parts = [part for part in _SPLIT.split(typed) if part.strip()]
            if len(parts) > 1 and all(self.find(part) for part in parts):
                return wrong("ambiguous", "Only one agency can stand here: move the others to Partner agencies.")
        return read

    def read_several(self, cell: Cell) -> Reading:
        """Short names, each once, in the order typed. Parts that resolve to nothing are findings."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return Reading(())
        whole = self._one(typed)
        if self.listed and not whole.failed:
            return Reading((whole.value,))
        found: list[str] = []
        findings: list[Finding] = []
        parts = [part for part in _SPLIT.split(typed) if part.strip()]
        for part in parts:
            read = self._one(part, part if len(parts) > 1 else None)
            findings += read.findings
            if read.value:
                found.append(read.value)
        return Reading(tuple(dict.fromkeys(found)), tuple(findings))

    def _one(self, typed: str, part: str | None = None) -> Reading:
        if not self._names.listed:
            return Reading(self._names.as_typed(typed))
        found = self._names.exact(typed)
        if len(found) == 1:
            return Reading(found[0].short)
        if found:
            return wrong("ambiguous", f"This could be {_either(one.short for one in found)}: say which.")
        return Reading(None, (self._names.unknown(typed, lambda one: one.short, part),))


class Venues:
    """The venues of the Venues tab. One alias may stand for a venue in each of several towns."""

    def __init__(self, venues: Sequence[Venue]) -> None:
        self._names: Names[Venue] = Names("venue", "Venues")
        for venue in venues:
            self._names.add(venue, venue.name, (venue.name, *venue.aliases))

    def read(self, typed: str, town: str | None) -> Reading:
        """The `Venue` meant by a row in `town`; None without a finding where no venues are listed."""
        if not self._names.listed or is_not_said(typed):
            return NOTHING
        found = self._names.exact(typed)
        here = [venue for venue in found if venue.town == town] if town else []
        chosen = here if here else found
        if len(chosen) == 1:
            venue = chosen[0]
            if town is not None and venue.town != town:
                advice = f"{venue.name} is in {venue.town}, but the row says {town}: correct one of the two."
                return Reading(venue, (Finding("inconsistent", advice, "warning"),))
            return Reading(venue)
        if chosen:
            return wrong("ambiguous", f"This could be {_either(venue.name for venue in chosen)}: say which.")
        return Reading(None, (self._names.unknown(typed, lambda venue: venue.name),))


_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def _bare_id(event_id: str) -> str:
    return _LEADING_ZEROS.sub("", name_key(event_id))


class EventIds:
    """The IDs of the Events tab, typed and made."""

    def __init__(self) -> None:
        self._typed: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._loose: dict[str, str] = {}

    def __contains__(self, typed: str) -> bool:
        return typed.strip().casefold() in self._exact

    def add(self, event_id: str) -> None:
        self._typed.setdefault(event_id, event_id)
        self._exact.setdefault(event_id.strip().casefold(), event_id)

    def _near(self, typed: str) -> str | None:
        """An ID that differs only in case, spaces, punctuation or leading zeros. Made when first asked for."""
        if len(self._loose) < len(self._exact):
            self._loose = {_bare_id(event_id): event_id for event_id in reversed(self._exact.values())}
        return self._loose.get(_bare_id(typed))

    def read(self, cell: Cell) -> Reading:
        """The event's ID as the Events tab has it."""
        typed = as_typed(cell) or ""
        found = self._typed.get(typed)
        if found is None:
            found = self._exact.get(plain(typed).casefold())
        if found is not None:
            return Reading(found)
        if is_not_said(cell):
            return NOTHING
        near = self._near(typed)
        if near is not None:
            return wrong("did-you-mean", f"Did you mean {near}? Copy the Event ID from the Events tab.")
        return wrong("unknown-reference", "No event has this ID: copy it from the Events tab.")


# --- officers --------------------------------------------------------------------------------------------------

_RANKS = frozenset(
    "officer ofc ofcr off deputy dep dpty sergeant sgt lieutenant lt ltn captain cpt capt corporal cpl chief "
    "undersheriff sheriff detective det commander cmdr cdr trooper cso sro cro ms mr mrs mx dr reserve "
    "explorer senior sr".split()
)
_SUFFIXES = frozenset({"jr", "ii", "iii", "iv"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who a Staffing cell names: an officer, or a placeholder of an agency. `status` where the cell itself tells it."""

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
        self._surnames: dict[str, list[tuple[Officer, tuple[str, ...]]]] = {}
        for officer in officers:
            name = _person_words(officer.name)
            self._names.add(officer, officer.name, (officer.id, officer.name, " ".join(name), *officer.aliases))
            for alias in officer.aliases:
                self._names.add(officer, officer.name, (" ".join(_person_words(alias)),))
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
        if not self.listed:
            return Reading(Person(name=self._names.as_typed(typed)))
        found = self.find(typed)
        if len(found) == 1:
            return Reading(_person(found[0]))
        if found:
            return Reading(None, (_officer_unclear("ambiguous", (one.id for one in found)),))
        return Reading(None, (self._names.unknown(" ".join(_person_words(typed)) or typed, _named),))

    def find(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers that a text may mean; those of `agency` where there are several and some are."""
        found = self._names.exact(typed) or self._by_surname(typed)
        own = [officer for officer in found if officer.agency == agency]
        return own if len(found) > 1 and own else found

    def _by_surname(self, typed: str) -> list[Officer]:
        last, comma, first = plain(typed).partition(",")
        name = _person_words(f"{first} {last}" if comma else typed)
        if not name:
            return []
        found = self._names.exact(" ".join(name))
        for order in (name, name[1:] + name[:1]) if not comma else (name,):
            if found:
                break
            for start in range(len(order)):
                found += [
                    officer
                    for officer, given in self._surnames.get("".join(order[start:]), ())
                    if _agree(order[:start], given) and officer not in found
                ]
        return found

    def suggestion(self, typed: str) -> Finding:
        """Why nobody is found: the name as it nearly is, or somebody of nearly that surname."""
        bare = _person_words(typed)
        whole = self._names.unknown(" ".join(bare) or typed, _named)
        if whole.code != "unknown-reference" or not bare:
            return whole
        surnames = self._surnames.keys()
        near = process.extract(
            bare[-1], surnames, scorer=OSA.distance, score_cutoff=max(1, len(bare[-1]) // 4), limit=2
        )
        namesakes = [officer for surname, _, _ in near for officer, _ in self._surnames[surname]]
        if len(bare[-1]) < 3 or not namesakes:
            return whole
        return _officer_unclear("did-you-mean", (one.id for one in namesakes))

    def as_typed(self, typed: str) -> str:
        return self._names.as_typed(typed)


_UNCLEAR = {
    "ambiguous": "This could be several officers: type the Officer ID.",
    "did-you-mean": "No officer of that name: type it as the Officers tab has it, or the Officer ID.",
}
_MOST_CANDIDATES = 20


def _officer_unclear(code: str, officers: Iterable[str]) -> Finding:
    """The advice is everybody's to read; whom the cell could mean is told apart, by Officer ID."""
    return Finding(code, _UNCLEAR[code], candidates=tuple(dict.fromkeys(officers))[:_MOST_CANDIDATES])


def _person(officer: Officer, status: AssignmentStatus | None = None) -> Person:
    return Person(officer.id, officer.name, officer.agency, status=status)


def _named(officer: Officer) -> str:
    return f"{officer.name} ({officer.id})"


def _person_words(typed: str) -> tuple[str, ...]:
    """A person's name without rank and suffix; all of it where nothing else would be left."""
    all_words = words(typed)
    kept = tuple(word for word in all_words if word not in _RANKS and word not in _SUFFIXES)
    return kept or all_words


def _agree(typed: tuple[str, ...], given: tuple[str, ...]) -> bool:
    """Whether given names typed can be those listed: "M" for "Maria", or none at all."""
    return len(typed) <= max(1, len(given)) and all(
        one.startswith(other) or other.startswith(one) for one, other in zip(typed, given, strict=False)
    )


_ARROW = re.compile(r"\s*(?:-+>|=+>|>{1,2})\s*")
_SWAP_REMARK = re.compile(r"\s*[(\[]\s*(?:swap(?:ped)?|switch(?:ed)?|trade[ds]?)\s*[)\]]\s*$", re.I)
_REMARK = re.compile(r"\s*[(\[](?P<remark>[^()\[\]]*)[)\]]\s*$")
_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|x|host|greeter|pio|supervisor|bilingual|sgt|volunteers?)\b",
    re.I,
)
_SIGN_OF_PLACEHOLDER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody|slots?"
    r"|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$|^\s*[0-9]{1,3}\s",
    re.I,
)
_ASKED_FOR = re.compile(r"t\.?b\.?[dac]\.?|\?+|pending|unknown", re.I)
_NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
MOST_PLACEHOLDERS = 20
_ADVICE = "Type one Officer ID or name a row."


class People:
    """What a cell of Staffing, or of Officers in a one-tab sheet, says: persons, a swap, several, or placeholders."""

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies

    def read(self, cell: Cell, agency: str | None = None) -> Reading:
        """A tuple of `Person`; `agency` (the row's) tells namesakes apart and whose a placeholder is."""
        typed = as_typed(cell) or ""
        text = plain(typed)
        if len(text) > 500:
            return wrong("unreadable", f"This is too long for a name. {_ADVICE}")
        sure = self._officers.listed and not text.endswith("?")
        direct = self._officers.find(typed, agency) if sure else []
        if len(direct) == 1:
            return Reading((_person(direct[0]),))
        placeholders = self._placeholders(text, agency)
        if placeholders is not None:
            return placeholders
        if len(sides := _ARROW.split(_SWAP_REMARK.sub("", text))) == 2 and all(sides):
            return self._swap(sides[0], sides[1], agency)
        return self._persons(typed, agency)

    def read_several(self, cell: Cell) -> Reading:
        """As `read`, where several names are expected: no warning for them."""
        read = self.read(cell)
        several = isinstance(read.value, tuple) and len(read.value) > 1
        kept = tuple(
            finding
            for finding in read.findings
            if not (several and finding.code == "guessed" and "several" in finding.advice)
        )
        return replace(read, findings=kept)

    def _placeholders(self, text: str, row_agency: str | None) -> Reading | None:
        if agency := self._agencies.find(text):
            return Reading((Person(agency=agency, placeholder=True),))
        bare = text.rstrip("?!. ")
        if is_not_said(text) and not _ASKED_FOR.fullmatch(text):
            return NOTHING
        if not (is_not_said(text) or _SIGN_OF_PLACEHOLDER.search(text) or re.fullmatch(r"(?:[0-9]{1,3})", bare)):
            return None
        bare = re.sub(r"\bx ?(?=[0-9])|(?<=[0-9]) ?x\b", " ", bare, flags=re.I)
        rest = _REMARK.sub(lambda remark: f" {remark['remark']} ", bare)
        number = _NUMBER.search(rest) if not self._agencies.find(rest) else None
        wanted = whole_number(number[0].casefold()) if number else 1
        if number:
            rest = rest[: number.start()] + " " + rest[number.end() :]
        named = re.sub(r"^[\s\W]+|[\s\W]+$", "", _FILLER.sub(" ", rest))
        findings: tuple[Finding, ...] = ()
        agency = row_agency
        if named and not is_not_said(named):
            found = self._agencies.find(named) or self._agencies.find(rest.strip(" ()?-"))
            if found is None:
                if not number and not re.search(r"\bfrom\b|\bneed", text, re.I):
                    return None
                read = self._agencies.read(named)
                if read.value is None:
                    findings = tuple(replace(one, advice=f"Whose officer? {one.advice}") for one in read.findings)
                found = read.value
            agency = found or row_agency
        if not wanted or wanted > MOST_PLACEHOLDERS:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        return Reading((Person(agency=agency, placeholder=True),) * wanted, findings)

    def _swap(self, out: str, instead: str, agency: str | None) -> Reading:
        leaving, coming = self._one(out, agency), self._one(instead, agency)
        found = [person for person in (leaving.value, coming.value) if person is not None]
        if len(found) < 2:
            findings = leaving.findings + coming.findings
            return Reading((replace(coming.value),) if coming.value else None, findings)
        advice = (
            f"Read as a swap: {coming.value.name} goes, {leaving.value.name} does not. Give each a row with a Status."
        )
        return guess(
            (
                coming.value,
                replace(leaving.value, status="Swapped out", swapped_for=coming.value.officer or coming.value.name),
            ),
            advice,
        )

    def _persons(self, typed: str, agency: str | None) -> Reading:
        text = plain(typed)
        doubtful = text.endswith("?")
        one = self._one(typed.strip().rstrip("?").strip(), agency)
        if one.value is not None:
            if doubtful:
                asked = replace(one.value, status="Requested")
                return guess((asked,), f"The question mark is read as Requested. {_ADVICE}")
            return replace(one, value=(one.value,))
        parts = [part for part in re.split(r"\s*(?:[;\n/&+]|\band\b)\s*", typed.strip(), flags=re.I) if part.strip()]
        if len(parts) < 2 and "," in typed:
            parts = [part for part in typed.split(",") if part.strip()]
        if len(parts) < 2:
            return one
        found: list[Person] = []
        findings: list[Finding] = []
        for part in parts:
            asked = part.strip().endswith("?")
            read = self._placeholders(plain(part), agency) or self._one(part.strip().rstrip("?").strip(), agency)
            named = read.value if isinstance(read.value, tuple) else (read.value,) if read.value is not None else ()
            found += [replace(person, status="Requested") if asked else person for person in named]
            findings += [
                finding
                if f'"{part.strip()}"' in finding.advice
                else replace(finding, advice=f'"{part.strip()}": {finding.advice}')
                for finding in read.findings
            ]
        if found:
            findings.insert(0, Finding("guessed", f"Read as several people. {_ADVICE}", "warning"))
        return Reading(
            tuple(dict.fromkeys(found)) if not any(p.placeholder for p in found) else tuple(found) or None,
            tuple(findings),
        )

    def _one(self, typed: str, agency: str | None) -> Reading:
        """One person as a `Person`; a remark in brackets may name the agency, and is otherwise not read."""
        if not typed:
            return NOTHING
        if not self._officers.listed:
            if re.search(r"[;\n/&+]|\band\b", typed, re.I):
                return NOTHING
            return Reading(Person(name=self._officers.as_typed(typed), agency=agency))
        found = self._officers.find(typed, agency)
        remark = _REMARK.search(typed)
        if not found and remark and remark.start():
            return self._one(typed[: remark.start()], self._agencies.find(remark["remark"]) or agency)
        if len(found) == 1:
            return Reading(_person(found[0]))
        if found:
            return Reading(None, (_officer_unclear("ambiguous", (one.id for one in found)),))
        return Reading(None, (self._officers.suggestion(typed),))


def inclusive(first: dt.date | None, last: dt.date | None) -> bool:
    """False where a period would end before it begins."""
    return first is None or last is None or first <= last
