"""The sheet's problems, grouped: one row per mistake of an agency, however often it was made."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cwac import access
from cwac.access import Kind
from cwac.analysis.cells import cells_by_severity, cells_to_fix
from cwac.analysis.words import counted
from cwac.exports.colors import agency_colors
from cwac.exports.tables import Row
from cwac.model import PROBLEM_KEYS, SEVERITIES, Accounting, Problem, Severity, Snapshot
from cwac.sheet import schema
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Block, Line, Part, Piece

CELLS = 5
"""Maximum number of cells that a row links to; the next ones follow when these are corrected."""
EXAMPLES = 3
LINES = 6
"""Rows before "Show more", so that a phone's page is not too long."""
_PARTICULAR = re.compile(r'"[^"]*"|\b\d[\w./:-]*\w|\b\d')
_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}
EVERYBODY = "Everybody"


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
    """Problems grouped by owner, column and advice, sorted by owner, then by tab, the worst first; notices come last.

    A row of several agencies has one owner: the viewer's `own`, else the first, which leads the event. What is
    everybody's comes last. Advice that differs only in days, numbers and quoted text is grouped, with "…" in place of
    these.
    """
    groups: dict[tuple[str | None, Severity, str, str | None, str | None, str], list[Problem]] = {}
    for problem in snapshot.problems:
        common = _PARTICULAR.sub("…", access.advice(problem, snapshot))
        key = (owner_of(problem, own), problem.severity, problem.code, problem.tab, problem.column, common)
        groups.setdefault(key, []).append(problem)
    found_mistakes = []
    for (owner, severity, code, tab, column, common), places in groups.items():
        advice_texts = {access.advice(problem, snapshot) for problem in places}
        advice = advice_texts.pop() if len(advice_texts) == 1 else common
        others = dict.fromkeys(agency for place in places for agency in place.agencies if agency != owner)
        found_mistakes.append(MistakeOfAgency(owner, tuple(others), severity, code, tab, column, advice, tuple(places)))
    return tuple(sorted(found_mistakes, key=_by_owner))


def owner_of(problem: Problem, own: Collection[str] = ()) -> str | None:
    """The one agency that is asked to fix a problem; None if it is everybody's."""
    return next((agency for agency in problem.agencies if agency in own), next(iter(problem.agencies), None))


def _by_owner(mistake: MistakeOfAgency) -> tuple[bool, bool, str, int, int, int]:
    return (
        mistake.severity == "notice",
        mistake.owner is None,
        mistake.owner or "",
        _TAB_ORDER.get(mistake.places[0].kind or "", len(_TAB_ORDER)),
        SEVERITIES.index(mistake.severity),
        -len(mistake.places),
    )


def severity_words(mistakes: Sequence[MistakeOfAgency]) -> str:
    """`18 errors, not used until fixed; 10 warnings, used, but worth a look`; empty if there is neither."""
    cells = cells_by_severity(place for mistake in mistakes for place in mistake.places)
    errors, warnings = cells["error"], cells["warning"]
    parts = [f"{counted(errors, 'error')}, not used until fixed"] if errors else []
    parts += [f"{counted(warnings, 'warning')}, used, but worth a look"] if warnings else []
    return "; ".join(parts)


def mistakes_of(snapshot: Snapshot, agency: str | None, own: tuple[str, ...] = ()) -> tuple[MistakeOfAgency, ...]:
    """Mistakes in the rows of one agency or of nobody in particular; all for None, where `own` are the viewer's."""
    if agency is None:
        return mistakes(snapshot, own)
    return mistakes(replace(snapshot, problems=access.concerning(snapshot.problems, {agency})), {agency})


def whole_sheet(kind: Kind, agency: str | None) -> bool:
    """Whether all problems of the sheet are shown, not only an agency's."""
    return kind == "coordinator" and agency is None


def not_shown(snapshot: Snapshot, kind: Kind, agency: str | None) -> str:
    """A sentence about the problems that are not listed; empty if all are."""
    if whole_sheet(kind, agency):
        return ""
    if kind == "coordinator":
        count = cells_to_fix(snapshot.problems) - cells_to_fix(access.concerning(snapshot.problems, {agency or ""}))
        return (
            f"Not shown here: {counted(count, 'cell')} to fix in the rows of other agencies: "
            "choose All agencies to see them."
            if count
            else ""
        )
    return "What is wrong in the rows of other agencies is shown to them and to coordinators."


def tabs_with_problems(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem.tab for problem in snapshot.problems if problem.tab))


def problem_rows(snapshot: Snapshot) -> list[Row]:
    """One row per problem, with the columns `PROBLEM_KEYS`."""
    return [
        {column: getattr(problem, column) for column in PROBLEM_KEYS}
        | {"advice": access.advice(problem, snapshot), "agencies": list(problem.agencies)}
        for problem in snapshot.problems
    ]


# --- as blocks ----------------------------------------------------------------------------------------------------


def rows_used(snapshot: Snapshot) -> Block:
    """How many rows of the whole sheet are used, left out and skipped, as a bar."""
    total = _total(snapshot)
    parts: list[Part] = [(total.kept, "plain", None), (total.left_out, "error", None), (total.skipped, "quiet", None)]
    words = f"{total.kept:,} of {total.rows:,} · {total.left_out:,} left out"
    words += f" · {total.skipped:,} skipped" if total.skipped else ""
    return blocks.bars([blocks.bar(["Rows used"], parts, [words])], "Rows of the sheet")


def _total(snapshot: Snapshot) -> Accounting:
    accounts = snapshot.accounting.values()
    return Accounting(*(sum(getattr(account, field) for account in accounts) for field in Accounting.__slots__))


def accounting_table(snapshot: Snapshot) -> Block:
    """One row per tab: how many of its rows were kept, left out or skipped."""
    rows: list[list[Line]] = [
        [[tab], [f"{account.rows:,}"], [f"{account.kept:,}"], [f"{account.left_out:,}"], [f"{account.skipped:,}"]]
        for tab, account in snapshot.accounting.items()
    ]
    return blocks.table(("Tab", "Rows", "Used", "Left out", "Skipped"), rows, "What became of the rows of each tab")


def owners(mistakes: Sequence[MistakeOfAgency], snapshot: Snapshot, *, whole: bool) -> Block:
    """Who has how many cells to fix, as bars, the most first; the bars add up to the total.

    With the `whole` sheet, agencies that only take part in such rows follow, without a bar.
    """
    places: dict[str | None, list[Problem]] = {}
    for mistake in mistakes:
        if mistake.severity != "notice":
            places.setdefault(mistake.owner, []).extend(mistake.places)
    every = [problem for theirs in places.values() for problem in theirs]
    if whole:
        for agency in sorted({agency for problem in every for agency in problem.agencies}):
            places.setdefault(agency, [])
    cells = sorted(((cells_to_fix(theirs), owner) for owner, theirs in places.items()), key=lambda item: -item[0])
    rows = [
        blocks.bar(owner_line(owner, snapshot), [(number, "plain", None)], [_cells_words(owner, every, number)])
        for number, owner in cells
    ]
    return blocks.bars(rows, "Cells to fix, by agency")


def heading_words(mistakes: Sequence[MistakeOfAgency], agencies: Sequence[str]) -> str:
    """`28 cells to fix`; of these agencies, `18 cells to fix: 16 in the rows of SCSO, 2 everybody's`."""
    places = [place for mistake in mistakes for place in mistake.places]
    total = cells_to_fix(places)
    theirs = cells_to_fix(place for place in places if place.agencies)
    words = f"{counted(total, 'cell')} to fix"
    if not agencies:
        return words
    whose = f"in the rows of {' and '.join(agencies)}"
    return f"{words}: {theirs:,} {whose}, {total - theirs:,} everybody's" if theirs < total else f"{words} {whose}"


def _cells_words(owner: str | None, every: Sequence[Problem], number: int) -> str:
    """`leads 10, takes part in 6 more`: the same on the agency's own page and for the whole sheet."""
    led = cells_to_fix(problem for problem in every if problem.agencies[:1] == (owner,))
    shared = cells_to_fix(problem for problem in every if owner in problem.agencies) - led
    return f"leads {led}, takes part in {shared} more" if shared else counted(number, "cell")


def owner_line(owner: str | None, snapshot: Snapshot) -> Line:
    """The agency that fixes a row, with its liaison's role where the Agencies tab has it."""
    if owner is None:
        return [EVERYBODY]
    listed = snapshot.agency_by_short.get(owner)
    role = listed.liaison_role if listed else None
    return [blocks.agency(owner, agency_colors(snapshot)), *([blocks.quiet(role)] if role else [])]


def _owner(mistake: MistakeOfAgency, colors: Mapping[str, str]) -> Line:
    """The agency that fixes a row, and those that take part in it."""
    if mistake.owner is None:
        return [EVERYBODY]
    others = ", ".join(mistake.others[:CELLS]) + (", …" if len(mistake.others) > CELLS else "")
    return [blocks.agency(mistake.owner, colors), *([blocks.quiet(f"with {others}")] if others else [])]


def mistakes_table(shown: Sequence[MistakeOfAgency], snapshot: Snapshot, caption: str) -> Block:
    """One row per mistake: its cells as links, who fixes it, what was typed, and what to type."""
    colors = agency_colors(snapshot)
    rows: list[list[Line]] = [
        [
            where(mistake),
            _owner(mistake, colors),
            [typed] if (typed := typed_words(mistake)) else [],
            [mistake.advice],
        ]
        for mistake in shown
    ]
    return blocks.table(("Cell", "Owner", "Typed", "Fix"), rows, caption, limit=LINES)


def where(mistake: MistakeOfAgency) -> Line:
    """`⬣ Error Events, Date: B8 B9 B12 and 37 more`, each cell a link if the source has links."""
    line: list[Piece] = [] if mistake.severity == "notice" else [_CHIPS[mistake.severity], " "]
    column = f", {mistake.column}" if mistake.column else ""
    cells = [problem for problem in mistake.places[:CELLS] if problem.cell]
    line.append(f"{mistake.tab or 'The workbook'}{column}" + (": " if cells else ""))
    for place, problem in enumerate(cells):
        line += [" "] * bool(place) + [_cell(problem)]
    if len(mistake.places) > CELLS:
        line.append(f" and {len(mistake.places) - CELLS:,} more")
    return line


_CHIPS = {"error": blocks.chip("Error", "error"), "warning": blocks.chip("Warning", "warning")}


def _cell(problem: Problem) -> Piece:
    """The cell as a link if the source has links."""
    words = problem.cell or ""
    return blocks.link(problem.link, words) if problem.link else blocks.strong(words)


def typed_words(mistake: MistakeOfAgency) -> str:
    texts = dict.fromkeys(_short(problem.found) for problem in mistake.places if problem.found)
    return ", ".join(list(texts)[:EXAMPLES]) + (", …" if len(texts) > EXAMPLES else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
