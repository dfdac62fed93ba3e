"""How often each event changed, when last, and its first ID: SEQUENCE, LAST-MODIFIED and UID of calendars.

It is stored beside the versions and advanced by each new one. Computed again from the versions that are still stored,
it would go back once old ones are thinned out, and calendars ignore a change whose SEQUENCE went back.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import zlib
from contextlib import suppress
from dataclasses import astuple, fields, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cwac.analysis.revisions import MadeEvent, MadeRow, Revision, Revisions, advance
from cwac.model import Snapshot, SourceUnavailable
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage import tables
from cwac.storage.store import Store, StoreTrouble, Version

_log = logging.getLogger(__name__)

FIRST_TIME = 200
"""How many versions are read when nothing is stored yet: reading each takes a while."""

_NAMES = [field.name for field in fields(Revision)]

_lock = threading.Lock()
_cache: dict[str, tuple[tuple[object, ...], Revisions]] = {}
"""By source: for which store, version and day, and the revisions."""
_NO_REVISIONS = Revisions()


def cached(store: Store | None, snapshot: Snapshot | None, version: int | None, rules: Rules) -> Revisions | None:
    """The revisions of the events in the snapshot that is shown as that version; None while the store is in trouble."""
    if store is None or snapshot is None:
        return _NO_REVISIONS
    source = snapshot.identity
    key = (store.address, store.times_replaced, version, snapshot.content_hash, snapshot.today)
    with _lock:
        if source in _cache and _cache[source][0] == key:
            return _cache[source][1]
        try:
            computed = compute(store, snapshot, rules)
        except StoreTrouble as trouble:
            _log.warning("Calendars go without the events' history: %s", trouble.cause)
            return None
        _cache[source] = key, computed
        return computed


def last_change(revisions: Revisions | None, event_id: str, *, crew: bool) -> dt.datetime | None:
    """When the event was last changed, None where it never was.

    With `crew`, changes of who goes count too: only for viewers who see the names, since to others the time would
    give away that somebody was staffed.
    """
    revision = revisions.of(event_id) if revisions is not None else None
    if revision is None:
        return None
    changed = [revision.plan_changed] if revision.plan_changes else []
    changed += [revision.crew_changed] if crew and revision.crew_changes else []
    return max(changed, default=None)


def compute(store: Store, shown: Snapshot, rules: Rules) -> Revisions:
    """The revisions of the events in this snapshot; those of versions are stored. Raises `StoreTrouble`."""
    source = shown.identity

    def read(version: Version) -> Snapshot:
        day = version.at.astimezone(ZoneInfo(version.timezone)).date()
        is_shown = (version.content_hash, day) == (shown.content_hash, shown.today)
        return shown if is_shown else read_workbook(store.load(version), day, rules)

    done, revisions, has_made = load(store, source, shown.as_of)
    in_memory = _cache.get(source)
    if not done and in_memory is not None and in_memory[0][0] == store.address:
        revisions = in_memory[1]  # the store's file was lost
    versions = [version for version in store.versions(source) if version.good]
    new = [version for version in versions if version.id > done]
    last = next((version for version in versions if version.id == done), None)
    if new and last is not None and not has_made:
        # An earlier release stored no rows by which to recognize events with generated IDs.
        with suppress(SourceUnavailable):
            revisions = replace(advance(Revisions(), read(last), last.at), by_key=revisions.by_key)
    for version in reversed(new[:FIRST_TIME]):
        try:
            revisions = advance(revisions, read(version), version.at)
        except SourceUnavailable:
            continue  # an earlier release could read it, this one cannot
    if new:
        _save(store, source, new[0].id, revisions)
    # The snapshot may be stored a moment later, or was read on another day than the version.
    return advance(revisions, shown, shown.as_of)


def load(store: Store, source: str, now: dt.datetime) -> tuple[int, Revisions, bool]:
    """Up to which version the stored revisions count (0 for none), they, and whether `made` was stored with them."""
    table = tables.traces.c
    found = store.rows(sa.select(table.version_id, table.body, table.made).where(table.source == source))
    if not found:
        return 0, Revisions(), False
    (row,) = found

    def revision(stored: list[Any]) -> Revision:  # an earlier release stored fewer values
        values = dict(zip(_NAMES, stored, strict=False))
        for name in values.keys() & {"plan_changed", "crew_changed", "moved"}:
            # A clock may have been ahead.
            values[name] = values[name] and min(dt.datetime.fromisoformat(values[name]), now)
        return Revision(**values)

    by_key = {key: revision(stored) for key, stored in _decompressed(row.body).items()}
    rows = ((), ()) if row.made is None else _decompressed(row.made)
    made, gone = (tuple(MadeEvent(first_id, MadeRow(*made_row)) for first_id, *made_row in events) for events in rows)
    return row.version_id, Revisions(by_key, made, gone), row.made is not None


def _save(store: Store, source: str, version: int, revisions: Revisions) -> None:
    """Replace the row, unless another process has stored those of a later version."""
    by_key = {
        key: [field.isoformat() if isinstance(field, dt.datetime) else field for field in astuple(revision)]
        for key, revision in revisions.by_key.items()
    }
    made = [[[made.first_id, *astuple(made.row)] for made in events] for events in (revisions.made, revisions.gone)]
    values = {"version_id": version, "body": _compressed(by_key), "made": _compressed(made)}
    table = tables.traces
    with store.writing(f"traces {source}") as connection:
        of_source = table.c.source == source
        stored = connection.execute(sa.select(table.c.version_id).where(of_source)).scalar()
        if stored is None:
            connection.execute(table.insert().values(source=source, **values))
        elif stored < version:
            connection.execute(table.update().where(of_source).values(values))


def _compressed(document: object) -> bytes:
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 6)


def _decompressed(body: bytes) -> Any:
    return json.loads(zlib.decompress(body))
