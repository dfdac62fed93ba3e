"""A dashboard over a workbook in SharePoint: looks, versions and failures, over HTTP from the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.refresh.judge import CHECKED_OUT
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.server.graph import GraphServer
from tests.sources.shared_workbook import sign_in, workbook


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(workbook("Weed", "Yreka", "Etna")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


def settings_of(graph: GraphServer) -> Settings:
    return Settings(microsoft=sign_in(graph, link=graph.link))


def poller_of(graph: GraphServer, store: Store | None = None) -> Poller:
    """A poller as the dashboard makes it. It looks when the test says so."""
    return Poller(source_for(settings_of(graph)), read_workbook, store)


def towns(poller: Poller) -> list[str | None]:
    snapshot = poller.live.snapshot
    assert snapshot is not None
    return [event.town for event in snapshot.events]


def test_versions_outlive_a_move_and_a_restart(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    graph.item.move(name="Plan 2027.xlsx", folder="Archive")
    graph.item.write(workbook("Weed", "Yreka", "Montague"))
    poller.look()
    key = identity_of(settings_of(graph))
    assert key is not None
    assert [version.source for version in store.versions()] == [key, key]
    graph.stop()
    again = poller_of(graph, store)
    again.begin()
    assert towns(again) == ["Weed", "Yreka", "Montague"]
    again.look()
    assert towns(again) == ["Weed", "Yreka", "Montague"]
    graph.start()


def test_checked_out_workbook_is_pointed_out(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    assert poller.live.notices == ()
    graph.item.checked_out_by = "C. Ordinator"
    graph.item.touch()
    poller.look()
    poller.look()
    (notice,) = poller.live.notices
    assert (notice.code, notice.sentence, poller.live.trouble) == ("checked-out", CHECKED_OUT, None)
    graph.item.checked_out_by = None
    graph.item.touch()
    poller.look()
    assert poller.live.notices == ()
