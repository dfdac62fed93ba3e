"""Answers that are given the outcomes and the ledger of all events are the same as without them."""

import datetime as dt
import random
from dataclasses import replace

import pytest

from cwac.analysis.attendance import outcomes
from cwac.analysis.events import is_live
from cwac.analysis.fair_share import fair_share
from cwac.analysis.forecast import fit
from cwac.analysis.hours import ledger
from cwac.analysis.outreach import outreach_by_town
from cwac.analysis.overview import quarters
from cwac.analysis.periods import last_months, quarter_named
from cwac.analysis.productivity import productivity
from cwac.analysis.quarter import quarter
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.cases import each

TODAY = dt.date(2026, 11, 27)
AGENCIES = (None, "WPD", "SCSO", "CHP-MS")
RULES = Rules()


@pytest.fixture(scope="module")
def snapshot():
    """The sample with its events in another order of rows, which no answer may depend on."""
    now = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)
    sample = read_workbook(sample_workbook(TODAY, now), TODAY)
    events = list(sample.events)
    random.Random(1).shuffle(events)
    return replace(sample, events=tuple(events))


@pytest.fixture(scope="module")
def whole(snapshot):
    every, book = outcomes(snapshot), ledger(snapshot, RULES)
    assert min(len(every.held), len(every.coming), len(every.canceled)) > 3
    return {"_every": every, "_book": book}


@each("agency", AGENCIES)
@each("period", [None, last_months(TODAY, 12), quarter_named("2026-Q3"), quarter_named("2031-Q1")])
def test_outcomes_of_a_period_and_agency_are_the_same(snapshot, whole, period, agency):
    assert outcomes(snapshot, period, agency, _every=whole["_every"]) == outcomes(snapshot, period, agency)


@each("agency", ["WPD", "SCSO", None])
@each("name", ["2026-Q3", "2026-Q4"])
def test_quarterly_report_is_the_same(snapshot, whole, name, agency):
    assert quarter(snapshot, name, agency, RULES, **whole) == quarter(snapshot, name, agency, RULES)


@each("agency", AGENCIES)
def test_quarters_of_the_overview_are_the_same(snapshot, whole, agency):
    last = quarter_named("2026-Q3")
    assert quarters(snapshot, last, agency, RULES, **whole) == quarters(snapshot, last, agency, RULES)


def test_ledger_of_all_events_is_by_start(snapshot, whole):
    """The hours of some events are then added in the same order, and floats to the same last digit."""
    assert list(whole["_book"].events) == [event for event in snapshot.events_by_start if is_live(event)]


@each("months", [3, 24])
def test_productivity_is_the_same(snapshot, whole, months):
    held = outcomes(snapshot, last_months(TODAY, months)).held
    shared = productivity(snapshot, held, RULES, _book=whole["_book"])
    assert shared.hours.people > 0
    assert shared == productivity(snapshot, held, RULES)


def test_fair_share_is_the_same(snapshot, whole):
    asked = snapshot, TODAY - dt.timedelta(days=365), TODAY, TODAY, RULES
    assert fair_share(*asked, _book=whole["_book"]) == fair_share(*asked)


def test_forecasts_and_outreach_are_the_same(snapshot, whole):
    shared, alone = fit(snapshot, _every=whole["_every"]), fit(snapshot)
    assert len(shared.made) > 0
    assert (shared.past, shared.made) == (alone.past, alone.made)
    assert outreach_by_town(snapshot, _every=whole["_every"]) == outreach_by_town(snapshot)
