"""The poller, look by look: what it shows and announces, how soon, and what a damaged sheet does not replace."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.model import SourceUnavailable
from cwac.refresh.judge import as_of_sentence
from cwac.refresh.keeping import Pace
from cwac.refresh.live import Live, Notice
from cwac.sheet.reader import read_workbook
from cwac.sources.http_calls import PATIENCE
from tests.cases import each
from tests.refresh.plan import (
    CLOSED,
    DOWN,
    LIMIT,
    LINK,
    MINUTE,
    NOW,
    TODAY,
    Sheet,
    after,
    drop_column,
    drop_events,
    ids,
    serial,
    tables,
    workbook,
)


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


def all_loading(of):
    for row in of["Events"][1:]:
        row[6] = "Loading..."


@pytest.mark.parametrize(
    ("spoil", "gone", "may_accept"),
    [
        (drop_events, "no tab of this workbook lists events", False),
        (lambda of: of.update(Events=[["x"] * 7, *of["Events"][1:]]), "the tab of events has no header row", False),
        (lambda of: of.update({title: [] for title in of}), "there is nothing in this workbook", False),
        (drop_column("Events", "Date"), 'the column "Date" of the Events tab is gone', True),
        (drop_column("Events", "Lead agency"), 'the column "Lead agency" of the Events tab is gone', True),
        (drop_column("Staffing", "Officer"), 'the column "Officer" of the Staffing tab is gone', True),
        (all_loading, 'the column "Officers needed" of the Events tab is still', True),
    ],
)
def test_a_damaged_sheet_does_not_replace_a_good_one(sheet, poller, store, spoil, gone, may_accept):
    good = poller.live
    spoil(sheet.tables)
    for _ in range(3):
        live = after(poller, sheet)
    assert (live.snapshot, live.version, live.as_of, live.generation) == (good.snapshot, 1, NOW, 2)
    (notice,) = live.notices
    assert (notice.code, notice.since, notice.version) == ("damaged", NOW + MINUTE / 2, 1)
    assert notice.may_accept is may_accept
    assert notice.sentence.startswith(f"The sheet is damaged since 10:42 AM Pacific Time on Wed, Oct 7: {gone}")
    assert "This is the sheet as it was at 10:42 AM Pacific Time on Wed, Oct 7." in notice.sentence
    assert as_of_sentence(live, sheet.now) == "As of 10:42 AM Pacific Time. The sheet has been damaged since."
    sheet.tables["Officers"].append(["OF-03", "C. Test", "WPD"])  # it changes, and is damaged all the same
    live = after(poller, sheet, 24 * 60)
    assert (live.snapshot.today, live.notices[0].since) == (TODAY + dt.timedelta(days=1), notice.since)
    # What was in it is kept all the same, but is not taken for good at the next start.
    assert [version.good for version in store.versions(LINK)] == [False, False, True]
    sheet.tables = tables()
    live = after(poller, sheet)
    assert (live.notices, live.snapshot.events, live.as_of) == ((), good.snapshot.events, sheet.now)


def test_a_loading_cell_is_no_damage(sheet, poller):
    sheet.tables["Events"][2][6] = "Loading..."
    live = after(poller, sheet)
    assert (live.notices, live.snapshot.event_by_id["EV-7"].officers_needed) == ((), None)


def undated(of):
    for row in of["Events"][1:]:
        row[1] = None


@pytest.fixture
def full(sheet):
    """The sheet with 35 events."""
    rows = [[f"MORE-{n}", serial(TODAY) + n, 9 / 24, "Weed", "WPD", "Confirmed", 2] for n in range(30)]
    sheet.tables["Events"] += rows
    return sheet.tables


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("spoil", [undated, drop_column("Events", "Event ID"), drop_column("Events", "Start")])
def test_a_collapse_keeps_the_last_good_copy_until_a_coordinator_shows_it_anyway(sheet, poller, store, spoil):
    good = poller.live
    spoil(sheet.tables)
    live = after(poller, sheet)
    (notice,) = live.notices
    assert (live.snapshot, notice.code, notice.may_accept, notice.version) == (good.snapshot, "damaged", True, 1)
    assert poller.accept(replace(notice, sentence="something read before")) is False
    assert after(poller, sheet).snapshot is good.snapshot
    assert poller.accept(notice) is True
    shown = after(poller, sheet)
    content = shown.snapshot.content_hash
    assert (content, shown.notices) == (workbook(sheet.tables).content_hash, ())
    for _ in range(3):  # it does not flip back
        assert after(poller, sheet).snapshot.content_hash == content
    second = sheet.poller(store)  # nor at the next start
    second.begin()
    assert second.live.snapshot.content_hash == content
    assert after(second, sheet).snapshot.content_hash == content
    sheet.edit("Dunsmuir")
    assert after(second, sheet).snapshot.content_hash == workbook(sheet.tables).content_hash


def test_accepted_content_is_shown_again_without_asking_and_other_content_is_not(sheet, full, poller):
    def events_shown(tables):
        sheet.tables = tables
        return len(after(poller, sheet).snapshot.events)

    empty, emptier = ({**full, "Events": full["Events"][:count]} for count in (3, 2))
    assert events_shown(empty) == 35
    assert poller.accept() is True
    assert [events_shown(tables) for tables in (empty, full, empty, full, emptier)] == [2, 35, 2, 35, 35]


@pytest.mark.usefixtures("store")
def test_second_loss_is_added_to_the_first_and_the_notice_names_the_version_before_both(sheet, full, poller):
    cancel(full)
    assert "35 of the 35 events were altered" in after(poller, sheet).notices[0].sentence
    del full["Events"][20:]
    (notice,) = after(poller, sheet).notices
    assert (notice.code, notice.version) == ("large-deletion", 1)
    assert "16 of the 35 rows of the Events tab" in notice.sentence


def test_a_large_deletion_is_shown_with_a_warning_and_where_to_see_what_was_lost(sheet, poller, store):
    del sheet.tables["Events"][2:5]
    live = after(poller, sheet)
    assert ids(live) == ["EV--30", "EV-28"]
    words = (
        "A large deletion: 3 of the 4 coming events went from the sheet at 10:42 AM Pacific Time on Wed, Oct 7. If "
        "that was a mistake, whoever keeps the sheet can undo it there (undo, or File > Version history). Version 1 on "
        "the Changes page still holds it."
    )
    assert live.notices == (Notice("large-deletion", words, NOW + MINUTE / 2, 1),)
    assert len(store.load(store.version(1)).tabs[0].rows) == 6
    sheet.tables["Events"][1][3] = "Dunsmuir"
    assert after(poller, sheet).notices == live.notices
    assert after(poller, sheet, 25 * 60).notices == ()


def cancel(of):
    for row in of["Events"][1:]:
        row[5] = "Cancelled"


def renumber(of):
    for row in of["Events"][1:]:
        row[0] = f"NEW-{row[0]}"
    of["Staffing"][1:] = [["NEW-EV-7", "OF-01", "Host", None]]


@pytest.mark.parametrize("change", [cancel, renumber])
def test_altering_most_events_in_one_look_is_shown_with_a_warning(sheet, poller, change):
    change(sheet.tables)
    live = after(poller, sheet)
    (notice,) = live.notices
    assert notice.code == "large-change"
    assert notice.sentence.startswith("A large change at 10:42 AM Pacific Time on Wed, Oct 7: 5 of the 5 events were")
    assert live.snapshot.content_hash == workbook(sheet.tables).content_hash


def test_a_loss_that_other_settings_cannot_read_is_logged(sheet, caplog):
    poller = sheet.poller()
    poller.look()
    first = poller.live.workbook.content_hash
    del sheet.tables["Events"][2:5]
    after(poller, sheet)

    def read(workbook, today, *, before=None):
        if workbook.content_hash == first:
            raise CLOSED
        return read_workbook(workbook, today, before=before)

    poller.judge.read = read
    sheet.tables["Events"][1][3] = "Dunsmuir"
    after(poller, sheet)
    assert "What was kept before a loss could not be read: not-shared" in caplog.messages
