"""Answers that are given the outcomes and the ledger of all events are the same as without them."""

import datetime as dt
import random
from dataclasses import replace

import pytest

from cwac.analysis.attendance import outcomes, outreach_by_town
from cwac.analysis.candidates import fair_share
from cwac.analysis.events import is_live
from cwac.analysis.forecast import fit
from cwac.analysis.hours import ledger, productivity
from cwac.analysis.overview import quarters
from cwac.analysis.periods import last_months, quarter_named
from cwac.analysis.quarter import quarter
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.cases import each

TODAY, RULES = dt.date(2026, 11, 27), Rules()
YEAR, Q3 = last_months(TODAY, 12), quarter_named("2026-Q3")


@pytest.fixture(scope="module")
def snapshot():
    """The sample with its events in another order of rows, which no answer may depend on."""
    now = dt.datetime(2026, 11, 27, 18, tzinfo=dt.UTC)
    sample = read_workbook(sample_workbook(TODAY, now), TODAY)
    events = list(sample.events)
    random.Random(1).shuffle(events)
    return replace(sample, events=tuple(events))


def held(snapshot, months):
    return outcomes(snapshot, last_months(TODAY, months)).held


@each("agency", [None, "WPD", "SCSO", "CHP-MS"])
@each(
    ("answer", "given"),
    [
        *((lambda s, a, p=period, **of: outcomes(s, p, a, **of), "_every") for period in (None, YEAR, Q3)),
        (lambda s, a, **of: quarter(s, "2026-Q4", a, RULES, **of), "_every _book"),
        (lambda s, a, **of: quarters(s, Q3, a, RULES, **of), "_every _book"),
        (lambda s, _, **of: productivity(s, held(s, 3), RULES, **of), "_book"),
        (lambda s, _, **of: productivity(s, held(s, 24), RULES, **of), "_book"),
        (lambda s, _, **of: fair_share(s, YEAR.first, TODAY, TODAY, RULES, **of), "_book"),
        (lambda s, _, **of: (fit(s, **of).past, fit(s, **of).made), "_every"),
        (lambda s, _, **of: outreach_by_town(s, **of), "_every"),
    ],
)
def test_answer_from_all_outcomes_and_the_whole_ledger_is_the_same(snapshot, answer, given, agency):
    whole = {"_every": outcomes(snapshot), "_book": ledger(snapshot, RULES)}
    shared = answer(snapshot, agency, **{name: whole[name] for name in given.split()})
    assert shared == answer(snapshot, agency)
    assert shared


def test_ledger_of_all_events_is_by_start(snapshot):
    """The hours of some events are then added in the same order, and floats to the same last digit."""
    assert list(ledger(snapshot, RULES).events) == [event for event in snapshot.events_by_start if is_live(event)]
