"""What the copy button of a code element puts on the clipboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL
from tests.web import plan
from tests.web.served import Served, serving

pytestmark = pytest.mark.slow


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
