"""The sheet's problems, grouped: one row per mistake of an agency, however often it was made."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cwac import access, addons, release
from cwac.access import Kind
from cwac.analysis.cells import cells_by_severity, cells_to_fix
from cwac.analysis.words import counted, shorten
from cwac.exports import tables
from cwac.exports.colors import agency_colors
from cwac.model import PROBLEM_KEYS, SEVERITIES, Problem, Severity, Snapshot
from cwac.sheet import schema
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections import missing_results, sheet_reading
from cwac.web.session import Session

CELLS = 5
"""Maximum number of cells that a row links to; the next ones follow when these are corrected."""
EXAMPLES = 3
LINES = 6
"""Rows before "Show more", so that a phone's page is not too long."""
AGENCIES = 8
_PARTICULAR = re.compile(r'"[^"]*"|\b\d[\w./:-]*\w|\b\d')
_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}
NO_AGENCY = "No one agency"


def show(session: Session) -> None:
    """The cells to fix, errors first, whose they are, how the sheet is read, then notes and row counts."""
    snapshot, agency, kind = session.snapshot, session.agency, session.viewer.kind
    whole = kind == "coordinator" and agency is None
    used = session.ask(rows_used)
    owned = [agency] if agency else [] if kind == "coordinator" else session.viewer.agencies
    found = session.ask(mistakes_of, agency, session.viewer.agencies)
    places = [place for mistake in found for place in mistake.places]
    cells = cells_to_fix(places)
    if cells or not whole:
        widgets.headline(headline(found))
    else:
        widgets.headline("Every cell is read." if used else "Nothing to check yet.")
    if cells and not whole:
        st.markdown(widgets.md(summary(places, owned)))
    severities, shown = _show_cells(session, found, bool(cells), owned)
    if whole and any(mistake.severity != "notice" for mistake in shown):
        draw("owners", blocks.heading("By agency"), owners(found, snapshot))
    if others := session.ask(not_shown, kind, agency):
        st.caption(others)
    if kind == "coordinator":
        _show_public(session)
    sheet_reading.show(snapshot)
    if notes := [mistake for mistake in shown if mistake.severity == "notice"]:
        with st.expander(f"{counted(len(notes), 'note')}, nothing to fix", expanded="notice" in severities):
            draw("notes", mistakes_table(notes, snapshot, "Notes"))
    with st.expander(f"Row counts by tab{f': {used}' if used else ''}"):
        st.markdown("Every row is kept, left out with an error that says why, or skipped with a note.")
        draw("row-counts", session.ask(accounting_table))
    for show_added in addons.sections("sheet health"):
        show_added(session)
    if found:
        made = lambda: tables.to_csv(problem_rows(snapshot), PROBLEM_KEYS)  # noqa: E731 - a name for one line
        widgets.download("All problems as CSV", "sheet-problems.csv", made)


def _show_public(session: Session) -> None:
    """What strangers see and what is held back, each with its cell and the reason, and what is left of the event."""
    snapshot, held = session.snapshot, session.ask(release.held_back)
    with st.expander(session.ask(release.summary), expanded=False):
        if not held:
            st.markdown("Nothing is held back.")
            return
        links = {(problem.tab, problem.cell): problem.link for problem in snapshot.problems if problem.link}
        values = release.held_values(snapshot)
        rows: list[list[Line]] = []
        for one in held:
            event = snapshot.event_by_id.get(one.event_id or "")
            shown = release.release(event, values) if event else None
            place = " ".join(filter(None, (one.tab, one.cell)))
            link = links.get((one.tab, one.cell))
            parts = (shown.title, shown.town, ", ".join(shown.agencies)) if shown else ()
            rows.append([
                [one.event_id or "Every event"],
                [release.what_words(one)],
                [one.why],
                [blocks.link(link, place) if link else place],
                [" · ".join(filter(None, parts)) if shown else "nothing" if event else ""],
            ])  # fmt: skip
        heads = ("Event", "Held back", "Why", "Cell", "The public sees")
        draw("held-back", blocks.table(heads, rows, "What is held back from the public", limit=LINES))


def _show_cells(
    session: Session, found: Sequence[MistakeOfAgency], has_cells: bool, owned: Sequence[str]
) -> tuple[Sequence[str], Sequence[MistakeOfAgency]]:
    """Show the filters and the cells to fix; returns the chosen severities, and the mistakes that pass the filters."""
    severities: tuple[str, ...] = ()
    tabs: tuple[str, ...] = ()
    if has_cells:
        with widgets.FilterRow() as row:
            severities = row.multiselect("Severity", ["error", "warning", "notice"], "severity", 165)
            in_tabs = dict.fromkeys(problem.tab for problem in session.snapshot.problems if problem.tab)
            tabs = row.multiselect("Tab", list(in_tabs), "tab", 165)
    shown = [each for each in found if each.severity in (severities or SEVERITIES) and (not tabs or each.tab in tabs)]
    to_fix: Sequence[MistakeOfAgency] = [mistake for mistake in shown if mistake.severity != "notice"]
    if to_fix:
        if severities or tabs or len(to_fix) > widgets.AT_ONCE:
            to_fix = widgets.page_of(to_fix, widgets.md(headline(to_fix)), "health")
        draw("to-fix", mistakes_table(to_fix, session.snapshot, "Cells to fix, by agency and tab"))
    elif found and not shown:
        widgets.empty("No line has this severity and tab.")
        st.button("Clear the filters", on_click=widgets.clear, args=("severity", "tab"))
    elif not has_cells and not session.ask(rows_used):
        sentence = "The sheet has no events, nor any other rows. What you type is checked here."
        missing_results.show_empty(session, sentence)
    elif not has_cells:
        whose = f" in the rows of {' and '.join(owned)}, nor in those of no one agency" if owned else ""
        widgets.empty(f"No cell has to be fixed{widgets.md(whose)}.")
    return severities, shown


@dataclass(frozen=True, slots=True)
class MistakeOfAgency:
    """One mistake in the rows of an agency, its owner (None: everybody's), and its places, in the order of the sheet.

    `others` are the agencies that take part in these rows.
    """

    owner: str | None
    others: tuple[str, ...]
    severity: Severity
    code: str
    tab: str | None
    column: str | None
    advice: str
    places: tuple[Problem, ...]


def mistakes(snapshot: Snapshot, own: Collection[str] = ()) -> tuple[MistakeOfAgency, ...]:
    """Problems grouped by owner, column and advice, sorted by severity, then by owner and tab.

    A row of several agencies has one owner: the viewer's `own`, else the first, which leads the event. What is
    everybody's comes last. Problems whose advice differs only in days, numbers and quoted text are grouped; the first
    one's advice stands for them.
    """
    groups: dict[tuple[str | None, Severity, str, str | None, str | None, str], list[Problem]] = {}
    for problem in snapshot.problems:
        common = _PARTICULAR.sub("…", access.advice(problem, snapshot))
        key = (owner_of(problem, own), problem.severity, problem.code, problem.tab, problem.column, common)
        groups.setdefault(key, []).append(problem)
    found_mistakes = []
    for (owner, severity, code, tab, column, _), places in groups.items():
        first, *others_said = dict.fromkeys(access.advice(problem, snapshot) for problem in places)
        more = len(places) - 1
        likewise = f" Likewise for {'the other one' if more == 1 else f'the other {more:,}'}." if others_said else ""
        for list_tab in ("Venues", "Towns", "Agencies"):
            if row := snapshot.free_rows.get(list_tab):
                first = first.replace(f"add it to the {list_tab} tab", f"add it to the {list_tab} tab (A{row})")
        others = tuple(dict.fromkeys(agency for place in places for agency in place.agencies if agency != owner))
        about = severity, code, tab, column, first + likewise
        order = _TAB_ORDER.get(places[0].kind or "", len(_TAB_ORDER))
        rank = SEVERITIES.index(severity), owner is None, owner or "", order, -len(places)
        found_mistakes.append((rank, MistakeOfAgency(owner, others, *about, tuple(places))))
    return tuple(mistake for _, mistake in sorted(found_mistakes, key=lambda item: item[0]))


def owner_of(problem: Problem, own: Collection[str] = ()) -> str | None:
    """The one agency that is asked to fix a problem; None if it is everybody's."""
    return next((agency for agency in problem.agencies if agency in own), next(iter(problem.agencies), None))


def mistakes_of(snapshot: Snapshot, agency: str | None, own: tuple[str, ...] = ()) -> tuple[MistakeOfAgency, ...]:
    """Mistakes in the rows of one agency or of nobody in particular; all for None, where `own` are the viewer's."""
    if agency is None:
        return mistakes(snapshot, own)
    return mistakes(replace(snapshot, problems=access.concerning(snapshot.problems, {agency})), {agency})


def not_shown(snapshot: Snapshot, kind: Kind, agency: str | None) -> str:
    """A sentence about the problems that are not listed; empty if all are."""
    if kind != "coordinator":
        others = "What is wrong in the rows of other agencies is shown to them and to coordinators."
        columns = [column for table in snapshot.reading for column in table.columns if column.meaning is None]
        unread = counted(len(columns), "column is not read: coordinators see", "columns are not read: coordinators see")
        return f"{others} {unread} which." if columns else others
    concerning = snapshot.problems if agency is None else access.concerning(snapshot.problems, {agency})
    count = cells_to_fix(snapshot.problems) - cells_to_fix(concerning)
    those = "in the rows of other agencies: choose All agencies to see them."
    return f"Not shown here: {counted(count, 'cell')} to fix {those}" if count else ""


def problem_rows(snapshot: Snapshot) -> list[tables.Row]:
    return [
        {column: getattr(problem, column) for column in PROBLEM_KEYS}
        | {"advice": access.advice(problem, snapshot), "agencies": list(problem.agencies)}
        for problem in snapshot.problems
    ]


def rows_used(snapshot: Snapshot) -> str:
    """`642 of 650 rows used`; empty if none is."""
    accounts = snapshot.accounting.values()
    rows, kept = sum(account.rows for account in accounts), sum(account.kept for account in accounts)
    return f"{kept:,} of {counted(rows, 'row')} used" if kept else ""


def accounting_table(snapshot: Snapshot) -> Block:
    rows: list[list[Line]] = [
        [[tab], [f"{account.rows:,}"], [f"{account.kept:,}"], [f"{account.left_out:,}"], [f"{account.skipped:,}"]]
        for tab, account in snapshot.accounting.items()
    ]
    return blocks.table(("Tab", "Rows", "Used", "Left out", "Skipped"), rows, "What became of the rows of each tab")


def headline(mistakes: Sequence[MistakeOfAgency]) -> str:
    """`28 cells to fix: 17 are left out, 11 are used as read.`; what is shown is what the viewer may see."""
    cells = cells_by_severity(place for mistake in mistakes for place in mistake.places)
    errors, warnings = cells["error"], cells["warning"]
    kinds = [(errors, "left out"), (warnings, "used as read")]
    parts = [f"{number:,} {'is' if number == 1 else 'are'} {words}" for number, words in kinds if number]
    if len(parts) == 1:
        parts = [f"{'it is' if errors + warnings == 1 else 'they are'} {kinds[not errors][1]}"]
    return f"{counted(errors + warnings, 'cell')} to fix: {', '.join(parts)}." if parts else "Nothing to fix."


def owners(mistakes: Sequence[MistakeOfAgency], snapshot: Snapshot) -> Block:
    """Each agency's cells to fix, the most first, and whom to ask; then what no one agency has to fix."""
    places = [place for mistake in mistakes if mistake.severity != "notice" for place in mistake.places]
    shares = {agency: _cells_of(agency, places) for agency in {name for place in places for name in place.agencies}}
    colors, roles = agency_colors(snapshot), {listed.short: listed.liaison_role for listed in snapshot.agencies}
    rows = [
        blocks.row([[blocks.agency(agency, colors)], [cells_words(*shares[agency])], [roles.get(agency) or ""]])
        for agency in sorted(shares, key=lambda agency: (-shares[agency][0], -shares[agency][1], agency))
    ]
    if others := cells_to_fix(place for place in places if not place.agencies):
        rows.append(blocks.row([[NO_AGENCY], [counted(others, "cell")], []]))
    return blocks.rows(("Agency", "Cells to fix", "Whom to ask"), rows, "Cells to fix, by agency", limit=AGENCIES)


def summary(problems: Sequence[Problem], agencies: Sequence[str]) -> str:
    """`SCSO: leads 10, takes part in 6 more · no one agency: 2`: an agency's numbers, as a coordinator reads them."""
    places = [problem for problem in problems if problem.severity != "notice"]
    shares = {agency: _cells_of(agency, places) for agency in agencies}
    words = [f"{agency}: {cells_words(*shares[agency])}" for agency in agencies if sum(shares[agency])]
    others = cells_to_fix(place for place in places if not place.agencies)
    return " · ".join([*words, *([f"no one agency: {others:,}"] if others else [])])


def _cells_of(agency: str, places: Sequence[Problem]) -> tuple[int, int]:
    """The cells to fix in rows that the agency leads, and in others in which it takes part."""
    led = cells_to_fix(problem for problem in places if problem.agencies[:1] == (agency,))
    return led, cells_to_fix(problem for problem in places if agency in problem.agencies) - led


def cells_words(led: int, shared: int) -> str:
    """`leads 10, takes part in 6 more`: the same on the agency's own page and for the whole sheet."""
    return f"leads {led:,}, takes part in {shared:,} more" if shared else counted(led, "cell")


def mistakes_table(shown: Sequence[MistakeOfAgency], snapshot: Snapshot, caption: str) -> Block:
    """One row per mistake: its cells as links, who fixes it, what was typed, and what to type."""
    colors, rows = agency_colors(snapshot), []
    for mistake in shown:
        owner: list[Piece] = [blocks.agency(mistake.owner, colors) if mistake.owner else NO_AGENCY]
        if mistake.owner and mistake.others:
            more = ", …" if len(mistake.others) > CELLS else ""
            owner.append(blocks.quiet(f"with {', '.join(mistake.others[:CELLS])}{more}"))
        typed = typed_words(mistake)
        rows.append([where(mistake), owner, [typed] if typed else [], [mistake.advice]])
    return blocks.table(("Cell", "Owner", "Typed", "Fix"), rows, caption, limit=LINES)


def where(mistake: MistakeOfAgency) -> Line:
    """`⬣ Error Events, Date: Edit B8, B9, B12 and 37 more`, each cell a link; without addresses, only the cells."""
    line: list[Piece] = [] if mistake.severity == "notice" else [_CHIPS[mistake.severity], " "]
    column = f", {mistake.column}" if mistake.column else ""
    cells = [problem for problem in mistake.places[:CELLS] if problem.cell]
    line.append(f"{mistake.tab or 'The workbook'}{column}" + (": " if cells else ""))
    for place, problem in enumerate(cells):
        words = problem.cell or ""
        cell = blocks.link(problem.link, words) if problem.link else blocks.strong(words)
        line += [", " if place else "Edit " if problem.link else "", cell]
    if len(mistake.places) > CELLS:
        line.append(f" and {len(mistake.places) - CELLS:,} more")
    return line


_CHIPS = {"error": blocks.chip("Error", "error"), "warning": blocks.chip("Warning", "warning")}


def typed_words(mistake: MistakeOfAgency) -> str:
    texts = dict.fromkeys(shorten(problem.found, 60) for problem in mistake.places if problem.found)
    return ", ".join(list(texts)[:EXAMPLES]) + (", …" if len(texts) > EXAMPLES else "")
