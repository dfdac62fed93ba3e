"""The log on standard error, as text or with `CWAC_LOG=json` as one JSON object a line.

Our own records of an error hold its type and place, never its message. No logged text can break its line, move the
terminal's cursor or fill the disk.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

FORMAT_VARIABLE = "CWAC_LOG"
LONGEST_LINE = 500
"""Characters of a line, after which it is cut."""
QUIET_SECONDS = 60.0
"""Seconds between two records of one place in a library, or between two equal records of our own."""
_LIBRARIES = ("streamlit", "uvicorn")
_OURS = "cwac"
_MAX_KEYS = 1_000
_DROPPED = logging.NOTSET - 1
"""A level that no handler takes."""


def escaped(text: str) -> str:
    """The text with unprintable characters escaped: `\\n` for a line break, `\\x1b` for Escape."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _line(text: str) -> str:
    line = escaped(text[: LONGEST_LINE + 1])
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


class _Record(logging.LogRecord):
    left_out = 0
    """Records like this one that were left out since the one before it."""

    def getMessage(self) -> str:  # noqa: N802 - the name is the library's
        line = _line(super().getMessage())
        return f"{line} ({self.left_out} more like this were left out)" if self.left_out else line


def guard_records(clock: Callable[[], float] = time.monotonic) -> None:
    """Escape, cut and thin out every record from now on, whichever library logs it and whichever handler writes it.

    Strangers cause many, so what repeats is dropped; `clock` counts seconds. Handlers cannot do this, as Streamlit adds
    one for each of its modules, whenever it imports it.
    """
    seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
    """Key -> when it was last logged, and how many records were left out since."""

    def make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = _Record(*args, **kwargs)
        key: Hashable = (record.name, record.pathname, record.lineno)
        if record.name.partition(".")[0] == _OURS:
            # No stranger decides what ours say, and each difference matters.
            key = (key, str(record.msg), repr(record.args))
        now = clock()
        since, left_out = seen.pop(key, (now - QUIET_SECONDS, 0))
        is_due = now - since >= QUIET_SECONDS
        seen[key] = (now, 0) if is_due else (since, left_out + 1)
        if len(seen) > _MAX_KEYS:
            seen.popitem(last=False)
        if not is_due:
            record.levelno = _DROPPED
            return record
        record.left_out = left_out
        if record.exc_info and record.exc_info[0] is not None:
            # Formatters write this as it is. A traceback keeps its lines, each indented, so that none looks like a
            # record.
            lines = "".join(traceback.format_exception(*record.exc_info)).splitlines()
            record.exc_text = "\n".join(f"  {_line(line)}" for line in lines)
        return record

    logging.setLogRecordFactory(make_record)


def quiet_libraries() -> None:
    """Keep paths and queries of addresses, and what repeats at each look, out of the log of HTTP libraries.

    Sharing links, download addresses and webhooks are secrets, and urllib3 logs each request at level DEBUG.
    """
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_without_paths)
    logging.getLogger("google.auth").setLevel(logging.ERROR)  # its warnings say what our sentences say


def _without_paths(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_without_path(part) for part in record.args)
    return True


def _without_path(part: object) -> object:
    if isinstance(part, Exception):
        return type(part).__name__  # its message quotes the address
    if not isinstance(part, str):
        return part
    return "/…" if part.startswith("/") else re.sub(r"(https?://[^/?\s]*)[/?]\S*", r"\1/…", part)


def place(error: BaseException) -> str:
    """Where an error happened, on one line: the innermost frame first, as a long line is cut."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return ", ".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)


class JsonLines(logging.Formatter):
    """One JSON object a record, without exceptions' messages, which may quote a cell or a key."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def set_up() -> None:
    """Log our start at level INFO, and make every handler that there is so far write JSON if that is configured."""
    quiet_libraries()
    logging.getLogger("cwac.web.preflight").setLevel(logging.INFO)
    if os.environ.get(FORMAT_VARIABLE, "").strip().casefold() != "json":
        ours = logging.getLogger(_OURS)
        if not ours.hasHandlers():
            ours.addHandler(logging.StreamHandler())
        return
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        root.setLevel(logging.INFO)
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _LIBRARIES]
    for logger in (root, *(logging.getLogger(name) for name in names)):
        for handler in logger.handlers:
            handler.setFormatter(JsonLines())
