"""Two replicas that share a PostgreSQL, beside one: reruns a second without waiting, in turns.

`python -m tests.bench.replicas [VIEWERS] [EVENTS]`. Both replicas run all the time, over the same workbook; in each
round the viewers are first all at one of them, then half at each. The generator shares the machine with them.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import load
from tests.postgresql import Server, programs
from tests.web.served import Served, serving

LIMIT = 1.3
"""Two replicas on two cores must draw at least this many times what one draws."""
ROUNDS = 3
SECONDS = 20.0
SETTLING = 5.0
"""Seconds for all viewers to arrive before reruns are counted."""


def main(viewers: int = 60, events: int = 2_000) -> bool:
    """Print the figures; True if the ratio is within its limit."""
    installed = programs()
    if installed is None:
        sys.exit("PostgreSQL is not installed (Debian: postgresql).")
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(Server(installed))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workbook = load.workbook_of(events)
        replicas = [
            stack.enter_context(_replica(folder / letter, workbook, database.address)) for letter in ("one", "two")
        ]
        print(f"{viewers} viewers without waiting, {events:,} events; reruns a second at one replica, and at two")
        ratios = []
        for _ in range(ROUNDS):
            one, two = (asyncio.run(_drawn(replicas[:number], viewers)) for number in (1, 2))
            ratios.append(two / one)
            print(f"  {one:6.1f} {two:6.1f}   ratio {two / one:.2f}", flush=True)
    ratio = statistics.median(ratios)
    print(f"Limit: at least {LIMIT} × one: {ratio:.2f}, {'met' if ratio >= LIMIT else 'NOT MET'}.")
    return ratio >= LIMIT


@contextlib.contextmanager
def _replica(folder: Path, workbook: Path, store: str) -> Iterator[Served]:
    load.write_access(folder, "coordinators")
    environ = {
        "CWAC_LIMIT_LOOPBACK": "false", "MALLOC_ARENA_MAX": "2", "CWAC_STORE": store, "CWAC_WORKBOOK": str(workbook),
    }  # fmt: skip
    with serving(folder, environ, fresh=True) as served:
        load.wait_until_ready(served)
        yield served


async def _drawn(replicas: list[Served], viewers: int) -> float:
    """Reruns a second of viewers spread evenly over these replicas."""
    figures = load.Figures()
    crowd = []
    for number in range(viewers):
        served = replicas[number % len(replicas)]
        viewer = load.Viewer(served.port, number, figures, load.cookies_of(served, number))
        viewer.waits = False
        crowd.append(viewer)
    tasks = [asyncio.create_task(viewer.stay(SETTLING / 2 * n / viewers)) for n, viewer in enumerate(crowd)]
    await asyncio.sleep(SETTLING)
    before = len(figures.reruns)
    await asyncio.sleep(SECONDS)
    drawn = len(figures.reruns) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if figures.errors:
        sys.exit(f"Not measured: {figures.errors}")
    return drawn / SECONDS


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
