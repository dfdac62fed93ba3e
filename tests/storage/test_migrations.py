"""Migrations: whole or not at all, and the store of an earlier release keeps all that is in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from cwac.analysis.revisions import key_of
from cwac.model import Tab, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage import database, deliveries, migrate, revisions, tables
from cwac.storage.store import Entry, Store
from tests.storage.killing import killed_before
from tests.storage.trouble import cause_of
from tests.storage.workbooks import HOUR, NOON, book, loaded

pytestmark = pytest.mark.slow

RELEASE_R0004 = Path(__file__).with_name("release_r0004.sql")
"""A dump of the store that the release with migration r0004 left: two versions of `plan`, and a row of each table."""

RELEASE_R0006 = Path(__file__).with_name("release_r0006.sql")
"""A dump of the store that the release with migration r0006 left: two recipients, one with two kinds of message."""


@pytest.fixture(autouse=True)
def alembic_makes_all_tables(monkeypatch):
    monkeypatch.setattr(database, "migrate", migrate.migrate)


def plan(day, number):
    """A version of a plan whose first event has a generated ID, made of its date and town."""
    rows = [
        ["Event ID", "Date", "Town", "Venue"],
        [None, day, "Weed", "Depot"],
        ["EV-1", "11/4/2026", "Etna", "Hall"],
    ]
    return Workbook("plan.xlsx", NOON + number * HOUR, "America/Los_Angeles", (Tab("Events", rows),))


def revisions_of(store, workbook):
    return revisions.compute(store, read_workbook(workbook, NOON.date()), Rules())


def table_names(url):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    return names


def downgrade(url, revision):
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def test_last_migration_is_the_one_that_opening_looks_for():
    assert ScriptDirectory(str(migrate.FOLDER)).get_current_head() == migrate.head()


def test_new_store_has_all_tables_or_none_wherever_creating_it_is_killed(url):
    for nth in range(1, 200):
        killed = killed_before(nth, lambda: Store.open(url))
        names = table_names(url)
        if names:
            break
        assert killed
    assert nth > 15
    assert names == {*tables.metadata.tables, "alembic_version"}
    store = Store.open(url)
    store.keep(book("EV-1"))
    store.close()


def test_migration_of_an_earlier_store_is_whole_or_absent_wherever_it_is_killed(url):
    Store.open(url).close()
    downgrade(url, "r0004")
    before = table_names(url)
    assert "leases" in before
    for nth in range(1, 200):
        killed = killed_before(nth, lambda: Store.open(url))
        names = table_names(url)
        if names != before:
            break
        assert killed
    assert nth > 5
    assert names == {*tables.metadata.tables, "alembic_version"}


def test_store_of_release_r0004_keeps_all_that_is_in_it(tmp_path):
    with sqlite3.connect(tmp_path / "store.sqlite3") as connection:
        connection.executescript(RELEASE_R0004.read_text(encoding="utf-8"))
    connection.close()
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    assert loaded(store) == [plan("10/7/2026", 1), plan("10/6/2026", 0)]
    assert store.keep(plan("10/7/2026", 1)).id == 2
    assert store.find_token("text-of-the-token", NOON).scope == "agency:WPD"
    assert store.audited() == (
        Entry(NOON, "a@b.example", "downloaded events.csv"),
        Entry(NOON, "a@b.example", "made a feed token: agency:WPD"),
    )
    assert store.record_visit("A@B.example", NOON + 3 * HOUR) == NOON
    assert store.claim("daily", 60, NOON) is False
    before = revisions_of(store, plan("10/7/2026", 1))
    assert before.first_ids == {"2026-10-07-weed": "2026-10-06-weed"}
    changes = {key: revision.plan_changes for key, revision in before.by_key.items()}
    # One change each, since events of a sheet without Status count as Confirmed now.
    assert changes == {key_of("2026-10-06-weed"): 2, key_of("EV-1"): 1}
    store.keep(plan("10/9/2026", 2))
    after = revisions_of(store, plan("10/9/2026", 2))
    assert after.first_ids == {"2026-10-09-weed": "2026-10-06-weed"}
    assert after.of("2026-10-09-weed").plan_changes == 2
    store.close()


def test_store_of_release_r0006_keeps_who_stopped_what_and_the_links_that_were_sent(url):
    store = Store.open(url)
    store.close()
    downgrade(url, "r0006")
    engine = sa.create_engine(url)
    rows = [line for line in RELEASE_R0006.read_text(encoding="utf-8").splitlines() if line.startswith("INSERT")]
    with engine.begin() as connection:
        for row in rows:
            if not any(f'"{table}"' in row for table in ("alembic_version", "sqlite_sequence")):
                connection.execute(sa.text(row.replace(":", "\\:")))
    engine.dispose()
    store = Store(url)
    chief, teams = deliveries.recipients(store).values()
    assert (chief.recipient, chief.left_kinds, chief.sent_at) == ("chief@wpd.example.gov", ("warnings",), NOON)
    assert (teams.recipient, teams.left_kinds) == ("teams:WPD", ())
    token = "chief-token-of-43-characters-aaaaaaaaaaaaaa"
    assert [deliveries.by_link(store, f"{token}-{kind}") for kind in ("digest", "warnings", "shifts")] == [
        (chief, "digest"), (chief, "warnings"), None,
    ]  # fmt: skip
    assert deliveries.leave(store, f"{token}-digest") == (chief, "digest")
    assert deliveries.recipients(store)["chief@wpd.example.gov"].left_kinds == ("digest", "warnings")
    assert deliveries.by_link(store, token) is None
    with store.reading() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("recipients")}
    assert "leave_token" not in columns
    store.close()


def test_tokens_of_links_are_gone_from_a_migrated_file(tmp_path):
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection:
        connection.executescript(RELEASE_R0006.read_text(encoding="utf-8"))
    Store.open(f"sqlite:///{tmp_path}/store.sqlite3").close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"chief-token-of-43" not in (tmp_path / "store.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("revision", "first_id"),
    # Before r0004 first IDs were not stored.
    [("r0003", "2026-10-07-weed"), ("r0004", "2026-10-06-weed"), ("r0005", "2026-10-06-weed")],
)
def test_store_of_an_earlier_release_keeps_tokens_versions_and_revisions(url, revision, first_id):
    store = Store.open(url)
    store.keep(plan("10/6/2026", 0))
    store.keep(plan("10/7/2026", 1))
    token = store.create_token("agency:WPD", "a@b.example", NOON)
    before = revisions_of(store, plan("10/7/2026", 1))
    store.close()
    downgrade(url, revision)
    store = Store.open(url)
    store.keep(plan("10/9/2026", 2))
    after = revisions_of(store, plan("10/9/2026", 2))
    assert after.first_ids == {"2026-10-09-weed": first_id}
    assert after.of("EV-1") == before.of("EV-1")
    assert [version.id for version in store.versions()] == [3, 2, 1]
    assert store.find_token(token, NOON) is not None
    store.close()


def test_store_of_a_newer_release_is_left_alone(url):
    store = Store.open(url)
    store.keep(book("EV-1"))
    with store.writing("test") as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9999'"))
    store.close()
    assert cause_of(lambda: Store.open(url)) == "too-new"
    assert cause_of(lambda: store.keep(book("EV-2"))) == "too-new"
