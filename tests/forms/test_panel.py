"""Officers' answers on the pages, and the link to answer: in what is the officer's own, and in nothing of others."""

from dataclasses import replace
from pathlib import Path

import icalendar
import pytest
from starlette.applications import Starlette

from cwac.clock import read_clock
from cwac.forms.settings import Forms
from cwac.notify import channels
from cwac.refresh import sheets
from cwac.web import feeds
from tests.api.test_routes import BOSS, Client
from tests.cases import each
from tests.fixed_clock import TODAY
from tests.forms.answered import ANSWERS, at
from tests.forms.test_command import SHIFT
from tests.notify import county
from tests.web import plan
from tests.web.conftest import Serve, blocks, closed_to_strangers, line_words, links_of, opened, words

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


def rows_of(page) -> list[list[str]]:
    """The texts of each row of the answers to type."""
    label = "Answers to type into the sheet, each No first"
    rows = [row for block in blocks(page) if block.get("label") == label for row in block["rows"]]
    return [[line_words(cell) for cell in row["cells"]] for row in rows]


@pytest.mark.usefixtures("answered")
def test_openings_list_the_cells_to_type_a_no_first_to_those_who_see_the_names() -> None:
    shared, sheriffs = "Sat, Nov 28 · 8:00–9:30 AM Weed Starbucks", "Mon, Nov 30 · 10:00–11:00 AM Yreka Starbucks"
    no = ["Answered No Wed 6:12 PM “planted-answer-note”", "Set E2 of Staffing to Declined\nWho's available"]
    yes = ["Answered Yesfrom another address Wed 9:00 AM “planted-chp-note”", "Set E3 of Staffing to Confirmed"]
    sheriffs_no = [
        sheriffs, "SCSO B. Demo", "Answered No Wed 9:00 AM", "Set E5 of Staffing to Declined\nWho's available",
    ]  # fmt: skip
    coordinator = opened("staffing", "coordinator")
    assert "3 answers to type into the sheet" in words(coordinator)
    assert rows_of(coordinator) == [
        [shared, "WPD A. Sample", *no], sheriffs_no, [shared, "CHP-MS C. Example", *yes],
    ]  # fmt: skip
    yes[0] = "Answered Yesfrom another address Wed 9:00 AM"  # the note is of another agency's officer
    assert rows_of(opened("staffing", "liaison")) == [[shared, "WPD A. Sample", *no]]
    assert rows_of(opened("staffing", "liaison", agency="All agencies")) == [
        [shared, "WPD A. Sample", *no], [shared, "CHP-MS C. Example", *yes],
    ]  # fmt: skip
    assert rows_of(opened("staffing", "coordinator", agency="SCSO")) == [sheriffs_no]


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
SAID = "answered No, Wed 6:12 PM: “planted-answer-note”"
NOT_CONFIRMED = {"show": "Clashes", "about": "Not confirmed"}
A_MAYBE = "D. Trial has not confirmed. Ask, then set the Status to Confirmed."  # is no answer to type


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
@each(
    ("who", "page", "query", "said", "never"),
    [
        *[(who, page, query, TO_ENTER, "C. Example has not") for who in ("coordinator", "liaison") for page, query in (
            ("overview", {}), ("calendar", {"event": "SHARED"}), ("staffing", NOT_CONFIRMED))],
        ("coordinator", "staffing", NOT_CONFIRMED, A_MAYBE, "D. Trial answered"),
        ("coordinator", "my_shifts", {"officer": "D. Trial, SCSO (OF-04)"},
         "Officer asked · answered Maybe, Wed 9:00 AM", "no answer yet"),
    ],
)  # fmt: skip
def test_officer_who_answered_is_never_to_be_asked_wherever_an_officer_is_not_confirmed(who, page, query, said, never):
    shown = words(opened(page, who, **query))
    assert (said in shown, never in shown) == (True, False)


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
@each(
    ("who", "page", "query", "said", "never"),
    [
        ("liaison", "calendar", {"event": "SHARED"}, SAID, "planted-chp-note"),
        ("liaison", "staffing", {"show": "People"}, SAID, "planted-chp-note"),
        ("liaison", "my_shifts", {"officer": "A. Sample, WPD (OF-01)"}, SAID, "planted-chp-note"),
        ("stranger", "calendar", {"event": "SHARED"}, "Weed Starbucks", "answered"),
    ],
)
def test_answers_stand_beside_the_names_in_rosters_and_nowhere_for_strangers(who, page, query, said, never):
    shown = words(opened(page, who, **query))
    assert (said in shown, never in shown) == (True, False)


def test_event_says_that_its_count_is_from_the_door(serve: Serve, tmp_path: Path) -> None:
    counts = [["Timestamp", "Event ID", "Guests", "Final?"], [at(9, TODAY), "UNCOUNTED", 41, "So far"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", **{"Form Responses 1": counts})))
    assert "Guests: 41 or more guests, counted at the door" in words(
        opened("calendar", "coordinator", event="UNCOUNTED")
    )


# --- the link to answer -----------------------------------------------------------------------------------------------

CHOSEN = "https://forms.office.com/r/abc"
FILLED = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1={}&entry.2={}"


@pytest.mark.slow
@each(
    ("added", "links"),
    [
        ((Forms(SHIFT),), [("Answer", FILLED.format("SHARED", "OF-01"))]),
        ((Forms(CHOSEN),), [("Answer (enter there: Event ID SHARED, Officer OF-01)", CHOSEN)]),
        ((), []),
    ],
)
def test_my_shifts_has_a_link_to_answer_that_is_filled_in_or_says_what_to_enter(serve, tmp_path, added, links):
    workbook = plan.save(tmp_path / "plan.xlsx", Officers=OFFICERS)
    serve(replace(closed_to_strangers(workbook), added=added))
    page = opened("my_shifts", "coordinator", officer="A. Sample, WPD (OF-01)")
    found = [(link.get("text", ""), link.get("url")) for block in blocks(page) for link in links_of(block)]
    assert [(text, url) for text, url in found if text.startswith("Answer")] == links


def answer_lines(path: str) -> list[str]:
    """The lines of all descriptions of a feed that have to do with answering."""
    answer = Client(Starlette(routes=feeds.ROUTES)).get(path)
    assert answer.status_code == 200
    events = icalendar.Calendar.from_ical(answer.content).events
    assert len(events) > 1
    return [line for one in events for line in str(one["DESCRIPTION"]).splitlines() if "Answer" in line]


@pytest.mark.slow
def test_calendar_has_the_link_to_answer_only_where_it_is_the_officers_own_and_the_event_is_to_come(
    serve, tmp_path: Path
) -> None:
    settings = replace(closed_to_strangers(plan.save(tmp_path / "plan.xlsx"), public=True), added=(Forms(SHIFT),))
    serve(replace(settings, store=f"sqlite:///{tmp_path}/store.sqlite3"))
    store = sheets.store()
    assert store is not None
    of = {scope: f"/feed/{store.create_token(scope, BOSS, read_clock(), None)}.ics" for scope in (
        "officer:OF-01", "agency:WPD", "agency:SCSO")}  # fmt: skip
    assert answer_lines(of["officer:OF-01"]) == [f"Answer: {FILLED.format('SHARED', 'OF-01')}"]  # GONE is past
    for others in (of["agency:WPD"], of["agency:SCSO"], "/calendar.ics"):
        assert answer_lines(others) == []
    sheets.stop()
    serve(replace(settings, store=f"sqlite:///{tmp_path}/store.sqlite3", added=(Forms(CHOSEN),)))
    assert answer_lines(of["officer:OF-01"]) == [f"Answer (enter there: Event ID SHARED, Officer OF-01): {CHOSEN}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("added", "action"),
    [
        ((Forms(SHIFT),), ("Answer", FILLED.format("E2", "OF-1"))),
        ((Forms(CHOSEN),), ("Answer (enter there: Event ID E2, Officer OF-1)", CHOSEN)),
        ((), None),
    ],
)
def test_message_about_own_shifts_has_the_link_to_answer_for_each_shift_that_is_left(store, added, action):
    rows = county.base()
    rows.officer("OF-1", "aldo@wpd.example.gov", "yes")
    office = county.Office(store, rows, sheets=[county.sheet(replace(county.SETTINGS, added=added))])
    rows.unstaff("E3", "OF-1").staff("E2", "OF-1")
    office.lose("OF-2", county.at(0, 9))  # which the agencies are told
    office.turns(county.at(0, 10))
    (own,) = office.to("aldo@wpd.example.gov")
    lines = [line for part in own.parts for section in part.sections for line in section.lines]
    assert [(line.detail, line.action) for line in lines] == [("assigned", action), ("no longer assigned", None)]
    others = [each.message for each in office.mailbox.taken if each.recipient.name != "aldo@wpd.example.gov"]
    assert len(others) > 0
    assert not any("Answer" in form(message, "") for message in others for form in (channels.text, channels.html))
