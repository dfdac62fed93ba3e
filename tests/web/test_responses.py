"""What our middleware makes of Streamlit's answers: unknown pages, sign-in, and compression of its own files."""

import asyncio
import gzip
import socket
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from cwac.web.preflight import Start, middleware
from cwac.web.responses import CompressStaticFiles, SecurityHeaders, SignInPages, UnknownPages, accepts_gzip, came_from
from cwac.web.streamlit_compat import CALLBACK, LOGIN
from tests.cases import each
from tests.web.served import Served


def answer_of(app: Any, path: str, query: str = "", method: str = "GET", **headers: str) -> httpx.Response:
    """The app's answer to a request for exactly this path, which no client has made tidy."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": method, "path": path,
        "query_string": query.encode(), "headers": named,
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return httpx.Response(messages[0]["status"], headers=messages[0]["headers"], content=body)


# --- unknown pages ----------------------------------------------------------------------------------------------------


async def streamlits(scope: Scope, receive: Receive, send: Send) -> None:
    """As Streamlit does: its HTML at every address but those of files and routes."""
    answers: dict[str, Response] = {
        "/static/a.js": Response("x", media_type="text/javascript"),
        "/gone.js": PlainTextResponse("no", 404),
        "/broken": HTMLResponse("<html>", 500),
        "/auth/login": Response(status_code=302, headers={"location": "https://sign-in.example"}),
    }
    await answers.get(scope["path"], HTMLResponse("<html>"))(scope, receive, send)


def opened(address: str, accept: str = "text/html,*/*", method: str = "GET") -> tuple[int, str | None]:
    url = httpx.URL(address)
    app = UnknownPages(streamlits, "overview", ["overview", "calendar"])
    answer = answer_of(app, url.path, url.query.decode(), method, accept=accept)
    return answer.status_code, answer.headers.get("location")


@each(
    ("path", "target"),
    [
        ("/roster", "/?missing=roster"),
        ("/roster/", "/?missing=roster"),
        ("/roster?agency=WPD&county=A+B", "/?missing=roster&agency=WPD&county=A+B"),
        ("/roster?missing=other", "/?missing=roster"),
        ("/a/b", "/?missing=a%2Fb"),
        ("/" + "x" * 99, "/?missing=" + "x" * 40),
        ("/%0d%0aset-cookie:x", "/?missing=%0D%0Aset-cookie%3Ax"),
        ("/%2Fevil.example", "/?missing=evil.example"),
        ("/https://evil.example", "/?missing=https%3A%2F%2Fevil.example"),
        ("/overview", "/"),
        ("/overview?as=public", "/?as=public"),
    ],
)
def test_browser_is_sent_to_the_first_page(path: str, target: str) -> None:
    assert opened(path) == (302, target)
    assert opened(path, method="HEAD") == (302, target)


@each("path", ["/", "/calendar", "/calendar?event=x", "/static/a.js"])
def test_pages_and_files_are_served(path: str) -> None:
    assert opened(path) == (200, None)


def test_other_answers_are_left_alone() -> None:
    assert opened("/gone.js") == (404, None)
    assert opened("/broken") == (500, None)
    assert opened("/auth/login") == (302, "https://sign-in.example")
    assert opened("/roster", accept="*/*") == (200, None), "only a browser that opens a page is sent on"


def test_start_of_the_server_passes_every_middleware() -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        passed.append(scope["type"])

    layers = middleware(Start(None, "", lambda _: None, by_streamlit=True))
    for layer in layers:
        asyncio.run(layer.cls(app, *layer.args, **layer.kwargs)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == ["lifespan"] * 7


# --- sign-in ----------------------------------------------------------------------------------------------------------


@each(
    ("referer", "back"),
    [
        ("http://us:1/staffing?show=Gaps&x=%C3%A9", "/staffing?show=Gaps&x=%C3%A9"),
        ("http://us:1/", "/"),
        ("http://us:1", "/"),
        ("https://us:1/calendar", "/calendar"),
        (None, "/"),
        ("", "/"),
        ("http://evil.example/staffing", "/"),
        ("http://us:1@evil.example/", "/"),
        ("http://us:1.evil.example/", "/"),
        ("http://us:1//evil.example", "/"),
        ("http://us:1/\\evil.example", "/"),
        ("http://us:1/a b", "/"),
        ("http://us:1/a\r\nSet-Cookie: x=y", "/"),
        ("http://us:1/é", "/"),
        ("http://us:1/auth/login?provider=x", "/"),
        ("http://us:1/oauth2callback?code=x", "/"),
        ("http://us:1/" + "x" * 2000, "/"),
        ("http://[", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_only_a_page_of_this_site_is_gone_back_to(referer: str | None, back: str) -> None:
    assert came_from(referer, "us:1") == back


def test_without_a_host_header_the_first_page_is_shown() -> None:
    assert came_from("http:///staffing", None) == "/"


def answered(path: str, inside: Response, cookie: str = "", query: str = "", referer: str = "") -> httpx.Response:
    return answer_of(SignInPages(inside), path, query, host="us:1", cookie=cookie, referer=referer)


def cookies_of(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


def test_cookie_that_names_another_site_leads_to_the_first_page() -> None:
    sites = ("%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example")
    for value in (*sites, "%2Fa%0D%0AX%3A1", "\\", "%"):
        got = answered(CALLBACK, RedirectResponse("/", 302), f"cwac_back={value}", "code=x&state=y")
        assert got.headers["location"] == "/", value


def test_page_is_kept_in_a_cookie_until_sign_in_is_complete() -> None:
    out = answered(LOGIN, RedirectResponse("https://provider.example/", 302), referer="http://us:1/staffing?x=1")
    assert cookies_of(out) == [
        "cwac_back=%2Fstaffing%3Fx%3D1; Max-Age=600; Path=/oauth2callback; HttpOnly; SameSite=Lax"
    ]
    signed_in = RedirectResponse("/", 302, {"set-cookie": "_streamlit_user=abc; Max-Age=2592000"})
    got = answered(CALLBACK, signed_in, "cwac_back=%2Fstaffing%3Fx%3D1", "code=x&state=y")
    assert got.headers["location"] == "/staffing?x=1"
    assert cookies_of(got)[1:] == [
        "cwac_back=; Max-Age=0; Path=/oauth2callback; HttpOnly; SameSite=Lax",
        "cwac_sign_in=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    ]


@each(
    ("query", "outcome"), [("error=access_denied", "refused"), ("code=x&state=y", "failed"), ("", ""), ("state=y", "")]
)
def test_failed_sign_in_is_noted_in_a_cookie_for_a_minute(query: str, outcome: str) -> None:
    got = answered(CALLBACK, RedirectResponse("/", 302), query=query)
    assert cookies_of(got) == [
        f"cwac_sign_in={outcome}; Max-Age={60 if outcome else 0}; Path=/; HttpOnly; SameSite=Lax"
    ]


def test_cookie_of_the_user_that_is_taken_back_is_no_sign_in() -> None:
    taken_back = RedirectResponse("/", 302, {"set-cookie": "_streamlit_user=; Max-Age=0"})
    got = answered(CALLBACK, taken_back, query="code=x&state=y")
    assert cookies_of(got)[1:] == ["cwac_sign_in=failed; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]


def test_unreachable_provider_redirects_to_the_page_with_the_button() -> None:
    got = answered(LOGIN, Response("Authentication error", 400), referer="http://us:1/staffing")
    assert (got.status_code, got.headers["location"], got.content) == (302, "/staffing", b"")
    assert cookies_of(got) == ["cwac_sign_in=unreachable; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]


def test_other_responses_are_unchanged() -> None:
    got = answered("/staffing", Response("x", 400), "cwac_back=%2F", "error=x")
    assert (got.status_code, got.text, dict(got.headers)) == (400, "x", {"content-length": "1"})


# --- compression ------------------------------------------------------------------------------------------------------

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


def compressed(path: str, accept: str = "gzip") -> httpx.Response:
    """The answer of an app that answers every path with its own text."""
    app = CompressStaticFiles(PlainTextResponse(LONG, headers={"Vary": "Cookie"}))
    return answer_of(app, path, "x=1", accept_encoding=accept)


@each(
    "path",
    ["", "/", "/staffing", "/calendar.ics", "/healthz", "/static", "/static/", f"{SCRIPT}/", f"/x{SCRIPT}",
     SCRIPT.replace("/", "\\"), SCRIPT.upper(), str(FILES[SCRIPT]), "/index.html", "/manifest.json", FONT],
)  # fmt: skip
def test_nothing_but_scripts_and_styles_is_touched(path: str) -> None:
    answer = compressed(path)
    assert answer.text == LONG
    assert answer.headers["vary"] == "Cookie"
    assert "content-encoding" not in answer.headers


def test_uncompressed_answer_varies_too() -> None:
    answer = compressed(SCRIPT, "identity")
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
        plain, packed = ask(sample, path, Accept_Encoding="identity"), ask(sample, path)
        assert plain.content == packed.content == FILES[path].read_bytes(), path
        assert "content-encoding" not in plain.headers, path
        kept = [{name: value for name, value in r.headers.items() if name not in OWN} for r in (plain, packed)]
        assert kept[0] == kept[1], path
        assert packed.headers["cache-control"] == "public, immutable, max-age=31536000", path
        for name, value in SecurityHeaders.FIXED:
            assert packed.headers.get_list(name) == [value], path
        assert "content-security-policy" in packed.headers, path
        if len(plain.content) >= 500:
            assert packed.headers["content-encoding"] == "gzip", path
            assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding", path
            assert packed.headers["etag"] == f"W/{plain.headers['etag']}", path
    on_the_wire = sum(len(raw(sample, path)[1]) for path in needed)
    assert 3 * on_the_wire < sum(FILES[path].stat().st_size for path in needed)


@pytest.mark.slow
def test_browser_that_has_the_file_is_sent_nothing(sample: Served) -> None:
    head = ask(sample, SCRIPT, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    packed = ask(sample, SCRIPT)
    tag = packed.headers["etag"]
    for method in ("GET", "HEAD"):
        for etag in (tag, tag.removeprefix("W/"), f'"x", {tag}'):
            answer = ask(sample, SCRIPT, method, If_None_Match=etag)
            assert (answer.status_code, answer.content) == (304, b""), etag
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(sample, SCRIPT, If_Modified_Since=packed.headers["last-modified"]).status_code == 304


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
