"""Three servers that share a PostgreSQL, behind nginx: one is killed, one paused, the database cut, all replaced."""

import contextlib
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.exceptions import WebSocketException

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.refresh import plan
from tests.refresh.relay import Relay
from tests.server import SheetsServer
from tests.web import served
from tests.web.plan import TODAY
from tests.web.reverse_proxy import NAME, Proxy, nginx
from tests.web.served import Served, Session, connected, free_port, get, serving
from tests.web.signed_in import PEOPLE, cookie, with_provider

pytestmark = pytest.mark.slow

INTERVAL = 10.0
"""Seconds: the shortest that the settings allow."""

EXTRA = 10
"""Looks beyond one an interval: starts, Refresh, a kill, a pause, and one of each replica without the database."""

BOSS = PEOPLE["coordinator"]
EVENT = "EV-14"
"""On every page of staffing, whatever happens to its town."""


class Replica:
    """One of the three servers: started, stopped, killed or paused, always at the same port."""

    def __init__(self, letter: str, folder: Path, secrets: str) -> None:
        self.letter, self.port = letter, free_port()
        self._folder = folder / letter
        self._stack = contextlib.ExitStack()
        self.served: Served | None = None
        self.metrics: dict[str, float] = {}
        """Its metrics as read last; empty while it does not answer."""
        self.looked_at = 0.0
        file = self._folder / ".streamlit" / "secrets.toml"
        file.parent.mkdir(parents=True)
        file.touch(0o600)
        file.write_text(secrets)

    def start(self) -> None:
        environ = {"STREAMLIT_SERVER_ALLOWED_HOSTS": f"{NAME} localhost"}
        self.served = self._stack.enter_context(serving(self._folder, environ, f"--server.port={self.port}"))

    def stop(self) -> None:
        self._stack.close()
        self.served, self.metrics = None, {}

    def signal(self, which: signal.Signals) -> None:
        assert self.served is not None
        self.served.process.send_signal(which)

    @property
    def looks(self) -> float:
        """How often it has looked at the sheet since it was started."""
        return self.metrics.get("cwac_reads_total", 0.0)

    @property
    def age(self) -> float:
        """Of what it shows, in seconds."""
        return self.metrics.get("cwac_data_age_seconds", float("inf"))

    def watch(self, ended: threading.Event) -> None:
        """Look up its metrics again and again."""
        before = 0.0
        while not ended.wait(0.5):
            try:
                text = get(f"http://localhost:{self.port}/metrics", timeout=1).text
            except httpx.HTTPError:
                self.metrics = {}
                continue
            self.metrics = {
                line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"
            }
            if self.looks != before:
                before, self.looked_at = self.looks, time.monotonic()


@contextlib.contextmanager
def session(proxy: Proxy, letter: str) -> Iterator[Session]:
    """A coordinator's session with that replica, or whoever stands in for it."""
    token, address = generate_xsrf_token_string(), f"https://{NAME}:{proxy.port}"
    signed_in = cookie(Served(0, None, Path()), dict(BOSS) | {"origin": address})  # type: ignore[arg-type]
    cookies = f"coffee_replica={letter}; _streamlit_xsrf={token}; _streamlit_user={signed_in}"
    with connected(proxy.port, NAME, cookie=cookies, token=token, tls=proxy.trusting) as opened:
        yield opened


def opened(page: Session, *words: str) -> bool:
    """Whether the page shows these words. A version that comes while it is drawn interrupts it, so look again."""
    return any(all(map(page.open("staffing").holds, words)) for _ in range(3))


class Visitor:
    """Opens a page again and again, as a browser that stays where its cookie says, and is led elsewhere by nginx."""

    def __init__(self, proxy: Proxy, letter: str) -> None:
        self.letter = letter
        self.opened = 0
        self.blank: list[str] = []
        self._proxy = proxy

    def go_on(self, ended: threading.Event) -> None:
        while not ended.wait(4.0):
            with contextlib.suppress(OSError, WebSocketException, httpx.HTTPError, TimeoutError):
                # What an open page asks before it opens its websocket again.
                asked = self._proxy.get("/_stcore/health", Cookie=f"coffee_replica={self.letter}")
                sent = re.search(r"coffee_replica=(\w)", asked.headers.get("set-cookie", ""))
                self.letter = sent[1] if sent else self.letter
                with session(self._proxy, self.letter) as page:
                    shown = opened(page, EVENT)
                self.opened += 1
                if not shown:
                    self.blank.append(self.letter)


def until(true: Callable[[], object]) -> float:
    """When it comes true. Asked more often, the pages opened meanwhile would keep both cores busy."""
    served.until(true, 2.5 * INTERVAL, 1.0)
    return time.monotonic()


class Stage:
    """All that plays a part: the replicas, who watches them, and what is seen on their pages."""

    def __init__(self, replicas: list[Replica], proxy: Proxy, google: SheetsServer, url: str, store: Store) -> None:
        self.replicas, self.proxy, self.google, self.store = replicas, proxy, google, store
        self._url = url.replace("+psycopg", "")

    @property
    def looker(self) -> Replica:
        """The one that has looked last."""
        return max(self.replicas, key=lambda replica: replica.looked_at)

    def seen_by_all(
        self, town: str, pressing: Replica | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> float:
        """Edit the sheet, and wait until each replica shows it; when it was kept."""
        reads = self.google.calls["batchGet"]
        with ThreadPoolExecutor(len(self.replicas) + 1) as several:
            kept = several.submit(self._kept)
            self.google.book.sheets[0].set("D4", town)
            meanwhile()
            for shown in [several.submit(self._see, replica, town, replica is pressing) for replica in self.replicas]:
                shown.result()
        assert self.google.calls["batchGet"] - reads <= 4, "within two intervals, and one that another machine may miss"
        return kept.result()

    def _kept(self) -> float:
        with psycopg.connect(self._url, autocommit=True) as connection:

            def last() -> int:
                return int(connection.execute("SELECT max(id) FROM versions").fetchone()[0])  # type: ignore[index]

            before = last()
            return until(lambda: last() > before)

    def _see(self, replica: Replica, town: str, press: bool) -> None:
        with session(self.proxy, replica.letter) as page:
            if press:
                page.refresh()
            until(lambda: page.open("staffing").holds(town))


def test_three_replicas_show_the_same_whatever_happens_to_one_of_them(
    postgresql_server: Path, postgresql_url: str, tmp_path: Path
) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        google = stack.enter_context(SheetsServer(plan.workbook(plan.tables(TODAY))))
        relay = stack.enter_context(Relay(postgresql_server))
        name = postgresql_url.split("@")[1].split("/")[1].split("?")[0]
        secrets = f"""
{google.secrets()}
[cwac]
store = "postgresql+psycopg://cwac@127.0.0.1:{relay.port}/{name}"
refresh_seconds = {INTERVAL:.0f}
{with_provider(address=f"https://{NAME}:{port}")}
[access]
coordinators = ["boss@county.example.gov"]
"""
        a, b, c = three = [Replica(letter, tmp_path, secrets) for letter in "abc"]
        ended = threading.Event()
        watching = [threading.Thread(target=replica.watch, args=(ended,)) for replica in three]
        for replica in three:
            stack.callback(replica.stop)
        stack.callback(relay.restore)
        a.start()
        with ThreadPoolExecutor(2) as both:
            list(both.map(Replica.start, (b, c)))
        proxy = stack.enter_context(
            nginx(tmp_path, "nginx-replicas.conf", {8501: a.port, 8502: b.port, 8503: c.port}, port)
        )
        visitors = [Visitor(proxy, replica.letter) for replica in three]
        watching += [threading.Thread(target=visitor.go_on, args=(ended,)) for visitor in visitors]
        stack.callback(lambda: [thread.join(40) for thread in watching])
        stack.callback(ended.set)
        for thread in watching:
            thread.start()
        store = stack.enter_context(contextlib.closing(Store(postgresql_url)))
        stage = Stage(three, proxy, google, postgresql_url, store)
        until(lambda: all(replica.metrics.get("cwac_ready") for replica in three))
        began, before = time.monotonic(), google.calls["batchGet"]
        play(stage, relay)
        took, reads = time.monotonic() - began, google.calls["batchGet"] - before
    assert reads <= took / INTERVAL + 1 + EXTRA, "the calls of one"
    assert [(visitor.opened > 5, visitor.blank) for visitor in visitors] == [(True, [])] * 3


def play(stage: Stage, relay: Relay) -> None:
    _, b, c = stage.replicas
    store = stage.store
    feed = store.create_token("agency:WPD", "boss@county.example.gov", read_clock())

    # Refresh on one that did not look last.
    stage.seen_by_all("Montague", pressing=next(replica for replica in stage.replicas if replica is not stage.looker))

    # The one that looks is killed, and comes back as a new version would.
    killed = stage.looker
    killed.signal(signal.SIGKILL)
    killed.stop()
    stage.seen_by_all("McCloud", meanwhile=killed.start)

    # The one that looks is paused for longer than an interval.
    paused = stage.looker
    paused.signal(signal.SIGSTOP)

    def go_on() -> None:
        try:
            until(lambda: stage.looker is not paused)
            time.sleep(1)
        finally:
            paused.signal(signal.SIGCONT)

    kept = stage.seen_by_all("Tulelake", meanwhile=go_on)
    # The one that was paused, too: what it showed before is older by all the time that it was paused.
    until(lambda: all(replica.age < time.monotonic() - kept + INTERVAL / 2 for replica in stage.replicas))

    # The database is cut.
    reads = stage.google.calls["batchGet"]
    relay.cut()
    until(lambda: all(replica.metrics.get('cwac_notices{kind="store"}') for replica in stage.replicas))
    for replica in stage.replicas:
        with session(stage.proxy, replica.letter) as page:
            assert opened(page, "Tulelake", "The database that holds the history does not answer")
    assert stage.google.calls["batchGet"] - reads <= 1 + len(stage.replicas), "each looks at every fourth interval"
    # The database is back.
    stage.seen_by_all("Hornbrook", meanwhile=relay.restore)

    # A new version is rolled through.
    for replica in (b, c):
        replica.stop()
        replica.start()
    stage.seen_by_all("Callahan")

    for replica in stage.replicas:
        answer = stage.proxy.get(f"/feed/{feed}.ics", Cookie=f"coffee_replica={replica.letter}")
        assert (answer.status_code, "BEGIN:VCALENDAR" in answer.text) == (200, True)
    until(lambda: [entry.action for entry in store.audited()].count("feed 1 was read") == 1), "once a day, by whichever"
