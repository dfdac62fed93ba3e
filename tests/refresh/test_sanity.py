"""The sanity check: each threshold from both sides, each column lost in each way, and no finding on ordinary days."""

import datetime as dt
import random
from ast import literal_eval
from dataclasses import replace
from functools import cache
from itertools import cycle, product, zip_longest

import pytest

from cwac.refresh import sanity
from cwac.refresh.sanity import staying, vanished
from cwac.sheet import schema
from cwac.sheet.reader import columns_read, read_workbook
from cwac.sources.sample import sample_workbook, the_day_before
from tests.cases import each
from tests.refresh.plan import TODAY, serial, workbook

SAMPLE = sample_workbook(TODAY)
COLUMNS = {(spec.name, column.field): column for spec in schema.TABS for column in spec.columns}


def as_tables(book):
    return {tab.title: [list(row) for row in tab.rows] for tab in book.tabs}


@cache
def read(of):
    """A plan and what is read of it, once each, as most cases begin with the same one; `of` is its `repr`."""
    plan = workbook(literal_eval(of))
    return plan, read_workbook(plan, TODAY)


def findings_between(before, after):
    """What `vanished` finds between two plans, each a dict of tables."""
    (earlier, shown), (now, snapshot) = read(repr(before)), read(repr(after))
    return vanished(shown, snapshot, earlier, now)


def words(findings):
    return [str(finding) for finding in findings]


def plan(rows=40, staffing=None):
    """A tidy plan of so many rows a tab, each row different from the others."""
    day, numbers = serial(TODAY) - 200, range(rows)
    event = ["Event ID", "Date", "Start", "Title", "Town", "Lead agency", "Status", "Officers needed", "Funding"]
    return {
        "Events": [event] + [
            [
                f"EV-{n}", day + n, (8 + n % 4) / 24, f"Coffee {n}", f"Town {n}", "WPD", "Completed", 1 + n % 7,
                f"Grant {n}",
            ]
            for n in numbers
        ],
        "Staffing": [["Event ID", "Officer", "Role", "Status", "Note"]] + [
            [f"EV-{n}", f"Officer {chr(65 + n)}x", "Host", "Attended", f"Note {n}"] for n in numbers[:staffing]
        ],
        "Attendance": [["Event ID", "Guests", "Weather"]] + [[f"EV-{n}", 10 + n, f"Weather {n}"] for n in numbers],
        "Towns": [["Town", "Population"]] + [[f"Town {n}", 100 + n] for n in numbers],
    }  # fmt: skip


def fill(rows, header, value, count=None):
    """Write the value into the first so many rows of a column, by default into all."""
    at = rows[0].index(header)
    for row in rows[1 : None if count is None else 1 + count]:
        row[at] = value


# --- the thresholds, from both sides ----------------------------------------------------------------------------------


def delete_rows(rows, count):
    del rows[1 : 1 + count]


def wipe_required_cells(rows, count):
    """Rows that stay, but can no longer be read."""
    required = next(header for header in ("Date", "Officer", "Town") if header in rows[0])
    fill(rows, required, "=1/0" if required == "Date" else None, count)


def unknown_events(rows, count):
    fill(rows, "Event ID", "EV-unknown", count)


WAYS = [
    *product(["Events"], [delete_rows, wipe_required_cells]),
    *product(["Staffing"], [delete_rows, wipe_required_cells, unknown_events]),
    *product(["Attendance"], [delete_rows, unknown_events]),
    *product(["Towns"], [delete_rows, wipe_required_cells]),
]


@pytest.mark.slow
@each("tab, way", WAYS)
@each(
    "of, count, told, most",
    [(20, 4, False, False), (20, 5, True, False), (18, 9, True, False), (18, 10, True, True)],
)
def test_losing_a_fifth_of_the_rows_is_told_and_over_half_keeps_the_last_good_copy(tab, way, of, count, told, most):
    after = plan(of)
    way(after[tab], count)
    findings = [finding for finding in findings_between(plan(of), after) if finding.tab == tab]
    assert [bool(findings), any(finding.kind == "rows" for finding in findings)] == [told] * 2
    assert bool(staying(findings)) is (most and tab != "Towns")
    assert not findings or (str(count) in str(findings[0]) and f" {of} " in str(findings[0]))


@each("count, told", [(1, False), (2, True), (4, True)])
def test_losing_every_row_of_a_small_tab_is_told_from_two_on(count, told):
    after = plan(30, count)
    delete_rows(after["Staffing"], count)
    findings = findings_between(plan(30, count), after)
    assert words(findings) == [f"all {count} rows of the Staffing tab are gone"] * told


@pytest.mark.slow
@each("of, count, told", [(9, 4, False), (9, 5, True), (10, 4, False), (10, 5, True), (4, 4, False)])
@each(
    "tab, column, value",
    [
        ("Events", "Status", "Cancelled"), ("Events", "Start", None), ("Events", "Officers needed", 20),
        ("Staffing", "Status", "Declined"), ("Attendance", "Guests", 999), ("Towns", "Population", 7),
    ],
)  # fmt: skip
def test_altering_half_of_the_rows_and_at_least_five_is_told(tab, column, value, of, count, told):
    after = plan(of)
    fill(after[tab], column, value, count)
    findings = [finding for finding in findings_between(plan(of), after) if finding.tab == tab]
    assert bool(findings) is told
    assert not told or f"{count} of the {of}" in str(findings[0])


@each("tab", ["Events", "Staffing", "Attendance", "Towns"])
def test_filling_in_blank_cells_is_never_reported(tab):
    before, after = plan(), plan()
    fill(before[tab], before[tab][0][-1], None)
    after[tab].insert(1, [])  # and every row has another number
    assert findings_between(before, after) == ()


@each("of, count, told", [(2, 1, False), (3, 2, True), (4, 2, False), (4, 3, True), (1, 1, False)])
def test_losing_over_half_of_the_coming_events_and_at_least_two_is_told(of, count, told):
    before, after = plan(), plan()
    day = serial(TODAY) + 1
    coming = [[f"NEXT-{n}", day + n, 9 / 24, None, "Town 1", "WPD", "Confirmed", 2, None] for n in range(of)]
    before["Events"] += coming
    after["Events"] += coming[count:]
    assert [finding.kind for finding in findings_between(before, after)] == ["coming"] * told


@pytest.mark.slow
@each(
    "of, count, told, most",
    [(20, 4, False, False), (20, 5, True, False), (40, 20, True, False), (40, 21, True, True)],
)
@each("column, tab", [("Start", "Events"), ("Officers needed", "Events"), ("Guests", "Attendance")])
@each("cell", [None, "#REF!"])
def test_losing_a_fifth_of_a_column_is_told_and_over_half_keeps_the_last_good_copy(
    tab, column, cell, of, count, told, most
):
    after = plan(of)
    fill(after[tab], column, cell, count)
    findings = findings_between(plan(of), after)
    assert len([text for text in words(findings) if f"{count} of the {of} values" in text]) == told
    assert bool(staying(findings)) is (most and column != "Officers needed")


@each("of, stays", [(4, False), (5, True), (6, True)])
def test_a_key_column_emptied_altogether_keeps_the_last_good_copy_from_five_values_on(of, stays):
    after = plan(of)
    fill(after["Events"], "Start", None)
    assert bool(staying(findings_between(plan(of), after))) is stays


# --- columns, in each way that they are lost --------------------------------------------------------------------------


def drop_column(rows, at):
    for row in rows:
        del row[at : at + 1]


def rename_header(rows, at):
    rows[0][at] = "Zzyzx Road"


def number_header(rows, at):
    rows[0][at] = 17


def move_to_the_end_without_header(rows, at):
    width = max(map(len, rows))
    for number, row in enumerate(rows):
        row += [None] * (width - len(row))
        row += [None, row[at] if number else None]
        row[at] = None
    drop_column(rows, at)


def held_columns(book):
    """Every column that holds anything."""
    return {
        (tab, field)
        for tab, columns in columns_read(book, {spec.name for spec in schema.TABS}).items()
        for field, (_, cells) in columns.items()
        if any(cell not in (None, "") for cell in cells)
    }


WAYS_OF_LOSS = [drop_column, rename_header, number_header, move_to_the_end_without_header]


@pytest.mark.slow
@each("first", [0, 2])
def test_a_column_that_held_values_and_lost_its_header_is_named(first):
    """Each column in two of the four ways, each way in all tabs."""
    before, wrong, ways = read_workbook(SAMPLE, TODAY), [], cycle(WAYS_OF_LOSS[first:] + WAYS_OF_LOSS[:first])
    held = [[field for tab, field in sorted(held_columns(SAMPLE)) if tab == spec.name] for spec in schema.TABS]
    for fields in zip_longest(*held):  # one of each tab at a time
        tables = as_tables(SAMPLE)
        spoiled = [(spec.name, spec.column(field)) for spec, field in zip(schema.TABS, fields, strict=True) if field]
        for tab, column in spoiled:
            next(ways)(tables[tab], tables[tab][0].index(column.header))
        now = replace(SAMPLE, tabs=tuple(replace(tab, rows=tables[tab.title]) for tab in SAMPLE.tabs))
        findings = vanished(before, read_workbook(now, TODAY), SAMPLE, now)
        for tab, column in spoiled:
            name = f'the column "{column.header}" of the {tab} tab'
            stays = [finding.stays for finding in findings if name in str(finding)]
            # A column of days is known by its cells.
            if stays != [column.key or column.required] and (stays or (tab, column.field) not in held_columns(now)):
                wrong.append((name, words(findings)))
    assert wrong == []


def test_every_tab_and_key_column_is_among_those_tried():
    held = held_columns(SAMPLE)
    assert {tab for tab, _ in held} == {spec.name for spec in schema.TABS}
    assert {key for key, column in COLUMNS.items() if column.key} == {
        *product(["Events"], ["id", "date", "start", "town", "lead_agency", "status", "officers", "guests"]),
        *product(["Staffing"], ["event_id", "officer"]),
        *product(["Attendance"], ["event_id", "guests"]),
    }
    assert {key for key, column in COLUMNS.items() if column.key} - held <= {
        ("Events", "officers"),
        ("Events", "guests"),
    }


@each("header", ["Officers", "Guests"])
@each("way", [drop_column, rename_header])
def test_the_columns_of_a_one_tab_sheet_are_key_columns_too(header, way):
    def one_tab():
        head, *rows = plan()["Events"]
        return {"Events": [[*head, "Officers", "Guests"], *([*row, "A. Able; B. Baker", 12] for row in rows)]}

    after = one_tab()
    way(after["Events"], after["Events"][0].index(header))
    (finding,) = staying(findings_between(one_tab(), after))
    assert str(finding).startswith(f'the column "{header}" of the Events tab is gone')


def test_a_column_without_values_may_go():
    before, after = plan(), plan()
    for tables in (before, after):
        fill(tables["Events"], "Funding", None)
    drop_column(after["Events"], 8)
    assert findings_between(before, after) == ()


def test_columns_may_be_moved_renamed_to_an_alias_and_mistyped():
    after = plan()
    for row in after["Events"]:
        row.reverse()
    after["Events"][0][after["Events"][0].index("Start")] = "Start time"
    after["Attendance"][0][1] = "Geusts"
    assert findings_between(plan(), after) == ()


@pytest.mark.slow
@each(
    "tab, column",
    [
        *product(["Events"], ["Event ID", "Date", "Title", "Town", "Officers needed", "Funding"]),
        *product(["Staffing"], ["Event ID", "Officer", "Note"]),
        *product(["Attendance"], ["Event ID", "Guests", "Weather"]),
    ],
)
def test_sorting_one_column_alone_is_told(tab, column):
    after = plan()
    rows = after[tab]
    at = rows[0].index(column)
    cells = [row[at] for row in rows[1:]]
    random.Random(1).shuffle(cells)
    for row, cell in zip(rows[1:], cells, strict=True):
        row[at] = cell
    (finding,) = (finding for finding in findings_between(plan(), after) if finding.tab == tab)
    assert (finding.kind, finding.stays) == ("altered", False)


@each("tab", ["Events", "Staffing", "Attendance", "Towns"])
def test_rows_sorted_as_a_whole_are_the_same_rows(tab):
    after = plan()
    after[tab][1:] = sorted(after[tab][1:], key=str, reverse=True)
    assert findings_between(plan(), after) == ()


@each("cell", [None, "=1/0", "#DIV/0!", "#REF!", "soon", 99_999_999])
def test_dates_that_are_all_gone_keep_the_last_good_copy_and_say_how_many(cell):
    after = plan()
    fill(after["Events"], "Date", cell)
    assert read_workbook(workbook(after), TODAY).events == ()
    assert "all 40 rows of the Events tab can no longer be read" in words(staying(findings_between(plan(), after)))


def test_consequences_of_a_loss_in_another_tab_are_not_reported():
    head = ["Officer ID", "Name", "Agency"]
    before = plan() | {"Officers": [head, *([f"OF-{n}", f"Officer {chr(65 + n)}x", "WPD"] for n in range(40))]}
    assert words(findings_between(before, plan() | {"Officers": [head]})) == [
        "all 40 rows of the Officers tab are gone"
    ]


def test_new_header_that_is_not_understood_is_named_by_its_cell():
    after = plan()
    after["Events"][0][3] = "Ortschaft"
    (finding,) = findings_between(plan(), after)
    assert str(finding) == 'the column "Title" of the Events tab is gone (new and not understood: D1)'


def test_column_that_is_loading_is_named_as_the_template_does():
    before, after = plan(), plan()
    for tabs in (before, after):
        tabs["Attendance"][0][1] = "Gests"
    fill(after["Attendance"], "Gests", "Loading...")
    (finding,) = findings_between(before, after)
    assert str(finding) == 'the column "Guests" of the Attendance tab is still loading'


@each(
    "already, later, found",
    [
        (lambda tabs: fill(tabs["Events"], "Start", "soon", 5),
         lambda tabs: fill(tabs["Events"], "Start", None, 5), []),
        (lambda tabs: fill(tabs["Attendance"], "Guests", "Loading..."), lambda tabs: drop_column(tabs["Towns"], 1),
         ['the column "Population" of the Towns tab is gone']),
        (lambda tabs: rename_header(tabs["Events"], 3), lambda tabs: drop_column(tabs["Events"], 8),
         ['the column "Funding" of the Events tab is gone']),
    ],
    ids=["cells that could not be read", "a loading column", "a header that is not understood"],
)  # fmt: skip
def test_what_was_wrong_already_is_neither_a_loss_nor_explains_one(already, later, found):
    before, after = plan(20), plan(20)
    already(before)
    already(after)
    later(after)
    assert words(findings_between(before, after)) == found


@each(
    ("later", "found"),
    [
        ({}, "all 3 events of the tab Summer are gone"),
        ({"Summer": [["a", "b", "c"], ["soon", "9am", "Park"]]}, "all 3 events of a tab that is not read are gone"),
    ],
    ids=["deleted", "no longer read"],
)
def test_title_of_a_tab_that_is_not_read_is_named_to_nobody(later, found):
    head = ["Date", "Time", "Place", "Town", "Host agency"]
    fall, summer = (
        [head, *([f"{month}/{n + 1}/2026", "9am", "Park", "Weed", "WPD"] for n in range(events))]
        for month, events in ((9, 20), (6, 3))
    )
    assert words(findings_between({"Fall": fall, "Summer": summer}, {"Fall": fall} | later)) == [found]


def test_many_findings_are_counted():
    names = [sanity.Vanished("column", "Events", False, f"column {n}", "is gone") for n in range(9)]
    assert sanity.clauses(names).endswith("column 3 is gone and 5 more")


def test_people_who_move_from_events_into_a_staffing_tab_are_not_altered():
    rows = [[f"EV-{n}", serial(TODAY) + n, "Weed", "WPD", "Confirmed"] for n in range(30)]
    head = ["Event ID", "Date", "Town", "Lead agency", "Status"]
    officers = [["Officer ID", "Name", "Agency", "Rank"], ["OF-01", "A. Sample", "WPD"], ["OF-02", "B. Demo", "WPD"]]
    before = {"Events": [[*head, "Officers"], *([*row, "A. Sample"] for row in rows)], "Officers": officers}
    after = {
        "Events": [head, *rows],
        "Staffing": [["Event ID", "Officer"], *([row[0], "A. Sample"] for row in rows)],
        "Officers": [*officers[:2], [*officers[2], "Sergeant"]],
    }
    assert [text for text in words(findings_between(before, after)) if "assignments" in text] == []


# --- ordinary days ----------------------------------------------------------------------------------------------------


def after_a_busy_day():
    """The sample after more edits than coordinators and liaisons make between two looks, in every tab."""
    tables = as_tables(SAMPLE)
    for rows in tables.values():
        rows[:] = [[*row, *[None] * (len(rows[0]) - len(row))] for row in rows]

    def add(tab, **values):
        tables[tab].append([values.get(header.replace(" ", "_")) for header in tables[tab][0]])

    today, gone = serial(TODAY), tables["Events"].pop()[0]
    tables["Staffing"] = [row for row in tables["Staffing"] if row[0] != gone]
    del tables["Time off"][1]
    for tab, header, value, count in (
        ("Events", "Public notes", "Free mugs", 5), ("Events", "Status", "Cancelled", 3),
        ("Events", "Cancel reason", "Weather", 3), ("Staffing", "Status", "Declined", 20),
        ("Staffing", "Hours", 1.5, 20), ("Staffing", "Officer", "OF-01", 2), ("Attendance", "Guests", 12, 2),
        ("Follow-ups", "Status", "Closed", 2), ("Follow-ups", "Closed on", today, 2), ("Officers", "Rank", "Chief", 2),
        ("Venues", "Capacity", 60, 2), ("Towns", "Population", 7, 2),
    ):  # fmt: skip
        fill(tables[tab], header, value, count)
    for number in range(8):
        name = f"NEW-{number}"
        add("Events", Event_ID=name, Date=today + 40 + number, Start=9 / 24, Town="Weed", Status="Tentative")
        add("Staffing", Event_ID=name, Officer=f"OF-0{number + 1}", Role="Host", Status="Requested")
        add("Attendance", Event_ID=tables["Events"][-20 - number][0], Guests=20, Count_method="Clicker")
    add("Time off", Officer="OF-01", From=today, To=today + 3)
    return tables


@pytest.mark.slow
@each("tab", ["Events", "Staffing", "Attendance", "Follow-ups"])
def test_a_busy_day_on_which_a_tab_is_sorted_and_a_column_is_moved_raises_nothing(tab):
    tables = after_a_busy_day()
    tables[tab][1:] = sorted(tables[tab][1:], key=lambda row: str(row[:1]))
    for row in tables[tab]:
        row.append(row.pop(1))
    assert words(findings_between(as_tables(SAMPLE), tables)) == []
    del tables[tab][1 : len(tables[tab]) // 2]  # and something would be found
    assert findings_between(as_tables(SAMPLE), tables)


@pytest.mark.slow
@each("days", range(0, 360, 60))
def test_the_changes_of_a_day_raise_nothing(days):
    today = TODAY + dt.timedelta(days=days)
    earlier, now = the_day_before(today), sample_workbook(today)
    assert words(vanished(read_workbook(earlier, today), read_workbook(now, today), earlier, now)) == []
