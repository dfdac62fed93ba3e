"""The poller, look by look: what it shows, what it announces, and how soon."""

import datetime as dt

import pytest

from cwac.model import SourceUnavailable
from cwac.refresh.judge import as_of_sentence
from cwac.refresh.keeping import Pace
from cwac.refresh.live import Live
from cwac.sheet.reader import read_workbook
from cwac.sources.http_calls import PATIENCE
from tests.cases import each
from tests.refresh.plan import LINK, NOW, TODAY, workbook
from tests.refresh.polling import CLOSED, DOWN, LIMIT, MINUTE, Sheet, after, ids


def test_a_look_shows_the_sheet(sheet, store):
    poller = sheet.poller(store)
    assert poller.live == Live(source="Google")
    assert as_of_sentence(poller.live, NOW) == "The sheet is being read for the first time."
    assert poller.look() == pytest.approx(30, abs=2)
    live = poller.live
    assert ids(live) == ["EV--30", "EV-7", "EV-14", "EV-21", "EV-28"]
    seen = (live.generation, live.version, live.as_of, live.attempted, live.trouble, live.notices)
    assert seen == (1, 1, NOW, NOW, None, ())
    assert as_of_sentence(live, NOW) == "As of 10:42 AM Pacific Time"


def test_only_the_time_moves_on_while_nothing_changes_and_an_edit_is_a_new_generation_and_version(sheet, poller, store):
    shown = poller.live
    live = after(poller, sheet, 5)
    assert live.snapshot is shown.snapshot
    assert (live.generation, live.as_of) == (1, NOW + 5 * MINUTE)
    assert as_of_sentence(live, sheet.now) == "As of 10:47 AM Pacific Time"
    sheet.edit("Dunsmuir")
    live = after(poller, sheet)
    assert (live.snapshot.event_by_id["EV-7"].town, live.generation, live.version) == ("Dunsmuir", 2, 2)
    assert store.load(store.versions(LINK)[1]).content_hash == workbook().content_hash


def test_what_comes_is_told_before_it_replaces_what_is_shown(sheet, store):
    told = []
    poller = sheet.poller(store, on_new=lambda coming: told.append((coming, poller.live)))
    poller.look()
    before = poller.live
    sheet.tables["Events"].pop()
    shown = after(poller, sheet)
    assert told == [(before, Live(source="Google")), (shown, before)]
    assert ids(before) != ids(shown)


def test_sheet_is_read_again_when_the_day_changes_in_its_zone_between_two_looks_and_during_an_outage(sheet, poller):
    tomorrow = TODAY + dt.timedelta(days=1)
    assert after(poller, sheet, 13 * 60 + 17).snapshot.today == TODAY  # 11:59 PM there, tomorrow in UTC
    live = after(poller, sheet, 1)
    assert (live.snapshot.today, live.generation) == (tomorrow, 2)
    sheet.now += dt.timedelta(days=1)
    poller._poll()
    assert (poller.live.snapshot.today, poller.looks) == (tomorrow + dt.timedelta(days=1), 3)
    sheet.trouble = DOWN
    live = after(poller, sheet, 24 * 60)
    assert (live.snapshot.today, live.as_of) == (tomorrow + dt.timedelta(days=2), NOW + 798 * MINUTE)
    # One failure, tried again at once.
    assert as_of_sentence(live, sheet.now) == "As of 12:00 AM Pacific Time on Thu, Oct 8"


def delays(poller, times):
    return [poller.look() for _ in range(times)]


def test_passing_trouble_is_retried_three_times_with_jitter_and_then_at_the_usual_pace(sheet):
    sheet.trouble = DOWN
    waited, other = delays(sheet.poller(), 6), delays(sheet.poller(), 3)
    assert [round(wait, 9) for wait in waited[3:]] == [30, 30, 30]
    for wait, least in zip(waited[:3], (1, 4, 15), strict=True):
        assert least < wait <= least * 1.25
    assert other != waited[:3]


def test_rate_limit_waits_an_interval_and_a_half_or_as_long_as_retry_after_says(sheet):
    poller = sheet.poller()
    sheet.trouble = LIMIT
    waited = delays(poller, 5)
    assert all(45 <= wait <= 52.5 for wait in waited)
    assert len(set(waited)) == 5
    for seconds, least in ((7.0, 7), (0.0, 1), (90_000.0, 3600)):
        sheet.trouble = SourceUnavailable("rate-limit", "Too many.", permanent=False, retry_after=seconds)
        assert least <= poller.look() <= least * 1.25
    assert poller.refresh_now() is False


def test_lasting_trouble_is_looked_at_each_interval_but_at_least_each_minute(sheet):
    sheet.trouble = CLOSED
    assert delays(sheet.poller(), 3) == [30, 30, 30]
    assert delays(sheet.poller(pace=Pace(every=300.0)), 1) == [60]


@each("every", [10.0, 30.0, 60.0, 300.0])
@each("share", [0.0, 0.1, 0.5, PATIENCE])
@each("trouble", [DOWN, LIMIT, CLOSED])
def test_outage_and_its_end_are_seen_within_two_intervals_however_long_each_failure_takes(
    simulated, every, share, trouble
):
    simulated.trouble, simulated.takes, told = None, 0.1, []
    poller = simulated.poller(pace=Pace(every=every))
    delay, began = poller.look(), simulated.passed[0]
    simulated.trouble, simulated.takes = trouble, max(0.1, share * every)
    for _ in range(10):
        simulated.advance(delay)
        delay = poller.look()
        told += [simulated.passed[0] - began] if poller.live.trouble else []
        assert delay + 0.1 <= 2 * every, "if it heals right after this failure"
    assert told[0] <= 2 * every
    simulated.trouble = None
    poller.look()
    assert poller.live.trouble is None


def test_fourth_failure_is_announced_with_the_time_of_the_first(sheet, poller):
    sheet.trouble = DOWN
    for _ in range(4):
        live = after(poller, sheet)
    assert (live.trouble, live.trouble_since, live.generation) == (DOWN, NOW + MINUTE / 2, 2)
    assert as_of_sentence(live, sheet.now) == (
        "Google has not answered since 10:42 AM Pacific Time (it could not be reached). Showing the sheet as it was "
        "then. Wait."
    )
    assert after(poller, sheet).generation == 2
    sheet.trouble = None
    live = after(poller, sheet)
    assert (live.trouble, live.trouble_since, live.generation) == (None, None, 3)


NOT_SHARED = "The sheet is not shared with this program. Showing the sheet as it was at 10:42 AM Pacific Time on"


@each(
    "trouble, minutes, says",
    [
        (LIMIT, 0.5, "Google has not answered since 10:42 AM Pacific Time (too many requests). Showing the sheet as it "
         "was then. Wait."),
        (CLOSED, 24 * 60, f"{NOT_SHARED} Wed, Oct 7. Share it with robot@x."),
        (CLOSED, 365 * 24 * 60, f"{NOT_SHARED} Wed, Oct 7, 2026. Share it with robot@x."),
    ],
)  # fmt: skip
def test_rate_limit_and_lasting_trouble_are_announced_at_once(trouble, minutes, says):
    sheet = Sheet()
    poller = sheet.poller()
    poller.look()
    sheet.trouble = trouble
    assert as_of_sentence(after(poller, sheet, minutes), sheet.now) == says


def test_hanging_source_is_said_not_to_answer_although_nothing_was_announced(poller):
    live = poller.live
    assert as_of_sentence(live, NOW + 1.4 * MINUTE) == "As of 10:42 AM Pacific Time"
    assert as_of_sentence(live, NOW + 1.6 * MINUTE) == (
        "Google has not answered since 10:42 AM Pacific Time. Showing the sheet as it was then."
    )


@pytest.mark.parametrize("error", [ValueError("planted"), MemoryError(), RecursionError(), SystemExit(1)])
def test_unexpected_error_while_fetching_is_one_sentence_and_polling_goes_on(sheet, poller, error, caplog):
    sheet.trouble = error
    for _ in range(4):
        live = after(poller, sheet)
    assert ids(live)[1] == "EV-7"
    assert as_of_sentence(live, sheet.now) == (
        "This program made a mistake while fetching the sheet. Showing the sheet as it was at 10:42 AM Pacific Time. "
        "Whoever runs it finds the place in its log. It tries again by itself."
    )
    assert type(error).__name__ in caplog.text
    assert "in fetch" in caplog.text
    assert "planted" not in caplog.text  # it might be a cell or a key
    sheet.trouble = None
    assert after(poller, sheet).trouble is None


def test_workbook_that_the_reader_fails_on_is_not_read_again(sheet, poller):
    reads = []

    def fail(book, today, before=None):
        reads.append(today)
        if book.tabs[0].rows[2][3] == "bug":
            raise KeyError("planted")
        return read_workbook(book, today, before=before)

    poller.judge.read = fail
    sheet.edit("bug")
    assert poller.look() == pytest.approx(30, abs=2), "the source did answer"
    for _ in range(5):
        live = after(poller, sheet)
    # Two: what is shown was read once more, by the new reader.
    assert (live.trouble.cause, live.snapshot.event_by_id["EV-7"].town, len(reads)) == ("our-mistake", "Yreka", 2)
    assert after(poller, sheet, 24 * 60).snapshot.today == TODAY + dt.timedelta(days=1)
    sheet.edit("Weed")
    live = after(poller, sheet)
    assert (live.trouble, live.snapshot.event_by_id["EV-7"].town) == (None, "Weed")


def test_a_reader_that_fails_on_what_is_shown_puts_off_no_look(simulated):
    def fail(*_, **__):
        raise KeyError("planted")

    poller = simulated.poller()
    poller.look()
    poller.judge.read, simulated.now = fail, simulated.now + dt.timedelta(days=1)
    for _ in range(20):
        simulated.advance(2)
        poller._poll()
    assert poller.looks == 2
