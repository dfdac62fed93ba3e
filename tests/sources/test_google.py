"""The Google source, with the real gspread over real HTTP: cells, calls and renamed tabs; a sheet read by its link."""

import datetime as dt
import gc
import weakref
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from cwac.clock import read_clock
from cwac.model import Merge, Tab, Workbook
from cwac.settings import Settings
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.sheet.reader import read_workbook
from cwac.sources import google as google_sources
from cwac.sources.google import GoogleSource, LinkSource
from cwac.sources.google_session import SCOPE
from cwac.sources.http_calls import Calls, Patience
from cwac.sources.quota import Quota
from tests.cases import each
from tests.fixed_clock import Clock
from tests.server import Answer, SheetsServer
from tests.server.answers import as_json
from tests.server.link_export import LinkExport
from tests.sources.every import sheet_with_oddities
from tests.sources.shared_sheet import EVENTS, FAULT_LASTS, SLOW, STAFFING, TYPED_EVENTS, failure_of, rows_of, source_of

# --- what is read --------------------------------------------------------------------------------------------------


def test_a_sheet_as_a_whole(google: SheetsServer) -> None:
    google.book["Staffing"].merge("A1:B1")
    google.book["Staffing"].hidden = True
    google.book.sheets.reverse()
    google.book.add("Scratch", [["notes", 1]], hidden=True)
    google.book.add("Towns")
    google.book.add("Chart").kind = "OBJECT"
    before = read_clock()
    workbook = source_of(google).fetch()
    assert before <= workbook.as_of <= read_clock()
    assert workbook == Workbook(
        source=google.url,
        as_of=workbook.as_of,
        timezone="America/Los_Angeles",
        tabs=(
            Tab("Staffing", [("Event ID",), tuple(STAFFING[1])], (Merge(0, 1, 0, 2),), google.book["Staffing"].id),
            Tab("Events", [tuple(row) for row in TYPED_EVENTS], (), google.book["Events"].id),
            Tab("Scratch", (), (), google.book["Scratch"].id, hidden=True),
            Tab("Towns", [], (), google.book["Towns"].id),
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
    google.book["Events"].rows = []
    google.book["Events"].write("A1", typed)
    cells = rows_of(source_of(google).fetch())["Events"]
    assert [type(cell) for cell in cells[2]] == [str, float, bool, bool]
    assert cells == [
        ["Event ID", "Date", "Start", "Guests"],
        ["007", 45657, 9.5 / 24, 1234.5],
        ["8085807e40000000", 0.75, True, False],
        [None, None, 0, 2**53],
        [],
        ["#REF!", "Loading...", "1,5", " x "],
        ["NaN", -1, "ü😀"],
    ]


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


@each("before, after", [(1, True), (1, 1.5), (1, "1"), (0, False), ("a", None)])
def test_unchanged_rows_are_shared_between_versions(google: SheetsServer, before: object, after: object) -> None:
    source = source_of(google)
    google.book["Events"].set("C2", before)
    first = source.fetch()
    google.book["Events"].set("C2", after)
    rows = source.fetch().tabs[0].rows
    assert rows[2] is first.tabs[0].rows[2]
    cell = rows[1][2] if len(rows[1]) > 2 else None
    assert (type(cell), cell) == (type(after), after)


@pytest.mark.slow
def test_workbook_that_is_not_used_is_freed(google: SheetsServer) -> None:
    source = source_of(google)
    first = weakref.ref(source.fetch())
    gc.collect()
    assert first() is None
    assert rows_of(source.fetch())["Events"] == TYPED_EVENTS


@each("title", ["events", "E v e n t s!", "'Events'", "Event's", "EVENT-LIST", "Calendar!A1"])
def test_titles_that_need_quoting(google: SheetsServer, title: str) -> None:
    google.book.rename(google.book.sheets[0].title, title)
    assert rows_of(source_of(google).fetch())[title] == TYPED_EVENTS


@each("unknown", ["GMT-07:00", "", "../../etc/passwd", "America"])
def test_unknown_time_zone_is_replaced_by_the_configured_one(google: SheetsServer, unknown: str) -> None:
    google.book.time_zone = unknown
    workbook = GoogleSource(google.url, google.gsheets, "Europe/Berlin").fetch()
    assert (workbook.timezone, workbook.as_of.tzinfo) == ("Europe/Berlin", ZoneInfo("Europe/Berlin"))


def test_more_cells_than_google_allows(google: SheetsServer) -> None:
    google.book["Staffing"].rows = [["x"] * 18_278, *([] for _ in range(547)), ["x"]]
    failure = failure_of(source_of(google))
    assert (failure.cause, failure.permanent) == ("too-large", True)
    assert "Staffing has values as far as row 549" in str(failure)


# --- how often Google is asked -------------------------------------------------------------------------------------


def test_struck_rows_of_events_are_asked_for_hourly_and_after_each_change(google: SheetsServer) -> None:
    now = 1000.0
    source = GoogleSource(google.url, google.gsheets, clock=lambda: now)
    events = google.book["Events"]
    events.struck.add(1)
    google.book["Staffing"].struck.add(1)
    first = source.fetch()
    assert [tab.struck for tab in first.tabs] == [(1,), ()]
    (problem,) = [one for one in read_workbook(first, dt.date(2026, 9, 1)).problems if one.code == "inconsistent"]
    assert (problem.row, "struck through" in problem.advice) == (2, True)
    assert source.fetch().content_hash == first.content_hash
    assert google.calls["formats"] == 1
    events.struck = {2}
    events.set("C2", "Etna")
    assert [tab.struck for tab in source.fetch().tabs] == [(2,), ()]
    assert google.calls["formats"] == 2
    events.struck = set()
    assert source.fetch().tabs[0].struck == (2,)
    now += 3600
    assert source.fetch().tabs[0].struck == ()
    assert google.calls["formats"] == 3


def test_only_reading_is_asked_for(google: SheetsServer) -> None:
    source_of(google).fetch()
    assert [scopes for _, scopes in google.tokens.given.values()] == [{SCOPE}]
    assert SCOPE.endswith("spreadsheets.readonly")


def test_the_metadata_is_read_hourly(google: SheetsServer) -> None:
    now = 1000.0
    source = GoogleSource(google.url, google.gsheets, clock=lambda: now)
    assert google.calls == {}
    source.fetch()
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 1, "formats": 1}
    google.book.add("Towns", [["Town"]])
    google.book.time_zone = "America/Denver"
    now += 3599
    assert list(rows_of(source.fetch())) == ["Events", "Staffing"]
    now += 1
    workbook = source.fetch()
    assert (list(rows_of(workbook)), workbook.timezone) == (["Events", "Staffing", "Towns"], "America/Denver")
    now += 3599
    source.fetch()
    assert google.calls == {"token": 1, "metadata": 2, "batchGet": 4, "formats": 2}


# --- tabs that are renamed or go -----------------------------------------------------------------------------------


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
    added = [["Event ID", "Date", "Town"], ["EV-9", 1, "Dunsmuir"]]
    expected = {"2026": TYPED_EVENTS, "Staffing": STAFFING, "Events": added}
    assert rows_of(source.fetch(look_again=True)) == expected
    google.book.rename("Events", "2027")
    after = source.fetch()
    assert [(tab.title, tab.id) for tab in after.tabs] == [
        ("2026", google.book["2026"].id),
        ("Staffing", google.book["Staffing"].id),
        ("Events", fresh.id),
    ]


def test_tab_renamed_before_a_restart_is_found_by_the_last_good_copy_of_that_sheet(google: SheetsServer) -> None:
    with SheetsServer() as other:
        other.book.id = "x" * 44
        other.books = {other.book.id: other.book}
        other.book.add("Events", EVENTS)
        strange = source_of(other).fetch()
    last_good = source_of(google).fetch()
    google.book.rename("Events", "Plan for autumn")
    confused, restarted = source_of(google), source_of(google)
    confused.remember(strange)
    restarted.remember(last_good)
    assert list(rows_of(confused.fetch())) == ["Plan for autumn", "Staffing"]
    assert rows_of(restarted.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def test_tab_renamed_during_a_fetch_is_read(google: SheetsServer) -> None:
    source = source_of(google)
    refusal = as_json(400, {"error": {"message": "Unable to parse range: 'Events'"}})
    google.fail("range", 1, on="batchGet", answer=refusal)
    assert rows_of(source.fetch())["Events"] == TYPED_EVENTS  # the metadata was read again without waiting
    assert google.calls == {"token": 1, "metadata": 2, "batchGet": 2, "formats": 1}
    google.fail("range", 2, on="batchGet", answer=refusal)
    failure = failure_of(source)
    assert google.calls == {"token": 1, "metadata": 3, "batchGet": 4, "formats": 1}
    assert (failure.cause, failure.permanent) == ("bad-answer", False)


@pytest.mark.parametrize("cells", ["C2:C3", "B2:C3", "A2:A3"])
def test_merge_that_emptied_a_cell_is_read_in_the_same_fetch(google: SheetsServer, cells: str) -> None:
    source = source_of(google)
    kept = source.fetch()
    google.book["Events"].merge(cells)
    (merge,) = source.fetch().tabs[0].merges
    assert (merge.top, merge.bottom) == (1, 3)
    assert google.calls["metadata"] == 2
    assert kept.tabs[0].merges == ()


@pytest.mark.slow
@each("call, fault", zip(("token", "metadata", "batchGet"), SLOW, strict=True))
def test_patience_covers_the_whole_fetch_and_doubles_after_a_miss(google: SheetsServer, call: str, fault: str) -> None:
    source = source_of(google, patience=0.1, deadline=0.35)
    google.fail(fault, None, on=call, seconds=FAULT_LASTS)
    for seconds in ("0.1", "0.2", "0.35"):
        assert (
            failure_of(source).sentence == f"Google could not be reached: it did not answer within {seconds} seconds."
        )
    google.heal()
    source._patience = Patience(30)  # a busy machine must not fail the test here
    assert source.fetch().tabs


def test_patience_ends_before_the_second_interval_does_and_after_any_number_of_misses_is_the_deadline() -> None:
    for seconds, most in ((10, 8), (30, 24), (60, 48), (100, 80)):
        assert GoogleSource.from_settings(Settings(refresh_seconds=seconds))._patience.seconds <= most
    assert GoogleSource.from_settings(Settings(refresh_seconds=600))._patience.seconds == 90
    patience = Patience(90, 2.0)
    assert patience.seconds == 2
    for _ in range(5000):
        patience.missed()
    assert patience.seconds == 90


def test_quota_is_never_exceeded_in_any_minute() -> None:
    now = 100.0
    quota = Quota(3, 60.0, lambda: now)
    assert [quota.wait() for _ in range(7)] == [0, 0, 0, 60, 60, 60, 120]
    now = 170.0
    assert quota.wait() == 50, "three are made at 160, one at 220: the next comes a minute after the second at 160"
    now = 1000.0
    assert [quota.wait() for _ in range(4)] == [0, 0, 0, 60]


def test_wait_for_the_quota_does_not_count_against_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    calls = Calls(0.0, 5.0, 30.0)
    calls.pause(60.0)
    assert calls.within(lambda waits: waits) == (5.0, 30.0)


CONTENT = sheet_with_oddities()


@pytest.fixture
def export() -> Iterator[LinkExport]:
    with LinkExport(CONTENT) as running:
        yield running


def link_source(export: LinkExport, clock: Clock | None = None, **waits: float) -> LinkSource:
    link = f"https://docs.google.com/spreadsheets/d/{export.id}/edit?usp=sharing"
    return LinkSource(link, web=export.address("docs"), clock=clock or Clock(), **({"deadline": 60.0} | waits))


def test_zone_is_that_of_the_settings(export: LinkExport) -> None:
    link = f"https://docs.google.com/spreadsheets/d/{export.id}"
    workbook = LinkSource(link, "America/New_York", web=export.address("docs")).fetch()
    assert (workbook.timezone, workbook.as_of.tzinfo is not None, workbook.url) == ("America/New_York", True, link)


def test_one_look_in_five_minutes_whoever_asks_and_stamped_exports_are_the_same_sheet(export: LinkExport) -> None:
    clock = Clock()
    source = link_source(export, clock)
    first = source.fetch()
    assert export.calls == {"export": 1, "download": 1}
    clock.now = SECONDS_BY_LINK - 1
    assert source.fetch() is first
    clock.now = SECONDS_BY_LINK
    again = source.fetch()
    assert export.calls == {"export": 2, "download": 2}
    assert (again.tabs is first.tabs, again.as_of > first.as_of) == (True, True)
    export.stamped = True
    clock.now = 2 * SECONDS_BY_LINK
    assert source.fetch().content_hash == first.content_hash
    export.fail("429")
    clock.now = 3 * SECONDS_BY_LINK
    assert failure_of(source).retry_after == SECONDS_BY_LINK
    export.shared = False
    clock.now = 4 * SECONDS_BY_LINK
    assert failure_of(source).cause == failure_of(source).cause == "not-shared"
    assert export.calls["export"] == 5


def test_export_that_is_too_large_is_not_read_to_its_end(export: LinkExport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_sources, "MOST_BYTES", len(CONTENT) - 1)
    assert failure_of(link_source(export)).cause == "too-large"


@each("target", ["https://elsewhere.example/file", "http://docs.google.com.evil.example/", "file:///etc/passwd"])
def test_redirect_away_from_google_is_not_followed(export: LinkExport, target: str) -> None:
    export.fail("x", on="export", answer=Answer(302, b"", {"Location": target}))
    assert failure_of(link_source(export)).cause == "bad-answer"


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
