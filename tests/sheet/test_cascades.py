"""One mistake in the Events tab is one problem elsewhere; a missing column is named beside what could be it."""

from cwac.model import Accounting
from tests.cases import each
from tests.sheet.county import problems, read

EVENT_ROWS = [["E1", "9/16/2026", "Weed", "WPD", "Completed"], ["E2", "9/23/2026", "Etna", "SCSO", "Completed"]]
STAFFING = [["Event ID", "Officer"], *[["E1", "OF-01"], ["E2", "OF-02"]] * 100, [None, "OF-03"]]


@each(
    ("events", "cause"),
    [
        (
            [["Code", "Dated", "Town", "Lead", "Status"], *[[row[0], "soon", *row[2:]] for row in EVENT_ROWS]],
            'The Events tab has no column "Date" and no event with an ID, so {} not used. Correct the '
            "Events tab first.",
        ),
        (
            [["Code", "Date", "Town", "Lead", "Status"], ["E1", "soon", "Weed", "WPD", "Draft"]],
            "No row of the Events tab has a readable Date or an Event ID, so {} not used. Correct the "
            "Events tab first.",
        ),
        (
            [["Event ID", "Date", "Town", "Lead", "Status"]],
            "The Events tab has no event yet, so {} not used. Add the events first.",
        ),
        (
            [["Code", "Date", "Town", "Lead", "Status"], *EVENT_ROWS],
            'The Events tab has no column "Event ID", so {} not used. In that tab "Code" (column A) is not used: if '
            "that is it, name it Event ID.",
        ),
        (
            [["Event ID", "Date", "Town", "Lead", "Status"], [None, *EVENT_ROWS[0][1:]]],
            "No row of the Events tab has an Event ID, so {} not used. Type them there.",
        ),
    ],
)  # fmt: skip
def test_references_to_events_that_nobody_could_have_are_one_problem_a_tab(events, cause):
    snapshot = read(
        Events=events,
        Staffing=STAFFING,
        Attendance=[["Event ID", "Guests"], ["E2", 12], ["E1", 9]],
        Follow_ups=[["Follow-up ID", "Event ID"], ["F1", "E2"]],
    )
    many = cause.format("the {} rows here with an Event ID are")
    found = problems(snapshot, "tab", "cell", "found", "agencies", "advice", code="unknown-reference")
    assert found == [
        ("Staffing", "A2", "E1", (), many.format(200)),
        ("Attendance", "A2", "E2", (), many.format(2)),
        ("Follow-ups", "B2", "E2", (), cause.format("this row is")),
    ]
    assert problems(snapshot, "cell", code="missing") == ["A202"]
    assert snapshot.accounting["Staffing"] == Accounting(rows=201, left_out=201)
    assert snapshot.accounting["Attendance"] == Accounting(rows=2, left_out=2)
    assert snapshot.accounting["Follow-ups"] == Accounting(rows=1, left_out=1)


def missing(snapshot, tab="Events"):
    """The beginning of the advice for each missing column, by header."""
    found = problems(snapshot, "column", "advice", code="missing-column", tab=tab)
    return {column: advice.partition(f'There is no column "{column}"')[2] for column, advice in found}


def test_missing_column_is_named_beside_the_headers_that_could_be_it():
    header = ["Event ID", "Dated", "Whereabouts", "Lead", "How far", "Printed", "Snacks"]
    rows = [
        ["E1", 46281, "Weed", "WPD", "Completed", "9/1/2026", "Scones"],
        ["E2", "10/7", "Mt Shasta", "WPD", "conf", "9/8/2026", "Pie"],
        ["E3", "Oct 14", "Etna", "WPD", "TBD", None, "Pie"],
    ]
    advice = missing(read(Events=[header, *rows]))
    assert advice == {
        "Date": '. "Dated" (column B) and "Printed" (column F) are not used: if one of them is it, name it Date; if '
        "not, add the column. The day, for example 10/7/2026. An event without a readable date waits in the undated "
        "list.",
        "Town": '. "Whereabouts" (column C) is not used: if that is it, name it Town; if not, add the column. The '
        "town, as the Towns tab names it.",
        "Status": '. "How far" (column E) is not used: if that is it, name it Status; if not, add the column. How far '
        "along it is. Past events become Completed or Canceled. Until then events count as Confirmed, past ones as "
        "Completed, and nothing is public.",
    }


@each(
    ("header", "cells", "is_named"),
    [
        ("Coffee date", ["soon"], True),  # its name is enough
        ("Coffee date", ["Ann", "Bob", "Cy"], False),  # unless it clearly holds something else
        ("Snacks", [], False),
        ("Snacks", ["9/16/2026", "9/23/2026", "scones"], True),
        ("Snacks", ["9/16/2026", "pie", "scones"], False),
        ("Snacks", [12, 14, 20], False),
        ("Snacks", ["x" * 600, True, "#REF!", float("nan")], False),
    ],
)
def test_unused_header_is_named_by_its_words_or_its_cells(header, cells, is_named):
    rows = [["E1", "Weed", "WPD", "Draft", cell] for cell in cells]
    advice = missing(read(Events=[["Event ID", "Town", "Lead", "Status", header], *rows]))["Date"]
    assert (header in advice, ": add it." in advice) == (is_named, not is_named)


def test_at_most_three_headers_are_named_the_first_of_equals_first():
    header = ["Event ID", "Town", "Lead", "Status", "A1", "B1", "C1", "D1"]
    rows = [["E1", "Weed", "WPD", "Draft", "9/1", "9/2", "9/3", "9/4"]]
    advice = missing(read(Events=[header, *rows]))["Date"]
    assert advice.startswith('. "A1" (column E), "B1" (column F) and "C1" (column G) are not used')


@each(
    ("tab", "rows", "column", "similar"),
    [
        ("Staffing", [["Event ID", "Role", "Crew"], ["E1", "Host", "OF-01"]], "Officer", '"Crew" (column C)'),
        ("Staffing", [["Officer", "Role", "Code"], ["OF-01", "Host", "E1"]], "Event ID", '"Code" (column C)'),
        ("Officers", [["Officer ID", "Name", "Corps"], ["OF-01", "A. Sample", "WPD"]], "Agency", '"Corps" (column C)'),
        ("Time_off", [["Officer", "From", "Back"], ["OF-01", "9/1/2026", "9/5/2026"]], "To", '"Back" (column C)'),
    ],
)
def test_cells_that_name_listed_people_places_and_events_show_their_column(tab, rows, column, similar):
    assert f". {similar} is not used" in missing(read(**{tab: rows}), tab.replace("_", " "))[column]
