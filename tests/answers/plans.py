"""Small plans for tests: three agencies, four towns, a handful of invented officers, and a Tuesday to stand on."""

import datetime as dt
from typing import Any

from cwac.model import Agency, Assignment, Event, Officer, Snapshot, Town, Venue

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


def event(name: str, after: int = 20, start: str | None = "09:00", end: str | None = "10:00", **given: Any) -> Event:
    """Confirmed and led by WPD in Weed, so many days after ON, unless said otherwise."""
    known: dict[str, Any] = {"town": "Weed", "lead_agency": "WPD", "status": "Confirmed", "row": 2} | given
    return Event(name, date=day(after), start=at(start), end=at(end), **known)


def goes(officer: Officer, to: str, status: Any = "Confirmed", role: Any = None, **given: Any) -> Assignment:
    times = {name: at(given.pop(name)) for name in ("report_time", "release_time") if name in given}
    return Assignment(to, 2, officer.id, officer.name, officer.agency, role=role, status=status, **times, **given)


def asked(to: str, agency: str | None = None, role: Any = None) -> Assignment:
    return Assignment(to, 2, agency=agency, placeholder=True, role=role)


def plan(events: Any, rows: Any = (), **given: Any) -> Snapshot:
    known: dict[str, Any] = {
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
        **known | given,
    )
