"""The template's example rows and its tab Start here: never counted, never reported as a mistake."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.model import Accounting, SourceUnavailable, Tab
from cwac.sheet.reader import columns_read, read_workbook
from cwac.sheet.schema import EXAMPLES
from tests.cases import each
from tests.sheet.county import EVENT, SPECS, TODAY, problems, read, workbook


def template_rows(tab, *more, **changed):
    """The tab as the template has it, with more rows, each by field, and others in place of some examples (`_0`)."""
    columns = SPECS[tab].columns
    rows = [changed.get(f"_{number}", row) for number, row in enumerate((*EXAMPLES[tab], *more))]
    return [[column.header for column in columns], *([row.get(column.field) for column in columns] for row in rows)]


def skipped(snapshot):
    return problems(snapshot, "tab", "cell", "found", code="skipped-row")


def warned(snapshot, *fields):
    """Of the warnings about rows that look like examples of the template."""
    found = problems(snapshot, "advice", *fields)
    return [values for advice, *values in found if "example of the template" in advice]


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
    example = EXAMPLES["Events"][0]
    stored = example | {"start": example["start"] + moved, "date": 46302.0}
    assert len(skipped(read(Events=template_rows("Events", _0=stored)))) == 2


@each(("tab", "number"), [(name, number) for name, rows in EXAMPLES.items() for number in range(len(rows))])
def test_an_example_row_with_any_changed_cell_is_read_with_a_warning(tab, number):
    """All changes of an example are read in one sheet, each in a row of its own."""
    example = EXAMPLES[tab][number]
    changed = []
    for column in SPECS[tab].columns:
        value = example.get(column.field, "")
        is_id = value == example.get("id", example.get("event_id"))
        other = "EXAMPLE-9" if is_id else f"{value}x" if isinstance(value, str) else value + 1
        changed.append(example | {column.field: other})
    snapshot = read(**{tab: template_rows(tab, *changed)})
    assert snapshot.accounting[tab].skipped == 2
    rows = range(4, 4 + len(changed))
    assert sorted(warned(snapshot, "row", "severity", "cell")) == [[row, "warning", f"A{row}"] for row in rows]


def test_a_changed_example_counts_as_an_event():
    event = EXAMPLES["Events"][0] | {"town": "Etna", "id": "example-1 "}
    snapshot = read(Events=template_rows("Events", event), Staffing=[["Event ID", "Officer"], ["EXAMPLE-1", "OF-01"]])
    assert [(event.id, event.town) for event in snapshot.events] == [("example-1", "Etna")]
    assert [row.officer for row in snapshot.assignments] == ["OF-01"]
    assert warned(snapshot, "code", "tab", "cell", "agencies") == [
        ["guessed", "Events", "A4", ("WPD", "CHP-MS", "SCSO")],
        ["guessed", "Staffing", "A2", ("WPD",)],
    ]


def test_an_example_row_with_an_id_of_its_own_is_an_ordinary_event():
    snapshot = read(Events=template_rows("Events", EXAMPLES["Events"][0] | {"id": "EV-1"}))
    assert [event.id for event in snapshot.events] == ["EV-1"]
    assert len(skipped(snapshot)) == 2


# --- Start here ------------------------------------------------------------------------------------------------------


def beside(tab):
    """The problems of the county with this tab before its own."""
    plain = workbook()
    return read_workbook(replace(plain, tabs=(tab, *plain.tabs)), TODAY).problems


@each("title", ["Start here", "START HERE", "start-here", " Start  Here! "])
def test_start_here_is_neither_read_nor_reported(title):
    tab = Tab(title, [["Date", "Town", "Status"], ["soon", "Weed", "x"]], id=9)
    assert beside(tab) == read().problems


@each("title", ["Start here 2", "Copy of Start here", "Start"])
def test_a_tab_of_nearly_that_name_is_reported_as_unused(title):
    assert [problem.found for problem in beside(Tab(title, [["x"]])) if problem.code == "unused-tab"] == [title]


@each(("others", "cause"), [((), "empty"), ((Tab("Towns", [["Town"], ["Weed"]]),), "no-events-tab")])
def test_start_here_is_never_proposed_for_events(others, cause):
    with pytest.raises(SourceUnavailable) as refused:
        read(Tab("Start here", [["Date", "Town", "Status"]]), *others)
    assert refused.value.cause == cause
    assert "Start here" not in refused.value.remedy
