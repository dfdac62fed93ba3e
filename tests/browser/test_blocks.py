"""Blocks in a browser: links by mouse and keyboard, the focus, cards that open in place, the rest of a long list."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, settle
from tests.web.served import Served

pytestmark = pytest.mark.slow


def test_event_opens_by_keyboard_and_the_focus_returns_to_its_link(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "", "desk")
    link = page.locator(".blocks .list tbody a").first
    expect(link).to_have_attribute("href", re.compile(r"[?&]event="))
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?event="))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("event="))
    expect(link).to_be_focused()


def test_rest_of_a_list_is_shown_and_a_follow_up_opens_by_keyboard(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "follow_ups?show=Closed")
    rows = page.get_by_role("table", name=re.compile("^Follow-ups, last closed first")).locator("tbody:visible")
    button = page.get_by_role("button", name=re.compile(r"^Show \d+ more$"))
    expect(button).to_be_visible()
    count, more = rows.count(), int(re.findall(r"\d+", button.inner_text())[0])
    button.press("Enter")
    expect(button).to_have_count(0)
    shown = rows.count()
    assert shown == count + more
    expect(rows.nth(count).get_by_role("link").first).to_be_focused()
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


def test_row_opens_its_event_where_it_is_clicked_and_its_text_can_be_selected(
    open_view: OpenPage, sample: Served
) -> None:
    for size in ("desk", "phone"):
        page = open_view(sample, "", size)
        row = page.locator(".blocks .list tbody tr").first
        text = row.inner_text().replace("\n", " ").replace("\t", " ")
        assert "WPD leads, with CHP-MS and SCSO" in text, (
            "an agency is apart from its neighbors, also where it is copied"
        )
        row.evaluate("row => getSelection().selectAllChildren(row)")
        row.get_by_text("Weed Starbucks").click(modifiers=["Shift"])
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.evaluate("getSelection().removeAllRanges()")
        row.get_by_text("Weed Starbucks").click()
        expect(page.get_by_role("dialog")).to_be_visible()


def test_agency_and_mark_stand_apart_from_the_text_beside_them(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "sheet_health", "desk")
    first = page.get_by_role("row").nth(1)
    assert first.get_by_role("cell").first.inner_text() == "CHP-YR with YPD"
    assert re.search(r"Error Events, Venue: G40$", first.get_by_role("rowheader").inner_text())
    gaps = page.locator(".blocks .agency").evaluate_all(
        "names => names.map((name) => getComputedStyle(name).marginRight)"
    )
    assert set(gaps) == {"0px"}, "the space that is copied is the only one"


def test_phone_shows_a_row_in_two_lines_and_four_weeks(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "", "phone")
    heights = page.locator(".blocks .list tbody tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert all(44 <= height <= 60 for height in heights[1:]), heights  # the first one is on a holiday, named below it
    weeks = page.get_by_role("list", name="Events of the next 12 weeks by week").locator("> li")
    assert [week.is_visible() for week in weeks.all()] == [True] * 4 + [False] * 8


def test_phone_shows_three_cells_of_a_row_in_columns(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "?event=EV-2026-201", "phone")
    roles = page.get_by_role("table", name="Who is assigned").get_by_role("cell").filter(has_text="Floor")
    roles.first.wait_for()
    lefts = roles.evaluate_all("cells => cells.map((cell) => cell.getBoundingClientRect().left)")
    assert (len(lefts), len(set(lefts))) == (3, 1)


def test_strip_of_weeks_is_one_tab_stop_in_which_the_arrows_move(open_view: OpenPage, sample: Served) -> None:
    marks = open_view(sample).locator(".strip a")
    marks.first.focus()
    for key, at in (("ArrowRight", 1), ("End", marks.count() - 1), ("ArrowLeft", marks.count() - 2), ("Home", 0)):
        marks.page.keyboard.press(key)
        expect(marks.nth(at)).to_be_focused()
        assert marks.evaluate_all("marks => marks.map(mark => mark.tabIndex)").count(0) == 1
