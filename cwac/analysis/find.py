"""Find an officer, agency, town, venue or event by a few typed letters, among what a snapshot shows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cwac.analysis.events import among, is_coming, towns_named, where
from cwac.analysis.officers import everyone
from cwac.analysis.words import counted
from cwac.date_words import clock_range, day_words
from cwac.model import Event, Snapshot, grouped
from cwac.sheet.names import words

Kind = Literal["officer", "agency", "town", "venue", "event"]
KINDS: tuple[Kind, ...] = ("officer", "agency", "town", "venue", "event")
AT_MOST = 10
"""Matches shown."""
LONGEST = 60
"""Characters of what is typed that count."""
_LEAST = 2
"""Letters and digits before anything is looked for."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something found. `opens` and `key` say what to show for it: a venue opens an event there, or its town."""

    kind: Kind
    label: str
    detail: str
    opens: Literal["officer", "agency", "town", "event"]
    key: str


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """The matches of one kind that are shown, best first, and how many more there are."""

    kind: Kind
    matches: tuple[Match, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Index:
    """What can be found. `names` are (words of a name, match); `event_ids` are (ID without punctuation, ID)."""

    names: tuple[tuple[tuple[str, ...], Match], ...]
    event_ids: tuple[tuple[str, str], ...]


def index(snapshot: Snapshot, today: dt.date) -> Index:
    """The index of a snapshot that is restricted to what the viewer may see."""
    soonest_first = sorted(snapshot.events, key=lambda event: _order_by_day(event, today))
    matches: list[tuple[Match, Iterable[str]]] = [
        (
            Match("officer", officer.name, officer.agency or "agency not known", "officer", person),
            (officer.name, person, *officer.aliases),
        )
        for person, officer in everyone(snapshot).items()
        if not officer.stand_in
    ]
    for agency in snapshot.agencies:
        detail = agency.name if agency.name != agency.short else ""
        match = Match("agency", agency.short, detail, "agency", agency.short)
        matches.append((match, (agency.short, agency.name, *agency.aliases)))
    coming = Counter(event.town for event in snapshot.events if is_coming(event, today))
    aliases = {town.name: town.aliases for town in snapshot.towns}
    for name in sorted(towns_named(snapshot)):  # the towns that the calendar can show
        detail = f"{counted(coming[name], 'event')} to come" if name in coming else "no events to come"
        matches.append((Match("town", name, detail, "town", name), (name, *aliases.get(name, ()))))
    matches += _name_venues(soonest_first, snapshot)
    names = {(spelled, match): None for match, known_as in matches for name in known_as if (spelled := words(name))}
    ids = [event.id for event in soonest_first] + [event.id for event in snapshot.undated if event.id]
    return Index(tuple(names), tuple(("".join(words(event_id)), event_id) for event_id in ids))


def event_of(snapshot: Snapshot, person: str, today: dt.date) -> str | None:
    """The next event that names this person, else the last one; None if there is none."""
    ids = dict.fromkeys(row.event_id for row in snapshot.assignments if row.person == person)
    event = min(among(snapshot, ids), key=lambda event: _order_by_day(event, today), default=None)
    return event.id if event else None


def _order_by_day(event: Event, today: dt.date) -> tuple[bool, int]:
    """Sorts events to come first, soonest first, then past ones, latest first."""
    days = (event.date - today).days
    return days < 0, abs(days)


def _name_venues(soonest_first: Sequence[Event], snapshot: Snapshot) -> Iterator[tuple[Match, Iterable[str]]]:
    """Venues with their names: those with events open the next one there or else the last, others their town."""
    aliases = {(venue.name, venue.town): venue.aliases for venue in snapshot.venues}
    named: set[tuple[str, str]] = set()
    for event in soonest_first:
        name = event.venue.name if event.venue else event.venue_text
        town = (event.venue.town if event.venue else event.town) or ""
        if name and (name, town) not in named:
            named.add((name, town))
            detail = f"{town}{', ' if town else ''}{day_words(event.date, snapshot.today)}"
            yield Match("venue", name, detail, "event", event.id), (name, *aliases.get((name, town), ()))
    towns = towns_named(snapshot)
    for venue in snapshot.venues:
        if (venue.name, venue.town) not in named and venue.town in towns:
            match = Match("venue", venue.name, f"{venue.town}, no events yet", "town", venue.town)
            yield match, (venue.name, *venue.aliases)


def search(snapshot: Snapshot, index: Index, typed: str) -> tuple[MatchGroup, ...] | None:
    """The matches of what is typed, by kind, at most `AT_MOST` in all; None if too little is typed.

    Names that begin with it come before those that contain it. Only if there is neither, near misses count.
    """
    typed = typed[:LONGEST]
    if len("".join(words(typed))) < _LEAST:
        return None
    spellings = {words(typed), tuple(typed.casefold().split())}  # "co" is short for county, or the start of coffee
    candidates = _match_directly(index, spellings) or _match_nearly(index, words(typed))
    ranks = grouped((match, rank) for rank, match in candidates)
    ranked = sorted(ranks, key=lambda match: (min(ranks[match]), KINDS.index(_kind_of(match))))
    found = Counter(map(_kind_of, ranked))
    shown = grouped((_kind_of(match), _describe(snapshot, match)) for match in ranked[:AT_MOST])
    return tuple(MatchGroup(kind, tuple(of), found[kind] - len(of)) for kind in KINDS if (of := shown.get(kind)))


_Ranked = list[tuple[int, Match | str]]
"""(rank, match or event ID), lower ranks being better."""


def _kind_of(match: Match | str) -> Kind:
    return "event" if isinstance(match, str) else match.kind


def _match_directly(index: Index, spellings: Iterable[tuple[str, ...]]) -> _Ranked:
    ranked: _Ranked = []
    for spelled in spellings:
        key = "".join(spelled)
        ranked += [(rank, match) for name, match in index.names if (rank := _rank(name, spelled, key)) is not None]
        for event_key, event_id in index.event_ids:
            if event_key.startswith(key):
                ranked.append((0 if event_key == key else 1, event_id))
            elif len(key) > 2 and key in event_key:
                ranked.append((4, event_id))
    return ranked


def _rank(name: tuple[str, ...], typed: tuple[str, ...], key: str) -> int | None:
    """How well a name fits: the same, begins so, has words that begin so, contains it; else None."""
    if name == typed:
        return 0
    if "".join(name).startswith(key):
        return 1
    if all(any(word.startswith(part) for word in name) for part in typed):
        return 2
    return 3 if len(key) > 2 and key in "".join(name) else None


def _match_nearly(index: Index, typed: tuple[str, ...]) -> _Ranked:
    """Names in which every typed word has a word, or the beginning of one, that is a few letters off."""
    key = "".join(typed)
    ranked: _Ranked = []
    for name, match in index.names:
        off = _count_misspelled(key, "".join(name))
        if off is None:
            each = [min(filter(None, (_count_misspelled(part, word) for word in name)), default=None) for part in typed]
            off = sum(filter(None, each)) if None not in each else None
        if off is not None:
            ranked.append((off, match))
    if any(char.isdigit() for char in key) and (allowed := _allow_misspelled(key)):
        keys = [event_key for event_key, _ in index.event_ids]
        near = process.extract(key, keys, scorer=OSA.distance, score_cutoff=allowed, limit=AT_MOST)
        ranked += [(int(off), index.event_ids[at][1]) for _, off, at in near]
    return ranked


def _count_misspelled(typed: str, word: str) -> int | None:
    """How many letters (at least 1) are off, None if too many. A word that is typed in part is compared in part."""
    allowed = _allow_misspelled(typed)
    if not allowed or any(char.isdigit() for char in typed):  # another number is another person
        return 1 if typed == word else None
    off = min(OSA.distance(typed, part, score_cutoff=allowed) for part in {word, word[: len(typed)]})
    return max(off, 1) if off <= allowed else None


def _allow_misspelled(typed: str) -> int:
    return 0 if len(typed) < 4 else 1 if len(typed) < 6 else 2


def _describe(snapshot: Snapshot, match: Match | str) -> Match:
    if isinstance(match, Match):
        return match
    detail = "no date yet"
    if (event := snapshot.event_by_id.get(match)) is not None:
        when = f"{day_words(event.date, snapshot.today)}, {clock_range(event.start, event.end)}"
        detail = f"{when} · {where(event)}"
    return Match("event", match, detail, "event", match)
