"""A dashboard over a sheet by its link, and over a workbook in SharePoint: how often it looks, and what it keeps."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.model import SourceUnavailable
from cwac.refresh import sheets
from cwac.refresh.judge import CHECKED_OUT
from cwac.refresh.keeping import Pace, Schedule
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.server.graph import GraphServer
from tests.server.link_export import LinkExport
from tests.sources.shared_workbook import sign_in, workbook

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
    with LinkExport(workbook("Weed", "Yreka")) as google:
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


def test_history_goes_on_when_an_account_takes_the_place_of_the_link() -> None:
    assert identity_of(BY_LINK) == identity_of(Settings(spreadsheet=f"{LINK}/edit"))


# --- in SharePoint ----------------------------------------------------------------------------------------------------


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(workbook("Weed", "Yreka")) as running:
        yield running


def poller_of(graph: GraphServer, store: Store | None = None) -> Poller:
    """A poller as the dashboard makes it. It looks when the test says so."""
    return Poller(source_for(Settings(microsoft=sign_in(graph, link=graph.link))), read_workbook, store)


def test_versions_outlive_a_move_and_a_restart(graph: GraphServer, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    poller = poller_of(graph, store)
    poller.look()
    graph.item.move(name="Plan 2027.xlsx", folder="Archive")
    graph.item.write(workbook("Weed", "Montague"))
    poller.look()
    key = identity_of(Settings(microsoft=sign_in(graph, link=graph.link)))
    assert key is not None
    assert [version.source for version in store.versions()] == [key, key]
    graph.stop()
    again = poller_of(graph, store)
    again.begin()
    again.look()
    assert towns(again) == ["Weed", "Montague"]
    store.close()
    graph.start()


def test_checked_out_workbook_is_pointed_out(graph: GraphServer) -> None:
    poller = poller_of(graph)
    said = []
    for person in (None, "C. Ordinator", None):
        graph.item.checked_out_by = person
        graph.item.touch()
        poller.look()
        poller.look()
        assert poller.live.trouble is None
        said.append([(notice.code, notice.sentence) for notice in poller.live.notices])
    assert said == [[], [("checked-out", CHECKED_OUT)], []]
