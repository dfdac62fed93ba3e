"""Streamlit's own files over HTTP: compressed for clients that accept gzip, and otherwise as Streamlit sends them."""

import asyncio
import gzip
import socket
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from cwac.web.responses import CompressStaticFiles, SecurityHeaders, accepts_gzip
from tests.cases import each
from tests.web.served import Served

STATIC = Path(get_static_dir())
FILES = {f"/{path.relative_to(STATIC).as_posix()}": path for path in (STATIC / "static").rglob("*") if path.is_file()}
SCRIPT = max((path for path in FILES if "/js/index." in path), key=lambda path: FILES[path].stat().st_size)
"""The largest of the scripts that every page loads first."""
STYLE = next(path for path in FILES if path.endswith(".css"))
FONT = next(path for path in FILES if path.endswith(".woff2"))

TAKE_GZIP = (
    "gzip|gzip, deflate, br, zstd|br,GZIP;q=0.5|deflate , gzip ; q = 0.001|identity;q=0.5, gzip;q=0.5|gzip;q=1.000"
)
DO_NOT = (
    "|identity|br, deflate|gzip;q=0|br, gzip;q=0.000|gzip;q=0, *|*;q=0|x-gzipped|gzip;q=|gzip;q=2|gzip;q=x|gzip;level=1"
)


def test_accept_encoding_is_followed() -> None:
    assert [header for header in TAKE_GZIP.split("|") if not accepts_gzip(header)] == []
    assert [header for header in DO_NOT.split("|") if accepts_gzip(header)] == []


LONG = "from the app" * 100


async def streamlits(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers every path with its own text."""
    await PlainTextResponse(LONG, headers={"Vary": "Cookie"})(scope, receive, send)


def answer_of(path: str, accept: str = "gzip") -> httpx.Response:
    """The middleware's answer to a request for exactly this path, which no client has made tidy."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "GET", "path": path,
        "query_string": b"x=1", "headers": [(b"accept-encoding", accept.encode())],
    }  # fmt: skip
    asyncio.run(CompressStaticFiles(streamlits)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return httpx.Response(messages[0]["status"], headers=messages[0]["headers"], content=body)


@each(
    "path",
    ["", "/", "/staffing", "/calendar.ics", "/healthz", "/static", "/static/", f"{SCRIPT}/", f"/x{SCRIPT}",
     SCRIPT.replace("/", "\\"), SCRIPT.upper(), str(FILES[SCRIPT]), "/index.html", "/manifest.json", FONT],
)  # fmt: skip
def test_nothing_but_scripts_and_styles_is_touched(path: str) -> None:
    answer = answer_of(path)
    assert answer.text == LONG
    assert answer.headers["vary"] == "Cookie"
    assert "content-encoding" not in answer.headers


def test_uncompressed_answer_varies_too() -> None:
    answer = answer_of(SCRIPT, accept="identity")
    assert (answer.text, answer.headers["vary"]) == (LONG, "Cookie, Accept-Encoding")


def ask(sample: Served, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, f"{sample.url}{path}", headers={"Accept-Encoding": "gzip"} | named, verify=False)


def raw(sample: Served, path: str) -> tuple[str, bytes]:
    """The head and the body as they are on the wire."""
    with socket.create_connection(("127.0.0.1", sample.port), timeout=20) as opened:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        opened.sendall(request.encode())
        head, _, body = b"".join(iter(partial(opened.recv, 65_536), b"")).partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


OWN = {"content-encoding", "content-length", "transfer-encoding", "etag", "vary", "date"}
"""Headers that differ between a compressed answer and Streamlit's own."""


@pytest.mark.slow
def test_compressed_answers_have_the_bytes_and_headers_of_streamlits_own(sample: Served) -> None:
    page = ask(sample, "/").text
    needed = [path for path in FILES if path in page and path.endswith((".js", ".css"))]
    assert {SCRIPT, STYLE} <= set(needed)
    for path in needed:
        plain, compressed = ask(sample, path, Accept_Encoding="identity"), ask(sample, path)
        assert plain.content == compressed.content == FILES[path].read_bytes(), path
        assert "content-encoding" not in plain.headers, path
        kept = [{name: value for name, value in r.headers.items() if name not in OWN} for r in (plain, compressed)]
        assert kept[0] == kept[1], path
        assert compressed.headers["cache-control"] == "public, immutable, max-age=31536000", path
        for name, value in SecurityHeaders.FIXED:
            assert compressed.headers.get_list(name) == [value], path
        assert "content-security-policy" in compressed.headers, path
        if len(plain.content) >= 500:
            assert compressed.headers["content-encoding"] == "gzip", path
            assert plain.headers["vary"] == compressed.headers["vary"] == "Accept-Encoding", path
            assert compressed.headers["etag"] == f"W/{plain.headers['etag']}", path
    on_the_wire = sum(len(raw(sample, path)[1]) for path in needed)
    assert 3 * on_the_wire < sum(FILES[path].stat().st_size for path in needed)


@pytest.mark.slow
def test_browser_that_has_the_file_is_sent_nothing(sample: Served) -> None:
    head = ask(sample, SCRIPT, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    compressed = ask(sample, SCRIPT)
    tag = compressed.headers["etag"]
    for method in ("GET", "HEAD"):
        for etag in (tag, tag.removeprefix("W/"), f'"x", {tag}'):
            answer = ask(sample, SCRIPT, method, If_None_Match=etag)
            assert (answer.status_code, answer.content) == (304, b""), etag
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(sample, SCRIPT, If_Modified_Since=compressed.headers["last-modified"]).status_code == 304


@pytest.mark.slow
def test_range_is_of_the_file_itself(sample: Served) -> None:
    whole = FILES[SCRIPT].read_bytes()
    part = ask(sample, SCRIPT, Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert "content-encoding" not in part.headers
    # The rest of a compressed download cannot be taken from the file itself: the client gets all of it.
    resumed = ask(sample, SCRIPT, Range="bytes=10-19", If_Range=ask(sample, SCRIPT).headers["etag"])
    assert (resumed.status_code, resumed.content) == (200, whole)


@pytest.mark.slow
def test_other_paths_are_answered_as_before(sample: Served) -> None:
    assert "content-encoding" not in ask(sample, "/").headers
    assert "content-encoding" not in ask(sample, FONT).headers
    missing = ask(sample, "/static/js/nothing.js")
    assert missing.headers["content-type"] == "text/html; charset=utf-8"
    assert missing.headers["cache-control"] == "no-cache"
    assert ask(sample, SCRIPT, "POST").status_code == 405
    for path in ("../file_util.py", "js/..%2f..%2f../file_util.py", "%2e%2e/%2e%2e/file_util.py"):
        head, body = raw(sample, f"/static/{path}")
        text = gzip.decompress(body) if "content-encoding: gzip" in head.lower() else body
        assert b"get_static_dir" not in text, path
