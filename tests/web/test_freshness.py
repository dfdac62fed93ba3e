"""Age of the data: the Refresh button, warnings about the sheet, and edits that appear on open pages."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC
from cwac.storage import audit
from cwac.web import widgets
from tests.server.link_export import LinkExport
from tests.web import plan
from tests.web.conftest import PAGES, Serve, closed_to_strangers, frame, opened, words
from tests.web.served import Seen, serving_locally, session


def save(file: Path, *, title: str | None = None, more: int = 0, dated: bool = True) -> None:
    """Save the plan with that title of the first event, and that many events more, with their dates or without."""
    header, *rows = plan.tabs()["Events"]
    rows[0][header.index("Title")] = title
    rows += [[f"MORE-{number}", *rows[1][1:]] for number in range(more)]
    for row in rows if not dated else ():
        row[header.index("Date")] = None
    plan.save(file, Events=[header, *rows])


def only_headers(file: Path) -> None:
    plan.save(file, Events=plan.tabs()["Events"][:1])


@pytest.fixture
def own_plan(tmp_path: Path) -> Path:
    return plan.save(tmp_path / "plan.xlsx")


@pytest.fixture
def shown(serve: Serve, own_plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plan as a local coordinator sees it, with its own store."""
    monkeypatch.setattr("cwac.web.viewer.is_local", lambda _: True)
    serve(Settings(workbook=str(own_plan), local=True, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    return own_plan


def events_shown() -> int:
    snapshot = sheets.current().snapshot
    assert snapshot is not None
    return len(snapshot.events)


def announced(page: AppTest) -> str:
    return str(frame(page)["words"])


def test_refresh_button_reads_the_sheet_at_once(shown: Path) -> None:
    page = opened()
    save(shown, title="Coffee on the porch")
    page.button(key="refresh").click().run()
    assert sheets.current().snapshot is not None
    assert sheets.current().snapshot.events[0].title == "Coffee on the porch"
    assert announced(page).startswith("This page shows a new version. As of ")


@pytest.mark.usefixtures("shown")
def test_second_refresh_within_ten_seconds_says_why_it_does_nothing() -> None:
    page = opened()
    page.button(key="refresh").click().run()
    assert "Looked just now: nothing has changed." in words(page)
    looks = sheets.poller().looks
    page.button(key="refresh").click().run()
    message = "Somebody asked for a look within the last 10 seconds. Try again in a moment."
    assert message in words(page)
    assert announced(page) == message
    assert sheets.poller().looks == looks


def test_public_viewer_has_no_refresh_button(serve: Serve, own_plan: Path) -> None:
    serve(Settings(workbook=str(own_plan), public=True))
    page = opened()
    assert "Updated " in words(page)
    assert [element.key for element in page.button] == []


def test_large_deletion_is_reported_with_a_link_to_the_lost_rows(shown: Path) -> None:
    only_headers(shown)
    sheets.poller().look()
    page = opened()
    assert "A large deletion: " in words(page)
    links = [element.proto.query_string for element in page.get("page_link") if "lost" in element.proto.label]
    assert links == ["since=A+version&version=1"]


@pytest.mark.slow
def test_damaged_sheet_is_reported_and_the_last_good_one_stays(shown: Path) -> None:
    (_, _, *headers), *rows = plan.tabs()["Events"]
    plan.save(shown, Events=[["Event ID", None, *headers], *rows])
    sheets.poller().look()
    page = opened()
    assert "The sheet is damaged since" in words(page)
    assert 'the column "Date" of the Events tab is gone' in words(page)
    assert "The sheet has been damaged since." in words(page)
    assert "Weed Starbucks" in words(page)


def collapse(file: Path) -> None:
    """Have a sheet of many events looked at, and then one in which none of them has a date."""
    for dated in (True, False):
        save(file, more=30, dated=dated)
        sheets.poller().look()


def test_coordinator_can_show_a_collapsed_sheet_and_this_is_audited(shown: Path) -> None:
    save(shown, more=30)
    sheets.poller().look()
    page = opened()
    assert [element.key for element in page.button] == ["refresh"]
    save(shown, more=30, dated=False)
    sheets.poller().look()
    page = opened()
    assert "rows of the Events tab can no longer be read" in words(page)
    page.button(key="accept").click().run()
    assert "The sheet is damaged" not in words(page)
    assert events_shown() == 0
    assert "accept" not in [element.key for element in page.button]
    assert audit.flush(5)
    noted = [entry.action for entry in sheets.store().audited()]  # type: ignore[union-attr]
    assert "showed the sheet though much had vanished from it" in noted
    text = words(opened("overview"))
    assert "No event can be read from the sheet." in text
    assert [said for said in ("staffed", "Nothing needs attention") if said in text] == []


def test_person_who_was_taken_off_the_list_cannot_show_a_collapsed_sheet(
    shown: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collapse(shown)
    page = opened("overview", "coordinator")
    without = replace(sheets.settings(), auth=True, local=False, viewers=(), coordinators=())
    monkeypatch.setattr(sheets, "settings", lambda _=None: without)
    page.button(key="accept").click().run()
    assert events_shown() > 30


def test_accepting_an_outdated_warning_shows_nothing(shown: Path) -> None:
    collapse(shown)
    page = opened()
    only_headers(shown)
    sheets.poller().look()
    page.button(key="accept").click().run()
    assert "The sheet has changed again since this page was drawn. Look at what it says now." in words(page)
    assert events_shown() > 30


def test_liaison_sees_the_collapse_warning_but_cannot_accept_it(serve: Serve, own_plan: Path) -> None:
    serve(closed_to_strangers(own_plan))
    collapse(own_plan)
    for viewer, buttons in (("coordinator", True), ("liaison", False)):
        page = opened("calendar", viewer)
        assert "The sheet is damaged since" in words(page)
        assert ("accept" in [element.key for element in page.button]) is buttons


def polling(page: Seen) -> set[str]:
    """The IDs of the page's fragments that run by themselves."""
    return {message.auto_rerun.fragment_id for message in page.messages if message.HasField("auto_rerun")}


@pytest.mark.slow
def test_edit_reaches_an_open_page_in_time_but_waits_for_an_open_dialog(own_plan: Path) -> None:
    """Within 15 seconds at a refresh interval of 10, the minimum; times scale with the interval."""
    with (
        serving_locally(own_plan, CWAC_REFRESH_SECONDS="10") as served,
        session(served) as page,
        session(served) as reader,
    ):
        frames = polling(page.open("calendar"))
        opened_dialog = reader.open("calendar", "event=SHARED")
        assert opened_dialog.holds("Weed Starbucks")
        dialog = polling(opened_dialog)
        save(own_plan, title="Coffee on the porch")
        began = time.monotonic()
        while not any(page.fragment(item).holds("Coffee on the porch") for item in frames):
            assert time.monotonic() - began < 15
            time.sleep(0.3)
        answers = [reader.fragment(item) for item in dialog]
    assert any(item.holds("A new version is here") for item in answers)
    assert not any(item.holds("Coffee on the porch") for item in answers)


WARNING = widgets.message_markdown(NAMES_ARE_PUBLIC)


@pytest.fixture
def by_link(serve: Serve, plan_file: Path, tmp_path: Path) -> Iterator[LinkExport]:
    """The plan in a sheet of Google's that is read by its link."""
    with LinkExport(plan_file.read_bytes()) as google:
        sheet = f"https://docs.google.com/spreadsheets/d/{google.id}/edit?usp=sharing"
        gsheets = {"credentials": "none", "web_endpoint": google.address("docs")}
        store = f"sqlite:///{tmp_path}/store.sqlite3"
        closed = closed_to_strangers(plan_file, public=True)
        serve(replace(closed, workbook=None, spreadsheet=sheet, gsheets=gsheets, store=store))
        yield google


@pytest.mark.usefixtures("by_link")
def test_every_page_warns_people_of_the_agencies_and_nobody_else() -> None:
    pages = {page: [str(warning.value) for warning in opened(page, "coordinator").warning] for page in PAGES}
    assert [page for page, warnings in pages.items() if WARNING not in warnings] == []
    liaison = [str(warning.value) for warning in opened("overview", "liaison").warning]
    assert WARNING in liaison
    stranger = opened("overview", "stranger")
    assert not stranger.exception
    assert [warning.value for warning in stranger.warning] == []


def test_refresh_says_that_a_look_comes_every_five_minutes(by_link: LinkExport) -> None:
    page = opened("overview", "coordinator")
    page.button(key="refresh").click().run()
    shown = [str(caption.value) for caption in page.caption]
    assert any("is looked at every 5 minutes" in text for text in shown), shown
    assert by_link.calls == {"export": 1, "download": 1}
