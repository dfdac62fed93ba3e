"""What one recipient is told between two moments, as a message; None where there is nothing to tell."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cwac import access
from cwac.analysis.words import counted
from cwac.date_words import clock, day_words, zoned_moment
from cwac.model import Snapshot
from cwac.notify.digest import digest, live_events, subject
from cwac.notify.message import AgencyPart, Links, Message, MessageLine, MessageSection, lines_of, section
from cwac.notify.recipients import Recipient, Share, Status
from cwac.notify.settings import Topic
from cwac.notify.warnings import LIMIT, SnapshotOfDay, officer_lines, part_of, warnings

UNREADABLE = dt.timedelta(hours=1)
"""How long the sheet must be unreadable before coordinators are told."""
TOLD_NOTICES = ("damaged", "large-deletion")

_TOPIC_WORDS: Mapping[Topic, tuple[str, str]] = {
    "events": ("event moved or canceled", "events moved or canceled"),
    "assignments": ("shift changed", "shifts changed"),
    "conflicts": ("double-booking", "double-bookings"),
    "openings": ("opening", "openings"),
    "counts": ("result to enter", "results to enter"),
}


@dataclass(frozen=True, slots=True)
class ChangePeriod:
    """One share between two moments: the unrestricted snapshots, both read on the later day, and the days.

    `seen_at` is when the sheet was last seen as in `after`.
    """

    share: Share
    before: Snapshot
    since: dt.datetime
    after: Snapshot
    until: dt.datetime
    seen_at: dt.datetime


def warning_message(
    recipient: Recipient, stretches: Sequence[ChangePeriod], late_since: dt.datetime | None
) -> Message | None:
    """What is new and urgent. `late_since`: no message could be sent since then, which the message says."""
    parts: list[AgencyPart] = []
    topics: Counter[Topic] = Counter()
    passed = 0
    for stretch in stretches:
        share = stretch.share
        links, (before, after) = _links(share), _moments(stretch)
        news, missed = warnings(before, after, share.agency, share.topics, share.sheet.settings.rules, links)
        topics.update(topic for topic, _ in {(fact[0], line): None for fact, line in news.items()})
        parts += part_of(news, _title(share), share.agency, links)
        passed += missed
    if not parts:
        return None
    counts = ", ".join(counted(topics[topic], *words) for topic, words in _TOPIC_WORDS.items() if topics[topic])
    heading = f"Coffee with a Cop, {', '.join(_agencies(stretches))}: {counts}"
    return Message(heading, tuple(parts), reason(recipient, stretches), _late(stretches, late_since, passed))


def digest_message(
    recipient: Recipient, stretches: Sequence[ChangePeriod], dropped: Sequence[dt.date]
) -> Message | None:
    """The weekly digest. `dropped` are the days of digests that could not be delivered, which it says."""
    parts: list[AgencyPart] = []
    events: set[tuple[str, str]] = set()
    for stretch in stretches:
        share = stretch.share
        before, after = _moments(stretch)
        events |= {(share.sheet.source, event_id) for event_id in live_events(after.snapshot, after.on, share.agency)}
        parts += digest(before, after, share.agency, share.sheet.settings.rules, _links(share), _title(share))
    if not parts:
        return None
    on = _day(stretches[0].until, stretches[0].after)
    notes = [f"The digest of {day_words(day, on)} could not be delivered." for day in dropped]
    notes += dict.fromkeys(note for stretch in stretches for note in _age(stretch))
    heading = subject(_agencies(stretches), len(events), on)
    return Message(heading, tuple(parts), reason(recipient, stretches), tuple(notes))


def _age(stretch: ChangePeriod) -> Iterator[str]:
    """When the sheet was so, and since when and why it cannot be read, in the zone of the sheet."""
    sheet, zone = stretch.share.sheet, zone_of(stretch.after)
    county = f"{sheet.county}: " if sheet.county else ""
    if sheet.status.unreadable_since is not None:
        since = zoned_moment(sheet.status.unreadable_since.astimezone(zone))
        yield f"{county}The sheet has been unreadable since {since}. {sheet.status.reason}"
    yield f"{county}As of {zoned_moment(min(stretch.seen_at, stretch.until).astimezone(zone))}."


def shift_message(
    recipient: Recipient, stretches: Sequence[ChangePeriod], late_since: dt.datetime | None
) -> Message | None:
    """Changes to an officer's own shifts."""
    sections: list[MessageSection] = []
    for stretch in stretches:
        before, after = _moments(stretch)
        links = _links(stretch.share)
        lines = officer_lines(before, after, stretch.share.officer, links)
        sections += section("What changed", lines, LIMIT, links.page("my_shifts"))
    if not sections:
        return None
    part = AgencyPart("Your shifts", tuple(sections))
    heading = f"Coffee with a Cop: {counted(lines_of([part]), 'change')} to your shifts"
    return Message(heading, (part,), reason(recipient, stretches), _late(stretches, late_since, 0))


# --- the state of the sheet ---------------------------------------------------------------------------------------


def sheet_facts(status: Status, now: dt.datetime) -> dict[str, str]:
    """What coordinators are told of a sheet: a key, and a sentence."""
    facts: dict[str, str] = {}
    if status.unreadable_since is not None and abs(now - status.unreadable_since) >= UNREADABLE:
        facts[f"unreadable {status.unreadable_since.isoformat()}"] = status.reason
    return facts | {code: status.notices[code] for code in TOLD_NOTICES if code in status.notices}


def sheet_message(recipient: Recipient, news: Sequence[tuple[Share, Mapping[str, str]]]) -> Message | None:
    """What has happened to the sheets themselves."""
    parts = []
    for share, sentences in news:
        link = _links(share).page("sheet_health")
        lines = tuple(MessageLine(sentence, "", link) for sentence in sentences.values())
        if lines:
            parts.append(AgencyPart(share.sheet.county or "The sheet", (MessageSection("What happened", lines),)))
    if not parts:
        return None
    number = lines_of(parts)
    heading = f"Coffee with a Cop: the sheet needs attention ({counted(number, 'message')})"
    return Message(heading, tuple(parts), f"Sent to {recipient.name} as a coordinator.")


# --- words --------------------------------------------------------------------------------------------------------


def reason(recipient: Recipient, stretches: Sequence[ChangePeriod]) -> str:
    """Why the recipient gets the message."""
    if recipient.channel != "email":
        return (
            f"Posted for {', '.join(_agencies(stretches))} by the Coffee with a Cop dashboard. Officers' names are "
            "left out here: the dashboard shows them."
        )
    if stretches[0].share.officer:
        return f"Sent to {recipient.name}, as the Officers tab asks for it (columns Email and Notify)."
    return (
        f"Sent to {recipient.name} as the contact of {', '.join(_agencies(stretches))}. It says nothing that the "
        "dashboard does not show you."
    )


def _agencies(stretches: Sequence[ChangePeriod]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stretch.share.agency for stretch in stretches))


def _title(share: Share) -> str:
    return f"{share.agency}, {share.sheet.county}" if share.sheet.county else share.agency


def _links(share: Share) -> Links:
    return Links(share.sheet.settings.address or "", share.sheet.county)


def _moments(stretch: ChangePeriod) -> tuple[SnapshotOfDay, SnapshotOfDay]:
    """Both moments as this recipient may see them."""
    share = stretch.share
    before, after = access.restrict_both(stretch.before, stretch.after, share.viewer, share.sheet.settings.rules)
    return SnapshotOfDay(before, _day(stretch.since, stretch.after)), SnapshotOfDay(
        after, _day(stretch.until, stretch.after)
    )


def _day(moment: dt.datetime, snapshot: Snapshot) -> dt.date:
    return moment.astimezone(zone_of(snapshot)).date()


def zone_of(snapshot: Snapshot) -> dt.tzinfo:
    return ZoneInfo(snapshot.timezone)


def _late(stretches: Sequence[ChangePeriod], late_since: dt.datetime | None, passed: int) -> tuple[str, ...]:
    if late_since is None:
        return ()
    return tuple(_late_words(stretches[0], late_since, passed))


def _late_words(stretch: ChangePeriod, late_since: dt.datetime, passed: int) -> Iterator[str]:
    local, on = late_since.astimezone(zone_of(stretch.after)), _day(stretch.until, stretch.after)
    yield (
        f"This message is late: none could be delivered since {day_words(local.date(), on)}, {clock(local)}. What is "
        "past by now is left out."
    )
    if passed:
        yield f"{counted(passed, 'event')} with open positions took place meanwhile."
