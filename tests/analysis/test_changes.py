"""Changes between two small plans, in words."""

import datetime as dt
import random
from dataclasses import replace

from cwac.access import Viewer, restrict
from cwac.analysis.changes import Change, Effect, changes, concerning
from cwac.model import Assignment, Count, FollowUp, Headcount, TimeOff, Undated, Venue
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import (
    DEMO,
    EXAMPLE,
    OFFICERS,
    ON,
    SAMPLE,
    day,
    event,
    goes,
    plan,
    typed_plan,
)
from tests.cases import each

HOST = goes(SAMPLE, "EV-1", role="Host")
TODAY = dt.date(2026, 9, 1)


def sentences(before, after):
    return [change.sentence for change in changes(before, after)]


def plan_of_one(*rows, **fields):
    """EV-1 in Weed on Mon, Sep 21, 9 to 10 AM, hosted by A. Sample unless other rows are given."""
    return plan([event("EV-1", **fields)], rows or [HOST])


def details(before, after):
    return [detail for change in changes(before, after) for detail in change.details]


# --- events ------------------------------------------------------------------------------------------------------


LOST = plan([], [HOST], undated=(Undated("EV-1", 2, "next week", town="Weed", lead_agency="WPD"),))
LATER = replace(LOST, undated=(replace(LOST.undated[0], found=None),))
LONG = [replace(LOST, undated=(replace(LOST.undated[0], found="x" * 80 + end),)) for end in "ab"]
NOTED = [plan_of_one(public_notes=text, officers_needed=n) for text, n in (("a", 3), ("b", 4), (None, None))]
TYPED = Assignment("EV-1", 2, name="Ofc. Sample")  # without an officer's ID
RENAMED = replace(SAMPLE, name="A. Sample-Smith")


def made(name, **fields):
    return event(name, made_id=True, venue_text="Depot", **fields)


ETNA, MADE = made("2026-09-21-etna", town="Etna", start="14:00"), made("2026-09-21-weed")


@each(
    ("before", "after", "told"),
    [
        # the sentence in the coordinators' guide
        (plan_of_one(HOST, goes(DEMO, "EV-1")), plan_of_one(HOST, start="10:00", end="11:00"),
         ["EV-1 Weed: start 9:00 → 10:00 AM; end 10:00 → 11:00 AM; B. Demo no longer assigned"]),
        (NOTED[0], NOTED[1], ["EV-1 Weed: officers needed 3 → 4; public notes changed"]),
        (NOTED[1], NOTED[2], ["EV-1 Weed: officers needed 4 removed; public notes removed"]),
        (plan_of_one(), LOST, ['EV-1 Weed: date Mon, Sep 21 → "next week", which is no date']),
        (LOST, plan_of_one(), ['EV-1 Weed: date "next week" → Mon, Sep 21']),
        (LOST, LATER, ['EV-1 Weed: date "next week" → blank']),
        (LONG[0], LONG[1], [f'EV-1 Weed: date "{"x" * 59}…" → "{"x" * 59}…"']),  # they differ after what is quoted
        (plan([]), LATER, ["EV-1 Weed: new, without a date; A. Sample confirmed as Host"]),
        # people without an officer's ID are matched by name
        (plan_of_one(TYPED), plan_of_one(replace(TYPED, name="OFC. SAMPLE")), []),
        (plan_of_one(TYPED), plan_of_one(replace(TYPED, name="B. Demo")),
         ["EV-1 Weed: Ofc. Sample no longer assigned; B. Demo assigned"]),
        # a new name of an officer is one change
        (plan_of_one(), plan([event("EV-1")], [goes(RENAMED, "EV-1", role="Host")], officers=(RENAMED, *OFFICERS[1:])),
         ["Officer OF-01 A. Sample-Smith: name A. Sample → A. Sample-Smith"]),
        # an event without a typed ID is followed when its date or town changes
        (plan([MADE, ETNA]), plan([made("2026-09-22-weed", after=21), ETNA]),
         ["2026-09-22-weed Weed: date Mon, Sep 21 → Tue, Sep 22"]),
        (plan([MADE, ETNA]), plan([made("2026-09-21-yreka", town="Yreka"), ETNA]),
         ["2026-09-21-yreka Yreka: town Weed → Yreka"]),
    ],
)  # fmt: skip
def test_change_is_told_in_a_sentence(before, after, told):
    assert sentences(before, after) == told


def test_coming_event_is_upset_by_another_place_or_if_it_is_deleted():
    one, other = plan_of_one(venue_text="City Hall"), plan_of_one(venue_text="Grange Hall")
    pairs = [(one, other), (one, plan([])), (plan([]), one)]
    assert [[change.upset for change in changes(*pair)] for pair in pairs] == [["moved"], ["deleted"], [None]]


def test_new_and_deleted_events():
    two = plan([event("EV-1"), event("EV-2", 8, town="Etna", status="Tentative")], [HOST, goes(DEMO, "EV-2")])
    (change,) = changes(plan_of_one(), two)
    assert replace(change, effects=()) == Change(
        "new",
        "Events",
        "EV-2",
        "EV-2 Etna",
        ("new, Wed, Sep 9, 9:00–10:00 AM, Tentative", "B. Demo confirmed"),
        ("SCSO", "WPD"),
        "EV-2",
        day(8),
    )
    assert change.effects[1] == Effect(
        "gap-opened", "no-host", ("EV-2",), "No host at Etna on Wed, Sep 9, 9:00–10:00 AM. Ask WPD for one."
    )
    assert sentences(two, plan_of_one()) == ["EV-2 Etna: deleted (was Wed, Sep 9, Tentative)"]


def test_sorting_rows_changes_nothing():
    sample = read_workbook(sample_workbook(TODAY), TODAY)
    mixed = sample_workbook(TODAY)
    shuffler = random.Random(3)
    tabs = []
    for tab in mixed.tabs:
        header, body = tab.rows[0], list(tab.rows[1:])
        shuffler.shuffle(body)
        tabs.append(replace(tab, rows=(header, *body)))
    twice = {problem.row for problem in sample.problems if problem.code in ("duplicate-id", "made-id")}
    assert twice, "the sample has rows without an ID, or with one that is taken"
    result = changes(sample, read_workbook(replace(mixed, tabs=tuple(tabs)), TODAY))
    # Which row a generated ID or one used twice names depends on the order of the rows.
    unstable = {problem.found for problem in sample.problems if problem.code == "duplicate-id"}
    unstable |= {event.id for event in sample.events if event.made_id}
    assert [change for change in result if change.id not in unstable] == []


# --- people ------------------------------------------------------------------------------------------------------


def test_row_order_does_not_confuse_officers_whose_names_are_hidden():
    liaison = Viewer("liaison", ("CHP-MS",))
    rows = [HOST, goes(DEMO, "EV-1"), goes(replace(DEMO, id="OF-09", name="planted"), "EV-1", role="Floor")]

    def seen(rows):
        return restrict(plan_of_one(*rows), liaison)

    assert sentences(seen(rows), seen(rows[::-1])) == []
    confirmed = [*rows[:2], replace(rows[2], status="Pulled")]
    assert sentences(seen(rows), seen(confirmed[::-1])) == ["EV-1 Weed: SCSO officer: Confirmed → Pulled"]


# --- attendance and follow-ups -------------------------------------------------------------------------------------


def counted(guests, **fields):
    raw = Count(str(guests), guests, guests, guests) if guests is not None else None
    return Headcount("EV-1", 2, raw, **fields)


def with_counts(*rows):
    return replace(plan_of_one(after=-5, status="Completed"), headcounts=rows)


@each(
    ("old", "new", "words"),
    [
        ([], [counted(18)], ["guests now 18"]),
        ([counted(18)], [counted(24)], ["guests 18 → 24"]),
        ([counted(18)], [counted(18), counted(6)], ["guests 18 → 24"]),
        ([counted(18)], [], ["attendance removed"]),
        ([counted(18)], [counted(None)], ["guests 18 removed"]),
        ([], [counted(None)], ["attendance row added"]),
        ([], [replace(counted(35), guests=Count("35-40", 35, 37.5, 40, True))], ["guests now 35-40"]),
        ([counted(18)], [counted(18, youth=3)], ["youth now 3"]),
        ([counted(18, cups=20)], [counted(18, cups=30, surveys=4)], ["cups served 20 → 30", "surveys now 4"]),
        ([counted(18)], [counted(18, weather="Smoke")], ["attendance details changed"]),
        ([counted(18), counted(6)], [counted(6), counted(18)], []),
    ],
)
def test_attendance_changes_are_described(old, new, words):
    assert details(with_counts(*old), with_counts(*new)) == words


def test_follow_up_changes_never_quote_the_summary():
    open_one = FollowUp("FU-1", "EV-1", category="Traffic", summary="planted", referred_to="SCSO")
    before = replace(plan_of_one(), follow_ups=(open_one,))
    closed = replace(open_one, status="Closed", closed_on=ON, summary="planted too")
    after = replace(plan_of_one(), follow_ups=(closed,))
    assert sentences(plan_of_one(), before) == ["Follow-up FU-1 (EV-1): new, Traffic, open"]
    (change,) = changes(before, after)
    assert change == Change(
        "changed",
        "Follow-ups",
        "FU-1",
        "Follow-up FU-1 (EV-1)",
        ("summary changed", "Open → Closed", "closed on now Tue, Sep 1"),
        ("SCSO", "WPD"),
        "EV-1",
        day(20),
    )
    assert sentences(after, plan_of_one()) == ["Follow-up FU-1 (EV-1): deleted"]


# --- lists -----------------------------------------------------------------------------------------------------------


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


def test_changes_are_filtered_by_agency():
    before = plan([event("EV-1"), event("EV-2", 5, lead_agency="SCSO")], [HOST])
    after = plan([event("EV-1", start="09:30"), event("EV-2", 5, lead_agency="CHP-MS")], [HOST, goes(EXAMPLE, "EV-1")])
    result = changes(before, after)
    assert [[change.id for change in concerning(result, agency)] for agency in ("WPD", "SCSO", "CHP-MS", "X")] == [
        ["EV-1"], ["EV-2"], ["EV-2", "EV-1"], []
    ]  # fmt: skip


def test_coming_events_come_first_then_past_ones_then_other_rows():
    days = {"LATE": 30, "SOON": 2, "TODAY": 0, "LAST": -1, "OLD": -40}
    before = plan([event(name, after, lead_agency="SCSO") for name, after in days.items()])
    after = plan([event(name, after) for name, after in days.items()], officers=())
    assert [change.id for change in changes(before, after)][:6] == ["TODAY", "SOON", "LATE", "LAST", "OLD", "OF-01"]


# --- effects ---------------------------------------------------------------------------------------------------------


FULL = "EV-1 needed=3", "S EV-1 role=Host; D EV-1; E EV-1"
TWO = "EV-1 needed=3", "S EV-1 role=Host; D EV-1"
ALONE = "EV-1 needed=3", "S EV-1 role=Host"


def test_effect_is_told_in_the_words_of_its_alert():
    full, two = (typed_plan(*version)[0] for version in (FULL, TWO))
    assert changes(full, two)[0].effects[0].message.startswith("Weed on Mon, Sep 21, 9:00–10:00 AM: 2 of 3 officers.")
    assert changes(two, full)[0].effects[0].message == "No longer: too few officers."
    (change,) = changes(plan_of_one(HOST), plan_of_one(HOST, partner_agencies=("SCSO",)))
    assert [(effect.code, effect.agency) for effect in change.effects] == [("agency-without-officer", "SCSO")]


def test_effect_of_an_edit_elsewhere_is_attached_to_its_event():
    before = plan(
        [event("EV-1"), event("EV-2", start="10:10", end="11:00", town="Mount Shasta")],
        [HOST, goes(SAMPLE, "EV-2", role="Host")],
    )
    nowhere = replace(before, towns=tuple(replace(town, latitude=None) for town in before.towns))
    result = [change for change in changes(nowhere, before) if change.tab == "Events"]
    assert [
        (change.action, change.id, change.sentence, [effect.code for effect in change.effects]) for change in result
    ] == [("affected", "EV-1", "EV-1 Weed", ["officer-tight-travel"])]
