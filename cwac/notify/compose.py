"""What one recipient is told between two moments, from snapshots restricted for them; never residents' words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from cwac import access, addons
from cwac.analysis.cells import cell_to_fill, cells_to_fix
from cwac.analysis.changes import changes, concerning
from cwac.analysis.events import between, going, is_live, state_words
from cwac.analysis.followups import follow_ups, missing_after_event, tally
from cwac.analysis.revisions import Revisions
from cwac.analysis.staffing import gap_board, still_needed
from cwac.analysis.words import counted
from cwac.date_words import clock, day_words, zoned_moment
from cwac.model import Assignment, Event, Snapshot, grouped
from cwac.notify.message import AgencyPart, Links, Message, MessageLine, MessageSection, lines_of, section
from cwac.notify.recipients import Recipient, Share
from cwac.notify.warnings import (
    LIMIT,
    TOPIC_WORDS,
    SnapshotOfDay,
    action,
    event_line,
    officer_lines,
    place_for_officer,
    warnings,
)
from cwac.refresh.live import Live
from cwac.settings import Rules

EVENTS, TO_SEND, TO_TYPE, CHANGES, MISSING, CELLS = 8, 5, 5, 6, 5, 4
"""Lines of each section, so that a digest is about one screen."""
TO_SEND_DAYS = 60
NAMES = 6
UNREADABLE = dt.timedelta(hours=1)
"""How long the sheet must be unreadable before coordinators are told."""
TOLD_NOTICES = ("damaged", "large-deletion")

_PROBLEM_WORDS = {
    "held-back": "keeps the event from the public",
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
    "merged-or-offset": "is part of a merged cell, or its row is out of place",
    "implausible": "is implausible",
    "guessed": "was guessed",
    "inconsistent": "does not fit the rest of the row",
    "overdue": "is overdue",
    "privacy": "may name or reach a private person",
    "duplicate-row": "repeats another row",
    "too-large": "is too long",
}


@dataclass(frozen=True, slots=True)
class ChangePeriod:
    """A share between two moments: unrestricted snapshots read on the later day; `seen_at` is when `after` was seen."""

    share: Share
    before: Snapshot
    since: dt.datetime
    after: Snapshot
    until: dt.datetime
    seen_at: dt.datetime
    past: Revisions | None = None

    @property
    def zone(self) -> dt.tzinfo:
        return ZoneInfo(self.after.timezone)

    @property
    def on(self) -> dt.date:
        return self.until.astimezone(self.zone).date()

    def restricted(self) -> tuple[SnapshotOfDay, SnapshotOfDay]:
        """Both moments as this recipient may see them: large, so they are made for one share after the other."""
        share = self.share
        before, after = access.restrict_both(self.before, self.after, share.viewer, share.sheet.settings.rules)
        first = self.since.astimezone(self.zone).date()
        return SnapshotOfDay(before, first, self.past), SnapshotOfDay(after, self.on, self.past)

    @property
    def title(self) -> str:
        county = self.share.sheet.county
        return f"{self.share.agency}, {county}" if county else self.share.agency


def warning_message(
    recipient: Recipient, periods: Sequence[ChangePeriod], late_since: dt.datetime | None
) -> Message | None:
    """What is new and urgent. `late_since`: no message could be sent since then, which the message says."""
    parts: list[AgencyPart] = []
    passed = 0
    for period in periods:
        share = period.share
        sections, missed = warnings(*period.restricted(), share.topics, share.sheet.settings.rules, share.links)
        parts += [AgencyPart(period.title, sections, share.links.page("staffing"))] if sections else []
        passed += missed
    if not parts:
        return None
    counts = Counter[str]()
    for each in (each for part in parts for each in part.sections):
        counts[each.heading] += each.count
    said = ", ".join(counted(counts[heading], *words) for heading, *words in TOPIC_WORDS.values() if counts[heading])
    heading = f"Coffee with a Cop, {_agencies(periods)}: {said}"
    return Message(heading, tuple(parts), _reason(recipient, periods), _late(periods, late_since, passed))


def digest_message(recipient: Recipient, periods: Sequence[ChangePeriod], dropped: Sequence[dt.date]) -> Message | None:
    """The weekly digest. `dropped` are the days of digests that could not be delivered, which it says."""
    parts: list[AgencyPart] = []
    events: set[tuple[str, str]] = set()
    on = periods[0].on
    notes = dict.fromkeys(f"The digest of {day_words(day, on)} could not be delivered." for day in dropped)
    for period in periods:
        share, sheet = period.share, period.share.sheet
        before, after = period.restricted()
        listed = _events_of(after.snapshot, after.on, share.agency)
        events |= {(sheet.source, event.id) for event in listed if is_live(event)}
        parts += digest(before, after, sheet.settings.rules, share.links, period.title)
        county = f"{sheet.county}: " if sheet.county else ""
        if sheet.live.trouble is not None and sheet.live.trouble_since is not None:
            since = zoned_moment(sheet.live.trouble_since.astimezone(period.zone))
            notes[f"{county}The sheet has been unreadable since {since}. {sheet.live.trouble}"] = None
        seen_at = min(period.seen_at, period.until).astimezone(period.zone)
        notes[f"{county}As of {zoned_moment(seen_at)}."] = None
    if not parts:
        return None
    number = counted(len(events), "event")
    heading = f"Coffee with a Cop, {_agencies(periods)}: {number} this week and next, from {day_words(on, on)}"
    return Message(heading, tuple(parts), _reason(recipient, periods), tuple(notes))


def shift_message(
    recipient: Recipient, periods: Sequence[ChangePeriod], late_since: dt.datetime | None
) -> Message | None:
    sections: list[MessageSection] = []
    for period in periods:
        share = period.share
        form = partial(addons.shift_form, share.sheet.settings)
        lines = officer_lines(*period.restricted(), share.officer, share.links, form)
        sections += section("What changed", lines, LIMIT, share.links.page("my_shifts"))
    if not sections:
        return None
    part = AgencyPart("Your shifts", tuple(sections))
    heading = f"Coffee with a Cop: {counted(lines_of([part]), 'change')} to your shifts"
    return Message(heading, (part,), _reason(recipient, periods), _late(periods, late_since, 0))


def sheet_facts(live: Live, now: dt.datetime) -> dict[str, str]:
    """What coordinators are told of a sheet: a key, and a sentence."""
    facts: dict[str, str] = {}
    since = live.trouble_since if live.trouble is not None else None
    if since is not None and abs(now - since) >= UNREADABLE:
        facts[f"unreadable {since.isoformat()}"] = str(live.trouble)
    return facts | {notice.code: notice.sentence for notice in live.notices if notice.code in TOLD_NOTICES}


def sheet_message(recipient: Recipient, news: Sequence[tuple[Share, Mapping[str, str]]]) -> Message | None:
    parts = []
    for share, sentences in news:
        link = share.links.page("sheet_health")
        lines = tuple(MessageLine(sentence, "", link) for sentence in sentences.values())
        if lines:
            parts.append(AgencyPart(share.sheet.county or "The sheet", (MessageSection("What happened", lines),)))
    if not parts:
        return None
    heading = f"Coffee with a Cop: the sheet needs attention ({counted(lines_of(parts), 'message')})"
    return Message(heading, tuple(parts), f"Sent to {recipient.name} as a coordinator.")


def digest(
    before: SnapshotOfDay, after: SnapshotOfDay, rules: Rules, links: Links, title: str
) -> tuple[AgencyPart, ...]:
    """The digest since `before` for the agency of the links; nothing where there is nothing to say."""
    snapshot, on, staffing = after.snapshot, after.on, links.page("staffing", show="Gaps")
    results = links.page("attendance", show="After the event")
    to_type = addons.cells_to_type(snapshot, links.agency, after.past)
    answers = (event_line(one.event, on, links, one.answer, one.cell) for one in to_type)
    missing = (
        event_line(each.event, on, links, each.words, action("Edit", snapshot, *cell_to_fill(snapshot, each)))
        for each in reversed(missing_after_event(snapshot, on, links.agency))
        if each.kind != "owner"  # which is among the follow-ups
    )
    # Follow-ups are only counted: their summaries are what residents said.
    counts = tally(follow_ups(snapshot, on, agency=links.agency))
    words = f"{counts.open} open" + (f", {counts.overdue} overdue" if counts.overdue else "")
    followups = [MessageLine(words, "", links.page("follow_ups"))] if counts.open else []
    sections = (
        *section("This week and next", _events(snapshot, on, links), EVENTS, links.page("calendar")),
        *_to_send(snapshot, on, links),
        *section("Answers to type into the sheet", answers, TO_TYPE, staffing),
        *_changed(before, after, rules, links),
        *section("Results to enter", missing, MISSING, results),
        *section("Follow-ups", followups, 1),
        *_cells(snapshot, links),
    )
    return (AgencyPart(title, sections, links.page("overview")),) if sections else ()


def end_of_next_week(on: dt.date) -> dt.date:
    return on + dt.timedelta(days=13 - on.weekday())


def _events_of(snapshot: Snapshot, on: dt.date, agency: str) -> Iterator[Event]:
    for event in between(snapshot, on, end_of_next_week(on)):
        rows = snapshot.assignments_by_event.get(event.id, ())
        if event.status != "Draft" and (event.names(agency) or any(row.agency == agency for row in rows)):
            yield event


def _events(snapshot: Snapshot, on: dt.date, links: Links) -> Iterator[MessageLine]:
    """Each event with `A. Sample (Host, PIO), C. Example; 2 officers missing`, or its state."""
    short_at = {gap.fill.event.id: gap.fill.short for gap in gap_board(snapshot, on, until=end_of_next_week(on))}
    for event in _events_of(snapshot, on, links.agency):
        people = grouped((row.person, row) for row in going(snapshot.assignments_by_event.get(event.id, ())))
        names = dict.fromkeys(map(_name_with_roles, people.values()))
        more = [f"{len(names) - NAMES} more"] if len(names) > NAMES else []
        detail = ", ".join([*list(names)[:NAMES], *more]) or "nobody yet"
        if short := short_at.get(event.id):
            detail += f"; {counted(short, 'officer')} missing"
        yield event_line(event, on, links, detail if is_live(event) else state_words(event).lower())


def _name_with_roles(rows: Sequence[Assignment]) -> str:
    """`A. Sample (Host, PIO requested)`, or `A. Sample (Host) requested` where every row of the person is."""
    all_requested = all(row.status == "Requested" for row in rows)
    known = ((row.role, row.status == "Requested" and not all_requested) for row in rows if row.role)
    roles = ", ".join(dict.fromkeys(f"{role} requested" if is_requested else role for role, is_requested in known))
    return f"{rows[0].name}{f' ({roles})' if roles else ''}{' requested' if all_requested else ''}"


def _to_send(snapshot: Snapshot, on: dt.date, links: Links) -> tuple[MessageSection, ...]:
    """What the agency still has to send in the next `TO_SEND_DAYS`, then how much is open to any agency."""
    agency, page = links.agency, links.page("staffing")
    needed = still_needed(gap_board(snapshot, on, until=on + dt.timedelta(days=TO_SEND_DAYS)), agency)
    lines = []
    for fill in (gap.fill for gap in needed.first):
        cell = place_for_officer("Name one in", snapshot, fill.event, agency)
        lines.append(event_line(fill.event, on, links, counted(dict(fill.owed)[agency], "officer"), cell))
    sections = section(needed.answer(f"in the next {TO_SEND_DAYS} days").rstrip("."), lines, TO_SEND, page)
    more = [MessageLine(needed.any_words.rstrip("."), "", page)] if needed.any_words else []
    return tuple(replace(each, lines=(*each.lines, *more)) for each in sections)


def _changed(before: SnapshotOfDay, after: SnapshotOfDay, rules: Rules, links: Links) -> tuple[MessageSection, ...]:
    changed = concerning(changes(before.snapshot, after.snapshot, rules, own=(links.agency,)), links.agency)
    there = {*after.snapshot.event_by_id, *(event.id for event in after.snapshot.undated)}
    lines = []
    for change in changed:
        if change.details and change.tab in ("Events", "Time off", "Officers"):
            link = links.event(change.event_id) if change.event_id and change.event_id in there else None
            lines.append(MessageLine(change.subject, "; ".join(change.details), link))
    page = links.page("changes", since="A date", **{"from": before.on.isoformat()})
    return section(f"Changed since {day_words(before.on, after.on)}", lines, CHANGES, page)


def _cells(snapshot: Snapshot, links: Links) -> tuple[MessageSection, ...]:
    """The cells to fix, without what was typed there, which may name a person or say what a resident said."""
    problems = [
        problem
        for problem in access.concerning(snapshot.problems, {links.agency})
        if problem.severity != "notice" and links.agency in problem.agencies
    ]
    lines = []
    for problem in problems:
        place = ", ".join(filter(None, (problem.tab, problem.column))) or "The workbook"
        cell = (f"It is {problem.cell} of {problem.tab}", "") if problem.cell else None
        cell = (f"Open {problem.cell or 'it'}", problem.link) if problem.link else cell
        lines.append(MessageLine(place, _PROBLEM_WORDS.get(problem.code, "needs a look"), None, cell))
    heading = f"{counted(cells_to_fix(problems), 'cell')} to fix in the rows of {links.agency}"
    return section(heading, lines, CELLS, links.page("sheet_health"))


def _reason(recipient: Recipient, periods: Sequence[ChangePeriod]) -> str:
    if recipient.channel != "email":
        return (
            f"Posted for {_agencies(periods)} by the Coffee with a Cop dashboard. Officers' names are left out here: "
            "the dashboard shows them."
        )
    if periods[0].share.officer:
        return f"Sent to {recipient.name}, as the Officers tab asks for it (columns Email and Notify)."
    return (
        f"Sent to {recipient.name} as the contact of {_agencies(periods)}. It says nothing that the dashboard does not "
        "show you."
    )


def _agencies(periods: Sequence[ChangePeriod]) -> str:
    return ", ".join(dict.fromkeys(period.share.agency for period in periods))


def _late(periods: Sequence[ChangePeriod], late_since: dt.datetime | None, passed: int) -> tuple[str, ...]:
    if late_since is None:
        return ()
    local, on = late_since.astimezone(periods[0].zone), periods[0].on
    late = (
        f"This message is late: none could be delivered since {day_words(local.date(), on)}, {clock(local)}. What is "
        "past by now is left out."
    )
    meanwhile = (f"{counted(passed, 'event')} with officers missing took place meanwhile.",) if passed else ()
    return late, *meanwhile
