"""Every page and view in a browser: on desktop and phone, with axe; `pytest -m matrix` has every combination."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    AXE_OPTIONS,
    COLORS_ONLY,
    SIZES,
    THEMES,
    OpenPage,
    Tabs,
    axe_violations,
    go,
    resize,
    settle,
    switch_theme,
)
from tests.web import plan, screen_text
from tests.web.served import ROOT, Served, serving_locally

pytestmark = pytest.mark.slow

ADDRESSES = [
    "",
    "calendar",
    "calendar?view=week",
    "calendar?view=day",
    "calendar?view=agenda",
    "calendar?view=agenda&status=Cancelled",
    "my_shifts",
    "my_shifts?officer=A.+Sample%2C+WPD+%28OF-01%29",
    "staffing",
    "staffing?show=People",
    "staffing?show=People&agency=SCSO",
    "staffing?show=Fairness",
    "staffing?show=People&of=Rest+and+emergencies",
    "staffing?show=Clashes&about=Everything",
    "staffing?show=Who+could+go&cannot=true",
    "staffing?show=Plan",
    "attendance",
    "attendance?by=Town",
    "attendance?by=Lead+agency",
    "attendance?by=Towns+side+by+side",
    "attendance?show=Compare",
    "attendance?show=Compare&preset=Any+two+periods",
    "attendance?show=Worth+it%3F",
    "attendance?show=What+to+expect",
    "attendance?show=Reach",
    "attendance?show=After+the+event",
    "follow_ups",
    "follow_ups?show=Age+and+owner",
    "reports",
    "changes",
    "sheet_health",
]


def test_every_page_has_an_address_here() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert {address.split("?")[0] or "overview" for address in ADDRESSES} == pages


MAIN = ("[data-testid=stMain]",)
"""The page without its frame, which is the same around each."""
SIZES_OF_TYPE = """() => {
  const sizes = new Set()
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const said = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (said && element.checkVisibility()) sizes.add(getComputedStyle(element).fontSize)
  }
  return [...sizes].sort()
}"""
SCALE = {"12px", "14px", "16px", "20px", "28px"}
SPACED = """() => {
  const style = document.createElement("style")
  style.textContent = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important }
    * { word-spacing: 0.16em !important } p { margin-bottom: 2em !important }
    .heard { display: none } @media (width < 640px) { .quiet.wide { display: none } }`
  document.head.append(style)
  const outside = (part, box) => part.bottom > box.bottom + 1 || part.top < box.top - 1 || part.right > box.right + 1
  const cut = [...document.querySelectorAll("[data-testid=stMain] :is(button, a, td, th, .chip)")]
    .filter(box => !box.closest(".st-key-frame-top, .strip"))
    .filter(box => box.offsetWidth > 1 && box.offsetParent && !box.querySelector(".what"))
    .filter(box => getComputedStyle(box).display !== "inline")
    .filter(box => {
      const words = document.createRange()
      words.selectNodeContents(box)
      return [...words.getClientRects()].some(part => outside(part, box.getBoundingClientRect()))
    })
    .map(box => box.innerText)
  const names = [...document.querySelectorAll(".mark span:not(.heard), [data-testid=stButtonGroup] button")]
    .filter(one => getComputedStyle(one).overflow !== "visible")
    .filter(one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    .map(one => one.textContent)
  style.remove()
  return [...cut, ...names]
}"""
"""The visible texts that are not within their boxes where text is spaced as WCAG 1.4.12 has it."""
NAMES = """() => [...document.querySelectorAll(":is(button, a)[aria-label]")]
  .map(control => {
    const seen = control.cloneNode(true)
    seen.querySelectorAll("[aria-hidden=true], .heard, [data-testid=stIconMaterial]").forEach(part => part.remove())
    return [control.ariaLabel, seen.textContent]
  })
  .filter(both => {
    const [name, text] = both.map(each => each.replace(/[^\\p{L}\\p{N}]+/gu, " ").trim())
    return !name.includes(text)
  })"""
"""The names of controls that do not have the visible text in its order (WCAG 2.5.3), with that text."""


def violations(
    page: Page, size: str, theme: str, options: dict[str, Any] | None = AXE_OPTIONS, parts: Sequence[str] = ("html",)
) -> list[str]:
    """Whether the page is too wide, cut texts, type of another size than ours, and, with options, violations of axe.

    On a phone a wide table scrolls in its own box, and axe requires that the keyboard can reach it. Streamlit does not
    mark it so, but browsers let Tab stop at scrollable elements.
    """
    wrong = []
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append(f"{size}, {theme}: wider than its window")
    wrong += [f"{size}, {theme}: type of {found}" for found in set(page.evaluate(SIZES_OF_TYPE)) - SCALE]
    wrong += [f"{size}, {theme}: {name!r} has not its text, {text!r}" for name, text in page.evaluate(NAMES)]
    wrong += [f"{size}, {theme}: cut with wide spacing: {text}" for text in page.evaluate(SPACED)]
    for violation in axe_violations(page, options, parts) if options else ():
        if not (size == "phone" and violation.startswith("scrollable-region-focusable")):
            wrong.append(f"{size}, {theme}: {violation}")
    return wrong


def violations_on_desk_and_phone(page: Page, parts: Sequence[str] = ("html",), *, dark: bool = True) -> list[str]:
    """Violations on a desk in light, and on a phone in dark or without axe; the page is loaded once."""
    wrong = []
    for size in SIZES:
        resize(page, size)
        theme = "dark" if dark and size == "phone" else "light"
        if theme == "dark":
            switch_theme(page, theme)
        options = AXE_OPTIONS if dark or size == "desk" else None
        wrong += violations(page, size, theme, options, parts)
    if dark:
        switch_theme(page, "light")  # else the next page of this tab would come while the theme changes
    return wrong


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_fits_its_window_and_passes_axe(open_view: OpenPage, sample: Served, address: str) -> None:
    """Further views of a page without its frame, and with axe on a desk only, but for the calendar's colors."""
    page = open_view(sample, address)
    if "?" in address:
        assert violations_on_desk_and_phone(page, MAIN, dark=address.startswith("calendar")) == []
    else:
        assert violations_on_desk_and_phone(page) == []
    if address == "":  # in the other combinations, too, for the frame
        for size, theme in (("desk", "dark"), ("phone", "light")):
            resize(page, size)
            switch_theme(page, theme)
            assert violations(page, size, theme, COLORS_ONLY) == []
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


def test_first_cell_to_fix_is_within_400_pixels(open_view: OpenPage, sample: Served) -> None:
    page = open_view(sample, "sheet_health")
    for size in SIZES:
        resize(page, size)
        first = page.locator(".blocks table.rows tbody tr").first.bounding_box()
        assert first is not None
        assert first["y"] < 400


@pytest.mark.parametrize("address", ["attendance", "attendance?show=Reach"])
def test_chart_or_map_is_lower_in_a_narrow_window_on_a_desk(open_view: OpenPage, sample: Served, address: str) -> None:
    page = open_view(sample, address)
    page.set_viewport_size({"width": 1280, "height": 900})
    settle(page)
    wide = page.locator(":is(canvas, svg).marks").first.evaluate("element => element.clientHeight")
    page.set_viewport_size({"width": 500, "height": 900})
    # It is drawn anew when the browser finds time. 90 are for the title.
    is_lower = "most => document.querySelector(':is(canvas, svg).marks')?.clientHeight <= most"
    page.wait_for_function(is_lower, arg=min(240 + 90, wide - 80))


# --- links ----------------------------------------------------------------------------------------------


def test_back_and_forward_change_the_view_and_the_title_names_it(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "staffing")
    expect(page).to_have_title("Openings · Staffing · Coffee with a Cop")
    page.get_by_role("radio", name="Conflicts").click()
    expect(page).to_have_title("Conflicts · Staffing · Coffee with a Cop")
    settle(page)
    page.go_back()
    expect(page).to_have_title("Openings · Staffing · Coffee with a Cop")
    expect(page.get_by_role("radio", name="Openings")).to_be_checked()
    settle(page)
    page.go_forward()
    expect(page).to_have_title("Conflicts · Staffing · Coffee with a Cop")
    expect(page.get_by_role("radio", name="Conflicts")).to_be_checked()
    settle(page)
    page.get_by_role("link", name="Fix the sheet").click()
    expect(page).to_have_title("Fix the sheet · Coffee with a Cop")
    settle(page)


def test_unknown_page_in_a_link_is_reported(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "roster?agency=WPD")
    assert "agency=WPD" in page.url
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(
        page.get_by_text('The link asks for page "roster", which is not known here: this is Overview.')
    ).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Tomorrow's event at Weed Starbucks")).to_be_visible()


# --- a sheet of their own -------------------------------------------------------------------------------------------


def test_edit_appears_on_an_open_page_without_a_click(open_page: OpenPage, tmp_path: Path) -> None:
    file = plan.save(tmp_path / "plan.xlsx")
    with serving_locally(file, CWAC_REFRESH_SECONDS="10") as served:
        page = open_page(served)
        expect(page.get_by_text("Weed Starbucks").first).to_be_visible()
        events = plan.tabs()["Events"]
        events[1][5:7] = ["Etna", None]
        plan.save(file, Events=events)
        expect(page.get_by_text("Weed Starbucks")).to_have_count(0, timeout=30_000)


def test_questions_about_a_sheet_of_ones_own_fit_and_pass_axe(open_page: OpenPage, tmp_path: Path) -> None:
    with serving_locally(Path(str(screen_text.own_names(tmp_path).workbook))) as served:
        page = open_page(served, "sheet_health")
        section = page.locator("[data-testid=stExpander]", has_text="How your sheet is read: 2 questions")
        section.get_by_text('"Crewing" = "Officers"').wait_for()
        assert violations_on_desk_and_phone(page, MAIN) == []


# --- the matrix: everything on three sheets, which takes half an hour ------------------------------------------------

WIDTHS = (1280, 768, 390)
EVERY_ADDRESS = [
    *ADDRESSES,
    *(f"follow_ups?show={view}" for view in ("Closed", "Category", "Town", "Agency")),
    "changes?since=A+date",
    "changes?since=A+version",
]
LONG_NAMES = (
    "Consolidated Mountain Communities Police and Public Safety Department",
    "Sheriff's Office of the Upper Sacramento River Canyon and Adjoining Lands",
    "California Highway Patrol, Northern Division, Commercial Vehicle Enforcement Unit",
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_locally(Path(str(screen_text.empty(tmp_path_factory.mktemp("empty")).workbook))) as served:
        yield served


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Twenty agencies with long names; twelve events on a day, one of them with thirteen agencies."""
    file = tmp_path_factory.mktemp("crowded") / "crowded.xlsx"
    with serving_locally(crowded_workbook(file, plan.TODAY)) as served:
        yield served


def crowded_workbook(path: Path, today: dt.date) -> Path:
    shorts = [f"AGENCY-{number:02}" for number in range(1, 21)]
    agencies: plan.Rows = [["Agency", "Name", "Liaison role"]]
    officers: plan.Rows = [["Officer ID", "Name", "Agency", "Rank"]]
    for number, short in enumerate(shorts):
        agencies.append([short, f"{LONG_NAMES[number % 3]} {number}", "Community Services Sergeant"])
        officers.append([f"OF-{number:02}", f"A. Maximiliana Extraordinary-Placeholder {number}", short, "Sergeant"])
    events: plan.Rows = [
        ["Event ID", "Date", "Start", "End", "Title", "Town", "Venue", "Lead agency", "Partner agencies", "Status",
         "Officers needed"],
    ]  # fmt: skip
    staffing: plan.Rows = [["Event ID", "Officer", "Agency", "Role", "Status"]]
    attendance: plan.Rows = [["Event ID", "Guests"]]
    follow_ups: plan.Rows = [["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Due", "Status"]]
    town = "Saint Bartholomew-on-the-Upper-Klamath"
    for number in range(60):
        after = 3 if number < 12 else number - 50
        name, day = f"EVENT-{number:03}", plan.serial(today) + after
        partners = ", ".join(shorts[1:14]) if number == 0 else shorts[(number + 7) % 20]
        events.append(
            [name, day, (8 + number % 9) / 24, (9 + number % 9) / 24, f"Coffee with a Cop at the {town} Pancake Supper",
             town, f"{town} Volunteer Fire Department Community Hall", shorts[number % 20], partners,
             "Completed" if after < 0 else "Confirmed", 4]
        )  # fmt: skip
        staffing.append([name, f"OF-{number % 20:02}", None, "Host", "Attended" if after < 0 else "Confirmed"])
        staffing.append([name, f"OF-{(number + 1) % 20:02}", None, "Greeter", "Assigned"])
        if after < 0:
            attendance.append([name, 20 + number % 7 if number % 5 else "dozens"])
            status = "Open" if number % 2 else "Closed"
            follow_ups.append(
                [f"F-{number}", name, "Traffic", "Speeding near the school. " * 5, shorts[0], day + 30, status]
            )
    return plan.save(
        path, today, Agencies=agencies, Officers=officers, Events=events, Staffing=staffing, Attendance=attendance,
        Venues=[["Venue", "Town"]], Towns=[["Town"], [town]], Coverage=[["Town", "Agency"]],
        **{"Follow-ups": follow_ups, "Time off": [["Officer", "From", "To"]]},
    )  # fmt: skip


def is_the_view_asked_for(page: Page, address: str) -> None:
    """The tab names the page, and the view if there are several; nothing is refused, left out or broken."""
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    name = address.partition("?")[0]
    titles = {"": "Overview", "follow_ups": "Follow-ups", "sheet_health": "Fix the sheet"}
    title = titles.get(name, name.replace("_", " ").capitalize())
    expect(page).to_have_title(re.compile(rf"(^|· ){re.escape(title)} · Coffee with a Cop$"))
    chosen = page.locator("[data-testid=stButtonGroup]:not(.st-key-bar *) [aria-checked=true]").all_inner_texts()
    if re.search(r"[?&](show|since)=", address) and chosen:
        views = "|".join(re.escape(view.strip()) for view in chosen)
        expect(page).to_have_title(re.compile(rf"^({views}) · "))
    for words in ("The link asks for", "Something went wrong", "This page is not open to you"):
        expect(page.get_by_text(words)).to_have_count(0)


@pytest.mark.matrix
@pytest.mark.parametrize("address", EVERY_ADDRESS)
@pytest.mark.parametrize("sheet", ["sample", "empty", "crowded"])
def test_no_view_has_a_violation(request: pytest.FixtureRequest, tabs: Tabs, sheet: str, address: str) -> None:
    served: Served = request.getfixturevalue(sheet)
    address = re.sub(r"&agency=\w+|\?officer=.*", "", address) if sheet != "sample" else address
    page = tabs.of(served, "matrix").page
    wrong: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        go(page, served, address)
        is_the_view_asked_for(page, address)
        for theme in THEMES:
            switch_theme(page, theme)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wrong.append(f"{width}, {theme}: wider than its window")
            wrong += [f"{width}, {theme}: {violation}" for violation in axe_violations(page)]
    assert wrong == []
