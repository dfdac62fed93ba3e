"""Changes between two small plans, in words."""

import datetime as dt
import random
import sys
from collections import Counter
from dataclasses import replace

from cwac.access import Viewer, restrict
from cwac.analysis.changes import Change, Effect, changes, concerning
from cwac.model import FollowUp, Officer, TimeOff, Undated, Venue
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import DEMO, DUMMY, EXAMPLE, OFFICERS, ON, SAMPLE, day, event, goes, plan, typed_plan
from tests.cases import each

HOST = goes(SAMPLE, "EV-1", role="Host")
TODAY = dt.date(2026, 9, 1)


def sentences(before, after):
    return [change.sentence for change in changes(before, after)]


def plan_of_one(*rows, **fields):
    """EV-1 in Weed on Mon, Sep 21, 9 to 10 AM, hosted by A. Sample unless other rows are given."""
    return plan([event("EV-1", **fields)], rows or [HOST])


LOST = plan([], [HOST], undated=(Undated("EV-1", 2, "next week", town="Weed", lead_agency="WPD"),))
LATER = replace(LOST, undated=(replace(LOST.undated[0], found=None),))
LONG = [replace(LOST, undated=(replace(LOST.undated[0], found="x" * 80 + end),)) for end in "ab"]
UNLISTED, NAMESAKE = Officer(None, "A. Sample", "WPD"), replace(DUMMY, name="A. Sample")
RENAMED = replace(SAMPLE, name="A. Sample-Smith")


@each(
    ("before", "after", "told"),
    [
        (plan_of_one(), LOST, ['EV-1 Weed: date Mon, Sep 21 → "next week", which is no date']),
        (LOST, plan_of_one(), ['EV-1 Weed: date "next week" → Mon, Sep 21']),
        (LOST, LATER, ['EV-1 Weed: date "next week" → blank']),
        (LONG[0], LONG[1], [f'EV-1 Weed: date "{"x" * 59}…" → "{"x" * 59}…"']),  # they differ after what is quoted
        (plan([]), LATER, ["EV-1 Weed: new, without a date; A. Sample confirmed as Host"]),
        # a new name of an officer is one change
        (plan_of_one(), plan([event("EV-1")], [goes(RENAMED, "EV-1", role="Host")], officers=(RENAMED, *OFFICERS[1:])),
         ["Officer OF-01 A. Sample-Smith: name A. Sample → A. Sample-Smith"]),
        # of two officers of one name, neither is known to be the one who was typed without an ID
        (plan([event("EV-1")], [goes(UNLISTED, "EV-1", role="Host")]), plan_of_one(HOST, goes(NAMESAKE, "EV-1")),
         ["EV-1 Weed: A. Sample no longer assigned; A. Sample confirmed as Host; A. Sample confirmed"]),
    ],
)  # fmt: skip
def test_change_is_told_in_a_sentence(before, after, told):
    assert sentences(before, after) == told


def test_coming_event_is_upset_by_another_place_or_if_it_is_deleted():
    one, other = plan_of_one(venue_text="City Hall"), plan_of_one(venue_text="Grange Hall")
    pairs = [(one, other), (one, plan([])), (plan([]), one), (plan_of_one(), LOST)]
    upsets = [[change.upset for change in changes(*pair)] for pair in pairs]
    assert upsets == [["moved"], ["deleted"], [None], ["moved"]]


def test_new_and_deleted_events():
    two = plan([event("EV-1"), event("EV-2", 8, town="Etna", status="Tentative")], [HOST, goes(DEMO, "EV-2")])
    (change,) = changes(plan_of_one(), two)
    assert replace(change, effects=()) == Change(
        "new", "Events", "EV-2", "EV-2 Etna", ("new, Wed, Sep 9, 9:00–10:00 AM, Tentative", "B. Demo confirmed"),
        ("SCSO", "WPD"), "EV-2", day(8),
    )  # fmt: skip
    assert change.effects[1] == Effect(
        "gap-opened", "no-host", ("EV-2",), "No host at Etna on Wed, Sep 9, 9:00–10:00 AM. Ask WPD for one."
    )
    assert sentences(two, plan_of_one()) == ["EV-2 Etna: deleted (was Wed, Sep 9, Tentative)"]


def test_sorting_rows_changes_nothing():
    sample = read_workbook(sample_workbook(TODAY), TODAY)
    mixed = sample_workbook(TODAY)
    shuffler = random.Random(3)
    tabs = tuple(
        replace(tab, rows=[tab.rows[0], *shuffler.sample(tab.rows[1:], len(tab.rows) - 1)]) for tab in mixed.tabs
    )
    twice = {problem.row for problem in sample.problems if problem.code in ("duplicate-id", "made-id")}
    assert twice, "the sample has rows without an ID, or with one that is taken"
    result = changes(sample, read_workbook(replace(mixed, tabs=tabs), TODAY))
    # Which row a generated ID or one used twice names depends on the order of the rows.
    unstable = {problem.found for problem in sample.problems if problem.code == "duplicate-id"}
    unstable |= {event.id for event in sample.events if event.made_id}
    assert [change for change in result if change.id not in unstable] == []


def test_row_order_does_not_confuse_officers_whose_names_are_hidden():
    liaison = Viewer("liaison", ("CHP-MS",))
    rows = [HOST, goes(DEMO, "EV-1"), goes(replace(DEMO, id="OF-09", name="planted"), "EV-1", role="Floor")]

    def seen(rows):
        return restrict(plan_of_one(*rows), liaison)

    assert sentences(seen(rows), seen(rows[::-1])) == []
    confirmed = [*rows[:2], replace(rows[2], status="Pulled")]
    assert sentences(seen(rows), seen(confirmed[::-1])) == ["EV-1 Weed: SCSO officer: Confirmed → Pulled"]
    gone = "SCSO officer no longer assigned"  # two people, so it is told twice
    assert sentences(seen(rows), seen(rows[:1])) == [f"EV-1 Weed: {gone}; {gone}"]


def test_follow_up_changes_never_quote_the_summary():
    open_one = FollowUp("FU-1", "EV-1", category="Traffic", summary="planted", referred_to="SCSO")
    before = replace(plan_of_one(), follow_ups=(open_one,))
    closed = replace(open_one, status="Closed", closed_on=ON, summary="planted too")
    after = replace(plan_of_one(), follow_ups=(closed,))
    assert sentences(plan_of_one(), before) == ["Follow-up FU-1 (EV-1): new, Traffic, open"]
    (change,) = changes(before, after)
    assert change == Change(
        "changed", "Follow-ups", "FU-1", "Follow-up FU-1 (EV-1)",
        ("summary changed", "Open → Closed", "closed on now Tue, Sep 1"), ("SCSO", "WPD"), "EV-1", day(20),
    )  # fmt: skip
    assert sentences(after, plan_of_one()) == ["Follow-up FU-1 (EV-1): deleted"]


def test_changes_to_officers_time_off_venues_agencies_and_towns():
    before = plan_of_one()
    after = replace(
        before,
        officers=(replace(SAMPLE, rank="Sergeant", languages=("Spanish",)), *before.officers[1:3]),
        time_off=(TimeOff(DEMO.id, day(3), day(5)), TimeOff(EXAMPLE.id, day(4), day(4))),
        venues=(*before.venues[1:], Venue("Depot", "Etna", capacity=40)),
        agencies=(replace(before.agencies[0], sworn=9, emails=("wpd.example.gov",)), *before.agencies[1:]),
        towns=(replace(before.towns[0], population=2862), *before.towns[1:]),
    )
    assert sentences(before, after) == [
        "Agency WPD: sworn now 9; email: now wpd.example.gov",
        "Officer OF-01 A. Sample: rank now Sergeant; languages: now Spanish",
        "Officer OF-04 D. Dummy: deleted",
        "B. Demo: off Sep 4–6",
        "C. Example: off Sat, Sep 5",
        "Venue Depot, Etna: new",
        "Venue Weed Starbucks, Weed: deleted",
        "Town Weed: population now 2,862",
    ]
    assert [change.agencies for change in changes(before, after)][:5] == [
        ("WPD",), ("WPD",), ("WPD",), ("SCSO",), ("CHP-MS",)
    ]  # fmt: skip
    assert sentences(after, replace(after, time_off=()))[0] == "B. Demo: no longer off Sep 4–6"
    moved = (TimeOff(DEMO.id, day(8), day(9)), TimeOff(EXAMPLE.id, day(4), day(4)))
    assert sentences(after, replace(after, time_off=moved)) == ["B. Demo: off Sep 4–6 → Sep 9–10"]
    two = (*moved, TimeOff(DEMO.id, day(15), day(15)))
    assert sentences(after, replace(after, time_off=two)) == [
        "B. Demo: off Sep 9–10; off Wed, Sep 16; no longer off Sep 4–6"
    ]


def test_changes_are_filtered_by_agency():
    before, _ = typed_plan("EV-1; EV-2 +5 lead=SCSO", "S EV-1 role=Host")
    after, _ = typed_plan("EV-1 9:30-10:00; EV-2 +5 lead=CHP-MS", "S EV-1 role=Host; E EV-1")
    ids = {
        agency: [change.id for change in concerning(changes(before, after), agency)]
        for agency in ("WPD", "SCSO", "CHP-MS", "X")
    }
    assert ids == {"WPD": ["EV-1"], "SCSO": ["EV-2"], "CHP-MS": ["EV-2", "EV-1"], "X": []}


def test_coming_events_come_first_then_past_ones_then_other_rows():
    days = "LATE +30{0}; SOON +2{0}; TODAY +0{0}; LAST -1{0}; OLD -40{0}"
    before, after = typed_plan(days.format(" lead=SCSO"))[0], typed_plan(days.format(""), "", "officers=")[0]
    assert [change.id for change in changes(before, after)][:6] == ["TODAY", "SOON", "LATE", "LAST", "OLD", "OF-01"]


def test_effect_is_told_in_the_words_of_its_alert():
    full, two = (typed_plan("EV-1 needed=3", f"S EV-1 role=Host; D EV-1{third}")[0] for third in ("; E EV-1", ""))
    assert changes(full, two)[0].effects[0].message.startswith("Weed on Mon, Sep 21, 9:00–10:00 AM: 2 of 3 officers.")
    assert changes(two, full)[0].effects[0].message == "No longer: too few officers."
    (change,) = changes(plan_of_one(HOST), plan_of_one(HOST, partner_agencies=("SCSO",)))
    assert [(effect.code, effect.agency) for effect in change.effects] == [("agency-without-officer", "SCSO")]


def test_effect_of_an_edit_elsewhere_is_attached_to_its_event():
    before, _ = typed_plan("EV-1; EV-2 10:10-11:00 town=Mount_Shasta", "S EV-1 EV-2 role=Host")
    nowhere = replace(before, towns=tuple(replace(town, latitude=None) for town in before.towns))
    (change,) = [change for change in changes(nowhere, before) if change.tab == "Events"]
    assert (change.action, change.id, change.sentence) == ("affected", "EV-1", "EV-1 Weed")
    assert [effect.code for effect in change.effects] == ["officer-tight-travel"]


def test_one_officers_rows_at_an_event_are_not_compared_pair_by_pair():
    calls = []
    for number in (10, 100, 200):  # the first fills caches
        before, after = (
            plan_of_one(*(goes(SAMPLE, "EV-1", row=row, hours=row / 100 + more) for row in range(2, number + 2)))
            for more in (0, 100)
        )
        counts = Counter()
        sys.setprofile(lambda _, kind, __, counts=counts: counts.update([kind]))
        try:
            changes(before, after)
        finally:
            sys.setprofile(None)
        calls.append(counts["call"])
    assert calls[2] < 3 * calls[1], "twice the rows take about twice the steps"
