"""Keeps in the store what was seen of a sheet, and takes turns to look at it with other processes that share the store.

With a single process each turn is its own. What was seen is remembered while the store cannot be used.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from cwac import logs
from cwac.model import SourceUnavailable, Workbook
from cwac.refresh.live import Damage, Live, Loss, Notice
from cwac.storage import turns
from cwac.storage.store import Store, StoreTrouble, Version
from cwac.storage.turns import TurnRow

_log = logging.getLogger(__name__)

PENDING = 20
"""How many versions wait in memory for a store that cannot be written to; after that the oldest are lost."""

UNLESS_ANOTHER_LOOKED = 1e9
"""Passed to `Keeper.read` as the wait, in seconds: only the process that took the last turn gets the next one."""

MOST_UNREADABLE = 20
"""How many unreadable versions are skipped in search of one that can be shown."""


class Exchange(NamedTuple):
    """What came of reading the row of turns: the state to show, the turn taken, and what happened meanwhile."""

    live: Live
    turn: int | None = None
    has_answered: bool = False
    has_news: bool = False
    """Another process has looked."""
    is_back: bool = False
    """The shared store was in trouble before."""
    is_emptied: bool = False


class Keeper:
    """The versions of one sheet that wait to be kept, its row of turns, and what viewers are told about the store.

    `sheet` is the key of its versions; without one nobody else could read it. Methods may raise `StoreTrouble`, except
    where they say that they do not.
    """

    def __init__(
        self, store: Store | None, sheet: str | None, clock: Callable[[], dt.datetime], thin_after_days: int | None
    ) -> None:
        self.is_shared = store is not None and sheet is not None and store.is_shared
        """Whether processes on other machines may look at the sheet as well."""
        self.pending: deque[tuple[Workbook, bool]] = deque(maxlen=PENDING)
        """Workbooks with whether each is good, oldest first."""
        self.row: TurnRow | None = None
        """As it was read last."""
        self.followed = 0
        """The last turn whose outcome this process has seen."""
        self.trouble: Notice | None = None
        self._moved_aside: Notice | None = None
        self._file_lost: Notice | None = None
        self._store = store
        self._sheet = sheet
        self._clock = clock
        self._thin_after_days = thin_after_days
        self._thinned: dt.date | None = None
        self._times_begun = 0
        self._own: int | None = None
        """The last turn that this process has taken."""
        self._was_restored = False
        """The row read last is from before one that was read earlier."""

    # --- turns -------------------------------------------------------------------------------------------------------

    @property
    def is_own_turn(self) -> bool:
        """Whether this process has looked last, as far as it knows."""
        return self.row is None or self.row.turn == self._own

    def exchange(self, live: Live, wait: float | None = None) -> Exchange:
        """Read the row, with `wait` taking a turn, and follow what another process kept. Raises no `StoreTrouble`."""
        was_away, is_emptied = self.trouble is not None and self.is_shared, False
        try:
            turn = self.read(wait)
            if is_emptied := self._was_emptied():
                live = self._begin_anew(live)
            if self.row is None:
                return Exchange(live, turn, True, is_emptied=is_emptied)
            if was_away and not self.pending:
                self.trouble = None
            if has_news := self._has_news(self.row, live.as_of):
                live = self.follow(live, self.row)
            return Exchange(live, turn, True, has_news, was_away, is_emptied)
        except StoreTrouble as trouble:
            self.failed(trouble)
            return Exchange(live, is_emptied=is_emptied)

    def _has_news(self, row: TurnRow, seen: dt.datetime | None) -> bool:
        """Whether another process has written an outcome later than `seen` that this one has not seen."""
        told = from_json(row.state).as_of if self.pending else None
        return row.kept_turn > self.followed and not (seen and told and told < seen)

    def read(self, wait: float | None = None) -> int | None:
        """Read the row; with `wait`, take the next turn if nobody else has for so many seconds: its number."""
        if self._store is None or self._sheet is None:
            return None if wait is None else 0
        if wait is None:
            self._note(turns.read(self._store, self._sheet))
            return None
        try:
            taken, row = turns.take(self._store, self._sheet, wait, self._own)
        except StoreTrouble as trouble:
            if trouble.cause != "corrupt":
                raise
            taken, row = turns.take(self._store, self._sheet, wait, self._own)  # in the new file
        self._note(row, taken=taken)
        self._own = row.turn if taken else self._own
        return row.turn if taken else None

    def _note(self, row: TurnRow | None, *, taken: bool = False) -> None:
        turn = 0 if row is None else row.turn - taken
        self._was_restored = self.row is not None and turn < self.row.turn
        if self._was_restored:
            self._own, self.followed = None, 0 if row is None else row.kept_turn
        self.row = row

    # --- versions ----------------------------------------------------------------------------------------------------

    def last_good(self) -> tuple[Version, Workbook] | None:
        """The newest version that is good and can be read."""
        if self._store is None or self._sheet is None:
            return None
        version = self._store.latest(self._sheet)
        for _ in range(MOST_UNREADABLE):
            if version is None:
                break
            try:
                return version, self._store.load(version)
            except StoreTrouble as trouble:
                if trouble.cause != "corrupt":
                    raise
                _log.error("%s", trouble)
            version = self._store.before(version)
        return None

    def earlier(self, version: Version, since: dt.datetime) -> tuple[Workbook, Version] | None:
        """The good version of that moment, else the oldest, if it is another one than `version` and can be read."""
        assert self._store is not None
        then = self._store.as_of(version.source, since) or self._store.oldest(version.source)
        if then is None or then.id == version.id:
            return None
        try:
            return self._store.load(then), then
        except StoreTrouble:
            return None

    def with_whole_loss(self, live: Live) -> Live:
        """The same with the workbook from before a loss that another process pointed out: to see if it comes back."""
        loss = live.loss
        if loss is None or loss.workbook is not None or self._store is None:
            return live
        try:
            version = None if loss.notice.version is None else self._store.version(loss.notice.version)
            if version is not None:
                return replace(live, loss=replace(loss, workbook=self._store.load(version)))
        except StoreTrouble as trouble:
            _log.warning("What was kept before a loss could not be read: %s", trouble.cause)
        return replace(live, loss=None)

    def follow(self, live: Live, row: TurnRow) -> Live:
        """The state that another process kept, with the snapshot of before."""
        assert self._store is not None
        told = from_json(row.state)
        version = None if row.version is None else self._store.version(row.version)
        if version is not None:  # else it was purged: the next look brings what is shown instead
            if live.workbook is None or live.workbook.content_hash != version.content_hash:
                live = replace(live, workbook=self._store.load(version))
            live = replace(live, version=version.id, as_of=told.as_of or version.seen_at)
        self.followed = row.kept_turn
        self.pending.clear()
        return replace(
            live,
            attempted=row.looked_at,
            asked=told.asked,
            trouble=told.trouble,
            trouble_since=told.trouble_since,
            damage=told.damage,
            loss=told.loss,
            source_notice=told.source_notice,
        ).accepting(*told.accepted)

    def add(self, workbook: Workbook, *, good: bool) -> None:
        """Have this workbook kept with the next outcome."""
        if self._store is None:
            return
        if self.pending and self.pending[-1][0].content_hash == workbook.content_hash:
            self.pending.pop()
        self.pending.append((workbook, good))

    def keep(self, turn: int, live: Live, pause: float) -> Live | None:
        """Store what is pending and the outcome of a look; None if another process has looked later.

        Otherwise, `live` with the numbers of what was kept. What cannot be stored now waits for the next look, and
        `trouble` says why. `pause`: seconds until the source may be asked again. Raises nothing.
        """
        kept: Live | None = live
        try:
            if self._store is None:
                return live
            kept = self._keep_here(self._store, live) if self._sheet is None else self._keep_outcome(turn, live, pause)
            if kept is None:
                self.pending.clear()
                return None
            if kept.workbook is not None:
                self._thin(self._store, kept.workbook.identity)
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

    def keep_late(self, live: Live, pause: float) -> tuple[Live, bool]:
        """Keep a look that was made without a turn, unless another process has looked since. Raises nothing."""
        kept = None
        try:
            turn = self.read(UNLESS_ANOTHER_LOOKED)
            if self._was_emptied():
                live = self._begin_anew(live)
            kept = None if turn is None else self.keep(turn, live, pause)
        except StoreTrouble as trouble:
            self.failed(trouble)
        return (live, False) if kept is None or self.trouble is not None else (kept, True)

    def _keep_here(self, store: Store, live: Live) -> Live:
        """Keep a sheet that only this process reads."""
        while self.pending:
            workbook, good = self.pending[0]
            live = _with_version(live, workbook, good, store.keep(workbook, good=good))
            self.pending.popleft()
        return live

    def _keep_outcome(self, turn: int, live: Live, pause: float) -> Live | None:
        assert self._store is not None
        assert self._sheet is not None
        assert live.attempted is not None
        kept = live

        def outcome(versions: Sequence[Version], present: str) -> tuple[int | None, str]:
            nonlocal kept
            for (workbook, good), version in zip(self.pending, versions, strict=True):
                kept = _with_version(kept, workbook, good, version)
            kept = replace(kept, accepted=from_json(present).accepting(*kept.accepted).accepted)
            return kept.version, to_json(kept)

        if not turns.finish(self._store, self._sheet, turn, live.attempted, pause, list(self.pending), outcome):
            return None
        self.followed = turn
        self.pending.clear()
        return kept

    def _thin(self, store: Store, source: str) -> None:
        """Once a day, thin the old versions, if that is configured."""
        now = self._clock()
        if self._thin_after_days is not None and self._thinned != now.date():
            if (confirmed := store.confirmed_time(now)) is not None:
                store.thin(source, confirmed - dt.timedelta(days=self._thin_after_days))
            self._thinned = now.date()

    # --- trouble -----------------------------------------------------------------------------------------------------

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices about the store on every page."""
        told = (self.trouble, self._moved_aside, self._file_lost)
        return tuple(notice for notice in told if notice is not None)

    def failed(self, trouble: StoreTrouble) -> None:
        """Have viewers told of this trouble. Raises nothing."""
        sentence = str(trouble)
        if self.is_shared:
            sentence = (
                f"{trouble.sentence} Meanwhile this dashboard looks at the sheet less often, and what it sees is not "
                f"kept. {trouble.remedy}"
            )
        self._say(sentence)
        self._note_moved_aside()

    def _say(self, sentence: str) -> None:
        if self.trouble is None or self.trouble.sentence != sentence:
            self.trouble = Notice("store", sentence, self._clock())

    def _note_moved_aside(self) -> None:
        """Point out a SQLite file that was found corrupt, if there was one."""
        aside = self._store.moved_aside if self._store is not None else None
        if aside is not None and self._moved_aside is None:
            sentence = (
                f"The file with the history was damaged. It was moved aside as {aside.name}, and a new one begun. "
                "Whoever runs this dashboard may have a backup, or rescue what is in it."
            )
            self._moved_aside = Notice("store", sentence, self._clock())

    def _was_emptied(self) -> bool:
        """Whether the SQLite file was found deleted or replaced since the last call, or the database was restored."""
        if self._store is None or (begun := self._store.look_at_the_file()) == self._times_begun:
            return self._was_restored
        self._times_begun = begun
        sentence = (
            "The file with the history was deleted, moved or replaced while the dashboard was running, so the history "
            "begins anew with the sheet as it is shown. Not in it: earlier versions, private calendar links, the audit "
            "and when people were last here. Whoever runs this dashboard: to have those back, stop it, put the old "
            "file in its place, and start it again."
        )
        self._file_lost = Notice("store", sentence, self._clock())
        return True

    def _begin_anew(self, live: Live) -> Live:
        """Store what is shown once more, and the version that a notice names; `live` without numbers of versions."""
        if live.workbook is not None and not (self.pending and self.pending[0][0] is live.workbook):
            self.pending.appendleft((live.workbook, True))
        if live.loss is not None and live.loss.workbook is not None:
            self.pending.appendleft((live.loss.workbook, True))
        return replace(
            live,
            version=None,
            damage=live.damage and replace(live.damage, notice=live.damage.notice.of_version(None)),
            loss=live.loss and replace(live.loss, notice=live.loss.notice.of_version(None)),
        )


def _with_version(live: Live, workbook: Workbook, good: bool, version: Version) -> Live:
    """The same with the number of a workbook that was just kept."""
    loss = live.loss
    if loss is not None and loss.workbook is workbook and loss.notice.version is None:
        live = replace(live, loss=replace(loss, notice=loss.notice.of_version(version.id)))
    return replace(live, version=version.id) if good else live


# --- the state in the row of turns, for the other processes ------------------------------------------------------


def to_json(live: Live) -> str:
    """The state without the version shown; `source_notice` has the name that earlier releases read."""
    trouble = live.trouble and {
        name: getattr(live.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")
    }
    state = {
        "as_of": live.as_of,
        "trouble": trouble,
        "trouble_since": live.trouble_since,
        "damage": live.damage and (live.damage.content, live.damage.notice),
        "loss": live.loss and live.loss.notice,
        "renamed": live.source_notice,
        "accepted": live.accepted,
        "asked": live.asked,
    }
    return json.dumps(state, default=lambda value: asdict(value) if isinstance(value, Notice) else value.isoformat())


def from_json(text: str) -> Live:
    """The state that `to_json` wrote; an empty one if nothing was written, or another release writes it otherwise."""
    if not text:
        return Live()
    try:
        state = json.loads(text)
        damage, loss = state["damage"], _notice(state["loss"])
        return Live(
            as_of=_moment(state["as_of"]),
            trouble=state["trouble"] and SourceUnavailable(**state["trouble"]),
            trouble_since=_moment(state["trouble_since"]),
            damage=damage and Damage(damage[0], _notice(damage[1])),
            loss=loss and Loss(loss),
            source_notice=_notice(state["renamed"]),
            accepted=tuple(state["accepted"]),
            asked=state["asked"],
        )
    except (ValueError, TypeError, LookupError) as error:
        _log.warning("The state of a sheet cannot be read: %s", type(error).__name__)
        return Live()


def _notice(fields: Any) -> Any:
    return fields and Notice(**fields | {"since": dt.datetime.fromisoformat(fields["since"])})


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
