"""What funders ask, on the Reports page: figures, tables, files, and a picture of the printed pages."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st

from cwac.exports import reports
from cwac.exports.tables import ReportTable, cell_words
from cwac.funders import files
from cwac.funders.figures import figures
from cwac.funders.report import NAMES, FunderReport, Preset, funder_report, fundings
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web import blocks
from cwac.web.blocks import Block, Line, draw
from cwac.web.sections.reports import LABELS, Printed, ReportPage, downloads, first_pages, show_printed
from cwac.web.session import Session
from cwac.web.widgets import FilterRow, empty, file_name, md


def printed(
    snapshot: Snapshot,
    preset: Preset,
    quarter: str,
    agency: str | None,
    funding: str | None,
    rules: Rules,
    *,
    _report: FunderReport | None = None,
) -> Printed:
    """The printed pages, which take longer than all the rest of the page; `_report` is the report if known."""
    report = _report or funder_report(snapshot, preset, quarter, agency, funding, rules)
    return first_pages(reports.to_pngs(files.report(report)))


def fundings_by_key(snapshot: Snapshot) -> Mapping[str, str]:
    """A key for links -> the Funding: an address is logged, and must not have a cell's text."""
    return {sha256(name.casefold().encode()).hexdigest()[:8]: name for name in fundings(snapshot)}


def choose_funding(session: Session, row: FilterRow) -> str | None:
    if not (names := session.ask(fundings_by_key)):
        return None
    return names.get(row.select("Funding", ("any", *names), "funding", labels={"any": "Any", **names}))


def show(session: Session, kind: str, quarter: str, funding: str | None, preview: bool) -> None:
    if kind == "agency" and session.agency is None:
        empty("This report is of one agency. Choose it at the top.")
        return
    asked = kind, quarter, session.agency, funding, session.rules
    report = session.ask(funder_report, *asked)
    due = f" **{md(words)}**" if (words := report.due_words) else ""
    st.markdown(
        f"**{md(report.title)}.** {md(report.period_words)}.{due} {md(report.scope_words)} No officer is named."
    )
    if before := report.warnings:
        st.markdown(f"**Before it is sent:** {md(' '.join(before))}")
    tiles = files.tiles(report, figures(report))
    shown = [blocks.tile([name], value, [note]) for name, value, note in tiles]
    draw("figures", blocks.tiles(shown, f"The figures of {report.title}"))
    name = file_name(report.preset, report.period.label, report.agency, report.funding)
    downloads(files.report(report), name, LABELS | {"xlsx": "Excel"})
    if preview:
        summary = f"{report.title}. All its figures are in the tables"
        show_printed(session.ask(printed, *asked, _report=report), summary)
    drawn: list[Block] = []
    for section in files.sections(report, figures(report)):
        drawn += [blocks.heading(section.heading), _table(section)]
        drawn += [blocks.lines([blocks.quiet(section.note)])] if section.note else []
    drawn += [blocks.lines([blocks.quiet(sentence)]) for sentence in report.notes]
    with st.expander("Show the numbers, and how each is made"):
        draw("tables", *drawn)


def _table(section: ReportTable) -> Block:
    if not section.rows:
        return blocks.note(section.nothing)
    rows: list[list[Line]] = [[[cell_words(cell)] for cell in row] for row in section.rows]
    return blocks.table(section.columns, rows, section.heading)


PAGE = ReportPage({str(preset): name for preset, name in NAMES.items()}, choose_funding, show)
