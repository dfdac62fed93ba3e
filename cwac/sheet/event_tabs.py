"""A tab as a plan of events: the rows that may be its header, what each column is, and how well it fits."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from cwac.model import Cell, Row, Tab
from cwac.sheet import headers, meaning, text
from cwac.sheet.cell_kinds import COFFEE, LOOKED_AT, Cells, is_day, is_kind, is_private
from cwac.sheet.dates import NamedPeriod, period_of, with_year_of
from cwac.sheet.headers import OF_OTHER_TABS, meanings, speaks_of_other_things, tokens
from cwac.sheet.meaning import Headed, Known
from cwac.sheet.plan import By, ColumnPlan, TablePlan, Use
from cwac.sheet.schema import EVENTS, Column, TabSpec
from cwac.sheet.text import header_text

HEADER_WITHIN = 15
"""The header is looked for in this many rows: titles, notes and a legend may be above it."""


def by_names(spec: TabSpec, row: Sequence[Cell], typed: Sequence[str]) -> dict[int, ColumnPlan]:
    """The columns of a header row by their names alone, as `headers.read_header` has them."""
    header = headers.read_header(spec, row)
    planned = {at: ColumnPlan(at, typed[at]) for at in header.unknown}
    for at, column in header.columns.items():
        exact = headers.key(typed[at]) == headers.key(column.header)
        by: By = "near" if at in header.renamed else "exact" if exact else "alias"
        planned[at] = ColumnPlan(at, typed[at], column.field, by)
    for at, first in header.repeated.items():
        planned[at] = ColumnPlan(at, typed[at], same_as=first, perhaps=header.columns[first].field)
    for at, column in header.cut.items():
        planned[at] = ColumnPlan(at, typed[at], perhaps=column.field, cut=True)
    return planned


def several_people(columns: list[ColumnPlan]) -> list[ColumnPlan]:
    """Of several columns of names, all are people; so is one for a role."""
    same = {one.index for one in columns if one.same_as is not None and one.perhaps == "officers"}
    naming = [one for one in columns if one.field == "officers" or one.index in same]
    if len(naming) < 2 and not any(one.role for one in naming):
        return columns
    return [
        replace(one, field="officers", use="people", by=one.by or "alias", perhaps=None, same_as=None)
        if one in naming and one.use == "value"
        else one
        for one in columns
    ]


def header_texts(tab: Tab, header: int) -> list[str]:
    """The headers as typed. A header that is merged over several columns, or from the row above, is each one's."""
    row = tab.rows[header]
    rows = tab.rows[: header + 1 + LOOKED_AT]
    width = max(map(len, rows), default=0)
    typed = [header_text(cell) for cell in row]
    typed += [""] * (width - len(typed))
    for merge in tab.merges:
        if merge.top <= header < merge.bottom:
            source = tab.rows[merge.top]
            name = header_text(source[merge.left]) if merge.left < len(source) else ""
            for at in range(merge.left, min(merge.right, width)):
                if not typed[at].strip() and name.strip() and merge.right - merge.left < max(3, width - 1):
                    typed[at] = name
    filled = [at for row in rows for at, cell in enumerate(row) if not text.is_blank(cell)]
    named = [at for at, name in enumerate(typed) if name.strip()]
    return typed[: max([*filled, *named], default=-1) + 1]


def cells_below(rows: Sequence[Row], index: int) -> Cells:
    return Cells(row[index] for row in rows if index < len(row))


def groups_above(tab: Tab, header: int, typed: Sequence[str]) -> list[str]:
    """The group that stands above each header, as "Staffing" above 1, 2 and 3; blank where there is none."""
    none = [""] * len(typed)
    above = tab.rows[header - 1] if header else ()
    filled = [at for at, cell in enumerate(above) if at < len(typed) and not text.is_blank(cell)]
    if len(filled) < 2 or any(not isinstance(above[at], str) for at in filled):
        return none
    for place, at in enumerate(filled):
        over = (one for one in tab.merges if one.top < header <= one.bottom and one.left <= at < one.right)
        merge = next(over, None)
        end = merge.right if merge else filled[place + 1] if place + 1 < len(filled) else len(typed)
        for column in range(at, min(end, len(typed))):
            none[column] = header_text(above[at])
    return none


def may_be_header(row: Row) -> bool:
    """Whether a row far down names columns: a few short texts, most of them known as headers."""
    filled = [cell for cell in row if cell is not None and cell != ""]
    if not 2 <= len(filled) <= 60 or not all(isinstance(cell, str) and len(cell) <= 60 for cell in filled):
        return False
    if any(map(is_day, filled)):
        return False
    scores = [_name_score(cell) for cell in filled if isinstance(cell, str)]
    return sum(score > 0.5 for score in scores) >= max(2, 0.6 * len(scores))


def likely_headers(rows: Sequence[Row]) -> Iterator[int]:
    """The top rows that name at least two columns, up to the first row with a day below one of them."""
    days: set[int] | None = None
    """Below such a row, the columns that it names as days."""
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        if days is not None and _is_below(row, days):
            return  # "12/3/2026 | Library | Confirmed" is an event, though columns have such names too
        names = [cell for cell in row if isinstance(cell, str) and not text.is_blank(cell)][:100]
        of_rows = sum(is_day(name) or is_private(name) for name in names)
        is_of_table = of_rows > 1 or (of_rows == 1 and any(is_kind("time", name) for name in names))
        if not is_of_table and sum(_name_score(name) > 0.5 for name in names) > 1:
            days = {at for at, cell in enumerate(row) if _names_days(cell)}.union(days or ())
            yield number


def _is_below(row: Row, days: Collection[int]) -> bool:
    """Whether a row has a day in one of these columns, or without any has a day and names no such column."""
    has_day = any(is_day(row[at]) for at in days or range(len(row)) if at < len(row))
    return has_day and (bool(days) or not any(map(_names_days, row)))


def _names_days(cell: Cell) -> bool:
    said = meanings(cell) if isinstance(cell, str) and len(cell) <= 100 else ()
    return bool(said) and said[0].field == "date"


def is_event(row: Row, columns: Mapping[str, tuple[int, str]], day: int) -> bool:
    """Whether a row has a day and two more cells that fit their columns."""
    fields = {index: name.strip("@").partition("#")[0] for name, (index, _) in columns.items()}
    fits = [at for at, cell in enumerate(row) if at in fields and meaning.fitting(fields[at], Cells([cell])) > 0]
    return day in fits and len(fits) > 2


def _name_score(cell: str) -> float:
    if len(cell) > 100 or cell[:1].isdigit():
        return 0.0
    if headers.column_for(EVENTS, cell) is not None:
        return 2.0
    found = meanings(cell)
    return 0.0 if not found else 1.5 if found[0].sure else 0.5


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
PROGRAM = re.compile(r"\b(?:coffee|caf[eé]|cwac|events?|eventos?|policía|cocoa|donuts?)\b", re.I)
_EVENT_TITLE = re.compile(
    r"\b(?:coffee|caf[eé]|cops?|cwac|events?|eventos?|outreach|calendar|calendario|community|upcoming|past|schedule"
    r"|programa)\b",
    re.I,
)
_NOT_READ = re.compile(
    r"^copy of\b|^copia de\b|\b(?:old|archived?|back-?up|template|do not use|deprecated)\b| \([0-9]+\)$", re.I
)
MARKS_OF_FORMS = frozenset({"timestamp", "marcatemporal", "completiontime", "horadefinalizacion"})
"""Columns that only forms have."""
OF_FORMS = MARKS_OF_FORMS | {"id", "starttime", "horadeinicio", "email", "emailaddress", "name", "nombre", "yourname"}
"""Columns of a form that are about the answer, not the event; ID and Start time only of Microsoft's."""
_OF_PAY = re.compile(r"\b(?:rate|amount|amt|pay|hours|hrs|ot|cto)\b", re.I)
"""Words of one subject, the pay of those who work at an event; they count once."""


def why_not_read(tab: Tab, *, is_named: bool) -> str | None:
    if tab.hidden:
        return "it is hidden."
    if not is_named and _NOT_READ.search(tab.title):
        return "its title says that it is a copy or is no longer used."
    return None


def count_other_things(table: TablePlan) -> int:
    others = [
        one.header
        for one in table.columns
        if not OF_OTHER_TABS.isdisjoint(tokens(one.header)) and one.field is None and not one.cut
        and headers.key(one.header) not in OF_FORMS
    ]  # fmt: skip
    of_pay = [header for header in others if _OF_PAY.search(header)]
    return len(others) - max(0, len(of_pay) - 1)


def fit_of(tab: Tab, table: TablePlan) -> float:
    fields = table.fields
    above = " ".join(
        header_text(cell) for row in tab.rows[: table.header or 0] for cell in row if isinstance(cell, str)
    )
    is_of_events = bool(_EVENT_TITLE.search(f"{tab.title} {above}")) or names_coffee(tab)
    date = table.read.get("date")
    if "start" not in fields and date is not None:
        below = tab.rows[(table.header or 0) + 1 : LOOKED_AT]
        if cells_below(below, date.index).share("time of day") >= 0.5:
            fields.add("start")
    doubts = sum(1 for one in table.columns if one.perhaps and one.same_as is None and not one.cut)
    return (
        sum(FIT.get(field, OTHER_FIELD) for field in fields)
        + OTHER_THING * max(0, count_other_things(table) - (1 if is_of_events or len(fields) > 6 else 0))
        + (EVENT_TITLE if is_of_events else 0)
        + (OTHER_TITLE if is_of_other_things(tab) else 0)
        - 0.1 * doubts
    )


def title_of(tab: Tab) -> str:
    first = next((row for row in tab.rows[:HEADER_WITHIN] if any(not text.is_blank(cell) for cell in row)), ())
    filled = [header_text(cell) for cell in first if not text.is_blank(cell)]
    return f"{tab.title} {filled[0][:80]}" if len(filled) == 1 else tab.title


def is_of_other_things(tab: Tab) -> bool:
    """Whether the title speaks of another subject, and not of the program."""
    return any(_OTHER_TITLE.search(title) and not PROGRAM.search(title) for title in (tab.title, title_of(tab)))


def is_title_of_place(title: str) -> bool:
    """Whether a tab's title may name a place: no period, no word of events or of other subjects, no plain Sheet1."""
    says_more = any(words.search(title) for words in (_EVENT_TITLE, _OTHER_TITLE, _NOT_READ))
    return period_of(title) is None and not says_more and not any(map(str.isdigit, title))


def names_coffee(tab: Tab) -> bool:
    """Whether a cell of the first rows names the program, as "Coffee w/ Cop" does."""
    below = (cell for row in tab.rows[:LOOKED_AT] for cell in row if isinstance(cell, str))
    return any(COFFEE.search(cell[: text.MAX_CELL]) for cell in below)


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
        count = len(across.all)
        if (count >= 3 and across.share("day") >= 0.8) or (count >= 4 and across.share("weekday") >= 0.8):
            return True
    first = [row[0] for row in rows[:40] if row and isinstance(row[0], str)]
    named = {column.field for cell in first if (column := headers.column_for(EVENTS, cell)) is not None}
    return len(named) >= 3 and "date" in named


class ColumnPlanner:
    """Plans columns, as the settings say by hand and as the workbook's lists name agencies and people."""

    def __init__(self, by_hand: Mapping[str, str], known: Known) -> None:
        self._by_hand = by_hand
        self._known = known

    def of_names(self, tab: Tab, spec: TabSpec, header: int) -> list[ColumnPlan]:
        row = tab.rows[header]
        typed = [header_text(cell) for cell in row]
        by_hand = self.hand_columns(tab, spec, typed)
        planned = by_names(spec, self._without_hand(spec, row, by_hand), typed) | by_hand
        return [planned[at] for at in sorted(planned)]

    def _without_hand(self, spec: TabSpec, row: Sequence[Cell], by_hand: Mapping[int, ColumnPlan]) -> list[Cell]:
        fields = {one.field for one in by_hand.values()}.difference(meaning.SEVERAL)
        return [
            meaning.MASKED
            if at in by_hand or ((column := headers.column_for(spec, cell)) is not None and column.field in fields)
            else cell
            for at, cell in enumerate(row)
        ]

    def hand_columns(self, tab: Tab, spec: TabSpec, typed: Sequence[str]) -> dict[int, ColumnPlan]:
        found: dict[int, ColumnPlan] = {}
        for at, header in enumerate(typed if self._by_hand else ()):
            meant = headers.said_by_hand(header, tab.title, self._by_hand) if header.strip() else None
            if meant is None:
                continue
            field, agency = headers.field_by_hand(meant, spec) or (None, None)
            if field is not None or not meant.strip():
                use: Use = "people" if agency else "value"
                found[at] = ColumnPlan(at, header, field, "settings", use, named=agency)
        return found

    def of_events(self, tab: Tab, header: int, *, is_named: bool) -> list[ColumnPlan]:
        """The columns of a plan of events; `is_named` says that the tab's title names it so."""
        typed = header_texts(tab, header)
        by_hand = self.hand_columns(tab, EVENTS, typed)
        names = self._without_hand(EVENTS, [name or None for name in typed], by_hand)
        row = _EventsHeader(tab, header, typed, names, is_named=is_named)
        planned = by_names(EVENTS, row.names, typed)
        planned |= {at: _of_ticks(one, row.cells[at]) for at, one in by_hand.items()}
        left = [
            Headed(at, typed[at], f"{row.groups[at]} {typed[at]}".strip(), row.cells[at])
            for at, one in planned.items()
            if one.field is None and one.by is None and not one.cut and at not in row.not_read
        ]
        for column in [one for one in left if meaning.names_agency_and_people(one.header)]:
            left.remove(column)
            # "Miller (WPD)" and "Ofc. Miller, WPD" are people of an agency; "WPD / Miller" cannot be known.
            in_brackets = sum("(" in str(cell) for cell in column.cells.sample) * 2 > len(column.cells.sample)
            if in_brackets or column.cells.share("people, agency") >= 0.8:
                planned[column.index] = replace(planned[column.index], field="officers", by="cells")
            else:
                row.perhaps[column.index] = "officers"
        open_at = {column.index for column in left}
        planned |= meaning.assign(left, [one for at, one in planned.items() if at not in open_at], self._known)
        fields = {one.field for one in planned.values()}
        for at, field in row.perhaps.items():
            one = planned.get(at)  # a column beyond the table has no plan yet
            if one and not (one.field or one.perhaps) and (field == "officers" or field not in fields):
                planned[at] = replace(one, perhaps=field)
        for at, name in enumerate(() if row.by_ids else typed):
            if at not in planned and name.strip() and row.cells[at]:
                planned[at] = ColumnPlan(at, name, cut=True)
        if not row.by_ids:
            planned |= _named_by_labels(planned, row.cells, labels_above(tab, header))
        columns = [replace(planned[at], header=typed[at]) for at in sorted(planned)]
        return meaning.with_agencies_of_groups(several_people(columns), row.groups, self._known)


def _of_ticks(one: ColumnPlan, cells: Cells) -> ColumnPlan:
    """A column that is an officer's or an agency's by hand, named by its header where ticks stand below."""
    fields = ("officers", "lead_agency", "partner_agencies")
    if one.field not in fields or one.named is not None or cells.share("tick") < 0.9:
        return one
    named = " ".join(one.header.split())
    if one.field == "officers":
        return replace(one, use="is there", named=named)
    return replace(one, field="partner_agencies", use="takes part", named=named)


def _named_by_labels(
    planned: Mapping[int, ColumnPlan], cells: Sequence[Cells], labels: Mapping[str, str]
) -> dict[int, ColumnPlan]:
    """The ticks of a person that a label above the header names: "SRO there?" below "SRO: Dep. Cole"."""
    return {
        at: replace(one, field="officers", by="cells", use="is there", named=value)
        for label, value in labels.items()
        for at, one in planned.items()
        if one.field is None
        and one.header.casefold().startswith(f"{label.casefold()} ")
        and cells[at].share("tick") >= 0.8
        and meaning.fitting("officers", Cells([value])) > 0
    }


class _EventsHeader:
    """A header row of a plan of events, in which names that must not count are masked.

    `not_read` are the columns that nothing may be guessed of, `perhaps` the fields of those to ask about.
    """

    def __init__(self, tab: Tab, header: int, typed: Sequence[str], names: list[Cell], *, is_named: bool) -> None:
        below = tab.rows[header + 1 : header + 1 + LOOKED_AT]
        below = below[: next((at for at, row in enumerate(below) if at and may_be_header(row)), len(below))]
        self.typed = typed
        self.names = names
        self.cells = [cells_below(below, at) for at in range(len(typed))]
        self.groups = groups_above(tab, header, typed)
        self.perhaps: dict[int, str] = {}
        row = tab.rows[header]
        too_long = {at for at, cell in enumerate(row) if isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong)}
        keys = [headers.key(name) for name in typed]
        about = OF_FORMS if "completiontime" in keys else OF_FORMS - {"starttime", "horadeinicio", "id"}
        of_forms = set() if MARKS_OF_FORMS.isdisjoint(keys) else {at for at, key in enumerate(keys) if key in about}
        self.not_read = too_long | of_forms | meaning.estimates_beside_counts(typed, self.cells)
        for at in self.not_read:
            names[at] = meaning.MASKED
        self.by_ids = "id" in headers.read_header(EVENTS, names).fields_named
        period = period_above(tab, header)
        self._names_month = period is not None and period.month is not None
        self._towns = {
            cell
            for at, name in enumerate(typed)
            if (meant := meanings(name)) and meant[0].field == "town"
            for cell in self.cells[at].all
        }
        # Names that the cells or the words beside them contradict, and a column without a header, which ends no table.
        is_judged = not self.by_ids and not is_named
        for at, name in enumerate(names):
            column = headers.column_for(EVENTS, name) if isinstance(name, str) else None
            is_gap = not self.by_ids and name is None and (self.cells[at] or (is_judged and _is_lone_gap(names, at)))
            if is_gap or (column is not None and self._is_contradicted(at, column, is_judged=is_judged)):
                names[at] = meaning.MASKED

    def _is_contradicted(self, at: int, column: Column, *, is_judged: bool) -> bool:
        typed, cells = self.typed[at], self.cells[at]
        above = meanings(self.groups[at]) if is_judged else ()
        if above and above[0].field == "officers" and column.reader in ("agency", "agencies"):
            return cells.share("agency") < 0.2  # "Lead" below "Who"
        if is_judged and column.field == "lead_agency" and meaning.may_be_anybody(typed, cells, self._towns):
            self.perhaps[at] = column.field
            self.not_read.add(at)
            return True
        is_own_name = headers.key(typed) == headers.key(column.header)
        if (is_judged or not is_own_name) and meaning.is_contradicted(
            column.field, cells, names_month=self._names_month
        ):
            self.perhaps[at] = column.field
            return True
        is_near = headers.key(typed) not in map(headers.key, (column.header, *column.aliases, *column.spanish))
        return is_near and speaks_of_other_things(typed) and meanings(typed) == ()


def _is_lone_gap(row: Sequence[Cell], at: int) -> bool:
    """Whether a blank header stands alone between columns of a plan of events, and begins no other table."""
    after = list(takewhile(lambda cell: not text.is_blank(cell), row[at + 1 :]))
    fields = [meant[0].field for cell in after if (meant := meanings(str(cell))) and meant[0].sure]
    before = {column.field for cell in row[:at] if (column := headers.column_for(EVENTS, cell)) is not None}
    return bool(at and fields) and not text.is_blank(row[at - 1]) and before.isdisjoint(fields)
