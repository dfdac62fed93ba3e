"""`python -m tests.sheet.added_columns FOLDER`: add columns in memory, and print what became of them.

Only the text of two modules is edited, as the README says: a field in `model.py` and a row in `sheet/schema.py`. Each
tab gets one column for each audience, the last of which states nothing.
"""

import ast
import importlib.util
import io
import json
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
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


def model(lines: list[str]) -> None:
    """Add the fields to the records."""
    tabs = {record: tab for tab, record in TABS.items()}
    for node in reversed(ast.parse("".join(lines)).body):
        if isinstance(node, ast.ClassDef) and node.name in tabs:
            last = [each for each in node.body if isinstance(each, ast.AnnAssign)][-1]
            names = [*FIELDS, *MORE.get(tabs[node.name], ())[:1]]
            lines[last.end_lineno : last.end_lineno] = [f"    {name}: Any = None\n" for name in names]


def schema(lines: list[str]) -> None:
    """Add the rows to the table."""
    for node in reversed(ast.parse("".join(lines)).body):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TABS:
            last = node.value.args[2].elts[-1].end_lineno
            lines[last:last] = [f"{row}\n" for row in (*ROWS, *MORE.get(node.targets[0].id, ())[1:])]


EDITED = {"cwac.model": ("cwac/model.py", model), "cwac.sheet.schema": ("cwac/sheet/schema.py", schema)}


class Edited(SourceFileLoader):
    """Loads a module of the product with the edits."""

    def get_code(self, fullname: str) -> Any:
        lines = Path(self.path).read_text(encoding="utf-8").splitlines(keepends=True)
        EDITED[fullname][1](lines)
        return compile("".join(lines), self.path, "exec", dont_inherit=True)


class Finder:
    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname not in EDITED:
            return None
        path = str(ROOT / EDITED[fullname][0])
        return importlib.util.spec_from_file_location(fullname, path, loader=Edited(fullname, path))


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


def main() -> dict[str, Any]:
    import datetime as dt

    import openpyxl

    from cwac.access import COORDINATOR, NOT_QUOTED, PUBLIC, Viewer, restrict, restrict_both
    from cwac.analysis.changes import changes
    from cwac.exports.public_records import records
    from cwac.exports.restore import to_xlsx
    from cwac.model import Snapshot, Tab, Workbook
    from cwac.sheet.reader import read_workbook
    from cwac.sheet.template import data_dictionary, write_template
    from cwac.sources.excel import read_excel

    day = dt.date(2026, 10, 1)
    viewers = {"stranger": PUBLIC, "wpd": Viewer("liaison", ("WPD",)), "coordinator": COORDINATOR}

    def workbook(cell: str, more: dict[str, tuple[str, object]]) -> Workbook:
        """The plan, with this text in each added column, and another cell in one more column of some tabs."""
        tabs = []
        for name, (header, *rows) in PLAN.items():
            added, value = more.get(name, (None, None))
            head = [*header, "For anybody", "For agencies", "For own agency", "Unstated", added]
            tabs.append(Tab(name, [head, *([*row, *[cell] * 4, value] for row in rows)]))
        return Workbook("plan", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "America/Los_Angeles", tuple(tabs))

    def read(cell: str, asked_by: str, mentor: str, strollers: int) -> tuple[Workbook, Snapshot]:
        more = {
            "Events": ("Asked by", asked_by),
            "Staffing": ("Mentor", mentor),
            "Attendance": ("Strollers", strollers),
        }
        book = workbook(cell, more)
        return book, read_workbook(book, day)

    def filled(record: Any) -> str:
        return " ".join(name for name in FIELDS if getattr(record, name) is not None)

    def seen(snapshot: Snapshot) -> dict[str, list[str]]:
        kinds = (
            "events", "assignments", "headcounts", "agencies", "officers", "time_off", "venues", "towns", "coverage",
            "follow_ups",
        )  # fmt: skip
        lists = {kind: [filled(record) for record in getattr(snapshot, kind)] for kind in kinds}
        return lists | {"venue of events": [filled(event.venue) for event in snapshot.events]}

    before_book, before = read("one", "WPD", "OF-1", 3)
    _, after = read("two", "SCSO", "OF-2", 5)
    _, failed = read("#N/A", "WPD", "OF-1", 3)
    nobodys = Workbook("plan", before_book.as_of, before_book.timezone, tuple(
        replace(tab, rows=[tab.rows[0], ["X", 46304, "Weed", "Cafe", None, "Confirmed", *["#N/A"] * 4]])
        if tab.title == "Events" else tab for tab in before_book.tabs
    ))  # fmt: skip

    def quoted(snapshot: Snapshot) -> dict[str, list[str]]:
        problems = {name: restrict(snapshot, viewer).problems for name, viewer in viewers.items()}
        return {
            name: [problem.field_name for problem in those if problem.found == "#N/A" and problem.tab == "Events"]
            for name, those in problems.items()
        } | {"not quoted to wpd": sorted({p.field_name for p in problems["wpd"] if p.advice == NOT_QUOTED})}

    def told(viewer: Viewer) -> list[str]:
        return [change.sentence for change in changes(*restrict_both(before, after, viewer))]

    template = io.BytesIO()
    write_template(template)
    header = [cell.value for cell in openpyxl.load_workbook(template)["Events"][1]]
    restored = Path(sys.argv[1]) / "restored.xlsx"
    restored.write_bytes(to_xlsx(before_book))
    released = records(before_book, before, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    (event, _), (assignment, _), (headcount, _) = before.events, before.assignments, before.headcounts
    return {
        "edited": [path for path, _ in EDITED.values()],
        "read": [event.unstated, event.asked_by, assignment.mentor, headcount.strollers],
        "seen": {name: seen(restrict(before, viewer)) for name, viewer in viewers.items()},
        "quoted": quoted(failed),
        "quoted in nobody's row": quoted(read_workbook(nobodys, day)),
        "told": {name: told(viewer) for name, viewer in viewers.items() if name != "stranger"},
        "template": header[-5:],
        "dictionary": [line for line in data_dictionary().splitlines() if "Unstated" in line or "Asked by" in line],
        "restored": read_workbook(read_excel(restored), day).events == before.events,
        "released": [tab.rows[0].values[-5:] for tab in released.tabs if tab.tab == "Events"],
        "reviewed": {each.column: each.reason for each in released.columns if each.tab == "Events" and each.needed},
    }


if __name__ == "__main__":
    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
    print(json.dumps(main()))
