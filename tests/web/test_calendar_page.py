"""The Calendar page: the URL, and the menus."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac.web.calendar import content, filters
from cwac.web.calendar.content import AllEvents
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, data_of, opened, words


def ids(page: AppTest) -> list[str]:
    """The events that the calendar is sent."""
    assert not page.exception
    (calendar,) = data_of(page, "cwac.calendar")
    return [event["id"] for day in calendar["days"] for event in day["events"]]


@pytest.fixture
def local(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


@pytest.mark.usefixtures("local")
def test_filters_are_buttons_with_counts_that_set_and_remove_them() -> None:
    page = opened("calendar", "coordinator", view="agenda")
    listed = {button.label for button in page.button if str(button.key).startswith("filter-")}
    assert {"WPD **2**", "SCSO **1**", "Weed **1**", "Tentative **1**", "Confirmed **2**"} <= listed
    page.button(key="filter-status-Tentative").click().run()
    assert (ids(page), page.query_params["status"]) == (["MAYBE"], "Tentative")
    assert page.button(key="filter-status-Tentative").label == "✓ Tentative **1**"
    page.button(key="filter-agency-WPD").click().run()
    assert (ids(page), page.button(key="chip-agency-WPD").label) == (["MAYBE"], "WPD **1**")
    page.button(key="filter-status-Tentative").click().run()
    assert (ids(page), "status" in page.query_params) == (["SHARED", "MAYBE"], False)


@pytest.mark.usefixtures("local")
def test_chip_removes_its_filter_and_clear_all_the_rest() -> None:
    filters_set = {"town": "Weed", "status": ["Confirmed", "Tentative"], "staffing": ["Clash", "Short of officers"]}
    page = opened("calendar", "coordinator", view="agenda", **filters_set)  # type: ignore[arg-type]
    assert ids(page) == ["SHARED"]
    page.button(key="chip-staffing-Clash").click().run()
    assert page.query_params["staffing"] == "Short of officers"
    page.button(key="chip-status-Confirmed").click().run()
    assert page.query_params["status"] == "Tentative"
    assert ids(page) == []
    assert "None of 3 events from today on passes the filters." in words(page)
    page.button(key="clear-all").click().run()
    assert ids(page) == ["SHARED", "SHERIFFS", "MAYBE"]
    assert "status" not in page.query_params


@pytest.mark.usefixtures("local")
def test_liaison_begins_with_their_agency_and_comes_back_to_it_with_one_click() -> None:
    page = opened("calendar", "liaison", view="agenda")
    assert ids(page) == ["SHARED", "MAYBE"]
    page.button(key="chip-agency-WPD").click().run()
    assert ids(page) == ["SHARED", "SHERIFFS", "MAYBE"]
    page.button(key="own").click().run()
    assert ids(page) == ["SHARED", "MAYBE"]


@pytest.mark.usefixtures("local")
def test_menus_are_drawn_once_they_are_open() -> None:
    page = opened("calendar", "coordinator")
    assert "feed-whose" not in [element.key for element in page.selectbox]
    assert "feed-whose" in [element.key for element in with_menu(page).selectbox]
    stranger = with_menu(opened("calendar", "stranger", view="agenda"))
    assert "feed-whose" not in [element.key for element in stranger.selectbox]


def with_menu(page: AppTest) -> AppTest:
    """The page with its menus open."""
    page.session_state[filters.SUBSCRIBE] = page.session_state[filters.PRINT] = True
    return page.run()


def files_of(page: str, who: str, monkeypatch: pytest.MonkeyPatch, **query: str) -> dict[str, Callable[[], bytes]]:
    """Each download that the page offers in its menu, as the function that makes it."""
    files: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr("cwac.web.widgets.download", lambda label, _, make, *__, **___: files.update({label: make}))
    assert not with_menu(opened(page, who, **query)).exception
    return files


@pytest.mark.usefixtures("local")
def test_strangers_file_does_not_say_that_nobody_is_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    officers = {}
    for who in ("stranger", "coordinator"):
        text = files_of("calendar", who, monkeypatch, view="agenda")["CSV"]().decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        officers[who] = {(row["officers_assigned"], row["officers_confirmed"]) for row in rows}
    assert officers["stranger"] == {("", "")}
    assert "" not in {count for counts in officers["coordinator"] for count in counts}


@pytest.mark.parametrize(("agency", "following"), [(None, "SHARED"), ("SCSO", "SHERIFFS"), ("EPD", None)])
def test_day_without_events_names_the_next_one(agency: str | None, following: str | None) -> None:
    shown = AllEvents(plan.snapshot(), {}, False)
    request = content.Request("day", plan.TODAY, agency)
    event = content.event_after(shown, request)
    assert (event and event.id) == following
    assert content.event_after(shown, replace(request, view="week")) is None
