"""What is worked out once for a snapshot, kept with it, and gone with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from cwac.model import Snapshot

_Answer = TypeVar("_Answer")
_Given = ParamSpec("_Given")


def once(
    answer: Callable[Concatenate[Snapshot, _Given], _Answer],
) -> Callable[Concatenate[Snapshot, _Given], _Answer]:
    """As a `cached_property` of the snapshot would be. What comes back is shared by everybody: never change it.

    What may be given beside the snapshot is little: all that was asked is kept. The answer must not hold the snapshot
    itself, in a circle of which neither would go.
    """

    @wraps(answer)
    def kept(snapshot: Snapshot, /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        lock, answers = _kept(answer, snapshot)
        key = given, tuple(named.items())
        if key not in answers:
            with lock:  # who comes second waits: the same work twice at once takes both of them twice as long
                if key not in answers:
                    answers[key] = answer(snapshot, *given, **named)
        return answers[key]

    return kept


def tell(answer: Callable[..., _Answer], snapshot: Snapshot, found: _Answer, *given: Hashable) -> None:
    """Have this be the answer, by an easier way than from nothing; `given` as whoever asks will give it."""
    lock, answers = _kept(answer, snapshot)
    with lock:
        answers[given, ()] = found


def told(answer: Callable[..., _Answer], snapshot: Snapshot, *given: Hashable) -> _Answer | None:
    """The answer, if anybody has asked so."""
    _, answers = _kept(answer, snapshot)
    return answers.get((given, ()))


def _kept(answer: Callable[..., _Answer], snapshot: Snapshot) -> tuple[RLock, dict[Hashable, _Answer]]:
    name = f"{answer.__module__}.{answer.__qualname__}"
    return snapshot.__dict__.setdefault(name, (RLock(), {}))  # type: ignore[no-any-return]
