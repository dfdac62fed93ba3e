"""A sheet that anybody with the link may see, read as its export over HTTP."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import openpyxl
import pytest
from google.auth.compute_engine import _metadata

from cwac.google_settings import SECONDS_BY_LINK
from cwac.model import Snapshot, SourceUnavailable
from cwac.sheet.reader import read_workbook
from cwac.sources import google_link
from cwac.sources.google import GoogleSource
from cwac.sources.google_link import LinkSource
from tests.cases import each
from tests.server import Answer, SheetsServer
from tests.server.google_auth import GoogleAuthServer
from tests.server.graph import GraphServer
from tests.server.link_export import LinkExport
from tests.sources.shared_workbook import source_of as source_at_microsoft

TODAY = dt.date(2026, 10, 1)


def sheet_with_oddities() -> bytes:
    """A workbook with dates, times, hours, merged cells, error cells, a formula and rows that cannot be used."""
    book = openpyxl.Workbook()
    events = book.active
    events.title = "Events"
    events.append(["Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Notes"])
    events.append(["EV-1", dt.date(2026, 10, 7), dt.time(9), dt.time(10, 30), "Weed", "Cafe A", "WPD", "first"])
    events.append(["EV-2", "Oct 14, 2026", "9 to 10:30", None, "Yreka", "Café B", "YPD", None])
    events.append(["EV-3", "sometime", dt.time(8, 20), None, "Mt. Shasta", None, "MSPD", None])
    events.append(["EV-4", dt.date(2026, 11, 4), None, None, "Atlantis", "Cafe C", "NOPE", None])
    events.append([])
    events.append(["EV-1", dt.date(2026, 12, 2), None, None, "Etna", None, "EPD", "the same ID again"])
    events["H3"].value, events["H3"].data_type = "#REF!", "e"
    events.merge_cells("G4:H4")
    staffing = book.create_sheet("Staffing")
    staffing.append(["Event ID", "Officer", "Agency", "Position", "Hours"])
    staffing.append(["EV-1", "A. Sample", "WPD", "Lead", 1.5])
    staffing.append(["EV-1", "B. Sample", "WPD", "Support", "2:30"])
    staffing.append(["EV-9", "C. Sample", "YPD", "Lead", "two"])
    attendance = book.create_sheet("Attendance")
    attendance.append(["Event ID", "Guests", "Entered on"])
    attendance.append(["EV-1", 18, dt.date(2026, 10, 8)])
    attendance.append(["EV-2", "about 20", None])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


CONTENT = sheet_with_oddities()


@pytest.fixture
def google() -> Iterator[LinkExport]:
    with LinkExport(CONTENT) as running:
        yield running


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def source_of(google: LinkExport, clock: Clock | None = None, **waits: float) -> LinkSource:
    link = f"https://docs.google.com/spreadsheets/d/{google.id}/edit?usp=sharing"
    return LinkSource(link, web=google.address("docs"), clock=clock or Clock(), **({"deadline": 60.0} | waits))


def failure_of(source: LinkSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.fetch()
    return caught.value


def comparable(snapshot: Snapshot) -> dict[str, object]:
    """All of it, but the source, the time, links and the tabs' IDs."""
    left_out = {"source", "as_of", "url", "web_url", "content_hash", "tab_ids"}
    values = {field.name: getattr(snapshot, field.name) for field in fields(snapshot) if field.name not in left_out}
    without_links = [
        {field.name: getattr(problem, field.name) for field in fields(problem) if field.name != "link"}
        for problem in snapshot.problems
    ]
    return values | {"problems": without_links}


def test_by_key_by_default_credentials_by_link_and_by_graph_read_alike(
    google: LinkExport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.xlsx").write_bytes(CONTENT)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with SheetsServer(tmp_path / "plan.xlsx") as sheets, GoogleAuthServer(sheets) as auth:
        auth.machine.kind = "cloud-run"
        monkeypatch.setenv("GCE_METADATA_IP", auth.environment["GCE_METADATA_IP"])
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", auth.environment["GCE_METADATA_HOST"])
        default = {"credentials": "default", "api_endpoint": sheets.endpoint}
        by_key = read_workbook(GoogleSource(sheets.url, sheets.gsheets).fetch(), TODAY)
        by_default = read_workbook(GoogleSource(sheets.url, default).fetch(), TODAY)
    by_link = read_workbook(source_of(google).fetch(), TODAY)
    with GraphServer(CONTENT) as graph:
        by_graph = read_workbook(source_at_microsoft(graph, connect=10, read=30, deadline=60).fetch(), TODAY)
    assert comparable(by_key) == comparable(by_default)
    assert comparable(by_link) == comparable(by_graph)
    assert comparable(by_key) == comparable(by_link)
    assert len(by_link.events) >= 3
    assert len(by_link.problems) >= 5
    assert {problem.link for problem in by_link.problems if problem.cell} == {
        f"https://docs.google.com/spreadsheets/d/{google.id}"
    }


def test_zone_is_that_of_the_settings(google: LinkExport) -> None:
    link = f"https://docs.google.com/spreadsheets/d/{google.id}"
    workbook = LinkSource(link, "America/New_York", web=google.address("docs")).fetch()
    assert (workbook.timezone, workbook.as_of.tzinfo is not None) == ("America/New_York", True)
    assert workbook.url == link


def test_one_look_in_five_minutes_whoever_asks(google: LinkExport) -> None:
    clock = Clock()
    source = source_of(google, clock)
    first = source.fetch()
    assert google.calls == {"export": 1, "download": 1}
    clock.now = SECONDS_BY_LINK - 1
    assert source.fetch() is first
    clock.now = SECONDS_BY_LINK
    again = source.fetch()
    assert google.calls == {"export": 2, "download": 2}
    assert (again.tabs is first.tabs, again.as_of > first.as_of) == (True, True)
    google.shared = False
    clock.now *= 2
    assert failure_of(source).cause == failure_of(source).cause == "not-shared"
    assert google.calls["export"] == 3


def test_stamped_exports_are_the_same_sheet(google: LinkExport) -> None:
    google.stamped = True
    clock = Clock()
    source = source_of(google, clock)
    first = source.fetch()
    clock.now = SECONDS_BY_LINK
    assert source.fetch().content_hash == first.content_hash


@each(
    ("private", "cause", "part"),
    [
        ("sign-in", "not-shared", 'not shared with "anyone with the link"'),
        ("401", "not-shared", 'not shared with "anyone with the link"'),
        ("403", "not-shared", "does not let people with the link download"),
        ("404", "not-found", "or shows it to nobody who is not signed in"),
    ],
)
def test_sheet_that_is_not_shared(google: LinkExport, private: str, cause: str, part: str) -> None:
    google.shared, google.private = False, private  # type: ignore[assignment]
    failure = failure_of(source_of(google))
    assert (failure.cause, failure.permanent, part in failure.sentence) == (cause, True, True)
    assert 'set General access to "Anyone with the link", Viewer.' in failure.remedy


@pytest.mark.slow
@each(
    ("fault", "cause", "permanent"),
    [
        ("429", "rate-limit", False),
        ("413", "too-large", True),
        ("500", "server-error", False),
        ("503", "server-error", False),
        ("reset", "unreachable", False),
        ("hang", "unreachable", False),
        ("drip-body", "unreachable", False),
        ("short-body", "bad-answer", False),
    ],
)
def test_each_failure_has_its_cause(google: LinkExport, fault: str, cause: str, permanent: bool) -> None:
    google.fail(fault, None)
    waits = {"read": 0.3, "deadline": 1.0} if fault in ("hang", "drip-body") else {}
    failure = failure_of(source_of(google, **waits))
    google.heal()
    assert (failure.cause, failure.permanent) == (cause, permanent), str(failure)
    assert failure.remedy
    if fault == "429":
        assert failure.retry_after == SECONDS_BY_LINK


def test_downloads_switched_off(google: LinkExport) -> None:
    google.downloads_allowed = False
    assert "let viewers download" in failure_of(source_of(google)).remedy


def test_content_that_is_no_workbook(google: LinkExport) -> None:
    google.content = b"PK\x03\x04 nothing"
    failure = failure_of(source_of(google))
    assert (failure.cause, failure.sentence.startswith("The export of the sheet is damaged")) == ("damaged", True)


def test_export_that_is_too_large_is_not_read_to_its_end(google: LinkExport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_link, "MOST_BYTES", len(CONTENT) - 1)
    assert failure_of(source_of(google)).cause == "too-large"


@each("target", ["https://elsewhere.example/file", "http://docs.google.com.evil.example/", "file:///etc/passwd"])
def test_redirect_away_from_google_is_not_followed(google: LinkExport, target: str) -> None:
    google.fail("x", on="export", answer=Answer(302, b"", {"Location": target}))
    assert failure_of(source_of(google)).cause == "bad-answer"


@each(
    ("address", "allowed"),
    [
        ("https://doc-0s-0g-sheets.googleusercontent.com/export/x", True),
        ("https://docs.google.com/a/x", True),
        ("http://doc-0s-0g-sheets.googleusercontent.com/export/x", False),
        ("https://googleusercontent.com.evil.example/x", False),
        ("https://evilgoogleusercontent.com/x", False),
        ("https://docs.google.com@evil.example/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1", False),
    ],
)
def test_only_googles_own_hosts_are_followed(address: str, allowed: bool) -> None:
    assert LinkSource("1AbCdEfGh")._may_follow(address) == allowed


@each("address", ["https://docs.google.com/spreadsheets/d/e/2PACX-1v/pubhtml", "https://example.com/x", ""])
def test_address_that_is_no_sheets(address: str) -> None:
    assert failure_of(LinkSource(address)).cause == "bad-address"
