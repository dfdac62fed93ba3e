"""A real Chromium on a real server: skipped where there is none, with how to get it, but never in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web import plan
from tests.web.served import Served, serving

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
# Streamlit looks below a page's own address first for these two, and then finds them.
EXPECTED_404 = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture(scope="package")  # while Playwright runs, its thread has an event loop, and other tests start their own
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "No Chromium here. On Debian or Ubuntu: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, for tests of who gets in."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The built-in sample."""
    with serving(tmp_path_factory.mktemp("sample")) as served:
        yield served


@pytest.fixture(scope="session")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.save(tmp_path_factory.mktemp("plan") / "plan.xlsx", plan.real_today())


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open an address and wait until the page stands: `visit(served, "staffing?show=Clashes", size="phone")`.

    Whatever the page asks of anybody but its server, whatever its policy stops, and every error of its scripts fails
    the test at its end.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(served: Served, address: str = "", size: str = "desk", theme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI));"
            "delete window.showSaveFilePicker;"
        )
        page.on("console", lambda said: troubles.append(said.text) if _is_trouble(said.text, said.type) else None)
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("request", lambda asked: troubles.append(f"outside: {asked.url}") if _outside(asked.url) else None)
        page.on(
            "response", lambda got: troubles.append(f"{got.status} {got.url}") if _failed(got.status, got.url) else None
        )
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if served.with_key:
            page.goto(served.with_key)
            settle(page)
        page.goto(f"{served.url}/{address}")
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def settle(page: Page) -> None:
    """Wait until no script runs and what it sent is drawn."""
    page.wait_for_selector(READY, timeout=30_000)
    page.wait_for_timeout(400)
    page.wait_for_selector(READY, timeout=30_000)


def _is_trouble(text: str, kind: str) -> bool:
    # Streamlit's reader of messages tries whether it may use WebAssembly; it may not, and does without.
    return kind == "error" and "status of 404" not in text and text != "POLICY script-src wasm-eval"


def _outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "localhost"


def _failed(status: int, url: str) -> bool:
    return status >= 400 and not url.endswith(EXPECTED_404)
