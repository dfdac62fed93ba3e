"""The store: whole versions or none, in both databases, whatever happens to the process, the disk or the file."""

import datetime as dt
import math
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from cwac.exports import ical
from cwac.model import Merge, Tab, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage import revisions
from cwac.storage import store as store_module
from cwac.storage.store import Entry, Store, StoreTrouble, TooManyTokens, Version, default_path

NOON = dt.datetime(2026, 10, 7, 19, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
PROJECT = Path(__file__).parent.parent.parent


def book(*typed, at=NOON, source="plan.xlsx", **other):
    """A workbook whose Events tab holds what is typed, beside a tab that stays as it is."""
    events = Tab("Events", [["Event ID", "Date"], *([one, 46302] for one in typed)], (Merge(0, 1, 0, 2),), 7)
    towns = Tab("Towns", [["Town"], ["Weed"]])
    return Workbook(source, at, "America/Los_Angeles", (events, towns), **other)


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()


def rows(store, table):
    with store.reading() as connection:
        return connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()


# --- versions ------------------------------------------------------------------------------------------------------


def test_a_version_comes_back_as_it_was(store):
    kept = store.keep(book("EV-1"))
    assert kept == Version(
        1, "plan.xlsx", NOON, NOON, book("EV-1").content_hash, True, "America/Los_Angeles", "en_US", None
    )
    assert store.load(kept) == book("EV-1")


def test_unchanged_is_no_new_version_and_back_again_is_one(store):
    numbers = [store.keep(book(typed)).id for typed in ("EV-1", "EV-1", "EV-2", "EV-2", "EV-1")]
    assert numbers == [1, 1, 2, 2, 3]
    assert [version.id for version in store.versions("plan.xlsx")] == [3, 2, 1]


def test_unchanged_tabs_are_kept_once(store):
    for number in range(5):
        store.keep(book(f"EV-{number}"))
    assert (rows(store, "versions"), rows(store, "version_tabs"), rows(store, "tabs")) == (5, 10, 6)


def test_two_equal_tabs_in_one_workbook(store):
    twice = replace(book("EV-1"), tabs=(book("EV-1").tabs[0],) * 2)
    assert store.load(store.keep(twice)) == twice


def test_a_workbook_without_tabs(store):
    empty = replace(book(), tabs=())
    assert store.load(store.keep(empty)) == empty


def test_when_it_was_last_seen_so_is_kept_to_a_minute(store):
    for seconds in (0, 30, 59, 61, 90):
        store.keep(book("EV-1", at=NOON + seconds * SECOND))
    version = store.latest("plan.xlsx")
    assert (version.at, version.seen_at) == (NOON, NOON + 61 * SECOND)


def test_a_sheet_is_the_same_by_whatever_link(store):
    key = "https://docs.google.com/spreadsheets/d/KEY"
    first = store.keep(book("EV-1", source=f"{key}/edit#gid=0", url=key))
    assert store.keep(book("EV-1", source=f"{key}/edit?usp=sharing", url=key)) == first
    assert store.latest(key) == first


def test_a_damaged_version_is_kept_but_is_not_the_latest(store):
    good = store.keep(book("EV-1"))
    damaged = store.keep(book(), good=False)
    assert (store.latest("plan.xlsx"), store.versions("plan.xlsx")) == (good, (damaged, good))
    assert store.before(damaged) == good
    assert store.before(good) is None


def test_a_damaged_version_may_be_found_good_later_but_not_the_reverse(store):
    store.keep(book("EV-1"), good=False)
    assert store.keep(book("EV-1")).good is True
    assert store.keep(book("EV-1"), good=False).good is True
    assert store.latest("plan.xlsx").id == 1


def test_what_was_the_last_version_at_a_moment(store):
    hour = dt.timedelta(hours=1)
    for number in range(3):
        store.keep(book(f"EV-{number}", at=NOON + number * hour))
    found = [store.as_of("plan.xlsx", NOON + moment * hour) for moment in (-1, 0, 1.5, 9)]
    assert [one and one.id for one in found] == [None, 1, 2, 3]
    assert (store.oldest("plan.xlsx").id, store.oldest("other.xlsx")) == (1, None)


def test_a_slower_process_with_an_older_look_makes_no_version(store):
    link = {"url": "https://docs.google.com/spreadsheets/d/KEY"}
    older = store.keep(book("EV-1", **link))
    newer = store.keep(book("EV-2", at=NOON + 10 * SECOND, **link))
    assert store.keep(book("EV-1", at=NOON + 9 * SECOND, **link)) == older
    assert store.latest(link["url"]) == newer


def test_a_file_put_back_with_its_old_time_is_a_version(store):
    for typed, seconds in (("EV-1", 0), ("EV-2", 10), ("EV-1", 0)):
        store.keep(book(typed, at=NOON + seconds * SECOND))
    assert store.load(store.latest("plan.xlsx")) == book("EV-1")
    assert len(store.versions()) == 3


def test_a_stored_tab_that_can_no_longer_be_read_is_said_and_the_others_still_can(store):
    first, second = store.keep(book("EV-1")), store.keep(book("EV-2"))
    with store.writing("test") as connection:
        mine = "SELECT hash FROM version_tabs WHERE version_id = 2 AND position = 0"
        connection.execute(sa.text(f"UPDATE tabs SET body = :body WHERE hash IN ({mine})"), {"body": b"1junk"})
    with pytest.raises(StoreTrouble, match="Version 2 of the sheet can no longer be read") as raised:
        store.load(second)
    assert raised.value.cause == "corrupt"
    assert store.load(first) == book("EV-1")
    assert store.moved_aside is None


# Numbers that differ only in kind, what JSON lacks, and text that is no proper Unicode.
ODD = [
    1, 1.0, True, 0, -0.0, 0.0, False, None, "", "1", "True", 10**40, -(2**63) - 1, 1e308, 5e-324, 0.1 + 0.2,
    math.inf, -math.inf, "\ud83d", "\ud83d\ude00", "😀", "\x00\x1f", "\u2028", "\ufeff", "ñ", "'", '"', "\\", "]",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(ODD), st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.characters(codec=None)
)


def exact(workbook):
    """All cells as text that tells kinds apart: nan is not equal to itself, and 1 == 1.0 == True."""
    return [(repr(tab.title), tab.id, tab.merges, repr([list(row) for row in tab.rows])) for tab in workbook.tabs]


def test_odd_cells_come_back_exactly(store):
    odd = replace(book(), tabs=(Tab("\ud800 Odd", [ODD, [], [None], [math.nan], ODD[::-1]]),), locale="de_DE")
    kept = store.load(store.keep(odd))
    assert exact(kept) == exact(odd)
    assert (kept.locale, kept.timezone, kept.content_hash) == ("de_DE", "America/Los_Angeles", odd.content_hash)


@given(st.text(), st.none() | st.integers(0, 2**31), st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_cells_come_back_exactly(title, number, typed):
    packed = store_module._unpack(store_module._pack(Tab(title, typed, (Merge(1, 2, 3, 4),), number)))
    workbook = Workbook("", NOON, "UTC", (Tab(title, typed, (Merge(1, 2, 3, 4),), number),))
    assert exact(replace(workbook, tabs=(packed,))) == exact(workbook)


# --- taking away -------------------------------------------------------------------------------------------------


def test_a_purged_version_is_gone_to_the_last_byte(tmp_path):
    path = tmp_path / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    # Uncompressed, to be found in the file if it were still there.
    secret = "".join(random.Random(1).choices("0123456789abcdef", k=4000))
    store.keep(book("EV-1"))
    packed, store_module._pack = store_module._pack, lambda tab: repr(tab).encode()
    try:
        store.keep(book("EV-1", secret))
    finally:
        store_module._pack = packed
    store.keep(book("EV-2"))

    def planted():
        return any(secret[:100].encode() in part.read_bytes() for part in tmp_path.iterdir())

    assert planted()
    purged = store.purge(2, "c@example.gov", "a phone number in Notes", NOON)
    assert (purged.version.id, purged.also_in) == (2, (1, 3))  # the Towns tab
    assert not planted()
    assert [version.id for version in store.versions()] == [3, 1]
    assert store.load(store.version(1)) == book("EV-1")
    what = "purged version 2 of 2026-10-07T19:00:00+00:00: a phone number in Notes"
    assert store.audited() == (Entry(NOON, "c@example.gov", what),)


def test_purging_says_where_else_its_tabs_are(store):
    for typed in ("EV-1", "EV-2", "EV-3"):
        store.keep(book(typed))
    assert store.purge(2, "c", "why", NOON).also_in == (1, 3)
    assert store.purge(2, "c", "why", NOON) is None
    assert [store.load(version) for version in store.versions()] == [book("EV-3"), book("EV-1")]
    assert rows(store, "tabs") == 3
    assert store.keep(book("EV-4")).id == 4  # a number is never given twice


def test_thinning_keeps_the_last_good_one_of_each_old_day(store):
    hour = dt.timedelta(hours=1)
    # 9 pm, 10 pm and 1 am (the next day) in the sheet's zone, though all one day in UTC.
    for number, hours in enumerate((9, 10, 13, 14, 15)):
        store.keep(book(f"EV-{number}", at=NOON + hours * hour), good=number != 3)
    store.keep(book("EV-9", source="other.xlsx"))
    assert store.thin("plan.xlsx", NOON + 14.5 * hour) == 2
    assert [version.id for version in store.versions("plan.xlsx")] == [5, 3, 2]
    assert store.thin("plan.xlsx", NOON + 99 * hour) == 1
    assert [version.id for version in store.versions("plan.xlsx")] == [5, 2]
    assert store.load(store.versions("plan.xlsx")[1]) == book("EV-1", at=NOON + 10 * hour)
    assert store.load(store.latest("other.xlsx")) == book("EV-9", source="other.xlsx")


# --- tokens, visits, claims ----------------------------------------------------------------------------------------


def test_a_token_is_found_by_its_text_only_while_it_holds(store):
    day = dt.timedelta(days=1)
    text = store.create_token("agency:WPD", "a@example.gov", NOON, NOON + day)
    token = store.find_token(text, NOON + day - SECOND)
    assert (token.scope, token.made_by, token.made_at, token.expires_at) == (
        "agency:WPD", "a@example.gov", NOON, NOON + day
    )  # fmt: skip
    assert store.find_token(text, NOON + day) is None
    assert store.find_token(text + "x", NOON) is None
    endless = store.create_token("all", "b@example.gov", NOON)
    number = store.find_token(endless, NOON + 9999 * day).id
    assert store.revoke_token(number, "c@example.gov", NOON + day) is True
    assert store.revoke_token(number, "c@example.gov", NOON + day) is False
    assert store.find_token(endless, NOON + day) is None
    assert [(one.scope, one.revoked_at) for one in store.tokens()] == [("all", NOON + day), ("agency:WPD", None)]
    assert [one.scope for one in store.tokens("a@example.gov")] == ["agency:WPD"]
    assert [entry.what for entry in store.audited()] == [
        "revoked feed token 2", "made a feed token: all", "made a feed token: agency:WPD"
    ]  # fmt: skip


def test_one_person_has_so_many_tokens_in_force_and_no_more(store):
    day = dt.timedelta(days=1)
    store.create_token("all", "a@example.gov", NOON - 2 * day, NOON - day)  # expired: counts no more
    for _ in range(3):
        store.create_token("all", "a@example.gov", NOON, NOON + day, most=3)
    with pytest.raises(TooManyTokens):
        store.create_token("all", "a@example.gov", NOON, NOON + day, most=3)
    assert len(store.tokens("a@example.gov")) == 4
    store.create_token("all", "b@example.gov", NOON, NOON + day, most=3)
    store.revoke_token(store.tokens("a@example.gov")[0].id, "a@example.gov", NOON)
    store.create_token("all", "a@example.gov", NOON, None, most=3)
    with pytest.raises(TooManyTokens):
        store.create_token("all", "a@example.gov", NOON + 2 * day, NOON + 3 * day, most=1)


def test_two_tabs_at_once_make_no_token_too_many(store):
    def make(_):
        try:
            store.create_token("all", "a@example.gov", NOON, None, most=5)
        except TooManyTokens:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(make, range(16))) == 5


def test_the_text_of_a_token_is_nowhere_in_the_store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    text = store.create_token("all", "planted@example.gov", NOON)
    held = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert b"planted@example.gov" in held
    assert text.encode() not in held


def test_a_visit_lasts_until_one_is_away_for_half_an_hour(store):
    minute = dt.timedelta(minutes=1)
    came = [store.record_visit("A@Example.gov", NOON + minutes * minute) for minutes in (0, 10, 35, 70, 80, 75, 200)]
    assert came == [None, None, None, *(NOON + 35 * minute,) * 3, NOON + 80 * minute]
    assert store.last_visit("a@example.gov") == NOON + 80 * minute
    assert store.last_visit("b@example.gov") is None


def test_one_claim_in_so_many_seconds(store):
    assert [store.claim("refresh", 10, NOON + s * SECOND) for s in (0, 0, 9.9, 10, 12)] == [
        True, False, False, True, False
    ]  # fmt: skip
    assert store.claim("other", 10, NOON) is True
    assert store.claim("refresh", 10, NOON - 3600 * SECOND) is True  # the clock was set back


# --- several at once ------------------------------------------------------------------------------------------------

KEEP = """
import datetime as dt, sys
from cwac.storage.store import Store
from tests.storage.test_store import NOON, SECOND, book
store = Store.open(sys.argv[1])
for number in range(int(sys.argv[2])):
    typed = f"{sys.argv[3]}-{number}"
    kept = store.keep(book(typed, source=sys.argv[4], at=NOON + number * SECOND))
    print(kept.id, typed, kept.content_hash, flush=True)
"""


def keeping(url, times, name, source="plan.xlsx"):
    command = [sys.executable, "-c", KEEP, url, str(times), name, source]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def test_several_processes_open_and_keep_at_once(url):
    # Four sheets that share a tab.
    running = [keeping(url, 15, name, f"{name}.xlsx") for name in "ABCD"]
    for process in running:
        process.communicate(timeout=60)
    assert [process.returncode for process in running] == [0] * 4
    store = Store.open(url)
    for name in "ABCD":
        kept = [store.load(version).tabs[0].rows[1][0] for version in reversed(store.versions(f"{name}.xlsx"))]
        assert kept == [f"{name}-{number}" for number in range(15)]
    store.close()


def test_several_threads_keep_the_same_at_once(store):
    barrier = threading.Barrier(6)
    kept = []

    def keep():
        barrier.wait()
        kept.append(store.keep(book("EV-1")))

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {version.id for version in kept} == {1}
    assert len(kept) == 6


# --- a kill at any instant ------------------------------------------------------------------------------------------


def killed_before(nth, act):
    """Run `act` in a child that is killed before its nth statement; whether it got to that one."""
    child = os.fork()
    if child == 0:
        seen = 0

        def before(*_):
            nonlocal seen
            seen += 1
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sa.event.listen(sa.Engine, "before_cursor_execute", before)
            sa.event.listen(sa.Engine, "commit", before)
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def tables(url):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    return found


def test_a_migration_is_whole_or_not_at_all_wherever_it_is_killed(url):
    for nth in range(1, 200):
        killed = killed_before(nth, lambda: Store.open(url))
        found = tables(url)
        if found:
            break
        assert killed
    assert nth > 15
    assert found == {*store_module._tables.tables, "alembic_version"}
    store = Store.open(url)
    store.keep(book("EV-1"))
    store.close()


def as_the_release_before_left_it(url):
    """Take the last step back: the tables, and what is in them, as they were before it."""
    config = Config()
    config.set_main_option("script_location", str(Path(store_module.__file__).parent / "migrations"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "r0003")
        assert [one["name"] for one in sa.inspect(connection).get_columns("traces")] == ["source", "version_id", "body"]
    engine.dispose()


def test_a_store_of_the_release_before_keeps_all_and_its_events_stay_the_same_to_subscribers(url):
    def plan(day, number):
        rows = [
            ["Event ID", "Date", "Town", "Venue"],
            [None, day, "Weed", "Depot"],
            ["EV-1", "11/4/2026", "Etna", "Hall"],
        ]
        at = NOON + number * dt.timedelta(hours=1)
        return Workbook("plan.xlsx", at, "America/Los_Angeles", (Tab("Events", rows),))

    def past(store, book):
        return revisions.past(store, read_workbook(book, NOON.date()), Rules())

    store = Store.open(url)
    store.keep(plan("10/6/2026", 0))
    store.keep(plan("10/7/2026", 1))
    token = store.create_token("agency:WPD", "a@b.example", NOON)
    known = past(store, plan("10/7/2026", 1)).traces
    store.close()
    as_the_release_before_left_it(url)
    newer = Store.open(url)
    newer.keep(plan("10/9/2026", 2))
    found = past(newer, plan("10/9/2026", 2))
    # What it was called before the release before forgot is not known any more, but from there on it is followed.
    assert found.names == {"2026-10-09-weed": "2026-10-07-weed"}
    typed = ical.trace_key("EV-1")
    assert found.traces[typed] == known[typed]
    assert [one.id for one in newer.versions()] == [3, 2, 1]
    assert newer.find_token(token, NOON) is not None
    newer.close()


def test_a_version_is_whole_or_not_at_all_wherever_keeping_it_is_killed(url):
    store = Store.open(url)
    store.keep(book("EV-1"))
    store.close()
    for nth in range(1, 200):
        killed = killed_before(nth, lambda: Store(url).keep(book("EV-2")))
        after = Store.open(url)
        kept = [after.load(version) for version in after.versions()]
        counts = [rows(after, table) for table in ("versions", "version_tabs", "tabs")]
        after.close()
        if len(kept) == 2:
            break
        assert killed
        assert (kept, counts) == ([book("EV-1")], [1, 2, 2])
    assert nth > 5
    assert (kept, counts) == ([book("EV-2"), book("EV-1")], [2, 4, 3])


def test_no_version_that_was_kept_is_lost_when_the_process_is_killed_again_and_again(url):
    luck = random.Random(7)
    said = {}
    for run in range(8):
        process = keeping(url, 100_000, f"run{run}")
        for _ in range(8):
            said |= dict([process.stdout.readline().split()[::2]])
        time.sleep(luck.random() / 10)
        process.kill()
        process.wait(10)
        said |= dict(line.split()[::2] for line in process.stdout.read().splitlines() if line.count(" ") == 2)
        process.stdout.close()
    store = Store.open(url)
    kept = {str(version.id): version.content_hash for version in store.versions()}
    assert said.items() <= kept.items()
    assert len(kept) - len(said) <= 8  # kept, and killed before saying so
    assert len(said) > 50
    for version in store.versions():
        store.load(version)
    store.close()


# --- trouble -----------------------------------------------------------------------------------------------------


def trouble(act):
    with pytest.raises(StoreTrouble) as raised:
        act()
    assert raised.value.sentence[-1] == "."
    return raised.value.cause


def test_a_disk_that_is_full(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    store.keep(book("EV-1"))
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    store.close()
    big = book(*(f"EV-{random.Random(n).random()}" for n in range(20_000)))

    def limited(connection, _):
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    with_limit = store._connectable()
    sa.event.listen(with_limit, "connect", limited)
    store._engine = with_limit
    assert trouble(lambda: store.keep(big)) == "disk-full"
    assert [store.load(version) for version in store.versions()] == [book("EV-1")]
    assert store.keep(big).id == 2  # there is room again


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_real_disk_that_is_full(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
        store.keep(book("EV-1"))
        filler = tmp_path / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(b"x" * 1_000_000)
        big = book(*(f"EV-{random.Random(n).random()}" for n in range(2_000)))
        assert trouble(lambda: store.keep(big)) == "disk-full"
        filler.unlink()
        assert store.keep(big).id == 2
        assert [store.load(version) for version in store.versions()] == [big, book("EV-1")]
        store.close()
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_store_that_somebody_else_holds(tmp_path):
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    store = Store.open(url, busy_seconds=0.1)
    store.keep(book("EV-1"))
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert trouble(lambda: store.keep(book("EV-2"))) == "locked"
    assert store.load(store.latest("plan.xlsx")) == book("EV-1")
    other.execute("ROLLBACK")
    assert store.keep(book("EV-2")).id == 2
    other.close()


def test_a_table_that_somebody_else_holds_in_postgresql(postgresql_url):
    store = Store.open(postgresql_url, busy_seconds=0.1)
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE versions IN ACCESS EXCLUSIVE MODE")
        assert trouble(lambda: store.keep(book("EV-1"))) == "locked"
    assert store.keep(book("EV-1")).id == 1
    store.close()


def spoil_header(path):
    path.write_bytes(b"not a database, not at all" * 100)


def spoil_pages(path):
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [spoil_header, spoil_pages])
def test_a_corrupt_file_is_moved_aside_and_a_new_one_begun(tmp_path, spoil):
    path = tmp_path / "store.sqlite3"
    before = Store.open(f"sqlite:///{path}")
    for number in range(50):
        before.keep(book(*(f"EV-{number}-{n}" for n in range(50))))
    before.close()
    spoil(path)
    spoilt = path.read_bytes()

    store = Store(f"sqlite:///{path}")
    assert trouble(lambda: store.keep(book("EV-1"))) == "corrupt"
    assert store.moved_aside.parent == tmp_path
    assert store.moved_aside.read_bytes() == spoilt
    assert store.keep(book("EV-1")).id == 1
    assert store.load(store.latest("plan.xlsx")) == book("EV-1")
    store.close()


def test_corrupted_while_in_use(tmp_path):
    path = tmp_path / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    other = Store.open(f"sqlite:///{path}")
    for number in range(20):
        store.keep(book(f"EV-{number}"))
    store.close()
    other.close()
    spoil_pages(path)
    assert trouble(lambda: [store.keep(book("EV-A")), store.keep(book("EV-B"))]) == "corrupt"
    aside = [part for part in tmp_path.iterdir() if ".damaged-" in part.name]
    assert store.moved_aside in aside
    store.keep(book("EV-A"))
    other.keep(book("EV-B"))  # the other one meets the new file, and leaves it in its place
    assert other.moved_aside is None
    assert [part for part in tmp_path.iterdir() if ".damaged-" in part.name] == aside
    assert [store.load(version) for version in store.versions()] == [book("EV-B"), book("EV-A")]


# --- the file vanishes while it is in use ---------------------------------------------------------------------------


def delete(path):
    path.unlink()


def delete_with_journal(path):
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


def delete_folder(path):
    shutil.rmtree(path.parent)


def move(path):
    path.rename(path.with_name("moved.sqlite3"))


def move_folder(path):
    path.parent.rename(path.parent.with_name("moved"))


def use(store, how):
    """Each way of using the store, read or write, finds out."""
    uses = {
        "keep": lambda: store.keep(book("EV-9")),
        "versions": store.versions,
        "audit": lambda: store.audit("c", "did", NOON),
        "token": lambda: store.create_token("all", "c", NOON),
        "look": store.look_at_the_file,
    }
    return uses[how]()


VANISHING = [delete, delete_with_journal, delete_folder, move, move_folder]


@pytest.mark.parametrize("how", ["keep", "versions", "audit", "token", "look"])
@pytest.mark.parametrize("vanish", VANISHING)
def test_a_file_that_vanished_is_begun_anew_at_the_next_use(tmp_path, vanish, how, caplog):
    path = tmp_path / "mine" / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    for typed in ("EV-1", "EV-2"):
        store.keep(book(typed))
    vanish(path)
    use(store, how)
    assert store.begun_anew == 1
    assert "deleted or moved" in caplog.text
    store.keep(book("EV-9"))
    assert [store.load(version) for version in store.versions()] == [book("EV-9")]
    assert store.begun_anew == 1
    store.close()
    again = Store.open(f"sqlite:///{path}")  # it was written into the file, not into nothing
    assert [again.load(version) for version in again.versions()] == [book("EV-9")]
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("vanish", [move, move_folder])
def test_a_file_that_was_moved_has_all_that_was_kept_in_it(tmp_path, vanish):
    path = tmp_path / "mine" / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    for typed in ("EV-1", "EV-2"):
        store.keep(book(typed))
    vanish(path)
    store.keep(book("EV-9"))
    (moved,) = [one for one in tmp_path.rglob("*.sqlite3") if one != path]
    with sqlite3.connect(moved) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM versions").fetchone() == (2,)
    connection.close()
    store.close()


def test_a_file_that_was_replaced_is_used_from_then_on(tmp_path, caplog):
    path, other = tmp_path / "store.sqlite3", tmp_path / "other.sqlite3"
    store, backup = Store.open(f"sqlite:///{path}"), Store.open(f"sqlite:///{other}")
    store.keep(book("EV-1"))
    backup.keep(book("EV-7"))
    backup.close()
    other.replace(path)
    assert [store.load(version) for version in store.versions()] == [book("EV-7")]
    assert store.begun_anew == 1
    assert "replaced" in caplog.text
    store.close()


def test_two_that_use_the_file_go_on_together(tmp_path):
    path = tmp_path / "store.sqlite3"
    stores = [Store.open(f"sqlite:///{path}") for _ in range(2)]
    for number, store in enumerate(stores):
        store.keep(book(f"EV-{number}"))
    path.unlink()
    for number, store in enumerate(stores):
        store.keep(book(f"NEW-{number}"))
    for store in stores:
        assert [store.load(version) for version in store.versions()] == [book("NEW-1"), book("NEW-0")]
        store.close()


def test_a_file_that_stays_is_never_begun_anew(tmp_path):
    path = tmp_path / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    store.keep(book("EV-1"))
    os.utime(path, (0, 0))
    path.chmod(0o640)
    store.purge(1, "c", "why", NOON)  # which rewrites it
    store.close()
    store.keep(book("EV-2"))
    assert store.begun_anew == 0
    store.close()


# --- reading alone --------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, and how to make it read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder, lambda: subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a disk")
@pytest.mark.parametrize("crashed", [False, True])
def test_a_disk_that_cannot_be_written_to_is_read(small_disk, crashed):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"
    keep = f"""
from cwac.storage.store import Store
from tests.storage.test_store import book
import os
store = Store.open({url!r})
store.keep(book("EV-1"))
store.keep(book("EV-2"))
{"os._exit(0)" if crashed else "store.close()"}
"""
    subprocess.run([sys.executable, "-c", keep], cwd=PROJECT, check=True)
    assert (folder / "store.sqlite3-wal").exists() is crashed
    make_read_only()
    if not crashed:  # else SQLite finds all that it needs
        assert trouble(lambda: Store(url).versions()) == "read-only"
    store = Store(url).or_read_only()
    assert [store.load(version) for version in store.versions()] == [book("EV-2"), book("EV-1")]
    assert trouble(lambda: store.audit("c", "did", NOON)) == "read-only"
    assert trouble(lambda: store.keep(book("EV-3"))) == "read-only"
    store.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a disk")
def test_from_the_command_line_too(small_disk, tmp_path):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"
    store = Store.open(url)
    store.keep(replace(book("EV-1"), tabs=(Tab("Events", [["Event ID", "Date"], ["EV-1", 46302]]),)))
    store.close()
    make_read_only()

    def run(*words):
        command = [sys.executable, "-m", "cwac", *words]
        return subprocess.run(
            command, cwd=PROJECT, env=os.environ | {"CWAC_STORE": url}, capture_output=True, text=True, check=False
        )

    assert run("history").stdout.startswith("1 version in ")
    assert run("audit").returncode == 0
    done = run("restore", "1", "-o", str(tmp_path / "back.xlsx"))
    assert done.returncode == 0
    assert "The history cannot be written to, so the audit does not say that you did this." in done.stderr
    assert (tmp_path / "back.xlsx").exists()
    assert run("history", "purge", "1", "--why", "x").returncode == 2


def test_where_there_is_no_file_there_is_nothing_to_read():
    assert trouble(lambda: Store("sqlite:////proc/cwac/store.sqlite3").or_read_only()) == "read-only"


def test_a_file_that_may_not_be_written(tmp_path):
    if os.getuid() == 0:
        folder = Path("/proc/cwac")
    else:
        folder = tmp_path / "mine"
        folder.mkdir(mode=0o500)
    assert trouble(lambda: Store.open(f"sqlite:///{folder}/store.sqlite3")) == "read-only"


def test_a_store_of_a_newer_version_is_left_alone(url):
    store = Store.open(url)
    store.keep(book("EV-1"))
    with store.writing("test") as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9999'"))
    store.close()
    assert trouble(lambda: Store.open(url)) == "too-new"
    assert trouble(lambda: store.keep(book("EV-2"))) == "too-new"


@pytest.mark.parametrize("given", ["sqlite://", "no address", "mysql://u:secret@h/d", "sqlite:///:memory:"])
def test_an_address_that_is_none(given):
    assert trouble(lambda: Store.open(given)) == "bad-address"
    assert "secret" not in Store(given).address


def test_a_server_that_is_not_there(tmp_path):
    assert trouble(lambda: Store.open(f"postgresql://cwac@/none?host={tmp_path}")) == "unreachable"


def test_a_database_that_is_not_there(postgresql_server):
    assert trouble(lambda: Store.open(f"postgres://cwac@/none?host={postgresql_server}")) == "refused"


def test_a_server_that_breaks_off_in_between_is_reached_again(postgresql_url):
    store = Store.open(postgresql_url)
    store.keep(book("EV-1"))
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")
    assert store.keep(book("EV-2")).id == 2
    store.close()


# --- where it is ----------------------------------------------------------------------------------------------------


def test_only_its_owner_may_read_the_file(tmp_path):
    path = tmp_path / "new" / "store.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    store.keep(book("EV-1"))
    modes = {stat.S_IMODE(part.stat().st_mode) for part in path.parent.iterdir()}
    assert (stat.S_IMODE(path.parent.stat().st_mode), modes) == (0o700, {0o600})
    store.close()


def test_by_default_it_is_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    store = Store.open()
    store.close()
    assert default_path().is_file()
    assert sys.platform != "linux" or default_path() == tmp_path / "cwac" / "cwac.sqlite3"


def test_the_last_migration_is_the_one_that_opening_looks_for():
    steps = ScriptDirectory(str(Path(store_module.__file__).parent / "migrations"))
    assert steps.get_current_head() == store_module.HEAD
