"""Three servers that share a PostgreSQL, behind nginx, while one is killed, one paused, the database cut, all replaced.

With `-s` it prints what happened when.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from cwac.clock import read_clock
from cwac.storage.store import Store
from tests.refresh import plan
from tests.refresh.relay import Relay
from tests.server import SheetsServer
from tests.web.plan import TODAY
from tests.web.reverse_proxy import NAME, Proxy, nginx
from tests.web.served import Seen, Served, Session, free_port, get, serving
from tests.web.signed_in import PEOPLE, SECRET, cookie

pytestmark = pytest.mark.slow

INTERVAL = 10.0
"""Seconds: the shortest that the settings allow."""

EXTRA = 10
"""Looks beyond one an interval: starts, Refresh, a kill, a pause, and one of each replica without the database."""

BOSS = PEOPLE["coordinator"]
EVENT = "EV-14"
"""On every page of staffing, whatever happens to its town."""


class Google(SheetsServer):
    """The sheet, and who read it when: each process has a token of its own."""

    def __init__(self) -> None:
        super().__init__(plan.workbook(plan.tables(TODAY)))
        self.reads_by: list[tuple[float, str]] = []

    def serve(self, handler: object, method: str) -> None:
        if "batchGet" in handler.path:  # type: ignore[attr-defined]
            self.reads_by.append((time.monotonic(), handler.headers["Authorization"]))  # type: ignore[attr-defined]
        super().serve(handler, method)  # type: ignore[arg-type]

    def edit(self, town: str) -> None:
        self.book.sheets[0].set("D4", town)


@dataclass
class Timeline:
    """What happened when, in seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)
    lines: list[tuple[float, str]] = field(default_factory=list)

    def note(self, what: str, at: float | None = None) -> float:
        now = time.monotonic() if at is None else at
        self.lines.append((now, what))
        return now

    def __str__(self) -> str:
        return "\n".join(f"{at - self.began:6.1f} s  {what}" for at, what in sorted(self.lines))


class Replica:
    """One of the three servers: started, stopped, killed or paused, always at the same port."""

    def __init__(self, letter: str, folder: Path, secrets: str, timeline: Timeline) -> None:
        self.letter, self.port, self.timeline = letter, free_port(), timeline
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
        self.timeline.note(f"{self.letter} answers")

    def stop(self) -> None:
        self._stack.close()
        self.served, self.metrics = None, {}

    def signal(self, which: signal.Signals) -> float:
        assert self.served is not None
        self.served.process.send_signal(which)
        return self.timeline.note(f"{self.letter}: {which.name}")

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
                self.timeline.note(f"{self.letter} has looked")

    def log(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")


@contextlib.contextmanager
def session(proxy: Proxy, letter: str) -> Iterator[Session]:
    """A coordinator's session with that replica, or whoever stands in for it."""
    token, address = generate_xsrf_token_string(), f"https://{NAME}:{proxy.port}"
    signed_in = cookie(Served(0, None, Path()), dict(BOSS) | {"origin": address})  # type: ignore[arg-type]
    cookies = f"coffee_replica={letter}; _streamlit_xsrf={token}; _streamlit_user={signed_in}"
    with connect(
        f"wss://{NAME}:{proxy.port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", proxy.port)),
        ssl=proxy.trusting,
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        origin=address,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies},
        open_timeout=20,
        max_size=None,
        compression=None,
    ) as websocket:
        yield Session(websocket)


def opened(page: Session, *words: str) -> bool:
    """Whether the page shows these words. A version that comes while it is drawn interrupts it, so look again."""
    return any(all(map(page.open("staffing").holds, words)) for _ in range(3))


class Visitor:
    """Opens a page again and again, as a browser that stays where its cookie says, and is led elsewhere by nginx."""

    def __init__(self, proxy: Proxy, letter: str) -> None:
        self.letter = letter
        self.opened: list[tuple[float, str]] = []
        self.blank: list[str] = []
        self._proxy = proxy

    def go_on(self, ended: threading.Event) -> None:
        while not ended.wait(1.0):
            with contextlib.suppress(OSError, WebSocketException, httpx.HTTPError, TimeoutError):
                # What an open page asks before it opens its websocket again.
                asked = self._proxy.get("/_stcore/health", Cookie=f"coffee_replica={self.letter}")
                sent = re.search(r"coffee_replica=(\w)", asked.headers.get("set-cookie", ""))
                self.letter = sent[1] if sent else self.letter
                with session(self._proxy, self.letter) as page:
                    shown = opened(page, EVENT)
                self.opened.append((time.monotonic(), self.letter))
                if not shown:
                    self.blank.append(self.letter)

    @property
    def longest_wait(self) -> float:
        return max(after - before for (before, _), (after, _) in itertools.pairwise(self.opened))


def press_refresh(page: Session, seen: Seen) -> None:
    buttons = {message.delta.new_element.button.id for message in seen.messages}
    (refresh,) = {button for button in buttons if button.endswith("-refresh")}
    asking = BackMsg()
    asking.rerun_script.page_script_hash = page._page
    state = asking.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = refresh, True
    page._run(asking)


def until(true: Callable[[], object], seconds: float = 2.5 * INTERVAL) -> float:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.5)  # more often, the pages opened meanwhile would keep both cores busy
    return time.monotonic()


class Stage:
    """All that plays a part: the replicas, who watches them, and what is seen on their pages."""

    def __init__(
        self, replicas: list[Replica], proxy: Proxy, google: Google, timeline: Timeline, url: str, store: Store
    ) -> None:
        self.replicas, self.proxy, self.google, self.timeline, self.store = replicas, proxy, google, timeline, store
        self._url = url.replace("+psycopg", "")

    @property
    def looker(self) -> Replica:
        """The one that has looked last."""
        return max(self.replicas, key=lambda replica: replica.looked_at)

    def seen_by_all(
        self, town: str, pressing: Replica | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> float:
        """Edit the sheet, and wait until each replica shows it; when it was kept."""
        self.timeline.note(f"the sheet is edited: {town}")
        reads = len(self.google.reads_by)
        with ThreadPoolExecutor(len(self.replicas) + 1) as several:
            kept = several.submit(self._kept)
            self.google.edit(town)
            meanwhile()
            ready = time.monotonic()
            seen = [several.submit(self._seen, replica, town, replica is pressing) for replica in self.replicas]
            since = max(ready, kept.result())
            took = {
                replica.letter: max(0.0, shown.result() - since)
                for replica, shown in zip(self.replicas, seen, strict=True)
            }
        words = ", ".join(f"{letter} {after:.1f} s" for letter, after in took.items())
        self.timeline.note(f"{town} is kept; seen on {words} later", kept.result())
        assert len(self.google.reads_by) - reads <= 4, "within two intervals, and one that another machine may miss"
        return kept.result()

    def _kept(self) -> float:
        with psycopg.connect(self._url, autocommit=True) as connection:

            def last() -> int:
                return int(connection.execute("SELECT max(id) FROM versions").fetchone()[0])  # type: ignore[index]

            before = last()
            return until(lambda: last() > before)

    def _seen(self, replica: Replica, town: str, press: bool) -> float:
        with session(self.proxy, replica.letter) as page:
            seen = page.open("staffing")
            if press:
                self.timeline.note(f"Refresh is pressed on {replica.letter}")
                press_refresh(page, seen)
            return until(lambda: page.open("staffing").holds(town))


def test_three_replicas_show_the_same_whatever_happens_to_one_of_them(
    postgresql_server: Path, postgresql_url: str, tmp_path: Path
) -> None:
    timeline, port = Timeline(), free_port()
    with contextlib.ExitStack() as stack:
        google, relay = stack.enter_context(Google()), stack.enter_context(Relay(postgresql_server))
        name = postgresql_url.split("@")[1].split("/")[1].split("?")[0]
        secrets = f"""
{google.secrets()}
[cwac]
store = "postgresql+psycopg://cwac@127.0.0.1:{relay.port}/{name}"
refresh_seconds = {INTERVAL:.0f}
[auth]
redirect_uri = "https://{NAME}:{port}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "cwac"
client_secret = "planted client secret"
server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
[access]
coordinators = ["boss@county.example.gov"]
"""
        a, b, c = three = [Replica(letter, tmp_path, secrets, timeline) for letter in "abc"]
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
        stage = Stage(three, proxy, google, timeline, postgresql_url, store)
        until(lambda: all(replica.metrics.get("cwac_ready") for replica in three))
        try:
            play(stage, relay)
        finally:
            ended.set()
            print(f"\n{timeline}")
    reads = google.reads_by
    print(f"{len(reads)} reads in {reads[-1][0] - reads[0][0]:.0f} s: " + calls_an_interval(reads))
    for visitor in visitors:
        print(f"a visitor opened {len(visitor.opened)} pages, and waited at most {visitor.longest_wait:.1f} s")
        assert visitor.blank == []
    assert len(reads) <= (reads[-1][0] - reads[0][0]) / INTERVAL + 1 + EXTRA, "the calls of one"


def play(stage: Stage, relay: Relay) -> None:
    _, b, c = stage.replicas
    note = stage.timeline.note
    store = stage.store
    feed = store.create_token("agency:WPD", "boss@county.example.gov", read_clock())

    note("--- Refresh on one that did not look last")
    stage.seen_by_all("Montague", pressing=next(replica for replica in stage.replicas if replica is not stage.looker))

    note("--- the one that looks is killed, and comes back as a new version would")
    killed = stage.looker
    killed.signal(signal.SIGKILL)
    killed.stop()
    stage.seen_by_all("McCloud", meanwhile=killed.start)

    note("--- the one that looks is paused for longer than an interval")
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

    note("--- the database is cut")
    reads = len(stage.google.reads_by)
    relay.cut()
    until(lambda: all(replica.metrics.get('cwac_notices{kind="store"}') for replica in stage.replicas))
    note("all say so")
    for replica in stage.replicas:
        with session(stage.proxy, replica.letter) as page:
            assert opened(page, "Tulelake", "The database that holds the history does not answer")
    assert len(stage.google.reads_by) - reads <= 1 + len(stage.replicas), "each looks at every fourth interval"
    note("--- the database is back")
    stage.seen_by_all("Hornbrook", meanwhile=relay.restore)

    note("--- a new version is rolled through")
    for replica in (b, c):
        note(f"{replica.letter} is stopped")
        replica.stop()
        replica.start()
    stage.seen_by_all("Callahan")

    for replica in stage.replicas:
        answer = stage.proxy.get(f"/feed/{feed}.ics", Cookie=f"coffee_replica={replica.letter}")
        assert (answer.status_code, "BEGIN:VCALENDAR" in answer.text) == (200, True)
    until(lambda: [entry.action for entry in store.audited()].count("feed 1 was read") == 1), "once a day, by whichever"


def calls_an_interval(reads: list[tuple[float, str]]) -> str:
    names: dict[str, str] = {}
    began, words = reads[0][0], []
    for number in range(int((reads[-1][0] - began) / INTERVAL) + 1):
        within = [token for at, token in reads if number <= (at - began) / INTERVAL < number + 1]
        words.append("".join(names.setdefault(token, f"P{len(names) + 1}") + " " for token in within).strip() or "none")
    return " | ".join(words)
