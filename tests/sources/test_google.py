"""The Google source, with the real gspread over real HTTP, against the test server."""

from __future__ import annotations

import datetime as dt
import email.utils
import gc
import json
import socket
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwac import settings as configuration
from cwac.model import Merge, SourceUnavailable, Tab, Workbook
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.sources.google import GoogleSource, spreadsheet_key
from cwac.sources.google_errors import SCOPE
from tests.server import Answer, SheetsServer
from tests.server.tokens import CLIENT_EMAIL, key_file

EVENTS = [
    ["Event ID", "Date", "Town"],
    ["EV-1", dt.date(2026, 10, 7), "Weed"],
    ["EV-2", dt.date(2026, 11, 4), "Yreka"],
]
TYPED_EVENTS = [["Event ID", "Date", "Town"], ["EV-1", 46302, "Weed"], ["EV-2", 46330, "Yreka"]]
STAFFING = [["Event ID", "Officer"], ["EV-1", "A. Sample"]]


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        server.book.add("Events", EVENTS)
        server.book.add("Staffing", STAFFING)
        yield server


def source_of(server: SheetsServer, **waits: float) -> GoogleSource:
    return GoogleSource(server.url, server.gsheets, **({"connect": 2, "read": 2, "deadline": 5} | waits))


def failure_of(source: GoogleSource) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as caught:
        source.fetch()
    return caught.value


def rows_of(workbook: Workbook) -> dict[str, list[list[object]]]:
    return {tab.title: [list(row) for row in tab.rows] for tab in workbook.tabs}


# --- what is read --------------------------------------------------------------------------------------------------


def test_a_sheet_as_a_whole(google: SheetsServer) -> None:
    google.book["Staffing"].merge("A1:B1")
    google.book.add("Scratch", [["notes", 1]], hidden=True)
    before = dt.datetime.now(dt.UTC)
    workbook = source_of(google).fetch()
    assert before <= workbook.as_of <= dt.datetime.now(dt.UTC)
    assert workbook == Workbook(
        source=google.url,
        as_of=workbook.as_of,
        timezone="America/Los_Angeles",
        tabs=(
            Tab("Events", TYPED_EVENTS, (), google.book["Events"].id),
            Tab("Staffing", [["Event ID"], STAFFING[1]], (Merge(0, 1, 0, 2),), google.book["Staffing"].id),
            Tab("Scratch", (), (), google.book["Scratch"].id),
        ),
        locale="en_US",
        url=f"https://docs.google.com/spreadsheets/d/{google.book.id}",
    )
    assert workbook.as_of.tzinfo == ZoneInfo("America/Los_Angeles")


def test_cells_arrive_as_typed(google: SheetsServer) -> None:
    google.book.locale = "de_DE"
    typed = [
        ["Event ID", "Date", "Start", "Guests"],
        ["007", dt.date(2024, 12, 31), dt.time(9, 30), 1234.5],
        ["8085807e40000000", 0.75, True, False],
        ["", None, 0, 2**53],
        [],
        ["#REF!", "Loading...", "1,5", " x "],
        ["NaN", -1, "ü😀", None],
    ]
    google.book["Events"].clear()
    google.book["Events"].write("A1", typed)
    assert rows_of(source_of(google).fetch())["Events"] == [
        ["Event ID", "Date", "Start", "Guests"],
        ["007", 45657, 9.5 / 24, 1234.5],
        ["8085807e40000000", 0.75, True, False],
        [None, None, 0, 2**53],
        [],
        ["#REF!", "Loading...", "1,5", " x "],
        ["NaN", -1, "ü😀"],
    ]


def test_a_cell_keeps_its_type(google: SheetsServer) -> None:
    google.book["Events"].write("A2", [[1, 1.5, True, "1"]])
    row = source_of(google).fetch().tabs[0].rows[1]
    assert [type(cell) for cell in row] == [int, float, bool, str]


def test_an_emptied_tab_is_no_failure(google: SheetsServer) -> None:
    google.book["Staffing"].clear()
    assert rows_of(source_of(google).fetch()) == {"Events": TYPED_EVENTS, "Staffing": []}


def test_an_edit_is_in_the_next_read(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book["Events"].set("C2", "Mount Shasta")
    assert source.fetch().tabs[0].rows[1] == ["EV-1", 46302, "Mount Shasta"]


def test_unchanged_answer_gives_the_same_tabs(google: SheetsServer) -> None:
    source = source_of(google)
    first = source.fetch()
    assert first.content_hash
    again = source.fetch()
    assert again.as_of > first.as_of
    assert again.tabs is first.tabs
    assert vars(again)["content_hash"] == first.content_hash
    google.book.time_zone = "America/New_York"
    assert source.fetch(look_again=True).timezone == "America/New_York"


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.5), (1, "1"), (0, False), ("a", None)])
def test_unchanged_rows_are_shared_between_versions(google: SheetsServer, before: object, after: object) -> None:
    source = source_of(google)
    google.book["Events"].set("C2", before)
    first = source.fetch()
    google.book["Events"].set("C2", after)
    rows = source.fetch().tabs[0].rows
    assert rows[2] is first.tabs[0].rows[2]
    cell = rows[1][2] if len(rows[1]) > 2 else None
    assert (type(cell), cell) == (type(after), after)


def test_workbook_that_is_not_used_is_freed(google: SheetsServer) -> None:
    source = source_of(google)
    first = weakref.ref(source.fetch())
    gc.collect()
    assert first() is None
    assert rows_of(source.fetch())["Events"] == TYPED_EVENTS


@pytest.mark.parametrize("title", ["events", "E v e n t s!", "'Events'", "Event's", "EVENT-LIST", "Calendar!A1"])
def test_titles_that_need_quoting(google: SheetsServer, title: str) -> None:
    google.book.rename("Events", title)
    assert rows_of(source_of(google).fetch())[title] == TYPED_EVENTS


def test_the_order_of_tabs_and_hidden_ones_do_not_matter(google: SheetsServer) -> None:
    before = source_of(google).fetch()
    google.book.move("Events", 1)
    google.book["Staffing"].hidden = True
    after = source_of(google).fetch()
    assert [tab.title for tab in after.tabs] == ["Staffing", "Events"]
    assert sorted(after.tabs, key=lambda tab: tab.title) == list(before.tabs)


def test_chart_sheets_are_not_tabs(google: SheetsServer) -> None:
    google.book.add("Chart").kind = "OBJECT"
    assert list(rows_of(source_of(google).fetch())) == ["Events", "Staffing"]


def test_all_tabs_are_read_if_there_is_no_events_tab(google: SheetsServer) -> None:
    """The reader then says which of them looks like it."""
    google.book.rename("Events", "Sheet1")
    assert rows_of(source_of(google).fetch()) == {"Sheet1": TYPED_EVENTS, "Staffing": STAFFING}
    assert google.calls["batchGet"] == 1


@pytest.mark.parametrize(
    ("of_the_sheet", "expected"),
    [
        ("America/Denver", "America/Denver"),
        ("GMT-07:00", "Europe/Berlin"),
        ("", "Europe/Berlin"),
        ("../../etc/passwd", "Europe/Berlin"),
        ("America", "Europe/Berlin"),
    ],
)
def test_unknown_time_zone_is_replaced_by_the_configured_one(
    google: SheetsServer, of_the_sheet: str, expected: str
) -> None:
    google.book.time_zone = of_the_sheet
    workbook = GoogleSource(google.url, google.gsheets, "Europe/Berlin").fetch()
    assert (workbook.timezone, workbook.as_of.tzinfo) == (expected, ZoneInfo(expected))


def test_more_cells_than_google_allows(google: SheetsServer) -> None:
    google.book["Staffing"].rows = [["x"] * 18_278, *([] for _ in range(547)), ["x"]]
    failure = failure_of(source_of(google))
    assert (failure.cause, failure.permanent) == ("too-large", True)
    assert "Staffing has values as far as row 549" in str(failure)


def test_source_is_configured_from_settings(google: SheetsServer, tmp_path) -> None:
    (tmp_path / "secrets.toml").write_text(google.secrets())
    (tmp_path / "secrets.toml").chmod(0o600)
    source = GoogleSource.from_settings(configuration.load({}, tmp_path / "secrets.toml"))
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


# --- how often Google is asked -------------------------------------------------------------------------------------


def test_one_read_a_refresh(google: SheetsServer) -> None:
    source = source_of(google)
    assert google.calls == {}
    source.fetch()
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 1}
    for _ in range(3):
        source.fetch()
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 4}


def test_only_reading_is_asked_for(google: SheetsServer) -> None:
    source_of(google).fetch()
    assert [scopes for _, scopes in google.tokens.given.values()] == [{SCOPE}]
    assert SCOPE.endswith("spreadsheets.readonly")


def test_the_metadata_is_read_hourly(google: SheetsServer) -> None:
    now = 1000.0
    source = GoogleSource(google.url, google.gsheets, clock=lambda: now)
    source.fetch()
    google.book.add("Towns", [["Town"]])
    google.book.time_zone = "America/Denver"
    now += 3599
    assert list(rows_of(source.fetch())) == ["Events", "Staffing"]
    now += 1
    workbook = source.fetch()
    assert (list(rows_of(workbook)), workbook.timezone) == (["Events", "Staffing", "Towns"], "America/Denver")
    now += 3599
    source.fetch()
    assert google.calls == {"token": 1, "metadata": 2, "batchGet": 4}


def test_look_again_sees_a_new_tab(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book.add("Towns", [["Town"]])
    assert list(rows_of(source.fetch(look_again=True))) == ["Events", "Staffing", "Towns"]
    assert google.calls["metadata"] == 2


# --- tabs that are renamed or go -----------------------------------------------------------------------------------


def test_a_renamed_tab_is_still_found(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book.rename("Events", "Plan for autumn")
    for _ in range(2):
        assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}
    assert google.calls == {"token": 1, "metadata": 2, "batchGet": 4}  # one of them was refused


def test_tab_renamed_to_another_contract_name_is_read_as_that(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book.rename("Staffing", "Time off")
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Time off": STAFFING}


def test_a_new_tab_with_the_old_name_replaces_the_renamed_one(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book.rename("Events", "2026")
    fresh = google.book.add("Events", [["Event ID", "Date", "Town"], ["EV-9", 1, "Dunsmuir"]])
    expected = {"2026": [], "Staffing": STAFFING, "Events": [["Event ID", "Date", "Town"], ["EV-9", 1, "Dunsmuir"]]}
    assert rows_of(source.fetch(look_again=True)) == expected
    google.book.rename("Events", "2027")
    after = source.fetch()
    assert [(tab.title, tab.id) for tab in after.tabs if tab.rows] == [
        ("Staffing", google.book["Staffing"].id),
        ("Events", fresh.id),
    ]


def test_tab_renamed_before_a_restart_is_found_by_the_last_good_copy(google: SheetsServer) -> None:
    last_good = source_of(google).fetch()
    google.book.rename("Events", "Plan for autumn")
    forgetful, restarted = source_of(google), source_of(google)
    restarted.remember(last_good)
    assert list(rows_of(forgetful.fetch())) == ["Plan for autumn", "Staffing"]
    assert rows_of(restarted.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def test_copy_of_another_sheet_is_ignored(google: SheetsServer) -> None:
    with SheetsServer() as other:
        other.book.id = "x" * 44
        other.books = {other.book.id: other.book}
        other.book.add("Events", EVENTS)
        strange = source_of(other).fetch()
    google.book.rename("Events", "Plan for autumn")
    source = source_of(google)
    source.remember(strange)
    assert list(rows_of(source.fetch())) == ["Plan for autumn", "Staffing"]


def test_a_deleted_tab_is_gone(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.book.delete("Staffing")
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS}


def test_tab_renamed_during_a_fetch_is_read(google: SheetsServer) -> None:
    source = source_of(google)
    refusal = _json(400, {"error": {"message": "Unable to parse range: 'Events'"}})
    google.fail("range", 1, on="batchGet", answer=refusal)
    assert rows_of(source.fetch())["Events"] == TYPED_EVENTS  # the metadata was read again without waiting
    assert google.calls == {"token": 1, "metadata": 2, "batchGet": 2}
    google.fail("range", 2, on="batchGet", answer=refusal)
    failure = failure_of(source)
    assert google.calls == {"token": 1, "metadata": 3, "batchGet": 4}
    assert (failure.cause, failure.permanent) == ("bad-answer", False)


def test_a_renamed_tab_is_said_with_both_names_and_another_program_says_what_it_lacks(google: SheetsServer) -> None:
    source = source_of(google)
    assert source.fetch().renamed == ()
    google.book.rename("Staffing", "Crew")
    assert source.fetch().renamed == (("Staffing", "Crew"),)
    assert source.fetch().renamed == (("Staffing", "Crew"),)
    problems = read_workbook(source_of(google).fetch(), dt.date(2026, 10, 1)).problems
    assert {
        (one.code, one.tab, one.found) for one in problems if one.code.endswith("-tab") and "Staffing" in str(one)
    } == {("missing-tab", "Staffing", None)}
    assert ("unused-tab", "Crew") in {(one.code, one.found) for one in problems}
    google.book.rename("Crew", "Staffing")
    assert source.fetch().renamed == ()


@pytest.mark.parametrize("cells", ["C2:C3", "B2:C3", "A2:A3"])
def test_merge_that_emptied_a_cell_is_read_in_the_same_fetch(google: SheetsServer, cells: str) -> None:
    source = source_of(google)
    kept = source.fetch()
    google.book["Events"].merge(cells)
    (merge,) = source.fetch().tabs[0].merges
    assert (merge.top, merge.bottom) == (1, 3)
    assert google.calls["metadata"] == 2
    assert kept.tabs[0].merges == ()


def test_other_edits_cost_one_read(google: SheetsServer) -> None:
    source = source_of(google)
    kept = source.fetch()
    google.book["Events"].write("A4", [["EV-3", 46340, "Etna"]])
    google.book["Events"].set("C2", "Yreka")
    kept = source.fetch()
    assert len(kept.tabs[0].rows) == 4
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 2}


def test_look_closer_reads_the_metadata_in_each_fetch(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    for calls in (2, 3):
        source.look_closer()
        source.fetch()
        assert google.calls["metadata"] == calls
    source.fetch()
    assert google.calls["metadata"] == 3


@pytest.mark.parametrize("call", ["token", "metadata", "batchGet"])
@pytest.mark.parametrize("fault", ["hang", "drip-body", "drip-headers"])
def test_patience_covers_the_whole_fetch_and_doubles_after_a_miss(google: SheetsServer, call: str, fault: str) -> None:
    source = source_of(google, patience=0.1, deadline=0.35)
    google.fail(fault, None, on=call, seconds=FAULT_LASTS)
    for seconds in ("0.1", "0.2", "0.35"):
        assert (
            failure_of(source).sentence == f"Google could not be reached: it did not answer within {seconds} seconds."
        )
    google.heal()
    source._deadline = source._patience = 30  # a busy machine must not fail the test here
    assert source.fetch().tabs


def test_by_default_patience_ends_before_the_second_interval_does() -> None:
    for seconds in (10, 30, 60, 100):
        source = GoogleSource.from_settings(Settings(refresh_seconds=seconds))
        assert source._patience <= 0.8 * seconds
    assert GoogleSource.from_settings(Settings(refresh_seconds=600))._deadline == 90


# --- what goes wrong -----------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("call", ["metadata", "batchGet"])
@pytest.mark.parametrize(("fault", "cause"), (PASSING | LASTING).items())
def test_each_failure_has_a_cause_is_tried_once_and_passes(
    google: SheetsServer, call: str, fault: str, cause: str
) -> None:
    source = source_of(google, **waits_for(fault))
    google.fail(fault, on=call, seconds=FAULT_LASTS)
    started = time.monotonic()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent, failure.retry_after) == (cause, fault in LASTING, None)
    assert time.monotonic() - started < PROMPT
    assert google.calls == {"token": 1, "metadata": 1} | ({"batchGet": 1} if call == "batchGet" else {})
    google.heal()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


@pytest.mark.parametrize(("fault", "cause"), PASSING.items())
def test_each_failure_of_the_token_request_has_a_cause_and_passes(google: SheetsServer, fault: str, cause: str) -> None:
    source = source_of(google, **waits_for(fault))
    google.fail(fault, on="token", seconds=FAULT_LASTS)
    started = time.monotonic()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent, failure.retry_after) == (cause, False, None)
    assert time.monotonic() - started < PROMPT
    assert google.calls == {"token": 1}
    google.heal()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def test_each_failure_is_a_sentence_with_a_remedy(google: SheetsServer) -> None:
    messages = {}
    for fault in (*PASSING, *LASTING):
        google.fail(fault, None, seconds=FAULT_LASTS)
        failure = failure_of(source_of(google, **waits_for(fault)))
        messages[fault] = str(failure)
        assert failure.sentence.endswith(".")
        assert failure.remedy.endswith(".")
        google.heal()
    assert messages["not-shared"] == (
        "The sheet is not shared with this program. Whoever owns the sheet: open it, press Share, and add "
        f"{CLIENT_EMAIL} as a Viewer."
    )
    assert "File > Save as Google Sheets" in messages["office-file"]
    assert "Check the link" in messages["not-found"]
    assert (
        "enable the Google Sheets API at https://console.developers.google.com/apis/api/sheets.googleapis.com/"
        "overview?project=1234567890" in messages["api-disabled"]
    )
    assert "too many requests" in messages["429"]
    assert "did not answer in time" in messages["hang"]
    assert "did not answer within 1 seconds" in messages["drip-body"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("7", 7.0), (" 120 ", 120.0), ("0", 0.0), ("9" * 400, 86_400.0), ("soon", None), ("-3", None), ("", None)],
)
@pytest.mark.parametrize("fault", ["429", "html-429", "503"])
def test_retry_after_in_seconds_is_passed_on(
    google: SheetsServer, fault: str, given: str, expected: float | None
) -> None:
    google.fail(fault, retry_after=given)
    assert failure_of(source_of(google)).retry_after == expected


def test_retry_after_as_a_date(google: SheetsServer) -> None:
    google.fail("429", retry_after=email.utils.formatdate(time.time() + 30, usegmt=True))
    assert failure_of(source_of(google)).retry_after == pytest.approx(30, abs=2)
    google.fail("429", retry_after=email.utils.formatdate(time.time() - 30, usegmt=True))
    assert failure_of(source_of(google)).retry_after == 0


def test_a_rate_limit_that_calls_itself_403(google: SheetsServer) -> None:
    error = {"code": 403, "message": "x", "errors": [{"reason": "userRateLimitExceeded", "domain": "usageLimits"}]}
    google.fail("x", answer=_json(403, {"error": error}))
    assert failure_of(source_of(google)).cause == "rate-limit"


def test_another_403_is_not_taken_for_an_unshared_sheet(google: SheetsServer) -> None:
    error = {"code": 403, "message": "x", "status": "PERMISSION_DENIED", "details": [{"reason": "CONSUMER_SUSPENDED"}]}
    google.fail("x", answer=_json(403, {"error": error}))
    failure = failure_of(source_of(google))
    assert (failure.cause, "CONSUMER_SUSPENDED" in str(failure)) == ("not-allowed", True)


def test_refused_connection_is_unreachable(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.stop()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("unreachable", False)
    assert "no connection could be made" in str(failure)
    google.start()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def test_a_name_that_cannot_be_looked_up(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = failure_of(source_of(google))
    assert (failure.cause, "its name could not be looked up" in str(failure)) == ("unreachable", True)


# --- time ----------------------------------------------------------------------------------------------------------


def _asking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "google-sheet"]


@pytest.mark.parametrize("call", ["token", "metadata", "batchGet"])
@pytest.mark.parametrize("fault", ["drip-body", "drip-headers"])
def test_dripping_answer_is_cut_at_the_deadline_and_leaves_no_thread(
    google: SheetsServer, call: str, fault: str
) -> None:
    google.fail(fault, on=call, seconds=FAULT_LASTS)
    started = time.monotonic()
    failure = failure_of(source_of(google, deadline=0.4))
    assert failure.cause == "unreachable"
    assert 0.3 < time.monotonic() - started < PROMPT
    for thread in _asking():
        thread.join(PROMPT)
    assert _asking() == []


@pytest.mark.parametrize("fault", ["drip-body", "drip-headers", "hang"])
def test_slow_answer_within_the_deadline_is_read(google: SheetsServer, fault: str) -> None:
    google.fail(fault, on="batchGet", seconds=0.4)
    assert rows_of(source_of(google).fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def test_the_deadline_is_for_all_calls_together(google: SheetsServer) -> None:
    google.latency = 1.0  # so long that a loaded machine still begins the third call in time
    failure = failure_of(source_of(google, deadline=2.7))
    assert (failure.cause, google.calls) == ("unreachable", {"token": 1, "metadata": 1, "batchGet": 1})
    google.latency = 0.1
    source_of(google, deadline=2.7).fetch()


def test_hanging_name_lookup_ends_at_the_deadline(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No timeout of any library bounds it."""
    look_up, go_on = socket.getaddrinfo, threading.Event()

    def hang(*args: object, **kwargs: object) -> object:
        go_on.wait(FAULT_LASTS)
        return look_up(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    assert failure_of(source_of(google, deadline=0.3)).cause == "unreachable"
    assert time.monotonic() - started < PROMPT
    go_on.set()
    for thread in _asking():
        thread.join(PROMPT)
    assert (_asking(), google.calls) == ([], {})  # and once it has an address, it does not ask after all


# --- over TLS, as Google is reached ---------------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SheetsServer]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with SheetsServer(certificate=tmp_path / "server.pem") as server:
        server.book.add("Events", EVENTS)
        yield server


def test_sheet_is_read_over_tls(secure: SheetsServer) -> None:
    source = source_of(secure)
    for _ in range(2):
        assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS}
    assert secure.calls == {"token": 1, "metadata": 1, "batchGet": 2}


@pytest.mark.parametrize("fault", ["drip-body", "drip-headers", "hang", "reset", "short-body"])
def test_faults_over_tls(secure: SheetsServer, fault: str) -> None:
    source = source_of(secure, **waits_for(fault))
    secure.fail(fault, on="batchGet", seconds=FAULT_LASTS)
    started = time.monotonic()
    assert failure_of(source).cause == PASSING[fault]
    assert time.monotonic() - started < PROMPT
    for thread in _asking():
        thread.join(PROMPT)
    assert _asking() == []
    secure.heal()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS}


def test_untrusted_certificate_is_unreachable(secure: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    failure = failure_of(source_of(secure))
    assert (failure.cause, "no secure connection could be made" in str(failure)) == ("unreachable", True)
    assert secure.calls == {}


def test_missing_certificate_file_is_unreachable(secure: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/server.pem")
    assert failure_of(source_of(secure)).cause == "unreachable"


# --- signing in ----------------------------------------------------------------------------------------------------


def test_an_access_token_that_expires_goes_unnoticed(google: SheetsServer) -> None:
    google.tokens.lifetime = 1
    source = source_of(google)
    for _ in range(3):
        source.fetch()
    assert google.calls == {"token": 4, "metadata": 1, "batchGet": 3}


def test_an_access_token_that_google_forgets_goes_unnoticed(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.forget_tokens()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}
    assert google.calls == {"token": 2, "metadata": 1, "batchGet": 3}


def test_a_token_refused_again_and_again(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.fail("unauthorized", None)
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("not-allowed", True)
    assert google.calls == {"token": 2, "metadata": 1, "batchGet": 3}


def test_a_revoked_key_is_named(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.tokens.revoked = True
    source.fetch()  # the access token outlives the key
    google.forget_tokens()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("bad-key", True)
    assert f"Google does not accept the service account's key {google.key['private_key_id']}." in str(failure)


def test_unknown_key_is_named(google: SheetsServer) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = google.gsheets | key_file(f"{google.endpoint}/token", stranger)
    assert failure_of(GoogleSource(google.url, key)).cause == "bad-key"
    key = google.gsheets | {"client_email": "somebody@else.iam.gserviceaccount.com"}
    assert failure_of(GoogleSource(google.url, key)).cause == "bad-key"


@pytest.mark.parametrize("offset", [600, -600])
def test_wrong_clock_is_reported(google: SheetsServer, offset: int) -> None:
    google.clock_offset = offset
    failure = failure_of(source_of(google))
    assert (failure.cause, failure.permanent) == ("clock", True)
    assert "clock" in failure.sentence


def test_access_taken_away_and_given_back(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.shared = False
    assert failure_of(source).cause == "not-shared"
    google.shared = True
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}
    assert google.calls["metadata"] == 1


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        ({"error": "invalid_client", "error_description": "The OAuth client was not found."}, "not-allowed"),
        ({"error": "unauthorized_client"}, "not-allowed"),
        ({"error": "invalid_grant", "error_description": "Invalid grant: account not found"}, "bad-key"),
        ({"error": {"odd": 1}}, "not-allowed"),
        ([], "server-error"),
    ],
)
def test_other_refusals_of_the_token_endpoint(google: SheetsServer, refusal: object, cause: str) -> None:
    google.fail("x", on="token", answer=_json(401, refusal))
    assert failure_of(source_of(google)).cause == cause


# --- settings ------------------------------------------------------------------------------------------------------

KEY = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcde"


@pytest.mark.parametrize(
    "address",
    [
        KEY,
        f"  https://docs.google.com/spreadsheets/d/{KEY}/edit#gid=0 ",
        f"https://docs.google.com/spreadsheets/d/{KEY}",
        f"docs.google.com/spreadsheets/d/{KEY}/edit?usp=sharing",
        f"https://docs.google.com/spreadsheets/u/1/d/{KEY}/edit",
        f"https://docs.google.com/a/chp.example.gov/spreadsheets/d/{KEY}/edit",
        f"https://drive.google.com/file/d/{KEY}/view",
        f"https://drive.google.com/open?id={KEY}",
        f"https://docs.google.com/spreadsheet/ccc?key={KEY}&hl=en",
    ],
)
def test_sheet_key_is_found_in_each_form_of_link(address: str) -> None:
    assert spreadsheet_key(address) == KEY


@pytest.mark.parametrize(
    "address",
    [
        "",
        "the events",
        "plan.xlsx",
        "https://docs.google.com/spreadsheets/",
        "https://docs.google.com/spreadsheets/d/x/edit",
        f"https://docs.google.com/spreadsheets/d/e/2PACX-1v{KEY}/pubhtml",
        f"https://example.com/spreadsheets/d/{KEY}/edit",
        f"https://google.com.example.com/spreadsheets/d/{KEY}/edit",
        "http://[::",
        "{not even\na link}",
    ],
)
def test_link_of_something_else_is_a_bad_address(google: SheetsServer, address: str) -> None:
    failure = failure_of(GoogleSource(address, google.gsheets))
    assert (failure.cause, failure.permanent) == ("bad-address", True)
    assert "copy the address from the browser" in failure.remedy
    assert google.calls == {}


def test_invalid_endpoint_is_a_bad_address(google: SheetsServer) -> None:
    for endpoint in ("sheets.googleapis.com", "file:///etc/passwd", 8099, ""):
        failure = failure_of(GoogleSource(google.url, google.gsheets | {"api_endpoint": endpoint}))
        assert (failure.cause, "api_endpoint" in failure.sentence) == ("bad-address", True)


BREAKING: dict[str, Callable[[dict], dict]] = {
    "nothing": lambda _: {},
    "no private_key": lambda key: {name: value for name, value in key.items() if name != "private_key"},
    "no client_email": lambda key: key | {"client_email": ""},
    "a number": lambda key: key | {"private_key": 5},
    "half": lambda key: key | {"private_key": key["private_key"][:900]},
    "one letter": lambda key: key | {"private_key": key["private_key"].replace("M", "é", 1)},
    "without its frame": lambda key: key | {"private_key": key["private_key"].split("-----")[2]},
    "a person's": lambda key: key | {"type": "authorized_user"},
    "an odd token_uri": lambda key: key | {"token_uri": "ftp://x"},
}


@pytest.mark.parametrize("breaking", BREAKING)
def test_damaged_key_is_named_without_its_content(google: SheetsServer, breaking: str) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        GoogleSource(google.url, BREAKING[breaking](google.gsheets)).fetch()
    assert (caught.value.cause, caught.value.permanent) == ("bad-key", True)
    _no_secret_in(caught.value, google)
    assert google.calls == {}


def test_a_key_whose_line_breaks_were_lost(google: SheetsServer) -> None:
    """Pasted into a one-line setting, they often become a backslash and an n."""
    key = google.gsheets | {"private_key": google.key["private_key"].replace("\n", "\\n")}
    assert key["private_key"].count("\n") == 0
    assert rows_of(GoogleSource(google.url, key).fetch())["Events"] == TYPED_EVENTS


def test_no_message_holds_a_secret(google: SheetsServer) -> None:
    for on in ("sheets", "token"):
        for fault in (*PASSING, *LASTING, "bad-signature", "clock"):
            waits = {"read": 0.1, "deadline": 0.2} if fault in ("hang", "drip-body", "drip-headers") else {}
            google.fail(fault, None, on=on, seconds=FAULT_LASTS)
            _no_secret_in(failure_of(source_of(google, **waits)), google)
            google.heal()
    assert google.tokens.given  # there was something to leak
    swapped = google.gsheets | {"client_email": google.key["private_key"], "private_key_id": google.key["private_key"]}
    _no_secret_in(failure_of(GoogleSource(google.url, swapped)), google)
    _no_secret_in(failure_of(GoogleSource(google.key["private_key"], google.gsheets)), google)


def _no_secret_in(failure: SourceUnavailable, server: SheetsServer) -> None:
    shown = "".join([str(failure), repr(failure), *traceback.format_exception(failure)])
    secrets = [line for line in server.key["private_key"].splitlines() if not line.startswith("---")]
    assert len(secrets) > 10
    leaked = [secret for secret in (*secrets, *server.tokens.given) if secret in shown]
    assert leaked == []


# --- answers that are none -----------------------------------------------------------------------------------------


def _json(status: int, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode())


SHEET = {"properties": {"sheetId": 0, "title": "Events", "index": 0, "sheetType": "GRID"}}


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        {},
        None,
        {"properties": {}},
        {"properties": {}, "sheets": {}},
        {"properties": [], "sheets": []},
        {"properties": {}, "sheets": [1]},
        {"properties": {}, "sheets": [{"properties": {"title": 5}}]},
        {"properties": {}, "sheets": [{"properties": {"title": "Events", "sheetId": "0"}}]},
        {"properties": {}, "sheets": [SHEET | {"merges": [{"startRowIndex": "x"}]}]},
        {"properties": {"timeZone": 5}, "sheets": [SHEET]},
    ],
)
def test_malformed_metadata_is_a_bad_answer(google: SheetsServer, metadata: object) -> None:
    google.fail("x", on="metadata", answer=_json(200, metadata))
    assert failure_of(source_of(google)).cause == "bad-answer"


@pytest.mark.parametrize(
    "values",
    [
        {"valueRanges": []},
        {"valueRanges": [{}]},
        {"valueRanges": [{}, {}, {}]},
        {"valueRanges": [5, {}]},
        {"valueRanges": [{"values": 5}, {}]},
        {"valueRanges": [{"values": ["Events"]}, {}]},
        {"valueRanges": [{"values": [["a"], None]}, {}]},
    ],
)
def test_malformed_values_are_a_bad_answer(google: SheetsServer, values: object) -> None:
    google.fail("x", on="batchGet", answer=_json(200, values))
    assert failure_of(source_of(google)).cause == "bad-answer"


@pytest.mark.parametrize(
    "token", [[], {}, 5, {"access_token": 5, "expires_in": 60}, {"access_token": "x", "expires_in": []}]
)
def test_malformed_token_is_a_bad_answer(google: SheetsServer, caplog: pytest.LogCaptureFixture, token: object) -> None:
    google.fail("x", on="token", answer=_json(200, token))
    assert failure_of(source_of(google)).cause == "bad-answer"
    assert caplog.records == []


def test_unexpected_exception_is_logged(
    google: SheetsServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*_: object, **__: object) -> None:
        raise RuntimeError("from deep within")

    monkeypatch.setattr(socket, "getaddrinfo", strange)
    assert failure_of(source_of(google)).cause == "bad-answer"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "details", "message", "sheets", "properties", "valueRanges", "values"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["token", "metadata", "batchGet"]),
    st.sampled_from([200, 204, 302, 400, 401, 403, 404, 418]),
    json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50),
)
def test_any_answer_is_a_workbook_or_a_named_cause(google: SheetsServer, call: str, status: int, body: bytes) -> None:
    google.faults.clear()
    google.fail("x", None, on=call, answer=Answer(status, body))
    try:
        outcome: object = source_of(google, deadline=1).fetch()
    except SourceUnavailable as failure:
        outcome = failure.cause
    assert isinstance(outcome, Workbook) or outcome in {*PASSING.values(), *LASTING.values(), "not-allowed", "bad-key"}
