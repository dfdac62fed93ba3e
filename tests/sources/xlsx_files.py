"""Workbook files made part by part, and what reading them gives."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cwac.model import SourceUnavailable
from cwac.sources.excel import read_excel

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CELL = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
WEED = "<si><t>Weed</t></si>"
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, BOOK_PARTS, SHEET_PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet1.xml.rels"

Write = Callable[..., Path]
"""The fixture `file`."""


def relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def parts(
    *sheets: str,
    titles: Sequence[str] = ("Events", "Staffing"),
    strings: str = "",
    styles: str = "",
    workbook: str = "",
) -> dict[str, str]:
    """The parts of a workbook; each of `sheets` is the <sheetData> of a tab and what follows it."""
    named = "".join(f'<sheet name="{titles[n]}" sheetId="{n + 1}" r:id="tab{n}"/>' for n in range(len(sheets)))
    tabs = "".join(relation(f"tab{n}", "worksheet", f"worksheets/sheet{n + 1}.xml") for n in range(len(sheets)))
    shared = relation("strings", "sharedStrings", f"/{STRINGS}") + relation("styles", "styles", "styles.xml")
    document = relation("a", "officeDocument", BOOK)
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">{document}</Relationships>',
        BOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}<sheets>{named}</sheets></workbook>',
        BOOK_PARTS: f'<Relationships xmlns="{RELATIONS}">{tabs}{shared}</Relationships>',
        STRINGS: f'<sst xmlns="{MAIN}">{strings}</sst>',
        STYLES: f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
            for n, sheet in enumerate(sheets, 1)
        },
    }


def packed(texts: dict[str, str | bytes], part: str = "", begin: bytes = b"", filling: Iterable[bytes] = ()) -> bytes:
    """The file of the parts; one of them may be `begin` and what follows, which is never held whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            if name != part:
                archive.writestr(name, text)
        if part:
            with archive.open(part, "w") as stream:
                stream.write(begin)
                for text in filling:
                    stream.write(text)
    return buffer.getvalue()


def rows(path: Path) -> list[list]:
    [tab] = read_excel(path).tabs
    return [list(row) for row in tab.rows]


def said_of(path) -> str:
    """The word read, or the cause and the sentence with which the file is refused for good."""
    try:
        read_excel(path)
    except SourceUnavailable as error:
        refused = error
    else:
        return "read"
    assert refused.permanent
    assert refused.remedy
    assert re.fullmatch(r"[^\n]+\.", refused.sentence)
    return f"{refused.cause}: {refused.sentence}"


def cause_of(path) -> str:
    return said_of(path).partition(":")[0]
