"""The plan that the tests of funders' reports read, as typed, and their pages as text."""

import datetime as dt
from pathlib import Path

from cwac.funders import files
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook

HERE = Path(__file__).parent
TODAY = dt.date(2026, 12, 10)


def tabs(text=None):
    """Tab -> its rows as lists, with the header; a blank cell is None, and hours are numbers."""
    found = {}
    for line in (text or (HERE / "plan.txt").read_text(encoding="utf-8")).splitlines():
        if line.startswith("["):
            rows = found[line.strip("[]")] = []
        else:
            rows.append([cell.strip() or None for cell in line.split("|")])
    for row in found.get("Staffing", ())[1:]:
        row[5] = row[5] and float(row[5])
    return found


def read(rows=None, today=TODAY, without=()):
    sheets = tuple(Tab(name, grid) for name, grid in (rows or tabs()).items() if name not in without)
    book = Workbook("raw.xlsx", dt.datetime(2026, 12, 10, 17, tzinfo=dt.UTC), "America/Los_Angeles", sheets)
    return read_workbook(book, today)


def page_lines(report):
    """Every text of the report's page but how figures are made, a line each; cells of a table are joined by bars."""
    page = files._page(report)
    yield from filter(None, [page["title"], page["subtitle"], page["period"], page["due"], page["scope"]])
    yield from (f"! {words}" for words in page["warnings"])
    yield from (" | ".join(tile.values()) for tile in page["tiles"])
    for section in page["sections"]:
        yield f"## {section['heading']}"
        shown = 2 if section["figures"] else None
        yield from (" | ".join(row[:shown]).rstrip() for row in (section["columns"], *section["rows"]))
        yield from [] if section["rows"] else [section["nothing"]]
        yield from filter(None, [section["note"]])
    yield from page["notes"]
