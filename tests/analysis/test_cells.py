"""The cell in which an answer is typed, and the number of cells to fix."""

import datetime as dt

from cwac.analysis.cells import (
    cell_of_count,
    cell_of_officers,
    cell_to_fill,
    cells_by_severity,
    cells_to_fix,
    first_events,
)
from cwac.analysis.followups import missing_after_event
from cwac.analysis.scheduling import plan
from cwac.model import Problem, Snapshot
from cwac.packet.facts import checklist, missing_facts
from tests.analysis.plans import sheet
from tests.cases import each

ON = dt.date(2026, 9, 1)
HEAD = "Event ID | Date | Town | Lead agency | Status | Officers needed | Officers | Guests\n"
LISTS = {
    "Agencies": "Agency | Name\nWPD | Weed Police Department",
    "Officers": "Officer ID | Name | Agency\nOF-01 | A. Sample | WPD\nOF-02 | B. Demo | WPD\nOF-03 | C. Example | WPD",
}
PAST = "A | 8/4/2026 | Weed | WPD | Completed | 2 |"
COMING = "B | 10/6/2026 | Weed | WPD | Confirmed | 2 |"


def cells(snapshot: Snapshot) -> dict[str, tuple[str, str, int | None]]:
    return {item.kind: cell_to_fill(snapshot, item) for item in missing_after_event(snapshot, ON)}


def placeholders(snapshot: Snapshot) -> list[int | None]:
    """The rows that a plan's proposals would replace."""
    return [proposal.placeholder for proposal in plan(snapshot, ON, dt.date(2026, 12, 31), ON).proposals]


def test_people_and_counts_of_the_events_own_row_have_no_row_in_other_tabs() -> None:
    snapshot = sheet(Events=f"{HEAD}{PAST} A. Sample | many\n{COMING} TBD |", Attendance="Event ID | Guests", **LISTS)
    assert {row.in_events for row in (*snapshot.assignments, *snapshot.headcounts)} == {True}
    assert cells(snapshot) == {"count": ("Events", "guests", 2), "hours": ("Staffing", "hours", None)}
    assert placeholders(snapshot) == [None, None]


def test_first_events_are_shown_with_their_status_in_american_spelling() -> None:
    snapshot = sheet(Events=f"{HEAD}{PAST} | 12\nB | 10/6/2026 | Weed | WPD | Cancelled | | | \nC | 10/7/2026", **LISTS)
    assert [(event.id, words[-1]) for event, words in first_events(snapshot)] == [
        ("A", "Completed"), ("B", "Canceled"), ("C", "")
    ]  # fmt: skip


def test_rows_of_their_own_are_named() -> None:
    snapshot = sheet(
        Events=f"{HEAD}{PAST} |\n{COMING} |",
        Staffing="Event ID | Officer | Status\nB | TBD |\nA | OF-01 | Attended",
        Attendance="Event ID | Guests\nA |",
        **LISTS,
    )
    assert {row.in_events for row in (*snapshot.assignments, *snapshot.headcounts)} == {False}
    assert cells(snapshot) == {"count": ("Attendance", "guests", 2), "hours": ("Staffing", "hours", 3)}
    assert sorted(map(str, placeholders(snapshot))) == ["2", "None"]


def test_hours_are_asked_of_a_person_who_has_none_in_any_row() -> None:
    rows = "A | OF-01 | Attended |\nA | OF-01 | Attended | 2\nA | OF-02 | Attended |"
    snapshot = sheet(Events=f"{HEAD}{PAST} |", Staffing=f"Event ID | Officer | Status | Hours\n{rows}", **LISTS)
    assert cells(snapshot)["hours"] == ("Staffing", "hours", 4)


def test_every_place_sends_people_to_the_same_cell_for_a_count() -> None:
    for attendance in ({}, {"Attendance": "Event ID | Guests\nB | 4\nA |"}):
        snapshot = sheet(Events=f"{HEAD}{PAST} |", **attendance, **LISTS)
        event = snapshot.event_by_id["A"]
        cell = ("Attendance", "guests", 3) if attendance else ("Events", "guests", 2)
        assert cell_of_count(snapshot, event) == cell
        assert cells(snapshot)["count"] == cell
        (step,) = [step for step in checklist(snapshot, event, ON) if step.words == "Counts not in"]
        assert (step.tab, step.field, step.row) == cell
        (fact,) = [fact for fact in missing_facts(snapshot, event) if fact.fact == "results.guests"]
        assert (fact.tab, fact.field, fact.row) == cell


def host_row(snapshot: Snapshot) -> int | None:
    """The row in which event B's missing host is typed."""
    (row,) = [fact.row for fact in missing_facts(snapshot, snapshot.event_by_id["B"]) if fact.fact == "people.host"]
    return row


def test_next_officer_is_named_where_the_others_of_the_event_are() -> None:
    tab = "Event ID | Officer | Status"
    one_row = sheet(Events=f"{HEAD}{COMING} A. Sample |", Staffing=tab, **LISTS)
    assert cell_of_officers(one_row, one_row.event_by_id["B"]) == ("Events", "officers", 2)
    assert host_row(one_row) is None
    rows = sheet(Events=f"{HEAD}{COMING} |", Staffing=f"{tab}\nB | OF-01 | Confirmed", **LISTS)
    assert cell_of_officers(rows, rows.event_by_id["B"]) == ("Staffing", "officer", None)
    assert host_row(rows) == 2
    no_tab = sheet(Events=f"{HEAD}{COMING} |", **LISTS)
    assert cell_of_officers(no_tab, no_tab.event_by_id["B"]) == ("Events", "officers", 2)


def problem(severity="error", cell=None, *, tab="Events", row=None, column=None, code="unreadable", found=None):
    return Problem(severity, code, tab, row, column, cell, found, "")


ERROR, WARNING, NOTICE = (problem(severity, "B2") for severity in ("error", "warning", "notice"))


@each(
    ("problems", "cells"),
    [
        ([], (0, 0, 0)),
        ([ERROR], (1, 0, 0)),
        ([ERROR, ERROR], (1, 0, 0)),
        ([WARNING, ERROR, NOTICE], (1, 0, 0)),  # one cell, by its worst
        ([NOTICE, WARNING], (0, 1, 0)),
        ([NOTICE], (0, 0, 1)),
        ([ERROR, problem("warning", "B3")], (1, 1, 0)),
        ([ERROR, problem(cell="B2", tab="Staffing")], (2, 0, 0)),
        ([problem(row=5), problem(row=5, code="duplicate-row")], (1, 0, 0)),  # the whole row
        ([problem(row=1, column="Date"), problem(row=1, column="Town")], (2, 0, 0)),  # two missing columns
        ([problem(tab=None, found="Old"), problem(tab=None, found="Older")], (2, 0, 0)),  # two tabs
    ],
)
def test_cell_counts_once_by_its_worst_severity(problems, cells):
    assert tuple(cells_by_severity(problems).values()) == cells
    assert list(cells_by_severity(problems)) == ["error", "warning", "notice"]
    assert cells_to_fix(problems) == cells[0] + cells[1]
