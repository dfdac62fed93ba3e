"""One turn: who is due for which message, and telling them once.

A recipient is claimed, the versions that the message tells are noted, the message is sent, and what was told advances.
A process that is killed in between leaves the note, so that the next one sends the same message, with the same
Message-ID and another link that stops such messages, or nothing that was not sent is lost.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from cwac import logs
from cwac.date_words import clock, day_words
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.notify import compose, deliveries, schedule
from cwac.notify.channel import DEADLINE, TIMEOUT, NotSent
from cwac.notify.compose import ChangePeriod
from cwac.notify.deliveries import Progress, Sent
from cwac.notify.mail import message_id
from cwac.notify.message import Message
from cwac.notify.recipients import KINDS, NotifiedSheet, Recipient, Recipients, Share, find_recipients
from cwac.notify.settings import Channel, Notify
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)

CLAIM_SECONDS = 300.0
"""Longer than any message takes; after that another process may try."""
SECONDS = 60.0
"""The longest turn, in seconds; the recipients that are left are told in the next one."""
SEND_AGAIN = dt.timedelta(days=1)
"""How long a message that may have arrived is repeated unchanged; after that a new one tells what is true by then."""
LATE_AFTER = dt.timedelta(hours=36)
"""A recipient whose last turn is longer ago is told that the message is late."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with what its channel needs: the Message-ID, the time, the link that stops such messages.

    Sending it may take `seconds`, connecting included.
    """

    recipient: Recipient
    kind: str
    message: Message
    message_id: str
    sent_at: dt.datetime
    leave_link: str
    seconds: float = DEADLINE


Send = Callable[[Envelope], None]
"""Sends a message, or raises `NotSent`."""
Read = Callable[[NotifiedSheet, Workbook, dt.date], Snapshot]


def read_plainly(sheet: NotifiedSheet, workbook: Workbook, today: dt.date) -> Snapshot:
    return read_workbook(workbook, today, sheet.settings.rules)


@dataclass
class VersionReader:
    """Unrestricted snapshots of stored versions by day. A few are kept during a turn, as large sheets' are large."""

    store: Store
    read: Read = read_plainly
    _kept: dict[tuple[int, dt.date], Snapshot] = field(default_factory=dict)

    def snapshot(self, sheet: NotifiedSheet, version: Version, on: dt.date) -> Snapshot:
        if sheet.shown is not None and sheet.version == version.id and sheet.shown.today == on:
            return sheet.shown
        key = (version.id, on)
        if key not in self._kept:
            while len(self._kept) >= 4:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self.read(sheet, self.store.load(version), on)
        return self._kept[key]

    def keep_only(self, versions: Iterable[Version]) -> None:
        """Forget the snapshots of other versions, until the next turn."""
        ids = {version.id for version in versions}
        self._kept = {key: snapshot for key, snapshot in self._kept.items() if key[0] in ids}


@dataclass(frozen=True)
class Turn:
    """One turn at a moment `now` (aware), over all sheets of the deployment."""

    store: Store
    notify: Notify
    sheets: Sequence[NotifiedSheet]
    now: dt.datetime
    send: Send
    reader: VersionReader
    _down: dict[Channel, NotSent] = field(default_factory=dict)
    """The channels that work for nobody in this turn."""
    _ends_at: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    # --- who and what ---------------------------------------------------------------------------------------------

    def targets(self) -> Mapping[str, Version]:
        """By sheet, the settled version up to which people are told. Raises `StoreTrouble`."""
        settled = {sheet.source: schedule.settled(self.store, sheet.source, self.now) for sheet in self.sheets}
        return {source: version for source, version in settled.items() if version is not None}

    def roll(self, targets: Mapping[str, Version]) -> Recipients:
        """The recipients, by the sheets as they are told."""
        sheets = [(sheet, self._shown(sheet, targets.get(sheet.source))) for sheet in self.sheets]
        result = find_recipients(self.notify, sheets)
        return result if len(targets) == len(self.sheets) else replace(result, troubles=())

    def _shown(self, sheet: NotifiedSheet, target: Version | None) -> Snapshot:
        if target is None:
            zone = sheet.settings.timezone
            return Snapshot("", self.now, zone, self.now.astimezone(ZoneInfo(zone)).date())
        return self.reader.snapshot(sheet, target, _day(self.now, target.timezone))

    # --- telling --------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Tell everybody who is due; how many messages were sent. Raises `StoreTrouble`."""
        targets = self.targets()
        deliveries.distrust_times_ahead(self.store, self.now, schedule.LONGEST_PAUSE)
        people = deliveries.recipients(self.store)
        number = 0
        tries = {name: record.tries for name, record in people.items()}
        for recipient in sorted(self.roll(targets).recipients, key=lambda each: tries.get(each.name, 0)):
            if self._seconds_left() < TIMEOUT:
                _log.warning("Sending takes long: the others are told in the next turn")
                break
            try:
                number += self.tell(recipient, targets, people.get(recipient.name))
            except StoreTrouble:
                raise
            except SourceUnavailable:
                _log.warning("A stored version cannot be read by this release: %s is not told", recipient.name)
            except Exception as error:
                _log.error("A message could not be made: %s at %s", type(error).__name__, logs.place(error))
        return number

    def _seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    def tell(
        self, recipient: Recipient, targets: Mapping[str, Version], record: deliveries.RecipientState | None
    ) -> bool:
        """Send a recipient the message that is due first, if any; whether one was sent."""
        # Somebody new is told from now on, not from the end of quiet hours on, so they are noted at once.
        if record is not None and self.why_not_now(record, self.zone(recipient, targets)):
            return False
        told = deliveries.read_progress(self.store, recipient.name)
        is_failing = record is not None and record.trouble is not None
        # After an outage what is urgent and late comes first.
        for kind in sorted(KINDS, key=lambda kind: kind == "digest") if is_failing else KINDS:
            if record is not None and kind in record.left_kinds:
                continue
            if self.is_due(recipient, kind, targets, told) and self._tell(recipient, kind, targets):
                return True
        return False

    def why_not_now(self, record: deliveries.RecipientState | None, timezone: str) -> str:
        """Why a recipient is sent nothing at this moment; empty if they may be."""
        if record is not None and record.retry_at is not None and self.now < record.retry_at:
            return f"the last try failed ({record.trouble}), the next is at {self._moment(record.retry_at, timezone)}"
        if record is not None and record.sent_at is not None:
            until = record.sent_at + schedule.BETWEEN_MESSAGES
            if record.sent_at <= self.now < until:
                return f"at most one message an hour: not before {self._moment(until, timezone)}"
        return "quiet hours" if schedule.is_quiet(self.notify, self.now, timezone) else ""

    def is_due(
        self, recipient: Recipient, kind: str, targets: Mapping[str, Version], told: Mapping[tuple[str, str], Progress]
    ) -> bool:
        """Whether there may be something of this kind to tell; cheap, as it is asked every minute."""
        for share in recipient.of_kind(kind):
            source = share.sheet.source
            row, target = told.get((kind, source)), targets.get(source)
            if kind == "sheet":
                facts = compose.sheet_facts(share.sheet.status, self.now)
                if row is None or row.sending_at is not None or _keys(facts) != row.state:
                    return True
                continue
            if target is None:
                continue
            if row is None or row.sending_at is not None:
                return True
            if kind == "digest":
                if self._slot(target) > _digest_done(row, target.timezone, self.now):
                    return True
            elif not self._is_told(row, target):
                return True
        return False

    def _tell(self, recipient: Recipient, kind: str, targets: Mapping[str, Version]) -> bool:
        name = recipient.name
        mine = deliveries.claim(self.store, name, self.now, CLAIM_SECONDS)
        if mine is None:
            return False
        try:
            record = deliveries.recipients(self.store)[name]
            told = dict(deliveries.read_progress(self.store, name))
            for share in recipient.of_kind(kind):
                target = targets.get(share.sheet.source)
                if (kind, share.sheet.source) not in told and (target is not None or kind == "sheet"):
                    first = Progress(None if target is None or kind == "sheet" else target.id, self.now)
                    if not deliveries.begin(self.store, name, mine, kind, share.sheet.source, first):
                        return False
                    told[kind, share.sheet.source] = first
            if self.why_not_now(record, self.zone(recipient, targets)):
                return False
            plan = self.plan(recipient, kind, targets, told)
            return plan is not None and self._deliver(recipient, kind, mine, plan, record)
        finally:
            deliveries.release(self.store, name, mine)

    def _deliver(
        self, recipient: Recipient, kind: str, mine: str, plan: PlannedMessage, record: deliveries.RecipientState
    ) -> bool:
        name = recipient.name
        if plan.message is None:
            deliveries.advance(self.store, name, mine, kind, plan.advanced, None)
            return False
        versions = {source: row.version for source, row in plan.advanced.items()}
        if not deliveries.mark_sending(self.store, name, mine, kind, versions, plan.at):
            return False
        envelope = self._envelope(recipient, kind, plan)
        try:
            if (down := self._down.get(recipient.channel)) is not None:
                raise NotSent(str(down), permanent=down.permanent)
            self.send(envelope)
        except NotSent as error:
            if error.for_all:
                self._down[recipient.channel] = error
            retry_at = schedule.next_try(
                self.now, record.tries, permanent=error.permanent, retry_after=error.retry_after
            )
            deliveries.fail(
                self.store, name, mine, kind, self.now, retry_at, str(error), maybe_arrived=error.maybe_arrived
            )
            if record.trouble != str(error):
                _log.warning("%s was not told (%s): %s", name, kind, error)
            return False
        counties = ", ".join(share.sheet.county for share in recipient.of_kind(kind) if share.sheet.county)
        sent = Sent(self.now, name, kind, counties, envelope.message_id)
        deliveries.advance(self.store, name, mine, kind, plan.advanced, sent)
        return True

    def _envelope(self, recipient: Recipient, kind: str, plan: PlannedMessage) -> Envelope:
        """The message with its Message-ID and the link that stops such messages."""
        assert plan.message is not None
        address = recipient.shares[0].sheet.settings.address or ""
        link = ""
        if recipient.channel == "email" and recipient.channel not in self._down:
            link = f"{address}/unsubscribe/{deliveries.make_link(self.store, recipient.name, kind)}"
        identity = message_id(recipient.name, kind, plan.versions, self.notify.sender)
        seconds = min(DEADLINE, self._seconds_left())
        return Envelope(recipient, kind, plan.message, identity, self.now, link, seconds)

    # --- what is told ---------------------------------------------------------------------------------------------

    def plan(
        self,
        recipient: Recipient,
        kind: str,
        targets: Mapping[str, Version],
        told: Mapping[tuple[str, str], Progress],
    ) -> PlannedMessage | None:
        """What a recipient would be told now, and what will have been told then; None where nothing is due."""
        rows = {
            share.sheet.source: told[kind, share.sheet.source]
            for share in recipient.of_kind(kind)
            if (kind, share.sheet.source) in told
        }
        if kind == "sheet":
            return self._sheet_plan(recipient, rows)
        begun = [row.sending_at for row in rows.values() if row.sending_at is not None]
        at = max(begun, default=self.now)
        again = bool(begun) and self.now - at < SEND_AGAIN
        at = at if again else self.now
        ends: dict[str, Version] = {}
        for source, row in rows.items():
            target = targets.get(source)
            if again:
                target = None if row.sending_version is None else self.store.version(row.sending_version) or target
            is_due = kind != "digest" or again
            if target is not None and (is_due or self._slot(target) > _digest_done(row, target.timezone, self.now)):
                ends[source] = target
        if not ends or (kind != "digest" and all(self._is_told(rows[source], end) for source, end in ends.items())):
            return None
        if kind == "digest" and not again and (dropped := self._dropped(rows, ends)):
            return PlannedMessage(None, dropped, "", self.now)
        stretches = list(self._stretches(recipient, kind, rows, ends, at))
        advanced = {source: Progress(end.id, at) for source, end in ends.items()}
        versions = "; ".join(
            f"{source} {rows[source].version} {rows[source].at.isoformat()} {end.id} {at.date()}"
            for source, end in sorted(ends.items())
        )
        return PlannedMessage(self._message(recipient, kind, stretches, rows), advanced, versions, at)

    def _dropped(self, rows: Mapping[str, Progress], ends: Mapping[str, Version]) -> Mapping[str, Progress]:
        """Digests that are too late to be of use, noted so that the next one says so."""
        dropped: dict[str, Progress] = {}
        for source, end in ends.items():
            slot = self._slot(end)
            if self.now - slot > schedule.DROP_DIGEST_AFTER:
                day = _day(slot, end.timezone)
                dropped[source] = replace(rows[source], state=f"{rows[source].state} {day}".strip())
        return dropped

    def _message(
        self,
        recipient: Recipient,
        kind: str,
        stretches: Sequence[ChangePeriod],
        rows: Mapping[str, Progress],
    ) -> Message | None:
        if kind == "digest":
            dropped = sorted({day for row in rows.values() for day in _dropped_days(row, self.now)})
            return compose.digest_message(recipient, stretches, dropped)
        oldest = min(stretch.since for stretch in stretches)
        failed = [dt.datetime.fromisoformat(row.state) for row in rows.values() if row.state]
        failed = [moment for moment in failed if moment <= self.now]
        late = min(failed) if failed else oldest if self.now - oldest > LATE_AFTER else None
        make = compose.warning_message if kind == "warnings" else compose.shift_message
        return make(recipient, stretches, late)

    def _stretches(
        self,
        recipient: Recipient,
        kind: str,
        rows: Mapping[str, Progress],
        ends: Mapping[str, Version],
        at: dt.datetime,
    ) -> Iterator[ChangePeriod]:
        for share in recipient.of_kind(kind):
            source = share.sheet.source
            if source not in ends:
                continue
            row, end = rows[source], ends[source]
            on = _day(at, end.timezone)
            before = self.reader.snapshot(share.sheet, self._start(source, row) or end, on)
            yield ChangePeriod(share, before, row.at, self.reader.snapshot(share.sheet, end, on), at, end.seen_at)

    def _start(self, source: str, row: Progress) -> Version | None:
        """The version that was told last; one that was purged is replaced by the nearest earlier one that is kept."""
        version = None if row.version is None else self.store.version(row.version)
        if version is not None and version.source == source:
            return version
        return self.store.as_of(source, row.at) or self.store.oldest(source)

    def _sheet_plan(self, recipient: Recipient, rows: Mapping[str, Progress]) -> PlannedMessage | None:
        news: list[tuple[Share, Mapping[str, str]]] = []
        advanced: dict[str, Progress] = {}
        for share in recipient.of_kind("sheet"):
            row = rows.get(share.sheet.source)
            if row is None:
                continue
            facts = compose.sheet_facts(share.sheet.status, self.now)
            told = set(row.state.split("\n"))
            news.append((share, {key: sentence for key, sentence in facts.items() if key not in told}))
            advanced[share.sheet.source] = Progress(None, self.now, _keys(facts))
        versions = "; ".join(f"{source} {row.state}" for source, row in sorted(advanced.items()))
        return PlannedMessage(compose.sheet_message(recipient, news), advanced, versions, self.now)

    def _is_told(self, row: Progress, target: Version) -> bool:
        """Whether nothing can be new: neither the version nor the day."""
        is_same_day = _day(row.at, target.timezone) == _day(self.now, target.timezone)
        return row.version == target.id and is_same_day and row.sending_at is None

    def _slot(self, target: Version) -> dt.datetime:
        return schedule.digest_slot(self.notify, self.now, target.timezone)

    def zone(self, recipient: Recipient, targets: Mapping[str, Version]) -> str:
        sheet = recipient.shares[0].sheet
        target = targets.get(sheet.source)
        return target.timezone if target is not None else sheet.settings.timezone

    def _moment(self, moment: dt.datetime, timezone: str) -> str:
        local, today = moment.astimezone(ZoneInfo(timezone)), _day(self.now, timezone)
        return clock(local) if local.date() == today else f"{day_words(local.date(), today)}, {clock(local)}"


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message, what will have been told with it by sheet, the versions in words for its Message-ID, and its time."""

    message: Message | None
    advanced: Mapping[str, Progress]
    versions: str
    at: dt.datetime


def _keys(facts: Mapping[str, str]) -> str:
    return "\n".join(sorted(facts))


def _day(moment: dt.datetime, timezone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _dropped_days(row: Progress, now: dt.datetime) -> list[dt.date]:
    """The days of digests that were dropped, without those ahead of now, by a clock that was ahead."""
    days = [dt.date.fromisoformat(word) for word in row.state.split() if word[:4].isdigit()]
    return [day for day in days if day <= now.date()]


def _digest_done(row: Progress, timezone: str, now: dt.datetime) -> dt.datetime:
    """Up to when digests were sent or dropped."""
    days = _dropped_days(row, now)
    dropped = dt.datetime.combine(max(days), dt.time.max, ZoneInfo(timezone)) if days else row.at
    return max(row.at, dropped)
