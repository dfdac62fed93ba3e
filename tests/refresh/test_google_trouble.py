"""How a dashboard over a Google Sheet fails, case by case: real gspread over real HTTP, with shorter seconds."""

import datetime as dt
import time
from contextlib import contextmanager
from itertools import pairwise

import pytest

from cwac.model import Workbook
from cwac.refresh import source_factory
from cwac.refresh.poller import Pace, Poller, Source, as_of_sentence
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from cwac.sources.google import GoogleSource
from cwac.sources.quota import Quota
from cwac.storage.store import Store
from tests.refresh.plan import ZONE, tables, workbook
from tests.refresh.test_poller import ids, until
from tests.server import SheetsServer
from tests.server.faults import SPOILING
from tests.server.tokens import CLIENT_EMAIL

PACE = Pace(every=0.25, retries=(0.03, 0.06, 0.12), rate_limit=0.4, permanent=0.4, asked=0.1, silence=0.5)
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def google():
    with SheetsServer(workbook(tables(TODAY))) as server:
        yield server


@contextmanager
def dashboard(google, store=None, deadline=3.0, first=True):
    """A refresher over the sheet, as the dashboard starts it but at a quicker pace."""
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    source = GoogleSource(google.url, google.gsheets, ZONE, connect=deadline, read=deadline, deadline=deadline)
    link = source_factory.source_for(settings).identity
    whole = Source(
        lambda asked: source.fetch(look_again=asked), "Google", link, source.remember, look_closer=source.look_closer
    )
    refresher = Poller(whole, read_workbook, store, pace=PACE)
    refresher.start()
    try:
        refresher.wait(20)
        until(lambda: refresher.current().snapshot is not None or not first)
        yield refresher
    finally:
        google.heal()
        refresher.stop()


def sentence(refresher):
    return as_of_sentence(refresher.current(), dt.datetime.now(dt.UTC))


def reads(google, call="batchGet"):
    return [when for what, when in google.log if what == call]


def watched(refresher, seconds):
    """Everything that was announced meanwhile."""
    seen = [refresher.current()]
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        if refresher.current() is not seen[-1]:
            seen.append(refresher.current())
        time.sleep(0.001)
    return seen


def in_trouble(refresher, cause, seconds=15.0):
    until(lambda: refresher.current().trouble is not None, seconds)
    assert refresher.current().trouble.cause == cause
    assert "\n" not in sentence(refresher)


# 1, 2, 3


def test_a_clean_sheet_costs_one_read_a_refresh_however_many_look(google):
    with dashboard(google) as refresher:
        assert ids(refresher.current()) == ["EV--30", "EV-7", "EV-14", "EV-21", "EV-28"]
        assert google.calls == {"token": 1, "metadata": 1, "batchGet": 1}
        ends = time.monotonic() + 1.1
        while time.monotonic() < ends:
            refresher.current()
        assert 3 <= google.calls["batchGet"] <= 6
        assert (google.calls["token"], google.calls["metadata"]) == (1, 1)
        assert sentence(refresher).startswith("As of ")


# 4, 5, 6, 9


@pytest.mark.parametrize("kind", ["429", "html-429"])
def test_too_many_requests_three_times(google, kind):
    with dashboard(google) as refresher:
        shown = refresher.current().snapshot
        before = len(google.log)
        google.fail(kind, 3)
        in_trouble(refresher, "rate-limit")
        assert refresher.current().snapshot is shown
        assert sentence(refresher).startswith("Google has not answered since ")
        assert "(too many requests). Showing the sheet as it was then." in sentence(refresher)
        until(lambda: refresher.current().trouble is None)
        times = [when for _, when in google.log[before:]]
        assert all(
            later - earlier >= min(PACE.rate_limit, 1.5 * PACE.every) for earlier, later in list(pairwise(times))[:3]
        )
        assert sentence(refresher).startswith("As of ")


def test_a_retry_after_is_obeyed(google):
    with dashboard(google) as refresher:
        before = len(google.log)
        google.fail("429", 1, retry_after=1)
        in_trouble(refresher, "rate-limit")
        assert refresher.refresh_now() is False
        until(lambda: refresher.current().trouble is None)
        refused, again = [when for _, when in google.log[before:]][:2]
        assert again - refused >= 1


def test_too_many_requests_for_good_is_bounded_work_and_no_error(google, caplog):
    with dashboard(google) as refresher:
        google.fail("429", None)
        in_trouble(refresher, "rate-limit")
        before = google.reads
        slowest = 0.0
        ends = time.monotonic() + 2
        while time.monotonic() < ends:
            began = time.monotonic()
            assert ids(refresher.current())
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.001)
        assert google.reads - before <= 5
        assert slowest < 1
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# 7


@pytest.mark.parametrize("kind", ["503", "html-502", "reset", "cut-json"])
def test_two_failures_heal_unseen(google, kind):
    with dashboard(google) as refresher:
        google.fail(kind, 2)
        seen = watched(refresher, 0.8)
        assert google.faults[0].times == 0
        assert {live.generation for live in seen} == {1}
        assert {live.trouble for live in seen} == {None}
        assert seen[-1].as_of > seen[0].as_of


# 8, 10, 11, 12, 13, 14, 15


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
def test_what_passes_by_itself_leaves_the_old_data_up(google, kind, cause, caplog):
    with dashboard(google, deadline=0.5 if kind in SPOILING else 3.0) as refresher:
        shown = refresher.current()
        google.fail(kind, None, seconds=60)
        in_trouble(refresher, cause)
        assert refresher.current().snapshot is shown.snapshot
        assert sentence(refresher).startswith("Google has not answered since ")
        google.heal()
        took = until(lambda: refresher.current().trouble is None)
        assert took < PACE.every + 2
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# 16


def test_an_outage_and_its_end(google):
    with dashboard(google) as refresher:
        shown = refresher.current()
        google.stop()
        in_trouble(refresher, "unreachable")
        looks = refresher.looks
        time.sleep(1)
        assert refresher.looks - looks <= 1 / PACE.every + 2
        live = refresher.current()
        assert (live.snapshot, live.as_of < live.trouble_since) == (shown.snapshot, True)
        in_an_hour = dt.datetime.now(dt.UTC) + dt.timedelta(days=1, hours=1)
        assert " on " in as_of_sentence(live, in_an_hour)  # yesterday's data has its day
        google.book["Events"].set("D3", "Dunsmuir")
        google.start()
        took = until(lambda: refresher.current().trouble is None)
        assert took < PACE.every + 2
        assert refresher.current().snapshot.event_by_id["EV-7"].town == "Dunsmuir"


# 17, 18


def test_a_restart_during_an_outage(google, tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    with dashboard(google, Store(url)) as refresher:
        until(lambda: refresher.current().version == 1)
        shown = refresher.current()
    google.stop()
    with dashboard(google, Store(url)) as refresher:
        assert refresher.current().snapshot.events == shown.snapshot.events
        assert abs(refresher.current().as_of - shown.as_of) <= dt.timedelta(minutes=1)
        in_trouble(refresher, "unreachable")
        assert sentence(refresher).startswith("Google has not answered since ")
        google.start()
        until(lambda: refresher.current().trouble is None)
        until(lambda: refresher.current().version == 1)


def test_a_first_start_during_an_outage(google):
    google.stop()
    with dashboard(google, first=False) as refresher:
        live = refresher.current()
        assert (live.snapshot, live.trouble.cause) == (None, "unreachable")
        assert sentence(refresher).startswith("Google could not be reached: no connection could be made.")
        google.start()
        until(lambda: refresher.current().snapshot is not None)
        assert refresher.current().trouble is None


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
    ("happen", "cause", "said"),
    [
        (not_shared, "not-shared", CLIENT_EMAIL),
        (switched_off, "api-disabled", "enable the Google Sheets API"),
        (deleted, "not-found", "Check the link"),
        (excel, "not-a-google-sheet", "Save as Google Sheets"),
        (revoked, "bad-key", "key"),
        (clock_off, "clock", "clock"),
    ],
)
def test_what_only_a_human_can_mend(google, happen, cause, said):
    with dashboard(google) as refresher:
        shown = refresher.current()
        book = google.book
        happen(google)
        in_trouble(refresher, cause)
        assert said in sentence(refresher)
        assert "Showing the sheet as it was at " in sentence(refresher)
        assert refresher.current().snapshot is shown.snapshot
        before = refresher.looks
        time.sleep(1.2)
        assert refresher.looks - before <= 1.2 / PACE.every + 2
        google.shared = google.api_enabled = True
        google.office_file = google.tokens.revoked = False
        google.clock_offset = 0.0
        google.books[book.id] = book
        took = until(lambda: refresher.current().trouble is None)
        assert took < PACE.permanent + 2


def test_at_the_first_start_it_is_said_instead_of_data(google):
    google.shared = False
    with dashboard(google, first=False) as refresher:
        assert refresher.current().snapshot is None
        assert CLIENT_EMAIL in sentence(refresher)
        google.shared = True
        assert refresher.refresh_now() is True
        until(lambda: refresher.current().snapshot is not None)


# 25


def test_a_token_that_expires_between_refreshes_is_not_noticed(google):
    google.tokens.lifetime = 1
    with dashboard(google) as refresher:
        seen = watched(refresher, 1.3)
        assert google.calls["token"] > 1
        assert {live.trouble for live in seen} == {None}
        google.forget_tokens()
        assert {live.trouble for live in watched(refresher, 0.6)} == {None}


# 27 to 33: that the reading is the same whatever the shape is tested with the reader; here, that a page survives it


def test_a_tab_renamed_under_our_eyes_is_still_found(google):
    with dashboard(google) as refresher:
        google.book.rename("Events", "Plan for the sheriff")
        google.book["Plan for the sheriff"].set("D3", "Dunsmuir")
        until(lambda: refresher.current().snapshot.event_by_id["EV-7"].town == "Dunsmuir")
        (notice,) = refresher.current().notices
        assert (refresher.current().trouble, notice.code) == (None, "renamed-tab")
        assert notice.sentence.startswith('The tab "Plan for the sheriff" is read as Events, as it was called before.')
        calls = google.calls["metadata"]
        looks = refresher.looks
        until(lambda: refresher.looks > looks + 2)
        assert google.calls["metadata"] == calls  # nothing is damaged
        google.book.rename("Plan for the sheriff", "Events")
        until(lambda: refresher.current().notices == ())


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


@pytest.mark.parametrize("wreck", [delete_and_undo, header_and_undo])
@pytest.mark.parametrize(("title", "code"), [("Events", "damaged"), ("Staffing", None)])
def test_an_undo_is_followed_at_the_next_look(google, wreck, title, code):
    code = code or ("large-deletion" if wreck is delete_and_undo else "damaged")
    with dashboard(google) as refresher:
        good = refresher.current().snapshot
        undo = wreck(google, title)
        next(undo)
        until(lambda: refresher.current().notices != ())
        assert [notice.code for notice in refresher.current().notices] == [code]
        next(undo)
        looks = refresher.looks
        until(lambda: refresher.current().notices == ())
        assert refresher.looks <= looks + 2
        assert refresher.current().snapshot.content_hash == good.content_hash
        metadata, looks = google.calls["metadata"], refresher.looks
        until(lambda: refresher.looks > looks + 2)
        assert google.calls["metadata"] <= metadata + 1  # and then it is read hourly again


def test_a_sheet_damaged_from_the_start_shows_at_the_look_after_it_is_mended(google):
    undo = delete_and_undo(google, "Events")
    next(undo)
    with dashboard(google, first=False) as refresher:
        in_trouble(refresher, "no-events-tab")
        next(undo)
        looks = refresher.looks
        until(lambda: refresher.current().snapshot is not None)
        assert refresher.looks <= looks + 2


def test_a_merge_is_named_as_one_at_once(google):
    with dashboard(google) as refresher:
        google.book["Events"].merge("D2:D4")
        until(lambda: refresher.current().generation > 1)
        codes = {(one.code, one.cell) for one in refresher.current().snapshot.problems if one.column == "Town"}
        assert codes == {("merged-or-offset", "D3"), ("merged-or-offset", "D4")}


def test_a_merge_over_cells_of_a_new_row_is_named_as_one_at_the_next_look(google):
    with dashboard(google) as refresher:
        events, day = google.book["Events"], google.book["Events"].rows[2][1]
        with google.book.lock:
            events.write(
                "A7", [["NEW-1", day, None, "Weed", "WPD", "Draft"], ["NEW-2", day, None, None, "WPD", "Draft"]]
            )
            events.merge("D7:D8")
        until(
            lambda: (
                ("merged-or-offset", "D8") in {(one.code, one.cell) for one in refresher.current().snapshot.problems}
            )
        )


class Counting(Quota):
    taken = 0

    def wait(self):
        self.taken += 1
        return super().wait()


def test_reading_more_closely_while_something_is_damaged_stays_within_the_quota(google):
    """Every read is counted before it is made, of damaged sheets too; more than allowed a minute are waited for."""
    quota = Counting(calls=6, seconds=1.0)
    source = GoogleSource(google.url, google.gsheets, ZONE, quota=quota)
    whole = Source(lambda _: source.fetch(), look_closer=source.look_closer)
    refresher = Poller(whole, read_workbook, pace=PACE)
    refresher.look()
    google.book.delete("Events")
    began = time.monotonic()
    for _ in range(6):
        refresher.look()
    assert quota.taken == google.reads >= 13
    assert time.monotonic() - began >= 1.0  # seven of them had to wait for their turn


def test_tabs_and_columns_moved_about_are_the_same_plan(google):
    with dashboard(google) as refresher:
        before = refresher.current()
        events = google.book["Events"]
        with google.book.lock:
            google.book.move("Officers", 0)
            google.book["Officers"].hidden = True
            events.rows = [row[::-1] for row in events.rows]
            events.rows[0] = [f" {header.upper()} " for header in events.rows[0]]
            events.formats = {}
        refresher.refresh_now()
        until(lambda: refresher.current().generation > before.generation)
        assert refresher.current().snapshot.events == before.snapshot.events
        assert refresher.current().notices == ()


def test_a_required_column_deleted_is_named_and_the_old_data_stays(google):
    with dashboard(google) as refresher:
        before = refresher.current()
        events = google.book["Events"]
        with google.book.lock:
            events.rows = [row[:1] + row[2:] for row in events.rows]
        until(lambda: refresher.current().notices != ())
        (notice,) = refresher.current().notices
        assert 'the column "Date" of the Events tab is gone' in notice.sentence
        assert refresher.current().snapshot is before.snapshot


def test_rows_deleted_is_a_good_sheet_without_rows(google):
    with dashboard(google) as refresher:
        with google.book.lock:
            del google.book["Events"].rows[1:]
        until(lambda: refresher.current().snapshot.events == ())
        assert refresher.current().trouble is None
        assert [notice.code for notice in refresher.current().notices] == ["large-deletion"]


def test_a_column_that_is_loading_keeps_the_old_data_and_a_cell_does_not(google):
    with dashboard(google) as refresher:
        events = google.book["Events"]
        with google.book.lock:
            events.write("G2", [["Loading..."]] * 5)
        until(lambda: refresher.current().notices != ())
        assert "still loading" in refresher.current().notices[0].sentence
        assert refresher.current().snapshot.event_by_id["EV-7"].officers_needed == 2
        with google.book.lock:
            events.write("G2", [[2], ["#REF!"], ["Loading..."], [2], [2]])
        until(lambda: refresher.current().notices == ())
        needed = [event.officers_needed for event in refresher.current().snapshot.events]
        assert needed == [2, None, None, 2, 2]


# 34


def test_an_edit_is_shown_within_one_interval(google):
    with dashboard(google) as refresher:
        for town in ("Dunsmuir", "Etna", "Weed", "Yreka"):
            google.book["Events"].set("D3", town)
            took = until(lambda town=town: refresher.current().snapshot.event_by_id["EV-7"].town == town)
            assert took < PACE.every + 2


def test_a_new_tab_is_found_at_once_where_somebody_asks(google):
    with dashboard(google) as refresher:
        google.book.add("Towns", [["Town"], ["Weed"], ["Yreka"]])
        time.sleep(0.6)
        assert refresher.current().snapshot.towns == ()
        assert refresher.refresh_now() is True
        until(lambda: len(refresher.current().snapshot.towns) == 2)
        assert google.calls["metadata"] == 2


def test_the_name_by_which_versions_are_kept_is_that_of_the_sheet(google):
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    fetched: Workbook = GoogleSource.from_settings(settings).fetch()
    assert source_factory.source_for(settings).identity == fetched.url
    assert source_factory.source_for(Settings(spreadsheet="no link")).identity is None
