"""How far a page moves and blinks when it is switched: `python -m tests.browser.shifts`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, SIZES, settle, visit
from tests.web.served import serving

SWITCHES: tuple[str, ...] = (
    "calendar", "staffing", "staffing?show=Fairness", "staffing?show=Gaps&agency=SCSO", "attendance",
    "attendance?show=Compare", "follow_ups", "sheet_health", "reports", "",
)  # fmt: skip
WATCH = """() => {
  const seen = (window.cwacSeen = {})
  const add = (list) => list.getEntries().forEach(({ value }) => (seen.shift += value))
  new PerformanceObserver(add).observe({ type: "layout-shift" })
  const look = () => {
    const stale = [...document.querySelectorAll("[data-testid=stMain] [data-stale=true]")]
    if (stale.some((element) => getComputedStyle(element).opacity < 0.9)) seen.gray += 1
    requestAnimationFrame(look)
  }
  look()
}"""
START = "() => Object.assign(window.cwacSeen, { shift: 0, gray: 0 })"


def switch(page: Page, address: str) -> tuple[float, int]:
    """Show another address in a watched page: the sum of layout shifts, and the number of gray frames."""
    page.evaluate(START)
    visit(page, address)
    seen = page.evaluate("() => window.cwacSeen")
    return round(seen["shift"], 3), seen["gray"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for size, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(served.url)
            settle(page)
            page.evaluate(WATCH)
            for address in SWITCHES:
                shift, gray = switch(page, address)
                print(f"{size:<6}{address:<40}{shift:>7.3f}{gray:>4} gray frames")
        browser.close()


if __name__ == "__main__":
    main()
