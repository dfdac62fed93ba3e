"""A problem quotes the cell at its address as it was typed, whatever was made of it, and nothing private."""

import re
from collections.abc import Iterator

from cwac.access import Viewer, restrict
from cwac.model import Problem, SourceUnavailable, Tab, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sheet.text import MAX_QUOTE
from cwac.sources.excel import read_excel
from tests.cases import each
from tests.sheet.county import OWN, TODAY, book, problems, read, typed_tabs
from tests.sheets.test_cases import FILES, ODD, cases

AGENCIES = "\n== Agencies\nAgency | Name\nWPD | Weed Police Department\nSCSO | Siskiyou County Sheriff\n"
MADE_FROM = {
    "month and day": (
        "== Plan\nMonth | Day | Weekday | Time | Place\nSeptember | 2 | Wed | 9:00 | Park\n | 31 | Wed | 9:00 | Park\n"
        "October | 7 | Wed | 8:00 | Park", "impossible", "B3", "31",
    ),
    "six digits": (
        "== Plan\nDate | Time | Place\n'260231 | 9am | Park\n'261007 | 9am | Park", "impossible", "A2", "260231",
    ),
    "day first": (
        "== Plan\nDate | Time | Place\n31/08/2026 | 9am | Park\n07/10/2026 | 9am | Park", "guessed", "A3", "07/10/2026",
    ),
    "year in the title": (
        "== October 2026\nDate | Time | Place\nOct 40 | 9am | Park\nOct 7 | 9am | Park", "impossible", "A2", "Oct 40",
    ),
    "Spanish day": (
        "== Plan\nFecha | Hora | Lugar\n31 de junio de 2026 | 9am | Park\n7 de octubre de 2026 | 9am | Park",
        "impossible", "A2", "31 de junio de 2026",
    ),
    "ditto marks": (
        "== Plan\nDate | Time | Place\n10/7/2026 | 25:00 | Park\n10/8/2026 | \" | Park", "impossible", "B3", '"',
    ),
    "day above": ("== Plan\nDate | Time | Place\n10/32/2026 | 9am | Park\n | 10am | Park", "impossible", "A3", None),
    "adults and youth": (
        "== Plan\nDate | Time | Place | Adults | Youth\n9/2/2026 | 9am | Park | l5 | 4\n9/3/2026 | 9am | Park | 5 | 4",
        "unreadable", "D2", "l5",
    ),
    "labels of agencies": (
        "== Plan\nDate | Time | Place | Agency\n9/2/2026 | 9am | Park | Lead: Atlantis" + AGENCIES,
        "unknown-reference", "D2", "Lead: Atlantis",
    ),
    "people and agency": (
        "== Plan\nBRANCH | ROOM | DATE | TIME | TITLE | PRESENTER / AGENCY\n"
        "Main | Patio | 9/2/2026 | 9am | Coffee with a Cop | Ofc. Ann Vega, Atlantis PD" + AGENCIES,
        "unknown-reference", "F2", "Ofc. Ann Vega, Atlantis PD",
    ),
    "positions of an agency": (
        "== Plan\nDate | Time | Place | WPD | SCSO\n9/2/2026 | 9am | Park | 40 | 1\n9/3/2026 | 9am | Park | 2 | 2"
        + AGENCIES,
        "out-of-range", "D2", "40",
    ),
    "names turned round": (
        "== Plan\nDate | Time | Place | Officers\n9/2/2026 | 9am | Park | Yoder, Sal (maybe); Vega, Bo\n"
        "9/3/2026 | 9am | Park | Cole, Tia; Vega, Bo",
        "guessed", "D2", "Yoder, Sal (maybe); Vega, Bo",
    ),
    "two columns": (
        "== Plan\nDate | Time | Place | Kids | Parents\n9/2/2026 | 9am | Park | 4 | l5", "unreadable", "D2", "4",
    ),
}  # fmt: skip
"""Tabs, and one problem in a cell from which something else was made: its code, address and quote."""


@each(("tabs", "code", "cell", "found"), MADE_FROM.values(), ids=list(MADE_FROM))
def test_problem_of_a_cell_that_was_made_from_others_quotes_the_tabs_own(tabs, code, cell, found):
    grids = typed_tabs(tabs)
    rules = Rules(columns=(("Kids", "Guests"), ("Parents", "Guests"))) if "Parents" in tabs else None
    snapshot = read(*map(Tab, grids, grids.values()), rules=rules)
    assert found in problems(snapshot, "found", code=code, cell=cell)


def kept_workbooks() -> Iterator[Workbook]:
    for path in FILES:
        yield from (workbook for _, workbook, _ in cases(path.read_text(encoding="utf-8")))
    yield from map(read_excel, sorted(OWN.glob("*.xlsx")))
    for path in ODD:
        grids = typed_tabs(path.read_text(encoding="utf-8"))
        yield book(*map(Tab, grids, grids.values()))


def quotes_another(workbook: Workbook, problem: Problem) -> bool:
    """Whether a problem quotes a text that is not at its address. Numbers are left out: they are shown as days."""
    tabs = [tab for tab in workbook.tabs if tab.title.casefold().rstrip("!") == (problem.tab or "").casefold()]
    address = re.fullmatch("([A-Z])([0-9]+)", problem.cell or "")
    if address is None or problem.found is None or not (tabs := tabs or list(workbook.tabs[:1])):
        return False
    row, at = tabs[0].rows[int(address[2]) - 1], ord(address[1]) - ord("A")
    typed = row[at] if at < len(row) else None
    if isinstance(typed, int | float) and not isinstance(typed, bool):
        return False
    return problem.found not in (typed or "", f"{str(typed)[: MAX_QUOTE - 1]}…", "TRUE" if typed is True else "FALSE")


def test_every_problem_of_every_kept_sheet_quotes_the_cell_at_its_address():
    wrong = []
    quoted = 0
    for workbook in kept_workbooks():
        try:
            snapshot = read_workbook(workbook, TODAY)
        except SourceUnavailable:
            continue
        quoted += sum(problem.found is not None for problem in snapshot.problems)
        wrong += [
            f"{problem.tab} {problem.cell}: {problem.found}"
            for problem in snapshot.problems
            if quotes_another(workbook, problem)
        ]
    assert not wrong, "\n".join(wrong)
    assert quoted > 300


@each(
    ("tabs", "cell"),
    [
        (MADE_FROM["people and agency"][0], "F2"),
        ("== Plan\nDate | Time | Place | Officers\n9/2/2026 | 9am | Park | Hall\n | | | Vega" + AGENCIES, "D3"),
    ],
)
def test_cell_that_may_name_people_is_not_quoted_to_liaisons(tabs, cell):
    grids = typed_tabs(tabs)
    snapshot = read(*map(Tab, grids, grids.values()))
    assert any("Vega" in (found or "") for found in problems(snapshot, "found", cell=cell))
    shown = restrict(snapshot, Viewer("liaison", ("SCSO",))).problems
    assert not any("Vega" in f"{problem.found} {problem.advice}" for problem in shown)


def test_summary_is_never_quoted():
    follow_ups = [["Follow-up ID", "Event ID", "Category", "Summary"], ["F1", "E1", "Traffic", "Ann 530-555-0100"]]
    assert problems(read(Follow_ups=follow_ups), "found", code="privacy") == [None]
