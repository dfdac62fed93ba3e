"""Whether attendance changed: the verdict, its words, what it takes, how often it is wrong, and who states it."""

import datetime as dt
import math
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.analysis.attendance import HeldEvent, outcomes, total
from cwac.analysis.attendance_change import is_judged, judge_change, scope_verdict, student
from cwac.analysis.periods import a_year_before, last_whole_year, quarter_of, year_of, year_to
from cwac.analysis.quarter import quarter
from cwac.exports import quarterly
from cwac.model import Count
from cwac.web.sections import attendance, attendance_views
from tests.analysis.plans import counted, held, plan
from tests.bench import claims
from tests.cases import each

CWAC = Path(__file__).resolve().parents[2] / "cwac"
YEAR = year_to(dt.date(2026, 6, 30))
UNEVEN = (0.9, 1.1, 1.05, 0.95, 1.0, 1.15, 0.85)
"""What the counts of these tests are multiplied with, so that they vary."""


def past(day, guests, place="Weed Library"):
    """An event that took place; None guests means not counted."""
    an_event = replace(held(f"E{day} {place}", 0, venue_text=place), date=day)
    return HeldEvent(an_event, None if guests is None else total([counted(an_event.id, guests)]))


def days(count, every=14, last=YEAR.last):
    return [last - dt.timedelta(every * (count - 1 - place)) for place in range(count)]


def series(guests=30, change=1.0, count=52, every=14, places=("Weed Library", "Grange Hall"), uneven=1):
    """Events two weeks apart at each place in turn, with `change` times the guests in the later year."""
    return [
        past(
            day,
            round(guests * UNEVEN[at % 7] ** uneven * (change if day in YEAR else 1)),
            places[at // 3 % len(places)],
        )
        for at, day in enumerate(days(count, every))
    ]


def moved(size):
    """Two years with as many guests at each place, and most events of the later one at the place of this size."""
    at_fairground = [(at % 5 == 0) == (day not in YEAR) for at, day in enumerate(days(52))]
    return [
        past(day, round((size if is_there else 20) * UNEVEN[at % 7]), "Fairground" if is_there else "Library")
        for at, (day, is_there) in enumerate(zip(days(52), at_fairground, strict=True))
    ]


# --- the verdict and its words ------------------------------------------------------------------------------------


@each(
    ("events", "kind", "sentence"),
    [
        (series(change=1.4), "higher", "More guests at the same places than the year before: about 40%, anything from "
         "37% to 44% fits the counts."),
        (series(60, 0.7), "lower", "Fewer guests at the same places than the year before: about 30%, anything from "
         "28% to 32% fits the counts."),
        (series(), "same", "About as many guests at the same places as the year before: anything from 3% fewer to 3% "
         "more fits the counts."),
        (series(uneven=3, count=40, every=18), "unclear", "Can’t tell yet: 18% fewer to 21% more guests at the same "
         "places fits the counts."),
    ],
)  # fmt: skip
def test_each_kind_of_verdict_has_its_sentence_with_the_range(events, kind, sentence):
    verdict = judge_change(events, YEAR)
    assert (verdict.kind, verdict.sentence, verdict.claimed) == (kind, sentence, kind in ("higher", "lower"))
    assert verdict.figures["refused"] is None


def test_basis_and_json_say_what_the_verdict_rests_on():
    events = series(change=1.4)
    events = [replace(one, total=None) if at in (3, 40, 41) else one for at, one in enumerate(events)]
    events = [*events, past(dt.date(2026, 5, 2), 12, "Once"), past(dt.date(2026, 9, 1), 900)]
    verdict = judge_change(events, YEAR)
    assert verdict.basis == (
        "Jul 2025–Jun 2026 (whole quarters) and the year before: 49 of 53 events compared, counted at 2 places visited "
        "in both. Typical at all places: 42 guests, before 30."
    )
    figures = dict(verdict.figures)
    estimate, low, high = (figures.pop(name) for name in ("estimate", "low", "high"))
    assert low < estimate < high
    assert figures == {"n": 49, "not_counted": 3, "claimed": True, "refused": None}


@each(
    ("events", "typical"),
    [
        (series(), "Typical at all places: 30 guests, before 30."),
        (moved(60), "Typical at all places: 57 guests, before 21, as the mix of places changed."),
        (moved(5), "Typical at all places: 5 guests, before 19, as the mix of places changed."),
        ([past(YEAR.last, 1)], "Typical at all places: 1 guest, before not known."),
        ([past(YEAR.last, None)], ""),
    ],
)
def test_basis_says_that_the_mix_of_places_changed_where_the_typical_event_left_the_range(events, typical):
    basis = judge_change(events, YEAR).basis
    assert basis.partition(". ")[2] == typical
    none = judge_change([], YEAR).basis
    assert none == "Jul 2025–Jun 2026 (whole quarters) and the year before: no event held."


@each(
    ("events", "missing"),
    [
        ([], "Jul 2025–Jun 2026 has no counted event"),
        (series(count=20), "the year before has no counted event"),
        (
            [past(one.event.date, one.guests, f"Place {at}") for at, one in enumerate(series())],
            "it takes 4 quarters with counts at places with events in both years, so far 0",
        ),
        (
            [one for one in series() if one.event.date.month in (5, 6)],
            "it takes 4 quarters with counts at places with events in both years, so far 2",
        ),
        (
            [past(day, 20 + at) for at, day in enumerate(days(5, 91, YEAR.last - dt.timedelta(40)))],
            "it takes 5 repeat visits at places with events in both years, so far 4",
        ),
        ([past(day, 30) for day in days(52)], "the counts do not vary"),
    ],
)
def test_verdict_that_is_missing_something_says_what(events, missing):
    verdict = judge_change(events, YEAR)
    assert (verdict.kind, verdict.claimed, verdict.estimate) == ("unclear", False, None)
    assert verdict.figures["refused"] == missing
    assert verdict.sentence == f"Can’t tell yet whether attendance changed: {missing}."


def test_events_moved_to_a_large_place_are_no_rise_and_to_a_small_one_no_fall():
    for size in (5, 80):
        verdict = judge_change(moved(size), YEAR)
        assert not verdict.claimed
        assert abs(verdict.estimate) < 0.1


def test_nothing_has_gone_up_where_the_typical_event_had_fewer_guests():
    """Half again as many at each place, but most of the events now at the smaller one."""
    events = [
        past(one.event.date, int(one.guests * (3 if one.event.date in YEAR else 2)), one.event.venue_text)
        for one in moved(5)
    ]
    verdict = judge_change(events, YEAR)
    assert verdict.later.median < verdict.earlier.median
    assert verdict.low > 0
    assert (verdict.kind, verdict.claimed) == ("unclear", False)
    assert verdict.sentence.endswith("A typical event, at all places, had fewer guests.")


def test_open_ended_counts_widen_the_range_to_twice_the_number():
    events = series(change=1.4)
    ended = [replace(one, total=replace(one.total, high=None)) if at > 44 else one for at, one in enumerate(events)]
    exact, open_ended = judge_change(events, YEAR), judge_change(ended, YEAR)
    assert open_ended.estimate == exact.estimate
    assert open_ended.low < exact.low < exact.high + 0.1 < open_ended.high


def test_one_of_many_agencies_is_claimed_more_rarely_than_the_county():
    events = series(change=1.13, uneven=2)
    assert [judge_change(events, YEAR, scopes).kind for scopes in (1, 20)] == ["higher", "unclear"]
    assert judge_change(events, YEAR, 20).sentence.endswith(
        "fits the counts. That is not sure enough for a verdict that is read again every quarter."
    )


def test_order_of_the_rows_does_not_matter():
    events = series(change=1.2)
    assert judge_change(random.Random(3).sample(events, len(events)), YEAR) == judge_change(events, YEAR)


@each(
    ("later", "earlier", "judged"),
    [
        (YEAR, a_year_before(YEAR), True),
        (year_of(dt.date(2025, 1, 1)), year_of(dt.date(2024, 1, 1)), True),
        (year_of(dt.date(2026, 1, 1)), year_of(dt.date(2025, 1, 1)), False),  # is not over
        (year_of(dt.date(2025, 1, 1)), year_of(dt.date(2023, 1, 1)), False),
        (quarter_of(dt.date(2026, 5, 1)), quarter_of(dt.date(2025, 5, 1)), False),
        (quarter_of(dt.date(2026, 5, 1)), quarter_of(dt.date(2026, 2, 1)), False),
    ],
)
def test_only_a_year_that_is_over_is_judged_against_the_year_before(later, earlier, judged):
    assert is_judged(later, earlier, dt.date(2026, 7, 1)) == judged


@each(("freedom", "risk", "point"), [(2, 0.05, 4.3027), (3, 0.05, 3.1824), (4, 0.01, 4.6041), (5, 0.05, 2.5706),
                                     (6, 0.01, 3.7074), (1, 0.05, 12.7062), (7, 0.02, 2.9980)])  # fmt: skip
def test_students_t_agrees_with_a_printed_table(freedom, risk, point):
    assert student(freedom, risk) == pytest.approx(point, abs=6e-5)


@pytest.mark.slow
def test_few_changes_are_claimed_where_there_is_none_and_a_real_one_is_found():
    """`python -m tests.bench.claims` counts exactly; here at most 6 in 100 runs, and of ranges 90 hold."""
    for name in ("40 events", "few large events", "season, few events"):
        false, _, _, _, holds, _ = claims.row(name, 100, "test")
        assert (false <= 0.06, holds >= 0.9) == (True, True), name
    assert claims.row("little noise (0.28)", 50, "test")[1] >= 0.57


# --- one verdict everywhere ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_only_these_modules_judge_a_change_or_know_its_words():
    texts = {str(path.relative_to(CWAC)): path.read_text("utf-8") for path in CWAC.glob("**/*.py")}
    found = {
        word: sorted(path for path, text in texts.items() if re.search(word, text))
        for word in (
            r"\bjudge_change\(|\bmeasure_change\(", r"\bscope_verdict\(", r"\bstudent\(",
            r"at the same places|gone up|gone down|clearly changed|No clear|trending_", r"lstsq|polyfit",
        )
    }  # fmt: skip
    own = "analysis/attendance_change.py"
    assert list(found.values()) == [
        [own],
        [own, "analysis/quarter.py", "web/sections/attendance.py", "web/sections/attendance_views.py"],
        [own, "analysis/measures.py"],
        [own],
        [own],
    ]


def small_workbook(number):
    """Counted events of two years and more, of up to three agencies at a few places."""
    draw = random.Random(number)
    day, places = dt.date(2026, 9, 1), draw.randint(1, 6)
    change = draw.choice((0.5, 1, 1, 2.5))
    events, counts = [], []
    for at in range(draw.choice((6, 20, 60, 120))):
        when = day - dt.timedelta(draw.randint(1, 800))
        venue = f"Place {draw.randrange(places)}"
        new = held(f"E{at}", (when - day).days, venue_text=venue, lead_agency=draw.choice(("WPD", "SCSO")))
        events.append(new)
        if draw.random() < 0.9:
            guests = round(math.exp(draw.gauss(3, 0.25)) * (change if when in YEAR else 1))
            low_only = draw.random() < 0.05
            high = None if low_only else guests
            counts.append(counted(new.id, Count(str(guests), guests, guests, high, low_only)))
    return plan(sorted(events, key=lambda one: one.date), headcounts=tuple(counts))


@pytest.mark.slow
def test_every_page_and_file_has_the_same_verdict_on_any_workbook():
    kinds = set()
    for number in range(100):
        snapshot = small_workbook(number)
        agency = (None, "WPD")[number % 2]
        every, year = outcomes(snapshot), last_whole_year(snapshot.today)
        verdict = scope_verdict(snapshot, every, agency)
        kinds.add(verdict.kind)
        assert (year, attendance._verdict(snapshot, agency, _every=every)) == (verdict.year, verdict)
        if number % 16 > 1:
            continue
        report = quarter(snapshot, "2026-Q2", agency)
        later, earlier = attendance_views.preset(attendance_views.YEARS, snapshot.today)
        sides = (("now", later), ("then", earlier))
        compared = attendance_views.compared(snapshot, sides, agency, False, _every=every)
        page = quarterly._page(report)
        assert report.verdict == compared.verdict == verdict
        assert (page["verdict"], page["basis"]) == (verdict.sentence, verdict.basis)
        assert quarterly.change_words(report).endswith(f"{verdict.sentence} {verdict.basis}")
        document = quarterly.document(report)
        assert document["trend"] == dict(verdict.figures)
        tested = [document["trend"], document["comparison"], *(f["change"] for f in document["figures"].values())]
        assert [part["claimed"] for part in tested] == [verdict.claimed, *[False] * (len(tested) - 1)]
    assert kinds == {"higher", "lower", "same", "unclear"}
