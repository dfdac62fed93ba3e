"""To add a column, two modules are touched; whatever they do not state stays with the coordinators."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cases import each
from tests.sheet.added_columns import edit

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]

ALL = "for_anybody for_agencies for_own_agency unstated"
OWN = "for_anybody for_agencies for_own_agency"
AGENCIES = "for_anybody for_agencies"
PUBLIC = "for_anybody"


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of a column for each audience in each tab, in a process in which both modules are edited."""
    folder = tmp_path_factory.mktemp("product")
    shutil.copytree(ROOT / "cwac", folder / "cwac")
    edited = edit(folder)
    command = [sys.executable, "-m", "tests.sheet.added_columns"]
    paths = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"}
    result = subprocess.run(command, cwd=folder, env=paths, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout) | {"edited": edited}


@each(
    ("page", "pattern"), [("CONTRIBUTING.md", r"A column is (.+?)\. "), ("docs/design.md", r"\| a column \| (.+) \|$")]
)
def test_guides_name_the_two_modules_that_a_column_touches(added: dict[str, Any], page: str, pattern: str) -> None:
    (row,) = re.findall(f"^{pattern}", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    named = [f"cwac/{path}" for path in re.findall(r"`([a-z_/]+\.py)`", row)]
    assert named == added["edited"] == ["cwac/model.py", "cwac/sheet/schema.py"]


def test_cells_of_an_added_column_are_read_into_the_records(added: dict[str, Any]) -> None:
    assert added["read"] == ["one", "WPD", "OF-1", 3]


def test_each_audience_sees_an_added_column_as_its_row_of_the_table_says(added: dict[str, Any]) -> None:
    """The first record is WPD's, the second the sheriff's; of venues and towns there is one, and it is no agency's."""
    places = {"venues", "towns"}
    of_agencies = {"events", "assignments", "headcounts", "agencies", "coverage", "follow_ups"}
    of_officers = {"officers", "time_off"}
    assert added["seen"]["coordinator"] == {
        **{kind: [ALL, ALL] for kind in of_agencies | of_officers | {"venue of events"}},
        **{kind: [ALL] for kind in places},
    }
    assert added["seen"]["wpd"] == {
        **{kind: [OWN, AGENCIES] for kind in of_agencies},
        "officers": [OWN, ""],  # the second stands in for an officer who is not shown
        "time_off": [OWN],
        "venue of events": [AGENCIES, AGENCIES],
        **{kind: [AGENCIES] for kind in places},
    }
    assert added["seen"]["stranger"] == {
        **{kind: [PUBLIC, PUBLIC] for kind in ("events", "headcounts", "agencies", "venue of events")},
        **{kind: [] for kind in ("assignments", "coverage", "follow_ups", "officers", "time_off")},
        **{kind: [PUBLIC] for kind in places},
    }


def test_problem_quotes_an_added_column_only_to_its_audience(added: dict[str, Any]) -> None:
    withheld = ["for_agencies", "for_own_agency", "unstated"]
    assert added["quoted"] == {
        "stranger": [],
        "wpd": OWN.split(),
        "coordinator": ALL.split() * 2,
        "not quoted to wpd": withheld,  # in rows of towns and venues
    }
    assert added["quoted in nobody's row"] == {
        "stranger": [],
        "wpd": ["for_anybody"],
        "coordinator": ALL.split(),
        "not quoted to wpd": withheld,
    }


def test_change_of_an_added_column_is_told_as_its_row_of_the_table_says(added: dict[str, Any]) -> None:
    theirs = "for anybody one → two; for agencies changed"
    wpd = [
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
    assert added["told"]["wpd"] == wpd
    told = added["told"]["coordinator"]
    assert [sentence for sentence in told if "unstated one → two" not in sentence] == []
    assert not any("for own agency" in sentence for sentence in told)


def test_template_dictionary_restore_and_records_have_an_added_column(added: dict[str, Any]) -> None:
    headers = ["For anybody", "For agencies", "For own agency", "Unstated", "Asked by"]
    assert added["template"] == headers
    unstated = "| Unstated | D. |  |"
    assert added["dictionary"] == [unstated, "| Asked by | Who asked. |  |", *[unstated] * 9]
    assert added["restored"] is True
    assert added["released"] == [["one", "one", "one", "one", "WPD"]]
    assert added["reviewed"] == {"For own agency": "Secret.", "Unstated": "Only coordinators see this column."}
