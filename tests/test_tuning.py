"""The interpreter's knobs: changed while a sheet is being read, and restored afterward."""

import gc
import subprocess
import sys

import pytest

from cwac import tuning
from cwac.refresh import sheets
from cwac.settings import Settings


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


def test_start_freezes_what_is_imported() -> None:
    code = "import gc; from cwac import tuning; tuning.at_start(); print(gc.get_freeze_count() > 1000)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"


def test_poller_reads_a_sheet_with_the_knobs_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwac.sheet.reader.read_workbook", lambda *_: knobs())
    read = sheets.reader(Settings())
    assert read(None, None) == (False, pytest.approx(tuning.READING_SWITCH_SECONDS))  # type: ignore[arg-type]
