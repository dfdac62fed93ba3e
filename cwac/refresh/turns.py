"""Several processes take turns to look at a sheet, and show what the others saw. With a single one it always succeeds.

The row of a sheet in the store says who looks next (`cwac.storage.turns`); its `state` is a `State`, written here.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cwac.model import SourceUnavailable, Workbook
from cwac.refresh.live import Notice
from cwac.storage import turns
from cwac.storage.store import Store, StoreTrouble, Version
from cwac.storage.turns import Outcome, TurnRow

_log = logging.getLogger(__name__)

ALONE = 4
"""Intervals between the looks of one of several processes while their database is away."""


@dataclass(frozen=True, slots=True)
class State:
    """What the process that looked last tells the others, beside the version shown.

    `damage` comes with the content hash of the damaged sheet. `asked`: somebody had pressed Refresh.
    """

    as_of: dt.datetime | None = None
    trouble: SourceUnavailable | None = None
    trouble_since: dt.datetime | None = None
    damage: tuple[str, Notice] | None = None
    loss: Notice | None = None
    source_notice: Notice | None = None
    accepted: tuple[str, ...] = ()
    asked: bool = False

    def to_json(self) -> str:
        trouble = self.trouble and {
            name: getattr(self.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")
        }
        return json.dumps(
            {
                "as_of": self.as_of and self.as_of.isoformat(),
                "trouble": trouble,
                "trouble_since": self.trouble_since and self.trouble_since.isoformat(),
                "damage": self.damage and (self.damage[0], _notice_to_json(self.damage[1])),
                "loss": self.loss and _notice_to_json(self.loss),
                "renamed": self.source_notice and _notice_to_json(self.source_notice),
                "accepted": self.accepted,
                "asked": self.asked,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> State | None:
        """What `to_json` wrote; None if nothing was written, or by a release that writes something else."""
        if not text:
            return None
        try:
            fields = json.loads(text)
            damage = fields["damage"]
            return cls(
                as_of=_moment(fields["as_of"]),
                trouble=fields["trouble"] and SourceUnavailable(**fields["trouble"]),
                trouble_since=_moment(fields["trouble_since"]),
                damage=damage and (damage[0], Notice(**_with_moment(damage[1]))),
                loss=fields["loss"] and Notice(**_with_moment(fields["loss"])),
                source_notice=fields["renamed"] and Notice(**_with_moment(fields["renamed"])),
                accepted=tuple(fields["accepted"]),
                asked=fields["asked"],
            )
        except (ValueError, TypeError, LookupError) as error:
            _log.warning("The state of a sheet cannot be read: %s", type(error).__name__)
            return None


def _notice_to_json(notice: Notice) -> dict[str, object]:
    return {
        "code": notice.code,
        "sentence": notice.sentence,
        "since": notice.since.isoformat(),
        "version": notice.version,
        "may_accept": notice.may_accept,
    }


def _with_moment(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"since": dt.datetime.fromisoformat(fields["since"])}


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


class Turns:
    """The turns of one process at one sheet. Without a store, or a sheet that others could read, all are its own.

    Every method may raise `StoreTrouble`.
    """

    def __init__(self, store: Store | None, sheet: str | None) -> None:
        self._store = store if sheet is not None else None
        self._sheet = sheet or ""
        self.is_shared = self._store is not None and self._store.is_shared
        """Whether processes on other machines may look at the sheet as well."""
        self.row: TurnRow | None = None
        """As it was read last."""
        self.kept = 0
        """The last turn whose outcome this process has seen."""
        self.was_restored = False
        """The row read last is from before one that was read earlier: somebody restored the database."""
        self._own: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether this process has looked last, as far as it knows."""
        return self.row is None or self.row.turn == self._own

    @property
    def has_news(self) -> bool:
        """Whether another process has written an outcome that this one has not seen."""
        return self.row is not None and self.row.kept_turn > self.kept

    def read(self) -> TurnRow | None:
        if self._store is not None:
            self._note(turns.read(self._store, self._sheet))
        return self.row

    def take(self, wait: float) -> int | None:
        """Take the next turn if nobody else has taken one for `wait` seconds: its number, or None."""
        if self._store is None:
            return 0
        try:
            taken, row = turns.take(self._store, self._sheet, wait, self._own)
        except StoreTrouble as trouble:
            if trouble.cause != "corrupt":
                raise
            taken, row = turns.take(self._store, self._sheet, wait, self._own)  # in the new file
        self._note(row, taken=taken)
        if not taken:
            return None
        self._own = row.turn
        return row.turn

    def finish(
        self,
        turn: int,
        workbooks: Sequence[tuple[Workbook, bool]],
        outcome: Callable[[Sequence[Version], tuple[str, ...]], tuple[int | None, State]],
        looked_at: dt.datetime,
        pause: float,
    ) -> bool:
        """Keep what was seen in a turn and write its outcome; False, and nothing, if a later one was written meanwhile.

        `outcome` is called with the versions kept and the contents that any process has accepted, within the
        transaction; it answers with the version shown and the state. `pause` is in seconds.
        """
        assert self._store is not None

        def written(versions: Sequence[Version], present: str) -> Outcome:
            state = State.from_json(present)
            version, now = outcome(versions, state.accepted if state is not None else ())
            return Outcome(looked_at, version, now.to_json(), pause)

        if turns.finish(self._store, self._sheet, turn, workbooks, written) is None:
            return False
        self.kept = turn
        return True

    def accept(self, content: str) -> None:
        """Tell the other processes that a coordinator wants this content shown."""

        def accepted(present: str) -> str:
            state = State.from_json(present) or State()
            others = [earlier for earlier in state.accepted if earlier != content]
            return replace(state, accepted=(*others, content)).to_json()

        if self._store is not None:
            turns.change_state(self._store, self._sheet, accepted)

    def _note(self, row: TurnRow | None, *, taken: bool = False) -> None:
        before = self.row
        turn = 0 if row is None else row.turn - taken
        self.was_restored = before is not None and turn < before.turn
        if self.was_restored:
            self._own, self.kept = None, 0 if row is None else row.kept_turn
        self.row = row
