"""Sign-in in a browser with a real provider: the page gone back to, the role, the county, and who signs out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Cookie, Page, expect

from tests.browser.conftest import SIZES, axe_violations, go, resize, settle
from tests.web.served import Served
from tests.web.signed_in import audited, provider, serving_with_sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oidc() -> Iterator[int]:
    with provider() as port:
        yield port


@pytest.fixture(scope="module")
def served(oidc: int, plan_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("auth"), plan_file, oidc) as running:
        yield running


@pytest.fixture(scope="module")
def first_tab(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def page(first_tab: Page) -> Page:
    """A tab without cookies; in one that is used again Streamlit's scripts are compiled already."""
    first_tab.context.clear_cookies()
    first_tab.set_viewport_size({"width": 1280, "height": 900})
    return first_tab


def sign_in(page: Page, served: Served, person: str, address: str) -> None:
    go(page, served, address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(person)
    page.get_by_role("button", name="Authorize").first.click()
    page.wait_for_url(f"{served.url}/**")
    settle(page)


def sign_out(page: Page, served: Served, email: str) -> None:
    page.get_by_role("button", name=email).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: not url.startswith(served.url))  # the provider's logout page
    assert "_streamlit_user" not in cookies(page)


def cookies(page: Page) -> dict[str, Cookie]:
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def test_sign_in_returns_to_the_requested_page_and_sign_out_removes_the_cookie(page: Page, served: Served) -> None:
    sign_in(page, served, "coordinator", "calendar?event=SHARED")
    assert page.url == f"{served.url}/calendar?event=SHARED"
    expect(page.get_by_role("dialog")).to_contain_text("A. Plantedsample")
    page.keyboard.press("Escape")
    kept = cookies(page)
    assert (kept["_streamlit_user"]["httpOnly"], kept["_streamlit_user"]["sameSite"]) == (True, "Lax")
    assert "cwac_back" not in kept
    assert "cwac_sign_in" not in kept

    with page.context.new_page() as second:
        go(second, served, "")
        expect(second.get_by_role("heading", name="Next 14 days")).to_be_visible()

    sign_out(page, served, "boss@county.example.gov")
    go(page, served, "staffing")
    expect(page.get_by_role("heading", name="Sign in with the address of your agency.")).to_be_visible()
    assert page.get_by_role("button").all_inner_texts() == ["Sign in"]
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link")).to_have_count(0)
    assert ("boss@county.example.gov", "came in as coordinator") in audited(served)


def test_county_of_a_link_survives_sign_in_where_another_county_is_public(
    page: Page, oidc: int, plan_file: Path, tmp_path: Path
) -> None:
    counties = [
        f'{{ county = "{name}", workbook = "{shutil.copy(plan_file, tmp_path / f"{name}.xlsx")}", '
        f'calendar_id = "{name}", public = {public} }}'
        for name, public in (("Modoc", "true"), ("Siskiyou", "false"))
    ]
    access = f"\n[connections.gsheets]\nspreadsheet = [{', '.join(counties)}]\n"
    with serving_with_sign_in(tmp_path, None, oidc, access) as both:
        go(page, both, "calendar?county=Siskiyou")
        expect(page.get_by_role("link", name="See the public events in Modoc")).to_be_visible()
        sign_in(page, both, "coordinator", "calendar?county=Siskiyou")
        assert page.url == f"{both.url}/calendar?county=Siskiyou"
        assert page.get_by_role("combobox", name="County").input_value() == "Siskiyou"
        for size in SIZES:
            resize(page, size)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            assert axe_violations(page) == []


def test_listed_person_has_the_agency_of_the_sheet_and_a_link_from_another_site_does_not_sign_out(
    page: Page, served: Served
) -> None:
    sign_in(page, served, "wpd", "calendar?event=SHERIFFS")
    expect(page.get_by_role("dialog")).to_contain_text("SCSO officer")
    go(page, served, "calendar?event=SHARED")
    expect(page.get_by_role("dialog")).to_contain_text("A. Plantedsample")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="one@wpd.example.gov").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text("Liaison, WPD")
    theirs = page.context.new_page()
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
    assert "_streamlit_user" in cookies(page)
    theirs.close()
    page.reload()
    settle(page)
    sign_out(page, served, "one@wpd.example.gov")
