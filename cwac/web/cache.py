"""The one cache of answers. Each version of a sheet and day has its own, bounded; a new version starts an empty one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _CacheEntry:
    """One answer, and the lock that its first caller holds while computing it."""

    answer: Any = None
    ready: bool = False
    lock: Any = field(default_factory=RLock)


class Cache:
    """At most `size` answers, evicting the least recently used; concurrent callers of one key compute it once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._entries: OrderedDict[Hashable, _CacheEntry] = OrderedDict()
        self._lock = RLock()

    def get(self, key: Hashable, compute: Callable[[], _Answer]) -> _Answer:
        """The answer under `key`, computed on the first call. Errors are raised and not cached.

        All callers share the answer: never change it.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _CacheEntry())
            self._entries.move_to_end(key)
            if len(self._entries) > self.size:
                self._entries.popitem(last=False)
        if not entry.ready:
            with entry.lock:
                if not entry.ready:
                    entry.answer, entry.ready = compute(), True
        return entry.answer  # type: ignore[no-any-return]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def has(self, key: Hashable) -> bool:
        """Whether `get` would return the answer at once."""
        with self._lock:
            entry = self._entries.get(key)
        return entry is not None and entry.ready


_sheets: dict[Hashable, dict[Hashable, Cache]] = {}
"""Sheet -> the cache of the version that is shown, then that of the version to come."""
_sheets_lock = RLock()


def of_version(sheet: Hashable, version: Hashable, size: int, *, coming: bool = False) -> Cache:
    """The cache of a sheet's version; another version starts its own, and what the last one held is forgotten.

    `coming`: fill the cache of a version that is not shown yet, beside that of the version that is.
    """
    with _sheets_lock:
        versions = _sheets.setdefault(sheet, {})
        shown = next(iter(versions), None)
        if coming and versions and version not in versions:
            _sheets[sheet] = {shown: versions[shown], version: Cache(size)}
        elif (not coming and version != shown) or not versions:
            filled = versions.pop(version, None)
            _sheets[sheet] = {version: filled or Cache(size)}
            for replaced in versions.values():
                replaced.clear()  # open pages hold it until they are drawn again
        return _sheets[sheet][version]
