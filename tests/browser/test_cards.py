"""Cards that open in place, and long lists that stay shown in full, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, settle
from tests.web.served import Served

pytestmark = pytest.mark.slow


def test_follow_up_opens_in_its_place_by_keyboard_and_back_closes_it(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "follow_ups?show=Closed")
    rows = page.get_by_role("table", name=re.compile("^Follow-ups, last closed first")).locator("tbody:visible")
    count = rows.count()
    page.get_by_role("button", name=re.compile(r"^Show \d+ more$")).press("Enter")
    shown = rows.count()
    assert shown > count
    last = rows.last.get_by_role("link").first
    expect(last).to_have_attribute("aria-expanded", "false")
    before = rows.last.inner_text()
    last.press("Enter")
    expect(last).to_have_attribute("aria-expanded", "true")
    settle(page)
    expect(last).to_be_focused()
    assert rows.last.inner_text().startswith(before[:20])
    assert len(rows.last.inner_text()) > len(before)
    assert rows.count() == shown, "the list stays shown in full"
    expect(last).to_be_in_viewport()
    assert "follow_up=" in page.url
    page.go_back()
    expect(last).to_have_attribute("aria-expanded", "false")
    settle(page)
