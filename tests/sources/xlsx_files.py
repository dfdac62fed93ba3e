"""Workbook files made part by part."""

import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from cwac.model import SourceUnavailable
from cwac.sources.excel import read_excel

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
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


def squeezed(texts: dict[str, str], part: str, begin: bytes, filling: Iterable[bytes]) -> bytes:
    """A workbook one of whose parts is `begin` and what follows, packed without ever being held whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            if name != part:
                archive.writestr(name, text)
        with archive.open(part, "w") as stream:
            stream.write(begin)
            for text in filling:
                stream.write(text)
    return buffer.getvalue()


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
