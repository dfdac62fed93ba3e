"""Injection attempts in cells, and a workbook full of them."""

import datetime as dt
import re
from pathlib import Path

from cwac.sheet.schema import TABS
from tests.web import plan
from tests.web.plan import Rows

_LINES = Path(__file__).with_suffix(".txt").read_text(encoding="ascii").splitlines()
ATTACKS = [line.encode().decode("unicode_escape") for line in _LINES]
"""The lines of `attacks.txt`, with Python's escapes, where `{m}` is a mark that tells the cell."""
NOT_IN_EXCEL = ["{m}\x00\x01\x1b[31m", "{m} \ud800 {m}", "{m}\u2028{m}\x85"]
"""Characters that Excel cannot hold but a Google sheet can."""

MARK = re.compile(r"zq\d+x", re.I)
TEXTS = ("text", "list", "summary", "id")


def typed(number: int, attacks: list[str] = ATTACKS) -> str:
    """The attack with that number and its unique mark."""
    return attacks[number % len(attacks)].format(m=f"zq{number}x")


def tabs(today: dt.date, attacks: list[str] = ATTACKS) -> dict[str, Rows]:
    """A workbook with every attack once in every text column of every tab."""
    many = len(attacks)
    grids: dict[str, Rows] = {}
    for place, spec in enumerate(TABS):
        rows: Rows = [[column.header for column in spec.columns]]
        for row in range(many):
            cells = []
            for position, column in enumerate(spec.columns):
                attack = typed(_number(place, position, row, many), attacks)
                cells.append(_cell(spec.name, column.field, row, today, attack, column.reader))
            rows.append(cells)
        grids[spec.name] = rows
    return grids


def _number(place: int, position: int, row: int, many: int) -> int:
    return (place * 100 + position) * many + (row + position + place) % many


def _name(tab: str, row: int) -> str:
    """The name in that row of Venues or Towns."""
    place = next(place for place, spec in enumerate(TABS) if spec.name == tab)
    return typed(_number(place, 0, row, len(ATTACKS)))


def _cell(tab: str, field: str, row: int, today: dt.date, attack: str, reader: str) -> object:
    """An attack in text cells; in other cells a valid value in two rows of three, so that the row is kept."""
    cells = {
        ("Events", "id"): f"E{row}",
        ("Events", "date"): plan.serial(today + dt.timedelta(days=row - 25)),
        ("Events", "start"): 9 / 24,
        ("Events", "lead_agency"): "AG1",
        ("Events", "town"): (attack, _name("Towns", row), "Weed")[row % 3],
        ("Events", "venue"): _name("Venues", row) if row % 2 else attack,
        ("Events", "partner_agencies"): "AG2" if row % 3 else attack,
        ("Events", "officers_needed"): 3,
        ("Events", "status"): ("Completed" if row < 25 else "Confirmed") if row % 3 else "Tentative",
        ("Staffing", "event_id"): f"E{row}",
        ("Staffing", "officer"): f"OF-{row}" if row % 3 else attack,
        ("Attendance", "event_id"): f"E{row}",
        ("Attendance", "guests"): 12 if row % 3 else attack,
        ("Agencies", "short"): f"AG{row}" if row % 5 else attack,
        ("Officers", "id"): f"OF-{row}",
        ("Officers", "agency"): "AG1" if row % 3 else "AG2",
        ("Time off", "officer"): f"OF-{row}" if row % 3 else attack,
        ("Time off", "first"): plan.serial(today),
        ("Time off", "last"): plan.serial(today + dt.timedelta(days=row)),
        ("Venues", "town"): (None, _name("Towns", row), "Weed")[row % 3] or "Weed",
        ("Coverage", "town"): "Weed",
        ("Coverage", "agency"): "AG1",
        ("Follow-ups", "id"): f"F{row}" if row % 5 else attack,
        ("Follow-ups", "event_id"): f"E{row}",
        ("Follow-ups", "referred_to"): "AG1",
    }
    if tab == "Towns" and field == "name" and row == 1:
        return "Weed"
    if tab == "Events" and field in ("officers", "guests"):
        return None
    if (tab, field) in cells:
        return cells[tab, field]
    return attack if reader in TEXTS or row % 7 == 0 else None


def save(path: Path, today: dt.date) -> Path:
    return plan.save_tabs(path, tabs(today))
