"""The public list and an event's page on a slow phone: the largest contentful paint, and the bytes of everything.

`python -m tests.bench.lcp [RUNS]`. Chromium with a network of 1.6 Mbit/s and 150 ms and a quarter of the CPU opens each
page with an empty cache, of the sample and of 2,000 events, from the dashboard's own server. The limits hold for each
run; the first one of each page comes to a server that has not made that page before.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from tests.bench.first_visit import CPU, DOWN, LATENCY, UP
from tests.bench.load import dashboard
from tests.browser.conftest import NAMES, SIZES
from tests.web.served import get

SHEETS = {"sample": 0, "2,000 events": 2_000}
LIMIT = 1.0
"""Seconds until the largest contentful paint, at most."""
MOST = 60_000
"""Bytes over the network, with stylesheet and pictures, at most."""
RUNS = 3
_LCP = """() => new Promise(resolve => new PerformanceObserver(
  list => resolve(list.getEntries().at(-1).startTime / 1000)
).observe({type: 'largest-contentful-paint', buffered: true}))"""


@dataclass(frozen=True)
class Visit:
    """Seconds until the largest contentful paint, bytes that came over the network, and in how many answers."""

    seconds: float
    received: float
    answers: int


def main(runs: int) -> bool:
    """Print the table; True where every run is within the limits."""
    good = True
    print("                                LCP in s (each run)         bytes  answers")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))),
            args=["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        for sheet, events in SHEETS.items():
            with dashboard(events, liaisons=False, public=True) as served:
                event = re.findall(r'"page":"(event/[^"]+)"', get(f"{served.url}/public/events.json").text)[-1]
                for name, path in (("list", ""), ("event", event)):
                    visits = [_visit(chromium, f"{served.url}/public/{path}") for _ in range(runs)]
                    seconds = "  ".join(f"{visit.seconds:.2f}" for visit in visits)
                    most = max(visits, key=lambda visit: visit.received)
                    print(f"{sheet:<16}{name:<16}{seconds:<24}{most.received:>9,.0f}{most.answers:>9}", flush=True)
                    good &= all(visit.seconds <= LIMIT and visit.received <= MOST for visit in visits)
        chromium.close()
    print(f"Limits: {LIMIT:g} s and {MOST:,} bytes in each run: {'met' if good else 'NOT MET'}.")
    return good


def _visit(chromium: Browser, address: str) -> Visit:
    width, height = SIZES["phone"]
    with chromium.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        browser = context.new_cdp_session(page)
        received: list[float] = []
        browser.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        browser.send("Network.enable")
        conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
        browser.send("Network.emulateNetworkConditions", conditions)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        page.goto(address, wait_until="networkidle")
        return Visit(page.evaluate(_LCP), sum(received), len(received))


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if sys.argv[1:] else RUNS) else 1)
