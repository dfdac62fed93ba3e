"""Which events, when, where and in what state; and an event in one line of a calendar."""

from cwac.analysis import events
from cwac.analysis.staffing import EventSummary, summarize
from cwac.model import Event, Headcount
from tests.analysis.plans import ABOUT, ON, OPEN, counted, day, event, plan, typed_plan
from tests.cases import each


def test_between_includes_both_ends_and_every_status():
    snapshot, _ = typed_plan("a +1; b +3 status=Cancelled; c +4; d +0")
    assert [event.id for event in events.between(snapshot, day(1), day(3))] == ["a", "b"]


def test_matching_keeps_what_passes_every_filter():
    places = "a partners=SCSO; b town=Yreka status=-; c lead=SCSO status=Cancelled; d town=- town_text=Weedd"
    rows = typed_plan(places, "")[0].events

    def ids(**filters):
        return "".join(event.id for event in events.matching(rows, **filters))

    assert {
        "nothing": ids(),
        "agency": ids(agency="SCSO"),
        "towns": ids(towns=["Weed", "Etna"]),
        "statuses": ids(statuses=["Tentative", "Cancelled"]),
        "both": ids(agency="SCSO", statuses=["Confirmed"]),
    } == {"nothing": "abcd", "agency": "ac", "towns": "ac", "statuses": "bc", "both": "a"}


def test_people_count_once_and_placeholders_never():
    people = "S A status=Assigned; S A role=Host; D A status=Requested; F._Gone A status=Pulled; ?SCSO A"
    rows = typed_plan("A", f"{people}; E._Typed A status=Attended; e._typed A status=Assigned")[0].assignments
    assert events.assigned(rows) == {"OF-01", "e. typed"}
    assert events.confirmed(rows) == {"OF-01", "e. typed"}
    assert [row.name for row in events.going(rows)] == ["A. Sample", "A. Sample", "B. Demo", "E. Typed", "e. typed"]


# --- in one line of a calendar ------------------------------------------------------------------------------------


def summary(shown: Event, *counts: Headcount) -> EventSummary:
    return summarize(shown, plan([shown], headcounts=counts), {}, ON, gaps=True)


def test_past_event_with_a_count_asks_for_its_status_alone():
    shown = event("E", -1, status="Confirmed")
    assert summary(shown).to_close == "was it held?"
    asked = summary(shown, counted("E", 40))
    assert (asked.held, asked.to_close) == (False, "set Status to Completed")
    assert not summary(shown, counted("E")).counted


@each(
    ("status", "counts", "guests"),
    [
        ("Completed", [ABOUT], "about 40 guests"),
        ("Completed", [OPEN], "30 or more guests"),
        ("Completed", [ABOUT, None], "40 or more guests"),
        ("Completed", [], "not counted"),
        ("Cancelled", [ABOUT], None),
    ],
)
def test_completed_event_shows_guests_or_not_counted(status, counts, guests):
    assert summary(event("E", -1, status=status), *(counted("E", count) for count in counts)).guests == guests
