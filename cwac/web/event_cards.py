"""Events as cards and rows of blocks: when, where, agencies, staffing, and the worst alert in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from cwac.analysis.alerts import ALERT_CODES, CLASHES
from cwac.analysis.days import holiday_words
from cwac.analysis.events import assigned, confirmed, is_live, state_words, where
from cwac.analysis.positions import positions
from cwac.analysis.words import counted
from cwac.date_words import clock_range, day_words
from cwac.model import Alert, Assignment, Event, Severity, Snapshot
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line, Piece, Tone

_WORST_FIRST: Mapping[Severity, int] = {"error": 0, "warning": 1, "notice": 2}


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


def confirmed_words(rows: Sequence[Assignment]) -> str:
    """`2 of 3 officers confirmed`."""
    return f"{len(confirmed(rows))} of {counted(len(assigned(rows)), 'officer')} confirmed"


def share_staffed(event: Event, snapshot: Snapshot) -> float | None:
    """People assigned for each position needed, 0 to 1; None if the sheet does not say how many are needed."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    needed = positions(event, rows)
    return min(1.0, len(assigned(rows)) / needed) if needed else None


def worst_first(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """The alerts of an event that a card may name: without the holiday, which every card names by itself."""
    named = [alert for alert in alerts if alert.code != "federal-holiday"]
    return sorted(named, key=lambda alert: (_WORST_FIRST[alert.severity], alert.code not in CLASHES))


def tone_of(alerts: Sequence[Alert]) -> Tone:
    """The tone of a card with these alerts."""
    listed = worst_first(alerts)
    return listed[0].severity if listed else "plain"


def heading(code: str, event: Event | None = None) -> str:
    """An alert in a few words; of an event that is not confirmed, whether that is the event or its officers."""
    if code == "unconfirmed" and event is not None:
        return "Officers not confirmed" if event.status == "Confirmed" else "Event not confirmed"
    return ALERT_CODES[code]


def alert_chips(event: Event, alerts: Sequence[Alert], *, limit: int = 1) -> Line:
    """The worst alerts of an event as chips, then `+2 more`."""
    worst: dict[str, Alert] = {}
    for alert in worst_first(alerts):
        worst.setdefault(alert.code, alert)
    chips: list[Piece] = [
        blocks.chip(heading(code, event), alert.severity) for code, alert in list(worst.items())[:limit]
    ]
    if len(worst) > limit:
        chips.append(blocks.quiet(f"+{len(worst) - limit} more"))
    return chips


def message_at(event: Event, alert: Alert) -> str:
    """The sentence of an alert below the event's own place and time, which it then need not repeat."""
    opening = f"{clock_range(event.start, event.end)}: "
    _, repeated, sentence = alert.message.partition(opening)
    return sentence[:1].upper() + sentence[1:] if repeated and sentence else alert.message


def holiday_chip(event: Event) -> Line:
    words = holiday_words(event)
    return [blocks.chip(words[:1].upper() + words[1:], "notice")] if words else []


def place(event: Event, colors: Mapping[str, str]) -> Line:
    """Venue and agencies, the lead on its color."""
    return [where(event), " ", *blocks.agencies(event.lead_agency, event.partner_agencies, colors)]


def card(
    event: Event,
    snapshot: Snapshot,
    today: dt.date,
    alerts: Sequence[Alert],
    colors: Mapping[str, str],
    *,
    sees_staffing: bool,
    actions: Sequence[Piece] = (),
) -> Mapping[str, Any]:
    """A card of one event. Staffing and alerts are left out unless the viewer may see them."""
    shows_staffing = sees_staffing and is_live(event)
    facts: list[Piece] = []
    if shows_staffing:
        facts += [staffing(event, snapshot), " "]
    facts += holiday_chip(event) if event.date >= today else []
    facts += alert_chips(event, alerts) if shows_staffing else []
    tone = tone_of(alerts) if shows_staffing else "plain"
    return blocks.card(title(event, today), place(event, colors), facts, tone=tone, actions=actions)


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
