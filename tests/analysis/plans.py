"""Small plans for tests: three agencies, four towns, a handful of invented officers, and a Tuesday to stand on."""

import datetime as dt
import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from cwac.analysis.days import national_day
from cwac.model import (
    Agency,
    Assignment,
    Count,
    Event,
    Headcount,
    Officer,
    Snapshot,
    Tab,
    TimeOff,
    Town,
    UnreadPerson,
    Venue,
    Workbook,
)
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook

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


def held(name: str, after: int = -10, **fields: Any) -> Event:
    """An event that took place."""
    return event(name, after, status="Completed", **fields)


def exactly(guests: int) -> Count:
    return Count(str(guests), guests, guests, guests)


ABOUT = Count("~40", 40, 40, 40, True)
RANGE = Count("35-40", 35, 37.5, 40, True)
OPEN = Count("30+", 30, 30, None, True)


def counted(to: str, guests: int | Count | None = None, **noted: Any) -> Headcount:
    """A row of the Attendance tab; None guests are a blank cell."""
    return Headcount(to, 2, exactly(guests) if isinstance(guests, int) else guests, **noted)


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


# --- plans in words --------------------------------------------------------------------------------------------------

NEW = Officer("OF-09", "N. New", "WPD")
FIELDS = {"lead": "lead_agency", "partners": "partner_agencies", "needed": "officers_needed", "text": "venue_text",
          "backup": "backup_venue", "due": "release_due", "sent": "release_sent", "bilingual": "bilingual_needed",
          "report": "report_time", "release": "release_time", "made": "made_id"}  # fmt: skip


def _parts(cell):
    return [part.split() for part in cell.split(";") if part.strip()]


def _fields_of(words):
    """The fields that `name=value` sets, as the records have them."""
    fields = {}
    for name, _, text in (word.partition("=") for word in words):
        name, text = FIELDS.get(name, name), text.replace("_", " ")
        fields[name] = (
            None if text == "-"
            else globals()[text] if name == "venue"
            else tuple(text.split(",")) if name == "partner_agencies"
            else int(text) if name == "officers_needed"
            else float(text) if name == "hours"
            else day(int(text)) if name.startswith("release_") and ":" not in text
            else text == "True" if name in ("bilingual_needed", "made_id")
            else text.zfill(5) if name.endswith("_time")
            else text
        )  # fmt: skip
    return fields


def typed_event(name, *words):
    options = [word for word in words if "=" in word]
    after = next((int(word) for word in words if word[0] in "+-" and "=" not in word), 20)
    times = next((word for word in words if ":" in word and "=" not in word), "?" if "?" in words else "9:00-10:00")
    start, _, end = ("" if times == "?" else times).partition("-")
    return event(name, after, start.zfill(5) if start else None, end.zfill(5) if end else None, **_fields_of(options))


def typed_rows(who, officers, *words):
    fields = _fields_of([word for word in words if "=" in word])
    for name in [word for word in words if "=" not in word]:
        if who[0] == "?":
            yield asked(name, who[1:] or None, fields.get("role"))
        elif who in officers:
            officer = replace(officers[who], agency=fields.get("agency", officers[who].agency))
            yield goes(officer, name, **{name: value for name, value in fields.items() if name != "agency"})
        else:
            yield Assignment(name, 2, name=who.replace("_", " "), **fields)


def typed_plan(events, rows="", options=""):
    """The snapshot and the rules of a line in the form of alerts.txt."""
    given = dict(option.split("=") for option in options.split())
    new = replace(NEW, languages=(given.pop("speaks"),)) if "speaks" in given else NEW
    since, until = (int(after) if after else None for after in given.pop("active", ":").split(":"))
    new = replace(new, active_from=since and day(since), active_to=until and day(until))
    officers = {"S": SAMPLE, "D": DEMO, "E": EXAMPLE, "U": DUMMY, "N": new}
    off = [span.split(":") for span in given.pop("off", "").split(",") if span]
    unread = [name.partition(":") for name in given.pop("unread", "").split(",") if name]
    snapshot = plan(
        [typed_event(*words) for words in _parts(events)],
        [row for who, *words in _parts(rows) for row in typed_rows(who, officers, *words)],
        officers=tuple(officers[letter] for letter in given.pop("officers", "SDEUN")),
        time_off=tuple(TimeOff(who.replace("_", " "), day(int(a)), day(int(b))) for who, a, b in off),
        unread_people=tuple(UnreadPerson(name, agency or None) for name, _, agency in unread),
    )
    return snapshot, Rules(**{name: int(value) for name, value in given.items()})


def sheet(**tabs: str) -> Snapshot:
    """A workbook from rows of cells between bars."""
    grids = [
        Tab(name.replace("_", " "), [[cell.strip() or None for cell in line.split("|")] for line in text.splitlines()])
        for name, text in tabs.items()
    ]
    moment = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    return read_workbook(Workbook("odd", moment, "America/Los_Angeles", tuple(grids)), ON)


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
