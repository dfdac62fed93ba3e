"""The Staffing page: a liaison's questions answered on the sample, with the filters in the URL."""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from cwac.analysis.candidates import Roster
from cwac.analysis.scheduling import HEADER
from cwac.exports.tables import to_csv
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from cwac.web.sections import gaps, scheduling
from cwac.web.sections import officers as people
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, sent, words

RULES = Rules()
Serve = Callable[[Settings], None]


@pytest.fixture
def sample(serve: Serve) -> Snapshot:
    serve(Settings())
    snapshot = sheets.current().snapshot
    assert snapshot is not None
    return snapshot


def rows(page: AppTest, number: int = 0) -> list[dict[str, Any]]:
    """A table of the page, with the escapes of cell text removed."""
    found = [*page.get("table"), *page.get("arrow_table")][number].value
    plain = found.map(lambda cell: str(cell).replace("\\", "").replace("\u2060", "").replace("\u00a0", " "))
    return plain.to_dict("records")


def unescaped(text: str) -> str:
    return text.replace("\\", "").replace("\u2060", "")


def codes(page: AppTest) -> list[str]:
    return [element.value for element in page.code]


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_gap_board_shows_open_posts_and_what_agencies_owe(sample: Snapshot) -> None:
    page = opened("staffing")
    board = gaps.board(sample, sample.today, sample.today, None, None)
    text = words(page)
    assert f"**{board.planned - board.open} of {board.planned} coming events** have every post filled." in text
    assert f"{board.without_host} without a host and {board.without_bilingual} without a bilingual officer." in text
    assert f"{board.asked} posts are asked for with nobody named yet." in text
    assert f"{board.positions} officers are still to be found, at {board.short} events." in text
    for name, owes in board.owing.items():
        assert re.search(
            rf"\[{name}\][^;]* owes {owes.officers} officers? at {owes.events} events?[;.]", unescaped(text)
        ), name
    lines = rows(page)
    assert len(lines) == board.open
    assert [gap.fill.event.date for gap in board.gaps] == sorted(gap.fill.event.date for gap in board.gaps)
    assert "**Urgent, tomorrow**" in lines[0]["Event"]
    assert ":material/error:" in lines[0]["Event"]
    assert "**3 of 5 staffed**, 2 confirmed" in lines[0]["Posts"]
    assert "2 asked for" in lines[0]["By agency"]
    assert codes(page) == [board.gaps[0].ask]


def test_gap_board_is_filtered_by_time_lack_and_agency(sample: Snapshot) -> None:
    today = sample.today
    hosts = gaps.board(sample, today, today, None, None, (gaps.HOST,))
    assert len(rows(opened("staffing", lacking=gaps.HOST))) == hosts.without_host == len(hosts.gaps) > 0
    week = opened("staffing", when="Next 7 days")
    assert len(rows(week)) == sum(gap.days < 7 for gap in gaps.board(sample, today, today, None, None).gaps) > 0
    named = gaps.board(sample, today, today, None, "YPD")
    assert len(rows(opened("staffing", agency="YPD"))) == named.open > 0
    assert all("YPD" in gap.fill.event.agencies for gap in named.gaps)


def test_gap_leads_to_its_candidates(sample: Snapshot) -> None:
    page = opened("staffing")
    options = page.selectbox(key="gap").options
    page.selectbox(key="gap").select(options[1]).run()
    gap = gaps.board(sample, sample.today, sample.today, None, None).gaps[1]
    assert codes(page) == [gap.ask]
    next(button for button in page.button if button.label == "Who could go?").click().run()
    assert not page.exception
    assert page.selectbox(key="gap").value == options[1]
    able, _ = scheduling.candidates(sample, gap.fill.event.id, None, _roster=Roster(sample, sample.today, RULES))
    lines = rows(page)
    assert [line["Who"].rpartition("} ")[2] for line in lines] == [candidate.officer.name for candidate in able]
    assert lines[0]["For, and against"] == ", ".join(able[0].reasons)


def test_unavailable_people_are_listed_with_reasons_on_demand(sample: Snapshot) -> None:
    page = opened("staffing", show="Who could go", cannot="true")
    event = gaps.board(sample, sample.today, sample.today, None, None).gaps[0].fill.event
    _, unable = scheduling.candidates(sample, event.id, None, _roster=Roster(sample, sample.today, RULES))
    assert [line["Cannot go because"] for line in rows(page, 1)] == [
        "  \n".join(candidate.against) for candidate in unable
    ]
    assert unable


# --- people -----------------------------------------------------------------------------------------------------------


def test_duties_of_an_agency_in_the_next_week(sample: Snapshot) -> None:
    page = opened("staffing", show="People", agency="SCSO", when="Next 7 days")
    mine = people.coming(sample, sample.today, RULES, sample.today, sample.today + dt.timedelta(days=6), "SCSO", None)
    lines = rows(page)
    assert [line["Who"].rpartition("} ")[2] for line in lines] == [
        duty.name or "*somebody, asked for*" for duty in mine
    ]
    assert {duty.agency for duty in mine} == {"SCSO"}
    assert all("**report " in line["When and where"] for line in lines)


def test_double_booked_officer_shows_the_clash(sample: Snapshot) -> None:
    names = people.names(sample, None)
    label = next(label for label, person in names.items() if sample.officer_by_id[person].name == "B. Demo")
    page = opened("staffing", show="People", officer=label)
    duties = people.coming(sample, sample.today, RULES, sample.today, None, None, names[label])
    lines = rows(page)
    assert len(lines) == len(duties) > 0
    assert {duty.name for duty in duties} == {"B. Demo"}
    assert sum("Double-booked" in line["Role and state"] for line in lines) == 2


def test_fair_share_ranks_officers_and_agencies(sample: Snapshot) -> None:
    page = opened("staffing", show="People", of="Fair share", period="This year")
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
    page = opened("staffing", viewer, show="People", of="Fair share", period="This year")
    table = page.dataframe[-1].value
    assert list(table["Agency"]) == ["SCSO", "CHP-MS", "WPD"]
    assert [None if count != count else count for count in table["People"]] == people
    mentioned = any("how many different people went is not known" in element.value for element in page.markdown)
    assert mentioned is (None in people)


def test_fair_share_of_other_days_uses_date_inputs(sample: Snapshot) -> None:
    page = opened("staffing", show="People", of="Fair share", period=people.OTHER_DAYS)
    page.date_input(key="from").set_value(sample.today)
    page.date_input(key="to").set_value(sample.today).run()
    assert set(page.dataframe[0].value["Events"]) <= {0, 1}


# --- whose people are not known ---------------------------------------------------------------------------------------


@pytest.fixture
def one_tab(serve: Serve, tmp_path: Path) -> Snapshot:
    """Events with officers' names and agencies, but nothing that links people to agencies."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    today = plan.real_today()
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
    (line,) = rows(page)
    assert line["Posts"].startswith("**2 of 3 staffed**, 0 confirmed  \n**no host**")
    by_agency = re.sub(r":color\[(\S+)\]\{[^}]*\}", r"\1", line["By agency"])
    assert by_agency.split("  \n") == ["WPD not known", "SCSO not known", "agency not known 2, 2 not confirmed"]
    assert "owes" not in words(page)
    assert "nobody from" not in words(page).lower() + line["Posts"].lower()
    assert one_tab.problems


@pytest.mark.usefixtures("one_tab")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"show": "People"}, "nobody is known to be down for an event"),
        ({"show": "People", "of": "Fair share"}, "Of 1 duty it is not known whose"),
        ({"show": "People", "of": "Rest and emergencies"}, "Nobody is known to be planned for too much"),
        ({"show": "Who could go"}, "Nobody known to be of WPD's people could go."),
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
    page = opened("staffing", "coordinator", show="People", of="Fair share")
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
def test_clashes_show_both_sides_and_remedy_and_are_filtered_by_kind() -> None:
    page = opened("staffing", show="Clashes")
    every = rows(page)
    booked = rows(opened("staffing", show="Clashes", kind="Double-booked"))
    assert [line for line in every if line["What"] == "Double-booked"] == booked
    assert 0 < len(booked) < len(every)
    assert "B. Demo has 2 places to be" in booked[0]["Which, and what to do"]
    assert "Assign somebody else to one of them." in booked[0]["Which, and what to do"]
    assert len(rows(opened("staffing", show="Clashes", about="Everything"))) > len(every)


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_plan_is_computed_on_demand_and_never_written(sample: Snapshot) -> None:
    page = opened("staffing", show="Plan", month="Next 60 days")
    assert "**never written to the sheet**" in words(page)
    assert not page.get("table")
    next(button for button in page.button if button.label == "Propose a plan").click().run(timeout=30)
    assert not page.exception
    horizon = scheduling.horizons(sample.today)["Next 60 days"]
    proposal = scheduling.proposed(sample, horizon.first, horizon.last, sample.today, RULES, None, False)
    assert f"**{proposal.words}**" in words(page)
    assert len(rows(page)) == len(proposal.proposals) > 0
    pasted = [tuple(line.split("\t")) for line in codes(page)[0].split("\n")]
    assert pasted == list(proposal.rows)
    assert {len(row) for row in pasted} == {len(HEADER)}
    assert words(page).count("Stays open:") == len(proposal.unfilled)


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
    {"show": "People", "of": "Fair share"},
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
    for button in page.button:
        if button.label == "Propose a plan":
            button.click().run(timeout=30)
    data = sent(page)
    assert b"Planteddemo" not in data
    assert b"Plantedtrial" not in data
    if query.get("show") in ("Who could go", "Plan") or query.get("of") == "Fair share":
        assert b"SCSO officer" not in data


def test_coordinator_sees_people_that_a_liaison_does_not(serve: Serve, plan_file: Any) -> None:
    serve(closed_to_strangers(plan_file))
    assert b"Planteddemo" in sent(opened("staffing", "coordinator", show="People"))
