"""Workbook files: cells as Google would give them, and one clear sentence for every unusable file."""

import datetime as dt
import io
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chartsheet import Chartsheet

from cwac.model import Merge, SourceUnavailable
from cwac.sheet.counts import read_hours
from cwac.sources.excel import read_excel

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CELL = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"),
    reason="LibreOffice is missing: apt-get install libreoffice-calc",
)


def parts(sheet: str, *, strings: str = "", styles: str = "", workbook: str = "") -> dict[str, str]:
    """The parts of a workbook with one tab, Events, whose <sheetData> and what follows it is `sheet`."""
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="a" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}'
        '<sheets><sheet name="Events" sheetId="1" r:id="one"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="one" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="two" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="three" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
    }


def packed(texts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def file(tmp_path):
    """Writes bytes, parts or an openpyxl workbook to a file and gives its path."""

    def write(content, name: str = "sheet.xlsx") -> Path:
        path = tmp_path / name
        if isinstance(content, openpyxl.Workbook):
            content.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else packed(content))
        return path

    return write


def rows(path: Path) -> list[list]:
    [tab] = read_excel(path).tabs
    return [list(row) for row in tab.rows]


def cause_of(path) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        read_excel(path)
    assert caught.value.permanent
    assert caught.value.remedy
    assert re.fullmatch(r"[^\n]+\.", caught.value.sentence)
    return caught.value.cause


# --- cells ----------------------------------------------------------------------------------------------------


def test_every_kind_of_cell_as_openpyxl_writes_it(file):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Events"
    sheet.append(
        [
            "Weed",
            dt.date(2019, 6, 19),
            dt.datetime(2019, 6, 19, 9, 0),  # noqa: DTZ001 - a cell has no zone
            dt.time(9, 0),
            dt.time(8, 20),
            dt.timedelta(hours=30),
            18,
            18.0,
            1.5,
            -122.3844,
            True,
            False,
            None,
            "",
            " ",
            "007",
            "=1+1",
            1e300,
        ]
    )
    sheet["S1"].value, sheet["S1"].data_type = "#REF!", "e"
    expected = ["Weed", 43635, 43635.375, 0.375, 500 / 1440, 1.25, 18, 18, 1.5, -122.3844, True, False, None, None, " "]
    expected += ["007", "#ERROR!", 1e300, "#REF!"]
    [found] = rows(file(workbook))
    assert found == expected
    assert [type(cell) for cell in found] == [type(cell) for cell in expected]


def test_row_1_is_the_first_row_even_where_the_table_starts_lower_and_further_right(file):
    workbook = openpyxl.Workbook()
    workbook.active["C3"] = "Date"
    assert rows(file(workbook)) == [[], [], [None, None, "Date"]]


def test_blank_colored_cells_to_the_end_of_the_sheet_take_no_memory(file):
    far = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    data = f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>{far}</sheetData>'
    assert rows(file(parts(data))) == [[1]]


@pytest.mark.parametrize(
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
        ('<c r="A1"><f>B1</f></c>', "#ERROR!"),
        ('<c r="A1"><f>B1</f><v/></c>', "#ERROR!"),
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
    found = rows(file(parts(f"<sheetData><row r='1'>{cell}</row></sheetData>", strings=strings)))
    assert found == ([] if value is None else [[value]])
    assert [type(cell) for row in found for cell in row] == ([] if value is None else [type(value)])


def test_cells_without_a_reference_follow_the_one_before(file):
    data = (
        "<sheetData><row><c><v>1</v></c><c/><c><v>3</v></c></row>"
        '<row r="4"><c r="C4"><v>9</v></c><c r="B4"><v>8</v></c></row>'
        '<row><c r="A12"><v>12</v></c></row><row r="2"><c r="AA2"><v>27</v></c></row></sheetData>'
    )
    found = rows(file(parts(data)))
    assert found[0] == [1, None, 3]
    assert found[1] == [None] * 26 + [27]
    assert found[2:] == [[], [None, 8, 9], *[[]] * 7, [12]]


def test_names_with_a_prefix_and_the_strict_form_are_read(file):
    texts = parts(
        '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>', strings="<si><t>Etna</t></si>"
    )
    prefixed = {
        name: re.sub(r"<(/?)(\w)", r"<\1x:\2", text)
        .replace("xmlns=", "xmlns:x=")
        .replace(MAIN, "http://purl.oclc.org/x")
        for name, text in texts.items()
    }
    assert rows(file(prefixed)) == [["Etna"]]


def test_parts_are_found_whatever_their_case_and_slashes(file):
    texts = parts('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')
    texts["XL\\Worksheets\\Sheet1.xml"] = texts.pop("xl/worksheets/sheet1.xml")
    del texts["_rels/.rels"]
    assert rows(file(texts)) == [[1]]


def test_days_counted_from_1904_are_moved_but_times_and_counts_are_not(file):
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="[$-409]mmm\\ d"/>'
        '<numFmt numFmtId="165" formatCode="0&quot;d&quot;"/>'
        "</numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
        "<cellXfs><xf/><xf numFmtId='14'/><xf numFmtId='18'/><xf numFmtId='164'/><xf numFmtId='165'/></cellXfs>"
    )
    cells = "".join(
        f'<c r="{at}1" s="{style}"><v>{value}</v></c>'
        for at, style, value in [("A", 0, 42173), ("B", 1, 42173), ("C", 2, 0.375), ("D", 3, 42173.375), ("E", 4, 5)]
    )
    data = f'<sheetData><row r="1">{cells}</row></sheetData>'
    assert rows(file(parts(data, styles=styles, workbook='<workbookPr date1904="1"/>'))) == [
        [42173, 43635, 0.375, 43635.375, 5]
    ]
    assert rows(file(parts(data, styles=styles))) == [[42173, 42173, 0.375, 42173.375, 5]]


STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165" formatCode="0.0&quot; hrs&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[$-409]h:mm\\ AM/PM"/><numFmt numFmtId="167" formatCode="mm:ss"/></numFmts>'
    "<cellXfs><xf/><xf numFmtId='20'/><xf numFmtId='164'/><xf numFmtId='2'/><xf numFmtId='165'/>"
    "<xf numFmtId='166'/><xf numFmtId='167'/><xf numFmtId='14'/></cellXfs>"
)
TIME_STYLES, NUMBER_STYLES, DAY_STYLE = (1, 2, 5, 6), (0, 3, 4), 7


def sheet_of(headers, row, styles):
    """A workbook of one tab: a header row and a row of (style, value)."""
    head = "".join(f'<c r="{chr(65 + at)}1" t="str"><v>{header}</v></c>' for at, header in enumerate(headers))
    cells = "".join(
        f'<c r="{chr(65 + at)}2" t="str"><v>{value}</v></c>'
        if isinstance(value, str)
        else f'<c r="{chr(65 + at)}2" s="{styles[at]}"><v>{value}</v></c>'
        for at, value in enumerate(row)
    )
    return f'<sheetData><row r="1">{head}</row><row r="2">{cells}</row></sheetData>'


def titled(made, name):
    """The parts with their first tab called so."""
    return {part: content.replace('name="Events"', f'name="{name}"') for part, content in made.items()}


@pytest.mark.parametrize("value", [0.25, 0.5, 0.75, 0.0625, 1 / 3, 0.3333])
@pytest.mark.parametrize("style", [*TIME_STYLES, *NUMBER_STYLES])
def test_the_format_tells_hours_from_a_clock(file, value, style):
    data = sheet_of(["Event ID", "Officer", "Hours"], ["E1", "OF-01", value], {2: style})
    held = rows(file(titled(parts(data, styles=STYLES), "Staffing")))[1][2]
    reading = read_hours(held)
    hours = round(value * 1440) / 60 if style in TIME_STYLES else value
    if hours > 12:
        assert [finding.code for finding in reading.findings] == ["out-of-range"]
    else:
        assert (reading.value, reading.findings) == (pytest.approx(hours), ())


def test_a_time_elsewhere_stays_a_number(file):
    data = sheet_of(["Event ID", "Report time", "Hours"], ["E1", 0.25, 1.5], {1: 1, 2: 1})
    assert rows(file(titled(parts(data, styles=STYLES), "Staffing")))[1] == ["E1", 0.25, "36:00"]
    unknown = sheet_of(["Event ID", "Officer", "Hours"], ["E1", "OF-01", 0.25], {2: 1})
    assert rows(file(titled(parts(unknown, styles=STYLES), "Else")))[1] == ["E1", "OF-01", 0.25]


@pytest.mark.parametrize("style", [*NUMBER_STYLES, *TIME_STYLES, DAY_STYLE])
@pytest.mark.parametrize(
    ("tab", "headers", "place"),
    [("Events", ["Event ID", "Town", "Date"], 2), ("Time off", ["Officer", "From", "To"], 1),
     ("Attendance", ["Event ID", "Guests", "Entered on"], 2), ("Coverage", ["Town", "Agency", "From"], 2)],
)  # fmt: skip
def test_a_day_in_a_1904_workbook_is_a_day_of_1904_whatever_its_format(file, tab, headers, place, style):
    values = ["E1", "Weed", "x"]
    values[place] = 44839
    made = parts(sheet_of(headers, values, {place: style}), styles=STYLES, workbook='<workbookPr date1904="1"/>')
    assert rows(file(titled(made, tab)))[1][place] == 44839 + 1462
    plain = parts(sheet_of(headers, values, {place: style}), styles=STYLES)
    assert rows(file(titled(plain, tab)))[1][place] == 44839


def test_counts_and_dates_in_digits_are_left_alone_in_a_1904_workbook(file):
    data = sheet_of(["Event ID", "Guests", "Entered on"], ["E1", 44839, 20261007], {1: 0, 2: 0})
    made = titled(parts(data, styles=STYLES, workbook='<workbookPr date1904="1"/>'), "Attendance")
    assert rows(file(made))[1] == ["E1", 44839, 20261007]


# --- the workbook around them -------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """One workbook in the forms that LibreOffice writes, by extension."""
    if shutil.which("soffice") is None:
        pytest.fail("LibreOffice is missing: apt-get install libreoffice-calc")
    folder = tmp_path_factory.mktemp("converted")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Events"
    sheet.append(["Date", "Start", "Town", "Open", "Guests", "Sum", "Wrong"])
    sheet.append([dt.date(2019, 6, 19), dt.time(8, 20), "Mt. Shasta & Weed", True, 18, "=E2*2", "=1/0"])
    sheet["A2"].number_format, sheet["B2"].number_format = "m/d/yyyy", "h:mm AM/PM"
    sheet.merge_cells("C3:D3")
    workbook.save(folder / "made.xlsx")
    (folder / "out").mkdir()
    soffice = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    for kind in ("xlsx", "xls", "ods"):
        subprocess.run(
            [*soffice, "--convert-to", kind, "--outdir", folder / "out", folder / "made.xlsx"],
            check=True,
            capture_output=True,
            timeout=120,
        )
    return folder / "out"


@needs_libreoffice
def test_a_file_saved_by_libreoffice(converted):
    [tab] = read_excel(converted / "made.xlsx").tabs
    assert [list(row) for row in tab.rows] == [
        ["Date", "Start", "Town", "Open", "Guests", "Sum", "Wrong"],
        [43635, 500 / 1440, "Mt. Shasta & Weed", True, 18, 36, "#DIV/0!"],
    ]
    assert tab.merges == (Merge(top=2, bottom=3, left=2, right=4),)


# --- files that are none ------------------------------------------------------------------------------------------


@needs_libreoffice
def test_an_old_xls_renamed(converted, file):
    assert cause_of(file((converted / "made.xls").read_bytes())) == "old-format"


@needs_libreoffice
def test_an_opendocument_sheet_renamed(converted, file):
    assert cause_of(file((converted / "made.ods").read_bytes())) == "not-a-workbook"


def container(*streams: str) -> bytes:
    """Microsoft's compound file, as far as its directory: what a protected .xlsx, an .xls and a .doc are."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return header + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))


@pytest.mark.parametrize(
    ("content", "cause", "says"),
    [
        (b"", "not-a-workbook", "is empty"),
        (b"Date,Town\n10/7/2026,Weed\n", "not-a-workbook", "is text (perhaps CSV)"),
        ("﻿Datum;Ort\n".encode("cp1252", "ignore") + b"caf\xe9", "not-a-workbook", "is text (perhaps CSV)"),
        (b"\r\n<!DOCTYPE html><html>Sign in</html>", "not-a-workbook", "is a web page"),
        (b"%PDF-1.7\n%\xe2\xe3", "not-a-workbook", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not-a-workbook", "is not a workbook"),
        (container("EncryptionInfo", "EncryptedPackage"), "password", "is protected with a password"),
        (container("Workbook"), "old-format", "is a workbook of the old kind (.xls)"),
        (container("WordDocument"), "not-a-workbook", "is a file of another Office program"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "old-format", "is a workbook of a very old kind (.xls)"),
        (packed({"a.txt": "Weed"}), "not-a-workbook", "is a zip file"),
        (packed({"word/document.xml": "<w/>"}), "not-a-workbook", "is a Word document"),
        (packed({"mimetype": "x", "content.xml": "<x/>"}), "not-a-workbook", "is an OpenDocument file"),
        (packed({"xl/workbook.bin": "x"}), "not-a-workbook", "is a binary workbook (.xlsb)"),
        (packed({"xl/workbook.xml": "<presentation/>"}), "not-a-workbook", "is a zip file"),
        (packed({"xl/workbook.xml": ""}), "damaged", "is damaged"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_other_file_types_are_named(file, content, cause, says):
    path = file(content)
    with pytest.raises(SourceUnavailable) as caught:
        read_excel(path)
    assert caught.value.cause == cause
    assert caught.value.sentence.startswith(f"sheet.xlsx {says}")
    assert "save it again as .xlsx" in caught.value.remedy


def test_missing_file_or_folder_is_named(tmp_path):
    assert cause_of(tmp_path / "none.xlsx") == "not-found"
    assert cause_of(tmp_path / "a\0b.xlsx") == "not-found"
    assert cause_of("") == "not-found"
    assert cause_of(tmp_path) == "not-a-workbook"
    os.mkfifo(tmp_path / "pipe.xlsx")  # opening it would wait for ever
    assert cause_of(tmp_path / "pipe.xlsx") == "not-a-workbook"


def test_unreadable_file_is_named(file):
    path = file(openpyxl.Workbook())
    path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)  # root may read everything
    try:
        assert cause_of(path) == "not-readable"
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that fails while read: Linux only")
def test_a_file_that_fails_while_it_is_read():
    assert cause_of("/proc/self/mem") == "not-readable"


def test_a_truncated_file(file):
    whole = packed(parts(CELL, strings="<si><t>Weed</t></si>"))
    for length in (4, 100, len(whole) // 2, len(whole) - 10):
        assert cause_of(file(whole[:length])) == "damaged"


@pytest.mark.parametrize(
    "change",
    [
        {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row>"},
        {"xl/worksheets/sheet1.xml": "<worksheet>&nbsp;</worksheet>"},
        {"xl/worksheets/sheet1.xml": "<chartsheet/>"},
        {"xl/worksheets/sheet1.xml": b"<?xml version='1.0' encoding='no-such'?><worksheet/>"},
        {"xl/worksheets/sheet1.xml": b"<?xml version='1.0' encoding='utf-7'?><worksheet/>"},
        {"xl/worksheets/sheet1.xml": b"<worksheet>\xff\xfe</worksheet>"},
        {"xl/worksheets/sheet1.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet>&a;</worksheet>"},
        {"xl/worksheets/sheet1.xml": f"<worksheet a='{'x' * 2_000_000}'/>"},
        {"xl/sharedStrings.xml": "<sst/>"},
        {"xl/sharedStrings.xml": "<sst><si>"},
        {"xl/_rels/workbook.xml.rels": "<Relationships/>"},
        {"xl/worksheets/sheet1.xml": None},
        {"xl/sharedStrings.xml": None},
        *(
            {"xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{row}</sheetData></worksheet>"}
            for row in (
                "<row r='1048577'><c><v>1</v></c></row>",
                "<row r='0'><c><v>1</v></c></row>",
                "<row r='one'><c><v>1</v></c></row>",
                "<c><v>1</v></c>",
                "<row><c r='ZZZZZZZZZ1'><v>1</v></c></row>",
                "<row><c r='XFE1'><v>1</v></c></row>",
                "<row><c r='1'><v>1</v></c></row>",
                "<row><c r='A99999999999'><v>1</v></c></row>",
                "<row><c t='s'><v>-1</v></c></row>",
                "<row/></sheetData><sheetData><mergeCell ref='B'/>",
            )
        ),
    ],
    ids=str,
)
def test_a_damaged_part(file, change):
    texts = parts(CELL, strings="<si><t>Weed</t></si>") | change
    assert cause_of(file({name: text for name, text in texts.items() if text is not None})) == "damaged"


def test_an_encrypted_entry_and_an_unbounded_way_of_packing(file):
    whole = packed(parts(CELL))
    flagged = bytearray(whole)
    for match in re.finditer(rb"PK\x01\x02", whole):
        flagged[match.start() + 8] |= 1
    assert cause_of(file(bytes(flagged))) == "password"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        for name, text in parts("").items():
            archive.writestr(name, text)
    assert cause_of(file(buffer.getvalue())) == "damaged"


# --- files that would cost too much -------------------------------------------------------------------------------


def limited(path: Path, megabytes: int = 160) -> tuple[str, float]:
    """The cause, and the seconds it took, in a process whose memory cannot grow beyond what is given."""
    code = (
        "import resource, sys, time\n"
        "from cwac.model import SourceUnavailable\n"
        "from cwac.sources.excel import read_excel\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2); start = time.process_time()\n"
        "try: read_excel(sys.argv[1])\n"
        "except SourceUnavailable as error: print(error.cause, time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    cause, seconds = done.stdout.split()
    return cause, float(seconds)


def squeezed(texts: dict[str, str], part: str, begin: bytes, filling: bytes, times: int, end: bytes = b"") -> bytes:
    """A workbook one of whose parts is `begin`, then `filling` many times, packed without ever being held whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            if name != part:
                archive.writestr(name, text)
        with archive.open(part, "w") as stream:
            stream.write(begin)
            for _ in range(times):
                stream.write(filling)
            stream.write(end)
    return buffer.getvalue()


MEGABYTE = b" " * 2**20


@pytest.mark.parametrize(
    ("part", "begin"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c t='inlineStr'><is><t>"),
        ("xl/sharedStrings.xml", b"<sst><si><t>"),
        ("xl/workbook.xml", b"<workbook>"),
        ("_rels/.rels", b"<Relationships>"),
    ],
)
def test_a_zip_bomb_is_left_packed(file, part, begin):
    cause, seconds = limited(file(squeezed(parts(CELL), part, begin, MEGABYTE, 100)), megabytes=400)
    assert cause == "too-large"
    assert seconds < 5


def test_a_bomb_that_lies_about_its_size(file):
    honest = squeezed(parts(CELL), "xl/worksheets/sheet1.xml", b"<worksheet>", MEGABYTE, 100)
    size = struct.pack("<L", 100 * 2**20 + len("<worksheet>"))
    assert honest.count(size) == 2
    assert limited(file(honest.replace(size, struct.pack("<L", 500))))[0] == "damaged"


def test_a_tag_without_end_is_not_read_again_and_again(file):
    bomb = squeezed(parts(CELL), "xl/worksheets/sheet1.xml", b"<worksheet a='", MEGABYTE, 60)
    cause, seconds = limited(file(bomb))
    assert (cause, seconds < 2) == ("damaged", True)


def test_xml_entities_are_refused(file):
    lines = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE x [<!ENTITY e0 'lol'>{lines}]><worksheet>&e11;</worksheet>"
    assert limited(file(parts("") | {"xl/worksheets/sheet1.xml": bomb}))[0] == "damaged"


@pytest.mark.parametrize("zip64", [False, True])
def test_more_parts_than_a_workbook_has(file, zip64):
    name = "x" * 60_000
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(80):
            archive.writestr(f"{name}{number}", b"")
    whole = buffer.getvalue()
    if zip64:
        start, size = whole.index(b"PK\x01\x02"), len(whole) - 22 - whole.index(b"PK\x01\x02")
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 80, 80, size, start)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(whole) - 22, 1)
        small_end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, 0, 0)
        whole = whole[:-22] + record + locator + small_end
        assert len(zipfile.ZipFile(io.BytesIO(whole)).namelist()) == 80
    assert cause_of(file(whole)) == "too-large"


@pytest.mark.parametrize(
    "data",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><f>B1</f></c></row>',
        '<row r="1048575"/><row>' + "<c><v>1</v></c>" * 10 + "</row>",
    ],
)
def test_one_stray_cell_far_away_takes_no_room(file, data):
    path = file(parts(f"<sheetData>{data}</sheetData>"))
    assert limited(path)[0] == "too-large"
    with pytest.raises(SourceUnavailable, match=r"over 10 million cells: Events reaches row 1048576, column \w+\."):
        read_excel(path)


def test_limit_of_ten_million_cells_is_shared_by_all_tabs(file):
    def two(last: int) -> dict[str, str]:
        texts = parts('<sheetData><row r="1000000"><c r="E1000000"><v>1</v></c></row></sheetData>')
        texts["xl/workbook.xml"] = texts["xl/workbook.xml"].replace(
            "</sheets>", '<sheet name="More" sheetId="2" r:id="second"/></sheets>'
        )
        texts["xl/_rels/workbook.xml.rels"] = texts["xl/_rels/workbook.xml.rels"].replace(
            "</Rel", f'<Relationship Id="second" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></Rel'
        )
        row = f'<row r="{last}"><c r="E{last}"><v>2</v></c></row>'
        texts["xl/worksheets/sheet2.xml"] = f"<worksheet><sheetData>{row}</sheetData></worksheet>"
        return texts

    events, more = read_excel(file(two(1_000_000))).tabs
    assert (len(events.rows), len(more.rows)) == (1_000_000, 1_000_000)
    assert (list(events.rows[-1]), list(more.rows[-1])) == ([None] * 4 + [1], [None] * 4 + [2])
    assert cause_of(file(two(1_000_001))) == "too-large"


def test_file_over_the_size_limit_is_not_loaded(tmp_path):
    path = tmp_path / "huge.xlsx"
    with open(path, "wb") as file:
        file.truncate(300 * 2**20)
    assert cause_of(path) == "too-large"


# --- whatever else --------------------------------------------------------------------------------------------------


CAUSES = {"damaged", "not-a-workbook", "password", "too-large"}


def read_or_refused(path: Path) -> str:
    try:
        read_excel(path)
    except SourceUnavailable as refused:
        return refused.cause
    return "read"


def test_broken_bytes_raise_only_source_unavailable(file):
    workbook = openpyxl.Workbook()
    workbook.active.append(["Date", "Town", 43635.375, True, "=1+1"])
    whole = file(workbook).read_bytes()
    chance = random.Random(20261007)
    causes = set()
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        causes.add(read_or_refused(file(bytes(broken))))
    assert (
        {"read", "damaged", "not-a-workbook"}
        <= causes
        <= {"read", "damaged", "not-a-workbook", "password", "too-large"}
    )


XML_BITS = st.sampled_from(
    "<row r='{}'>|<row>|</row>|<c r='{}' t='s'>|<c t='{}'>|<c>|</c>|<v>|</v>|<f>|</f>|<is>|</is>|<t>|</t>|<rPh>|</rPh>"
    "|{}|&#10;|<!-- {} -->|<mergeCell ref='{}'/>".split("|")
)
VALUES = st.one_of(st.integers(-2, 3).map(str), st.sampled_from(["A1", "B7", "b", "n", "d", "e", "str", "XFD1048576"]))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "sheet.xlsx"


@settings(max_examples=200, deadline=None)
@given(bits=st.lists(st.tuples(XML_BITS, VALUES), max_size=12), well_formed=st.booleans())
def test_odd_tags_raise_only_source_unavailable(scratch, bits, well_formed):
    data = "".join(bit.format(value) for bit, value in bits)
    if well_formed:  # close what is open, drop what closes nothing
        stack: list[str] = []
        kept = []
        for piece in re.findall(r"<[^>]+>|[^<]+", data):
            name = re.match(r"</?(\w+)", piece)
            if name is None or piece.endswith("/>") or piece.startswith("<!"):
                kept.append(piece)
            elif not piece.startswith("</"):
                stack.append(name[1])
                kept.append(piece)
            elif stack and stack[-1] == name[1]:
                kept.append(f"</{stack.pop()}>")
        data = "".join(kept) + "".join(f"</{name}>" for name in reversed(stack))
    scratch.write_bytes(packed(parts(f"<sheetData>{data}</sheetData>", strings="<si><t>Weed</t></si>")))
    assert read_or_refused(scratch) in {"read", "damaged", "too-large"}
