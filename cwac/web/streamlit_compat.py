"""How long a file that was made for somebody waits to be fetched."""

from __future__ import annotations

import time
from typing import Any

KEPT = 60.0
"""Seconds."""


def mark_for_delete(file: Any) -> None:
    """In place of Streamlit's own, which is called after every run that no open page refers to the file."""
    first = file.__dict__.setdefault("_first_marked", time.monotonic())
    if time.monotonic() - first > KEPT:
        file._is_marked_for_delete = True
