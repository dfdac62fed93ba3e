"""The log on standard error, as text or with `CWAC_LOG=json` as one JSON object a line.

Our own records of an error hold its type and place, never its message. No logged text can break its line or move the
terminal's cursor.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import traceback
from typing import Any

FORMAT_VARIABLE = "CWAC_LOG"
_LIBRARIES = ("streamlit", "uvicorn")


def escaped(text: str) -> str:
    """The text with unprintable characters escaped: `\\n` for a line break, `\\x1b` for Escape."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


class _EscapedRecord(logging.LogRecord):
    def getMessage(self) -> str:  # noqa: N802 - the name is the library's
        return escaped(super().getMessage())


def escape_all() -> None:
    """Escape every record from now on, whichever library logs it and whichever handler writes it."""
    logging.setLogRecordFactory(_escaped_record)


def _escaped_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _EscapedRecord(*args, **kwargs)
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters write this as it is. A traceback keeps its lines, each indented, so that none looks like a record.
        lines = "".join(traceback.format_exception(*record.exc_info)).splitlines()
        record.exc_text = "\n".join(f"  {escaped(line)}" for line in lines)
    return record


def quiet_libraries() -> None:
    """Keep paths and queries of addresses, and what repeats at each look, out of the log of HTTP libraries.

    Sharing links, download addresses and webhooks are secrets, and urllib3 logs each request at level DEBUG.
    """
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if _without_paths not in logger.filters:
            logger.addFilter(_without_paths)
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
    """Where an error happened, outermost frame first, on one line."""
    return ", ".join(
        f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    )


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
    """Log our start at level INFO, and make every handler of this process write JSON if it is configured.

    Call it again when more handlers have been added.
    """
    escape_all()
    quiet_libraries()
    logging.getLogger("cwac.web.preflight").setLevel(logging.INFO)
    if os.environ.get(FORMAT_VARIABLE, "").strip().casefold() != "json":
        ours = logging.getLogger("cwac")
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
