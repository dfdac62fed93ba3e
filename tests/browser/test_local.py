"""`local = true` in a browser: the address with the key, without it, and a page on another local port."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import go, settle
from tests.web.served import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("local"), {"CWAC_WORKBOOK": str(plan_file), "CWAC_LOCAL": "true"}) as running:
        yield running


def test_printed_address_opens_the_dashboard_and_removes_the_key_from_the_url(
    page: Page, context: BrowserContext, served: Served
) -> None:
    page.goto(str(served.with_key))
    settle(page)
    assert page.url == f"{served.url}/"
    expect(page).to_have_title("Overview · Coffee with a Cop")
    go(page, served, "staffing")
    expect(page).to_have_title("Openings · Staffing · Coffee with a Cop")
    (kept,) = [cookie for cookie in context.cookies() if cookie["name"].startswith("cwac_local")]
    assert (kept["httpOnly"], kept["sameSite"], kept["expires"]) == (True, "Strict", -1)


def test_page_on_another_port_cannot_open_a_session(page: Page, context: BrowserContext, served: Served) -> None:
    page.goto(str(served.with_key))
    settle(page)
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        try:
            script = """url => new Promise(done => {
                const socket = new WebSocket(url, ["streamlit"]);
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
            })"""
            theirs, stream = context.new_page(), f"ws://localhost:{served.port}/_stcore/stream"
            theirs.goto(f"http://localhost:{other.server_address[1]}/nothing")
            assert theirs.evaluate(script, stream) == "refused"
            ours = context.new_page()
            ours.goto(f"{served.url}/healthz")
            assert ours.evaluate(script, stream) == "open"
        finally:
            other.shutdown()
