"""Towns, agencies, venues and events as typed: which listed one is meant, or which spellings mean one agency."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.model import Agency, Cell, Town, Venue
from cwac.sheet.text import MAX_CELL, NOTHING, CellFinding, Reading, as_typed, guess, is_not_said, plain, quoted, wrong

T = TypeVar("T")

_WORDS = re.compile(r"[^\W_]+")
_WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not decompose into a plain letter and an accent."""
_SAME_WORD = {"mt": "mount", "mtn": "mountain", "dept": "department", "co": "county", "ft": "fort", "ctr": "center",
              "centre": "center", "comm": "community"}  # fmt: skip


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes."""
    text = plain(text).casefold().replace("'", "")
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def words(typed: str) -> tuple[str, ...]:
    """A name's words without case, accents, apostrophes and points; "Mt." and "Dept." are spelled out."""
    # Before splitting into words: an accent by itself is no letter, and would cut "Muñoz" in two.
    text = fold(typed).replace("&", " and ")
    text = text if text.isascii() else text.translate(_WHOLE_LETTERS)
    return tuple(_SAME_WORD.get(word, word) for word in _WORDS.findall(text))


def name_key(typed: str) -> str:
    return "".join(words(typed))


class Names(Generic[T]):
    """The listed names of one kind. Where none are listed, a name is used as typed."""

    # Suggestions for thousands of misspelled names must not take minutes.
    _MOST_COMPARISONS = 20_000_000

    def __init__(self, kind: str, tab: str, shown: Callable[[T], str], *, is_private: bool = False) -> None:
        """`shown` gives what findings call a record: its name, or where `is_private` its ID, which no advice has."""
        self.kind = kind
        self.tab = tab
        self._shown = shown
        self._is_private = is_private
        self._exact: dict[str, list[T]] = {}
        self._word_sets: list[tuple[frozenset[str], T]] = []
        self._as_typed: dict[str, str] = {}
        self._comparisons = 0

    def add(self, record: T, *names: str) -> None:
        for name in filter(name_key, names):
            records = self._exact.setdefault(name_key(name), [])
            if record not in records:
                records.append(record)
            self._word_sets.append((frozenset(words(name)), record))

    @property
    def listed(self) -> bool:
        return bool(self._exact)

    def exact(self, typed: str) -> list[T]:
        return self._exact.get(name_key(typed), [])

    def as_typed(self, typed: str) -> str:
        """The name on one line, in its first spelling: "wpd" and "WPD" are the same."""
        text = " ".join(typed.splitlines()).strip()
        return self._as_typed.setdefault(name_key(text) or text, text)

    def _containing(self, typed: str) -> list[T]:
        """The records with a name that contains all the words typed: "CHP Yreka" for "CHP"."""
        wanted = frozenset(words(typed))
        if all(len(word) == 1 for word in wanted):
            wanted = frozenset({name_key(typed)})
        if max(map(len, wanted), default=0) < 3 or self._spent(len(self._word_sets)):
            return []
        return list({id(record): record for own, record in self._word_sets if wanted <= own}.values())

    def unknown(self, typed: str, *, is_part: bool = False) -> CellFinding:
        """The finding for a name that is not listed: a similar name is suggested, never used."""
        about = f'"{quoted(typed)}": ' if is_part else ""
        this, did, no = ("this", "did", "no") if is_part else ("This", "Did", "No")
        containing = self._containing(typed)
        if self._is_private:
            if near := containing or [record for key in self._near(typed) for record in self._exact[key]]:
                return unclear_officer("ambiguous" if len(containing) > 1 else "did-you-mean", map(self._shown, near))
        elif len(containing) > 1:
            return CellFinding("ambiguous", f"{about}{this} could be {self._either(containing)}: say which.")
        elif near := containing or [self._exact[key][0] for key in self._near(typed)]:
            advice = f"{about}{did} you mean {self._either(near)}? Type it as the {self.tab} tab has it."
            return CellFinding("did-you-mean", advice)
        return CellFinding(
            "unknown-reference", f"{about}{no} {self.kind} of that name: correct it, or add it to the {self.tab} tab."
        )

    def unclear(self, typed: str, matches: Sequence[T], *, is_part: bool = False) -> Reading:
        """The finding for a name that several records have, or none."""
        if matches:
            return wrong("ambiguous", f"This could be {self._either(matches)}: say which.")
        return Reading(None, (self.unknown(typed, is_part=is_part),))

    def _either(self, records: Sequence[T]) -> str:
        """The names of the records: "Weed or Yreka"."""
        listed = [quoted(name) for name in dict.fromkeys(map(self._shown, records))]
        if len(listed) > 4:
            return f"{', '.join(listed[:3])} or {len(listed) - 3} others"
        return " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 2 else listed)

    def _near(self, typed: str) -> list[str]:
        wanted = name_key(typed)
        if len(wanted) < 3 or len(wanted) > 200 or self._spent(len(self._exact)):
            return []
        most = max(1, len(wanted) // 4)
        similar = process.extract(wanted, self._exact.keys(), scorer=OSA.distance, score_cutoff=most, limit=3)
        return [key for key, distance, _ in similar if distance == similar[0][1]]

    def _spent(self, comparisons: int) -> bool:
        self._comparisons += comparisons
        return self._comparisons > self._MOST_COMPARISONS


_UNCLEAR = {
    "ambiguous": "This could be several officers: type the Officer ID.",
    "did-you-mean": "No officer of that name: type it as the Officers tab has it, or the Officer ID.",
}
_MOST_CANDIDATES = 20


def unclear_officer(code: str, officers: Iterable[str]) -> CellFinding:
    """A finding whose advice everybody may read; the officers that the cell could mean are given by ID only."""
    return CellFinding(code, _UNCLEAR[code], candidates=tuple(dict.fromkeys(officers))[:_MOST_CANDIDATES])


def distinct_agencies(*agencies: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(agency for agency in agencies if agency))


class Towns:
    def __init__(self, towns: Sequence[Town]) -> None:
        self._names: Names[Town] = Names("town", "Towns", lambda town: town.name)
        for town in towns:
            self._names.add(town, town.name, *town.aliases)

    def read(self, cell: Cell) -> Reading:
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        if not self._names.listed:
            return Reading(self._names.as_typed(typed))
        matches = self._names.exact(typed)
        if len(matches) == 1:
            return Reading(matches[0].name)
        if not matches and len(text := plain(typed)) <= 100:
            text = _OF_A_STATE.sub("", text)
            of_city, city = r"^(?:the )?(?:city|town|village) of ", r" (?:city|town)(?: limits)?$"
            shorter = [text, *(re.sub(pattern, "", text, flags=re.I) for pattern in (of_city, city))]
            meant = list({town for name in shorter for town in self._names.exact(name)})
            if len(meant) == 1:
                return guess(meant[0].name, f"Read as {meant[0].name}: type the town as the Towns tab has it.")
        return self._names.unclear(typed, matches)


_AGENCY_LETTERS = re.compile(r"[A-Z]{0,4}(?:PD|SO|SD)|CHP(?:-[A-Z]{2,3})?")
"""Abbreviations that are agencies even where none are listed: WPD, SCSO, CHP-MS."""
_NO_RANK = r"(?!(?:chief|dep|deputy|ofc|officer|sgt|lt|capt|cpl|det|under|reserve|retired|mr|ms|mrs)\b)"
_PLACE = rf"(?:(?i:{_NO_RANK})[A-Z][\w.'-]*\.? ){{1,4}}"
_OFFICE = r"(?: ?-? ?(?:department|dept\.?|office|district))"
_NAMED_AGENCY = re.compile(
    rf"{_PLACE}(?:PD|P\.D\.|SO|SD|(?i:police{_OFFICE}?|sheriff'?s?{_OFFICE}|fire{_OFFICE}|probation{_OFFICE}))"
    rf"|{_PLACE}(?:County|Co\.?) (?i:sheriff'?s?)"
    r"|(?i:sheriff'?s? (?:office|dep(?:artmen)?t\.?)|(?:california )?highway patrol|cal ?fire)"
)
"""Agencies by their whole names, where none are listed: Weed PD, Placer Co. Sheriff."""
_AGENCY_WORD = re.compile(
    rf"(?:the )?(?:sheriff'?s?|police|fire|probation|ems|coroner|marshals?|rangers?|parks|forest service){_OFFICE}?",
    re.I,
)
"""Words that are an agency beside others, or with a number: "PD, Sheriff, CHP", "2 Sheriff"."""
_BEFORE_A_RANK = re.compile(
    rf"[A-Z]{{3,6}}(?:-[A-Z]{{1,3}})?|CHP [A-Z][\w. ]*|{_PLACE}(?i:sheriff'?s?|fire|probation|parks|rangers?)"
)
_NO_AGENCY = frozenset("OIC SRO CRO CSO PIO PAO FTO TBD TBA TBC LEO VIP EOC".split())
_AN_AGENCY = re.compile(
    r"\b(?:pd|so|sd|police|sheriff\S*|chp|patrol|marshals?|department|dept|fire|probation|ems|rangers?|coroner|parks"
    r"|district attorney|d\.?a\.?(?:'s)? office|public safety|forest service|rescue)\b"
    r"|\b(?:fish|parks?) (?:&|and) \w+"
    r"|(?-i:^[A-Z]{2,5}(?:-[A-Z]{1,3})?$|PD\b|SO\b)",
    re.I,
)
_OF_A_STATE = re.compile(
    r"(?:,? \(?(?:ca|calif|california)|, ?\(?(?-i:[A-Z]{2}))\b\.?\)?(?:,? [0-9]{5}(?:-[0-9]{4})?)?(?:,? usa?)?$", re.I
)
_FROM = re.compile(r"^(?:from|of|with) +", re.I)
NOT_APPLICABLE = re.compile(r"\bn ?/ ?a\b", re.I)
_SPLIT = re.compile(r"\bw/|[;\n/&,+]|\b(?:and|with|plus)\b|(?<= )y(?= )", re.I)
_ONE_NAME = re.compile(
    r"\b(?:fish|parks?|wildlife|game|forestry)(?: ?& ?| and )(?:wildlife|game|fish|rec(?:reation)?|parks?|fire)\b"
    r"|\b(?:health|human|social|mental|community)(?: [a-z]+)?(?: ?& ?| and )[a-z]+ (?:services?|agency|health)\b"
    r"|\b(?:search|fire|medical)(?: ?& ?| and )rescue\b|\b(?:sheriff'?s?)(?:[ -]?[&/][ -]?| and )coroner\b"
    r"|\b(?:customs|alcohol(?:, tobacco)?|boys|streets|water)(?: ?& ?| and )(?:border|tobacco|firearms|girls|power)\b",
    re.I,
)
"""Agencies with a word of `_SPLIT` in their names: Fish & Wildlife, Parks and Rec."""


def _split(typed: str) -> list[str]:
    whole = [match.span() for match in _ONE_NAME.finditer(typed)]
    parts: list[str] = []
    begin = 0
    for match in _SPLIT.finditer(typed):
        if not any(first < match.start() < last for first, last in whole):
            parts.append(typed[begin : match.start()])
            begin = match.end()
    parts.append(typed[begin:])
    if len(parts) == 1 and all(map(_AGENCY_LETTERS.fullmatch, typed.split())):
        parts = typed.split()  # "PD SO CHP"
    return list(dict.fromkeys(part for part in map(str.strip, parts) if part))


def listed_agencies(typed: str) -> list[str]:
    """The agencies of a cell such as "WPD and Sheriff"; one that is not surely several is whole: Starbucks & WPD."""
    parts = _split(typed)
    if ";" in typed:
        return list(dict.fromkeys(part for part in map(str.strip, typed.split(";")) if part))
    return parts if len(parts) > 1 and all(map(_AN_AGENCY.search, parts)) else [typed.strip()]


_LABELED = re.compile(
    r"^(?P<label>lead|host|hosted by|agency|with|partners?|assisting|supporting) ?: *(?P<agencies>.+)$", re.I | re.M
)


def labeled_agencies(cell: Cell) -> Cell:
    """The agencies of a text with lines such as "Lead: WPD" and "With: SCSO", the lead first."""
    found = list(_LABELED.finditer(cell)) if isinstance(cell, str) and len(cell) <= MAX_CELL else []
    found.sort(key=lambda match: match["label"].casefold()[0] in "wps" or match["label"].casefold() == "assisting")
    return ";".join(match["agencies"].strip() for match in found) if found else cell


class Agencies:
    def __init__(self, agencies: Sequence[Agency], spellings: Mapping[str, str] | None = None) -> None:
        """`spellings`: where no agencies are listed, each further spelling of one -> the one that is used."""
        self._names: Names[Agency] = Names("agency", "Agencies", lambda agency: agency.short)
        self._spellings = {name_key(typed): used for typed, used in (spellings or {}).items()}
        self._in_agency_columns: dict[str, str] = {}
        for agency in agencies:
            self._names.add(agency, agency.short, agency.name, *agency.aliases)

    @property
    def listed(self) -> bool:
        return self._names.listed

    def find(self, typed: str) -> str | None:
        """The short name if the text is one agency's exact name; without a list, one typed in an agency column."""
        if not self.listed:
            typed_before = self._in_agency_columns.get(name_key(typed))
            text = typed.strip()
            is_named = _AGENCY_LETTERS.fullmatch(text) or _NAMED_AGENCY.fullmatch(text)
            return typed_before or (self.as_typed(typed) if is_named else None)
        matches = self._names.exact(typed)
        return matches[0].short if len(matches) == 1 else None

    def all_named(self, typed: str) -> list[str]:
        """The agencies of a text that names nothing else, where none are listed; Sheriff alone may be a person."""
        parts = [] if self.listed else _split(typed)
        is_one = len(parts) == 1 and not (_ONE_NAME.fullmatch(typed.strip()) or self.is_agency_word(typed, alone=True))
        are_agencies = all(self.find(part) or self.is_agency_word(part) or _ONE_NAME.fullmatch(part) for part in parts)
        return list(map(self.as_typed, parts)) if are_agencies and not is_one else []

    def is_agency_word(self, typed: str, *, alone: bool = False) -> bool:
        """Whether a text is a word for an agency, where none are listed; `alone` without what may be a person."""
        is_word = not self.listed and _AGENCY_WORD.fullmatch(typed.strip()) is not None
        return is_word and not (alone and typed.strip().casefold() in ("sheriff", "marshal", "coroner", "ranger"))

    def reads_before_rank(self, typed: str) -> bool:
        """Whether a text before a rank is an agency, also by its shape: CHP, USFS, Redding Fire."""
        return self.find(typed) is not None or (
            typed not in _NO_AGENCY
            and any(pattern.fullmatch(typed) for pattern in (_AGENCY_LETTERS, _NAMED_AGENCY, _BEFORE_A_RANK))
        )

    def find_source(self, typed: str) -> str | None:
        """As `find`, also for "from WPD"."""
        return self.find(typed) or self.find(_FROM.sub("", typed))

    def as_typed(self, typed: str) -> str:
        return self._spellings.get(name_key(typed)) or self._names.as_typed(typed)

    def read(self, cell: Cell) -> Reading:
        """One agency's short name. Where none are listed, further ones of the cell are in `extra`."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return NOTHING
        if not self.listed and len(several := listed_agencies(typed)) > 1:
            first, *others = (self._agency(part).value for part in several)
            return Reading(first, extra=tuple(others))
        reading = self._agency(typed)
        if reading.failed and len(parts := _split(typed)) > 1 and all(map(self.find, parts)):
            return wrong("ambiguous", "Only one agency can be here: move the others to Partner agencies.")
        return reading

    def read_several(self, cell: Cell) -> Reading:
        """Distinct short names in the order typed; a part that is no agency is a finding."""
        typed = as_typed(cell) or ""
        if is_not_said(cell):
            return Reading(())
        if self.listed and not (whole := self._agency(typed)).failed:
            return Reading((whole.value,))
        # "n/a" is not split at its slash.
        parts = [part for part in _split(NOT_APPLICABLE.sub("none", typed)) if not is_not_said(part)]
        readings = [self._agency(part, is_part=len(parts) > 1) for part in parts]
        shorts = dict.fromkeys(reading.value for reading in readings if reading.value)
        return Reading(tuple(shorts), tuple(finding for reading in readings for finding in reading.findings))

    def _agency(self, typed: str, *, is_part: bool = False) -> Reading:
        if not self.listed:
            agency = self.as_typed(typed)
            self._in_agency_columns.setdefault(name_key(typed), agency)
            return Reading(agency)
        matches = self._names.exact(typed)
        if len(matches) == 1:
            return Reading(matches[0].short)
        return self._names.unclear(typed, matches, is_part=is_part)


class Venues:
    """The venues of the Venues tab. Venues in different towns may share an alias."""

    def __init__(self, venues: Sequence[Venue]) -> None:
        self._names: Names[Venue] = Names("venue", "Venues", lambda venue: venue.name)
        for venue in venues:
            self._names.add(venue, venue.name, *venue.aliases)

    def read(self, typed: str, town: str | None) -> Reading:
        """The `Venue` meant by a row in `town`; None without a finding where no venues are listed."""
        if not self._names.listed or is_not_said(typed):
            return NOTHING
        matches = self._names.exact(typed)
        here = [venue for venue in matches if venue.town == town] if town else []
        chosen = here or matches
        if len(chosen) != 1:
            return self._names.unclear(typed, chosen)
        venue = chosen[0]
        if town is None or venue.town == town:
            return Reading(venue)
        name, other, typed_town = quoted(venue.name), quoted(venue.town), quoted(town)
        advice = f"{name} is in {other}, but the row says {typed_town}: correct one of the two."
        return Reading(venue, (CellFinding("inconsistent", advice, "warning"),))


def _bare_id(event_id: str) -> str:
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", name_key(event_id))


class EventIds:
    """The IDs of the Events tab, typed and made."""

    def __init__(self) -> None:
        self._exact: dict[str, str] = {}
        self._loose: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._exact)

    def __contains__(self, typed: str) -> bool:
        return typed.strip().casefold() in self._exact

    def add(self, event_id: str) -> None:
        self._exact.setdefault(event_id, event_id)
        self._exact.setdefault(event_id.strip().casefold(), event_id)
        self._loose.clear()

    def read(self, cell: Cell) -> Reading:
        """The event's ID as the Events tab has it."""
        typed = as_typed(cell) or ""
        event_id = self._exact.get(typed) or self._exact.get(plain(typed).casefold())
        if event_id is not None:
            return Reading(event_id)
        if is_not_said(cell):
            return NOTHING
        if not self._loose:
            self._loose = {_bare_id(event_id): event_id for event_id in reversed(self._exact.values())}
        near = self._loose.get(_bare_id(typed))  # differs only in case, spaces, punctuation or leading zeros
        if near is not None:
            return wrong("did-you-mean", f"Did you mean {quoted(near)}? Copy the Event ID from the Events tab.")
        return wrong("unknown-reference", "No event has this ID: copy it from the Events tab.")


_POLICE = frozenset({"pd", "police", "policia"})
_SHERIFF = frozenset({"so", "sd", "sheriff", "sheriffs"})
_KINDS = {"pd": _POLICE, "so": _SHERIFF, "chp": frozenset({"chp", "highway"})}
_NO_PLACE = _POLICE | _SHERIFF | set("department office the of city town county agency division dept".split())
_LETTERS = re.compile(r"(?P<place>[A-Z]{1,4})(?P<kind>PD|SO|SD)")

Form = tuple[frozenset[str], str]
"""The words of the place, and the kind: "pd", "so", "chp" or none."""


def _form(typed: str) -> Form | None:
    """What a spelling says, in one form for all; None for an abbreviation of a place that is not spelled out."""
    if _LETTERS.fullmatch(typed.strip()):
        return None
    spelled = frozenset(words(typed))
    kind = next((kind for kind, own in _KINDS.items() if not own.isdisjoint(spelled)), None)
    if kind is None:
        return None
    return spelled - _NO_PLACE - ({"chp", "highway", "patrol", "california"} if kind == "chp" else set()), kind


def _initials(typed: str) -> set[str]:
    """The initials of a place, with County and without: "SC" and "S" for Siskiyou County."""
    short = "".join(word[0] for word in words(typed) if word not in _NO_PLACE).upper()
    return {short, f"{short}C"} if _SHERIFF.intersection(words(typed)) else {short}


def same_agencies(typed: Iterable[str], towns: Mapping[str, str]) -> Mapping[str, list[str]]:
    """First spelling -> all spellings of one agency, where it has several; in the order in which they were typed.

    `towns` has the town in which an agency leads most events. WPD is Weed PD if that is in Weed: one letter may stand
    for several towns.
    """
    spellings = list({name_key(text): text for text in reversed([text for text in typed if name_key(text)])}.values())
    spellings.reverse()
    groups: dict[Form, list[str]] = {}
    for text in spellings:
        if (form := _form(text)) is not None:
            groups.setdefault(form, []).append(text)
    initials = {form: set().union(*map(_initials, group)) for form, group in groups.items()}
    for text in spellings:
        if not (match := _LETTERS.fullmatch(text.strip())):
            continue
        fitting = [
            group
            for (place, kind), group in groups.items()
            if place
            and kind == ("pd" if match["kind"] == "PD" else "so")
            and match["place"] in initials[place, kind]
            and (kind == "so" or len(place) > 1 or place <= set(words(towns.get(text, ""))))
        ]
        if len(fitting) == 1:
            fitting[0].append(text)
    # "Sheriff" alone is the only sheriff there is.
    sheriffs = [form for form in groups if form[1] == "so" and form[0]]
    if (frozenset(), "so") in groups and len(sheriffs) == 1:
        groups[sheriffs[0]] += groups.pop((frozenset(), "so"))
    order = {text: number for number, text in enumerate(spellings)}
    several = [sorted(group, key=order.__getitem__) for group in groups.values() if len(group) > 1]
    return {group[0]: group for group in several}
