"""Blocks in a browser: links by mouse and keyboard, the focus, and the rest of a long list."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.web.served import Served

pytestmark = pytest.mark.slow


def test_event_opens_by_keyboard_and_the_focus_returns_to_its_link(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "", "desk")
    link = page.locator(".blocks .card.large .title a")
    expect(link).to_have_attribute("href", re.compile(r"[?&]event="))
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?event="))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("event="))
    expect(link).to_be_focused()


def test_rest_of_a_long_list_is_shown_with_the_focus_on_its_first_card(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "", "phone")
    cards = page.get_by_role("list", name="Events of the next 14 days").get_by_role("listitem")
    button = page.get_by_role("button", name=re.compile(r"^Show \d+ more$"))
    shown = cards.count()
    more = int(re.findall(r"\d+", button.inner_text())[0])
    button.focus()
    page.keyboard.press("Enter")
    expect(cards).to_have_count(shown + more)
    expect(button).to_have_count(0)
    expect(cards.nth(shown).get_by_role("link").first).to_be_focused()


def test_strip_of_weeks_is_one_tab_stop_in_which_the_arrows_move(open_view: OpenPage, sample: Served) -> None:
    marks = open_view(sample).locator(".strip a")
    marks.first.focus()
    for key, at in (("ArrowRight", 1), ("End", marks.count() - 1), ("ArrowLeft", marks.count() - 2), ("Home", 0)):
        marks.page.keyboard.press(key)
        expect(marks.nth(at)).to_be_focused()
        assert marks.evaluate_all("marks => marks.map(mark => mark.tabIndex)").count(0) == 1
