"""The middleware around sign-in: where people return to, and what they are told if it failed."""

import asyncio

import pytest
from starlette.responses import RedirectResponse, Response

from cwac.web.responses import SignInPages, came_from
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


def test_without_a_host_header_the_first_page_is_shown() -> None:
    assert came_from("http:///staffing", None) == "/"


def answered(path: str, inside: Response, cookie: str = "", query: str = "", referer: str = "") -> dict[str, list[str]]:
    """The response that the browser gets, by header."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def app(scope: object, receive: object, send: object) -> None:
        await inside(scope, receive, send)  # type: ignore[arg-type]

    headers = [(b"host", b"us:1"), (b"cookie", cookie.encode()), (b"referer", referer.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    asyncio.run(SignInPages(app)(scope, None, send))  # type: ignore[arg-type]
    got: dict[str, list[str]] = {"status": [str(sent[0]["status"])], "body": [str(sent[1].get("body"))]}
    for name, value in sent[0]["headers"]:  # type: ignore[attr-defined]
        got.setdefault(name.decode().lower(), []).append(value.decode())
    return got


def test_cookie_that_names_another_site_leads_to_the_first_page() -> None:
    sites = ("%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example")
    for value in (*sites, "%2Fa%0D%0AX%3A1", "\\", "%"):
        got = answered(CALLBACK, RedirectResponse("/", 302), f"cwac_back={value}", "code=x&state=y")
        assert got["location"] == ["/"], value


def test_page_is_kept_in_a_cookie_until_sign_in_is_complete() -> None:
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
    ("query", "outcome"), [("error=access_denied", "refused"), ("code=x&state=y", "failed"), ("", ""), ("state=y", "")]
)
def test_failed_sign_in_is_noted_in_a_cookie_for_a_minute(query: str, outcome: str) -> None:
    got = answered(CALLBACK, RedirectResponse("/", 302), query=query)
    assert got["set-cookie"] == [
        f"cwac_sign_in={outcome}; Max-Age={60 if outcome else 0}; Path=/; HttpOnly; SameSite=Lax"
    ]


def test_cookie_of_the_user_that_is_taken_back_is_no_sign_in() -> None:
    taken_back = RedirectResponse("/", 302, {"set-cookie": "_streamlit_user=; Max-Age=0"})
    got = answered(CALLBACK, taken_back, query="code=x&state=y")
    assert got["set-cookie"][1:] == ["cwac_sign_in=failed; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]


def test_unreachable_provider_redirects_to_the_page_with_the_button() -> None:
    got = answered(LOGIN, Response("Authentication error", 400), referer="http://us:1/staffing")
    assert (got["status"], got["location"], got["body"]) == (["302"], ["/staffing"], ["b''"])
    assert got["set-cookie"] == ["cwac_sign_in=unreachable; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"]


def test_other_responses_are_unchanged() -> None:
    got = answered("/staffing", Response("x", 400), "cwac_back=%2F", "error=x")
    assert set(got) == {"status", "body", "content-length"}
