"""The log, on standard error: words, or one line of JSON an event where `CWAC_LOG=json` asks for it.

An error is its type and place, no more. Nothing that is logged can end its line or move a terminal's cursor.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import traceback
from typing import Any

ASKED_BY = "CWAC_LOG"
_OTHERS = ("streamlit", "uvicorn")


def escaped(text: str) -> str:
    """The text on one line of visible characters: `\\n` for a line break, `\\x1b` for Escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class _Record(logging.LogRecord):
    """What anybody logs, whichever logger and handler it goes through."""

    def getMessage(self) -> str:  # noqa: N802 - the name is the library's
        return escaped(super().getMessage())


def escape_all() -> None:
    """Have all that is logged from now on escaped, by whichever library."""
    logging.setLogRecordFactory(_escaped_record)


def _escaped_record(*given: Any, **named: Any) -> logging.LogRecord:
    record = _Record(*given, **named)
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters take this as it is. A traceback keeps its lines, all of them indented: none looks like an entry.
        lines = "".join(traceback.format_exception(*record.exc_info)).splitlines()
        record.exc_text = "\n".join(f"  {escaped(line)}" for line in lines)
    return record


def place(error: BaseException) -> str:
    """Where an error happened, outermost first, on one line."""
    return ", ".join(
        f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    )


class JsonLines(logging.Formatter):
    """Messages of errors are left out, since they may quote a cell or a key."""

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
    """Let the start be told, and every handler of this process write JSON, if it is asked for.

    To be called again once more handlers are there.
    """
    escape_all()
    logging.getLogger("cwac.web.preflight").setLevel(logging.INFO)
    if os.environ.get(ASKED_BY, "").strip().casefold() != "json":
        ours = logging.getLogger("cwac")
        if not ours.hasHandlers():
            ours.addHandler(logging.StreamHandler())
        return
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
        root.setLevel(logging.INFO)
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _OTHERS]
    for logger in (root, *(logging.getLogger(name) for name in names)):
        for handler in logger.handlers:
            handler.setFormatter(JsonLines())
