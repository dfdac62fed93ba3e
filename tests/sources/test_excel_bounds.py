"""What a workbook may hold beside bytes and cells, and that a small file cannot take far more memory than its size."""

import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import pytest

from cwac.sources import excel, xlsx_package
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
    packed,
    parts,
    relation,
    said_of,
)

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
