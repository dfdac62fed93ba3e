"""Sign-in in a browser with a real provider: roles, refusals and failures."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import go, settle
from tests.browser.provider import Provider, provider
from tests.web.served import Served
from tests.web.signed_in import audited, serving_with_sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oidc() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def served(oidc: Provider, plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("auth"), plan_file, oidc.port) as running:
        yield running


def click_sign_in(page: Page, served: Served, address: str = "") -> None:
    """Open an address and click Sign in."""
    go(page, served, address)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page: Page, served: Served, person: str, address: str = "") -> None:
    click_sign_in(page, served, address)
    page.get_by_placeholder("sub").fill(person)
    page.get_by_role("button", name="Authorize").first.click()
    page.wait_for_url(f"{served.url}/**")
    settle(page)


def navigation(page: Page) -> list[str]:
    return page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()


def cookies(context: BrowserContext) -> set[str]:
    return {cookie["name"] for cookie in context.cookies()}


# --- sign in and out -----------------------------------------------------------------------------------------------


def test_sign_in_returns_to_the_requested_page_and_sign_out_removes_the_cookie(
    page: Page, context: BrowserContext, served: Served
) -> None:
    sign_in(page, served, "coordinator", "calendar?event=SHARED")
    assert page.url == f"{served.url}/calendar?event=SHARED"
    expect(page.get_by_role("dialog")).to_contain_text("A. Plantedsample")
    page.keyboard.press("Escape")
    kept = {cookie["name"]: cookie for cookie in context.cookies()}
    assert (kept["_streamlit_user"]["httpOnly"], kept["_streamlit_user"]["sameSite"]) == (True, "Lax")
    assert "cwac_back" not in kept
    assert "cwac_sign_in" not in kept

    second = context.new_page()
    second.goto(served.url)
    settle(second)
    expect(second.get_by_role("heading", name="Next 14 days")).to_be_visible()

    page.get_by_role("button", name="boss@county.example.gov").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))  # the provider's logout page
    assert "_streamlit_user" not in cookies(context)
    go(page, served, "staffing")
    expect(page.get_by_role("heading", name="Sign in with the address of your agency.")).to_be_visible()
    assert (page.get_by_role("button").all_inner_texts(), navigation(page)) == (["Sign in"], [])
    assert ("boss@county.example.gov", "came in as coordinator") in audited(served)


def test_county_of_a_link_survives_sign_in_where_another_county_is_public(
    page: Page, oidc: Provider, plan_file: Path, tmp_path: Path
) -> None:
    counties = [
        f'{{ county = "{name}", workbook = "{shutil.copy(plan_file, tmp_path / f"{name}.xlsx")}", '
        f'calendar_id = "{name}", public = {public} }}'
        for name, public in (("Modoc", "true"), ("Siskiyou", "false"))
    ]
    access = f"\n[connections.gsheets]\nspreadsheet = [{', '.join(counties)}]\n"
    with serving_with_sign_in(tmp_path, None, oidc.port, access) as both:
        go(page, both, "calendar?county=Siskiyou")
        expect(page.get_by_role("link", name="See the public events in Modoc")).to_be_visible()
        sign_in(page, both, "coordinator", "calendar?county=Siskiyou")
        assert page.url == f"{both.url}/calendar?county=Siskiyou"
        assert page.get_by_role("combobox", name="County").input_value() == "Siskiyou"


# --- roles ---------------------------------------------------------------------------------------------------------


def test_listed_person_has_the_role_of_the_settings_and_the_agency_of_the_sheet(page: Page, served: Served) -> None:
    sign_in(page, served, "wpd", "calendar?event=SHERIFFS")
    expect(page.get_by_role("dialog")).to_contain_text("SCSO officer")
    go(page, served, "calendar?event=SHARED")
    expect(page.get_by_role("dialog")).to_contain_text("A. Plantedsample")
    page.keyboard.press("Escape")
    assert len(navigation(page)) >= 5
    page.get_by_role("button", name="one@wpd.example.gov").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text("Liaison, WPD")


def test_unlisted_person_is_refused_and_told_whom_to_ask(page: Page, served: Served) -> None:
    sign_in(page, served, "unlisted", "staffing")
    expect(page.get_by_role("heading", name="You are signed in, but not on the list")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Ask your county's Coffee with a Cop coordinator to add your address")
    expect(page.locator("body")).to_contain_text("x@elsewhere.example")
    assert navigation(page) == []
    assert "Weed" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))
    assert ("x@elsewhere.example", "was refused staffing: not-listed") in audited(served)


# --- while signed in -----------------------------------------------------------------------------------------------


def test_link_from_another_site_does_not_sign_out(page: Page, context: BrowserContext, served: Served) -> None:
    sign_in(page, served, "wpd")
    theirs = context.new_page()
    theirs.route(
        "http://evil.example/**",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<img src="{served.url}/auth/logout"><a href="{served.url}/auth/logout">A gift</a>',
        ),
    )
    theirs.goto("http://evil.example/")
    theirs.get_by_role("link").click()
    expect(theirs.locator("body")).to_contain_text("To sign out, press the button")
    assert "_streamlit_user" in cookies(context)
    theirs.close()
    page.reload()
    settle(page)
    page.get_by_role("button", name="one@wpd.example.gov").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))
    assert "_streamlit_user" not in cookies(context)


# --- failures ------------------------------------------------------------------------------------------------------


def test_denied_consent_returns_to_the_page_with_a_message(page: Page, served: Served) -> None:
    click_sign_in(page, served, "staffing?show=Clashes")
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{served.url}/**")
    settle(page)
    assert page.url == f"{served.url}/staffing?show=Clashes"
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_unreachable_provider_shows_a_message(page: Page, plan_file: Path, tmp_path: Path) -> None:
    with provider() as gone, serving_with_sign_in(tmp_path, plan_file, gone.port) as served:
        go(page, served, "staffing")
        gone.stop()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("The sign-in service does not answer", timeout=20_000)
        assert page.url == f"{served.url}/staffing"
        assert "Authentication error" not in page.content()


def test_forged_callback_does_not_sign_in(page: Page, context: BrowserContext, served: Served) -> None:
    go(page, served, "oauth2callback?code=stolen&state=made-up")
    expect(page.get_by_role("alert")).to_contain_text("Signing in did not work")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "_streamlit_user" not in cookies(context)
