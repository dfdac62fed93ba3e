"""The calendar in a browser: by mouse, by keyboard alone, on a phone, and with hostile text."""

import datetime as dt
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZES, OpenPage, resize, settle, switch_theme, visit
from tests.browser.test_pages import violations, violations_on_desk_and_phone
from tests.web import plan
from tests.web.served import Served, serving_locally

pytestmark = pytest.mark.slow

TODAY = plan.TODAY
HERE = """() => {
  let at = document.activeElement
  while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement
  return at?.dataset?.key ?? at?.tagName
}"""


@pytest.fixture(scope="module")
def open_plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The plan with seven more events on one day, with hostile text in their titles."""
    folder = tmp_path_factory.mktemp("calendar")
    rows = [list(row) for row in plan.tabs()["Events"]]
    crowd = plan.serial(TODAY + dt.timedelta(days=3))
    rows += [
        [f"CROWD-{number}", crowd, (10 + number) / 24, None, f'<img src="x" onerror="alert({number})">', "Weed",
         "<b>Hall</b> ![x](https://example.org/x.png)", None, "WPD", "SCSO", "Confirmed"]
        for number in range(7)
    ]  # fmt: skip
    store = f"sqlite:///{folder}/store.sqlite3"
    with serving_locally(plan.save(folder / "plan.xlsx", Events=rows), CWAC_STORE=store) as served:
        yield served


def here(page: Page) -> str:
    return str(page.evaluate(HERE))


def press(page: Page, *keys: str, to: str) -> None:
    """Press the keys one after the other, each when the page has settled, until the focus is at `to`."""
    for key in keys:
        page.keyboard.press(key)
        settle(page)
    wait_for_focus(page, to)


def wait_for_focus(page: Page, key: str) -> None:
    """Wait until the element with this key, a regular expression, has the focus."""
    until = time.monotonic() + 30
    while not re.fullmatch(key, here(page)):
        assert time.monotonic() < until, here(page)
        page.wait_for_timeout(50)


def day(after: int) -> str:
    return str(TODAY + dt.timedelta(days=after))


MENU = ("[data-testid=stPopover]", "[data-testid=stPopoverBody]")
"""An open menu and the buttons of all; the page beside them is checked without it."""


def test_event_dialog_and_menus_pass_axe(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, "calendar?event=SHARED")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations_on_desk_and_phone(page) == []
    expect(page.get_by_role("dialog")).to_be_visible()
    for theme in ("dark", "light"):  # a ground darker than the page
        switch_theme(page, theme)
        expect(page.get_by_test_id("stDialog")).to_have_css("background-color", "rgba(0, 0, 0, 0.6)")
    page.keyboard.press("Escape")
    settle(page)
    for size, theme in (("desk", "dark"), ("phone", "light")):
        resize(page, size)
        switch_theme(page, theme)
        for name in ("Filter", "Subscribe", "Print"):
            page.get_by_role("button", name=name, exact=True).click()
            settle(page)
            expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
            assert violations(page, size, theme, parts=MENU) == [], name
            expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
            page.keyboard.press("Escape")


# --- by mouse --------------------------------------------------------------------------------------------------------


def test_month_is_a_labeled_table_for_screen_readers(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, f"calendar?view=month&date={day(3)}")
    table = page.get_by_role("table", name="weeks from Sunday")
    expect(table.get_by_role("columnheader")).to_have_text(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"])
    event = table.get_by_role(
        "button",
        name="8 AM, CHP-MS, 2/4, Weed Starbucks, CHP-MS leads, with WPD, 2 of 4 positions filled, Event confirmed",
        exact=True,
    )
    expect(event).to_have_count(1)
    rows = table.get_by_role("row").evaluate_all("rows => rows.slice(1).map(row => row.ariaLabel)")
    first = (TODAY + dt.timedelta(days=3)).replace(day=1)
    sundays = [
        first - dt.timedelta(days=(first.weekday() + 1) % 7) + dt.timedelta(weeks=week) for week in range(len(rows))
    ]
    assert rows == [f"Week of {sunday:%B} {sunday.day}" for sunday in sundays]
    expect(table).to_have_accessible_description(
        re.compile("arrows for days and events, Home and End in a week, Page Up")
    )
    when = TODAY + dt.timedelta(days=3)
    label = f"{when:%A}, {when:%B} {when.day}, 8 events"
    assert table.get_by_role("button", name=label).count() == 1
    legend = page.get_by_role("group").filter(has_text="What the marks mean").get_by_role("listitem")
    expect(legend.filter(has_text="positions filled")).to_be_visible()
    amber, red = legend.filter(has_text="short later"), legend.filter(has_text="short within 2 days")
    expect(amber.locator(".sign")).to_have_css("color", "rgb(138, 82, 0)")
    expect(red).to_have_count(0)
    expect(legend.filter(has_text="draft")).to_have_count(0)  # none is shown


def test_phone_shows_ten_events_of_a_crowded_list(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, f"calendar?view=agenda&date={day(-90)}", size="phone")
    every = int(page.get_by_role("heading", level=1).inner_text().split()[0])
    assert every > 12, "else all are shown"
    events = page.locator(".list [data-open]")
    expect(events).to_have_count(10)
    page.get_by_role("button", name=f"Show {every - 10} more").click()
    expect(events).to_have_count(every)
    wait_for_focus(page, f"event:{events.nth(10).get_attribute('data-open')}")


def test_month_with_a_crowded_day_is_little_taller_than_another(open_view: OpenPage, open_plan: Served) -> None:
    heights = []
    page = open_view(open_plan, "calendar?view=month")
    for date in (day(3), "2028-03-01"):  # 8 events on a day, and none
        visit(page, f"calendar?view=month&date={date}")
        expect(page.locator(".calendar tbody tr").first).to_be_visible()
        rows = page.locator(".calendar tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
        heights.append(max(rows))
    assert heights[0] <= heights[1] + 210, "three events and their places in full"


CUT = """() => [...document.querySelectorAll(".calendar .event, .calendar .event *")]
  .filter(part => part.offsetParent && getComputedStyle(part).display !== "inline")
  .filter(part => part.scrollHeight > part.clientHeight + 1)
  .map(part => part.innerText)"""
"""The texts of events that are higher than their boxes."""


def test_no_event_is_higher_than_its_box_and_the_sign_of_a_conflict_comes_first(
    open_view: OpenPage, open_plan: Served, sample: Served
) -> None:
    seen = 0
    looked_at = [(open_plan, "month", day(3)), (open_plan, "week", day(3))]
    looked_at += [(sample, view, "2026-12-07") for view in ("month", "week", "day", "agenda")]
    for server, view, date in looked_at:
        page = open_view(server, f"calendar?view={view}&date={date}")
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            layout = "list" if width < 640 else {"month": "table", "agenda": "list"}.get(view, "week")
            expect(page.locator(f".calendar[data-view={view}][data-layout={layout}] [data-open]").first).to_be_visible()
            settle(page)
            assert page.evaluate(CUT) == [], (view, date, width)
            events = page.locator("[data-open]").evaluate_all("all => all.map(one => [one.ariaLabel, one.innerText])")
            signed = ["Conflict" in label or "conflicts:" in label for label, _ in events]
            assert ["⚠" in text for _, text in events] == signed
            assert [text.lstrip().startswith("⚠") for _, text in events] == signed
            assert all(re.search(r"(Conflict|\d+ conflicts): ", label) for label, _ in events if "onflict" in label)
            seen += sum(signed)
    assert seen > 10


def test_agenda_counts_conflicts_and_not_the_events_that_have_them(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar?view=agenda")
    (both,) = page.locator("section[data-of='2026-12-07']").all()
    # Waited for, as a busy machine holds the old view, and hides the new one, until after the page is at rest.
    expect(both.get_by_text("Conflict: double-booked")).to_have_text(
        ["Conflict: double-booked"] * 2, use_inner_text=True
    )
    expect(both.locator(".warned")).to_have_text("⚠ 1 conflict", use_inner_text=True)


SELECTED = "part => { getSelection().selectAllChildren(part); return getSelection().toString() }"


def test_copied_events_say_on_one_line_which_agency_leads(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar?view=agenda&date=2026-12-22")
    told = page.locator(".event .who").first
    assert told.inner_text() == "SCSO leads, with CHP-YR and YPD"
    told.click()
    settle(page)
    line = page.get_by_role("dialog").get_by_text("Agencies:").locator("..")
    assert line.evaluate(SELECTED) == "Agencies: SCSO leads, with CHP-YR and YPD"
    page = open_view(sample, "")
    row = page.get_by_role("row").filter(has_text="Thanksgiving Day")
    assert "WPD leads, with CHP-MS and SCSO\t3/5" in row.evaluate(SELECTED)


def test_week_places_events_by_start_and_length(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, f"calendar?view=week&date={day(3)}")
    boxes = {key: page.locator(f"[data-open={key}]").bounding_box() for key in ("SHARED", "CROWD-0", "CROWD-1")}
    shared, first, second = (boxes[key] or {} for key in ("SHARED", "CROWD-0", "CROWD-1"))
    hours = page.locator(".rules span").evaluate_all("lines => lines.map(line => line.getBoundingClientRect().top)")
    begins = [hours.index(min(hours, key=lambda line, y=box["y"]: abs(line - y))) for box in (shared, first, second)]  # type: ignore[misc]
    assert begins == [0, 2, 3]  # at 8, 10 and 11 AM on an axis from 8 AM
    assert max(abs(hours[line] - box["y"]) for line, box in zip(begins, (shared, first, second), strict=True)) < 4
    assert hours[1] < shared["y"] + shared["height"] < hours[2]  # until 9:30
    assert second["x"] >= first["x"] + first["width"]  # they overlap, so they lie side by side
    assert page.locator(".column").get_by_text("No events").count() == page.locator(".column.free").count() > 0
    widths = page.locator(".week > .column:not(:has([data-open=CROWD-0]))").evaluate_all(
        "days => days.map(day => day.offsetWidth)"
    )
    assert max(widths) - min(widths) <= 1 < len(widths)
    heights = [after - before for before, after in itertools.pairwise(hours)]
    assert max(heights) - min(heights) < 1
    when = TODAY + dt.timedelta(days=3)
    column = page.get_by_role("heading", name=f"{when:%A}, {when:%B} {when.day}, 8 events")
    expect(column).to_have_count(1)


def test_forced_colors_show_which_view_is_on(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, "calendar?view=month")
    page.emulate_media(forced_colors="active")
    looks = "button => { const style = getComputedStyle(button); return [style.backgroundColor, style.borderStyle] }"
    pressed = page.locator("[data-key=view-month]").evaluate(looks)
    others = [page.locator(f"[data-key={key}]").evaluate(looks) for key in ("view-week", "today", "earlier")]
    assert all(border == "solid" and ground != pressed[0] for ground, border in others)
    page.emulate_media(forced_colors="none")


def test_more_link_opens_the_day_and_back_returns(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, f"calendar?view=month&date={day(3)}")
    page.get_by_role("button", name="+5 more").click()
    settle(page)
    expect(page).to_have_url(re.compile(f"view=day&date={day(3)}"))
    expect(page.locator("[data-open]")).to_have_count(8)
    page.go_back()
    settle(page)
    expect(page).to_have_url(re.compile("view=month"))
    expect(page.locator(".calendar table")).to_have_count(1)


def test_event_dialog_has_a_url_and_a_calendar_file(open_view: OpenPage, open_plan: Served) -> None:
    page = open_view(open_plan, f"calendar?view=agenda&date={day(0)}")
    page.locator("[data-open=SHARED]").click()
    settle(page)
    expect(page).to_have_url(re.compile("event=SHARED"))
    with page.expect_download() as coming:
        page.get_by_role("button", name="Add to calendar").click()
    (event,) = icalendar.Calendar.from_ical(Path(coming.value.path()).read_bytes()).events
    assert str(event["LOCATION"]) == "Weed Starbucks, 1 Main St, Weed"
    expect(page).to_have_title("Coffee with a Cop, Weed Starbucks · Calendar · Coffee with a Cop")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Copy link":
            break
    expect(page.get_by_role("dialog").get_by_role("button", name="Copy link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{open_plan.url}/calendar?event=SHARED"
    again = open_view(open_plan, link.removeprefix(f"{open_plan.url}/"))
    expect(again.get_by_role("dialog", name="Weed Starbucks")).to_be_visible()


# --- by keyboard alone -----------------------------------------------------------------------------------------------


def test_calendar_works_by_keyboard_alone(open_page: OpenPage, open_plan: Served) -> None:
    page = open_page(open_plan, f"calendar?view=month&date={day(3)}")
    page.locator("[data-key=earlier]").focus()
    for key in ("today", "later", "view-month", "view-week", "view-day", "view-agenda"):
        press(page, "Tab", to=key)
    press(page, "Tab", to="(day|event):.+")
    page.locator(f"[data-key='day:{day(3)}']").focus()
    expect(page.get_by_text("Keys: arrows for days and events")).to_be_visible()
    # Down through the day's events to "more", and back to the day.
    press(page, "ArrowDown", to="event:SHARED")
    press(page, "ArrowDown", "ArrowDown", "ArrowDown", to=f"more:{day(3)}")
    press(page, "Escape", to=f"day:{day(3)}")
    press(page, "ArrowUp", "ArrowDown", to=f"day:{day(3)}")
    # Open an event and return to it.
    press(page, "ArrowDown", to="event:SHARED")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_url(lambda url: "event=" not in url)
    settle(page)
    wait_for_focus(page, "event:SHARED")
    # Open "more" and return.
    press(page, "ArrowDown", "ArrowDown", "ArrowDown", to=f"more:{day(3)}")
    press(page, "Enter", to="event:.+")
    expect(page).to_have_url(re.compile("view=day"))
    press(page, "Escape", to="day:.+")
    expect(page).to_have_url(re.compile("view=month"))


def test_keys_are_those_of_a_date_picker_in_month_and_week(open_page: OpenPage, open_plan: Served) -> None:
    for view in ("month", "week"):
        page = open_page(open_plan, f"calendar?view={view}&date=2028-03-31")
        page.locator("[data-key='day:2028-03-31']").focus()
        moves = {
            "Home": "2028-03-26", "End": "2028-04-01", "ArrowLeft": "2028-03-31", "PageUp": "2028-02-29",
            "Shift+PageUp": "2027-02-28", "PageDown": "2027-03-28", "Shift+PageDown": "2028-03-28",
        }  # fmt: skip
        for key, date in moves.items():
            page.keyboard.press(key)
            # Draw it again before the days arrive, as turning a phone or a new version of the sheet does.
            page.evaluate("document.querySelector('.calendar').parentElement.calendar.draw()")
            wait_for_focus(page, f"day:{date}")
    page = open_page(open_plan, f"calendar?view=week&date={day(3)}")
    page.locator(f"[data-key='day:{day(3)}']").focus()
    press(page, "ArrowDown", "ArrowDown", to="event:CROWD-0")
    press(page, "Escape", to=f"day:{day(3)}")
    page = open_page(open_plan, f"calendar?view=day&date={day(3)}")
    page.locator("[data-open=CROWD-5]").focus()
    press(page, "Home", to="event:SHARED")
    press(page, "End", to="event:CROWD-6")
    expect(page).to_have_url(re.compile(f"date={day(3)}"))


def test_arrow_keys_continue_into_the_next_month(open_page: OpenPage, open_plan: Served) -> None:
    page = open_page(open_plan, "calendar?view=month&date=2028-02-29")
    heading = page.locator(".bar h2")
    expect(heading).to_have_text("February 2028")
    page.locator("[data-key='day:2028-02-29']").focus()
    page.keyboard.press("ArrowDown")
    wait_for_focus(page, "day:2028-03-07")  # another month comes from the server
    expect(heading).to_have_text("March 2028")
    for key in ("02-29", "02-22", "02-15", "02-08", "02-01", "01-25"):
        press(page, "ArrowUp", to=f"day:2028-{key}")
    expect(heading).to_have_text("January 2028")


def test_other_keys_and_shortcuts_are_not_captured(open_page: OpenPage, open_plan: Served) -> None:
    page = open_page(open_plan, f"calendar?view=month&date={day(3)}")
    page.locator("[data-key='event:SHARED']").focus()
    page.evaluate("window.seen = []; document.addEventListener('keydown', event => window.seen.push(event.key))")
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("x")
    assert page.evaluate("window.seen") == ["Alt", "ArrowRight", "Shift", "ArrowDown", "x"]
    assert here(page) == "event:SHARED"
    page.keyboard.press("ArrowUp")
    assert "ArrowUp" not in page.evaluate("window.seen")


# --- on a phone ------------------------------------------------------------------------------------------------------


def test_month_on_a_phone_is_a_list_with_large_targets(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "calendar?view=month&date=2019-06-01", size="phone")
    assert page.locator(".month [data-open]").count() == 0
    expect(page.locator("[data-open]")).to_have_count(1)  # a past month shows all its events
    small = page.locator("[data-open], .bar button, .mini button").evaluate_all(
        "all => all.filter(button => button.getBoundingClientRect().height < 44).map(button => button.textContent)"
    )
    assert small == []


def test_small_month_leads_to_the_events_of_a_day(open_page: OpenPage, open_plan: Served) -> None:
    page = open_page(open_plan, f"calendar?view=agenda&date={day(0)}", size="phone")
    when = TODAY + dt.timedelta(days=3)
    shown = page.get_by_role("button", name=f"{when:%A}, {when:%B} {when.day}, 8 events, conflict", exact=True)
    if not shown.count():  # early in the next month
        page.get_by_role("button", name="Next month").click()
        settle(page)
    shown.click()
    wait_for_focus(page, "event:SHARED")
    # A day without events: the agenda begins there.
    free = page.locator(".mini td:not(.outside) button[aria-label$='no events']").first
    date = dt.date.fromisoformat(str(free.get_attribute("data-mini")))
    free.click()
    page.wait_for_url(lambda url: f"date={date}" in url)
    settle(page)
    wait_for_focus(page, f"mini:{date}")
    press(page, "ArrowRight", to=f"mini:{date + dt.timedelta(days=1)}")
