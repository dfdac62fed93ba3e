"""One number in every place: open positions, conflicts, cells, guests and hours, in the sample and in random sheets."""

import datetime as dt
import random

import pytest

from cwac import access
from cwac.analysis import overview
from cwac.analysis.alerts import CLASHES, alerts, alerts_concerning
from cwac.analysis.cells import cells_to_fix
from cwac.analysis.periods import quarter_before, quarter_of
from cwac.analysis.quarter import quarter
from cwac.exports import documents
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.notify.compose import digest
from cwac.notify.message import Links
from cwac.notify.warnings import SnapshotOfDay
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web.sections import gaps, rosters, sheet_health
from tests.web.conftest import line_words

RULES = Rules()
ODD: list[Cell] = [None, "maybe?", "TBD", 7, "x", -3, "12/9", "Etna", "WPD", "A. Sample"]


def random_sheet(seed: int) -> Snapshot:
    """The sample on a day of 2026, with one cell in a hundred typed over and a row of which only the day is typed."""
    draw = random.Random(seed)
    today = dt.date(2026, 1, 1) + dt.timedelta(days=draw.randrange(365))
    tabs = []
    for tab in sample_workbook(today).tabs:
        rows = [list(row) for row in tab.rows]
        for row in rows[1:]:
            row[:] = [draw.choice(ODD) if draw.random() < 0.01 else cell for cell in row]
        if tab.title == "Events":
            tomorrow = (today - dt.date(1899, 12, 30)).days + 1
            rows.append([None, tomorrow, *[None] * (len(rows[0]) - 2)])
        tabs.append(Tab(tab.title, rows, merges=tab.merges))
    book = Workbook("plan.xlsx", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "America/Los_Angeles", tuple(tabs))
    return read_workbook(book, today, RULES)


def assert_same_numbers(snapshot: Snapshot, agency: str | None) -> None:
    today = snapshot.today
    every = alerts(snapshot, today, RULES)
    needs = overview.needs(snapshot, today, agency, RULES, _alerts=every)
    board = gaps.board(snapshot, today, today, None, agency)
    rows = documents.gap_rows(documents.gaps(snapshot, None, agency))
    assert (needs.positions, needs.short, needs.gaps, needs.coming) == (
        board.positions, board.short, board.open, board.planned,
    )  # fmt: skip
    assert (needs.positions, needs.short) == (sum(row["open"] for row in rows), sum(row["open"] > 0 for row in rows))

    concerning = alerts_concerning(snapshot, today, RULES, agency, _alerts=every)
    assert needs.clashes == len(rosters.alerts_about(concerning, "Clashes", ()))
    assert needs.clashes == sum(alert.code in CLASHES for alert in concerning)

    problems = snapshot.problems if agency is None else access.concerning(snapshot.problems, {agency})
    mistakes = sheet_health.mistakes_of(snapshot, agency)
    cells = cells_to_fix(problems)
    assert sheet_health.headline(mistakes).startswith(f"{cells} cell" if cells else "Nothing to fix.")
    if agency is None:
        led = [line_words(row["cells"][1]) for row in sheet_health.owners(mistakes, snapshot)["rows"]]
        assert cells == sum(int(words.removeprefix("leads ").split()[0].strip(",")) for words in led)

    last = quarter_before(quarter_of(today))
    figures = overview.quarters(snapshot, last, agency, RULES)[-1]
    report = {figure.key: figure.now for figure in quarter(snapshot, last.label, agency, RULES).figures}
    assert (figures.guests.value, figures.hours.value, figures.events) == (
        report["guests"], report["officer_hours"], report["events_held"],
    )  # fmt: skip
    if agency is not None:
        parts = digest(
            SnapshotOfDay(snapshot, today),
            SnapshotOfDay(snapshot, today),
            agency,
            RULES,
            Links("https://x.example"),
            "",
        )
        headings = [section.heading for part in parts for section in part.sections if " to fix " in section.heading]
        own = cells_to_fix(problem for problem in problems if problem.agencies)
        noun = "cell" if own == 1 else "cells"
        assert headings == ([f"{own} {noun} to fix in the rows of {agency}"] if own else [])


@pytest.mark.slow
def test_sample_has_one_number_in_every_place() -> None:
    snapshot = read_workbook(sample_workbook(dt.date(2026, 11, 28)), dt.date(2026, 11, 28))
    for agency in (None, *snapshot.agency_by_short):
        assert_same_numbers(snapshot, agency)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
def test_random_sheet_has_one_number_in_every_place(seed: int) -> None:
    snapshot = random_sheet(seed)
    for agency in (None, *snapshot.agency_by_short):
        assert_same_numbers(snapshot, agency)
