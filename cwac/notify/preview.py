"""What everybody would be sent at a moment, and why; nothing is claimed, sent or written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cwac.notify import deliveries
from cwac.notify.deliveries import Progress
from cwac.notify.message import Message
from cwac.notify.recipients import KINDS, Recipient
from cwac.notify.settings import DAYS, Notify
from cwac.notify.turn import PlannedMessage, Turn

LATELY = {"digest": dt.timedelta(days=8)}
"""Since when somebody who was never told anything is shown what they would have been told; else since yesterday."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A message that would be sent, or None, and why."""

    recipient: Recipient
    kind: str
    why: str
    message: Message | None


def previews(turn: Turn) -> Iterator[Preview]:
    """A preview for each recipient and kind. Raises `StoreTrouble`."""
    people = deliveries.recipients(turn.store)
    for recipient in turn.recipients.recipients:
        record = people.get(recipient.name)
        for kind in [kind for kind in KINDS if recipient.of_kind(kind)]:
            if record is not None and kind in record.left_kinds:
                yield Preview(recipient, kind, f"Not sent: {recipient.name} has stopped it.", None)
                continue
            told, is_new = _told(turn, recipient, kind)
            plan = turn.plan(recipient, kind, told)
            held = turn.why_not_now(record, recipient)
            message = plan.message if plan is not None else None
            yield Preview(recipient, kind, _why(turn.notify, kind, plan, held, is_new), message)


def _told(turn: Turn, recipient: Recipient, kind: str) -> tuple[Mapping[tuple[str, str], Progress], bool]:
    """What the recipient was told last, and whether that had to be made up, as they were never told anything."""
    told = dict(deliveries.read_progress(turn.store, recipient.name))
    since, is_new = turn.now - LATELY.get(kind, dt.timedelta(days=1)), False
    for share in recipient.of_kind(kind):
        source = share.sheet.source
        row = told.get((kind, source))
        if row is None or row.told_at > turn.now:
            start = turn.store.as_of(source, since) or turn.store.oldest(source)
            told[kind, source] = Progress(start.id if start is not None and kind != "sheet" else None, since)
            is_new = True
    return told, is_new


def _why(notify: Notify, kind: str, plan: PlannedMessage | None, held: str, is_new: bool) -> str:
    if plan is None or plan.message is None:
        if kind != "digest":
            return "Nothing to send now."
        hour, minute = divmod(notify.digest_time, 60)
        return f"Nothing to send now: digests are due on {DAYS[notify.digest_day].capitalize()} at {hour}:{minute:02}."
    why = f"Held back: {held}." if held else "Would be sent now."
    return f"{why} Never told before, so this is what happened lately." if is_new else why
