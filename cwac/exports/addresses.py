"""Short addresses of events, for paper and posters, and which events have a page there that lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from cwac.analysis.events import is_half_typed
from cwac.exports.event_pages import county_folders
from cwac.model import PUBLIC_STATUSES, Event, Snapshot


def short_address(address: str | None, counties: Iterable[str], county: str) -> str | None:
    """The beginning of the short addresses of a county's events; None where the dashboard's address is not known."""
    if address is None:
        return None
    folder = folder_of(counties, county)
    return f"{address}/e/{folder}{'/' if folder else ''}"


_NOT_IN_A_PATH = re.compile(r"[/\\?#%:\x00-\x1f\x7f]|^\.+$")


def event_address(beginning: str, event_id: str) -> str:
    """An event's short address, with its ID as the query where a server or proxy could refuse it in a path, as `..`."""
    return f"{beginning}{'?' if _NOT_IN_A_PATH.search(event_id) else ''}{quote(event_id, safe='', errors='replace')}"


def folder_of(counties: Iterable[str], county: str) -> str:
    """The county's folder in addresses, empty where one sheet is served."""
    names = tuple(counties)
    return county_folders(names)[county] if len(names) > 1 else ""


def has_lasting_page(event: Event, snapshot: Snapshot) -> bool:
    """Whether strangers find the event, under an address that may be printed: one made from its row can change."""
    return event.status in PUBLIC_STATUSES and not event.made_id and not is_half_typed(event, snapshot)
