"""Who did what, written down in the store by a thread of its own: nobody waits for it, and no contents are in it.

Entries are kept for the setting `audit_days`; older ones go once a day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import queue
import threading
import time
from dataclasses import dataclass

from cwac.refresh import sheets
from cwac.storage.store import Store, StoreTrouble

_log = logging.getLogger(__name__)

FOR_EVER = 100 * 365 * 86_400.0
HOUR = 3600.0
_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class _Line:
    who: str
    what: str
    at: dt.datetime
    once: str | None
    seconds: float


_waiting: queue.Queue[_Line] = queue.Queue(_MOST_WAITING)
_lock = threading.Lock()
_writer: threading.Thread | None = None


def note(who: str, what: str, *, once: str | None = None, seconds: float = FOR_EVER) -> None:
    """Write down that somebody did something; with `once`, only the first time in so many seconds, in all processes.

    Where the store cannot be written to, the line goes to the log instead.
    """
    line = _Line(_one_line(who), _one_line(what), dt.datetime.now(dt.UTC), once, seconds)
    try:
        _waiting.put_nowait(line)
    except queue.Full:
        _to_log(line, "too many wait")
        return
    _start()


STRANGER = "somebody (not signed in)"
"""No address has a space or a bracket in it, so nobody can be called so."""

_strangers: dict[str, float] = {}
"""When this process last noted what a stranger did, by the monotonic clock."""


def note_stranger(what: str) -> None:
    """Write down what somebody without a name did or was refused, once an hour: that must fill neither disk nor queue.

    `what` is one of a few fixed texts.
    """
    now = time.monotonic()
    if now - _strangers.get(what, float("-inf")) >= HOUR:
        _strangers[what] = now
        note(STRANGER, what, once=f"stranger {what}", seconds=HOUR)


def flush(seconds: float) -> bool:
    """Wait until all is written, at most so long; whether it is."""
    until = time.monotonic() + seconds
    while _waiting.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.01)
    return not _waiting.unfinished_tasks


def _start() -> None:
    global _writer
    with _lock:
        if _writer is None or not _writer.is_alive():
            _writer = threading.Thread(target=_write, name="cwac-audit", daemon=True)
            _writer.start()


def _write() -> None:
    while True:
        line = _waiting.get()
        try:
            _keep(line)
        except StoreTrouble as trouble:
            _to_log(line, trouble.cause)
        except Exception as error:
            _to_log(line, type(error).__name__)
        finally:
            _waiting.task_done()


def _keep(line: _Line) -> None:
    store = sheets.store()
    if store is None:
        _to_log(line, "no store")
    else:
        if line.once is None or store.claim(_name(line.once), line.seconds, line.at):
            store.audit(line.who, line.what, line.at)
        _forget_old(store, line.at)


_forgotten: tuple[str, dt.date] | None = None
"""Of which store this process last deleted old entries, and on which day."""


def _forget_old(store: Store, now: dt.datetime) -> None:
    global _forgotten
    if _forgotten != (store.address, now.date()):
        store.forget_audit(now - dt.timedelta(days=sheets.running().settings.audit_days))
        _forgotten = store.address, now.date()


def _name(once: str) -> str:
    return hashlib.sha256(f"audit {once}".encode("utf-8", "replace")).hexdigest()


def _one_line(text: str) -> str:
    """A line is a line, whatever somebody calls themselves."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]


def _to_log(line: _Line, why: str) -> None:
    _log.warning("Audit, not kept (%s): %s %s", why, line.who, line.what)
