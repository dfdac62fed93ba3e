"""`cwac feedback`: numbers with their ranges, and below 8 answers nothing but how many."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.analysis.periods import quarter_named
from cwac.cli import main
from cwac.forms.feedback import Feedback, Question, feedback, residents_said
from cwac.forms.panel import _feedback_table
from cwac.model import Cell
from tests.cases import each
from tests.forms.answered import DAY, FEEDBACK, at, read
from tests.sheet import county
from tests.sheet.county import serial
from tests.web import plan

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


def answered(*rows: list[object], **tabs: list[list[object]]):
    return read(Events=EVENTS, Staffing=[], Form1=[FEEDBACK, *rows], **tabs)


SEVEN = answers(*[(5, 4)] * 7)


@each("rows, number", [([], 0), (answers((5, 4)), 1), (SEVEN, 7)])
def test_below_eight_answers_only_their_number_is_given(rows, number):
    guests = [["Event ID", "Guests"], ["E1", 40]]
    assert feedback(answered(*rows, Attendance=guests)) == Feedback(
        number, questions=(Question(WELCOME), Question(ASK)) if rows else ()
    )


def test_eight_answers_give_mean_range_shares_and_the_response_rate():
    rows = [*SEVEN, *answers((3, None)), *answers((1, 1), event="E2")]
    found = feedback(answered(*rows, Attendance=[["Event ID", "Guests"], ["E1", 40]]), quarter_named("2026-Q4"))
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
    found = feedback(answered(*answers(*[(5, 5)] * 4), Form2=spanish), quarter_named("2026-Q4"))
    assert [(one.question, one.n, one.mean) for one in found.questions] == [(WELCOME, 8, 3), (ASK, None, None)]


def test_more_answers_than_guests_counted_have_no_rate_anywhere(tmp_path: Path):
    counts: list[list[Cell]] = [["Event ID", "Guests"], ["E1", 2]]
    rows = answers(*[(5, 5)] * 8)
    snapshot = answered(*rows, Attendance=counts)
    found = feedback(snapshot)
    assert (found.guests, found.response_rate) == (2, None)
    said = [residents_said(snapshot, quarter_named("2026-Q4"), language).rows[0] for language in ("en", "es")]
    spanish = ("Respuestas", "8; 2 asistentes contados en estos eventos")
    assert said == [("Answers", "8; 2 guests counted at these events"), spanish]
    path = tmp_path / "county.xlsx"
    tabs = {"Events": EVENTS, "Towns": [["Town"], ["Weed"]], "Form1": [FEEDBACK, *rows], "Attendance": counts}
    path.write_bytes(plan._xlsx(tabs))
    assert run(path).splitlines()[2].startswith("8 answers; 2 guests counted. ")
    assert json.loads(run(path, "--format", "json"))["response_rate"] is None
    assert _feedback_table(snapshot)["rows"][0][2] == ["2 guests counted"]


def run(path: Path, *arguments: str) -> str:
    ended = CliRunner().invoke(main, ["feedback", str(path), "--on", "2026-11-25", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_command_prints_json_and_text_and_never_what_was_written(tmp_path: Path):
    path = tmp_path / "county.xlsx"
    rows = [*answers(*[(5, 4)] * 8), *answers((1, 1), event="E2")]
    path.write_bytes(plan._xlsx({"Events": EVENTS, "Towns": [["Town"], ["Weed"]], "Form1": [FEEDBACK, *rows]}))
    document = json.loads(run(path, "--format", "json", "--period", "2026-Q3"))
    assert {name: document[name] for name in document.keys() - {"source", "as_of", "on"}} == {
        "period": "2026-Q3", "answers": 1, "guests": None, "response_rate": None,
        "questions": [{"question": name, "n": None, "mean": None, "low": None, "high": None, "shares": None}
                      for name in (WELCOME, ASK)],
    }  # fmt: skip
    assert run(path, "--period", "2026-Q3").splitlines()[2:] == ["1 answer: too few to show; 8 are needed."]
    said = run(path, "--period", "2026-Q4")
    assert said.splitlines()[2:] == [
        f"8 answers. {NOTE}",
        "  I felt welcome 5 of 5 (95% range 3.7 to 5; 8 answers)",
        "      1: 0%, 2: 0%, 3: 0%, 4: 0%, 5: 100%",
        "  I could ask what I wanted 4 of 5 (95% range 2.6 to 4.7; 8 answers)",
        "      1: 0%, 2: 0%, 3: 0%, 4: 100%, 5: 0%",
    ]
    # All less the fourth quarter would be the one of the third.
    held_back = "not given: fewer than 8 answered, or other figures would tell what fewer than 8 said"
    assert run(path).splitlines()[2:] == [f"9 answers. {NOTE}", *(f"  {name} {held_back}" for name in (WELCOME, ASK))]
    assert "secret" not in said + run(path, "--format", "json")


def test_period_that_is_none_is_refused():
    ended = CliRunner().invoke(main, ["feedback", "--period", "summer"])
    assert (ended.exit_code, "is not a quarter" in ended.stderr) == (2, True)
