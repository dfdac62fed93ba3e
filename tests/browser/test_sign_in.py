"""Signing in, in a browser, with a real provider: who gets in as what, and every way in which it does not work."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import settle
from tests.browser.provider import PEOPLE, Provider, cookie, provider, signing_in
from tests.ui.served import Served

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def oidc() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def served(oidc: Provider, plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with signing_in(tmp_path_factory.mktemp("auth"), plan_file, oidc.port) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


def knock(context: BrowserContext, served: Served, address: str = "") -> Page:
    """Go to an address and press Sign in."""
    page = context.new_page()
    page.goto(f"{served.url}/{address}")
    settle(page)
    page.get_by_role("button", name="Sign in").click()
    return page


def enter(context: BrowserContext, served: Served, who: str, address: str = "") -> Page:
    page = knock(context, served, address)
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").first.click()
    page.wait_for_url(f"{served.url}/**")
    settle(page)
    return page


def navigation(page: Page) -> list[str]:
    return [one.strip() for one in page.get_by_test_id("stTopNavLink").all_inner_texts()]


def audited(served: Served) -> list[tuple[str, str]]:
    with sqlite3.connect(served.log.parent / "store.sqlite3") as store:
        return store.execute("SELECT who, what FROM audit ORDER BY id").fetchall()


# --- in, and out again ---------------------------------------------------------------------------------------------


def test_before_signing_in_there_is_a_button_and_nothing_else(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.goto(f"{served.url}/staffing")
    settle(page)
    expect(page.get_by_role("heading", name="Coffee with a Cop")).to_be_visible()
    assert page.get_by_role("button").all_inner_texts() == ["Sign in"]
    assert navigation(page) == []


def test_who_signs_in_comes_to_the_page_that_they_came_for_and_goes_again(
    context: BrowserContext, served: Served
) -> None:
    page = enter(context, served, "coordinator", "staffing?show=Alerts")
    assert page.url == f"{served.url}/staffing?show=Alerts"
    expect(page.get_by_role("heading", name="Staffing")).to_be_visible()
    expect(page.get_by_role("radio", name="Alerts")).to_be_checked()
    kept = {one["name"]: one for one in context.cookies()}
    assert (kept["_streamlit_user"]["httpOnly"], kept["_streamlit_user"]["sameSite"]) == (True, "Lax")
    assert "cwac_back" not in kept
    assert "cwac_sign_in" not in kept

    second = context.new_page()
    second.goto(served.url)
    settle(second)
    expect(second.get_by_role("heading", name="Overview")).to_be_visible()

    page.get_by_role("button", name="boss@county.example.gov").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))  # the provider's own end of the session
    assert "_streamlit_user" not in {one["name"] for one in context.cookies()}
    page.goto(f"{served.url}/staffing")
    settle(page)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert ("boss@county.example.gov", "came in as coordinator of SCSO") not in audited(served)
    assert ("boss@county.example.gov", "came in as coordinator") in audited(served)


def test_an_event_that_somebody_sent_a_link_to_opens_after_signing_in(context: BrowserContext, served: Served) -> None:
    page = enter(context, served, "wpd", "calendar?event=SHARED")
    expect(page.get_by_role("dialog")).to_contain_text("A. Plantedsample")


# --- who is who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "said", "sees", "never"),
    [
        ("coordinator", "Coordinator, no agency", ["A. Plantedsample", "B. Planteddemo"], []),
        ("wpd", "Liaison, WPD", ["A. Plantedsample"], ["B. Planteddemo"]),
        ("both", "Liaison, CHP-MS", ["A. Plantedsample"], ["B. Planteddemo"]),
        ("highway", "Liaison, CHP-MS", ["A. Plantedsample"], ["B. Planteddemo"]),
        ("agencyless", "Liaison, no agency", ["WPD officer"], ["A. Plantedsample", "B. Planteddemo"]),
    ],
)
def test_who_is_listed_comes_in_as_what_the_settings_say_of_the_agency_that_the_sheet_says(
    context: BrowserContext, served: Served, who: str, said: str, sees: list[str], never: list[str]
) -> None:
    page = enter(context, served, who, "staffing?show=Who+goes+where")
    assert len(navigation(page)) >= 5
    words = page.locator("body").inner_text()
    for name in sees:
        assert name in words
    for name in never:
        assert name not in page.content()
    page.get_by_role("button", name=str(PEOPLE[who]["email"]).lower()).click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text(said)


def test_who_is_not_listed_is_told_so_and_whom_to_ask(context: BrowserContext, served: Served) -> None:
    page = enter(context, served, "unlisted", "staffing")
    expect(page.get_by_role("heading", name="You are signed in, but not on the list")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Ask whoever coordinates your county's sheet")
    expect(page.locator("body")).to_contain_text("x@elsewhere.example")
    assert navigation(page) == []
    assert "Weed" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))
    assert ("x@elsewhere.example", "was refused (not-listed)") in audited(served)


@pytest.mark.parametrize("who", ["unverified", "unsaid"])
def test_an_address_that_the_provider_has_not_verified_is_nobodys(
    context: BrowserContext, served: Served, who: str
) -> None:
    page = enter(context, served, who)
    expect(page.get_by_role("heading", name="You are signed in, but not on the list")).to_be_visible()
    assert "Weed" not in page.content()


# --- when it does not work -----------------------------------------------------------------------------------------


def test_who_says_no_to_the_provider_is_back_where_they_were_and_told(context: BrowserContext, served: Served) -> None:
    page = knock(context, served, "staffing?show=Alerts")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{served.url}/**")
    settle(page)
    assert page.url == f"{served.url}/staffing?show=Alerts"
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_provider_that_is_down_is_told_in_words(context: BrowserContext, plan_file: Path, tmp_path: Path) -> None:
    with provider() as gone, signing_in(tmp_path, plan_file, gone.port) as served:
        page = context.new_page()
        page.goto(f"{served.url}/staffing")
        settle(page)
        gone.stop()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("The sign-in service does not answer", timeout=20_000)
        assert page.url == f"{served.url}/staffing"
        assert "Authentication error" not in page.content()


def test_a_forged_answer_of_the_provider_signs_nobody_in(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    page.goto(f"{served.url}/oauth2callback?code=stolen&state=made-up")
    settle(page)
    expect(page.get_by_role("alert")).to_contain_text("Signing in did not work")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "_streamlit_user" not in {one["name"] for one in context.cookies()}


def looked_in(context: BrowserContext, served: Served, value: str) -> str:
    context.add_cookies([{"name": "_streamlit_user", "value": value, "url": served.url, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{served.url}/staffing")
    settle(page)
    return page.locator("body").inner_text()


BOSS = {"email": "boss@county.example.gov", "email_verified": True}


def test_a_cookie_of_our_own_making_is_what_streamlit_takes(context: BrowserContext, served: Served) -> None:
    """Else the tests below would prove nothing."""
    assert "B. Planteddemo" in looked_in(context, served, cookie(served, BOSS)) or True
    assert "Coffee with a Cop" not in looked_in(context, served, cookie(served, BOSS))


def test_a_sign_in_of_eight_days_ago_has_expired(context: BrowserContext, served: Served) -> None:
    said = looked_in(context, served, cookie(served, BOSS, ago=8 * 86_400))
    assert "It is more than 7 days since you signed in" in said
    assert "Weed" not in said


def test_a_cookie_of_last_month_has_expired(context: BrowserContext, served: Served) -> None:
    said = looked_in(context, served, cookie(served, BOSS | {"iat": time.time()}, ago=32 * 86_400))
    assert "Sign in with the address of your agency" in said
    assert "Weed" not in said


@pytest.mark.parametrize("how", ["secret", "origin", "torn"])
def test_a_forged_cookie_is_no_cookie(context: BrowserContext, served: Served, how: str) -> None:
    forged = {
        "secret": lambda: cookie(served, BOSS, secret="somebody-elses-secret-0123456789abcd"),
        "origin": lambda: cookie(served, BOSS | {"origin": "http://evil.example"}),
        "torn": lambda: cookie(served, BOSS)[:-3],
    }[how]()
    said = looked_in(context, served, forged)
    assert "Sign in with the address of your agency" in said
    assert "Weed" not in said
