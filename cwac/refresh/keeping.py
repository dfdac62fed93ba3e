"""Keeps in the store what was seen of a sheet, and tells when to look next, in turns with others that share it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cwac import logs
from cwac.model import SourceUnavailable, Workbook
from cwac.refresh.live import Live, Notice
from cwac.storage.store import Store, StoreTrouble, TurnRow, Version

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks at the source."""

    every: float = 30.0
    retries: tuple[float, ...] = (1.0, 4.0, 15.0)
    """After the first, second and third failure in a row; from the fourth on it is `every` again."""
    rate_limit: float = 60.0
    """After "too many requests" without a Retry-After, at most: Google counts by the minute."""
    retry_after: float = 3600.0
    """The longest Retry-After that is obeyed."""
    permanent: float = 60.0
    """The longest wait after a failure that only a human can fix."""
    asked: float = 10.0
    """Between two looks that the Refresh button asks for, however many people press it."""
    silence: float = 60.0
    """From a look that was due and brought nothing until viewers are told that the source does not answer."""
    follow: float = 2.0
    """Between two looks into the store for what other processes have kept."""

    least: float = 0.0
    """Between two looks, always: it overrides every other value here."""
    first: float = 0.0
    """Before the first look."""
    apart: float = 0.0
    """Once more, before the second look, so that the sheets of several counties are not all read at once."""

    def at_least(self, seconds: float) -> Pace:
        """The same pace, with at least `seconds` between two looks."""
        longer = {name: max(getattr(self, name), seconds) for name in ("every", "rate_limit", "permanent", "asked")}
        return replace(self, retries=tuple(max(retry, seconds) for retry in self.retries), least=seconds, **longer)


DEFAULT_PACE = Pace()

ALONE = 4
"""Intervals between the looks of one of several processes while their database is away."""


class Schedule:
    """Counts failures and tells how long to wait. Seconds are by the monotonic clock."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.failures: Counter[str] = Counter()
        """By cause, since the start."""
        self.limited_until = float("-inf")
        self.answered_at = float("-inf")
        self.looked_at = float("-inf")
        """When any process is known to have looked last."""
        self._failing = 0
        self._asked_at = float("-inf")

    def ask(self) -> bool:
        """Whether the Refresh button may ask for a look now; it then may not for `pace.asked` seconds."""
        now = time.monotonic()
        if now < max(self._asked_at + self.pace.asked, self.looked_at + self.pace.least, self.limited_until):
            return False
        self._asked_at = now
        return True

    def follow(self, row: TurnRow, *, failing: bool, asked: bool) -> None:
        """Go on from the look of another process; `asked`: somebody had pressed Refresh there."""
        now = time.monotonic()
        self.looked_at = now - max(0.0, row.now - row.taken_at)
        self.limited_until = now + row.pause
        self._failing = 0
        if not failing:
            self.answered_at = now
        if asked:
            self._asked_at = max(self._asked_at, self.looked_at)

    def delay_after(self, trouble: SourceUnavailable | None, began: float, *, answered: bool) -> float:
        """Seconds until the next look. `answered`: the source did answer, but perhaps with what cannot be shown."""
        pace = self.pace
        if trouble is None:
            self._failing = 0
            # Counts from start to start, but lets a slow source rest a little.
            return max(pace.every / 10, pace.every - (time.monotonic() - began))
        self.failures[trouble.cause] += 1
        self._failing += 1
        spread = random.random() / 4  # noqa: S311 - no secret: several processes must not ask in step
        if trouble.cause == "rate-limit" or trouble.retry_after is not None:
            # If Google does not say how long, be back within two intervals of its being ready.
            usual = min(pace.rate_limit, 1.5 * pace.every)
            requested = usual if trouble.retry_after is None else trouble.retry_after
            wait = min(max(requested, pace.retries[0]), pace.retry_after)
            self.limited_until = time.monotonic() + wait
            return wait + spread * min(wait, pace.every)
        if answered:
            return pace.every
        if trouble.permanent:
            return min(pace.permanent, pace.every)
        if self._failing <= len(pace.retries):
            return pace.retries[self._failing - 1] * (1 + spread)
        return pace.every

    def may_stay_quiet(self, trouble: SourceUnavailable, delay: float, began: float) -> bool:
        """Whether viewers need not be told yet: the next try will be over while what is shown is still fresh."""
        now = time.monotonic()
        return (
            not trouble.permanent
            and trouble.cause != "rate-limit"
            and trouble.retry_after is None
            and self._failing <= len(self.pace.retries)
            and now + delay + (now - began) - self.answered_at < 2 * self.pace.every
        )


PENDING = 20
"""How many versions wait in memory for a store that cannot be written to; after that the oldest are lost."""

MOST_UNREADABLE = 20
"""How many unreadable versions are skipped in search of one that can be shown."""


class Keeper:
    """The versions of a sheet that wait to be kept, its row of turns, and what viewers are told of the store.

    `sheet` is the key of its versions; without one no other process can read them. `begin`, `earlier` and `read` may
    raise `StoreTrouble`, the other methods do not.
    """

    def __init__(
        self, store: Store | None, sheet: str | None, clock: Callable[[], dt.datetime], thin_after_days: int | None
    ) -> None:
        self.is_shared = store is not None and sheet is not None and store.is_shared
        """Whether processes on other machines may look at the sheet as well."""
        self.pending: deque[tuple[Workbook, bool]] = deque(maxlen=PENDING)
        """Workbooks with whether each is good, oldest first."""
        self.row: TurnRow | None = None
        """As it was read last; None before the first turn, and if the store did not answer."""
        self.trouble: Notice | None = None
        self._moved_aside: Notice | None = None
        self._file_lost: Notice | None = None
        self._store, self._sheet, self._clock, self._thin_after_days = store, sheet, clock, thin_after_days
        self._thinned: dt.date | None = None
        self._times_replaced = 0
        self._turn_read = 0
        self._own: int | None = None
        """The last turn that this process has taken."""
        self._followed = 0
        """The last turn whose outcome this process has seen."""
        self._was_restored = False
        """The row read last is from before one that was read earlier."""

    def meet(self, live: Live, wait: float | None = None) -> tuple[Live, int | None]:
        """Follow what others kept; with `wait`, the turn to look in: 0 without the store, None if another has it."""
        if wait is None and self.waits_for_file:
            return live, None
        try:
            turn = self.read(wait)
            live = self._begun_anew(live)
            if self.row is not None:
                told = from_json(self.row.state).as_of if self.pending else None
                is_older = live.as_of is not None and told is not None and told < live.as_of
                if self.row.kept_turn > self._followed and not is_older:
                    live = self._follow(live, self.row)
                if not self.pending:
                    self.trouble = None
            return live, turn
        except StoreTrouble as trouble:
            self.failed(trouble)
            return live, None if wait is None else 0

    def seconds_until_due(self, interval: float, unknown: float = 0.0) -> float:
        """Seconds until a process that looks once an `interval` may take the next turn; `unknown` without a row."""
        return unknown if self.row is None else self.row.seconds_until_due(interval)

    @property
    def waits_for_file(self) -> bool:
        """Whether the SQLite file could not be used: it is tried again with the next look, after viewers see that."""
        return self.trouble is not None and not self.is_shared

    def read(self, wait: float | None = None) -> int | None:
        """Read the row; with `wait`, take the next turn if nobody else has for so many seconds: its number."""
        if self._store is None or self._sheet is None:
            return None if wait is None else 0
        store, sheet = self._store, self._sheet
        taken, row = (False, store.turn(sheet)) if wait is None else store.take_turn(sheet, wait, self._own)
        turn, kept_turn = (row.turn, row.kept_turn) if row is not None else (0, 0)
        self._was_restored = turn - taken < self._turn_read
        if self._was_restored:
            self._own, self._followed = None, kept_turn
        self.row, self._turn_read = row, turn
        self._own = turn if taken else self._own
        return turn if taken else None

    def begin(self, live: Live) -> Live:
        """`live` with the newest version that is good and can be read."""
        if self._store is None or self._sheet is None:
            return live
        self.read()
        if self.row is not None and not (self.is_shared or self.row.pause):
            self._followed = self.row.kept_turn  # what was told before a restart may be long over
        version = self._store.latest(self._sheet)  # one at a time: there may be thousands, each with its plan
        for _ in range(MOST_UNREADABLE):
            if version is None:
                break
            try:
                return replace(live, workbook=self._store.load(version), version=version.id, as_of=version.seen_at)
            except StoreTrouble as trouble:
                if trouble.cause != "corrupt":
                    raise
                _log.error("%s", trouble)
            version = self._store.before(version)
        return live

    def earlier(self, live: Live, since: dt.datetime) -> tuple[Workbook, Version] | None:
        """The good version of that moment, else the oldest, if it is another than the one shown and can be read."""
        if self._store is not None and self._sheet is not None:
            then = self._store.as_of(self._sheet, since) or self._store.oldest(self._sheet)
            try:
                return None if then is None or then.id == live.version else (self._store.load(then), then)
            except StoreTrouble as trouble:
                _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
        return None

    def with_whole_loss(self, live: Live) -> Live:
        """The same with the workbook from before a loss that another process pointed out: to see if it comes back."""
        if live.loss is None or live.before_loss is not None or self._store is None:
            return live
        try:
            version = None if live.loss.version is None else self._store.version(live.loss.version)
            if version is not None:
                return replace(live, before_loss=self._store.load(version))
        except StoreTrouble as trouble:
            _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
        return replace(live, loss=None)

    def _follow(self, live: Live, row: TurnRow) -> Live:
        """The state that another process kept, with the snapshot of before."""
        assert self._store is not None
        told = from_json(row.state)
        version = None if row.version is None else self._store.version(row.version)
        if version is not None:  # else it was purged: the next look brings what is shown instead
            if live.workbook is None or live.workbook.content_hash != version.content_hash:
                live = replace(live, workbook=self._store.load(version))
            live = replace(live, version=version.id, as_of=told.as_of or version.seen_at)
        self._followed = row.kept_turn
        self.pending.clear()
        names = ("asked", "trouble", "trouble_since", "damage", "damaged_content", "loss", "source_notice")
        live = replace(live, attempted=row.looked_at, before_loss=None, **{name: getattr(told, name) for name in names})
        return live.accepting(*told.accepted)

    def add(self, workbook: Workbook, *, good: bool) -> None:
        if self._store is None:
            return
        if self.pending and self.pending[-1][0].content_hash == workbook.content_hash:
            self.pending.pop()
        self.pending.append((workbook, good))

    def keep(self, turn: int | None, live: Live, pause: float) -> Live | None:
        """Store what is pending and the outcome of a look; None if another process has the turn. Raises nothing.

        Otherwise, `live` with the numbers of what was kept. What cannot be stored now, or was seen in turn 0, waits for
        the next look, and `trouble` says why. `pause`: seconds until the source may be asked again.
        """
        if turn is None:
            return None
        kept: Live | None = live
        try:
            if self._store is None or (self._sheet is not None and not turn):
                return live
            if self._sheet is not None:
                kept = self._keep_outcome(self._store, self._sheet, turn, live, pause)
            else:  # only this process reads it
                for workbook, good in self.pending:
                    kept = live = _with_version(live, workbook, good, self._store.keep(workbook, good=good))
            self.pending.clear()
            now = self._clock()
            if self._thin_after_days is not None and kept and kept.workbook and self._thinned != now.date():
                if (confirmed := self._store.confirmed_time(now)) is not None:
                    days = dt.timedelta(days=self._thin_after_days)
                    self._store.thin(kept.workbook.identity, confirmed - days)
                self._thinned = now.date()
        except StoreTrouble as trouble:
            self.failed(trouble)
        except BaseException as error:
            _log.error("A mistake while keeping the sheet: %s at %s", type(error).__name__, logs.place(error))
            if self.trouble is None:
                self._say("This program made a mistake while keeping the history. Whoever runs it finds it in its log.")
        else:
            self.trouble = None
        self._note_moved_aside()
        return kept

    def _keep_outcome(self, store: Store, sheet: str, turn: int, live: Live, pause: float) -> Live | None:
        assert live.attempted is not None
        kept = live

        def outcome(versions: Sequence[Version], present: str) -> tuple[int | None, str]:
            nonlocal kept
            for (workbook, good), version in zip(self.pending, versions, strict=True):
                kept = _with_version(kept, workbook, good, version)
            kept = replace(kept, accepted=from_json(present).accepting(*kept.accepted).accepted)
            return kept.version, to_json(kept)

        if not store.finish_turn(sheet, turn, live.attempted, pause, list(self.pending), outcome):
            return None
        self._followed = turn
        return kept

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(filter(None, (self.trouble, self._moved_aside, self._file_lost)))

    def failed(self, trouble: StoreTrouble) -> None:
        """Have viewers told of this trouble. Raises nothing."""
        self.row = None
        less_often = "Meanwhile this dashboard looks at the sheet less often, and what it sees is not kept."
        self._say(f"{trouble.sentence} {less_often} {trouble.remedy}" if self.is_shared else str(trouble))
        self._note_moved_aside()

    def _say(self, sentence: str) -> None:
        if self.trouble is None or self.trouble.sentence != sentence:
            self.trouble = Notice("store", sentence, self._clock())

    def _note_moved_aside(self) -> None:
        aside = self._store.moved_aside if self._store is not None else None
        if aside is not None and self._moved_aside is None:
            sentence = (
                f"The file with the history was damaged. It was moved aside as {aside.name}, and a new one begun. "
                "Whoever runs this dashboard may have a backup, or rescue what is in it."
            )
            self._moved_aside = Notice("store", sentence, self._clock())

    def _begun_anew(self, live: Live) -> Live:
        """`live`, without numbers of versions and stored once more if the file or the rows of before are gone."""
        if self._store is None:
            return live
        if self._store.times_replaced != self._times_replaced:
            self._times_replaced = self._store.times_replaced
            sentence = (
                "The file with the history was deleted, moved or replaced while the dashboard was running, so the "
                "history begins anew with the sheet as it is shown. Not in it: earlier versions, private calendar "
                "links, the audit and when people were last here. Whoever runs this dashboard: to have those back, "
                "stop it, put the old file in its place, and start it again."
            )
            self._file_lost = Notice("store", sentence, self._clock())
        elif not self._was_restored:
            return live
        if live.workbook is not None and not (self.pending and self.pending[0][0] is live.workbook):
            self.pending.appendleft((live.workbook, True))
        if live.before_loss is not None:
            self.pending.appendleft((live.before_loss, True))
        damage, loss = (notice and notice.of_version(None) for notice in (live.damage, live.loss))
        return replace(live, version=None, damage=damage, loss=loss)


def _with_version(live: Live, workbook: Workbook, good: bool, version: Version) -> Live:
    """The same with the number of a workbook that was just kept."""
    if live.loss is not None and live.before_loss is workbook and live.loss.version is None:
        live = replace(live, loss=live.loss.of_version(version.id))
    return replace(live, version=version.id) if good else live


def to_json(live: Live) -> str:
    """The state for the row of turns, without the version; `source_notice` has the name that earlier releases read."""
    trouble = live.trouble and {
        name: getattr(live.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")
    }
    state = {name: getattr(live, name) for name in ("as_of", "trouble_since", "loss", "accepted", "asked")} | {
        "trouble": trouble,
        "damage": live.damage and (live.damaged_content, live.damage),
        "renamed": live.source_notice,
    }
    return json.dumps(state, default=lambda value: asdict(value) if isinstance(value, Notice) else value.isoformat())


def from_json(text: str) -> Live:
    """The state that `to_json` wrote; an empty one if nothing was written, or another release writes it otherwise."""
    if not text:
        return Live()
    try:
        state = json.loads(text)
        damaged_content, damage = state["damage"] or (None, None)
        return Live(
            as_of=state["as_of"] and dt.datetime.fromisoformat(state["as_of"]),
            trouble=state["trouble"] and SourceUnavailable(**state["trouble"]),
            trouble_since=state["trouble_since"] and dt.datetime.fromisoformat(state["trouble_since"]),
            damage=_notice(damage),
            damaged_content=damaged_content,
            loss=_notice(state["loss"]),
            source_notice=_notice(state["renamed"]),
            accepted=tuple(state["accepted"]),
            asked=state["asked"],
        )
    except (ValueError, TypeError, LookupError) as error:
        _log.warning("The state of a sheet cannot be read: %s", type(error).__name__)
        return Live()


def _notice(fields: Any) -> Any:
    return fields and Notice(**fields | {"since": dt.datetime.fromisoformat(fields["since"])})
