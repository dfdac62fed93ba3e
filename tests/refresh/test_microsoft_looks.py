"""A dashboard over a workbook in SharePoint: looks, versions and failures, over HTTP from the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.clock import read_clock
from cwac.refresh.judge import CHECKED_OUT
from cwac.refresh.live import as_of_sentence
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.server.graph import GraphServer
from tests.sources.shared_workbook import sign_in, workbook

NEWS = {"metadata": 1, "content": 1, "download": 1}


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


def requests_of(graph: GraphServer, poller: Poller, *, asked: bool = False) -> dict[str, int]:
    graph.calls.clear()
    poller.look(asked=asked)
    return dict(graph.calls)


def towns(poller: Poller) -> list[str | None]:
    snapshot = poller.live.snapshot
    assert snapshot is not None
    return [event.town for event in snapshot.events]


def sentence(poller: Poller) -> str:
    return as_of_sentence(poller.live, read_clock())


def test_looks_cost_one_request(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    assert requests_of(graph, poller) == {"metadata": 1}
    assert requests_of(graph, poller, asked=True) == {"metadata": 1}
    graph.item.write(workbook("Weed", "Yreka", "Etna", "Dorris"))
    assert requests_of(graph, poller) == NEWS
    assert towns(poller) == ["Weed", "Yreka", "Etna", "Dorris"]
    assert sentence(poller).startswith("As of ")


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


def test_request_to_wait_is_obeyed(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    graph.fail("429", retry_after=77)
    delay = poller.look()
    assert 77 <= delay <= 77 + 30 / 4
    assert poller.refresh_now() is False
    assert sentence(poller).startswith("Microsoft has not answered since ")
    assert "(too many requests)" in sentence(poller)
    assert towns(poller) == ["Weed", "Yreka", "Etna"]


def test_locked_workbook_leaves_the_last_good_copy(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    graph.item.write(workbook("Weed", "Yreka", "Etna", "Dorris"))
    graph.item.locked = True
    for _ in range(4):
        poller.look()
    assert sentence(poller).startswith("Somebody has the workbook open in a way that locks it. Showing the sheet as it")
    assert towns(poller) == ["Weed", "Yreka", "Etna"]
    graph.item.locked = False
    poller.look()
    assert (poller.live.trouble, len(towns(poller))) == (None, 4)


def test_unusable_file_leaves_the_last_good_copy(graph: GraphServer, store: Store) -> None:
    poller = poller_of(graph, store)
    poller.look()
    graph.item.write(b"no workbook")
    poller.look()
    assert sentence(poller).startswith(
        "Plan.xlsx is text (perhaps CSV), not a workbook. Showing the sheet as it was at"
    )
    assert requests_of(graph, poller) == {"metadata": 1}
    assert towns(poller) == ["Weed", "Yreka", "Etna"]


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
