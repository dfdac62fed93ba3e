"""Several machines that share a store take turns at a sheet, at a time that the test sets, or on PostgreSQL."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from cwac import clock
from cwac.model import SourceUnavailable, Workbook
from cwac.refresh import sheets
from cwac.refresh.keeping import Pace, from_json, to_json
from cwac.refresh.live import Live, Notice
from cwac.refresh.poller import Poller
from cwac.refresh.source_factory import Source
from cwac.settings import County, Settings
from cwac.sheet.reader import read_workbook
from cwac.storage import postgresql
from cwac.storage.database import trouble as trouble_of
from cwac.storage.store import Store
from tests.fixed_clock import START
from tests.refresh.plan import DOWN, LINK, NOW, Sheet, drop_column, towns_kept, until
from tests.refresh.relay import Relay

PACE = Pace()
EVERY = PACE.every
drop_lead = drop_column("Events", "Lead agency")
LIMIT = SourceUnavailable("rate-limit", "Too many requests.", "Wait.", permanent=False, retry_after=90.0)


def test_a_state_comes_back_as_it_was_written():
    notice = Notice("damaged", "Planted.", NOW, 3, may_accept=True)
    state = Live(
        as_of=NOW, trouble=LIMIT, trouble_since=NOW, damage=notice, damaged_content="hash", loss=notice,
        source_notice=notice, accepted=("a", "b"), asked=True,
    )  # fmt: skip
    again = from_json(to_json(state))
    assert str(again.trouble) == str(LIMIT)
    assert again.trouble.retry_after == 90
    assert replace(again, trouble=None) == replace(state, trouble=None)
    for text in (to_json(Live()), "", '{"of": "another release"}'):
        assert from_json(text) == Live()


# --- the machines ----------------------------------------------------------------------------------------------------


class Shared(Store):
    """A store of several machines that can be away, and that lets something happen before a turn is taken."""

    is_shared = True
    away = False
    before_turn: Callable[[], object] = staticmethod(lambda: None)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        if Shared.away:
            raise trouble_of("unreachable")
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self, purpose: str) -> Iterator[sa.Connection]:
        if Shared.away:
            raise trouble_of("unreachable")
        if purpose.startswith("turn "):
            self.before_turn()
        with super().writing(purpose) as connection:
            yield connection


class Machine:
    """One of several that run the dashboard; it remembers all towns that it has shown."""

    def __init__(self, name: str, sheet: "Read", store: Store, pace: Pace = PACE) -> None:
        self.name, self.store, self.sheet = name, store, sheet
        self.remembered: list[Workbook] = []
        self.towns: list[str | None] = []
        source = Source(lambda asked: sheet.read_by(name, asked), "Google", LINK, self.remembered.append)
        self.poller = Poller(source, read_workbook, store, pace=pace, on_new=self._note)

    def _note(self, live: Live) -> None:
        town = live.snapshot.event_by_id["EV-7"].town if live.snapshot else None
        if self.towns[-1:] != [town]:
            self.towns.append(town)

    @property
    def live(self) -> Live:
        return self.poller.live

    @property
    def town(self) -> str | None:
        return self.towns[-1] if self.towns else None

    @property
    def codes(self) -> list[str]:
        return [notice.code for notice in self.live.notices]

    @property
    def page(self) -> tuple[object, ...]:
        """What a page says, whichever machine it is of."""
        live = self.live
        assert live.snapshot is not None
        words = str(live.trouble), live.trouble_since, live.notices
        return live.snapshot.content_hash, live.version, live.as_of, *words


class Read(Sheet):
    """The one sheet that all machines read: who did, when, and whether Refresh was pressed."""

    def __init__(self) -> None:
        super().__init__(START.date())
        self.reads: list[tuple[str, float, bool]] = []
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens during a fetch."""

    def read_by(self, name: str, asked: bool) -> Workbook:
        self.reads.append((name, time.monotonic(), asked))
        self.now = clock.read_clock()
        content, meanwhile = self.fetch(asked), self.meanwhile
        self.meanwhile = lambda: None
        meanwhile()
        return content


class Machines(Read):
    """Machines without threads, and the time, which passes only in `wait`."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.seconds = 0.0
        self.running: list[Machine] = []
        self._url = url
        monkeypatch.setattr(time, "monotonic", lambda: self.seconds)
        monkeypatch.setattr(clock, "time", lambda: START.timestamp() + self.seconds)
        monkeypatch.setattr(Shared, "away", False)

    def start(self, *names: str) -> list[Machine]:
        started = [Machine(name, self, Shared(self._url)) for name in names]
        for machine in started:
            self.running.append(machine)
            machine.poller.begin()
            machine.poller._due = self.seconds
            machine.poller._poll()
        return started

    def wait(self, seconds: float) -> None:
        """Let time pass, and each machine look at the store as often as its thread would."""
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds += PACE.follow
            for machine in list(self.running):
                machine.poller._poll()

    def looked(self, machine: Machine, seconds: float) -> None:
        """Let time pass, and only this machine look."""
        self.seconds += seconds
        machine.poller._poll()

    def stop(self, machine: Machine) -> None:
        self.running.remove(machine)
        machine.store.close()


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    machines = Machines(f"sqlite:///{tmp_path}/store.sqlite3", monkeypatch)
    yield machines
    for machine in list(machines.running):
        machines.stop(machine)


def test_an_edit_is_on_all_machines_after_an_interval_and_they_read_as_often_as_one_and_take_over(machines):
    a, b, c = machines.start("a", "b", "c")
    for town in ("Dunsmuir", "Weed", "Etna"):
        machines.edit(town)
        machines.wait(EVERY)
        assert (a.town, b.town, c.town) == (town,) * 3
    before = b.live
    machines.wait(EVERY)
    assert a.page == b.page == c.page
    assert (b.live.generation, b.live.version, b.live.as_of > before.as_of) == (before.generation, 4, True)
    assert b.live.overdue_at > b.live.as_of
    assert machines.reads == [("a", EVERY * n, False) for n in range(5)]
    assert a.towns == b.towns == c.towns == towns_kept(a.store) == ["Yreka", "Dunsmuir", "Weed", "Etna"]
    machines.stop(a)
    machines.wait(2 * EVERY)
    assert machines.reads[5:] == [("b", 150, False), ("b", 180, False)], "another takes over, and nothing is read twice"
    remembered = [workbook.tabs[0].rows[2][3] for workbook in b.remembered]
    assert remembered == ["Yreka", "Dunsmuir", "Weed", "Etna"], "it knows which tab is which"


def test_a_look_that_ends_after_a_later_one_is_neither_kept_nor_shown(machines):
    a, b = machines.start("a", "b")
    machines.edit("Weed")

    def another_looks() -> None:
        machines.edit("Dunsmuir")
        machines.looked(b, EVERY)

    machines.meanwhile = another_looks
    machines.looked(a, EVERY)
    assert [name for name, _, _ in machines.reads] == ["a", "a", "b"]
    assert a.towns == b.towns == towns_kept(a.store) == ["Yreka", "Dunsmuir"]


def test_refresh_is_heard_on_each_machine_and_pressed_on_all_of_them_is_one_look(machines):
    three = _, b, c = machines.start("a", "b", "c")
    machines.edit("Dunsmuir")
    assert b.poller.refresh_now()
    assert not b.poller.refresh_now(), "somebody asked just before"
    machines.wait(PACE.asked + PACE.follow)
    assert [machine.town for machine in three] == ["Dunsmuir"] * 3
    assert machines.reads == [("a", 0, False), ("b", PACE.asked, True)]
    assert not c.poller.refresh_now(), "somebody asked elsewhere"
    machines.wait(EVERY)
    machines.reads.clear()
    machines.edit("Etna")
    machines.running.reverse()
    assert [machine.poller.refresh_now() for machine in three] == [True] * 3
    machines.wait(EVERY - PACE.follow)
    assert [machine.town for machine in three] == ["Etna"] * 3
    assert [asked for _, _, asked in machines.reads] == [True]


def test_a_press_of_refresh_while_a_turn_is_taken_is_part_of_that_look(machines):
    (a,) = machines.start("a")
    a.store.before_turn = a.poller.refresh_now
    machines.wait(2 * EVERY)
    assert [asked for _, _, asked in machines.reads] == [False, True, True]


def test_a_retry_after_is_kept_to_by_all_machines_and_by_new_ones(machines):
    a, b = machines.start("a", "b")
    machines.trouble = LIMIT
    machines.wait(EVERY)
    asked_at = machines.seconds
    machines.stop(a)
    (c,) = machines.start("c")
    for machine in (b, c):
        assert machine.live.trouble.cause == "rate-limit"
        assert not machine.poller.refresh_now(), "Google has asked for a pause"
        assert machine.poller.look() == 90
    machines.trouble = None
    machines.wait(4 * EVERY)
    assert machines.reads[:2] == [("a", 0, False), ("a", asked_at, False)]
    assert 90 <= machines.reads[2][1] - asked_at <= 90 + PACE.follow


def test_warnings_are_everywhere_and_outlive_the_machine_that_gave_them(machines):
    a, b = machines.start("a", "b")
    whole = machines.tables["Events"]
    machines.tables["Events"] = whole[:2]
    machines.wait(EVERY)
    machines.tables["Events"] = [["x"] * 7, *whole[1:2]]
    machines.wait(EVERY)
    assert a.page == b.page
    told, generation = b.live.notices, b.live.generation
    assert b.codes == ["damaged", "large-deletion"]
    machines.stop(a)
    machines.wait(2 * EVERY)
    assert b.poller.looks == 2
    assert (b.live.notices, b.live.generation) == (told, generation), "since when, and in which version to find it"
    machines.tables["Events"] = [whole[0], [*whole[1][:3], "Etna", *whole[1][4:]]]
    machines.wait(EVERY)
    assert b.codes == ["large-deletion"], "it outlives an edit"
    assert [event.town for event in b.live.snapshot.events] == ["Etna"]
    machines.tables["Events"] = whole
    machines.wait(EVERY)
    assert b.codes == []


def test_a_warning_ends_when_the_version_from_before_is_gone_and_nobody_can_tell_whether_it_comes_back(machines):
    a, b = machines.start("a", "b")
    machines.tables["Events"] = machines.tables["Events"][:2]
    machines.wait(EVERY)
    assert a.codes == b.codes == ["large-deletion"]
    machines.stop(a)
    with b.store.writing("test") as connection:
        connection.exec_driver_sql("DELETE FROM version_tabs WHERE version_id = 1")
        connection.exec_driver_sql("DELETE FROM versions WHERE id = 1")
    machines.wait(EVERY)
    assert b.codes == []


def test_a_coordinator_shows_a_damaged_sheet_anyway_from_any_machine(machines):
    a, b = machines.start("a", "b")
    good = machines.tables["Events"]
    drop_lead(machines.tables)
    spoiled = machines.tables["Events"]
    machines.wait(EVERY)
    assert a.codes == b.codes == ["damaged"]
    (notice,) = b.live.notices
    assert not b.poller.accept(replace(notice, sentence="something read before"))
    assert b.poller.accept(notice)
    machines.wait(PACE.follow * 2)
    assert a.codes == b.codes == []
    for rows, agency in ((spoiled, None), (good, "WPD"), (spoiled, None)):  # accepted once, so nobody is asked again
        machines.tables["Events"] = rows
        machines.wait(EVERY)
        assert a.page == b.page
        assert (a.live.snapshot.event_by_id["EV-7"].lead_agency, a.codes) == (agency, [])


def test_an_acceptance_is_heard_by_the_others_although_the_machine_could_not_look(machines):
    a, b = machines.start("a", "b")
    drop_lead(machines.tables)
    machines.wait(EVERY)
    machines.trouble = DOWN
    assert b.poller.accept()
    machines.wait(PACE.follow)
    assert machines.reads[-1][0] == "b"
    machines.stop(b)
    machines.trouble = None
    machines.wait(EVERY)
    assert (a.codes, a.live.snapshot.event_by_id["EV-7"].lead_agency) == ([], None)


@pytest.mark.parametrize("pause", [False, True])
def test_an_acceptance_waits_for_a_look_that_counts(machines, pause):
    """Neither a pause that the source asks for nor a later look of another machine undoes it."""
    a, b = machines.start("a", "b")
    drop_lead(machines.tables)
    machines.wait(EVERY)
    machines.trouble = LIMIT if pause else None
    machines.wait(EVERY)
    machines.meanwhile = lambda: machines.looked(b, EVERY)
    assert a.poller.accept()
    a.poller._poll()
    assert (a.codes, b.codes) == (["damaged"], ["damaged"])
    machines.trouble, machines.meanwhile = None, lambda: None
    machines.wait(120 if pause else PACE.follow * 2)
    assert (a.codes, b.codes, a.live.snapshot.event_by_id["EV-7"].lead_agency) == ([], [], None)


def test_a_machine_without_a_copy_waits_for_the_one_that_looks_but_not_for_a_whole_interval(machines):
    seen = []

    def another_starts() -> None:
        (b,) = machines.start("b")
        seen.append(len(machines.reads))
        machines.looked(b, PACE.asked)
        seen.append(b.town)

    machines.meanwhile = another_starts
    machines.start("a")
    assert machines.reads == [("a", 0, False), ("b", PACE.asked, False)], "the other one may have died"
    assert seen == [1, "Yreka"]


# --- the database is away --------------------------------------------------------------------------------------------

AWAY = (
    "The database that holds the history does not answer. Meanwhile this dashboard looks at the sheet less often, and "
    "what it sees is not kept. Whoever runs this dashboard must start it or fix the network; it then goes on by itself."
)


def test_without_the_database_each_machine_looks_at_every_fourth_interval_and_says_that_it_is_not_kept(machines):
    a, b = machines.start("a", "b")
    Shared.away = True
    machines.wait(PACE.follow)
    for machine in (a, b):
        assert ([notice.sentence for notice in machine.live.notices], machine.live.trouble) == ([AWAY], None)
    machines.edit("Dunsmuir")
    machines.wait(12 * EVERY)
    assert (a.town, b.town, a.live.version) == ("Dunsmuir", "Dunsmuir", 1)
    for name in "ab":
        assert [at for reader, at, _ in machines.reads if reader == name][-3:] == [120, 240, 360]
    Shared.away = False
    machines.wait(EVERY)
    assert a.page == b.page
    assert (a.codes, a.live.version, a.towns, b.towns) == ([], 2, ["Yreka", "Dunsmuir"], ["Yreka", "Dunsmuir"])


@pytest.mark.parametrize("is_away", [True, False])
def test_what_a_machine_saw_alone_is_not_replaced_by_an_older_look_that_another_one_keeps_later(machines, is_away):
    """Whether the database was away when that older look began, or went away during it."""
    a, b = machines.start("a", "b")
    b.poller.look()
    a.poller._poll()

    def a_looks_alone_meanwhile() -> None:
        machines.edit("Dunsmuir")
        machines.seconds += 1
        Shared.away = True
        a.poller.look()
        Shared.away = False

    Shared.away = is_away
    machines.meanwhile = a_looks_alone_meanwhile
    b.poller.look()
    a.poller._poll()
    assert (a.town, b.town) == ("Dunsmuir", "Yreka")
    machines.wait(EVERY)
    assert a.towns == b.towns == towns_kept(a.store) == ["Yreka", "Dunsmuir"]


def test_a_machine_without_a_copy_reads_without_the_database(machines):
    Shared.away = True
    (a,) = machines.start("a")
    assert (a.town, a.codes, a.live.version) == ("Yreka", ["store"], None)
    machines.wait(EVERY)
    assert len(machines.reads) == 1
    Shared.away = False
    machines.wait(3 * EVERY)
    assert (a.live.version, a.codes) == (1, [])


def test_two_processes_on_one_sqlite_file_are_both_out_of_trouble_once_the_file_is_free(machines, monkeypatch):
    monkeypatch.setattr(Shared, "is_shared", False)
    a, b = machines.start("a", "b")
    monkeypatch.setattr(Shared, "away", True)
    machines.wait(EVERY)
    assert a.codes == b.codes == ["store"]
    monkeypatch.setattr(Shared, "away", False)
    machines.edit("Dunsmuir")
    machines.wait(3 * EVERY)
    assert (a.codes, b.codes, a.town, b.town, towns_kept(a.store)[-1]) == ([], [], "Dunsmuir", "Dunsmuir", "Dunsmuir")


# --- in both databases -----------------------------------------------------------------------------------------------


def test_a_restored_database_is_filled_and_followed_from_its_lower_turn_on(url):
    sheet = Read()
    a, b = (Machine(name, sheet, Store(url), replace(PACE, every=1e6, asked=0.0)) for name in "ab")
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
    assert a.towns == b.towns == ["Yreka", "Dunsmuir", "Weed", "Etna"]
    assert towns_kept(a.store) == ["Yreka", "Weed", "Etna"], "what was shown is kept again"
    for machine in (a, b):
        machine.store.close()


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

QUICK = Pace(every=0.3, retries=(0.1, 0.2, 0.3), rate_limit=1.0, permanent=0.3, asked=0.3, silence=3.0, follow=0.03)


@pytest.fixture
def threads() -> Iterator[Callable[[str, str], Machine]]:
    """Starts machines with threads of their own, which read one sheet; all are stopped in the end."""
    started: list[Machine] = []
    sheet = Read()

    def start(name: str, url: str) -> Machine:
        machine = Machine(name, sheet, Store(url), QUICK)
        machine.poller.start()
        started.append(machine)
        return machine

    yield start
    for machine in started:
        machine.poller.stop(0)
    for machine in started:
        machine.poller.stop(10)
    assert not [machine.name for machine in started if machine.poller.is_alive()]


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


@pytest.mark.slow
def test_a_server_that_accepts_and_never_answers_holds_up_neither_the_sheet_nor_its_next_look(threads, monkeypatch):
    """Nothing is a PostgreSQL there: connections are accepted by the operating system, and nobody reads them."""
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        a = threads("a", f"postgresql+psycopg://cwac@127.0.0.1:{silent.getsockname()[1]}/cwac")
        assert a.poller.wait(30).snapshot is not None
        assert (a.town, a.codes) == ("Yreka", ["store"])
        a.sheet.edit("Weed")
        until(lambda: a.town == "Weed")


def test_old_releases_go_on_with_the_connections_that_they_have(threads, cuttable, relay, postgresql_url):
    """As the guide says of a change that a newer version has made to the tables."""
    old = threads("old", cuttable)
    until(lambda: old.live.version)
    sql(postgresql_url, "UPDATE alembic_version SET version_num = 'r9999'")
    old.sheet.edit("Dunsmuir")
    until(lambda: old.live.version == 2)
    anew = threads("anew", postgresql_url)
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
    assert (a.read(30), b.read(30)) == (1, 1)
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
        "sheets.stop(); sys.exit('psycopg' in sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], timeout=90, check=True)


def test_without_the_driver_a_postgresql_is_said_to_lack_it(machines, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    machine = Machine("a", machines, Store("postgresql://cwac@/none"))
    machine.poller.begin()
    assert [notice.sentence for notice in machine.live.notices] == [
        'The program that speaks to the database is not installed. Install it: pip install "psycopg[binary]>=3.3.6".'
    ]
