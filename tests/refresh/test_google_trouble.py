"""How a dashboard over a Google Sheet fails, case by case: real gspread over real HTTP, one look after the other."""

import datetime as dt
import time
from collections.abc import Callable, Iterator

import pytest

from cwac.clock import read_clock
from cwac.model import Workbook
from cwac.refresh import source_factory
from cwac.refresh.age import as_of_sentence
from cwac.refresh.pace import DEFAULT_PACE, Pace
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.sources.google import GoogleSource
from cwac.sources.quota import Quota
from cwac.storage.store import Store
from tests.refresh.plan import ZONE, tables, workbook
from tests.refresh.polling import ids
from tests.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL

PATIENT = 60.0
"""Seconds within which the server answers, however busy the machine is."""
SLOW = ("hang", "drip-body", "drip-headers")
"""Faults that last until the deadline."""
EVERY = DEFAULT_PACE.every
TODAY = read_clock().date()


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer(workbook(tables(TODAY))) as server:
        yield server
        server.heal()


def poller_of(
    google: SheetsServer, store: Store | None = None, deadline: float = PATIENT, pace: Pace = DEFAULT_PACE
) -> Poller:
    """A poller over the sheet as the dashboard makes it. It looks when the test says so."""
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    source = GoogleSource(google.url, google.gsheets, ZONE, connect=deadline, read=deadline, deadline=deadline)
    link = source_factory.source_for(settings).identity
    whole = Source(
        lambda asked: source.fetch(look_again=asked), "Google", link, source.remember, look_closer=source.look_closer
    )
    return Poller(whole, read_workbook, store, pace=pace)


@pytest.fixture
def poller(google: SheetsServer) -> Poller:
    """A poller that has read the sheet once."""
    poller = poller_of(google)
    poller.look()
    assert poller.live.snapshot is not None
    return poller


def sentence(poller: Poller) -> str:
    return as_of_sentence(poller.live, read_clock())


def look_until_announced(poller: Poller) -> float:
    """Look until viewers are told of the trouble, which is the fourth failure at the latest; the last delay."""
    for _ in range(4):
        delay = poller.look()
        if poller.live.trouble is not None:
            break
    return delay


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def test_a_look_costs_one_read(google, poller):
    assert ids(poller.live) == ["EV--30", "EV-7", "EV-14", "EV-21", "EV-28"]
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 1}
    for _ in range(3):
        poller.look()
    assert google.calls == {"token": 1, "metadata": 1, "batchGet": 4}
    assert sentence(poller).startswith("As of ")


@pytest.mark.parametrize("kind", ["429", "html-429"])
def test_too_many_requests_are_announced_at_once_and_answered_with_a_longer_wait(google, poller, kind):
    shown = poller.live.snapshot
    google.fail(kind, 3)
    for _ in range(3):
        assert poller.look() >= 1.5 * EVERY
        assert poller.live.trouble.cause == "rate-limit"
    assert poller.live.snapshot is shown
    assert sentence(poller).startswith("Google has not answered since ")
    assert "(too many requests). Showing the sheet as it was then." in sentence(poller)
    assert "\n" not in sentence(poller)
    poller.look()
    assert poller.live.trouble is None
    assert sentence(poller).startswith("As of ")


def test_a_retry_after_is_obeyed(google, poller):
    google.fail("429", 1, retry_after=7)
    assert 7 <= poller.look() <= 7 * 1.25
    assert poller.live.trouble.cause == "rate-limit"
    assert poller.refresh_now() is False
    poller.look()
    assert poller.live.trouble is None


@pytest.mark.parametrize("kind", ["503", "html-502", "reset", "cut-json"])
def test_two_failures_are_tried_again_soon_and_viewers_do_not_notice(google, poller, kind):
    before = poller.live
    google.fail(kind, 2)
    delays = [poller.look(), poller.look()]
    live = poller.live
    assert google.faults[0].times == 0
    assert sum(delays) < EVERY
    assert (live.generation, live.trouble, live.as_of) == (1, None, before.as_of)
    poller.look()
    live = poller.live
    assert (live.generation, live.trouble) == (1, None)
    assert live.as_of > before.as_of


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("503", "server-error"),
        ("500", "server-error"),
        ("html-502", "server-error"),
        ("cut-json", "bad-answer"),
        ("short-body", "bad-answer"),
        ("empty", "bad-answer"),
        ("reset", "unreachable"),
        ("close", "unreachable"),
        ("hang", "unreachable"),
        ("drip-body", "unreachable"),
        ("drip-headers", "unreachable"),
    ],
)
def test_passing_trouble_leaves_the_old_data_up_and_ends_with_the_next_look(google, kind, cause, caplog):
    poller = poller_of(google)
    poller.look()
    shown = poller.live
    if kind in SLOW:  # after three failures that do not wait, so that the slow one is the one that is announced
        google.fail("500", 3)
        for _ in range(3):
            poller.look()
        google.heal()
        poller._source = poller_of(google, deadline=0.4)._source
    google.fail(kind, None, seconds=PATIENT)
    delay = look_until_announced(poller)
    assert poller.live.trouble.cause == cause
    assert poller.live.snapshot is shown.snapshot
    assert sentence(poller).startswith("Google has not answered since ")
    assert "\n" not in sentence(poller)
    assert delay <= EVERY
    google.heal()
    poller._source = poller_of(google)._source
    poller.look()
    assert poller.live.trouble is None
    assert errors(caplog) == []


def test_an_outage_and_its_end(google, poller):
    shown = poller.live
    google.stop()
    look_until_announced(poller)
    live = poller.live
    assert live.trouble.cause == "unreachable"
    assert [poller.look() for _ in range(3)] == [EVERY] * 3
    assert (live.snapshot, live.as_of < live.trouble_since) == (shown.snapshot, True)
    tomorrow = read_clock() + dt.timedelta(days=1, hours=1)
    assert " on " in as_of_sentence(live, tomorrow), "yesterday's data has its day"
    google.book["Events"].set("D3", "Dunsmuir")
    google.start()
    poller.look()
    assert poller.live.trouble is None
    assert poller.live.snapshot.event_by_id["EV-7"].town == "Dunsmuir"


# 19 to 24, 26


def not_shared(google):
    google.shared = False


def switched_off(google):
    google.api_enabled = False


def deleted(google):
    google.books.clear()


def excel(google):
    google.office_file = True


def revoked(google):
    google.forget_tokens()
    google.tokens.revoked = True


def clock_off(google):
    google.forget_tokens()
    google.clock_offset = 600.0


@pytest.mark.parametrize(
    ("happen", "cause", "words"),
    [
        (not_shared, "not-shared", CLIENT_EMAIL),
        (switched_off, "api-disabled", "enable the Google Sheets API"),
        (deleted, "not-found", "Check the link"),
        (excel, "not-a-google-sheet", "Save as Google Sheets"),
        (revoked, "bad-key", "key"),
        (clock_off, "clock", "clock"),
    ],
)
def test_lasting_trouble_says_what_to_do_and_ends_with_the_next_look(
    google: SheetsServer, poller: Poller, happen: Callable[[SheetsServer], None], cause: str, words: str
) -> None:
    shown = poller.live
    book = google.book
    happen(google)
    assert [poller.look() for _ in range(3)] == [EVERY] * 3
    assert poller.live.trouble.cause == cause
    assert words in sentence(poller)
    assert "Showing the sheet as it was at " in sentence(poller)
    assert "\n" not in sentence(poller)
    assert poller.live.snapshot is shown.snapshot
    google.shared = google.api_enabled = True
    google.office_file = google.tokens.revoked = False
    google.clock_offset = 0.0
    google.books[book.id] = book
    poller.look()
    assert poller.live.trouble is None


def test_at_the_first_start_lasting_trouble_is_shown_instead_of_data(google):
    google.shared = False
    poller = poller_of(google)
    poller.look()
    assert poller.live.snapshot is None
    assert CLIENT_EMAIL in sentence(poller)
    google.shared = True
    assert poller.refresh_now() is True
    poller.look(asked=True)
    assert poller.live.snapshot is not None


def test_a_renamed_tab_is_still_read(google, poller):
    google.book.rename("Events", "Plan for the sheriff")
    google.book["Plan for the sheriff"].set("D3", "Dunsmuir")
    poller.look()
    poller.look()
    assert poller.live.snapshot.event_by_id["EV-7"].town == "Dunsmuir"
    (notice,) = poller.live.notices
    assert (poller.live.trouble, notice.code) == (None, "renamed-tab")
    assert notice.sentence.startswith('The tab "Plan for the sheriff" is read as Events, as it was called before.')
    calls = google.calls["metadata"]
    for _ in range(3):
        poller.look()
    assert google.calls["metadata"] == calls, "nothing is damaged"
    google.book.rename("Plan for the sheriff", "Events")
    poller.look()
    poller.look()
    assert poller.live.notices == ()


def delete_and_undo(google, title):
    sheet = google.book[title]
    place = google.book.sheets.index(sheet)
    google.book.delete(title)
    yield
    with google.book.lock:
        google.book.sheets.insert(place, sheet)
    yield


def header_and_undo(google, title):
    header = list(google.book[title].rows[0])
    google.book[title].write("A1", [["x"] * len(header)])
    yield
    google.book[title].write("A1", [header])
    yield


def look_at_most_twice(poller: Poller, until_true: Callable[[], object]) -> None:
    poller.look()
    if not until_true():
        poller.look()
    assert until_true()


@pytest.mark.parametrize("wreck", [delete_and_undo, header_and_undo])
@pytest.mark.parametrize(("title", "code"), [("Events", "damaged"), ("Staffing", None)])
def test_an_undo_is_followed_at_the_next_look(google, poller, wreck, title, code):
    code = code or ("large-deletion" if wreck is delete_and_undo else "damaged")
    good = poller.live.snapshot
    undo = wreck(google, title)
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.notices)
    assert [notice.code for notice in poller.live.notices] == [code]
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.notices == ())
    assert poller.live.snapshot.content_hash == good.content_hash
    metadata = google.calls["metadata"]
    for _ in range(3):
        poller.look()
    assert google.calls["metadata"] <= metadata + 1, "and then it is read hourly again"


def test_a_sheet_damaged_from_the_start_shows_at_the_look_after_it_is_mended(google):
    undo = delete_and_undo(google, "Events")
    next(undo)
    poller = poller_of(google)
    poller.look()
    assert poller.live.trouble.cause == "no-events-tab"
    next(undo)
    look_at_most_twice(poller, lambda: poller.live.snapshot)


def merged_cells(poller: Poller) -> set[str]:
    problems = poller.live.snapshot.problems
    return {problem.cell for problem in problems if problem.code == "merged-or-offset" and problem.column == "Town"}


def test_merged_cells_are_named_at_the_next_look(google, poller):
    google.book["Events"].merge("D2:D4")
    poller.look()
    assert merged_cells(poller) == {"D3", "D4"}


def test_merged_cells_of_new_rows_are_named_at_the_second_look(google, poller):
    events, day = google.book["Events"], google.book["Events"].rows[2][1]
    with google.book.lock:
        events.write("A7", [["NEW-1", day, None, "Weed", "WPD", "Draft"], ["NEW-2", day, None, None, "WPD", "Draft"]])
        events.merge("D7:D8")
    look_at_most_twice(poller, lambda: "D8" in merged_cells(poller))


class Counting(Quota):
    taken = 0

    def wait(self):
        self.taken += 1
        return super().wait()


@pytest.mark.slow
def test_looking_closely_at_a_damaged_sheet_stays_within_the_quota(google):
    """Every read is counted before it is made, of damaged sheets too; more than allowed a minute are waited for."""
    quota = Counting(calls=6, seconds=0.5)
    source = GoogleSource(google.url, google.gsheets, ZONE, quota=quota)
    whole = Source(lambda _: source.fetch(), look_closer=source.look_closer)
    poller = Poller(whole, read_workbook)
    poller.look()
    google.book.delete("Events")
    began = time.monotonic()
    for _ in range(6):
        poller.look()
    assert quota.taken == google.reads >= 13
    assert time.monotonic() - began >= 0.5, "seven of them had to wait for their turn"


def test_tabs_and_columns_moved_about_are_the_same_plan(google, poller):
    before = poller.live
    events = google.book["Events"]
    with google.book.lock:
        google.book.move("Officers", 0)
        google.book["Officers"].hidden = True
        events.rows = [row[::-1] for row in events.rows]
        events.rows[0] = [f" {header.upper()} " for header in events.rows[0]]
        events.formats = {}
    poller.look(asked=True)
    assert poller.live.generation > before.generation
    assert poller.live.snapshot.events == before.snapshot.events
    assert poller.live.notices == ()


def test_a_new_tab_is_found_at_once_after_a_press_of_refresh(google, poller):
    google.book.add("Towns", [["Town"], ["Weed"], ["Yreka"]])
    poller.look()
    assert poller.live.snapshot.towns == ()
    poller.look(asked=True)
    assert len(poller.live.snapshot.towns) == 2
    assert google.calls["metadata"] == 2


def test_versions_are_kept_under_the_link_of_the_sheet(google):
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    fetched: Workbook = GoogleSource.from_settings(settings).fetch()
    assert source_factory.source_for(settings).identity == fetched.url
    assert source_factory.source_for(Settings(spreadsheet="no link")).identity is None
