"""The Staffing page: a liaison's questions answered on the sample, with the filters in the URL."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from cwac.analysis.alerts import ALERT_CODES, alerts
from cwac.analysis.candidates import Roster
from cwac.analysis.periods import Period
from cwac.analysis.rest import weekly_load, weeks_around
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import gap_board
from cwac.date_words import month_words
from cwac.exports.tables import to_csv
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.refresh.poller import Poller
from cwac.settings import Rules, Settings
from cwac.web.sections import gaps, rosters, scheduling
from cwac.web.sections import officers as people
from tests.web import plan
from tests.web.conftest import blocks, closed_to_strangers, opened, sent, words

RULES = Rules()
Serve = Callable[[Settings], None]


@pytest.fixture(scope="module")
def sample_pollers() -> Iterator[list[Poller]]:
    yield []
    sheets.stop()


@pytest.fixture
def sample(sample_pollers: list[Poller]) -> Snapshot:
    """The sample. The tests share it until one of them serves another sheet."""
    if not sample_pollers or sample_pollers[-1]._stopping:
        sample_pollers.append(sheets.start(Settings()))
    snapshot = sample_pollers[-1].wait(20).snapshot
    assert snapshot is not None
    return snapshot


def line(pieces: list[Any]) -> str:
    """The text of a line of a card or of a cell."""
    return "".join(
        piece if isinstance(piece, str) else str(piece.get("text", piece.get("name", ""))) for piece in pieces
    )


def card_words(card: Mapping[str, Any]) -> str:
    return "\n".join(map(line, [card["title"], *card["lines"]]))


def listed(page: AppTest, kind: str, label: str) -> list[Any]:
    """The cards of the list, the bars of the picture, or the rows of the table, with that label or caption."""
    return [
        item
        for block in blocks(page)
        if block["kind"] == kind and label in (block.get("label"), block.get("caption"))
        for item in block["cards" if kind == "cards" else "tiles" if kind == "tiles" else "rows"]
    ]


OPENINGS = "Events with openings, soonest first"


def openings(page: AppTest) -> list[Any]:
    return listed(page, "cards", OPENINGS)


def event_of(card: Mapping[str, Any]) -> str | None:
    """The event that a card's title opens."""
    return next((piece["id"] for piece in card["title"] if isinstance(piece, dict) and piece["type"] == "event"), None)


def actions(card: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [action for action in card["actions"] if action["type"] == kind]


def unescaped(text: str) -> str:
    return text.replace("\\", "").replace("\u2060", "")


def codes(page: AppTest) -> list[str]:
    return [element.value for element in page.code]


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_openings_show_positions_by_month_and_what_agencies_owe(sample: Snapshot) -> None:
    page = opened("staffing")
    board = gaps.board(sample, sample.today, sample.today, None, None)
    text = words(page)
    assert f"{board.positions} positions are open at {board.short} of {board.planned} events." in text
    assert f"{board.asked} positions requested, with nobody named yet." in text
    months = gaps.months(board)
    assert sum(positions for positions, _ in months.values()) == board.positions
    assert [tile["value"] for tile in listed(page, "tiles", "Open positions by month")] == [
        f"{positions} positions" for positions, _ in months.values()
    ]
    bars = [line([*bar["name"], " ", *bar["text"]]) for bar in listed(page, "bars", "Officers that agencies owe")]
    assert bars[1:] == [
        f"{name} owes {owed.officers} officer{'' if owed.officers == 1 else 's'} "
        f"at {owed.events} event{'' if owed.events == 1 else 's'}"
        for name, owed in board.owing.items()
    ]
    assert bars[0] == f"Any agency {board.from_any} more positions"
    owed = sum(owed.officers for owed in board.owing.values())
    assert owed + board.from_any == board.positions + board.beyond
    assert board.beyond > 0
    assert f"Together {owed + board.from_any}, {board.beyond} more than the {board.positions} open positions: " in text


def test_bars_that_add_up_to_the_open_positions_need_no_words() -> None:
    snapshot = plan.snapshot()
    board = gaps.board(snapshot, plan.TODAY, plan.TODAY, None, None)
    assert gaps.sum_words(replace(board, beyond=0)) == ""
    assert "1 more than the 5 open positions" in gaps.sum_words(replace(board, positions=5, beyond=1))


def test_each_event_with_openings_has_a_card_that_opens_it_and_copies_its_message(sample: Snapshot) -> None:
    cards = openings(opened("staffing"))
    board = gaps.board(sample, sample.today, sample.today, None, None)
    assert [event_of(card) for card in cards] == [gap.fill.event.id for gap in board.gaps]
    assert [actions(card, "copy")[0]["text"] for card in cards] == [gap.ask for gap in board.gaps]
    assert [actions(card, "page")[0]["query"]["gap"] for card in cards] == [gap.fill.event.id for gap in board.gaps]
    first = card_words(cards[0])
    assert "Tomorrow, " in first
    assert "Urgent, tomorrow" in first
    assert "3 of 5 staffed · 2 of 3 officers confirmed" in first
    assert "Floor 1 of 3" in first
    assert "2 requested from SCSO" in first


def test_next_month_is_named_in_the_answer(sample: Snapshot) -> None:
    page = opened("staffing", when="Next month")
    first, last = gaps.days_of("Next month", sample.today)
    board = gaps.board(sample, sample.today, first, last, None)
    answer = line(blocks(page)[0]["lines"][0])
    assert answer.startswith(f"{month_words(first)}: {board.positions} positions are open at {board.short} of")
    tiles = listed(opened("staffing"), "tiles", "Open positions by month")
    (link,) = [tile["name"][0] for tile in tiles if line(tile["name"]) == month_words(first)]
    assert link["query"] == {"show": "Gaps", "when": "Next month"}


def test_openings_are_filtered_by_time_lack_and_agency(sample: Snapshot) -> None:
    today = sample.today
    hosts = gaps.board(sample, today, today, None, None, (gaps.HOST,))
    assert len(openings(opened("staffing", lacking=gaps.HOST))) == hosts.without_host == len(hosts.gaps) > 0
    week = opened("staffing", when="Next 7 days")
    assert len(openings(week)) == sum(gap.days < 7 for gap in gaps.board(sample, today, today, None, None).gaps) > 0
    named = gaps.board(sample, today, today, None, "YPD")
    assert len(openings(opened("staffing", agency="YPD"))) == named.open > 0
    assert all("YPD" in gap.fill.event.agencies for gap in named.gaps)


def test_a_card_leads_to_the_candidates_of_its_event(sample: Snapshot) -> None:
    second = openings(opened("staffing"))[1]
    (link,) = actions(second, "page")
    page = opened(link["page"], **link["query"])
    assert not page.exception
    gap = gaps.board(sample, sample.today, sample.today, None, None).gaps[1]
    assert page.selectbox(key="gap").value == gap.fill.event.id
    assert codes(page) == [gap.ask]
    able, _ = scheduling.candidates(sample, gap.fill.event.id, None, _roster=Roster(sample, sample.today, RULES))
    cards = listed(page, "cards", "Who can go, best first")
    assert [card["title"][1]["text"] for card in cards] == [candidate.officer.name for candidate in able]
    assert [piece["text"] for piece in cards[0]["lines"][0]] == [*able[0].against, *able[0].reasons]


def test_unavailable_people_are_listed_with_reasons_on_demand(sample: Snapshot) -> None:
    page = opened("staffing", show="Who could go", cannot="true")
    event = gaps.board(sample, sample.today, sample.today, None, None).gaps[0].fill.event
    _, unable = scheduling.candidates(sample, event.id, None, _roster=Roster(sample, sample.today, RULES))
    rows = listed(page, "table", "Who cannot go, and why")
    assert [line(row[1]) for row in rows] == [", ".join(candidate.against) for candidate in unable]
    assert unable


def test_openings_link_to_the_row_of_the_sheet_that_asks_for_an_officer() -> None:
    snapshot = plan.snapshot()
    board = gaps.board(snapshot, plan.TODAY, plan.TODAY, None, None)
    links = {gap.fill.event.id: actions(gaps.card(gap, snapshot, plan.TODAY, {}), "link")[0] for gap in board.gaps}
    sheet = "https://docs.google.com/spreadsheets/d/planted-key/edit#gid=1&range="
    assert (links["SHARED"]["url"], links["SHARED"]["text"]) == (f"{sheet}B4", "Answer in B4 of Staffing")
    # Nobody is asked for there: the answer is a new row.
    assert (links["MAYBE"]["url"], links["MAYBE"]["text"]) == (f"{sheet}B9", "Add a row to Staffing")


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("query", "now"),
    [
        ({"show": "People", "of": "Fair share", "period": "This year"}, {"show": "Fairness", "period": "This year"}),
        ({"show": "Openings"}, {"show": "Openings"}),
        (
            {"show": "Clashes", "kind": ["Two places to be", "officer-tight-travel"]},
            {"show": "Clashes", "kind": ["officer-double-booked", "officer-tight-travel"]},
        ),
        ({"show": "Who could go", "gap": "Thu 26 Nov, Weed (EV-1)"}, {"show": "Who could go", "gap": "EV-1"}),
    ],
)
def test_old_links_are_followed(query: dict[str, Any], now: dict[str, Any]) -> None:
    page = opened("staffing", **query)
    assert not page.exception
    assert {key: page.query_params[key] for key in now} == now
    unknown = [element.value for element in page.info if "which is not known here" in element.value]
    assert len(unknown) == ("gap" in query)  # there is no such event


# --- people -----------------------------------------------------------------------------------------------------------


def test_shifts_of_an_agency_in_the_next_week(sample: Snapshot) -> None:
    page = opened("staffing", show="People", agency="SCSO", when="Next 7 days")
    mine = people.coming(sample, sample.today, RULES, sample.today, sample.today + dt.timedelta(days=6), "SCSO", None)
    rows = listed(page, "table", "Shifts to come, soonest first")
    assert [line(row[1]) for row in rows] == [
        f"{shift.agency}{shift.name or 'requested, nobody named yet'}" for shift in mine
    ]
    assert {shift.agency for shift in mine} == {"SCSO"}
    assert all("Report " in line(row[0]) for row in rows)
    assert "Only SCSO's officers are listed, not the others at these events" in words(page)


def test_roster_names_everybody_at_each_event(sample: Snapshot) -> None:
    cards = listed(opened("staffing", show="People"), "cards", "Events and their officers, soonest first")
    lines = rosters.rosters(sample, sample.today, RULES, None)
    assert [event_of(card) for card in cards] == [fill.event.id for fill, _ in lines]
    for card, (_, shifts) in zip(cards, lines, strict=True):
        assert all(shift.name in card_words(card) for shift in shifts if shift.name)
    assert "SCSO2 requested, Floor" in card_words(cards[0])


@pytest.mark.usefixtures("sample")
def test_agency_of_an_officer_whose_name_is_not_shown_is_said_once() -> None:
    page = opened("staffing", show="People", **{"as": "liaison WPD"})
    cards = listed(page, "cards", "Events and their officers, soonest first")
    text = "\n".join(map(card_words, cards))
    assert "SCSOofficer, Floor, assigned" in text
    assert "SCSO officer" not in text


def double_booked(sample: Snapshot) -> str:
    names = people.names(sample, None)
    return next(label for label, person in names.items() if sample.officer_by_id[person].name == "B. Demo")


def test_double_booked_officer_shows_the_conflict(sample: Snapshot) -> None:
    label = double_booked(sample)
    page = opened("staffing", show="People", officer=label)
    shifts = people.coming(sample, sample.today, RULES, sample.today, None, None, people.names(sample, None)[label])
    rows = listed(page, "table", "Shifts to come, soonest first")
    assert len(rows) == len(shifts) > 0
    assert {shift.name for shift in shifts} == {"B. Demo"}
    assert sum(ALERT_CODES["officer-double-booked"] in line(row[2]) for row in rows) == 2


def test_agency_filter_says_that_the_chosen_officer_is_of_another_agency(sample: Snapshot) -> None:
    label = double_booked(sample)
    page = opened("staffing", show="People", officer=label, agency="WPD")
    (note,) = page.info
    assert unescaped(note.value) == (
        f"{label} is not one of WPD's officers: the agency filter is not applied to their shifts."
    )
    rows = listed(page, "table", "Shifts to come, soonest first")
    assert {line(row[1]) for row in rows} == {"SCSOB. Demo"}


def test_fairness_counts_each_officers_events_by_week(sample: Snapshot) -> None:
    page = opened("staffing", show="Fairness")
    (grid,) = [block for block in blocks(page) if block["kind"] == "grid"]
    weeks = weeks_around(sample.today, 8, 3)
    assert grid["columns"][0] == "Officer"
    assert grid["columns"][9] == "This week"
    assert grid["columns"][-1] == "Last 12 months"
    assert grid["columns"][grid["ahead"] - 1] == "This week"
    assert len(grid["columns"]) == 2 + len(weeks) == 14
    year = people.share_periods(sample.today)["Last 12 months"]
    officers, _, _ = people.share(sample, year.first, year.last, sample.today, RULES, None)
    loads = weekly_load(sample, weeks, RULES)
    (demo,) = [share for share in officers if share.officer.name == "B. Demo"]
    (row,) = [row for row in grid["rows"] if line(row["name"]) == "SCSOB. Demo"]
    *cells, total = row["cells"]
    events = loads[demo.officer.id].events
    assert [cell["text"] for cell in cells] == [str(number or "") for number in events]
    assert [cell["level"] for cell in cells] == [min(number, 3) for number in events]
    assert (total["text"], total["total"]) == (str(demo.events), True)


@pytest.mark.parametrize(
    ("changed", "tag"), [({}, "On leave"), ({"active_to": plan.TODAY - dt.timedelta(days=1)}, "Not active")]
)
def test_officer_who_is_away_has_a_tag_in_the_grid(changed: dict[str, Any], tag: str) -> None:
    snapshot, weeks = plan.snapshot(), weeks_around(plan.TODAY, 0, 0)
    officers, _, _ = people.share(snapshot, plan.TODAY, plan.TODAY, plan.TODAY, RULES, None)
    (sample,) = [share for share in officers if share.officer.id == "OF-01"]
    away = replace(sample, available=False, officer=replace(sample.officer, **changed))
    period = Period(plan.TODAY, plan.TODAY, people.OTHER_DAYS)
    loads = weekly_load(snapshot, weeks, RULES)
    here, gone = people.load_grid(snapshot, plan.TODAY, [sample, away], weeks, loads, 12.0, period)["rows"]
    assert line(gone["name"]) == f"{line(here['name'])} {tag}"


def test_week_above_the_limit_is_outlined_and_says_the_hours() -> None:
    snapshot = plan.snapshot()
    officers, _, _ = people.share(snapshot, plan.TODAY, plan.TODAY, plan.TODAY, RULES, None)
    weeks = weeks_around(plan.TODAY, 0, 0)
    loads = weekly_load(snapshot, weeks, RULES)
    (sample,) = [share for share in officers if share.officer.id == "OF-01"]
    period = Period(plan.TODAY, plan.TODAY, "today")
    grid = people.load_grid(snapshot, plan.TODAY, [sample], weeks, loads, 1.0, period)
    cells = [(cell["text"], cell["level"]) for cell in grid["rows"][0]["cells"]]
    assert cells == [("1 (1.5 h)", 4), (str(sample.events), 0)]


def test_fair_share_ranks_officers_and_agencies(sample: Snapshot) -> None:
    page = opened("staffing", show="Fairness", period="This year")
    year = people.share_periods(sample.today)["This year"]
    officers, agencies, _ = people.share(sample, year.first, year.last, sample.today, RULES, None)
    first, second = (frame.value for frame in page.dataframe)
    assert list(first["Officer"]) == [share.officer.name for share in officers]
    assert list(first["Events"]) == [share.events for share in officers]
    assert list(first["How the hours are known"]) == [share.hours.words for share in officers]
    assert list(second["Agency"]) == [share.agency for share in agencies]
    assert list(second["Sworn"]) == [share.sworn for share in agencies]


@pytest.mark.parametrize(("viewer", "people"), [("liaison", [None, 1, 1]), ("coordinator", [1, 1, 1])])
def test_people_counts_of_other_agencies_are_shown_only_with_names(
    serve: Serve, plan_file: Any, viewer: str, people: list[int | None]
) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("staffing", viewer, show="Fairness", period="This year")
    table = page.dataframe[-1].value
    assert list(table["Agency"]) == ["SCSO", "CHP-MS", "WPD"]
    assert [None if count != count else count for count in table["People"]] == people
    mentioned = any("how many different people went is not known" in element.value for element in page.markdown)
    assert mentioned is (None in people)


def test_fair_share_of_other_days_uses_date_inputs(sample: Snapshot) -> None:
    page = opened("staffing", show="Fairness", period=people.OTHER_DAYS)
    page.date_input(key="from").set_value(sample.today)
    page.date_input(key="to").set_value(sample.today).run()
    assert set(page.dataframe[0].value["Events"]) <= {0, 1}


# --- whose people are not known ---------------------------------------------------------------------------------------


@pytest.fixture
def one_tab(serve: Serve, tmp_path: Path) -> Snapshot:
    """Events with officers' names and agencies, but nothing that links people to agencies."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    today = plan.TODAY
    grids = {
        "Events": [
            ["Event ID", "Date", "Start", "Town", "Lead agency", "Partner agencies", "Status", "Officers needed",
             "Officers"],
            ["PAST", today - dt.timedelta(days=5), "9:00 AM", "Weed", "WPD", "SCSO", "Completed", 2, "A. Sample"],
            ["NEXT", today + dt.timedelta(days=5), "9:00 AM", "Weed", "WPD", "SCSO", "Confirmed", 3,
             "A. Sample; B. Demo"],
        ],
        "Agencies": [["Agency", "Name"], ["WPD", "Weed Police"], ["SCSO", "Sheriff"]],
    }  # fmt: skip
    for title, lines in grids.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(tmp_path / "one-tab.xlsx")
    serve(closed_to_strangers(tmp_path / "one-tab.xlsx"))
    snapshot = sheets.current().snapshot
    assert snapshot is not None
    return snapshot


UNKNOWN = "It is not known which agency 2 of the 2 people named belong to, so this may leave out some of WPD."


def test_gap_board_says_not_known_rather_than_nobody(one_tab: Snapshot) -> None:
    page = opened("staffing", "coordinator")
    (card,) = openings(page)
    text = card_words(card)
    assert "2 of 3 staffed · 0 of 2 officers confirmed No host" in text
    assert "Officers: WPDnot known  SCSOnot known  Agency not known: 2 not confirmed" in text
    assert [action["text"] for action in card["actions"][2:]] == ["Answer in I3 of Events"]
    assert "owes" not in words(page)
    assert "no officer from" not in words(page).lower()
    assert one_tab.problems


@pytest.mark.usefixtures("one_tab")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"show": "People"}, "no officer is known to be assigned to an event"),
        ({"show": "Fairness"}, "Of 1 shift it is not known whose"),
        ({"show": "People", "of": "Rest and emergencies"}, "No officer is known to be scheduled for too much"),
        ({"show": "Who could go"}, "None known to be of WPD's officers can go."),
        ({"show": "Plan"}, "A proposal for"),
    ],
)
def test_views_of_one_agencys_people_mention_people_of_unknown_agency(query: dict[str, str], sentence: str) -> None:
    page = opened("staffing", "coordinator", agency="WPD", **query)
    assert not page.exception
    shown = unescaped(words(page) + " ".join(element.value for element in page.info))
    assert UNKNOWN in shown
    assert sentence in shown


@pytest.mark.usefixtures("one_tab")
def test_unknown_fair_share_cells_are_blank() -> None:
    page = opened("staffing", "coordinator", show="Fairness")
    table = page.dataframe[-1].value
    assert table["Events"].isna().all()
    assert set(table["How the hours are known"]) == {"not known whose people went"}


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("query", [{"show": "People"}, {"show": "Who could go"}, {"show": "Plan"}])
def test_no_mention_of_unknown_agencies_if_all_are_known(query: dict[str, str]) -> None:
    page = opened("staffing", agency="SCSO", **query)
    assert "It is not known which agency" not in unescaped(words(page))


# --- clashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sample")
def test_double_booking_shows_both_assignments_on_a_time_axis(sample: Snapshot) -> None:
    page = opened("staffing", show="Clashes", kind="officer-double-booked")
    (alert,) = [each for each in alerts(sample, sample.today, RULES) if each.code == "officer-double-booked"]
    (card,) = listed(page, "cards", "Conflicts, soonest first")
    assert "B. Demo" in line(card["title"])
    assert alert.message == line(card["lines"][0])
    bars = card["picture"]["rows"]
    assert [bar["name"][0]["id"] for bar in bars] == list(alert.event_ids)
    assert bars[1]["from"] < bars[0]["to"]  # they overlap
    rows = [
        f"Fix in B{row.row} of Staffing"
        for event_id in alert.event_ids
        for row in sample.assignments_by_event[event_id]
        if row.officer == alert.officer
    ]
    assert [action["text"] for action in card["actions"]] == rows
    assert len(rows) == 2


def test_bars_of_a_conflict_are_the_officers_own_times() -> None:
    snapshot = plan.snapshot(
        Events=[
            ["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Status"],
            ["ONE", plan.serial(plan.TODAY), 9 / 24, 11 / 24, "Weed", "WPD", "Confirmed"],
            ["TWO", plan.serial(plan.TODAY), 10 / 24, 12 / 24, "Yreka", "SCSO", "Confirmed"],
        ],
        Staffing=[
            ["Event ID", "Officer", "Report", "Release", "Status"],
            ["ONE", "OF-01", 8 / 24, None, "Confirmed"],
            ["TWO", "OF-01", None, None, "Confirmed"],
        ],
    )
    (alert,) = [each for each in alerts(snapshot, plan.TODAY, RULES) if each.code == "officer-double-booked"]
    (card,) = rosters.alert_cards(snapshot, [alert], plan.TODAY, RULES, {}, "Conflicts")["cards"]
    assert [(bar["from"], bar["to"]) for bar in card["picture"]["rows"]] == [(0, 0.75), (0.5, 1)]
    assert [line(bar["name"]).split()[-2:] for bar in card["picture"]["rows"]] == [
        ["8:00–11:00", "AM"],
        ["AM–12:00", "PM"],
    ]
    assert [action["url"].partition("#")[2] for action in card["actions"]] == ["gid=1&range=B2", "gid=1&range=B3"]


def test_alerts_are_grouped_by_topic_and_event_and_filtered_by_kind(sample: Snapshot) -> None:
    every = opened("staffing", show="Clashes", about="Everything")
    headings = [element.value for element in every.header]
    assert headings == ["Conflicts", "Openings", "Unconfirmed", "Other"]
    shown = alerts(sample, sample.today, RULES)
    gaps_shown = rosters.alerts_about(shown, "Gaps", ())
    cards = listed(every, "cards", "Openings, soonest first")
    assert [event_of(card) for card in cards] == list(dict.fromkeys(alert.event_ids[0] for alert in gaps_shown))
    text = "\n".join(map(card_words, cards))
    assert all(alert.message in text for alert in gaps_shown if alert.code != "agency-without-officer")
    host = listed(opened("staffing", show="Clashes", about="Gaps", kind="no-host"), "cards", "Openings, soonest first")
    assert 0 < len(host) == sum(alert.code == "no-host" for alert in shown) < len(cards)


def test_agencies_without_an_officer_are_named_together() -> None:
    event = ["BIG", plan.serial(plan.TODAY), 9 / 24, 10 / 24, "Weed", "CHP-MS", "WPD; SCSO", "Confirmed"]
    header = ["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Partner agencies", "Status"]
    snapshot = plan.snapshot(Events=[header, event], Staffing=[["Event ID", "Officer"]])
    silent = rosters.alerts_about(alerts(snapshot, plan.TODAY, RULES), None, ("agency-without-officer",))
    assert len(silent) == 3
    (card,) = rosters.alert_cards(snapshot, silent, plan.TODAY, RULES, {}, "Openings")["cards"]
    assert [line(each) for each in card["lines"]] == [
        "No officer from CHP-MS, SCSO, WPDName one each, or take them off."
    ]


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_plan_runs_by_itself_and_shows_coverage_before_and_after(sample: Snapshot) -> None:
    page = opened("staffing", show="Plan", month="Next 60 days")
    assert not page.exception
    horizon = scheduling.horizons(sample.today)["Next 60 days"]
    proposal = scheduling.proposed(sample, horizon.first, horizon.last, sample.today, RULES, None, False)
    text = words(page)
    assert text.count("never written to the sheet") == 1
    assert proposal.words in text
    rows = listed(page, "table", "Proposed officers, soonest first")
    assert [row[0][0]["id"] for row in rows] == [item.event.id for item in proposal.proposals]
    assert rows
    fills = [gap.fill for gap in gap_board(sample, sample.today) if gap.fill.event.date in horizon]
    wanted = sum(fill.wanted or 0 for fill in fills)
    now = sum(min(fill.assigned, fill.wanted or 0) for fill in fills)
    everything, *led = listed(page, "bars", "Positions staffed now, and with the plan")
    assert line(everything["text"]) == f"{now} → {now + len(proposal.proposals)} of {wanted} positions"
    assert sum(bar["of"] for bar in led) == wanted
    pasted = [tuple(row.split("\t")) for row in codes(page)[0].split("\n")]
    assert pasted == list(proposal.rows)
    assert {len(row) for row in pasted} == {len(HEADER)}
    assert len(listed(page, "cards", "Positions that stay open")) == len(proposal.unfilled)
    replaced = sorted({item.placeholder for item in proposal.proposals if item.placeholder})
    *most, last = map(str, replaced)
    assert f"Then delete rows {', '.join(most)} and {last} of Staffing, which asked for them." in text


def test_plan_names_what_it_does_not_solve(sample: Snapshot) -> None:
    horizon = scheduling.horizons(sample.today)["Next 60 days"]
    proposal = scheduling.proposed(sample, horizon.first, horizon.last, sample.today, RULES, None, False)
    fills = [gap.fill for gap in gap_board(sample, sample.today) if gap.fill.event.date in horizon]
    every = alerts(sample, sample.today, RULES)
    nothing_proposed = replace(proposal, proposals=())
    silent = [fill for fill in fills if fill.silent]
    sentences = scheduling.unsolved(nothing_proposed, silent[:1], (), sample.today)
    (sentence,) = sentences
    assert sentence.startswith(f"No officer from {', '.join(silent[0].silent)} on ")
    conflicts = scheduling.unsolved(proposal, fills, every, sample.today)
    assert any("double-booked" in each or "overlap" in each for each in conflicts)
    solved = replace(silent[0], silent=())
    assert scheduling.unsolved(proposal, [solved], (), sample.today) == ()
    many = scheduling.unsolved(nothing_proposed, silent[:1] * 13, (), sample.today)
    assert (len(many), many[-1]) == (11, "And 3 more, under Conflicts and Openings.")


def test_plan_csv_holds_no_formula() -> None:
    snapshot = plan.snapshot(Officers=[["Officer ID", "Name", "Agency"], ["=1+1", "A. Sample", "CHP-MS"]])
    plan_made = scheduling.proposed(
        snapshot, plan.TODAY, plan.TODAY + dt.timedelta(days=60), plan.TODAY, RULES, None, False
    )
    assert [proposal.officer.id for proposal in plan_made.proposals] == ["=1+1"] * len(plan_made.proposals)
    assert plan_made.proposals
    read = list(csv.DictReader(io.StringIO(to_csv(scheduling.plan_rows(plan_made), HEADER).decode())))
    assert {row["Officer"] for row in read} == {"'=1+1"}


# --- who may see whom -------------------------------------------------------------------------------------------------

VIEWS: tuple[Mapping[str, str], ...] = (
    {},
    {"show": "People"},
    {"show": "Fairness"},
    {"show": "People", "of": "Rest and emergencies"},
    {"show": "Clashes", "about": "Everything"},
    {"show": "Who could go", "cannot": "true"},
    {"show": "Plan"},
)


@pytest.mark.parametrize("query", VIEWS, ids=lambda query: " ".join(query.values()) or "Gaps")
def test_liaison_selects_among_their_own_people_without_stand_ins(
    serve: Serve, plan_file: Any, query: Mapping[str, str]
) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("staffing", "liaison", **query)
    data = sent(page)
    assert b"Planteddemo" not in data
    assert b"Plantedtrial" not in data
    if query.get("show") in ("Who could go", "Fairness", "Plan"):
        assert b"SCSO officer" not in data


def test_coordinator_sees_people_that_a_liaison_does_not(serve: Serve, plan_file: Any) -> None:
    serve(closed_to_strangers(plan_file))
    assert b"Planteddemo" in sent(opened("staffing", "coordinator", show="People"))


def test_alerts_as_csv_keep_the_names_that_pages_have_changed(sample: Snapshot) -> None:
    named = {row["code"]: row["what"] for row in rosters.alert_rows(alerts(sample, sample.today, RULES))}
    assert named["officer-double-booked"] == "Two places to be"
    assert named["agency-without-officer"] == "Agency sends nobody"
    assert named["understaffed"] == "Too few officers"
