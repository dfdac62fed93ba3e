"""A real Chromium with a real server. Without Chromium these tests are skipped with a hint; in CI they fail."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.web.conftest import plan_file, sample  # noqa: F401
from tests.web.served import Served

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
FLAGS = [
    "--disable-gpu", "--disable-software-rasterizer", "--disable-dev-shm-usage", "--disable-background-networking",
    "--js-flags=--no-maglev --no-turbofan",  # a page is open for too short a time to repay its optimization
    "--host-resolver-rules=MAP elsewhere.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost",
]  # fmt: skip
expect.set_options(timeout=30_000)  # on a busy machine a page takes seconds to draw
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
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Tab:
    """A tab of the browser, and the problems seen in it since it was last taken.

    It listens for failures only, as an event for each request would cost a twentieth of the time to open a page. By
    FLAGS every request to another host fails, and Chromium reports any other failed one on the console.
    """

    page: Page
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        page, note = self.page, self.troubles.append
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI));"
            "delete window.showSaveFilePicker;"
        )
        page.on("console", self._hear)
        page.on("pageerror", lambda error: note(f"script: {error}"))
        page.on("requestfailed", lambda request: note(f"outside: {request.url}") if _outside(request.url) else None)
        page.on("dialog", lambda dialog: (note(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _hear(self, message: ConsoleMessage) -> None:
        url = message.location["url"]  # for a failed request the requested one
        is_expected = "status of 404" in message.text and url.endswith(EXPECTED_404)
        # Streamlit's message reader tries WebAssembly, which the policy forbids, and falls back.
        if message.type == "error" and not is_expected and message.text != "POLICY script-src wasm-eval":
            self.troubles.append(f"{message.text} {url}")


class Tabs:
    """A tab for each server and size.

    All tests share them: in a tab that is used again, Streamlit's scripts are compiled already, and a page opens in
    half the time. Each opened address is a new session of Streamlit.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[Served, BrowserContext] = {}
        self._tabs: dict[tuple[Served, str], Tab] = {}

    def of(self, served: Served, size: str) -> Tab:
        if served not in self._contexts:
            for stopped in [served for served in self._contexts if served.process.poll() is not None]:
                self._contexts.pop(stopped).close()
            self._contexts[served] = self._browser.new_context()
            if served.with_key:
                self._contexts[served].request.get(served.with_key)
        if (served, size) not in self._tabs:
            self._tabs[served, size] = Tab(self._contexts[served].new_page())
        return self._tabs[served, size]

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


@pytest.fixture(scope="package")
def tabs(browser: Browser) -> Iterator[Tabs]:
    shared = Tabs(browser)
    yield shared
    shared.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[OpenPage]:
    """Open an address and wait until the page is drawn: `open_page(served, "staffing?show=Clashes", size="phone")`.

    Any request to another host, any violation of the content security policy, any failed request, any script error and
    any dialog of the browser fails the test at its end.
    """
    opened: list[Tab] = []

    def open_address(served: Served, address: str = "", size: str = "desk", *, new_session: bool = True) -> Page:
        tab = tabs.of(served, size)
        if tab not in opened:
            tab.troubles.clear()
            opened.append(tab)
        width, height = SIZES[size]
        tab.page.set_viewport_size({"width": width, "height": height})
        tab.page.emulate_media(color_scheme="light")
        tab.page.mouse.move(0, 0)
        tab.page.bring_to_front()  # a tab in the background draws only twice a second
        if new_session or not tab.page.url.startswith(served.url):
            go(tab.page, served, address)
        else:
            visit(tab.page, address)
        return tab.page

    yield open_address
    assert [trouble for tab in opened for trouble in tab.troubles] == []


@pytest.fixture
def open_view(open_page: OpenPage) -> OpenPage:
    """Open an address as `open_page` does, but in the session of the tab if it has one: in half the time."""
    return partial(open_page, new_session=False)


def go(page: Page, served: Served, address: str) -> None:
    """Open another address in the same tab, as a new session."""
    page.goto(f"{served.url}/{address}")
    settle(page)


VISIT = """path => new Promise(resolve => {
  const { asked } = window.cwacAnswer
  document.activeElement.blur()
  history.pushState({}, "", path)
  dispatchEvent(new PopStateEvent("popstate", { state: {} }))
  const timer = setInterval(() => {
    if (window.cwacAnswer.asked === asked) return
    clearInterval(timer)
    resolve()
  }, 5)
})"""


def visit(page: Page, address: str) -> None:
    """Show another address of the same server in the session of the page, as Back and Forward do.

    The browser need not run Streamlit's scripts again, which is most of what it takes to open an address.
    """
    page.evaluate(VISIT, f"/{address}")
    settle(page)


def resize(page: Page, size: str) -> None:
    """Give the page's window this size, if it has another."""
    width, height = SIZES[size]
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)


def switch_theme(page: Page, theme: str) -> None:
    """Switch the operating system's theme, which an open page follows."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    settle(page)


QUIET = """quiet => new Promise((resolve, reject) => {
  const start = performance.now()
  let last = start
  if (!window.cwacAnswer) {
    const answer = (window.cwacAnswer = { asked: 0, came: 0 }), heard = new WeakSet(), { send } = WebSocket.prototype
    WebSocket.prototype.send = function (data) {
      if (!heard.has(this)) this.addEventListener("message", () => { answer.came = performance.now() })
      heard.add(this)
      answer.asked = performance.now()
      return send.call(this, data)
    }
  }
  const { cwacAnswer: answer } = window
  const observer = new MutationObserver(() => { last = performance.now() })
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  const drawn = component => (component.shadowRoot ?? component).querySelector(":not(div:empty, style)")
  const ready = () =>
    (answer.came >= answer.asked || performance.now() - answer.asked > 5_000) &&
    document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]") &&
    !document.querySelector("[data-testid=stSkeleton], [data-switching]") &&
    [...document.querySelectorAll("[data-testid^=stBidiComponent]")].every(drawn)
  const timer = setInterval(() => {
    const now = performance.now()
    if (!ready()) last = now
    if (now - last < quiet && now - start < 60_000) return
    clearInterval(timer)
    observer.disconnect()
    if (now - last < quiet) reject(new Error("The page is not at rest after 60 seconds"))
    else resolve()
  }, 20)
})"""


def settle(page: Page) -> None:
    """Wait until the server has answered, no script runs, each component is drawn and seen, and 150 ms bring no change.

    A busy server may take longer than that to start answering a click, so messages are watched from the first call on.
    """
    page.wait_for_selector(READY, timeout=30_000)
    try:
        page.evaluate(QUIET, 150)
    except PlaywrightError:  # the page went to another address meanwhile
        page.wait_for_selector(READY, timeout=30_000)
        page.evaluate(QUIET, 150)


AXE_RULES = {"target-size": {"enabled": True}}
"""Those of WCAG 2.2, which axe leaves out by itself."""
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": AXE_RULES}
ABOUT_COLORS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that depend on the theme, which changes nothing but colors."""
COLORS_ONLY = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ABOUT_COLORS}}


PARSE_EACH_COLOR_ONCE = """
const { Color } = axe.commons.color, parse = Color.prototype.parseString, parsed = new Map()
Color.prototype.parseString = function (text) {
  const { r, g, b, alpha } = parsed.get(text) ?? parse.call(this, text)
  parsed.set(text, { r, g, b, alpha })
  return Object.assign(this, { r, g, b, alpha })
}
"""
"""A script for axe, which would take a third of its time to parse the same few colors again for each element."""


def axe_violations(page: Page, options: dict[str, Any] = AXE_OPTIONS, parts: Sequence[str] = ("html",)) -> list[str]:
    """What axe finds wrong in these parts, with the rule and the element; its script is put into a document once."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(str(Axe().axe_script))
        page.evaluate(f"() => {{ {PARSE_EACH_COLOR_ONCE} }}")
    violations = page.evaluate(
        "([parts, options]) => axe.run({ include: parts }, options).then(results => results.violations)",
        [parts, options],
    )
    return [f"{violation['id']}: {node['html'][:200]}" for violation in violations for node in violation["nodes"]]


def _outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "localhost"
