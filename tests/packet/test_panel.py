"""The packet in the event dialog: who is offered which documents, and what a stranger's flyer holds."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cwac.forms.settings import Forms
from cwac.packet import documents, panel
from cwac.packet.panel import MENU
from cwac.packet.settings import Packet
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from tests.web.conftest import Serve, closed_to_strangers, opened, words

BEFORE = [each.label for each in documents.DOCUMENTS if not each.after and each.name != documents.TABLE_CARD]


@pytest.fixture
def local(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


def make_with(settings: Settings, event: str = "SHARED") -> panel.Make:
    """Makes the documents of an event."""
    snapshot = sheets.current("").snapshot
    assert snapshot is not None
    session: Any = SimpleNamespace(county="", snapshot=snapshot, rules=Rules(), today=snapshot.today)
    return partial(panel._file, session, settings, snapshot.event_by_id[event], ())


def menu(who: str, event: str) -> AppTest:
    """The event's dialog with its packet open."""
    page = opened("calendar", who, event=event)
    page.session_state[MENU] = True
    return page.run()


def offered(page: AppTest) -> list[str]:
    labels = [document.label for document in documents.DOCUMENTS]
    return [item.proto.label for item in page.get("download_button") if item.proto.label in labels]


@pytest.mark.slow
@pytest.mark.usefixtures("local")
def test_signed_in_people_get_all_documents_and_strangers_the_flyers() -> None:
    assert offered(menu("coordinator", "SHARED")) == BEFORE
    page = menu("liaison", "GONE")
    assert offered(page) == [
        "News release", "News release as text", "News release in Spanish", "Venue letter", "Count sheet",
        "After-action page and thank-you list",
    ]  # fmt: skip
    assert "The event is over: there is nobody to brief or invite." in words(page)
    assert offered(opened("calendar", "stranger", event="SHARED")) == ["Flyer", "Half-page flyer"]


@pytest.mark.usefixtures("local")
def test_dialog_names_missing_facts_and_the_checklist_for_signed_in_people_only_and_no_button_until_opened() -> None:
    page = opened("calendar", "coordinator", event="SHARED")
    closed = words(page)
    assert offered(page) == []
    for phrase in ("Missing from its documents:", "press contact", "parking and where to report", "Checklist:"):
        assert phrase in closed, phrase
    assert "press contact (row 2 of Agencies)" in words(menu("coordinator", "SHARED"))
    assert "Counts in" in words(opened("calendar", "coordinator", event="GONE"))
    assert "Counts not in" in words(opened("calendar", "coordinator", event="UNCOUNTED"))
    theirs = words(opened("calendar", "stranger", event="SHARED"))
    assert [word for word in ("missing", "Missing", "Checklist", "press contact") if word in theirs] == []


def test_broken_template_is_named_in_place_of_its_button_and_a_form_of_residents_offers_the_table_card(
    serve: Serve, plan_file: Path, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "flyer.typ").write_text("\n#oops")
    added = (Packet(templates), Forms(feedback="https://forms.gle/abc"))
    serve(replace(closed_to_strangers(plan_file, public=True), added=added))
    page = menu("coordinator", "SHARED")
    assert offered(page) == [
        "Officer briefing", "Half-page flyer", "Table card", "News release", "News release as text",
        "News release in Spanish", "Venue letter", "Count sheet",
    ]  # fmt: skip
    assert "flyer.typ, line 2: unknown variable: oops." in words(page)


def test_missing_folder_of_templates_leaves_the_files_without_a_layout(
    serve: Serve, plan_file: Path, tmp_path: Path
) -> None:
    settings = replace(closed_to_strangers(plan_file, public=True), added=(Packet(tmp_path / "nowhere"),))
    serve(settings)
    page = menu("coordinator", "SHARED")
    assert offered(page) == ["News release", "News release as text", "News release in Spanish"]
    assert "templates under [packet] names no folder" in words(page)
    make = make_with(settings)
    assert all(make(document) for document in documents.DOCUMENTS if document.ending != "pdf")


@pytest.mark.parametrize(
    ("public", "event", "address"),
    [
        (True, "SHARED", "https://coffee.example.gov/e/SHARED"),
        (True, "MAYBE", None),
        (False, "SHARED", None),
    ],
)
def test_flyer_and_code_for_posters_lead_to_the_short_address_only_where_a_stranger_finds_a_page(
    serve: Serve, plan_file: Path, public: bool, event: str, address: str | None
) -> None:
    """A stranger who scans a flyer must not meet the sign-in page."""
    settings = replace(closed_to_strangers(plan_file, public=public), address="https://coffee.example.gov")
    serve(settings)
    for flyer in documents.FLYERS:
        told = replace(flyer, ending="txt", make=lambda data, *_: json.dumps(data["links"]).encode())
        links = json.loads(make_with(settings, event)(told))
        assert (links["page"], links["map"] is None) == (address, False)
    page = opened("calendar", "coordinator", event=event)
    assert [code.value for code in page.code if "/e/" in code.value] == ([address] if address else [])
