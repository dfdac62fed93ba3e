"""Small plans for tests: three agencies, four towns, a handful of invented officers, and a Tuesday to stand on."""

import datetime as dt
import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from cwac.analysis.attendance import HeldEvent, total
from cwac.analysis.periods import national_day
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
)
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from tests.sheet import county

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


def with_rows(*counts: int | Count | None, after: int = -3, **fields: Any) -> HeldEvent:
    """An event that took place, with a headcount row for each count (None: a blank row)."""
    rows = [counted("E", count) for count in counts]
    return HeldEvent(held(f"E{after}", after, **fields), total(rows) if rows else None)


def goes(officer: Officer, to: str, status: Any = "Confirmed", role: Any = None, **fields: Any) -> Assignment:
    times = {name: at(fields.pop(name)) for name in ("report_time", "release_time") if name in fields}
    row = fields.pop("row", 2)
    return Assignment(to, row, officer.id, officer.name, officer.agency, role=role, status=status, **times, **fields)


def asked(to: str, agency: str | None = None, role: Any = None) -> Assignment:
    return Assignment(to, 2, agency=agency, placeholder=True, role=role)


def plan(events: Any, rows: Any = (), **fields: Any) -> Snapshot:
    defaults: dict[str, Any] = {
        "events": tuple(events),
        "assignments": tuple(rows),
        "agencies": tuple(Agency(short, short) for short in ("WPD", "SCSO", "CHP-MS")),
        "officers": OFFICERS,
        "venues": (STARBUCKS, LIBRARY, COMMUNITY),
        "towns": (WEED, YREKA, SHASTA, ETNA),
    }
    as_of = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    return Snapshot("test", as_of, "America/Los_Angeles", ON, **defaults | fields)


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
            else int(text) if name in ("officers_needed", "row")
            else float(text) if name == "hours"
            else day(int(text)) if name.startswith("release_") and ":" not in text
            else text == "True" if name in ("bilingual_needed", "made_id", "registered")
            else text.zfill(5) if name.endswith("_time")
            else text
        )  # fmt: skip
    return fields


def typed_event(name, *words):
    options = [word for word in words if "=" in word]
    after = next((int(word) for word in words if word[0] in "+-" and "=" not in word), 20)
    times = next((word for word in words if "=" not in word and (":" in word or word == "?")), "9:00-10:00")
    start, _, end = times.replace("?", "").partition("-")
    return event(name, after, start.zfill(5) if start else None, end.zfill(5) if end else None, **_fields_of(options))


def typed_rows(who, officers, *words):
    fields = _fields_of([word for word in words if "=" in word])
    nobody = Officer(None, None, who[1:] or None) if who[0] == "?" else Officer(None, who.replace("_", " "), None)
    officer = officers.get(who, nobody)
    officer = replace(officer, agency=fields.pop("agency", officer.agency))
    fields = {"status": "Confirmed" if officer.id else "Assigned", "placeholder": officer.name is None} | fields
    return [goes(officer, name, **fields) for name in words if "=" not in name]


def typed_plan(events, rows="", options=""):
    """The snapshot and the rules of a line in the form of alerts.txt."""
    given = dict(option.split("=") for option in options.split())
    new = replace(NEW, languages=(given.pop("speaks"),)) if "speaks" in given else NEW
    since, until = (day(int(after)) if after else None for after in given.pop("active", ":").split(":"))
    new = replace(new, active_from=since, active_to=until)
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
    grids = (Tab(name.replace("_", " "), county.typed_rows(text)) for name, text in tabs.items())
    return read_workbook(county.book(*grids), ON)


# --- random plans, with everything that can be amiss in a few days -----------------------------------------------

EVENT_WORDS = (
    ("?", "8:00", "8:30-9:15", "9:00", "9:00-10:00", "9:15-11:00", "10:00-11:00", "11:00", "23:15"),
    ("town=-", "", "town=Yreka", "town=Etna", "venue=STARBUCKS", "venue=LIBRARY", "town=Mount_Shasta venue=COMMUNITY",
     "text=Grange_Hall", "town=Etna text=grange__hall", "text=grange_hall"),
    ("status=-", "status=Draft", "status=Tentative", "", "status=Completed", "status=Cancelled"),
    ("lead=-", "", "lead=SCSO", "lead=CHP-MS"),
    ("", "partners=WPD", "partners=SCSO", "partners=SCSO,CHP-MS"),
    ("", "needed=1", "needed=2", "needed=4"),
    ("", "bilingual=True"),
    ("", "", "", "made=True"),
    ("", "backup=the_church"),
)  # fmt: skip
ROW_WORDS = (
    ("", "role=Host", "role=Bilingual", "role=Supervisor", "role=Floor"),
    ("status=Requested", "status=Assigned", "", "", "status=Declined", "status=Pulled"),
    ("", "", "report=8:00", "report=8:30", "report=9:15", "report=23:15"),
    ("", "", "release=9:00", "release=10:00", "release=11:00"),
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Snapshot, dt.date]:
    """A plan and a day. Only a seed is drawn: a plain generator makes the plan, which is 20 times as fast."""
    generator = random.Random(draw(st.uuids()).int)
    some = generator.choice
    first = (some([ON, national_day(2026) - dt.timedelta(days=2), dt.date(2026, 11, 1)]) - ON).days
    names = [f"E{number}" for number in range(generator.randint(0, 7))]
    events, rows = [], []
    for name in names:
        after = first + some([-1, 0, 0, 1, 2, 2, 2, 3, 7, 8, 13, 14, 15, 16])
        due = f"due={first + some([-1, 0, 1])} {some(['', f'sent={first}'])}"
        events.append(" ".join([name, f"{after:+}", *map(some, EVENT_WORDS), due]))
    listed = some([True, True, True, False])
    unlisted = ["E._Typed", "e._typed"] + ["A._Sample", "B._Demo", "C._Example", "D._Dummy"] * (not listed)
    for _ in range(generator.randint(0, 14) if names else 0):
        who = some([*[some("SDEUNN") if listed else some(unlisted)] * 3, some(unlisted), some(["?", "?SCSO", "?WPD"])])
        agency = some(["", "", "", "agency=WPD", "agency=SCSO"]) if "_" in who else ""
        rows.append(" ".join([who, some(names), agency, *map(some, ROW_WORDS)]))
    options = [
        "" if listed else "officers=",
        some(["", "speaks=English", "speaks=Spanish"]),
        some(["", f"active={first}:", f"active={first + 3}:", f"active=:{first + 2}"]),
        some(["", f"unread={some(names)}:{some(['', 'WPD', 'SCSO', 'CHP-MS'])}"]) if names else "",
    ]
    starts = [first + generator.randint(-2, 15) for _ in range(generator.randint(0, 2))]
    options.append(f"off={','.join(f'OF-0{some([*range(1, 5), 9])}:{at}:{at + some([0, 1, 2])}' for at in starts)}")
    return typed_plan("; ".join(events), "; ".join(rows), " ".join(options))[0], day(first)
