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
    name = f"{answer.__module__}.{answer.__qualname__}"

    @wraps(answer)
    def kept(snapshot: Snapshot, /, *given: _Given.args, **named: _Given.kwargs) -> _Answer:
        answers: dict[Hashable, _Answer]
        lock, answers = snapshot.__dict__.setdefault(name, (RLock(), {}))
        key = given, tuple(named.items())
        if key not in answers:
            with lock:  # who comes second waits: the same work twice at once takes both of them twice as long
                if key not in answers:
                    answers[key] = answer(snapshot, *given, **named)
        return answers[key]

    return kept
