"""Officer-hours by agency, pay type and funding, and ratios from the events that are known in full."""

import math
from dataclasses import replace

import pytest

from cwac.analysis.attendance import outcomes
from cwac.analysis.hours import Hours, productivity
from cwac.analysis.measures import ratio, ratio_range
from cwac.model import UnreadPerson
from tests.analysis.plans import ABOUT, DEMO, OPEN, SAMPLE, counted, goes, held, plan, typed_plan
from tests.cases import each


def test_productivity_adds_up_each_way_and_divides_only_what_is_known():
    typed, _ = typed_plan(
        "full -9 status=Completed funding=OTS_grant; uncounted -8 status=Completed; unstaffed -7 status=Completed; "
        "partly -6 ? status=Completed",
        "S full hours=2 pay_type=Grant; D full hours=3 pay_type=Overtime; E uncounted; S partly hours=1; U partly; "
        "E._Typed full hours=1",
    )
    counts = (
        counted("full", 18, conversations=12, new_visitors=9), counted("uncounted", None, conversations=4),
        counted("unstaffed", 30, new_visitors=3), counted("partly", 10),
    )  # fmt: skip
    snapshot = replace(typed, headcounts=counts)
    result = productivity(snapshot, outcomes(snapshot).held)
    assert result.held == 4
    assert result.hours == Hours(7, 1, 6, 1, 1, 1)
    assert result.by_agency == {
        "SCSO": Hours(3, 0, 1, 0, 0),
        "WPD": Hours(3, 0, 3, 0, 1),
        "CHP-MS": Hours(0, 1, 1, 1, 0, 1),
        "Not noted": Hours(1, 0, 1, 0, 0),
    }
    by_pay_type = {name: hours.total for name, hours in result.by_pay_type.items()}
    assert by_pay_type == {"Overtime": 3, "Not noted": 3, "Grant": 2}
    assert {name: hours.total for name, hours in result.by_funding.items()} == {"OTS grant": 6, "Not noted": 2}
    assert result.guests_per_hour.method == (
        "18 guests over 6 officer-hours, at the 1 of 4 events held where both are complete (left out: 1 not "
        "counted, 1 with hours not known, 1 with no officer-hours)"
    )
    assert result.conversations_per_hour.method == (
        "12 conversations over 6 officer-hours, at the 1 of 4 events held where both are complete (left out: 2 "
        "with conversations not noted, 1 with officers assigned, not recorded)"
    )
    assert result.guests_per_hour.words == "too few events (1 of 4 events complete; 8 are needed)"
    assert result.conversations_per_hour.words == (
        "too few events (1 of 4 events complete, 1 with officers assigned, not recorded; 8 are needed)"
    )
    assert (result.new_share.value, result.new_share.words) == (
        0.25,
        "25% (2 of 4 events complete; no range from fewer than 8)",
    )
    assert result.new_share.method == (
        "12 new visitors over 48 guests, at the 2 of 4 events held where both are complete (left out: 1 not "
        "counted, 1 with new visitors not noted)"
    )


def test_no_event_held_gives_no_ratio():
    result = productivity(plan([]), ())
    assert (result.hours, result.by_agency) == (Hours(), {})
    ratios = (result.guests_per_hour, result.conversations_per_hour, result.new_share)
    assert [(ratio.value, ratio.words) for ratio in ratios] == [(None, "not known (no event held)")] * 3


@each(
    ("guests", "new", "share", "caveat"),
    [
        (9, 3, None, "fewer than 10 guests: no share is given"),
        (10, 0, 0.0, "1 of 1 event complete; no range from fewer than 8"),
        (12, 15, None, "more new visitors than guests: one of the two is wrong"),
    ],
)
def test_share_needs_ten_guests_and_fewer_new_visitors_than_guests(guests, new, share, caveat):
    snapshot = plan([held("E", -3)], headcounts=(counted("E", guests, new_visitors=new),))
    result = productivity(snapshot, outcomes(snapshot).held).new_share
    assert (result.value, result.caveat, result.refused) == (share, caveat, caveat if share is None else None)


WENT, DEMO_WENT, DEMO_ASSIGNED = (SAMPLE, "Attended", 2), (DEMO, "Attended", None), (DEMO, "Assigned", None)
UNREAD = tuple(UnreadPerson(f"E{n}") for n in range(3))


def months(usual, last=(), number=0, crew=(WENT,), unread=()):
    """The ratios of nine events with this crew and these headcount rows, of which the last ones have others."""
    names = [f"E{n}" for n in range(9)]
    counts = [
        counted(name, guests, **noted)
        for name in names
        for guests, noted in (last if name >= f"E{9 - number}" else usual)
    ]
    rows = [goes(officer, name, status, hours=hours) for name in names for officer, status, hours in crew]
    snapshot = plan([held(name, -3 * n - 3) for n, name in enumerate(names)], rows, headcounts=tuple(counts),
                    unread_people=unread)  # fmt: skip
    return productivity(snapshot, outcomes(snapshot).held)


def of(*guests, **noted):
    return [(count, noted) for count in guests]


@each(
    ("last", "number", "value", "n", "words", "left_out"),
    [
        (of(10), 1, 5, 9, "5 (9 of 9 events complete)", ""),
        (of(ABOUT), 1, 120 / 18, 9, "6.7 (9 of 9 events complete)", ""),
        (of(6, 4), 1, 5, 9, "5 (9 of 9 events complete)", ""),
        # a count with a blank row is not divided
        (of(10, None), 1, 5, 8, "5 (8 of 9 events complete)", " (left out: 1 with guests noted in only some rows)"),
        (of(None), 1, 5, 8, "5 (8 of 9 events complete)", " (left out: 1 not counted)"),
        ([], 1, 5, 8, "5 (8 of 9 events complete)", " (left out: 1 not counted)"),
        ([], 2, None, 7, "too few events (7 of 9 events complete; 8 are needed)", " (left out: 2 not counted)"),
        # an open-ended one is divided at its lower end, and never said to be the least of a range
        (of(OPEN), 1, 110 / 18, 9,
         "about 6.1 (9 of 9 events complete; one count is “30 or more”, taken at the lower end)", ""),
        (of(OPEN), 2, 130 / 18, 9,
         "about 7.2 (9 of 9 events complete; 2 counts are open-ended, taken at the lower end)", ""),
    ],
)  # fmt: skip
def test_guests_per_hour_are_of_the_events_with_a_whole_count_of_which_it_takes_eight(
    last, number, value, n, words, left_out
):
    result = months(of(10), last, number).guests_per_hour
    assert (result.value, result.n, result.of, result.words) == (value, n, 9, words)
    assert result.method.endswith(f" are complete{left_out}")


def test_conversations_noted_in_one_of_two_rows_are_not_divided():
    partly = of(10, conversations=99, new_visitors=9) + of(10)
    result = months(of(10, conversations=6, new_visitors=5), partly, 1)
    assert (result.conversations_per_hour.value, result.conversations_per_hour.n) == (3, 8)
    assert result.conversations_per_hour.method.endswith("(left out: 1 with conversations noted in only some rows)")
    assert (result.new_share.value, result.new_share.n) == (0.5, 8)
    assert (result.guests_per_hour.n, result.guests_per_hour.value) == (9, 100 / 18)  # guests are in both rows


def test_officer_who_was_only_assigned_does_not_count_as_known_hours():
    assert months(of(10), crew=(WENT, DEMO_WENT)).guests_per_hour.value == 10 / 3  # an hour as scheduled
    assigned = months(of(10), crew=(WENT, DEMO_ASSIGNED))
    assert assigned.guests_per_hour.words == (
        "too few events (0 of 9 events complete, 9 with officers assigned, not recorded; 8 are needed)"
    )
    assert assigned.hours.words == "9 of 18 with hours recorded; 9 assigned, not recorded, with 9 hours as scheduled"
    unread = months(of(10), unread=UNREAD)
    assert unread.guests_per_hour.method.endswith("(left out: 3 with hours not known)")


def test_range_of_a_ratio_comes_from_how_the_quarters_differ():
    """By hand: 160 guests in 64 hours; the quarters are off by 10, −20, 8 and 2, and t of 3 degrees is 3.1824."""
    pairs = [(10, 4), (30, 8), (20, 12), (10, 8), (24, 8), (24, 8), (16, 8), (26, 8)]
    low, high = ratio_range(pairs, [1, 1, 2, 2, 3, 3, 4, 4])
    whole, off = 160 / 64, (10, -20, 8, 2)
    factor = math.exp(3.1824 * math.sqrt(4 / 3 * sum(one**2 for one in off)) / 160)
    assert (low, high) == (pytest.approx(whole / factor, rel=1e-4), pytest.approx(whole * factor, rel=1e-4))
    assert ratio(pairs) == whole


@each(("pairs", "quarters"), [([(10, 4)] * 7, range(7)), ([(10, 4), (9, 4)] * 4, [1, 2, 3, 1, 2, 3, 1, 2]),
                              ([(10, 4)] * 8, range(8)), ([(0, 4)] * 8, range(8))])  # fmt: skip
def test_few_events_few_quarters_and_equal_ratios_have_no_range(pairs, quarters):
    assert ratio_range(pairs, list(quarters)) is None


def test_order_of_the_events_does_not_matter():
    events = [held(f"E{n}", -n - 3) for n in range(12)]
    rows = [goes(SAMPLE, past.id, "Attended", hours=2 + past.row) for past in events]
    counts = tuple(counted(past.id, 5 * n + 3) for n, past in enumerate(events))
    snapshot = plan(events, rows, headcounts=counts)
    chosen = outcomes(snapshot).held
    assert productivity(snapshot, chosen) == productivity(snapshot, chosen[::-1])


def test_shared_events_are_said_beside_an_agencys_figures():
    alone, joint = held("A", -3), held("B", -4, partner_agencies=("SCSO",))
    snapshot = plan([alone, joint])

    def shared(agency):
        return productivity(snapshot, outcomes(snapshot, None, agency).held, agency=agency).shared

    whole = (
        "A shared event counts whole for each of its agencies, so {0}'s events, guests and hours at its events must "
        "not be added to another agency's."
    )
    assert shared(None) is None
    assert shared("WPD") == f"1 of WPD's 2 events held was shared with other agencies. {whole.format('WPD')}"
    assert shared("SCSO") == f"1 of SCSO's 1 event held was shared with other agencies. {whole.format('SCSO')}"
    assert shared("CHP-MS") == "0 of CHP-MS's 0 events held were shared with other agencies."
