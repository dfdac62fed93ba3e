"""A large sheet's refresher in a process of its own: what viewers are shown and told is as if it were in theirs."""

import datetime as dt
import gc
import io
import os
import signal
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.access import COORDINATOR, PUBLIC, Viewer, visible_to
from cwac.answers.alerts import alerts
from cwac.answers.hours import ledger
from cwac.live import apart, calendars, counties, history, wire
from cwac.live.calendars import Wanted
from cwac.live.history import Since
from cwac.live.refresh import Refresher
from cwac.live.store import Store, StoreTrouble
from cwac.outputs import feed
from cwac.outputs.feed import Scope
from cwac.settings import Rules, Settings
from cwac.sheet.reading import read_workbook
from tests.live import plan
from tests.live.test_counties import until
from tests.server import SheetsServer


@pytest.fixture
def google(monkeypatch):
    monkeypatch.setattr(apart, "LARGE", 10)
    monkeypatch.setattr(apart, "AGAIN", 0.1)
    with SheetsServer(plan.workbook(plan.tables(dt.date.today()))) as server:
        yield server


@pytest.fixture
def settings(google, tmp_path):
    yield Settings(
        spreadsheet=google.url,
        gsheets=google.gsheets,
        store=f"sqlite:///{tmp_path}/store.sqlite3",
        rules=Rules(early_hour=10),
    )
    counties.stop()


def process():
    """The number of the process that reads the sheet, once there is one."""
    found = []
    until(lambda: found.extend(_children()) or found)
    assert len(found) == 1
    return found[0]


def _children():
    of = [Path(f"/proc/{os.getpid()}/task").glob("*/children")]
    numbers = [int(number) for paths in of for path in paths for number in path.read_text().split()]
    return [one for one in numbers if b"cwac.refresher" in Path(f"/proc/{one}/cmdline").read_bytes()]


def current():
    return counties.current()


def started(settings):
    counties.start(settings)
    until(lambda: current().version)
    return current().snapshot


def edit(google, cell="C3", to="EDITED-1"):
    google.book["Events"].set(cell, to)
    counties.refresher()._asked_at = float("-inf")
    assert counties.refresh_now()


def test_it_is_read_and_kept_there_and_shown_here(google, settings, tmp_path):
    shown = started(settings)
    process()
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    version = store.latest(shown.url)
    here = read_workbook(store.load(version), shown.today, settings.rules)
    store.close()
    assert current().version == version.id
    assert replace(here, as_of=shown.as_of, source=shown.source) == shown
    assert "implausible" in {problem.code for problem in shown.problems}, "by the rules that are configured"
    assert counties.refresher()._good is None, "nothing of it is held here"
    assert counties.refresher().looks == 1
    assert google.calls["batchGet"] == 2, "once here, to learn that it is large, and once there"


def test_viewers_go_first_and_the_terminal_reaches_the_server_alone(settings):
    started(settings)
    number = process()
    assert os.getpriority(os.PRIO_PROCESS, number) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert os.getsid(number) == os.getsid(0), "else its priority would be worth nothing"
    assert os.getpgid(number) == number


def test_small_sheets_stay_where_they_are(settings, monkeypatch):
    monkeypatch.setattr(apart, "LARGE", 1_000)
    started(settings)
    assert _children() == []


def test_an_edit_shows_and_the_rest_is_shared(google, settings):
    before = started(settings)
    generation = current().generation
    edit(google, "A4")
    until(lambda: "EDITED-1" in current().snapshot.event_by_id)
    assert current().generation == generation + 1
    assert current().snapshot.officers[0] is before.officers[0]
    afresh = replace(current().snapshot)
    for name in ("assignments_by_event", "headcounts_by_event", "follow_ups_by_event"):
        assert vars(current().snapshot)[name] == getattr(afresh, name), "grouped before anybody waits for it"
    crew = [one.assignments_by_event["EV-7"] for one in (before, current().snapshot)]
    assert crew[0] is crew[1]
    until(lambda: current().version == 2)


def test_the_version_before_is_let_go(google, settings, monkeypatch):
    monkeypatch.setattr(apart, "MOVED_ON", 0.2)
    monkeypatch.setattr(apart, "NOTICED", 0.01)
    before = weakref.ref(started(settings))
    edit(google)
    until(lambda: current().version == 2)
    until(lambda: not [one for one in threading.enumerate() if one.name == "cwac-let-go"])
    gc.collect()
    assert before() is None
    assert gc.isenabled(), "again, once the edit is shown"


def test_what_was_worked_out_for_it_is_taken_apart_and_what_it_holds_is_left(monkeypatch):
    """Whoever still looks at it works out anew what is missing."""
    monkeypatch.setattr(apart, "MOVED_ON", 0)
    monkeypatch.setattr(apart, "NOTICED", 0)
    one = read_workbook(plan.workbook(plan.tables()), plan.TODAY, Rules())
    found, crews, held = alerts(one, one.today, Rules()), one.assignments_by_event, replace(one)
    given = [one]
    apart._let_go(given)
    assert given == []
    assert vars(one) == vars(held)
    assert (alerts(one, one.today, Rules()), one.assignments_by_event) == (found, crews)


def test_a_look_that_brings_nothing_new_moves_the_time_on(settings):
    before = started(settings)
    as_of, generation = current().as_of, current().generation
    counties.refresher()._asked_at = float("-inf")
    counties.refresh_now()
    until(lambda: current().as_of > as_of)
    assert current().snapshot is before
    assert current().generation == generation


def test_damage_is_told_and_accepted(google, settings):
    before = started(settings)
    edit(google, "B1", "Dyte")
    until(lambda: current().notices)
    assert [notice.code for notice in current().notices] == ["damaged"]
    assert current().snapshot is before
    counties.refresher().accept()
    until(lambda: not current().notices)
    assert current().snapshot.events == ()


def test_trouble_is_told_and_passes(google, settings):
    before = started(settings)
    key, book = google.book.id, google.book
    del google.books[key]
    counties.refresher()._asked_at = float("-inf")
    counties.refresh_now()
    until(lambda: current().trouble)
    assert current().trouble.cause == "not-found"
    assert counties.refresher().failures == {"not-found": 1}
    assert current().snapshot is before
    google.books[key] = book


def test_where_it_is_killed_another_follows_and_nothing_goes_blank(google, settings):
    shown = started(settings)
    first = process()
    generation = current().generation
    google.stop()
    os.kill(first, signal.SIGKILL)
    until(lambda: _children() not in ([], [first]))
    until(lambda: current().trouble)
    assert current().snapshot.events == shown.events
    google.start()
    edit(google, "A3")
    until(lambda: "EDITED-1" in current().snapshot.event_by_id)
    assert current().generation > generation


def test_what_is_shown_stays_where_the_one_that_follows_can_read_nothing(google, settings, tmp_path):
    shown, as_of = started(settings), current().as_of
    first = process()
    google.stop()
    for path in tmp_path.glob("store.sqlite3*"):
        path.unlink()
    os.kill(first, signal.SIGKILL)
    until(lambda: current().trouble, 40)
    assert current().snapshot is shown
    assert current().as_of == as_of
    google.start()


def test_one_that_hangs_is_ended_with_the_server(settings):
    started(settings)
    os.kill(process(), signal.SIGSTOP)
    began = time.monotonic()
    counties.stop()
    until(lambda: not _children())
    assert time.monotonic() - began < 10


def test_it_ends_with_whoever_started_it(settings):
    started(settings)
    number = process()
    counties.stop()
    assert not Path(f"/proc/{number}").exists()
    assert gc.isenabled()


def test_what_changed_is_worked_out_there(settings, google):
    started(settings)
    google.book["Staffing"].set("A3", "EV-14")
    edit(google, "D4", "Weed")
    until(lambda: current().version == 2)
    ask, store, shown = counties.refresher().ask, counties.store(), current().snapshot
    for viewer in (Viewer("liaison", ("CHP",)), Viewer("liaison", ("WPD",)), COORDINATOR):

        def seen(version, viewer=viewer):
            read = read_workbook(store.load(version), shown.today, settings.rules) if version else shown
            return visible_to(viewer, read)

        here = history.days(store, shown.url, Since(), shown.timezone, seen, settings.rules)
        there = apart.days(ask, viewer, Since(), shown.timezone)
        assert there == here
        assert {"EV-7", "EV-14"} <= {change.id for day in there for change in day.changes}
        assert repr(there[0].since) == repr(here[0].since), "in the sheet's zone"
    assert apart.days(ask, COORDINATOR, Since(version=2), shown.timezone) == ()
    assert any(change.effects for day in there for change in day.changes)


def test_what_was_asked_of_one_version_is_ready_for_the_next(settings, google, monkeypatch):
    monkeypatch.setattr(apart, "LARGE", 100_000)
    started(settings)
    archive = apart._Archive(counties.refresher(), settings.rules)
    given = {"kind": "coordinator", "agencies": [], "moment": None, "version": None}
    with monkeypatch.context() as patch:  # nothing to compare with: nothing is narrowed for it, which takes seconds
        patch.setattr(apart.access, "visible_to", None)
        assert archive.answer(1, "days", given) == {"number": 1, "answer": []}
    edit(google, "D4", "Weed")
    until(lambda: current().version == 2)
    archive.be_ready()
    monkeypatch.setattr(history, "days", None)
    found = wire.records(history.Day, archive.answer(2, "days", given)["answer"])
    assert [change.id for day in found for change in day.changes] == ["EV-14"]
    archive.close()


def test_a_mistake_in_getting_ready_is_logged_without_what_a_cell_held(settings, monkeypatch, caplog):
    def mistaken(*_):
        raise ValueError("planted cell")

    monkeypatch.setattr(apart, "LARGE", 100_000)
    started(settings)
    archive = apart._Archive(counties.refresher(), settings.rules)
    archive.answer(1, "days", {"kind": "coordinator", "agencies": [], "moment": None, "version": None})
    monkeypatch.setattr(archive, "_told_of", None)
    monkeypatch.setattr(history, "days", mistaken)
    archive.be_ready()
    archive.close()
    assert "A mistake while looking at the history: ValueError" in caplog.text
    assert "planted" not in caplog.text


def announced(settings):
    """What is announced of the sheet, from a refresher that works in this process, and whoever is told of it."""
    archive = apart._Archive(counties.refresher(), settings.rules)
    lines = list(apart._Announcer(counties.refresher(), settings.rules, archive).lines(current()))
    told = Refresher(counties.refresher()._source, None)
    apart._show(io.BytesIO(b"".join(lines)), told, settings.rules, None)
    archive.close()
    return told.current().snapshot


def test_what_takes_long_to_work_out_comes_along(settings, monkeypatch):
    monkeypatch.setattr(apart, "LARGE", 100_000)
    afresh = replace(started(settings))
    arrived = announced(settings)
    assert arrived == afresh
    there = alerts(afresh, afresh.today, settings.rules), ledger(afresh, settings.rules).totals_at(afresh.events)
    for name in ("alerts.Book", "hours.lines"):
        monkeypatch.setattr(f"cwac.answers.{name}", None)
    here = alerts(arrived, arrived.today, settings.rules), ledger(arrived, settings.rules).totals_at(arrived.events)
    assert here == there
    assert len(here[0]) > 4


@pytest.mark.parametrize("mistaken", ["long_answers", "written", "read", "work_out"])
def test_a_mistake_in_what_comes_along_keeps_nothing_from_being_shown(settings, monkeypatch, caplog, mistaken):
    def fail(*_):
        raise ValueError("planted cell")

    monkeypatch.setattr(apart, "LARGE", 100_000)
    shown = started(settings)
    monkeypatch.setattr(apart.beforehand, mistaken, fail)
    arrived = announced(settings)
    assert arrived == shown
    assert alerts(arrived, arrived.today, settings.rules) == alerts(shown, shown.today, settings.rules)
    assert "Not everything could be worked out beforehand: ValueError" in caplog.text
    assert "planted" not in caplog.text


def test_who_asks_when_it_ends_is_told_so_and_may_ask_again(settings):
    started(settings)
    ask = counties.refresher().ask
    number = process()
    os.kill(number, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (number, signal.SIGKILL)).start()
    with pytest.raises(StoreTrouble, match="did not answer"):
        apart.days(ask, COORDINATOR, Since(), "UTC")
    until(lambda: _children() not in ([], [number]))
    until(lambda: asked(ask) == ())


def asked(ask):
    try:
        return apart.days(ask, COORDINATOR, Since(), "UTC")
    except StoreTrouble:
        return None


def test_calendars_are_written_there(settings, google, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    started(settings)
    ask, store = counties.refresher().ask, counties.store()
    people = [
        Wanted(feed.PUBLIC, PUBLIC),
        Wanted(Scope("agency", "WPD"), Viewer("liaison", ("WPD",))),
        Wanted(Scope("officer", "OF-02"), Viewer("liaison", ("WPD",))),
        Wanted(feed.PUBLIC, PUBLIC, (None, ("Yreka",), None)),
        Wanted(feed.PUBLIC, PUBLIC, ((), None, None)),
    ]
    for _ in range(2):
        for wanted in people:
            here = calendars.write(store, current(), settings.rules, wanted)
            there = apart.calendar(ask, wanted)
            assert (bytes(there[0]), there[1]) == here
        assert here[0].count(b"BEGIN:VEVENT") == 0
        google.book["Staffing"].set("A3", "EV-14")
        edit(google, "D3", "Weed")
        until(lambda: current().version == 2)
    folders = list(tmp_path.glob("cwac-*"))
    assert [list(folder.iterdir()) for folder in folders] == [[]]
    counties.stop()
    assert not folders[0].exists()
