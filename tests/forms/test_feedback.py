"""What residents answered: numbers with their ranges, on pages and in reports, and that none tells what few said.

What `cwac feedback` prints is in `forms.txt` of tests/cli/sessions.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.access import PUBLIC, restrict
from cwac.addons import ResidentsSaid
from cwac.analysis.periods import quarter_named, quarter_of, year_of
from cwac.analysis.quarter import quarter
from cwac.exports import quarterly
from cwac.forms.feedback import (
    Feedback,
    Question,
    answers_by_quarter,
    by_town,
    feedback,
    public_feedback,
    question_names,
    residents_said,
)
from cwac.forms.panel import _feedback_table
from cwac.forms.settings import Forms
from cwac.forms.tabs import FeedbackAnswer
from cwac.funders import files
from cwac.funders.figures import figures
from cwac.funders.report import funder_report
from cwac.model import Cell, Count, Event, Headcount, Snapshot
from cwac.public.site import Site
from cwac.settings import Settings
from tests.cases import each
from tests.fixed_clock import TODAY
from tests.forms.answered import DAY, FEEDBACK, at, read
from tests.sheet import county
from tests.sheet.county import serial
from tests.web import plan
from tests.web.conftest import blocks, closed_to_strangers, opened, words

Q4 = quarter_named("2026-Q4")
EVENTS = county.events(
    {"Event ID": "E1", "Date": serial(DAY), "Status": "Completed"},
    {"Event ID": "E2", "Date": serial(DAY) - 90, "Status": "Completed"},
)
WELCOME, ASK = FEEDBACK[2:4]
NOTE = (
    "At all agencies' events of the period. Those who answer choose themselves, so they may not speak for all who came."
)


def answers(*scores: tuple[int | None, int | None], event: str = "E1") -> list[list[object]]:
    return [[at(9), event, *pair, "Yes", "secrettext"] for pair in scores]


def answered(*rows: list[object], guests: int | None = None, **tabs: list[list[object]]):
    counts: list[list[Cell]] = [["Event ID", "Guests"], ["E1", guests]]
    return read(Events=EVENTS, Staffing=[], Attendance=counts, Form1=[FEEDBACK, *rows], **tabs)


@each("number", [0, 1, 7])
def test_below_eight_answers_only_their_number_is_given(number):
    found = feedback(answered(*answers(*[(5, 4)] * number), guests=40))
    assert found == Feedback(number, questions=(Question(WELCOME), Question(ASK)) if number else ())


def test_eight_answers_give_mean_range_shares_and_the_response_rate():
    rows = [*answers(*[(5, 4)] * 7, (3, None)), *answers((1, 1), event="E2")]
    found = feedback(answered(*rows, guests=40), Q4)
    assert (found.answers, found.guests, found.response_rate) == (8, 40, 0.2)
    welcome, ask = found.questions
    assert (welcome.question, welcome.n, welcome.mean) == (WELCOME, 8, 4.75)
    assert (round(welcome.low, 2), round(welcome.high, 2)) == (3.39, 4.97)
    assert welcome.shares == (0, 0, 0.125, 0, 0.875)
    assert ask == Question(ASK)  # seven answers to it


@pytest.mark.parametrize("scores", [[5] * 8, [1] * 8])
def test_range_stays_on_the_scale_and_is_never_a_point(scores):
    (welcome, _) = feedback(answered(*answers(*[(score, 3) for score in scores]))).questions
    assert 1 <= round(welcome.low, 9) < round(welcome.high, 9) <= 5
    assert welcome.low - 1e-9 <= welcome.mean <= welcome.high + 1e-9


def test_answers_in_two_languages_are_one_question():
    spanish = [["Marca temporal", "ID del evento", "Me sentí bienvenido"], *[[at(9), "E1", 1]] * 4]
    found = feedback(answered(*answers(*[(5, 5)] * 4), Form2=spanish), Q4)
    assert [(one.question, one.n, one.mean) for one in found.questions] == [(WELCOME, 8, 3), (ASK, None, None)]


def test_more_answers_than_guests_counted_have_no_rate_anywhere():
    snapshot = answered(*answers(*[(5, 5)] * 8), guests=2)
    found = feedback(snapshot)
    assert (found.guests, found.response_rate) == (2, None)
    said = [residents_said(snapshot, Q4, language).rows[0] for language in ("en", "es")]
    spanish = ("Respuestas", "8; asistentes contados en estos eventos: 2")
    assert said == [("Answers", "8; guests counted at these events: 2"), spanish]
    assert _feedback_table(snapshot)["rows"][0][2] == ["2 guests counted"]


# --- what figures tell together -------------------------------------------------------------------------------------

QUESTIONS = ("I felt welcome.", "I could ask")
DAYS = [dt.date(2025, 2, 3), dt.date(2025, 8, 5), dt.date(2026, 2, 3), dt.date(2026, 5, 6), dt.date(2026, 8, 5)]
TOWNS = ("Etna", "Weed", "Yreka")


def said_at(sizes: dict[tuple[dt.date, str], tuple[int, int]], guests: int | None = None) -> Snapshot:
    """An event a day and town, each with so many answers to the first question, and to the second one."""
    events, records, counts = [], [], []
    for (day, town), (first, second) in sizes.items():
        event_id = f"{day}-{town}"
        events.append(Event(event_id, 2 + len(events), day, town=town, status="Completed", lead_agency="WPD"))
        counts += [] if guests is None else [Headcount(event_id, 2, Count(str(guests), guests, guests, guests))]
        for number in range(max(first, second)):
            scores = (5 if number % 4 else 2) if number < first else None, 4 if number < second else None
            records.append(FeedbackAnswer(event_id, 2 + len(records), QUESTIONS, scores))
    return Snapshot(
        "plan.xlsx", plan.START, plan.ZONE, TODAY, events=tuple(events), added=tuple(records), headcounts=tuple(counts)
    )


def given_scopes(snapshot: Snapshot, place: int) -> list[frozenset[str]]:
    """The events of each scope of which a question's figures are given."""
    scopes = [(None, {event.id for event in snapshot.events})]
    periods = {make(event.date) for event in snapshot.events for make in (quarter_of, year_of)}
    scopes += [(period, {event.id for event in snapshot.events if event.date in period}) for period in periods]
    given = [
        frozenset(events)
        for period, events in scopes
        if (asked := feedback(snapshot, period).questions) and asked[place].n is not None
    ]
    answers = answers_by_quarter(snapshot)
    for period, some in answers.items():
        for town, said in by_town(snapshot, some, question_names(answers)).items():
            if said.questions[place].n is not None:
                given.append(frozenset(
                    event.id for event in snapshot.events if event.date in period and event.town == town
                ))  # fmt: skip
    return given


def told(given: list[frozenset[str]]) -> set[frozenset[str]]:
    """All groups of events whose figures follow: one scope without another within it, or two that are apart."""
    known = set(given)
    while True:
        more = {one - other for one in known for other in known if other < one}
        more |= {one | other for one in known for other in known if not one & other}
        if more <= known:
            return known
        known |= more


SIZES = st.sampled_from([0, 0, 1, 3, 7, 8, 9, 12])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(st.sampled_from(DAYS), st.sampled_from(TOWNS)), st.tuples(SIZES, SIZES), max_size=6))
def test_figures_together_never_tell_what_fewer_than_eight_said(sizes):
    snapshot = said_at(sizes)
    for place in (0, 1):
        number = {f"{day}-{town}": counts[place] for (day, town), counts in sizes.items()}
        sums = [sum(number[event] for event in group) for group in told(given_scopes(snapshot, place))]
        assert [each for each in sums if 0 < each < 8] == []


@each(
    ("sizes", "given"),
    [
        # a quarter of 10: towns of 8 and 2
        ({(DAYS[0], "Weed"): 8, (DAYS[0], "Etna"): 2}, {"2025-Q1", "2025", "all"}),
        ({(DAYS[0], "Weed"): 8, (DAYS[0], "Etna"): 9}, {"2025-Q1", "2025", "all", "Weed", "Etna"}),
        # the year's 10 less the quarter's 8
        ({(DAYS[0], "Weed"): 8, (DAYS[1], "Weed"): 2}, {"2025-Q1", "Weed"}),
        ({(DAYS[0], "Weed"): 5, (DAYS[1], "Weed"): 5}, {"2025", "all"}),
        # all less one whole year
        ({(DAYS[0], "Weed"): 8, (DAYS[2], "Weed"): 4}, {"2025-Q1", "2025", "Weed"}),
        ({(DAYS[0], "Weed"): 4, (DAYS[2], "Weed"): 4}, {"all"}),
        ({(DAYS[0], "Weed"): 7}, set()),
    ],
)
def test_figures_are_given_where_they_tell_nothing_of_few(sizes, given):
    snapshot = said_at({where: (size, size) for where, size in sizes.items()})
    periods = {"2025-Q1": quarter_named("2025-Q1"), "2025": year_of(DAYS[0]), "all": None}
    found = {name for name, period in periods.items() if feedback(snapshot, period).questions[0].n is not None}
    answers = answers_by_quarter(snapshot)
    towns = by_town(snapshot, answers[periods["2025-Q1"]], question_names(answers))
    assert found | {town for town, said in towns.items() if said.questions[0].n is not None} == given
    for town, said in towns.items():
        assert said.answers == sizes[DAYS[0], town]


Q3 = quarter_named("2026-Q3")
TWELVE = said_at({(DAYS[4], "Weed"): (12, 5)}, guests=40)
SAID = ResidentsSaid(
    (
        ("Answers", "12, from 30% of the guests counted at these events (40)"),
        ("I felt welcome", "75% gave 4 or 5 of 5 (95% range 47% to 91%; 12 answers)"),
        ("I could ask", "not given: fewer than 8 answered, or other figures would tell what fewer than 8 said"),
    ),
    NOTE,
    ("I could ask",),
)


def test_report_says_answers_rate_and_shares_with_their_range():
    assert residents_said(TWELVE, Q3) == SAID
    assert residents_said(said_at({(DAYS[4], "Weed"): (9, 0)}), Q3).rows[0] == ("Answers", "9")
    few = said_at({(DAYS[4], "Weed"): (7, 7)}, guests=40)
    assert residents_said(few, Q3) == ResidentsSaid((("Answers", "7: too few to show; 8 are needed"),), NOTE)
    assert residents_said(TWELVE, quarter_named("2026-Q2")) is None


def test_reports_of_quarter_and_funder_have_the_same_words_whatever_agency_and_their_json_has_none():
    lines = [f"{name}: {words}" for name, words in SAID.rows]
    for agency in (None, "WPD"):
        report = quarter(TWELVE, "2026-Q3", agency)
        made = quarterly.report(report)
        above = made.tables()[0].above
        at = above.index("What residents said:")
        assert above[at : at + len(lines) + 2] == ["What residents said:", *lines, NOTE]
        assert made.page()["residents"] == SAID._asdict()
        assert "welcome" not in str(made.document()) + str(made.lines())
    other = funder_report(TWELVE, "nno", "2026-Q3")
    (shown,) = [one for one in files.sections(other, figures(other)) if one.heading == "What residents said"]
    assert (tuple(shown.rows), shown.note) == (SAID.rows, NOTE)
    assert "welcome" not in str(files.document(other)) + str(files.report(other).lines())


@pytest.mark.slow
def test_towns_and_reports_show_what_residents_said_to_agencies_alone(
    serve: Callable[[Settings], None], tmp_path: Path
) -> None:
    event = next(event for event in plan.snapshot().events if event.id == "GONE")
    rows = [[at(9, TODAY), event.id, 5, 4, "Yes", "secrettext"]] * 9
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", **{"Form1": [FEEDBACK, *rows]}), public=True))
    for who in ("coordinator", "liaison"):
        page = opened("attendance", who, show="Reach")
        (table,) = [block for block in blocks(page) if block.get("caption") == "What residents answered"]
        assert table["columns"][3:] == FEEDBACK[2:4]
        assert [row[1] for row in table["rows"]] == [["9"], ["9"]]
        assert "secrettext" not in words(page)
        assert "What residents said" not in words(opened("attendance", who))
    report = words(opened("reports", "liaison", quarter=quarter_of(event.date).label))
    assert f"{FEEDBACK[2]}: 100% gave 4 or 5 of 5" in report
    assert "secrettext" not in report
    for page in ("attendance", "reports"):
        assert "What residents" not in words(opened(page, "stranger", show="Reach")), page


def public_page(snapshot: Snapshot, added: tuple[object, ...], folder: str, name: str) -> str:
    whole = Settings(added=added)
    told_in = lambda period, language: public_feedback(whole, snapshot, period, language)  # noqa: E731
    site = Site(restrict(snapshot, PUBLIC), None, residents=told_in)
    return site[f"{folder}quarter/{name}.html"].decode()


PUBLISHED = (Forms(publish_feedback=True),)


def test_public_page_of_a_quarter_that_is_over_has_it_only_where_the_county_publishes_it():
    assert "What residents said" not in public_page(TWELVE, (), "", "2026-Q3")
    assert "What residents said" not in public_page(TWELVE, (Forms(door="https://forms.gle/abc"),), "", "2026-Q3")
    english, spanish = (public_page(TWELVE, PUBLISHED, folder, "2026-Q3") for folder in ("", "es/"))
    assert "<li>I felt welcome: 75% gave 4 or 5 of 5 (95% range 47% to 91%; 12 answers).</li>" in english
    assert (
        "<li>Me sentí bienvenido: el 75% dio 4 o 5 de 5 (intervalo del 95%: de 47% a 91%; 12 respuestas).</li>"
        in spanish
    )
    few = said_at({(DAYS[4], "Weed"): (7, 7)})
    assert "What residents said" not in public_page(few, PUBLISHED, "", "2026-Q3")
    # Who watches the page of the current quarter would see each answer come.
    current = said_at({(TODAY - dt.timedelta(days=1), "Weed"): (12, 12)})
    assert "What residents said" not in public_page(current, PUBLISHED, "", quarter_of(TODAY).label)
