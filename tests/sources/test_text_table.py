"""A .csv or .tsv file is a workbook of one tab."""

from pathlib import Path

import pytest

from cwac.model import Cell, SourceUnavailable, Tab
from cwac.sources import excel, xlsx_package
from cwac.sources.excel import read_excel
from tests.cases import each


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
