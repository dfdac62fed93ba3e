"""The quarterly report, recomputed with pandas from the typed rows, independently of the analysis code."""

import datetime as dt
import random

import pandas as pd
import pytest

from cwac.analysis.quarter import quarter
from cwac.analysis.ratios import difference_words
from cwac.model import Accounting, Count, Headcount, Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.analysis.plans import DEMO, SAMPLE, event, goes, plan
from tests.cases import each

TODAY = dt.date(2026, 10, 2)
AGENCIES = ("CHP-MS", "WPD", "SCSO")
OFFICERS = {f"OF-0{n}": AGENCIES[n % 3] for n in range(1, 8)}
TOWNS = ("Weed", "Yreka", "Etna")
# Typed value -> the count it is read as, None where it is no count.
TYPED = {"18": 18, "7": 7, "0": 0, "~40": 40, "35-40": 37.5, "30+": 30, "12": 12, "25": 25, "": None, "lots": None}
HEADERS = {
    "Events": ["Event ID", "Date", "Start", "End", "Town", "Lead agency", "Partner agencies", "Status",
               "Cancel reason", "Funding"],
    "Staffing": ["Event ID", "Officer", "Status", "Pay type", "Hours"],
    "Attendance": ["Event ID", "Guests", "New visitors", "Conversations", "Cups served", "Surveys"],
    "Follow-ups": ["Follow-up ID", "Event ID", "Category", "Referred to", "Due", "Status", "Closed on",
                   "Reported back"],
    "Agencies": ["Agency", "Name"],
    "Officers": ["Officer ID", "Name", "Agency"],
    "Towns": ["Town", "Population"],
}  # fmt: skip


def rows_as_typed():
    """The events of 2026 as rows that a coordinator would type."""
    draw = random.Random(20261002)
    rows = {name: [] for name in HEADERS}
    rows["Agencies"] = [[short, f"{short} Department"] for short in AGENCIES]
    rows["Officers"] = [[number, f"{number[-1]}. Invented", agency] for number, agency in OFFICERS.items()]
    rows["Towns"] = [[town, 1000] for town in TOWNS]
    for number in range(240):
        name, day = f"E{number}", dt.date(2026, 1, 2) + dt.timedelta(days=9 * number // 8)
        status = draw.choice(["Completed"] * 6 + ["Cancelled", "Postponed", "Confirmed", "Draft"])
        lead = draw.choice(AGENCIES)
        partner = draw.choice([agency for agency in AGENCIES if agency != lead] + [None])
        reason = draw.choice(["Fire", "Short staff", None]) if status == "Cancelled" else None
        rows["Events"].append([name, day.isoformat(), "9:00 AM", draw.choice(["10:00 AM", "11:00 AM"]),
                               draw.choice(TOWNS), lead, partner, status, reason, None])  # fmt: skip
        for officer in draw.sample(list(OFFICERS), draw.randint(0, 3)):
            status_of_officer = draw.choice(["Confirmed", "Attended", "Attended", "Declined", "Requested"])
            hours = draw.choice([None, 1, 1.5, 2])
            rows["Staffing"].append([name, officer, status_of_officer, draw.choice(["On duty", "Overtime"]), hours])
        if draw.random() < 0.8:
            rows["Attendance"].append([name, draw.choice(list(TYPED)), draw.choice([None, 2, 5]),
                                       draw.choice([None, 6, 9]), number % 5 * 10 if number % 3 else None,
                                       number % 7 or None])  # fmt: skip
        if draw.random() < 0.5:
            closed = draw.random() < 0.5
            rows["Follow-ups"].append(
                [f"F{number}", name, "Traffic", draw.choice([None, "SCSO"]),
                 (day + dt.timedelta(40)).isoformat(), "Closed" if closed else "Open",
                 (day + dt.timedelta(draw.randint(1, 60))).isoformat() if closed else None,
                 draw.choice(["yes", "no", None]) if closed else None]
            )  # fmt: skip
    return rows


ROWS = rows_as_typed()


def frames():
    frames_by_tab = {name: pd.DataFrame(rows, columns=HEADERS[name], dtype=object) for name, rows in ROWS.items()}
    events = frames_by_tab["Events"]
    events["Date"] = pd.to_datetime(events["Date"])
    events["Q"] = events["Date"].dt.quarter
    counts = frames_by_tab["Attendance"].assign(best=lambda frame: frame["Guests"].map(TYPED))
    return events, frames_by_tab["Staffing"], counts, frames_by_tab["Follow-ups"]


@pytest.fixture(scope="module")
def snapshot():
    tabs = tuple(Tab(name, [HEADERS[name], *rows]) for name, rows in ROWS.items())
    book = Workbook("raw.xlsx", dt.datetime(2026, 10, 2, 9, tzinfo=dt.UTC), "America/Los_Angeles", tabs)
    read = read_workbook(book, TODAY)
    assert len(read.events) == 240  # nothing of what is recomputed below was left out
    assert len(read.assignments) == len(ROWS["Staffing"])
    return read


def hours_spent(staffing, events):
    """The staffing rows that count, with the hours of each: recorded, else those of the event."""
    counted = staffing[~staffing["Status"].isin(["Declined"]) & ~((staffing["Status"] == "Requested")
                       & staffing["Hours"].isna())]  # fmt: skip
    spent = counted.merge(events[["Event ID", "End"]], on="Event ID")
    spent["spent"] = spent["Hours"].where(spent["Hours"].notna(), spent["End"].map({"10:00 AM": 1.0, "11:00 AM": 2.0}))
    spent["spent"] = spent["spent"].astype(float)
    return spent


def follow_ups_of(agency, follow_ups, events):
    """The follow-ups of an agency, else all, with the date and quarter of their events."""
    every = follow_ups.merge(events[["Event ID", "Date", "Q", "Lead agency"]], on="Event ID")
    responsible = every["Referred to"].where(every["Referred to"].notna(), every["Lead agency"])
    return every[responsible == agency] if agency else every


@pytest.mark.slow
@each("agency", [None, "CHP-MS"])
@each("number", [1, 2, 3])
def test_every_figure_agrees_with_pandas_on_the_typed_rows(snapshot, number, agency):
    events, staffing, counts, follow_ups = frames()
    own = events[(events["Lead agency"] == agency) | (events["Partner agencies"] == agency)] if agency else events
    now = own[own["Q"] == number]
    held = now[now["Status"] == "Completed"]
    counted = held.merge(counts, on="Event ID").dropna(subset=["best"])

    spent = hours_spent(staffing, events)
    spent = spent[spent["Event ID"].isin(held["Event ID"])]
    by_event = spent.groupby("Event ID")["spent"].sum()

    in_full = counted[counted["Guests"] != "30+"]
    assigned = spent[(spent["Status"] != "Attended") & spent["Hours"].isna()]
    hours_in_full = by_event.drop(assigned["Event ID"].unique())

    def per_hour(column):
        both = counted if column == "best" else held.merge(counts, on="Event ID").dropna(subset=[column])
        both = both[both["Event ID"].isin(hours_in_full.index)]
        return both[column].astype(float).sum() / hours_in_full[both["Event ID"]].sum() if len(both) >= 8 else None

    new = in_full.dropna(subset=["New visitors"])
    guests_of_new = new["best"].astype(float).sum()
    theirs = follow_ups_of(agency, follow_ups, events)
    raised = theirs[theirs["Q"] == number]
    still = raised[raised["Status"] == "Open"]
    closed_on = pd.to_datetime(theirs["Closed on"])

    assert agency is not None or per_hour("best") is not None  # all agencies have enough events for a ratio
    answer = quarter(snapshot, f"2026-Q{number}", agency)
    assert {figure.name: figure.now for figure in answer.figures} == {
        "Events held": len(held),
        "Events canceled": (now["Status"] == "Cancelled").sum(),
        "Events postponed": (now["Status"] == "Postponed").sum(),
        "Past events not closed": (now["Status"] == "Confirmed").sum(),
        "Typical guests at an event": counted["best"].astype(float).median(),
        "Guests counted in all": counted["best"].astype(float).sum(),
        "Held events without a count": len(held) - len(counted),
        "Officer-hours": pytest.approx(spent["spent"].sum()),
        "Guests per officer-hour": pytest.approx(per_hour("best")),
        "Conversations per officer-hour": pytest.approx(per_hour("Conversations")),
        "New visitors' share": pytest.approx(new["New visitors"].astype(float).sum() / guests_of_new)
        if guests_of_new >= 10 and new["New visitors"].sum() <= guests_of_new
        else None,
        "Cups served": held.merge(counts, on="Event ID")["Cups served"].sum(),
        "Surveys returned": held.merge(counts, on="Event ID")["Surveys"].sum(),
        "Towns reached": held["Town"].nunique(),
        "Follow-ups asked for": len(raised),
        "Of these still open": len(still),
        "Of these overdue": (pd.to_datetime(still["Due"]) < pd.Timestamp(TODAY)).sum(),
        "Follow-ups closed": ((closed_on.dt.quarter == number) & (closed_on.dt.year == 2026)).sum(),
    }
    people = spent.assign(agency=spent["Officer"].map(OFFICERS)).groupby("agency")["spent"].sum()
    assert {name: hours.total for name, hours in answer.productivity.by_agency.items()} == pytest.approx(
        people.to_dict()
    )
    pay = spent.groupby("Pay type")["spent"].sum()
    assert {name: hours.total for name, hours in answer.productivity.by_pay_type.items()} == pytest.approx(
        pay.to_dict()
    )
    medians = counted.groupby("Town")["best"].apply(lambda guests: guests.astype(float).median())
    assert {town.label: town.turnout.median for town in answer.towns if town.turnout.counted} == medians.to_dict()
    reasons = now[now["Status"] == "Cancelled"]["Cancel reason"].fillna("No reason noted").value_counts()
    assert answer.outcomes.canceled_by_reason == reasons.to_dict()
    assert answer.led == held["Lead agency"].value_counts().to_dict()
    assert len(answer.lines) == (now["Status"] != "Draft").sum()
    hours_by_event = {line.event.id: line.officer_hours for line in answer.lines if line.officer_hours is not None}
    assert hours_by_event == pytest.approx(by_event.to_dict())


def test_figures_of_the_quarter_before_equal_its_own_report(snapshot):
    before = {figure.name: figure.now for figure in quarter(snapshot, "2026-Q2").figures}
    assert {figure.name: figure.before for figure in quarter(snapshot, "2026-Q3").figures} == before
    first = {figure.name: figure.before for figure in quarter(snapshot, "2026-Q1").figures}
    assert (first["Events held"], first["Typical guests at an event"]) == (0, None)


def test_agency_is_found_in_any_case_and_an_unknown_one_is_refused(snapshot):
    answer = quarter(snapshot, "2026-q2", "chp-ms")
    assert (answer.agency, answer.agency_label) == ("CHP-MS", "CHP-MS Department")
    with pytest.raises(ValueError, match=r"'FBI' is not an agency of this sheet: it has CHP-MS, WPD, SCSO\."):
        quarter(snapshot, "2026-Q2", "FBI")


def test_follow_ups_are_unknown_without_their_tab_and_zero_in_an_empty_one():
    figures = {figure.name: figure.now for figure in quarter(plan([]), "2026-Q3").figures}
    assert (figures["Follow-ups asked for"], figures["Follow-ups closed"], figures["Events held"]) == (None, None, 0)
    blank = plan([], accounting={"Follow-ups": Accounting()})
    assert [figure.now for figure in quarter(blank, "2026-Q3").figures[-4:]] == [0, 0, 0, 0]


def test_quarter_is_unfinished_until_it_is_over():
    sheet = plan([event("E", 10)])  # on September 1, 2026
    assert [quarter(sheet, name).unfinished for name in ("2026-Q2", "2026-Q3", "2026-Q4")] == [False, True, True]


@each(
    ("now", "before", "digits", "words"),
    [
        (22.0, 23.0, 1, "−1"),
        (3, 0, 1, "+3"),
        (5, 5, 1, "same"),
        (36.4, 41.2, 0, "−5"),
        (1.44, 1.36, 1, "same"),
        (1.46, 1.44, 1, "+0.1"),
    ],
)
def test_change_is_computed_from_the_rounded_figures(now, before, digits, words):
    assert difference_words(before, now, digits) == words


def of_quarter(*counts, missing=0, hours=2, before=False):
    """Events of the third quarter, or the one before, with these counts and one officer each."""
    start, word = (-100, "b") if before else (-2, "n")
    names = [f"{word}{n}" for n in range(len(counts) + missing)]
    events = [event(name, start - n, status="Completed") for n, name in enumerate(names)]
    rows = [goes(SAMPLE, name, "Attended", hours=hours) for name in names]
    return events, rows, [Headcount(name, 2, count) for name, count in zip(names, counts, strict=False)]


def exactly(*guests):
    return [Count(str(count), count, count, count) for count in guests]


def figures_of(*quarters):
    events, rows, counts = ([row for part in parts for row in part] for parts in zip(*quarters, strict=True))
    answer = quarter(plan(events, rows, headcounts=tuple(counts)), "2026-Q3")
    return {figure.key: figure for figure in answer.figures}


def test_sum_is_compared_only_where_both_quarters_are_exact():
    whole = figures_of(of_quarter(*exactly(10, 30)), of_quarter(*exactly(12, 20), before=True))["guests"]
    assert (whole.this.words, whole.last.words, whole.change.short) == ("40", "32", "+8")
    lacking = figures_of(of_quarter(*exactly(10, 30), missing=1), of_quarter(*exactly(12, 20), before=True))["guests"]
    assert lacking.this.words == "at least 40 (1 of 3 not counted)"
    assert (lacking.change.short, lacking.change.estimate) == ("not comparable", None)
    assert lacking.change.refused == "estimated, open-ended or missing in part"
    none = figures_of(of_quarter(*exactly(10, 30)))["guests"]
    assert (none.last.words, none.change.short) == ("not known (no event held)", "not known")


def test_a_ratio_and_a_median_are_never_tested_against_the_quarter_before():
    few, many = exactly(18, 22, 20, 19, 21, 20, 23, 17), exactly(36, 44, 40, 38, 42, 40, 46, 34)
    figures = figures_of(of_quarter(*many), of_quarter(*few, before=True))
    ratio, median = figures["guests_per_officer_hour"], figures["median_guests"]
    assert (ratio.now, ratio.before, ratio.this.low, ratio.this.high) == (20, 10, None, None)
    assert (median.now, median.before) == (40, 20)
    for change in (ratio.change, median.change):
        assert (change.estimate, change.short) == (None, "–")
        assert change.refused == "only a year is judged against the year before"
    short = figures_of(of_quarter(*few[1:]), of_quarter(*few, before=True))["guests_per_officer_hour"]
    assert short.this.words == "too few events (7 of 7 events complete; 8 are needed)"


def test_officer_hours_are_compared_only_if_it_is_known_that_everybody_went():
    events, rows, counts = of_quarter(*exactly(10))
    before = of_quarter(*exactly(10), before=True)
    sure = figures_of((events, rows, counts), before)["officer_hours"]
    assert (sure.this.words, sure.change.short) == ("2 (1 of 1 with hours recorded)", "same")
    assigned = figures_of((events, [*rows, goes(DEMO, "n0", "Assigned")], counts), before)["officer_hours"]
    assert (
        assigned.this.words
        == "about 3 (1 of 2 with hours recorded; 1 assigned, not recorded, with 1 hour as scheduled)"
    )
    assert assigned.change.short == "not comparable"


def test_cups_and_surveys_are_added_up_and_never_become_guests():
    events = [event(name, -9, status="Completed") for name in ("E1", "E2", "E3")]
    counts = (Headcount("E1", 2, cups=40, surveys=5), Headcount("E1", 3, cups=10), Headcount("E2", 4, cups=0))
    answer = quarter(plan(events, headcounts=counts), "2026-Q3")
    said = {figure.key: (figure.now, figure.this.n, figure.this.of, figure.this.words) for figure in answer.figures}
    assert said["cups_served"] == (50, 2, 3, "at least 50 (filled in at 2 of 3 held events)")
    assert said["surveys"] == (5, 1, 3, "at least 5 (filled in at 1 of 3 held events, at 1 of them in part)")
    assert said["guests"] == (None, 0, 3, "not known (3 events held, none counted)")
    assert answer.turnout.counted == 0
