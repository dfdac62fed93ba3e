"""The section `[packet]`: folders with an agency's own layouts of an event's documents, and with agencies' seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cwac.settings.schema import SettingsSection, Typed
from cwac.settings.values import Setting


@dataclass(frozen=True, slots=True)
class Packet:
    templates: Path | None = None
    seals: Path | None = None


TABLE = (Setting("packet", "templates", "path"), Setting("packet", "seals", "path"))


def read(typed: Typed) -> Packet | None:
    values = typed.values(TABLE)
    return Packet(**values) if values else None


SECTION = SettingsSection("packet", read, TABLE)
