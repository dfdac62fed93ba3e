"""Stored versions of a county's sheet, compared as one viewer may see them, through the cache."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from cwac import access, tuning
from cwac.access import COORDINATOR, Viewer
from cwac.analysis.alerts import alerts
from cwac.analysis.changes import Change, changes
from cwac.model import Alert, Snapshot, SourceUnavailable
from cwac.refresh.live import Live
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store, Version
from cwac.web import cache, session
from cwac.web.cache import Cache

STORED_SNAPSHOTS = 4
"""Snapshots of stored versions kept until the day ends, for each county. They share the records that are equal."""

VERY_LARGE_SHEET = 50_000
"""From this many events on, one snapshot is kept: a row inserted at the top leaves no record equal, and a snapshot of
100,000 events takes 350 MB."""

STORED_PAIRS = 64
"""Comparisons of two stored versions, and alerts of one, kept until the day ends, for each county."""


class VersionComparison:
    """Compares versions of `store` with each other and with `whole`, the unrestricted snapshot that is shown.

    `answers` is the cache of what is shown, where that is not yet what `session` has.
    """

    def __init__(
        self,
        store: Store,
        county: str,
        live: Live,
        whole: Snapshot,
        rules: Rules,
        viewer: Viewer,
        answers: Cache | None = None,
    ) -> None:
        self._store, self._whole, self._rules, self._viewer = store, whole, rules, viewer
        self._shown_version = live.version
        # Kept for the next edit, as most viewers compare with the end of the day before or with the version before.
        self._kept = _kept_snapshots(county, whole, rules)
        self._stored = cache.of_version(("stored versions", county), _day(whole, rules), STORED_PAIRS)
        self._answers = answers or session.restricted(county, whole, rules, viewer)[0]
        self._snapshots: dict[int, Snapshot] = {}

    def _read(self, version: Version) -> Snapshot:
        """The unrestricted snapshot of a version. Two are kept at a time, since those of a large sheet are large."""
        if version.id not in self._snapshots:
            for number in list(self._snapshots)[:-1]:
                del self._snapshots[number]
            self._snapshots[version.id] = self._kept.get(_key(version), lambda: self._load(version))
        return self._snapshots[version.id]

    def _load(self, version: Version) -> Snapshot:
        with tuning.reading():
            return read_workbook(self._store.load(version), self._whole.today, self._rules).sharing(self._whole)

    def is_readable(self, version: Version) -> bool:
        """Whether this release can read the version, which an earlier one may have stored."""

        def try_to_read() -> bool:
            with suppress(SourceUnavailable):
                self._read(version)
                return True
            return False

        return self._stored.get(("readable", *_key(version)), try_to_read)

    def changes(self, before: Version, after: Version | None = None) -> tuple[Change, ...]:
        """The changes between two versions, or to what is shown (None), computed once for all of one audience.

        Raises `StoreTrouble`, and `SourceUnavailable` for a version that is not readable.
        """

        def compare() -> tuple[Change, ...]:
            earlier, later = self._read(before), self._whole if after is None else self._read(after)
            own = self._viewer.agencies if self._viewer.kind == "liaison" else None
            with tuning.reading():
                # Both are restricted to the events shared in both.
                shown = access.restrict_both(earlier, later, self._viewer, self._rules)
                is_whole = shown[0] is earlier and shown[1] is later
                return changes(*shown, self._rules, own=own, alerts_of=self._alerts if is_whole else None)

        audience = session.audience_of(self._viewer)
        if after is not None:  # an edit of the sheet changes nothing between two stored versions
            return self._stored.get((audience, *_key(before), *_key(after)), compare)
        return self._answers.get((audience, "changes between", before.id, self._shown_version), compare)

    def _alerts(self, whole: Snapshot) -> Sequence[Alert]:
        asked = whole.today, self._rules
        if whole is self._whole:
            key = session.key_of(session.audience_of(COORDINATOR), alerts, *asked)
            return self._answers.get(key, lambda: alerts(whole, *asked))
        return self._stored.get(("alerts", whole.content_hash), lambda: alerts(whole, *asked))


def keep_replaced(county: str, replaced: Live, whole: Snapshot, rules: Rules) -> None:
    """Keep the snapshot that `whole` is about to replace, so that comparisons need not read it from the store.

    Where one snapshot is kept, that is the one viewers compared with last.
    """
    before, kept = replaced.snapshot, _kept_snapshots(county, whole, rules)
    if before is not None and replaced.version is not None and before.today == whole.today and kept.size > 1:
        kept.get((replaced.version, before.content_hash), lambda: before)


def _kept_snapshots(county: str, whole: Snapshot, rules: Rules) -> Cache:
    size = 1 if len(whole.events) >= VERY_LARGE_SHEET else STORED_SNAPSHOTS
    return cache.of_version(("stored snapshots", county), _day(whole, rules), size)


def _day(whole: Snapshot, rules: Rules) -> tuple[dt.date, str]:
    return whole.today, repr(rules)


def _key(version: Version) -> tuple[int, str]:
    return version.id, version.content_hash
