"""Tabs, headers and rows, and the records made from them."""

import datetime as dt

import pytest

from cwac.model import Accounting, Merge, SourceUnavailable, Tab
from cwac.settings import Rules
from cwac.sheet.planning import make_plan
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import EVENTS, TABS
from tests.cases import each
from tests.sheet.county import TODAY, book, codes, events, problems, read, serial, workbook

# --- the workbook as a whole ------------------------------------------------------------------------------------


@each(
    ("tabs", "cause"),
    [
        ((), "empty"),
        ((Tab("Events", []),), "empty"),
        ((Tab("Events", [[None, "", "  "]]),), "empty"),
        ((Tab("Sheet1", [["Name", "Town"], ["Ann", "Weed"]]),), "no-events-tab"),
        ((Tab("Events", [["hello"], [46400, "Weed"]]),), "no-header"),
        ((Tab("Events", [[None]] * 15 + [["Date", "Town"]]),), "no-header"),
    ],
)
def test_a_workbook_without_a_plan_is_refused(tabs, cause):
    with pytest.raises(SourceUnavailable) as refused:
        read_workbook(book(*tabs), TODAY)
    assert refused.value.cause == cause
    assert "\n" not in str(refused.value)


def test_a_header_without_rows_is_a_good_empty_sheet():
    snapshot = read(Tab("Events", events()))
    assert snapshot.accounting == {"Events": Accounting()}
    assert problems(snapshot, "code", "tab") == [("missing-tab", spec.name) for spec in TABS[1:]]


@each("spec", TABS)
@each("order", [1, -1])
@each("others", [("lower", "spaced", "wide"), ("alias",)])
def test_tab_of_the_exact_name_is_read_wherever_it_stands(spec, order, others):
    spellings = {
        "lower": spec.name.lower(), "spaced": f"{spec.name} ", "alias": next(iter(spec.aliases), f"{spec.name}!"),
        "wide": "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in spec.name),
    }  # fmt: skip
    named = [Tab(spellings[other], [["x"]]) for other in others] + [Tab(spec.name, [["the one"]])]
    events_tab = [] if spec is EVENTS else [Tab("Events", events({}))]
    grids = (*named[::order], *events_tab)
    assert grids[make_plan(book(*grids)).of_kind(spec.name)[0].tab].rows == [["the one"]]


def test_a_column_beyond_an_empty_header_cell_is_pointed_at():
    snapshot = read(Events=[["Date", "Town", "Status", None, "Lead agency"], [46400, "Weed", "conf", None, "WPD"]])
    assert codes(snapshot) == [("missing-column", None), ("cut-off", "E1")]
    assert "Column E has it, but an empty header cell separates that from the table" in snapshot.problems[0].advice


# --- rows -------------------------------------------------------------------------------------------------------


def test_columns_and_the_free_row_of_each_tab_are_known():
    """Where a missing value is to be typed: below all rows, also those that only sum up others."""
    snapshot = read(
        Events=events({}),
        Attendance=[
            ["How many came"],
            ["Event ID", None, "Head count"],
            ["E1", None, 12],
            [None, None, None],
            ["Total guests:", None, 12],
            [" ", None, None],
            [None, None, None],
        ],
        Staffing=[["Event ID", "Officer"], ["E1", "OF-01"]],
        Follow_ups=[["Event ID", "Summary"]],
    )
    assert snapshot.tab_columns["Attendance"] == {"event_id": "A"}
    assert snapshot.free_rows["Attendance"] == 6
    assert snapshot.tab_columns["Staffing"] == {"event_id": "A", "officer": "B"}
    assert (snapshot.free_rows["Staffing"], snapshot.free_rows["Follow-ups"]) == (3, 2)
    assert "Coverage" not in snapshot.tab_columns


def test_ids_are_made_from_date_and_town():
    day = serial(dt.date(2026, 10, 7))
    row = {"Event ID": None, "Date": day, "Status": "Completed", "Town": "Mt Shasta"}
    snapshot = read(
        Events=events(row, {"Event ID": "2026-10-07-weed", "Date": day, "Status": "Cancelled"}, row | {"Town": "Weed"},
                      row, row | {"Town": "Atlantis"}),
    )  # fmt: skip
    assert [(event.id, event.made_id) for event in snapshot.events] == [
        ("2026-10-07-mount-shasta", True),
        ("2026-10-07-weed", False),
        ("2026-10-07-weed-2", True),
        ("2026-10-07-mount-shasta-2", True),
        ("2026-10-07-unknown", True),
    ]
    assert problems(snapshot, "cell", code="made-id") == ["A2", "A4", "A5", "A6"]


def test_missing_town_lead_and_status_cost_no_event():
    snapshot = read(Events=events({"Town": None, "Lead agency": "TBD", "Status": None}))
    event = snapshot.events[0]
    assert (event.town, event.lead_agency, event.status) == (None, None, None)
    assert problems(snapshot, "code", "cell", "found", "advice", severity="error") == [
        ("missing", "E2", None, "Fill in Town: the town, as the Towns tab names it."),
        ("missing", "G2", "TBD", "Fill in Lead agency: the agency that runs it, by its short name."),
        ("missing", "I2", None, "Fill in Status: how far along it is. Past events become Completed or Canceled."),
    ]


def test_a_merged_cell_is_never_filled_by_guessing():
    rows = events({}, {"Event ID": "E2", "Town": None}, {"Event ID": "E3", "Town": None})
    snapshot = read(Tab("Events", rows, (Merge(1, 3, 4, 5),)))
    assert [event.town_text for event in snapshot.events] == ["Weed", None, None]
    assert codes(snapshot) == [("merged-or-offset", "E3"), ("missing", "E4")]


# --- what is read, but look -------------------------------------------------------------------------------------


@each(("days", "problems"), [(3, []), (4, [("overdue", "A2")])])
def test_a_count_is_overdue_after_three_days(days, problems):
    held = {"Date": serial(TODAY - dt.timedelta(days=days)), "Status": "Completed"}
    assert codes(read(Events=events(held), Attendance=[["Event ID", "Guests"]])) == problems
    assert codes(read(Events=events(held))) == []


def test_a_private_cell_is_not_quoted():
    summary = "Call me at 530-555-0100, plate 7ABC123, jo@example.org, 12 Oak Street, DOB 1/2/1980. " + "x" * 200
    snapshot = read(Follow_ups=[["Follow-up ID", "Event ID", "Summary"], ["F1", "E1", summary]])
    assert problems(snapshot, "code", "found", tab="Follow-ups") == [("too-large", None), ("privacy", None)]
    assert "530" not in repr(snapshot.problems)


@each("harmless", ["Speeding on Main St near the school", "3 cars parked on 2nd", "Call back by 6/19"])
def test_a_harmless_summary_is_left_alone(harmless):
    snapshot = read(Follow_ups=[["Follow-up ID", "Event ID", "Summary"], ["F1", "E1", harmless]])
    assert codes(snapshot) == []


def test_coordinates_may_be_configured_for_another_county():
    book = workbook(
        Towns=[["Town", "Latitude", "Longitude"], ["Bangor", 44.8, -68.8]], Events=events({"Town": "Bangor"}), Venues=[]
    )
    maine = Rules(latitude_min=40, latitude_max=48, longitude_min=-75, longitude_max=-65)
    assert codes(read_workbook(book, TODAY)) == [("out-of-range", "B2"), ("out-of-range", "C2")]
    assert codes(read_workbook(book, TODAY, maine)) == []
