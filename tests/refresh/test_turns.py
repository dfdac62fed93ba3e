"""Several processes that share a store take turns at a sheet: in one process, with threads in place of machines."""

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.refresh import sheets
from cwac.refresh.live import Damage, Live, Loss, Notice
from cwac.refresh.pace import Pace
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source
from cwac.refresh.turns import from_json, to_json
from cwac.settings import County, Settings
from cwac.sheet.reader import read_workbook
from cwac.storage import database, postgresql
from cwac.storage.store import Store
from tests.refresh.plan import LINK, NOW, tables, workbook
from tests.refresh.relay import Relay

EVERY = 0.6
PACE = Pace(every=EVERY, retries=(0.1, 0.2, 0.3), rate_limit=2.0, permanent=0.6, asked=1.0, silence=3.0, follow=0.05)
SLOW = 60.0
"""An interval that does not pass within a test."""
PATIENCE = 30.0
CLOSED = SourceUnavailable("not-shared", "The sheet is not shared with this program.", "Share it with robot@x.")
LIMIT = SourceUnavailable("rate-limit", "Too many requests.", "Wait.", permanent=False, retry_after=30.0)


def until(true, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (result := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
    return result


# --- the state in the row --------------------------------------------------------------------------------------------


def test_a_state_comes_back_as_it_was_written():
    notice = Notice("damaged", "Planted.", NOW, 3, may_accept=True)
    state = Live(
        as_of=NOW, trouble=LIMIT, trouble_since=NOW, damage=Damage("hash", notice), loss=Loss(notice),
        source_notice=notice, accepted=("a", "b"), asked=True,
    )  # fmt: skip
    again = from_json(to_json(state))
    assert str(again.trouble) == str(LIMIT)
    assert again.trouble.retry_after == 30
    assert replace(again, trouble=None) == replace(state, trouble=None)
    for text in (to_json(Live()), "", '{"of": "another release"}'):
        assert from_json(text) == Live()


# --- several pollers -------------------------------------------------------------------------------------------------


class Sheet:
    """The one sheet that all machines read; which did, when, and whether Refresh was pressed."""

    def __init__(self):
        self.tables = tables(read_clock().date())
        self.trouble: SourceUnavailable | None = None
        self.reads: list[tuple[str, float, bool]] = []
        self.gates: dict[str, threading.Event] = {}
        """Machines whose fetch hangs until their event is set."""

    def read_by(self, name: str, asked: bool) -> Workbook:
        self.reads.append((name, time.monotonic(), asked))
        if self.trouble is not None:
            raise self.trouble
        content = workbook(self.tables, read_clock())
        if name in self.gates:
            self.gates[name].wait(PATIENCE)
        return content

    def edit(self, town: str) -> None:
        self.tables["Events"][2][3] = town

    def readers(self, since: float = 0.0) -> list[str]:
        return [name for name, at, _ in self.reads if at >= since]


def town_of(live: Live) -> str | None:
    return live.snapshot.event_by_id["EV-7"].town if live.snapshot else None


class Machine:
    """One of several that run the dashboard; it remembers all towns that it has shown."""

    def __init__(self, name: str, sheet: Sheet, url: str, every: float = EVERY, store: Store | None = None) -> None:
        self.name = name
        self.store = store or Store(url)
        self.remembered: list[Workbook] = []
        self.towns: list[str | None] = []
        source = Source(lambda asked: sheet.read_by(name, asked), "Google", LINK, self.remembered.append)
        pace = replace(PACE, every=every)
        self.poller = Poller(source, read_workbook, self.store, pace=pace, on_new=self._note)

    def _note(self, live: Live) -> None:
        if not self.towns or self.towns[-1] != town_of(live):
            self.towns.append(town_of(live))

    @property
    def live(self) -> Live:
        return self.poller.live

    @property
    def town(self) -> str | None:
        return town_of(self.live)

    @property
    def codes(self) -> list[str]:
        return [notice.code for notice in self.live.notices]


@pytest.fixture
def sheet():
    return Sheet()


@pytest.fixture
def machine(sheet: Sheet, postgresql_url: str):
    """Starts a machine; all are stopped in the end."""
    started: list[Machine] = []

    def start(name: str, url: str = postgresql_url, **other) -> Machine:
        process = Machine(name, sheet, url, **other)
        process.poller.start()
        started.append(process)
        return process

    yield start
    for gate in sheet.gates.values():
        gate.set()
    for process in started:
        process.poller.leave()
    for process in started:
        process.poller.stop(10)
    assert not [process.name for process in started if process.poller.is_alive()]
    gc.collect()


@pytest.fixture
def relay(postgresql_server: Path) -> Iterator[Relay]:
    with Relay(postgresql_server) as opened:
        yield opened


@pytest.fixture
def cuttable(relay: Relay, postgresql_url: str) -> str:
    """The same database, by a way that can be cut."""
    name = postgresql_url.split("@")[1].split("/")[1].split("?")[0]
    return f"postgresql+psycopg://cwac@127.0.0.1:{relay.port}/{name}"


def sql(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def page(live: Live) -> tuple:
    """What a page says, whichever machine it is of."""
    assert live.snapshot is not None
    return (
        live.snapshot.content_hash, live.version, live.as_of, str(live.trouble), live.trouble_since, live.notices
    )  # fmt: skip


def follows(other: Machine, leader: Machine) -> bool:
    return bool(other.live.snapshot and leader.live.version) and page(other.live) == page(leader.live)


def test_an_edit_is_on_all_machines_and_they_read_no_more_than_one_would(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b, c = machine("b"), machine("c")
    until(lambda: follows(b, a) and follows(c, a))
    for town in ("Dunsmuir", "Weed", "Etna"):
        sheet.edit(town)
        edited = len(sheet.reads)
        until(lambda town=town: (a.town, b.town, c.town) == (town,) * 3)
        assert len(sheet.reads) - edited <= 2, "within two intervals"
    until(lambda: follows(b, a) and follows(c, a))
    assert a.store.count() == b.live.version == 4
    for process in (a, b, c):
        assert process.towns == ["Yreka", "Dunsmuir", "Weed", "Etna"]
    assert len(sheet.reads) <= (time.monotonic() - sheet.reads[0][1]) / EVERY + 1


def test_the_time_moves_on_everywhere_and_that_is_no_new_version(machine):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    before, generation = b.live.as_of, b.live.generation
    until(lambda: b.live.as_of > before)
    assert (b.live.generation, b.live.version) == (generation, 1)
    assert b.live.next_attempt > b.live.as_of


def test_another_machine_takes_over_within_an_interval_and_nothing_is_read_twice(machine, sheet):
    a = machine("a", every=2.0)
    until(lambda: a.live.version)
    b = machine("b", every=2.0)
    until(lambda: follows(b, a))
    a.poller.stop()
    until(lambda: "b" in sheet.readers())
    reads = sheet.readers()
    assert reads[-1] == "b"
    assert reads.count("b") == 1
    assert len(b.remembered) == 1, "it knows which tab is which"


def test_a_look_that_ends_after_a_later_one_is_neither_kept_nor_shown(machine, sheet, postgresql_url):
    a = machine("a")
    until(lambda: a.live.version)
    sheet.edit("Weed")
    sheet.gates["a"] = threading.Event()
    until(lambda: len(sheet.reads) > 1)
    reads = len(sheet.reads)
    until(lambda: sql(postgresql_url, "SELECT turn > kept_turn FROM turns") == [(True,)])
    sheet.edit("Dunsmuir")
    b = machine("b")
    until(lambda: b.town == "Dunsmuir")
    assert len(sheet.reads) > reads
    sheet.edit("Etna")
    sheet.gates.pop("a").set()
    until(lambda: a.town == b.town == "Etna")
    assert "Weed" not in b.towns
    versions = b.store.versions(LINK)
    kept = [b.store.load(version).tabs[0].rows[2][3] for version in reversed(versions)]
    assert kept in (["Yreka", "Dunsmuir", "Etna"], ["Yreka", "Weed", "Dunsmuir", "Etna"])
    assert [town for town in a.towns if town in kept] == a.towns
    assert ("Weed" in kept) == ("Weed" in a.towns)


def test_refresh_on_a_machine_that_did_not_look_is_heard(machine, sheet):
    a = machine("a", every=SLOW)
    until(lambda: a.live.version)
    b, c = machine("b", every=SLOW), machine("c", every=SLOW)
    until(lambda: follows(b, a) and follows(c, a))
    sheet.edit("Dunsmuir")
    assert b.poller.refresh_now()
    assert not b.poller.refresh_now(), "somebody asked just before"
    until(lambda: a.town == b.town == c.town == "Dunsmuir")
    assert [(name, asked) for name, _, asked in sheet.reads] == [("a", False), ("b", True)]


def test_refresh_pressed_on_all_machines_is_one_look(machine, sheet):
    three = [machine("a", every=SLOW)]
    until(lambda: three[0].live.version)
    three += [machine("b", every=SLOW), machine("c", every=SLOW)]
    until(lambda: all(follows(process, three[0]) for process in three))
    sheet.edit("Dunsmuir")
    for process in three:
        process.poller.refresh_now()
    until(lambda: {process.town for process in three} == {"Dunsmuir"})
    until(lambda: not any(process.poller._asked for process in three))
    looks = [at for _, at, asked in sheet.reads if asked]
    assert len(looks) <= 1.5 + (looks[-1] - looks[0]) / PACE.asked, "one in ten seconds, at the usual pace"


@pytest.mark.parametrize("trouble", [CLOSED, LIMIT])
def test_trouble_is_said_everywhere(machine, sheet, trouble):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    sheet.trouble = trouble
    until(lambda: b.live.trouble is not None and a.live.trouble is not None and follows(b, a))
    assert (b.live.trouble.cause, str(b.live.trouble), b.town) == (trouble.cause, str(trouble), "Yreka")
    assert b.live.trouble_since is not None
    if trouble is not LIMIT:
        sheet.trouble = None
        until(lambda: b.live.trouble is None and follows(b, a))


def test_a_retry_after_is_kept_to_by_all_machines_and_by_new_ones(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    sheet.trouble = LIMIT
    until(lambda: a.live.trouble and b.live.trouble)
    reads = len(sheet.reads)
    assert not a.poller.refresh_now(), "Google wants to be left alone"
    assert not b.poller.refresh_now()
    a.poller.stop()
    c = machine("c")
    until(lambda: c.live.trouble)
    time.sleep(2 * EVERY)
    assert len(sheet.reads) == reads


def test_warnings_are_everywhere_and_outlive_the_machine_that_gave_them(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    whole = sheet.tables["Events"]
    sheet.tables["Events"] = whole[:2]
    until(lambda: b.codes == ["large-deletion"] and follows(b, a))
    sheet.tables["Events"] = [["x"] * 7, *whole[1:2]]
    until(lambda: b.codes == ["damaged", "large-deletion"] and follows(b, a))
    told, generation = b.live.notices, b.live.generation
    a.poller.stop()
    looks = b.poller.looks
    until(lambda: b.poller.looks > looks + 1)
    assert (b.live.notices, b.live.generation) == (told, generation), "since when, and in which version to find it"
    sheet.tables["Events"] = whole
    until(lambda: b.codes == [])


def test_a_coordinator_shows_a_damaged_sheet_anyway_from_any_machine(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    good, lead = sheet.tables["Events"], sheet.tables["Events"][0].index("Lead agency")
    spoiled = [[*row[:lead], *row[lead + 1 :]] for row in good]
    sheet.tables["Events"] = spoiled
    until(lambda: a.codes == b.codes == ["damaged"])
    (notice,) = b.live.notices
    assert not b.poller.accept(replace(notice, sentence="something read before"))
    assert b.poller.accept(notice)
    until(lambda: a.codes == b.codes == [] and follows(a, b))
    assert a.live.snapshot.event_by_id["EV-7"].lead_agency is None
    for rows, lead_agency in ((good, True), (spoiled, False)):  # it was accepted once, so nobody is asked again
        sheet.tables["Events"] = rows
        until(
            lambda on=lead_agency: all(
                bool(process.live.snapshot.event_by_id["EV-7"].lead_agency) == on for process in (a, b)
            )
        )
    assert a.codes == b.codes == []


def test_a_machine_without_a_copy_waits_for_the_one_that_looks(machine, sheet):
    sheet.gates["a"] = threading.Event()
    machine("a", every=SLOW)
    until(lambda: sheet.readers() == ["a"])
    b = machine("b", every=SLOW)
    until(lambda: b.live.snapshot)
    assert sheet.readers() == ["a", "b"], "not for a whole interval: it may have died"


# --- two processes, look by look -------------------------------------------------------------------------------------


@pytest.fixture
def pair(sheet: Sheet, url: str) -> Iterator[tuple[Machine, Machine]]:
    """Two machines without threads: each acts only when the test says so."""
    both = Machine("a", sheet, url, every=SLOW), Machine("b", sheet, url, every=SLOW)
    yield both
    for machine in both:
        machine.store.close()


def test_a_restored_database_is_filled_and_followed_from_its_lower_turn_on(pair, sheet):
    a, b = pair
    a.poller.look()
    b.poller._poll()
    with a.store.reading() as connection:
        backup = connection.exec_driver_sql("SELECT turn, kept_turn, version FROM turns").one()
    for town in ("Dunsmuir", "Weed"):
        sheet.edit(town)
        a.poller.look()
        b.poller._poll()
        assert b.town == town
    with a.store.writing("test") as connection:
        connection.exec_driver_sql("DELETE FROM version_tabs WHERE version_id > 1")
        connection.exec_driver_sql("DELETE FROM versions WHERE id > 1")
        turn, kept_turn, version = backup
        connection.exec_driver_sql(f"UPDATE turns SET turn = {turn}, kept_turn = {kept_turn}, version = {version}")
    b.poller._poll()
    assert (a.town, b.town) == ("Weed", "Weed"), "nobody goes back to what the backup holds"
    sheet.edit("Etna")
    a.poller.look()
    b.poller._poll()
    assert (a.town, b.town) == ("Etna", "Etna")
    kept = [a.store.load(version).tabs[0].rows[2][3] for version in reversed(a.store.versions(LINK))]
    assert kept == ["Yreka", "Weed", "Etna"], "what was shown is kept again"


def test_a_retry_after_holds_for_the_process_that_follows_and_for_one_that_starts(pair, sheet, url):
    a, b = pair
    a.poller.look()
    sheet.trouble = LIMIT
    a.poller.look()
    b.poller._poll()
    assert b.live.trouble.cause == "rate-limit"
    started = Machine("started", sheet, url, every=SLOW)
    started.poller.begin()
    for machine in (b, started):
        assert not machine.poller.refresh_now(), "Google has asked for a pause"
        assert 20 < machine.poller.look() <= 40
    assert sheet.readers() == ["a", "a"]
    started.store.close()


class SlowTurns(Store):
    """A store that takes a turn only once the test lets it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_taking, self.go_on = threading.Event(), threading.Event()

    @contextmanager
    def writing(self, what: str) -> Iterator[sa.Connection]:
        if what.startswith("turn "):
            self.is_taking.set()
            assert self.go_on.wait(PATIENCE)
        with super().writing(what) as connection:
            yield connection


def test_a_press_of_refresh_while_a_turn_is_taken_is_part_of_that_look(sheet, url):
    machine = Machine("a", sheet, url, every=SLOW, store=SlowTurns(url))
    assert isinstance(machine.store, SlowTurns)
    machine.poller.start()
    try:
        assert machine.store.is_taking.wait(PATIENCE)
        assert machine.poller.refresh_now()
        machine.store.go_on.set()
        until(lambda: machine.live.version)
        assert [asked for _, _, asked in sheet.reads] == [True]
    finally:
        machine.store.go_on.set()
        machine.poller.stop()


# --- the database is away --------------------------------------------------------------------------------------------


def test_without_the_database_each_machine_looks_now_and_then_and_says_that_it_is_not_kept(
    machine, sheet, cuttable, relay, postgresql_url
):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    b = machine("b", cuttable)
    until(lambda: follows(b, a))
    relay.cut()
    cut = time.monotonic()
    until(lambda: a.codes == b.codes == ["store"])
    sheet.edit("Dunsmuir")
    for process in (a, b):
        assert process.town in ("Yreka", "Dunsmuir")
        assert process.live.notices[0].sentence == (
            "The database that holds the history does not answer. Meanwhile this dashboard looks at the sheet less "
            "often, and what it sees is not kept. Whoever runs this dashboard must start it or fix the network; it "
            "then goes on by itself."
        )
    until(lambda: a.town == b.town == "Dunsmuir")
    for name in "ab":
        assert sheet.readers(cut).count(name) <= (time.monotonic() - cut) / (4 * EVERY) + 2
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(1,)]
    assert (a.live.trouble, b.live.trouble) == (None, None), "it is not Google that does not answer"
    relay.restore()
    until(lambda: a.codes == b.codes == [] and follows(a, b))
    assert (a.town, a.live.version) == ("Dunsmuir", 2)
    assert a.towns == b.towns == ["Yreka", "Dunsmuir"]


@pytest.mark.slow
def test_a_server_that_accepts_and_never_answers_holds_up_neither_the_sheet_nor_its_next_look(machine, sheet):
    """Nothing is a PostgreSQL there: connections are accepted by the operating system, and nobody reads them."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        a = machine("a", f"postgresql+psycopg://cwac@127.0.0.1:{silent.getsockname()[1]}/cwac")
        assert a.poller.wait(PATIENCE).snapshot is not None
        assert (a.town, a.codes) == ("Yreka", ["store"])
        sheet.edit("Weed")
        until(lambda: a.town == "Weed")


@pytest.mark.slow
def test_a_database_that_stops_answering_on_open_connections_is_away_until_it_answers(
    machine, sheet, cuttable, relay, monkeypatch
):
    for name in ("answer_seconds", "ping_seconds"):
        monkeypatch.setattr(postgresql.TimedConnection, name, 1.0)
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(database, "FAIL_FAST_SECONDS", 0.5)
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    relay.silence()
    until(lambda: a.codes == ["store"])
    sheet.edit("Weed")
    until(lambda: a.town == "Weed")
    relay.restore()
    until(lambda: a.codes == [] and a.live.version == 2)


def test_refresh_shows_the_sheet_without_the_database(machine, sheet, cuttable, relay, postgresql_url):
    a = machine("a", cuttable, every=SLOW)
    until(lambda: a.live.version)
    b = machine("b", cuttable, every=SLOW)
    until(lambda: follows(b, a))
    relay.cut()
    until(lambda: b.codes == ["store"])
    sheet.edit("Dunsmuir")
    until(lambda: b.poller.refresh_now())
    until(lambda: b.town == "Dunsmuir")
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(1,)]
    relay.restore()
    until(lambda: (b.poller.refresh_now() and b.live.version == 2) or b.live.version == 2)
    until(lambda: a.town == "Dunsmuir" and a.codes == b.codes == [])


def test_a_machine_without_a_copy_reads_without_the_database(machine, sheet, cuttable, relay):
    relay.cut()
    a, slow = machine("a", cuttable), machine("slow", cuttable, every=SLOW)
    assert a.poller.wait(PATIENCE).snapshot is not None
    assert slow.poller.wait(PATIENCE).snapshot is not None
    assert a.codes == slow.codes == ["store"]
    assert sheet.readers().count("slow") == 1
    relay.restore()
    until(lambda: a.live.version == 1 and a.codes == [])


def test_what_was_seen_without_the_database_is_kept_in_order_once_it_is_back(machine, sheet, cuttable, relay):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    relay.cut()
    until(lambda: a.codes == ["store"])
    for town in ("Dunsmuir", "Weed"):
        sheet.edit(town)
        until(lambda: a.poller.refresh_now())
        until(lambda town=town: a.town == town)
    relay.restore()
    until(lambda: a.codes == [] and a.live.version == 3)
    kept = [a.store.load(version).tabs[0].rows[2][3] for version in reversed(a.store.versions(LINK))]
    assert kept == ["Yreka", "Dunsmuir", "Weed"]


def test_a_restored_database_does_not_bring_back_an_older_sheet(machine, sheet, postgresql_url):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    backup = sql(postgresql_url, "SELECT turn, kept_turn, version, state FROM turns")[0]
    for town in ("Dunsmuir", "Weed"):
        sheet.edit(town)
        until(lambda town=town: a.town == b.town == town)
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as connection:
        connection.execute("DELETE FROM version_tabs WHERE version_id > 1")
        connection.execute("DELETE FROM versions WHERE id > 1")
        connection.execute("UPDATE turns SET turn = %s, kept_turn = %s, version = %s, state = %s", backup)
    until(lambda: sql(postgresql_url, "SELECT count(*) FROM versions") == [(2,)])
    until(lambda: follows(a, b) and a.live.version)
    assert a.towns == b.towns == ["Yreka", "Dunsmuir", "Weed"]
    sheet.edit("Etna")
    until(lambda: a.town == b.town == "Etna")


def test_old_releases_go_on_with_the_connections_that_they_have(machine, sheet, cuttable, relay, postgresql_url):
    """As the guide says of a change that a newer version has made to the tables."""
    old = machine("old", cuttable)
    until(lambda: old.live.version)
    sql(postgresql_url, "UPDATE alembic_version SET version_num = 'r9999'")
    sheet.edit("Dunsmuir")
    until(lambda: old.live.version == 2)
    anew = machine("anew")
    until(lambda: anew.codes == ["store"] and anew.town == "Dunsmuir")
    assert "last used by a newer version" in anew.live.notices[0].sentence
    relay.cut()
    until(lambda: old.codes == ["store"])
    relay.restore()
    until(lambda: "last used by a newer version" in old.live.notices[0].sentence)
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(2,)]


# --- by the settings -------------------------------------------------------------------------------------------------


def test_each_sheet_of_a_deployment_has_turns_of_its_own(postgresql_url):
    counties = (County("A", "A" * 44), County("B", "B" * 44), County("C", "?"))
    deployment = sheets.for_settings(Settings(store=postgresql_url, counties=counties))
    a, b, c = (poller._keeper for _, poller in deployment.by_county.values())
    assert (a.take(30), b.take(30)) == (1, 1)
    assert not c.is_shared, "an address that is none; its look says so"
    assert [
        poller._keeper.is_shared for _, poller in sheets.for_settings(Settings(store=postgresql_url)).by_county.values()
    ] == [False]
    a._store.close()


@pytest.mark.slow
def test_a_single_process_on_sqlite_loads_no_driver(tmp_path):
    code = (
        "import sys; from cwac.refresh import sheets; from cwac.settings import Settings; "
        f"sheets.start(Settings(workbook='none.xlsx', store='sqlite:///{tmp_path}/s.sqlite3')).wait(20); "
        "print('psycopg' in sys.modules); sheets.stop()"
    )
    assert run(code) == "False"


def test_without_the_driver_a_postgresql_is_said_to_lack_it(postgresql_url):
    code = (
        "import sys; sys.modules['psycopg'] = None; "
        "from cwac.refresh import sheets; from cwac.settings import Settings; "
        f"live = sheets.start(Settings(workbook='none.xlsx', store={postgresql_url!r})).wait(20); "
        "print(live.trouble.cause, live.notices[0].sentence); sheets.stop()"
    )
    assert run(code) == (
        "not-found The program that speaks to the database is not installed. "
        'Install it: pip install "cwac[postgresql]".'
    )


FORK = """
import os, sys
from cwac.refresh import sheets
from cwac.settings import Settings
settings = Settings(workbook=sys.argv[1], store=sys.argv[2], refresh_seconds=10)
sheets.start(settings).wait(20)
child = os.fork()
if child == 0:
    assert sheets._running is None
    live = sheets.start(settings).wait(20)
    os._exit(0 if live.trouble is not None and live.trouble.cause == "not-found" else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), sheets.current().trouble.cause)
assert sheets.store().count() == 0
sheets.stop()
"""


def test_a_forked_process_takes_turns_of_its_own(postgresql_url, tmp_path):
    assert run(FORK, str(tmp_path / "none.xlsx"), postgresql_url) == "0 not-found"


def run(code: str, *arguments: str) -> str:
    project = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=90,
        env=os.environ | {"PYTHONPATH": str(project)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
