"""A small shared sheet on the test server, and what the tests of the Google source ask of it."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest

from cwac.model import SourceUnavailable, Workbook
from cwac.sources.google import GoogleSource
from cwac.sources.google_link import LinkSource
from tests.server import Answer, SheetsServer

EVENTS = [
    ["Event ID", "Date", "Town"],
    ["EV-1", dt.date(2026, 10, 7), "Weed"],
    ["EV-2", dt.date(2026, 11, 4), "Yreka"],
]
TYPED_EVENTS = [["Event ID", "Date", "Town"], ["EV-1", 46302, "Weed"], ["EV-2", 46330, "Yreka"]]
STAFFING = [["Event ID", "Officer"], ["EV-1", "A. Sample"]]


def source_of(server: SheetsServer, **waits: float) -> GoogleSource:
    return GoogleSource(server.url, server.gsheets, **({"connect": 2, "read": 2, "deadline": 5} | waits))


def failure_of(source: GoogleSource | LinkSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.fetch()
    return caught.value


def rows_of(workbook: Workbook) -> dict[str, list[list[object]]]:
    return {tab.title: [list(row) for row in tab.rows] for tab in workbook.tabs}


PASSING = {
    "429": "rate-limit",
    "html-429": "rate-limit",
    "500": "server-error",
    "503": "server-error",
    "html-502": "server-error",
    "html-404": "server-error",
    "cut-json": "bad-answer",
    "short-body": "bad-answer",
    "empty": "bad-answer",
    "reset": "unreachable",
    "close": "unreachable",
    "hang": "unreachable",
    "drip-body": "unreachable",
    "drip-headers": "unreachable",
}
SLOW = ("hang", "drip-body", "drip-headers")
"""Faults that last until a deadline."""
LASTING = {
    "not-shared": "not-shared",
    "api-disabled": "api-disabled",
    "not-found": "not-found",
    "office-file": "not-a-google-sheet",
}

FAULT_LASTS = 60.0
"""Seconds until a slow fault sends the whole answer."""
PROMPT = 20.0
"""Seconds within which a failure is reported: far more than a busy machine needs, far less than `FAULT_LASTS`."""


def waits_for(fault: str) -> dict[str, float]:
    """Short timeouts only for the faults that wait for them."""
    if fault.startswith("drip"):
        return {"read": 0.3, "deadline": 1.0}
    return {"read": 0.3 if fault == "hang" else 30.0, "deadline": 30.0}


def request_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cwac-source"]


def json_answer(status: int, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode())
