"""The facts of one event for its documents, as JSON: the data contract of `docs/packet.md`; and its checklist.

A fact that the sheet lacks is null, and `missing` says which cell to fill.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from cwac import release
from cwac.addons import FormLink
from cwac.analysis.attendance import Total, count_words, total
from cwac.analysis.cells import cell_link, cell_of_count
from cwac.analysis.changes import Change
from cwac.analysis.events import DEFAULTS, NOT_GOING, assigned, directions, going, is_live, state_words
from cwac.analysis.hours import hours_words, ledger
from cwac.analysis.officers import lacking_roles
from cwac.analysis.periods import in_fire_season, working_days_before
from cwac.analysis.staffing import fill
from cwac.analysis.words import number
from cwac.date_words import clock, day_words, zone_words
from cwac.exports.event_pages import event_address, fits, guests_in, has_lasting_page
from cwac.exports.spanish import LANGUAGES, Language, day_in, reason_in, time_in
from cwac.exports.tables import values_of
from cwac.model import USUAL_TITLE, Agency, Assignment, Event, EventStatus, Snapshot
from cwac.settings import Rules

VERSION = 1
Phase = Literal["planned", "off", "held", "not closed"]
"""Whether the event is to come (drafts too), called off, held, or past without a word on whether it was held."""
CALLED_OFF: frozenset[EventStatus | None] = frozenset({"Cancelled", "Postponed"})
LATE_DAYS = 7
"""A change in this many days before an event is a late one."""
PUBLIC = ("version", "sample", "event", "when", "place", "moved_to", "moved_from", "agencies", "public_notes",
          "links")  # fmt: skip
"""The keys of the data that a public document is made from: no officer, resident, contact or internal note."""


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A fact that no cell has; `fact` is its path in the data, `row` None if `cell` is in the first free row."""

    fact: str
    name: str
    cell: str
    tab: str
    field: str
    row: int | None

    @property
    def words(self) -> str:
        return f"{self.name}: edit {self.cell}"


def packet_data(
    snapshot: Snapshot,
    event: Event,
    rules: Rules = DEFAULTS,
    today: dt.date | None = None,
    public_address: str | None = None,
    *,
    county: str = "",
    forms: Mapping[str, FormLink] | None = None,
    sample: bool = False,
    late: list[str] | None = None,
) -> dict[str, Any]:
    """All facts of the event that this snapshot has, without `missing`.

    `public_address` is that of `addons.public_address`, and `forms` are those of `addons.form_links`. `late` are the
    changes of the last days before the event, in words; None where no version of that time is kept.
    """
    on = today or snapshot.today
    whole, held = event, release.held_values(snapshot)
    event = release.without_held(event, held)
    rows = [row for row in snapshot.assignments_by_event.get(event.id, ()) if row.status not in NOT_GOING]
    turnout = total(snapshot.headcounts_by_event.get(event.id, ()))
    # Only events that strangers find have a page.
    address = public_address if has_lasting_page(whole, snapshot) else None
    page = None if address is None else event_address(address, event.id)
    listed = {agency.short: agency for agency in release.released_agencies(snapshot)}
    agencies = {short: listed.get(short, Agency(short, short)) for short in event.agencies}
    return {
        "version": VERSION,
        "sample": sample,
        "event": event_facts(event, on)
        | {"guests": _in_both(lambda language: guests_in(language, turnout) if _phase(event, on) == "held" else None)},
        "when": _when(event, snapshot.timezone),
        "place": _place(event),
        "moved_to": _moved_to(snapshot, event),
        "moved_from": _moved_from(snapshot, event),
        "agencies": [
            {"short": short, "name": agency.name, "color": agency.color, "lead": short == event.lead_agency}
            for short, agency in agencies.items()
        ],
        "public_notes": event.public_notes,
        "links": {"map": directions(replace(event, venue_text=None, town_text=None)), "page": page},
        "county": county or None,
        **form_facts(forms or {}),
        "press": [
            {"short": short, "name": agency.name, "boilerplate": agency.boilerplate, "contact": agency.press_contact}
            for short, agency in agencies.items()
        ],
        "release": {
            "ten_days": day_words(working_days_before(event.date, 10)),
            "five_days": day_words(working_days_before(event.date, 5)),
            "due": event.release_due and day_words(event.release_due),
            "sent": event.release_sent and day_words(event.release_sent),
            "funding": event.funding,
        },
        "site": _site(event, rows, rules),
        "people": [_person(row, event, snapshot) for row in rows],
        "open_positions": fill(snapshot, event).short,
        "internal_notes": event.internal_notes,
        "bilingual_needed": bool(event.bilingual_needed),
        "topics": _topics(snapshot, event, on),
        "results": _results(snapshot, event, turnout, rules) | {"late_days": LATE_DAYS, "late": late},
    }


def event_facts(event: Event, on: dt.date) -> dict[str, Any]:
    return {
        "id": event.id,
        "title": event.title,
        "usual_title": event.title == USUAL_TITLE,
        "status": event.status or "Tentative",
        "status_words": state_words(event),
        "sure": event.status in ("Confirmed", "Completed"),
        "past": event.date < on,
        "held_back": event.withheld,
        "phase": _phase(event, on),
        "reason": _in_both(lambda language: reason_in(language, event.cancel_reason)),
    }


def _in_both(make: Callable[[Language], str | None]) -> dict[Language, str | None]:
    return {language: make(language) for language in LANGUAGES}


def _phase(event: Event, on: dt.date) -> Phase:
    if event.status in CALLED_OFF:
        return "off"
    if event.status == "Completed" and event.date <= on:
        return "held"
    return "not closed" if event.date < on else "planned"


def _moved_to(snapshot: Snapshot, event: Event) -> dict[str, Any] | None:
    """When and where the event takes place instead, once that is sure; an event may move more than once."""
    passed = {event.id}
    while event.status in CALLED_OFF:
        later = next((each for each in snapshot.events_by_start if each.replaces == event.id), None)
        if later is None or later.id in passed:
            return None
        passed.add(later.id)
        event = later
    if len(passed) == 1 or event.status not in ("Confirmed", "Completed"):
        return None
    when = _when(event, snapshot.timezone)
    place = _place(release.without_held(event, release.held_values(snapshot)))
    return {name: when[name] for name in ("date", "day", "time", "end")} | {"place": place}


def _moved_from(snapshot: Snapshot, event: Event) -> dict[str, Any] | None:
    """The day of the event that this one replaces, if that one is called off, as it is said after an article."""
    earlier = snapshot.event_by_id.get(event.replaces or "")
    if earlier is None or earlier.status not in CALLED_OFF:
        return None
    day = _in_both(lambda language: day_in(language, earlier.date, after_article=True))
    return {"date": earlier.date.isoformat(), "day": day}


def _when(event: Event, zone: str) -> dict[str, Any]:
    return {
        "date": event.date.isoformat(),
        "day": _in_both(lambda language: day_in(language, event.date)),
        "time": _in_both(lambda language: time_in(language, event.start, event.end) if event.start else None),
        "end": clock(event.end) if event.end else None,
        "zone": zone_words(zone),
    }


def _place(event: Event) -> dict[str, Any]:
    """Only what the lists say: a venue that is typed but not listed may be anything."""
    venue = event.venue
    town = event.town or (venue and venue.town)
    return {"venue": venue and venue.name, "street": venue and venue.street, "town": town}


def form_facts(forms: Mapping[str, FormLink]) -> dict[str, Any]:
    """The links of forms whose codes phones can scan; residents' form in one language serves both."""
    known = {key: link._asdict() for key, link in forms.items() if fits(link.address)}
    english, spanish = known.get("feedback"), known.get("feedback_es")
    return {"door": known.get("door"), "feedback": {"en": english or spanish, "es": spanish or english}}


def _site(event: Event, rows: Sequence[Assignment], rules: Rules) -> dict[str, Any]:
    # As in `_person`, whoever has no time of their own comes when the event starts and leaves when it ends.
    report = min(filter(None, (row.report_time or event.start for row in rows)), default=event.start)
    release = max(filter(None, (row.release_time or event.end for row in rows)), default=event.end)
    venue = event.venue
    return {
        "report": clock(report) if report else None,
        "release": clock(release) if release else None,
        **values_of(venue, ("parking", "contact", "phone", "hours", "permission")),
        "phone": venue and venue.contact_phone,
        "shelter": bool(venue and venue.shelter_site),
        "backup": event.backup_venue,
        "fire_season": in_fire_season(event.date, rules),
    }


def _person(row: Assignment, event: Event, snapshot: Snapshot) -> dict[str, Any]:
    report, release = row.report_time or event.start, row.release_time or event.end
    officer = snapshot.officer_by_id.get(row.officer or "")
    return {
        "name": None if row.placeholder else row.name or "An officer",
        "agency": row.agency,
        "role": row.role,
        "report": clock(report) if report else None,
        "release": clock(release) if release else None,
        "status": "Open position" if row.placeholder else row.status,
        "supervisor": row.role == "Supervisor" or bool(officer and officer.supervisor),
    }


def _topics(snapshot: Snapshot, event: Event, on: dt.date) -> list[dict[str, Any]]:
    """What residents of the town raised at earlier events: category and state only."""
    first_later = min(on + dt.timedelta(days=1), event.date)
    earlier = {
        event_id
        for event_id, each in snapshot.event_by_id.items()
        if event.town and each.town == event.town and each.date < first_later
    }
    raised = (follow_up for follow_up in snapshot.follow_ups if follow_up.event_id in earlier)
    counts = Counter((follow_up.category or "Other", follow_up.status) for follow_up in raised)
    return [{"category": category, "state": state, "count": n} for (category, state), n in sorted(counts.items())]


def _results(snapshot: Snapshot, event: Event, turnout: Total, rules: Rules) -> dict[str, Any]:
    noted = {"youth": turnout.youth, "new_visitors": turnout.new_visitors, "conversations": turnout.conversations}
    book = ledger(snapshot, rules, [event])
    hours = book.total(book.of([event]))
    categories = (each.category or "Other" for each in snapshot.follow_ups_by_event.get(event.id, ()))
    return {
        "needed": event.officers_needed,
        "assigned": len(assigned(snapshot.assignments_by_event.get(event.id, ()))),
        "counts": {
            "guests": count_words(turnout) if turnout.best is not None else None,
            **{name: None if value is None else number(value) for name, value in noted.items()},
        },
        "hours": f"{hours_words(hours.total)} ({hours.words})" if hours.total is not None else hours.words,
        "changed": [
            {"name": name or "An officer", "agency": agency, "status": status, "for": instead}
            for _, name, agency, status, instead in dict.fromkeys(
                (row.person, row.name, row.agency, row.status, row.swapped_for)
                for row in snapshot.assignments_by_event.get(event.id, ())
                if row.status in NOT_GOING and not row.placeholder
            )
        ],
        "follow_ups": dict(sorted(Counter(categories).items())),
    }


def late_words(changes: Iterable[Change], event_id: str) -> list[str]:
    own = (change for change in changes if change.tab == "Events" and change.event_id == event_id)
    return [words for each in own for words in (["The event was entered"] if each.action == "new" else each.details)]


_OF_CALLED_OFF = ("place.", "agencies", "boilerplate.", "press.", "site.contact", "site.phone")


def missing_facts(snapshot: Snapshot, event: Event, today: dt.date | None = None) -> tuple[MissingFact, ...]:
    """What the documents lack; of an event called off only what its papers need, after its day its results too."""
    venue, row, is_over = event.venue, event.row, event.date < (today or snapshot.today)
    rows = [row for row in snapshot.assignments_by_event.get(event.id, ()) if row.status not in NOT_GOING]
    people = [row for row in rows if not row.placeholder]
    host_row = next((row.row for row in people if not row.in_events), None)
    has_host = any(row.role == "Host" for row in people)
    has_supervisor = not people or "Supervisor" not in lacking_roles(snapshot, event, going(rows))
    # Whether it is known, its name, and the tab, field and row (None: the first free one) of the cell to fill.
    facts: dict[str, tuple[object, str, str, str, int | None]] = {
        "when.time": (event.start, "start", "Events", "start", row),
        "when.end": (event.end or not event.start, "end", "Events", "end", row),
        "agencies": (event.agencies, "agency", "Events", "lead_agency", row),
        "place.venue": (venue, "venue, as the tab Venues lists it", "Events", "venue", row),
        "place.town": (venue or event.town, "town", "Events", "town", row),
    }
    if venue is not None:
        facts |= {
            "place.street": (venue.street, "address", "Venues", "street", venue.row),
            "site.parking": (venue.parking, "parking and where to report", "Venues", "parking", venue.row),
            "site.contact": (venue.contact, "contact at the venue", "Venues", "contact", venue.row),
            "site.phone": (venue.contact_phone, "work phone of the contact", "Venues", "contact_phone", venue.row),
        }
    facts |= {
        "site.backup": (event.backup_venue, "backup venue", "Events", "backup_venue", row),
        "people": (people, "officers", "Staffing", "officer", None),
        "people.host": (has_host or not people, "host (Role: Host)", "Staffing", "role", host_row),
        "people.supervisor": (has_supervisor, "supervisor", "Staffing", "officer", None),
        "release.due": (event.release_due, "day on which the release is due", "Events", "release_due", row),
    }
    agencies = {short: snapshot.agency_by_short.get(short) for short in event.agencies}
    for short, agency in agencies.items():
        typed, at = (agency.boilerplate, agency.row) if agency else (None, None)
        facts[f"boilerplate.{short}"] = typed, f"paragraph about {short}", "Agencies", "boilerplate", at
    lead = next(iter(agencies.values()), None)
    typed, at = (lead.press_contact, lead.row) if lead else (None, None)
    facts["press.contact"] = typed, "press contact", "Agencies", "press_contact", at
    if is_over:
        is_noted = event.officers_needed is not None
        facts["results.needed"] = is_noted, "officers needed", "Events", "officers_needed", row
    if is_over and is_live(event):
        is_counted = total(snapshot.headcounts_by_event.get(event.id, ())).best is not None
        facts["results.guests"] = is_counted, "guests", *cell_of_count(snapshot, event)
    return tuple(
        MissingFact(fact, name, cell_link(snapshot, tab, field, number)[0], tab, field, number)
        for fact, (known, name, tab, field, number) in facts.items()
        if not known and (event.status not in CALLED_OFF or fact.startswith(_OF_CALLED_OFF))
    )


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """One step in words. `tab`, `field` and `row` (None: the first free one) are the cell that says it is done."""

    done: bool
    words: str
    tab: str
    field: str
    row: int | None


def checklist(snapshot: Snapshot, event: Event, today: dt.date) -> tuple[ChecklistStep, ...]:
    """The steps of a live event; from its day on those that are done, and whether counts and follow-ups are in."""
    if not is_live(event):
        return ()
    venue, row = event.venue, event.row
    before: list[tuple[object, str, str, str, str, int | None]] = []
    if venue is not None:
        before.append((venue.permission, "Venue confirmed", "Venue not confirmed", "Venues", "permission", venue.row))
    before += [
        (event.release_sent, "Release sent", "Release not sent", "Events", "release_sent", row),
        (event.flyer_sent, "Flyer out", "Flyer not out", "Events", "flyer_sent", row),
        (event.host_briefed, "Host briefed", "Host not briefed", "Events", "host_briefed", row),
    ]
    coming, columns = event.date >= today and event.status != "Completed", snapshot.tab_columns
    steps = [step for step in before if step[4] in columns.get(step[3], {}) and (coming or step[0])]
    if event.date <= today:
        is_counted = total(snapshot.headcounts_by_event.get(event.id, ())).best is not None
        entered = snapshot.follow_ups_by_event.get(event.id)
        steps.append((is_counted, "Counts in", "Counts not in", *cell_of_count(snapshot, event)))
        steps.append((entered, "Follow-ups entered", "No follow-ups yet", "Follow-ups", "category", None))
    return tuple(
        ChecklistStep(bool(done), yes if done else no, tab, field, at) for done, yes, no, tab, field, at in steps
    )
