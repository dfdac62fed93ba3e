"""Versions: stored whole or not at all, in both databases, whatever kills them; a text removed from all of them."""

import json
import math
import os
import random
import sqlite3
import threading
import unicodedata
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.cli import main
from cwac.model import Merge, Tab
from cwac.notify import deliveries
from cwac.notify.deliveries import Progress, Sent
from cwac.sheet.text import as_typed
from cwac.storage import tables as stored
from cwac.storage import versions
from cwac.storage.store import Entry, Store, StoreTrouble, Version
from cwac.storage.versions import MARKER, TextToRemove, pack, unpack
from tests.cases import each
from tests.refresh.plan import LINK, NOW, tables, workbook
from tests.storage.killing import killed_before
from tests.storage.workbooks import HOUR, NOON, SECOND, book, loaded, row_count


@pytest.mark.usefixtures("url")
def test_version_is_loaded_as_it_was_stored(store):
    kept = store.keep(book("EV-1"))
    assert kept == Version(
        1, "plan.xlsx", NOON, NOON, book("EV-1").content_hash, True, "America/Los_Angeles", "en_US", None
    )
    for other in (book("EV-1"), replace(book("EV-1"), tabs=(book("EV-1").tabs[0],) * 2), replace(book(), tabs=())):
        assert store.load(store.keep(other)) == other


def test_unchanged_workbook_is_no_new_version_an_undo_is_one_and_an_unchanged_tab_is_stored_once(store):
    seen = (("EV-1", 0), ("EV-1", 0), ("EV-2", 10), ("EV-2", 10), ("EV-1", 0))  # at last the file with its old time
    numbers = [store.keep(book(event_id, at=NOON + seconds * SECOND)).id for event_id, seconds in seen]
    assert numbers == [1, 1, 2, 2, 3]
    assert [version.id for version in store.versions("plan.xlsx")] == [3, 2, 1]
    assert store.load(store.latest("plan.xlsx")) == book("EV-1")
    assert [row_count(store, table) for table in ("versions", "version_tabs", "tabs")] == [3, 6, 3]


def test_last_time_seen_is_stored_to_a_minute(store):
    for seconds in (0, 30, 59, 61, 90):
        store.keep(book("EV-1", at=NOON + seconds * SECOND))
    version = store.latest("plan.xlsx")
    assert (version.at, version.seen_at) == (NOON, NOON + 61 * SECOND)


def test_all_links_to_a_sheet_name_the_same_source(store):
    key = "https://docs.google.com/spreadsheets/d/KEY"
    first = store.keep(book("EV-1", source=f"{key}/edit#gid=0", url=key))
    assert store.keep(book("EV-1", source=f"{key}/edit?usp=sharing", url=key)) == first
    assert store.latest(key) == first


def test_damaged_version_is_stored_but_is_not_the_latest_and_may_become_good_but_not_the_reverse(store):
    first = store.keep(book("EV-1"))
    damaged = store.keep(book(), good=False)
    assert (store.latest("plan.xlsx"), store.versions("plan.xlsx")) == (first, (damaged, first))
    assert (store.before(damaged), store.before(first)) == (first, None)
    later = [store.keep(book(at=NOON + hours * HOUR), good=good).good for hours, good in ((0, True), (1, False))]
    assert later == [True, True]
    assert store.latest("plan.xlsx").id == 2


def test_version_is_found_by_a_moment(store):
    for number in range(3):
        store.keep(book(f"EV-{number}", at=NOON + number * HOUR))
    versions_then = [store.as_of("plan.xlsx", NOON + hours * HOUR) for hours in (-1, 0, 1.5, 9)]
    assert [version and version.id for version in versions_then] == [None, 1, 2, 3]
    assert (store.oldest("plan.xlsx").id, store.oldest("other.xlsx")) == (1, None)


def test_look_without_news_needs_no_lock(store):
    kept = store.keep(book("EV-1"))
    with closing(sqlite3.connect(store.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.keep(book("EV-1", at=NOON + SECOND)) == kept


@pytest.mark.parametrize("how", ["keep", "finish a turn"])
def test_large_sheet_is_not_packed_in_a_transaction(store, postgresql_url, monkeypatch, how):
    """PostgreSQL ends a transaction in which nothing happens, and packing the largest sheets takes as long."""
    in_transaction = []

    def pack_and_look(tab):
        with psycopg.connect(postgresql_url.replace("+psycopg", "")) as other:
            query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            in_transaction.append(other.execute(query + " AND datname = current_database()").fetchone()[0])
        return pack(tab)

    monkeypatch.setattr(versions, "pack", pack_and_look)
    if how == "keep":
        store.keep(book("EV-1"))
    else:
        turn = store.take_turn("plan.xlsx", 0)[1].turn
        store.finish_turn("plan.xlsx", turn, NOON, 0.0, [(book("EV-1"), True)], lambda *_: (1, ""))
    assert loaded(store) == [book("EV-1")]
    assert in_transaction == [0, 0]


def test_unreadable_tab_is_reported_and_other_versions_are_still_loaded(store):
    first, second = store.keep(book("EV-1")), store.keep(book("EV-2"))
    with store.writing("test") as connection:
        its_events = "SELECT hash FROM version_tabs WHERE version_id = 2 AND position = 0"
        connection.execute(sa.text(f"UPDATE tabs SET body = :body WHERE hash IN ({its_events})"), {"body": b"1junk"})
    with pytest.raises(StoreTrouble, match="Version 2 of the sheet can no longer be read") as raised:
        store.load(second)
    assert raised.value.cause == "corrupt"
    assert store.load(first) == book("EV-1")
    assert store.moved_aside is None


# --- packing -----------------------------------------------------------------------------------------------------

# Numbers that differ only in kind, what JSON lacks, and text that is no proper Unicode.
ODD = [
    1, 1.0, True, 0, -0.0, 0.0, False, None, "", "1", "True", 10**40, -(2**63) - 1, 1e308, 5e-324, 0.1 + 0.2,
    math.inf, -math.inf, "\ud83d", "\ud83d\ude00", "😀", "\x00\x1f", "\u2028", "\ufeff", "ñ", "'", '"', "\\", "]",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(ODD), st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.characters(codec=None)
)


def exact(tab):
    """The tab as text that tells kinds apart: nan is not equal to itself, and 1 == 1.0 == True."""
    return repr(tab.title), tab.id, tab.merges, repr([list(row) for row in tab.rows])


@pytest.mark.usefixtures("url")
def test_odd_cells_come_back_exactly(store):
    odd = replace(book(), tabs=(Tab("\ud800 Odd", [ODD, [], [None], [math.nan], ODD[::-1]]),), locale="de_DE")
    kept = store.load(store.keep(odd))
    assert [exact(tab) for tab in kept.tabs] == [exact(tab) for tab in odd.tabs]
    assert (kept.locale, kept.timezone, kept.content_hash) == ("de_DE", "America/Los_Angeles", odd.content_hash)


@settings(max_examples=50)
@given(st.text(), st.none() | st.integers(0, 2**31), st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_cells_come_back_exactly(title, number, rows):
    tab = Tab(title, rows, (Merge(1, 2, 3, 4),), number)
    assert exact(unpack(pack(tab))) == exact(tab)


# --- deleting ----------------------------------------------------------------------------------------------------


def test_purged_version_is_gone_to_the_last_byte(store, tmp_path, monkeypatch):
    secret = "".join(random.Random(1).choices("0123456789abcdef", k=4000))
    store.keep(book("EV-1"))
    with monkeypatch.context() as patched:
        # Uncompressed, so that it would be found in the file.
        patched.setattr(versions, "pack", lambda tab: repr(tab).encode())
        store.keep(book("EV-1", secret))
    store.keep(book("EV-2"))

    def in_a_file():
        return any(secret[:100].encode() in part.read_bytes() for part in tmp_path.iterdir())

    assert in_a_file()
    purged = store.purge(2, "c@example.gov", "a phone number in Notes", NOON)
    assert (purged.version.id, purged.also_in) == (2, (1, 3))  # the Towns tab
    assert not in_a_file()
    assert [version.id for version in store.versions()] == [3, 1]
    assert store.load(store.version(1)) == book("EV-1")
    what = "purged version 2 of 2026-10-07T19:00:00+00:00: a phone number in Notes"
    assert store.audited() == (Entry(NOON, "c@example.gov", what),)


@pytest.mark.usefixtures("url")
def test_purged_version_leaves_the_tabs_of_others_and_its_number_is_not_used_again(store):
    for event_id in ("EV-1", "EV-2", "EV-3"):
        store.keep(book(event_id))
    assert store.purge(2, "c", "why", NOON).also_in == (1, 3)
    assert store.purge(2, "c", "why", NOON) is None
    assert loaded(store) == [book("EV-3"), book("EV-1")]
    assert row_count(store, "tabs") == 3
    assert store.keep(book("EV-4")).id == 4


@pytest.mark.usefixtures("url")
def test_thinning_keeps_the_last_good_version_of_each_old_day(store):
    # 9 pm, 10 pm and 1 am (the next day) in the sheet's zone, though all one day in UTC.
    for number, hours in enumerate((9, 10, 13, 14, 15)):
        store.keep(book(f"EV-{number}", at=NOON + hours * HOUR), good=number != 3)
    store.keep(book("EV-9", source="other.xlsx"))
    assert store.thin("plan.xlsx", NOON + 14.5 * HOUR) == 2
    assert [version.id for version in store.versions("plan.xlsx")] == [5, 3, 2]
    assert store.thin("plan.xlsx", NOON + 99 * HOUR) == 1
    assert [version.id for version in store.versions("plan.xlsx")] == [5, 2]
    assert store.load(store.versions("plan.xlsx")[1]) == book("EV-1", at=NOON + 10 * HOUR)
    assert store.load(store.latest("other.xlsx")) == book("EV-9", source="other.xlsx")


def test_version_seen_by_a_clock_that_was_ahead_gets_the_time_of_the_next_look(store):
    store.keep(book("EV-1", at=NOON))
    store.keep(book("EV-2", at=NOON + 9999 * HOUR))
    kept = store.keep(book("EV-2", at=NOON + HOUR))
    assert (kept.id, kept.at, kept.seen_at) == (2, NOON + HOUR, NOON + HOUR)
    assert store.keep(book("EV-2", at=NOON - HOUR)).at == NOON + HOUR  # by a clock that is behind
    store.keep(book("EV-2", at=NOON + 2 * HOUR))
    assert store.as_of("plan.xlsx", NOON + HOUR).id == 2


def test_time_of_a_clock_that_was_ahead_is_confirmed_by_nothing(store):
    now = NOON + 48 * HOUR
    assert store.confirmed_time(now) is None
    store.keep(book("EV-1", at=NOON))
    store.keep(book("EV-2", at=now))
    for number in range(2):
        store.keep(book(f"EV-{number + 3}", at=NOON + 9999 * HOUR + number * HOUR))
    assert store.confirmed_time(NOON + 9999 * HOUR) == now
    assert store.confirmed_time(now) == NOON


# --- several at once, and kills ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("url")
def test_several_threads_that_keep_the_same_get_one_version(store):
    barrier = threading.Barrier(6)
    with ThreadPoolExecutor(6) as pool:
        kept = list(pool.map(lambda _: (barrier.wait(), store.keep(book("EV-1")).id)[1], range(6)))
    assert kept == [1] * 6


@pytest.mark.slow
def test_version_is_whole_or_absent_wherever_keeping_it_is_killed(url):
    store = Store.open(url)
    store.keep(book("EV-1"))
    store.close()
    for nth in range(1, 200):
        killed = killed_before(nth, lambda: Store(url).keep(book("EV-2")))
        after = Store.open(url)
        kept = loaded(after)
        counts = [row_count(after, table) for table in ("versions", "version_tabs", "tabs")]
        after.close()
        if len(kept) == 2:
            break
        assert killed
        assert (kept, counts) == ([book("EV-1")], [1, 2, 2])
    assert nth > 3
    assert (kept, counts) == ([book("EV-2"), book("EV-1")], [2, 4, 3])


NAME = "Marisol Q. Resident"


def with_note(note, at=NOW, tab="Events"):
    rows = tables()
    rows[tab][0].append("Internal notes")
    rows[tab][2].append(note)
    return workbook(rows, at)


def purge(store, text=NAME, **other):
    return store.purge_text(TextToRemove(text), "op", "purged a text", NOW, **other)


def cells(workbook):
    return [cell for tab in workbook.tabs for row in tab.rows for cell in row]


@pytest.mark.usefixtures("url")
def test_text_is_removed_from_all_versions_and_nothing_else_changes(store):
    kept = [store.keep(with_note("harmless"))]
    for number, tab in enumerate(("Events", "Staffing", "Officers"), 1):
        noted = with_note(f"ask {NAME.upper()},\nat the counter", NOW + number * HOUR, tab)
        noted.tabs[0].rows[1][3] = f"Town {number}"
        kept.append(store.keep(noted, good=number != 2))
    corrected = with_note(None, NOW + 4 * HOUR)
    kept.append(store.keep(corrected))
    planned = purge(store, dry_run=True)
    found = {"Events": 1, "Staffing": 1, "Officers": 1}
    assert (planned.versions, planned.cells, planned.newest) == ((2, 3, 4), found, ())
    assert any(NAME.casefold() in str(cell).casefold() for cell in cells(store.load(store.version(3))))
    assert store.audited() == ()
    assert purge(store) == planned
    left = store.versions()[::-1]
    assert [(version.id, version.at, version.good) for version in left] == [
        (version.id, version.at, version.good) for version in kept
    ]
    assert (left[0], left[4]) == (kept[0], kept[4])
    for version, town in zip(left[1:4], ("Town 1", "Town 2", "Town 3"), strict=True):
        its_cells = cells(store.load(version))  # which compares the hash
        assert [cell for cell in its_cells if NAME.casefold() in str(cell).casefold()] == []
        assert (its_cells.count(f"ask {MARKER},\nat the counter"), its_cells.count(town)) == (1, 1)
    assert (purge(store).versions, [entry.action for entry in store.audited()]) == ((), ["purged a text"])
    assert store.keep(corrected) == kept[4]


def test_sheet_that_still_has_the_text_is_named_and_stored_again(store):
    store.keep(with_note(NAME))
    assert purge(store).newest == (LINK,)
    store.keep(with_note(NAME, NOW + HOUR))
    assert purge(store, dry_run=True).versions == (2,)


def test_titles_are_searched_except_those_of_known_tabs(store):
    store.keep(replace(workbook(), tabs=(*workbook().tabs, Tab(f"Calls of {NAME}", [], id=9))))
    purge(store)
    assert [tab.title for tab in store.load(store.version(1)).tabs][-1] == f"Calls of {MARKER}"
    purge(store, "Events")
    assert store.load(store.version(1)).tabs[0].title == "Events"


@each(
    ("cell", "text", "is_found"),
    [
        (NAME, NAME, True),
        (f"{NAME}/{NAME}", NAME, True),
        (f"see\n{NAME.lower()}", NAME, True),
        (5305550199, "5305550199", True),
        (5305550199.0, "5305550199", True),
        (5305550199, "530555", False),  # a part of another number, such as a date
        (46302, "463", False),
        (True, "true", False),
        (None, "none", False),
        ("530-555-0199", "555-01", True),
        ("José Díaz", unicodedata.normalize("NFD", "josé díaz"), True),
        (unicodedata.normalize("NFD", "José Díaz"), "José Díaz", True),
        ("a.b", "a?b", False),
        ("[removed] Ann", "removed", True),
    ],
)
def test_text_is_found_in_a_cell(cell, text, is_found):
    wanted = TextToRemove(text)
    tab, count = wanted.removed_from(Tab("Events", [["x", cell]]))
    assert (count, tab.rows[0][0]) == (is_found, "x")
    assert not is_found or not wanted.is_in(str(tab.rows[0][1]))


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aAbéß .x", max_size=12)), st.text(alphabet="aAbéß .x", min_size=3, max_size=5))
def test_no_text_is_left_and_other_cells_stay_as_typed(typed, text):
    if len(text.strip()) < 3:
        return
    wanted = TextToRemove(text)
    tab, count = wanted.removed_from(Tab("Events", [typed]))
    assert not any(wanted.is_in(str(cell)) for cell in tab.rows[0])
    assert count == sum(wanted.is_in(cell) for cell in typed)
    assert [a for a, b in zip(typed, tab.rows[0], strict=True) if a == b] == [a for a in typed if not wanted.is_in(a)]
    assert all(as_typed(cell) is not None for cell in tab.rows[0])


def test_text_is_gone_from_the_file_to_the_last_byte(store, tmp_path, monkeypatch):
    compress = zlib.compress
    monkeypatch.setattr(versions.zlib, "compress", lambda body, _: compress(body, 0))  # readable in the file
    for number in range(30):
        store.keep(with_note(f"{NAME} {number}" if number % 3 else None, NOW + number * HOUR))

    def in_a_file():
        return any(NAME.encode() in part.read_bytes() for part in tmp_path.iterdir())

    assert in_a_file()
    assert len(purge(store).versions) == 20
    assert not in_a_file()


def test_version_that_cannot_be_read_is_named(store):
    store.keep(with_note(NAME))
    with store.writing("test") as connection:
        connection.execute(stored.tabs.update().values(body=b"1spoilt"))
    purged = purge(store)
    assert (purged.versions, purged.unreadable) == ((), (1,))


# --- from the command line --------------------------------------------------------------------------------------------


@pytest.fixture
def configured(url, store, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cwac.settings.loading.PROJECT", tmp_path)
    monkeypatch.setenv("CWAC_STORE", url)
    for hours, note in enumerate((NAME, f"call {NAME}", None)):
        store.keep(with_note(note, NOW + hours * HOUR))
    return store


def run(*words, status=0, typed=None):
    result = CliRunner().invoke(main, ["history", "purge", *words], input=typed)
    assert (result.exit_code, None if isinstance(result.exception, SystemExit) else result.exception) == (status, None)
    assert result.stdout == ""
    assert NAME.casefold() not in result.stderr.casefold()
    return result.stderr


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@each(
    ("words", "typed", "status", "output"),
    [
        (("--text", NAME, "--dry-run"), None, 0, "It is in 2 cells of 2 versions (Events 2).\n"),
        (("--text", "nobody of that name", "--yes"), None, 0, "No kept version holds it.\n"),
        (("--text", NAME), "n\n", 2, "Take it out of all of them? This cannot be undone."),
        (("--text", NAME), "\n", 2, "Take it out of all of them? This cannot be undone."),
        (("--text", "\tab "), None, 2, "at least 3 characters"),
        (("--text", ""), None, 2, "at least 3 characters"),
        (("--text", NAME, "--why", f"for {NAME.lower()}"), None, 2, "it would stay in the audit"),
        ((), None, 2, "Say which VERSION"),
        (("1", "--text", NAME), None, 2, "Say which VERSION"),
        (("1", "--dry-run"), None, 0, f"Version 1 of {LINK}, first seen on"),
        (("1", "--why", "x"), "n\n", 2, "Take it away? This cannot be undone."),
        (("9", "--dry-run"), None, 2, "There is no version 9"),
        (("1",), None, 2, "--why"),
    ],
)
def test_command_that_is_to_remove_nothing_removes_nothing(configured, words, typed, status, output):
    assert output in run(*words, typed=typed, status=status)
    assert (purge(configured, dry_run=True).versions, len(configured.versions())) == ((1, 2), 3)
    assert configured.audited() == ()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_version_that_cannot_be_read_is_taken_away_and_its_rows_are_not_counted(configured):
    with configured.writing("test") as connection:
        connection.execute(stored.tabs.update().values(body=b"1spoilt"))
    output = run("1", "--why", "x", typed="y\n")
    assert "Purge it, or bring back the store from a backup. So its rows are not counted.\n" in output
    assert f"Version 1 of {LINK} is gone.\n" in output
    assert [version.id for version in configured.versions()] == [3, 2]


@pytest.mark.parametrize(
    ("words", "typed"),
    [(("--text", NAME), "y\n"), (("--text", NAME, "--yes"), None), (("--text", "-", "--yes"), f"{NAME}\n")],
)
def test_command_removes_the_text_and_the_audit_does_not_repeat_it(configured, words, typed, url):
    output = run(*words, "--why", "a resident's name", typed=typed)
    assert "It was taken out of 2 cells of 2 versions (Events 2)." in output
    assert ("VACUUM FULL tabs" in output) == url.startswith("postgresql")
    assert "backups" in output
    assert purge(configured, dry_run=True).versions == ()
    (entry,) = configured.audited()
    assert entry.action == "purged a text from the kept versions: a resident's name"
    assert NAME not in json.dumps([entry.person, entry.action])


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ['Zoë "Zo" Peña', "Zoë\nPeña", "Zoë \\ Peña", "Zoë 😀"])
def test_text_that_only_the_last_look_told_is_removed_and_audited(configured, name):
    row = {"turn": 1, "taken_at": 0.0, "not_before": 0.0, "kept_turn": 1}
    with configured.writing("test") as connection:
        for sheet, told in (("a", f"the column {name}"), ("b", "another notice")):
            connection.execute(stored.turns.insert().values(sheet=sheet, state=json.dumps([told]), **row))
    assert run("--text", name, "--dry-run") == "No kept version holds it.\nIn what the last look at a told.\n"
    assert "Removed from what the last look at a told.\n" in run("--text", name, "--yes")
    with configured.reading() as connection:
        states = dict(connection.execute(sa.select(stored.turns.c.sheet, stored.turns.c.state)).all())
    assert states == {"a": "", "b": '["another notice"]'}
    assert [entry.action for entry in configured.audited()] == ["purged a text from the kept versions"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_files_that_were_not_searched_are_named(configured, tmp_path):
    configured.keep(with_note(NAME, NOW + 3 * HOUR))
    configured.audit("somebody", f"wrote of {NAME}", NOW)
    (tmp_path / "store.sqlite3.damaged-20260101T000000Z").write_text("old")
    output = run("--text", NAME, "--yes")
    assert "damaged-20260101T000000Z was not searched" in output
    assert "The audit holds it too, in 1 line, and stays as it is." in output
    assert f"The newest version of {LINK} held it." in output


@pytest.mark.parametrize("typed", ["chief@wpd.example.gov", "CHIEF@wpd.example.gov"])
@pytest.mark.usefixtures("url")
def test_address_is_removed_from_what_was_told_to_it_and_from_nothing_else(store, typed):
    for name in ("chief@wpd.example.gov", "desk@chp.example.gov"):
        mine = deliveries.claim(store, name, NOW, 60)
        deliveries.begin(mine, "digest", "plan.xlsx", Progress(1, NOW))
        sent = Sent(NOW, name, "digest", "", "<a@example.gov>")
        deliveries.advance(mine, "digest", {"plan.xlsx": Progress(1, NOW)}, sent)
        deliveries.make_link(store, name, "digest")
    assert purge(store, typed, dry_run=True).messages == 4
    assert len(deliveries.recipients(store)) == 2
    assert purge(store, typed).messages == 4
    assert list(deliveries.recipients(store)) == ["desk@chp.example.gov"]
    assert deliveries.read_progress(store, "chief@wpd.example.gov") == {}
    assert [sent.recipient for sent in deliveries.sent(store, NOW, NOW + HOUR)] == [MARKER, "desk@chp.example.gov"]
    with store.reading() as connection:
        assert connection.execute(sa.select(stored.leave_links.c.recipient)).scalars().all() == ["desk@chp.example.gov"]
    assert purge(store, typed).messages == 0
