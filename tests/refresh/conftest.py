"""Fixtures for tests of the poller."""

import datetime as dt

import pytest

from cwac.storage.store import Store
from tests.refresh.plan import LONG, QUICK, Sheet


@pytest.fixture
def sheet():
    return Sheet()


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3", busy_seconds=0.1)
    yield store
    store.close()


@pytest.fixture
def poller(request, sheet):
    """A poller that has looked once; it has a store if the test has one."""
    poller = sheet.poller(request.getfixturevalue("store") if "store" in request.fixturenames else None)
    poller.look()
    return poller


@pytest.fixture
def simulated(sheet, monkeypatch):
    """The poller's clocks, moved by the test alone; each fetch takes `sheet.takes` seconds."""
    passed = [1000.0]
    monkeypatch.setattr("cwac.refresh.poller.time.monotonic", lambda: passed[0])
    fetch, sheet.takes = sheet.fetch, 0.1

    def advance(seconds):
        passed[0] += seconds
        sheet.now += dt.timedelta(seconds=seconds)

    def fetch_slowly(asked):
        advance(sheet.takes)
        return fetch(asked)

    monkeypatch.setattr(sheet, "fetch", fetch_slowly)
    sheet.passed, sheet.advance = passed, advance
    return sheet


@pytest.fixture
def running(sheet):
    started = []

    def run(**other):
        poller = sheet.poller(**{"pace": QUICK} | other)
        poller.start()
        started.append(poller)
        assert poller.wait(LONG).snapshot is not None
        return poller

    yield run
    for poller in started:
        poller.stop()
