"""Where somebody is sent after signing in: only ever to a page of this very site."""

import asyncio

import pytest
from starlette.responses import RedirectResponse, Response

from cwac.web.sign_in import SignIn, came_from
from cwac.web.streamlit_compat import CALLBACK, LOGIN


@pytest.mark.parametrize(
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


def test_without_a_host_there_is_no_way_to_tell() -> None:
    assert came_from("http:///staffing", None) == "/"


def answered(path: str, inside: Response, cookie: str = "", query: str = "", referer: str = "") -> dict[str, list[str]]:
    """What the browser is told, by header."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def app(scope: object, receive: object, send: object) -> None:
        await inside(scope, receive, send)  # type: ignore[arg-type]

    headers = [(b"host", b"us:1"), (b"cookie", cookie.encode()), (b"referer", referer.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    asyncio.run(SignIn(app)(scope, None, send))  # type: ignore[arg-type]
    got: dict[str, list[str]] = {"status": [str(sent[0]["status"])], "body": [str(sent[1].get("body"))]}
    for name, value in sent[0]["headers"]:  # type: ignore[attr-defined]
        got.setdefault(name.decode().lower(), []).append(value.decode())
    return got


def test_a_cookie_that_names_another_site_leads_to_the_first_page() -> None:
    for kept in (
        "%2F%2Fevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2Fa%0D%0AX%3A1",
        "\\",
        "%",
    ):
        got = answered(CALLBACK, RedirectResponse("/", 302), f"cwac_back={kept}", "code=x&state=y")
        assert got["location"] == ["/"], kept


def test_the_page_is_kept_on_the_way_out_and_let_go_on_the_way_in() -> None:
    out = answered(LOGIN, RedirectResponse("https://provider.example/", 302), referer="http://us:1/staffing?x=1")
    assert out["set-cookie"] == [
        "cwac_back=%2Fstaffing%3Fx%3D1; Max-Age=600; Path=/oauth2callback; HttpOnly; SameSite=Lax"
    ]
    signed_in = RedirectResponse("/", 302, {"set-cookie": "_streamlit_user=abc; Max-Age=2592000"})
    got = answered(CALLBACK, signed_in, "cwac_back=%2Fstaffing%3Fx%3D1", "code=x&state=y")
    assert got["location"] == ["/staffing?x=1"]
    assert got["set-cookie"][1:] == [
        "cwac_back=; Max-Age=0; Path=/oauth2callback; HttpOnly; SameSite=Lax",
        "cwac_sign_in=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    ]


@pytest.mark.parametrize(
    ("query", "said"), [("error=access_denied", "refused"), ("code=x&state=y", "failed"), ("", ""), ("state=y", "")]
)
def test_a_sign_in_that_does_not_work_is_said_for_a_minute(query: str, said: str) -> None:
    got = answered(CALLBACK, RedirectResponse("/", 302), query=query)
    assert got["set-cookie"] == [f"cwac_sign_in={said}; Max-Age={60 if said else 0}; Path=/; HttpOnly; SameSite=Lax"]


def test_a_provider_that_cannot_be_asked_leads_back_to_the_button() -> None:
    got = answered(LOGIN, Response("Authentication error", 400), referer="http://us:1/staffing")
    assert (got["status"], got["location"], got["body"]) == (["302"], ["/staffing"], ["b''"])
    assert got["set-cookie"] == ["cwac_sign_in=unreachable; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]


def test_other_pages_are_left_alone() -> None:
    got = answered("/staffing", Response("x", 400), "cwac_back=%2F", "error=x")
    assert set(got) == {"status", "body", "content-length"}
