"""A small shared sheet on the test server, and what the tests of the Google source ask of it."""

import datetime as dt
from collections.abc import Iterator

import pytest

from cwac.model import SourceUnavailable, Workbook
from cwac.sources.google import GoogleSource, LinkSource
from cwac.sources.microsoft import MicrosoftSource
from tests.server import SheetsServer

EVENTS = [
    ["Event ID", "Date", "Town"],
    ["EV-1", dt.date(2026, 10, 7), "Weed"],
    ["EV-2", dt.date(2026, 11, 4), "Yreka"],
]
TYPED_EVENTS = [["Event ID", "Date", "Town"], ["EV-1", 46302, "Weed"], ["EV-2", 46330, "Yreka"]]
STAFFING = [["Event ID", "Officer"], ["EV-1", "A. Sample"]]


@pytest.fixture(name="google")
def serve_sheet() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        server.book.add("Events", EVENTS)
        server.book.add("Staffing", STAFFING)
        yield server


def source_of(server: SheetsServer, **waits: float) -> GoogleSource:
    return GoogleSource(server.url, server.gsheets, **({"connect": 2, "read": 2, "deadline": 5} | waits))


def failure_of(source: GoogleSource | LinkSource | MicrosoftSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.fetch()
    assert caught.value.remedy
    return caught.value


def rows_of(workbook: Workbook) -> dict[str, list[list[object]]]:
    return {tab.title: [list(row) for row in tab.rows] for tab in workbook.tabs}


SLOW = ("hang", "drip-body", "drip-headers")
"""Faults that last until a deadline."""

FAULT_LASTS = 60.0
"""Seconds until a slow fault sends the whole answer."""
