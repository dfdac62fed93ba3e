"""Access: the viewer, the pages open to each kind of viewer, and `restrict`, through which every snapshot passes.

Restricted records are built from the fields that the table (`sheet/schema.py`) lets the viewer see, so a field of which
it says nothing is left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Literal, TypeVar, get_args, get_type_hints

from cwac import release
from cwac.analysis.alerts import conflicts, national_day_people
from cwac.analysis.changes import later_ids
from cwac.analysis.events import DEFAULTS, NOT_GOING, planned
from cwac.analysis.followups import responsible
from cwac.analysis.officers import speaks_another
from cwac.analysis.words import list_words
from cwac.model import Agency, Assignment, Conflict, Event, Officer, Problem, Snapshot, Undated, Venue
from cwac.settings import LOOPBACK, PERSON, Rules, Settings, host_of, lists_person
from cwac.sheet.columns import build
from cwac.sheet.headers import is_exact
from cwac.sheet.schema import Audience, Column, added_tabs, every_tab, seen_by

Kind = Literal["public", "liaison", "coordinator"]

PAGES: Mapping[str, frozenset[Kind]] = {
    "overview": frozenset({"public", "liaison", "coordinator"}),
    "calendar": frozenset({"public", "liaison", "coordinator"}),
    "my_shifts": frozenset({"liaison", "coordinator"}),
    "staffing": frozenset({"liaison", "coordinator"}),
    "attendance": frozenset({"public", "liaison", "coordinator"}),
    "follow_ups": frozenset({"liaison", "coordinator"}),
    "changes": frozenset({"liaison", "coordinator"}),
    "sheet_health": frozenset({"liaison", "coordinator"}),
    "reports": frozenset({"liaison", "coordinator"}),
}
"""Page (file name) -> the kinds of viewer it is open to. A page that is not listed is open to nobody."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who looks at the dashboard. `agencies` are short names; `email` is None unless signed in."""

    kind: Kind = "public"
    agencies: tuple[str, ...] = ()
    email: str | None = None


PUBLIC = Viewer()
COORDINATOR = Viewer("coordinator")


# --- identity ---------------------------------------------------------------------------------------------------


def viewer_of(claims: Mapping[str, object], settings: Settings, agencies: Iterable[Agency]) -> Viewer:
    """The viewer for a signed-in person's claims; anybody not listed in the settings is `public`.

    Only an address that the provider has verified counts. A liaison's agency comes from the sheet, but permission to
    enter never does.
    """
    email = _address(claims.get("email"))
    if email is None or not _is_verified(claims):
        return PUBLIC
    is_coordinator = lists_person(email, settings.coordinators)
    if not is_coordinator and not lists_person(email, settings.viewers):
        return Viewer("public", (), email)
    return Viewer("coordinator" if is_coordinator else "liaison", agencies_of(email, agencies), email)


def why_unusable(claims: Mapping[str, object]) -> Literal["unusual-address", "unverified"] | None:
    """Why a signed-in person's address is not accepted; None if it is."""
    if _address(claims.get("email")) is None:
        return "unusual-address"
    return None if _is_verified(claims) else "unverified"


def as_claimed(claims: Mapping[str, object]) -> str:
    """An address that is not accepted, for the audit: in ASCII, and marked with words that no address contains."""
    return f"{ascii(str(claims.get('email')))[1:-1][:200]} (as claimed, not verified)"


def signed_in_lately(claims: Mapping[str, object], settings: Settings, now: dt.datetime) -> bool:
    """Whether the sign-in is recent enough that the person has hardly left their agency since. `now` is aware.

    The cookie itself lasts a month; `iat` is the time of the sign-in.
    """
    issued_at = claims.get("iat")
    if claims.get("is_logged_in") is not True or isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        return False
    return bool(now.timestamp() - issued_at < settings.sign_in_days * 86_400)


def agencies_of(email: str, agencies: Iterable[Agency]) -> tuple[str, ...]:
    """The agencies whose Email lists this address; if there are none, those that list its domain."""
    listed = [(agency.short, [entry.lower().removeprefix("@") for entry in agency.emails]) for agency in agencies]
    by_address = tuple(short for short, emails in listed if email in emails)
    domain = email.rpartition("@")[2]
    return by_address or tuple(short for short, emails in listed if domain in emails)


ENTRA = "https://login.microsoftonline.com/"


def _is_verified(claims: Mapping[str, object]) -> bool:
    """Whether the provider has verified the address.

    Microsoft Entra never sends `email_verified`. On request, its `xms_edov` says whether the domain's owner has been
    verified; without it, people of other organizations could put any address into their profile.
    """
    if "email_verified" in claims:
        return claims["email_verified"] in (True, "true")
    return str(claims.get("iss")).startswith(ENTRA) and claims.get("xms_edov") in (True, "true", "1")


def _address(value: object) -> str | None:
    """The email address in lower case; None if it is not plainly an address.

    ASCII only: `casefold()` turns "boß" into "boss", and `lower()` turns the Kelvin sign into a plain k.
    """
    return value.lower() if isinstance(value, str) and PERSON.fullmatch(value) and value[0] != "@" else None


def may_enter(viewer: Viewer, settings: Settings) -> bool:
    """Whether this viewer may see anything at all: strangers only if the setting `public` allows it."""
    return viewer.kind != "public" or settings.public or settings.sample


def may_open(viewer: Viewer, page: str) -> bool:
    return viewer.kind in PAGES.get(page, frozenset())


def is_from_this_machine(listening_on: str | None, host: str | None, forwarded: bool) -> bool:
    """Whether a request can only come from this machine: both the listening address and the Host header are loopback.

    The latter keeps out a page elsewhere whose own host name points to 127.0.0.1 (DNS rebinding), and a proxy.
    """
    names = (listening_on, host)
    return not forwarded and all(name in LOOPBACK or host_of(f"http://{name or ''}") in LOOPBACK for name in names)


def ip_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address without its zone, as IPv4 where a dual-stack socket names one as IPv6; None if it is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip


def is_loopback_address(address: str) -> bool:
    return (ip := ip_of(address)) is not None and ip.is_loopback


# --- restricting a snapshot ---------------------------------------------------------------------------------------


def restrict(snapshot: Snapshot, viewer: Viewer, rules: Rules = DEFAULTS) -> Snapshot:
    """The part of the snapshot that this viewer may see; everything that they are shown is computed from it alone.

    Each kind of viewer gets a `content_hash` of its own, so cached answers never reach another kind.
    """
    if viewer.kind == "coordinator":
        return snapshot
    if viewer.kind == "liaison":
        return _for_liaison(snapshot, viewer, shared_with(snapshot, viewer.agencies), rules)
    public = tuple(release.released_events(snapshot))
    venues, towns = release.released_places(snapshot)
    shown = {event.id for event in public}
    # An event may replace a draft, which strangers must not know of.
    events = (event if event.replaces in shown else replace(event, replaces=None) for event in public)
    return replace(
        bare(snapshot),
        content_hash=_hash_for(snapshot, viewer),
        events=as_seen(events, "public"),
        headcounts=as_seen((row for row in snapshot.headcounts if row.event_id in shown), "public"),
        agencies=as_seen(release.released_agencies(snapshot), "public"),
        venues=as_seen(venues, "public"),
        towns=as_seen(towns, "public"),
    )


def restrict_both(
    before: Snapshot, after: Snapshot, viewer: Viewer, rules: Rules = DEFAULTS
) -> tuple[Snapshot, Snapshot]:
    """Two versions for comparing: at an event in both, a liaison sees names only if it is shared in both.

    Otherwise a partner agency added to an event would read as people who came or went.
    """
    if viewer.kind != "liaison":
        return restrict(before, viewer, rules), restrict(after, viewer, rules)
    shared_before, shared_after = (shared_with(version, viewer.agencies) for version in (before, after))
    later = later_ids(before, after)
    earlier = {new: old for old, new in later.items()}
    unshared_before = before.event_by_id.keys() - shared_before
    unshared_after = after.event_by_id.keys() - shared_after
    only_before = {event_id for event_id in shared_before if later.get(event_id, event_id) in unshared_after}
    only_after = {event_id for event_id in shared_after if earlier.get(event_id, event_id) in unshared_before}
    return (
        _for_liaison(before, viewer, shared_before - only_before, rules),
        _for_liaison(after, viewer, shared_after - only_after, rules),
    )


def _hash_for(snapshot: Snapshot, viewer: Viewer) -> str:
    return hashlib.sha256(repr((snapshot.content_hash, viewer.kind, sorted(viewer.agencies))).encode()).hexdigest()


def bare(snapshot: Snapshot) -> Snapshot:
    """A snapshot with the same day and time zone, but without records."""
    return Snapshot(source="", as_of=snapshot.as_of, timezone=snapshot.timezone, today=snapshot.today)


_Record = TypeVar("_Record")
_NEEDED: Mapping[str, object] = {"row": 0, "raw": ""}
"""Values for required fields that are withheld."""


def as_seen(
    records: Iterable[_Record], audience: Audience, is_own: Callable[[_Record], bool] = lambda _: False
) -> tuple[_Record, ...]:
    """Copies of records, all of one type, as this audience sees them; those that are `is_own` as "own agency" does.

    Records inside them are copied likewise.
    """
    originals = tuple(records)
    if not originals:
        return ()
    kind: type = type(originals[0])
    if all(len(seen_by(each, audience)) == len(fields(each)) for each in (kind, *nested(kind))):
        return originals  # nothing is withheld
    return tuple([_copy_of(record, "own agency" if is_own(record) else audience) for record in originals])


@cache
def nested(kind: type) -> tuple[type, ...]:
    """The record types that a record of this type can contain, at any depth."""
    types: dict[type, None] = {}
    for hint in get_type_hints(kind).values():
        for part in (hint, *get_args(hint)):
            if is_dataclass(part) and isinstance(part, type):
                types |= dict.fromkeys((part, *nested(part)))
    return tuple(types)


def _copy_of(record: _Record, audience: Audience) -> _Record:
    """A new record with only what this audience sees. A venue is no agency's: its "own agency" has nobody."""
    kind: type = type(record)
    values = {name: value for name, value in _NEEDED.items() if hasattr(record, name)}
    for name in seen_by(kind, "agencies" if kind is Venue and audience == "own agency" else audience):
        value = getattr(record, name)
        values[name] = _copy_of(value, audience) if type(value) in nested(kind) else value
    return kind(**values)  # type: ignore[no-any-return]


def _for_liaison(snapshot: Snapshot, viewer: Viewer, shared: Collection[str], rules: Rules) -> Snapshot:
    own, events = frozenset(viewer.agencies), snapshot.event_by_id
    named = [row.event_id in shared or row.agency in own for row in snapshot.assignments]
    assignments, stand_ins = _staffing(_with_conflicts(snapshot, named, rules), named)
    ours = {officer.id for officer in snapshot.officers if officer.agency in own}
    named_officers = {row.officer for row, is_named in zip(assignments, named, strict=True) if is_named}
    officers = [officer for officer in snapshot.officers if officer.agency in own or officer.id in named_officers]
    return replace(
        bare(snapshot),
        source=snapshot.source,
        url=snapshot.url,
        web_url=snapshot.web_url,
        content_hash=_hash_for(snapshot, viewer),
        events=as_seen(snapshot.events, "agencies", lambda event: event.id in shared),
        undated=as_seen(snapshot.undated, "agencies", lambda event: _names_any(event, own)),
        assignments=assignments,
        unread_people=as_seen(
            snapshot.unread_people, "agencies", lambda row: row.event_id in shared or row.agency in own
        ),
        headcounts=as_seen(snapshot.headcounts, "agencies", lambda row: row.event_id in shared),
        agencies=as_seen(snapshot.agencies, "agencies", lambda agency: agency.short in own),
        officers=as_seen(officers, "own agency") + stand_ins,
        time_off=as_seen((days for days in snapshot.time_off if days.officer in ours), "own agency"),
        venues=as_seen(snapshot.venues, "agencies"),
        towns=as_seen(snapshot.towns, "agencies"),
        coverage=as_seen(snapshot.coverage, "agencies", lambda row: row.agency in own),
        follow_ups=as_seen(
            snapshot.follow_ups, "agencies", lambda row: responsible(row, events.get(row.event_id)) in own
        ),
        added=_added(snapshot, own, shared),
        problems=_problems(snapshot, own, shared, {officer.id for officer in officers}),
        accounting=snapshot.accounting,
        tab_ids=snapshot.tab_ids,
        tab_columns=snapshot.tab_columns,
        free_rows=snapshot.free_rows,
        event_tabs=snapshot.event_tabs,
        reading=tuple(replace(table, columns=as_seen(table.columns, "agencies")) for table in snapshot.reading),
        national_day_people=national_day_people(snapshot, snapshot.today),
        held_back=tuple(replace(held, cell=None, why="") for held in snapshot.held_back),
    )


def shared_with(snapshot: Snapshot, agencies: tuple[str, ...]) -> frozenset[str]:
    """The IDs of the events in which these agencies take part; at these a liaison sees names."""
    own = frozenset(agencies)
    naming = (event.id for event in snapshot.events if _names_any(event, own))
    return frozenset(naming).union(row.event_id for row in snapshot.assignments if row.agency in own)


def sees_names(viewer: Viewer, snapshot: Snapshot, event_id: str) -> bool:
    """Whether this viewer sees names at that event; the snapshot may be restricted or not."""
    if viewer.kind != "liaison":
        return viewer.kind == "coordinator"
    own = frozenset(viewer.agencies)
    rows = snapshot.assignments_by_event.get(event_id, ())
    return _names_any(snapshot.event_by_id.get(event_id), own) or any(row.agency in own for row in rows)


def _with_conflicts(snapshot: Snapshot, named: Sequence[bool], rules: Rules) -> Snapshot:
    """The snapshot with `Assignment.conflict` set where a duty shown by name conflicts with one that is not.

    `named` says for each assignment whether the viewer sees its name.
    """
    coming = {event.id for event in planned(snapshot, snapshot.today)}
    pairs = zip(snapshot.assignments, named, strict=True)
    duties = [(row.event_id, row.person, is_named) for row, is_named in pairs if row.event_id in coming]
    shown = {(event_id, person) for event_id, person, is_named in duties if is_named}
    hidden = {person for _, person, is_named in duties if not is_named}
    people = {person for _, person in shown if person is not None and person in hidden}
    by_duty = conflicts(snapshot, snapshot.today, people, rules) if people else {}
    found: dict[tuple[str, str | None], Conflict] = {}
    for duty in by_duty.keys() & shown:
        for conflict, event_ids in by_duty[duty]:
            if any((event_id, duty[1]) not in shown for event_id in event_ids):
                found.setdefault(duty, conflict)
    events = {event_id for event_id, _ in found}
    assignments = (
        replace(row, conflict=found.get((row.event_id, row.person)))
        if row.event_id in events and row.status not in NOT_GOING
        else row
        for row in snapshot.assignments
    )
    return replace(snapshot, assignments=tuple(assignments))


def _staffing(snapshot: Snapshot, named: Sequence[bool]) -> tuple[tuple[Assignment, ...], tuple[Officer, ...]]:
    """Every assignment, nameless where it is not `named`, and a stand-in officer for each person made nameless.

    A stand-in belongs to one event only, so that nobody can be followed from one event to the next. It keeps what gaps
    depend on: the agency, whether a second language is spoken, and whether it is a supervisor.
    """
    hidden = [row for row, is_named in zip(snapshot.assignments, named, strict=True) if not is_named]
    bilingual = {officer.id for officer in snapshot.officers if speaks_another(officer)}
    stand_ins: dict[tuple[str, str | None], str] = {}
    firsts: list[Assignment] = []
    numbers: Counter[str] = Counter()
    duties = [(row.event_id, row.person) for row in hidden]
    for duty, row in zip(duties, hidden, strict=True):
        if duty[1] is not None and duty not in stand_ins:
            numbers[row.event_id] += 1
            stand_ins[duty] = f"{row.event_id}#{numbers[row.event_id]}"
            firsts.append(row)
    supervisors = {officer.id: officer.supervisor for officer in snapshot.officers}
    officers = build(
        Officer,
        range(len(firsts)),
        {},
        id=list(stand_ins.values()),
        name=[f"{row.agency} officer" if row.agency else "An officer" for row in firsts],
        agency=[row.agency or "" for row in firsts],
        languages=[("another",) if row.officer in bilingual else () for row in firsts],
        supervisor=[supervisors.get(row.officer or "") for row in firsts],
        stand_in=[True] * len(firsts),
    )
    names: dict[object, str] = {officer.id: officer.name for officer in officers}
    columns: dict[str, list[object]] = {}
    for name in seen_by(Assignment, "agencies"):
        columns[name] = list(map(attrgetter(name), hidden))
    columns["officer"] = [stand_ins.get(duty) for duty in duties]
    columns["name"] = [names.get(officer) for officer in columns["officer"]]
    nameless = iter(build(Assignment, range(len(hidden)), {}, **columns))
    allowed = zip(as_seen(snapshot.assignments, "own agency"), named, strict=True)
    return tuple([row if is_named else next(nameless) for row, is_named in allowed]), tuple(officers)


def _added(snapshot: Snapshot, own: frozenset[str], shared: Collection[str]) -> tuple[object, ...]:
    """The records of the tabs of add-ons, of each what its add-on says that a liaison sees."""
    kinds = {kind: tabs.audience_of for tabs in added_tabs() for spec in tabs.specs for kind in spec.records}
    seen = ((record, kinds[type(record)](record, own, shared)) for record in snapshot.added)
    return tuple(_copy_of(record, audience) for record, audience in seen if audience is not None)


# --- the sheet's problems ---------------------------------------------------------------------------------------


@cache
def _column_of(tab: str | None, field: str | None) -> Column | None:
    """The column that a problem is about; None if it is about a whole row, a header or a tab."""
    spec = next((spec for spec in every_tab() if spec.name == tab), None)
    return spec.column(field) if spec and field else None


NOT_QUOTED = (
    "This cannot be used as it is. It may name somebody of another agency, so it is not quoted here: see the sheet."
)


def concerning(problems: Iterable[Problem], agencies: Collection[str]) -> tuple[Problem, ...]:
    """The problems that one of these agencies must act on, and those that are everybody's."""
    own = frozenset(agencies)
    return tuple([problem for problem in problems if not problem.agencies or not own.isdisjoint(problem.agencies)])


def advice(problem: Problem, snapshot: Snapshot) -> str:
    """What to do about a problem. Of the officers that the cell could mean it names those in the snapshot."""
    candidates = [snapshot.officer_by_id.get(officer_id) for officer_id in problem.candidates]
    names = [f"{officer.name} ({officer.id})" for officer in candidates if officer and not officer.stand_in]
    if not names:
        return problem.advice
    more = [f"{len(names) - 3} others"] if len(names) > 4 else names[3:]
    return f"{problem.advice} Did you mean {list_words(names[:3] + more, 4, 'or')}?"


def _problems(
    snapshot: Snapshot, own: frozenset[str], shared: Collection[str], officers: Collection[str]
) -> tuple[Problem, ...]:
    """The problems of a liaison's own rows, and everybody's, without names and text of other agencies' people.

    Headers and cells of columns and tabs that are not read may hold anything: their problems are for coordinators.
    """
    undated = {event.id for event in snapshot.undated if _names_any(event, own)}

    def may_quote(problem: Problem, column: Column) -> bool:
        if column.audience == "coordinators":
            return False
        if problem.found is None:
            return True
        if column.names_people:
            # Names are shown at shared events, and a row of the viewer's own agencies names nobody else.
            is_shared = problem.event_id in shared or problem.event_id in undated
            return is_shared or bool(problem.agencies and own.issuperset(problem.agencies))
        return bool(problem.agencies) or column.quoted

    shown: list[Problem] = []
    for problem in concerning(snapshot.problems, own):
        column = _column_of(problem.kind, problem.field_name)
        if column is None and (problem.found or problem.cell):
            continue  # it is about something that is not read
        if problem.unquoted is not None:
            problem = replace(problem, advice=problem.unquoted, found=None, unquoted=None)
        if column is not None:
            problem = _without_own_header(problem, column)
            if not may_quote(problem, column):
                problem = replace(problem, found=None, advice=NOT_QUOTED, candidates=())
        if problem.candidates:
            candidates = tuple(officer_id for officer_id in problem.candidates if officer_id in officers)
            problem = replace(problem, candidates=candidates)
        shown.append(problem)
    return tuple(shown)


def _without_own_header(problem: Problem, column: Column) -> Problem:
    """The problem under the contract's header, where the header as typed, which may be a name, is none of its names."""
    typed = problem.column
    if typed is None or is_exact(typed, column.header, (*column.aliases, *column.spanish)):
        return problem
    return replace(problem, column=column.header, found=None if problem.found == typed else problem.found)


def _names_any(event: Event | Undated | None, own: frozenset[str]) -> bool:
    return event is not None and (event.lead_agency in own or not own.isdisjoint(event.partner_agencies))
