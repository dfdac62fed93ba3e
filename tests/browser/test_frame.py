"""The frame and the blocks in a browser: bars, Find, focus, zoom, forced colors, links, cards that open in place."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.conftest import SIZES, OpenPage, go, settle, visit
from tests.cases import each
from tests.web.served import Served

pytestmark = pytest.mark.slow


def box(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return dict(box)


def find_box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name=re.compile("^Find "))


# --- the bar --------------------------------------------------------------------------------------------------------


def test_bar_is_48_pixels_high_the_ribbon_24_and_content_begins_within_110(open_view: OpenPage, sample: Served) -> None:
    below = set()
    page = open_view(sample)
    for address in ("calendar", "follow_ups"):
        visit(page, address)
        ribbon, bar, title = box(page, ".st-key-ribbon"), box(page, ".st-key-bar"), box(page, "h1")
        assert (bar["y"], bar["height"], ribbon["y"], ribbon["height"]) == (0, 48, 48, 24)
        below.add((title["y"], title["height"]))
        assert page.locator("h1").evaluate("title => getComputedStyle(title).paddingTop") == "8px"
        assert title["y"] + title["height"] <= 110
    assert len(below) == 1, "nothing moves with the title"


def test_pages_without_room_in_the_bar_are_under_more(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "changes")
    pages = page.get_by_role("navigation", name="Pages")
    more = pages.get_by_role("button", name="More")
    every = ["Overview", "Calendar", "My shifts", "Staffing", "Attendance", "Follow-ups", "Changes", "Fix the sheet"]
    every.append("Reports")
    try:
        for width, beside_more in ((1280, 9), (1024, 5), (800, 2)):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            expect(pages.get_by_role("link")).to_have_text(every[:beside_more], use_inner_text=True)
            places = [target.bounding_box() or {} for target in pages.locator("a:visible, button:visible").all()]
            name, agency = box(page, ".st-key-bar > :first-child"), box(page, ".st-key-agency")
            assert name["x"] + name["width"] <= places[0]["x"]
            assert places[-1]["x"] + places[-1]["width"] <= agency["x"], width
            assert len({place["y"] for place in places}) == 1, "one row"
            assert more.is_visible() == (beside_more < 9)
            if more.is_visible():
                more.focus()
                page.keyboard.press("Enter")
                expect(pages.get_by_role("link")).to_have_text(every, use_inner_text=True)
                page.keyboard.press("Tab")
                expect(pages.get_by_role("link").nth(beside_more)).to_be_focused()
                expect(pages.get_by_role("link", name="Changes")).to_have_attribute("aria-current", "page")
                page.keyboard.press("Escape")
                expect(pages.get_by_role("link")).to_have_text(every[:beside_more], use_inner_text=True)
                expect(more).to_be_focused()
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_link_to_a_page_keeps_the_focus_and_opens_a_tab_when_asked(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "?agency=WPD")
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Calendar")
    page.evaluate("() => (window.cwacStays = true)")
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Calendar"))
    settle(page)
    expect(link).to_be_focused()
    expect(link).to_have_attribute("aria-current", "page")
    assert page.evaluate("() => window.cwacStays"), "the page was loaded anew"
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    opened.value.wait_for_url("**/calendar?agency=WPD")
    opened.value.close()


WATCH = """() => {
  const seen = (window.cwacSeen = {})
  const add = (list) => list.getEntries().forEach(({ value }) => (seen.shift += value))
  new PerformanceObserver(add).observe({ type: "layout-shift" })
  const look = () => {
    const stale = [...document.querySelectorAll("[data-testid=stMain] [data-stale=true]")]
    if (stale.some((element) => getComputedStyle(element).opacity < 0.9)) seen.gray += 1
    requestAnimationFrame(look)
  }
  look()
}"""
START = "() => Object.assign(window.cwacSeen, { shift: 0, gray: 0 })"


def hold_longer(route: Route) -> None:
    """Hold the old view for as long as a loaded machine may take to draw the new one."""
    script = route.fetch()
    text = script.text()
    assert "const HOLD = 1000" in text
    route.fulfill(response=script, body=text.replace("const HOLD = 1000", "const HOLD = 3500"))


@pytest.mark.parametrize("size", SIZES)
def test_switch_of_the_view_moves_nothing_and_shows_no_gray(open_view: OpenPage, sample: Served, size: str) -> None:
    page = open_view(sample, size=size)
    script = re.compile(r"/frame(\.[^/]*)?\.js")
    page.route(script, hold_longer)
    with page.expect_response(script):
        page.reload()
    settle(page)
    page.evaluate(WATCH)
    for address in ("staffing", "attendance?show=Compare", "sheet_health", ""):
        page.evaluate(START)
        visit(page, address)
        seen = page.evaluate("() => window.cwacSeen")
        assert (seen["shift"] <= 0.1, seen["gray"]) == (True, 0), (address, seen)


def test_everything_of_the_frame_is_reached_by_keyboard_with_a_visible_outline(
    open_view: OpenPage, sample: Served
) -> None:
    page = open_view(sample)
    go(page, sample, "")
    reached, bare = [], []
    for _ in range(24):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
              const at = document.activeElement
              const around = at.closest("[role=group]:has(> input)") ?? at
              const name = at.tagName === "MAIN" ? "MAIN" : at.getAttribute("aria-label") || at.innerText
              return [name, getComputedStyle(around).outlineStyle]
            }"""
        )
        reached.append(str(name))
        bare += [name] if outline == "none" else []
    heard = " | ".join(reached)
    assert reached[0] == "Skip to main content"
    for name in ("Overview", "Calendar", "Fix the sheet", "View as", "Agency", "Find officers", "Refresh"):
        assert name in heard, heard
    assert bare == []
    assert "MAIN" not in reached
    page.get_by_role("link", name="Skip to main content").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_agency_is_chosen_in_the_bar_and_is_in_the_url(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar")
    for agency, in_the_url in (("WPD", True), ("All agencies", False)):
        # By the keyboard, as Streamlit's list sometimes ignores a click that comes within 0.1 s of the last choice.
        page.get_by_role("combobox", name="Agency").press("ArrowDown")
        page.get_by_role("option", name=agency, exact=True).click()
        settle(page)
        expect(page).to_have_url(re.compile("agency=WPD" if in_the_url else "^((?!agency=).)*$"))


# --- Find -----------------------------------------------------------------------------------------------------------


def test_slash_focuses_find_and_enter_opens_the_first_match(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "attendance?agency=WPD")
    field = page.get_by_role("combobox", name="View as")
    field.press("/")
    expect(field).to_be_focused()  # in a field it is a slash
    field.press("Escape")
    page.get_by_role("link", name="Attendance").focus()
    page.keyboard.press("/")
    expect(find_box(page)).to_be_focused()
    page.keyboard.type("ev-2026-201")
    expect(page.locator("#frame-found a").first).to_contain_text("EV-2026-201")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)
    expect(page).to_have_url(re.compile("agency=WPD.*event=EV-2026-201|event=EV-2026-201.*agency=WPD"))
    assert "2026-201" not in re.sub("event=[^&]*", "", page.url)
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)


def test_match_opens_an_officers_shifts_and_arrows_move_among_matches(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar?agency=SCSO")
    page.keyboard.press("/")
    page.keyboard.type("smaple")
    expect(page.locator("#frame-found")).to_contain_text("A. Sample")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#frame-found a").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(find_box(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/my_shifts\?.*officer=A\."))
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("A. Sample's next shift")
    expect(page.locator("#frame-found")).to_be_hidden()


def test_slash_is_switched_off_in_find_and_the_browser_remembers_it(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "calendar")
    find = page.get_by_role("searchbox")
    page.keyboard.press("/")
    switch = page.get_by_role("checkbox", name="Press / anywhere to come here")
    expect(switch).to_be_checked()
    page.keyboard.press("Tab")
    expect(find).not_to_be_focused()
    expect(switch).to_be_hidden()  # it is no stop of its own: the arrows lead to it
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(find).to_have_attribute("placeholder", "Find")
    go(page, sample, "staffing")
    page.keyboard.press("/")
    expect(find).not_to_be_focused()
    find.click()
    switch.click()
    page.get_by_role("link", name="Staffing").focus()
    page.keyboard.press("/")
    expect(find).to_be_focused()


def test_single_letters_start_nothing_and_are_typed_in_fields(open_view: OpenPage, sample: Served) -> None:
    """WCAG 2.1.4: of all single keys only / does something, and it can be switched off."""
    page = open_view(sample, "calendar")
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    go(page, sample, "calendar")
    sent.clear()
    for key in [*"abcdefghijklmnopqrstuvwxyz", "R", "C", *"0123456789.,;-+?!"]:
        page.keyboard.press(key)
    find = page.get_by_role("searchbox")
    find.click()
    page.keyboard.type("rocca cr")
    expect(find).to_have_value("rocca cr")
    expect(page.get_by_text("Nothing found among what is open to you.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    asked = [BackMsg.FromString(data).rerun_script.fragment_id for data in sent]
    assert "" not in asked, "the whole page was run again"
    assert asked, "Find asked"


def test_find_says_when_there_is_nothing_and_escape_closes_it(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar?as=public")
    page.keyboard.press("/")
    page.keyboard.type("a. sample")
    expect(page.get_by_text("Nothing found among what is open to you.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#frame-found")).to_be_hidden()
    expect(find_box(page)).to_have_value("")
    assert "sample" not in page.url


# --- a phone --------------------------------------------------------------------------------------------------------


def test_bottom_bar_names_the_page_at_hand_and_keeps_the_agency(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "?agency=WPD", size="phone")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    for target in pages.locator("a:visible, button:visible").all():
        assert (target.bounding_box() or {})["height"] >= 44
    pages.get_by_role("link", name="Staffing").click()
    expect(page).to_have_title(re.compile("Staffing"))
    settle(page)
    expect(pages.get_by_role("link", name="Staffing")).to_have_attribute("aria-current", "page")
    expect(pages.get_by_role("link", name="Overview")).not_to_have_attribute("aria-current", "page")
    assert "agency=WPD" in page.url
    more = pages.get_by_role("button", name="More")
    expect(pages.get_by_role("link", name="Changes")).to_be_hidden()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(pages.get_by_role("link", name="Changes")).to_be_hidden()
    expect(more).to_be_focused()
    more.click()
    pages.get_by_role("link", name="Changes").click()
    expect(page).to_have_title(re.compile("Changes"))
    settle(page)
    page.go_back()
    expect(page).to_have_title(re.compile("Staffing"))
    settle(page)


def test_phone_has_the_name_one_row_of_controls_and_content_within_140_pixels(
    open_view: OpenPage, sample: Served
) -> None:
    page = open_view(sample, "calendar", size="phone")
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_text("Coffee with a Cop", exact=True)).to_be_visible()
    expect(page.get_by_text("Made-up officers")).to_be_visible()
    title = box(page, "h1")
    assert title["y"] + 40 <= 140, "the first line of the headline"
    places = [box(page, selector) for selector in (".st-key-agency", ".frame-find input", ".st-key-refresh button")]
    assert {(place["y"], place["height"] >= 44) for place in places} == {(places[0]["y"], True)}
    expect(page.get_by_role("navigation")).to_have_count(1)


@each(("address", "view"), [("attendance?show=Compare", "Compare"), ("staffing?show=Clashes", "Conflicts")])
def test_row_of_views_on_a_phone_shows_the_chosen_one_and_that_there_are_others(
    open_view: OpenPage, sample: Served, address: str, view: str
) -> None:
    page = open_view(sample, address, size="phone")
    chosen = page.get_by_role("radio", name=view, exact=True)
    place, row = chosen.bounding_box(), page.get_by_role("radiogroup").filter(has=chosen)
    assert place is not None
    assert place["x"] >= 40, "an end of the one before it is in sight"
    assert place["x"] + place["width"] <= 374
    expect(row).to_have_css("mask-image", re.compile("gradient"))
    edges = row.get_by_role("radio").evaluate_all(
        "views => views.map((view) => getComputedStyle(view).borderLeftColor)"
    )
    assert len(set(edges)) == 1, "each has its left edge"


# --- zoom and colors ------------------------------------------------------------------------------------------------


def test_zoomed_frame_is_not_clipped(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "staffing", size="phone")
    for zoom, width, height in (("200%", 640, 450), ("400%", 320, 225)):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for selector in (".st-key-ribbon", ".st-key-bar", ".frame-find", ".st-key-refresh", ".frame-pages", "h1"):
            place = box(page, selector)
            assert place["x"] >= 0, (zoom, selector)
            assert place["x"] + place["width"] <= width, (zoom, selector)


def test_choices_are_visible_in_forced_colors(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "staffing")
    page.emulate_media(forced_colors="active")
    try:
        for name in ("Openings", "Officers"):
            pill = page.get_by_role("radio", name=name, exact=True)
            assert pill.evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
        chosen, other = (
            page.get_by_role("radio", name=name, exact=True).evaluate(
                "element => getComputedStyle(element).backgroundColor"
            )
            for name in ("Openings", "Officers")
        )
        assert chosen != other
    finally:
        page.emulate_media(forced_colors="none")


# --- blocks -----------------------------------------------------------------------------------------------------------


pytestmark = pytest.mark.slow


def test_event_opens_by_keyboard_and_the_focus_returns_to_its_link(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "", "desk")
    link = page.locator(".blocks .list tbody a").first
    expect(link).to_have_attribute("href", re.compile(r"[?&]event="))
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?event="))
    app = page.get_by_test_id("stApp")
    app.evaluate("app => (app.dataset.switching = '')")  # the view below may still be switched
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("event="))
    try:
        expect(link).to_be_focused()
    finally:
        app.evaluate("app => delete app.dataset.switching")


def test_event_opens_without_a_switch_of_the_view_also_after_a_choice(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "")
    page.get_by_role("combobox", name="Agency").press("ArrowDown")
    page.get_by_role("option", name="WPD", exact=True).click()
    expect(page).to_have_url(re.compile("agency=WPD"))
    settle(page)
    page.evaluate("() => (document.startViewTransition = () => { throw Error('the view is switched') })")
    try:
        page.locator(".blocks .list tbody a").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
    finally:
        page.evaluate("() => delete document.startViewTransition")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


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
