"""How long a slow phone waits for the first heading, on its first visit and on its second, compressed or not.

`python -m tests.bench.first_visit [RUNS]`. Chromium with a network of 1.6 Mbit/s and 150 ms and a quarter of the CPU
opens the sample; the browser refuses gzip for the figures without compression. The least of some runs taken in turn.
The last line is a browser at full speed that comes first to a server just started, which has nothing compressed yet.
"""

import contextlib
import shutil
import sys
import tempfile
import time
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


Visit = tuple[float, float]
"""Seconds until the first heading, and bytes that came over the network meanwhile."""


def main(runs: int) -> bool:
    """Print the figures; True where compressed visits are within the limits."""
    taken: dict[tuple[str, bool], list[Visit]] = {}

    def take(name: str, gzip: bool, visit: Visit) -> None:
        taken.setdefault((name, gzip), []).append(visit)

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))),
            args=["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        for gzip in (True, False) * runs:
            with serving(Path(folder), fresh=True) as served:
                take("new server, no limits", gzip, _visits(chromium, served, gzip=gzip, slow=False)[0])
        with serving(Path(folder), fresh=True) as served:
            _visits(chromium, served, gzip=True, slow=False)  # the server has imported everything and read the sample
            for gzip in (True, False) * runs:
                first, second = _visits(chromium, served, gzip=gzip, slow=True)
                take("first visit", gzip, first)
                take("second visit", gzip, second)
        chromium.close()
    print("                         with gzip            without")
    good = True
    for name, most in (("first visit", FIRST), ("second visit", SECOND), ("new server, no limits", None)):
        best = [min(taken[name, gzip]) for gzip in (True, False)]
        told = "".join(f"{seconds:>8.2f} s {received / 1000:>6,.0f} kB" for seconds, received in best)
        print(f"{name:<22}{told}  ratio {best[0][0] / best[1][0]:.2f}")
        good &= most is None or best[0][0] <= most
    print(f"Limits with gzip: {FIRST:g} s and {SECOND:g} s: {'met' if good else 'NOT MET'}.")
    return good


def _visits(chromium: Browser, served: Served, *, gzip: bool, slow: bool) -> tuple[Visit, Visit]:
    """The first and the second visit of a browser that has nothing of the dashboard in its cache."""
    width, height = SIZES["phone"]
    refusing = {} if gzip else {"Accept-Encoding": "identity"}
    context = chromium.new_context(viewport={"width": width, "height": height}, extra_http_headers=refusing)
    with contextlib.closing(context):
        return _visit(context, served, slow=slow), _visit(context, served, slow=slow)


def _visit(context: BrowserContext, served: Served, *, slow: bool) -> Visit:
    page = context.new_page()
    browser = context.new_cdp_session(page)
    received: list[float] = []
    browser.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    browser.send("Network.enable")
    if slow:
        conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
        browser.send("Network.emulateNetworkConditions", conditions)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    start = time.perf_counter()
    page.goto(served.url, wait_until="commit", timeout=PATIENCE)
    page.wait_for_selector("h1", timeout=PATIENCE)
    visit = time.perf_counter() - start, sum(received)
    page.wait_for_load_state("networkidle", timeout=PATIENCE)  # everything is in the cache for the second visit
    page.close()
    return visit


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if sys.argv[1:] else RUNS) else 1)
