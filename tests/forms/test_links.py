"""The link with which an officer answers is in what is the officer's own, and in nothing that others are given."""

from dataclasses import replace
from pathlib import Path

import icalendar
import pytest
from starlette.applications import Starlette

from cwac.clock import read_clock
from cwac.forms.settings import Forms
from cwac.notify.channels import html, text
from cwac.refresh import sheets
from cwac.web import feeds
from tests.api.test_routes import BOSS, Client
from tests.forms.test_command import SHIFT
from tests.notify.county import SETTINGS, Office, at, base, sheet
from tests.web import plan
from tests.web.conftest import closed_to_strangers

pytestmark = pytest.mark.slow

CHOSEN = "https://forms.office.com/r/abc"
FILLED = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1={}&entry.2={}"


def answer_lines(path: str) -> list[str]:
    """The lines of all descriptions of a feed that have to do with answering."""
    answer = Client(Starlette(routes=feeds.ROUTES)).get(path)
    assert answer.status_code == 200
    events = icalendar.Calendar.from_ical(answer.content).events
    assert len(events) > 1
    return [line for one in events for line in str(one["DESCRIPTION"]).splitlines() if "Answer" in line]


def test_calendar_has_the_link_to_answer_only_where_it_is_the_officers_own_and_the_event_is_to_come(
    serve, tmp_path: Path
) -> None:
    settings = replace(closed_to_strangers(plan.save(tmp_path / "plan.xlsx"), public=True), added=(Forms(SHIFT),))
    serve(replace(settings, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    store = sheets.store()
    assert store is not None
    of = {scope: f"/feed/{store.create_token(scope, BOSS, read_clock(), None)}.ics" for scope in (
        "officer:OF-01", "agency:WPD", "agency:SCSO")}  # fmt: skip
    assert answer_lines(of["officer:OF-01"]) == [f"Answer: {FILLED.format('SHARED', 'OF-01')}"]  # GONE is past
    for others in (of["agency:WPD"], of["agency:SCSO"], "/calendar.ics"):
        assert answer_lines(others) == []
    sheets.stop()
    serve(replace(settings, store=f"sqlite:///{tmp_path}/store.sqlite3", added=(Forms(CHOSEN),)))
    assert answer_lines(of["officer:OF-01"]) == [f"Answer (enter there: Event ID SHARED, Officer OF-01): {CHOSEN}"]


@pytest.mark.parametrize(
    ("added", "action"),
    [
        ((Forms(SHIFT),), ("Answer", FILLED.format("E2", "OF-1"))),
        ((Forms(CHOSEN),), ("Answer (enter there: Event ID E2, Officer OF-1)", CHOSEN)),
        ((), None),
    ],
)
def test_message_about_own_shifts_has_the_link_to_answer_for_each_shift_that_is_left(store, added, action):
    county = base()
    county.officer("OF-1", "aldo@wpd.example.gov", "yes")
    office = Office(store, county, sheets=[sheet(replace(SETTINGS, added=added))])
    county.unstaff("E3", "OF-1").staff("E2", "OF-1")
    office.lose("OF-2", at(0, 9))  # which the agencies are told
    office.turns(at(0, 10))
    (own,) = office.to("aldo@wpd.example.gov")
    lines = [line for part in own.parts for section in part.sections for line in section.lines]
    assert [(line.detail, line.action) for line in lines] == [("assigned", action), ("no longer assigned", None)]
    others = [each.message for each in office.mailbox.taken if each.recipient.name != "aldo@wpd.example.gov"]
    assert len(others) > 0
    assert not any("Answer" in written for message in others for written in (text(message, ""), html(message, "")))
