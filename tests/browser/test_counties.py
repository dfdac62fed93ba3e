"""Two counties in a browser: the switch on desktop, on a phone and by keyboard, and links with a county."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from cwac.clock import read_clock
from cwac.sources.sample import ZONE, sample_workbook
from tests.browser.conftest import OpenPage, settle
from tests.browser.test_pages import violations_on_desk_and_phone
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet
from tests.web import plan
from tests.web.served import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Siskiyou with the sample's sheet, Modoc with the tests' plan."""
    folder = tmp_path_factory.mktemp("counties")
    now = read_clock(ZoneInfo(ZONE))
    with SheetsServer(sample_workbook(now.date(), now)) as google:
        modoc = Spreadsheet.from_workbook(plan.workbook(), "Modoc")
        google.books[modoc.id] = modoc
        both = f"Siskiyou = {google.book.url}, Modoc County = {modoc.url}"
        with serving(folder, google.environ(folder) | {"CWAC_SPREADSHEET": both, "CWAC_LOCAL": "true"}) as served:
            yield served


def county(page: Page) -> str:
    return page.get_by_role("combobox", name="County").input_value()


def test_county_switch_fits_and_passes_axe(open_page: OpenPage, two: Served) -> None:
    page = open_page(two, "staffing?county=modoc+county")
    assert county(page) == "Modoc County"
    assert "county=Modoc+County" in page.url
    assert violations_on_desk_and_phone(page) == []


def test_county_is_selected_by_keyboard_and_stays_from_page_to_page(open_page: OpenPage, two: Served) -> None:
    page = open_page(two, "calendar")
    assert county(page) == "Siskiyou"
    page.get_by_role("combobox", name="County").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="Modoc County").wait_for()
    page.keyboard.type("Modoc")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_role("combobox", name="County")).to_have_value("Modoc County")
    expect(page).to_have_url(re.compile(r"county=Modoc\+County"))
    page.get_by_role("link", name="Staffing").click()
    settle(page)
    expect(page.get_by_role("combobox", name="County")).to_have_value("Modoc County")
    expect(page).to_have_url(re.compile(r"county=Modoc\+County"))
    expect(page).to_have_title(re.compile("Staffing"))
    page.reload()
    settle(page)
    assert county(page) == "Modoc County"


def test_unknown_county_is_reported(open_page: OpenPage, two: Served) -> None:
    page = open_page(two, "?county=Atlantis")
    expect(page.get_by_text('The link asks for county "Atlantis", which is not known here.')).to_be_visible()
    assert county(page) == "Siskiyou"
