"""Files that cannot be used: one clear sentence for each, within limits of memory and time."""

import io
import os
import random
import re
import struct
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import SourceUnavailable
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sources.xlsx_files import CELL, SHEET, STRINGS, WEED, cause_of, packed, parts, said_of


def container(*streams: str) -> bytes:
    """Microsoft's compound file, as far as its directory: what a protected .xlsx, an .xls and a .doc are."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return header + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))


@each(
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
    whole = packed(parts(CELL, strings=WEED))
    for length in (4, 100, len(whole) // 2, len(whole) - 10):
        assert cause_of(file(whole[:length])) == "damaged"


@each(
    "part, text",
    [
        (SHEET, "<worksheet><sheetData><row>"),
        (SHEET, "<worksheet>&nbsp;</worksheet>"),
        (SHEET, "<chartsheet/>"),
        (SHEET, b"<?xml version='1.0' encoding='no-such'?><worksheet/>"),
        (SHEET, b"<?xml version='1.0' encoding='utf-7'?><worksheet/>"),
        (SHEET, b"<worksheet>\xff\xfe</worksheet>"),
        (SHEET, "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet>&a;</worksheet>"),
        (SHEET, f"<worksheet a='{'x' * 2_000_000}'/>"),
        (STRINGS, "<sst/>"),
        (STRINGS, "<sst><si>"),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>"),
        (SHEET, None),
        (STRINGS, None),
        *(
            (SHEET, f"<worksheet><sheetData>{row}</sheetData></worksheet>")
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
)
def test_a_damaged_part(file, part, text):
    texts = parts(CELL, strings=WEED) | {part: text}
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


@each("zip64", [False, True])
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


@each(
    "data",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><f>B1</f></c></row>',
        '<row r="1048575"/><row>' + "<c><v>1</v></c>" * 10 + "</row>",
    ],
)
def test_one_stray_cell_far_away_takes_no_room(file, data):
    said = said_of(file(parts(f"<sheetData>{data}</sheetData>")))
    assert re.search(r"^too-large: .* over 10 million cells: Events reaches row 1048576, column \w+\.$", said)


@pytest.mark.slow
def test_limit_of_ten_million_cells_is_shared_by_all_tabs(file):
    def two(last: int) -> dict[str, str]:
        cell = '<sheetData><row r="{0}"><c r="E{0}"><v>1</v></c></row></sheetData>'
        return parts(cell.format(1_000_000), cell.format(last))

    events, more = read_excel(file(two(1_000_000))).tabs
    assert (len(events.rows), len(more.rows)) == (1_000_000, 1_000_000)
    assert (list(events.rows[-1]), list(more.rows[-1])) == ([None] * 4 + [1], [None] * 4 + [1])
    assert cause_of(file(two(1_000_001))) == "too-large"


def test_file_over_the_size_limit_is_not_loaded(tmp_path):
    path = tmp_path / "huge.xlsx"
    with open(path, "wb") as file:
        file.truncate(300 * 2**20)
    assert cause_of(path) == "too-large"


@pytest.mark.slow
def test_broken_bytes_raise_only_source_unavailable(file):
    workbook = openpyxl.Workbook()
    workbook.active.append(["Date", "Town", 43635.375, True, "=1+1"])
    whole = file(workbook).read_bytes()
    chance = random.Random(20261007)
    causes = set()
    for _ in range(80):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        causes.add(cause_of(file(bytes(broken))))
    # The file holds the time of day, so which bytes break is not always the same.
    assert {"read", "damaged"} <= causes <= {"read", "damaged", "not-a-workbook", "password", "too-large"}


VALUES = st.sampled_from(["-2", "0", "1", "3", "A1", "B7", "b", "n", "d", "e", "s", "str", "XFD1048576"])
TAGS = st.sampled_from(["row", "c", "v", "f", "is", "t", "rPh", "mergeCell"])
ELEMENTS = st.recursive(
    VALUES | st.sampled_from(["&#10;", "<!-- 1 -->", "<row>", "</c>", "<v>"]),
    lambda inner: st.builds(
        "<{0} r='{1}' t='{2}' ref='{1}'>{3}</{0}>".format,
        TAGS,
        VALUES,
        VALUES,
        st.lists(inner, max_size=4).map("".join),
    ),
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "sheet.xlsx"


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(ELEMENTS, max_size=4).map("".join))
def test_odd_tags_raise_only_source_unavailable(scratch, data):
    scratch.write_bytes(packed(parts(f"<sheetData>{data}</sheetData>", strings=WEED)))
    assert cause_of(scratch) in {"read", "damaged", "too-large"}


def test_part_that_lies_before_the_beginning_of_the_file_is_damaged(file):
    texts, sheet = parts(CELL, strings="<si><t>Weed</t></si>"), "xl/worksheets/sheet1.xml"
    whole = bytearray(packed({sheet: texts.pop(sheet), **texts}))
    # The directory says that the file begins 9,999 bytes later, and of each part but the sheet, where it then is.
    entries = [match.start() + 42 for match in re.finditer(rb"PK\x01\x02", whole)]
    for place in (*entries[1:], len(whole) - 6):
        whole[place : place + 4] = (int.from_bytes(whole[place : place + 4], "little") + 9_999).to_bytes(4, "little")
    assert cause_of(file(bytes(whole))) == "damaged"
