"""Load test: many viewers at once over websockets against a real server, beside an empty page.

`python -m tests.bench.load [VIEWERS] [EVENTS] [--edit N] [--liaisons] [--minutes N] [--seconds N]`. Each
viewer speaks Streamlit's own protocol as a browser does: it walks all pages and changes filters, waits 3 to 7 seconds
between clicks, and polls for new versions. EVENTS is 0 for the sample; with EVENTS the viewers sign in, as coordinators
or (`--liaisons`) as people of seven agencies. Then the same viewers without waiting: the most the server can do.
`--edit` changes a cell every N seconds; `--minutes` watches the memory. The generator shares the machine with the
server; its share of the CPU is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.bench import sheets
from tests.fixed_clock import TODAY
from tests.web.served import ROOT, Served, get, serving
from tests.web.signed_in import cookie, with_provider

ONE_WORD = "import streamlit as st\n\nst.title('Nothing')\n"
THINK = 3.0, 7.0
"""Seconds between a viewer's clicks, at least and at most."""
ANSWER_WITHIN = 60.0
WRONG = b"Something went wrong"
FAILED = "A page failed"
WORKBOOK, ATTENDANCE = "sheet.xlsx", "xl/worksheets/sheet3.xml"
CREW = 5
"""Assignments an event."""
LEAST_SATURATED = 110.0
"""Reruns a second without waiting, on the sample."""
LIMITS = ((0, 0.100), (2_000, 0.150), (20_000, 0.200), (100_000, 0.400))
"""EVENTS up to which a limit holds, and the 95th percentile of a rerun while viewers think, in seconds."""
FIRST_LIMITS = ((0, 2.0), (20_000, 2.0), (100_000, 15.0))
"""The same for the first viewer of a kind."""
EMPTY_PAGE = 936.0
"""Reruns a second of the empty page, without waiting, on a machine on which the sample kept its limits (57 ms, 118/s).
The speed of rented machines varies by half, so each limit is also printed in proportion to the empty page."""
PAGES = 5
"""A viewer offered fewer pages is not in the dashboard, but on a page that refuses them."""
GROWTH = 0.05
"""By how much of itself the memory may grow, from when every viewer has been everywhere to the end."""

Finished = ForwardMsg.ScriptFinishedStatus


@dataclass
class Figures:
    """What was felt in one stretch of time: seconds a rerun, seconds a look for a new version, and what went wrong."""

    began: float = field(default_factory=time.monotonic)
    took: float | None = None
    reruns: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    received: int = 0

    def err(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1

    def at(self, share: float) -> float:
        """Seconds within which that share of the reruns was answered."""
        ordered = sorted(self.reruns)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")

    @property
    def a_second(self) -> float:
        return len(self.reruns) / (self.took or time.monotonic() - self.began)


@dataclass
class Page:
    """What a viewer could click on, as the last run left it."""

    pages: list[str] = field(default_factory=list)
    widgets: list[tuple[str, str, Any]] = field(default_factory=list)
    look: tuple[str, float] | None = None


class Viewer:
    """One browser with these cookies; `figures` may be replaced anytime, `arrives` expects the dashboard's pages."""

    def __init__(self, port: int, number: int, figures: Figures, cookies: str = "", *, arrives: bool = True) -> None:
        self._port, self.cookies, self.arrives = port, cookies, arrives
        self._token = generate_xsrf_token_string()
        self._draw = random.Random(number)
        self.figures = figures
        self.waits = True
        self.page = Page()
        self._hash = ""
        self._states: dict[str, WidgetState] = {}
        self._known: dict[str, tuple[str, str, Any] | None] = {}
        self._socket: ClientConnection

    async def stay(self, after: float) -> None:
        """Come after so many seconds, then walk until canceled; who is thrown out comes again."""
        await asyncio.sleep(after)
        while True:
            try:
                async with self.connected():
                    await self.rerun()
                    while True:
                        await self._think()
                        await self._click()
            except (OSError, WebSocketException, TimeoutError) as error:
                self.figures.err(f"closed: {type(error).__name__}")
                await asyncio.sleep(1)

    @contextlib.asynccontextmanager
    async def connected(self) -> Any:
        """A session, as a browser opens it, compression included."""
        async with connect(
            f"ws://localhost:{self._port}/_stcore/stream",
            subprotocols=["streamlit", self._token],  # type: ignore[list-item]
            origin=f"http://localhost:{self._port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"_streamlit_xsrf={self._token}; {self.cookies}"} if self.cookies else {},
            max_size=None,
            max_queue=None,
            ping_interval=None,
            open_timeout=ANSWER_WITHIN,
        ) as self._socket:
            self._hash, self._states, self._known = "", {}, {}
            yield

    async def _think(self) -> None:
        """Read what is there; meanwhile the page looks for a new version, as the server told it to."""
        until = time.monotonic() + (self._draw.uniform(*THINK) if self.waits else 0.0)
        while (left := until - time.monotonic()) > 0:
            look = self.page.look
            if look is None or look[1] > left:
                self.page.look = (look[0], look[1] - left) if look else None
                await asyncio.sleep(left)
            else:
                await asyncio.sleep(look[1])
                await self.rerun(fragment=look[0])

    async def _click(self) -> None:
        """Another page, or another choice on this one."""
        if not self.page.widgets or (self.page.pages and self._draw.random() < 0.35):
            if self.page.pages:
                self._hash = self._draw.choice(self.page.pages)
                # What was chosen on the last page is gone, but for the agency, which is chosen in the frame.
                self._states = {name: state for name, state in self._states.items() if name.endswith("-agency")}
            await self.rerun()
            return
        kind, widget, choices = self._draw.choice(self.page.widgets)
        state = WidgetState(id=widget)
        if kind == "selectbox":
            state.string_value = self._draw.choice(choices)
        elif kind == "button_group":
            state.string_array_value.data.append(self._draw.choice(choices))
        elif kind == "multiselect":
            chosen = self._draw.sample(choices, min(len(choices), self._draw.randrange(3)))
            state.string_array_value.data.extend(chosen)
        elif kind == "checkbox":
            state.bool_value = self._draw.random() < 0.5
        else:
            state.int_value = 1 + self._draw.randrange(choices)
        self._states[widget] = state
        await self.rerun()

    async def rerun(self, fragment: str = "") -> None:
        asking = BackMsg()
        state = asking.rerun_script
        state.page_script_hash = self._hash
        state.widget_states.widgets.extend(self._states.values())
        state.cached_message_hashes.extend(self._known)
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        begun = time.perf_counter()
        await self._socket.send(asking.SerializeToString())
        async with asyncio.timeout(ANSWER_WITHIN):
            full = await self._answer()
        (self.figures.reruns if full else self.figures.looks).append(time.perf_counter() - begun)

    async def _answer(self) -> bool:
        """Take in what a run sends; whether it was one of the whole page."""
        while True:
            data = await self._socket.recv(decode=False)
            self.figures.received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "delta":
                if WRONG in data:
                    self.figures.err("something went wrong")
                self._element(message)
            elif kind == "ref_hash":
                self._offer(self._known.get(message.ref_hash))
            elif kind == "new_session":
                self.page.widgets = []
            elif kind == "navigation":
                shown = [page.page_script_hash for page in message.navigation.app_pages if not page.is_hidden]
                self.page.pages, self._hash = shown, message.navigation.page_script_hash
                if self.arrives and len(shown) < PAGES:
                    self.figures.err("page refused")
            elif kind == "auto_rerun":
                self.page.look = (message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
                self.figures.err("exception")
            elif kind == "script_finished":
                if message.script_finished == Finished.Value("FINISHED_WITH_COMPILE_ERROR"):
                    self.figures.err("exception")
                if message.script_finished != Finished.Value("FINISHED_EARLY_FOR_RERUN"):
                    return message.script_finished != Finished.Value("FINISHED_FRAGMENT_RUN_SUCCESSFULLY")

    def _element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        offer: tuple[str, str, Any] | None = None
        if kind in ("selectbox", "multiselect"):
            widget = getattr(element, kind)
            offer = (kind, widget.id, list(widget.options))
        elif kind == "button_group":
            offer = (kind, element.button_group.id, [option.content for option in element.button_group.options])
        elif kind == "checkbox":
            offer = (kind, element.checkbox.id, None)
        elif kind == "pagination":
            offer = (kind, element.pagination.id, element.pagination.num_pages)
        elif kind == "exception":
            self.figures.err("exception")
        self._offer(offer)
        if message.metadata.cacheable:
            self._known[message.hash] = offer

    def _offer(self, offer: tuple[str, str, Any] | None) -> None:
        # Who looks as a stranger on the sample has hardly a page left to walk: nobody does.
        if offer and offer[2] != [] and not offer[1].endswith("-as"):
            self.page.widgets.append(offer)


# --- the server ---------------------------------------------------------------------------------------------------


def rss(pid: int, name: str = "VmRSS") -> float:
    """MiB; `VmHWM` is the peak."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))


def cpu(pid: int) -> float:
    """Seconds of CPU so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def one_word() -> Iterator[Served]:
    """An empty Streamlit page, served with the same settings."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".streamlit").mkdir()
        shutil.copy(ROOT / ".streamlit" / "config.toml", Path(folder) / ".streamlit")
        script = Path(folder) / "nothing.py"
        script.write_text(ONE_WORD)
        with serving(Path(folder), script=script, fresh=True) as served:
            yield served


@contextlib.contextmanager
def dashboard(events: int, *, liaisons: bool) -> Iterator[Served]:
    """The dashboard as it is deployed, over the sample or a workbook of that many events, once there is data."""
    with tempfile.TemporaryDirectory() as folder:
        # All viewers come from one address; memory is allocated as the service unit and the image set it.
        environ = {"CWAC_LIMIT_LOOPBACK": "false", "MALLOC_ARENA_MAX": "2"}
        if events:
            # Packed as an edit packs it, so that an edit changes one part of the file, as Excel does.
            _replace(Path(folder) / WORKBOOK, _parts(workbook_of(events)))
            environ |= {"CWAC_STORE": f"sqlite:///{folder}/store.sqlite3", "CWAC_WORKBOOK": f"{folder}/{WORKBOOK}"}
            secrets = Path(folder) / ".streamlit" / "secrets.toml"
            secrets.parent.mkdir()
            secrets.touch(0o600)
            domains = [f"@{sheets.domain(agency)}" for agency in sheets.AGENCIES]
            role = "viewers" if liaisons else "coordinators"
            secrets.write_text(f"{with_provider()}[access]\n{role} = {domains}\n")
        with serving(Path(folder), environ, fresh=True) as served:
            until = time.monotonic() + 600
            while get(f"{served.url}/readyz").status_code != 200:
                if time.monotonic() > until:
                    sys.exit(served.log.read_text())
                time.sleep(0.5)
            yield served


async def _edits(folder: Path, every: float) -> None:
    """Change one guest count in the workbook every so many seconds, until canceled."""
    parts = _parts(folder / WORKBOOK)
    for number in itertools.count(11):
        await asyncio.sleep(every)
        sheet = re.sub(rb'(<c r="B2"[^>]*><v>)\d+', rb"\g<1>%d" % number, parts[ATTENDANCE], count=1)
        await asyncio.to_thread(_replace, folder / WORKBOOK, {**parts, ATTENDANCE: sheet})


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {part: book.read(part) for part in book.namelist()}


def _replace(path: Path, parts: Mapping[str, bytes]) -> None:
    made = path.with_suffix(".part")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for part, content in parts.items():
            book.writestr(part, content)
    made.rename(path)


def workbook_of(events: int) -> Path:
    """Written once: 100,000 events take minutes."""
    path = Path(tempfile.gettempdir()) / f"cwac-bench-{events}-{CREW}-{TODAY}.xlsx"
    if not path.exists():
        print(f"Writing {path} …", flush=True)
        sheets.write_xlsx(path.with_suffix(".part"), events, CREW)
        path.with_suffix(".part").rename(path)
    return path


# --- the run ------------------------------------------------------------------------------------------------------


async def measured(
    name: str, served: Served, options: argparse.Namespace, *, whole: bool
) -> tuple[Figures, Figures, float]:
    """Have the viewers come, think, and hurry; print each stretch. `whole` is the dashboard, not the empty page.

    The figures while thinking and while hurrying, and the seconds that the first viewer waited.
    """
    pid = served.process.pid
    coming = Figures()
    signed_in = [cookies_of(served, number) if whole and options.events else "" for number in range(options.viewers)]
    viewers = [Viewer(served.port, number, coming, cookies, arrives=whole) for number, cookies in enumerate(signed_in)]
    ramp = max(5.0, options.viewers / 10)
    first = await _first(served, signed_in[0]) if whole else 0.0
    if whole:
        print(f"{name}: the first viewer waits {first:.2f} s", flush=True)
    print(f"{name}: {rss(pid):.0f} MiB at the start; {options.viewers} viewers, come within {ramp:.0f} s", flush=True)
    tasks = [
        asyncio.create_task(viewer.stay(ramp * number / options.viewers + random.Random(number).random()))
        for number, viewer in enumerate(viewers)
    ]
    if whole and options.edit:
        tasks.append(asyncio.create_task(_edits(served.log.parent, options.edit)))
    await asyncio.sleep(ramp + THINK[1])
    _tell("coming", coming)
    thinking = await _stretch("thinking", viewers, served, options.seconds)
    print(f"  {rss(pid):.0f} MiB, {rss(pid, 'VmHWM'):.0f} MiB at the peak so far", flush=True)
    if whole and options.minutes:
        await _watched(viewers, served, options.minutes)
    for viewer in viewers:
        viewer.waits = False
    await asyncio.sleep(THINK[1])
    hurrying = await _stretch("without waiting", viewers, served, min(20.0, options.seconds))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(f"  {rss(pid):.0f} MiB at the end, {rss(pid, 'VmHWM'):.0f} MiB at the peak", flush=True)
    _keep_failures(served)
    if thinking.a_second < options.viewers / THINK[1] / 2:
        thinking.err("viewers stopped clicking")
    return thinking, hurrying, first


def _keep_failures(served: Served) -> None:
    """Print the exceptions in the server's log, and keep it: its folder is removed at the end."""
    failures = [line for line in served.log.read_text(errors="replace").splitlines() if FAILED in line]
    if failures:
        kept = Path(tempfile.mkdtemp(prefix="cwac-bench-")) / "server.log"
        shutil.copy(served.log, kept)
        print(f"  pages failed; the server's log is kept as {kept}:", *failures, sep="\n    ", flush=True)


async def _first(served: Served, cookies: str) -> float:
    """Seconds until the first viewer of all has the whole overview."""
    viewer = Viewer(served.port, -2, Figures(), cookies)
    begun = time.perf_counter()
    async with viewer.connected():
        await viewer.rerun()
    return time.perf_counter() - begun


def cookies_of(served: Served, number: int) -> str:
    """The cookie of a signed-in liaison; the agencies take turns."""
    agency = list(sheets.AGENCIES)[number % len(sheets.AGENCIES)]
    claims = {"email": f"liaison-{number}@{sheets.domain(agency)}", "email_verified": True}
    return f"_streamlit_user={cookie(served, claims)}"


async def _stretch(name: str, viewers: list[Viewer], served: Served, seconds: float) -> Figures:
    figures = noted(viewers)
    before, own = cpu(served.process.pid), time.process_time()
    await asyncio.sleep(seconds)
    used = cpu(served.process.pid) - before
    figures.took = time.monotonic() - figures.began
    _tell(name, figures, used, time.process_time() - own)
    noted(viewers)  # what they feel when they are sent away is nobody's
    return figures


def noted(viewers: list[Viewer]) -> Figures:
    """Where from now on is noted what they feel."""
    figures = Figures()
    for viewer in viewers:
        viewer.figures = figures
    return figures


def _tell(name: str, figures: Figures, used: float = 0.0, own: float = 0.0) -> None:
    took = time.monotonic() - figures.began
    text = f"  {name:<16}{figures.at(0.5) * 1000:>6.0f} ms{figures.at(0.95) * 1000:>7.0f} ms (p50, p95)"
    text += f"{figures.a_second:>7.1f} reruns/s, {len(figures.looks) / took:.1f} looks/s"
    if figures.looks:
        text += f" of {statistics.median(figures.looks) * 1000:.0f} ms"
    if used:
        text += f"; CPU {used / took:.0%} ({used / max(1, len(figures.reruns)) * 1000:.1f} ms a rerun)"
        text += f", the generator's {own / took:.0%}"
        text += f"; {figures.received / max(1, len(figures.reruns)) / 1024:.0f} KiB a rerun"
    errors = ", ".join(f"{number} × {what}" for what, number in figures.errors.items())
    print(f"{text}; errors: {errors or 'none'}", flush=True)


async def _watched(viewers: list[Viewer], served: Served, minutes: float) -> None:
    """The memory, minute by minute."""
    seen = [rss(served.process.pid)]
    for _ in range(round(minutes)):
        noted(viewers)
        await asyncio.sleep(60)
        seen.append(rss(served.process.pid))
    # By the mean of a sixth: what awaits the next search for garbage makes it go up and down.
    some = max(1, len(seen) // 6)
    grown = statistics.fmean(seen[-some:]) / statistics.fmean(seen[some : 2 * some]) - 1
    print(f"  {minutes:g} minutes: {', '.join(f'{size:.0f}' for size in seen)} MiB")
    print(
        f"    the last {some} minutes beside minutes {some} to {2 * some - 1}: {grown:+.1%}: "
        f"{'met' if grown <= GROWTH else 'NOT MET'} ({GROWTH:.0%})"
    )


def main() -> bool:
    """Print the figures; True where they are within the limits as they stand."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("viewers", type=int, nargs="?", default=200)
    parser.add_argument("events", type=int, nargs="?", default=0, help="0 is the sample")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the viewers are watched")
    parser.add_argument("--edit", type=float, default=0.0, help="seconds between edits of the sheet (with EVENTS)")
    parser.add_argument("--minutes", type=float, default=0.0, help="watch the memory for so long")
    parser.add_argument("--liaisons", action="store_true", help="they are signed in, for seven agencies (with EVENTS)")
    given = parser.parse_args()
    with one_word() as served:
        _, empty, _ = asyncio.run(measured("An empty page", served, given, whole=False))
    with dashboard(given.events, liaisons=given.liaisons) as served:
        name = f"{given.events:,} events" if given.events else "The sample"
        thinking, hurrying, first = asyncio.run(measured(name, served, given, whole=True))
    verdicts = []
    slower = EMPTY_PAGE / empty.a_second
    for words, by in (("Limit", 1.0), (f"In proportion to the empty page, {slower:.2f} times as slow", slower)):
        limit, first_limit = _limit(LIMITS, given.events) * by, _limit(FIRST_LIMITS, given.events) * by
        least = 0.0 if given.events else LEAST_SATURATED / by
        kept = thinking.at(0.95) <= limit and first <= first_limit and hurrying.a_second >= least
        verdicts.append(kept and not thinking.errors and not hurrying.errors)
        limits = f"p95 {limit * 1000:.0f} ms, first viewer {first_limit:.1f} s, no errors"
        limits += f", {least:.0f} reruns/s without waiting" if least else ""
        print(f"{words}: {limits}: {'met' if verdicts[-1] else 'NOT MET'}.")
    return verdicts[0]


def _limit(limits: Sequence[tuple[int, float]], events: int) -> float:
    return next((limit for most, limit in limits if events <= most), limits[-1][1])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
