"""Events as cards and rows of blocks: when, where, agencies, staffing, and the worst alert in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from cwac.analysis.alerts import ALERT_CODES, CLASHES, GAPS, is_urgent
from cwac.analysis.events import (
    assigned,
    going,
    is_live,
    open_positions,
    owed,
    positions,
    shares_to_ask,
    silent_agencies,
    state_words,
    where,
)
from cwac.analysis.periods import holiday_words
from cwac.analysis.staffing import Gap
from cwac.analysis.words import counted, list_words, shorten
from cwac.date_words import clock_range, day_words
from cwac.exports.colors import agency_colors
from cwac.model import SEVERITIES, Alert, Event, Snapshot
from cwac.web import blocks
from cwac.web.blocks import Block, Line, Piece, Tone


def day_from_today(day: dt.date, today: dt.date) -> str:
    """`Yesterday, Wed, Nov 25`, `Today, Thu, Nov 26`, `Tomorrow, Fri, Nov 27`, `Sat, Nov 28`."""
    name = {-1: "Yesterday, ", 0: "Today, ", 1: "Tomorrow, "}.get((day - today).days, "")
    return name + day_words(day, today)


def when_words(event: Event, today: dt.date) -> str:
    return f"{day_from_today(event.date, today)} · {clock_range(event.start, event.end)}"


def title(event: Event, today: dt.date) -> Line:
    """Day and time as a link to the event's dialog, with its state as a chip if it was called off."""
    link = blocks.event_link(event.id, when_words(event, today))
    return [link] if is_live(event) else [link, " ", blocks.chip(state_words(event))]


def staffing(event: Event, snapshot: Snapshot) -> Piece:
    """Dots and `3 of 5 staffed`, or `3 assigned` if the sheet does not say how many are needed."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    people, needed = len(assigned(rows)), positions(event, rows)
    if needed is None:
        return f"{people} assigned"
    return blocks.dots(min(people, needed), needed, f"{people} of {needed} staffed")


def worst_first(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """The alerts of an event that a card may name: without the holiday, which every card names by itself."""
    named = [alert for alert in alerts if alert.code != "federal-holiday"]
    return sorted(
        named,
        key=lambda alert: (SEVERITIES.index(tone_of(alert)), alert.code not in CLASHES, alert.code != "understaffed"),
    )


def heading(code: str, event: Event | None = None) -> str:
    """An alert in a few words; of an event that is not confirmed, whether that is the event or its officers."""
    if code == "unconfirmed" and event is not None:
        return "Officers not confirmed" if event.status == "Confirmed" else "Event not confirmed"
    return ALERT_CODES[code]


def tone_of(alert: Alert) -> Tone:
    """The color of an alert on every page: red if it is urgent, amber for others and openings, or that of a notice."""
    if is_urgent(alert):
        return "error"
    return "notice" if alert.severity == "notice" and alert.code not in GAPS else "warning"


def wrong(event: Event, snapshot: Snapshot, alerts: Sequence[Alert], agency: str | None = None) -> Line:
    """What is wrong with an event, its conflicts first: `⬣ Double-booked`, `▲ 2 officers short +1 more problem`.

    To an agency it says which agencies still have to send them: `2 officers short: SCSO`.
    """
    words: dict[str, Tone] = {}
    rows = snapshot.assignments_by_event.get(event.id, ())
    for alert in worst_first(alerts):
        short = alert.code == "understaffed" and open_positions(event, rows)
        said = f"{counted(short, 'officer')} short" if short else heading(alert.code, event)
        if short and agency:
            shares = shares_to_ask(short, owed(rows, silent_agencies(snapshot, event, going(rows))))
            said += f": {shares[0][0] if len(shares) == 1 else list_words([f'{of} {each}' for of, each in shares], 3)}"
        if alert.code == "agency-without-officer" and alert.agency:
            said = f"No officer from {alert.agency}"
        words.setdefault(said, tone_of(alert))
    line: list[Piece] = [blocks.chip(*each) for each in list(words.items())[:1]]
    if len(words) > 1:
        line += [blocks.quiet(f" +{len(words) - 1} more"), blocks.wide(f" problem{'s' if len(words) > 2 else ''}")]
    return line


def message_at(event: Event, alert: Alert) -> str:
    """The sentence of an alert beside its heading and the event, of which it repeats neither place nor time."""
    named = rf"{re.escape(shorten(where(event), 40))} on [^:]*?{re.escape(clock_range(event.start, event.end))}"
    sentence = re.sub(rf"^{named}: | (?:at|for) {named}", "", alert.message)
    sentence = re.sub(named, "this event", sentence).removeprefix(f"{ALERT_CODES[alert.code]}. ")
    return sentence[:1].upper() + sentence[1:]


def ways_to_fill(gap: Gap) -> Line:
    """The message to copy that asks for officers, and the link to those who are available."""
    return [blocks.copy_button("Copy message", gap.ask), "  ", who_is_available(gap.fill.event.id)]


def who_is_available(event_id: str) -> Piece:
    return blocks.page_link("staffing", "Who's available", {"show": "Who could go", "gap": event_id})


def _holiday(event: Event) -> str:
    """`on a federal holiday: Thanksgiving Day`; empty on other days, and for an event that was called off."""
    return (holiday_words(event.date) or "") if is_live(event) else ""


def holiday_chip(event: Event) -> Line:
    words = _holiday(event)
    return [blocks.chip(words[:1].upper() + words[1:], "notice")] if words else []


def place(event: Event, colors: Mapping[str, str]) -> Line:
    return [where(event), " ", *blocks.agencies(event.lead_agency, event.partner_agencies, colors)]


def rows(
    events: Sequence[Event],
    snapshot: Snapshot,
    alerts: Mapping[str, Sequence[Alert]],
    label: str,
    *,
    sees_staffing: bool,
    agency: str | None = None,
) -> Block:
    """Events as rows, as an agency sees them. Staffing and what is wrong are only for viewers who may see them."""
    columns = ["When", "Where", "Agencies", *(["Staffed", "What is wrong"] if sees_staffing else [])]
    colors, listed = agency_colors(snapshot), []
    for event in events:
        holiday = _holiday(event).partition(": ")[2]
        there: Line = [where(event), *([blocks.quiet(f" · {holiday}")] if holiday else [])]
        cells = [
            title(event, snapshot.today),
            there,
            blocks.agencies(event.lead_agency, event.partner_agencies, colors),
        ]
        if sees_staffing and is_live(event):
            cells += [[staffed(event, snapshot)], wrong(event, snapshot, alerts.get(event.id, ()), agency)]
        elif sees_staffing:
            cells += [[], []]
        listed.append(blocks.row(cells))
    return blocks.rows(columns, listed, label, top=(0, 3), desk=(2,) if sees_staffing else (), limit=8, narrow=5)


def staffed(event: Event, snapshot: Snapshot) -> str:
    """`3/5`; `3` if the sheet does not say how many are needed."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    people, needed = len(assigned(rows)), positions(event, rows)
    return f"{people}" if needed is None else f"{people}/{needed}"


def dialed(phone: str) -> str:
    """The digits of a phone number as a phone dials them, empty if the text is no number."""
    digits = "".join(character for character in phone if character.isdigit() and character.isascii())
    if not 7 <= len(digits) <= 15 or any(character.isalpha() or character in "#,;*/&" for character in phone):
        return ""
    return f"+{digits}" if phone.strip().startswith("+") else digits


def phone_link(phone: str) -> blocks.Piece:
    """A link that calls the number; plain text if it is not plainly a number."""
    digits = dialed(phone)
    return blocks.link(f"tel:{digits}", phone) if digits else phone
