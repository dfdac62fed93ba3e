"""The Staffing page: what `screens/` does not show."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cwac.analysis.alerts import alerts
from cwac.analysis.periods import Period
from cwac.analysis.rest import weekly_load, weeks_around
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import gap_board
from cwac.exports.tables import to_csv
from cwac.model import Snapshot
from cwac.settings import Rules, Settings
from cwac.web.sections import gaps, rosters, scheduling
from cwac.web.sections import officers as people
from tests.cases import each
from tests.web import plan
from tests.web.conftest import line_words, opened

RULES = Rules()
SNAPSHOT = plan.snapshot()


def test_bars_that_add_up_to_the_open_positions_need_no_words() -> None:
    board = gaps.board(SNAPSHOT, plan.TODAY, plan.TODAY, None, None)
    assert gaps.sum_words(replace(board, beyond=0)) == ""
    assert "1 more than the 5 open positions" in gaps.sum_words(replace(board, positions=5, beyond=1))


def test_openings_link_to_the_row_of_the_sheet_that_asks_for_an_officer() -> None:
    board = gaps.board(SNAPSHOT, plan.TODAY, plan.TODAY, None, None)
    cards = {gap.fill.event.id: gaps.card(gap, SNAPSHOT, plan.TODAY, {}) for gap in board.gaps}
    links = {event: (card["actions"][-1]["url"], card["actions"][-1]["text"]) for event, card in cards.items()}
    sheet = "https://docs.google.com/spreadsheets/d/planted-key/edit#gid=1&range="
    assert links == {
        "SHARED": (f"{sheet}B4", "Answer in B4 of Staffing"),
        "SHERIFFS": (f"{sheet}B9", "Add a row to Staffing"),
        "MAYBE": (f"{sheet}B9", "Add a row to Staffing"),
    }


@each(
    ("changed", "limit", "name", "cells"),
    [
        ({}, 12.0, "WPDA. Plantedsample", [("1", 1), ("0", 0)]),
        ({"available": False}, 12.0, "WPDA. Plantedsample On leave", [("1", 1), ("0", 0)]),
        ({"active_to": dt.date(2026, 11, 24)}, 12.0, "WPDA. Plantedsample Not active", [("1", 1), ("0", 0)]),
        ({}, 1.0, "WPDA. Plantedsample", [("1 (1.5 h)", 4), ("0", 0)]),  # above the limit of hours: outlined
    ],
)
def test_grid_marks_who_is_away_and_weeks_above_the_limit(
    changed: dict[str, Any], limit: float, name: str, cells: list[tuple[str, int]]
) -> None:
    officers, _, _ = people.share(SNAPSHOT, plan.TODAY, plan.TODAY, plan.TODAY, RULES, None)
    (share,) = [share for share in officers if share.officer.id == "OF-01"]
    officer = replace(share.officer, active_to=changed.get("active_to"))
    share = replace(share, available=not changed, officer=officer)
    weeks, period = weeks_around(plan.TODAY, 0, 0), Period(plan.TODAY, plan.TODAY, people.OTHER_DAYS)
    loads = weekly_load(SNAPSHOT, weeks, RULES)
    (row,) = people.load_grid(SNAPSHOT, plan.TODAY, [share], weeks, loads, limit, period)["rows"]
    assert (line_words(row["name"]), [(cell["text"], cell["level"]) for cell in row["cells"]]) == (name, cells)


def test_fair_share_of_other_days_uses_date_inputs(serve: Callable[[Settings], None]) -> None:
    serve(Settings())
    page = opened("staffing", show="Fairness", period=people.OTHER_DAYS)
    page.date_input(key="from").set_value(plan.TODAY)
    page.date_input(key="to").set_value(plan.TODAY).run()
    assert set(page.dataframe[0].value["Events"]) == {0}


# --- conflicts --------------------------------------------------------------------------------------------------------


def cards_about(code: str, snapshot: Snapshot) -> list[dict[str, Any]]:
    about = rosters.alerts_about(alerts(snapshot, plan.TODAY, RULES), None, (code,))
    return rosters.alert_cards(snapshot, about, plan.TODAY, RULES, {}, "Conflicts")["cards"]  # type: ignore[no-any-return]


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
    (card,) = cards_about("officer-double-booked", snapshot)
    assert [(line_words(bar["name"]).split()[-2:], bar["from"], bar["to"]) for bar in card["picture"]["rows"]] == [
        (["8:00–11:00", "AM"], 0, 0.75),
        (["AM–12:00", "PM"], 0.5, 1),
    ]
    assert [action["url"].partition("#")[2] for action in card["actions"]] == ["gid=1&range=B2", "gid=1&range=B3"]


def test_agencies_without_an_officer_are_named_together() -> None:
    event = ["BIG", plan.serial(plan.TODAY), 9 / 24, 10 / 24, "Weed", "CHP-MS", "WPD; SCSO", "Confirmed"]
    header = ["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Partner agencies", "Status"]
    snapshot = plan.snapshot(Events=[header, event], Staffing=[["Event ID", "Officer"]])
    (card,) = cards_about("agency-without-officer", snapshot)
    assert [line_words(line) for line in card["lines"]] == [
        "No officer from CHP-MS, SCSO, WPDName one each, or take them off."
    ]


def test_alerts_as_csv_keep_the_names_that_pages_have_changed() -> None:
    named = {row["code"]: row["what"] for row in rosters.alert_rows(alerts(SNAPSHOT, plan.TODAY, RULES))}
    assert named["agency-without-officer"] == "Agency sends nobody"
    assert named["understaffed"] == "Too few officers"


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_plan_names_ten_things_that_it_does_not_solve() -> None:
    proposal = scheduling.proposed(SNAPSHOT, plan.TODAY, plan.TODAY, plan.TODAY, RULES, None, False)
    (silent,) = [gap.fill for gap in gap_board(SNAPSHOT, plan.TODAY) if gap.fill.silent]
    sentence = "No officer from WPD on Sat, Dec 5 (Etna)."
    more = "And 3 more, under Conflicts and Openings."
    assert scheduling.unsolved(proposal, [silent] * 13, (), plan.TODAY) == (*[sentence] * 10, more)
    assert scheduling.unsolved(proposal, [replace(silent, silent=())], (), plan.TODAY) == ()


def test_plan_csv_holds_no_formula() -> None:
    snapshot = plan.snapshot(Officers=[["Officer ID", "Name", "Agency"], ["=1+1", "A. Sample", "CHP-MS"]])
    last = plan.TODAY + dt.timedelta(days=60)
    made = scheduling.proposed(snapshot, plan.TODAY, last, plan.TODAY, RULES, None, False)
    read = list(csv.DictReader(io.StringIO(to_csv(scheduling.plan_rows(made), HEADER).decode())))
    assert {row["Officer"] for row in read} == {"'=1+1"}
