"""The interpreter's knobs: changed while a sheet is being read, and restored afterwards."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.web import tuning


def knobs() -> tuple[bool, float]:
    return gc.isenabled(), sys.getswitchinterval()


def test_knobs_are_restored_after_the_last_of_several_reads() -> None:
    before = knobs()
    while_reading = (False, pytest.approx(tuning.READING_SWITCH_SECONDS))
    with tuning.reading():
        assert knobs() == while_reading
        with tuning.reading():
            assert knobs() == while_reading
        assert knobs() == while_reading, "the first read is still going on"
    assert knobs() == before


def test_knobs_are_restored_after_a_read_that_failed() -> None:
    before = knobs()
    with pytest.raises(ValueError, match="unreadable"), tuning.reading():
        raise ValueError("unreadable")
    assert knobs() == before


def test_poller_reads_a_sheet_with_the_knobs_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "around_reads", tuning.reading)
    monkeypatch.setattr("cwac.sheet.reader.read_workbook", lambda *_: knobs())
    read = sheets.reader(Settings())
    assert read(None, None) == (False, pytest.approx(tuning.READING_SWITCH_SECONDS))  # type: ignore[arg-type]


LIFESPAN = """
import asyncio, gc
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.web import preflight, routes, tuning

async def serve():
    settings = Settings(workbook="none.xlsx", store="sqlite:///store.sqlite3")
    start = preflight.Start(settings, "", lambda _: None, False, {})
    async with routes.lifespan(start)(None):
        print(sheets.around_reads is tuning.reading, gc.get_freeze_count() > 1000)

asyncio.run(serve())
"""


@pytest.mark.slow
def test_server_reads_sheets_with_the_knobs_changed_and_freezes_what_is_imported(tmp_path: Path) -> None:
    """In a process of its own, since the lifespan changes process-wide settings."""
    project = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", LIFESPAN],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": project},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout.splitlines()[-1:]) == (0, ["True True"]), ended.stderr
