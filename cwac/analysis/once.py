"""What is worked out once for a snapshot, kept with it, and gone with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import update_wrapper
from threading import RLock
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from cwac.model import Snapshot

_Answer = TypeVar("_Answer")
_Given = ParamSpec("_Given")


class Once(Generic[_Given, _Answer]):
    """An answer that is worked out when it is first asked for, or was given before."""

    def __init__(self, answer: Callable[Concatenate[Snapshot, _Given], _Answer]) -> None:
        self._work = answer
        self._name = f"{answer.__module__}.{answer.__qualname__}"
        update_wrapper(self, answer)

    def __call__(self, snapshot: Snapshot, /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        lock, answers = self._kept(snapshot)
        key = given, tuple(named.items())
        if key not in answers:
            with lock:  # who comes second waits: the same work twice at once takes both of them twice as long
                if key not in answers:
                    answers[key] = self._work(snapshot, *given, **named)
        return answers[key]  # type: ignore[no-any-return]

    def _kept(self, snapshot: Snapshot) -> tuple[RLock, dict[Hashable, Any]]:
        return snapshot.__dict__.setdefault(self._name, (RLock(), {}))  # type: ignore[no-any-return]


def once(answer: Callable[Concatenate[Snapshot, _Given], _Answer]) -> Once[_Given, _Answer]:
    """As a `cached_property` of the snapshot would be. What comes back is shared by everybody: never change it.

    What may be given beside the snapshot is little: all that was asked is kept. The answer must not hold the snapshot
    itself, in a circle of which neither would go.
    """
    return Once(answer)
