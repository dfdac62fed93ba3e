"""A county's sheet of any size for the benchmarks: ten tabs, two staffing rows and one headcount an event.

People repeat themselves (30 towns, 60 venues, a few hundred officers, some way of writing each) and err in one row of
two hundred. The same size always gives the same sheet.
"""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

from cwac.model import Cell, Tab, Workbook
from tests.fixed_clock import TODAY

AS_OF = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
ZONE = "America/Los_Angeles"
DAYS_BACK, DAYS_AHEAD = 730, 91

EPOCH = dt.date(1899, 12, 30)
AGENCIES = {
    "CHP-MS": "California Highway Patrol Mount Shasta",
    "CHP-YR": "California Highway Patrol Yreka",
    "SCSO": "Siskiyou County Sheriff's Office",
    "YPD": "Yreka Police Department",
    "WPD": "Weed Police Department",
    "MSPD": "Mount Shasta Police Department",
    "EPD": "Etna Police Department",
}
TOWNS = (
    "Yreka", "Weed", "Mount Shasta", "Dunsmuir", "Etna", "Fort Jones", "Montague", "Dorris", "Tulelake", "McCloud",
    "Happy Camp", "Hornbrook", "Grenada", "Gazelle", "Callahan", "Greenview", "Seiad Valley", "Klamath River",
    "Macdoel", "Edgewood", "Big Springs", "Lake Shastina", "Carrick", "Hilt", "Forks of Salmon", "Sawyers Bar",
    "Cecilville", "Somes Bar", "Mugginsville", "Hamburg",
)  # fmt: skip
ROLES = ("Host", "Greeter", "Floor", "PIO", "Bilingual", "Supervisor")
_PLACES = ("Coffee House", "Grange Hall")


FORMATS = dict.fromkeys(("Date", "From", "To", "Due", "Entered on"), "m/d/yyyy") | dict.fromkeys(
    ("Start", "End"), "h:mm AM/PM"
)
Row = list[Cell]


def workbook(events: int, crew: int = 2) -> Workbook:
    """A sheet of that many events, with cells as Google's `UNFORMATTED_VALUE` and `SERIAL_NUMBER` give them.

    The plan runs from two years before today to three months after; `crew` is how many are down for each event.
    """
    draw = random.Random(events)
    first = (TODAY - dt.timedelta(days=DAYS_BACK) - EPOCH).days
    shorts = list(AGENCIES)
    officers = range(_officers(events))
    tabs: dict[str, tuple[str, Iterator[Row]]] = {
        "Events": (
            "Event ID, Date, Start, End, Title, Town, Venue, Lead agency, Partner agencies, Status, Officers needed, "
            "Bilingual needed, Public notes, Internal notes",
            _events(events, first, draw),
        ),
        "Staffing": ("Event ID, Officer, Role, Report time, Status, Pay type, Hours", _staffing(events, crew, draw)),
        "Attendance": (
            "Event ID, Guests, Count method, Youth, New visitors, Conversations, Cups served, Media present, Weather, "
            "Entered on",
            _attendance(events, first, draw),
        ),
        "Agencies": (
            "Agency, Name, Type, E-mail",
            ([short, name, "City", domain(short)] for short, name in AGENCIES.items()),
        ),
        "Officers": ("Officer ID, Name, Agency, Languages, Can host, Supervisor", map(_officer_row, officers)),
        "Time off": ("Officer, From, To", ([f"OF-{n:03}", first + n, first + n + 4] for n in officers[::3])),
        "Venues": (
            "Venue, Aliases, Town, Latitude, Longitude",
            ([f"{town} {place}", place, town, *_at(n)] for n, town in enumerate(TOWNS) for place in _PLACES),
        ),
        "Towns": (
            "Town, Population, Latitude, Longitude",
            ([town, 500 + 211 * n, *_at(n)] for n, town in enumerate(TOWNS)),
        ),
        "Coverage": ("Town, Agency, Coverage", ([town, shorts[n % 7], "Primary"] for n, town in enumerate(TOWNS))),
        "Follow-ups": ("Follow-up ID, Event ID, Category, Summary, Status, Due", _follow_ups(events, first)),
    }
    grids = tuple(
        Tab(name, [list(header.split(", ")), *rows], id=100 + number)
        for number, (name, (header, rows)) in enumerate(tabs.items())
    )
    return Workbook("bench", AS_OF, ZONE, grids)


def domain(agency: str) -> str:
    """Where the e-mail of that agency's people goes."""
    return f"{agency.lower()}.example.gov"


def write_xlsx(path: Path, events: int, crew: int) -> None:
    """The same sheet as a workbook file, with days and times as Excel keeps them."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    for tab in workbook(events, crew).tabs:
        sheet = book.create_sheet(tab.title)
        for row in tab.rows:
            cells = [WriteOnlyCell(sheet, None if cell == "" else cell) for cell in row]
            for cell, header in zip(cells, tab.rows[0], strict=True):
                if header in FORMATS and isinstance(cell.value, int | float):
                    cell.number_format = FORMATS[str(header)]
            sheet.append(cells)
    book.save(path)


def _officers(events: int) -> int:
    return min(300, 20 + events // 100)


def _at(n: int) -> tuple[float, float]:
    """Where the town of that number is."""
    return 41 + n / 40, -122 - n / 40


def _day(n: int, events: int) -> int:
    """Which day of the plan: events stand in order of date, spread evenly."""
    return n * (DAYS_BACK + DAYS_AHEAD) // max(1, events)


def _officer_row(n: int) -> Row:
    name, language = f"{chr(65 + n % 26)}. Sample-{n}", "Spanish" if n % 5 == 0 else ""
    return [f"OF-{n:03}", name, list(AGENCIES)[n % 7], language, n % 2 == 0, n % 6 == 0]


def _follow_ups(events: int, first: int) -> Iterator[Row]:
    for n in range(0, events, 20):
        category = ("Traffic", "Noise", "Youth")[n % 3]
        yield [f"FU-{n:06}", f"EV-{n:06}", category, "Speeding by the school", "Open", first + n % 800]


def _events(events: int, first: int, draw: random.Random) -> Iterator[Row]:
    for n in range(events):
        town = draw.choice(TOWNS)
        start = 8 / 24 + draw.randrange(5) / 48
        end: Cell = start + 1.5 / 24 if n % 9 else ""
        day: Cell = first + _day(n, events)
        lead, partner = draw.sample(list(AGENCIES), 2)
        status = "Completed" if _day(n, events) < DAYS_BACK else draw.choice(("Confirmed", "Tentative"))
        if n % 200 == 199:
            day = draw.choice(("soon", "13/45/2026", ""))
        elif n % 200 == 99:
            town, status = draw.choice((("Weeed", status), (town, "Canx - smoke"), (town.upper(), "CONFIRMED")))
        title = "Coffee with a Cop" if n % 4 else f"Coffee with a Cop {town}"
        venue, agency = f"{town} {draw.choice(_PLACES)}", lead if n % 3 else AGENCIES[lead]
        yield [
            *(f"EV-{n:06}", day, start, end, title, town, venue, agency, partner if n % 2 else "", status),
            *(draw.randrange(2, 5), n % 7 == 0, "Free coffee, no speeches" if n % 3 == 0 else ""),
            f"Call ahead {n % 50}" if n % 5 == 0 else "",
        ]


def _staffing(events: int, crew: int, draw: random.Random) -> Iterator[Row]:
    for n in range(events):
        for m, number in enumerate(draw.sample(range(_officers(events)), crew)):
            officer = f"OF-{number:03}" if n % 200 != 150 else "TBD"
            role = "Host" if m == 0 else ROLES[draw.randrange(len(ROLES))]
            yield [f"EV-{n:06}", officer, role, 7.5 / 24 if m == 0 else "", "Confirmed", "On duty", 1.5 + n % 3 / 2]


def _attendance(events: int, first: int, draw: random.Random) -> Iterator[Row]:
    for n in range(events):
        guests: Cell = draw.randrange(8, 70)
        if n % 20 == 19:
            guests = draw.choice((f"~{guests}", f"{guests}+", f"{guests}-{int(guests) + 5}", "dozens"))
        counts = [draw.randrange(*ends) for ends in ((0, 6), (0, 8), (5, 40), (20, 60))]
        weather, entered = ("Clear", "Rain", "Smoke")[n % 3], first + _day(n, events) + 1
        yield [f"EV-{n:06}", guests, "Clicker" if n % 2 else "Sign-in", *counts, n % 11 == 0, weather, entered]
