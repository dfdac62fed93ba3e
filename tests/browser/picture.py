"""Renders the picture in the README from the sample: `python -m tests.browser.picture`."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.served import ROOT, serving

CHROMIUM = "/usr/bin/chromium"
PICTURE = ROOT / "docs" / "overview.png"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", "--disable-dev-shm-usage"])
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.goto(server.url)
        page.get_by_text("Next 14 days").wait_for()
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
