"""Answers that are kept for one version of a county's sheet, and gone with it: whoever asks next has them at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


class _One:
    """One answer, or that somebody is working it out."""

    __slots__ = ("answer", "known", "making")

    def __init__(self) -> None:
        self.known, self.making = False, RLock()
        self.answer: Any = None


class Kept:
    """At most so many answers, those asked for last. What comes back is shared by everybody: never change it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _One] = OrderedDict()
        self._lock = RLock()

    def answer(self, key: Hashable, work: Callable[[], _Answer]) -> _Answer:
        """`work()`, unless it is known by that key. Who asks meanwhile waits; what fails is tried again."""
        with self._lock:
            one = self._answers.setdefault(key, _One())
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if not one.known:
            with one.making:
                if not one.known:
                    one.answer, one.known = work(), True
        return one.answer  # type: ignore[no-any-return]


_of: dict[Hashable, tuple[Hashable, Kept]] = {}
_lock = RLock()


def of(county: Hashable, version: Hashable, most: int) -> Kept:
    """What is kept of that version. With another version of the county begins another one: this one stays with those
    who still look at it, and is gone when they are.
    """
    with _lock:
        if county not in _of or _of[county][0] != version:
            _of[county] = version, Kept(most)
        return _of[county][1]
