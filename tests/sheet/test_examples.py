"""The template's example rows and its tab Start here: never counted, never reported as a mistake."""

import datetime as dt

import pytest

from cwac.model import Accounting, SourceUnavailable, Tab, Workbook
from cwac.sheet.examples import EXAMPLES
from cwac.sheet.reader import columns_read, read_workbook
from cwac.sheet.schema import TABS
from tests.cases import each
from tests.sheet.county import AS_OF, EVENT, TODAY, events, read, workbook

SPECS = {spec.name: spec for spec in TABS}
EXAMPLE_ROWS = [(name, number) for name, rows in EXAMPLES.items() for number in range(len(rows))]


def template_rows(tab, *more):
    """The tab as the template has it, with more rows, each by field."""
    columns = SPECS[tab].columns
    return [
        [column.header for column in columns],
        *[[row.get(column.field) for column in columns] for row in (*EXAMPLES[tab], *more)],
    ]


def skipped(snapshot):
    return [
        (problem.tab, problem.cell, problem.found) for problem in snapshot.problems if problem.code == "skipped-row"
    ]


@each("today", [dt.date(2020, 1, 1), TODAY, dt.date(2036, 1, 1)])
def test_example_rows_are_skipped_with_a_notice_on_any_day(today):
    tabs = {name: template_rows(name) for name in EXAMPLES}
    snapshot = read_workbook(workbook(**tabs), today)
    assert (snapshot.events, snapshot.undated, snapshot.assignments, snapshot.headcounts) == ((), (), (), ())
    assert {name: snapshot.accounting[name] for name in EXAMPLES} == dict.fromkeys(EXAMPLES, Accounting(2, skipped=2))
    assert skipped(snapshot) == [
        ("Events", "A2", "EXAMPLE-1"), ("Events", "A3", "EXAMPLE-2"),
        ("Staffing", "A2", "EXAMPLE-1"), ("Staffing", "A3", "EXAMPLE-2"),
        ("Attendance", "A2", "EXAMPLE-1"), ("Attendance", "A3", "EXAMPLE-1"),
    ]  # fmt: skip
    assert {problem.severity for problem in snapshot.problems} == {"notice"}


def test_example_rows_among_others_and_in_other_columns_are_skipped():
    columns = [column for column in reversed(SPECS["Events"].columns) if column.field != "public_notes"]
    examples = [[row.get(column.field) for column in columns] for row in EXAMPLES["Events"]]
    mine = [EVENT.get(column.header) for column in columns]
    rows = [[*[column.header for column in columns], "My own"], [*mine, 1], [*examples[1], "x"], [*examples[0], 2]]
    snapshot = read(Events=rows)
    assert [event.id for event in snapshot.events] == ["E1"]
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=1, skipped=2)
    # In the same way for a check that reads columns by itself.
    assert columns_read(workbook(Events=rows), {"Events"})["Events"]["town"][1] == ["Weed"]


@each("moved", [1e-9, -1e-9])
def test_a_time_stored_with_fewer_digits_is_still_the_example(moved):
    row = EXAMPLES["Events"][0]
    rows = template_rows("Events")
    rows[1] = [(row | {"start": row["start"] + moved, "date": 46302.0}).get(c.field) for c in SPECS["Events"].columns]
    assert len(skipped(read(Events=rows))) == 2


@each(("tab", "number"), EXAMPLE_ROWS)
def test_an_example_row_with_any_changed_cell_is_read_with_a_warning(tab, number):
    example = EXAMPLES[tab][number]
    for column in SPECS[tab].columns:
        is_id = example.get(column.field) == example.get("id", example.get("event_id"))
        changed = example | {column.field: "EXAMPLE-9" if is_id else "-" if column.field in example else "x"}
        rows = template_rows(tab)
        rows[number + 1] = [changed.get(other.field) for other in SPECS[tab].columns]
        snapshot = read(**{tab: rows})
        assert snapshot.accounting[tab].skipped == 1
        warnings = [
            (problem.severity, problem.cell)
            for problem in snapshot.problems
            if "example of the template" in problem.advice
        ]
        assert warnings == [("warning", f"A{number + 2}")]


def test_a_changed_example_counts_as_an_event():
    event = EXAMPLES["Events"][0] | {"town": "Etna", "id": "example-1 "}
    rows = template_rows("Events", event)
    snapshot = read(Events=rows, Staffing=[["Event ID", "Officer"], ["EXAMPLE-1", "OF-01"]])
    assert [(event.id, event.town) for event in snapshot.events] == [("example-1", "Etna")]
    assert [row.officer for row in snapshot.assignments] == ["OF-01"]
    warnings = [problem for problem in snapshot.problems if "example of the template" in problem.advice]
    assert [(problem.code, problem.tab, problem.cell, problem.agencies) for problem in warnings] == [
        ("guessed", "Events", "A4", ("WPD", "CHP-MS", "SCSO")),
        ("guessed", "Staffing", "A2", ("WPD",)),
    ]


def test_an_example_row_with_an_id_of_its_own_is_an_ordinary_event():
    snapshot = read(Events=template_rows("Events", EXAMPLES["Events"][0] | {"id": "EV-1"}))
    assert [event.id for event in snapshot.events] == ["EV-1"]
    assert len(skipped(snapshot)) == 2


# --- Start here ------------------------------------------------------------------------------------------------------


@each("title", ["Start here", "START HERE", "start-here", " Start  Here! "])
def test_start_here_is_neither_read_nor_reported(title):
    plain = workbook()
    tab = Tab(title, [["Date", "Town", "Status"], ["soon", "Weed", "x"]], id=9)
    with_it = Workbook(plain.source, AS_OF, plain.timezone, (tab, *plain.tabs))
    assert read_workbook(with_it, TODAY).problems == read_workbook(plain, TODAY).problems


@each("title", ["Start here 2", "Copy of Start here", "Start"])
def test_a_tab_of_nearly_that_name_is_reported_as_unused(title):
    plain = workbook(Events=events({}))
    tabs = (*plain.tabs, Tab(title, [["x"]]))
    snapshot = read_workbook(Workbook(plain.source, AS_OF, plain.timezone, tabs), TODAY)
    assert [problem.found for problem in snapshot.problems if problem.code == "unused-tab"] == [title]


@each(("others", "cause"), [((), "empty"), ((Tab("Towns", [["Town"], ["Weed"]]),), "no-events-tab")])
def test_start_here_is_never_proposed_for_events(others, cause):
    tabs = (Tab("Start here", [["Date", "Town", "Status"]]), *others)
    with pytest.raises(SourceUnavailable) as refused:
        read_workbook(Workbook("x.xlsx", AS_OF, "America/Los_Angeles", tabs), TODAY)
    assert refused.value.cause == cause
    assert "Start here" not in refused.value.remedy
