"""The sanity check: each threshold from both sides, each column lost in each way, and no finding on ordinary days."""

import datetime as dt
import random
from dataclasses import replace
from fractions import Fraction

import pytest

from cwac.refresh import sanity
from cwac.refresh.sanity import KEY_COLUMNS, LIMITS, staying, vanished
from cwac.sheet import schema
from cwac.sheet.reader import columns_read, read_workbook
from cwac.sources.sample import sample_workbook
from tests.refresh.plan import TODAY, serial, workbook

SAMPLE = sample_workbook(TODAY)
ALL = {spec.name for spec in schema.TABS}


def as_tables(book):
    return {tab.title: [list(row) for row in tab.rows] for tab in book.tabs}


def findings_between(before, after, on=TODAY):
    """What `vanished` finds between two plans, each a dict of tables."""
    earlier, now = workbook(before), workbook(after)
    return vanished(read_workbook(earlier, on), read_workbook(now, on), earlier, now)


def plan(events=40, staffing=40, attendance=40):
    """A tidy plan of so many rows a tab, each row different from the others."""
    first = TODAY - dt.timedelta(days=200)
    return {
        "Events": [
            ["Event ID", "Date", "Start", "Title", "Town", "Lead agency", "Status", "Officers needed", "Funding"],
            *(
                [
                    f"EV-{n}",
                    serial(first + dt.timedelta(days=n)),
                    (8 + n % 4) / 24,
                    f"Coffee {n}",
                    f"Town {n}",
                    "WPD",
                    "Completed",
                    1 + n % 7,
                    f"Grant {n}",
                ]
                for n in range(events)
            ),
        ],
        "Staffing": [
            ["Event ID", "Officer", "Role", "Status", "Note"],
            *(
                [f"EV-{n % events}", f"Officer {chr(65 + n)}x", "Host", "Attended", f"Note {n}"]
                for n in range(staffing)
            ),
        ],
        "Attendance": [
            ["Event ID", "Guests", "Weather"],
            *([f"EV-{n % events}", 10 + n, f"Weather {n}"] for n in range(attendance)),
        ],
        "Towns": [["Town", "Population"], *([f"Town {n}", 100 + n] for n in range(events))],
    }


# --- the thresholds, from both sides ----------------------------------------------------------------------------------


def delete_rows(rows, count):
    del rows[1 : 1 + count]


def wipe_required_cells(rows, count):
    """Rows that stay, but can no longer be read: the cell that each needs is no such thing any more."""
    at = {"Date": "=1/0", "Officer": None, "Event ID": "EV-unknown", "Town": None}
    column = next(column for name in ("Date", "Officer", "Town") if name in rows[0] for column in [name])
    for row in rows[1 : 1 + count]:
        row[rows[0].index(column)] = at[column]


def unknown_events(rows, count):
    for row in rows[1 : 1 + count]:
        row[0] = "EV-unknown"


WAYS = [
    ("Events", delete_rows),
    ("Events", wipe_required_cells),
    ("Staffing", delete_rows),
    ("Staffing", wipe_required_cells),
    ("Staffing", unknown_events),
    ("Attendance", delete_rows),
    ("Attendance", unknown_events),
]


@pytest.mark.parametrize(("tab", "way"), WAYS)
@pytest.mark.parametrize(
    ("of", "count", "stays"),
    [
        (40, 20, False),  # half is not over half
        (40, 21, True),
        (18, 9, False),
        (18, 10, True),
        (16, 9, False),  # over half, but fewer than ten
        (19, 10, True),
        (20, 10, False),
    ],
)
def test_over_half_of_the_rows_and_at_least_ten_keep_the_last_good_copy(tab, way, of, count, stays):
    before, after = plan(of, of, of), plan(of, of, of)
    way(after[tab], count)
    findings = findings_between(before, after)
    assert any(finding.tab == tab and finding.stays for finding in findings) is stays
    assert str(count) in str(next(finding for finding in findings if finding.tab == tab))
    assert f" {of} " in str(next(finding for finding in findings if finding.tab == tab))


@pytest.mark.parametrize(("tab", "way"), [*WAYS, ("Towns", delete_rows), ("Towns", wipe_required_cells)])
@pytest.mark.parametrize(
    ("of", "count", "is_reported"),
    [
        (20, 4, False),  # a fifth, but fewer than five
        (20, 5, True),
        (25, 5, True),
        (26, 5, False),  # less than a fifth
        (30, 5, False),
        (30, 6, True),
        (40, 7, False),
        (40, 8, True),
    ],
)
def test_losing_a_fifth_of_the_rows_and_at_least_five_is_reported(tab, way, of, count, is_reported):
    before, after = plan(of, of, of), plan(of, of, of)
    way(after[tab], count)
    findings = findings_between(before, after)
    assert any(finding.kind == "rows" and finding.tab == tab for finding in findings) is is_reported
    assert any(finding.tab == tab for finding in findings) is is_reported
    assert not staying(findings)


@pytest.mark.parametrize(("count", "is_reported"), [(1, False), (2, True), (4, True)])
def test_losing_every_row_of_a_small_tab_is_reported_from_two_on(count, is_reported):
    before, after = plan(30, count, 30), plan(30, count, 30)
    delete_rows(after["Staffing"], count)
    findings = findings_between(before, after)
    assert [str(finding) for finding in findings] == [f"all {count} rows of the Staffing tab are gone"] * is_reported


@pytest.mark.parametrize(
    ("of", "count", "is_reported"), [(9, 4, False), (9, 5, True), (10, 4, False), (10, 5, True), (4, 4, False)]
)
@pytest.mark.parametrize(
    ("tab", "column", "value"),
    [
        ("Events", "Status", "Cancelled"),
        ("Events", "Start", None),
        ("Events", "Officers needed", 20),
        ("Staffing", "Status", "Declined"),
        ("Attendance", "Guests", 999),
        ("Towns", "Population", 7),
    ],
)
def test_altering_half_of_the_rows_and_at_least_five_is_reported(tab, column, value, of, count, is_reported):
    before, after = plan(of, of, of), plan(of, of, of)
    at = after[tab][0].index(column)
    for row in after[tab][1 : 1 + count]:
        row[at] = value
    findings = [finding for finding in findings_between(before, after) if finding.tab == tab]
    assert bool(findings) is is_reported
    assert not is_reported or f"{count} of the {of}" in str(findings[0])


@pytest.mark.parametrize("tab", ["Events", "Staffing", "Attendance", "Towns"])
def test_filling_in_blank_cells_is_never_reported(tab):
    before, after = plan(), plan()
    at = len(before[tab][0]) - 1
    for row in before[tab][1:]:
        row[at] = None
    after[tab].insert(1, [])  # and every row has another number
    assert findings_between(before, after) == ()


@pytest.mark.parametrize(
    ("of", "count", "is_reported"), [(2, 1, False), (3, 2, True), (4, 2, False), (4, 3, True), (1, 1, False)]
)
def test_losing_over_half_of_the_coming_events_and_at_least_two_is_reported(of, count, is_reported):
    before, after = plan(), plan()
    coming = [
        [f"NEXT-{n}", serial(TODAY + dt.timedelta(days=n + 1)), 9 / 24, None, "Town 1", "WPD", "Confirmed", 2, None]
        for n in range(of)
    ]
    before["Events"] += coming
    after["Events"] += coming[count:]
    assert [finding.kind for finding in findings_between(before, after)] == ["coming"] * is_reported


@pytest.mark.parametrize(
    ("of", "count", "kind"),
    [
        (40, 20, "some-rows"),
        (40, 21, "most-rows"),
        (20, 4, None),
        (25, 5, "some-rows"),
        (40, 7, None),
        (40, 8, "some-rows"),
    ],
)
@pytest.mark.parametrize(
    ("tab", "column"),
    [("Events", "Start"), ("Events", "Officers needed"), ("Attendance", "Guests"), ("Attendance", "Weather")],
)
@pytest.mark.parametrize("way", [None, "#REF!"])
def test_losing_values_of_a_column_is_reported_by_share_and_number(tab, column, way, of, count, kind):
    if way and column == "Weather":
        way = None  # whatever stands there is the weather
    before, after = plan(of, of, of), plan(of, of, of)
    at = after[tab][0].index(column)
    for row in after[tab][1 : 1 + count]:
        row[at] = way
    findings = [
        finding for finding in findings_between(before, after) if finding.tab == tab and finding.kind == "column"
    ]
    assert [finding.stays for finding in findings] == (
        [] if kind is None else [kind == "most-rows" and column in ("Start", "Guests")]
    )
    assert all(f"{count} of the {of} values" in str(finding) for finding in findings)


@pytest.mark.parametrize(("of", "stays"), [(4, False), (5, True), (6, True)])
def test_a_key_column_emptied_altogether_keeps_the_last_good_copy_from_five_values_on(of, stays):
    before, after = plan(of, of, of), plan(of, of, of)
    for row in after["Events"][1:]:
        row[2] = None
    assert bool(staying(findings_between(before, after))) is stays


def test_thresholds_are_those_that_these_tests_assume():
    assert {name: (limit.share, limit.least, limit.over) for name, limit in LIMITS.items()} == {
        "most-rows": (Fraction(1, 2), 10, True),
        "key-column": (1, 5, False),
        "some-rows": (Fraction(1, 5), 5, False),
        "all-rows": (1, 2, False),
        "coming": (Fraction(1, 2), 2, True),
        "altered": (Fraction(1, 2), 5, False),
    }


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


HELD = [
    (tab, field)
    for tab, columns in columns_read(SAMPLE, ALL).items()
    for field, (_, cells) in columns.items()
    if any(cell not in (None, "") for cell in cells)
]
"""Every column of the sample that holds anything."""


@pytest.fixture(scope="module")
def before():
    return read_workbook(SAMPLE, TODAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "way",
    [
        drop_column,
        # Each reads the sample about a hundred times.
        pytest.param(rename_header, marks=pytest.mark.slow),
        pytest.param(number_header, marks=pytest.mark.slow),
        pytest.param(move_to_the_end_without_header, marks=pytest.mark.slow),
    ],
)
def test_a_column_that_held_values_and_lost_its_header_is_named(before, way):
    wrong = []
    for tab, field in HELD:
        column = next(spec for spec in schema.TABS if spec.name == tab).column(field)
        tables = as_tables(SAMPLE)
        way(tables[tab], tables[tab][0].index(column.header))
        now = replace(SAMPLE, tabs=tuple(replace(tab, rows=tables[tab.title]) for tab in SAMPLE.tabs))
        findings = vanished(before, read_workbook(now, TODAY), SAMPLE, now)
        named = [finding for finding in findings if f'the column "{column.header}" of the {tab} tab' in str(finding)]
        if [finding.stays for finding in named] != [field in KEY_COLUMNS.get(tab, ()) or column.required]:
            wrong.append((tab, field, [str(finding) for finding in findings]))
    assert wrong == []


def test_every_tab_and_key_column_is_among_those_tried():
    assert {tab for tab, _ in HELD} == ALL
    assert dict(KEY_COLUMNS) == {
        "Events": {"id", "date", "start", "town", "lead_agency", "status", "officers", "guests"},
        "Staffing": {"event_id", "officer"},
        "Attendance": {"event_id", "guests"},
    }
    tried = set(HELD)
    for tab, columns in KEY_COLUMNS.items():
        assert {(tab, field) for field in columns} - tried <= {("Events", "officers"), ("Events", "guests")}


@pytest.mark.parametrize("header", ["Officers", "Guests"])
@pytest.mark.parametrize("way", [drop_column, rename_header])
def test_the_columns_of_a_one_tab_sheet_are_key_columns_too(header, way):
    def one_tab():
        events = [[*row, "Officers" if not n else "A. Able; B. Baker", "Guests" if not n else 12] for n, row in
                  enumerate(plan()["Events"])]  # fmt: skip
        return {"Events": events}

    before, after = one_tab(), one_tab()
    way(after["Events"], after["Events"][0].index(header))
    (finding,) = staying(findings_between(before, after))
    assert str(finding).startswith(f'the column "{header}" of the Events tab is gone')


def test_a_column_without_values_may_go():
    before, after = plan(), plan()
    for tables in (before, after):
        for row in tables["Events"][1:]:
            row[8] = None
    drop_column(after["Events"], 8)
    assert findings_between(before, after) == ()


def test_columns_may_be_moved_renamed_to_an_alias_and_mistyped():
    before, after = plan(), plan()
    for row in after["Events"]:
        row.reverse()
    after["Events"][0][after["Events"][0].index("Start")] = "Start time"
    after["Attendance"][0][1] = "Geusts"
    assert findings_between(before, after) == ()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("tab", "column"),
    [
        *(("Events", column) for column in ("Event ID", "Date", "Title", "Town", "Officers needed", "Funding")),
        *(("Staffing", column) for column in ("Event ID", "Officer", "Note")),
        *(("Attendance", column) for column in ("Event ID", "Guests", "Weather")),
    ],
)
def test_sorting_one_column_alone_is_reported(tab, column, seed):
    before, after = plan(), plan()
    rows = after[tab]
    at = rows[0].index(column)
    cells = [row[at] for row in rows[1:]]
    random.Random(seed).shuffle(cells)
    for row, cell in zip(rows[1:], cells, strict=True):
        row[at] = cell
    (finding,) = (finding for finding in findings_between(before, after) if finding.tab == tab)
    assert (finding.kind, finding.stays) == ("altered", False)


@pytest.mark.parametrize("tab", ["Events", "Staffing", "Attendance", "Towns"])
def test_rows_sorted_as_a_whole_are_the_same_rows(tab):
    before, after = plan(), plan()
    after[tab][1:] = sorted(after[tab][1:], key=str, reverse=True)
    assert findings_between(before, after) == ()


@pytest.mark.parametrize("cell", [None, "=1/0", "#DIV/0!", "#REF!", "soon", 99_999_999])
def test_dates_that_are_all_gone_keep_the_last_good_copy_and_say_how_many(before, cell):
    tables = as_tables(SAMPLE)
    at = tables["Events"][0].index("Date")
    for row in tables["Events"][1:]:
        row[at] = cell
    now = replace(SAMPLE, tabs=tuple(replace(tab, rows=tables[tab.title]) for tab in SAMPLE.tabs))
    after = read_workbook(now, TODAY)
    assert after.events == ()
    stays = staying(vanished(before, after, SAMPLE, now))
    assert f"all {before.accounting['Events'].kept} rows of the Events tab can no longer be read" in map(str, stays)


def test_consequences_of_a_loss_in_another_tab_are_not_reported():
    before, after = plan(), plan()
    before["Officers"] = after["Officers"] = [["Officer ID", "Name", "Agency"]]
    before["Officers"] = before["Officers"] + [[f"OF-{n}", f"Officer {chr(65 + n)}x", "WPD"] for n in range(40)]
    assert [str(finding) for finding in findings_between(before, after)] == ["all 40 rows of the Officers tab are gone"]


def test_new_header_that_is_not_understood_is_named():
    before, after = plan(), plan()
    after["Events"][0][3] = "Ortschaft"
    (finding,) = findings_between(before, after)
    assert str(finding) == 'the column "Title" of the Events tab is gone (new and not understood: "Ortschaft")'


def test_many_findings_are_counted():
    names = [sanity.Vanished("column", "Events", False, f"column {n}", "is gone") for n in range(9)]
    assert sanity.clauses(names).endswith("column 3 is gone and 5 more")


# --- ordinary days ----------------------------------------------------------------------------------------------------


class Year:
    """The sample, edited day by day as coordinators and liaisons do."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = as_tables(SAMPLE)
        self.number = 0

    def column(self, tab, header):
        return self.tables[tab][0].index(header)

    def rows(self, tab):
        return [row for row in self.tables[tab][1:] if row and isinstance(row[0], str)]

    def put(self, tab, row, header, value):
        at = self.column(tab, header)
        row += [None] * (at + 1 - len(row))
        row[at] = value

    def get(self, row, tab, header):
        at = self.column(tab, header)
        return row[at] if at < len(row) else None

    def add(self, tab, **values):
        row = [None] * len(self.tables[tab][0])
        for header, value in values.items():
            row[self.column(tab, header.replace("_", " "))] = value
        self.tables[tab].append(row)

    def day(self, today):
        chance, events = self.random.random, self.rows("Events")
        dated = [(self.get(row, "Events", "Date"), row) for row in events]
        dated = [(day, row) for day, row in dated if type(day) is int]
        coming = [row for day, row in dated if day > serial(today)]
        # Plan ahead: now and then an event, once a month some at once.
        for _ in range(8 if today.day == 1 else chance() < 0.3):
            self.number += 1
            like = self.random.choice(events)
            self.add(
                "Events",
                Event_ID=f"NEW-{self.number}",
                Date=serial(today) + self.random.randint(20, 90),
                Start=9 / 24,
                Town=self.get(like, "Events", "Town"),
                Lead_agency=self.get(like, "Events", "Lead agency"),
                Status="Tentative",
                Officers_needed=3,
            )
            for officer in self.random.sample(self.rows("Officers"), 3):
                self.add("Staffing", Event_ID=f"NEW-{self.number}", Officer=officer[0], Role="Host", Status="Requested")
        for row in self.random.sample(coming, min(3, len(coming))):
            self.put("Events", row, "Status", self.random.choice(["Confirmed", "Tentative"]))
            self.put("Events", row, "Public notes", f"Bring a mug, {today}")
        if chance() < 0.1 and coming:
            row = self.random.choice(coming)
            self.put("Events", row, "Status", "Cancelled")
            self.put("Events", row, "Cancel reason", "Weather")
        if chance() < 0.05 and coming:
            row = self.random.choice(coming)
            self.tables["Events"].remove(row)
            self.tables["Staffing"] = [line for line in self.tables["Staffing"] if not line or line[0] != row[0]]
        # Close what is past.
        for day, row in dated:
            if day == serial(today) - 1:
                self.put("Events", row, "Status", "Completed")
                self.add("Attendance", Event_ID=row[0], Guests=self.random.randint(5, 40), Count_method="Clicker")
                for assignment in self.rows("Staffing"):
                    if assignment[0] == row[0]:
                        self.put("Staffing", assignment, "Status", "Attended")
                        self.put("Staffing", assignment, "Hours", 1.5)
        for row in self.random.sample(self.rows("Staffing"), 6):
            self.put("Staffing", row, "Status", self.random.choice(["Confirmed", "Declined", "Assigned"]))
        for row in self.random.sample(self.rows("Staffing"), 2):
            self.put("Staffing", row, "Officer", self.random.choice(self.rows("Officers"))[0])
        # The lists.
        if chance() < 0.2:
            self.add(
                "Time off",
                Officer=self.random.choice(self.rows("Officers"))[0],
                From=serial(today),
                To=serial(today) + 3,
            )
        if chance() < 0.2 and len(self.tables["Time off"]) > 3:
            del self.tables["Time off"][1]
        if chance() < 0.1:
            follow_up = self.random.choice(self.rows("Follow-ups"))
            self.put("Follow-ups", follow_up, "Status", "Closed")
            self.put("Follow-ups", follow_up, "Closed on", serial(today))
        if chance() < 0.03:
            self.put("Officers", self.random.choice(self.rows("Officers")), "Rank", "Sergeant")
        if chance() < 0.03:
            self.put("Venues", self.random.choice(self.rows("Venues")), "Capacity", self.random.randint(10, 60))
        if chance() < 0.05:  # sorted as a whole
            tab = self.random.choice(["Events", "Staffing", "Attendance", "Follow-ups"])
            self.tables[tab][1:] = sorted(self.tables[tab][1:], key=lambda row: str(row[:1]))
        if chance() < 0.05:  # a column moved, and one of their own added
            tab = self.random.choice(["Events", "Staffing"])
            at = self.random.randrange(1, len(self.tables[tab][0]))
            for row in self.tables[tab]:
                row += [None] * (at + 1 - len(row))
                row.append(row.pop(at))


@pytest.mark.slow
def test_a_year_of_ordinary_days_raises_nothing():
    """Two days' edits are judged at once: a look's are far fewer."""
    year = Year(1)
    earlier = workbook(year.tables)
    before = read_workbook(earlier, TODAY)
    raised = []
    for after in range(1, 366, 2):
        today = TODAY + dt.timedelta(days=after)
        year.day(today - dt.timedelta(days=1))
        year.day(today)
        now = workbook(year.tables)
        snapshot = read_workbook(now, today)
        raised += [(today, str(finding)) for finding in vanished(before, snapshot, earlier, now)]
        before, earlier = snapshot, now
    assert raised == []
    assert len(before.events) > 150
    del year.tables["Events"][1:60]  # and something would be found
    now = workbook(year.tables)
    assert vanished(before, read_workbook(now, today), earlier, now)


def test_people_who_move_from_events_into_a_staffing_tab_are_not_altered():
    rows = [[f"EV-{n}", serial(TODAY + dt.timedelta(days=n)), "Weed", "WPD", "Confirmed"] for n in range(30)]
    head = ["Event ID", "Date", "Town", "Lead agency", "Status"]
    officers = [["Officer ID", "Name", "Agency", "Rank"], ["OF-01", "A. Sample", "WPD"], ["OF-02", "B. Demo", "WPD"]]
    before = {"Events": [[*head, "Officers"], *([*row, "A. Sample"] for row in rows)], "Officers": officers}
    after = {
        "Events": [head, *rows],
        "Staffing": [["Event ID", "Officer"], *([row[0], "A. Sample"] for row in rows)],
        "Officers": [*officers[:2], [*officers[2], "Sergeant"]],
    }
    assert [finding.noun for finding in findings_between(before, after) if "assignments" in str(finding)] == []
