"""JSON Schemas (draft 2020-12) of the command line's answers, as the package ships them."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

NAMES = (
    "check", "columns", "alerts", "gaps", "changes", "events", "staffing", "attendance", "follow-ups", "report",
    "funder-report", "doctor",
)  # fmt: skip


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of one answer. Callers share it and must not change it."""
    loaded: dict[str, Any] = json.loads((resources.files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return loaded
