"""Several counties in one process: each sheet read, kept and aged by itself, all within what Google allows."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from cwac.clock import read_clock
from cwac.refresh import sheets as counties
from cwac.settings import County, Settings
from cwac.web import metrics
from tests.refresh import plan
from tests.refresh.polling import until
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    """A server with two sheets that are alike, cell for cell."""
    with SheetsServer(plan.workbook()) as server:
        other = Spreadsheet.from_workbook(plan.workbook(), "Coffee in Modoc")
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
