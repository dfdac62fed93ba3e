"""One turn a minute, in a thread of its own: who is due for which message, and telling them once.

A recipient is claimed, the versions that the message tells are noted, the message is sent, and what was told advances.
A process that is killed in between leaves the note, so that the next one sends the same message, with the same
Message-ID and another link that stops such messages, or nothing that was not sent is lost.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from zoneinfo import ZoneInfo

from cwac import logs
from cwac.clock import read_clock
from cwac.date_words import clock, day_words
from cwac.model import Snapshot, SourceUnavailable
from cwac.notify import compose, deliveries
from cwac.notify.channels import Envelope, Send, message_id
from cwac.notify.compose import ChangePeriod, sheet_facts
from cwac.notify.deliveries import ClaimLost, Progress, RecipientClaim, RecipientState, Sent
from cwac.notify.message import DEADLINE, TIMEOUT, Message, NotSent
from cwac.notify.recipients import KINDS, NotifiedSheet, Recipient, Recipients, Share, find_recipients
from cwac.notify.settings import Channel, Notify
from cwac.refresh import sheets
from cwac.storage import revisions
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between turns."""
CLAIM_SECONDS = 300.0
"""Longer than any message takes; after that another process may try."""
SECONDS = 60.0
"""The longest turn, in seconds; the recipients that are left are told in the next one."""
SEND_AGAIN = dt.timedelta(days=1)
"""How long a message that may have arrived is repeated unchanged; after that a new one tells what is true by then."""
LATE_AFTER = dt.timedelta(hours=36)
"""A recipient whose last turn is longer ago is told that the message is late."""
SETTLE = dt.timedelta(minutes=10)
"""How long the sheet must be unchanged before anybody is told; what was undone by then is not told at all."""
LONGEST_UNREST = dt.timedelta(hours=1)
"""After edits without a pause for this long, people are told of the sheet as it was `SETTLE` ago."""
BETWEEN_MESSAGES = dt.timedelta(hours=1)
DROP_DIGEST_AFTER = dt.timedelta(days=2)
"""A digest that could not be sent for this long is dropped, and the next one says so."""
LONGEST_PAUSE = dt.timedelta(hours=4)
"""The longest pause between two tries, and the longest Retry-After that is obeyed."""
STEPS = 500


@dataclass
class VersionReader:
    """Unrestricted snapshots of stored versions by day. A few are kept during a turn, as large sheets' are large."""

    store: Store
    _kept: dict[tuple[int, dt.date], Snapshot] = field(default_factory=dict)

    def snapshot(self, sheet: NotifiedSheet, version: Version, on: dt.date) -> Snapshot:
        if (shown := sheet.live.snapshot) is not None and sheet.live.version == version.id and shown.today == on:
            return shown
        key = (version.id, on)
        if key not in self._kept:
            while len(self._kept) >= 4:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = sheets.reader(sheet.settings)(self.store.load(version), on)
        return self._kept[key]

    def keep_only(self, versions: Iterable[Version]) -> None:
        ids = {version.id for version in versions}
        self._kept = {key: snapshot for key, snapshot in self._kept.items() if key[0] in ids}


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message, what will have been told with it by sheet, the versions in words for its Message-ID, and its time."""

    message: Message | None
    advanced: Mapping[str, Progress]
    versions: str
    at: dt.datetime


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

    @cached_property
    def targets(self) -> Mapping[str, Version]:
        """By sheet, the settled version up to which people are told. Raises `StoreTrouble`."""
        versions = ((sheet.source, settled(self.store, sheet.source, self.now)) for sheet in self.sheets)
        return {source: version for source, version in versions if version is not None}

    @cached_property
    def recipients(self) -> Recipients:
        """The recipients, by the sheets as they are told. Raises `StoreTrouble`."""
        shown = []
        for sheet in self.sheets:
            if target := self.targets.get(sheet.source):
                snapshot = self.reader.snapshot(sheet, target, _day(self.now, target.timezone))
            else:
                zone = sheet.settings.timezone
                snapshot = Snapshot("", self.now, zone, _day(self.now, zone))
            shown.append((sheet, snapshot))
        result = find_recipients(self.notify, shown)
        return result if len(self.targets) == len(self.sheets) else replace(result, troubles=())

    def run(self) -> int:
        """Tell everybody who is due; how many messages were sent. Raises `StoreTrouble`."""
        recipients = self.recipients.recipients
        deliveries.distrust_times_ahead(self.store, self.now, LONGEST_PAUSE)
        people = deliveries.recipients(self.store)
        number = 0
        for recipient in sorted(recipients, key=lambda each: people[each.name].tries if each.name in people else 0):
            if self._ends_at - time.monotonic() < TIMEOUT:
                _log.warning("Sending takes long: the others are told in the next turn")
                break
            try:
                number += self._tell_first_due(recipient, people.get(recipient.name))
            except StoreTrouble:
                raise
            except SourceUnavailable:
                _log.warning("A stored version cannot be read by this release: %s is not told", recipient.name)
            except Exception as error:
                _log.error("A message could not be made: %s at %s", type(error).__name__, logs.place(error))
        return number

    def _tell_first_due(self, recipient: Recipient, record: RecipientState | None) -> bool:
        # Somebody new is told from now on, not from the end of quiet hours on, so they are noted at once.
        if record is not None and self.why_not_now(record, recipient):
            return False
        told = deliveries.read_progress(self.store, recipient.name)
        record = record or RecipientState(recipient.name)
        # After an outage what is urgent and late comes first.
        kinds = sorted(KINDS, key=lambda kind: record.trouble is not None and kind == "digest")
        due = (kind for kind in kinds if kind not in record.left_kinds and self._is_due(recipient, kind, told))
        return any(self._tell(recipient, kind) for kind in due)

    def why_not_now(self, record: RecipientState | None, recipient: Recipient) -> str:
        """Why a recipient is sent nothing at this moment; empty if they may be."""
        sheet, record = recipient.shares[0].sheet, record or RecipientState(recipient.name)
        target = self.targets.get(sheet.source)
        zone = target.timezone if target is not None else sheet.settings.timezone
        if record.retry_at is not None and self.now < record.retry_at:
            return f"the last try failed ({record.trouble}), the next is at {self._moment(record.retry_at, zone)}"
        if record.sent_at is not None and record.sent_at <= self.now < (until := record.sent_at + BETWEEN_MESSAGES):
            return f"at most one message an hour: not before {self._moment(until, zone)}"
        return "quiet hours" if is_quiet(self.notify, self.now, zone) else ""

    def _is_due(self, recipient: Recipient, kind: str, told: Mapping[tuple[str, str], Progress]) -> bool:
        """Whether there may be something of this kind to tell; cheap, as it is asked every minute."""
        rows = _rows(recipient, kind, told)
        if any(source not in rows for source in self._to_begin(recipient, kind)):
            return True
        if kind != "sheet":
            return bool(self._ends(kind, rows)[1])
        facts = {share.sheet.source: sheet_facts(share.sheet.live, self.now) for share in recipient.of_kind(kind)}
        return any(row.sending_at or row.told_facts != tuple(sorted(facts[source])) for source, row in rows.items())

    def _to_begin(self, recipient: Recipient, kind: str) -> Iterator[str]:
        """The sheets that a recipient can be told of from now on, at the latest."""
        for share in recipient.of_kind(kind):
            if kind == "sheet" or share.sheet.source in self.targets:
                yield share.sheet.source

    def _tell(self, recipient: Recipient, kind: str) -> bool:
        """Claim the recipient, and send what is due by now; whether a message was sent."""
        claim = deliveries.claim(self.store, recipient.name, self.now, CLAIM_SECONDS)
        if claim is None:
            return False
        try:
            record = deliveries.recipients(self.store)[recipient.name]
            told = dict(deliveries.read_progress(self.store, recipient.name))
            for source in self._to_begin(recipient, kind):
                if (kind, source) not in told:
                    first = Progress(None if kind == "sheet" else self.targets[source].id, self.now)
                    deliveries.begin(claim, kind, source, first)
                    told[kind, source] = first
            plan = None if self.why_not_now(record, recipient) else self.plan(recipient, kind, told)
            return plan is not None and self._deliver(recipient, kind, claim, plan, record)
        except ClaimLost:
            return False
        finally:
            deliveries.release(claim)

    def _deliver(
        self, recipient: Recipient, kind: str, claim: RecipientClaim, plan: PlannedMessage, record: RecipientState
    ) -> bool:
        """Note that the message is on its way, send it, and note how that went; whether it was sent."""
        if plan.message is None:
            deliveries.advance(claim, kind, plan.advanced, None)
            return False
        versions = {source: row.told_version for source, row in plan.advanced.items()}
        deliveries.mark_sending(claim, kind, versions, plan.at)
        link = ""
        if recipient.channel == "email" and recipient.channel not in self._down:
            token = deliveries.make_link(self.store, recipient.name, kind)
            link = f"{recipient.shares[0].sheet.settings.address or ''}/unsubscribe/{token}"
        identity = message_id(recipient.name, kind, plan.versions, self.notify.sender)
        seconds = min(DEADLINE, self._ends_at - time.monotonic())
        try:
            if (down := self._down.get(recipient.channel)) is not None:
                raise NotSent(str(down), permanent=down.permanent)
            self.send(Envelope(recipient, kind, plan.message, identity, self.now, link, seconds))
        except NotSent as error:
            if error.for_all:
                self._down[recipient.channel] = error
            retry_at = next_try(self.now, record.tries, permanent=error.permanent, retry_after=error.retry_after)
            deliveries.fail(claim, kind, self.now, retry_at, str(error), maybe_arrived=error.maybe_arrived)
            if record.trouble != str(error):
                _log.warning("%s was not told (%s): %s", recipient.name, kind, error)
            return False
        counties = ", ".join(share.sheet.county for share in recipient.of_kind(kind) if share.sheet.county)
        deliveries.advance(claim, kind, plan.advanced, Sent(self.now, recipient.name, kind, counties, identity))
        return True

    def plan(self, recipient: Recipient, kind: str, told: Mapping[tuple[str, str], Progress]) -> PlannedMessage | None:
        """What a recipient would be told now, and what will have been told then; None where nothing is due."""
        rows = _rows(recipient, kind, told)
        if kind == "sheet":
            return self._sheet_plan(recipient, rows)
        again_at, ends = self._ends(kind, rows)
        if not ends:
            return None
        at = again_at or self.now
        if kind == "digest" and again_at is None:
            # Digests that are too late to be of use are noted, so that the next one says so.
            dropped: dict[str, Progress] = {}
            for source, end in ends.items():
                slot = digest_slot(self.notify, self.now, end.timezone)
                if self.now - slot > DROP_DIGEST_AFTER:
                    days = (*rows[source].dropped_days, _day(slot, end.timezone).isoformat())
                    dropped[source] = replace(rows[source], dropped_days=days)
            if dropped:
                return PlannedMessage(None, dropped, "", self.now)
        shares = ((share, share.sheet.source) for share in recipient.of_kind(kind))
        periods = [self._period(share, rows[source], ends[source], at) for share, source in shares if source in ends]
        if kind == "digest":
            untold = sorted({day for row in rows.values() for day in _dropped_days(row, self.now)})
            message = compose.digest_message(recipient, periods, untold)
        else:
            oldest = min(period.since for period in periods)
            failed = [row.late_since for row in rows.values() if row.late_since and row.late_since <= self.now]
            late = min(failed) if failed else oldest if self.now - oldest > LATE_AFTER else None
            make = compose.warning_message if kind == "warnings" else compose.shift_message
            message = make(recipient, periods, late)
        versions = "; ".join(
            f"{source} {rows[source].told_version} {rows[source].told_at.isoformat()} {end.id} {at.date()}"
            for source, end in sorted(ends.items())
        )
        return PlannedMessage(message, {source: Progress(end.id, at) for source, end in ends.items()}, versions, at)

    def _ends(self, kind: str, rows: Mapping[str, Progress]) -> tuple[dt.datetime | None, Mapping[str, Version]]:
        """When a message that is sent again was sent first, and each sheet's version up to which to tell now."""
        begun = max((row.sending_at for row in rows.values() if row.sending_at is not None), default=None)
        again_at = begun if begun is not None and self.now - begun < SEND_AGAIN else None
        ends: dict[str, Version] = {}
        for source, row in rows.items():
            end = self.targets.get(source)
            if again_at is not None:
                end = None if row.sending_version is None else self.store.version(row.sending_version) or end
            if end is None:
                continue
            slot = digest_slot(self.notify, self.now, end.timezone)
            days = _dropped_days(row, self.now)
            done = [row.told_at, *(dt.datetime.combine(day, dt.time.max, ZoneInfo(end.timezone)) for day in days)]
            if kind != "digest" or again_at is not None or slot > max(done):  # sent or dropped up to then
                ends[source] = end
        # Without a new version, day or message on its way nothing can be new.
        told = (
            rows[source].told_version == end.id
            and rows[source].sending_at is None
            and _day(rows[source].told_at, end.timezone) == _day(self.now, end.timezone)
            for source, end in ends.items()
        )
        return again_at, {} if kind != "digest" and all(told) else ends

    def _period(self, share: Share, row: Progress, end: Version, at: dt.datetime) -> ChangePeriod:
        """The sheet as it was told last, and at `end`."""
        source, rules, on = share.sheet.source, share.sheet.settings.rules, _day(at, end.timezone)
        start = None if row.told_version is None else self.store.version(row.told_version)
        if start is None or start.source != source:  # purged: the nearest earlier one that is kept
            start = self.store.as_of(source, row.told_at) or self.store.oldest(source) or end
        before, after = (self.reader.snapshot(share.sheet, version, on) for version in (start, end))
        past = revisions.cached(self.store, after, end.id, rules) if after.added else None
        return ChangePeriod(share, before, row.told_at, after, at, end.seen_at, past)

    def _sheet_plan(self, recipient: Recipient, rows: Mapping[str, Progress]) -> PlannedMessage:
        news: list[tuple[Share, Mapping[str, str]]] = []
        advanced: dict[str, Progress] = {}
        for share in recipient.of_kind("sheet"):
            row = rows.get(share.sheet.source)
            if row is None:
                continue
            facts = sheet_facts(share.sheet.live, self.now)
            news.append((share, {key: sentence for key, sentence in facts.items() if key not in row.told_facts}))
            advanced[share.sheet.source] = Progress(None, self.now, tuple(sorted(facts)))
        told = {source: "\n".join(row.told_facts) for source, row in sorted(advanced.items())}
        versions = "; ".join(f"{source} {facts}" for source, facts in told.items())
        return PlannedMessage(compose.sheet_message(recipient, news), advanced, versions, self.now)

    def _moment(self, moment: dt.datetime, timezone: str) -> str:
        local, today = moment.astimezone(ZoneInfo(timezone)), _day(self.now, timezone)
        return clock(local) if local.date() == today else f"{day_words(local.date(), today)}, {clock(local)}"


def _rows(recipient: Recipient, kind: str, told: Mapping[tuple[str, str], Progress]) -> Mapping[str, Progress]:
    sources = (share.sheet.source for share in recipient.of_kind(kind))
    return {source: told[kind, source] for source in sources if (kind, source) in told}


def _day(moment: dt.datetime, timezone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _dropped_days(row: Progress, now: dt.datetime) -> list[dt.date]:
    """The days of digests that were dropped, without those ahead of now, by a clock that was ahead."""
    return [day for day in map(dt.date.fromisoformat, row.dropped_days) if day <= now.date()]


def settled(store: Store, source: str, now: dt.datetime) -> Version | None:
    """The newest good version that stayed for `SETTLE`; None if there is none yet. Raises `StoreTrouble`."""
    version, until, restless = store.latest(source), now, None
    for _ in range(STEPS):
        if version is None or until - version.at >= SETTLE:
            break
        restless, until = version.at, version.at
        version = store.before(version)
    if restless is not None and now - restless > LONGEST_UNREST:
        return store.as_of(source, now - SETTLE) or version
    return version


def is_quiet(notify: Notify, now: dt.datetime, timezone: str) -> bool:
    local = now.astimezone(ZoneInfo(timezone))
    minute, start, end = local.hour * 60 + local.minute, notify.quiet_from, notify.quiet_to
    return start <= minute < end if start <= end else minute >= start or minute < end


def digest_slot(notify: Notify, now: dt.datetime, timezone: str) -> dt.datetime:
    """When the last digest was due, up to a week ago."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    day = local.date() - dt.timedelta(days=(local.weekday() - notify.digest_day) % 7)
    time = dt.time(notify.digest_time // 60, notify.digest_time % 60)
    slot = dt.datetime.combine(day, time, zone)
    return slot if slot <= now else dt.datetime.combine(day - dt.timedelta(days=7), time, zone)


def next_try(now: dt.datetime, tries: int, *, permanent: bool, retry_after: float | None = None) -> dt.datetime:
    """When to try again: after 5, 10, 20, … minutes, at most 4 hours; after an hour at least where it cannot work.

    `retry_after` is how many seconds the service asks to wait at least.
    """
    pause = max(dt.timedelta(minutes=min(5 * 2 ** min(tries, 10), 240)), dt.timedelta(seconds=retry_after or 0))
    return now + min(max(pause, dt.timedelta(hours=1)) if permanent else pause, LONGEST_PAUSE)


class Loop(threading.Thread):
    """Runs a turn every minute in a thread of its own. `sheets` gives the sheets as they are served at that moment."""

    def __init__(
        self,
        store: Store,
        notify: Notify,
        sheets: Callable[[], Iterable[NotifiedSheet]],
        send: Send,
        clock: Callable[[], dt.datetime] = read_clock,
    ) -> None:
        super().__init__(name="cwac-notify", daemon=True)
        self.troubles: tuple[str, ...] = ()
        """One sentence for each line of `[notify]` that reaches nobody."""
        self._store, self._notify, self._sheets, self._send, self._clock = store, notify, sheets, send, clock
        self._reader = VersionReader(store)
        self._stopping = threading.Event()

    def stop(self, seconds: float = 3.0) -> None:
        """End the thread; one that is sending is left to its deadline, and what it was sending is noted."""
        self._stopping.set()
        if self.is_alive():
            self.join(seconds)

    def turn(self) -> int:
        """One turn; how many messages were sent. Raises `StoreTrouble`."""
        turn = Turn(self._store, self._notify, list(self._sheets()), self._clock(), self._send, self._reader)
        targets, before, self.troubles = turn.targets.values(), self.troubles, turn.recipients.troubles
        for trouble in self.troubles if self.troubles != before else ():
            _log.warning("Careful: %s", trouble)
        try:
            return turn.run()
        finally:
            self._reader.keep_only(targets)

    def run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.turn()
            except StoreTrouble as trouble:
                _log.warning("Nobody can be told at the moment: %s", trouble.cause)
            except Exception as error:
                _log.error("Telling people failed: %s at %s", type(error).__name__, logs.place(error))
