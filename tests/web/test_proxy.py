"""The dashboard behind nginx with docs/deploy/nginx.conf: TLS, websockets, compression, cookies, addresses."""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cwac.web.limits import BURST
from tests.web.reverse_proxy import NAME, Proxy, nginx
from tests.web.served import Seen, connected, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def proxied(plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    environ = {"CWAC_WORKBOOK": str(plan_file), "CWAC_PUBLIC": "true", "STREAMLIT_SERVER_ALLOWED_HOSTS": NAME}
    with serving(folder, environ) as served, nginx(folder, "nginx.conf", {8501: served.port}) as proxy:
        yield proxy


def test_plain_http_is_redirected_to_https(proxied: Proxy) -> None:
    answer = httpx.get(f"http://127.0.0.1:{proxied.plain_port}/calendar?agency=WPD", headers={"Host": NAME})
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{NAME}/calendar?agency=WPD")


def opened(proxy: Proxy, page: str) -> Seen:
    """The page, opened in a session through the proxy."""
    with connected(proxy.port, NAME, tls=proxy.trusting) as visitor:
        return visitor.open(page)


def test_session_works_through_the_proxy(proxied: Proxy) -> None:
    seen = opened(proxied, "calendar")
    assert seen.holds("Weed Starbucks")
    assert not seen.holds("planted-internal")


def test_local_does_not_apply_through_the_proxy(plan_file: Path, tmp_path: Path) -> None:
    environ = {"CWAC_WORKBOOK": str(plan_file), "CWAC_LOCAL": "true"}
    with serving(tmp_path, environ) as served, nginx(tmp_path, "nginx.conf", {8501: served.port}) as proxy:
        seen = opened(proxy, "calendar")
    assert seen.holds("nobody may see it yet")
    assert not seen.holds("Weed")


def test_cookies_are_secure_and_pages_are_compressed(proxied: Proxy) -> None:
    page = proxied.get("/", **{"Accept-Encoding": "gzip"})
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert f"connect-src 'self' wss://{NAME}:{proxied.port};" in page.headers["content-security-policy"]
    script = re.search(r'src="\.?(/static/js/[^"]+\.js)"', page.text)
    assert script is not None
    assert proxied.get(script[1], **{"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    cookies = proxied.get("/oauth2callback?error=access_denied").headers.get_list("set-cookie")
    assert cookies
    assert all(cookie.endswith("; Secure") for cookie in cookies)


def test_visitors_cannot_evade_the_rate_limit_with_a_header(proxied: Proxy) -> None:
    answers = [
        proxied.get(f"/feed/x{number}.ics", **{"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(BURST + 40)
    ]
    assert 429 in answers


HALVES = {
    "no handshake": (False, b""),
    "nothing": (True, b""),
    "half a line": (True, b"GET /heal"),
    "headers without an end": (True, b"GET /healthz HTTP/1.1\r\nHost: coffee.example.gov\r\nX: y\r\n"),
}


def test_half_a_request_ends_at_the_proxys_deadline(hasty: Proxy) -> None:
    """All halves wait at once."""

    def seconds_until_closed(tls: bool, half: bytes) -> float:
        began = time.monotonic()
        opened = socket.create_connection(("127.0.0.1", hasty.port), timeout=30)
        with hasty.trusting.wrap_socket(opened, server_hostname=NAME) if tls else opened as visitor:
            visitor.sendall(half)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while visitor.recv(65_536):
                    pass
        return time.monotonic() - began

    with ThreadPoolExecutor(len(HALVES)) as pool:
        took = dict(zip(HALVES, pool.map(seconds_until_closed, *zip(*HALVES.values(), strict=True)), strict=True))
    assert {name: seconds for name, seconds in took.items() if not 2 <= seconds < 30} == {}


@pytest.fixture(scope="module")
def hasty(proxied: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The same proxy with a deadline of two seconds."""
    dashboard = int(
        re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+);", (proxied.log.parent / "nginx.conf").read_text())[0]
    )
    changed = [("client_header_timeout 10s;", "client_header_timeout 2s;")]
    with nginx(tmp_path_factory.mktemp("hasty"), "nginx.conf", {8501: dashboard}, changed=changed) as proxy:
        yield proxy


def test_proxy_itself_refuses_too_many_feed_requests(proxied: Proxy) -> None:
    answers = [proxied.get(f"/feed/y{number}.ics") for number in range(BURST + 40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert any("x-robots-tag" not in answer.headers for answer in refused), "the dashboard adds that to all it answers"
    assert proxied.get("/healthz").status_code == 200


def test_pages_are_not_limited_as_feeds(proxied: Proxy) -> None:
    assert {proxied.get("/calendar").status_code for _ in range(BURST + 10)} == {200}


def test_access_log_of_the_proxy_holds_no_path(proxied: Proxy) -> None:
    proxied.get("/feed/secret-token.ics")
    log = proxied.log.read_text()
    assert log.count("127.0.0.1") > 1
    assert "secret-token" not in log
    assert "/feed" not in log


def test_metrics_are_not_found_through_the_proxy(proxied: Proxy) -> None:
    assert proxied.get("/metrics").status_code == 404
