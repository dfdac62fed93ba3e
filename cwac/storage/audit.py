"""Writes the audit from a thread, so that no page waits, and deletes entries after `audit_days`."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import queue
import threading
import time

from cwac.clock import read_clock
from cwac.one_line import one_line
from cwac.storage.database import StoreTrouble
from cwac.storage.store import Entry, Store

_log = logging.getLogger(__name__)

FOREVER = 100 * 365 * 86_400.0
"""Seconds."""
HOUR = 3600.0
QUEUE_SIZE = 1000
LONGEST = 500
"""Characters of a name or action."""
ANONYMOUS = "somebody (not signed in)"
"""No address contains a space or a bracket, so nobody can have this name."""


_queue: queue.Queue[tuple[Entry, str | None, float]] = queue.Queue(QUEUE_SIZE)
"""Entries to be written, with the arguments `once` and `seconds` of `note`."""
_thread: threading.Thread | None = None
_store: Store | None = None
_days = 0
_forgotten: tuple[str, dt.date] | None = None
"""The store whose old entries this process deleted last, and on which day."""
_noted: dict[str, float] = {}
"""By the action of an anonymous person: when this process last noted it, by the monotonic clock."""


def start(store: Store | None, days: int) -> None:
    """Write to this store from now on, and delete entries after `days`."""
    global _store, _days, _thread
    _store, _days = store, days
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_write_forever, name="cwac-audit", daemon=True)
        _thread.start()


def stop(seconds: float = 3.0) -> None:
    """Write what is queued, for at most `seconds`. Entries that come later go to the log."""
    global _store
    flush(seconds)
    _store = None


def note(person: str, action: str, *, once: str | None = None, seconds: float = FOREVER) -> None:
    """Queue an entry, which goes to the log if it cannot be stored; one named `once` is stored once in `seconds`."""
    entry = Entry(read_clock(), one_line(person)[:LONGEST], one_line(action)[:LONGEST])
    try:
        _queue.put_nowait((entry, once, seconds))
    except queue.Full:
        _to_log(entry, "too many wait")


def note_stranger(action: str) -> None:
    """Note one of a few fixed actions of an anonymous person, once an hour: they must fill neither disk nor queue."""
    now = time.monotonic()
    if now - _noted.get(action, float("-inf")) >= HOUR:
        _noted[action] = now
        note(ANONYMOUS, action, once=f"stranger {action}", seconds=HOUR)


def flush(seconds: float) -> bool:
    """Wait up to `seconds` for the queue to be written; False if it was not."""
    until = time.monotonic() + seconds
    while _queue.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.01)
    return not _queue.unfinished_tasks


def _write_forever() -> None:
    while True:
        entry, once, seconds = _queue.get()
        try:
            _write(entry, once, seconds)
        except Exception as error:
            _to_log(entry, error.cause if isinstance(error, StoreTrouble) else type(error).__name__)
        finally:
            _queue.task_done()


def _write(entry: Entry, once: str | None, seconds: float) -> None:
    """Write the entry, and once a day delete old ones."""
    global _forgotten
    store = _store
    if store is None:
        _to_log(entry, "no store")
        return
    name = hashlib.sha256(f"audit {once}".encode("utf-8", "replace")).hexdigest()
    if once is None or store.claim(name, seconds, entry.at):
        store.audit(entry.person, entry.action, entry.at)
    today = store.address, entry.at.date()
    if _forgotten != today:
        if (confirmed := store.confirmed_time(entry.at)) is not None:
            store.forget_audit(confirmed - dt.timedelta(days=_days))
        _forgotten = today


def _to_log(entry: Entry, why: str) -> None:
    _log.warning("Audit, not kept (%s): %s %s", why, entry.person, entry.action)
