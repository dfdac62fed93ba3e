"""What a workbook may hold beside bytes and cells: levels, tabs, merges, formats, texts and parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.model import SourceUnavailable
from cwac.sources import excel
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sources.attacks import (
    ATTACKS,
    BOOK,
    BOOK_PARTS,
    COUNTED,
    ROOTS,
    SHEET,
    SHEET_PARTS,
    STRINGS,
    STYLES,
    attack_file,
    read_within,
)
from tests.sources.xlsx_files import CELL, OFFICE, parts

MEMORY = 256
"""Megabytes of address space: twice those of a process that has read nothing yet."""


@pytest.mark.slow
def test_small_workbook_that_would_cost_far_more_is_refused_within_bounded_memory(tmp_path: Path) -> None:
    whole = {name: attack for name, attack in ATTACKS.items() if name not in COUNTED}
    paths = [tmp_path / str(number) / "sheet.xlsx" for number in range(len(whole))]
    for path, attack in zip(paths, whole.values(), strict=True):
        path.parent.mkdir()
        path.write_bytes(attack_file(attack))
    said = dict(zip(whole, read_within(MEMORY, *paths), strict=True))
    assert said == {name: attack.says for name, attack in whole.items()}


@each("name", COUNTED)
def test_bounds_count_every_text_and_element(
    file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for bound in ("_MAX_TEXT", "_MAX_IDLE"):
        monkeypatch.setattr(excel, bound, 20_000)
    attack = ATTACKS[name]._replace(megabytes=1)
    with pytest.raises(SourceUnavailable) as refused:
        read_excel(file(attack_file(attack)))
    assert f"{refused.value.cause}: {refused.value.sentence}" == attack.says


def workbook(part: str = SHEET, text: str = "", *, tabs: int = 1) -> dict[str, str]:
    made = parts(CELL, strings="<si><t>Weed</t></si>") | {SHEET_PARTS: "<Relationships></Relationships>"}
    first = '<sheet name="Events" sheetId="1" r:id="one"/>'
    more = "".join(f'<sheet name="{number}" r:id="one"/>' for number in range(1, tabs))
    made[BOOK] = made[BOOK].replace(first, first + more)
    root = ROOTS[part]
    made[part] = made[part].replace(f"</{root}>", f"{text}</{root}>")
    return made


def said_of(file: Callable[..., Path], made: dict[str, str]) -> str:
    try:
        read_excel(file(made))
    except SourceUnavailable as refused:
        return f"{refused.cause}: {refused.sentence}"
    return "read"


@each("part", ROOTS)
def test_thirty_two_levels_of_elements_are_read_in_every_part_and_no_more(file: Callable[..., Path], part: str) -> None:
    assert said_of(file, workbook(part, "<a>" * 31 + "</a>" * 31)) == "read"
    nested = workbook(part, "<a>" * 32 + "</a>" * 32)
    assert said_of(file, nested) == "too-large: sheet.xlsx holds far more levels of elements than a workbook has."


def test_levels_of_elements_of_a_table_are_bounded(file: Callable[..., Path]) -> None:
    relation = f'<Relationship Id="t" Type="{OFFICE}/table" Target="/xl/tables/table1.xml"/>'
    made = workbook(SHEET_PARTS, relation) | {"xl/tables/table1.xml": "<table>" * 33 + "</table>" * 33}
    assert said_of(file, made) == "too-large: sheet.xlsx holds far more levels of elements than a workbook has."


@pytest.mark.slow
@each(
    ("within", "beyond", "says"),
    [
        (workbook(tabs=200), workbook(tabs=201), "has over 200 tabs"),
        (
            workbook(SHEET, '<mergeCell ref="A1:B2"/>' * 50_000),
            workbook(SHEET, '<mergeCell ref="A1:B2"/>' * 50_001),
            "holds far more merged ranges than a workbook has",
        ),
        (
            workbook(SHEET, '<mergeCell ref="A1:B2"/>' * 25_000, tabs=2),
            workbook(SHEET, '<mergeCell ref="A1:B2"/>' * 25_001, tabs=2),
            "holds far more merged ranges than a workbook has",
        ),
        (
            workbook(STYLES, f"<cellXfs>{'<xf/>' * 65_490}</cellXfs>"),
            workbook(STYLES, f"<cellXfs>{'<xf/>' * 65_491}</cellXfs>"),
            "holds far more cell formats than a workbook has",
        ),
        (
            workbook(STYLES, '<numFmt numFmtId="9" formatCode="0"/>' * 5_000),
            workbook(STYLES, '<numFmt numFmtId="9" formatCode="0"/>' * 5_001),
            "holds far more cell formats than a workbook has",
        ),
        (
            workbook(STRINGS, f"<si><t>{'a' * 100_000}</t></si>"),
            workbook(STRINGS, f"<si><t>{'a' * 400_000}</t></si>"),
            "holds far more text in one cell than a workbook has",
        ),
        (
            workbook(BOOK_PARTS, f'<Relationship Id="a" Type="{OFFICE}/theme" Target="a"/>' * 1_900),
            workbook(BOOK_PARTS, f'<Relationship Id="a" Type="{OFFICE}/theme" Target="a"/>' * 2_100),
            "holds far more parts than a workbook has",
        ),
        (
            workbook() | {f"xl/media/{number}": "" for number in range(9_000)},
            workbook() | {f"xl/media/{number}": "" for number in range(10_001)},
            "holds far more parts than a workbook has",
        ),
    ],
)
def test_every_bound_is_one_that_workbooks_stay_within(
    file: Callable[..., Path], within: dict[str, str], beyond: dict[str, str], says: str
) -> None:
    assert said_of(file, within) == "read"
    assert said_of(file, beyond) == f"too-large: sheet.xlsx {says}."


def test_hyperlinks_are_no_parts(file: Callable[..., Path]) -> None:
    link = f'<Relationship Id="a" Type="{OFFICE}/hyperlink" Target="https://a.example" TargetMode="External"/>'
    assert said_of(file, workbook(SHEET_PARTS, link * 10_000)) == "read"


def test_long_format_code_is_read_once(file: Callable[..., Path]) -> None:
    """Each bracket of it was once followed to the end of the code."""
    assert said_of(file, workbook(STYLES, f'<numFmt numFmtId="164" formatCode="{"[" * 900_000}"/>')) == "read"
