"""A real Chromium with a real server. Without Chromium these tests are skipped with a hint; in CI they fail."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.web import plan
from tests.web.served import Served, serving

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
# Streamlit requests these two below the page's address first, then at the root.
EXPECTED_404 = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture(scope="package")  # Playwright's event loop must not outlive these tests: others start their own
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = "No Chromium here. On Debian or Ubuntu: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser context without cookies, for tests of access."""
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


class Contexts:
    """One browser context per server, size and theme, shared by all tests: its cache holds Streamlit's scripts."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[tuple[int, str, str], BrowserContext] = {}

    def get(self, served: Served, size: str, theme: str) -> BrowserContext:
        key = served.process.pid, size, theme
        if key not in self._contexts:
            width, height = SIZES[size]
            context = self._browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=theme,  # type: ignore[arg-type]
            )
            self._contexts[key] = context
            if served.with_key:
                page = context.new_page()
                page.goto(served.with_key)
                settle(page)
                page.close()
        return self._contexts[key]

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Iterator[Contexts]:
    shared = Contexts(browser)
    yield shared
    shared.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(contexts: Contexts) -> Iterator[OpenPage]:
    """Open an address and wait until the page is drawn: `open_page(served, "staffing?show=Clashes", size="phone")`.

    Any request to another host, any violation of the content security policy, any failed request, any script error and
    any dialog of the browser fails the test at its end.
    """
    pages: list[Page] = []
    troubles: list[str] = []

    def open_address(served: Served, address: str = "", size: str = "desk", theme: str = "light") -> Page:
        page = contexts.get(served, size, theme).new_page()
        pages.append(page)
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI));"
            "delete window.showSaveFilePicker;"
        )
        page.on(
            "console",
            lambda message: troubles.append(message.text) if _is_trouble(message.text, message.type) else None,
        )
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on(
            "request", lambda request: troubles.append(f"outside: {request.url}") if _outside(request.url) else None
        )
        page.on(
            "response",
            lambda response: (
                troubles.append(f"{response.status} {response.url}") if _failed(response.status, response.url) else None
            ),
        )
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(f"{served.url}/{address}")
        settle(page)
        return page

    yield open_address
    for page in pages:
        page.close()
    assert troubles == []


QUIET = """quiet => new Promise(resolve => {
  let last = performance.now()
  const observer = new MutationObserver(() => { last = performance.now() })
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  const timer = setInterval(() => {
    const idle = document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
    if (!idle || document.querySelector("[data-testid=stSkeleton]")) last = performance.now()
    if (performance.now() - last < quiet) return
    clearInterval(timer)
    observer.disconnect()
    resolve()
  }, 20)
})"""


def settle(page: Page) -> None:
    """Wait until no script runs, no placeholder is left, and the page has not changed for 150 milliseconds."""
    page.wait_for_selector(READY, timeout=30_000)
    try:
        page.evaluate(QUIET, 150)
    except PlaywrightError:  # the page went to another address meanwhile
        page.wait_for_selector(READY, timeout=30_000)
        page.evaluate(QUIET, 150)


def _is_trouble(text: str, kind: str) -> bool:
    # Streamlit's message reader tries WebAssembly, which the policy forbids, and falls back.
    return kind == "error" and "status of 404" not in text and text != "POLICY script-src wasm-eval"


def _outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "localhost"


def _failed(status: int, url: str) -> bool:
    return status >= 400 and not url.endswith(EXPECTED_404)
