"""Load test: many viewers at once over websockets against a real server, beside an empty page.

`python -m tests.bench.load [VIEWERS] [EVENTS] [--edit N] [--liaisons] [--minutes N] [--seconds N]`. Each
viewer speaks Streamlit's own protocol as a browser does: it walks all pages and changes filters, waits 3 to 7 seconds
between clicks, and polls for new versions. EVENTS is 0 for the sample; with EVENTS the viewers sign in, as coordinators
or (`--liaisons`) as people of seven agencies. Then the same viewers without waiting: the most the server can do.
`--edit` changes a cell every N seconds; `--minutes` watches the memory. The generator shares the machine with the
server; its share of the CPU is printed.
"""

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
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.bench import sheets
from tests.fixed_clock import TODAY
from tests.web.served import ROOT, Served, get, serving, until
from tests.web.signed_in import cookie, with_provider

ONE_WORD = "import streamlit as st\n\nst.title('Nothing')\n"
THINK = 3.0, 7.0
"""Seconds between a viewer's clicks, at least and at most."""
ANSWER_WITHIN = 60.0
WORKBOOK = "sheet.xlsx"
WRONG = b"Something went wrong"
FAILED = "A page failed"
CREW = 5
"""Assignments an event."""
LEAST_SATURATED = 110.0
"""Reruns a second without waiting, on the sample."""
LIMITS = ((0, 0.100, 2.0), (2_000, 0.150, 2.0), (20_000, 0.200, 2.0), (100_000, 0.400, 15.0))
"""EVENTS up to which limits hold: the 95th percentile of a rerun while viewers think, the first viewer's seconds."""
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
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0

    @property
    def a_second(self) -> float:
        return len(self.reruns) / (self.took or time.monotonic() - self.began)


def within(share: float, seconds: Sequence[float]) -> float:
    """Seconds within which that share of the requests was answered."""
    return float(np.quantile(seconds, share)) if seconds else float("nan")


Offer = tuple[str, str, Any]
"""The kind of a widget, its ID, and its choices."""


class Viewer:
    """One browser with these cookies; `figures` may be replaced anytime, `arrives` expects the dashboard's pages."""

    def __init__(self, port: int, number: int, figures: Figures, cookies: str = "", *, arrives: bool = True) -> None:
        self._port, self.cookies, self.arrives = port, cookies, arrives
        self._token = generate_xsrf_token_string()
        self._draw = random.Random(number)
        self.figures = figures
        self.waits = True
        # What could be clicked on, as the last run left it.
        self._pages: list[str] = []
        self._widgets: list[Offer] = []
        self._look: tuple[str, float] | None = None
        self._hash = ""
        self._states: dict[str, WidgetState] = {}
        self._known: dict[str, Offer | None] = {}
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
                self.figures.errors[f"closed: {type(error).__name__}"] += 1
                await asyncio.sleep(1)

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
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
            if self._look is None or self._look[1] > left:
                self._look = (self._look[0], self._look[1] - left) if self._look else None
                await asyncio.sleep(left)
            else:
                fragment, after = self._look
                await asyncio.sleep(after)
                await self.rerun(fragment)

    async def _click(self) -> None:
        """Another page, or another choice on this one."""
        if self._pages and (not self._widgets or self._draw.random() < 0.35):
            self._hash = self._draw.choice(self._pages)
            # What was chosen on the last page is gone, but for the agency, which is chosen in the frame.
            self._states = {name: state for name, state in self._states.items() if name.endswith("-agency")}
        elif self._widgets:
            kind, widget, choices = self._draw.choice(self._widgets)
            state = self._states[widget] = WidgetState(id=widget)
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
                self.figures.errors["something went wrong"] += WRONG in data
                self._element(message)
            elif kind == "ref_hash":
                self._offer(self._known.get(message.ref_hash))
            elif kind == "new_session":
                self._widgets = []
            elif kind == "navigation":
                self._pages = [page.page_script_hash for page in message.navigation.app_pages if not page.is_hidden]
                self._hash = message.navigation.page_script_hash
                self.figures.errors["page refused"] += self.arrives and len(self._pages) < PAGES
            elif kind == "auto_rerun":
                self._look = (message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "session_event":
                self.figures.errors["exception"] += message.session_event.HasField("script_compilation_exception")
            elif kind == "script_finished":
                ended = Finished.Name(message.script_finished)
                self.figures.errors["exception"] += ended == "FINISHED_WITH_COMPILE_ERROR"
                if ended != "FINISHED_EARLY_FOR_RERUN":
                    return ended != "FINISHED_FRAGMENT_RUN_SUCCESSFULLY"

    def _element(self, message: ForwardMsg) -> None:
        kind = message.delta.new_element.WhichOneof("type")
        element = getattr(message.delta.new_element, kind) if kind else None
        offer: Offer | None = None
        if kind in ("selectbox", "multiselect"):
            offer = (kind, element.id, list(element.options))
        elif kind == "button_group":
            offer = (kind, element.id, [option.content for option in element.options])
        elif kind in ("checkbox", "pagination"):
            offer = (kind, element.id, element.num_pages if kind == "pagination" else None)
        self.figures.errors["exception"] += kind == "exception"
        self._offer(offer)
        if message.metadata.cacheable:
            self._known[message.hash] = offer

    def _offer(self, offer: Offer | None) -> None:
        # Who looks as a stranger on the sample has hardly a page left to walk: nobody does.
        if offer and offer[2] != [] and not offer[1].endswith("-as"):
            self._widgets.append(offer)


# --- the server ---------------------------------------------------------------------------------------------------


def rss(pid: int, name: str = "VmRSS") -> float:
    """MiB; `VmHWM` is the peak."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))


def _memory(served: Served) -> str:
    return f"{rss(served.process.pid):.0f} MiB, {rss(served.process.pid, 'VmHWM'):.0f} MiB at the peak"


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
            shutil.copy(workbook_of(events), Path(folder) / WORKBOOK)
            environ |= {"CWAC_STORE": f"sqlite:///{folder}/store.sqlite3", "CWAC_WORKBOOK": f"{folder}/{WORKBOOK}"}
            secrets = Path(folder) / ".streamlit" / "secrets.toml"
            secrets.parent.mkdir()
            secrets.touch(0o600)
            domains = [f"@{sheets.domain(agency)}" for agency in sheets.AGENCIES]
            role = "viewers" if liaisons else "coordinators"
            secrets.write_text(f"{with_provider()}[access]\n{role} = {domains}\n")
        with serving(Path(folder), environ, fresh=True) as served:
            until(lambda: get(f"{served.url}/readyz").status_code == 200, seconds=600)
            yield served


async def _edits(book: Path, every: float) -> None:
    """Change one guest count in the workbook every so many seconds, until canceled."""
    for number in itertools.count(11):
        await asyncio.sleep(every)
        await asyncio.to_thread(_edit, book, number)


def _edit(book: Path, guests: int) -> None:
    made = book.with_suffix(".part")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/worksheets/sheet3.xml":
                content = re.sub(rb'(<c r="B2"[^>]*><v>)\d+', rb"\g<1>%d" % guests, content, count=1)
            new.writestr(part, content)
    made.rename(book)


def workbook_of(events: int) -> Path:
    """Written once: 100,000 events take minutes."""
    path = Path(tempfile.gettempdir()) / f"cwac-bench-{events}-{CREW}-{TODAY}.xlsx"
    if not path.exists():
        print(f"Writing {path} …", flush=True)
        sheets.write_xlsx(path.with_suffix(".part"), events, CREW)
        path.with_suffix(".part").rename(path)
    return path


# --- the run ------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def walking(viewers: Sequence[Viewer]) -> AsyncIterator[None]:
    """The viewers come one after the other, and walk until the end."""
    ramp = max(5.0, len(viewers) / 10)
    walks = [
        asyncio.create_task(viewer.stay(ramp * number / len(viewers) + random.Random(number).random()))
        for number, viewer in enumerate(viewers)
    ]
    await asyncio.sleep(ramp + THINK[1] if viewers else 0)
    yield
    for walk in walks:
        walk.cancel()
    await asyncio.gather(*walks, return_exceptions=True)


async def measured(
    name: str, served: Served, options: argparse.Namespace, *, whole: bool
) -> tuple[Figures, Figures, float]:
    """Have the viewers come, think, and hurry; print each stretch. `whole` is the dashboard, not the empty page.

    The figures while thinking and while hurrying, and the seconds that the first viewer waited.
    """
    coming, viewers = Figures(), []
    for number, agency in zip(range(options.viewers), itertools.cycle(sheets.AGENCIES), strict=False):
        claims = {"email": f"liaison-{number}@{sheets.domain(agency)}", "email_verified": True}
        signed_in = f"_streamlit_user={cookie(served, claims)}" if whole and options.events else ""
        viewers.append(Viewer(served.port, number, coming, signed_in, arrives=whole))
    first = await _first(served, viewers[0].cookies) if whole else 0.0
    print(f"{name}: {_memory(served)}; the first viewer waits {first:.2f} s, {options.viewers} come", flush=True)
    edited = served.log.parent / WORKBOOK
    edits = asyncio.create_task(_edits(edited, options.edit)) if whole and options.edit else None
    async with walking(viewers):
        _tell("coming", coming)
        thinking = await _stretch("thinking", viewers, served, options.seconds)
        print(f"  {_memory(served)}", flush=True)
        if whole and options.minutes:
            await _watched(viewers, served, options.minutes)
        for viewer in viewers:
            viewer.waits = False
        await asyncio.sleep(THINK[1])
        hurrying = await _stretch("without waiting", viewers, served, min(20.0, options.seconds))
    if edits:
        edits.cancel()
    print(f"  {_memory(served)}", flush=True)
    failures = [line for line in served.log.read_text(errors="replace").splitlines() if FAILED in line]
    if failures:  # the log's folder is removed at the end
        kept = shutil.copy(served.log, tempfile.mkdtemp(prefix="cwac-bench-"))
        print(f"  pages failed; the server's log is kept as {kept}:", *failures, sep="\n    ", flush=True)
    if thinking.a_second < options.viewers / THINK[1] / 2:
        thinking.errors["viewers stopped clicking"] += 1
    return thinking, hurrying, first


async def _first(served: Served, cookies: str) -> float:
    """Seconds until the first viewer of all has the whole overview."""
    viewer = Viewer(served.port, -2, Figures(), cookies)
    begun = time.perf_counter()
    async with viewer.connected():
        await viewer.rerun()
    return time.perf_counter() - begun


async def _stretch(name: str, viewers: list[Viewer], served: Served, seconds: float) -> Figures:
    figures = noted(viewers)
    before, own = cpu(served.process.pid), time.process_time()
    await asyncio.sleep(seconds)
    figures.took = time.monotonic() - figures.began
    _tell(name, figures, cpu(served.process.pid) - before, time.process_time() - own)
    noted(viewers)  # what they feel when they are sent away is nobody's
    return figures


def noted(viewers: list[Viewer]) -> Figures:
    """Where from now on is noted what they feel."""
    figures = Figures()
    for viewer in viewers:
        viewer.figures = figures
    return figures


def _tell(name: str, figures: Figures, used: float = 0.0, own: float = 0.0) -> None:
    took, reruns = time.monotonic() - figures.began, max(1, len(figures.reruns))
    half, most = (within(share, figures.reruns) * 1000 for share in (0.5, 0.95))
    print(f"  {name:<16}{half:>6.0f} ms{most:>7.0f} ms (p50, p95){figures.a_second:>7.1f} reruns/s", end="")
    if figures.looks:
        print(f", {len(figures.looks) / took:.1f} looks/s of {within(0.5, figures.looks) * 1000:.0f} ms", end="")
    print(f"; CPU {used / took:.0%} ({used / reruns * 1000:.1f} ms a rerun), the generator's {own / took:.0%}", end="")
    errors = ", ".join(f"{number} × {what}" for what, number in (+figures.errors).items())
    print(f"; {figures.received / reruns / 1024:.0f} KiB a rerun; errors: {errors or 'none'}", flush=True)


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
    print(f"    the last {some} minutes beside minutes {some} to {2 * some - 1}: {grown:+.1%} (limit {GROWTH:.0%})")


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
    most, first_most = next((limits for events, *limits in LIMITS if given.events <= events), LIMITS[-1][1:])
    verdicts = []
    slower = EMPTY_PAGE / empty.a_second
    for words, by in (("Limit", 1.0), (f"In proportion to the empty page, {slower:.2f} times as slow", slower)):
        least = 0.0 if given.events else LEAST_SATURATED / by
        kept = within(0.95, thinking.reruns) <= most * by and first <= first_most * by and hurrying.a_second >= least
        verdicts.append(kept and not +(thinking.errors + hurrying.errors))
        limits = f"p95 {most * by * 1000:.0f} ms, first viewer {first_most * by:.1f} s, {least:.0f} reruns/s, no errors"
        print(f"{words}: {limits}: {'met' if verdicts[-1] else 'NOT MET'}.")
    return verdicts[0]


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
