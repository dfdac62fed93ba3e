"""The dashboard behind nginx with docs/deploy/nginx.conf: TLS, websockets, compression, cookies, addresses."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from cwac.web.limits import BURST
from tests.web.reverse_proxy import NAME, Proxy, nginx
from tests.web.served import connected, serving

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


def test_session_works_through_the_proxy(proxied: Proxy) -> None:
    with connected(proxied.port, NAME, tls=proxied.trusting) as visitor:
        seen = visitor.open("calendar")
    assert seen.holds("Weed Starbucks")
    assert not seen.holds("planted-internal")


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
    changed = {"client_header_timeout 10s;": "client_header_timeout 2s;"}
    with nginx(tmp_path_factory.mktemp("hasty"), "nginx.conf", proxied.dashboards, changed) as proxy:
        yield proxy


def test_proxy_itself_refuses_too_many_feed_requests_whatever_a_header_says(proxied: Proxy) -> None:
    answers = [
        proxied.get(f"/feed/y{number}.ics", **{"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(BURST + 40)
    ]
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


class Standing:
    """In a dashboard's place: says its letter. It can hang, with its port open, or end."""

    def __init__(self, letter: str) -> None:
        self.hangs = hangs = threading.Event()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if hangs.is_set():
                    time.sleep(8)
                body = b"ok\n" if self.path == "/healthz" else letter.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None: ...  # nginx has gone on to another

        self._server = Server(("127.0.0.1", 0), Answer)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Three = dict[str, Standing]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Proxy, Three]]:
    standing = {letter: Standing(letter) for letter in "abc"}
    ports = {8501 + number: process.port for number, process in enumerate(standing.values())}
    try:
        with nginx(tmp_path, "nginx-replicas.conf", ports) as proxy:
            yield proxy, standing
    finally:
        for process in standing.values():
            with contextlib.suppress(OSError):
                process.end()


def asked(proxy: Proxy, path: str = "/", cookie: str | None = None) -> tuple[str, str | None]:
    """Who answered, and the cookie that came with it."""
    answer = proxy.get(path, **({} if cookie is None else {"Cookie": f"coffee_replica={cookie}"}))
    assert answer.status_code == 200
    return answer.text, answer.headers.get("set-cookie")


def cookie_for(letter: str) -> str:
    return f"coffee_replica={letter}; Path=/; HttpOnly; Secure; SameSite=Lax"


def test_newcomers_are_spread_and_told_where_they_belong_and_stay_there(three: tuple[Proxy, Three]) -> None:
    answers = [asked(three[0]) for _ in range(30)]
    assert {letter for letter, _ in answers} == set("abc")
    assert all(cookie == cookie_for(letter) for letter, cookie in answers)
    for letter in "abc":
        for path in ("/", "/_stcore/health", "/_stcore/stream", "/media/x.pdf"):
            assert {asked(three[0], path, letter) for _ in range(3)} == {(letter, None)}


def test_a_made_up_cookie_leads_nowhere_else(three: tuple[Proxy, Three]) -> None:
    for made_up in ("", "d", "coffee_a", "127.0.0.1:22", "example.org", "a; Path=/"):
        letter, cookie = asked(three[0], cookie=made_up)
        assert letter in "abc", made_up
        assert cookie in (cookie_for(letter), None if made_up.startswith("a;") else cookie_for(letter)), made_up


def test_where_one_is_gone_another_goes_on_and_keeps_the_visitor(three: tuple[Proxy, Three]) -> None:
    proxy, standing = three
    standing["b"].end()
    letter, cookie = asked(proxy, cookie="b")
    assert letter in "ac"
    assert cookie == cookie_for(letter)
    assert {asked(proxy, cookie=letter) for _ in range(6)} == {(letter, None)}
    assert {asked(proxy)[0] for _ in range(12)} == set("ac")


def test_one_that_hangs_is_found_out_by_the_first_who_asks_whether_it_lives(three: tuple[Proxy, Three]) -> None:
    proxy, standing = three
    standing["a"].hangs.set()
    began = time.monotonic()
    letter, cookie = asked(proxy, "/_stcore/health", "a")
    assert letter in "bc"
    assert cookie == cookie_for(letter)
    assert 2 < time.monotonic() - began < 7
    began = time.monotonic()
    assert asked(proxy, "/_stcore/stream", "a")[0] in "bc"
    assert time.monotonic() - began < 2
    standing["a"].hangs.clear()


def test_the_two_files_differ_only_where_they_must() -> None:
    """What one dashboard needs of nginx, three need as well."""
    folder = Path(__file__).parents[2] / "docs/deploy"
    single, several = (
        {line.split("  #")[0].strip() for line in (folder / name).read_text().splitlines() if line.strip("# ")}
        for name in ("nginx.conf", "nginx-replicas.conf")
    )
    lost = {line for line in single - several if not line.startswith("#")}
    assert {re.sub(r"\S+;$", "…", line) for line in lost} == {"proxy_pass …", "proxy_read_timeout …"}
