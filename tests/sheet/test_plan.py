"""The plan of reading: what a header means, that the plan is a value, and that it stands from one look to the next."""

import datetime as dt
import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import ColumnReading, Merge, SourceUnavailable, Tab, TableReading, Workbook
from cwac.settings import Rules, SettingsError
from cwac.sheet.header_words import meanings
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan
from cwac.sheet.planning import make_plan, refuse_unknown_meanings
from cwac.sheet.reader import plan_of, read_workbook
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sheet.own_sheets import OWN, TRUTH

TODAY = dt.date(2026, 12, 1)
SEP_2, SEP_16, OCT_7 = 46267, 46281, 46302
CELLS = {
    "day": [SEP_2, SEP_16, OCT_7], "time": ["9am", "10am", "8am"], "agency": ["WPD", "SCSO", "CHP"],
    "people": ["Vega", "Hall", "Ruiz"], "count": [12, 30, 44], "place": ["Black Bear", "Grange", "Park"],
    "town": ["Weed", "Etna", "Yreka"], "text": ["bring chairs", "ask Ann", "see the map"],
    "status": ["Done", "Set", "Off"],
}  # fmt: skip


def book(*tabs):
    return Workbook("own", dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "America/Los_Angeles", tabs)


@each(
    ("header", "kind", "field"),
    [
        *[(name, "agency", "lead_agency") for name in (
            "Host dept", "Hosted by", "Agency in charge", "Lead", "What agency are you with?", "Corporación",
        )],
        *[(name, "people", "officers") for name in (
            "Officers attending", "Personnel", "Who is going? (list all officers)", "POC", "Oficiales asignados",
        )],
        *[(name, "count", "guests") for name in (
            "# attended", "Est. Attendance", "How many people came? (leave blank if not yet)", "Turnout", "Asistentes",
            "Number of Community Members",
        )],
        *[(name, "place", "venue") for name in (
            "Event location", "Venue name", "Where is it? (name of the business)", "Site", "Coffee shop",
        )],
        *[(name, "town", "town") for name in ("City / Town", "Which town?", "Municipality", "CITY - where it is")],
        ("What time does it start?", "time", "start"), ("Shift", "time", "start"), ("Uhrzeit", "time", "start"),
        ("Confirmed?", "status", "status"), ("Anything else?", "text", "internal_notes"),
        ("Assisting", "agency", "partner_agencies"), ("Others", "agency", "partner_agencies"),
        # Words that mean something else, and cells that contradict the words.
        *[(name, kind, None) for name, kind in (
            ("Timestamp", "day"), ("County", "town"), ("Unit", "count"), ("Cost", "count"), ("Goal guests", "count"),
            ("Flyer?", "text"), ("Phone", "count"), ("# attended", "people"), ("Which town?", "day"),
        )],
    ],
)  # fmt: skip
def test_header_means_what_its_words_and_cells_say_together(header, kind, field):
    typed = ["Date", header] if field == "venue" else ["Date", "Place", header]
    rows = zip(CELLS["day"], *([] if field == "venue" else [CELLS["place"]]), CELLS[kind], strict=True)
    (table,) = make_plan(book(Tab("Events", [typed, *map(list, rows)]))).tables
    assert table.columns[-1].field == field


def test_likely_column_is_asked_about_with_three_cells():
    rows = [
        ["Date", "Place", "Crewing"],
        *map(list, zip(CELLS["day"], CELLS["place"], ["Sgt. Vega", "Ofc. Hall", "Dep. Ruiz"], strict=True)),
    ]
    workbook = book(Tab("Events", rows))
    (table,) = make_plan(workbook).reading(workbook)
    assert table.columns[2] == ColumnReading(
        "C", "Crewing", perhaps="Officers", cells=("Sgt. Vega", "Ofc. Hall", "Dep. Ruiz")
    )
    asked = [one for one in read_workbook(workbook, TODAY).problems if one.code == "perhaps-column"]
    assert [(one.severity, one.cell) for one in asked] == [("warning", "C1")]


def test_example_cells_are_none_that_reach_somebody_and_none_of_coordinators_columns():
    staff = ["Hall 530-555-0100", "Sgt. Vega", "Ofc. Hall", "Dep. Ruiz", "Ofc. Mora", "Sgt. Diaz"]
    events = [["Date", "Place", "Crewing"], *([SEP_2 + day, "Park", name] for day, name in enumerate(staff))]
    (table,) = read_workbook(book(Tab("Events", events)), TODAY).reading
    assert table.columns[2].cells == ("Sgt. Vega", "Ofc. Hall", "Dep. Ruiz")
    officers = book(Tab("Officers", [["Reached at"], ["planted"]]))
    plan = Plan((TablePlan(0, "Officers", "Officers", 0, (ColumnPlan(0, "Reached at", perhaps="email"),)),))
    assert plan.reading(officers)[0].columns == (ColumnReading("A", "Reached at", perhaps="Email"),)


def test_plan_is_described_and_comes_back_from_json():
    workbook = book(Tab("2026", [["When", "Where", "Snacks"], [SEP_2, "Park", None]]))
    plan = make_plan(workbook)
    assert plan.reading(workbook) == (
        TableReading(
            "2026", "Events", 1, 1,
            (
                ColumnReading("A", "When", "Date", "alias"),
                ColumnReading("B", "Where", "Venue", "alias"),
                ColumnReading("C", "Snacks"),
            ),
        ),
    )  # fmt: skip
    for name in TRUTH:
        plan = make_plan(read_excel(OWN / name))
        assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def fields_of(workbook):
    return {column.header: column.field for table in plan_of(workbook, Rules()).tables for column in table.columns}


def test_column_keeps_its_meaning_when_its_cells_change():
    rows = [["Date", "Place", "Uhrzeit"], [SEP_2, "Park", "9am"], [SEP_16, "Grange", "10am"]]
    before = book(Tab("Plan", rows))
    first = read_workbook(before, TODAY)
    assert fields_of(before)["Uhrzeit"] == "start"
    edited = [rows[0], [SEP_2, "Park", "soon"], [SEP_16, "Grange", "later"]]
    assert fields_of(book(Tab("Plan", edited)))["Uhrzeit"] is None
    after = replace(book(Tab("Plan", edited)), plan=before.plan)
    warnings = [one.cell for one in read_workbook(after, TODAY).problems if "as before" in one.advice]
    assert (fields_of(after)["Uhrzeit"], warnings) == ("start", ["C1"])
    assert [event.date for event in first.events] == [dt.date(2026, 9, 2), dt.date(2026, 9, 16)]


def test_tab_stays_a_plan_of_events_through_a_year_of_edits():
    """Months added at the end, a column inserted, a header renamed, a day overwritten."""
    rows = [["Date", "Time", "Location", "Officers"], [SEP_2, "9am", "Park", "Vega"]]
    workbook = book(Tab("CWAC", rows))
    read_workbook(workbook, TODAY)
    for month in range(12):
        added = [SEP_2 + 30 * month + 7, "9am", "Grange", "Hall"]
        rows = [*rows, added if month < 5 else [added[0], "Wed", *added[1:]]]
        if month == 4:
            rows = [[row[0], "Wed" if number else "Day", *row[1:]] for number, row in enumerate(rows)]
        if month == 8:
            rows = [[*rows[0][:-1], "Who goes"], *rows[1:]]
        workbook = replace(book(Tab("CWAC", rows)), plan=workbook.plan)
        snapshot = read_workbook(workbook, TODAY)
        assert len(snapshot.events) == month + 2
        assert len(snapshot.assignments) == month + 2
    rows = [["x", *row[1:]] if number == 1 else row for number, row in enumerate(rows)]
    assert len(read_workbook(replace(book(Tab("CWAC", rows)), plan=workbook.plan), TODAY).events) == 12


@each(
    ("rules", "message"),
    [
        (
            Rules(columns=(("Thing", "Venu"),)),
            "Thing in [columns] has a meaning that is not known, Venu: did you mean Venue?",
        ),
        (
            Rules(tabs=(("Fall", "Event"),)),
            "Fall in [tabs] has a meaning that is not known, Event: did you mean Events?",
        ),
    ],
)
def test_unknown_meaning_by_hand_is_refused_by_name(rules, message):
    with pytest.raises(SettingsError) as refused:
        refuse_unknown_meanings(rules)
    assert str(refused.value).rstrip(".") == message


def events_of(*tabs):
    """What is read of each event: its day, hours, place, agencies, people and guests."""
    snapshot = read_workbook(book(*tabs), TODAY)
    return [
        (
            f"{event.date:%m-%d}",
            event.start and f"{event.start:%H:%M}",
            event.venue_text,
            event.agencies,
            [row.name for row in snapshot.assignments if row.event_id == event.id],
            [count.guests.best for count in snapshot.headcounts if count.event_id == event.id and count.guests],
        )
        for event in snapshot.events
    ]


def asked_of(*tabs):
    problems = read_workbook(book(*tabs), TODAY).problems
    return [
        (one.code, one.cell)
        for one in problems
        if one.code in ("perhaps-column", "ambiguous", "unused-tab", "cut-off", "guessed", "duplicate-column")
    ]


def test_day_of_the_month_is_a_date_below_a_title_with_the_month_in_any_case_and_order():
    typed = [
        ["DAY", "DATE", "TIME", "PLACE", "COUNT"],
        ["WED", 2, "9am", "Park", 12],
        ["WED", 9, "9am", "Park", 4],
        ["WED", 16, "9am", "Grange", 30],
    ]
    turned = [["DATE", "DAY", "COUNT", "PLACE"], [7, "WED", 44, "Park"], [14, "WED", 9, "Park"], [21, "WED", 5, "Park"]]
    assert events_of(Tab("SEPT 2026", typed), Tab("Oct 26", turned)) == [
        ("09-02", "09:00", "Park", (), [], [12]),
        ("09-09", "09:00", "Park", (), [], [4]),
        ("09-16", "09:00", "Grange", (), [], [30]),
        ("10-07", None, "Park", (), [], [44]),
        ("10-14", None, "Park", (), [], [9]),
        ("10-21", None, "Park", (), [], [5]),
    ]


def test_column_whose_cells_contradict_its_name_is_asked_about():
    rows = [["Date", "Place", "Start"], [SEP_2, "Park", 44120], [SEP_16, "Grange", 44201], [OCT_7, "Park", 44300]]
    assert asked_of(Tab("Plan", rows)) == [("perhaps-column", "C1")]


def test_people_below_a_name_of_places_are_officers():
    rows = [["Date", "Place", "Back-up"], [SEP_2, "Park", "Dep. Vega"], [SEP_16, "Grange", "Sgt. Hall"]]
    rows += [[OCT_7, "Park", "______"], [OCT_7 + 7, "Park", "____"], [OCT_7 + 14, "Park", "____"]]
    assert [row[4] for row in events_of(Tab("Plan", rows))][:2] == [["Dep. Vega"], ["Sgt. Hall"]]


@each(
    ("header", "field"),
    [
        ("Name of your business or organization *", "venue"), ("STAFF USE: Status", "status"),
        ("Anything else we should know?", "internal_notes"), ("Time: start", "start"), ("Back-up", "officers"),
        ("Came", "guests"), ("Approx. number of attendees", "guests"), ("How many cops", "officers_needed"),
        ("# of deputies", "officers_needed"),
    ],
)  # fmt: skip
def test_header_of_a_form_means_its_noun(header, field):
    assert [one.field for one in meanings(header)][:1] == [field]


def test_columns_of_agencies_hold_marks_of_which_l_leads_and_others_are_asked_about():
    rows = [
        ["Date", "Place", "WPD", "SCSO", "CHP"],
        [SEP_2, "Park", "X", "L", None], [SEP_16, "Grange", "L", "no", "x"], [OCT_7, "Park", "X", "x", "T"],
    ]  # fmt: skip
    assert [row[3] for row in events_of(Tab("Plan", rows))] == [("SCSO", "WPD"), ("WPD", "CHP"), ("WPD", "SCSO")]
    assert asked_of(Tab("Plan", rows)) == [("ambiguous", "E4")]


def test_shifts_below_one_day_and_place_are_one_event():
    """With ditto marks, with blanks, and back to back; setup is before guests come, and who works twice is one."""
    rows = [
        ["Date", "Place", "Shift", "Time", "Volunteer", "Count"],
        [SEP_2, "Park", "setup", "8-9am", "Ann Vega", 12],
        ['"', '"', "1st", "9-10am", "Bo Hall", None],
        ['"', '"', "2nd", "10-11am", "Bo Hall", None],
        [SEP_16, "Grange", "1st", "9-10am", "Al Ruiz", 30],
        [None, None, "2nd", "10-11am", "Ann Vega", None],
        [OCT_7, "Park", "1st", "9-10am", "Bo Hall", 44],
        [OCT_7, "Park", "2nd", "10-11am", None, None],
        [OCT_7, "Park", "evening", "6-7pm", "Al Ruiz", 9],
    ]
    assert events_of(Tab("Coffee with a Cop", rows)) == [
        ("09-02", "09:00", "Park", (), ["Ann Vega", "Bo Hall"], [12]),
        ("09-16", "09:00", "Grange", (), ["Al Ruiz", "Ann Vega"], [30]),
        ("10-07", "09:00", "Park", (), ["Bo Hall"], [44]),
        ("10-07", "18:00", "Park", (), ["Al Ruiz"], [9]),
    ]
    assert [code for code, _ in asked_of(Tab("Coffee with a Cop", rows))] == ["guessed", "guessed", "guessed"]


@each(
    ("rows", "days"),
    [
        # The weekday beside it tells the order, in either language.
        ([["Día", "Fecha", "Lugar"], ["mié", "07/10/2026", "Park"], ["Wed", "02/09/2026", "Park"]], ["10-07", "09-02"]),
        ([["Día", "Fecha", "Lugar"], ["Wed", "10/07/2026", "Park"], ["Wed", "9/2/2026", "Park"]], ["10-07", "09-02"]),
        # Else the rest of the column does.
        ([["Fecha", "Lugar"], ["26/08/2026", "Park"], ["07/10/2026", "Park"]], ["08-26", "10-07"]),
        ([["Fecha", "Lugar"], ["08/26/2026", "Park"], ["10/07/2026", "Park"]], ["08-26", "10-07"]),
        ([["Fecha", "Lugar"], ["19 de sept", "Park"], ["12 de dic.", "Park"]], ["09-19", "12-12"]),
    ],
)
def test_order_of_day_and_month_is_what_weekday_and_column_say(rows, days):
    assert [row[0] for row in events_of(Tab("Calendario 2026", rows))] == days


def test_order_that_only_the_column_tells_is_a_guess():
    rows = [["Fecha", "Lugar"], ["26/08/2026", "Park"], ["07/10/2026", "Park"]]
    assert asked_of(Tab("Calendario 2026", rows)) == [("guessed", "A2"), ("guessed", "A3")]


@each(
    ("names", "cells", "guests"),
    [
        (["Budget", "Actual", "Came"], [[75, 68.4, 21], [75, 81.25, 17]], [[21], [17]]),
        (["ATTENDANCE (EST.)", "ATTENDANCE (ACTUAL)"], [[30, 22], [25, None]], [[22], []]),
        (["Est. attendance", "Attendance"], [[30, 22], [25, 9]], [[22], [9]]),
        (["ATTENDANCE (EST.)"], [[30], [25]], [[30], [25]]),
        (["Officers who attended", "Approx. attendees"], [["Vega", "~30"], ["Hall", 25]], [[30], [25]]),
    ],
)
def test_guests_are_the_count_of_people_who_came(names, cells, guests):
    rows = [["Date", "Place", *names], [SEP_2, "Park", *cells[0]], [SEP_16, "Grange", *cells[1]]]
    assert [row[5] for row in events_of(Tab("Coffee", rows))] == guests


@each(
    ("name", "cells", "asked"),
    [
        ("#", [12, 30, 44], "Guests"), ("#", [1, 2, 3], None), ("AM/PM", ["AM", "PM", "AM"], "Lead agency"),
        ("COP", ["LEE", "ORR", "ROE"], None),
        ("Lead", ["Vega", "Hall", "Ruiz"], "Lead agency"), ("Lead", ["WPD", "SCSO", "CHP"], None),
        ("Host agency / officer", ["WPD / Vega", "SO / Hall", "CHP / Ruiz"], "Officers"),
        ("Officers / Agency", ["Vega (WPD)", "Hall (SO)", "Ruiz (CHP)"], None),
    ],
)  # fmt: skip
def test_column_that_its_words_do_not_settle_is_asked_about(name, cells, asked):
    rows = [["Date", "Place", name], *map(list, zip(CELLS["day"], CELLS["place"], cells, strict=True))]
    workbook = book(Tab("Plan", rows))
    asked_about = [
        one.perhaps for table in make_plan(workbook).reading(workbook) for one in table.columns if one.perhaps
    ]
    assert asked_about == ([asked] if asked else [])


def test_columns_of_an_agencys_officers_name_the_agency_and_numbered_ones_may_have_a_remark():
    rows = [
        ["Date", "Loc", "WPD OFFICER", "SO DEPUTY"],
        [SEP_2, "Park", "Vega", None],
        [SEP_16, "Park", "Hall", "Ruiz"],
    ]
    assert [row[3:5] for row in events_of(Tab("Plan", rows))] == [
        (("WPD",), ["Vega"]),
        (("WPD", "SO"), ["Hall", "Ruiz"]),
    ]
    rows = [["Date", "Spot", "Slot 1", "Slot 2 (Spanish)"], [SEP_2, "Park", "Vega", "Hall"]]
    assert [row[4] for row in events_of(Tab("Plan", rows))] == [["Vega", "Hall"]]


def test_lead_below_a_group_of_people_is_a_person():
    rows = [[None, None, "WHO", None], ["Date", "Place", "Lead", "Assist"], [SEP_2, "Park", "Vega", "Hall"]]
    rows[0] = ["WHEN", "WHERE", "WHO", None]
    assert [row[3:5] for row in events_of(Tab("Plan", rows))] == [((), ["Vega", "Hall"])]


def test_lone_column_without_a_header_does_not_end_the_table_but_another_table_does():
    rows = [
        ["Date", "Place", None, "Attendance", None, None, "Phones", "Cell"],
        [SEP_2, "Park", None, 12, None, None, "Ann", "530-555-0100"],
        [SEP_16, "Grange", None, 30, None, None, "Bo", "530-555-0101"],
    ]
    assert [row[5] for row in events_of(Tab("Plan", rows))] == [[12], [30]]
    assert asked_of(Tab("Plan", rows)) == [("cut-off", "G1")]


def test_row_that_says_that_it_is_to_be_ignored_is_no_event():
    rows = [
        ["Date", "Place", "Notes"],
        [SEP_2, "TEST", "a test - ignore"],
        [SEP_16, "Park", "ignore the dog"],
    ]
    assert [row[0] for row in events_of(Tab("Plan", rows))] == ["09-16"]
    skipped = [one for one in read_workbook(book(Tab("Plan", rows)), TODAY).problems if one.code == "skipped-row"]
    assert [(one.severity, one.cell) for one in skipped] == [("warning", "C2")]


def test_events_below_a_heading_of_cancellation_are_off():
    rows = [
        ["Date", "Place", "Officers"], ["UPCOMING"], [SEP_2, "Park", "LEE"], ["CANCELED"], [SEP_16, "Grange", "ORR"],
        ["OCTOBER"], [OCT_7, "Park", "LEE"],
    ]  # fmt: skip
    snapshot = read_workbook(book(Tab("Coffee", rows)), TODAY)
    assert [event.status for event in snapshot.events] == ["Completed", "Cancelled", "Completed"]
    assert [(one.cell, one.code) for one in snapshot.problems if one.code == "inconsistent"] == [("A5", "inconsistent")]
    assert [row.name for row in snapshot.assignments] == ["LEE", "ORR", "LEE"]


EVENTS_TAB = Tab("Coffee", [["Date", "Start", "Venue", "Officers"], [SEP_2, "9am", "Park", "Vega"]])


@each(
    ("title", "rows"),
    [
        ("Calls", [["Date", "Time", "Caller", "Location", "Taken by"], [SEP_2, "9am", "Ann", "Park", "Vega"]]),
        ("Extra duty", [["Date", "Time", "Location", "Officer 1"], [SEP_2, "9am", "Fairgrounds", "Vega"]]),
        ("Sheet2", [["Mileage"], ["Date", "To", "Start", "Purpose"], [SEP_2, "Park", 44120, "Coffee w/ Cop"]]),
        ("Minutes", [["Date", "Topic", "Who"], ["9/3", "Natl day", "Vega"], ["10/1", "Budget", "Hall"]]),
        ("Sheet3", [["Vet appt", "Time", "Town"], [SEP_2, "9am", "Weed"], [SEP_16, "10am", "Etna"]]),
        ("Room", [["Date", "Start", "Room", "Group"], [SEP_2, "9am", "A", "Knitters"], [SEP_16, "6pm", "B", "HOA"]]),
        ("Shop with a Cop", [["Date", "Start", "Store", "Officers"], [SEP_2, "9am", "Mart", "Vega"]]),
        ("Answers", [["Date", "Name", "Guests", "Town"], [SEP_2, "Ann", 3, "Weed"], [SEP_2, "Bo", 1, "Weed"]]),
        ("Calendar", [["City council 2026"], ["Date", "Time", "Location"], [SEP_2, "6pm", "City Hall"]]),
    ],
)
def test_tab_of_another_subject_is_no_plan_of_events(title, rows):
    assert [row[2] for row in events_of(EVENTS_TAB, Tab(title, rows))] == ["Park"]


def test_tab_beside_the_plan_is_read_with_its_columns_or_a_year_and_else_asked_about():
    like = [["Date", "Start", "Venue", "Officer"], [SEP_16, "9am", "Grange", "Hall"]]
    other = [["When", "Hours", "Where", "Helpers"], [OCT_7, "9am", "Hall", "Ruiz"]]
    assert [row[2] for row in events_of(EVENTS_TAB, Tab("North", like), Tab("2025", other))] == [
        "Park",
        "Grange",
        "Hall",
    ]
    assert asked_of(EVENTS_TAB, Tab("North", other)) == [("unused-tab", None)]


# --- properties -------------------------------------------------------------------------------------------------------

COLUMNS = {
    "Date": [SEP_2, SEP_16, OCT_7], "Time": ["9am", "10am", "8am"], "Event location": ["Black Bear", "Grange", "Park"],
    "Which town?": ["Weed", "Etna", "Yreka"], "Host dept": ["WPD", "SCSO", "YPD"],
    "Officers attending": ["Vega; Hall", "Ruiz", "Mora"], "# attended": [12, 30, 44],
}  # fmt: skip


def records(*tabs):
    snapshot = read_workbook(book(*tabs), TODAY)
    events = {event.id: replace(event, row=0) for event in snapshot.events}
    return (
        sorted(events.values(), key=lambda event: event.id),
        sorted((row.event_id, row.name) for row in snapshot.assignments),
        sorted((row.event_id, row.guests.best) for row in snapshot.headcounts),
        sum(account.left_out for account in snapshot.accounting.values()),
    )


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_columns_blank_rows_case_and_remarks_of_headers_change_no_record(generator: Random):
    names = list(COLUMNS)
    generator.shuffle(names)
    spelled = [
        generator.choice([name, name.upper(), name.lower(), f"{name} (required)", f" {name} "]) for name in names
    ]
    rows = [spelled, *map(list, zip(*(COLUMNS[name] for name in names), strict=True))]
    for _ in range(generator.randint(0, 3)):
        rows.insert(generator.randint(1, len(rows)), [None, "", " "][: generator.randint(0, 3)])
    above = [[], ["Coffee with a Cop"]][: generator.randint(0, 2)]
    left = generator.randint(0, 2)
    others = [Tab("Contacts", [["Name", "Phone"], ["Ann", "530-555-0100"]]), Tab("Empty", [])]
    tabs = [Tab("Plan", [[None] * left + row for row in (*above, *rows)]), *others]
    generator.shuffle(tabs)
    expected = records(Tab("Plan", [list(COLUMNS), *map(list, zip(*COLUMNS.values(), strict=True))]))
    assert records(*tabs) == expected


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_row_of_a_sheet_that_was_never_made_for_this_is_accounted_for(generator: Random):
    cells = [
        None,
        None,
        "x",
        "Vega",
        SEP_2,
        "9/16",
        "Wed",
        "TBD",
        7,
        True,
        "October",
        "Total",
        "WPD",
        "canceled",
        "9am",
    ]
    names = [*COLUMNS, "Day", "Officer 1", "Officer 2", "WPD", "Canceled", "Month", "Notes", "Thing"]
    header = ["Date", *generator.sample(names, generator.randint(2, 8))]
    rows = [[generator.choice(cells) for _ in header] for _ in range(generator.randint(1, 12))]
    rows.insert(generator.randint(0, len(rows)), generator.sample(header, len(header)))
    workbook = book(Tab("Events", [header, *rows]), Tab("2025", [header, *rows]))
    try:
        snapshot = read_workbook(workbook, TODAY)
    except SourceUnavailable:
        return  # days stand side by side
    for account in snapshot.accounting.values():
        assert account.rows == account.kept + account.left_out + account.skipped
    filled = sum(table.rows for table in workbook.plan.reading(workbook) if table.meaning == "Events")
    assert snapshot.accounting["Events"].rows <= filled
    assert len(snapshot.events) + len(snapshot.undated) <= snapshot.accounting["Events"].rows


def test_lines_with_a_day_alone_are_the_days_of_the_rows_below():
    rows = [
        ["Functions, October 2026"],
        ["TIME", "FUNCTION", "WHERE", "ATTENDING", "# PRESENT"],
        ["Wednesday, October 7"],
        ["8 a.m.", "Coffee with a Cop", "Park", "Lt. Vega", 18],
        ["5 p.m.", "Tip-a-Cop", "Grange", "Sgt. Hall", 22],
        [],
        ["Thursday, October 15"],
        ["noon", "Brown bag", "Library", "Lt. Vega", None],
        ["cc: front desk"],
    ]
    assert events_of(Tab("October", rows)) == [
        ("10-07", "08:00", "Park", (), ["Lt. Vega"], [18]),
        ("10-07", "17:00", "Grange", (), ["Sgt. Hall"], [22]),
        ("10-15", "12:00", "Library", (), ["Lt. Vega"], []),
    ]


@each(
    ("names", "cells", "day", "start"),
    [
        (("DATE", "TIME"), ("07OCT26", "0730-1000"), "10-07", "07:30"),
        (("DATE", "TIME"), ("7 Oct 26", "0730"), "10-07", "07:30"),
        (("DATE (yymmdd)", "TIME"), ("261007", "1400hrs"), "10-07", "14:00"),
        (("DATE (yymmdd)", "TIME"), (261007, "lunch 11:45"), "10-07", "11:45"),
        (("DATE", "TIME"), (OCT_7, "6th per. 2:05"), "10-07", "14:05"),
        (("DATE", "TIME"), (OCT_7, "lunch 11:45-12:30"), "10-07", "11:45"),
        (("DATE", "PROGRAM"), (OCT_7, "10:00"), "10-07", "10:00"),
        (("DATE", "EVENT"), (OCT_7, "0800"), "10-07", "08:00"),
    ],
)  # fmt: skip
def test_days_and_times_are_read_as_clerks_write_them(names, cells, day, start):
    rows = [[*names, "DOORS", "PROGRAM TITLE", "PLACE"], *[[*cells, "9:45", "Coffee with a Cop", p] for p in "ABC"]]
    assert [row[:2] for row in events_of(Tab("Plan", rows))] == [(day, start)] * 3


@each("typed", ["doors 9:00", "set-up until 9:00", "not before 9:00", "ends 9:00", "arrive 7:30"])
def test_time_of_something_else_is_no_start(typed):
    rows = [["Date", "Place", "Time", "Title"], [OCT_7, "Park", typed, "Coffee with a Cop"]]
    assert [row[1] for row in events_of(Tab("Plan", rows))] == [None]


def test_days_of_six_digits_without_a_word_on_their_order_are_guesses():
    rows = [["Date", "Place", "Time"], [261007, "Park", "9am"], [261014, "Grange", "9am"]]
    assert [row[0] for row in events_of(Tab("Plan", rows))] == ["10-07", "10-14"]
    assert asked_of(Tab("Plan", rows)) == [("guessed", "A2"), ("guessed", "A3")]


def test_slot_a_row_is_one_event_with_its_open_slots():
    rows = [
        ["Sign Up", "Start Date/Time", "Location", "Item", "First Name", "Last Name", "Agency"],
        *[["Coffee with a Cop", day, place, "Host", *who] for day, place, who in (
            ("09/12/2026 8:00 AM", "Park", ("Ann", "Vega", "WPD")),
            ("09/12/2026 8:00 AM", "Park", ("Bo", "Hall", "SCSO")),
            ("09/12/2026 8:00 AM", "Park", (None, None, None)),
            ("09/12/2026 8:00 AM", "Grange", (None, None, None)),
            ("09/12/2026 8:00 AM", "Grange", ("Al", "Ruiz", "WPD")),
        )],
    ]  # fmt: skip
    assert events_of(Tab("Sheet1", rows)) == [
        ("09-12", "08:00", "Park", ("WPD", "SCSO"), ["Ann Vega", "Bo Hall"], []),
        ("09-12", "08:00", "Grange", ("WPD",), ["Al Ruiz"], []),
    ]


def test_names_with_a_semicolon_between_and_a_comma_in_each_have_the_last_name_first():
    rows = [
        ["Subject", "Date", "Time", "Location", "Meeting Organizer", "Required Attendees", "Description"],
        ["Coffee with a Cop", SEP_2, "9am", "Park", "Ross, Eve", "Vega, Tunde;Hall, Milan", "Lead: WPD\nWith: SCSO"],
        ["Coffee with a Cop", SEP_16, "9am", "Grange", "Ross, Eve", "Ruiz, Tunde", "Lead: SCSO"],
        ["Coffee with a Cop", OCT_7, "9am", "Park", "Ross, Eve", "Vega, Tunde;Ruiz, Harjit", "Lead: WPD\nBring cups"],
    ]
    assert [row[3:5] for row in events_of(Tab("Calendar", rows))] == [
        (("WPD", "SCSO"), ["Tunde Vega", "Milan Hall"]),
        (("SCSO",), ["Tunde Ruiz"]),
        (("WPD",), ["Tunde Vega", "Harjit Ruiz"]),
    ]


def test_labels_above_a_table_and_titles_of_tabs_name_agency_person_and_place():
    def tab(title, *rows):
        above = [[f"{title}, 2026"], ["SRO:", "Dep. Vega", None, "Agency:", "Placer Co. Sheriff"]]
        return Tab(
            title, [*above, ["Date", "Time", "Activity", "Room", "SRO there?", "Guests (officers)", "# Stu."], *rows]
        )

    first = tab(
        "Sutter MS",
        [SEP_2, "before school 7:20", "Coffee with a Cop", "quad", "Y", None, 70],
        ["11/11", None, "NO SCHOOL, Veterans Day"],
        [OCT_7, "lunch 12:05", "Cocoa with a Cop", "gym", "N", "Sgt. Hall", 12],
    )
    second = tab("Oro HS", [SEP_16, "8:00", "Muffins with a Cop", "lawn", "Y", "Ofc. Pell", 5])
    sheriff = ("Placer Co. Sheriff",)
    assert events_of(first, second) == [
        ("09-02", "07:20", "quad, Sutter MS", sheriff, ["Dep. Vega"], [70]),
        ("10-07", "12:05", "gym, Sutter MS", sheriff, ["Sgt. Hall"], [12]),
        ("09-16", "08:00", "lawn, Oro HS", sheriff, ["Dep. Vega", "Ofc. Pell"], [5]),
    ]


def test_room_is_in_the_place_beside_it_and_an_agency_behind_a_name_is_the_events():
    rows = [
        ["BRANCH", "ROOM", "DATE", "TIME", "TITLE", "PRESENTER / AGENCY"],
        ["Main", "Patio", SEP_2, "9am", "Coffee with a Cop", "Ofc. Ann Vega, Weed PD"],
        ["East", "Loft", SEP_16, "9am", "Coffee with a Cop", "Sgt. Bo Hall & Dep. Al Ruiz, Etna PD / Yreka PD"],
    ]
    assert [row[2:5] for row in events_of(Tab("Programs", rows))] == [
        ("Patio, Main", ("Weed PD",), ["Ofc. Ann Vega"]),
        ("Loft, East", ("Etna PD", "Yreka PD"), ["Sgt. Bo Hall", "Dep. Al Ruiz"]),
    ]


def test_table_of_another_subject_below_the_events_is_asked_about():
    rows = [
        ["LOG #", "DATE", "TIME", "EVENT", "LOCATION", "PIO / ID", "REMARKS"],
        [1, SEP_2, "9am", "Coffee with a Cop", "Park", "VEGA #12345", None],
        [2, SEP_16, "9am", "Coffee with a Cop", "Grange", "HALL #12346", None],
        ["MEDIA CONTACTS"],
        ["#", "DATE", "TIME", "SUBJECT", "REPORTER", "PIO / ID", "OUTLET"],
        ["M-1", OCT_7, "9am", "Crash", "T. Bright", "VEGA #12345", "KCRA"],
    ]
    assert [(row[0], row[4]) for row in events_of(Tab("CALIFORNIA HIGHWAY PATROL LOG", rows))] == [
        ("09-02", ["VEGA"]), ("09-16", ["HALL"]),
    ]  # fmt: skip
    assert ("unused-tab", None) in asked_of(Tab("CALIFORNIA HIGHWAY PATROL LOG", rows))


def test_person_struck_out_below_an_event_is_asked_about_and_the_event_goes_on():
    rows = [
        ["Date", "Place", "Time", "Officer"],
        [SEP_2, "Park", "9am", "Ann Vega"],
        [None, None, None, "Bo Hall"],
        [None, None, None, "Al Ruiz"],
    ]
    tab = Tab("Plan", rows, merges=(Merge(1, 4, 0, 1),), struck=(2,))
    assert [(row[0], row[4]) for row in events_of(tab)] == [("09-02", ["Ann Vega", "Al Ruiz"])]
    snapshot = read_workbook(book(tab), TODAY)
    assert [event.status for event in snapshot.events] == ["Completed"]
    assert [one.cell for one in snapshot.problems if one.code == "skipped-row"] == ["D3"]


def test_event_that_its_status_moves_is_on_the_new_day_as_a_guess():
    rows = [["Date", "Place", "Status"], [SEP_2, "Park", "Postponed to 12/12/2026"], [OCT_7, "Grange", "Confirmed"]]
    assert [row[0] for row in events_of(Tab("Plan", rows))] == ["12-12", "10-07"]
    assert asked_of(Tab("Plan", rows)) == [("guessed", "A2")]


def test_same_place_in_more_words_is_the_same_event_as_a_guess():
    rows = [
        ["Timestamp", "What day?", "What time?", "Where was it?", "Which officers took part?"],
        [OCT_7 + 0.5, OCT_7, "8am", "Peets at Century Plaza, Weed", "Ofc. Vega"],
        [OCT_7 + 0.6, OCT_7, "8am", "Peet's Century Plaza", "Ofc. Hall"],
        [OCT_7 + 0.7, OCT_7, "8am", "Century Grange", "Ofc. Ruiz"],
    ]
    assert [row[2:5:2] for row in events_of(Tab("Form Responses 1", rows))] == [
        ("Peets at Century Plaza, Weed", ["Ofc. Vega", "Ofc. Hall"]),
        ("Century Grange", ["Ofc. Ruiz"]),
    ]
    assert ("guessed", "D3") in asked_of(Tab("Form Responses 1", rows))


def test_total_of_columns_that_are_not_read_is_no_event():
    rows = [
        ["No.", "Date", "Place", "Guests"],
        [1, SEP_2, "Park", 12],
        [2, OCT_7, "Grange", 30],
        ["TOTAL", None, None, 42],
    ]
    assert read_workbook(book(Tab("Plan", rows)), TODAY).undated == ()


def test_names_of_guests_are_no_officers_without_ranks():
    rows = [
        ["Date", "Place", "Attendees"],
        [SEP_2, "Park", "Ann Vega, Bo Hall"],
        [OCT_7, "Grange", "Al Ruiz, Eve Ross"],
    ]
    assert [row[4] for row in events_of(Tab("Plan", rows))] == [[], []]
    ranked = [rows[0], [SEP_2, "Park", "Sgt. Vega, Ofc. Hall"], [OCT_7, "Grange", "Dep. Ruiz"]]
    assert [row[4] for row in events_of(Tab("Plan", ranked))] == [["Sgt. Vega", "Ofc. Hall"], ["Dep. Ruiz"]]
