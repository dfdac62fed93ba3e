"""A No is told at once to the officer's agency, and the cells to type are in the digest, to those who see the names."""

from dataclasses import replace

import pytest

from cwac.notify.settings import AgencyNotices
from tests.notify.county import NOTIFY, Office, Plan, at, serial

pytestmark = pytest.mark.slow

WHEN = "Sat, Oct 17, 9:00–10:30 AM, Depot, Weed"
WPD, SCSO = "chief@wpd.example.gov", "liaison@sheriff.example.gov"
SLACK = AgencyNotices("SCSO", (SCSO,), webhooks=(("slack", "https://slack.example/x"),))


def county() -> Plan:
    """Officers of WPD and SCSO are asked to come to an event of both; CHP has no part in it."""
    plan = Plan().event("E1", 13, "WPD", **{"Partner agencies": "SCSO", "Officers needed": 3})
    plan.staff("E1", "OF-1", Status="Confirmed").staff("E1", "OF-2", Status="Requested")
    return plan.staff("E1", "OF-3", Status="Requested")


def of_answers(message) -> list[tuple[str, str, str | None]]:
    """Of each line about an answer: heading and text, the cell to type, and what the line opens."""
    lines = [(each.heading, line) for part in message.parts for each in part.sections for line in each.lines]
    return [(f"{heading} | {line.text}", *(line.action or ("",))[:1], line.link) for heading, line in lines if (
        "answered" in line.text)]  # fmt: skip


def test_no_is_told_once_to_the_officers_agency_and_cells_to_type_are_in_its_digest_until_the_event_is_moved(store):
    office = Office(store, county(), replace(NOTIFY, agencies=(NOTIFY.agencies[0], SLACK, NOTIFY.agencies[2])))
    office.plan.answer("E1", "OF-1", "Yes", 9).answer("E1", "OF-2", "Yes", 9).answer("E1", "OF-3", "No", 9)
    office.keep(at(0, 9))
    assert office.turns(at(0, 10), at(0, 12)) == [1, 0]
    declined = "Set F4 of Staffing to Declined"
    no = f"{WHEN}: Carlo Sheriffson answered No, Sun 9:00 AM"
    assert [of_answers(message) for message in office.to(SCSO)] == [[
        (f"Still open | {no}; the sheet still says Requested", declined,
         "https://coffee.example.gov/staffing?agency=SCSO&show=Who%20could%20go&gap=E1"),
    ]]  # fmt: skip
    office.turns(at(1, 7))
    page = "https://coffee.example.gov/calendar?agency={}&event=E1"
    heading = "Answers to type into the sheet"
    digests = {one.recipient.name: of_answers(one.message) for one in office.mailbox.taken if one.kind == "digest"}
    assert digests == {
        SCSO: [(f"{heading} | {no}", declined, page.format("SCSO"))],
        WPD: [(f"{heading} | {WHEN}: Berta Weedova answered Yes, Sun 9:00 AM", "Set F3 of Staffing to Confirmed",
               page.format("WPD"))],
    } | {name: [] for name in digests.keys() - {SCSO, WPD}}  # fmt: skip
    assert "slack:SCSO" in digests
    office.plan.events["E1"]["Date"] = serial(14)
    office.keep(at(2, 9))
    office.mailbox.taken.clear()
    office.turns(at(2, 10), at(8, 7))
    assert {one.recipient.name for one in office.mailbox.taken if one.kind == "digest"} >= {WPD, SCSO}
    assert [found for one in office.mailbox.taken if (found := of_answers(one.message))] == []
