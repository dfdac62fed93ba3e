"""The weekly digest of one agency: what is next, what it owes, what changed, what is missing, what to fix.

All from snapshots that are restricted for the recipient. Residents' words are in none of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from cwac import access
from cwac.analysis.cells import cell_link, cell_of_officers, cell_to_fill, cells_to_fix
from cwac.analysis.changes import changes, concerning
from cwac.analysis.events import between, going, is_live, state_words
from cwac.analysis.followups import follow_ups, missing_after_event, tally
from cwac.analysis.staffing import Gap, gap_board
from cwac.analysis.words import counted
from cwac.date_words import day_words
from cwac.model import Event, Problem, Snapshot
from cwac.notify.message import AgencyPart, Links, MessageLine, MessageSection, section
from cwac.notify.warnings import SnapshotOfDay, action, event_words
from cwac.settings import Rules

EVENTS, OWED, CHANGES, MISSING, CELLS = 8, 5, 6, 5, 4
"""Lines of each section, so that a digest is about one screen."""
OWED_DAYS = 60
NAMES = 6


def digest(
    before: SnapshotOfDay, after: SnapshotOfDay, agency: str, rules: Rules, links: Links, title: str
) -> tuple[AgencyPart, ...]:
    """The digest since `before`; nothing where there is nothing to say."""
    snapshot, on = after.snapshot, after.on
    sections = (
        *section(
            "This week and next", _events(snapshot, on, agency, links), EVENTS, links.page("calendar", agency=agency)
        ),
        *section(f"{agency} owes", _owed(snapshot, on, agency, links), OWED, links.page("staffing", agency=agency)),
        *_changed(before, after, agency, rules, links),
        *section(
            "Results to enter",
            _missing(snapshot, on, agency, links),
            MISSING,
            links.page("attendance", agency=agency, show="After the event"),
        ),
        *_followups(snapshot, on, agency, links),
        *_cells(snapshot, agency, links),
    )
    return (AgencyPart(title, sections, links.page("overview", agency=agency)),) if sections else ()


def subject(agencies: Sequence[str], events: int, on: dt.date) -> str:
    """`Coffee with a Cop, WPD: 2 events this week and next, from Mon, Nov 23`."""
    names = ", ".join(agencies)
    return f"Coffee with a Cop, {names}: {counted(events, 'event')} this week and next, from {day_words(on, on)}"


def end_of_next_week(on: dt.date) -> dt.date:
    return on + dt.timedelta(days=13 - on.weekday())


def live_events(snapshot: Snapshot, on: dt.date, agency: str) -> frozenset[str]:
    """The IDs of the agency's events of this week and next that are neither canceled nor postponed."""
    return frozenset(event.id for event in _events_of(snapshot, on, agency) if is_live(event))


def _events_of(snapshot: Snapshot, on: dt.date, agency: str) -> Iterator[Event]:
    for event in between(snapshot, on, end_of_next_week(on)):
        rows = snapshot.assignments_by_event.get(event.id, ())
        if event.status != "Draft" and (event.names(agency) or any(row.agency == agency for row in rows)):
            yield event


def _events(snapshot: Snapshot, on: dt.date, agency: str, links: Links) -> Iterator[MessageLine]:
    fills = {gap.fill.event.id: gap for gap in gap_board(snapshot, on, until=end_of_next_week(on))}
    for event in _events_of(snapshot, on, agency):
        detail = _people(snapshot, event, fills.get(event.id)) if is_live(event) else state_words(event).lower()
        yield MessageLine(event_words(event, on), detail, links.event(event.id, agency))


def _people(snapshot: Snapshot, event: Event, gap: Gap | None) -> str:
    """`A. Sample (Host), C. Example; 2 positions open`."""
    names = dict.fromkeys(
        f"{row.name}{f' ({row.role})' if row.role else ''}{' requested' if row.status == 'Requested' else ''}"
        for row in going(snapshot.assignments_by_event.get(event.id, ()))
    )
    listed = list(names)[:NAMES]
    more = [f"{len(names) - NAMES} more"] if len(names) > NAMES else []
    short = gap.fill.short if gap is not None else 0
    open_words = [f"{counted(short, 'position')} open"] if short else []
    return "; ".join([", ".join([*listed, *more]) or "nobody yet", *open_words])


def _owed(snapshot: Snapshot, on: dt.date, agency: str, links: Links) -> Iterator[MessageLine]:
    for gap in gap_board(snapshot, on, agency=agency, until=on + dt.timedelta(days=OWED_DAYS)):
        number = dict(gap.fill.owed).get(agency, 0)
        if not number:
            continue
        event = gap.fill.event
        rows = [
            row.row
            for row in snapshot.assignments_by_event.get(event.id, ())
            if row.placeholder and row.agency == agency and not row.in_events
        ]
        place = ("Staffing", "officer", rows[0]) if rows else cell_of_officers(snapshot, event)
        cell = action("Name one in", *cell_link(snapshot, *place))
        yield MessageLine(event_words(event, on), counted(number, "officer"), links.event(event.id, agency), cell)


def _changed(
    before: SnapshotOfDay, after: SnapshotOfDay, agency: str, rules: Rules, links: Links
) -> tuple[MessageSection, ...]:
    changed = concerning(changes(before.snapshot, after.snapshot, rules, own=(agency,)), agency)
    there = {*after.snapshot.event_by_id, *(event.id for event in after.snapshot.undated)}
    lines = [
        MessageLine(
            change.subject,
            "; ".join(change.details),
            links.event(change.event_id, agency) if change.event_id and change.event_id in there else None,
        )
        for change in changed
        if change.details and change.tab in ("Events", "Time off", "Officers")
    ]
    page = links.page("changes", agency=agency, since="A date", **{"from": before.on.isoformat()})
    return section(f"Changed since {day_words(before.on, after.on)}", lines, CHANGES, page)


def _missing(snapshot: Snapshot, on: dt.date, agency: str, links: Links) -> Iterator[MessageLine]:
    for missing in reversed(missing_after_event(snapshot, on, agency)):
        if missing.kind == "owner":
            continue  # among the follow-ups
        cell = action("Type it in", *cell_link(snapshot, *cell_to_fill(snapshot, missing)))
        yield MessageLine(event_words(missing.event, on), missing.words, links.event(missing.event.id, agency), cell)


def _followups(snapshot: Snapshot, on: dt.date, agency: str, links: Links) -> tuple[MessageSection, ...]:
    """How many follow-ups are open and overdue: their summaries are what residents said, so they are not told."""
    counts = tally(follow_ups(snapshot, on, agency=agency))
    if not counts.open:
        return ()
    words = f"{counts.open} open" + (f", {counts.overdue} overdue" if counts.overdue else "")
    page = links.page("follow_ups", agency=agency)
    return (MessageSection("Follow-ups", (MessageLine(words, "", page),)),)


def _cells(snapshot: Snapshot, agency: str, links: Links) -> tuple[MessageSection, ...]:
    problems = [
        problem
        for problem in access.concerning(snapshot.problems, {agency})
        if problem.severity != "notice" and agency in problem.agencies
    ]
    lines = (MessageLine(*_problem_words(problem), None, _cell(problem)) for problem in problems)
    page = links.page("sheet_health", agency=agency)
    heading = f"{counted(cells_to_fix(problems), 'cell')} to fix in the rows of {agency}"
    return section(heading, lines, CELLS, page)


def _problem_words(problem: Problem) -> tuple[str, str]:
    """The cell and the advice, without what was typed there, which may name a person or say what a resident said."""
    place = ", ".join(filter(None, (problem.tab, problem.column)))
    return place or "The workbook", _WORDS.get(problem.code, "needs a look")


_WORDS = {
    "missing": "a needed value is missing",
    "unreadable": "cannot be read",
    "impossible": "is impossible",
    "ambiguous": "can mean several things",
    "weekday-mismatch": "the weekday and the date differ",
    "not-a-choice": "is none of the choices",
    "unknown-reference": "names something that is not listed",
    "did-you-mean": "nearly names something that is listed",
    "duplicate-id": "is used twice",
    "out-of-range": "is out of range",
    "formula-error": "holds a formula's error",
    "merged-or-offset": "is part of a merged cell, or the row has shifted",
    "implausible": "is implausible",
    "guessed": "was guessed",
    "inconsistent": "does not fit the rest of the row",
    "overdue": "is overdue",
    "privacy": "may name or reach a private person",
    "duplicate-row": "repeats another row",
    "too-large": "is too long",
}


def _cell(problem: Problem) -> tuple[str, str] | None:
    if problem.link:
        return f"Open {problem.cell or 'it'}", problem.link
    return (f"It is {problem.cell} of {problem.tab}", "") if problem.cell else None
