"""An agency, officer, venue, town or event as typed: which one is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
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
    quoted,
    whole_number,
    wrong,
)
from cwac.sheet.remarks import (
    MARKS,
    NOT_GOING,
    RANKS,
    Meaning,
    begins_as_remark,
    begins_with_time,
    may_speak,
    meaning,
    only_ranks,
    remark_after,
    remark_before,
    surely_no_name,
)

T = TypeVar("T")

_WORDS = re.compile(r"[^\W_]+")
_WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters of other alphabets that Unicode does not take apart into a plain one and an accent."""
_SAME_WORD = {"mt": "mount", "mtn": "mountain", "dept": "department", "co": "county", "ft": "fort", "ctr": "center",
              "centre": "center", "comm": "community"}  # fmt: skip


def words(typed: str) -> tuple[str, ...]:
    """A name's words without case, accents, apostrophes and points; "Mt." and "Dept." written out."""
    text = plain(typed).casefold().replace("'", "").replace("&", " and ")
    if not text.isascii():
        # Before the words are told apart: an accent by itself is no letter, and would cut "Muñoz" in two.
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
        text = text.translate(_WHOLE_LETTERS)
    return tuple(_SAME_WORD.get(word, word) for word in _WORDS.findall(text))


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
        about = f'"{quoted(typed)}": ' if part else ""
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
    listed = [quoted(name) for name in dict.fromkeys(names)]
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
        if not found and len(bare := self._without_state(typed)) == 1:
            return guess(bare[0].name, f"Read as {bare[0].name}: type the town as the Towns tab has it.")
        if found:
            names = _either(town.name for town in found)
            return wrong("ambiguous", f"This could be {names}: say which.")
        return Reading(None, (self._names.unknown(typed, lambda town: town.name),))

    def _without_state(self, typed: str) -> list[Town]:
        """The towns of exactly that name once its state, and "City of" or "City", are taken off."""
        text = plain(typed)
        if len(text) > 100:
            return []
        text = _OF_A_STATE.sub("", text)
        shorter = (text, _CITY_OF.sub("", text), _A_CITY.sub("", text))
        found = [town for name in shorter for town in self._names.exact(name)]
        return list(dict.fromkeys(found))


_AGENCY_LETTERS = re.compile(r"[A-Z]{0,4}(?:PD|SO|SD)|CHP(?:-[A-Z]{2,3})?")
"""Letters that name an agency even where none are listed: WPD, SCSO, CHP-MS."""
_OF_A_STATE = re.compile(
    r"(?:,? \(?(?:ca|calif|california)|, ?\(?(?-i:[A-Z]{2}))\b\.?\)?(?:,? [0-9]{5}(?:-[0-9]{4})?)?(?:,? usa?)?$", re.I
)
_CITY_OF = re.compile(r"^(?:the )?(?:city|town|village) of ", re.I)
_A_CITY = re.compile(r" (?:city|town)(?: limits)?$", re.I)
_NOT_APPLICABLE = re.compile(r"\bn ?/ ?a\b", re.I)
_SPLIT = re.compile(r"[;\n/&,+]|\band\b", re.I)


def _split(typed: str) -> list[str]:
    """The parts of a list, each once."""
    return list(dict.fromkeys(part for part in map(str.strip, _SPLIT.split(typed)) if part))


class Agencies:
    """The agencies of the Agencies tab."""

    def __init__(self, agencies: Sequence[Agency]) -> None:
        self._names: Names[Agency] = Names("agency", "Agencies")
        self._in_agency_columns: dict[str, str] = {}
        for agency in agencies:
            self._names.add(agency, agency.short, (agency.short, agency.name, *agency.aliases))

    @property
    def listed(self) -> bool:
        return self._names.listed

    def find(self, typed: str) -> str | None:
        """The short name, where the text names one agency exactly; without a list, one typed in an agency's column."""
        if not self.listed:
            known = self._in_agency_columns.get(name_key(typed))
            return known or (self.as_typed(typed) if _AGENCY_LETTERS.fullmatch(typed.strip()) else None)
        found = self._names.exact(typed)
        return found[0].short if len(found) == 1 else None

    def as_typed(self, typed: str) -> str:
        return self._names.as_typed(typed)

    def read(self, cell: Cell) -> Reading:
        """One agency's short name."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        read = self._one(typed)
        if read.failed and self.listed:
            parts = _split(typed)
            if len(parts) > 1 and all(self.find(part) for part in parts):
                return wrong("ambiguous", "Only one agency can stand here: move the others to Partner agencies.")
        return read

    def read_several(self, cell: Cell) -> Reading:
        """Short names, each once, in the order typed. Parts that resolve to nothing are findings."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return Reading(())
        if self.listed and not (whole := self._one(typed)).failed:
            return Reading((whole.value,))
        found: list[str] = []
        findings: list[Finding] = []
        # Not parted at the slash of "n/a".
        parts = [part for part in _split(_NOT_APPLICABLE.sub("none", typed)) if not is_not_said(part)]
        for part in parts:
            read = self._one(part, part if len(parts) > 1 else None)
            findings += read.findings
            if read.value:
                found.append(read.value)
        return Reading(tuple(dict.fromkeys(found)), tuple(findings))

    def _one(self, typed: str, part: str | None = None) -> Reading:
        if not self._names.listed:
            agency = self._names.as_typed(typed)
            self._in_agency_columns.setdefault(name_key(typed), agency)
            return Reading(agency)
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
                name, other, said = quoted(venue.name), quoted(venue.town), quoted(town)
                advice = f"{name} is in {other}, but the row says {said}: correct one of the two."
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
            return wrong("did-you-mean", f"Did you mean {quoted(near)}? Copy the Event ID from the Events tab.")
        return wrong("unknown-reference", "No event has this ID: copy it from the Events tab.")


# --- officers --------------------------------------------------------------------------------------------------

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
        if len(typed) > _LONGEST_NAME:
            return wrong("too-large", f"Over {_LONGEST_NAME} characters are not read. Type one Officer ID or name.")
        # As in Staffing: "A. Sample (vacation)" and "A. Sample #4512" are A. Sample there, so they must be here.
        bare = typed if self.exact(typed) else _bare_name(typed)
        beside = name_key(bare) != name_key(typed) or "?" in typed
        said = "What is beside the name is not read: type the name or the Officer ID alone."
        if not self.listed:
            if isinstance(cell, bool) or not any(map(str.isalpha, bare)):
                return wrong("unreadable", "There is no name here: type the officer's name.")
            person = Person(name=self._names.as_typed(bare))
            return guess(person, said) if beside else Reading(person)
        found = self.find(bare)
        if len(found) == 1:
            return guess(_person(found[0]), said) if beside else Reading(_person(found[0]))
        if found:
            return Reading(None, (_officer_unclear("ambiguous", (one.id for one in found)),))
        return Reading(None, (self._names.unknown(" ".join(_person_words(typed)) or typed, _named),))

    def find(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers that a text may mean; those of `agency` where there are several and some are."""
        return _of_agency(self._names.exact(typed) or self._by_surname(typed), agency)

    def exact(self, typed: str, agency: str | None = None) -> list[Officer]:
        """The officers whose ID, whole name or alias it is."""
        return _of_agency(self._names.exact(typed), agency)

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


def _of_agency(found: list[Officer], agency: str | None) -> list[Officer]:
    own = [officer for officer in found if officer.agency == agency]
    return own if len(found) > 1 and own else found


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
    kept = tuple(word for word in all_words if word not in RANKS and word not in _SUFFIXES)
    return kept or all_words


def _agree(typed: tuple[str, ...], given: tuple[str, ...]) -> bool:
    """Whether given names typed can be those listed: "M" for "Maria", or none at all."""
    return len(typed) <= max(1, len(given)) and all(
        one.startswith(other) or other.startswith(one) for one, other in zip(typed, given, strict=False)
    )


_ARROW = re.compile(r"-+>|=+>|>{1,2}")
_SWAP_REMARK = re.compile(r"\s*(?:swap(?:ped)?|switch(?:ed)?|trade[ds]?)\s*", re.I)
_FILLER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|extra|from|for|officers?|ofcs?|deput(?:y|ies)|tbd|tba|tbc|open|vacant"
    r"|unfilled|someone|somebody|anyone|anybody|persons?|people|slots?|posts?|spots?|a|an|the|of|to|be|assigned|named"
    r"|determined|one of|any|x|request(?:ed)?|ask(?:ed)?|host|greeter|pio|supervisor|bilingual|sgt|volunteers?)\b",
    re.I,
)
_SIGN_OF_PLACEHOLDER = re.compile(
    r"\b(?:need(?:s|ed)?|more|another|additional|tbd|tba|tbc|open|vacant|unfilled|someone|somebody|anyone|anybody|slots?"
    r"|posts?|spots?|officers|deputies|volunteers?|x ?[0-9]{1,2}|[0-9]{1,2} ?x)\b|\?{2,}|^\s*\?\s*$|^\s*[0-9]{1,3}\s",
    re.I,
)
_ASKED_FOR = re.compile(
    r"t\.?b\.?[dac]\.?|pending|unknown|to be (?:determined|announced|confirmed|assigned)|unassigned|unstaffed", re.I
)
_ASKED_FOR_FIRST = re.compile(r"(?:t\.?b\.?[dac]|open|vacant|unfilled|unassigned)\b[\s:,.-]*", re.I)
_AROUND = " .,;:!?*_~'\"/|()[]{}<>-"
_NOBODY = frozenset({"nobody", "no one", "no-one", "noone", "none yet", "nobody yet", "no officers"})
_NUMBER = re.compile(r"\b(?:[0-9]{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
MOST_PLACEHOLDERS = 20
_ADVICE = "Type one Officer ID or name a row."

_LONGEST_NAME, _LONGEST_LIST = 500, 2_000
_MOST_FINDINGS = 20
_LINES = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_OPEN, _CLOSE = "([{", ")]}"
_INSIDE = "\x00"
"""Stands in a text for what was in brackets there, so that only what is outside of them is parted."""
_WITHOUT = re.compile(r"\bw/o\b", re.I)
_BETWEEN = re.compile(
    r"([;\n&+,]|(?<![0-9])/|/(?![0-9])|(?<![0-9]):(?!\d)|:(?=\s)|\band\b|\bplus\b|\bw/|\bwith\b)", re.I
)
_ASIDE = re.compile(r"(?<=\s)-+|-+(?=\s)|\.{2,}|…|=")
_ADDED = frozenset({"and", "&", "+", "plus"})
_PLAIN_NAME = re.compile(r"[^\W\d_]+(?:\.? [^\W\d_]+)*|[^\W\d_]\. [^\W\d_]+(?:[-'][^\W\d_]+)?")
_NUMBERED = re.compile(r"^[0-9]{1,2}[.)]\s+(?=\S)")
_BARE_NUMBER = re.compile(r"(?:(?:badge|id|star|unit|no|number)\b\.?\s*)?#?\s*[0-9][0-9.,:/ -]*", re.I)
_BADGE = re.compile(r"(?:\b(?:badge|id|star|unit|no)\b\.?\s*)?#?\s*\b[0-9]{1,7}\b", re.I)
_SUFFIX_AFTER_COMMA = re.compile(r", (?:jr|sr|ii|iii|iv)\.?$", re.I)
_INITIALS = re.compile(r"[^\W\d_]\.?(?:\s?[^\W\d_]\.)?|(?:jr|sr|ii|iii|iv)\.?", re.I)
_PARTICLES = frozenset(
    "de la del los las da das dos di du van von der den ten ter le st san santa mac mc al el bin".split()
)
_NOT_IN_NAMES = frozenset(
    "the at is will has have had was were to of if when while who her his their our she he it they needs need still "
    "only on in for by from about after before with without because but as or not then driving bringing "
    "needed possible available necessary required sure time work today tomorrow here there yet again day week me him "
    "you".split()
)
_ALL_OF_THEM = re.compile(r"\b(?:both|all)\b", re.I)
_FROM = re.compile(r"^(?:from|of|with) +", re.I)
_EITHER = re.compile(r"\bor\b", re.I)
_LISTED_REMARKS = re.compile(r"[,;/&]|\band\b", re.I)
_ASKS_FROM, _ASKS_FROM_ALONE = re.compile(r"\bfrom\b", re.I), re.compile(r"\bfrom\b|\bneed", re.I)
_CLAUSE = re.compile(r"\b(?:if|as|when|where|unless)\b.*", re.I)
"""What "if needed" adds to a name or a number is a remark, and asks for nobody."""
_INSTEAD = re.compile(r"\b(?:with|w/|for|by|to) +([^\W\d_].*)", re.I)
_MOST_PARTS = 50
_MOST_HYPHENS = 4
_MOST_SIDES = 6
_WITH_STATUS = "Type the name alone, and the Status in Staffing."


@dataclass(slots=True)
class _Part:
    """A piece of a cell between separators; `after` is the separator before it. Brackets stand as `_INSIDE`."""

    text: str
    remarks: list[str]
    after: str = ""
    doubtful: bool = False
    """Whether it was put together from two parts that might be two people."""

    @property
    def bare(self) -> str:
        """The text without its brackets."""
        return " ".join(self.text.replace(_INSIDE, " ").split())

    def joined(self, other: _Part, between: str) -> _Part:
        return _Part(f"{self.text}{between}{other.text}", self.remarks + other.remarks, self.after)

    def split(self, by: re.Pattern[str]) -> list[_Part]:
        remarks = iter(self.remarks)
        return [_Part(side, [next(remarks) for _ in range(side.count(_INSIDE))]) for side in by.split(self.text)]


@dataclass(slots=True)
class _Entry:
    """Whom a part names, what is said beside the name, and what is wrong with it."""

    typed: str
    persons: list[Person] = field(default_factory=list)
    meanings: list[Meaning] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    settled: bool = False
    """Whether remarks leave the status alone: in a swap, and for placeholders."""


class People:
    """What a cell of Staffing, or of Officers in a one-tab sheet, says: persons, a swap, several, or placeholders."""

    def __init__(self, officers: Officers, agencies: Agencies) -> None:
        self._officers = officers
        self._agencies = agencies

    def read(self, cell: Cell, agency: str | None = None) -> Reading:
        """A tuple of `Person`; `agency` (the row's) tells namesakes apart and whose a placeholder is."""
        return self._cell(cell, agency, _LONGEST_NAME)

    def read_several(self, cell: Cell) -> Reading:
        """As `read`, where several names are expected: no warning for them."""
        return self._cell(cell, None, _LONGEST_LIST, several=True)

    def _cell(self, cell: Cell, agency: str | None, longest: int, *, several: bool = False) -> Reading:
        typed = as_typed(cell) or ""
        if len(typed) > longest:
            return wrong("too-large", f"Over {longest:,} characters are not read. {_ADVICE}")
        if isinstance(cell, bool):
            return wrong("unreadable", f"A checkbox names nobody. {_ADVICE}")
        text = "\n".join(line for line in map(plain, _LINES.split(typed)) if line)
        whole = self._at_once(text, agency)
        if whole is not None:
            return whole
        parts = _parts(text)
        if any(part.after for part in parts) and (whole := self._placeholders_of_long_name(text, agency)):
            return whole
        return self._together(parts, agency, several)

    def _at_once(self, text: str, agency: str | None) -> Reading | None:
        """A cell that needs no taking apart: one listed name, a nothing word, a placeholder's word, a number."""
        sure = self._officers.listed and "?" not in text and not MARKS.search(text)
        if sure and len(found := self._officers.exact(text, agency)) == 1:
            return Reading((_person(found[0]),))
        if agency_asked := self._agencies.find(text):
            return Reading((Person(agency=agency_asked, placeholder=True),))
        if text.strip(_AROUND).casefold() in _NOBODY or (is_not_said(text) and not _is_asked_for(text)):
            return NOTHING
        if _is_asked_for(text):
            return Reading((Person(agency=agency, placeholder=True),))
        if _BARE_NUMBER.fullmatch(text) or not any(map(str.isalpha, text)):
            return self._number(text, agency)
        if "?" in text or may_speak(text):
            return None
        if self._officers.listed:
            found = self._officers.find(text, agency)
            return Reading((_person(found[0]),)) if len(found) == 1 else None
        parted = _BETWEEN.search(text) or _SIGN_OF_PLACEHOLDER.search(text)
        if not parted and _PLAIN_NAME.fullmatch(text) and _looks_like_name(text, True):
            person = Person(name=self._officers.as_typed(text), agency=agency)
            return None if meaning(text).kind == "harmless" else Reading((person,))
        return None

    def _number(self, text: str, agency: str | None) -> Reading:
        number = int(text) if text.isdecimal() and len(text) < 4 else None
        if number is not None and 1 <= number <= MOST_PLACEHOLDERS:
            asked = (Person(agency=agency, placeholder=True),) * number
            return guess(asked, f"Read as {number} still to be named. Type {number} TBD, or the name or Officer ID.")
        if number == 0:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        code = "unknown-reference" if self._officers.listed else "unreadable"
        return wrong(code, "A number that is no Officer ID names nobody: type the name or the Officer ID.")

    def _placeholders_of_long_name(self, text: str, agency: str | None) -> Reading | None:
        """Placeholders of an agency whose own name holds a separator: "2 from Fish & Wildlife"."""
        named = _named_by_placeholder(text)[1]
        if not _BETWEEN.search(named) or not self._agencies.find(named):
            return None
        return self._placeholders(text, [], agency, alone=True)

    def _together(self, parts: list[_Part], agency: str | None, several: bool) -> Reading:
        """All parts of a cell as one tuple of people, with one finding for each kind of thing to say."""
        if len(parts) > _MOST_PARTS:
            return wrong("too-large", f"Over {_MOST_PARTS} names in one cell are not read. {_ADVICE}")
        entries = self._entries(self._last_first(parts), agency)
        if not entries:
            return wrong("unreadable", f"There is no name here. {_ADVICE}")
        findings: list[Finding] = []
        for entry in entries:
            for finding in entry.findings:
                part = f'"{quoted(entry.typed)}"'
                is_clear = len(entries) == 1 or finding.severity == "warning" or part in finding.advice
                advice = finding.advice if is_clear else f"{part}: {finding.advice}"
                findings.append(replace(finding, advice=advice))
        found = [person for entry in entries for person in _as_said(entry)]
        findings += [said for entry in entries if entry.persons and (said := _said_of(entry))]
        if found and len(entries) > 1 and not several:
            findings.insert(0, Finding("guessed", f"Read as several people. {_ADVICE}", "warning"))
        if sum(person.placeholder for person in found) > MOST_PLACEHOLDERS:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        if not any(person.placeholder for person in found):
            found = list(dict.fromkeys(found))
        return Reading(tuple(found) or None, tuple(dict.fromkeys(findings))[:_MOST_FINDINGS])

    # --- "Last, First" ---------------------------------------------------------------------------------------------

    def _last_first(self, parts: list[_Part]) -> list[_Part]:
        """The parts with "Foster" and "James" of "Foster, James" put together again."""
        if not any(part.after == "," for part in parts):
            return parts
        runs: list[list[_Part]] = []
        for part in parts:
            if part.after != "," or not runs:
                runs.append([part])
            elif _INITIALS.fullmatch(part.bare) and runs[-1][-1].bare:
                runs[-1][-1] = runs[-1][-1].joined(part, ", ")
            else:
                runs[-1].append(part)
        capitals = _has_capitals(parts)
        names = [[part for part in run if self._may_be_name(part, capitals)] for run in runs]
        # "Sample, Demo and Example" is a list of surnames; "Foster, James and Demo, Beth" is two people.
        plain_list = (
            any(part.after in _ADDED for part in parts)
            and any(len(some) != 2 for some in names)
            and all(" " not in part.bare for some in names for part in some)
        )
        together: list[_Part] = []
        for run, some in zip(runs, names, strict=True):
            at = 0
            while at < len(run):
                part = run[at]
                following = run[at + 1] if at + 1 < len(run) else None
                if following is not None and part.bare and following.bare:
                    names_only = any(part is one for one in some) and any(following is one for one in some)
                    only = names_only and len(some) == 2 and not plain_list
                    if (joined := self._one_person(part, following, only=only)) is not None:
                        together.append(joined)
                        at += 2
                        continue
                together.append(part)
                at += 1
        return together

    def _may_be_name(self, part: _Part, capitals: bool) -> bool:
        text = part.bare
        if not text or self._agencies.find(text) or _is_asked_for(text) or not _looks_like_name(text, capitals):
            return False
        return not self._only_remark(text, capitals) or (not part.after and not surely_no_name(text))

    def _one_person(self, last: _Part, first: _Part, *, only: bool) -> _Part | None:
        joined = last.joined(first, ", ")
        if "," in last.bare + first.bare and not _SUFFIX_AFTER_COMMA.search(first.bare):
            return None
        if self._officers.listed and any(map(str.isalpha, first.bare)):
            if self._surely(joined.bare) or (not may_speak(joined.bare) and len(self._officers.find(joined.bare)) == 1):
                return joined
            if self._officers.find(first.bare):
                return None
        given, surname = words(first.bare), [one for one in words(last.bare) if one not in RANKS]
        if not only or not given or not surname or len(surname[0]) == 1 or len(surname) > 3:
            return None
        if len(given) > 1 and any(len(one) > 1 and one not in _SUFFIXES for one in given[1:]):
            return None
        joined.doubtful = len(surname) > 1 and surname[0] not in _PARTICLES
        return joined

    # --- part by part ----------------------------------------------------------------------------------------------

    def _entries(self, parts: list[_Part], agency: str | None) -> list[_Entry]:
        """Whom the parts name, in their order; what stands for itself between separators is said of the name before."""
        entries: list[_Entry] = []
        lead: list[Meaning] = []
        labelled: str | None = None
        capitals = _has_capitals(parts)
        alone = len(parts) == 1
        for at, part in enumerate(parts):
            text = part.bare
            labelled = None if part.after in (";", "\n") else labelled
            beside = entries[-1] if entries else None
            kind = self._kind(part, beside, capitals, alone=alone, labelled=labelled)
            if at + 1 < len(parts) and parts[at + 1].after == ":":
                following = self._kind(parts[at + 1], beside or _Entry(""), capitals, alone=False)
                if kind in ("agency", "remark") and following != "remark":
                    labelled, lead = self._agency(text), [self._meaning(text)]
                    continue
                if kind in ("name", "placeholder") and following == "name" and not self._officers.find(text):
                    lead = [Meaning("other")]
                    continue
            if kind == "remark":
                said = [self._meaning(one) for one in (text, *part.remarks) if _says_anything(one)]
                lead += said if beside is None else []
                everybody = _ALL_OF_THEM.search(" ".join((text, *part.remarks)))
                for entry in entries if everybody else entries[-1:]:
                    entry.meanings += said
                    self._swapped_for(entry, [text, *part.remarks])
            elif kind == "agency" and beside is not None and part.after in (",", ":") and self._belongs(beside, text):
                pass
            elif kind == "number" and beside is not None and part.after not in _ADDED and labelled is None:
                beside.meanings.append(Meaning("other"))
            elif kind == "number":
                entries.append(_asked(text, self._number(text, labelled or agency)))
            elif kind in ("agency", "placeholder"):
                asked = self._placeholders(text, part.remarks, labelled or agency, alone=alone) or NOTHING
                entries.append(_asked(text, asked))
            else:
                entry, first = self._named(part, labelled or agency)
                if beside is not None and not (self._officers.listed and entry.persons):
                    named = [person.name or "" for person in entry.persons] or [text]
                    if not any(_looks_like_name(one, capitals) for one in named):
                        beside.meanings += [*entry.meanings, Meaning("other")]
                        continue
                if not any(one.tells_status for one in entry.meanings):
                    entry.meanings += lead
                lead += first
                if _ALL_OF_THEM.search(" ".join((text, *part.remarks))):
                    for earlier in entries:
                        earlier.meanings += entry.meanings
                entries.append(entry)
        return entries

    def _kind(
        self, part: _Part, beside: _Entry | None, capitals: bool, *, alone: bool, labelled: str | None = None
    ) -> str:
        """What a part is: a "name", an "agency", a "placeholder", a "number", or a "remark" on the name beside it."""
        text = part.bare
        if not text:
            return "remark"
        if "?" not in text and not MARKS.search(text) and (self._officers.exact(text) or self._surely(text)):
            return "name"
        if self._agencies.find(text):
            return "agency"
        if _is_asked_for(text):
            of_the_name = part.after == ":" or (part.after == "," and text.casefold() in ("tbc", "pending"))
            return "remark" if of_the_name and beside is not None and not labelled else "placeholder"
        if begins_with_time(text):
            return "remark"
        if _BARE_NUMBER.fullmatch(text):
            return "number"
        counted = _NUMBER.search(text) or _ASKED_FOR_FIRST.match(text)
        if counted and self._placeholders(text, [], None, alone=alone):
            return "placeholder"
        segments = _segments(text)
        if all(self._agency(one) or self._only_remark(one, capitals) for one in segments):
            if beside is None and len(segments) == 1:
                # Somebody may be called Court, and a sheet without names may say Chief.
                if only_ranks(text):
                    return "name"
                if not surely_no_name(text) and self._meaning(text).kind == "status":
                    return "name"
            return "remark"
        if not counted and self._placeholders(text, [], None, alone=alone):
            return "placeholder"
        return "name"

    def _only_remark(self, text: str, capitals: bool) -> bool:
        """Whether a text says something of a person without naming one."""
        if MARKS.search(text) and not any(map(str.isalpha, text)):
            return True
        said = meaning(text)
        if said.kind == "harmless":
            return True
        if not begins_as_remark(text):
            return said.kind == "status" and text.isalpha()
        name, before = remark_before(text)
        return not before or begins_as_remark(name) or not _looks_like_name(name, capitals)

    def _meaning(self, remark: str) -> Meaning:
        return Meaning("harmless") if self._agency(remark) else meaning(remark)

    def _harmless_pieces(self, remark: str) -> list[str]:
        """The pieces of "WPD, host", where each is harmless; else the remark as a whole."""
        pieces = [piece.strip() for piece in _LISTED_REMARKS.split(remark) if piece.strip()]
        return pieces if all(self._meaning(piece).kind == "harmless" for piece in pieces) else [remark]

    def _agency(self, text: str) -> str | None:
        return self._agencies.find(text) or self._agencies.find(_FROM.sub("", text))

    def _belongs(self, entry: _Entry, text: str) -> bool:
        """Whether an agency after a comma is that of the one person before it; a listed person's is known."""
        person = entry.persons[0] if len(entry.persons) == 1 else None
        named = self._agency(text)
        if person is None or person.placeholder:
            return False
        if self._officers.listed:
            return person.agency == named
        entry.persons = [replace(person, agency=named)]
        return True

    def _named(self, part: _Part, agency: str | None) -> tuple[_Entry, list[Meaning]]:
        """One person, or several by an arrow or "or"; and what was said before the name, of all that follow too."""
        entry = _Entry(part.bare)
        sides = [side for side in part.split(_ARROW) if side.bare]
        if len(sides) > _MOST_SIDES:
            entry.findings += wrong(
                "unreadable", f"Over {_MOST_SIDES} swaps in a cell are not read. {_ADVICE}"
            ).findings
            return entry, []
        if len(sides) > 1:
            self._swap(entry, sides, agency)
            return entry, []
        text = part.bare
        said = [piece for remark in part.remarks if _says_anything(remark) for piece in self._harmless_pieces(remark)]
        if part.doubtful:
            entry.findings.append(
                Finding(
                    "guessed", "Read as one person, the last name first. Part two people by a semicolon.", "warning"
                )
            )
        if "?" in text:
            said.append("?")
            text = " ".join(text.replace("?", " ").split())
        if MARKS.search(text):
            said += MARKS.findall(text)
            text = " ".join(MARKS.sub(" ", text).split())
        text = _NUMBERED.sub("", text)
        first: list[str] = []
        names = [text]
        if not self._officers.exact(text, agency):
            halves = [half.strip() for half in _EITHER.split(text) if half.strip()]
            if len(halves) > 1:
                entry.meanings.append(Meaning("doubt"))
            names = [] if halves else [""]
            for half in halves:
                name, set_before, others = self._name_of(half)
                names.append(name)
                said += others
                first += set_before
        agency = next((named for remark in said if (named := self._agency(remark))), agency)
        entry.meanings += [self._meaning(remark) for remark in said]
        for one in names:
            self._resolve(entry, one, agency)
        self._swapped_for(entry, said)
        return entry, [self._meaning(remark) for remark in first]

    def _name_of(self, text: str) -> tuple[str, list[str], list[str]]:
        """A name, the remarks set apart before it, and all remarks."""
        segments = _segments(text)
        at = next((n for n, one in enumerate(segments) if not (self._agency(one) or self._only_remark(one, True))), 0)
        others = [one for n, one in enumerate(segments) if n != at]
        name = segments[at] if segments else text
        shorter, after = remark_after(name)
        shorter, before = remark_before(shorter)
        if not self._surely(name):
            name = shorter
            others += [one for one in (before, after) if one]
        return name, segments[:at], others

    def _surely(self, text: str) -> bool:
        """Whether a text is one listed officer's name in each of its words, even if one is Court."""
        found = self._officers.find(text) if self._officers.listed else []
        own = {word for one in found for word in words(" ".join((one.name, *one.aliases)))} | RANKS - {"off"}
        return len(found) == 1 and all(word in own or len(word) == 1 for word in words(text))

    def _resolve(self, entry: _Entry, name: str, agency: str | None) -> None:
        """Add the officer of that name, or the name as typed where none are listed, else say why not."""
        read = self._one(name, agency)
        if read.value is None and _BADGE.search(name):
            bare = " ".join(_BADGE.sub(" ", name).split()).strip(" ,;:-#")
            again = self._one(bare, agency) if any(map(str.isalpha, bare)) else NOTHING
            if again.value is not None:
                said = "The number beside the name is not read. Type the name or the Officer ID alone."
                read = replace(again, findings=(Finding("guessed", said, "warning"), *again.findings))
        if read.value is not None:
            entry.persons.append(read.value)
        entry.findings += read.findings

    def _one(self, name: str, agency: str | None) -> Reading:
        """One person as a `Person`."""
        if not any(map(str.isalpha, name)):
            return wrong("unreadable", f"There is no name here. {_ADVICE}")
        if not self._officers.listed:
            if _BADGE.search(name):
                return NOTHING
            person = Person(name=self._officers.as_typed(name), agency=agency)
            if _looks_like_name(name, capitals=False):
                return Reading(person)
            return guess(person, f"Taken as one name. {_ADVICE}")
        found = self._officers.find(name, agency)
        if len(found) == 1:
            return Reading(_person(found[0]))
        if found:
            return Reading(None, (_officer_unclear("ambiguous", (one.id for one in found)),))
        last, comma, first = name.partition(",")
        return Reading(None, (self._officers.suggestion(f"{first} {last}" if comma else name),))

    def _swapped_for(self, entry: _Entry, said: list[str]) -> None:
        """Who goes instead, where a remark names a listed officer: "(replaced by Demo)"."""
        for remark in said if self._officers.listed else ():
            instead = _INSTEAD.search(remark)
            found = self._officers.find(instead[1]) if instead else []
            if len(found) == 1 and len(entry.persons) == 1:
                entry.persons = [replace(entry.persons[0], swapped_for=found[0].id)]

    def _swap(self, entry: _Entry, sides: list[_Part], agency: str | None) -> None:
        """Of "Sample -> Demo" the last goes, and who stands before an arrow is swapped out for the next."""
        read: list[_Entry] = []
        for side in sides:
            side.remarks = ["" if _SWAP_REMARK.fullmatch(remark) else remark for remark in side.remarks]
            kind = self._kind(side, read[-1] if read else None, True, alone=False)
            if kind == "remark" and read:
                read[-1].meanings += [self._meaning(one) for one in (side.bare, *side.remarks) if _says_anything(one)]
            elif kind in ("agency", "placeholder"):
                read.append(
                    _asked(side.bare, self._placeholders(side.bare, side.remarks, agency, alone=False) or NOTHING)
                )
            else:
                read.append(self._named(side, agency)[0])
        if len(read) == 1:
            entry.persons, entry.meanings, entry.findings = read[0].persons, read[0].meanings, read[0].findings
            return
        coming = read[-1]
        entry.findings = [finding for one in read for finding in one.findings]
        entry.persons, entry.settled = _as_said(coming), True
        if said := _said_of(coming):
            entry.findings.append(said)
        if not coming.persons or not all(one.persons for one in read):
            return
        for leaving, instead in zip(read[-2::-1], read[:0:-1], strict=True):
            other = instead.persons[0]
            entry.persons += [
                replace(person, status="Swapped out", swapped_for=other.officer or other.name)
                for person in leaving.persons
                if not person.placeholder
            ]
        said_of_both = "Give each a row with a Status."
        first, last = read[-2].persons[0], coming.persons[0]
        who = f": {last.name} goes, {first.name} does not" if first.name and last.name else ""
        entry.findings.append(Finding("guessed", f"Read as a swap{who}. {said_of_both}", "warning"))

    # --- placeholders ----------------------------------------------------------------------------------------------

    def _placeholders(self, text: str, remarks: list[str], row_agency: str | None, *, alone: bool) -> Reading | None:
        """The posts that a text asks for; None where it asks for none. `alone` where it is the whole cell."""
        status, findings, in_brackets = self._said_of_posts(remarks)
        row_agency = in_brackets or row_agency
        if agency := self._agencies.find(text):
            return Reading((Person(agency=agency, placeholder=True, status=status),), findings)
        if _is_asked_for(text):
            return Reading((Person(agency=row_agency, placeholder=True, status=status),), findings)
        text = _CLAUSE.sub("", text).rstrip(" -,")
        bare = text.rstrip("?!. ")
        if not (_SIGN_OF_PLACEHOLDER.search(text) or re.fullmatch(r"[0-9]{1,3}", bare)):
            return None
        number, named, rest = _named_by_placeholder(bare)
        wanted = whole_number(number.casefold()) if number else 1
        agency = row_agency
        asks_from = _ASKS_FROM_ALONE if alone else _ASKS_FROM
        if named and not is_not_said(named) and not (meaning(named).kind == "harmless" and not self._agency(named)):
            found = self._agencies.find(named) or self._agencies.find(rest.strip(" ()?-"))
            if found is None:
                first = _ASKED_FOR_FIRST.match(text)
                if first and not _looks_like_name(text[first.end() :], True):
                    said = "Read as a post to fill; the other words are not read. Type TBD alone, and the rest in Note."
                    findings = (*findings, Finding("guessed", said, "warning"))
                elif self._is_somebody(named, wanted) or not (number or asks_from.search(text)):
                    return None
                elif not self._agencies.listed:
                    found = self._agencies.as_typed(named)
                else:
                    read = self._agencies.read(named)
                    advised = [replace(one, advice=f"Whose officer? {one.advice}") for one in read.findings]
                    findings = (*findings, *advised)
            agency = found or row_agency
        if not wanted or wanted > MOST_PLACEHOLDERS:
            return wrong("out-of-range", f"Ask for 1 to {MOST_PLACEHOLDERS} officers in a row.")
        return Reading((Person(agency=agency, placeholder=True, status=status),) * wanted, findings)

    def _is_somebody(self, named: str, number: int | None) -> bool:
        """Whether a number stands beside a person's name ("12 Sample"), as a badge's does, rather than before posts."""
        if self._officers.listed:
            return bool(self._officers.find(named))
        return (number or 0) > MOST_PLACEHOLDERS and _looks_like_name(named, True)

    def _said_of_posts(self, remarks: list[str]) -> tuple[AssignmentStatus | None, tuple[Finding, ...], str | None]:
        """What brackets say of placeholders: a status, what is not read, and whose they are."""
        agency = next((named for remark in remarks if (named := self._agency(remark))), None)
        said = [self._meaning(remark) for remark in remarks if _says_anything(remark)]
        status = next((one.status for one in said if one.status in NOT_GOING), None)
        if status is not None:
            return status, (Finding("guessed", f"Read as {status}. {_WITH_STATUS}", "warning"),), agency
        if any(one.kind == "other" for one in said):
            advice = "The words in brackets are not read. Type TBD or the number alone, and the rest in Note."
            return None, (Finding("guessed", advice, "warning"),), agency
        return None, (), agency


def _parts(text: str) -> list[_Part]:
    """A cell's parts between semicolons, commas, line breaks, "and" and the like, none of them inside of brackets."""
    masked, inside = _brackets(text)
    masked = _WITHOUT.sub("without", _NOT_APPLICABLE.sub("none", masked))
    remarks = iter(inside)
    parts: list[_Part] = []
    after = ""
    for at, piece in enumerate(_BETWEEN.split(masked)):
        if at % 2:
            after = piece.casefold() if piece != "," or after in ("", ",") else after
            continue
        held = [next(remarks) for _ in range(piece.count(_INSIDE))]
        if piece.strip():
            parts.append(_Part(piece.strip(), held, after if parts else ""))
            after = ""
    return parts


def _brackets(text: str) -> tuple[str, list[str]]:
    """The text with `_INSIDE` for each pair of brackets, and what was in them; one never closed sets off the rest."""
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
            inside.append("".join(" " if one in _OPEN + _CLOSE else one for one in text[at + 1 : closed[at]]).strip())
            outside.append(f" {_INSIDE} ")
            at = closed[at]
        elif char in _OPEN:
            outside.append(" - ")
        elif char in _CLOSE or char == _INSIDE:
            outside.append(" ")
        else:
            outside.append(char)
        at += 1
    return "".join(outside), inside


def _segments(text: str) -> list[str]:
    """A part's pieces around a dash, an equals sign or points."""
    found = [one for piece in _ASIDE.split(text) if (one := piece.strip(" -,:*"))]
    return [part for one in found for part in _before_hyphen(one)]


def _before_hyphen(text: str) -> tuple[str, ...]:
    """The name and the remark of "Sample-declined"; most hyphens belong to a name."""
    at = text.find("-")
    for _ in range(_MOST_HYPHENS):
        if at <= 0:
            break
        if surely_no_name(text[at + 1 :]) and begins_as_remark(text[at + 1 :]) and not begins_as_remark(text):
            return text[:at], text[at + 1 :]
        at = text.find("-", at + 1)
    return (text,)


def _bare_name(typed: str) -> str:
    """A name without brackets, what stands behind a dash, a question mark and a number."""
    outside = _brackets(plain(typed))[0].replace(_INSIDE, " ").replace("?", " ")
    name = next(iter(_segments(" ".join(outside.split()))), "")
    name = remark_before(remark_after(name)[0])[0]
    return " ".join(_BADGE.sub(" ", name).split()).strip(" ,;:-#")


def _says_anything(remark: str) -> bool:
    return "?" in remark or any(map(str.isalnum, remark)) or MARKS.search(remark) is not None


def _has_capitals(parts: list[_Part]) -> bool:
    return any(char.isupper() for part in parts for char in part.text)


def _looks_like_name(text: str, capitals: bool) -> bool:
    """One to five words without digits, none of them a word of sentences; with a capital where others have one."""
    some = text.replace("-", " ").replace("'", "").split()
    return (
        0 < len(some) <= 5
        and not any(map(str.isdigit, text))
        and any(map(str.isalpha, text))
        and (not capitals or any(map(str.isupper, text)) or not text.isascii())
        and not any(word.strip(".,").casefold() in _NOT_IN_NAMES for word in some)
    )


def _is_asked_for(text: str) -> bool:
    """TBD and the like, in any punctuation: a placeholder."""
    bare = text.strip(_AROUND)
    return _ASKED_FOR.fullmatch(bare) is not None if bare else "?" in text


def _named_by_placeholder(text: str) -> tuple[str | None, str, str]:
    """The number in a text that asks for officers, whom it asks, and all of it but the number."""
    rest = re.sub(r"\bx ?(?=[0-9])|(?<=[0-9]) ?x\b", " ", text, flags=re.I)
    number = _NUMBER.search(rest)
    if number:
        rest = rest[: number.start()] + " " + rest[number.end() :]
    named = re.sub(r"^[\s\W]+|[\s\W]+$", "", _FILLER.sub(" ", rest))
    return number[0] if number else None, named, rest


def _asked(typed: str, read: Reading) -> _Entry:
    return _Entry(typed, list(read.value or ()), [], list(read.findings), settled=True)


def _status_said(entry: _Entry) -> AssignmentStatus | None:
    """The status that remarks give: that somebody does not go before a doubt, and a doubt before that somebody does."""
    for one in entry.meanings:
        if one.status in NOT_GOING:
            return one.status
    if any(one.asked_only for one in entry.meanings):
        return "Requested"
    return next((one.status for one in entry.meanings if one.status), None)


def _as_said(entry: _Entry) -> list[Person]:
    status = _status_said(entry)
    if status is None or entry.settled:
        return entry.persons
    return [replace(person, status=status) for person in entry.persons]


def _said_of(entry: _Entry) -> Finding | None:
    """How remarks were read, where they are not harmless."""
    said = [one for one in entry.meanings if one.kind != "harmless"]
    if not said:
        return None
    if entry.settled:
        return Finding("guessed", f"The words beside it are not read. {_ADVICE}", "warning")
    status = _status_said(entry)
    if status is None:
        advice = "The words beside the name are not read. Type the name alone, and the rest in Note."
    elif status in NOT_GOING:
        advice = f"Read as {status}, by the words beside the name: not counted as staffed. {_WITH_STATUS}"
    elif status == "Requested":
        advice = f"Read as Requested, by what is beside the name: only asked, not yet staffed. {_WITH_STATUS}"
    else:
        advice = f"Read as {status}, by the words beside the name. {_WITH_STATUS}"
    return Finding("guessed", advice, "warning")
