"""The poller's thread, and its start by the settings."""

import datetime as dt
import gc
import logging
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import openpyxl
import pytest

from cwac.analysis.changes import changes
from cwac.refresh import sheets, source_factory
from cwac.refresh.poller import THREAD, Poller, Source, as_of_sentence, moment_words
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.refresh.plan import LINK, NOW, serial, tables
from tests.refresh.polling import CALM, DOWN, LONG, after, drop_events, ids, until

# --- the thread -------------------------------------------------------------------------------------------------------


def test_thread_looks_again_and_again(sheet, running):
    running()
    until(lambda: len(sheet.asked) > 3)
    assert set(sheet.asked) == {False}


def test_viewers_cost_no_looks(sheet, running):
    poller = running(pace=CALM)
    viewers = [threading.Thread(target=lambda: [poller.current() for _ in range(1000)]) for _ in range(20)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert sheet.asked == [False]


def test_viewers_are_not_kept_waiting_by_a_source_that_hangs(sheet, running):
    poller = running()
    has_begun, go_on, has_ended = threading.Event(), threading.Event(), threading.Event()

    def hang(asked):
        has_begun.set()
        go_on.wait(LONG)
        has_ended.set()
        return sheet.fetch(asked)

    poller._source = Source(hang, "Google", LINK)
    assert has_begun.wait(LONG)
    assert ids(poller.current())[1] == "EV-7"
    assert not has_ended.is_set()
    go_on.set()


def test_refresh_looks_at_once(sheet, running):
    poller = running(pace=CALM)
    sheet.tables["Events"][2][3] = "Dunsmuir"
    assert [poller.refresh_now() for _ in range(3)] == [True, False, False]
    until(lambda: poller.current().generation == 2)
    assert sheet.asked == [False, True]


def test_refresh_may_be_pressed_once_in_ten_seconds(simulated):
    poller = simulated.poller()
    poller.look()
    assert [poller.refresh_now() for _ in range(2)] == [True, False]
    simulated.advance(9.9)
    assert poller.refresh_now() is False
    simulated.advance(0.1)
    assert poller.refresh_now() is True


def test_refresh_looks_once_in_a_while_in_all_processes_that_share_a_store(sheet, tmp_path):
    url = f"sqlite:///{tmp_path}/shared.sqlite3"
    both = [sheet.poller(Store(url), pace=CALM) for _ in range(2)]
    for poller in both:
        poller.look()
    asked = len(sheet.asked)
    assert [poller.refresh_now() for poller in both] == [True, True]
    for poller in both:
        poller._poll()
    assert sheet.asked[asked:] == [True]
    for poller in both:
        poller.store.close()


def test_thread_outlives_an_unexpected_error(sheet, running, caplog):
    poller = running()
    poller._display.announce = lambda _: 1 / 0
    until(lambda: "ZeroDivisionError" in caplog.text)
    del poller._display.announce
    sheet.tables["Events"][2][3] = "Dunsmuir"
    until(lambda: poller.current().generation == 2)


def test_stopping_does_not_wait_for_the_next_look(running):
    poller = running(pace=CALM)
    poller.stop(LONG)
    assert not poller._thread.is_alive()


# --- by the settings --------------------------------------------------------------------------------------------------


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
    for _ in range(3):
        sheets.start(Settings(workbook=str(tmp_path / "none.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    assert sum(thread.name == THREAD for thread in threading.enumerate()) == 1
    sheets.stop()
    assert not any(thread.name == THREAD for thread in threading.enumerate())


FORK = """
import os
from cwac.refresh import sheets as counties
from cwac.settings import Rules, Settings
counties.start(Settings()).wait(20)
child = os.fork()
if child == 0:
    assert counties._running is None
    live = counties.start(Settings()).wait(20)
    os._exit(0 if live.snapshot is not None else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_forked_process_has_a_poller_of_its_own():
    project = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", FORK], cwd=project, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0\n", done.stderr


# --- files ------------------------------------------------------------------------------------------------------------


def save(path, of):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in of.items():
        tab = book.create_sheet(title)
        for row in rows:
            tab.append(row)
    book.save(path)


def file_poller(path, **other):
    settings = Settings(workbook=str(path))
    read = sheets.reader(settings)
    return Poller(source_factory.source_for(settings), read, clock=lambda: NOW, **other)


def test_a_file_is_read_again_only_when_it_was_saved(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    saved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    poller.look()
    live = poller.current()
    assert (ids(live)[1], live.as_of) == ("EV-7", saved)
    # The same time and size: not even opened.
    stamp = path.stat()
    path.write_bytes(b"x" * stamp.st_size)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    poller.look()
    assert poller.current().trouble is None
    changed = tables()
    changed["Events"][2][3] = "Dunsmuir"
    save(path, changed)
    poller.look()
    assert (poller.current().snapshot.event_by_id["EV-7"].town, poller.current().generation) == ("Dunsmuir", 2)


def test_half_copied_file_is_tried_again_soon(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    poller.look()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert poller.look() < 2
    assert poller.current().trouble is None
    shutil.copy(path, tmp_path / "half")
    path.write_bytes(whole)
    poller.look()
    assert (poller.current().trouble, poller.current().generation) == (None, 1)


def test_last_good_version_stays_up_when_the_file_is_gone(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    poller.look()
    path.unlink()
    for _ in range(4):
        poller.look()
    sentence = as_of_sentence(poller.current(), NOW)
    assert sentence.startswith(f"{path} is not there. Showing the sheet as it was at ")
    assert len(poller.current().snapshot.events) == 5


def test_logs_hold_no_cells(sheet, caplog):
    caplog.set_level(logging.DEBUG)
    sheet.tables["Events"][2][3] = "planted-town"
    poller = sheet.poller()
    poller.look()
    drop_events(sheet.tables)
    after(poller, sheet)
    sheet.trouble = DOWN
    after(poller, sheet)
    assert "unreachable" in caplog.text
    assert "planted" not in caplog.text


def test_a_moment_on_another_day_has_its_day():
    assert moment_words(NOW, NOW, "America/Los_Angeles") == "10:42 AM Pacific Time"
    later = moment_words(NOW, NOW + dt.timedelta(days=60), "America/Los_Angeles")
    assert later == "10:42 AM Pacific Time on Wed, Oct 7"
    assert moment_words(NOW, NOW + dt.timedelta(days=365), "UTC") == "5:42 PM UTC on Wed, Oct 7, 2026"


def test_day_numbers_of_the_plan():
    assert serial(dt.date(2026, 10, 7)) == 46302
