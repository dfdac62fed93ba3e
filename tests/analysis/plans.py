"""Small plans for tests: three agencies, four towns, a handful of invented officers, and a Tuesday to stand on."""

import dataclasses
import datetime as dt
import random
from typing import Any

from hypothesis import strategies as st

from cwac.analysis.alerts import alerts
from cwac.analysis.days import national_day
from cwac.model import Agency, Assignment, Event, Officer, Snapshot, TimeOff, Town, UnreadPerson, Venue
from cwac.settings import Rules

ON = dt.date(2026, 9, 1)

WEED = Town("Weed", latitude=41.4242, longitude=-122.3844)
YREKA = Town("Yreka", latitude=41.7350, longitude=-122.6340)
SHASTA = Town("Mount Shasta", latitude=41.3144, longitude=-122.3114)
ETNA = Town("Etna")  # nobody has typed its coordinates
STARBUCKS = Venue("Weed Starbucks", "Weed", latitude=41.4242, longitude=-122.3844)
LIBRARY = Venue("Weed Library", "Weed", latitude=41.4250, longitude=-122.3860)
COMMUNITY = Venue("Mount Shasta Community Center", "Mount Shasta", shelter_site=True)

SAMPLE = Officer("OF-01", "A. Sample", "WPD", can_host=True)
DEMO = Officer("OF-02", "B. Demo", "SCSO", languages=("Spanish",), supervisor=True)
EXAMPLE = Officer("OF-03", "C. Example", "CHP-MS")
DUMMY = Officer("OF-04", "D. Dummy", "WPD")
OFFICERS = (SAMPLE, DEMO, EXAMPLE, DUMMY)


def day(after: int) -> dt.date:
    return ON + dt.timedelta(days=after)


def at(text: str | None) -> dt.time | None:
    return None if text is None else dt.time.fromisoformat(text)


def event(name: str, after: int = 20, start: str | None = "09:00", end: str | None = "10:00", **fields: Any) -> Event:
    """An event in Weed, confirmed and led by WPD, `after` days after ON; fields override these."""
    defaults: dict[str, Any] = {"town": "Weed", "lead_agency": "WPD", "status": "Confirmed", "row": 2} | fields
    return Event(name, date=day(after), start=at(start), end=at(end), **defaults)


def goes(officer: Officer, to: str, status: Any = "Confirmed", role: Any = None, **fields: Any) -> Assignment:
    times = {name: at(fields.pop(name)) for name in ("report_time", "release_time") if name in fields}
    return Assignment(to, 2, officer.id, officer.name, officer.agency, role=role, status=status, **times, **fields)


def asked(to: str, agency: str | None = None, role: Any = None) -> Assignment:
    return Assignment(to, 2, agency=agency, placeholder=True, role=role)


def plan(events: Any, rows: Any = (), **fields: Any) -> Snapshot:
    defaults: dict[str, Any] = {
        "agencies": tuple(Agency(short, short) for short in ("WPD", "SCSO", "CHP-MS")),
        "officers": OFFICERS,
        "venues": (STARBUCKS, LIBRARY, COMMUNITY),
        "towns": (WEED, YREKA, SHASTA, ETNA),
    }
    return Snapshot(
        "test",
        dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        "America/Los_Angeles",
        ON,
        events=tuple(events),
        assignments=tuple(rows),
        **defaults | fields,
    )


# --- random plans, with everything that can be amiss in a few days -----------------------------------------------

TIMES = [dt.time(8), dt.time(8, 30), dt.time(9), dt.time(9, 15), dt.time(10), dt.time(11), dt.time(23, 15)]
PLACES = [
    {"town": None},
    {"town": "Weed"},
    {"town": "Yreka"},
    {"town": "Etna"},
    {"town": "Weed", "venue": STARBUCKS},
    {"town": "Weed", "venue": LIBRARY},
    {"town": "Mount Shasta", "venue": COMMUNITY},
    {"town": "Weed", "venue_text": "Grange Hall"},
    {"town": "Etna", "venue_text": "grange  hall"},
    {"town": "Weed", "venue_text": "grange hall"},
]
AGENCIES = ["WPD", "SCSO", "CHP-MS"]
NATIONAL = national_day(2026)


@st.composite
def plans(draw):
    """A plan and a day. Only a seed is drawn: a plain generator makes the plan, which is 20 times as fast."""
    generator = random.Random(draw(st.uuids()).int)
    size, number_of_rows = generator.randint(0, 7), generator.randint(0, 14)

    def some(*values):
        return generator.choice(values)

    first = some(ON, NATIONAL - dt.timedelta(days=2), dt.date(2026, 11, 1))
    names = [f"E{n}" for n in range(size)]
    events = []
    for name in names:
        start = some(None, *TIMES)
        later = [time for time in TIMES if start and time > start]
        offset = some(-1, 0, 0, 1, 2, 2, 2, 3, 7, 8, 13, 14, 15, 16)
        events.append(
            event(
                name,
                (first - ON).days + offset,
                start=start and start.isoformat(),
                end=some(None, *(time.isoformat() for time in later)),
                **some(*PLACES),
                status=some(None, "Draft", "Tentative", "Confirmed", "Completed", "Cancelled"),
                lead_agency=some(None, *AGENCIES),
                partner_agencies=tuple(generator.choices(AGENCIES, k=some(0, 1, 2))),
                officers_needed=some(None, 1, 2, 4),
                bilingual_needed=some(False, True),
                made_id=some(False, False, False, True),
                backup_venue=some(None, "the church"),
                release_due=first + dt.timedelta(days=some(-1, 0, 1)),
                release_sent=some(None, first),
            )
        )
    officers = tuple(
        Officer(
            f"OF-{n}",
            f"Officer {n}",
            AGENCIES[n % 3],
            languages=some((), ("English",), ("Spanish",)),
            supervisor=some(False, True),
            active_from=some(None, first, first + dt.timedelta(days=3)),
            active_to=some(None, first + dt.timedelta(days=2)),
        )
        for n in range(5)
    )
    listed = some(True, True, True, False)  # whether there is an Officers tab
    unread = (UnreadPerson(some(*names), some(None, *AGENCIES)),) if names and some(False, True) else ()
    rows = []
    for n in range(number_of_rows if names else 0):
        kind = some("officer", "officer", "officer", "name", "placeholder")
        officer = some(*officers)
        person = {
            "officer": {"officer": officer.id, "name": officer.name, "agency": officer.agency},
            "name": {"name": some("E. Typed", "e. typed"), "agency": None},
            "placeholder": {"placeholder": True, "agency": some(None, "SCSO", "WPD")},
        }[kind]
        if kind == "officer" and not listed:
            person = {"name": officer.name, "agency": some(None, None, None, officer.agency)}
        rows.append(
            Assignment(
                some(*names),
                n + 2,
                **person,
                role=some(None, "Host", "Bilingual", "Supervisor", "Floor"),
                status=some("Requested", "Assigned", "Confirmed", "Confirmed", "Declined", "Pulled"),
                report_time=some(None, None, *TIMES),
                release_time=some(None, None, *TIMES),
            )
        )
    off = []
    for _ in range(some(0, 1, 2)):
        start = first + dt.timedelta(days=generator.randint(-2, 15))
        off.append(TimeOff(f"OF-{some(*range(5))}", start, start + dt.timedelta(days=some(0, 1, 2))))
    listed_officers = officers if listed else ()
    return plan(events, rows, officers=listed_officers, time_off=tuple(off), unread_people=unread), first


@st.composite
def edits(draw):
    """A plan, what it is after some events and who goes there were typed anew, the IDs of these events, and a day."""
    before, first = draw(plans())
    other, _ = draw(plans())
    changed = draw(st.sets(st.sampled_from([f"E{n}" for n in range(7)]), max_size=3))
    after = dataclasses.replace(
        before,
        events=(
            *(event for event in before.events if event.id not in changed),
            *(event for event in other.events if event.id in changed),
        ),
        assignments=(
            *(row for row in before.assignments if row.event_id not in changed),
            *(row for row in other.assignments if row.event_id in changed),
        ),
        unread_people=(
            *(person for person in before.unread_people if person.event_id not in changed),
            *(person for person in other.unread_people if person.event_id in changed),
        ),
    )
    return before, after, changed, first


def alerts_of(code, events, rows=(), on=ON, rules=None, **fields):
    """The alerts of one code, without their words."""
    all_found = alerts(plan(events, rows, **fields), on, rules or Rules())
    return [
        (alert.severity, "+".join(alert.event_ids), alert.officer, alert.agency, alert.venue, alert.days_until)
        for alert in all_found
        if alert.code == code
    ]


def ids(code, events, rows=(), **fields):
    return [event[1] for event in alerts_of(code, events, rows, **fields)]
