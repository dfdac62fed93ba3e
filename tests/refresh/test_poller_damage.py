"""A damaged sheet does not replace a good one; a large deletion is shown with a warning."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.refresh.judge import as_of_sentence
from cwac.refresh.live import Notice
from cwac.sheet.reader import read_workbook
from tests.refresh.plan import LINK, NOW, TODAY, serial, tables, workbook
from tests.refresh.polling import CLOSED, MINUTE, after, drop_column, drop_events, ids


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
