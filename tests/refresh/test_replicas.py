"""Processes that share a PostgreSQL: one reads, all show the same; a lease that passes on; a database that is away."""

import datetime as dt
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cwac.refresh.replicas import Duty, Replica

from cwac.model import SourceUnavailable, Workbook
from cwac.refresh import sheets
from cwac.refresh.poller import Live, Pace
from cwac.refresh.source_factory import Source
from cwac.settings import County, Settings
from cwac.sheet.reader import read_workbook
from cwac.storage import store as store_module
from cwac.storage.store import Lease, LeaseLost, Store, StoreTrouble
from tests.refresh.plan import LINK, tables, workbook
from tests.refresh.relay import Relay

EVERY = 0.8
PACE = Pace(every=EVERY, retries=(0.1, 0.2, 0.3), rate_limit=2.0, permanent=0.6, asked=4.0, silence=3.0)
LEASE = 1.25 * EVERY
SOON = 20.0
CLOSED = SourceUnavailable("not-shared", "The sheet is not shared with this program.", "Share it with robot@x.")
LIMIT = SourceUnavailable("rate-limit", "Too many requests.", "Wait.", permanent=False, retry_after=30.0)


def until(true, seconds=SOON):
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
    return found


class Sheet:
    """The one sheet that all of them may read; who did, and when."""

    def __init__(self):
        today = dt.datetime.now(dt.UTC).date()
        self.tables = tables(today)
        self.trouble: SourceUnavailable | None = None
        self.reads: list[tuple[str, float, bool]] = []
        self.gate = threading.Event()
        self.gate.set()

    def read_by(self, name: str, asked: bool) -> Workbook:
        self.reads.append((name, time.monotonic(), asked))
        if self.trouble is not None:
            raise self.trouble
        found = workbook(self.tables, dt.datetime.now(dt.UTC))
        self.gate.wait(SOON)
        return found

    def edit(self, town: str) -> None:
        self.tables["Events"][2][3] = town

    def readers(self, since: float = 0.0) -> set[str]:
        return {name for name, at, _ in self.reads if at >= since}


class Machine:
    """One of several that run the dashboard."""

    def __init__(self, name: str, sheet: Sheet, url: str, every: float = EVERY) -> None:
        self.name = name
        self.store = Store(url)
        self.remembered: list[Workbook] = []
        source = Source(lambda asked: sheet.read_by(name, asked), "Google", LINK, self.remembered.append)
        self.duty = Duty(self.store, [LINK], every)
        self.replica = Replica(self.duty, source, read_workbook, self.store, pace=replace(PACE, every=every))

    @property
    def live(self) -> Live:
        return self.replica.current()

    @property
    def town(self) -> str | None:
        return self.live.snapshot.event_by_id["EV-7"].town if self.live.snapshot else None

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.live.notices]


@pytest.fixture
def sheet():
    return Sheet()


@pytest.fixture
def machine(sheet: Sheet, postgresql_url: str):
    """Starts a machine; all are stopped in the end."""
    started: list[Machine] = []

    def start(name: str, url: str = postgresql_url, **other) -> Machine:
        one = Machine(name, sheet, url, **other)
        one.replica.start()
        started.append(one)
        return one

    yield start
    sheet.gate.set()
    for one in started:
        one.replica.leave()
    for one in started:
        one.replica.stop()
    assert not [one.name for one in started if one.duty._thread.is_alive() or one.replica._thread.is_alive()]
    gc.collect()


@pytest.fixture
def relay(postgresql_server: Path) -> Iterator[Relay]:
    with Relay(postgresql_server) as one:
        yield one


@pytest.fixture
def cuttable(relay: Relay, postgresql_url: str) -> str:
    """The same database, by a way that can be cut."""
    return f"postgresql+psycopg://cwac@127.0.0.1:{relay.port}/{name_of(postgresql_url)}"


def name_of(url: str) -> str:
    return url.split("@")[1].split("/")[1].split("?")[0]


def sql(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def said(live: Live) -> tuple:
    """What a page says, whichever machine it is of."""
    assert live.snapshot is not None
    return (
        live.snapshot.content_hash, live.version, live.as_of, live.attempted, str(live.trouble), live.trouble_since,
        live.notices,
    )  # fmt: skip


def follows(other: Machine, one: Machine) -> bool:
    return bool(other.live.snapshot) and said(other.live) == said(one.live)


# --- the store's part ------------------------------------------------------------------------------------------------


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    one = Store(postgresql_url)
    yield one
    one.close()


def test_a_lease_is_one_holders_until_it_runs_out(store, postgresql_url):
    first = store.lease("reading", "a", 30)
    assert first == Lease("reading", "a", 1)
    assert store.lease("reading", "b", 30) is None
    assert store.lease("other", "b", 30) == Lease("other", "b", 1)
    assert store.lease("reading", "a", 30) == first, "renewed, and the same"
    sql(postgresql_url, "UPDATE leases SET until = until - 31 WHERE name = 'reading'")
    assert store.lease("reading", "a", 30) == first, "nobody took it meanwhile"
    sql(postgresql_url, "UPDATE leases SET until = until - 31 WHERE name = 'reading'")
    assert store.lease("reading", "b", 30) == Lease("reading", "b", 2)
    assert store.lease("reading", "a", 30) is None


def test_a_lease_given_back_is_free_at_once(store):
    store.lease("reading", "a", 30)
    store.release("reading", "b")
    assert store.lease("reading", "b", 30) is None, "only its holder gives it back"
    store.release("reading", "a")
    assert store.lease("reading", "b", 30) == Lease("reading", "b", 2)


def test_who_was_alone_for_two_leases_is_told_so(store, postgresql_url):
    assert not store.lease("reading", "a", 30).alone
    sql(postgresql_url, "UPDATE leases SET rival_at = rival_at - 61")
    assert store.lease("reading", "a", 30).alone
    store.lease("reading", "b", 30)
    assert not store.lease("reading", "a", 30).alone


def test_who_lost_the_lease_can_keep_and_say_nothing(store, postgresql_url):
    lost = store.lease("reading", "a", 30)
    store.announce(lost, LINK, "first")
    store.keep(workbook(), lease=lost)
    sql(postgresql_url, "UPDATE leases SET until = 0")
    store.lease("reading", "b", 30)
    with pytest.raises(LeaseLost):
        store.announce(lost, LINK, "second")
    changed = tables()
    changed["Events"][2][3] = "Dunsmuir"
    with pytest.raises(LeaseLost):
        store.keep(workbook(changed), lease=lost)
    assert store.announcement(LINK).body == "first"
    assert store.count() == 1


def test_what_is_said_is_heard(store, postgresql_url):
    lease = store.lease("reading", "a", 30)
    other = Store(postgresql_url)
    with other.listening() as hear:
        assert hear(0.01) == ()
        store.announce(lease, LINK, "news")
        (news,) = hear(5)
        store.ask(LINK)
        (asked,) = hear(5)
        store.release("reading", "a")
        assert hear(5) == ("free reading",)
    other.close()
    assert (news[:5], asked[:6], news[5:] == asked[6:]) == ("news ", "asked ", True)
    said = store.announcement(LINK)
    assert said.body == "news"
    assert 0 <= said.age < 60
    assert store.announced() == {LINK: said.at}
    assert store.announcement("another") is None


def test_only_a_postgresql_is_shared(tmp_path, postgresql_url):
    assert Store(postgresql_url).is_shared
    assert Store("postgres://cwac@example/x").is_shared
    assert not Store(f"sqlite:///{tmp_path}/store.sqlite3").is_shared
    assert not Store("no address").is_shared


# --- one reads, all show ---------------------------------------------------------------------------------------------


def test_one_reads_and_all_show_the_same(machine, sheet):
    a = machine("a")
    until(lambda: a.replica.on_duty)
    b, c = machine("b"), machine("c")
    until(lambda: follows(b, a) and follows(c, a))
    before = a.live.as_of
    until(lambda: a.live.as_of > before and follows(b, a) and follows(c, a)), "the time moves on everywhere"
    assert b.live.generation == 1, "and that is no new version"
    sheet.edit("Dunsmuir")
    until(lambda: (a.town, b.town, c.town) == ("Dunsmuir",) * 3 and follows(b, a) and follows(c, a))
    assert b.live.version == 2
    assert b.store.count() == 2
    assert sheet.readers() == {"a"}
    assert [one.replica.on_duty for one in (a, b, c)] == [True, False, False]
    assert b.live.next_attempt > b.live.as_of


def test_it_passes_on_at_once_when_its_holder_ends_and_nothing_is_read_twice(machine, sheet):
    a = machine("a", every=6.0)
    until(lambda: a.live.version)
    b = machine("b", every=6.0)
    until(lambda: follows(b, a))
    a.replica.stop()
    ended = time.monotonic()
    until(lambda: b.replica.on_duty, 5)
    assert [name for name, _, _ in sheet.reads] == ["a"], "it is not time yet"
    until(lambda: "b" in sheet.readers())
    (first,) = [at for name, at, _ in sheet.reads if name == "b"]
    assert first - sheet.reads[0][1] > 4
    assert first - ended < 6.5
    assert len(b.remembered) == 1, "it knows which tab is which"


def test_it_passes_on_when_its_holder_is_gone_without_a_word(machine, sheet, store, postgresql_url):
    a = machine("a")
    until(lambda: a.live.version)
    ((name,),) = sql(postgresql_url, "SELECT name FROM leases")
    a.replica.stop()
    assert store.lease(name, "gone", LEASE).term == 2
    asked = time.monotonic()
    b = machine("b")
    until(lambda: b.town == "Yreka"), "the last good copy, meanwhile"
    until(lambda: "b" in sheet.readers())
    assert time.monotonic() - asked > LEASE / 2
    assert sql(postgresql_url, "SELECT term FROM leases") == [(3,)]


def test_who_was_paused_discards_what_it_fetched_before(machine, sheet, postgresql_url):
    a = machine("a")
    until(lambda: a.live.version)
    sheet.gate.clear()
    sheet.edit("Weed")
    began = len(sheet.reads)
    until(lambda: len(sheet.reads) > began)
    sql(postgresql_url, "UPDATE leases SET holder = 'other', term = term + 1, until = until + 3")
    until(lambda: not a.replica.on_duty)
    sheet.edit("Dunsmuir")
    reads = len(sheet.reads)
    generation = a.live.generation
    sheet.gate.set()
    time.sleep(EVERY)
    assert len(sheet.reads) == reads
    assert (a.town, a.live.generation) == ("Yreka", generation)
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(1,)]
    until(lambda: a.town == "Dunsmuir"), "once the other's lease has run out"


def test_who_is_refused_by_the_store_follows(machine, sheet, postgresql_url):
    """Its own clock said that the lease holds: as that of a machine that was suspended whole."""
    a = machine("a", every=60.0)
    until(lambda: a.live.version)
    sql(postgresql_url, "UPDATE leases SET holder = 'other', term = term + 1, until = until + 300")
    sheet.edit("Dunsmuir")
    assert a.replica.refresh_now()
    until(lambda: len(sheet.reads) == 2 and not a.replica.on_duty, 10)
    time.sleep(0.2)
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(1,)]
    assert a.codes == []


def test_a_refresh_asked_of_another_is_the_one_on_dutys(machine, sheet):
    a = machine("a", every=60.0)
    until(lambda: a.live.version)
    b, c = machine("b", every=60.0), machine("c", every=60.0)
    until(lambda: follows(b, a) and follows(c, a))
    sheet.edit("Dunsmuir")
    assert b.replica.refresh_now()
    until(lambda: b.town == "Dunsmuir", 5)
    assert [(name, asked) for name, _, asked in sheet.reads] == [("a", False), ("a", True)]
    until(lambda: follows(b, a) and follows(c, a))
    for one in (a, b, c):
        assert not one.replica.refresh_now(), "somebody asked just before, wherever"


def test_what_was_not_heard_is_looked_up(machine, sheet, postgresql_url):
    """Some that stand between let no word pass, such as a pool of connections."""
    a = machine("a", every=8.0)
    until(lambda: a.live.version)
    b = machine("b", every=8.0)
    until(lambda: follows(b, a))
    lost = '["large-deletion", "Planted.", "2026-01-01T00:00:00+00:00", null]'
    sql(
        postgresql_url,
        f"UPDATE announcements SET at = at + 1, body = jsonb_set(body::jsonb, '{{lost}}', '{lost}')::text",
    )
    until(lambda: [str(one) for one in b.live.notices] == ["Planted."], 6)
    assert sheet.readers() == {"a"}


@pytest.mark.parametrize("trouble", [CLOSED, LIMIT])
def test_trouble_is_said_everywhere(machine, sheet, trouble):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    sheet.trouble = trouble
    until(lambda: b.live.trouble is not None and follows(b, a))
    assert (b.live.trouble.cause, str(b.live.trouble), b.town) == (trouble.cause, str(trouble), "Yreka")
    assert b.live.trouble_since is not None
    if trouble is LIMIT:
        assert not b.replica.refresh_now(), "Google wants to be left alone"
        a.replica.stop()
        until(lambda: b.replica.on_duty)
        time.sleep(2 * EVERY)
        assert "b" not in sheet.readers(), "by whoever"
    else:
        sheet.trouble = None
        until(lambda: b.live.trouble is None and follows(b, a))


def test_warnings_are_everywhere_and_outlive_who_gave_them(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    whole = sheet.tables["Events"]
    sheet.tables["Events"] = whole[:2]
    until(lambda: b.codes == ["large-deletion"] and follows(b, a))
    renamed = [["Name", *whole[0][1:]], *whole[1:2]]
    sheet.tables["Events"] = [["x"] * 7, *renamed[1:]]
    until(lambda: b.codes == ["damaged", "large-deletion"] and follows(b, a))
    told, generation = b.live.notices, b.live.generation
    a.replica.stop()
    until(lambda: "b" in sheet.readers())
    began = b.replica.looks
    until(lambda: b.replica.looks > began + 1)
    assert (b.live.notices, b.live.generation) == (told, generation), "since when, and in which version to find it"
    sheet.tables["Events"] = whole
    until(lambda: b.codes == [])


def test_a_coordinator_shows_it_anyway_from_any_machine(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    b = machine("b")
    until(lambda: follows(b, a))
    sheet.tables["Events"] = [["Name", *sheet.tables["Events"][0][1:]], *sheet.tables["Events"][1:]]
    until(lambda: b.codes == ["damaged"] and follows(b, a))
    assert b.replica.accept(b.live.notices[0])
    until(lambda: "damaged" not in b.codes and follows(b, a))
    assert b.live.snapshot.event_by_id.keys().isdisjoint({"EV-7"})


def test_who_starts_shows_at_once_what_the_others_show(machine, sheet):
    a = machine("a")
    until(lambda: a.live.version)
    sheet.trouble = CLOSED
    until(lambda: a.live.trouble)
    b = machine("b")
    assert said(b.replica.wait(SOON)) == said(a.live)


def test_what_another_version_of_the_program_announced_is_passed_over(machine, sheet, postgresql_url):
    a = machine("a")
    until(lambda: a.live.version)
    sql(postgresql_url, "UPDATE announcements SET body = '{\"version\": 1}'")
    a.replica.stop()
    b = machine("b", every=20.0)
    assert b.replica.wait(SOON).snapshot is not None
    until(lambda: "b" in sheet.readers())


# --- the database is away ---------------------------------------------------------------------------------------------


def test_nobody_reads_without_the_database_and_all_say_why(machine, sheet, cuttable, relay):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    b = machine("b", cuttable)
    until(lambda: follows(b, a))
    before = b.live.as_of
    relay.cut()
    until(lambda: a.duty.state == b.duty.state == "cut off" and a.codes == b.codes == ["store"])
    quiet = time.monotonic()
    time.sleep(3 * EVERY)
    assert sheet.readers(quiet) == set()
    for one in (a, b):
        assert one.town == "Yreka"
        assert one.live.notices[0].sentence == (
            "The database that holds the history does not answer. Meanwhile the sheet is read only when somebody "
            "presses Refresh. Whoever runs this dashboard must start it or mend the network; it then goes on by itself."
        )
        assert (one.live.trouble, one.live.next_attempt) == (None, None), "it is not Google that does not answer"
    assert b.live.as_of >= before
    sheet.edit("Dunsmuir")
    relay.restore()
    until(lambda: (a.town, b.town) == ("Dunsmuir",) * 2 and a.codes == b.codes == [])
    assert len(sheet.readers(quiet)) == 1


def test_who_presses_refresh_without_the_database_sees_the_sheet(machine, sheet, cuttable, relay, postgresql_url):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    b = machine("b", cuttable)
    until(lambda: follows(b, a))
    relay.cut()
    until(lambda: b.duty.state == "cut off" and b.codes == ["store"])
    sheet.edit("Dunsmuir")
    until(lambda: b.replica.refresh_now())
    until(lambda: b.town == "Dunsmuir")
    time.sleep(EVERY)
    assert (b.codes, b.live.next_attempt) == (["store"], None)
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(1,)]
    relay.restore()
    until(lambda: sql(postgresql_url, "SELECT count(*) FROM versions") == [(2,)])
    until(lambda: a.town == b.town == "Dunsmuir")


def test_who_has_nothing_to_show_reads_without_the_database(machine, sheet, cuttable, relay):
    relay.cut()
    a, slow = machine("a", cuttable), machine("slow", cuttable, every=60.0)
    assert a.replica.wait(SOON).snapshot is not None
    assert slow.replica.wait(SOON).snapshot is not None
    time.sleep(2 * EVERY)
    assert sorted(name for name, _, _ in sheet.reads) == ["a", "slow"], "once each"
    assert a.codes == slow.codes == ["store"]
    relay.restore()
    until(lambda: a.live.version == 1 and a.codes == [])


def test_who_was_alone_goes_on_without_the_database_and_keeps_it_all_in_the_end(
    machine, sheet, cuttable, relay, postgresql_url
):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    sql(postgresql_url, "UPDATE leases SET rival_at = 0")
    until(lambda: a.duty.lease and a.duty.lease.alone)
    relay.cut()
    for town in ("Dunsmuir", "Weed", "Etna"):
        sheet.edit(town)
        until(lambda town=town: a.town == town)
    time.sleep(LEASE)
    assert a.replica.on_duty
    assert a.codes == ["store"]
    relay.restore()
    until(lambda: a.codes == [] and a.live.version == 4)
    assert [
        read_workbook(a.store.load(one), a.live.snapshot.today).event_by_id["EV-7"].town
        for one in reversed(a.store.versions(LINK))
    ] == ["Yreka", "Dunsmuir", "Weed", "Etna"]


def test_who_was_alone_gives_way_to_one_who_came_meanwhile(machine, sheet, cuttable, relay, postgresql_url):
    a = machine("a", cuttable)
    until(lambda: a.live.version)
    sql(postgresql_url, "UPDATE leases SET rival_at = 0")
    until(lambda: a.duty.lease and a.duty.lease.alone)
    relay.cut()
    sheet.edit("Dunsmuir")
    until(lambda: a.town == "Dunsmuir")
    b = machine("b")
    until(lambda: "b" in sheet.readers())
    sheet.edit("Weed")
    until(lambda: b.town == "Weed" and not b.replica._unkept)
    relay.restore()
    until(lambda: follows(a, b) and not a.replica.on_duty)
    restored = time.monotonic()
    time.sleep(2 * EVERY)
    assert sheet.readers(restored) == {"b"}
    towns = [
        read_workbook(b.store.load(one), b.live.snapshot.today).event_by_id["EV-7"].town
        for one in b.store.versions(LINK)
    ]
    assert towns == ["Weed", "Dunsmuir", "Yreka"]


# --- by the settings --------------------------------------------------------------------------------------------------


def test_one_lease_for_all_sheets_of_a_deployment(postgresql_url):
    found = sheets.for_settings(
        Settings(store=postgresql_url, counties=(County("A", "A" * 44), County("B", "B" * 44), County("C", "?")))
    )
    a, b, c = (one for _, one in found.by_county.values())
    assert isinstance(a, Replica)
    assert isinstance(b, Replica)
    assert a._duty is b._duty
    assert not isinstance(c, Replica), "an address that is none; its look says so"
    found = sheets.for_settings(Settings(store=postgresql_url))
    assert [one.on_duty for _, one in found.by_county.values()] == [None], "the sample costs nobody anything"


def test_a_single_process_on_sqlite_is_alone_and_loads_no_driver(tmp_path):
    code = (
        "import sys; from cwac.refresh import counties; from cwac.settings import Settings; "
        f"counties.start(Settings(workbook='none.xlsx', store='sqlite:///{tmp_path}/s.sqlite3')).wait(20); "
        "print(counties.refresher().on_duty, type(counties.refresher()).__name__, 'psycopg' in sys.modules); "
        "counties.stop()"
    )
    assert run(code) == "None Poller False"


def test_without_the_driver_a_postgresql_is_as_before(postgresql_url):
    code = (
        "import sys; sys.modules['psycopg'] = None; "
        "from cwac.refresh import counties; from cwac.settings import Settings; "
        f"counties.start(Settings(workbook='none.xlsx', store={postgresql_url!r})).wait(20); "
        "print(type(counties.refresher()).__name__, counties.refresher().on_duty); counties.stop()"
    )
    assert run(code) == "Poller None"


FORK = """
import os, sys, warnings
from cwac.refresh import counties
from cwac.refresh import store as store_module
from cwac.settings import Settings
from tests.refresh.test_replicas import until
settings = Settings(workbook=sys.argv[1], store=sys.argv[2], refresh_seconds=10)
counties.start(settings).wait(20)
until(lambda: counties.refresher().on_duty)
child = os.fork()
if child == 0:
    assert counties._running is None
    counties.start(settings).wait(20)
    until(lambda: counties.refresher()._duty.state == "following")
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), counties.refresher().on_duty)
assert counties.store().count() == 0
counties.stop()
"""


def test_a_forked_process_is_one_of_its_own(postgresql_url, tmp_path):
    assert run(FORK, str(tmp_path / "none.xlsx"), postgresql_url) == "0 True"


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


# --- a database that says nothing -------------------------------------------------------------------------------------


def test_a_database_that_says_nothing_is_given_up_and_others_do_not_wait_for_it_again(cuttable, relay, monkeypatch):
    store = Store.open(cuttable)
    monkeypatch.setattr(store_module, "QUIET_SECONDS", 1)
    assert store.count() == 0
    relay.silence()
    began = time.monotonic()
    with pytest.raises(StoreTrouble) as found:
        store.record_visit("a@example.gov", dt.datetime.now(dt.UTC))
    assert found.value.cause == "unreachable"
    assert time.monotonic() - began < 12, "who looks at a page waits, but not for ever"
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises(StoreTrouble, match="does not answer"):
            store.count()
    assert time.monotonic() - began < 0.5
    relay.restore()
    monkeypatch.setattr(store, "_rests", None)
    assert store.count() == 0
    store.close()


def test_what_takes_long_is_not_given_up(cuttable, monkeypatch):
    store = Store.open(cuttable)
    monkeypatch.setattr(store_module, "QUIET_SECONDS", 1)
    assert store.count() == 0
    with store.reading() as connection:
        store_module._be_patient(connection)
        connection.exec_driver_sql("SELECT pg_sleep(2)")
    with pytest.raises(StoreTrouble), store.reading() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(4)")
    store.close()


WAITS = """
import sys
from cwac.refresh import store as module

module.QUIET_SECONDS = 3
store = module.Store.open(sys.argv[1])
with store.reading() as connection:
    print("waits", flush=True)
    connection.exec_driver_sql("SELECT pg_sleep(4)")
print(store.count(), flush=True)
"""


def test_who_was_stopped_does_not_think_the_database_silent(postgresql_url):
    with subprocess.Popen([sys.executable, "-c", WAITS, postgresql_url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "waits\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGSTOP)
        time.sleep(3.2)
        process.send_signal(signal.SIGCONT)
        assert process.stdout.read() == "0\n"


def test_who_was_stopped_in_a_transaction_may_ask_again_at_once(postgresql_url, monkeypatch):
    monkeypatch.setattr(store_module, "IDLE_SECONDS", 1)
    store = Store.open(postgresql_url)

    def be_stopped_meanwhile():
        with store.writing("something") as connection:
            time.sleep(1.5)
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreTrouble) as found:
        be_stopped_meanwhile()
    assert found.value.cause == "unreachable"
    assert store.count() == 0
    store.close()


def test_who_is_on_duty_stops_when_the_database_says_nothing(machine, sheet, cuttable, relay, monkeypatch):
    monkeypatch.setattr(store_module, "QUIET_SECONDS", 1)
    a, b = machine("a", cuttable), machine("b", cuttable)
    until(lambda: a.live.version and b.live.version)
    relay.silence()
    silent = time.monotonic()
    until(lambda: a.codes == b.codes == ["store"] and a.duty.state == b.duty.state == "cut off", 40)
    assert not sheet.readers(silent + 2 * LEASE)
    relay.restore()
    until(lambda: a.codes == b.codes == [], 40)


# --- a large sheet, which a process of its own reads ------------------------------------------------------------------


# --- a new version that changes the tables ----------------------------------------------------------------------------


def test_old_ones_go_on_with_the_connections_that_they_have(machine, sheet, postgresql_url):
    """As the guide says of a change that a newer version has made to the tables."""
    old = machine("old")
    until(lambda: old.live.version)
    sql(postgresql_url, "UPDATE alembic_version SET version_num = 'r9999'")
    sheet.edit("Dunsmuir")
    until(lambda: old.live.version == 2)
    anew = machine("anew")
    until(lambda: anew.codes == ["store"] and anew.town == "Dunsmuir")
    assert "last used by a newer version" in anew.live.notices[0].sentence
    sql(
        postgresql_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    until(lambda: old.codes == ["store"] and old.duty.state == "cut off")
    reads = len(sheet.reads)
    time.sleep(2 * EVERY)
    assert len(sheet.reads) == reads
    assert "last used by a newer version" in old.live.notices[0].sentence
    assert sql(postgresql_url, "SELECT count(*) FROM versions") == [(2,)]
