"""The quarterly report in every format, in one module as they share their sentences; none names an officer."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cwac.analysis.attendance import count_words, finding
from cwac.analysis.events import state_words, where
from cwac.analysis.hours import Hours, officer_hours
from cwac.analysis.measures import HOURS_ADD_UP, Measure
from cwac.analysis.quarter import Figure, Quarter, method_notes, quarter
from cwac.analysis.words import number, people, shorten
from cwac.date_words import MONTHS, day_words, quarter_name, zoned_moment
from cwac.exports import pdf
from cwac.exports.chart_specs import CANCELED, COUNTED, ESTIMATE, NOT_COUNTED
from cwac.exports.tables import set_value, whole, xml_text
from cwac.exports.tables import to_csv as rows_to_csv

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["FORMATS", "quarter", "to_csv", "to_pdf", "to_pngs", "to_xlsx"]

MAX_ROWS = (7, 5, 3)
"""Agencies or towns in the tables of the page, the most for which there is room; a last row then sums up the others."""
MAX_NAME = 100
"""Letters of a name on the page."""
AGENCIES_NOTE = f"A shared event counts under Took part for each of its agencies: do not add these up. {HOURS_ADD_UP}"
"""Said below the table of agencies."""
EXPLAINED_ON_PAPER = (
    "median_guests", "guests", "officer_hours", "guests_per_officer_hour", "conversations_per_officer_hour",
    "new_visitors_share",
)  # fmt: skip
"""Figures whose name does not say how they are made; there is one page."""
NOT_ON_PAPER = ("cups_served", "surveys")
"""Figures of the page and the files alone."""
CSV = (
    "quarter", "agency", "figure", "unit", "value", "before", "change", "n", "of", "made", "as_of", "low", "high",
    "caveat", "refused", "change_low", "change_high", "change_claimed", "change_refused", "shared",
)  # fmt: skip


# --- sentences of every format ----------------------------------------------------------------------------------


def title(answer: Quarter) -> str:
    return f"Coffee with a Cop, {answer.period.title}"


def as_of(answer: Quarter) -> str:
    """`sheet as of Fri, Oct 2, 2026, 8:05 AM Pacific Time`."""
    return f"sheet as of {zoned_moment(answer.as_of.astimezone(ZoneInfo(answer.timezone)))}"


def _unfinished(answer: Quarter) -> str | None:
    if not answer.unfinished:
        return None
    coming = len(answer.outcomes.coming)
    still = f"{coming} event{'' if coming == 1 else 's'} still to come"
    return f"The quarter is not over: {still}, and changes compare it with a whole quarter."


def change_words(answer: Quarter) -> str:
    """The quarter against the one before, and the trend."""
    if not answer.comparison.earlier.held and not answer.comparison.later.held:
        return f"None in {answer.before.title} either."
    return f"Compared with {answer.before.title}: {answer.comparison.words} {answer.trend.claim.sentence}"


def _follow_ups(answer: Quarter) -> str:
    if answer.follow_ups is None:
        return "Not known: there is no Follow-ups tab here."
    asked = answer.follow_ups.asked
    if not asked.asked and not answer.follow_ups.closed:
        return "None raised, and none closed."
    reported = (
        f"{asked.told} of {asked.closed} closed ones reported back to the resident" if asked.closed else "none closed"
    )
    days = f"; {asked.timed} closed, typically after {number(asked.closing_days)} days" if asked.timed else ""
    return (
        f"{asked.asked} raised: {asked.open} still open, {asked.overdue} of them overdue; {reported}{days}. "
        f"{answer.follow_ups.closed} closed in the quarter, whenever raised."
    )


def _canceled_by_reason(answer: Quarter) -> str:
    reasons = answer.outcomes.canceled_by_reason
    if not reasons:
        return "None."
    return f"{len(answer.outcomes.canceled)}: " + ", ".join(f"{why.lower()} {n}" for why, n in reasons.items()) + "."


# --- PDF --------------------------------------------------------------------------------------------------------


def to_pdf(answer: Quarter) -> bytes:
    """One Letter page."""
    return pdf.to_pdf("report.typ", _page(answer))


def to_pngs(answer: Quarter) -> tuple[bytes, ...]:
    """The pages of the PDF as PNG."""
    return pdf.to_pngs("report.typ", _page(answer))


def _page(answer: Quarter) -> dict[str, Any]:
    """What `report.typ` prints."""
    towns_reached = next(figure.this for figure in answer.figures if figure.key == "towns")
    moment = answer.as_of.astimezone(ZoneInfo(answer.timezone))
    printed = [figure for figure in answer.figures if figure.key not in NOT_ON_PAPER]
    return {
        "title": title(answer),
        "whose": shorten(answer.agency_label, MAX_NAME),
        "period": answer.period.words,
        "quarter": quarter_name(answer.period.first),
        "before": quarter_name(answer.before.first),
        "as_of": as_of(answer),
        "made_on": {"year": moment.year, "month": moment.month, "day": moment.day},
        "footer": f"{title(answer)} · {shorten(answer.agency_label, MAX_NAME)} · {as_of(answer)}",
        "sample": answer.sample,
        "unfinished": _unfinished(answer),
        "tiles": _tiles(answer),
        "finding": finding(answer.outcomes, "in the quarter"),
        "change": change_words(answer),
        "chart": _chart(answer),
        "figures": [
            [
                figure.name,
                _brief(figure.this, figure),
                _brief(figure.last, figure),
                "–" if figure.change.refused else figure.change.short,
                "" if figure.key == "towns" else _n_of(figure.this),
            ]
            for figure in printed
        ],
        "caveats": [
            {"name": figure.name, "words": figure.caveats} for figure in printed if figure.caveats
        ],
        "shared": " ".join(filter(None, [AGENCIES_NOTE, answer.shared])),
        "tables": [
            {"agencies": _agency_rows(answer, most), "towns": _town_rows(answer, most)} for most in MAX_ROWS
        ],
        "hours": f"All agencies, of the people who went: {answer.productivity.hours.words}.",
        "reach": f"Reached: {towns_reached.words}.",
        "canceled": _canceled_by_reason(answer),
        "follow_ups": _follow_ups(answer),
        "made": [
            {"name": figure.name, "made": figure.method}
            for figure in answer.figures
            if figure.key in EXPLAINED_ON_PAPER
        ],
        "notes": (*method_notes(answer), "The dashboard and the workbook explain the plain numbers too."),
    }  # fmt: skip


def _n_of(measure: Measure) -> str:
    return "" if measure.n is None else str(measure.n) if measure.of is None else f"{measure.n} of {measure.of}"


def _brief(measure: Measure, figure: Figure) -> str:
    """The value for a narrow column; a dash where there is none."""
    if measure.value is None:
        return "–"
    return number(measure.value) if figure.key == "towns" else measure.short


def _tiles(answer: Quarter) -> list[dict[str, str]]:
    """The five figures at the top of the page, each with a note."""
    by_key = {figure.key: figure for figure in answer.figures}
    figures = {key: figure.this for key, figure in by_key.items()}
    canceled, not_closed = len(answer.outcomes.canceled), len(answer.outcomes.not_closed)
    median, spent, ratio = answer.turnout, answer.productivity.hours, figures["guests_per_officer_hour"]
    estimated = f", {median.estimated} estimated" if median.estimated else ""
    assigned = f"; {spent.assigned} assigned, not recorded" if spent.assigned else ""
    notes = {
        "events_held": f"{canceled} canceled, {not_closed} not closed",
        "median_guests": f"{median.counted} of {median.held} counted{estimated}",
        "officer_hours": f"{spent.recorded_words}{assigned}",
        "guests_per_officer_hour": ratio.caveat,
        "towns": figures["towns"].words,
    }
    return [
        {"name": figures[key].name, "value": _brief(figures[key], by_key[key]), "note": note}
        for key, note in notes.items()
    ]


def _agency_rows(answer: Quarter, most: int) -> list[list[str]]:
    """Agency, events that it led, events that it took part in, officer-hours; the agencies beyond `most` in one row.

    Nobody's events are added up but those that they led, as a shared event counts for each agency that takes part.
    """
    shorts = _agencies(answer)
    rows = [
        [
            shorten(short, MAX_NAME),
            str(answer.led.get(short, 0)),
            str(answer.took_part.get(short, 0)),
            _hours_words(answer.hours_of(short)),
        ]
        for short in shorts
    ]
    if len(rows) <= most:
        return rows
    others = shorts[most - 1 :]
    led, each = sum(answer.led.get(short, 0) for short in others), [answer.hours_of(short) for short in others]
    return [*rows[: most - 1], [_more(len(others), "agencies"), str(led), "", _hours_words(_sum_of(each))]]


def _sum_of(each: Sequence[Hours | None]) -> Hours:
    """The hours of several agencies; those of an agency of which nothing is known count as one person's unknown."""
    known = [Hours(people=1, unknown=1) if hours is None else hours for hours in each]
    return Hours(*(sum(getattr(hours, field.name) for hours in known) for field in fields(Hours)))


def _town_rows(answer: Quarter, most: int) -> list[list[str]]:
    rows = [
        [
            shorten(town.label, MAX_NAME),
            str(town.turnout.held),
            f"{number(town.turnout.median)} ({town.turnout.counted})" if town.turnout.counted else "not counted",
        ]
        for town in answer.towns
    ]
    if len(rows) <= most:
        return rows
    others = answer.towns[most - 1 :]
    return [*rows[: most - 1], [_more(len(others), "towns"), str(sum(town.turnout.held for town in others)), ""]]


def _more(count: int, of: str) -> str:
    return f"and {count} more {of}, in the workbook"


def _hours_words(hours: Hours | None) -> str:
    return number(None) if hours is None or hours.total is None else officer_hours(hours).short


def _agencies(answer: Quarter) -> Sequence[str]:
    """Agencies with officer-hours or a part in an event, most hours first."""
    rest = sorted(answer.took_part, key=lambda short: (-answer.took_part[short], short))
    return tuple(dict.fromkeys([*answer.productivity.by_agency, *rest]))


def _chart(answer: Quarter) -> dict[str, Any]:
    period = answer.period
    days = (period.last - period.first).days
    points: list[dict[str, Any]] = []
    for line in answer.lines:
        at = (line.event.date - period.first).days / days
        if line.event.status == "Cancelled":
            points.append({"at": at, "guests": None, "low": None, "high": None, "state": CANCELED})
        elif line.held is not None:
            total, guests = line.held.total, line.held.guests
            state = NOT_COUNTED if guests is None else ESTIMATE if total is not None and total.estimated else COUNTED
            low, high = (total.low, total.high) if total is not None else (None, None)
            points.append({"at": at, "guests": guests, "low": low, "high": high, "state": state})
    highest: float = max([point[key] or 0 for point in points for key in ("guests", "high")], default=0)
    step = next(step for size in range(9) for step in (10**size * part for part in (1, 2, 5)) if highest <= step * 4)
    top = step * max(1, -(-highest // step))
    months = [dt.date(period.first.year, period.first.month + later, 1) for later in range(3)]
    turnout = answer.turnout
    return {
        "points": points,
        "top": top,
        "ticks": list(range(0, int(top) + 1, step)),
        "months": [{"at": (day - period.first).days / days, "name": MONTHS[day.month - 1]} for day in months],
        "alt": f"Guests at each of {turnout.held} held events, by day: {turnout.counted} counted, from "
        f"{people(turnout.lowest)} to {people(turnout.highest)}, typical {number(turnout.median)}; "
        f"{turnout.missing} not counted; {len(answer.outcomes.canceled)} canceled.",
    }


# --- CSV --------------------------------------------------------------------------------------------------------


_NAMES_IN_FILES = {"events_cancelled": "Events cancelled", "median_guests": "Median guests at an event"}
"""Figure -> its name in CSV, where programs look for the old name."""


def to_csv(answer: Quarter) -> bytes:
    """A line for each figure; shares are 0 to 1, an unknown figure is empty, and so is a change not claimed."""
    return rows_to_csv(
        [
            {
                "quarter": answer.period.label,
                "agency": answer.agency,
                "figure": _NAMES_IN_FILES.get(figure.key, figure.name),
                "unit": figure.unit,
                "value": figure.now,
                "before": figure.before,
                "change": figure.change.estimate if figure.change.claimed else None,
                "n": figure.this.n,
                "of": figure.this.of,
                "made": figure.method,
                "as_of": answer.as_of.isoformat(),
                "low": figure.this.low,
                "high": figure.this.high,
                "caveat": figure.this.caveat,
                "refused": figure.this.refused,
                "change_low": figure.change.low,
                "change_high": figure.change.high,
                "change_claimed": figure.change.claimed,
                "change_refused": figure.change.refused,
                "shared": answer.shared,
            }
            for figure in answer.figures
        ],
        CSV,
    )


def in_json(answer: Quarter) -> dict[str, Any]:
    """The figures by key, as numbers: shares are 0 to 1, a change of 0.2 is 20% more, None is not known."""
    return {
        "quarter": answer.period.label,
        "agency": answer.agency,
        "unfinished": answer.unfinished,
        "shared": answer.shared,
        "figures": {figure.key: _figure_in_json(figure) for figure in answer.figures},
        "trend": dict(answer.trend.claim.figures),
        "comparison": dict(answer.comparison.claim.figures),
    }


def _figure_in_json(figure: Figure) -> dict[str, Any]:
    this, change = figure.this, figure.change
    return {
        "value": whole(this.value),
        "before": whole(figure.before),
        "n": this.n,
        "of": this.of,
        "low": whole(this.low),
        "high": whole(this.high),
        "words": this.words,
        "caveat": this.caveat or None,
        "refused": this.refused,
        "change": {
            "estimate": whole(change.estimate),
            "low": whole(change.low),
            "high": whole(change.high),
            "claimed": change.claimed,
            "refused": change.refused,
        },
    }


# --- Excel ------------------------------------------------------------------------------------------------------

Typed = str | float | dt.date | dt.time | None


def to_xlsx(answer: Quarter) -> bytes:
    """Tabs Quarter, Events, Agencies, Towns and How it is made, with real dates and numbers, and Excel charts."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = xml_text(title(answer))
    book.properties.creator = xml_text(answer.agency_label)
    book.remove(book["Sheet"])
    _quarter_tab(book.create_sheet("Quarter"), answer)
    _events_tab(book.create_sheet("Events"), answer)
    _agencies_tab(book.create_sheet("Agencies"), answer)
    _towns_tab(book.create_sheet("Towns"), answer)
    _method_tab(book.create_sheet("How it is made"), answer)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(sheet: Worksheet, widths: Mapping[str, int], rows: Sequence[Sequence[Typed]], above: int = 0) -> None:
    """A table below `above` other rows. Text is never a formula, numbers are numbers."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for place, (header, width) in enumerate(widths.items(), start=1):
        head = sheet.cell(above + 1, place, header)
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = width
    for line, row in enumerate(rows, start=above + 2):
        for place, value in enumerate(row, start=1):
            _write(sheet, line, place, value)
    sheet.freeze_panes = None if above else "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write(sheet: Worksheet, line: int, place: int, value: Typed) -> None:
    set_value(sheet.cell(line, place), value)


def _quarter_tab(sheet: Worksheet, answer: Quarter) -> None:
    from openpyxl.styles import Font

    sentences = [title(answer), f"{answer.agency_label} · {answer.period.words} · {as_of(answer)}"]
    sentences += ["SAMPLE: invented events, officers and counts."] if answer.sample else []
    sentences += [words for words in (_unfinished(answer), finding(answer.outcomes, "in the quarter")) if words]
    sentences += [
        change_words(answer),
        f"Canceled: {_canceled_by_reason(answer)}",
        f"Follow-ups: {_follow_ups(answer)}",
    ]
    sentences += [f"Officer-hours, of the people who went: {answer.productivity.hours.words}."]
    sentences += [*filter(None, [answer.shared]), ""]
    for line, words in enumerate(sentences, start=1):
        _write(sheet, line, 1, words)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    this_quarter, last_quarter = (quarter_name(period.first) for period in (answer.period, answer.before))
    widths = {"Figure": 34, this_quarter: 12, last_quarter: 12, "Change": 16, "n": 8, "of": 8, "Unit": 12, "Low": 9,
              "High": 9, "To know": 60}  # fmt: skip
    rows: list[Sequence[Typed]] = []
    for figure in answer.figures:
        this, change = figure.this, figure.change
        change_cell: Typed = change.estimate if change.claimed else change.short
        rows.append(
            (figure.name, this.value, figure.before, change_cell, this.n, this.of, figure.unit, this.low, this.high,
             figure.caveats)
        )  # fmt: skip
    _table(sheet, widths, rows, above=len(sentences))
    for line, figure in enumerate(answer.figures, start=len(sentences) + 2):
        for place in (2, 3, 4, 8, 9) if figure.unit == "share" else ():
            sheet.cell(line, place).number_format = "0%"


def _events_tab(sheet: Worksheet, answer: Quarter) -> None:
    from openpyxl.chart import BarChart, Reference

    widths = {"Date": 12, "Start": 10, "Event ID": 16, "Where": 34, "Town": 16, "Lead agency": 12, "Agencies": 20,
              "State": 22, "Guests": 9, "At least": 9, "At most": 9, "Count in words": 16,
              "Officer-hours": 13}  # fmt: skip
    rows: list[Sequence[Typed]] = []
    not_closed = {event.id for event in answer.outcomes.not_closed}
    for line in answer.lines:
        event, total = line.event, line.held.total if line.held else None
        guests: tuple[Typed, ...] = (total.best, total.low, total.high) if total else (None, None, None)
        count = count_words(total) if line.held else ""
        state = f"{state_words(event)}, not closed" if event.id in not_closed else state_words(event)
        rows.append(
            (event.date, event.start, event.id, where(event), event.town, event.lead_agency,
             ", ".join(event.agencies), state, *guests, count, line.officer_hours)
        )  # fmt: skip
    _table(sheet, widths, rows)
    if any(line.held is not None and line.held.guests is not None for line in answer.lines):
        chart = BarChart()
        chart.title = "Guests at each event (a gap: not counted, or not held)"
        chart.y_axis.title = "Guests"
        chart.legend = None
        chart.width, chart.height = 30, 9
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.x_axis.number_format = "mmm d"
        chart.add_data(Reference(sheet, min_col=9, min_row=1, max_row=len(rows) + 1), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=len(rows) + 1))
        sheet.add_chart(chart, f"A{len(rows) + 4}")


def _agencies_tab(sheet: Worksheet, answer: Quarter) -> None:
    from openpyxl.chart import BarChart, Reference

    widths = {"Agency": 14, "Events led": 11, "Took part in": 12, "Hours recorded": 15, "Hours as scheduled": 16,
              "People and events": 18, "Hours not known": 16}  # fmt: skip
    rows: list[Sequence[Typed]] = []
    for short in _agencies(answer):
        spent = answer.hours_of(short)
        rows.append(
            (short, answer.led.get(short, 0), answer.took_part.get(short, 0),
             *((spent.recorded, spent.scheduled, spent.people, spent.unknown) if spent else (None,) * 4))
        )  # fmt: skip
    _table(sheet, widths, rows)
    if rows:
        chart = BarChart()
        chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
        chart.title = "Officer-hours, recorded and as scheduled"
        chart.width, chart.height = 22, max(7, len(rows))
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.add_data(Reference(sheet, min_col=4, max_col=5, min_row=1, max_row=len(rows) + 1), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=len(rows) + 1))
        sheet.add_chart(chart, f"A{len(rows) + 4}")
    _write(sheet, len(rows) + 2, 1, AGENCIES_NOTE)
    line = len(rows) + 6 + 2 * max(9, len(rows))  # below the chart, of a centimeter a row at most
    for of, table in (("Pay type", answer.productivity.by_pay_type), ("Funding", answer.productivity.by_funding)):
        _write(sheet, line, 1, f"Officer-hours by {of.lower()}")
        for name, spent in table.items():
            line += 1
            _write(sheet, line, 1, name)
            _write(sheet, line, 2, spent.total)
            _write(sheet, line, 3, spent.words)
        line += 2


def _towns_tab(sheet: Worksheet, answer: Quarter) -> None:
    widths = {"Town": 22, "Held": 8, "Counted": 9, "Typical guests": 14, "Lower quartile": 14, "Upper quartile": 14,
              "Estimates": 10, "Canceled": 10}  # fmt: skip
    _table(
        sheet,
        widths,
        [
            (town.label, town.turnout.held, town.turnout.counted, town.turnout.median, town.turnout.lower_quartile,
             town.turnout.upper_quartile, town.turnout.estimated, town.canceled)
            for town in answer.towns
        ],
    )  # fmt: skip


def _method_tab(sheet: Worksheet, answer: Quarter) -> None:
    from openpyxl.styles import Alignment

    measures = (
        answer.productivity.guests_per_hour,
        answer.productivity.conversations_per_hour,
        answer.productivity.new_share,
    )
    rows = [(figure.name, figure.method) for figure in answer.figures]
    rows += [(f"{measure.name}, this quarter", f"{measure.method}.") for measure in measures]
    rows += [("In general", words) for words in method_notes(answer)]
    rows += [("As of", as_of(answer)), ("Read on", day_words(answer.today))]
    _table(sheet, {"Figure": 36, "How it is made": 110}, rows)
    for line in range(2, len(rows) + 2):
        sheet.cell(line, 2).alignment = Alignment(wrap_text=True, vertical="top")


FORMATS: Mapping[str, Callable[[Quarter], bytes]] = {"pdf": to_pdf, "xlsx": to_xlsx, "csv": to_csv}
"""The function that writes each format, by file ending."""
