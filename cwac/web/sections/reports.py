"""The quarterly report: its figures as tiles and as a table, its files, and a picture of the printed pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from cwac import addons
from cwac.analysis.attendance import finding
from cwac.analysis.periods import Period, quarter_before, quarter_named, quarter_of
from cwac.analysis.quarter import Quarter, quarter
from cwac.analysis.words import counted, with_guests, with_noun
from cwac.date_words import MONTHS, quarter_name
from cwac.exports import quarterly, tables
from cwac.exports.reports import FORMATS, Report, to_pngs
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections.attendance import of_all_events
from cwac.web.session import Session
from cwac.web.widgets import XLSX, FilterRow, download, headline, md

MIME = {"pdf": "application/pdf", "xlsx": XLSX, "csv": "text/csv"}
MOST_PICTURES = 4
"""Printed pages shown as pictures: a large sheet's report has dozens, which take seconds to send to a phone."""
LABELS = {"pdf": "PDF to print", "xlsx": "Excel, with charts", "csv": "Spreadsheet (CSV)"}


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Reports of an add-on: their names by the key in links, the filters of their own, and what they show."""

    names: Mapping[str, str]
    choose: Callable[[Session, FilterRow], str | None]
    show: Callable[[Session, str, str, str | None, bool], None]


def show(session: Session) -> None:
    """The chosen report of a quarter, and the data as CSV."""
    found = session.ask(quarters)
    if not found:
        headline("No event has been held yet.")
        widgets.empty("Once one has, its quarter is reported here.")
    else:
        page_of = {key: page for addon in addons.installed() for page in addon.report_pages() for key in page.names}
        names = {"quarter": "Quarterly report"} | {key: page.names[key] for key, page in page_of.items()}
        with FilterRow() as row:
            kind = row.select("Report", tuple(names), "for", labels=names)
            titles = {label: quarter_named(label).title for label in found}  # `Q3 2026 (Jul–Sep)`
            chosen = row.select("Quarter", found, "quarter", labels=titles)
            page = page_of.get(kind)
            others = page.choose(session, row) if page else None
            preview = row.toggle("Show the printed page", "preview")
        if page is None:
            _show_quarter(session, chosen, preview)
        else:
            headline(f"{names[kind]}: {months_words(quarter_named(chosen))}.")
            page.show(session, kind, chosen, others, preview)
    with st.expander("Download the data"):
        st.markdown("Every row that is open to you, from all agencies, as CSV. It has nothing that residents said.")
        with st.container(horizontal=True):
            for name in tables.TABLES:
                download(name.capitalize(), f"{name}.csv", partial(data_csv, session.snapshot, name))
    for show_added in addons.sections("reports"):
        show_added(session)


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
    """The first `MOST_PICTURES` printed pages as PNG, and whether there are more."""

    pictures: tuple[bytes, ...]
    more: bool


def first_pages(pages: Sequence[bytes]) -> Printed:
    return Printed(tuple(pages[:MOST_PICTURES]), len(pages) > MOST_PICTURES)


def printed(
    snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules, *, _answer: Quarter | None = None
) -> Printed:
    """The printed pages, which take longer than all the rest of the page; `_answer` is the quarter if known."""
    return first_pages(to_pngs(quarterly.report(_answer or quarter(snapshot, chosen, agency, rules))))


def _show_quarter(session: Session, chosen: str, preview: bool) -> None:
    """The quarter in figures and as files; with `preview` also its printed pages."""
    asked = chosen, session.agency, session.rules
    answer = session.ask(quarter, *asked, **of_all_events(session))
    headline(headline_words(answer))
    when = "The quarter is not over yet. " if answer.unfinished else ""
    if answer.period.label == quarter_before(quarter_of(session.today)).label:
        when = "This is the last whole quarter. "
    st.markdown(f"{when}No officer is named.")
    draw("figures", tiles(answer))
    st.markdown(md(f"{answer.verdict.sentence} {answer.verdict.basis}"))
    if answer.shared:
        st.caption(md(answer.shared))
    if answer.residents is not None:
        said: list[Line] = [[blocks.strong(f"{name}: "), words] for name, words in answer.residents.rows]
        said.append([blocks.quiet(answer.residents.note)])
        draw("residents", blocks.heading("What residents said"), blocks.lines(*said))
    name = widgets.file_name("coffee-with-a-cop", answer.period.label, answer.agency)
    downloads(quarterly.report(answer), name, LABELS | {"pdf": "Quarter for the chief (PDF)"})
    st.caption("In the PDF, page 1 has the figures; page 2 the details, and how they are made.")
    if preview:
        of = f"{quarterly.title(answer)}, {answer.agency_label}. {finding(answer.outcomes, 'in the quarter')}"
        summary = f"{of} All its figures are in the table"
        show_printed(session.ask(printed, *asked, _answer=answer), summary)
    with st.expander("Show the numbers"):
        rows: list[list[Line]] = []
        for figure in answer.figures:
            caveat = [blocks.BREAK, blocks.quiet(figure.this.caveat)] if figure.this.caveat else []
            words = (figure.this.short, quarterly.before_words(figure), figure.change.short, figure.method)
            rows.append([[figure.name, *caveat], *([each] for each in words)])
        now, before = quarter_name(answer.period.first), quarter_name(answer.before.first)
        table = blocks.table(
            ("Figure", now, before, "Change", "How it is made"), rows, f"The figures of {now} and of {before}"
        )
        draw("all-figures", blocks.lines([quarterly.change_words(answer)]), table)


def months_words(quarter: Period) -> str:
    """`July to September 2026`."""
    return f"{MONTHS[quarter.first.month - 1]} to {MONTHS[quarter.last.month - 1]} {quarter.last.year}"


def headline_words(answer: Quarter) -> str:
    """`July to September 2026: 5 events, about 107 guests, 44 officer-hours.`; of an agency with its name."""
    figures = {figure.key: figure.this for figure in answer.figures}
    events, guests, hours = (figures[key] for key in ("events_held", "guests", "officer_hours"))
    words = [counted(int(events.value), "event") if events.value else "no event was held"]
    words += [with_guests(guests.short)] if guests.value else []
    if hours.value and answer.agency:
        words.append(f"{with_noun(hours.short, 'hour')} at its events")
    elif hours.value:
        words.append(with_noun(hours.short, "officer-hour"))
    whose = f", {answer.agency_label}" if answer.agency else ""
    return f"{months_words(answer.period)}{whose}: {', '.join(words)}."


def tiles(answer: Quarter) -> Block:
    """Five figures, each with that of the quarter before and what must be said beside it."""
    by_key, shown = {figure.key: figure for figure in answer.figures}, []
    for figure in (by_key[key] for key in quarterly.TILES):
        note: list[Piece] = []
        if figure.last.value is not None:
            note.append(f"{quarter_name(answer.before.first)}: {quarterly.before_words(figure)}")
        if caveat := quarterly.caveat_words(figure, answer):
            note += [blocks.BREAK, caveat] if note else [caveat]
        shown.append(blocks.tile([figure.name], figure.this.short, note))
    return blocks.tiles(shown, f"The figures of {answer.period.title}")


def show_printed(printed: Printed, summary: str) -> None:
    """The printed pages as pictures, at a desk: a phone does not show them. `summary` says what is on them."""
    with st.container(border=True, key="printed-pages"):
        for number, picture in enumerate(printed.pictures, start=1):
            st.image(picture, alt=f"Page {number} of the report. {summary} on this page.")
        if printed.more:
            st.caption(f"The first {len(printed.pictures)} pages. The PDF has them all.")


def data_csv(snapshot: Snapshot, name: str) -> bytes:
    columns, rows_of = tables.TABLES[name]
    return tables.to_csv(rows_of(snapshot), columns)


def downloads(report: Report, name: str, labels: Mapping[str, str]) -> None:
    with st.container(horizontal=True):
        for form, make in FORMATS.items():
            download(labels[form], f"{name}.{form}", partial(make, report), MIME[form], main=form == "pdf")
