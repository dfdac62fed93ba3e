"""The poller, look by look: what it shows, what it keeps, and what it announces."""

import datetime as dt
import gc
import logging
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from cwac.analysis.changes import changes
from cwac.model import SourceUnavailable
from cwac.refresh import sheets, source_factory
from cwac.refresh.poller import THREAD, Live, Notice, Pace, Poller, Source, as_of_sentence, moment_words
from cwac.settings import Rules, Settings
from cwac.sheet.reader import read_workbook
from cwac.sources.google import PATIENCE
from cwac.storage import revisions
from cwac.storage.store import Store
from tests.refresh.plan import LINK, NOW, TODAY, serial, tables, workbook

MINUTE = dt.timedelta(minutes=1)
LIMIT = SourceUnavailable("rate-limit", "Google says that there were too many requests.", "Wait.", permanent=False)
DOWN = SourceUnavailable("unreachable", "Google could not be reached: no route.", "Wait.", permanent=False)
CLOSED = SourceUnavailable("not-shared", "The sheet is not shared with this program.", "Share it with robot@x.")


class Sheet:
    """A source whose content, trouble and clock the test sets."""

    def __init__(self):
        self.now = NOW
        self.tables = tables()
        self.trouble = None
        self.asked = []

    def fetch(self, asked):
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        return workbook(self.tables, self.now)

    def poller(self, store=None, **other):
        source = Source(self.fetch, "Google", LINK)
        other = {"clock": lambda: self.now, "jitter": random.Random(1)} | other
        return Poller(source, read_workbook, store, **other)


@pytest.fixture
def sheet():
    return Sheet()


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3", busy_seconds=0.1)
    yield store
    store.close()


def ids(live):
    return [event.id for event in live.snapshot.events]


def after(poller, sheet, minutes=0.5):
    """Look again so much later."""
    sheet.now += minutes * MINUTE
    poller.look()
    return poller.current()


# --- a good sheet -----------------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_first_look(sheet):
    assert sheet.poller().current() == Live(source="Google")
    assert as_of_sentence(sheet.poller().current(), NOW) == "The sheet is being read for the first time."


def test_a_look_shows_the_sheet(sheet, store):
    poller = sheet.poller(store)
    assert poller.look() == pytest.approx(30, abs=2)
    live = poller.current()
    assert ids(live) == ["EV--30", "EV-7", "EV-14", "EV-21", "EV-28"]
    assert (live.generation, live.version, live.as_of, live.attempted, live.trouble, live.notices) == (
        1, 1, NOW, NOW, None, ()
    )  # fmt: skip
    assert as_of_sentence(live, NOW) == "As of 10:42 AM Pacific Time"


def test_only_the_time_moves_on_while_nothing_changes(sheet):
    poller = sheet.poller()
    poller.look()
    shown = poller.current()
    live = after(poller, sheet, 5)
    assert live.snapshot is shown.snapshot
    assert (live.generation, live.as_of) == (1, NOW + 5 * MINUTE)
    assert as_of_sentence(live, sheet.now) == "As of 10:47 AM Pacific Time"


def test_an_edit_is_a_new_generation_and_a_new_version(sheet, store):
    poller = sheet.poller(store)
    poller.look()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    live = after(poller, sheet)
    assert (live.snapshot.event_by_id["EV-7"].town, live.generation, live.version) == ("Dunsmuir", 2, 2)
    assert store.load(store.versions(LINK)[1]).content_hash == workbook().content_hash


def test_what_comes_is_told_before_it_replaces_what_is_shown(sheet, store):
    poller, told = sheet.poller(store), []
    poller.before_showing = lambda coming: told.append((ids(coming), coming.version, ids(poller.current())))
    poller.look()
    after(poller, sheet)
    assert told == [], "nothing was replaced"
    before = ids(poller.current())
    sheet.tables["Events"].pop()
    after(poller, sheet)
    assert told == [(ids(poller.current()), poller.current().version, before)]
    assert before != ids(poller.current())


def test_sheet_is_read_again_when_the_day_changes_in_its_zone(sheet):
    poller = sheet.poller()
    poller.look()
    assert after(poller, sheet, 13 * 60 + 17).snapshot.today == TODAY  # 11:59 PM there, tomorrow in UTC
    live = after(poller, sheet, 1)
    assert (live.snapshot.today, live.generation) == (TODAY + dt.timedelta(days=1), 2)


def test_sheet_is_read_again_when_the_day_changes_during_an_outage(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.trouble = DOWN
    live = after(poller, sheet, 24 * 60)
    assert live.snapshot.today == TODAY + dt.timedelta(days=1)
    assert live.as_of == NOW
    # One failure, tried again at once.
    assert as_of_sentence(live, sheet.now) == "As of 10:42 AM Pacific Time on Wed, Oct 7"


# --- trouble ----------------------------------------------------------------------------------------------------------


def delays(poller, times):
    return [poller.look() for _ in range(times)]


def test_passing_trouble_is_retried_three_times_with_jitter_and_then_at_the_usual_pace(sheet):
    sheet.trouble = DOWN
    waited = delays(sheet.poller(), 6)
    assert [round(wait, 9) for wait in waited[3:]] == [30, 30, 30]
    for wait, least in zip(waited[:3], (1, 4, 15), strict=True):
        assert least < wait <= least * 1.25
    other = delays(sheet.poller(jitter=random.Random(2)), 3)
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


# --- how soon: on a simulated clock -----------------------------------------------------------------------------------


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


@pytest.mark.parametrize("every", [10.0, 30.0, 60.0, 300.0])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, PATIENCE])
@pytest.mark.parametrize("trouble", [DOWN, LIMIT, CLOSED])
def test_outage_is_announced_within_two_intervals_however_long_each_failure_takes(simulated, every, share, trouble):
    poller = simulated.poller(pace=Pace(every=every))
    delay = poller.look()
    began = simulated.passed[0]
    simulated.trouble, simulated.takes = trouble, max(0.1, share * every)
    while poller.current().trouble is None:
        simulated.advance(delay)
        delay = poller.look()
    assert simulated.passed[0] - began <= 2 * every


@pytest.mark.parametrize("every", [10.0, 30.0, 60.0, 300.0])
@pytest.mark.parametrize("failures", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("trouble", [DOWN, LIMIT, CLOSED])
def test_healed_source_is_read_within_two_intervals(simulated, every, failures, trouble):
    poller = simulated.poller(pace=Pace(every=every))
    poller.look()
    simulated.trouble = trouble
    for _ in range(failures):
        delay = poller.look()
        simulated.advance(delay)
    simulated.trouble = None  # it healed right after the last failure, at the worst
    poller.look()
    assert poller.current().trouble is None
    assert delay + simulated.takes <= 2 * every


@pytest.mark.parametrize("asked", [5.0, 60.0, 200.0])
def test_retry_after_is_waited_for_and_not_much_longer(simulated, asked):
    poller = simulated.poller()
    poller.look()
    simulated.trouble = SourceUnavailable("rate-limit", "Too many.", permanent=False, retry_after=asked)
    assert asked <= poller.look() <= asked + 30 / 4


def test_work_in_an_outage_of_a_day_is_no_more_than_without_one(sheet):
    for sheet.trouble in (DOWN, LIMIT, CLOSED):
        poller = sheet.poller()
        spent = looks = 0
        while spent < 86_400:
            spent += poller.look()
            looks += 1
        assert looks <= 86_400 / 30 + 3


def test_two_failures_and_a_recovery_are_not_announced(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.trouble = DOWN
    assert after(poller, sheet, 0.5).trouble is None
    assert after(poller, sheet, 0.1).trouble is None
    sheet.trouble = None
    live = after(poller, sheet, 0.1)
    assert (live.generation, live.as_of, live.trouble_since) == (1, sheet.now, None)


def test_fourth_failure_is_announced_with_the_time_of_the_first(sheet):
    poller = sheet.poller()
    poller.look()
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


def test_rate_limit_is_announced_at_once(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.trouble = LIMIT
    assert as_of_sentence(after(poller, sheet), sheet.now) == (
        "Google has not answered since 10:42 AM Pacific Time (too many requests). Showing the sheet as it was then. "
        "Wait."
    )


def test_announced_trouble_stays_until_the_sheet_is_read(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.trouble = LIMIT
    assert after(poller, sheet).trouble is LIMIT
    sheet.trouble = DOWN
    assert after(poller, sheet).trouble is DOWN
    sheet.trouble = None
    assert after(poller, sheet).trouble is None


def test_lasting_trouble_says_what_to_do(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.trouble = CLOSED
    assert as_of_sentence(after(poller, sheet, 24 * 60), sheet.now) == (
        "The sheet is not shared with this program. Showing the sheet as it was at 10:42 AM Pacific Time on Wed, Oct "
        "7. "
        "Share it with robot@x."
    )


def test_trouble_at_the_first_look_is_announced_at_once(sheet):
    sheet.trouble = DOWN
    poller = sheet.poller()
    poller.look()
    live = poller.current()
    assert (live.snapshot, live.trouble) == (None, DOWN)
    assert as_of_sentence(live, NOW) == "Google could not be reached: no route. Wait."


def test_hanging_source_is_said_not_to_answer_although_nothing_was_announced(sheet):
    poller = sheet.poller()
    poller.look()
    live = poller.current()
    assert as_of_sentence(live, NOW + 1.4 * MINUTE) == "As of 10:42 AM Pacific Time"
    assert as_of_sentence(live, NOW + 1.6 * MINUTE) == (
        "Google has not answered since 10:42 AM Pacific Time. Showing the sheet as it was then."
    )


@pytest.mark.parametrize("error", [ValueError("planted"), MemoryError(), RecursionError(), SystemExit(1)])
def test_unexpected_error_while_fetching_is_one_sentence_and_polling_goes_on(sheet, error, caplog):
    poller = sheet.poller()
    poller.look()
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


def test_workbook_that_the_reader_fails_on_is_not_read_again(sheet):
    reads = []

    def read(book, today):
        reads.append(today)
        if any(row[3] == "bug" for row in book.tabs[0].rows):
            raise KeyError("planted")
        return read_workbook(book, today)

    poller = Poller(Source(sheet.fetch, "Google"), read, clock=lambda: sheet.now)
    poller.look()
    sheet.tables["Events"][2][3] = "bug"
    for _ in range(5):
        live = after(poller, sheet)
    assert (live.trouble.cause, live.snapshot.event_by_id["EV-7"].town, len(reads)) == ("our-mistake", "Yreka", 2)
    live = after(poller, sheet, 24 * 60)
    assert live.snapshot.today == TODAY + dt.timedelta(days=1)
    sheet.tables["Events"][2][3] = "Weed"
    live = after(poller, sheet)
    assert (live.trouble, live.snapshot.event_by_id["EV-7"].town) == (None, "Weed")


# --- a damaged sheet --------------------------------------------------------------------------------------------------


def rename_events(of):
    of["Plan B"] = of.pop("Events")


def drop_column(tab, header):
    def drop(of):
        at = of[tab][0].index(header)
        of[tab] = [row[:at] + row[at + 1 :] for row in of[tab]]

    return drop


def header_overwritten(of):
    of["Events"][0] = ["x"] * 7


def all_loading(tab, header):
    def load(of):
        at = of[tab][0].index(header)
        for row in of[tab][1:]:
            row[at] = "Loading..."

    return load


def emptied(of):
    for title in of:
        of[title] = []


@pytest.mark.parametrize(
    ("spoil", "gone"),
    [
        (rename_events, "this workbook has no tab named Events"),
        (header_overwritten, "the Events tab has no header row"),
        (emptied, "there is nothing in this workbook"),
        (drop_column("Events", "Date"), 'the column "Date" of the Events tab is gone'),
        (drop_column("Events", "Lead agency"), 'the column "Lead agency" of the Events tab is gone'),
        (drop_column("Staffing", "Officer"), 'the column "Officer" of the Staffing tab is gone'),
        (all_loading("Events", "Date"), 'the column "Date" of the Events tab is still loading'),
        (all_loading("Events", "Officers needed"), 'the column "Officers needed" of the Events tab is still loading'),
    ],
)
def test_a_damaged_sheet_does_not_replace_a_good_one(sheet, store, spoil, gone):
    poller = sheet.poller(store)
    poller.look()
    good = poller.current()
    spoil(sheet.tables)
    for _ in range(3):
        live = after(poller, sheet)
    assert (live.snapshot, live.version, live.as_of, live.generation) == (good.snapshot, 1, NOW, 2)
    (notice,) = live.notices
    assert (notice.code, notice.since, notice.version) == ("damaged", NOW + MINUTE / 2, 1)
    assert notice.sentence.startswith(f"The sheet is damaged since 10:42 AM Pacific Time on Wed, Oct 7: {gone}")
    assert "This is the sheet as it was at 10:42 AM Pacific Time on Wed, Oct 7." in notice.sentence
    assert as_of_sentence(live, sheet.now) == "As of 10:42 AM Pacific Time. The sheet has been damaged since."
    # What was in it is kept all the same, but is not taken for good at the next start.
    assert [version.good for version in store.versions(LINK)] == [False, True]
    sheet.tables = tables()
    live = after(poller, sheet)
    assert (live.notices, live.snapshot, live.as_of) == ((), good.snapshot, sheet.now)


def test_last_good_version_is_read_on_a_new_day_while_the_sheet_is_damaged(sheet):
    poller = sheet.poller()
    poller.look()
    rename_events(sheet.tables)
    live = after(poller, sheet, 24 * 60)
    assert (live.snapshot.today, len(live.snapshot.events)) == (TODAY + dt.timedelta(days=1), 5)


def test_sheet_damaged_from_the_start_says_what_it_lacks_and_is_shown_once_mended(sheet):
    rename_events(sheet.tables)
    poller = sheet.poller()
    assert poller.look() == pytest.approx(30, abs=1)
    assert poller.current().snapshot is None
    assert poller.current().trouble.cause == "no-events-tab"
    sheet.tables = tables()
    assert len(after(poller, sheet).snapshot.events) == 5


def test_a_sheet_that_never_had_the_column_is_shown(sheet):
    drop_column("Events", "Lead agency")(sheet.tables)
    poller = sheet.poller()
    poller.look()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    live = after(poller, sheet)
    assert (live.notices, live.snapshot.event_by_id["EV-7"].town) == ((), "Dunsmuir")


def test_a_loading_cell_is_no_damage(sheet):
    poller = sheet.poller()
    poller.look()
    sheet.tables["Events"][2][6] = "Loading..."
    live = after(poller, sheet)
    assert (live.notices, live.snapshot.event_by_id["EV-7"].officers_needed) == ((), None)


def test_column_removed_on_purpose_can_be_accepted(sheet, store):
    poller = sheet.poller(store)
    poller.look()
    drop_column("Events", "Lead agency")(sheet.tables)
    assert [notice.code for notice in after(poller, sheet).notices] == ["damaged"]
    poller.accept()
    live = after(poller, sheet)
    assert (live.notices, live.snapshot.event_by_id["EV-7"].lead_agency, live.version) == ((), None, 2)
    assert store.latest(LINK).id == 2
    sheet.tables["Events"][2][3] = "Dunsmuir"
    assert after(poller, sheet).snapshot.event_by_id["EV-7"].town == "Dunsmuir"


def undated(of):
    for row in of["Events"][1:]:
        row[1] = None


def many(of, count=30):
    of["Events"] += [[f"MORE-{n}", serial(TODAY) + n, 9 / 24, "Weed", "WPD", "Confirmed", 2] for n in range(count)]


@pytest.mark.parametrize("spoil", [undated, drop_column("Events", "Event ID"), drop_column("Events", "Start")])
def test_a_collapse_keeps_the_last_good_copy_until_a_coordinator_shows_it_anyway(sheet, store, spoil):
    many(sheet.tables)
    poller = sheet.poller(store)
    poller.look()
    good = poller.current()
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
    assert second.current().snapshot.content_hash == content
    assert after(second, sheet).snapshot.content_hash == content


def test_accepted_content_is_shown_again_without_asking_and_other_content_is_not(sheet):
    many(sheet.tables)
    poller = sheet.poller()
    poller.look()
    full, empty = sheet.tables, {**sheet.tables, "Events": sheet.tables["Events"][:3]}
    sheet.tables = empty
    after(poller, sheet)
    assert poller.accept() is True
    assert len(after(poller, sheet).snapshot.events) == 2
    sheet.tables = full
    assert len(after(poller, sheet).snapshot.events) == 35
    sheet.tables = empty
    assert len(after(poller, sheet).snapshot.events) == 2
    sheet.tables = full
    after(poller, sheet)
    sheet.tables = {**full, "Events": full["Events"][:2]}
    assert len(after(poller, sheet).snapshot.events) == 35


def test_unreadable_sheet_cannot_be_accepted(sheet):
    poller = sheet.poller()
    poller.look()
    rename_events(sheet.tables)
    (notice,) = after(poller, sheet).notices
    assert notice.may_accept is False


def test_second_loss_is_added_to_the_first_and_the_notice_names_the_version_before_both(sheet, store):
    many(sheet.tables)
    poller = sheet.poller(store)
    poller.look()
    for row in sheet.tables["Events"][1:]:
        row[5] = "Cancelled"
    assert "35 of the 35 events were altered" in after(poller, sheet).notices[0].sentence
    del sheet.tables["Events"][20:]
    (notice,) = after(poller, sheet).notices
    assert (notice.code, notice.version) == ("large-deletion", 1)
    assert "16 of the 35 rows of the Events tab" in notice.sentence


# --- a large deletion -------------------------------------------------------------------------------------------------


def test_a_large_deletion_is_shown_with_a_warning_and_where_to_see_what_was_lost(sheet, store):
    poller = sheet.poller(store)
    poller.look()
    del sheet.tables["Events"][2:5]
    live = after(poller, sheet)
    assert ids(live) == ["EV--30", "EV-28"]
    assert live.notices == (
        Notice(
            "large-deletion",
            "A large deletion: 3 of the 4 coming events went from the sheet at 10:42 AM Pacific Time on Wed, Oct 7. "
            "If that was "
            "a mistake, whoever keeps the sheet can undo it there (undo, or File > Version history). Version 1 on the "
            "Changes page still holds it.",
            NOW + MINUTE / 2,
            1,
        ),
    )
    assert len(store.load(store.version(1)).tabs[0].rows) == 6
    sheet.tables["Events"][1][3] = "Dunsmuir"
    assert after(poller, sheet).notices == live.notices
    assert after(poller, sheet, 25 * 60).notices == ()


def test_restored_rows_end_the_warning(sheet):
    poller = sheet.poller()
    poller.look()
    del sheet.tables["Events"][2:5]
    assert len(after(poller, sheet).notices) == 1
    sheet.tables = tables()
    assert after(poller, sheet).notices == ()


def test_deleting_all_rows_below_the_header_is_a_large_deletion(sheet):
    poller = sheet.poller()
    poller.look()
    del sheet.tables["Staffing"][1:]
    del sheet.tables["Events"][1:]
    live = after(poller, sheet)
    assert (live.snapshot.events, live.snapshot.assignments) == ((), ())
    sentence = live.notices[0].sentence
    assert "4 of the 4 coming events and all 5 rows of the Events tab and all 2 rows of the Staffing tab" in sentence


def cancel(of):
    for row in of["Events"][1:]:
        row[5] = "Cancelled"


def half(of):
    del of["Events"][2:4]


def renumber(of):
    for row in of["Events"][1:]:
        row[0] = f"NEW-{row[0]}"
    of["Staffing"][1:] = [["NEW-EV-7", "OF-01", "Host", None]]


def test_deleting_two_of_five_events_is_no_large_deletion(sheet):
    poller = sheet.poller()
    poller.look()
    half(sheet.tables)
    live = after(poller, sheet)
    assert (live.generation, live.notices) == (2, ())


@pytest.mark.parametrize("change", [cancel, renumber])
def test_altering_most_events_in_one_look_is_shown_with_a_warning(sheet, change):
    poller = sheet.poller()
    poller.look()
    change(sheet.tables)
    live = after(poller, sheet)
    assert [notice.code for notice in live.notices] == ["large-change"]
    (notice,) = live.notices
    assert notice.sentence.startswith("A large change at 10:42 AM Pacific Time on Wed, Oct 7: 5 of the 5 events were")
    assert live.snapshot.content_hash == workbook(sheet.tables).content_hash


# --- across restarts, and a store in trouble --------------------------------------------------------------------------


def test_a_restart_during_an_outage_shows_the_last_good_copy_with_its_own_time(sheet, store):
    first = sheet.poller(store)
    first.look()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    shown = after(first, sheet)
    after(first, sheet, 60)
    rename_events(sheet.tables)
    after(first, sheet)
    sheet.trouble = DOWN
    sheet.now += dt.timedelta(hours=3)
    second = sheet.poller(store)
    second.begin()
    live = second.current()
    assert (live.snapshot.events, live.version, live.as_of) == (shown.snapshot.events, 2, NOW + 60.5 * MINUTE)
    assert as_of_sentence(live, sheet.now) == "As of 11:42 AM Pacific Time"
    second.look()
    unanswered = "Google has not answered since 11:42 AM Pacific Time (it "
    assert as_of_sentence(second.current(), sheet.now).startswith(unanswered)
    sheet.trouble, sheet.tables = None, tables()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    live = after(second, sheet)
    assert (live.as_of, live.trouble, live.version) == (sheet.now, None, 4)


def test_damage_while_nothing_ran_is_judged_against_the_last_good_version(sheet, store):
    sheet.poller(store).look()
    drop_column("Events", "Date")(sheet.tables)
    second = sheet.poller(store)
    second.begin()
    second.look()
    assert [notice.code for notice in second.current().notices] == ["damaged"]
    assert len(second.current().snapshot.events) == 5


def test_a_large_deletion_is_still_pointed_out_after_a_restart_but_only_for_a_day(sheet, store):
    first = sheet.poller(store)
    first.look()
    del sheet.tables["Events"][2:5]
    (notice,) = after(first, sheet).notices
    sheet.tables["Events"][1][3] = "Dunsmuir"
    after(first, sheet, 60)
    second = sheet.poller(store)
    second.begin()
    (again,) = second.current().notices
    assert (again.code, again.version) == ("large-deletion", notice.version)
    assert "3 of the 4 coming events went from the sheet since 10:42 AM Pacific Time on Wed, Oct 7." in again.sentence
    assert after(second, sheet).notices == (again,)
    sheet.now += dt.timedelta(days=1)
    third = sheet.poller(store)
    third.begin()
    assert third.current().notices == ()


def test_source_remembers_the_last_good_version(sheet, store):
    sheet.poller(store).look()
    remembered = []
    source = Source(sheet.fetch, "Google", LINK, remembered.append)
    Poller(source, read_workbook, store, clock=lambda: NOW).begin()
    assert [copy.content_hash for copy in remembered] == [workbook().content_hash]


def test_unreadable_last_version_is_replaced_by_the_one_before(sheet, store):
    poller = sheet.poller(store)
    poller.look()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    after(poller, sheet)
    with store.writing("test") as connection:
        mine = "SELECT hash FROM version_tabs WHERE version_id = 2 AND position = 0"
        connection.exec_driver_sql(f"UPDATE tabs SET body = x'00' WHERE hash = ({mine})")
    second = sheet.poller(store)
    second.begin()
    assert (second.current().version, second.current().snapshot.event_by_id["EV-7"].town) == (1, "Yreka")


def test_versions_wait_in_memory_while_the_store_is_in_trouble(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    hidden = tmp_path / "hidden"
    store.close()
    (tmp_path / "store.sqlite3").rename(hidden)
    (tmp_path / "store.sqlite3").mkdir()
    for town in ("Dunsmuir", "Weed", "Etna"):
        sheet.tables["Events"][2][3] = town
        live = after(poller, sheet)
    assert (live.snapshot.event_by_id["EV-7"].town, live.trouble, live.version) == ("Etna", None, 1)
    assert [(notice.code, notice.since) for notice in live.notices] == [("store", NOW + MINUTE / 2)]
    assert live.notices[0].sentence == (
        "The history cannot be written to. Whoever runs this dashboard must give it the right to write there."
    )
    (tmp_path / "store.sqlite3").rmdir()
    hidden.rename(tmp_path / "store.sqlite3")
    live = after(poller, sheet)
    assert (live.notices, live.version) == ((), 4)
    towns = [store.load(version).tabs[0].rows[2][3] for version in store.versions(LINK)]
    assert towns == ["Etna", "Weed", "Dunsmuir", "Yreka"]


def test_corrupt_store_is_begun_anew_with_a_notice(sheet, store, tmp_path):
    (tmp_path / "store.sqlite3").write_bytes(b"no database at all" * 100)
    poller = sheet.poller(store)
    poller.begin()
    poller.look()
    live = poller.current()
    assert (len(live.snapshot.events), live.version) == (5, 1)
    (aside,) = (part.name for part in tmp_path.iterdir() if ".damaged-" in part.name)
    assert [notice.sentence for notice in live.notices] == [
        f"The file with the history was damaged. It was moved aside as {aside}, and a new one begun. Whoever runs this "
        "dashboard may have a backup, or rescue what is in it."
    ]
    assert after(poller, sheet).notices == live.notices


LOST = "The file with the history was deleted, moved or replaced while the dashboard was running"


def vanished(tmp_path):
    (tmp_path / "store.sqlite3").unlink()


def test_vanished_store_is_begun_anew_with_what_is_shown_and_a_notice(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    sheet.tables["Events"][2][3] = "Dunsmuir"
    after(poller, sheet)
    vanished(tmp_path)
    live = after(poller, sheet)
    (notice,) = live.notices
    assert (notice.code, notice.sentence.startswith(LOST), live.version) == ("store", True, 1)
    assert "private calendar links, the audit" in notice.sentence
    (kept,) = store.versions(LINK)
    assert (kept.content_hash, kept.good) == (live.snapshot.content_hash, True)
    assert after(poller, sheet).notices == (notice,)
    store.close()
    second = sheet.poller(Store(f"sqlite:///{tmp_path}/store.sqlite3"))
    second.begin()
    assert second.current().snapshot.event_by_id["EV-7"].town == "Dunsmuir"


def test_vanished_store_is_noticed_during_an_outage_too(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    vanished(tmp_path)
    sheet.trouble = DOWN
    live = after(poller, sheet)
    assert [notice.sentence.startswith(LOST) for notice in live.notices] == [True]
    assert [(version.content_hash, version.good) for version in store.versions(LINK)] == [
        (live.snapshot.content_hash, True)
    ]


def test_new_file_begins_with_the_last_good_version_while_the_sheet_is_damaged(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    drop_column("Events", "Date")(sheet.tables)
    after(poller, sheet)
    vanished(tmp_path)
    live = after(poller, sheet)
    damaged, good = store.versions(LINK)
    assert (good.good, good.content_hash, damaged.good) == (True, live.snapshot.content_hash, False)
    assert (live.version, [notice.code for notice in live.notices]) == (good.id, ["damaged", "store"])


def test_version_that_a_notice_names_is_stored_again_if_it_is_in_memory(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    sheet.tables["Towns"] = [["Town"], ["Weed"]]
    after(poller, sheet)
    del sheet.tables["Events"][2:5]
    assert "Version 2 on the Changes page" in after(poller, sheet).notices[0].sentence
    vanished(tmp_path)
    notice = after(poller, sheet).notices[0]
    assert (notice.version, "Version 1 on the Changes page" in notice.sentence) == (1, True)
    assert "Version 2" not in notice.sentence
    assert len(store.load(store.version(1)).tabs[0].rows) == 6
    assert store.version(2).content_hash == poller.current().snapshot.content_hash


def test_calendar_revisions_are_not_set_back_when_the_store_vanishes(sheet, store, tmp_path):
    poller = sheet.poller(store)
    poller.look()
    for minute in (5, 10, 15):
        sheet.tables["Events"][2][2] = 9 / 24 + minute / 1440
        after(poller, sheet)
        live = poller.current()
        kept = revisions.cached(store, live.snapshot, live.version, Rules())
    moved = {key: revision.plan_changes for key, revision in kept.by_key.items()}
    assert max(moved.values()) == 3
    vanished(tmp_path)
    live = after(poller, sheet)
    kept = revisions.cached(store, live.snapshot, live.version, Rules())
    assert {key: revision.plan_changes for key, revision in kept.by_key.items()} == moved
    assert revisions.load(store, LINK) is not None
    revisions._cache.clear()  # a restart
    kept = revisions.cached(store, live.snapshot, live.version, Rules())
    assert {key: revision.plan_changes for key, revision in kept.by_key.items()} == moved


def test_old_versions_are_thinned_where_configured(sheet, store):
    poller = sheet.poller(store, thin_after_days=3)
    for day in range(5):
        for town in ("Weed", "Yreka"):
            sheet.tables["Events"][2][3] = f"{town} {day}"
            after(poller, sheet, 1)
        sheet.now += dt.timedelta(days=1)
    towns = [store.load(version).tabs[0].rows[2][3] for version in store.versions(LINK)]
    assert towns == ["Yreka 4", "Weed 4", "Yreka 3", "Weed 3", "Yreka 2", "Weed 2", "Yreka 1", "Yreka 0"]


# --- the thread -------------------------------------------------------------------------------------------------------

QUICK = Pace(every=0.1, retries=(0.01, 0.02, 0.05), rate_limit=1.0, permanent=0.5, asked=0.1, silence=60, follow=0.02)
CALM = replace(QUICK, every=3600.0, asked=3600.0, follow=3600.0)
"""Nothing comes due within a test."""
LONG = 60.0
"""Seconds within which something happens, however busy the machine is."""


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


def until(true, seconds=LONG):
    """Wait until it is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.002)


def test_thread_looks_again_and_again(sheet, running):
    running()
    until(lambda: len(sheet.asked) > 3)
    assert set(sheet.asked) == {False}


def test_viewers_cost_no_looks(sheet, running):
    poller = running(pace=CALM)
    viewers = [threading.Thread(target=lambda: [poller.current() for _ in range(1000)]) for _ in range(20)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert sheet.asked == [False]


def test_viewers_are_not_kept_waiting_by_a_source_that_hangs(sheet, running):
    poller = running()
    has_begun, go_on, has_ended = threading.Event(), threading.Event(), threading.Event()

    def hang(asked):
        has_begun.set()
        go_on.wait(LONG)
        has_ended.set()
        return sheet.fetch(asked)

    poller._source = Source(hang, "Google", LINK)
    assert has_begun.wait(LONG)
    assert ids(poller.current())[1] == "EV-7"
    assert not has_ended.is_set()
    go_on.set()


def test_refresh_looks_at_once(sheet, running):
    poller = running(pace=CALM)
    sheet.tables["Events"][2][3] = "Dunsmuir"
    assert [poller.refresh_now() for _ in range(3)] == [True, False, False]
    until(lambda: poller.current().generation == 2)
    assert sheet.asked == [False, True]


def test_refresh_may_be_pressed_once_in_ten_seconds(simulated):
    poller = simulated.poller()
    poller.look()
    assert [poller.refresh_now() for _ in range(2)] == [True, False]
    simulated.advance(9.9)
    assert poller.refresh_now() is False
    simulated.advance(0.1)
    assert poller.refresh_now() is True


def test_refresh_looks_once_in_a_while_in_all_processes_that_share_a_store(sheet, tmp_path):
    url = f"sqlite:///{tmp_path}/shared.sqlite3"
    both = [sheet.poller(Store(url), pace=CALM) for _ in range(2)]
    for poller in both:
        poller.look()
    asked = len(sheet.asked)
    assert [poller.refresh_now() for poller in both] == [True, True]
    for poller in both:
        poller._poll()
    assert sheet.asked[asked:] == [True]
    for poller in both:
        poller.store.close()


def test_thread_outlives_an_unexpected_error(sheet, running, caplog):
    poller = running()
    poller._display.announce = lambda _: 1 / 0
    until(lambda: "ZeroDivisionError" in caplog.text)
    del poller._display.announce
    sheet.tables["Events"][2][3] = "Dunsmuir"
    until(lambda: poller.current().generation == 2)


def test_stopping_does_not_wait_for_the_next_look(running):
    poller = running(pace=CALM)
    poller.stop(LONG)
    assert not poller._thread.is_alive()


# --- by the settings --------------------------------------------------------------------------------------------------


@pytest.fixture
def _stopped():
    yield
    sheets.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("_stopped")
def test_nothing_configured_is_the_sample_and_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    sheets.start(Settings())
    live = sheets.poller().wait(20)
    assert live.snapshot.source == "sample"
    assert sheets.current() is live
    assert sheets.settings() == Settings()
    until(lambda: sheets.current().version == 2)
    earlier, now = (read_workbook(sheets.store().load(sheets.store().version(n)), live.snapshot.today) for n in (1, 2))
    assert len(changes(earlier, now)) > 2
    folder = sheets.store().file.parent
    assert folder.is_dir()
    sheets.stop()
    assert list(tmp_path.iterdir()) == []
    gc.collect()
    assert not folder.exists()


@pytest.mark.usefixtures("_stopped")
def test_unusable_settings_are_shown_and_never_the_sample(monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Mars/Olympus")
    sheets.start()
    live = sheets.poller().wait(5)
    assert (live.snapshot, live.trouble.cause) == (None, "settings")
    assert "Mars/Olympus" in live.trouble.sentence
    assert sheets.settings().sample is False


@pytest.mark.usefixtures("_stopped")
def test_starting_again_leaves_one_thread(tmp_path):
    for _ in range(3):
        sheets.start(Settings(workbook=str(tmp_path / "none.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    assert sum(thread.name == THREAD for thread in threading.enumerate()) == 1
    sheets.stop()
    assert not any(thread.name == THREAD for thread in threading.enumerate())


FORK = """
import os
from cwac.refresh import sheets as counties
from cwac.settings import Rules, Settings
counties.start(Settings()).wait(20)
child = os.fork()
if child == 0:
    assert counties._running is None
    live = counties.start(Settings()).wait(20)
    os._exit(0 if live.snapshot is not None else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_forked_process_has_a_poller_of_its_own():
    project = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", FORK], cwd=project, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0\n", done.stderr


# --- files ------------------------------------------------------------------------------------------------------------


def save(path, of):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in of.items():
        tab = book.create_sheet(title)
        for row in rows:
            tab.append(row)
    book.save(path)


def file_poller(path, **other):
    settings = Settings(workbook=str(path))
    read = sheets.reader(settings)
    return Poller(source_factory.source_for(settings), read, clock=lambda: NOW, **other)


def test_a_file_is_read_again_only_when_it_was_saved(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    saved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    poller.look()
    live = poller.current()
    assert (ids(live)[1], live.as_of) == ("EV-7", saved)
    # The same time and size: not even opened.
    stamp = path.stat()
    path.write_bytes(b"x" * stamp.st_size)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    poller.look()
    assert poller.current().trouble is None
    changed = tables()
    changed["Events"][2][3] = "Dunsmuir"
    save(path, changed)
    poller.look()
    assert (poller.current().snapshot.event_by_id["EV-7"].town, poller.current().generation) == ("Dunsmuir", 2)


def test_half_copied_file_is_tried_again_soon(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    poller.look()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert poller.look() < 2
    assert poller.current().trouble is None
    shutil.copy(path, tmp_path / "half")
    path.write_bytes(whole)
    poller.look()
    assert (poller.current().trouble, poller.current().generation) == (None, 1)


def test_last_good_version_stays_up_when_the_file_is_gone(tmp_path):
    path = tmp_path / "plan.xlsx"
    save(path, tables())
    poller = file_poller(path)
    poller.look()
    path.unlink()
    for _ in range(4):
        poller.look()
    sentence = as_of_sentence(poller.current(), NOW)
    assert sentence.startswith(f"{path} is not there. Showing the sheet as it was at ")
    assert len(poller.current().snapshot.events) == 5


def test_logs_hold_no_cells(sheet, caplog):
    caplog.set_level(logging.DEBUG)
    sheet.tables["Events"][2][3] = "planted-town"
    poller = sheet.poller()
    poller.look()
    rename_events(sheet.tables)
    after(poller, sheet)
    sheet.trouble = DOWN
    after(poller, sheet)
    assert "unreachable" in caplog.text
    assert "planted" not in caplog.text


def test_a_moment_on_another_day_has_its_day():
    assert moment_words(NOW, NOW, "America/Los_Angeles") == "10:42 AM Pacific Time"
    later = moment_words(NOW, NOW + dt.timedelta(days=60), "America/Los_Angeles")
    assert later == "10:42 AM Pacific Time on Wed, Oct 7"
    assert moment_words(NOW, NOW + dt.timedelta(days=365), "UTC") == "5:42 PM UTC on Wed, Oct 7, 2026"


def test_day_numbers_of_the_plan():
    assert serial(dt.date(2026, 10, 7)) == 46302
