"""`[packet]`: whether its folders are there."""

from __future__ import annotations

from collections.abc import Iterator

from cwac.checks.finding import Finding, failed
from cwac.packet.settings import Packet
from cwac.settings import Settings


def folders(settings: Settings) -> Iterator[Finding]:
    """The folders with an agency's own layouts and seals, where they are not there: no document can be made."""
    packet = settings.section(Packet)
    for name, folder in {"templates": packet.templates, "seals": packet.seals}.items() if packet else ():
        if folder is not None and not folder.is_dir():
            found = f"{name} under [packet] names no folder: {folder}"
            yield failed("packet", found, "Correct the path, or take the line away.")
