"""The log, on standard error: words, or one line of JSON an event where `CWAC_LOG=json` asks for it.

An error is its type and place, no more.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import traceback

ASKED_BY = "CWAC_LOG"
_OTHERS = ("streamlit", "uvicorn")


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
    logging.getLogger("cwac.startup").setLevel(logging.INFO)
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
