"""The quarterly report: its figures as a table, and a picture of the printed pages."""

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
from cwac.web.session import Session
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
class Report:
    """A quarter, and its figures as a table."""

    quarter: Quarter
    figures: Columns


def report(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Report:
    answer = quarter(snapshot, chosen, agency, rules)
    figures = {
        # With what must be said beside it: the last column is out of sight on a phone.
        "Figure": ["  \n".join(filter(None, [md(figure.name), md(figure.caveats)])) for figure in answer.figures],
        answer.period.label: [md(figure.this.short) for figure in answer.figures],
        answer.before.label: [md(figure.last.short) for figure in answer.figures],
        "Change": [md(figure.change.short) for figure in answer.figures],
        "How it is made": [md(figure.method) for figure in answer.figures],
    }
    return Report(answer, figures)


def pages(*_: object, _report: Quarter) -> tuple[bytes, ...]:
    """The printed pages as PNG; the other arguments name the report in the cache."""
    return quarterly.to_pngs(_report)


def preview(session: Session, report: Quarter) -> None:
    """The printed pages, drawn only while the viewer looks at them: a phone can hardly show them."""
    box = st.expander("The page as it prints", key="preview", on_change="rerun")
    if box.open:
        summary = f"{quarterly.title(report)}, {report.agency_label}. {finding(report.outcomes, 'in the quarter')}"
        drawn = session.ask(pages, report.period.label, session.agency, session.rules, _report=report)
        for number, page in enumerate(drawn, start=1):
            box.image(page, alt=f"Page {number} of the report. {summary} All its figures are in the table below.")


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
