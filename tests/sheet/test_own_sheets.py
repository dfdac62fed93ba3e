"""Sheets that were never made for this: read as they are, asked about where unclear, and never wrong in silence."""

from cwac.access import PUBLIC, restrict
from cwac.analysis.cells import column_questions
from cwac.model import Accounting, Merge, Tab
from cwac.settings import Rules
from tests.cases import each
from tests.sheet.county import OWN, problems, read, typed_tabs
from tests.sheets.test_cases import event_line

SEP_2, SEP_16, DEC_9 = 46267, 46281, 46365
HEADER = ["Date", "Time", "Place"]
TABLE = [HEADER, [SEP_2, "9am", "Park"]]


def told(snapshot):
    return [event_line(snapshot, event) for event in snapshot.events]


def with_merges(year, order):
    """Rows of which the day of two, the venue of two and the officer of two are merged, in an order of the columns."""
    names = ["Date", "Time", "Venue", "Officer", "# attended"]
    rows = [
        [f"9/2/{year}", "9 AM", "Black Bear", "Ann Vega", 12],
        [None, "1 PM", "Grange", "Bo Hall", 8],
        [f"9/9/{year}", "9 AM", "Park", "Cy Ruiz", 30],
        [f"9/16/{year}", "9 AM", None, None, None],
    ]
    merges = [(1, 3, 0), (3, 5, 2), (3, 5, 3), (3, 5, 4)]
    over = tuple(Merge(top, bottom, order.index(at), order.index(at) + 1) for top, bottom, at in merges)
    return Tab(year, [[row[at] for at in order] for row in (names, *rows)], over)


def test_officers_below_one_merged_day_are_of_one_event():
    rows = [["Date", "Time", "Venue", "Officer"], [SEP_2, "9 AM", "Black Bear", "Vega"]]
    rows += [[None, "9 AM", "Black Bear", "Hall"], [None, "11 AM", "Grange", "Ruiz"]]
    assert told(read(Tab("Events", rows, (Merge(1, 4, 0, 1),)))) == [
        "> 9/2/26 9:00 | Black Bear |  |  | Completed, withheld | Vega; Hall",
        "> 9/2/26 11:00 | Grange |  |  | Completed, withheld | Ruiz",
    ]


def test_merged_day_place_and_officer_are_read_in_each_tab_whatever_its_columns_and_never_a_count():
    snapshot = read(with_merges("2025", [0, 1, 2, 3, 4]), with_merges("2026", [3, 4, 2, 1, 0]))
    assert told(snapshot) == [
        f"> {day}/{year} {facts}"
        for year in (25, 26)
        for day, facts in (
            ("9/2", "9:00 | Black Bear |  |  | Completed, withheld | Ann Vega | 12"),
            ("9/2", "13:00 | Grange |  |  | Completed, withheld | Bo Hall | 8"),
            ("9/9", "9:00 | Park |  |  | Completed, withheld | Cy Ruiz | 30"),
            ("9/16", "9:00 | Park |  |  | Completed, withheld | Cy Ruiz"),
        )
    ]
    assert sorted(problems(snapshot, "tab", "cell", code="guessed")) == [
        ("2026", "A5"), ("2026", "C5"), ("2026", "E3"), ("Events", "A3"), ("Events", "C5"), ("Events", "D5"),
    ]  # fmt: skip


SEP = ["9/2/26", "9 AM", "Park"]
TICKS = Tab("CWAC", [[*HEADER, "Ramos", "Cole"], [*SEP, "x", False]])


@each(
    ("tabs", "columns", "people", "questions"),
    [
        # a surname over ticks is asked about; an answer reads the ticks as the officer's
        ([TICKS], {}, "", {"Ramos": "Officers", "Cole": "Officers"}),
        ([TICKS], {"Ramos": "Officers", "Cole": "Officers"}, "Ramos", {}),
        # a surname that another tab has as an officer's is read
        ([Tab("CWAC", [[*HEADER, "Ramos", "Officers"], [*SEP, "x", "Vega"]]),
          Tab("2025", [[*HEADER, "Officers"], ["9/2/25", "9 AM", "Park", "Sgt. Ana Ramos"]])],
         {}, "Ramos, Vega; Sgt. Ana Ramos", {}),
        # a column of officers by hand leaves the others
        ([Tab("CWAC", [[*HEADER, "Officers", "Alternate staff"], [*SEP, "Vega", "Hall"]])],
         {"Alternate staff": "Officers"}, "Vega, Hall", {}),
        # known words over ticks are no officers
        ([Tab("CWAC", [[*HEADER, "Flyers", "Confirmed?", "Permit"], [*SEP, "x", "x", "x"]])],
         {}, "", {"Confirmed?": "Status"}),
    ],
)  # fmt: skip
def test_ticks_below_a_name_are_asked_about_unless_the_workbook_knows_the_officer(tabs, columns, people, questions):
    snapshot = read(*tabs, rules=Rules(columns=tuple(columns.items())))
    rows = [snapshot.assignments_by_event.get(event.id, ()) for event in snapshot.events]
    assert "; ".join(", ".join(row.name for row in those) for those in rows if those) == people
    assert {question.name: question.perhaps for question in column_questions(snapshot.reading)} == questions


def test_columns_that_the_settings_give_the_same_meaning_are_read_together():
    header = ["Date", "Time", "Cafe", "Street", "Parents", "Students", "Memo", "Other"]
    rows = [
        ["9/2/26", "9 AM", "Bean", "5 Main St", 12, 3, "rain", "music"],
        ["9/9/26", "9 AM", "Bean", None, None, 4, None, "art"],
    ]
    columns = {"Cafe": "Venue", "Street": "Venue", "Parents": "Guests", "Students": "Guests", "Memo": "Internal notes",
               "Other": "Internal notes"}  # fmt: skip
    snapshot = read(Tab("CWAC", [header, *rows]), rules=Rules(columns=tuple(columns.items())))
    assert told(snapshot) == [
        "> 9/2/26 9:00 | Bean, 5 Main St |  |  | Completed, withheld |  | 15",
        "> 9/9/26 9:00 | Bean |  |  | Completed, withheld |  | 4",
    ]
    assert [event.internal_notes for event in snapshot.events] == ["rain, music", "art"]


def test_table_of_another_subject_is_never_read_as_events():
    plan = Tab("Plan 2026", [["Date", "Time", "Place", "Town"], [SEP_2, "9am", "Black Bear", "Weed"]])
    others = typed_tabs((OWN / "other_subjects.txt").read_text(encoding="utf-8"))
    assert len(others) == 30
    for titles in (others, [f"Sheet{number}" for number in range(30)]):
        snapshot = read(*map(Tab, titles, others.values()), plan)
        assert told(snapshot) == ["> 9/2/26 9:00 | Black Bear | Weed |  | Completed, withheld"]
        assert [event.title for event in snapshot.event_tabs] == []


@each(
    ("column", "text", "expected"),
    [
        ("Title", "CANCELLED - Coffee with a Cop", "Cancelled"),
        ("Venue", "Park (canceled)", "Cancelled"),
        ("Town", "Weed - CANCELED", "Cancelled"),
        ("Notes", "CXL - Creek Fire", "Cancelled"),
        ("Notes", "postponed to 12/9", "Postponed"),
        ("Notes", "chairs were canceled", "Completed"),
        ("Date", "9/2/2026 canceled", "Cancelled"),
        ("Date", "9/2/2026 - TBD", "Completed"),
        ("Title", "Coffee (tentative)", "Completed"),
    ],
)
def test_word_of_cancellation_or_doubt_is_reported_and_withholds_the_event(column, text, expected):
    row = {"Date": SEP_2, "Title": "Coffee", "Venue": "Park", "Town": "Weed", "Notes": None} | {column: text}
    snapshot = read(Tab("Events", [list(row), list(row.values())]))
    (event,) = snapshot.events
    cells = problems(snapshot, "cell", code="inconsistent")
    assert (event.status, event.withheld, cells) == (expected, True, [f"{'ABCDE'[list(row).index(column)]}2"])
    # An event that a cell plainly calls off is never Completed.
    of_completed = "Completed" if expected == "Completed" else None
    for status, read_as, withheld in (("Completed", of_completed, True), ("Cancelled", "Cancelled", False)):
        typed = read(Tab("Events", [[*row, "Status"], [*row.values(), status]]))
        assert [(event.status, event.withheld) for event in typed.events] == [(read_as, withheld)]
        assert not (withheld and restrict(typed, PUBLIC).events)


def test_row_that_is_struck_through_is_canceled_where_status_says_nothing():
    snapshot = read(Tab("Events", [["Date", "Venue"], [SEP_2, "Park"], [SEP_16, "Park"]], struck=(2,)))
    assert [event.status for event in snapshot.events] == ["Completed", "Cancelled"]
    assert problems(snapshot, "cell", code="inconsistent") == ["A3"]


def test_without_a_status_column_nothing_is_public_and_one_notice_says_so():
    header = ["Date", "Venue", "Town", "Agency"]
    snapshot = read(Tab("Events", [header, *([day, "Park", "Weed", "WPD"] for day in (SEP_2, DEC_9))]))
    assert [event.status for event in snapshot.events] == ["Completed", "Confirmed"]
    assert restrict(snapshot, PUBLIC).events == ()
    assert problems(snapshot, "severity", "column", code="missing-column") == [("notice", "Status")]


def test_what_is_said_by_hand_beats_everything():
    rows = [["Date", "Time", "Old notes", "Thing"], [SEP_2, "9am", "secret", "Park"]]
    by_hand = (("Fall!Thing", "Venue"), ("Old notes", ""), ("Time", ""))
    snapshot = read(Tab("Fall", rows), rules=Rules(columns=by_hand, tabs=(("Fall", "Events"),)))
    (event,) = snapshot.events
    assert (event.venue_text, event.start, event.internal_notes) == ("Park", None, None)


def test_hidden_tab_and_copy_are_not_read_and_said_with_their_rows():
    snapshot = read(Tab("Plan", TABLE), Tab("Copy of Plan", TABLE), Tab("Spare", TABLE, hidden=True))
    assert len(snapshot.events) == 1
    assert problems(snapshot, "severity", "found", "advice", code="unused-tab") == [
        ("notice", "Copy of Plan", 'The tab "Copy of Plan" is not read: its title says that it is a copy or is no '
         "longer used. It has 2 rows."),
        ("notice", "Spare", 'The tab "Spare" is not read: it is hidden. It has 2 rows.'),
    ]  # fmt: skip


def test_shift_after_a_row_whose_id_is_used_twice_is_an_event_of_its_own():
    with_ids = [
        ["ID", "Date", "Time", "Venue", "Officers"],
        ["7", SEP_2, "9am", "Park", "A. Cole"],
        ["7", SEP_16, "9am", "Park", "B. Park"],
        [None, SEP_16, "9am", "Park", "C. Demo"],
    ]
    without = [["Date", "Time", "Venue", "Officers"], [DEC_9, "9am", "Park", "D. Sample"]]
    snapshot = read(Tab("Fall", with_ids), Tab("Winter", without))
    events = {event.id: event.date.isoformat() for event in snapshot.events}
    assert [(row.name, events[row.event_id]) for row in snapshot.assignments] == [
        ("A. Cole", "2026-09-02"), ("C. Demo", "2026-09-16"), ("D. Sample", "2026-12-09"),
    ]  # fmt: skip


def test_row_whose_id_is_used_twice_is_left_out_and_no_shift_of_the_event_that_it_repeats():
    with_ids = [
        ["ID", "Date", "Start", "End", "Venue", "Agency", "Officers"],
        ["7", SEP_2, "9am", "10am", "Park", "WPD", "A. Cole"],
        ["7", SEP_2, "10am", "11am", "Park", "YPD", "B. Park"],
    ]
    without = [["Date", "Time", "Venue", "Officers"], [DEC_9, "9am", "Park", "D. Sample"]]
    snapshot = read(Tab("Fall", with_ids), Tab("Winter", without))
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=2, left_out=1)
    assert [(str(event.end), event.agencies) for event in snapshot.events] == [("10:00:00", ("WPD",)), ("None", ())]
    assert problems(snapshot, "severity", "tab", "cell", code="duplicate-id") == [("error", "Events", "A3")]
