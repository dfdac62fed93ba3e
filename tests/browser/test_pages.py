"""Every page in a browser: on desktop and phone, in both themes, with axe and by keyboard."""

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
    OpenPage,
    axe_violations,
    resize,
    settle,
    switch_theme,
)
from tests.web import plan
from tests.web.served import ROOT, Served, serving

pytestmark = pytest.mark.slow

ADDRESSES = [
    "",
    "calendar",
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
        if not (size == "phone" and violation["id"] == "scrollable-region-focusable"):
            wrong += [f"{size}, {theme}: {violation['id']}: {node['html'][:200]}" for node in violation["nodes"]]
    return wrong


def violations_on_desk_and_phone(page: Page, parts: Sequence[str] = ("html",), *, dark: bool = True) -> list[str]:
    """Violations on a desk in light, and on a phone in dark or without axe; the page is loaded once."""
    wrong = []
    for size in SIZES:
        resize(page, size)
        theme = "dark" if dark and size == "phone" else "light"
        switch_theme(page, theme)
        options = AXE_OPTIONS if dark or size == "desk" else None
        wrong += violations(page, size, theme, options, parts)
    switch_theme(page, "light")  # else the next page of this tab would come while the theme changes
    return wrong


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_fits_its_window_and_passes_axe(open_view: OpenPage, sample: Served, address: str) -> None:
    """Further views of a page without its frame, with axe on a desk only: the matrix has all in each theme and size."""
    page = open_view(sample, address)
    if "?" in address:
        assert violations_on_desk_and_phone(page, MAIN, dark=False) == []
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
    for size in SIZES:
        first = open_view(sample, "sheet_health", size=size).locator(".blocks table.rows tbody tr").first.bounding_box()
        assert first is not None
        assert first["y"] < 400


@pytest.mark.parametrize("address", ["attendance", "attendance?show=Reach"])
def test_chart_or_map_is_lower_in_a_narrow_window_on_a_desk(open_view: OpenPage, sample: Served, address: str) -> None:
    page = open_view(sample, address)
    drawn = page.locator(":is(canvas, svg).marks").first
    heights = []
    for width in (1280, 500):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        heights.append(drawn.evaluate("element => element.clientHeight"))
    assert heights[1] <= 240 + 90, heights  # 90 for the title
    assert heights[0] >= heights[1] + 80, heights


# --- filters and links ----------------------------------------------------------------------------------------------


def test_filters_are_stored_in_and_restored_from_the_url(open_page: OpenPage, sample: Served) -> None:
    page = open_page(sample, "staffing")
    page.get_by_role("radio", name="Conflicts").click()
    settle(page)
    page.get_by_role("combobox", name="About").click()
    page.get_by_role("option", name="Openings").click()
    settle(page)
    expect(page).to_have_url(re.compile("about=Gaps"))
    assert "show=Clashes" in page.url
    headline = re.compile(r"^\d+ alerts about openings, the next on ")
    told = page.get_by_role("heading", level=1, name=headline).inner_text()
    again = open_page(sample, page.url.removeprefix(f"{sample.url}/"))
    assert again.get_by_role("heading", level=1, name=headline).inner_text() == told


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


ONE_SHIFT: dict[str, plan.Rows] = {
    "Officers": [["Officer ID", "Name", "Agency"], ["OF-01", "@SUM(A1)", "WPD"]],
    "Staffing": plan.tabs()["Staffing"][:2],
}
"""Of an officer whose name would be a formula."""


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """A server, and its workbook, which it reads again every ten seconds."""
    folder = tmp_path_factory.mktemp("edited")
    file = plan.save(folder / "plan.xlsx", **ONE_SHIFT)
    environ = {"CWAC_WORKBOOK": str(file), "CWAC_LOCAL": "true", "CWAC_REFRESH_SECONDS": "10"}
    with serving(folder, environ) as served:
        yield served, file


def test_csv_download_holds_the_visible_rows_and_no_formula(open_page: OpenPage, edited: tuple[Served, Path]) -> None:
    page = open_page(edited[0], "staffing?show=People")
    with page.expect_download() as started:
        page.get_by_role("button", name="Staffing as CSV").click()
    text = started.value.path().read_text(encoding="utf-8-sig")
    assert started.value.suggested_filename == "staffing.csv"
    day = (plan.TODAY + dt.timedelta(days=3)).isoformat()
    assert text.splitlines()[1].split(",")[:5] == ["SHARED", day, "OF-01", "'@SUM(A1)", "WPD"]


def test_edit_appears_on_an_open_page_without_a_click(open_page: OpenPage, edited: tuple[Served, Path]) -> None:
    served, file = edited
    page = open_page(served)
    expect(page.get_by_text("Weed Starbucks").first).to_be_visible()
    events = plan.tabs()["Events"]
    events[1][5] = "Etna"
    events[1][6] = None
    plan.save(file, **ONE_SHIFT, Events=events)
    expect(page.get_by_text("Weed Starbucks")).to_have_count(0, timeout=30_000)
