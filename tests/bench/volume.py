"""What viewers feel of a refresh where the sheet is large: 100,000 events with five staffing rows each.

`python -m tests.bench.volume [EVENTS [AGENCY …]]`. A test server in a process of its own holds the sheet; the real
server reads it, keeps it and shows it; two viewers walk through the pages over their websockets, in turns, since what
they do to one another is no matter of the sheet; they are coordinators, or each a liaison of an AGENCY; and somebody
asks for `/metrics` ten times a second. Looks that bring nothing new and looks that bring an edit are told apart, and
each rerun is held against the same page's median while nothing is looked at. Whoever is first on a page after an edit
has its answers worked out, which is told apart too. Memory is that of the server and of all that it started, as the
system counts it (shared pages once).
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import sheets
from tests.web.served import Served, Session, serving
from tests.web.signed_in import cookie, session_with, with_provider

CREW = 5
EVERY = 30
"""Seconds between looks, as by default."""
PAUSE = 0.1
"""Seconds between a viewer's reruns: two viewers take half a core."""
ROUNDS = 3
"""Looks of each kind."""
PAGES = ("overview", "calendar", "sheet_health", "follow_ups")
LIMITS = {"rerun": 2.0, "MiB": 2048}
"""The slowest rerun beside the page's median in quiet; memory of all processes at its peak."""


# --- the sheet, in a process of its own ------------------------------------------------------------------------------


def serve(events: int) -> None:
    """Hold the sheet and say where; `looks` and when they came on `?`, another cell in the sheet on `edit`."""
    from tests.server import SheetsServer
    from tests.server.server import Answer

    with SheetsServer(sheets.workbook(events, crew=CREW), frozen=True) as server:
        print(json.dumps([server.secrets(), server.gsheets]), flush=True)
        for number, line in enumerate(sys.stdin):
            if line.strip() == "edit":
                # In the answer as it stands: making it anew would take a core from those who are measured.
                path, kept = next((path, answer) for path, answer in server._kept.items() if "batchGet" in path)
                whole = gzip.decompress(kept.body)
                body = re.sub(rb'"(Coffee with a Cop|Edit \d+)"', b'"Edit %d"' % number, whole, count=1)
                server._kept[path] = Answer(kept.status, gzip.compress(body, 1), kept.headers)
            print(json.dumps([when for call, when in server.log if call == "batchGet"]), flush=True)


class Sheet:
    """That process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.secrets, self.gsheets = json.loads(process.stdout.readline())

    def looks(self) -> list[float]:
        """When it was read, by the clock that all processes of a machine share."""
        return self._asked("?")

    def edit(self) -> None:
        self._asked("edit")

    def _asked(self, what: str) -> list[float]:
        print(what, file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def held(events: int) -> Iterator[Sheet]:
    command = [sys.executable, "-m", "tests.bench.volume", "serve", str(events)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sheet(process)
        finally:
            process.stdin.close()


# --- who looks, and what they see ------------------------------------------------------------------------------------


Rerun = tuple[float, str, float]
"""When it began, the page, and the seconds that it took."""


@dataclass
class Noted:
    """What happened: reruns by page, answers of `/metrics`, and the age of the data, each with when it began.

    Memory is MiB by process, the server's first.
    """

    reruns: list[Rerun] = field(default_factory=list)
    pings: list[tuple[float, float]] = field(default_factory=list)
    ages: list[tuple[float, float]] = field(default_factory=list)
    memory: list[tuple[float, ...]] = field(default_factory=list)


_turn = threading.Lock()


def viewer(server: Served, noted: Noted, stop: threading.Event, agency: str | None) -> None:
    liaison = {"email": f"liaison@{sheets.domain(agency)}", "email_verified": True} if agency else {}
    with session_with(server, cookie(server, liaison) if liaison else None, patience=240) as session:
        for page in PAGES:
            _opened(session, page)
        while not stop.is_set():
            for page in PAGES:
                with _turn:
                    began = time.monotonic()
                    noted.reruns.append((began, page, _opened(session, page)))
                time.sleep(PAUSE)


def _opened(session: Session, page: str) -> float:
    seen = session.open(page)
    assert not any(message.delta.new_element.HasField("exception") for message in seen.messages)
    return seen.seconds


def pinger(server: Served, noted: Noted, stop: threading.Event) -> None:
    """Asks whether the server is alive and, by the way, how old the data is."""
    while not stop.wait(0.1):
        began = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
            age = re.search(rb"^cwac_data_age_seconds (\S+)", answer.read(), re.M)
        noted.pings.append((began, time.monotonic() - began))
        noted.ages.append((time.monotonic(), float(age[1])))


def weigher(server: Served, noted: Noted, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        own, *started = map(_mib, _with_children(server.process.pid))
        noted.memory.append((sum(own), *(private for private, _ in started)))


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                yield from _with_children(int(child))
        except OSError:
            continue


def _mib(pid: int) -> tuple[float, float]:
    """A process's own memory, and that of files, which all that run the same program share.

    By what the system has counted already: to have it look through all pages holds a large process up.
    """
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        memory = {name: int(number) / 1024 for name, number in re.findall(r"^Rss(\w+):\s+(\d+) kB", status, re.M)}
        if memory:
            return memory["Anon"] + memory["Shmem"], memory["File"]
    return 0.0, 0.0


# --- the benchmark ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """From when the sheet was asked for until what it holds was shown (by the data's age), by `time.monotonic`."""

    kind: str
    began: float
    ended: float


def looks(sheet: Sheet, noted: Noted) -> list[Look]:
    """Rounds of two: nothing new, then an edit."""
    seen: list[Look] = []
    for number in range(2 * (ROUNDS + 1)):  # the first round is not counted
        kind = ("nothing new", "an edit")[number % 2]
        if kind == "an edit":
            sheet.edit()
        before = len(sheet.looks())
        _until(lambda before=before: len(sheet.looks()) > before, EVERY * 3)
        began = sheet.looks()[-1]
        _until(lambda began=began: any(when > began and age < when - began + 0.2 for when, age in noted.ages), 120)
        ended = next(when for when, age in noted.ages if when > began and age < when - began + 0.2)
        seen.append(Look(kind, began, ended))
        time.sleep(max(0.0, began + EVERY * 2 / 3 - time.monotonic()))
    return seen


def _until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def main(events: int = 100_000, *agencies: str) -> bool:
    """Print the figures; True where all are within the limits."""
    noted, stop = Noted(), threading.Event()
    with held(events) as sheet, tempfile.TemporaryDirectory() as home:
        secrets = Path(home) / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.touch(0o600)
        domains = [f"@{sheets.domain(agency)}" for agency in agencies]
        secrets.write_text(
            f'{sheet.secrets}\n[cwac]\nrefresh_seconds = {EVERY}\nstore = "sqlite:///{home}/kept.sqlite3"\n'
            + (f"{with_provider()}[access]\nviewers = {domains}\n" if agencies else "[access]\nlocal = true\n")
        )
        began = time.monotonic()
        with serving(Path(home), None, "--runner.postScriptGC=false", fresh=True) as server:
            _until(lambda: b"\ncwac_ready 1" in _metrics(server), 180)
            ready = time.monotonic() - began
            print(f"{events:,} events, {CREW * events:,} staffing rows; data {ready:.1f} s from the start.", flush=True)
            acts = [(viewer, agency) for agency in agencies or (None, None)] + [(pinger,), (weigher,)]
            threads = [
                threading.Thread(target=act, args=(server, noted, stop, *arguments), daemon=True)
                for act, *arguments in acts
            ]
            for thread in threads:
                thread.start()
            _until(lambda: len(noted.reruns) > 2 * len(PAGES), 300)
            seen = looks(sheet, noted)
            stop.set()
            for thread in threads:
                thread.join(60)
            words = server.log.read_text(errors="replace")
    if "Traceback" in words or "rror" in words:
        print(words)
    return _told(noted, seen)


def _metrics(server: Served) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        return answer.read()


def _told(noted: Noted, every: list[Look]) -> bool:
    seen = every[2:]
    first, ended = seen[0].began - EVERY / 3, max(look.ended for look in seen) + EVERY / 3
    colds = [cold for look in every if look.kind == "an edit" for cold in _first_after(noted, look)]
    busy = [(look.began, look.ended) for look in every] + [(began, began + took) for began, _, took in colds]
    others = [rerun for rerun in noted.reruns if rerun not in colds]

    def within(spans: list[tuple[float, float]], reruns: list[Rerun] = others) -> list[Rerun]:
        return [
            rerun for rerun in reruns if any(begin < rerun[0] + rerun[2] and rerun[0] < end for begin, end in spans)
        ]

    quiet = [
        rerun for rerun in others if first < rerun[0] < ended and rerun not in within([(b - 1, e + 1) for b, e in busy])
    ]
    medians = {page: statistics.median(took for _, named, took in quiet if named == page) for page in PAGES}
    print("Reruns in quiet: " + ", ".join(f"{page} {1000 * took:.0f} ms" for page, took in medians.items()))
    print(f"{'':<38} reruns   p50 × quiet   p95 ×   p99 ×   slowest ×   /metrics at worst")
    worst: dict[str, float] = {}

    def line(name: str, reruns: list[Rerun], spans: list[tuple[float, float]]) -> None:
        ratios = sorted(took / medians[page] for _, page, took in reruns)
        pings = [took for when, took in noted.pings if any(begin < when < end for begin, end in spans)]
        if not ratios or not pings:
            print(f"  {name:<36} none")
            worst[name] = 99.0
            return
        worst[name] = ratios[-1]
        p50, p95, p99 = (ratios[int(part * len(ratios))] for part in (0.5, 0.95, 0.99))
        print(f"  {name:<36} {len(ratios):>6} {p50:>13.2f} {p95:>7.2f} {p99:>7.2f} {ratios[-1]:>11.2f} "
              f"{1000 * max(pings):>13.0f} ms")  # fmt: skip

    line("in quiet", quiet, [(rerun[0], rerun[0] + rerun[2]) for rerun in quiet])
    for kind in ("nothing new", "an edit"):
        spans = [(look.began, look.ended) for look in seen if look.kind == kind]
        line(f"during a look: {kind}", within(spans), spans)
        print(f"      which took {', '.join(f'{end - begin:.1f}' for begin, end in spans)} s")
        print(f"      slowest: {_slowest(within(spans), spans, medians)}")
    spans = [(began, began + took) for began, _, took in colds]
    line("while one is first after an edit", within(spans), spans)
    for page in PAGES:
        print(f"      first on {page}: {', '.join(f'{took:.1f}' for _, named, took in colds if named == page)} s")
    peak = max(map(sum, noted.memory))
    server, started = (
        max(map(sum, part)) for part in zip(*((sizes[:1], sizes[1:]) for sizes in noted.memory), strict=True)
    )
    print(f"Memory at its peak: {peak:.0f} MiB; the server by itself {server:.0f}, what it started {started:.0f}.")
    slowest = max(worst["during a look: nothing new"], worst["during a look: an edit"])
    good = slowest <= LIMITS["rerun"] and peak < LIMITS["MiB"]
    print(f"Limits: no rerun over {LIMITS['rerun']:g} × while the sheet is looked at, {LIMITS['MiB']:,} MiB: "
          f"{'met' if good else 'NOT MET'}.")  # fmt: skip
    return good


def _slowest(reruns: list[Rerun], spans: list[tuple[float, float]], medians: dict[str, float]) -> str:
    """The five slowest: how slow, and when they began, in seconds from the end of the look."""
    slowest = sorted(reruns, key=lambda rerun: rerun[2] / medians[rerun[1]], reverse=True)[:5]
    ends = [min((end for _, end in spans), key=lambda end: abs(end - began)) for began, _, _ in slowest]
    return ", ".join(
        f"{page} {1000 * took:.0f} ms ({began - end:+.1f})"
        for (began, page, took), end in zip(slowest, ends, strict=True)
    )


def _first_after(noted: Noted, look: Look) -> list[Rerun]:
    """On each page the first rerun that shows the edit, and those that came while it was worked out."""
    first_reruns = []
    for page in PAGES:
        after = [rerun for rerun in noted.reruns if rerun[1] == page and rerun[0] > look.ended - 0.5]
        done = min((began + took for began, _, took in after), default=0.0)
        first_reruns += [rerun for rerun in after if rerun[0] < done]
    return first_reruns


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", events]:
            serve(int(events))
        case given:
            sys.exit(0 if main(*map(int, given[:1]), *given[1:]) else 1)
