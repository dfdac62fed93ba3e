"""Processes that share a PostgreSQL: one reads the sheets, all show the same.

Each is in one of four states:

- `on duty`: it holds the lease, one for all sheets of the deployment. It reads, keeps, and announces what it shows.
- `following`: another one holds it. It shows what that one announced, from the versions which that one kept.
- `cut off`: the database cannot be had, and no lease is left. It shows what it has, with its age and the cause. Another
  may hold the lease by now, so it reads nothing by itself; only where it has nothing at all to show, or somebody
  presses Refresh: people who plan a day must get at their sheet, and do not press often enough to be a second reader.
- `unsure`: not asked yet, or the lease has run out and was not renewed yet. It waits for what the database says.

A lease lasts one interval and a quarter and is renewed four times in that. Its holder trusts its own clock no longer
than that, counted from before it asked, so one that was paused stops before it knows why; and what it fetched before is
not kept, as the store refuses whoever no longer holds the lease. Who was alone for longer than two leases stays on duty
while the database is away: a single process must not stop because nobody else can be asked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.refresh.poller import Notice, Refresher
from cwac.refresh.source_factory import Source
from cwac.storage.store import Store, StoreTrouble
from cwac.storage.tables import digest

_log = logging.getLogger(__name__)

LASTS = 1.25
"""A lease, in intervals."""

LONGEST = 60.0
"""Seconds: sheets that are read less often than that are still taken over as soon."""

HEARS = 0.5
"""Seconds that a process listens before it looks up whether it should end."""

State = Literal["unsure", "on duty", "following", "cut off"]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the database said last, and until when (by the monotonic clock) the lease holds at least."""

    lease: Lease | None = None
    until: float = float("-inf")
    trouble: StoreTrouble | None = None
    following: bool = False


class Duty:
    """Whether this process reads the sheets: renews the lease and listens to the others, in a thread of its own."""

    def __init__(self, store: Store, sources: Iterable[str], every: float) -> None:
        self._store = store
        # By what is read: deployments for other sheets may share the database.
        self._name = "duty " + hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()[:32]
        self._holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
        self._seconds = LASTS * min(every, LONGEST)
        self._replicas: dict[str, Replica] = {}
        """By the digest of their source."""
        self._standing = _Standing()
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None

    def of(self, replica: Replica, source: str) -> None:
        """From now on that replica is told what happens."""
        self._replicas[digest(source)] = replica

    @property
    def lease(self) -> Lease | None:
        """The lease, while it holds by our own clock, or nobody can be asked and nobody else was there."""
        now = self._standing
        alone = now.trouble is not None and now.lease is not None and now.lease.alone
        return now.lease if alone or time.monotonic() < now.until else None

    @property
    def state(self) -> State:
        if self.lease is not None:
            return "on duty"
        now = self._standing
        return "cut off" if now.trouble is not None else "following" if now.following else "unsure"

    @property
    def trouble(self) -> StoreTrouble | None:
        """What ails the database, said to who is cut off."""
        found = self._standing.trouble
        if found is None:
            return None
        sentence = f"{found.sentence} Meanwhile the sheet is read only when somebody presses Refresh."
        return StoreTrouble(found.cause, sentence, found.remedy)

    def lose(self) -> None:
        """The store has refused: another process has the lease."""
        self._stand(_Standing())

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="cwac-duty", daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """Have the thread give the lease back and end, without waiting for it."""
        self._leaving.set()

    def stop(self, seconds: float = 5.0) -> None:
        """End the thread; one that hangs in the database is left behind after `seconds`."""
        self.leave()
        if self._thread is not None:
            self._thread.join(seconds)

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._leaving.is_set():
            try:
                with self._store.listening() as hear:
                    self._attend(hear)
            except StoreTrouble as trouble:
                if self._standing.trouble is None:
                    _log.warning("The database is cut off: %s", trouble.cause)
                self._stand(replace(self._standing, trouble=trouble))
            except Exception as error:
                _log.error("A mistake while sharing the sheets: %s", type(error).__name__)
            self._leaving.wait(self._seconds / 4)
        held, self._standing = self._standing, _Standing()
        if held.lease is not None and held.trouble is None:
            with suppress(StoreTrouble):
                self._store.release(self._name, self._holder)
        self._store.close()

    def _attend(self, hear: Callable[[float], tuple[str, ...]]) -> None:
        due = time.monotonic()
        while not self._leaving.is_set():
            if time.monotonic() >= due:
                self._renew()
                due = time.monotonic() + self._seconds / 4
            for word in hear(max(0.0, min(HEARS, due - time.monotonic()))):
                self._heard(word)

    def _renew(self) -> None:
        """Take or renew the lease, and see whether anything was said that we did not hear."""
        began = time.monotonic()
        lease = self._store.lease(self._name, self._holder, self._seconds)
        said = self._store.announced() if lease is None else {}
        self._stand(_Standing(lease, began + self._seconds if lease else began, None, following=lease is None))
        for source, at in said.items():
            replica = self._replicas.get(digest(source))
            if replica is not None and replica.heard != at:
                replica.hear()

    def _heard(self, word: str) -> None:
        kind, _, of = word.partition(" ")
        replica = self._replicas.get(of)
        if kind == "free" and of == self._name:
            self._renew()
        elif replica is not None and kind == "news":
            replica.hear()
        elif replica is not None and kind == "asked" and self.lease is not None:
            replica.refresh_now()
        elif replica is not None and kind == "accept" and self.lease is not None:
            replica.accept()

    def _stand(self, standing: _Standing) -> None:
        before, self._standing = self._standing, standing
        if (before.lease, before.following, before.trouble is None) == (
            standing.lease, standing.following, standing.trouble is None
        ):  # fmt: skip
            return
        _log.info("This process is %s", self.state)
        for one in self._replicas.values():
            one.stir()


class Replica(Refresher):
    """A refresher in one of several processes: reads while that is its duty, else shows what the one on duty shows."""

    def __init__(
        self,
        duty: Duty,
        source: Source,
        read: Callable[[Workbook, dt.date], Snapshot],
        store: Store,
        **other: Any,
    ) -> None:
        super().__init__(source, read, store, **other)
        assert source.identity is not None
        self.heard: float | None = None
        """When what is shown was announced, by the database's clock."""
        self._duty, self._shared, self._identity = duty, store, source.identity
        self._news = False
        self._leads = False
        self._said: _Said | None = None
        """What the one on duty says, while that is another one."""
        self._next = float("-inf")
        duty.of(self, source.identity)

    @property
    def on_duty(self) -> bool | None:
        return self._duty.lease is not None

    def start(self) -> None:
        self._duty.start()
        super().start()

    def leave(self) -> None:
        self._duty.leave()
        super().leave()

    def stop(self, seconds: float = 5.0) -> None:
        super().stop(seconds)
        self._duty.stop(seconds)

    def accept(self, notice: Notice | None = None) -> bool:
        """Show the damaged sheet after all; asked of the process that reads it, where that is another one."""
        said = self._said
        if self._duty.lease is not None or said is None:
            return super().accept(notice)
        if said.damaged is None or (notice is not None and notice.sentence != said.damaged[1].sentence):
            return False
        with suppress(StoreTrouble):
            self._shared.ask(self._identity, "accept")
            return True
        return False

    def hear(self) -> None:
        """There is news of this sheet."""
        self._news = True
        self._wake.set()

    def stir(self) -> None:
        """The duty has passed on, or the database has gone or come back."""
        self._wake.set()

    # --- the thread ----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        with suppress(StoreTrouble):
            self._follow()
        # Whoever finds nobody on duty looks at once, whatever was announced before.
        self._next, self._news = float("-inf"), True
        if self._live.snapshot is None:
            super().begin()

    def _woken(self, due: float) -> float:
        now = time.monotonic()
        if self._duty.lease is None:
            self._leads = False
            return self._aside()
        if not self._leads:
            self._leads = True
            self._take_over()
            due = self._next if self._next > now else now + self._after
        looks = self.looks
        self._next = due = super()._woken(due)
        if self.looks > looks:
            self._tell(due - time.monotonic())
        return due

    def _aside(self) -> float:
        """What there is to do without the lease; when to see again whether it is another day."""
        state, again = self._duty.state, time.monotonic() + self._pace.every
        if state == "cut off":
            trouble = self._duty.trouble
            if trouble is not None and (self._store_trouble is None or self._store_trouble.sentence != str(trouble)):
                self._store_trouble = Notice("store", str(trouble), self._clock())
            if self._live.snapshot is None:
                self._next = again = super()._woken(self._next)
            else:
                again = super()._woken(again)
            # Nobody is going to look, so the source is not to be said to be silent.
            self._announce(replace(self._live, snapshot=self._of_today(), next_attempt=None))
            return again
        if state == "following":
            self._store_trouble = None
            try:
                if self._asked:
                    self._asked = False
                    self._shared.ask(self._identity)
                if self._news or self._said is None:
                    self._news = False
                    self._follow()
            except StoreTrouble:
                return again  # the duty hears of it too, and of what was missed
        self._announce(replace(self._live, snapshot=self._of_today()))
        return again

    def _is_ours(self) -> bool:
        self._lease = self._duty.lease
        return self._lease is not None or self._duty.state == "cut off"

    def _keep_in(self, store: Store) -> None:
        if self._lease is None:
            if (trouble := self._duty.trouble) is not None:
                raise trouble
            return
        try:
            super()._keep_in(store)
        except LeaseLost:
            # Whoever has the lease has seen the sheet since, or is about to.
            self._unkept.clear()
            self._duty.lose()

    def _of_today(self) -> Snapshot | None:
        return self._live.snapshot if self._good is None else self._snapshot(self._good)

    def _notices(self) -> tuple[Notice, ...]:
        said = self._said
        if said is None:
            return super()._notices()
        told = (said.damaged and said.damaged[1], said.lost, self._store_trouble)
        return tuple(notice for notice in told if notice is not None)

    # --- between the one on duty and the others ------------------------------------------------------------------

    def _tell(self, delay: float) -> None:
        """Announce what is shown, once that is kept: the others have it from the store."""
        lease = self._duty.lease
        if lease is None or self._unkept or self._store_trouble is not None:
            return
        live, now = self._live, time.monotonic()
        said = _Said(
            version=self._version,
            as_of=live.as_of,
            attempted=live.attempted,
            due=delay,
            limited=max(0.0, self._limited_until - now),
            asked=min(self._pace.asked, now - self._asked_at),
            trouble=live.trouble,
            trouble_since=live.trouble_since,
            damaged=self._damaged,
            lost=self._lost and self._lost[1],
        )
        try:
            self._shared.announce(lease, self._identity, said.written())
        except LeaseLost:
            self._duty.lose()
        except StoreTrouble as trouble:
            _log.warning("What is shown could not be announced: %s", trouble.cause)

    def _follow(self) -> None:
        """Show what the one on duty shows. Raises `StoreTrouble`."""
        news = self._shared.announcement(self._identity)
        said = None if news is None else _Said.read(news.body)
        if news is None or said is None:
            return
        good, number = self._good, self._version
        if said.version is not None and (self._said is None or said.version != number):
            version = self._shared.version(said.version)
            if version is None:
                return  # purged: what is shown instead is announced in a moment
            number = version.id
            if good is None or good.content_hash != version.content_hash:
                good = self._shared.load(version)
        snapshot = self._live.snapshot if good is None else self._snapshot(good)
        said_at = time.monotonic() - news.age
        self.heard, self._said, self._good, self._version = news.at, said, good, number
        self._damaged = self._lost = self._accepted = None
        self._unkept.clear()
        self._failing, self._failing_since = 0, said.trouble_since
        self._answered = said_at if said.trouble is None else self._answered
        self._next, self._limited_until = said_at + said.due, said_at + said.limited
        with self._asking:
            self._asked_at = max(self._asked_at, said_at - said.asked)
        self._announce(
            replace(
                self._live,
                snapshot=snapshot,
                as_of=said.as_of,
                attempted=said.attempted,
                next_attempt=self._clock() + dt.timedelta(seconds=said.due - news.age),
                trouble=said.trouble,
                trouble_since=said.trouble_since,
            )
        )
        self._ready.set()

    def _take_over(self) -> None:
        """Go on where the one before stopped: with its warnings, and only with what is newer than what it kept."""
        said, self._said = self._said, None
        before: Snapshot | None = None
        earlier: Workbook | None = None
        try:
            latest = self._shared.latest(self._identity)
            if latest is not None:
                newer = [one for one in self._unkept if one[0].as_of > latest.seen_at]
                self._unkept.clear()
                self._unkept.extend(newer)
            if said is not None and said.lost is not None and self._live.snapshot is not None:
                version = None if said.lost.version is None else self._shared.version(said.lost.version)
                if version is not None:
                    earlier = self._shared.load(version)
                    before = self._read(earlier, self._live.snapshot.today)
        except (StoreTrouble, SourceUnavailable) as trouble:
            _log.warning("What was kept before could not be read: %s", trouble.cause)
        if said is not None:
            self._damaged = said.damaged
            self._lost = None if before is None or said.lost is None else (before, said.lost, earlier)
        if self._good is not None:
            self._source.remember(self._good)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is announced of a sheet: what is shown, and what whoever takes over must know.

    Seconds count from when it was said: `due` until the next look, `limited` while Google wants to be left alone,
    `asked` since somebody pressed Refresh. `damaged` comes with the content of the damaged sheet.
    """

    version: int | None
    as_of: dt.datetime | None
    attempted: dt.datetime | None
    due: float
    limited: float
    asked: float
    trouble: SourceUnavailable | None
    trouble_since: dt.datetime | None
    damaged: tuple[str, Notice] | None
    lost: Notice | None

    def written(self) -> str:
        trouble = self.trouble and {
            name: getattr(self.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")
        }
        damaged = self.damaged and (self.damaged[0], _notice_written(self.damaged[1]))
        return json.dumps(
            {
                "version": self.version,
                "as_of": _moment_written(self.as_of),
                "attempted": _moment_written(self.attempted),
                "due": self.due,
                "limited": self.limited,
                "asked": self.asked,
                "trouble": trouble,
                "trouble_since": _moment_written(self.trouble_since),
                "damaged": damaged,
                "lost": self.lost and _notice_written(self.lost),
            }
        )

    @classmethod
    def read(cls, body: str) -> _Said | None:
        """What `written` wrote; None where another version of this program wrote it in another way."""
        try:
            given = json.loads(body)
            trouble, damaged, lost = given["trouble"], given["damaged"], given["lost"]
            return cls(
                version=given["version"],
                as_of=_moment(given["as_of"]),
                attempted=_moment(given["attempted"]),
                due=given["due"],
                limited=given["limited"],
                asked=given["asked"],
                trouble=trouble and SourceUnavailable(**trouble),
                trouble_since=_moment(given["trouble_since"]),
                damaged=damaged and (damaged[0], _notice(damaged[1])),
                lost=lost and _notice(lost),
            )
        except (ValueError, TypeError, LookupError) as error:
            _log.warning("What was announced cannot be read: %s", type(error).__name__)
            return None


def _moment_written(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _notice_written(notice: Notice) -> tuple[object, ...]:
    return notice.code, notice.sentence, notice.since.isoformat(), notice.version, notice.may_accept


def _notice(given: list[Any]) -> Notice:
    code, sentence, since, version, *may_accept = given
    return Notice(code, sentence, dt.datetime.fromisoformat(since), version, *may_accept)
