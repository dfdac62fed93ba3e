"""Migrations: whole or not at all, and the store of an earlier release keeps all that is in it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from cwac.analysis.revisions import key_of
from cwac.model import SourceUnavailable, Tab, Workbook
from cwac.notify import deliveries
from cwac.notify.deliveries import Progress
from cwac.notify.settings import AgencyNotices
from cwac.refresh.live import Live, Notice
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage import database, revisions, tables
from cwac.storage.database import MIGRATIONS, head, migrate
from cwac.storage.store import Entry, Store
from tests.notify.county import NOTIFY, URL, Mailbox, at, sheet, turn
from tests.storage.killing import killed_before
from tests.storage.workbooks import HOUR, NOON, book, cause_of, loaded

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def alembic_makes_all_tables(monkeypatch):
    monkeypatch.setattr(database, "migrate", migrate)


@pytest.fixture
def postgresql_url(empty_postgresql_url):
    return empty_postgresql_url


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


def columns_of(url):
    """The names of the columns by table."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        columns = sa.inspect(connection).get_multi_columns()
    engine.dispose()
    return {table: {column["name"] for column in its} for (_, table), its in columns.items()}


def make_tables(url, revision):
    """The tables of an earlier release."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def rows_left(revision):
    """A dump of the store that the release with this migration left."""
    return Path(__file__).with_name(f"release_{revision}.sql").read_text(encoding="utf-8")


def release(url, revision):
    """Make a store with the tables and the rows that an earlier release left."""
    make_tables(url, revision)
    engine, left = sa.create_engine(url), sa.MetaData()
    left.reflect(engine)
    with closing(sqlite3.connect(":memory:")) as dumped, engine.begin() as connection:
        dumped.executescript(rows_left(revision))
        dumped.row_factory = sqlite3.Row
        for table in left.sorted_tables:
            rows = [dict(row) for row in dumped.execute(f'SELECT * FROM "{table.name}"')]
            if rows and table.name != "alembic_version":
                connection.execute(table.insert(), rows)
                if "id" in table.c and engine.dialect.name == "postgresql":
                    last = sa.select(sa.func.setval(f"{table.name}_id_seq", max(row["id"] for row in rows)))
                    connection.execute(last)
    engine.dispose()


def test_last_migration_is_the_one_that_opening_looks_for():
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == head()


@pytest.mark.parametrize("revision", [None, "r0004"])
def test_new_or_migrated_store_is_whole_or_as_before_wherever_that_is_killed(url, opened, revision):
    if revision is not None:
        make_tables(url, revision)
    before = columns_of(url)
    for nth in range(1, 200, 15):  # all steps are of one transaction
        killed = killed_before(nth, lambda: Store.open(url))
        after = columns_of(url)
        if after != before:
            break
        assert killed
    assert nth > 1
    assert set(after) == {*tables.metadata.tables, "alembic_version"}
    assert [name for name, table in tables.metadata.tables.items() if not {*table.c.keys()} <= after[name]] == []
    opened(url).keep(book("EV-1"))


def test_store_of_release_r0004_keeps_all_that_is_in_it(url, opened):
    """It has two versions of `plan`, and a row of each table."""
    release(url, "r0004")
    store = opened(url)
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


def test_store_of_release_r0006_keeps_who_stopped_what_and_the_links_that_were_sent(url, opened):
    """It has two recipients, one with two kinds of message."""
    release(url, "r0006")
    store = opened(url)
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
    assert "leave_token" not in columns_of(url)["recipients"]


def test_store_of_release_r0007_tells_nothing_twice_and_loses_nothing(url, opened):
    """Two facts were told, a digest was dropped, and two messages are on their way after a failed try."""
    release(url, "r0007")
    store = opened(url)
    chief, aldo, lead = "chief@wpd.example.gov", "aldo@wpd.example.gov", "lead@sheriff.example.gov"
    on_its_way = Progress(1, at(4, 12), late_since=at(4, 14), sending_version=2, sending_at=at(4, 14))
    assert {name: deliveries.read_progress(store, name) for name in (chief, aldo, lead)} == {
        chief: {
            ("digest", URL): Progress(1, at(0, 8), dropped_days=("2026-10-05",)),
            ("warnings", URL): on_its_way,
        },
        aldo: {("shifts", URL): on_its_way},
        lead: {
            ("sheet", URL): Progress(None, at(0, 8), told_facts=("damaged", "unreadable 2026-10-04T14:00:00+00:00")),
        },
    }
    notify, mailbox = replace(NOTIFY, agencies=(AgencyNotices("WPD", (chief,)),)), Mailbox()
    damage = Notice("damaged", "Half of the rows are gone.", at(0, 7))
    trouble = SourceUnavailable("", "Google does not answer.", "")
    known = Live(trouble=trouble, trouble_since=at(0, 7), damage=damage)
    for now in (at(4, 14, 10), at(4, 16), at(8, 12)):
        turn(store, now, mailbox, notify, [sheet(live=known)])
    late = "This message is late: none could be delivered since Thu, Oct 8, 2:00 PM. What is past by now is left out."
    assert [(sent.recipient.name, sent.kind, sent.message_id[:9], sent.message.notes[0]) for sent in mailbox.taken] == [
        (aldo, "shifts", "<d383dc0c", late),
        (chief, "warnings", "<d76dd033", late),
        (chief, "digest", "<c2b2baf1", "The digest of Mon, Oct 5 could not be delivered."),
    ]


def test_tokens_of_links_are_gone_from_a_migrated_file(tmp_path):
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection:
        connection.executescript(rows_left("r0006"))
    Store.open(f"sqlite:///{tmp_path}/store.sqlite3").close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"chief-token-of-43" not in (tmp_path / "store.sqlite3").read_bytes()


def test_revisions_of_release_r0003_go_on_but_their_first_ids_begin_anew(url, opened):
    store = opened(url)
    store.keep(plan("10/6/2026", 0))
    store.keep(plan("10/7/2026", 1))
    before = revisions_of(store, plan("10/7/2026", 1))
    with store.writing("test") as connection:
        connection.execute(tables.traces.update().values(made=None))  # as r0004 left the rows of before
    store.keep(plan("10/9/2026", 2))
    after = revisions_of(store, plan("10/9/2026", 2))
    assert after.first_ids == {"2026-10-09-weed": "2026-10-07-weed"}
    assert after.of("EV-1") == before.of("EV-1")


def test_store_of_a_newer_release_is_left_alone(url):
    store = Store.open(url)
    store.keep(book("EV-1"))
    with store.writing("test") as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9999'"))
    store.close()
    assert cause_of(lambda: Store.open(url)) == "too-new"
    assert cause_of(lambda: store.keep(book("EV-2"))) == "too-new"
