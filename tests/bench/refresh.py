"""What keeping current costs, on a sheet of 1,000 events over real HTTP.

`python -m tests.bench.refresh`. Google reads with 1, 10 and 50 viewers; from an edit to the page's data; what a version
takes on the disk beside the .xlsx; how soon there is something to show after a restart, with Google and without.
Seconds between looks are 1/30 of the default's, and what hangs on them is said for the default.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cwac.clock import read_clock
from cwac.model import Workbook
from cwac.refresh import sheets as counties
from cwac.refresh import source_factory
from cwac.refresh.age import as_of_sentence
from cwac.refresh.pace import Pace
from cwac.refresh.poller import Poller
from cwac.settings import Settings
from cwac.storage.store import Store
from tests.bench import sheets
from tests.server import SheetsServer

EVENTS = 1_000
PACE = Pace(
    every=1.0, retries=(1 / 30, 4 / 30, 0.5), rate_limit=2.0, permanent=2.0, asked=1 / 3, silence=2.0, follow=1 / 15
)
EDITS = 20
STARTS = 7
LIMITS = {"edit": 45.0, "storage": 1.0, "restart": 1.5}
"""Seconds from an edit to the data at the default pace; a version beside the .xlsx; a start without Google beside one
with it."""


def refresher(google: SheetsServer, store: Store | None = None, pace: Pace = PACE) -> Poller:
    settings = Settings(spreadsheet=google.url, gsheets=google.gsheets)
    made = Poller(source_factory.source_for(settings), counties.reader(settings), store, pace=pace)
    made.start()
    assert made.wait(60).snapshot is not None
    return made


# --- Google reads -----------------------------------------------------------------------------------------------------


def reads(viewers: int, seconds: float = 8.0) -> float:
    """Reads an hour, at the default pace, while so many viewers look ten times a second each."""
    with SheetsServer(sheets.workbook(EVENTS), frozen=True) as google:
        running = refresher(google)
        stop = threading.Event()

        def view() -> None:
            while not stop.wait(0.1):
                as_of_sentence(running.live, read_clock())

        threads = [threading.Thread(target=view) for _ in range(viewers)]
        for thread in threads:
            thread.start()
        before, began = google.calls["batchGet"], time.monotonic()
        time.sleep(seconds)
        made, took = google.calls["batchGet"] - before, time.monotonic() - began
        stop.set()
        for thread in threads:
            thread.join()
        running.stop()
    return made / took * 3600 / (Pace().every / PACE.every)


# --- an edit ----------------------------------------------------------------------------------------------------------


def edits(asked: bool) -> list[float]:
    """Seconds from an edit to the snapshot that has it: asked for at once, or in its turn."""
    taken = []
    with SheetsServer(sheets.workbook(EVENTS)) as google, tempfile.TemporaryDirectory() as folder:
        # For the work itself nobody looks until asked.
        pace = replace(PACE, every=1e6, asked=0.0) if asked else PACE
        running = refresher(google, Store(f"sqlite:///{folder}/store.sqlite3"), pace)
        for number in range(EDITS):
            time.sleep(0.3 + number % 5 * PACE.every / 5)
            generation = running.live.generation
            with google.book.lock:
                google.book["Events"].set("E500", f"Edit {number}")
            began = time.perf_counter()
            if asked:
                running.refresh_now()
            while running.live.generation == generation:
                time.sleep(0.001)
            taken.append(time.perf_counter() - began)
        running.stop()
    return taken


# --- storage ----------------------------------------------------------------------------------------------------------


def edited(workbook: Workbook, number: int) -> Workbook:
    """One cell of another tab typed anew."""
    tabs = list(workbook.tabs)
    at = number % 3  # Events, Staffing, Attendance
    rows: list[Any] = list(tabs[at].rows)
    row = list(rows[1 + number * 37 % (len(rows) - 1)])
    row[4] = f"Edit {number}"
    rows[1 + number * 37 % (len(rows) - 1)] = row
    tabs[at] = replace(tabs[at], rows=rows)
    return replace(workbook, tabs=tuple(tabs), as_of=workbook.as_of + dt.timedelta(minutes=number))


def storage(versions: int = 60) -> tuple[int, float, int]:
    """Bytes of the first version, of each further one on average, and of the .xlsx."""
    with tempfile.TemporaryDirectory() as folder:
        xlsx, path = Path(folder) / "plan.xlsx", Path(folder) / "store.sqlite3"
        sheets.write_xlsx(xlsx, EVENTS)
        store = Store.open(f"sqlite:///{path}")
        store.close()
        empty = path.stat().st_size
        workbook = sheets.workbook(EVENTS)
        store.keep(workbook)
        store.close()
        first = path.stat().st_size - empty
        for number in range(1, versions + 1):
            workbook = edited(workbook, number)
            store.keep(workbook)
        store.close()
        return first, (path.stat().st_size - empty - first) / versions, xlsx.stat().st_size


# --- a restart --------------------------------------------------------------------------------------------------------

START = """
import sys, time
from cwac import settings
from cwac.refresh import sheets as counties
live = counties.start(settings.load()).wait(60)
assert len(live.snapshot.events) > 900, live.trouble
counties.stop()
"""


def starts() -> dict[str, float]:
    """Seconds from nothing to data to show, the least of some, each in a process of its own, taken in turn."""
    taken: dict[str, list[float]] = {}
    with (
        SheetsServer(sheets.workbook(EVENTS), frozen=True) as google,
        tempfile.TemporaryDirectory() as folder,
    ):
        secrets = Path(folder) / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.touch(0o600)
        for number in range(STARTS):
            for name in ("the very first start", "a restart", "a restart during an outage"):
                kept = f"{folder}/{number}.sqlite3" if name == "the very first start" else f"{folder}/kept.sqlite3"
                secrets.write_text(f'{google.secrets()}\n[cwac]\nstore = "sqlite:///{kept}"\n')
                if number == 0 and name == "a restart":
                    _start(folder)
                if name.endswith("outage"):
                    google.stop()
                taken.setdefault(name, []).append(_start(folder))
                if name.endswith("outage"):
                    google.start()
    return {name: min(seconds) for name, seconds in taken.items()}


def _start(folder: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", START], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> bool:
    """Print the figures; True where all are within the limits."""
    counted = {viewers: reads(viewers) for viewers in (1, 10, 50)}
    print("Google reads an hour at the default pace:")
    for viewers, made in counted.items():
        print(f"  {viewers:>2} viewers {made:6.1f}   {made / counted[1]:.2f} × one")
    equal = max(counted.values()) <= 1.05 * min(counted.values()) and max(counted.values()) <= 121

    work, turn = edits(asked=True), edits(asked=False)
    worst = Pace().every + max(work)
    print(f"From an edit to its data, {EDITS} edits:")
    print(f"  the work itself (Refresh pressed)     median {statistics.median(work):.3f} s   worst {max(work):.3f} s")
    print(f"  in its turn, looking each {PACE.every:.0f} s         "
          f"median {statistics.median(turn):.3f} s   worst {max(turn):.3f} s")  # fmt: skip
    print(f"  so at the default of {Pace().every:.0f} s         "
          f"median {Pace().every / 2 + statistics.median(work):.1f} s     worst {worst:.1f} s")  # fmt: skip

    first, further, xlsx = storage()
    print(f"Storage beside the .xlsx of {xlsx:,} bytes:")
    print(f"  the first version  {first:>9,} bytes   {first / xlsx:.2f} ×")
    print(f"  each further one   {further:>9,.0f} bytes   {further / xlsx:.2f} ×")

    began = starts()
    print("From starting the process to data to show:")
    for name, seconds in began.items():
        print(f"  {name:<27} {seconds:.3f} s   {seconds / began['a restart']:.2f} × a restart")
    ratio = began["a restart during an outage"] / began["a restart"]

    met = {
        "equal reads": equal,
        f"edit within {LIMITS['edit']:.0f} s": worst < LIMITS["edit"],
        f"storage below {LIMITS['storage']:.0f} ×": max(first, further) < LIMITS["storage"] * xlsx,
        f"restart below {LIMITS['restart']} ×": ratio < LIMITS["restart"],
    }
    print("Limits: " + ", ".join(f"{name} {'met' if good else 'NOT MET'}" for name, good in met.items()))
    return all(met.values())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
