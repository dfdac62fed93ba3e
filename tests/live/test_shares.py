"""A viewer's share: what is passed on to it is what its own records would say, and never more than those."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.access import COORDINATOR, PUBLIC, Viewer, visible_to
from cwac.answers import attendance, expect, followups, staffing, worth
from cwac.answers.alerts import alerts
from cwac.answers.events import in_order
from cwac.answers.hours import ledger
from cwac.answers.once import Once
from cwac.answers.periods import Period
from cwac.live import apart, beforehand, shares
from cwac.model import TimeOff
from cwac.settings import Rules
from tests.answers.plans import EXAMPLE, SAMPLE, edits, event, goes, plan
from tests.answers.test_hours import with_hours
from tests.live.test_beforehand import read, table

RULES = Rules()
YEAR = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


def asked(share):
    """What names nobody, and what it is made of: by day, people of the own agency by name."""
    held = attendance.programme(share).held
    among = {officer.id for officer in share.officers if not officer.stand_in}
    return {
        "gaps": staffing.gap_board(share, share.today),
        "totals": attendance.guests_by_event(share),
        "programme": attendance.programme(share),
        "missing": followups.missing_after_event(share, share.today),
        "expected": (expect.expected(share), expect.backtest(share)),
        "worth": worth.worth(share, held, RULES),
        "hours": ledger(share, RULES).totals_at(share.events),
        "shares": staffing.fair_share(share, *YEAR, share.today, RULES, among),
    }


def both(viewer, snapshot):
    """The answers from a share to which what is known was passed on, and from one that knows nothing."""
    beforehand.work_out(snapshot, apart.NOTHING, RULES)
    return asked(shares.share_of(viewer, snapshot, RULES)), asked(visible_to(viewer, dataclasses.replace(snapshot)))


@settings(max_examples=100, deadline=None)
@given(with_hours(), st.sets(st.sampled_from(["WPD", "SCSO", "CHP-MS"]), max_size=2))
def test_what_is_passed_on_is_what_the_share_itself_would_say(snapshot, agencies):
    given, own = both(Viewer("liaison", tuple(agencies)), snapshot)
    assert given == own


@pytest.mark.parametrize("agency", ["WPD", "YPD"])
def test_so_it_is_with_counts_and_follow_ups(agency):
    given, own = both(Viewer("liaison", (agency,)), read(table()))
    assert given == own
    assert given["missing"]
    assert given["expected"][1].n


@settings(max_examples=150, deadline=None)
@given(edits(), st.sets(st.sampled_from(["WPD", "SCSO", "CHP-MS"]), max_size=2))
def test_of_the_next_version_too(edit, agencies):
    before, after, changed, first = edit
    before, after = (dataclasses.replace(one, today=first) for one in (before, after))
    viewer = Viewer("liaison", tuple(agencies))
    beforehand.work_out(before, apart.NOTHING, RULES)
    earlier = shares.share_of(viewer, before, RULES)
    alerts(earlier, first, RULES)
    beforehand.work_out(after, before, RULES)
    share = shares.next_share(viewer, after, earlier, RULES, changed)
    assert alerts.known(share, first, RULES) is not None
    own = visible_to(viewer, dataclasses.replace(after))
    assert same(share) == same(own)
    assert alerts(share, first, RULES) == alerts(own, first, RULES)
    assert asked(share) == asked(own)


def same(share):
    """The stand-ins stand in no particular order."""
    return dataclasses.replace(share, officers=tuple(sorted(share.officers, key=lambda one: one.id)))


def test_where_more_than_events_was_edited_the_alerts_are_made_anew():
    before = plan([event("E", lead_agency="WPD")], [goes(SAMPLE, "E")])
    after = dataclasses.replace(before, time_off=(TimeOff(SAMPLE.id, before.events[0].date, before.events[0].date),))
    viewer = Viewer("liaison", ("WPD",))
    earlier = shares.share_of(viewer, before, RULES)
    assert "officer-on-time-off" not in {one.code for one in alerts(earlier, earlier.today, RULES)}
    share = shares.next_share(viewer, after, earlier, RULES, set())
    assert "officer-on-time-off" in {one.code for one in alerts(share, share.today, RULES)}


@pytest.mark.parametrize("agency", ["WPD", "YPD"])
def test_who_goes_where_is_grouped_as_the_share_itself_would(agency):
    given, viewer = read(table()), Viewer("liaison", (agency,))
    share = shares.share_of(viewer, given, RULES)
    own = visible_to(viewer, dataclasses.replace(given))
    for name in ("event_by_id", "assignments_by_event", "headcounts_by_event"):
        assert vars(share)[name] == getattr(own, name)


def test_it_is_not_worked_out_again(monkeypatch):
    snapshot = read(table())
    beforehand.work_out(snapshot, apart.NOTHING, RULES)
    share = shares.share_of(Viewer("liaison", ("YPD",)), snapshot, RULES)
    found = asked(share)
    for name in ("staffing.fill", "hours.lines", "expect.counted", "followups._missing_from", "attendance._sorted_out"):
        monkeypatch.setattr(f"cwac.answers.{name}", None)
    assert asked(shares.share_of(Viewer("liaison", ("YPD",)), snapshot, RULES)) == found


def test_nothing_that_is_passed_on_names_a_person_of_an_event_of_others():
    staffed = [goes(EXAMPLE, "E", hours=2), goes(SAMPLE, "F", hours=1)]
    snapshot = plan(
        [event("E", -5, lead_agency="CHP-MS"), event("F", -4, lead_agency="WPD")], staffed, officers=(EXAMPLE, SAMPLE)
    )
    beforehand.work_out(snapshot, apart.NOTHING, RULES)
    share = shares.share_of(Viewer("liaison", ("WPD",)), snapshot, RULES)
    book = ledger(share, RULES)
    assert book.lines.person.names == [None, "OF-01", None]
    answers = {name: kept for name, kept in vars(share).items() if isinstance(kept, tuple) and name.startswith("cwac.")}
    assert len(answers) > 5
    assert "OF-03" not in repr(answers) + repr([vars(book), vars(book.lines)])
    assert "C. Example" not in repr(answers)


def test_who_is_shown_less_is_passed_on_nothing(monkeypatch):
    snapshot = read(table())
    beforehand.work_out(snapshot, apart.NOTHING, RULES)
    passed_on = []
    monkeypatch.setattr(Once, "pass_on", lambda self, *_: passed_on.append(self))
    shares.share_of(PUBLIC, snapshot, RULES)
    assert shares.share_of(COORDINATOR, snapshot, RULES) is snapshot
    narrower = dataclasses.replace(visible_to(Viewer("liaison", ("WPD",)), snapshot), events=())
    monkeypatch.setattr(shares.access, "visible_to", lambda *_: narrower)
    assert shares.share_of(Viewer("liaison", ("WPD",)), snapshot, RULES) is narrower
    assert passed_on == []


def test_how_many_different_people_others_sent_is_not_known():
    """One of them went twice: their two stand-ins must not be counted as two."""
    staffed = [goes(EXAMPLE, "E"), goes(EXAMPLE, "G"), goes(SAMPLE, "E2"), goes(SAMPLE, "F")]
    events = [
        event("E", -5, lead_agency="CHP-MS"),
        event("G", -4, lead_agency="CHP-MS"),
        event("E2", -3, lead_agency="WPD"),
        event("F", -2),
    ]
    snapshot = plan(events, staffed, officers=(EXAMPLE, SAMPLE))
    for share in (visible_to(Viewer("liaison", ("WPD",)), snapshot), snapshot):
        found = staffing.fair_share(share, *YEAR, share.today, RULES)
        people = {one.agency: (one.people, one.events) for one in found.agencies}
        assert people["WPD"] == (1, 2)
        assert people["CHP-MS"] == (None if share is not snapshot else 1, 2)


def test_a_stand_in_is_called_one():
    staffed = [goes(EXAMPLE, "E")]
    snapshot = plan([event("E", -5, lead_agency="CHP-MS")], staffed, officers=(EXAMPLE, SAMPLE))
    share = visible_to(Viewer("liaison", ("WPD",)), snapshot)
    assert [(one.name, one.stand_in) for one in share.officers] == [
        ("A. Sample", False),
        ("CHP-MS officer", True),
    ]


def test_what_all_are_shown_alike_holds_nobody_and_nothing_that_residents_asked_for():
    given = read(table())
    common = shares.in_common(given)
    assert common is shares.in_common(given)
    empty = {"assignments", "officers", "time_off", "follow_ups", "undated", "problems", "url", "source", "accounting"}
    assert {name for name in empty if getattr(common, name)} == set()
    assert "Sample" in repr(given.officers)
    assert "Sample" not in repr(vars(common))
    for viewer, alike in ((COORDINATOR, True), (Viewer("liaison", ("WPD",)), True), (PUBLIC, False)):
        assert shares.sees_in_common(shares.share_of(viewer, given, RULES), given) is alike


@pytest.mark.parametrize("agency", [None, "WPD", "YPD"])
def test_what_is_made_of_it_is_what_the_whole_would_say(agency):
    given = read(table())
    beforehand.work_out(given, apart.NOTHING, RULES)
    attendance.programme(given, None, agency)
    common, afresh = shares.in_common(given), dataclasses.replace(given)
    for period in (None, Period(*YEAR, "2026")):
        assert attendance.programme(common, period, agency) == attendance.programme(afresh, period, agency)
    assert expect.expected(common) == expect.expected(afresh)
    assert in_order(common) == in_order(afresh)
