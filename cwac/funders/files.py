"""A report for a funder as pages of a PDF, tabs of a workbook, lines of CSV, and JSON. None names an officer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import resources
from typing import Any

from cwac.analysis.attendance import Turnout
from cwac.analysis.events import where
from cwac.analysis.hours import NOT_NOTED, Hours
from cwac.analysis.periods import federal_quarter
from cwac.exports.reports import SAMPLE, Report, page_of
from cwac.exports.tables import Cell, ReportTable, Row, cell_words, whole
from cwac.funders import sections as words
from cwac.funders.figures import figures
from cwac.funders.report import PAY_TYPES, FunderReport, lead_days


def report(answer: FunderReport) -> Report:
    return Report(
        title=words.title(answer),
        author=answer.agency_label,
        layout={"main.typ": (resources.files("cwac.funders") / "funder.typ").read_bytes()},
        page=partial(_page, answer),
        pictured=partial(_page, answer, ROWS_PICTURED),
        tables=partial(_tables, answer),
        lines=partial(_lines, answer),
        document=partial(document, answer),
    )


# --- the page ---------------------------------------------------------------------------------------------------

ROWS_PICTURED = 250
"""Rows in pictures, of all tables: more than fill the four pages that are shown. All of a large sheet take seconds."""


def _page(report: FunderReport, most_rows: int | None = None) -> dict[str, Any]:
    """What `funder.typ` prints; of its tables the first `most_rows`, or all for None."""
    made = figures(report)
    every = words.sections(report, made)
    sections, left = every, most_rows
    if left is not None:
        sections = ()
        for section in every:
            sections += (replace(section, rows=section.rows[:left]),) if left > 0 else ()
            left -= len(section.rows)
    name = f"{words.NAMES[report.preset]}, {report.period.title}"
    return {
        **page_of(report, words.title(report), name, report.agency_label),
        "subtitle": words.subtitle(report),
        "period": words.period_words(report),
        "due": words.due_words(report),
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


# --- CSV and JSON -----------------------------------------------------------------------------------------------


def _lines(report: FunderReport) -> list[Row]:
    """A line for each figure; `refused` says why one is not known."""
    return [
        {"for": report.preset, "period": report.period.label, "agency": report.agency, "funding": report.funding,
         "key": key, "figure": figure.name, "value": figure.value, "words": figure.words, "n": figure.n,
         "of": figure.of, "refused": figure.refused, "made": figure.method,
         "due": report.due and report.due.isoformat(), "as_of": report.as_of.isoformat()}
        for key, figure in figures(report).items()
    ]  # fmt: skip


def document(report: FunderReport) -> dict[str, Any]:
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
        "figures": {
            key: {"name": each.name, "value": whole(each.value), "n": each.n, "of": each.of, "words": each.words,
                  "refused": each.refused, "made": each.method}
            for key, each in figures(report).items()
        },
        "canceled_by_reason": dict(report.outcomes.canceled_by_reason),
        "hours_by_pay_type": [
            {"pay_type": _none_if_not_noted(pay_type)} | _hours(report.by_pay_type.get(pay_type, Hours()))
            for pay_type in PAY_TYPES
        ],
        "hours_by_agency": [
            {"agency": _none_if_not_noted(agency), "pay_type": _none_if_not_noted(pay_type)} | _hours(hours)
            for agency, of_agency in report.by_agency.items()
            for pay_type, hours in of_agency.items()
        ],
        "languages": [{"language": name, "events": events} for name, events in report.languages.events.items()],
        "towns": [{"town": town.label, **_turnout(town.turnout)} for town in report.towns],
        "concerns": None if report.concerns is None else [
            {"category": category, "by_state": dict(by_state)} for category, by_state in report.concerns.items()
        ],
        "by_funding": [
            {"funding": line.funding, "included": line.included, "planned": len(line.outcomes.events),
             "canceled": len(line.outcomes.canceled), **_turnout(line.turnout),
             "officer_hours": whole(line.hours.total)}
            for line in report.by_funding
        ],
        "events": _events(report),
    }  # fmt: skip


def _none_if_not_noted(name: str) -> str | None:
    return None if name == NOT_NOTED else name


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
                "release_lead_days": lead_days(event),
                "media_present": report.media.get(event.id),
            }
        )
    return rows


# --- tables -----------------------------------------------------------------------------------------------------


def _tables(report: FunderReport) -> list[ReportTable]:
    made = figures(report)
    above = [words.subtitle(report), words.period_words(report), *([SAMPLE] if report.sample else [])]
    above += [words.due_words(report) or "", words.scope_words(report), *words.warnings(report), *words.notes(report)]
    rows: list[tuple[Cell, ...]] = [
        (each.name, each.value, each.n, each.of, each.words, each.method) for each in made.values()
    ]
    columns = ("Figure", "Value", "n", "of", "In words", "How it is made")
    others = [section for section in words.sections(report, made) if section.columns[0] != "Figure"]
    return [
        ReportTable("Figures", columns, rows, above=[line for line in above if line]),
        *(replace(section, above=[section.note]) for section in others),
    ]
