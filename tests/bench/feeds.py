"""What a viewer feels while strangers ask for calendars, and how soon clients over the limit are refused.

`python -m tests.bench.feeds [EVENTS] [--rate N] [--seconds N]`. Strangers at made-up addresses behind a trusted proxy
ask for the same calendar, then with different filters each time, then guess private ones; one viewer walks two pages.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx

from tests.bench import sheets
from tests.fixed_clock import TODAY
from tests.web.served import Served, serving, session

STRANGERS = 24
LIMIT, REFUSED_WITHIN = 0.300, 2.5
"""Seconds at the 95th percentile: a viewer's page, and a refusal."""
TOWNS = ("Yreka", "Weed", "Mount Shasta", "Dunsmuir", "Etna", "Fort Jones", "Montague", "Tulelake", "Dorris")


def the_same(_: random.Random) -> str:
    return "/calendar.ics"


def other_filters(draw: random.Random) -> str:
    return "/calendar.ics?" + urlencode([("town", town) for town in draw.sample(TOWNS, draw.randint(1, len(TOWNS)))])


def guesses(draw: random.Random) -> str:
    return f"/feed/{draw.getrandbits(256):x}.ics"


@dataclass
class Strangers:
    """Threads that ask together for so many calendars a second; what they were answered, and how soon."""

    served: Served
    path: Callable[[random.Random], str]
    rate: float
    answered: list[tuple[int, float]] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Strangers:
        self._threads = [threading.Thread(target=self._ask, args=(random.Random(one),)) for one in range(STRANGERS)]
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, draw: random.Random) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.served.port}", timeout=60) as client:
            while not self._end.wait(draw.expovariate(self.rate / STRANGERS)):
                address = ".".join(str(draw.randint(1, 254)) for _ in range(4))
                begun = time.perf_counter()
                with contextlib.suppress(httpx.HTTPError):
                    answer = client.get(self.path(draw), headers={"X-Forwarded-For": address})
                    self.answered.append((answer.status_code, time.perf_counter() - begun))


def felt(served: Served, seconds: float) -> list[float]:
    """Seconds that each page took, in order."""
    took = []
    with session(served) as viewer:
        viewer.open()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            took.append(viewer.open(random.choice(["", "calendar"])).seconds)
            time.sleep(0.05)
    return sorted(took)


def at(share: float, ordered: list[float]) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def main() -> bool:
    """Print the figures; True where they are within the limits."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.feeds", description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=1_000)
    parser.add_argument("--rate", type=float, default=120.0, help="calendars asked for a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "plan.xlsx"
        sheets.write_xlsx(book, options.events, TODAY)
        environ = {
            "CWAC_WORKBOOK": str(book), "CWAC_PUBLIC": "true", "CWAC_STORE": f"sqlite:///{folder}/store.sqlite3",
        }  # fmt: skip
        with serving(Path(folder), environ, fresh=True) as served:
            quiet = felt(served, options.seconds)
            print(f"{'quiet':<14} a page {at(0.5, quiet) * 1000:5.0f} ms {at(0.95, quiet) * 1000:5.0f} ms (p50, p95)")
            for path in (the_same, other_filters, guesses):
                with Strangers(served, path, options.rate) as strangers:
                    took = felt(served, options.seconds)
                refused = sorted(seconds for status, seconds in strangers.answered if status in (429, 503))
                statuses = ", ".join(
                    f"{n} × {status}" for status, n in Counter(s for s, _ in strangers.answered).items()
                )
                print(
                    f"{path.__name__:<14} a page {at(0.5, took) * 1000:5.0f} ms {at(0.95, took) * 1000:5.0f} ms; "
                    f"strangers: {statuses}; refused within {at(0.95, refused) * 1000:.0f} ms (p95)"
                )
                good &= at(0.95, took) <= LIMIT and at(0.95, refused) <= REFUSED_WITHIN
    print(f"Limit: p95 {LIMIT * 1000:.0f} ms a page, {REFUSED_WITHIN:g} s a refusal: {'met' if good else 'NOT MET'}.")
    return good


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
