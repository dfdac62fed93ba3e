"""How well a tab fits as a plan of events, and why one is not read: the weights are in one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cwac.model import Row, Tab
from cwac.sheet import headers, text
from cwac.sheet.cell_kinds import COFFEE, LOOKED_AT, Cells, day_above
from cwac.sheet.header_rows import HEADER_WITHIN
from cwac.sheet.header_words import speaks_against_events
from cwac.sheet.meaning import header_text
from cwac.sheet.periods import NamedPeriod, period_of, with_year_of
from cwac.sheet.plan import TablePlan
from cwac.sheet.schema import EVENTS

FIT: Mapping[str, float] = {
    "date": 2.0, "start": 2.0, "venue": 1.5, "town": 1.5, "guests": 1.0, "lead_agency": 1.0, "officers": 1.0,
    "title": 0.75, "end": 0.5, "status": 0.5, "partner_agencies": 0.5,
}  # fmt: skip
"""What each field counts for a tab that may be a plan of events."""
OTHER_FIELD, OTHER_THING, OTHER_TITLE, EVENT_TITLE = 0.25, -2.25, -3.0, 1.5
"""What any other field counts, a header that speaks of other things, and such a title, or one of events."""
IS_EVENTS, PERHAPS_EVENTS = 4.5, 3.0
"""From the first on a tab is read as events, from the second on if no other tab is."""

_OTHER_TITLE = re.compile(
    r"\b(?:training|inventory|budget|contacts?|fleet|vehicles?|equipment|expens\w*|payroll|overtime|time ?sheets?"
    r"|mileage|maintenance|evidence|supplies|supply|purchas\w*|invoices?|donations?|donors?|grants?|citations?|arrests?"
    r"|calls|call log"
    r"|cases?|complaints?|uniforms?|certif\w*|lookups?|vendors?|members?|directory|phone|keys?|assets?|leave|minutes"
    r"|agendas?|on[- ]?call|rosters?|jobs?|(?:extra|off|secondary)[- ]duty|bookings?|reservations?|check ?outs?|loans?"
    r"|licen[sc]es?|permits?|inspections?|vaccin\w*|k-?9s?|dogs?|animals?|(?<!highway )patrol|beats?|tows?"
    r"|towing|warrants?|court"
    r"|subpoenas?|range|qualifications?|hiring|applicants?|interviews?|orders?|repairs?|holidays?|vacations?|sick|pto"
    r"|receipts?|flyers?|social media|posts?|surveys?|tasks?|to-?do|projects?|property|radios?|recruit\w*|meetings?"
    r"|timecards?|pay ?periods?|reimburse\w*|tickets?|crash\w*|collisions?|accidents?|incidents?|reports?|dispatch"
    r"|ride-? ?alongs?|custody|jail|bail|alarms?|visitors? log|council|boards?|commission"
    r"|rentals?|payments?|voicemails?|presentations?|demos?|tours?|class(?:es)?|parades?|shop with|tip a cop"
    r"|rsvps?|registrations?|sign[- ]?ins?|feedback|gift cards?|media log|spending|hours|availability"
    r"|deliver\w*|subscriptions?|passwords?)\b",
    re.I,
)
_PROGRAM = re.compile(r"\b(?:coffee|caf[eé]|cwac|events?|eventos?|policía|cocoa|donuts?)\b", re.I)
"""Words of a title that says what the tab is, whatever else it says."""
_EVENT_TITLE = re.compile(
    r"\b(?:coffee|caf[eé]|cops?|cwac|events?|eventos?|outreach|calendar|calendario|community|upcoming|past|schedule"
    r"|programa)\b",
    re.I,
)
_NOT_READ = re.compile(r"^copy of\b|^copia de\b|\b(?:old|archived?|back-?up|template|do not use|deprecated)\b", re.I)
MARKS_OF_FORMS = frozenset({"timestamp", "marcatemporal", "completiontime", "horadefinalizacion"})
"""Columns that only forms have."""
OF_FORMS = MARKS_OF_FORMS | {"id", "starttime", "horadeinicio", "email", "emailaddress", "name", "nombre", "yourname"}
"""Columns of a form that are about the answer, not the event; ID and Start time only of Microsoft's."""
_OF_PAY = re.compile(r"\b(?:rate|amount|amt|pay|hours|hrs|ot|cto)\b", re.I)
"""Words of one subject, the pay of those who work at an event; they count once."""
_COPY = re.compile(r" \([0-9]+\)$")


def why_not_read(tab: Tab, *, is_named: bool) -> str | None:
    if tab.hidden:
        return "it is hidden."
    if not is_named and (_NOT_READ.search(tab.title) or _COPY.search(tab.title)):
        return "its title says that it is a copy or is no longer used."
    return None


def filled_rows(rows: Sequence[Row]) -> int:
    return sum(any(not text.is_blank(cell) for cell in row) for row in rows)


def fields_of(table: TablePlan) -> set[str]:
    fields = {column.field for column in table.columns if column.field is not None}
    return fields | {"date"} if table.days_above else fields


def count_other_things(table: TablePlan) -> int:
    """How many headers speak of other things than events."""
    others = [
        one.header
        for one in table.columns
        if speaks_against_events(one.header) and one.field is None and not one.cut
        and headers.key(one.header) not in OF_FORMS
    ]  # fmt: skip
    of_pay = [header for header in others if _OF_PAY.search(header)]
    return len(others) - max(0, len(of_pay) - 1)


def fit_of(tab: Tab, table: TablePlan) -> float:
    fields = fields_of(table)
    others = count_other_things(table)
    above = " ".join(
        header_text(cell) for row in tab.rows[: table.header or 0] for cell in row if isinstance(cell, str)
    )
    is_of_events = bool(_EVENT_TITLE.search(f"{tab.title} {above}")) or names_coffee(tab)
    date = table.read.get("date")
    if "start" not in fields and date is not None:
        below = tab.rows[(table.header or 0) + 1 : LOOKED_AT]
        if Cells(row[date.index] for row in below if date.index < len(row)).share("time of day") >= 0.5:
            fields.add("start")
    doubts = sum(1 for one in table.columns if one.perhaps and one.same_as is None and not one.cut)
    return (
        sum(FIT.get(field, OTHER_FIELD) for field in fields)
        + OTHER_THING * max(0, others - (1 if is_of_events or len(fields) > 6 else 0))
        + (EVENT_TITLE if is_of_events else 0)
        + (OTHER_TITLE if is_of_other_things(tab) else 0)
        - 0.1 * doubts
    )


def _title_of(tab: Tab) -> str:
    """The tab's title, and the title in its first row."""
    first = next((row for row in tab.rows[:HEADER_WITHIN] if any(not text.is_blank(cell) for cell in row)), ())
    filled = [header_text(cell) for cell in first if not text.is_blank(cell)]
    return f"{tab.title} {filled[0][:80]}" if len(filled) == 1 else tab.title


def is_of_other_things(tab: Tab) -> bool:
    """Whether the title speaks of another subject, and not of the program."""
    return any(_OTHER_TITLE.search(title) and not _PROGRAM.search(title) for title in (tab.title, _title_of(tab)))


def is_title_of_place(title: str) -> bool:
    """Whether a tab's title may name a place: no period, no word of events or of other subjects, no plain Sheet1."""
    says_more = any(words.search(title) for words in (_EVENT_TITLE, _OTHER_TITLE, _NOT_READ, _COPY))
    return period_of(title) is None and not says_more and not any(map(str.isdigit, title))


def names_program(tab: Tab) -> bool:
    return bool(_PROGRAM.search(_title_of(tab)))


def names_coffee(tab: Tab) -> bool:
    """Whether a cell of the first rows names the program, as "Coffee w/ Cop" does."""
    below = (cell for row in tab.rows[:LOOKED_AT] for cell in row if isinstance(cell, str))
    return any(COFFEE.search(cell[: text.MAX_CELL]) for cell in below)


def has_days_above(tab: Tab, header: int) -> bool:
    """Whether lines with a day alone part the rows below a header."""
    return sum(day_above(row) is not None for row in tab.rows[header + 1 : LOOKED_AT]) > 1


def labels_above(tab: Tab, header: int) -> dict[str, str]:
    """What stands beside labels above a header, by label: "Agency:" with "WPD" beside it."""
    labels: dict[str, str] = {}
    for row in tab.rows[:header]:
        filled = [header_text(cell).strip() for cell in row if not text.is_blank(cell)]
        for label, value in pairwise(filled):
            if label.endswith(":") and len(label) <= 40 and not value.endswith(":"):
                labels.setdefault(label.rstrip(": "), value)
    return labels


def period_above(tab: Tab, header: int) -> NamedPeriod | None:
    """The month or year in the tab's title, else in a title row above the header."""
    period = period_of(tab.title)
    for row in reversed(tab.rows[:header]):
        typed = [header_text(cell) for cell in row if isinstance(cell, str) and not text.is_blank(cell)]
        if len(typed) == 1 and not re.search(r"updated|revised|as of|printed", typed[0], re.I):
            period = with_year_of(period, period_of(typed[0]))
    return period


def runs_across(rows: Sequence[Row]) -> bool:
    """Whether a tab has its events side by side, or each field in a row of its own."""
    for row in rows[:HEADER_WITHIN]:
        filled = [cell for cell in row if not text.is_blank(cell)]
        across = Cells(filled[1:] if filled and isinstance(filled[0], str) else filled)
        if len(across.all) >= 3 and across.share("day") >= 0.8:
            return True
        if len(across.all) >= 4 and across.share("weekday") >= 0.8:
            return True
    first = [row[0] for row in rows[:40] if row and isinstance(row[0], str)]
    named = {column.field for cell in first if (column := headers.column_for(EVENTS, cell)) is not None}
    return len(named) >= 3 and "date" in named
