"""What the poller keeps: restarts, outages, and a store that is damaged or gone."""

import datetime as dt
import sqlite3

import pytest
import sqlalchemy as sa

from cwac.model import SourceUnavailable
from cwac.refresh.judge import as_of_sentence
from cwac.settings import Rules
from cwac.storage import revisions
from cwac.storage.store import Store
from tests.refresh.plan import DOWN, LINK, MINUTE, NOW, after, drop_column, drop_events, tables, towns_kept


def restarted(sheet, store):
    """Another poller that goes on with the store."""
    poller = sheet.poller(store)
    poller.begin()
    return poller


def test_a_restart_during_an_outage_shows_the_last_good_copy_with_its_own_time(sheet, poller, store):
    sheet.edit("Dunsmuir")
    shown = after(poller, sheet)
    after(poller, sheet, 60)
    drop_events(sheet.tables)
    after(poller, sheet)
    sheet.trouble = DOWN
    sheet.now += dt.timedelta(hours=3)
    second = restarted(sheet, store)
    live = second.live
    assert (live.snapshot.events, live.version, live.as_of) == (shown.snapshot.events, 2, NOW + 60.5 * MINUTE)
    assert as_of_sentence(live, sheet.now) == "As of 11:42 AM Pacific Time"
    second.look()
    unanswered = "Google has not answered since 11:42 AM Pacific Time (it "
    assert as_of_sentence(second.live, sheet.now).startswith(unanswered)
    sheet.trouble, sheet.tables = None, tables()
    sheet.edit("Dunsmuir")
    live = after(second, sheet)
    assert (live.as_of, live.trouble, live.version) == (sheet.now, None, 4)


@pytest.mark.usefixtures("poller")
def test_damage_while_nothing_ran_is_judged_against_the_last_good_version(sheet, store):
    drop_column("Events", "Date")(sheet.tables)
    second = restarted(sheet, store)
    second.look()
    assert [notice.code for notice in second.live.notices] == ["damaged"]
    assert len(second.live.snapshot.events) == 5


def test_a_large_deletion_is_still_pointed_out_after_a_restart_but_only_for_a_day(sheet, poller, store):
    del sheet.tables["Events"][2:5]
    (notice,) = after(poller, sheet).notices
    sheet.tables["Events"][1][3] = "Dunsmuir"
    after(poller, sheet, 60)
    second = restarted(sheet, store)
    (again,) = second.live.notices
    assert (again.code, again.version) == ("large-deletion", notice.version)
    assert "3 of the 4 coming events went from the sheet since 10:42 AM Pacific Time on Wed, Oct 7." in again.sentence
    assert after(second, sheet).notices == (again,)
    sheet.now += dt.timedelta(days=1)
    assert restarted(sheet, store).live.notices == ()


def test_version_is_kept_for_other_processes_before_it_is_shown(sheet, url):
    """So a process that is killed at any moment loses none that it has shown."""
    store, other, seen = Store(url), Store(url), []

    def note(coming):
        kept = other.versions(LINK)[0]
        seen.append((coming.version, kept.id, other.load(kept).tabs[0].rows[2][3]))

    poller = sheet.poller(store, on_new=note)
    for town in ("Yreka", "Weed", "Etna"):
        sheet.edit(town)
        after(poller, sheet)
    assert seen == [(1, 1, "Yreka"), (2, 2, "Weed"), (3, 3, "Etna")]
    store.close()
    other.close()


def test_unreadable_last_version_is_replaced_by_the_one_before(sheet, poller, store):
    sheet.edit("Dunsmuir")
    after(poller, sheet)
    with store.writing("test") as connection:
        mine = "SELECT hash FROM version_tabs WHERE version_id = 2 AND position = 0"
        connection.exec_driver_sql(f"UPDATE tabs SET body = x'00' WHERE hash = ({mine})")
    live = restarted(sheet, store).live
    assert (live.version, live.snapshot.event_by_id["EV-7"].town) == (1, "Yreka")


def test_versions_wait_in_memory_while_the_store_is_in_trouble(sheet, poller, store, tmp_path):
    hidden = tmp_path / "hidden"
    store.close()
    (tmp_path / "store.sqlite3").rename(hidden)
    (tmp_path / "store.sqlite3").mkdir()
    for town in ("Dunsmuir", "Weed", "Etna"):
        sheet.edit(town)
        live = after(poller, sheet)
    assert (live.snapshot.event_by_id["EV-7"].town, live.trouble, live.version) == ("Etna", None, 1)
    assert [(notice.code, notice.since) for notice in live.notices] == [("store", NOW + MINUTE / 2)]
    assert live.notices[0].sentence == (
        "The history cannot be written to. Whoever runs this dashboard must give it the right to write there."
    )
    for _ in range(25):
        after(poller, sheet)  # the same again takes no place from an earlier one
    (tmp_path / "store.sqlite3").rmdir()
    hidden.rename(tmp_path / "store.sqlite3")
    live = after(poller, sheet)
    assert (live.notices, live.version) == ((), 4)
    assert towns_kept(store) == ["Yreka", "Dunsmuir", "Weed", "Etna"]


def test_corrupt_store_is_begun_anew_with_a_notice(sheet, store, tmp_path):
    (tmp_path / "store.sqlite3").write_bytes(b"no database at all" * 100)
    poller = restarted(sheet, store)
    poller.look()
    live = poller.live
    assert (len(live.snapshot.events), live.version) == (5, 1)
    (aside,) = (part.name for part in tmp_path.iterdir() if ".damaged-" in part.name)
    assert [notice.sentence for notice in live.notices] == [
        f"The file with the history was damaged. It was moved aside as {aside}, and a new one begun. Whoever runs this "
        "dashboard may have a backup, or rescue what is in it."
    ]
    assert after(poller, sheet).notices == live.notices


LOST = "The file with the history was deleted, moved or replaced while the dashboard was running"


def test_vanished_store_is_begun_anew_with_what_is_shown_and_a_notice(sheet, poller, store, tmp_path):
    sheet.edit("Dunsmuir")
    after(poller, sheet)
    store.file.unlink()
    live = after(poller, sheet)
    (notice,) = live.notices
    assert (notice.code, notice.sentence.startswith(LOST), live.version) == ("store", True, 1)
    assert "private calendar links, the audit" in notice.sentence
    (kept,) = store.versions(LINK)
    assert (kept.content_hash, kept.good) == (live.snapshot.content_hash, True)
    assert after(poller, sheet).notices == (notice,)
    store.close()
    again = restarted(sheet, Store(f"sqlite:///{tmp_path}/store.sqlite3"))
    assert again.live.snapshot.event_by_id["EV-7"].town == "Dunsmuir"


def test_vanished_store_is_noticed_during_an_outage_too(sheet, poller, store):
    store.file.unlink()
    sheet.trouble = DOWN
    live = after(poller, sheet)
    assert [notice.sentence.startswith(LOST) for notice in live.notices] == [True]
    (kept,) = store.versions(LINK)
    assert (kept.content_hash, kept.good) == (live.snapshot.content_hash, True)


def test_new_file_begins_with_the_last_good_version_while_the_sheet_is_damaged(sheet, poller, store):
    drop_column("Events", "Date")(sheet.tables)
    after(poller, sheet)
    store.file.unlink()
    live = after(poller, sheet)
    damaged, good = store.versions(LINK)
    assert (good.good, good.content_hash, damaged.good) == (True, live.snapshot.content_hash, False)
    assert (live.version, [notice.code for notice in live.notices]) == (good.id, ["damaged", "store"])


def test_version_that_a_notice_names_is_stored_again_if_it_is_in_memory(sheet, poller, store):
    sheet.tables["Towns"] = [["Town"], ["Weed"]]
    after(poller, sheet)
    del sheet.tables["Events"][2:5]
    assert "Version 2 on the Changes page" in after(poller, sheet).notices[0].sentence
    store.file.unlink()
    notice = after(poller, sheet).notices[0]
    assert (notice.version, "Version 1 on the Changes page" in notice.sentence) == (1, True)
    assert "Version 2" not in notice.sentence
    assert len(store.load(store.version(1)).tabs[0].rows) == 6
    assert store.version(2).content_hash == poller.live.snapshot.content_hash


def test_calendar_revisions_are_not_set_back_when_the_store_vanishes(sheet, poller, store):
    def changes():
        live = poller.live
        kept = revisions.cached(store, live.snapshot, live.version, Rules())
        return {key: revision.plan_changes for key, revision in kept.by_key.items()}

    for minute in (5, 10, 15):
        sheet.tables["Events"][2][2] = 9 / 24 + minute / 1440
        after(poller, sheet)
        moved = changes()
    assert max(moved.values()) == 3
    store.file.unlink()
    live = after(poller, sheet)
    assert changes() == moved
    assert revisions.load(store, LINK, sheet.now)[0] == live.version
    revisions._cache.clear()  # a restart
    assert changes() == moved


def test_old_versions_are_thinned_where_configured(sheet, store):
    poller = sheet.poller(store, thin_after_days=3)
    for day in range(5):
        for town in ("Weed", "Yreka"):
            sheet.edit(f"{town} {day}")
            after(poller, sheet, 1)
        sheet.now += dt.timedelta(days=1)
    towns = ["Yreka 0", "Weed 1", "Yreka 1", "Weed 2", "Yreka 2", "Weed 3", "Yreka 3", "Weed 4", "Yreka 4"]
    assert towns_kept(store) == towns


def test_a_vanished_store_is_written_anew_before_the_next_look_is_due(poller, store):
    store.file.unlink()
    for _ in range(2):
        poller._poll()
    assert [version.good for version in store.versions(LINK)] == [True]


def test_a_start_reads_the_newest_version_only_of_thousands(sheet, store):
    first = sheet.poller(store)
    first.look()
    for town in ("Dunsmuir", "Weed", "Etna"):
        sheet.edit(town)
        after(first, sheet)
    read = []
    with store.reading() as connection:
        sa.event.listen(connection.engine, "after_cursor_execute", lambda *said: read.append(said[2]))
    sheet.poller(store).begin()
    whole = [query for query in read if "FROM versions" in query]
    assert whole
    assert all("LIMIT" in query for query in whole)


def test_a_sheet_is_shown_before_a_locked_store_is_waited_for(sheet, store, tmp_path):
    """The lock is released when the sheet is shown: who waits for the lock first keeps nothing."""
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)

    def release(live):
        if other.in_transaction and live.snapshot.event_by_id["EV-7"].town == "Dunsmuir":
            other.execute("ROLLBACK")

    poller = sheet.poller(store, on_new=release)
    poller.look()
    other.execute("BEGIN IMMEDIATE")
    assert [notice.code for notice in after(poller, sheet).notices] == ["store"]
    sheet.edit("Dunsmuir")
    live = after(poller, sheet)
    other.close()
    assert (live.notices, live.version) == ((), 2)
    assert [version.id for version in store.versions(LINK)] == [2, 1]


@pytest.mark.usefixtures("poller")
def test_last_good_copy_that_the_settings_no_longer_read_is_logged_at_the_start(sheet, store, caplog):
    def refuse(*_, **__):
        raise SourceUnavailable("no-events-tab", "There is no tab of events.", "Name one.")

    second = sheet.poller(store)
    second.judge.read = refuse
    second.stop()
    second.run()
    assert second.live.snapshot is None
    assert "The last good copy is not shown: no-events-tab" in caplog.text
