"""The poller's thread and its start by the settings; several counties in one process."""

import asyncio
import datetime as dt
import gc
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pandas as pd
import pytest
from starlette.applications import Starlette

from cwac.analysis.changes import changes
from cwac.clock import read_clock
from cwac.refresh import sheets as counties
from cwac.refresh import source_factory
from cwac.refresh.keeping import Pace
from cwac.refresh.poller import THREAD, Poller
from cwac.settings import County, Settings
from cwac.sheet.reader import read_workbook
from cwac.web import metrics
from tests.refresh.plan import CALM, DOWN, LONG, NOW, after, drop_events, ids, tables, until, workbook
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet


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
    counties.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("_stopped")
def test_nothing_configured_is_the_sample_and_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    counties.start(Settings())
    live = counties.poller().wait(20)
    assert live.snapshot.source == "sample"
    assert counties.current() is live
    assert counties.settings() == Settings()
    until(lambda: counties.current().version == 2)
    earlier, now = (
        read_workbook(counties.store().load(counties.store().version(n)), live.snapshot.today) for n in (1, 2)
    )
    assert len(changes(earlier, now)) > 2
    folder = counties.store().file.parent
    assert folder.is_dir()
    counties.stop()
    assert list(tmp_path.iterdir()) == []
    gc.collect()
    assert not folder.exists()


@pytest.mark.usefixtures("_stopped")
def test_unusable_settings_are_shown_and_never_the_sample(monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Mars/Olympus")
    counties.start()
    live = counties.poller().wait(5)
    assert (live.snapshot, live.trouble.cause) == (None, "settings")
    assert "Mars/Olympus" in live.trouble.sentence
    assert counties.settings().sample is False


@pytest.mark.usefixtures("_stopped")
def test_starting_again_leaves_one_thread(tmp_path):
    def running():
        return sum(thread.name == THREAD for thread in threading.enumerate())

    for _ in range(3):
        counties.start(Settings(workbook=str(tmp_path / "none.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    assert running() == 1
    counties.stop()
    assert running() == 0


@pytest.fixture
def path(tmp_path):
    """A file with the plan."""
    return save(tmp_path / "plan.xlsx", tables())


@pytest.fixture
def of_file(path):
    """A poller that has read the file once."""
    settings = Settings(workbook=str(path))
    poller = Poller(source_factory.source_for(settings), counties.reader(settings), clock=lambda: NOW)
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


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    """A server with two sheets that are alike, cell for cell."""
    with SheetsServer(workbook()) as server:
        other = Spreadsheet.from_workbook(workbook(), "Coffee in Modoc")
        server.books[other.id] = other
        yield server


@pytest.fixture
def settings(google: SheetsServer, tmp_path) -> Iterator[Settings]:
    siskiyou, modoc = google.books.values()
    yield Settings(
        gsheets={key: value for key, value in google.gsheets.items() if key != "spreadsheet"},
        store=f"sqlite:///{tmp_path}/store.sqlite3",
        counties=(County("Siskiyou", siskiyou.url), County("Modoc", modoc.url)),
    )
    counties.stop()


@pytest.mark.slow
def test_each_county_is_read_and_kept_by_itself(google, settings):
    assert asked("/readyz").status_code == 503, "nothing is read yet"
    counties.start(settings)
    assert counties.names() == ("Siskiyou", "Modoc")
    until(lambda: all(counties.current(name).version for name in counties.names()))
    first, second = (counties.current(name).snapshot for name in counties.names())
    links = [f"https://docs.google.com/spreadsheets/d/{key}" for key in google.books]
    assert [first.url, second.url] == links
    assert first.content_hash == second.content_hash, "alike, yet two"
    assert {problem.link.partition("/edit")[0] for problem in second.problems if problem.link} <= {links[1]}
    assert {version.source for version in counties.store().versions()} == set(links)
    assert google.calls["batchGet"] == 2, "one read a sheet"
    old = counties.poller("Modoc")
    old.live = replace(old.live, attempted=read_clock() - dt.timedelta(hours=2))
    assert asked("/readyz").json() == {"ready": True, "age_seconds": pytest.approx(7200, abs=30)}, "of the oldest sheet"

    list(google.books.values())[1]["Events"].set("A3", "EDITED-1")
    assert counties.refresh_now("Modoc")
    assert counties.refresh_now("Siskiyou"), "pressing Refresh in one county does not keep another from it"
    until(lambda: "EDITED-1" in counties.current("Modoc").snapshot.event_by_id)
    until(lambda: google.calls["batchGet"] == 4)
    assert counties.current("Siskiyou").snapshot is first

    del google.books[list(google.books)[1]]
    for poller in map(counties.poller, counties.names()):
        poller.look()
    assert (counties.current("Modoc").trouble.cause, counties.current("Siskiyou").trouble) == ("not-found", None)
    assert counties.current("Modoc").snapshot is not None, "its last good copy stands"


def test_unknown_county_is_the_first_one(settings):
    counties.start(settings)
    assert counties.poller("Nowhere") is counties.poller("Siskiyou") is counties.poller()


@pytest.mark.parametrize(("sheets", "seconds"), [(1, 30), (3, 30), (22, 30), (45, 60), (100, 400 / 3)])
def test_looks_are_spread_and_stretched_to_what_google_allows(sheets, seconds, tmp_path):
    many = Settings(
        store=f"sqlite:///{tmp_path}/x", counties=tuple(County(f"{n}", f"key-of-{n}") for n in range(sheets))
    )
    assert counties.seconds_between_looks(many) == pytest.approx(seconds)
    pollers = [poller for _, poller in counties.for_settings(many).by_county.values()]
    steady = [poller._pace.first + poller._pace.apart for poller in pollers]
    assert steady == pytest.approx([n * seconds / sheets for n in range(sheets)]), "evenly over the interval"
    assert all(poller._pace.first <= 2 * n for n, poller in enumerate(pollers)), (
        "the first time nobody waits for the interval"
    )
    in_any_minute = max(
        sum(start <= at + k * seconds < start + 60 for at in steady for k in range(10)) for start in steady
    )
    assert in_any_minute <= counties.LOOKS + 1 or sheets == 1


def asked(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        here = httpx.ASGITransport(Starlette(routes=metrics.ROUTES))
        async with httpx.AsyncClient(transport=here, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.slow
def test_operators_see_each_county_by_itself(google, settings):
    first, second = settings.counties
    modoc = list(google.books)[1]
    kept = google.books.pop(modoc)
    counties.start(replace(settings, counties=(first, replace(second, name='Mo"doc'))))
    until(lambda: counties.current("Siskiyou").snapshot and counties.current('Mo"doc').trouble)
    until(lambda: counties.current("Siskiyou").version)
    metrics_lines = asked("/metrics").text.splitlines()
    assert {
        'cwac_ready{county="Siskiyou"} 1.0',
        'cwac_ready{county="Mo\\"doc"} 0.0',
        'cwac_reads_total{county="Siskiyou"} 1.0',
        'cwac_read_failures_total{cause="not-found",county="Mo\\"doc"} 1.0',
        'cwac_problems{county="Mo\\"doc",severity="error"} 0.0',
        'cwac_notices{county="Siskiyou",kind="damaged"} 0.0',
        "cwac_versions 1.0",
    } <= set(metrics_lines)
    assert [line.partition(" ")[0] for line in metrics_lines if line.startswith("cwac_data_age")] == [
        'cwac_data_age_seconds{county="Siskiyou"}'
    ]
    ready = asked("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True), "one that fails takes nobody else down"
    google.books[modoc] = kept
