"""What search engines are told of an event."""

import datetime as dt
from dataclasses import replace

from cwac.exports.event_pages import structured_data
from tests.cases import each
from tests.public.test_site import COMING, snapshot_of

AGENCIES = ["California Highway Patrol", "Weed Police Department"]


@each(
    ("fields", "start", "end", "organizers"),
    [
        ({}, "2026-11-28T08:00:00-08:00", "2026-11-28T09:30:00-08:00", AGENCIES),
        ({"date": dt.date(2027, 7, 1), "end": None}, "2027-07-01T08:00:00-07:00", None, AGENCIES),
        ({"start": None}, "2026-11-28", None, AGENCIES),
        ({"start": None, "lead_agency": None, "partner_agencies": ()}, "2026-11-28", None, ["Coffee with a Cop"]),
    ],
)
def test_search_engines_are_told_the_times_and_the_organizers(fields, start, end, organizers):
    event = replace(COMING, **fields)
    told = structured_data(event, snapshot_of(event), None)
    assert (told["startDate"], told.get("endDate")) == (start, end)
    assert [organizer["name"] for organizer in told["organizer"]] == organizers
