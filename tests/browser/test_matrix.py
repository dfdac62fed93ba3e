"""axe on every page and view, in three widths and both themes, on three sheets; runs only by `pytest -m matrix`."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cwac.web.calendar.content import VIEWS
from tests.browser.conftest import THEMES, Tabs, axe_violations, settle, switch_theme
from tests.browser.test_pages import ADDRESSES
from tests.web import plan
from tests.web.served import Served, serving

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

WIDTHS = (1280, 768, 390)
EVERY_ADDRESS = [
    *ADDRESSES,
    *(f"calendar?view={view}" for view in VIEWS),
    *(f"follow_ups?show={view}" for view in ("Closed", "Category", "Town", "Agency")),
    "changes?since=A+date",
    "changes?since=A+version",
]
NAMES = (
    "Consolidated Mountain Communities Police and Public Safety Department",
    "Sheriff's Office of the Upper Sacramento River Canyon and Adjoining Lands",
    "California Highway Patrol, Northern Division, Commercial Vehicle Enforcement Unit",
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A sheet with headers only."""
    folder = tmp_path_factory.mktemp("empty")
    only_headers = {name: rows[:1] for name, rows in plan.tabs().items()}
    yield from served_from(folder, plan.save(folder / "empty.xlsx", **only_headers))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Twenty agencies with long names; twelve events on a day, one of them with thirteen agencies."""
    folder = tmp_path_factory.mktemp("crowded")
    yield from served_from(folder, crowded_workbook(folder / "crowded.xlsx", plan.TODAY))


def served_from(folder: Path, workbook: Path) -> Iterator[Served]:
    with serving(folder, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as served:
        yield served


def crowded_workbook(path: Path, today: dt.date) -> Path:
    shorts = [f"AGENCY-{number:02}" for number in range(1, 21)]
    agencies: plan.Rows = [["Agency", "Name", "Liaison role"]]
    officers: plan.Rows = [["Officer ID", "Name", "Agency", "Rank"]]
    for number, short in enumerate(shorts):
        agencies.append([short, f"{NAMES[number % 3]} {number}", "Community Services Sergeant"])
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


def violations(page: Page) -> list[str]:
    violations = axe_violations(page)
    return [f"{violation['id']}: {node['html'][:160]}" for violation in violations for node in violation["nodes"]]


def is_the_view_asked_for(page: Page, address: str) -> None:
    """The tab names the page, and the view if there are several; nothing is refused, left out or broken."""
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    name = address.partition("?")[0]
    titles = {"": "Overview", "follow_ups": "Follow-ups"}
    title = titles.get(name, name.replace("_", " ").capitalize())
    expect(page).to_have_title(re.compile(rf"(^|· ){re.escape(title)} · Coffee with a Cop$"))
    chosen = page.locator("[data-testid=stButtonGroup]:not(.st-key-bar *) [aria-checked=true]").all_inner_texts()
    if re.search(r"[?&](show|since)=", address) and chosen:
        views = "|".join(re.escape(view.strip()) for view in chosen)
        expect(page).to_have_title(re.compile(rf"^({views}) · "))
    for words in ("The link asks for", "Something went wrong", "This page is not open to you"):
        expect(page.get_by_text(words)).to_have_count(0)


@pytest.mark.parametrize("address", EVERY_ADDRESS)
@pytest.mark.parametrize("sheet", ["sample", "empty", "crowded"])
def test_no_view_has_a_violation(request: pytest.FixtureRequest, tabs: Tabs, sheet: str, address: str) -> None:
    served: Served = request.getfixturevalue(sheet)
    address = re.sub(r"&agency=\w+|\?officer=.*", "", address) if sheet != "sample" else address
    tab = tabs.take(served, "matrix")
    wrong: list[str] = []
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.goto(f"{served.url}/{address}")
        settle(tab.page)
        is_the_view_asked_for(tab.page, address)
        for theme in THEMES:
            switch_theme(tab.page, theme)
            if tab.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wrong.append(f"{width}, {theme}: wider than its window")
            wrong += [f"{width}, {theme}: {violation}" for violation in violations(tab.page)]
    tabs.give_back(served, "matrix", tab)
    assert wrong == []
