"""How long a slow phone waits for the first heading, on its first visit and on its second, compressed or not.

`python -m tests.bench.first_visit [RUNS]`. Chromium with a network of 1.6 Mbit/s and 150 ms and a quarter of the CPU
opens the sample; the browser refuses gzip for the figures without compression. The least of some runs taken in turn.
The last line is a browser at full speed that comes first to a server just started, which has nothing compressed yet.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.conftest import NAMES, SIZES
from tests.web.served import Served, serving

FIRST, SECOND = 8.0, 2.0
"""Seconds until the first heading, at most."""
RUNS = 3
LATENCY = 150
DOWN, UP = 1_600_000 / 8, 750_000 / 8
"""Bytes a second."""
CPU = 4
PATIENCE = 120_000


@dataclass(frozen=True)
class Visit:
    """Seconds until the first heading, and bytes that came over the network meanwhile."""

    seconds: float
    received: float


def main(runs: int) -> bool:
    """Print the figures; True where compressed visits are within the limits."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))),
            args=["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        fresh: dict[bool, list[Visit]] = {True: [], False: []}
        first: dict[bool, list[Visit]] = {True: [], False: []}
        second: dict[bool, list[Visit]] = {True: [], False: []}
        for _ in range(runs):
            for gzip in (True, False):
                with serving(Path(folder), fresh=True) as served:
                    fresh[gzip].append(_visits(chromium, served, gzip=gzip, slow=False)[0])
        with serving(Path(folder), fresh=True) as served:
            _visits(chromium, served, gzip=True, slow=False)  # the server has imported everything and read the sample
            for _ in range(runs):
                for gzip in (True, False):
                    new, again = _visits(chromium, served, gzip=gzip)
                    first[gzip].append(new)
                    second[gzip].append(again)
        chromium.close()
    print("                         with gzip            without")
    best = {}
    for name, visits in (("first visit", first), ("second visit", second), ("new server, no limits", fresh)):
        best[name] = [min(visits[gzip], key=lambda visit: visit.seconds) for gzip in (True, False)]
        told = "".join(f"{visit.seconds:>8.2f} s {visit.received / 1000:>6,.0f} kB" for visit in best[name])
        print(f"{name:<22}{told}  ratio {best[name][0].seconds / best[name][1].seconds:.2f}")
    good = best["first visit"][0].seconds <= FIRST and best["second visit"][0].seconds <= SECOND
    print(f"Limits with gzip: {FIRST:g} s and {SECOND:g} s: {'met' if good else 'NOT MET'}.")
    return good


def _visits(chromium: Browser, served: Served, *, gzip: bool, slow: bool = True) -> tuple[Visit, Visit]:
    """The first and the second visit of a browser that has nothing of the dashboard in its cache."""
    width, height = SIZES["phone"]
    refusing = {} if gzip else {"Accept-Encoding": "identity"}
    context = chromium.new_context(viewport={"width": width, "height": height}, extra_http_headers=refusing)
    try:
        return _visit(context, served, slow=slow), _visit(context, served, slow=slow)
    finally:
        context.close()


def _visit(context: BrowserContext, served: Served, *, slow: bool) -> Visit:
    page = context.new_page()
    browser = context.new_cdp_session(page)
    received = [0.0]

    def count(event: dict[str, float]) -> None:
        received[0] += event["encodedDataLength"]

    browser.on("Network.loadingFinished", count)
    browser.send("Network.enable")
    if slow:
        conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
        browser.send("Network.emulateNetworkConditions", conditions)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    start = time.perf_counter()
    page.goto(served.url, wait_until="commit", timeout=PATIENCE)
    page.wait_for_selector("h1", timeout=PATIENCE)
    visit = Visit(time.perf_counter() - start, received[0])
    page.wait_for_load_state("networkidle", timeout=PATIENCE)  # everything is in the cache for the second visit
    page.close()
    return visit


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if sys.argv[1:] else RUNS) else 1)
