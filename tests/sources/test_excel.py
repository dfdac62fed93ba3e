"""Workbook files: cells as Google would give them, habits of people, a file read again, and files of text."""

import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chartsheet import Chartsheet
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from cwac.model import Accounting, Cell, Merge, Snapshot, SourceUnavailable, Tab
from cwac.sheet.counts import read_hours
from cwac.sheet.reader import read_workbook
from cwac.sources import excel, xlsx_package
from cwac.sources.excel import TabReader, read_excel
from cwac.sources.xlsx_package import UnusableFile
from tests.cases import each
from tests.sources.xlsx_files import (
    BOOK,
    BOOK_PARTS,
    CELL,
    MAIN,
    RELATIONS,
    SHEET,
    SHEET_PARTS,
    STRINGS,
    STYLES,
    WEED,
    packed,
    parts,
    relation,
    rows,
)


def test_every_kind_of_cell_as_openpyxl_writes_it(file):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Events"
    day_and_time = dt.datetime(2019, 6, 19, 9, 0)  # noqa: DTZ001 - a cell has no zone
    typed = [
        "Weed",
        dt.date(2019, 6, 19),
        day_and_time,
        dt.time(9, 0),
        dt.time(8, 20),
        dt.timedelta(hours=30),
        18,
        18.0,
    ]
    sheet.append([*typed, 1.5, -122.3844, True, False, None, "", " ", "007", "=1+1", 1e300])
    sheet["S1"].value, sheet["S1"].data_type = "#REF!", "e"
    expected = ["Weed", 43635, 43635.375, 0.375, 500 / 1440, 1.25, 18, 18, 1.5, -122.3844, True, False, None, None, " "]
    expected += ["007", "#NOT CALCULATED!", 1e300, "#REF!"]
    [cells] = rows(file(workbook))
    assert cells == expected
    assert [type(cell) for cell in cells] == [type(cell) for cell in expected]


FAR = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'


@each(
    "data, expected",
    [
        ('<row r="3"><c r="C3"><v>9</v></c></row>', [[], [], [None, None, 9]]),  # row 1 is the first row all the same
        (f'<row r="1"><c r="A1"><v>1</v></c></row>{FAR}', [[1]]),  # blank colored cells to the end take no memory
        ('<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c r="A2"><v>2</v></c></row>', [[1, None, 3], [2]]),
        ('<row r="2"><c r="C2"><v>9</v></c><c r="B2"><v>8</v></c></row>', [[], [None, 8, 9]]),
        ('<row r="2"><c r="A2"><v>2</v></c></row><row><c r="A12"><v>3</v></c></row>', [[], [2], *[[]] * 9, [3]]),
        ('<row r="2"><c r="AA2"><v>2</v></c></row><row r="1"><c><v>1</v></c></row>', [[1], [None] * 26 + [2]]),
    ],
)
def test_cell_is_where_its_reference_says_or_follows_the_one_before(file, data, expected):
    assert rows(file(parts(f'<dimension ref="A1:XFD1048576"/><sheetData>{data}</sheetData>'))) == expected


@each(
    ("cell", "value"),
    [
        ('<c r="A1"><v>43635</v></c>', 43635),
        ('<c r="A1" t="n"><v>43635.0</v></c>', 43635),
        ('<c r="A1"><v>0.33333333333333331</v></c>', 1 / 3),
        ('<c r="A1"><v>0.333333333333333</v></c>', 1 / 3),  # LibreOffice keeps 15 digits
        ('<c r="A1"><v>43635.3541666667</v></c>', 43635 + 8.5 / 24),
        ('<c r="A1"><v>43634.99999999999</v></c>', 43635),
        ('<c r="A1"><v>41.4242</v></c>', 41.4242),
        ('<c r="A1"><v>-3</v></c>', -3),
        ('<c r="A1"><v>1E3</v></c>', 1000),
        ('<c r="A1"><v>123456789012345678</v></c>', 123456789012345678.0),
        ('<c r="A1"><v>1e999</v></c>', "#NUM!"),
        ('<c r="A1"><v>9 to 10</v></c>', "9 to 10"),
        ('<c r="A1"><v/></c>', None),
        ('<c r="A1"/>', None),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
        ("<c t='e' r='A1'><f>B1</f><v>#DIV/0!</v></c>", "#DIV/0!"),
        ('<c r="A1" t="s"><v>0</v></c>', "Mount Shasta"),
        ('<c r="A1" t="s"><v>1</v></c>', "Weed & Yreka\nline two"),
        ('<c r="A1" t="s"><v>2</v></c>', "東京"),
        ('<c r="A1" t="s"><v>3</v></c>', None),
        ('<c r="A1" t="str"><f>B1</f><v>Weed</v></c>', "Weed"),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', None),  # Excel stored an empty result
        ('<c r="A1"><f>B1</f></c>', "#NOT CALCULATED!"),
        ('<c r="A1"><f>B1</f><v/></c>', "#NOT CALCULATED!"),
        ('<c r="A1"><f t="shared" si="0"/><v>7</v></c>', 7),
        ('<c r="A1" t="inlineStr"><is><t>Etna</t></is></c>', "Etna"),
        ('<c r="A1" t="inlineStr"><is><r><t>Et</t></r><r><t xml:space="preserve">na </t></r></is></c>', "Etna "),
        ('<c r="A1" t="inlineStr">\n<is>\n<t>Etna</t>\n</is>\n</c>', "Etna"),
        ('<c r="A1" t="inlineStr"><is><t>tab_x0009_x_x0000__xD83D_</t></is></c>', "tab\tx_x0000__xD83D_"),
        ('<c r="A1" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="1"><t>とうきょう</t></rPh></is></c>', "東京"),
        ('<c r="A1" t="d"><v>2019-06-19</v></c>', 43635),
        ('<c r="A1" t="d"><v>2019-06-19T09:00:00Z</v></c>', 43635.375),
        ('<c r="A1" t="d"><v>09:00:00</v></c>', 0.375),
        ('<c r="A1" t="d"><v>soon</v></c>', "soon"),
    ],
)
def test_stored_cell_is_read_as_google_gives_it(file, cell, value):
    strings = (
        "<si><t>Mount Shasta</t></si><si><r><t>Weed &amp; </t></r><r><t>Yreka_x000A_line two</t></r></si>"
        "<si><t>東京</t><rPh sb='0' eb='1'><t>とうきょう</t></rPh><phoneticPr fontId='1'/></si><si><t></t></si>"
    )
    cells = rows(file(parts(f"<sheetData><row r='1'>{cell}</row></sheetData>", strings=strings)))
    assert cells == ([] if value is None else [[value]])
    assert [type(cell) for row in cells for cell in row] == ([] if value is None else [type(value)])


def test_names_with_a_prefix_and_the_strict_form_are_read(file):
    prefixed = {
        name: re.sub(r"<(/?)(\w)", r"<\1x:\2", text)
        .replace("xmlns=", "xmlns:x=")
        .replace(MAIN, "http://purl.oclc.org/x")
        for name, text in parts(CELL, strings=WEED).items()
    }
    assert rows(file(prefixed)) == [["Weed"]]


def test_parts_are_found_whatever_their_case_and_slashes(file):
    texts = parts('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')
    texts["XL\\Worksheets\\Sheet1.xml"] = texts.pop(SHEET)
    del texts["_rels/.rels"]
    assert rows(file(texts)) == [[1]]


FORMATS = (
    '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165" formatCode="0.0&quot; hrs&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[$-409]h:mm\\ AM/PM"/><numFmt numFmtId="167" formatCode="mm:ss"/>'
    '<numFmt numFmtId="168" formatCode="[$-409]mmm\\ d"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    "<cellXfs><xf/><xf numFmtId='20'/><xf numFmtId='164'/><xf numFmtId='2'/><xf numFmtId='165'/>"
    "<xf numFmtId='166'/><xf numFmtId='167'/><xf numFmtId='14'/><xf numFmtId='168'/></cellXfs>"
)
GENERAL, TIME_STYLES, NUMBER_STYLES, DAY_STYLES = 0, (1, 2, 5, 6), (3, 4), (7, 8)
FROM_1904 = '<workbookPr date1904="1"/>'


def row_of(file, tab, cells, workbook=""):
    """The second row of a tab, whose cells are given by header: a value, or a number and its style."""
    head, row = [], []
    for letter, (header, value) in zip("ABCDE", cells.items(), strict=False):
        head.append(f'<c r="{letter}1" t="str"><v>{header}</v></c>')
        number, style = value if isinstance(value, tuple) else (value, 0)
        kind = 't="str"' if isinstance(number, str) else f's="{style}"'
        row.append(f'<c r="{letter}2" {kind}><v>{number}</v></c>')
    data = f'<sheetData><row r="1">{"".join(head)}</row><row r="2">{"".join(row)}</row></sheetData>'
    return rows(file(parts(data, titles=(tab,), styles=FORMATS, workbook=workbook)))[1]


def hours_read(file, value, style):
    reading = read_hours(row_of(file, "Staffing", {"Event ID": "E1", "Officer": "OF-01", "Hours": (value, style)})[2])
    return reading.value, [finding.code for finding in reading.findings]


@each(
    "value, hours, codes",
    [
        *((minutes / 1440, minutes / 60, ["guessed"]) for minutes in (1, 90, 100, 450, 630, 720 - 1)),
        *((str(minutes / 1440), minutes / 60, ["guessed"]) for minutes in (1, 90, 100, 450, 630, 720 - 1)),
        *((hours, hours, []) for hours in (0.25, 0.5, 0.75, 0.44, 1.4375)),
    ],
)
def test_number_without_a_format_of_its_own_is_hours_if_it_looks_like_them_else_a_clock(file, value, hours, codes):
    assert hours_read(file, value, GENERAL) == (hours, codes)


@each(
    "value, by_clock",
    [(0.25, 6), (0.5, 12), (0.75, None), (0.0625, 1.5), (0.4375, 10.5), (1 / 3, 8), (0.3333, 8)],
)
def test_the_format_tells_hours_from_a_clock(file, value, by_clock):
    for style in TIME_STYLES:
        hours, codes = hours_read(file, value, style)
        assert codes == (["out-of-range"] if by_clock is None else [])
        assert by_clock is None or hours == pytest.approx(by_clock)
    for style in NUMBER_STYLES:
        assert hours_read(file, value, style) == (value, [])


def test_a_time_elsewhere_stays_a_number(file):
    timed = {"Event ID": "E1", "Report time": (0.25, 1), "Hours": (1.5, 1)}
    assert row_of(file, "Staffing", timed) == ["E1", 0.25, "36:00"]
    assert row_of(file, "Else", {"Event ID": "E1", "Officer": "OF-01", "Hours": (0.25, 1)}) == ["E1", "OF-01", 0.25]


@each("style", [GENERAL, *NUMBER_STYLES, *TIME_STYLES, *DAY_STYLES])
@each(
    "tab, header",
    [
        ("Events", "Date"),
        ("Events", "What day is it?"),
        ("Time off", "From"),
        ("Attendance", "Entered on"),
        ("Coverage", "From"),
    ],
)
def test_a_day_in_a_1904_workbook_is_a_day_of_1904_whatever_its_format(file, tab, header, style):
    cells = {"Event ID": "E1", "Officer": "x", "Town": "Weed", header: (44839, style)}
    assert row_of(file, tab, cells, FROM_1904)[3] == 44839 + 1462
    assert row_of(file, tab, cells)[3] == 44839


def test_the_day_that_tells_a_count_its_event_is_a_day_of_1904_too(file):
    by_day = {"What day is it?": 44839, "Town": "Weed", "Venue": "Grange", "Guests": 44839}
    assert row_of(file, "Attendance", by_day, FROM_1904) == [44839 + 1462, "Weed", "Grange", 44839]


def test_times_counts_and_dates_in_digits_are_left_alone_in_a_1904_workbook_but_days_anywhere_are_moved(file):
    counted = {"Event ID": "E1", "Guests": 44839, "Entered on": 20261007}
    assert row_of(file, "Attendance", counted, FROM_1904) == ["E1", 44839, 20261007]
    elsewhere = {"A": 42173, "B": (42173, 7), "C": (0.375, 5), "D": (42173.375, 8), "E": (5, 4)}
    assert row_of(file, "Else", elsewhere, FROM_1904) == [42173, 43635, 0.375, 43635.375, 5]
    assert row_of(file, "Else", elsewhere) == [42173, 42173, 0.375, 42173.375, 5]


def test_a_workbook_knows_its_source_its_time_and_its_zone(file):
    path = file(openpyxl.Workbook())
    moment = dt.datetime(2026, 10, 7, 9, 30, tzinfo=ZoneInfo("America/New_York"))
    os.utime(path, (0, moment.timestamp()))
    read = read_excel(str(path), "America/New_York")
    assert (read.source, read.as_of, read.timezone, read.url) == (str(path), moment, "America/New_York", None)
    assert read.as_of.utcoffset() == dt.timedelta(hours=-4)
    assert read_excel(path).timezone == "America/Los_Angeles"
    assert read_excel(path).as_of.utcoffset() == dt.timedelta(hours=-7)


def test_merges_are_kept_and_only_their_first_cell_has_a_value(file):
    workbook = openpyxl.Workbook()
    workbook.active["B2"] = "Weed"
    workbook.active.merge_cells("B2:D3")
    [tab] = read_excel(file(workbook)).tabs
    assert tab.merges == (Merge(top=1, bottom=3, left=1, right=4),)
    assert [list(row) for row in tab.rows] == [[], [None, "Weed"]]


def test_hidden_tabs_are_read_and_charts_are_not(file):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Events"
    workbook._sheets.append(Chartsheet(parent=workbook, title="Chart"))
    workbook.create_sheet("Town & list").sheet_state = "hidden"
    workbook.create_sheet("Kept away").sheet_state = "veryHidden"
    assert [tab.title for tab in read_excel(file(workbook)).tabs] == ["Events", "Town & list", "Kept away"]


Edit = tuple[str, str, str]
"""A part, what is in it, and what is put there instead."""
SECOND_SHEET = "xl/worksheets/sheet2.xml"
ROWS = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>0.25</v></c></row></sheetData>'
)
ID, HOURS = "<si><t>Event ID</t></si>", "<si><t>Hours</t></si>"
EDITS: tuple[Edit, ...] = (
    (SHEET, "<v>0.25</v>", "<v>0.5</v>"),
    (SECOND_SHEET, "<v>0.25</v>", "<v>45000</v>"),
    (SECOND_SHEET, '<c r="B2" s="1"><v>0.25</v></c>', '<c r="B2" t="s"><v>3</v></c>'),
    (STRINGS, "</sst>", f"{WEED}</sst>"),  # added at the end
    (STRINGS, "<si><t>EV-1</t></si>", "<si><t>EV-2</t></si>"),
    (STRINGS, f"{ID}{HOURS}", f"{HOURS}{ID}"),
    (STYLES, 'numFmtId="20"', 'numFmtId="14"'),
    (BOOK, "<workbookPr/>", '<workbookPr date1904="1"/>'),
    (BOOK, 'name="Staffing"', 'name="Attendance"'),
    (BOOK, 'name="Staffing"', 'name="Events"'),  # two tabs of one name
    (BOOK_PARTS, "worksheets/sheet2.xml", "worksheets/sheet1.xml"),  # one part twice
)


def edited(*edits: Edit, **more: str) -> bytes:
    """A workbook with two equal tabs, Events and Staffing, after the edits, and with more parts."""
    texts = parts(
        ROWS,
        ROWS,
        strings=f"{ID}{HOURS}<si><t>EV-1</t></si><si><t>none</t></si>",
        styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="20"/></cellXfs>',
        workbook="<workbookPr/>",
    )
    for part, before, after in edits:
        texts[part] = texts[part].replace(before, after)
    return packed(texts | more)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.frozensets(st.sampled_from(EDITS), max_size=3), min_size=2, max_size=5))
def test_a_workbook_read_again_gives_what_a_first_read_gives(saves: list[frozenset[Edit]]) -> None:
    reader = TabReader()
    for edits in saves:
        data = edited(*edits)
        assert reader.tabs(data) == TabReader().tabs(data)


def test_only_the_changed_tab_is_parsed_again() -> None:
    reader = TabReader()
    events, staffing = reader.tabs(edited())
    events_again, staffing_again = reader.tabs(edited(EDITS[1], EDITS[3]))
    assert events_again is events
    assert staffing_again is not staffing
    assert staffing_again.rows[1][1] == 45000


def test_total_row_that_a_table_got_is_seen() -> None:
    reader, dated = TabReader(), (STRINGS, "Hours", "Date")
    assert reader.tabs(edited(dated))[0].rows[1][0] == "EV-1"
    table = f'<table xmlns="{MAIN}" ref="A1:B2" totalsRowCount="1"/>'
    relations = f'<Relationships xmlns="{RELATIONS}">{relation("t", "table", "../tables/table1.xml")}</Relationships>'
    events, _ = reader.tabs(edited(dated, **{SHEET_PARTS: relations, "xl/tables/table1.xml": table}))
    assert events.rows[1][0] == "Total"


def test_damaged_save_is_refused_and_the_next_good_one_read() -> None:
    reader = TabReader()
    tabs = reader.tabs(edited())
    with pytest.raises(UnusableFile):
        reader.tabs(edited((SECOND_SHEET, "</sheetData>", "")))
    assert reader.tabs(edited()) == tabs


@each(
    ("name", "data", "rows"),
    [
        ("a.csv", b"Date,Place\r\n9/2/2026,\"Park, north\"\r\n", [["Date", "Place"], ["9/2/2026", "Park, north"]]),
        ("a.CSV", b"\xef\xbb\xbfDate;Guests\n9/2/2026;30\n", [["Date", "Guests"], ["9/2/2026", 30]]),
        ("a.csv", "Café\n".encode("cp1252"), [["Café"]]),
        ("a.csv", b"a\tb\n1\t2\n", [["a", "b"], [1, 2]]),
        ("a.tsv", "a\tb, c; d\n".encode("utf-16"), [["a", "b, c; d"]]),
        ("a.tsv", b"007\t1.50\tTRUE\t \t-3\t8:30\tx\n", [["007", 1.5, True, None, -3, "8:30", "x"]]),
        ("a.csv", b"", []),
    ],
)  # fmt: skip
def test_text_file_is_a_workbook_of_one_tab(tmp_path: Path, name: str, data: bytes, rows: list[list[Cell]]) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_excel(tmp_path / name).tabs == (Tab("a", rows),)


@each(
    ("data", "cause"),
    [
        (b"PK\x03\x04\0\0", "not-a-workbook"),
        (b"\xff\xfea\xd8b\0", "damaged"),
        (b'"' + b"x" * 200_000, "damaged"),
        (b"x" * 1001, "too-large"),
        (b"," * 99 + b"\n" * 9, "too-large"),
    ],
)
def test_text_file_that_cannot_be_used_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, cause: str
) -> None:
    if cause == "too-large":
        monkeypatch.setattr(xlsx_package, "MAX_TEXT", 1000)
        monkeypatch.setattr(excel, "_MAX_TEXT_CELLS", 800)
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(SourceUnavailable) as refused:
        read_excel(tmp_path / "a.csv")
    assert refused.value.cause == cause


TODAY = dt.date(2026, 10, 30)
Read = Callable[[Any], Snapshot]
HEADERS = ["Event ID", "Date", "Start", "Town", "Venue", "Lead agency", "Status", "Guests"]
PLANTED = "planted remark about Mr. X"


def plan(*more: list[object], tab: str = "Events", totals: int | None = None) -> Any:
    """A workbook with two events, each without a problem, and with more rows; `totals` makes it a table."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = tab
    sheet.append(HEADERS)
    sheet.append(["EV-1", dt.date(2026, 10, 7), dt.time(9), "Weed", "Cafe A", "WPD", "Completed", 10])
    sheet.append(["EV-2", dt.date(2026, 10, 14), dt.time(9), "Yreka", "Cafe B", "YPD", "Completed", 12])
    for row in more:
        sheet.append(row)
    if totals is not None:
        table = Table(displayName="Plan", ref=f"A1:H{sheet.max_row}")
        table.totalsRowCount, table.totalsRowShown = (
            totals,
            True,
        )  # a row that is not shown now may have been shown once
        sheet.add_table(table)
    return book


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def snapshot(content: Any) -> Snapshot:
        path = tmp_path / "plan.xlsx"
        path.write_bytes(content) if isinstance(content, bytes) else content.save(path)
        return read_workbook(read_excel(path), TODAY)

    return snapshot


def problems(snapshot: Snapshot) -> list[tuple[str, str | None, str | None]]:
    """Code, place and cell as typed, but for tabs that a small plan lacks."""
    return [
        (problem.code, problem.cell, problem.found)
        for problem in snapshot.problems
        if problem.code not in ("missing-tab", "unused-tab")
    ]


def towns(snapshot: Snapshot) -> list[str | None]:
    return [event.town for event in snapshot.events]


@each(
    ("row", "found"),
    [
        (["Total", None, None, None, None, None, None, 22], "Total"),
        (["Ergebnis", None, None, None, None, None, None, 22], "Total"),
        ([None, None, None, None, None, None, 2, 22], "Total"),
        ([2, None, None, None, None, None, None, "=SUBTOTAL(109,Plan[Guests])"], "Total"),
    ],
)
def test_total_row_of_a_table_is_skipped_whatever_is_in_it(read: Read, row: list[object], found: str) -> None:
    snapshot = read(plan(row, totals=1))
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [("skipped-row", "A4", found)])
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=2, left_out=0, skipped=1)


def test_total_row_is_skipped_in_a_tab_of_events_with_a_title_of_its_own(read: Read) -> None:
    snapshot = read(plan([None, None, None, None, None, None, 2, 22], tab="Oct", totals=1))
    assert snapshot.accounting["Events"] == Accounting(rows=3, kept=2, left_out=0, skipped=1)


def test_last_row_of_a_table_without_a_total_row_is_read(read: Read) -> None:
    assert towns(read(plan(totals=0))) == ["Weed", "Yreka"]


def test_hidden_rows_and_columns_are_read_like_others(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    sheet.auto_filter.ref = "A1:H3"
    sheet.auto_filter.add_filter_column(3, ["Weed"])
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    snapshot = read(book)
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [])
    assert snapshot.accounting["Events"] == Accounting(rows=2, kept=2, left_out=0, skipped=0)


def test_days_in_cells_of_type_text_are_days(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    for place, typed in {"B2": "10/7/2026", "B3": "46309", "C2": "9:00 AM", "H2": "10"}.items():
        sheet[place].value, sheet[place].number_format = typed, "@"
        sheet[place].data_type = "s"
    snapshot = read(book)
    assert [event.date for event in snapshot.events] == [dt.date(2026, 10, 7), dt.date(2026, 10, 14)]
    assert problems(snapshot) == [("guessed", "B3", "46309")]


@each(
    "error",
    ["#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#GETTING_DATA", "#PYTHON!",
     "#EXTERNAL!", "#TIMEOUT!", "#NULL!"],
)  # fmt: skip
def test_newer_error_cells_are_failed_formulas(read: Read, error: str) -> None:
    book = plan()
    for place in ("B3", "E2", "H2"):
        book["Events"][place].value, book["Events"][place].data_type = error, "e"
    snapshot = read(book)
    assert towns(snapshot) == ["Weed"]
    assert sorted(problems(snapshot)) == [("formula-error", place, error) for place in ("B3", "E2", "H2")]


def test_formula_without_a_stored_result_says_which_program_to_use(read: Read) -> None:
    book = plan()
    book["Events"]["B2"], book["Events"]["H3"] = "=DATE(2026,10,7)", "=6+6"
    snapshot = read(book)
    assert towns(snapshot) == ["Yreka"]
    assert problems(snapshot) == [
        ("formula-error", "B2", "#NOT CALCULATED!"),
        ("formula-error", "H3", "#NOT CALCULATED!"),
    ]
    assert {problem.advice for problem in snapshot.problems if problem.code == "formula-error"} == {
        "The file was saved by a program that does not work out formulas: open it in Excel and save it again, or type "
        "the value itself."
    }


def test_rich_text_is_one_text_and_headers_may_have_line_breaks(read: Read) -> None:
    book = plan()
    sheet = book["Events"]
    sheet["D2"] = CellRichText("Mount ", TextBlock(InlineFont(b=True), "Sha"), "sta")
    sheet["A1"], sheet["B1"], sheet["E1"], sheet["F1"] = "Event\nID", "Date\n(mm/dd/yyyy)", "Venue \n", "Lead\r\nagency"
    snapshot = read(book)
    assert (towns(snapshot), problems(snapshot)) == (["Mount Shasta", "Yreka"], [])
    assert [event.lead_agency for event in snapshot.events] == ["WPD", "YPD"]


def test_comments_and_threaded_comments_are_not_read(read: Read) -> None:
    book = plan()
    book["Events"]["D2"].comment = Comment(PLANTED, "Somebody")
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made, "a") as package:
        thread = f'<threadedComment ref="D3"><text>{PLANTED}</text></threadedComment>'
        package.writestr("xl/threadedComments/threadedComment1.xml", f"<ThreadedComments>{thread}</ThreadedComments>")
        assert any(PLANTED.encode() in package.read(name) for name in package.namelist() if "comments" in name.lower())
    snapshot = read(made.getvalue())
    assert (towns(snapshot), problems(snapshot)) == (["Weed", "Yreka"], [])
    assert PLANTED not in repr(snapshot)
