"""Officers' answers on the pages: beside names, as cells to type, and the link with which an officer answers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cwac import access
from cwac.access import Viewer
from cwac.forms.settings import Forms
from cwac.notify.compose import digest
from cwac.notify.message import Links
from cwac.notify.warnings import SnapshotOfDay
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from tests.cases import each
from tests.fixed_clock import TODAY
from tests.forms.answered import ANSWERS, at
from tests.forms.test_settings import SHIFT
from tests.server import SheetsServer
from tests.web import plan
from tests.web.conftest import blocks, closed_to_strangers, opened, words

Serve = Callable[[Settings], None]
FORM = [
    ANSWERS,
    [at(18.2, TODAY), "SHARED", "OF-01", "No", "planted-answer-note", None],
    [at(9, TODAY), "SHARED", "OF-03", "Yes", "planted-chp-note", "else@where.example"],
    [at(9, TODAY), "SHERIFFS", "OF-04", "Maybe", None, None],
    [at(9, TODAY), "SHERIFFS", "OF-02", "No", None, None],
]
OFFICERS = [["Officer ID", "Name", "Agency", "Email"], ["OF-01", "A. Sample", "WPD", None],
            ["OF-02", "B. Demo", "SCSO", None], ["OF-03", "C. Example", "CHP-MS", "c@chp.example.gov"],
            ["OF-04", "D. Trial", "SCSO", None]]  # fmt: skip


@pytest.fixture
def answered(serve: Serve, tmp_path: Path) -> None:
    workbook = plan.save(tmp_path / "plan.xlsx", **{"Form Responses 1": FORM, "Officers": OFFICERS})
    serve(replace(closed_to_strangers(workbook, public=True), added=(Forms(SHIFT),)))


def rows_of(page, label: str) -> list[list[str]]:
    """The texts of each row of the block with that label."""
    found = [block for block in blocks(page) if block.get("label") == label]
    return [["".join(map(text_of, cell)) for cell in row["cells"]] for block in found for row in block["rows"]]


def text_of(piece) -> str:
    return piece if isinstance(piece, str) else piece.get("text") or piece.get("name", "")


LABEL = "Answers to type into the sheet, each No first"


@pytest.mark.usefixtures("answered")
def test_openings_list_the_cells_to_type_a_no_first_to_those_who_see_the_names() -> None:
    shared, sheriffs = "Sat, Nov 28 · 8:00–9:30 AM Weed Starbucks", "Mon, Nov 30 · 10:00–11:00 AM Yreka Starbucks"
    no = ["Answered No Wed 6:12 PM “planted-answer-note”", "Set E2 of Staffing to DeclinedWho's available"]
    yes = ["Answered Yesfrom another address Wed 9:00 AM “planted-chp-note”", "Set E3 of Staffing to Confirmed"]
    sheriffs_no = [
        sheriffs,
        "SCSO B. Demo",
        "Answered No Wed 9:00 AM",
        "Set E5 of Staffing to DeclinedWho's available",
    ]
    coordinator = opened("staffing", "coordinator")
    assert "3 answers to type into the sheet" in words(coordinator)
    assert rows_of(coordinator, LABEL) == [
        [shared, "WPD A. Sample", *no], sheriffs_no, [shared, "CHP-MS C. Example", *yes],
    ]  # fmt: skip
    yes[0] = "Answered Yesfrom another address Wed 9:00 AM"  # the note is of another agency's officer
    assert rows_of(opened("staffing", "liaison"), LABEL) == [[shared, "WPD A. Sample", *no]]
    assert rows_of(opened("staffing", "liaison", agency="All agencies"), LABEL) == [
        [shared, "WPD A. Sample", *no], [shared, "CHP-MS C. Example", *yes],
    ]  # fmt: skip
    assert rows_of(opened("staffing", "coordinator", agency="SCSO"), LABEL) == [sheriffs_no]


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_no_is_in_the_headline_for_those_who_see_the_officer_and_changes_no_number(serve, tmp_path) -> None:
    """To each viewer what the headline was without answers, and above that the first No whom they may see."""
    wpd = "Saturday's event at Weed Starbucks: A. Sample (WPD) answered No; the sheet still says Confirmed."
    scso = "Monday's event at Yreka Starbucks: B. Demo (SCSO) answered No; the sheet still says Confirmed."
    viewers: list[tuple[str, dict[str, str], str]] = [
        ("coordinator", {}, wpd), ("coordinator", {"agency": "SCSO"}, scso), ("coordinator", {"agency": "CHP-MS"}, ""),
        ("liaison", {}, wpd), ("stranger", {}, ""),
    ]  # fmt: skip
    pages = [(page, *viewer) for page in ("overview", "staffing") for viewer in viewers if (page, viewer[0]) != (
        "staffing", "stranger")]  # fmt: skip
    shown = [words(opened(page, who, **query)) for page, who, query, _ in pages]
    urgent = [next((line for line in text.splitlines() if "answered No; " in line), "") for text in shown]
    assert urgent == [wanted for *_, wanted in pages]
    assert "Set E2 of Staffing to Declined · Who's available · 1 more answered No" in shown[0]
    sheets.stop()
    serve(closed_to_strangers(plan.save(tmp_path / "without.xlsx", Officers=OFFICERS), public=True))
    for (page, who, query, _), text in zip(pages, shown, strict=True):
        before = words(opened(page, who, **query)).splitlines()[0]
        assert "answered" not in before
        assert before in text.replace("*", ""), (page, who, query)


TO_ENTER = "C. Example answered Yes, Wed 9:00 AM, from another address. Set E3 of Staffing to Confirmed."


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("page", "query"),
    [("overview", {}), ("calendar", {"event": "SHARED"}), ("staffing", {"show": "Clashes", "about": "Not confirmed"})],
)
def test_officer_who_answered_is_never_to_be_asked_wherever_an_officer_is_not_confirmed(page, query) -> None:
    for who in ("coordinator", "liaison"):
        shown = words(opened(page, who, **query))
        assert TO_ENTER in shown
        assert "C. Example has not" not in shown
    # A Maybe is no answer to type.
    shown = words(opened("staffing", "coordinator", show="Clashes", about="Not confirmed"))
    assert "D. Trial has not confirmed. Ask, then set the Status to Confirmed." in shown


@pytest.mark.usefixtures("answered")
def test_officer_who_answered_is_not_told_that_there_is_no_answer() -> None:
    shown = words(opened("my_shifts", "coordinator", officer="D. Trial, SCSO (OF-04)"))
    assert "Officer asked · answered Maybe, Wed 9:00 AM" in shown
    assert "no answer yet" not in shown


@pytest.mark.usefixtures("answered")
def test_answers_stand_beside_the_names_in_rosters_and_nowhere_for_strangers() -> None:
    said = "answered No, Wed 6:12 PM: “planted-answer-note”"
    for page, query in (
        ("calendar", {"event": "SHARED"}),
        ("staffing", {"show": "People"}),
        ("my_shifts", {"officer": "A. Sample, WPD (OF-01)"}),
    ):
        assert said in words(opened(page, "liaison", **query)), page
    assert "answered" not in words(opened("calendar", "stranger", event="SHARED"))
    assert "planted-chp-note" not in words(opened("calendar", "liaison", event="SHARED"))


def links_of(page) -> list[str]:
    """The addresses behind links that begin with "Answer"."""
    pieces = [
        piece for block in blocks(page) for card in block.get("cards", ()) for line in card["lines"] for piece in line
    ]
    return [piece["url"] for piece in pieces if isinstance(piece, dict) and piece.get("text", "").startswith("Answer")]


@pytest.mark.usefixtures("answered")
def test_my_shifts_has_a_link_to_answer_with_event_and_officer_filled_in() -> None:
    page = opened("my_shifts", "coordinator", officer="A. Sample, WPD (OF-01)")
    assert links_of(page) == ["https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=SHARED&entry.2=OF-01"]
    assert "enter there" not in words(page)


@each(
    ("added", "links", "said"),
    [
        ((Forms("https://forms.office.com/r/abc"),), ["https://forms.office.com/r/abc"],
         "Answer (enter there: Event ID SHARED, Officer OF-01)"),
        ((), [], None),
    ],
)  # fmt: skip
def test_form_that_cannot_be_filled_in_says_what_to_enter_and_without_a_form_there_is_no_link(
    serve, tmp_path, added, links, said
):
    workbook = plan.save(tmp_path / "plan.xlsx", Officers=OFFICERS)
    serve(replace(closed_to_strangers(workbook), added=added))
    page = opened("my_shifts", "coordinator", officer="A. Sample, WPD (OF-01)")
    assert links_of(page) == links
    assert (said or "enter there") in words(page) or said is None
    assert rows_of(opened("staffing", "coordinator"), LABEL) == []


def test_event_says_that_its_count_is_from_the_door(serve: Serve, tmp_path: Path) -> None:
    counts = [["Timestamp", "Event ID", "Guests", "Final?"], [at(9, TODAY), "UNCOUNTED", 41, "So far"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", **{"Form Responses 1": counts})))
    assert "Guests: 41 or more guests, counted at the door" in words(
        opened("calendar", "coordinator", event="UNCOUNTED")
    )


def digest_lines() -> list[str]:
    """What the digest says to type, to the agency of A. Sample."""
    share = access.restrict(sheets.current("").snapshot, Viewer("liaison", ("WPD",)))
    links = Links("https://coffee.example.gov", agency="WPD")
    (part,) = digest(*[SnapshotOfDay(share, TODAY)] * 2, Rules(), links, "WPD")
    return [f"{line.detail} | {line.action[0]}" for each in part.sections if each.heading == (
        "Answers to type into the sheet") for line in each.lines]  # fmt: skip


@pytest.mark.slow
def test_answer_in_a_google_sheet_is_a_cell_to_type_until_the_cell_says_so(serve: Serve, tmp_path: Path) -> None:
    """The way of an answer: the form's row, a look over HTTP, page and digest, the cell typed, a look, nothing."""
    counts: plan.Rows = [["Timestamp", "Event ID", "Guests", "Final?"], [at(9, TODAY), "UNCOUNTED", 41, "Final"]]
    scores: plan.Rows = [["Timestamp", "Event ID", "I felt welcome"], [at(9, TODAY), "GONE", 5]]
    forms = {"Form Responses 1": [ANSWERS, [None] * 6], "Form Responses 2": counts, "Form Responses 3": scores}
    with SheetsServer(plan.workbook(**forms, Officers=OFFICERS)) as google:
        address = google.gsheets["spreadsheet"]
        serve(replace(closed_to_strangers(tmp_path), workbook=None, gsheets=google.gsheets, spreadsheet=address))
        assert rows_of(opened("staffing", "coordinator"), LABEL) == []
        assert digest_lines() == []
        for cell, value in zip(("A2", "B2", "C2", "D2"), FORM[1], strict=False):
            google.book["Form Responses 1"].set(cell, value)
        sheets.poller("").look()
        page = opened("staffing", "coordinator")
        (row,) = rows_of(page, LABEL)
        assert row[3] == "Set E2 of Staffing to DeclinedWho's available"
        assert "1 answer to type into the sheet" in words(page)
        assert digest_lines() == ["A. Sample answered No, Wed 6:12 PM | Set E2 of Staffing to Declined"]
        google.book["Staffing"].set("E2", "Declined")
        sheets.poller("").look()
        assert rows_of(opened("staffing", "coordinator"), LABEL) == []
        assert digest_lines() == []
        kept = {kind: account.kept for kind, account in sheets.current("").snapshot.accounting.items()}
        assert [kept[kind] for kind in ("Officer answers", "Door counts", "Resident feedback")] == [1, 1, 1]
