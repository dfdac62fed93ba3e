"""The plan of reading: what a header means, that the plan is a value, and that it stands from one look to the next."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import ColumnReading, Merge, Tab, TableReading
from cwac.settings import Rules, SettingsError
from cwac.sheet.headers import meanings
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan
from cwac.sheet.planning import make_plan, refuse_unknown_meanings, table_reading
from cwac.sheet.reader import plan_of, read_workbook
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sheet.county import OWN, TODAY, book, problems, read

SEP_2, SEP_16, OCT_7 = 46267, 46281, 46302
CELLS = {
    "day": [SEP_2, SEP_16, OCT_7], "time": ["9am", "10am", "8am"], "agency": ["WPD", "SCSO", "CHP"],
    "people": ["Vega", "Hall", "Ruiz"], "count": [12, 30, 44], "place": ["Black Bear", "Grange", "Park"],
    "town": ["Weed", "Etna", "Yreka"], "text": ["bring chairs", "ask Ann", "see the map"],
    "status": ["Done", "Set", "Off"],
}  # fmt: skip


def table(*columns):
    """Rows of columns, each a header and its cells."""
    return [list(row) for row in zip(*([header, *cells] for header, cells in columns), strict=True)]


DATE, PLACE = ("Date", CELLS["day"]), ("Place", CELLS["place"])


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
    beside = [DATE] if field == "venue" else [DATE, PLACE]
    (read_table,) = make_plan(book(Tab("Events", table(*beside, (header, CELLS[kind]))))).tables
    assert read_table.columns[-1].field == field


def test_example_cells_are_none_that_reach_somebody_and_none_of_coordinators_columns():
    staff = ["Hall 530-555-0100", "Sgt. Vega", "Ofc. Hall", "Dep. Ruiz", "Ofc. Mora", "Sgt. Diaz"]
    events = [["Date", "Place", "Crewing"], *([SEP_2 + day, "Park", name] for day, name in enumerate(staff))]
    snapshot = read(Tab("Events", events))
    (made,) = snapshot.reading
    three = ("Sgt. Vega", "Ofc. Hall", "Dep. Ruiz")
    assert made.columns[2] == ColumnReading("C", "Crewing", perhaps="Officers", cells=three)
    assert problems(snapshot, "severity", "cell", code="perhaps-column") == [("warning", "C1")]
    officers = book(Tab("Officers", [["Reached at"], ["planted"]]))
    plan = TablePlan(0, "Officers", "Officers", 0, (ColumnPlan(0, "Reached at", perhaps="email"),))
    assert table_reading(plan, officers.tabs[0].rows).columns == (ColumnReading("A", "Reached at", perhaps="Email"),)


def test_plan_is_described_and_comes_back_from_json():
    workbook = book(Tab("2026", [["When", "Where", "Snacks"], [SEP_2, "Park", None]]))
    plan = make_plan(workbook)
    assert (table_reading(plan.tables[0], workbook.tabs[0].rows),) == (
        TableReading(
            "2026", "Events", 1, 1,
            (
                ColumnReading("A", "When", "Date", "alias"),
                ColumnReading("B", "Where", "Venue", "alias"),
                ColumnReading("C", "Snacks"),
            ),
        ),
    )  # fmt: skip
    for path in OWN.glob("*.xlsx"):
        plan = make_plan(read_excel(path))
        assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_column_keeps_its_meaning_when_its_cells_change():
    def meaning(workbook):
        return plan_of(workbook, Rules()).tables[0].columns[2].field

    before, edited = (
        book(Tab("Plan", table(DATE, PLACE, ("Uhrzeit", cells))))
        for cells in (["9am", "10am", "8am"], ["soon", "later", "x"])
    )
    read_workbook(before, TODAY)
    assert (meaning(before), meaning(edited)) == ("start", None)
    after = replace(edited, plan=before.plan)
    warnings = [one.cell for one in read_workbook(after, TODAY).problems if "as before" in one.advice]
    assert (meaning(after), warnings) == ("start", ["C1"])


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
        assert len(snapshot.events) == len(snapshot.assignments) == month + 2
    rows[1] = ["x", *rows[1][1:]]
    assert len(read_workbook(replace(book(Tab("CWAC", rows)), plan=workbook.plan), TODAY).events) == 12


@each(
    ("rules", "words"),
    [
        (Rules(columns=(("Thing", "Venu"),)), ("Thing in [columns]", "Venu: did you mean Venue?")),
        (Rules(tabs=(("Fall", "Event"),)), ("Fall in [tabs]", "Event: did you mean Events?")),
    ],
)
def test_unknown_meaning_by_hand_is_refused_by_name(rules, words):
    with pytest.raises(SettingsError) as refused:
        refuse_unknown_meanings(rules)
    assert str(refused.value).rstrip(".") == " has a meaning that is not known, ".join(words)


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
    (made,) = read(Tab("Plan", table(DATE, PLACE, (name, cells)))).reading
    assert [one.perhaps for one in made.columns if one.perhaps] == ([asked] if asked else [])


# --- properties -------------------------------------------------------------------------------------------------------

COLUMNS = {
    "Date": [SEP_2, SEP_16, OCT_7], "Time": ["9am", "10am", "8am"], "Event location": ["Black Bear", "Grange", "Park"],
    "Which town?": ["Weed", "Etna", "Yreka"], "Host dept": ["WPD", "SCSO", "YPD"],
    "Officers attending": ["Vega; Hall", "Ruiz", "Mora"], "# attended": [12, 30, 44],
}  # fmt: skip


def records(*tabs):
    snapshot = read(*tabs)
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
    rows = table(*zip(spelled, (COLUMNS[name] for name in names), strict=True))
    for _ in range(generator.randint(0, 3)):
        rows.insert(generator.randint(1, len(rows)), [None, "", " "][: generator.randint(0, 3)])
    above = [[], ["Coffee with a Cop"]][: generator.randint(0, 2)]
    left = generator.randint(0, 2)
    others = [Tab("Contacts", [["Name", "Phone"], ["Ann", "530-555-0100"]]), Tab("Empty", [])]
    tabs = [Tab("Plan", [[None] * left + row for row in (*above, *rows)]), *others]
    generator.shuffle(tabs)
    assert records(*tabs) == records(Tab("Plan", table(*COLUMNS.items())))


def test_names_with_a_semicolon_between_and_a_comma_in_each_have_the_last_name_first():
    rows = [
        ["Subject", "Date", "Time", "Location", "Meeting Organizer", "Required Attendees", "Description"],
        ["Coffee with a Cop", SEP_2, "9am", "Park", "Ross, Eve", "Vega, Tunde;Hall, Milan", "Lead: WPD\nWith: SCSO"],
        ["Coffee with a Cop", SEP_16, "9am", "Grange", "Ross, Eve", "Ruiz, Tunde", "Lead: SCSO"],
        ["Coffee with a Cop", OCT_7, "9am", "Park", "Ross, Eve", "Vega, Tunde;Ruiz, Harjit", "Lead: WPD\nBring cups"],
    ]
    snapshot = read(Tab("Calendar", rows))
    assert [event.agencies for event in snapshot.events] == [("WPD", "SCSO"), ("SCSO",), ("WPD",)]
    assert [[row.name for row in snapshot.assignments_by_event[event.id]] for event in snapshot.events] == [
        ["Tunde Vega", "Milan Hall"], ["Tunde Ruiz"], ["Tunde Vega", "Harjit Ruiz"],
    ]  # fmt: skip


def test_person_struck_out_below_an_event_is_asked_about_and_the_event_goes_on():
    rows = [["Date", "Place", "Time", "Officer"], [SEP_2, "Park", "9am", "Ann Vega"]]
    rows += [[None, None, None, name] for name in ("Bo Hall", "Al Ruiz")]
    snapshot = read(Tab("Plan", rows, merges=(Merge(1, 4, 0, 1),), struck=(2,)))
    assert [(f"{event.date:%m-%d}", event.status) for event in snapshot.events] == [("09-02", "Completed")]
    assert [row.name for row in snapshot.assignments] == ["Ann Vega", "Al Ruiz"]
    assert problems(snapshot, "cell", code="skipped-row") == ["D3"]


def test_a_field_that_only_the_plan_knows_has_a_name_wherever_columns_are_named():
    """Several columns of people, the day that names a row's event, and an agency's officers said by hand."""
    plan = Tab("Events", [
        ["Date", "Start", "Town", "Venue", "Officer 1", "Officer 2"],
        [OCT_7, "9am", "Weed", "Grange", "Dana Vega", "Ann Hall"],
        [SEP_2, "9am", "Etna", "Park", "Dana Vega", "Ann Hall"],
    ])  # fmt: skip
    header = ["Event ID", "Date", "Start", "Town", "Venue", "Officer 1", "Officer 2"]
    example = ["EXAMPLE-1", OCT_7, 8.5 / 24, "Weed", "Weed Starbucks", "Dana Vega", "Ann Hall"]
    assert [event.id for event in read(Tab("Events", [header, example])).events] == ["EXAMPLE-1"]

    counts = Tab("Attendance", [["When", "Venue", "Guests"], [OCT_7, "Grange", 20], [SEP_2, "Park", 30]])
    before = book(plan, counts)
    assert [row.guests.best for row in read_workbook(before, TODAY).headcounts] == [20, 30]
    moved = [["When", "Date", "Venue", "Guests"], *[["9:00", day, "Grange", 20] for day in (OCT_7, SEP_2, SEP_16)]]
    snapshot = read_workbook(book(plan, Tab("Attendance", moved)), TODAY, before=before.plan)
    told = {(column, advice[:20]) for column, advice in problems(snapshot, "column", "advice", tab="Attendance")}
    assert {("When", 'As "Date", as before'), ("Date", 'This may be "Date", ')} <= told

    staffing = Tab("Staffing", [["Event ID", "Officer", "Team"], ["2026-10-07-weed", "Dana Vega", "x"]])
    snapshot = read(plan, staffing, rules=Rules(columns=(("Team", "Officers of WPD"),)))
    assert [(row.event_id, row.name) for row in snapshot.assignments][:1] == [("2026-10-07-weed", "Dana Vega")]
