"""The pages Staffing and My shifts: what `screens/` does not show."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cwac.analysis.alerts import alerts
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER
from cwac.analysis.staffing import duties, gap_board
from cwac.exports.tables import to_csv
from cwac.model import Snapshot
from cwac.settings import Rules, Settings
from cwac.web.sections import gaps, my_shifts, scheduling, staffing
from cwac.web.sections import officers as people
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, blocks, closed_to_strangers, line_words, opened, words

RULES = Rules()
SNAPSHOT = plan.snapshot()
DAY = Period(plan.TODAY, plan.TODAY, "")


def test_openings_link_to_the_row_of_the_sheet_that_asks_for_an_officer() -> None:
    every = gap_board(SNAPSHOT, plan.TODAY)
    cards = {gap.fill.event.id: gaps.card(gap, SNAPSHOT) for gap in every if gap.fill.open}
    links = {event: (card["actions"][-1]["url"], card["actions"][-1]["text"]) for event, card in cards.items()}
    sheet = "https://docs.google.com/spreadsheets/d/planted-key/edit#gid=1&range="
    assert links == {
        "SHARED": (f"{sheet}B4", "Edit B4 of Staffing"),
        "SHERIFFS": (f"{sheet}B9", "Add a row to Staffing"),
        "MAYBE": (f"{sheet}B9", "Add a row to Staffing"),
    }


def test_role_of_the_sample_that_is_changed_changes_the_agency(serve: Serve) -> None:
    serve(Settings())
    page = opened("overview", **{"as": "liaison SCSO"})
    chosen = [page.selectbox(key="agency").value]
    for role in ("liaison WPD", "coordinator"):
        page.selectbox(key="as").set_value(role).run()
        chosen.append(page.selectbox(key="agency").value)
    assert chosen == ["SCSO", "WPD", "All agencies"]


def test_workload_marks_who_is_next_and_who_is_away() -> None:
    shares, _, _ = people.share(SNAPSHOT, DAY, RULES, None)
    (share,) = [share for share in shares if share.officer.id == "OF-01"]
    left = replace(share, available=False, officer=replace(share.officer, active_to=dt.date(2026, 11, 24)))
    listed = [share, replace(share, available=False), left]
    block = people.load_bars(SNAPSHOT, listed, [share], 1.5)
    assert [(line_words(bar["name"]), line_words(bar["text"])) for bar in block["rows"]] == [
        ("WPD A. Plantedsample", "0 shifts, last Fri, Oct 16 Next up"),
        ("WPD A. Plantedsample", "0 shifts, last Fri, Oct 16 On leave"),
        ("WPD A. Plantedsample", "0 shifts, last Fri, Oct 16 Not active"),
    ]
    assert block["line"] == 1.5


def test_fair_share_of_other_days_uses_date_inputs(serve: Serve) -> None:
    serve(Settings())
    page = opened("staffing", show="Fairness", period=people.OTHER_DAYS)
    page.date_input(key="from").set_value(plan.TODAY)
    page.date_input(key="to").set_value(plan.TODAY).run()
    assert set(page.dataframe[0].value["Events"]) == {0}


def cards_about(code: str, snapshot: Snapshot) -> Sequence[Mapping[str, Any]]:
    about = staffing.alerts_about(alerts(snapshot, plan.TODAY, RULES), None, (code,))
    return staffing.alert_cards(snapshot, about, RULES, {})


def test_conflict_says_by_how_long_the_officers_own_times_overlap() -> None:
    today = plan.serial(plan.TODAY)
    events: plan.Rows = [["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Status"]]
    events.append(["ONE", today, 9 / 24, 11 / 24, "Weed", "WPD", "Confirmed"])
    events.append(["TWO", today, 10 / 24, 12 / 24, "Yreka", "SCSO", "Confirmed"])
    staffing: plan.Rows = [["Event ID", "Officer", "Report", "Release", "Status"]]
    staffing += [["ONE", "OF-01", 8 / 24, None, "Confirmed"], ["TWO", "OF-01", None, None, "Confirmed"]]
    (card,) = cards_about("officer-double-booked", plan.snapshot(Events=events, Staffing=staffing))
    assert [line_words(card["title"]), *map(line_words, card["lines"][1:])] == [
        "Double-booked WPD A. Plantedsample Today, Wed, Nov 25 overlap 60 min",
        "Weed, 8:00–11:00 AM",
        "Yreka, 10:00 AM–12:00 PM",
    ]
    assert [action["url"].partition("#")[2] for action in card["actions"]] == ["gid=1&range=B2", "gid=1&range=B3"]


def test_agencies_without_an_officer_are_named_together() -> None:
    event = ["BIG", plan.serial(plan.TODAY), 9 / 24, 10 / 24, "Weed", "CHP-MS", "WPD; SCSO", "Confirmed"]
    header = ["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Partner agencies", "Status"]
    snapshot = plan.snapshot(Events=[header, event], Staffing=[["Event ID", "Officer"]])
    (card,) = cards_about("agency-without-officer", snapshot)
    (line,) = card["lines"]
    assert line_words(line) == "No officer from CHP-MS, SCSO, WPDName one each, or take them off."


def test_alerts_as_csv_keep_the_names_that_pages_have_changed() -> None:
    named = {row["code"]: row["what"] for row in staffing.alert_rows(alerts(SNAPSHOT, plan.TODAY, RULES))}
    assert named["agency-without-officer"] == "Agency sends nobody"
    assert named["understaffed"] == "Too few officers"


PROPOSAL = scheduling.proposed(SNAPSHOT, DAY, RULES, None, False)


def test_plan_names_ten_things_that_it_does_not_solve() -> None:
    (silent,) = [gap.fill for gap in gap_board(SNAPSHOT, plan.TODAY) if gap.fill.silent]
    sentence = "No officer from WPD on Sat, Dec 5 (Etna)."
    more = "And 3 more, under Conflicts and Openings."
    assert scheduling.unsolved(PROPOSAL, [silent] * 13, (), plan.TODAY) == (*[sentence] * 10, more)
    assert scheduling.unsolved(PROPOSAL, [replace(silent, silent=())], (), plan.TODAY) == ()


@each(
    ("kept", "conflicts", "end"),
    [(0, 3, "."), (1, 1, "; 1 conflict stays."), (5, 5, "; 5 conflicts stay."), (4, 5, "; 4 of 5 conflicts stay.")],
)
def test_plan_says_of_how_many_conflicts_it_leaves_some(kept: int, conflicts: int, end: str) -> None:
    assert scheduling.answer(PROPOSAL, kept, conflicts) == PROPOSAL.words.removesuffix(".") + end


def test_plan_csv_holds_no_formula() -> None:
    snapshot = plan.snapshot(Officers=[["Officer ID", "Name", "Agency"], ["=1+1", "A. Sample", "CHP-MS"]])
    last = plan.TODAY + dt.timedelta(days=60)
    made = scheduling.proposed(snapshot, Period(plan.TODAY, last, ""), RULES, None, False)
    read = list(csv.DictReader(io.StringIO(to_csv(made.rows, HEADER).decode())))
    assert {row["Officer"] for row in read} == {"'=1+1"}


# --- My shifts --------------------------------------------------------------------------------------------------------


@each(
    ("report", "release", "words"),
    [
        (None, None, "time not known (event 8:00–9:30 AM)"),
        (dt.time(8), dt.time(9, 30), "8:00–9:30 AM"),
        (dt.time(7, 30), dt.time(10), "7:30–10:00 AM (event 8:00–9:30 AM)"),
    ],
)
def test_heading_of_a_shift_has_its_own_times(report: dt.time | None, release: dt.time | None, words: str) -> None:
    duty = duties(plan.snapshot(), plan.TODAY)[0]
    event = replace(duty.event, start=dt.time(8), end=dt.time(9, 30))
    shift = replace(duty, event=event, report=report, release=release)
    assert my_shifts.shift_when(shift, plan.TODAY).partition(" · ")[2] == words


def test_report_and_release_are_said_in_one_line() -> None:
    duty = duties(plan.snapshot(), plan.TODAY)[0]
    for report, release, said in (
        (dt.time(7, 30), dt.time(10), "Report at 7:30 AM, released at 10:00 AM"),
        (dt.time(8), None, "Report at 8:00 AM"),
        (None, None, "Report time not known"),
    ):
        assert my_shifts.report_words(replace(duty, report=report, release=release)) == said


def test_officer_whose_name_has_a_comma_or_parentheses_keeps_it_whole(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Officers"][:1]
    rows += [["OF-01", "Smith, J.", "Officer", "WPD"], ["OF-02", "B. Demo (K9)", "Officer", "SCSO"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    (choice,) = [
        block for block in blocks(opened("my_shifts", "coordinator")) if block.get("label") == "Officers by agency"
    ]
    offered = {card["title"][0]["name"]: [piece["text"] for piece in card["lines"][0]] for card in choice["cards"]}
    assert "Smith, J." in offered["WPD"]
    assert "B. Demo (K9)" in offered["SCSO"]
    page = opened("my_shifts", "coordinator", officer="Smith, J., WPD (OF-01)")
    assert "Report at " in words(page)
    assert "shifts-Smith-J" in str([element.proto for element in page.get("download_button")])


def test_officer_who_signs_in_lands_on_their_own_shifts(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Officers"][:1]
    rows[0] = ["Officer ID", "Name", "Agency", "Email"]
    rows += [["OF-01", "A. Sample", "WPD", "One@wpd.example.gov"], ["OF-02", "B. Demo", "WPD", "two@wpd.example.gov"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    own = opened("my_shifts", "liaison")
    assert own.selectbox(key="officer").options == ["A. Sample, WPD (OF-01)", "B. Demo, WPD (OF-02)"]
    assert own.title[0].value == r"A\. Sample\'s next shift is on Sat\, Nov 28\, at Weed Starbucks\."
    assert opened("my_shifts", "coordinator").title[0].value == r"Choose an officer\."
    rows[2][3] = "one@wpd.example.gov"  # two officers with one address: neither is known to be the viewer
    serve(closed_to_strangers(plan.save(tmp_path / "two.xlsx", Officers=rows)))
    assert opened("my_shifts", "liaison").title[0].value == r"Choose an officer\."


def test_colleague_with_two_roles_is_named_once_on_an_officers_page(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Staffing"]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Staffing=[*rows, ["SHARED", "OF-03", None, "PIO"]])))
    page = opened("my_shifts", "coordinator", officer="A. Plantedsample, WPD (OF-01)")
    assert "With CHP-MS C. Plantedexample, SCSO open position\n" in words(page)


def test_many_officers_are_listed_by_the_letter_of_their_last_name(serve: Serve, tmp_path: Path) -> None:
    names = ["A. Sample", "B. Samson", "Zilch, Z.", *(f"N. Extra{number}" for number in range(40))]
    rows: plan.Rows = [["Officer ID", "Name", "Agency"], *([f"OF-{at}", name, "WPD"] for at, name in enumerate(names))]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    page = opened("my_shifts", "coordinator", letter="S")
    assert page.pills(key="letter").options == ["E", "S", "Z"]
    (choice,) = [block for block in blocks(page) if block["label"] == "Officers by agency"]
    assert [piece["text"] for card in choice["cards"] for piece in card["lines"][0]] == ["A. Sample", "B. Samson"]


def test_link_to_the_phones_calendar_opens_in_a_dialog_until_it_is_closed(serve: Serve, tmp_path: Path) -> None:
    settings = closed_to_strangers(plan.save(tmp_path / "plan.xlsx"))
    serve(replace(settings, store=f"sqlite:///{tmp_path}/s.sqlite3"))
    page = opened("my_shifts", "coordinator", officer="A. Plantedsample, WPD (OF-01)").run()
    assert not page.get("dialog")
    next(button for button in page.button if button.label == "Add to your phone's calendar").click().run()
    for _ in range(2):  # it stays open when the page runs again
        (dialog,) = page.get("dialog")
        assert dialog.proto.dialog.title == "Add to your phone's calendar"
        (said,) = dialog.success
        assert "**iPhone:** press Apple or Outlook, then Subscribe. **Android:** press Google, then Add" in said.value
        assert [link.proto.label for link in dialog.get("link_button")] == ["Google", "Apple or Outlook"]
        page.run()
