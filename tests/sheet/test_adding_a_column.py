"""To add a column, two modules are touched; whatever they do not state stays with the coordinators."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
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


def test_added_columns_go_by_the_two_modules_that_the_guides_name(tmp_path: Path) -> None:
    """The tests of added_columns.py pass beside a copy of the product in which the text of both is edited."""
    shutil.copytree(ROOT / "cwac", tmp_path / "cwac")
    edited = edit(tmp_path)
    for page, pattern in (("CONTRIBUTING.md", r"A column is (.+?)\. "), ("docs/design.md", r"\| a column \| (.+) \|$")):
        (row,) = re.findall(f"^{pattern}", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert [f"cwac/{path}" for path in re.findall(r"`([a-z_/]+\.py)`", row)] == edited
    tests = "-m pytest -q -c /dev/null --noconftest -p no:cacheprovider --import-mode=importlib".split()
    paths = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, *tests, ROOT / "tests/sheet/added_columns.py"]
    done = subprocess.run(command, cwd=tmp_path, env=paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
