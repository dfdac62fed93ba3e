"""What a month of 5,000 events costs beside one of 50: in a browser, from the click to the drawn month.

`python -m tests.bench.calendar [EVENTS]`. Two servers side by side, one of a sheet whose events all lie within this
month and the two around it, and one of fifty such events; Chromium switches months on both in turn, so that other load
on the machine affects both alike. A first visit is measured as well.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import NAMES
from tests.web import plan
from tests.web.served import Served, serving

LIMIT = 1.5
FEW = 50
ROUNDS = 12
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
_DRAWN = """title => {
  const roots = [...document.querySelectorAll("*")].map(one => one.shadowRoot)
  const calendar = roots.find(root => root?.querySelector(".calendar"))?.querySelector(".calendar")
  return calendar && !calendar.hasAttribute("aria-busy") && calendar.querySelector("[data-open]")
    && (title === null || calendar.querySelector("h2").textContent !== title)
}"""


def main(events: int = 5_000) -> bool:
    """Print the figures; True where the ratios are within the limit."""
    browser_path = next(filter(None, map(shutil.which, NAMES)), None)
    if browser_path is None:
        sys.exit("No Chromium here. On Debian or Ubuntu: apt-get install chromium")
    with ExitStack() as stack:
        servers = {n: _served(stack, n) for n in (FEW, events)}
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=browser_path, args=["--disable-gpu", "--disable-dev-shm-usage"]
        )
        pages: dict[int, Page] = {}
        first: dict[int, list[float]] = {n: [] for n in servers}
        for _ in range(4):
            for n, served in servers.items():
                context = browser.new_context(viewport={"width": 1280, "height": 1000})
                pages[n] = context.new_page()
                start = time.perf_counter()
                pages[n].goto(f"{served.url}/calendar")
                pages[n].wait_for_function(_DRAWN, arg=None)
                first[n].append(time.perf_counter() - start)
                pages[n].wait_for_selector(SETTLED)
        turns: dict[int, list[float]] = {n: [] for n in servers}
        for turn in range(ROUNDS):
            for n, page in pages.items():
                turns[n].append(_turned(page, "later" if turn % 2 == 0 else "earlier"))
        browser.close()
    good = True
    print(f"  {'':<24}{FEW:>10,}{events:>12,} events   ratio")
    # The least of each: whatever else runs here makes a turn longer, never shorter.
    for name, taken in (("first visit", first), ("another month", turns)):
        few, many = (min(taken[n]) for n in (FEW, events))
        good &= many <= LIMIT * few
        print(f"  {name:<24}{few * 1000:>7.0f} ms{many * 1000:>9.0f} ms          {many / few:>5.2f}")
    print(f"  Limit: {LIMIT:g} ×: {'met' if good else 'NOT MET'}.")
    return good


def _turned(page: Page, key: str) -> float:
    title = page.locator(".bar h2").inner_text()
    start = time.perf_counter()
    page.locator(f"[data-key={key}]").click()
    page.wait_for_function(_DRAWN, arg=title)
    taken = time.perf_counter() - start
    page.wait_for_selector(SETTLED)
    page.wait_for_timeout(150)
    return taken


def _served(stack: ExitStack, events: int) -> Served:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    environ = {
        "CWAC_WORKBOOK": str(_workbook(folder, events)),
        "CWAC_STORE": f"sqlite:///{folder}/store.sqlite3",
        "CWAC_LOCAL": "true",
    }
    return stack.enter_context(serving(folder, environ, fresh=True))


def _workbook(folder: Path, events: int) -> Path:
    today = plan.TODAY
    first = today.replace(day=1) - dt.timedelta(days=28)
    agencies = ("CHP-MS", "WPD", "SCSO")
    header = plan.tabs(today)["Events"][0]
    rows = [
        [f"E-{n}", plan.serial(first + dt.timedelta(days=n * 90 // events)), (8 + n % 9) / 24, None, None,
         ("Weed", "Yreka", "Etna")[n % 3], None, None, agencies[n % 3], agencies[(n + 1) % 3],
         ("Confirmed", "Tentative", "Cancelled")[n % 7 % 3], None, 3]
        for n in range(events)
    ]  # fmt: skip
    staffing = [["Event ID", "Officer", "Agency", "Role", "Status"]]
    staffing += [[f"E-{n}", f"OF-0{1 + n % 4}", None, "Host", "Confirmed"] for n in range(events)]
    return plan.save(folder / "plan.xlsx", today, Events=[header, *rows], Staffing=staffing)


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
