"""Files that cannot be used, or that would take far more memory than their size: one clear sentence for each."""

import io
import os
import random
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import SourceUnavailable
from cwac.sources import excel, xlsx_package
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sources.xlsx_files import (
    BOOK,
    BOOK_PARTS,
    CELL,
    OFFICE,
    SHEET,
    SHEET_PARTS,
    STRINGS,
    STYLES,
    WEED,
    Write,
    cause_of,
    packed,
    parts,
    relation,
    said_of,
)


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


MEMORY = 256
"""Megabytes of address space: twice those of a process that has read nothing yet."""
MEGABYTE = b" " * 2**20


class Attack(NamedTuple):
    """`part` is filled with pieces, each made from a number, until it has that many megabytes."""

    part: str
    begin: str
    piece: Callable[[int], str]
    megabytes: float
    says: str

    def file(self) -> bytes:
        pieces = map(self.piece, count())

        def filling() -> Iterator[bytes]:
            left = int(self.megabytes * 2**20)
            while left > 0:
                text = "".join(islice(pieces, 200)).encode()
                left -= len(text)
                yield text

        sheet = parts(CELL, strings=WEED) | {SHEET_PARTS: "<Relationships/>"}
        return packed(sheet, self.part, self.begin.encode(), filling())


def far_more(what: str) -> str:
    return f"too-large: sheet.xlsx holds far more {what} than a workbook has."


NESTED, TEXT, LONG_TEXT = far_more("levels of elements"), far_more("text"), far_more("text in one cell")
FORMATS, MERGES, PARTS = far_more("cell formats"), far_more("merged ranges"), far_more("parts")
TABS = "too-large: sheet.xlsx has over 200 tabs."
ROOTS = {
    SHEET: "worksheet", STRINGS: "sst", STYLES: "styleSheet", BOOK: "workbook", BOOK_PARTS: "Relationships",
    SHEET_PARTS: "Relationships", "_rels/.rels": "Relationships",
}  # fmt: skip
_OPEN = "<a>" * 1000
_ROW = "<worksheet><sheetData><row>"
ATTACKS = {
    **{f"nested in {part}": Attack(part, f"<{root}>", lambda _: _OPEN, 3, NESTED) for part, root in ROOTS.items()},
    "nested within a value": Attack(SHEET, f"{_ROW}<c><v>", lambda _: "<v>" * 1000, 3, NESTED),
    "nested cells": Attack(SHEET, _ROW, lambda _: "<c>" * 1000, 3, NESTED),
    "nested, long names": Attack(SHEET, "<worksheet>", lambda _: f"<{'a' * 5000}>", 3, NESTED),
    "names of elements": Attack(SHEET, "<worksheet>", lambda n: f"<a{n}/>", 3, far_more("kinds of elements")),
    "names of attributes": Attack(STRINGS, "<sst>", lambda n: f'<a b{n}=""/>', 3, far_more("kinds of elements")),
    "tabs": Attack(BOOK, "<workbook><sheets>", lambda n: f'<sheet name="{n}" r:id="tab0"/>', 3, TABS),
    "elements of the workbook": Attack(BOOK, "<workbook>", lambda _: "<a/>" * 1000, 5, far_more("elements")),
    "merges": Attack(SHEET, "<worksheet><mergeCells>", lambda n: f'<mergeCell ref="A{n + 1}"/>', 3, MERGES),
    "cell formats": Attack(STYLES, "<styleSheet><cellXfs>", lambda _: '<xf numFmtId="14"/>' * 1000, 3, FORMATS),
    "number formats": Attack(
        STYLES, "<styleSheet><numFmts>", lambda n: f'<numFmt numFmtId="{n}" formatCode="d"/>', 3, FORMATS
    ),
    "strings": Attack(STRINGS, "<sst>", lambda n: f"<si><t>{n}</t></si>", 14, TEXT),
    "equal strings": Attack(STRINGS, "<sst>", lambda _: "<si><t>ab</t></si>" * 1000, 12, TEXT),
    "blank strings": Attack(STRINGS, "<sst>", lambda _: "<si/>" * 1000, 4, TEXT),
    "one long string": Attack(STRINGS, "<sst><si><t>\N{HOT BEVERAGE}", lambda _: "a" * 5000, 3, LONG_TEXT),
    "one string of many pieces": Attack(STRINGS, "<sst><si>", lambda _: "<t>a</t>" * 1000, 3, LONG_TEXT),
    "texts in cells": Attack(SHEET, _ROW, lambda n: f'<c r="A{n % 1000 + 1}" t="str"><v>a{n}</v></c>', 24, TEXT),
    "one long text in a cell": Attack(
        SHEET, f'{_ROW}<c t="str"><v>\N{HOT BEVERAGE}', lambda _: "a" * 5000, 3, LONG_TEXT
    ),
    "relations of the workbook": Attack(
        BOOK_PARTS, "<Relationships>", lambda n: f'<Relationship Id="{n}" Target="a"/>', 3, PARTS
    ),
    "tables of a tab": Attack(
        SHEET_PARTS, "<Relationships>", lambda n: relation(str(n), "table", f"/{STYLES}"), 3, PARTS
    ),
    "elements of a tab": Attack(SHEET, "<worksheet>", lambda _: "<a/>" * 1000, 8, far_more("elements")),
    "blank cells": Attack(SHEET, _ROW, lambda _: "<c/>" * 1000, 8, far_more("elements")),
    "blank rows": Attack(SHEET, "<worksheet><sheetData>", lambda _: '<row r="1"/>' * 1000, 20, far_more("elements")),
}
COUNTED = ("equal strings", "blank strings", "texts in cells", "elements of a tab", "blank rows")
"""Attacks that reach the bound of another one by another way."""

_READ = """
import resource, sys
from cwac.model import SourceUnavailable
from cwac.sources.excel import read_excel
memory = int(sys.argv[1]) << 20
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
for path in sys.argv[2:]:
    try:
        read_excel(path)
        print("read")
    except SourceUnavailable as error:
        print(f"{error.cause}: {error.sentence}")
    except MemoryError:
        print("out of memory")
"""


def read_within(megabytes: int, *paths: Path) -> list[str]:
    """What a process whose memory cannot grow beyond that says of each workbook; none may take for ever."""
    command = [sys.executable, "-c", _READ, str(megabytes), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout.splitlines()


@pytest.mark.slow
def test_small_workbook_that_would_cost_far_more_is_refused_within_bounded_memory(tmp_path: Path) -> None:
    whole = {name: attack for name, attack in ATTACKS.items() if name not in COUNTED}
    paths = [tmp_path / str(number) / "sheet.xlsx" for number in range(len(whole))]
    for path, attack in zip(paths, whole.values(), strict=True):
        path.parent.mkdir()
        path.write_bytes(attack.file())
    said = dict(zip(whole, read_within(MEMORY, *paths), strict=True))
    assert said == {name: attack.says for name, attack in whole.items()}


@pytest.mark.slow
def test_zip_bomb_is_left_packed_even_if_it_lies_about_its_size(file: Write) -> None:
    inline = b"<worksheet><sheetData><row><c t='inlineStr'><is><t>"
    paths = [
        file(packed(parts(CELL), part, begin, [MEGABYTE] * 70), f"{len(begin)}.xlsx")
        for part, begin in ((SHEET, inline), ("_rels/.rels", b"<Relationships>"))
    ]
    assert {said.partition(":")[0] for said in read_within(400, *paths)} == {"too-large"}
    honest = packed(parts(CELL), SHEET, b"<worksheet>", [MEGABYTE] * 70)
    size = struct.pack("<L", 70 * 2**20 + len("<worksheet>"))
    assert honest.count(size) == 2
    lying = file(honest.replace(size, struct.pack("<L", 500)))
    assert read_within(160, lying) == ["damaged: sheet.xlsx is damaged."]


@pytest.mark.slow
def test_xml_that_grows_or_is_read_again_and_again_is_refused(file: Write) -> None:
    endless = file(packed(parts(CELL), SHEET, b"<worksheet a='", [MEGABYTE] * 60), "endless.xlsx")
    lines = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE x [<!ENTITY e0 'lol'>{lines}]><worksheet>&e11;</worksheet>"
    growing = file(parts("") | {SHEET: bomb}, "growing.xlsx")
    assert [said.partition(":")[0] for said in read_within(160, endless, growing)] == ["damaged", "damaged"]


@each("name", COUNTED)
def test_bounds_count_every_text_and_element(file: Write, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module, bound in ((excel, "_MAX_IDLE"), (xlsx_package, "MAX_TEXT")):
        monkeypatch.setattr(module, bound, 20_000)
    assert said_of(file(ATTACKS[name]._replace(megabytes=1).file())) == ATTACKS[name].says


def workbook(part: str = SHEET, text: str = "", *, tabs: int = 1) -> dict[str, str]:
    """A workbook with the text at the end of a part, and with so many tabs, all of them one part."""
    made = parts(CELL, strings=WEED) | {SHEET_PARTS: "<Relationships></Relationships>"}
    more = "".join(f'<sheet name="{number}" r:id="tab0"/>' for number in range(1, tabs))
    made[BOOK] = made[BOOK].replace("</sheets>", f"{more}</sheets>")
    made[part] = made[part].replace(f"</{ROOTS[part]}>", f"{text}</{ROOTS[part]}>")
    return made


@each("part", ROOTS)
def test_thirty_two_levels_of_elements_are_read_in_every_part_and_no_more(file: Write, part: str) -> None:
    assert said_of(file(workbook(part, "<a>" * 31 + "</a>" * 31))) == "read"
    assert said_of(file(workbook(part, "<a>" * 32 + "</a>" * 32))) == NESTED


def test_levels_of_elements_of_a_table_are_bounded(file: Write) -> None:
    made = workbook(SHEET_PARTS, relation("t", "table", "/xl/tables/table1.xml"))
    assert said_of(file(made | {"xl/tables/table1.xml": "<table>" * 33 + "</table>" * 33})) == NESTED


_MERGE, _FORMAT = '<mergeCell ref="A1:B2"/>', '<numFmt numFmtId="9" formatCode="0"/>'


@pytest.mark.slow
@each(
    "made, within, beyond, says",
    [
        (lambda n: workbook(tabs=n), 200, 201, TABS),
        (lambda n: workbook(SHEET, _MERGE * n), 50_000, 50_001, MERGES),
        (lambda n: workbook(SHEET, _MERGE * n, tabs=2), 25_000, 25_001, MERGES),
        (lambda n: workbook(STYLES, f"<cellXfs>{'<xf/>' * n}</cellXfs>"), 65_490, 65_491, FORMATS),
        (lambda n: workbook(STYLES, _FORMAT * n), 5_000, 5_001, FORMATS),
        (lambda n: workbook(STRINGS, f"<si><t>{'a' * n}</t></si>"), 100_000, 400_000, LONG_TEXT),
        (lambda n: workbook(BOOK_PARTS, relation("a", "theme", "a") * n), 1_900, 2_100, PARTS),
        (lambda n: workbook() | {f"xl/media/{number}": "" for number in range(n)}, 9_000, 10_001, PARTS),
    ],
)
def test_every_bound_is_one_that_workbooks_stay_within(
    file: Write, made: Callable[[int], dict[str, str]], within: int, beyond: int, says: str
) -> None:
    assert (said_of(file(made(within))), said_of(file(made(beyond)))) == ("read", says)


def test_hyperlinks_are_no_parts(file: Write) -> None:
    link = f'<Relationship Id="a" Type="{OFFICE}/hyperlink" Target="https://a.example" TargetMode="External"/>'
    assert said_of(file(workbook(SHEET_PARTS, link * 10_000))) == "read"


def test_long_format_code_is_read_once(file: Write) -> None:
    """Each bracket of it was once followed to the end of the code."""
    assert said_of(file(workbook(STYLES, f'<numFmt numFmtId="164" formatCode="{"[" * 900_000}"/>'))) == "read"
