"""What is in the sheet still but can no longer be read is not called removed, deleted or no longer assigned."""

import datetime as dt

from cwac.access import Viewer, restrict
from cwac.analysis.changes import changes
from cwac.model import Snapshot
from cwac.notify.message import Links
from cwac.notify.warnings import SnapshotOfDay, officer_lines
from tests.cases import each
from tests.sheet import county

EVENTS = county.events(
    {
        "Event ID": "E1", "Date": county.serial(dt.date(2026, 12, 9)), "Start": 0.375, "End": 0.4375,
        "Lead agency": "WPD", "Partner agencies": "SCSO", "Officers needed": 2, "Public notes": "Free parking",
    },
    {"Event ID": "E2", "Date": county.serial(dt.date(2026, 11, 4)), "Status": "Completed"},
    {"Event ID": None, "Date": county.serial(dt.date(2026, 12, 16)), "Town": "Etna"},
    {"Event ID": "ONE-TAB", "Date": county.serial(dt.date(2026, 12, 10)), "Officers": "A. Sample", "Guests": 12},
)  # fmt: skip
TABS: dict[str, county.Rows] = {
    "Events": EVENTS,
    "Staffing": [["Event ID", "Officer", "Role", "Report time", "Status"],
                 ["E1", "A. Sample", "Host", 0.36, "Confirmed"], ["E1", "OF-02", None, None, "Assigned"]],
    "Attendance": [["Event ID", "Guests", "Youth", "Cups served"], ["E2", 20, 5, 30]],
    "Follow_ups": [["Follow-up ID", "Event ID", "Category", "Summary", "Status", "Due"],
                   ["FU-1", "E2", "Traffic", "Speeding", "Open", county.serial(dt.date(2026, 12, 1))]],
    "Time_off": [["Officer", "From", "To"],
                 ["OF-03", county.serial(dt.date(2026, 12, 1)), county.serial(dt.date(2026, 12, 3))]],
    "Coverage": [["Town", "Agency"], ["Weed", "WPD"]],
}  # fmt: skip


def typed(tab: str, header: str, cell: object, row: int = 1) -> Snapshot:
    """The county with that cell typed over; `row` counts from 1 below the header."""
    grid = [list(line) for line in (TABS | county.LISTS)[tab]]
    grid[row][grid[0].index(header)] = cell  # type: ignore[call-overload]
    return county.read(**TABS | {tab: grid})


def told(after: Snapshot, before: Snapshot | None = None) -> list[str]:
    return [change.sentence for change in changes(before or county.read(**TABS), after)]


@each(
    ("tab", "header", "cell", "row", "what", "at"),
    [
        ("Events", "Start", "some time", 1, "E1 Weed: start 9:00 AM", "C2"),
        ("Events", "Lead agency", "XYZ", 1, "E1 Weed: lead agency WPD", "G2"),
        ("Events", "Partner agencies", "XYZ", 1, "E1 Weed: partner agencies: SCSO", "H2"),
        ("Events", "Status", "maybe?", 1, "E1 Weed: Confirmed", "I2"),
        ("Events", "Officers needed", "some", 1, "E1 Weed: officers needed 2", "J2"),
        ("Events", "Event ID", "E1", 2, "E2 Weed:", "A3 (was Wed, Nov 4, Completed)"),
        ("Events", "Date", "some day", 3, "2026-12-16-etna Etna:", "B4 (was Wed, Dec 16, Confirmed)"),
        ("Events", "Officers", "Q. Nobody-Here", 4, "ONE-TAB Weed: A. Sample", "L5"),
        ("Events", "Guests", "many", 4, "ONE-TAB Weed: guests 12", "M5"),
        ("Staffing", "Officer", "Q. Nobody-Here", 1, "E1 Weed: A. Sample", "B2"),
        ("Staffing", "Event ID", "E-1?", 1, "E1 Weed: A. Sample", "A2"),
        ("Staffing", "Status", "perhaps so", 1, "E1 Weed: A. Sample: Confirmed", "E2"),
        ("Staffing", "Report time", "early", 1, "E1 Weed: A. Sample: report time 8:38 AM", "D2"),
        ("Attendance", "Event ID", "no such", 1, "E2 Weed: attendance", "A2"),
        ("Attendance", "Youth", "few", 1, "E2 Weed: youth 5", "C2"),
        ("Attendance", "Cups served", "few", 1, "E2 Weed: cups served 30", "D2"),
        ("Follow_ups", "Event ID", "no such", 1, "Follow-up FU-1 (E2):", "B2"),
        ("Follow_ups", "Due", "soon", 1, "Follow-up FU-1 (E2): due Tue, Dec 1", "F2"),
        ("Time_off", "From", "soon", 1, "C. Example: off Dec 1–3", "B2"),
        ("Coverage", "Agency", "XYZ", 1, "Coverage of Weed by WPD:", "B2"),
    ],
)
def test_value_or_row_that_can_no_longer_be_read_is_said_to_be_so_with_its_cell(tab, header, cell, row, what, at):
    title = tab.replace("Follow_ups", "Follow-ups").replace("_", " ")
    place, _, before = at.partition(" ")
    assert f"{what} no longer read ({place} of {title}) {before}".rstrip() in told(typed(tab, header, cell, row))


def test_report_time_that_stays_where_the_event_moves_is_not_removed():
    rows = [list(row) for row in EVENTS]
    rows[1][2:4] = [7 / 24, 8 / 24]
    assert told(county.read(**TABS | {"Events": rows})) == [
        "E1 Weed: start 9:00 → 7:00 AM; end 10:30 → 8:00 AM; A. Sample: report time 8:38 AM does not fit the event's "
        "times (D2 of Staffing)"
    ]


def test_rows_of_one_person_that_change_places_keep_their_times():
    host, other = ["E1", "A. Sample", None, 0.36], ["E1", "A. Sample", None, None]
    before, after = (
        county.read(**TABS | {"Staffing": [TABS["Staffing"][0], *([*row, status] for row in rows)]})
        for rows, status in (((host, other), "Assigned"), ((other, host), "Confirmed"))
    )
    assert told(after, before) == ["E1 Weed: A. Sample: Assigned → Confirmed"]


def test_one_of_two_rows_of_a_person_that_goes_takes_nobody_off():
    rows = TABS["Staffing"]
    host, greeter = rows[1], ["E1", "A. Sample", "Greeter", None, "Confirmed"]
    both, fewer = (county.read(**TABS | {"Staffing": [rows[0], *of]}) for of in ([host, greeter], [host]))
    assert told(fewer, both) == ["E1 Weed: A. Sample no longer assigned as Greeter"]
    assert told(both, fewer) == ["E1 Weed: A. Sample confirmed as Greeter"]
    alike, one = (
        county.read(**TABS | {"Staffing": [rows[0], *of]})
        for of in (
            [[*host[:2], None, 0.36, "Confirmed"], [*host[:2], None, None, "Confirmed"]],
            [[*host[:2], None, 0.36, "Confirmed"]],
        )
    )
    assert told(one, alike) == ["E1 Weed: A. Sample has one assignment fewer"]


def test_officers_who_are_newly_listed_are_neither_taken_off_nor_assigned():
    unlisted = county.read(**TABS | {"Officers": [], "Time_off": []})
    sentences = told(county.read(**TABS | {"Time_off": []}), unlisted)
    assert "Officer OF-01 A. Sample: new" in sentences
    assert [sentence for sentence in sentences if "assigned" in sentence or "confirmed" in sentence] == []


def test_edit_in_a_list_that_makes_cells_elsewhere_unreadable_removes_nothing_there():
    """A. Sample is taken off the tab Officers, so that the rows naming them can no longer be read."""
    after = county.read(**TABS | {"Officers": [row for row in county.LISTS["Officers"] if row[0] != "OF-01"]})
    assert told(after)[:3] == [
        "E1 Weed: A. Sample no longer read (B2 of Staffing)",
        "ONE-TAB Weed: A. Sample no longer read (L5 of Events)",
        "Officer OF-01 A. Sample: deleted",
    ]


def test_row_that_moved_and_can_no_longer_be_read_is_found_by_its_event():
    unreadable = ["E1", "Q. Nobody-Here", "Host", 0.36, "Confirmed"]
    rows = [TABS["Staffing"][0], ["E2", "OF-03", None, None, "Attended"], unreadable, TABS["Staffing"][2]]
    assert "E1 Weed: A. Sample no longer read (B3 of Staffing)" in told(county.read(**TABS | {"Staffing": rows}))


def test_column_or_tab_that_is_gone_removes_no_value():
    rows = [row[:3] + row[4:] for row in TABS["Staffing"]]
    assert told(county.read(**TABS | {"Staffing": rows})) == [
        "E1 Weed: A. Sample: report time 8:38 AM no longer read (no column Report time in Staffing)"
    ]
    assert "E1 Weed: A. Sample no longer read (no tab Staffing); B. Demo no longer read (no tab Staffing)" in told(
        county.read(**TABS | {"Staffing": []})
    )


def test_what_is_really_gone_is_removed():
    fewer = county.read(**TABS | {"Staffing": [TABS["Staffing"][0], TABS["Staffing"][2]]})
    assert told(fewer) == ["E1 Weed: A. Sample no longer assigned"]
    assert told(typed("Events", "Start", None)) == ["E1 Weed: start 9:00 AM removed"]
    unread = typed("Staffing", "Officer", "Q. Nobody-Here")
    assert told(fewer, unread) == ["E1 Weed"]


def test_liaison_who_sees_no_problem_of_the_row_is_not_told_that_somebody_was_taken_off():
    versions = county.read(**TABS), typed("Staffing", "Officer", "Q. Nobody", 2)
    before, after = (restrict(version, Viewer("liaison", ("CHP-MS",))) for version in versions)
    assert told(after, before) == ["E1 Weed: SCSO officer no longer read (a row of Staffing)"]


def test_letters_do_not_say_that_a_shift_was_taken_away():
    versions = county.read(**TABS), typed("Staffing", "Officer", "Nobody-Here")
    moments = [SnapshotOfDay(version, county.TODAY) for version in versions]
    lines = officer_lines(*moments, "OF-01", Links("https://coffee.example.gov"))
    assert [line.detail for line in lines] == ["no longer read (B2 of Staffing)"]


def test_row_that_names_its_event_by_day_and_place_is_unread_where_its_day_is():
    counts: county.Rows = [["Date", "Town", "Guests"], [county.serial(dt.date(2026, 11, 4)), "Weed", 20]]
    by_day = TABS | {"Attendance": counts}
    unread = by_day | {"Attendance": [counts[0], ["some day", *counts[1][1:]]]}
    assert told(county.read(**unread), county.read(**by_day)) == [
        "E2 Weed: attendance no longer read (A2 of Attendance)"
    ]
