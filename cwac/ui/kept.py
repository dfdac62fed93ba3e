"""Answers that are kept for one version of a county's sheet, and gone with it: whoever asks next has them at once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeVar

from cwac.model import Snapshot

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Question:
    """What was asked of a share of the snapshot, and whose share: it may be asked of another version as well."""

    who: Hashable
    answer: Callable[..., Any]
    given: tuple[Any, ...]
    named: Mapping[str, Any]

    def key(self, share: Snapshot) -> Hashable:
        """By what its answer is known. What is named with an underscore follows from the rest."""
        named = {name: one for name, one in self.named.items() if not name.startswith("_")}
        return repr((self.answer.__module__, self.answer.__qualname__, share.content_hash, self.given, named))

    def of(self, share: Snapshot) -> Any:
        return self.answer(share, *self.given, **self.named)

    @property
    def holds(self) -> bool:
        """Whether it is the same of another version: nothing of one is given with it."""
        return not any(name.startswith("_") for name in self.named)


class _One:
    """One answer, or that somebody is working it out."""

    __slots__ = ("answer", "known", "making", "question")

    def __init__(self) -> None:
        self.known, self.making = False, RLock()
        self.answer: Any = None
        self.question: Hashable = None


class Kept:
    """At most so many answers, those asked for last. What comes back is shared by everybody: never change it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._answers: OrderedDict[Hashable, _One] = OrderedDict()
        self._lock = RLock()

    def answer(self, key: Hashable, work: Callable[[], _Answer], question: Hashable = None) -> _Answer:
        """`work()`, unless it is known by that key. Who asks meanwhile waits; what fails is tried again.

        `question` is for `asked`: what somebody asked, where it can be asked of another version.
        """
        with self._lock:
            one = self._answers.setdefault(key, _One())
            self._answers.move_to_end(key)
            if len(self._answers) > self.most:
                self._answers.popitem(last=False)
        if question is not None:
            one.question = question
        if not one.known:
            with one.making:
                if not one.known:
                    one.answer, one.known = work(), True
        return one.answer  # type: ignore[no-any-return]

    def give(self, key: Hashable, answer: object) -> None:
        """What whoever asks so is to have, as if it had been asked for before all others."""
        one = _One()
        one.answer, one.known = answer, True
        with self._lock:
            self._answers[key] = one
            self._answers.move_to_end(key, last=False)

    def asked(self) -> list[tuple[Any, Any]]:
        """What was asked, with the answers that are known, those asked last first."""
        with self._lock:
            every = [one for one in reversed(self._answers.values()) if one.question is not None and one.known]
        return [(one.question, one.answer) for one in every]


@dataclass
class _Versions:
    """Of a county: what is kept of the version shown, since when, and of the one that is about to be."""

    version: Hashable
    kept: Kept
    since: float
    before: Hashable = None
    coming: tuple[Hashable, Kept] | None = None


STRAGGLING = 5.0
"""Seconds within which somebody may still ask for the version before: that does not end what is kept of the new one."""

_of: dict[Hashable, _Versions] = {}
_lock = RLock()


def of(county: Hashable, version: Hashable, most: int) -> Kept:
    """What is kept of that version. With another version of the county begins another one: this one stays with those
    who still look at it, and is gone when they are.
    """
    with _lock:
        found = _of.get(county)
        if found is not None and found.version == version:
            return found.kept
        now = time.monotonic()
        if found is not None and found.before == version and now < found.since + STRAGGLING:
            return Kept(most)
        coming = found.coming if found is not None else None
        kept = coming[1] if coming is not None and coming[0] == version else Kept(most)
        _of[county] = _Versions(version, kept, now, found and found.version)
        return kept


def shown(county: Hashable) -> tuple[Any, Kept] | None:
    """The version shown, and what is kept of it; None where nobody has looked yet."""
    with _lock:
        found = _of.get(county)
        return None if found is None else (found.version, found.kept)


def coming(county: Hashable, version: Hashable, most: int) -> Kept:
    """What is to be kept of a version that is not shown yet, of a county that somebody looks at."""
    kept = Kept(most)
    with _lock:
        _of[county].coming = version, kept
    return kept
