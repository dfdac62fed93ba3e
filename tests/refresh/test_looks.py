"""Dashboards over a Google Sheet, a sheet by its link and a workbook in SharePoint: real HTTP, look by look."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cwac.clock import read_clock
from cwac.model import SourceUnavailable
from cwac.refresh import sheets, source_factory
from cwac.refresh.judge import CHECKED_OUT, as_of_sentence
from cwac.refresh.keeping import DEFAULT_PACE, Pace, Schedule
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source, identity_of, source_for
from cwac.settings import Settings
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.sheet.reader import read_workbook
from cwac.sources.google import GoogleSource
from cwac.sources.quota import Quota
from cwac.storage.store import Store
from tests.cases import each
from tests.refresh.plan import ZONE, tables, workbook
from tests.server import SheetsServer
from tests.server.graph import GraphServer
from tests.server.link_export import LinkExport
from tests.sources import shared_workbook
from tests.sources.shared_workbook import sign_in

PATIENT = 60.0
"""Seconds within which the server answers, however busy the machine is."""
EVERY = DEFAULT_PACE.every


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer(workbook(tables(read_clock().date()))) as server:
        yield server
        server.heal()


def poller_of(google: SheetsServer, quota: Quota | None = None) -> Poller:
    """A poller over the sheet as the dashboard makes it. It looks when the test says so."""
    waits = dict.fromkeys(("connect", "read", "deadline"), PATIENT)
    source = GoogleSource(google.url, google.gsheets, ZONE, quota=quota or Quota(), **waits)
    fetch = lambda asked: source.fetch(look_again=asked)  # noqa: E731
    whole = Source(fetch, "Google", google.url, source.remember, look_closer=source.look_closer)
    return Poller(whole, read_workbook)


@pytest.fixture
def poller(google: SheetsServer) -> Poller:
    """A poller that has read the sheet once."""
    poller = poller_of(google)
    poller.look()
    assert poller.live.snapshot is not None
    return poller


def test_an_outage_and_its_end(google, poller):
    shown = poller.live
    google.stop()
    for _ in range(4):
        poller.look()
    live = poller.live
    assert live.trouble.cause == "unreachable"
    assert [poller.look() for _ in range(3)] == [EVERY] * 3
    assert (live.snapshot, live.as_of < live.trouble_since) == (shown.snapshot, True)
    tomorrow = read_clock() + dt.timedelta(days=1, hours=1)
    assert " on " in as_of_sentence(live, tomorrow), "yesterday's data has its day"
    started = poller_of(google)
    started.look()
    assert started.live.snapshot is None
    words = as_of_sentence(started.live, read_clock())
    assert words.startswith("Google could not be reached: no connection could be made.")
    google.book["Events"].set("D3", "Dunsmuir")
    google.start()
    for outlived in (poller, started):
        outlived.look()
        assert outlived.live.trouble is None
        assert outlived.live.snapshot.event_by_id["EV-7"].town == "Dunsmuir"


def look_at_most_twice(poller: Poller, until_true: Callable[[], object]) -> None:
    poller.look()
    if not until_true():
        poller.look()
    assert until_true()


def test_a_renamed_tab_is_still_read(google, poller):
    google.book.rename("Events", "Plan for the sheriff")
    google.book["Plan for the sheriff"].set("D3", "Dunsmuir")
    look_at_most_twice(poller, lambda: poller.live.notices)
    assert poller.live.snapshot.event_by_id["EV-7"].town == "Dunsmuir"
    (notice,) = poller.live.notices
    assert (poller.live.trouble, notice.code) == (None, "renamed-tab")
    assert notice.sentence.startswith('The tab "Plan for the sheriff" is read as Events, as it was called before.')
    calls = google.calls["metadata"]
    poller.look()
    assert google.calls["metadata"] == calls, "nothing is damaged"
    google.book.rename("Plan for the sheriff", "Events")
    look_at_most_twice(poller, lambda: poller.live.notices == ())


def delete_and_undo(google, title):
    sheet = google.book[title]
    place = google.book.sheets.index(sheet)
    google.book.delete(title)
    yield
    with google.book.lock:
        google.book.sheets.insert(place, sheet)
    yield


def header_and_undo(google, title):
    header = list(google.book[title].rows[0])
    google.book[title].write("A1", [["x"] * len(header)])
    yield
    google.book[title].write("A1", [header])
    yield


@each(
    "wreck, title, code",
    [
        (delete_and_undo, "Events", "damaged"), (header_and_undo, "Events", "damaged"),
        (delete_and_undo, "Staffing", "large-deletion"), (header_and_undo, "Staffing", "damaged"),
    ],
)  # fmt: skip
def test_an_undo_is_followed_at_the_next_look(google, poller, wreck, title, code):
    good, undo = poller.live.snapshot, wreck(google, title)
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.notices)
    assert [notice.code for notice in poller.live.notices] == [code]
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.notices == ())
    assert poller.live.snapshot.content_hash == good.content_hash
    metadata = google.calls["metadata"]
    for _ in range(3):
        poller.look()
    assert google.calls["metadata"] <= metadata + 1, "and then it is read hourly again"


def test_a_sheet_damaged_from_the_start_shows_at_the_look_after_it_is_mended(google):
    undo = delete_and_undo(google, "Events")
    next(undo)
    poller = poller_of(google)
    assert poller.look() == pytest.approx(EVERY, abs=5)
    assert poller.live.snapshot is None
    assert poller.live.trouble.cause == "no-events-tab"
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.snapshot)


def merged_cells(poller: Poller) -> set[str]:
    problems = poller.live.snapshot.problems
    return {problem.cell for problem in problems if problem.code == "merged-or-offset" and problem.column == "Town"}


def test_merged_cells_are_named_at_the_next_look_and_those_of_new_rows_at_the_second(google, poller):
    events, day = google.book["Events"], google.book["Events"].rows[2][1]
    events.merge("D2:D4")
    poller.look()
    assert merged_cells(poller) == {"D3", "D4"}
    with google.book.lock:
        events.write("A7", [["NEW-1", day, None, "Weed", "WPD", "Draft"], ["NEW-2", day, None, None, "WPD", "Draft"]])
        events.merge("D7:D8")
    look_at_most_twice(poller, lambda: "D8" in merged_cells(poller))


class Counting(Quota):
    taken = 0

    def wait(self):
        self.taken += 1
        return super().wait()


@pytest.mark.slow
def test_looking_closely_at_a_damaged_sheet_stays_within_the_quota(google):
    """Every read is counted before it is made, of damaged sheets too; more than allowed a minute are waited for."""
    quota = Counting(calls=6, seconds=0.5)
    poller = poller_of(google, quota=quota)
    poller.look()
    google.book.delete("Events")
    began = time.monotonic()
    for _ in range(6):
        poller.look()
    assert quota.taken == google.reads >= 13
    assert time.monotonic() - began >= 0.5, "seven of them had to wait for their turn"


def test_versions_are_kept_under_the_link_of_the_sheet(google):
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    assert source_factory.source_for(settings).identity == GoogleSource.from_settings(settings).fetch().url
    assert source_factory.source_for(Settings(spreadsheet="no link")).identity is None
    # History goes on when an account takes the place of the link.
    assert identity_of(BY_LINK) == identity_of(Settings(spreadsheet=f"{LINK}/edit"))


LINK = "https://docs.google.com/spreadsheets/d/1AbCdEfGh"
BY_LINK = Settings(spreadsheet=LINK, gsheets={"credentials": "none"})


def towns(poller: Poller) -> list[str | None]:
    snapshot = poller.live.snapshot
    assert snapshot is not None
    return [event.town for event in snapshot.events]


# --- by its link ------------------------------------------------------------------------------------------------------


def test_refresh_seconds_and_retries_cannot_make_it_look_more_often() -> None:
    least = source_for(BY_LINK).least
    pace = Pace(every=10.0).at_least(least)
    assert least > SECONDS_BY_LINK
    assert (pace.every, pace.asked, pace.permanent, pace.retries) == (least, least, least, (least,) * 3)
    schedule = Schedule(pace)
    began = time.monotonic()
    for trouble in (
        SourceUnavailable("unreachable", "x", "y", permanent=False),
        SourceUnavailable("not-shared", "x", "y"),
        SourceUnavailable("rate-limit", "x", "y", permanent=False, retry_after=5.0),
        SourceUnavailable("rate-limit", "x", "y", permanent=False),
    ):
        assert schedule.delay_after(trouble, began, answered=False) >= SECONDS_BY_LINK, trouble.cause
    assert Pace().at_least(0.0) == Pace()


def test_refresh_waits_for_five_minutes_after_any_look(tmp_path: Path) -> None:
    with LinkExport(shared_workbook.workbook("Weed", "Yreka")) as google:
        gsheets = {"credentials": "none", "web_endpoint": google.address("docs")}
        store = f"sqlite:///{tmp_path}/store.sqlite3"
        settings = Settings(spreadsheet=google.id, gsheets=gsheets, store=store, refresh_seconds=10)
        _, poller = sheets.for_settings(settings).of("")
        assert poller.look() > SECONDS_BY_LINK / 2
        assert not poller.refresh_now()
        poller.look(asked=True)
        assert google.calls == {"export": 1, "download": 1}
        assert towns(poller) == ["Weed", "Yreka"]
        poller.stop()


# --- in SharePoint ----------------------------------------------------------------------------------------------------


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(shared_workbook.workbook("Weed", "Yreka")) as running:
        yield running


def looking_at(graph: GraphServer, store: Store | None = None) -> Poller:
    """A poller as the dashboard makes it. It looks when the test says so."""
    return Poller(source_for(Settings(microsoft=sign_in(graph, link=graph.link))), read_workbook, store)


def test_versions_outlive_a_move_and_a_restart(graph: GraphServer, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    poller = looking_at(graph, store)
    poller.look()
    graph.item.move(name="Plan 2027.xlsx", folder="Archive")
    graph.item.write(shared_workbook.workbook("Weed", "Montague"))
    poller.look()
    key = identity_of(Settings(microsoft=sign_in(graph, link=graph.link)))
    assert key is not None
    assert [version.source for version in store.versions()] == [key, key]
    graph.stop()
    again = looking_at(graph, store)
    again.begin()
    again.look()
    assert towns(again) == ["Weed", "Montague"]
    store.close()
    graph.start()


def test_checked_out_workbook_is_pointed_out(graph: GraphServer) -> None:
    poller = looking_at(graph)
    said = []
    for person in (None, "C. Ordinator", None):
        graph.item.checked_out_by = person
        graph.item.touch()
        poller.look()
        poller.look()
        assert poller.live.trouble is None
        said.append([(notice.code, notice.sentence) for notice in poller.live.notices])
    assert said == [[], [("checked-out", CHECKED_OUT)], []]
