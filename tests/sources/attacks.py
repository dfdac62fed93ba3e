"""Small workbooks that would cost far more to read than their size tells: what each is refused with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from tests.sources.xlsx_files import CELL, OFFICE, parts, squeezed

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, BOOK_PARTS, SHEET_PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet1.xml.rels"


class Attack(NamedTuple):
    """`part` is filled with pieces, each made from a number, until it has that many megabytes."""

    part: str
    begin: str
    piece: Callable[[int], str]
    megabytes: float
    says: str


def _far_more(what: str) -> str:
    return f"too-large: sheet.xlsx holds far more {what} than a workbook has."


NESTED, TEXT = _far_more("levels of elements"), _far_more("text")
LONG_TEXT, FORMATS = _far_more("text in one cell"), _far_more("cell formats")
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
    "names of elements": Attack(
        SHEET, "<worksheet>", lambda n: f"<a{n}/>", 3, _far_more("kinds of elements")
    ),
    "names of attributes": Attack(STRINGS, "<sst>", lambda n: f'<a b{n}=""/>', 3, _far_more("kinds of elements")),
    "tabs": Attack(
        BOOK, "<workbook><sheets>", lambda n: f'<sheet name="{n}" r:id="one"/>', 3,
        "too-large: sheet.xlsx has over 200 tabs.",
    ),
    "elements of the workbook": Attack(BOOK, "<workbook>", lambda _: "<a/>" * 1000, 5, _far_more("elements")),
    "merges": Attack(
        SHEET, "<worksheet><mergeCells>", lambda n: f'<mergeCell ref="A{n + 1}"/>', 3, _far_more("merged ranges")
    ),
    "cell formats": Attack(STYLES, "<styleSheet><cellXfs>", lambda _: '<xf numFmtId="14"/>' * 1000, 3, FORMATS),
    "number formats": Attack(
        STYLES, "<styleSheet><numFmts>", lambda n: f'<numFmt numFmtId="{n}" formatCode="d"/>', 3, FORMATS
    ),
    "strings": Attack(STRINGS, "<sst>", lambda n: f"<si><t>{n}</t></si>", 14, TEXT),
    "equal strings": Attack(STRINGS, "<sst>", lambda _: "<si><t>ab</t></si>" * 1000, 12, TEXT),
    "blank strings": Attack(STRINGS, "<sst>", lambda _: "<si/>" * 1000, 4, TEXT),
    "one long string": Attack(STRINGS, "<sst><si><t>\N{HOT BEVERAGE}", lambda _: "a" * 5000, 3, LONG_TEXT),
    "one string of many pieces": Attack(STRINGS, "<sst><si>", lambda _: "<t>a</t>" * 1000, 3, LONG_TEXT),
    "texts in cells": Attack(
        SHEET, _ROW, lambda n: f'<c r="A{n % 1000 + 1}" t="str"><v>a{n}</v></c>', 24, TEXT
    ),
    "one long text in a cell": Attack(
        SHEET, f'{_ROW}<c t="str"><v>\N{HOT BEVERAGE}', lambda _: "a" * 5000, 3, LONG_TEXT
    ),
    "relations of the workbook": Attack(
        BOOK_PARTS, "<Relationships>", lambda n: f'<Relationship Id="{n}" Target="a"/>', 3, _far_more("parts")
    ),
    "tables of a tab": Attack(
        SHEET_PARTS, "<Relationships>",
        lambda n: f'<Relationship Id="{n}" Type="{OFFICE}/table" Target="/{STYLES}"/>', 3, _far_more("parts"),
    ),
    "elements of a tab": Attack(SHEET, "<worksheet>", lambda _: "<a/>" * 1000, 8, _far_more("elements")),
    "blank cells": Attack(SHEET, _ROW, lambda _: "<c/>" * 1000, 8, _far_more("elements")),
    "blank rows": Attack(SHEET, "<worksheet><sheetData>", lambda _: '<row r="1"/>' * 1000, 20, _far_more("elements")),
}  # fmt: skip
COUNTED = ("equal strings", "blank strings", "texts in cells", "elements of a tab", "blank rows")
"""Attacks that reach the bound of another one by another way."""


def attack_file(attack: Attack) -> bytes:
    pieces = map(attack.piece, count())

    def filling() -> Iterator[bytes]:
        left = int(attack.megabytes * 2**20)
        while left > 0:
            text = "".join(islice(pieces, 200)).encode()
            left -= len(text)
            yield text

    sheet = parts(CELL, strings="<si><t>Weed</t></si>") | {SHEET_PARTS: "<Relationships/>"}
    return squeezed(sheet, attack.part, attack.begin.encode(), filling())


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
