"""The Changes page and the overview's line about changes, restricted to each viewer; downloads of versions."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from cwac.settings import Settings
from cwac.sources.excel import read_excel
from cwac.storage.store import Store, StoreTrouble
from cwac.web.sections import changes, versions
from tests.web import plan
from tests.web.conftest import CLAIMS, closed_to_strangers, opened, sent, words

Serve = Callable[[Settings], None]


@pytest.fixture
def edited(serve: Serve, tmp_path: Path) -> Store:
    """A plan with three versions: from three days ago, edited yesterday, and edited again today."""
    file = plan.save(tmp_path / "plan.xlsx", plan.real_today())
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    book = openpyxl.load_workbook(file)
    now = dt.datetime.now(ZoneInfo(plan.ZONE))
    for days_ago, cell, value in ((3, None, None), (1, "Events!C2", 9 / 24), (0, "Staffing!E6", "Declined")):
        if cell is not None:
            tab, place = cell.split("!")
            book[tab][place] = value
            book.save(file)
        as_of = now - dt.timedelta(days=days_ago, minutes=1)
        workbook = read_excel(file, plan.ZONE)
        store.keep(type(workbook)(workbook.source, as_of, plan.ZONE, workbook.tabs, workbook.locale, workbook.url))
    settings = closed_to_strangers(file)
    serve(type(settings)(**{name: getattr(settings, name) for name in settings.__dataclass_fields__ if name != "store"},
                         store=f"sqlite:///{tmp_path}/store.sqlite3"))  # fmt: skip
    return store


def headers(page: AppTest) -> list[str]:
    return [element.value for element in page.header]


@pytest.mark.usefixtures("edited")
def test_changes_are_listed_by_day_with_their_effects() -> None:
    page = opened("changes", "coordinator", since="A version", version="1")
    assert not page.exception
    assert len(headers(page)) == 3  # today, yesterday, the kept versions
    text = words(page)
    assert "2 changes" in text
    assert "SHARED Weed" in text
    assert "start 8:00 → 9:00 AM" in text
    assert "D. Plantedtrial" in text


@pytest.mark.usefixtures("edited")
def test_since_yesterday_compares_with_the_version_of_that_time() -> None:
    page = opened("changes", "coordinator")
    assert "2 changes" in words(page)
    today = opened("changes", "coordinator", since="A version", version="2")
    assert "1 change" in words(today)
    assert "start 8:00" not in words(today)


@pytest.mark.usefixtures("edited")
def test_liaison_sees_no_name_in_other_agencies_changes() -> None:
    mine = opened("changes", "liaison", since="A version", version="1")
    assert "start 8:00 → 9:00 AM" in words(mine)
    assert b"planteddemo" not in sent(mine).lower()
    assert b"plantedtrial" not in sent(mine).lower()
    assert "Kept versions" not in headers(mine)
    assert not mine.get("download_button")


@pytest.mark.usefixtures("edited")
def test_selected_agency_filters_the_changes() -> None:
    page = opened("changes", "coordinator", since="A version", version="1", agency="WPD")
    assert "1 change" in words(page)
    assert "SHERIFFS" not in words(page)


def test_overview_counts_changes_since_the_last_visit(edited: Store) -> None:
    email = str(CLAIMS["coordinator"]["email"])
    now = dt.datetime.now(dt.UTC)
    edited.record_visit(email, now - dt.timedelta(days=2))
    page = opened("overview", "coordinator")
    assert "Since your last visit: **2 changes" in words(page)
    assert [
        element.proto.query_string for element in page.get("page_link") if element.proto.label == "See what changed"
    ] == ["since=Your+last+visit"]
    assert edited.last_visit(email) == now - dt.timedelta(days=2)
    assert "2 changes" in words(opened("changes", "coordinator", since="Your last visit"))


def run_fragment_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the comparison while the page is drawn, as if a second had passed: AppTest runs no timers."""
    fragment = changes.st.fragment

    def at_once(function: Callable[..., None], **options: object) -> Callable[..., None]:
        if function is not changes._compare_and_rerun:
            return fragment(function, **options)
        return lambda *args: function(*args[:-1], -1)

    monkeypatch.setattr(changes.st, "fragment", at_once)


def test_overview_of_a_large_sheet_compares_versions_after_the_page_is_drawn(
    edited: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LARGE_SHEET", 0)
    edited.record_visit(str(CLAIMS["coordinator"]["email"]), dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    compared: list[int] = []
    monkeypatch.setattr(changes, "_compare", lambda *_: compared.append(1) or ())
    page = opened("overview", "coordinator")
    assert not page.exception
    assert changes.COMPARING in words(page)
    assert "Last quarter" in headers(page), "the rest of the page is there"
    assert compared == []
    run_fragment_at_once(monkeypatch)
    page.run()
    assert compared == [1]
    assert "Nothing has changed since your last visit." in words(page)
    assert changes.COMPARING not in words(page)


@pytest.mark.usefixtures("edited")
def test_store_error_while_comparing_a_large_sheet_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreTrouble("store", "The store is away.", "")

    monkeypatch.setattr(changes, "LARGE_SHEET", 0)
    monkeypatch.setattr(changes, "_compare", fails)
    run_fragment_at_once(monkeypatch)
    page = opened("overview", "coordinator")
    assert not page.exception
    assert changes.COMPARING not in words(page)
    assert "Last quarter" in headers(page)


def test_without_sign_in_the_overview_counts_since_yesterday(serve: Serve) -> None:
    serve(Settings())
    page = opened()
    assert "Since yesterday: **4 changes" in words(page)


@pytest.mark.usefixtures("edited")
def test_coordinator_downloads_a_version_unchanged() -> None:
    taken = openpyxl.load_workbook(io.BytesIO(versions._as_xlsx(1)))
    assert taken["Events"]["C2"].value == dt.time(8)
    assert taken["Staffing"]["E6"].value == "Requested"
    assert len(opened("changes", "coordinator").get("download_button")) == 1


def test_single_version_says_that_there_is_nothing_to_compare(serve: Serve, tmp_path: Path) -> None:
    file = plan.save(tmp_path / "plan.xlsx", plan.real_today())
    serve(Settings(workbook=str(file), auth=True, coordinators=("boss@county.example.gov",),
                   store=f"sqlite:///{tmp_path}/store.sqlite3"))  # fmt: skip
    assert "Only one version of the sheet has been seen so far." in words(opened("changes", "coordinator"))


def test_store_error_shows_one_message(serve: Serve, tmp_path: Path) -> None:
    file = plan.save(tmp_path / "plan.xlsx", plan.real_today())
    serve(Settings(workbook=str(file), auth=True, coordinators=("boss@county.example.gov",), store="nonsense://x"))
    for page in (opened("changes", "coordinator"), opened("overview", "coordinator")):
        assert not page.exception
    assert "What changed cannot be told at the moment." in words(opened("changes", "coordinator"))
