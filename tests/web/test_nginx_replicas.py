"""docs/deploy/nginx-replicas.conf: a visitor stays with one dashboard, and goes on with another where it is gone."""

import contextlib
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.web.reverse_proxy import Proxy, nginx

pytestmark = pytest.mark.slow


class Standing:
    """In a dashboard's place: says its letter. It can hang, with its port open, or end."""

    def __init__(self, letter: str) -> None:
        self.hangs = threading.Event()
        hangs = self.hangs

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
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

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
    answer = proxy.get(path, **({"Cookie": f"coffee_replica={cookie}"} if cookie is not None else {}))
    assert answer.status_code == 200
    return answer.text, answer.headers.get("set-cookie")


def cookie_for(letter: str) -> str:
    return f"coffee_replica={letter}; Path=/; HttpOnly; Secure; SameSite=Lax"


def test_newcomers_are_spread_and_told_where_they_belong_and_stay_there(three: tuple[Proxy, Three]) -> None:
    answers = [asked(three[0]) for _ in range(30)]
    assert set(Counter(letter for letter, _ in answers)) == set("abc")
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
