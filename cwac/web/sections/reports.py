"""The reports page: a quarter as it will print, and its figures for those who cannot see a picture of it."""

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
    """The quarters that can be reported on, the last whole one first, then the one that goes on, then the older."""
    days = [event.date for event in snapshot.events if event.date <= snapshot.today]
    if not days:
        return ()
    current = quarter_of(snapshot.today)
    found, first = [current], quarter_of(min(days))
    while found[-1].first > first.first:
        found.append(quarter_before(found[-1]))
    return tuple(one.label for one in (*found[1:2], current, *found[2:]))


@dataclass(frozen=True, slots=True)
class Printed:
    """A quarter, its pages as they will print (PNG), and its figures as a table."""

    quarter: Quarter
    pages: tuple[bytes, ...]
    figures: Columns


def printed(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Printed:
    found = quarter(snapshot, chosen, agency, rules)
    figures = {
        "Figure": [md(one.name) for one in found.figures],
        found.period.label: [md(one.words(one.now)) for one in found.figures],
        found.before.label: [md(one.words(one.before)) for one in found.figures],
        "Change": [md(one.change_words) for one in found.figures],
        "How it is made": [md(one.method) for one in found.figures],
    }
    return Printed(found, quarterly.to_pngs(found), figures)


def page_as_it_prints(pages: tuple[bytes, ...], found: Quarter) -> None:
    said = f"{quarterly.title(found)}, {found.agency_label}. {finding(found.outcomes, 'in the quarter')}"
    for number, page in enumerate(pages, start=1):
        with st.container(border=True):
            st.image(page, alt=f"Page {number} of the report. {said} All its figures are in the table below.")


_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def ways_out(found: Quarter) -> None:
    agency = _NOT_IN_A_NAME.sub("-", found.agency or "").strip("-.")[:80]
    name = f"coffee-with-a-cop-{found.period.label}" + (f"-{agency}" if agency else "")
    with st.container(horizontal=True):
        for form, make in quarterly.FORMATS.items():
            download(LABELS[form], f"{name}.{form}", lambda make=make: make(found), MIME[form])  # type: ignore[misc]


def figures_table(columns: Columns, found: Quarter) -> None:
    table(columns, f"The figures of {found.period.label} and of {found.before.label}")
