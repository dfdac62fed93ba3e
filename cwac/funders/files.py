"""A report for a funder as PDF, PNG, Excel, CSV and JSON, from one answer. None of them names an officer."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cwac.analysis.attendance import Turnout
from cwac.analysis.events import where
from cwac.analysis.hours import Hours
from cwac.analysis.measures import Measure
from cwac.analysis.periods import federal_quarter
from cwac.analysis.productivity import NOT_NOTED
from cwac.analysis.words import number
from cwac.date_words import short_day
from cwac.exports import pdf
from cwac.exports.tables import set_value, whole, xml_text
from cwac.exports.tables import to_csv as rows_to_csv
from cwac.funders import sections as words
from cwac.funders.figures import figures
from cwac.funders.report import PAY_TYPES, FunderReport, funder_report

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["FORMATS", "funder_report", "in_json", "to_csv", "to_pdf", "to_pngs", "to_xlsx"]

CSV = (
    "for", "period", "agency", "funding", "key", "figure", "value", "words", "n", "of", "refused", "made", "due",
    "as_of",
)  # fmt: skip


def cell_words(cell: words.Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, words.Amount):
        return cell.words
    if isinstance(cell, str):
        return cell
    return short_day(cell) if isinstance(cell, dt.date) else number(cell, 2)


# --- PDF --------------------------------------------------------------------------------------------------------


def to_pdf(report: FunderReport) -> bytes:
    """Letter pages, as many as the tables need."""
    return pdf.to_pdf(_layout(), _page(report))


def _layout() -> Mapping[str, bytes]:
    return {"main.typ": (resources.files("cwac.funders") / "funder.typ").read_bytes()}


ROWS_PICTURED = 250
"""Rows in pictures, of all tables: more than fill the four pages that are shown. All of a large sheet take seconds."""


def to_pngs(report: FunderReport) -> tuple[bytes, ...]:
    """The pages of the PDF as PNG, as far as the first `ROWS_PICTURED` rows of its tables."""
    return pdf.to_pngs(_layout(), _page(report, ROWS_PICTURED))


def _page(report: FunderReport, most_rows: int | None = None) -> dict[str, Any]:
    """What `funder.typ` prints; of its tables the first `most_rows`, or all for None."""
    made = figures(report)
    every = words.sections(report, made)
    sections = every if most_rows is None else _first_rows(every, most_rows)
    moment = report.as_of.astimezone(ZoneInfo(report.timezone))
    name = f"{words.NAMES[report.preset]}, {report.period.title}"
    return {
        "title": words.title(report),
        "whose": report.agency_label,
        "subtitle": words.subtitle(report),
        "period": words.period_words(report),
        "due": words.due_words(report),
        "as_of": words.as_of(report),
        "made_on": {"year": moment.year, "month": moment.month, "day": moment.day},
        "footer": f"{name} · {report.agency_label} · {words.as_of(report)}",
        "sample": report.sample,
        "scope": words.scope_words(report),
        "warnings": words.warnings(report),
        "notes": words.notes(report),
        "tiles": [{"name": name, "value": value, "note": note} for name, value, note in words.tiles(report, made)],
        "sections": [
            {
                "heading": section.heading,
                "columns": section.columns,
                "rows": [[cell_words(cell) for cell in row] for row in section.rows],
                "note": section.note,
                "nothing": section.nothing,
                "right": section.right,
                "figures": section.columns[0] == "Figure",
                "evidence": section.columns[0] == "Criterion",
                "wide": section.heading == words.EVENTS,
            }
            for section in sections
        ],
        "whole": sections == every,
    }


def _first_rows(sections: Sequence[words.ReportSection], most: int) -> tuple[words.ReportSection, ...]:
    """The first sections, with at most `most` rows in all."""
    first: list[words.ReportSection] = []
    for section in sections:
        if most <= 0:
            break
        first.append(replace(section, rows=section.rows[:most]))
        most -= len(section.rows)
    return tuple(first)


# --- CSV and JSON -----------------------------------------------------------------------------------------------


def to_csv(report: FunderReport) -> bytes:
    """A line for each figure; one that is not known is empty, and `refused` says why."""
    shared = {
        "for": report.preset,
        "period": report.period.label,
        "agency": report.agency,
        "funding": report.funding,
        "due": report.due and report.due.isoformat(),
        "as_of": report.as_of.isoformat(),
    }
    return rows_to_csv(
        [
            {"key": key, "figure": figure.name, "value": figure.value, "words": figure.words, "n": figure.n,
             "of": figure.of, "refused": figure.refused, "made": figure.method} | shared
            for key, figure in figures(report).items()
        ],
        CSV,
    )  # fmt: skip


def in_json(report: FunderReport) -> dict[str, Any]:
    """The figures by key and the tables, as numbers and ISO days; null is not known, never zero."""
    period = report.period
    first, last = federal_quarter(period.first), federal_quarter(period.last)
    return {
        "for": report.preset,
        "period": period.label,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "federal_fiscal_years": sorted({first[0], last[0]}),
        "federal_quarter": first[1] if first == last else None,
        "due": report.due.isoformat() if report.due else None,
        "unfinished": report.unfinished,
        "agency": report.agency,
        "funding": report.funding,
        "scope": words.scope_words(report),
        "warnings": list(words.warnings(report)),
        "figures": {key: _figure(figure) for key, figure in figures(report).items()},
        "canceled_by_reason": dict(report.outcomes.canceled_by_reason),
        "hours_by_pay_type": [
            {"pay_type": _none_if_not_noted(pay_type)} | _hours(report.hours.by_pay_type.get(pay_type, Hours()))
            for pay_type in PAY_TYPES
        ],
        "hours_by_agency": [
            {"agency": _none_if_not_noted(agency), "pay_type": _none_if_not_noted(pay_type)} | _hours(hours)
            for agency, of_agency in report.hours.by_agency.items()
            for pay_type, hours in of_agency.items()
        ],
        "languages": [{"language": name, "events": events} for name, events in report.languages.events.items()],
        "towns": [{"town": town.label, **_turnout(town.turnout)} for town in report.towns],
        "concerns": None if report.concerns is None else [
            {"category": concern.category, "by_state": dict(concern.by_state)} for concern in report.concerns
        ],
        "by_funding": [
            {"funding": line.funding, "included": line.included, "planned": line.planned,
             "canceled": len(line.outcomes.canceled), **_turnout(line.turnout),
             "officer_hours": whole(line.hours.total)}
            for line in report.by_funding
        ],
        "events": _events(report),
    }  # fmt: skip


def _none_if_not_noted(name: str) -> str | None:
    return None if name == NOT_NOTED else name


def _figure(figure: Measure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "value": whole(figure.value),
        "n": figure.n,
        "of": figure.of,
        "words": figure.words,
        "refused": figure.refused,
        "made": figure.method,
    }


def _hours(hours: Hours) -> dict[str, Any]:
    """`hours` is null if nobody's are known; zero officers have none."""
    return {
        "officers": hours.people,
        "hours": whole(hours.total) if hours.people else None,
        "recorded": whole(hours.recorded),
        "scheduled": whole(hours.scheduled),
        "officers_only_scheduled": hours.unrecorded,
        "officers_without_hours": hours.unknown,
    }


def _turnout(turnout: Turnout) -> dict[str, Any]:
    return {
        "held": turnout.held,
        "counted": turnout.counted,
        "guests": whole(turnout.guests),
        "estimated": turnout.estimated,
    }


def _events(report: FunderReport) -> list[dict[str, Any]]:
    releases = {release.event.id: release for release in report.releases}
    rows = []
    for line in report.lines:
        event, total = line.event, line.held.total if line.held else None
        new = report.replaced_by.get(event.id)
        rows.append(
            {
                "id": event.id,
                "date": event.date.isoformat(),
                "where": where(event),
                "agencies": list(event.agencies),
                "status": event.status,
                "held": line.held is not None,
                "cancel_reason": event.cancel_reason,
                "replaced_by": new.id if new else None,
                "new_date": new.date.isoformat() if new else None,
                "funding": event.funding,
                "guests": whole(total.best) if total else None,
                "guests_estimated": total.estimated if total and total.best is not None else None,
                "officer_hours": whole(line.officer_hours),
                "release_due": event.release_due.isoformat() if event.release_due else None,
                "release_sent": event.release_sent.isoformat() if event.release_sent else None,
                "release_lead_days": releases[event.id].lead_days,
                "media_present": report.media.get(event.id),
            }
        )
    return rows


# --- Excel ------------------------------------------------------------------------------------------------------


def to_xlsx(report: FunderReport) -> bytes:
    """A tab with the figures, and one for each table, with real dates and numbers. Text is never a formula."""
    from openpyxl import Workbook

    made = figures(report)
    book = Workbook()
    book.properties.title = xml_text(words.title(report))
    book.properties.creator = xml_text(report.agency_label)
    book.remove(book["Sheet"])
    sections = words.sections(report, made)
    above = [words.title(report), words.subtitle(report), words.period_words(report)]
    above += ["SAMPLE: invented events, officers and counts."] if report.sample else []
    above += [words.due_words(report) or "", words.scope_words(report), *words.warnings(report), *words.notes(report)]
    rows = [
        (each.name, "" if each.value is None else each.value, "" if each.n is None else each.n,
         "" if each.of is None else each.of, each.words, each.method)
        for each in made.values()
    ]  # fmt: skip
    columns = ("Figure", "Value", "n", "of", "In words", "How it is made")
    _tab(book.create_sheet("Figures"), [line for line in above if line], columns, rows)
    for section in sections:
        if section.columns[0] != "Figure":
            sheet = book.create_sheet(section.heading[:31])
            _tab(sheet, [section.note], section.columns, section.rows or [(section.nothing,)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _tab(
    sheet: Worksheet, above: list[str], columns: tuple[str, ...], rows: list[tuple[words.Cell, ...]] | Any
) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    lines: list[tuple[words.Cell, ...]] = [*((line,) for line in above), columns, *rows]
    for number_of_row, row in enumerate(lines, start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number_of_row, place)
            _set_cell(cell, value)
            if number_of_row > len(above):
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number_of_row == len(above) + 1:
                cell.font = Font(bold=True)
    for place in range(len(columns)):
        widest = max([len(cell_words(row[place])) for row in lines[len(above) :] if place < len(row)], default=8)
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(60, max(10, widest + 2))
    sheet.page_setup.orientation = "landscape"


def _set_cell(cell: Any, value: words.Cell) -> None:
    """Write a cell of a table; the format of an amount shows its words too, `"about "#,##0`, or "about" for a range."""
    if not isinstance(value, words.Amount):
        set_value(cell, value)
        return
    set_value(cell, value.value)
    before, found, after = value.words.partition(number(abs(value.value), 2))
    parts = (before, after) if found else ("about ", "")
    form = cell.number_format.join(f'"{part}"' if part else "" for part in parts)
    cell.number_format = f"{form};{form}"  # the second is of negative numbers, whose words say so


FORMATS: Mapping[str, Callable[[FunderReport], bytes]] = {"pdf": to_pdf, "xlsx": to_xlsx, "csv": to_csv}
"""The function that writes each format, by file ending."""
