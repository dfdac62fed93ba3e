"""Unknown pages: a browser is sent to the first page, and nothing else is touched."""

import asyncio

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from cwac.web.preflight import Start, middleware
from cwac.web.responses import UnknownPages


async def streamlits(scope: Scope, receive: Receive, send: Send) -> None:
    """As Streamlit does: its HTML at every address but those of files and routes."""
    answers: dict[str, Response] = {
        "/static/a.js": Response("x", media_type="text/javascript"),
        "/gone.js": PlainTextResponse("no", 404),
        "/broken": HTMLResponse("<html>", 500),
        "/auth/login": Response(status_code=302, headers={"location": "https://sign-in.example"}),
    }
    await answers.get(scope["path"], HTMLResponse("<html>"))(scope, receive, send)


def get(path: str, accept: str = "text/html,*/*", method: str = "GET") -> tuple[int, str | None]:
    async def ask() -> httpx.Response:
        app = UnknownPages(streamlits, "overview", ["overview", "calendar"])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.request(method, path, headers={"accept": accept})

    answer = asyncio.run(ask())
    return answer.status_code, answer.headers.get("location")


@pytest.mark.parametrize(
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
    assert get(path) == (302, target)
    assert get(path, method="HEAD") == (302, target)


@pytest.mark.parametrize("path", ["/", "/calendar", "/calendar?event=x", "/static/a.js"])
def test_pages_and_files_are_served(path: str) -> None:
    assert get(path) == (200, None)


def test_other_answers_are_left_alone() -> None:
    assert get("/gone.js") == (404, None)
    assert get("/broken") == (500, None)
    assert get("/auth/login") == (302, "https://sign-in.example")
    assert get("/roster", accept="*/*") == (200, None), "only a browser that opens a page is sent on"


def test_start_of_the_server_passes_every_middleware() -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        passed.append(scope["type"])

    layers = middleware(Start(None, "", lambda _: None, by_streamlit=True))
    for layer in layers:
        asyncio.run(layer.cls(app, *layer.args, **layer.kwargs)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == ["lifespan"] * 7
