"""Sheets that were never made for this: read as they are, asked about where unclear, and never wrong in silence."""

import datetime as dt

import pytest

from cwac.access import PUBLIC, restrict
from cwac.analysis.reading import column_questions
from cwac.model import Merge, SourceUnavailable, Tab, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.sheet.own_sheets import OWN, TRUTH, Score, read_own, score

TODAY = dt.date(2026, 12, 1)
SEP_2, SEP_16, OCT_7, DEC_9 = 46267, 46281, 46302, 46365


@each("name", TRUTH)
def test_every_fact_of_a_clerks_workbook_is_read(name):
    assert score(read_own(name), TRUTH[name]) == Score(right=score(read_own(name), TRUTH[name]).facts)


def read(*tabs, rules=None, today=TODAY):
    book = Workbook("own", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "America/Los_Angeles", tabs)
    return read_workbook(book, today, rules)


def told(snapshot):
    """Of each event: month and day, start, venue, town, agencies, status, the people and the guests."""
    lines = []
    for event in snapshot.events:
        people = [
            row.name or f"+{row.agency or ''}" for row in snapshot.assignments if row.event_id == event.id
        ]  # fmt: skip
        guests = [row.guests.best for row in snapshot.headcounts if row.event_id == event.id and row.guests]
        facts = (
            f"{event.date:%-m/%-d/%y}", event.start and f"{event.start:%-H:%M}", event.venue_text, event.town_text,
            "+".join(event.agencies), event.status, ", ".join(people), *map(str, guests),
        )  # fmt: skip
        lines.append(" | ".join(fact or "" for fact in facts))
    return lines


@each(
    ("tabs", "expected"),
    {
        "a tab a month": (
            [
                Tab("Sep 2026", [["Date", "Time", "Location", "# attended"], ["9", "9-10:30", "Black Bear", 12]]),
                Tab("Oct 2026", [["Date", "Time", "Location", "# attended"], ["Wed 7", "8-10", "Park", 40]]),
            ],
            ["9/9/26 | 9:00 | Black Bear |  |  | Completed |  | 12", "10/7/26 | 8:00 | Park |  |  | Completed |  | 40"],
        ),
        "a fiscal year": (
            [Tab("FY26", [["Date", "Time", "Venue"], ["9/2", "9am", "Black Bear"], ["1/6", "9am", "Grange"]])],
            ["9/2/25 | 9:00 | Black Bear |  |  | Completed | ", "1/6/26 | 9:00 | Grange |  |  | Completed | "],
        ),
        "a row of groups": (
            [
                Tab("Plan", [
                    ["WHEN", None, "WHERE", "Staffing", None],
                    ["Date", "From", "Place", "1", "2"],
                    [SEP_2, "9:00 AM", "Black Bear", "Vega", "Hall"],
                    [OCT_7, "8:00 AM", "Park", "Ruiz", None],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  |  | Completed | Vega, Hall",
                "10/7/26 | 8:00 | Park |  |  | Completed | Ruiz",
            ],
        ),
        "ticks of agencies": (
            [
                Tab("Sheet1", [
                    ["When", "What time", "Where", "WPD", "Yreka PD"],
                    [SEP_2, "9am", "Black Bear", "x", None],
                    [OCT_7, "8am", "Park", "✓", "x"],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  | WPD | Completed | ",
                "10/7/26 | 8:00 | Park |  | WPD+Yreka PD | Completed | ",
            ],
        ),
        "positions of agencies": (
            [
                Tab("Plan", [
                    ["Date", "Start", "Venue", "WPD", "CHP"],
                    [SEP_2, "9am", "Black Bear", 2, None],
                    [OCT_7, "8am", "Park", None, 1],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  | WPD | Completed | +WPD, +WPD",
                "10/7/26 | 8:00 | Park |  | CHP | Completed | +CHP",
            ],
        ),
        "ticks of people": (
            [
                Tab("Signup", [
                    ["Date", "Time", "Place", "A. Vega", "B. Hall"],
                    [SEP_2, "9am", "Black Bear", True, False],
                    [OCT_7, "8am", "Park", True, True],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  |  | Completed | A. Vega",
                "10/7/26 | 8:00 | Park |  |  | Completed | A. Vega, B. Hall",
            ],
        ),
        "month, day and weekday": (
            [
                Tab("2026", [
                    ["Month", "Day", "Weekday", "Time", "Place"],
                    ["September", 2, "Wed", "9:00", "Black Bear"],
                    [None, 16, "Wed", "9:00", "Grange"],
                    ["October", 7, "Wed", "8:00", "Park"],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  |  | Completed | ",
                "9/16/26 | 9:00 | Grange |  |  | Completed | ",
                "10/7/26 | 8:00 | Park |  |  | Completed | ",
            ],
        ),
        "a row a shift": (
            [
                Tab("Schedule", [
                    ["Date", "Shift", "Location", "Officer", "Agency"],
                    [SEP_2, "9-10:30", "Black Bear", "Vega", "WPD"],
                    [SEP_2, "9-10:30", "Black Bear", "Ruiz", "SCSO"],
                    [OCT_7, "8-10", "Park", "Hall", "WPD"],
                ])
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  | WPD+SCSO | Completed | Vega, Ruiz",
                "10/7/26 | 8:00 | Park |  | WPD | Completed | Hall",
            ],
        ),
        "a merged day": (
            [
                Tab(
                    "Events",
                    [
                        ["Date", "Time", "Venue", "Officer"],
                        [SEP_2, "9 AM", "Black Bear", "Vega"],
                        [None, "9 AM", "Black Bear", "Hall"],
                        [None, "11 AM", "Grange", "Ruiz"],
                    ],
                    (Merge(1, 4, 0, 1),),
                )
            ],
            [
                "9/2/26 | 9:00 | Black Bear |  |  | Completed | Vega, Hall",
                "9/2/26 | 11:00 | Grange |  |  | Completed | Ruiz",
            ],
        ),
        "blocks with columns of their own": (
            [
                Tab("CWAC 2026", [
                    ["AUGUST"],
                    ["Date", "Time", "Location", "Officers"],
                    ["8/5", "9am", "Black Bear", "Vega"],
                    [],
                    ["SEPTEMBER"],
                    ["Date", "Location", "Time", "Officers"],
                    ["2", "Grange", "10am", "Hall"],
                ])
            ],
            ["8/5/26 | 9:00 | Black Bear |  |  | Completed | Vega", "9/2/26 | 10:00 | Grange |  |  | Completed | Hall"],
        ),
        "an upcoming and a past block": (
            [
                Tab("Community events", [
                    ["UPCOMING"],
                    ["When", "Where"],
                    ["12/9/26", "Java Hut"],
                    [],
                    ["PAST"],
                    ["Date", "Time", "Location", "Town", "Officers", "Attendance"],
                    ["10/7/26", "8am", "Park", "Yreka", "Vega", 44],
                ])
            ],
            ["12/9/26 |  | Java Hut |  |  | Confirmed | ", "10/7/26 | 8:00 | Park | Yreka |  | Completed | Vega | 44"],
        ),
        "Spanish": (
            [
                Tab("Hoja 1", [
                    ["Café con un policía 2026"],
                    ["Día", "Fecha", "Horario", "Lugar", "Municipio", "Oficial encargado", "Personas que asistieron"],
                    ["Miércoles", "2 de septiembre", "9:00 a 10:30", "Panadería", "Weed", "A. Vega y B. Mora", 12],
                ])
            ],
            ["9/2/26 | 9:00 | Panadería | Weed |  | Completed | A. Vega, B. Mora | 12"],
        ),
        "answers of a Microsoft form": (
            [
                Tab("Form1", [
                    ["ID", "Start time", "Completion time", "Email", "Name", "Event Date", "Event Time", "Event site"],
                    [1, 46254.5, 46254.6, "a@x.example.gov", "Ann", SEP_2, "9:00", "Black Bear"],
                ])
            ],
            ["9/2/26 | 9:00 | Black Bear |  |  | Completed | "],
        ),
        "an attendance tab by day and place": (
            [
                Tab("Schedule", [["Date", "Location", "Time"], [SEP_2, "Black Bear", "9am"], [SEP_2, "Park", "9am"]]),
                Tab("Counts", [["Date", "Place", "Adults", "Kids"], [SEP_2, "Park", 10, 2], [SEP_2, "black bear", 5]]),
            ],
            ["9/2/26 | 9:00 | Black Bear |  |  | Completed |  | 5", "9/2/26 | 9:00 | Park |  |  | Completed |  | 12"],
        ),
        "a tab an agency": (
            [
                Tab("WPD", [["Date", "Time", "Venue"], [SEP_2, "9am", "Black Bear"]]),
                Tab("SCSO", [["Date", "Time", "Venue"], [SEP_16, "9am", "Grange"]]),
            ],
            ["9/2/26 | 9:00 | Black Bear |  | WPD | Completed | ", "9/16/26 | 9:00 | Grange |  | SCSO | Completed | "],
        ),
        "a column that ticks what is canceled": (
            [Tab("Plan", [["Date", "Time", "Site", "Canceled"], [SEP_2, "9am", "Park"], [SEP_16, "9am", "Park", 1]])],
            ["9/2/26 | 9:00 | Park |  |  | Completed | ", "9/16/26 | 9:00 | Park |  |  | Cancelled | "],
        ),
        "names in two columns": (
            [Tab("Plan", [["Date", "Time", "Site", "First name", "Last name"], [SEP_2, "9am", "Park", "Ann", "Vega"]])],
            ["9/2/26 | 9:00 | Park |  |  | Completed | Ann Vega"],
        ),
        "an attendance that was only expected": (
            [Tab("Events", [["Date", "Time", "Place", "Expected attendance"], [SEP_2, "9am", "Park", 50]])],
            ["9/2/26 | 9:00 | Park |  |  | Completed | "],
        ),
    }.values(),
    ids=[
        "month tabs", "fiscal", "groups", "agency ticks", "positions", "people ticks", "month and day", "shifts",
        "merged", "blocks", "upcoming",
        "Spanish", "form", "attendance", "agency tabs", "canceled", "two names", "expected",
    ],
)  # fmt: skip
def test_layout_that_clerks_use_is_read(tabs, expected):
    assert told(read(*tabs)) == expected


def with_merges(year, order):
    """Rows of which the day of two, the venue of two and the officer of two are merged, in an order of the columns."""
    names = ["Date", "Time", "Venue", "Officer", "# attended"]
    rows = [
        [f"9/2/{year}", "9 AM", "Black Bear", "Ann Vega", 12],
        [None, "1 PM", "Grange", "Bo Hall", 8],
        [f"9/9/{year}", "9 AM", "Park", "Cy Ruiz", 30],
        [f"9/16/{year}", "9 AM", None, None, None],
    ]
    merges = [(1, 3, 0), (3, 5, 2), (3, 5, 3), (3, 5, 4)]
    over = tuple(Merge(top, bottom, order.index(at), order.index(at) + 1) for top, bottom, at in merges)
    return Tab(year, [[row[at] for at in order] for row in (names, *rows)], over)


def test_merged_day_place_and_officer_are_read_in_each_tab_whatever_its_columns_and_never_a_count():
    snapshot = read(with_merges("2025", [0, 1, 2, 3, 4]), with_merges("2026", [3, 4, 2, 1, 0]))
    assert told(snapshot) == [
        f"{day}/{year} | {facts}"
        for year in (25, 26)
        for day, facts in (
            ("9/2", "9:00 | Black Bear |  |  | Completed | Ann Vega | 12"),
            ("9/2", "13:00 | Grange |  |  | Completed | Bo Hall | 8"),
            ("9/9", "9:00 | Park |  |  | Completed | Cy Ruiz | 30"),
            ("9/16", "9:00 | Park |  |  | Completed | Cy Ruiz"),
        )
    ]
    guessed = [(problem.tab, problem.cell) for problem in snapshot.problems if problem.code == "guessed"]
    assert sorted(guessed) == [
        ("2026", "A5"),
        ("2026", "C5"),
        ("2026", "E3"),
        *((("Events", at)) for at in ("A3", "C5", "D5")),
    ]


def test_people_of_each_tab_are_its_columns_whatever_the_columns_of_another_tab():
    first = [
        ["Date", "Time", "Place", "Host", "Greeter", "WPD", "SCSO"],
        ["9/2/26", "9 AM", "Park", "Vega", "Hall", "Ruiz", "Cole"],
    ]
    other = [
        ["Date", "Time", "Place", "SCSO", "WPD", "Greeter"],
        ["9/9/26", "9 AM", "Park", "Quill", "Bloom", "Imbrie"],
    ]
    single = [["Date", "Time", "Place", "Officers"], ["9/16/26", "9 AM", "Park", "Okafor; Wexler"]]
    snapshot = read(Tab("Aug", first), Tab("Sep", other), Tab("Oct", single))
    found = {(row.event_id[:10], row.name, row.role, row.agency) for row in snapshot.assignments}
    assert found == {
        ("2026-09-02", "Vega", "Host", None),
        ("2026-09-02", "Hall", "Greeter", None),
        ("2026-09-02", "Ruiz", None, "WPD"),
        ("2026-09-02", "Cole", None, "SCSO"),
        ("2026-09-09", "Quill", None, "SCSO"),
        ("2026-09-09", "Bloom", None, "WPD"),
        ("2026-09-09", "Imbrie", "Greeter", None),
        ("2026-09-16", "Okafor", None, None),
        ("2026-09-16", "Wexler", None, None),
    }


HEADER, SEP = ["Date", "Time", "Place"], ["9/2/26", "9 AM", "Park"]


@each(
    ("tabs", "columns", "people", "questions"),
    {
        "a surname over ticks is asked about": (
            [Tab("CWAC", [[*HEADER, "Ramos", "Cole"], [*SEP, "x", False]])],
            {},
            "",
            {"Ramos": "Officers", "Cole": "Officers"},
        ),
        "an answer reads the ticks as the officer's": (
            [Tab("CWAC", [[*HEADER, "Ramos", "Cole"], [*SEP, "x", False]])],
            {"Ramos": "Officers", "Cole": "Officers"},
            "Ramos",
            {},
        ),
        "a surname that another tab has as an officer's is read": (
            [
                Tab("CWAC", [[*HEADER, "Ramos", "Officers"], [*SEP, "x", "Vega"]]),
                Tab("2025", [[*HEADER, "Officers"], ["9/2/25", "9 AM", "Park", "Sgt. Ana Ramos"]]),
            ],
            {},
            "Ramos, Vega; Sgt. Ana Ramos",
            {},
        ),
        "a column of officers by hand leaves the others": (
            [Tab("CWAC", [[*HEADER, "Officers", "Alternate staff"], [*SEP, "Vega", "Hall"]])],
            {"Alternate staff": "Officers"},
            "Vega, Hall",
            {},
        ),
        "known words over ticks are no officers": (
            [Tab("CWAC", [[*HEADER, "Flyers", "Confirmed?", "Permit"], [*SEP, "x", "x", "x"]])],
            {},
            "",
            {"Confirmed?": "Status"},
        ),
    }.values(),
)
def test_ticks_below_a_name_are_asked_about_unless_the_workbook_knows_the_officer(tabs, columns, people, questions):
    snapshot = read(*tabs, rules=Rules(columns=tuple(columns.items())))
    told_people = [
        ", ".join(row.name for row in snapshot.assignments if row.event_id == one.id) for one in snapshot.events
    ]
    assert "; ".join(filter(None, told_people)) == people
    asked = {question.name: question.perhaps for question in column_questions(snapshot.reading)}
    assert asked == questions


@each(
    ("cells", "people"),
    [
        (["Vega, Ana", "Ana Vega"], [["Ana Vega"], ["Ana Vega"]]),
        (["Quill, Zed", "Sgt. Zed Quill; Hall"], [["Sgt. Zed Quill"], ["Sgt. Zed Quill", "Hall"]]),
        (["Sgt. Quill, Zed", "Zed Quill (WPD)"], [["Zed Quill"], ["Zed Quill"]]),
        (["Zed Quill", "Cole, Bloom, Quill, Zed"], [["Zed Quill"], ["Cole", "Bloom", "Zed Quill"]]),
        (["Dolores, Gene", "Dolores", "Gene"], [["Dolores", "Gene"], ["Dolores"], ["Gene"]]),
        (["Dolores, Gene", "Dolores"], [["Dolores, Gene"], ["Dolores"]]),
        (["Ofc. Quill, Zed and Hall", "Hall Zed"], [["Ofc. Quill", "Zed", "Hall"], ["Hall Zed"]]),
    ],
)
def test_person_in_the_other_order_elsewhere_is_one_person_and_two_first_names_are_two(cells, people):
    rows = [[*HEADER, "Officers"], *([f"9/{day}/26", "9 AM", "Park", cell] for day, cell in enumerate(cells, 2))]
    snapshot = read(Tab("CWAC", rows))
    assert [[row.name for row in snapshot.assignments if row.event_id == one.id] for one in snapshot.events] == people


def test_columns_that_the_settings_give_the_same_meaning_are_read_together():
    header = ["Date", "Time", "Cafe", "Street", "Parents", "Students", "Memo", "Other"]
    rows = [
        ["9/2/26", "9 AM", "Bean", "5 Main St", 12, 3, "rain", "music"],
        ["9/9/26", "9 AM", "Bean", None, None, 4, None, "art"],
    ]
    columns = {"Cafe": "Venue", "Street": "Venue", "Parents": "Guests", "Students": "Guests", "Memo": "Internal notes",
               "Other": "Internal notes"}  # fmt: skip
    snapshot = read(Tab("CWAC", [header, *rows]), rules=Rules(columns=tuple(columns.items())))
    assert told(snapshot) == [
        "9/2/26 | 9:00 | Bean, 5 Main St |  |  | Completed |  | 15",
        "9/9/26 | 9:00 | Bean |  |  | Completed |  | 4",
    ]
    assert [event.internal_notes for event in snapshot.events] == ["rain, music", "art"]


OFFICERS = ["Vega", "Hall", "Ruiz"]


@each(
    ("header", "cells", "field", "perhaps"),
    [
        ("Location (city)", ["Weed", "Etna", "Weed"], "Town", None),
        ("Part of town", ["Downtown", "East side", "Downtown"], "Town", None),
        ("Beat", ["Beat 4", "Beat 1", "Beat 4"], None, "Town"),
        ("Sector", [3, 1, 3], None, "Town"),
        ("Second-in-line", ["Hall", "Vega", "Hall"], "Officers", None),
        ("Second-in-line", ["Bean", "Perk", "Bean"], None, None),
        ("Assisting", ["Dep. Hall 214", "Dep. Vega 231", None], "Officers", None),
        ("SRO on duty", ["Ofc. Quill", "Cpl. Bloom", "Ofc. Quill"], "Officers", None),
        ("Reps", ["Lt. Quill; Dep. Bloom", "Ofc. Quill", None], "Officers", None),
        ("Parents (approx.)", [30, 18, 25], "Guests", None),
        ("Chamber notes", ["water main broke", "great turnout", None], "Internal notes", None),
        ("How it went", ["good", "slow", None], "Internal notes", None),
        ("Changes / other", ["Cancelled", "moved from 4/30", None], None, "Internal notes"),
        ("Changes / other", ["rain", "moved from 4/30", None], None, None),
        ("Follow-up", ["send map", "Called off - drill", None], None, "Internal notes"),
        ("Approved by", ["Hall", "Vega", "Hall"], None, None),
    ],
)
def test_header_with_words_of_its_own_is_read_by_its_words_and_its_cells_together(header, cells, field, perhaps):
    rows = [[f"9/{at}/26", "9 AM", "Park", OFFICERS[at - 2], cell] for at, cell in enumerate(cells, 2)]
    (table,) = read(Tab("CWAC", [["Date", "Time", "Place", "Officer", header], *rows])).reading
    assert (table.columns[-1].meaning, table.columns[-1].perhaps) == (field, perhaps)


@each(
    ("note", "status"),
    [
        ("event was cancelled, power outage", "Cancelled"),
        ("Had to be canceled", "Cancelled"),
        ("This event has been called off", "Cancelled"),
        ("was postponed", "Postponed"),
        ("The cancelled event of May is made up for", "Completed"),
        ("school was cancelled that day", "Completed"),
        ("event was not cancelled after all", "Completed"),
    ],
)
def test_sentence_about_the_event_itself_says_that_it_is_off(note, status):
    header = ["Date", "Time", "Place", "Comments"]
    (event,) = read(Tab("CWAC", [header, ["9/2/26", "9 AM", "Park", note]])).events
    assert event.status == status


@each("rows", [
    [["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"], [None, None, 1, "2 CWAC Weed 9am", 3, 4, 5]],
    [["Date", SEP_2, SEP_16, OCT_7], ["Time", "9am", "9am", "8am"], ["Location", "Black Bear", "Grange", "Park"]],
])  # fmt: skip
@each("title", ["Calendar", "Events", "Sheet1"])
def test_events_that_run_across_are_refused(rows, title):
    with pytest.raises(SourceUnavailable, match="events run across, as in a month's grid: one row an event") as refused:
        read(Tab(title, rows))
    assert refused.value.reading == ()


def other_subjects():
    tabs: list[Tab] = []
    for line in (OWN / "other_subjects.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            tabs.append(Tab(line[3:], []))
        elif not line.startswith("#"):
            tabs[-1].rows.append([_cell(cell.strip()) for cell in line.split("|")])
    return tabs


def _cell(typed):
    if typed.count("/") == 2 and typed.replace("/", "").isdigit():
        month, day, year = map(int, typed.split("/"))
        return (dt.date(year, month, day) - dt.date(1899, 12, 30)).days
    return int(typed) if typed.isdigit() else typed or None


def test_table_of_another_subject_is_never_read_as_events():
    plan = Tab("Plan 2026", [["Date", "Time", "Place", "Town"], [SEP_2, "9am", "Black Bear", "Weed"]])
    others = other_subjects()
    assert len(others) == 30
    for titles in (None, "Sheet"):
        tabs = [tab if titles is None else Tab(f"{titles}{n}", tab.rows) for n, tab in enumerate(others)]
        snapshot = read(*tabs, plan)
        assert told(snapshot) == ["9/2/26 | 9:00 | Black Bear | Weed |  | Completed | "]
        assert [event.title for event in snapshot.event_tabs] == []


@each(
    ("column", "text", "expected"),
    [
        ("Title", "CANCELLED - Coffee with a Cop", "Cancelled"),
        ("Venue", "Park (canceled)", "Cancelled"),
        ("Town", "Weed - CANCELED", "Cancelled"),
        ("Notes", "CXL - Creek Fire", "Cancelled"),
        ("Notes", "postponed to 12/9", "Postponed"),
        ("Notes", "chairs were canceled", "Completed"),
        ("Date", "9/2/2026 canceled", "Cancelled"),
        ("Date", "9/2/2026 - TBD", "Completed"),
        ("Title", "Coffee (tentative)", "Completed"),
    ],
)
def test_word_of_cancellation_or_doubt_is_reported_and_withholds_the_event(column, text, expected):
    row = {"Date": SEP_2, "Title": "Coffee", "Venue": "Park", "Town": "Weed", "Notes": None} | {column: text}
    snapshot = read(Tab("Events", [list(row), list(row.values())]))
    (event,) = snapshot.events
    cells = [problem.cell for problem in snapshot.problems if problem.code == "inconsistent"]
    assert (event.status, event.withheld, cells) == (expected, True, [f"{'ABCDE'[list(row).index(column)]}2"])
    typed = read(Tab("Events", [[*row, "Status"], [*row.values(), "Completed"]]))
    assert (typed.events[0].status, typed.events[0].withheld) == ("Completed", True)
    assert restrict(typed, PUBLIC).events == ()
    agreed = read(Tab("Events", [[*row, "Status"], [*row.values(), "Cancelled"]]))
    assert [event.withheld for event in agreed.events] == [False]


@each(
    "text",
    ["not canceled", "if canceled, call Ann", "rescheduled from 8/5", "cancellation policy: none", "bring chairs"],
)
def test_note_that_cancels_nothing_changes_nothing(text):
    rows = [["Date", "Venue", "Status", "Notes"], [SEP_2, "Park", "Completed", text]]
    (event,) = read(Tab("Events", rows)).events
    assert (event.status, event.withheld) == ("Completed", False)


def test_row_that_is_struck_through_is_canceled_where_status_says_nothing():
    snapshot = read(Tab("Events", [["Date", "Venue"], [SEP_2, "Park"], [SEP_16, "Park"]], struck=(2,)))
    assert [event.status for event in snapshot.events] == ["Completed", "Cancelled"]
    assert [problem.cell for problem in snapshot.problems if problem.code == "inconsistent"] == ["A3"]


def test_without_a_status_column_nothing_is_public_and_one_notice_says_so():
    snapshot = read(
        Tab(
            "Events",
            [["Date", "Venue", "Town", "Agency"], [SEP_2, "Park", "Weed", "WPD"], [DEC_9, "Park", "Weed", "WPD"]],
        )
    )
    assert [event.status for event in snapshot.events] == ["Completed", "Confirmed"]
    assert restrict(snapshot, PUBLIC).events == ()
    missing = [(problem.severity, problem.column) for problem in snapshot.problems if problem.code == "missing-column"]
    assert missing == [("notice", "Status")]


@each(
    ("typed", "expected"),
    [
        *[(word, "Confirmed") for word in ("Scheduled", "Booked", "Set", "Approved", "Locked in", "Good to go", "On")],
        *[(word, "Tentative") for word in ("Planned", "Penciled in", "Hold", "Idea")],
        *[(word, "Completed") for word in ("Done", "Held", "Happened", "Realizado")],
        *[(word, "Cancelled") for word in ("Off", "Nixed", "Cancelado")],
    ],
)
def test_usual_word_of_status_is_read(typed, expected):
    (event,) = read(Tab("Events", [["Date", "Town", "Status"], [SEP_2, "Weed", typed]])).events
    assert event.status == expected


@each(
    ("typed", "expected"),
    [
        ("Vega, Hall", ["Vega", "Hall"]),
        ("Foster, James", ["Foster, James"]),
        ("Miller (WPD), Ramos (SO)", ["Miller/WPD", "Ramos/SO"]),
        ("Miller x2", ["Miller", "+"]),
        ("OF-082; OF-038", ["OF-082", "OF-038"]),
        ("#4512", ["#4512"]),
        ("all hands", ["+"]),
        ("WPD 2, SO 1", ["+WPD", "+SO"]),
        ("A. Muestra y B. Prueba", ["A. Muestra", "B. Prueba"]),
    ],
)
def test_people_without_a_list_are_told_apart(typed, expected):
    snapshot = read(Tab("Events", [["Date", "Town", "Officers"], [SEP_2, "Weed", typed]]))
    people = [
        f"+{row.agency or ''}" if row.placeholder else row.name + (f"/{row.agency}" if row.agency else "")
        for row in snapshot.assignments
    ]
    assert list(dict.fromkeys(people)) == expected


def test_second_name_that_may_be_a_given_one_leaves_both_requested():
    snapshot = read(Tab("Events", [["Date", "Town", "Officers"], [SEP_2, "Weed", "Vega, Taylor"]]))
    assert [(row.name, row.status) for row in snapshot.assignments] == [("Vega", "Requested"), ("Taylor", "Requested")]
    assert ("error", "C2") in [(one.severity, one.cell) for one in snapshot.problems if one.code == "ambiguous"]


def test_spellings_of_one_agency_are_one_and_reported_once():
    typed = ["WPD", "Weed PD", "Weed Police Dept", "Weed PD and Sheriff", "CHP/WPD", "RPD", "Redding PD"]
    rows = [
        [SEP_2 + n, "Weed" if "edding" not in name and name != "RPD" else "Shasta", name]
        for n, name in enumerate(typed)
    ]
    snapshot = read(Tab("Events", [["Date", "Town", "Agency"], *rows]))
    assert ["+".join(event.agencies) for event in snapshot.events] == [
        "WPD", "WPD", "WPD", "WPD+Sheriff", "CHP+WPD", "RPD", "Redding PD",
    ]  # fmt: skip
    same = [problem.advice for problem in snapshot.problems if problem.code == "guessed"]
    assert same == [
        "Read as one agency: WPD, Weed PD, Weed Police Dept. Type one of them everywhere, or list it in an Agencies "
        "tab."
    ]


def test_what_is_said_by_hand_beats_everything():
    rows = [["Date", "Time", "Old notes", "Thing"], [SEP_2, "9am", "secret", "Park"]]
    by_hand = (("Fall!Thing", "Venue"), ("Old notes", ""), ("Time", ""))
    snapshot = read(Tab("Fall", rows), rules=Rules(columns=by_hand, tabs=(("Fall", "Events"),)))
    (event,) = snapshot.events
    assert (event.venue_text, event.start, event.internal_notes) == ("Park", None, None)


def test_hidden_tab_and_copy_are_not_read_and_said_with_their_rows():
    table = [["Date", "Time", "Place"], [SEP_2, "9am", "Park"]]
    snapshot = read(Tab("Plan", table), Tab("Copy of Plan", table), Tab("Spare", table, hidden=True))
    assert len(snapshot.events) == 1
    unused = [(one.severity, one.found, one.advice) for one in snapshot.problems if one.code == "unused-tab"]
    assert unused == [
        ("notice", "Copy of Plan", 'The tab "Copy of Plan" is not read: its title says that it is a copy or is no '
         "longer used. It has 2 rows."),
        ("notice", "Spare", 'The tab "Spare" is not read: it is hidden. It has 2 rows.'),
    ]  # fmt: skip


def test_row_of_a_further_tab_is_told_with_its_tab_and_its_own_number():
    header = ["Date", "Time", "Place"]
    snapshot = read(Tab("2025", [header, [SEP_2, "9am", "Park"]]), Tab("2026", [header, ["soon", "9am", "Park"]]))
    told_at = [(one.tab, one.row, one.cell) for one in snapshot.problems if one.code == "unreadable"]
    assert told_at == [("2026", 2, "A2")]
