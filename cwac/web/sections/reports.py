"""The quarterly report: a picture of the printed pages, and its figures as a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

import streamlit as st

from cwac.analysis.attendance import finding
from cwac.analysis.periods import quarter_before, quarter_of
from cwac.analysis.quarter import Quarter, quarter
from cwac.exports import quarterly
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web.sections.attendance import Columns
from cwac.web.widgets import download, md, table

MIME = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
LABELS = {"pdf": "PDF to print", "xlsx": "Excel, with charts", "csv": "Figures as CSV"}


def quarters(snapshot: Snapshot) -> tuple[str, ...]:
    """Quarters with events: the last whole one first, then the current one, then older ones."""
    days = [event.date for event in snapshot.events if event.date <= snapshot.today]
    if not days:
        return ()
    current = quarter_of(snapshot.today)
    quarters_found, first = [current], quarter_of(min(days))
    while quarters_found[-1].first > first.first:
        quarters_found.append(quarter_before(quarters_found[-1]))
    return tuple(period.label for period in (*quarters_found[1:2], current, *quarters_found[2:]))


@dataclass(frozen=True, slots=True)
class Printed:
    """A quarter, its printed pages (PNG), and its figures as a table."""

    quarter: Quarter
    pages: tuple[bytes, ...]
    figures: Columns


def printed(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Printed:
    report = quarter(snapshot, chosen, agency, rules)
    figures = {
        # With what must be said beside it: the last column is out of sight on a phone.
        "Figure": ["  \n".join(filter(None, [md(figure.name), md(figure.caveats)])) for figure in report.figures],
        report.period.label: [md(figure.this.short) for figure in report.figures],
        report.before.label: [md(figure.last.short) for figure in report.figures],
        "Change": [md(figure.change.short) for figure in report.figures],
        "How it is made": [md(figure.method) for figure in report.figures],
    }
    return Printed(report, quarterly.to_pngs(report), figures)


def show_pages(pages: tuple[bytes, ...], report: Quarter) -> None:
    summary = f"{quarterly.title(report)}, {report.agency_label}. {finding(report.outcomes, 'in the quarter')}"
    for number, page in enumerate(pages, start=1):
        with st.container(border=True):
            st.image(page, alt=f"Page {number} of the report. {summary} All its figures are in the table below.")


_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def downloads(report: Quarter) -> None:
    agency = _NOT_IN_A_NAME.sub("-", report.agency or "").strip("-.")[:80]
    name = f"coffee-with-a-cop-{report.period.label}" + (f"-{agency}" if agency else "")
    with st.container(horizontal=True):
        for form, make in quarterly.FORMATS.items():
            download(LABELS[form], f"{name}.{form}", lambda make=make: make(report), MIME[form])  # type: ignore[misc]


def figures_table(columns: Columns, report: Quarter) -> None:
    st.markdown(md(quarterly.change_words(report)))
    table(columns, f"The figures of {report.period.label} and of {report.before.label}")
    if report.shared:
        st.caption(md(report.shared))
