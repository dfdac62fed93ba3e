"""`python -m tests.sheet.added_columns`, beside a copy of the product with more columns: what became of them, as JSON.

Only the text of two modules is edited, as the README says: a field in `model.py` and a row in `sheet/schema.py`. Each
tab gets one column for each audience, the last of which states nothing.
"""

import ast
import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from cwac.access import COORDINATOR, NOT_QUOTED, PUBLIC, Viewer, restrict, restrict_both
from cwac.analysis.changes import changes
from cwac.exports.workbooks import records, version_workbook
from cwac.model import Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.template import data_dictionary, write_template
from cwac.sources.excel import read_excel

TABS = {
    "EVENTS": "Event", "STAFFING": "Assignment", "ATTENDANCE": "Headcount", "AGENCIES": "Agency", "OFFICERS": "Officer",
    "TIME_OFF": "TimeOff", "VENUES": "Venue", "TOWNS": "Town", "COVERAGE": "Coverage", "FOLLOW_UPS": "FollowUp",
}  # fmt: skip
FIELDS = ("for_anybody", "for_agencies", "for_own_agency", "unstated")
ROWS = (
    'Column("For anybody", "text", "A.", audience="public", quoted=True),',
    'Column("For agencies", "text", "B.", audience="agencies", told="change"),',
    'Column("For own agency", "text", "C.", audience="own agency", told="no", review="Secret."),',
    'Column("Unstated", "text", "D."),',
)
MORE = {
    "EVENTS": ("asked_by", 'Column("Asked by", "agency", "Who asked.", audience="agencies"),'),
    "STAFFING": ("mentor", 'Column("Mentor", "officer", "An officer.", audience="own agency"),'),
    "ATTENDANCE": ("strollers", 'Column("Strollers", "count", "How many.", audience="agencies"),'),
}


def edit(folder: Path) -> list[str]:
    """Add the fields to the records and the rows to the table, in the copy of the product in this folder."""
    edited = {"cwac/model.py": fields_at, "cwac/sheet/schema.py": rows_at}
    for path, added in edited.items():
        text = (folder / path).read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        for node in reversed(ast.parse(text).body):
            place, more = added(node)
            lines[place:place] = [f"{line}\n" for line in more]
        (folder / path).write_text("".join(lines), encoding="utf-8")
    return list(edited)


def fields_at(node: Any) -> tuple[int, list[str]]:
    records = {record: tab for tab, record in TABS.items()}
    if not isinstance(node, ast.ClassDef) or node.name not in records:
        return 0, []
    last = [each for each in node.body if isinstance(each, ast.AnnAssign)][-1]
    return last.end_lineno or 0, [
        f"    {name}: Any = None" for name in (*FIELDS, *MORE.get(records[node.name], ())[:1])
    ]


def rows_at(node: Any) -> tuple[int, list[str]]:
    tab = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
    return (node.value.args[2].elts[-1].end_lineno, [*ROWS, *MORE.get(tab, ())[1:]]) if tab in TABS else (0, [])


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
VIEWERS = {"stranger": PUBLIC, "wpd": Viewer("liaison", ("WPD",)), "coordinator": COORDINATOR}
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


def filled(record: Any) -> str:
    return " ".join(name for name in FIELDS if getattr(record, name) is not None)


def seen(snapshot: Snapshot) -> dict[str, list[str]]:
    lists = {kind: [filled(record) for record in getattr(snapshot, kind)] for kind in KINDS}
    return lists | {"venue of events": [filled(event.venue) for event in snapshot.events]}


def quoted(book: Workbook) -> dict[str, list[str]]:
    snapshot = read_workbook(book, DAY)
    problems = {name: restrict(snapshot, viewer).problems for name, viewer in VIEWERS.items()}
    return {
        name: [problem.field_name for problem in those if problem.found == "#N/A" and problem.tab == "Events"]
        for name, those in problems.items()
    } | {"not quoted to wpd": sorted({p.field_name for p in problems["wpd"] if p.advice == NOT_QUOTED})}


def main() -> dict[str, Any]:
    book = workbook("one", "WPD", "OF-1", 3)
    before, after = read_workbook(book, DAY), read_workbook(workbook("two", "SCSO", "OF-2", 5), DAY)
    nobodys = ["X", 46304, "Weed", "Cafe", None, "Confirmed", *["#N/A"] * 4]
    events, *others = book.tabs
    template, restored = io.BytesIO(), Path("restored.xlsx")
    write_template(template)
    restored.write_bytes(version_workbook(book))
    released = records(book, before, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    (event, _), (assignment, _), (headcount, _) = before.events, before.assignments, before.headcounts
    return {
        "read": [event.unstated, event.asked_by, assignment.mentor, headcount.strollers],
        "seen": {name: seen(restrict(before, viewer)) for name, viewer in VIEWERS.items()},
        "quoted": quoted(workbook("#N/A", "WPD", "OF-1", 3)),
        "quoted in nobody's row": quoted(
            replace(book, tabs=(replace(events, rows=[events.rows[0], nobodys]), *others))
        ),
        "told": {
            name: [change.sentence for change in changes(*restrict_both(before, after, VIEWERS[name]))]
            for name in ("wpd", "coordinator")
        },
        "template": [cell.value for cell in openpyxl.load_workbook(template)["Events"][1]][-5:],
        "dictionary": [line for line in data_dictionary().splitlines() if "Unstated" in line or "Asked by" in line],
        "restored": read_workbook(read_excel(restored), DAY).events == before.events,
        "released": [tab.rows[0][-5:] for tab in released.tabs if tab.tab == "Events"],
        "reviewed": {each.column: each.reason for each in released.columns if each.tab == "Events" and each.needed},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
