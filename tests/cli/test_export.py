"""`cwac export`: rows on the screen and in files."""

import errno
import os
from pathlib import Path

import pytest

from cwac.cli.files import event_link_of
from cwac.settings import County, Settings
from tests.cases import each
from tests.cli.plan import read_csv, refusal, run


def test_output_file_is_replaced_through_its_symlink_with_mode_0600(plan, tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o644)
    (tmp_path / "out.csv").symlink_to("real.csv")
    run("export", "attendance", plan, "-o", "out.csv")
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o600
    assert [row["event_id"] for row in read_csv((tmp_path / "real.csv").read_text())] == ["EV-3"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plan.xlsx", "real.csv"]


WRITING = [
    ("export", "events", "PLAN", "-o"),
    ("report", "2026-Q3", "PLAN", "-o"),
    ("records", "PLAN", "--from", "2026-09-01", "--to", "2026-09-30", "-o"),
    ("template", "--sample"),
]


@pytest.mark.slow
@each(("words", "umask"), [*((words, 0o000) for words in WRITING), *((WRITING[0], umask) for umask in (0o027, 0o077))])
def test_output_file_has_mode_0600_with_any_umask(plan, tmp_path, words, umask):
    (tmp_path / "out.xlsx").unlink(missing_ok=True)
    before = os.umask(umask)
    try:
        run(*(plan if word == "PLAN" else word for word in words), "out.xlsx")
    finally:
        os.umask(before)
    assert (tmp_path / "out.xlsx").stat().st_mode & 0o777 == 0o600


@each("number, advice", [
    (errno.ENOSPC, "No space left on device): make room on its disk, or use another one."),
    (errno.EROFS, "Read-only file system): its disk can only be read, so use another one."),
    (errno.EACCES, "Permission denied): check the folder, and who may write there."),
])  # fmt: skip
def test_failed_write_leaves_the_old_file_and_advises_by_its_cause(plan, tmp_path, monkeypatch, number, advice):
    (tmp_path / "out.csv").write_text("old")

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fail)
    message = refusal("export", "events", plan, "-o", "out.csv")
    assert message == f"Error: out.csv cannot be written ({advice}"
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plan.xlsx"]


def test_workbook_that_is_read_is_never_written_over(plan, tmp_path):
    (tmp_path / "link.xlsx").symlink_to("plan.xlsx")
    before, configured = Path(plan).read_bytes(), {"CWAC_WORKBOOK": plan}
    for words, env in (
        (("export", "events", plan, "-o", "plan.xlsx"), {}),
        (("export", "staffing", "-o", "plan.xlsx"), configured),
        (("export", "events", "sample", "-o", "link.xlsx"), configured),
        (("report", "2026-Q3", plan, "-o", "link.xlsx"), {}),
        (("records", plan, "--from", "2026-09-01", "--to", "2026-09-30", "--force", "-o", "plan.xlsx"), {}),
        (("template", "--force", "plan.xlsx"), configured),
        (("restore", "1", "--force", "-o", "plan.xlsx"), configured),
        (("backup", "--force", "plan.xlsx"), configured),
    ):
        message = refusal(*words, env=env)
        assert "is the workbook that is read: name another file to write." in message
    assert Path(plan).read_bytes() == before


def test_address_of_a_file_is_that_of_its_own_county(tmp_path):
    counties = (County("Open", workbook=str(tmp_path / "open.xlsx")), County("Shut", workbook=str(tmp_path / "b.xlsx")))
    settings = Settings(counties=counties, address="https://coffee.example.gov")
    links = [event_link_of(source, settings) for source in (str(tmp_path / "open.xlsx"), "other.xlsx", "sample")]
    assert links == ["https://coffee.example.gov/calendar?county=Open&event=", None, None]
