"""The packet in the event dialog: who is offered which documents, and what a stranger's flyer holds."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from streamlit.testing.v1 import AppTest

from cwac import access
from cwac.exports import packet
from cwac.exports.packet_data import packet_data
from cwac.model import Tab, Workbook
from cwac.settings import Settings
from cwac.sheet.reader import read_workbook
from tests.web import plan, planted
from tests.web.conftest import closed_to_strangers, opened, words

BEFORE = [document.label for document in packet.documents(past=False)]


@pytest.fixture
def local(serve: Callable[[Settings], None], plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


def offered(page: AppTest) -> list[str]:
    labels = [document.label for document in packet.DOCUMENTS]
    return [item.proto.label for item in page.get("download_button") if item.proto.label in labels]


@pytest.mark.usefixtures("local")
def test_signed_in_people_get_all_documents_and_strangers_the_flyer() -> None:
    assert offered(opened("calendar", "coordinator", event="SHARED")) == BEFORE
    assert offered(opened("calendar", "liaison", event="GONE")) == [document.label for document in packet.DOCUMENTS]
    assert offered(opened("calendar", "stranger", event="SHARED")) == ["Flyer"]


@pytest.mark.usefixtures("local")
def test_dialog_names_missing_facts_and_the_checklist_for_signed_in_people_only() -> None:
    mine = words(opened("calendar", "coordinator", event="SHARED"))
    for phrase in ("press contact", "parking and where to report", "Checklist:", "Venue confirmed"):
        assert phrase in mine, phrase
    assert "Counts in" in words(opened("calendar", "coordinator", event="GONE"))
    assert "Counts not in" in words(opened("calendar", "coordinator", event="UNCOUNTED"))
    theirs = words(opened("calendar", "stranger", event="SHARED"))
    assert [word for word in ("missing", "Checklist", "press contact") if word in theirs] == []


def test_flyer_of_a_stranger_holds_only_what_the_public_page_shows() -> None:
    tabs = planted.tabs(plan.TODAY)
    sheets = tuple(Tab(name, rows, id=number) for number, (name, rows) in enumerate(tabs.items()))
    whole = read_workbook(Workbook("planted.xlsx", plan.AS_OF, plan.ZONE, sheets), plan.TODAY)
    public = access.restrict(whole, access.PUBLIC)
    texts = {}
    for event in public.events:
        file = packet.FLYER.file(packet_data(public, event, today=plan.TODAY))
        texts[event.id] = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages)
    assert {"SHARED", "SHERIFFS", "GONE"} <= set(texts)
    secrets = planted.secrets_in("".join(texts.values()).encode())
    assert [secret for secret in secrets if planted.PLANTED[secret] != planted.EVERYBODY] == []
    assert "type it in" not in "".join(texts.values())
    assert "Weed Starbucks" in texts["SHARED"]
    assert plan.TODAY + dt.timedelta(days=3) == public.event_by_id["SHARED"].date
