"""The poller's thread, and its start by the settings."""

import datetime as dt
import gc
import logging
import os
import threading
from dataclasses import replace

import pandas as pd
import pytest

from cwac.analysis.changes import changes
from cwac.refresh import sheets, source_factory
from cwac.refresh.keeping import Pace
from cwac.refresh.poller import THREAD, Poller
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from tests.refresh.plan import NOW, tables
from tests.refresh.polling import CALM, DOWN, LONG, after, drop_events, ids, until


def test_refresh_looks_at_once_and_stopping_does_not_wait_for_the_next_look(sheet, running):
    poller = running(pace=CALM)
    sheet.edit("Dunsmuir")
    assert [poller.refresh_now() for _ in range(3)] == [True, False, False]
    until(lambda: poller.live.generation == 2)
    assert sheet.asked == [False, True]
    poller.stop(LONG)
    assert not poller.is_alive()


def test_the_thread_looks_at_once_or_as_late_as_its_county_and_then_at_each_interval(simulated):
    fetch, looks = simulated.fetch, []
    poller = simulated.poller(pace=Pace(first=4.0, apart=10.0))
    poller._source = replace(
        poller._source, fetch=lambda asked: looks.append(simulated.passed[0] - 1000) or fetch(asked)
    )

    def pass_time(seconds):
        simulated.advance(seconds)
        poller._stopping = len(looks) == 4

    poller._wake.wait = pass_time
    poller.run()
    assert looks == pytest.approx([4.0, 44.0, 74.0, 104.0], abs=0.5)


def test_refresh_may_be_pressed_once_in_ten_seconds(simulated):
    poller = simulated.poller()
    poller.look()
    assert [poller.refresh_now() for _ in range(2)] == [True, False]
    simulated.advance(9.9)
    assert poller.refresh_now() is False
    simulated.advance(0.1)
    assert poller.refresh_now() is True


def test_thread_outlives_an_unexpected_error(sheet, running, caplog):
    poller = running()
    poller._show = lambda *_: 1 / 0
    until(lambda: "ZeroDivisionError" in caplog.text)
    del poller._show
    sheet.edit("Dunsmuir")
    until(lambda: poller.live.generation == 2)


@pytest.fixture
def _stopped():
    yield
    sheets.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("_stopped")
def test_nothing_configured_is_the_sample_and_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    sheets.start(Settings())
    live = sheets.poller().wait(20)
    assert live.snapshot.source == "sample"
    assert sheets.current() is live
    assert sheets.settings() == Settings()
    until(lambda: sheets.current().version == 2)
    earlier, now = (read_workbook(sheets.store().load(sheets.store().version(n)), live.snapshot.today) for n in (1, 2))
    assert len(changes(earlier, now)) > 2
    folder = sheets.store().file.parent
    assert folder.is_dir()
    sheets.stop()
    assert list(tmp_path.iterdir()) == []
    gc.collect()
    assert not folder.exists()


@pytest.mark.usefixtures("_stopped")
def test_unusable_settings_are_shown_and_never_the_sample(monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Mars/Olympus")
    sheets.start()
    live = sheets.poller().wait(5)
    assert (live.snapshot, live.trouble.cause) == (None, "settings")
    assert "Mars/Olympus" in live.trouble.sentence
    assert sheets.settings().sample is False


@pytest.mark.usefixtures("_stopped")
def test_starting_again_leaves_one_thread(tmp_path):
    def running():
        return sum(thread.name == THREAD for thread in threading.enumerate())

    for _ in range(3):
        sheets.start(Settings(workbook=str(tmp_path / "none.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    assert running() == 1
    sheets.stop()
    assert running() == 0


@pytest.fixture
def path(tmp_path):
    """A file with the plan."""
    return save(tmp_path / "plan.xlsx", tables())


@pytest.fixture
def of_file(path):
    """A poller that has read the file once."""
    settings = Settings(workbook=str(path))
    poller = Poller(source_factory.source_for(settings), sheets.reader(settings), clock=lambda: NOW)
    poller.look()
    return poller


def save(path, of):
    with pd.ExcelWriter(path) as book:
        for title, rows in of.items():
            pd.DataFrame(rows).to_excel(book, sheet_name=title, header=False, index=False)
    return path


def test_a_file_is_read_again_only_when_it_was_saved(path, of_file):
    stamp = path.stat()
    assert (ids(of_file.live)[1], of_file.live.as_of) == ("EV-7", dt.datetime.fromtimestamp(stamp.st_mtime, dt.UTC))
    # The same time and size: not even opened.
    path.write_bytes(b"x" * stamp.st_size)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    of_file.look()
    assert of_file.live.trouble is None
    changed = tables()
    changed["Events"][2][3] = "Dunsmuir"
    save(path, changed)
    of_file.look()
    assert (of_file.live.snapshot.event_by_id["EV-7"].town, of_file.live.generation) == ("Dunsmuir", 2)


def test_half_copied_file_is_tried_again_soon(path, of_file):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert of_file.look() < 2
    assert of_file.live.trouble is None
    path.write_bytes(whole)
    of_file.look()
    assert (of_file.live.trouble, of_file.live.generation) == (None, 1)


def test_logs_hold_no_cells(sheet, caplog):
    caplog.set_level(logging.DEBUG)
    sheet.edit("planted-town")
    poller = sheet.poller()
    poller.look()
    drop_events(sheet.tables)
    after(poller, sheet)
    sheet.trouble = DOWN
    after(poller, sheet)
    assert "unreachable" in caplog.text
    assert "planted" not in caplog.text
