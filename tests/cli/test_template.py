"""`cwac template`: the blank workbook and the sample."""

import json
from pathlib import Path

import pytest

from tests.cli.plan import ON, refusal, run


@pytest.mark.slow
def test_blank_workbook_has_no_problems_but_notices_about_its_example_rows():
    result = run("template", "new.xlsx")
    assert (result.stdout, result.stderr) == ("", "Written to new.xlsx.\n")
    checked = run("check", "new.xlsx", "--format", "json")
    document = json.loads(checked.stdout)
    assert checked.exit_code == 0
    assert {(problem["severity"], problem["code"]) for problem in document["problems"]} == {("notice", "skipped-row")}
    assert {tab["rows"] - tab["skipped"] for tab in document["tabs"].values()} == {0}


@pytest.mark.slow
def test_sample_workbook_reads_as_the_sample():
    run("template", "new.xlsx", "--sample", "--on", ON)
    assert run("export", "events", "new.xlsx", "--on", ON).stdout == run("export", "events", "--on", ON).stdout


def test_template_replaces_a_file_only_with_force(plan):
    before = Path(plan).read_bytes()
    assert "plan.xlsx is there already" in refusal("template", "plan.xlsx")
    assert Path(plan).read_bytes() == before
    run("template", "plan.xlsx", "--force")
    assert Path(plan).read_bytes() != before
