"""What becomes of added columns: test_adding_a_column.py runs these tests beside a copy of the product that has them.

Each tab has one column for each audience, the last of which states nothing.
"""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from cwac.access import COORDINATOR, NOT_QUOTED, PUBLIC, Viewer, restrict, restrict_both
from cwac.analysis.changes import changes
from cwac.exports.workbooks import records, version_workbook
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.template import data_dictionary, write_template
from cwac.sources.excel import read_excel

ALL = "for_anybody for_agencies for_own_agency unstated"
OWN = "for_anybody for_agencies for_own_agency"
AGENCIES = "for_anybody for_agencies"
FOR_ANYBODY = "for_anybody"
PLAN = {
    "Events": [
        ["Event ID", "Date", "Town", "Venue", "Lead agency", "Status"],
        ["EV-OURS", 46302, "Weed", "Cafe", "WPD", "Confirmed"],
        ["EV-THEIRS", 46303, "Weed", "Cafe", "SCSO", "Confirmed"],
    ],
    "Staffing": [["Event ID", "Officer"], ["EV-OURS", "OF-1"], ["EV-THEIRS", "OF-2"]],
    "Attendance": [["Event ID", "Guests"], ["EV-OURS", 20], ["EV-THEIRS", 30]],
    "Agencies": [["Agency", "Name"], ["WPD", "Weed Police"], ["SCSO", "Sheriff"]],
    "Officers": [["Officer ID", "Name", "Agency"], ["OF-1", "A. Sample", "WPD"], ["OF-2", "B. Demo", "SCSO"]],
    "Time off": [["Officer", "From", "To"], ["OF-1", 46310, 46311], ["OF-2", 46310, 46311]],
    "Venues": [["Venue", "Town"], ["Cafe", "Weed"]],
    "Towns": [["Town"], ["Weed"]],
    "Coverage": [["Town", "Agency"], ["Weed", "WPD"], ["Weed", "SCSO"]],
    "Follow-ups": [
        ["Follow-up ID", "Event ID", "Referred to"],
        ["F-1", "EV-OURS", "WPD"],
        ["F-2", "EV-THEIRS", "SCSO"],
    ],
}


DAY = dt.date(2026, 10, 1)
WPD = Viewer("liaison", ("WPD",))
KINDS = (
    "events", "assignments", "headcounts", "agencies", "officers", "time_off", "venues", "towns", "coverage",
    "follow_ups",
)  # fmt: skip


def workbook(cell: str, asked_by: str, mentor: str, strollers: int) -> Workbook:
    """The plan, with this text in each column for an audience, and these cells in one more column of some tabs."""
    more = {"Events": ("Asked by", asked_by), "Staffing": ("Mentor", mentor), "Attendance": ("Strollers", strollers)}
    tabs = []
    for name, (header, *rows) in PLAN.items():
        added, value = more.get(name, (None, None))
        head = [*header, "For anybody", "For agencies", "For own agency", "Unstated", added]
        tabs.append(Tab(name, [head, *([*row, *[cell] * 4, value] for row in rows)]))
    return Workbook("plan", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "America/Los_Angeles", tuple(tabs))


BOOK = workbook("one", "WPD", "OF-1", 3)
BEFORE = read_workbook(BOOK, DAY)


def seen(viewer: Viewer) -> dict[str, list[str]]:
    """The columns for an audience that this viewer has of each record."""
    snapshot: Any = restrict(BEFORE, viewer)
    lists = {kind: getattr(snapshot, kind) for kind in KINDS} | {"venue of events": [e.venue for e in snapshot.events]}
    return {
        kind: [" ".join(name for name in ALL.split() if getattr(record, name) is not None) for record in those]
        for kind, those in lists.items()
    }


def test_cells_of_an_added_column_are_read_into_the_records() -> None:
    event, assignment, headcount = (rows[0] for rows in (BEFORE.events, BEFORE.assignments, BEFORE.headcounts))
    assert (event.unstated, event.asked_by, assignment.mentor, headcount.strollers) == ("one", "WPD", "OF-1", 3)  # type: ignore[attr-defined]


def test_each_audience_sees_an_added_column_as_its_row_of_the_table_says() -> None:
    """The first record is WPD's, the second the sheriff's; of venues and towns there is one, and it is no agency's."""
    places = {"venues", "towns"}
    of_agencies = {"events", "assignments", "headcounts", "agencies", "coverage", "follow_ups"}
    of_officers = {"officers", "time_off"}
    assert seen(COORDINATOR) == {
        **{kind: [ALL, ALL] for kind in of_agencies | of_officers | {"venue of events"}},
        **{kind: [ALL] for kind in places},
    }
    assert seen(WPD) == {
        **{kind: [OWN, AGENCIES] for kind in of_agencies},
        "officers": [OWN, ""],  # the second stands in for an officer who is not shown
        "time_off": [OWN],
        "venue of events": [AGENCIES, AGENCIES],
        **{kind: [AGENCIES] for kind in places},
    }
    assert seen(PUBLIC) == {
        **{kind: [FOR_ANYBODY] * 2 for kind in ("events", "headcounts", "agencies", "venue of events")},
        **{kind: [] for kind in ("assignments", "coverage", "follow_ups", "officers", "time_off")},
        **{kind: [FOR_ANYBODY] for kind in places},
    }


def quoted(book: Workbook, viewer: Viewer) -> tuple[list[str | None], set[str | None]]:
    """The columns of Events of which this viewer's problems quote the cell, and those of any tab that are withheld."""
    problems = restrict(read_workbook(book, DAY), viewer).problems
    of_events = [problem.field_name for problem in problems if (problem.tab, problem.found) == ("Events", "#N/A")]
    return of_events, {problem.field_name for problem in problems if problem.advice == NOT_QUOTED}


def test_problem_quotes_an_added_column_only_to_its_audience() -> None:
    broken = workbook("#N/A", "WPD", "OF-1", 3)
    events, *others = broken.tabs
    of_nobody = ["X", 46304, "Weed", "Cafe", None, "Confirmed", *["#N/A"] * 4]
    nobodys = replace(broken, tabs=(replace(events, rows=[events.rows[0], of_nobody]), *others))
    withheld = {"for_agencies", "for_own_agency", "unstated"}
    assert [quoted(book, PUBLIC)[0] for book in (broken, nobodys)] == [[], []]
    assert quoted(broken, WPD) == (OWN.split(), withheld)  # in rows of towns and venues
    assert quoted(nobodys, WPD) == ([FOR_ANYBODY], withheld)
    assert [quoted(book, COORDINATOR)[0] for book in (broken, nobodys)] == [ALL.split() * 2, ALL.split()]


def test_change_of_an_added_column_is_told_as_its_row_of_the_table_says() -> None:
    after = read_workbook(workbook("two", "SCSO", "OF-2", 5), DAY)
    of_wpd, of_coordinators = (
        [change.sentence for change in changes(*restrict_both(BEFORE, after, viewer))] for viewer in (WPD, COORDINATOR)
    )
    theirs = "for anybody one → two; for agencies changed"
    assert of_wpd == [
        f"EV-OURS Weed: {theirs}; asked by WPD → SCSO; "
        "A. Sample: for anybody one → two, for agencies changed, mentor OF-1 → OF-2; strollers 3 → 5",
        f"Follow-up F-1 (EV-OURS): {theirs}",
        f"EV-THEIRS Weed: {theirs}; asked by WPD → SCSO; "
        "SCSO officer: for anybody one → two, for agencies changed; strollers 3 → 5",
        f"Follow-up F-2 (EV-THEIRS): {theirs}",
        f"Agency SCSO: {theirs}",
        f"Agency WPD: {theirs}",
        f"Officer OF-1 A. Sample: {theirs}",
        "A. Sample: off Oct 15–16: for anybody one → two, for agencies changed",
        f"Venue Cafe, Weed: {theirs}",
        f"Town Weed: {theirs}",
        f"Coverage of Weed by SCSO: {theirs}",
        f"Coverage of Weed by WPD: {theirs}",
    ]
    assert [sentence for sentence in of_coordinators if "unstated one → two" not in sentence] == []
    assert not any("for own agency" in sentence for sentence in of_coordinators)


def test_template_dictionary_restore_and_records_have_an_added_column(tmp_path: Path) -> None:
    headers = ["For anybody", "For agencies", "For own agency", "Unstated", "Asked by"]
    template, restored = io.BytesIO(), tmp_path / "restored.xlsx"
    write_template(template)
    assert [cell.value for cell in openpyxl.load_workbook(template)["Events"][1]][-5:] == headers
    listed = [line for line in data_dictionary().splitlines() if "Unstated" in line or "Asked by" in line]
    assert listed == ["| Unstated | D. |  |", "| Asked by | Who asked. |  |", *["| Unstated | D. |  |"] * 9]
    restored.write_bytes(version_workbook(BOOK))
    assert read_workbook(read_excel(restored), DAY).events == BEFORE.events
    released = records(BOOK, BEFORE, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert [tab.rows[0][-5:] for tab in released.tabs if tab.tab == "Events"] == [("one", "one", "one", "one", "WPD")]
    reviewed = [
        (column.column, column.reason) for column in released.columns if column.tab == "Events" and column.needed
    ]
    assert reviewed == [("For own agency", "Secret."), ("Unstated", "Only coordinators see this column.")]
