"""A sheet that was never made for this: what is asked about it, on a desk in light and on a phone in dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AXE_OPTIONS, COLORS_ONLY, OpenPage, axe_violations, switch_theme
from tests.browser.messy import save_messy_sheet
from tests.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL
from tests.web import plan
from tests.web.served import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("own")
    environ = {"CWAC_WORKBOOK": str(save_messy_sheet(folder / "messy.xlsx")), "CWAC_LOCAL": "true"}
    with serving(folder, environ) as running:
        yield running


def test_questions_and_their_lines_are_shown_without_a_violation_or_a_sideways_scroll(
    served: Served, open_page: OpenPage
) -> None:
    for size, theme, options in (("desk", "light", AXE_OPTIONS), ("phone", "dark", COLORS_ONLY)):
        page = open_page(served, "sheet_health", size)
        section = page.locator("[data-testid=stExpander]", has_text="How your sheet is read: 2 questions")
        section.get_by_text('"Crewing" = "Officers"').wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        switch_theme(page, theme)
        assert [violation["id"] for violation in axe_violations(page, options)] == []


# --- what is copied --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def not_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A dashboard whose sheet is not shared with its service account."""
    folder = tmp_path_factory.mktemp("not-shared")
    with SheetsServer(plan.workbook()) as google:
        google.fail("not-shared", None)
        with serving(folder, google.environ(folder) | {"CWAC_LOCAL": "true"}) as served:
            yield served


def test_address_to_share_the_sheet_with_is_copied_exactly_by_keyboard(open_page: OpenPage, not_shared: Served) -> None:
    page = open_page(not_shared)
    code = page.get_by_test_id("stCode").first  # below it, what was checked
    expect(code).to_have_text(CLIENT_EMAIL)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.bring_to_front()  # only a tab in front may read the clipboard
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-testid=stCode] button')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function("async expected => await navigator.clipboard.readText() === expected", arg=CLIENT_EMAIL)
