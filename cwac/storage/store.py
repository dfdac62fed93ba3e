"""What outlives the process: versions of each workbook, feed tokens, the audit, and when people were last here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from cwac.model import Workbook
from cwac.storage import audit_entries, tables, text_removal, tokens, versions, visits
from cwac.storage.audit_entries import Entry
from cwac.storage.database import Database, default_path
from cwac.storage.packing import pack
from cwac.storage.text_removal import PurgedText, TextToRemove
from cwac.storage.tokens import Token, TooManyTokens
from cwac.storage.trouble import StoreTrouble
from cwac.storage.versions import Purged, Version

__all__ = [
    "Entry",
    "Purged",
    "PurgedText",
    "Store",
    "StoreTrouble",
    "Token",
    "TooManyTokens",
    "Version",
    "default_path",
]


class Store(Database):
    """The database and what is stored in it: each method is a transaction of its own.

    The SQL is in the module of each table. Every method may raise `StoreTrouble`.
    """

    # --- versions ------------------------------------------------------------------------------------------------

    def keep(self, workbook: Workbook, *, good: bool = True) -> Version:
        """Store this state of the workbook, whole or not at all; the newest version again where nothing changed.

        With `good`, a newest version that was not good becomes so.
        """
        with self.reading() as connection:
            unchanged = versions.unchanged(connection, workbook, good=good)
        if unchanged is not None:
            return unchanged
        bodies = self.pack(workbook)
        with self.writing("versions") as connection:
            return versions.keep_in(connection, workbook, good, bodies)

    def pack(self, workbook: Workbook) -> Mapping[str, bytes]:
        """By hash, the tabs that are not stored yet, packed for `versions.keep_in`."""
        with self.reading() as connection:
            new = versions.new_tabs(connection, workbook)
        return {hash_: pack(tab) for hash_, tab in new.items()}

    def latest(self, source: str) -> Version | None:
        """The newest good version of that source."""
        return self._find(*versions.good_of(source))

    def oldest(self, source: str) -> Version | None:
        """The oldest good version of that source that is still stored."""
        return self._find(*versions.good_of(source), newest=False)

    def as_of(self, source: str, moment: dt.datetime) -> Version | None:
        """The newest good version of that source at that (aware) moment."""
        return self._find(*versions.good_of(source), tables.versions.c.at <= moment)

    def before(self, version: Version) -> Version | None:
        """The good version of the same source before this one."""
        return self._find(*versions.good_before(version))

    def version(self, number: int) -> Version | None:
        """The version of that number, if it is still stored."""
        return self._find(tables.versions.c.id == number)

    def _find(self, *conditions: sa.ColumnElement[bool], newest: bool = True) -> Version | None:
        with self.reading() as connection:
            return versions.find(connection, *conditions, newest=newest)

    def versions(self, source: str | None = None) -> tuple[Version, ...]:
        """The versions of that source, or of all, newest first, those that are not good included."""
        with self.reading() as connection:
            return versions.every(connection, source)

    def count(self) -> int:
        """How many versions of all sources are stored."""
        with self.reading() as connection:
            return versions.count(connection)

    def sizes(self) -> dict[int, int]:
        """Stored bytes by version; a tab that several versions share counts for each."""
        with self.reading() as connection:
            return versions.sizes(connection)

    def load(self, version: Version) -> Workbook:
        """The workbook as it was, except that blank cells at the end of rows may be missing."""
        with self.reading() as connection:
            bodies = versions.packed_tabs(connection, version)
        return versions.workbook_of(version, bodies)

    def last_good(self, source: str) -> Workbook | None:
        """The newest good copy of that source; None where there is no store or it is in trouble. Writes nothing."""
        try:
            if self.file is not None and not self.file.exists():
                return None
            store = Store(self._configured_url, read_only=True) if self.file is not None else self
            try:
                version = store.latest(source)
                return None if version is None else store.load(version)
            finally:
                store.close()
        except StoreTrouble:
            return None

    def purge(self, number: int, person: str, why: str, now: dt.datetime) -> Purged | None:
        """Delete a version for good, cells included, and audit it; None where there is none of that number.

        The sheet itself must be corrected first: what it still has is stored again at the next look.
        """
        with self.writing("versions") as connection:
            purged = versions.purge(connection, number)
            if purged is None:
                return None
            audit_entries.add(
                connection, now, person, f"purged version {number} of {purged.version.at.isoformat()}: {why}"
            )
        self.vacuum()
        return purged

    def purge_text(
        self, text: TextToRemove, person: str, action: str, now: dt.datetime, *, dry_run: bool = False
    ) -> PurgedText:
        """Take a text out of all versions, whose content hashes follow, and audit it in the words of `action`.

        With `dry_run` only find it. Versions keep their numbers and times, and events their revisions.
        """
        file = self.file
        beside = sorted(file.parent.glob(f"{file.name}.*-*")) if file is not None else []
        with self.reading() if dry_run else self.writing("versions") as connection:
            hits = text_removal.search(connection, text)
            purged = text_removal.summary(connection, text, hits, beside)
            if dry_run or not (purged.versions or purged.messages):
                return purged
            text_removal.remove_recipients(connection, text)
            text_removal.remove(connection, text, hits, purged.versions)
            audit_entries.add(connection, now, person, action)
        self.vacuum()
        return purged

    def thin(self, source: str, before: dt.datetime) -> int:
        """Of the versions older than `before` keep the last good one of each day, in its own zone; how many went."""
        with self.writing("versions") as connection:
            return versions.thin(connection, source, before)

    # --- audit, visits, tokens -----------------------------------------------------------------------------------

    def audit(self, person: str, action: str, now: dt.datetime) -> None:
        """Add an entry to the audit."""
        with self.writing("audit") as connection:
            audit_entries.add(connection, now, person, action)

    def audited(self, limit: int = 100) -> tuple[Entry, ...]:
        """The latest entries of the audit, newest first."""
        with self.reading() as connection:
            return audit_entries.latest(connection, limit)

    def forget_audit(self, before: dt.datetime) -> int:
        """Delete the audit's entries and the claims from before that time; how many entries went."""
        with self.writing("audit") as connection:
            return audit_entries.forget(connection, before)

    def confirmed_time(self, now: dt.datetime) -> dt.datetime | None:
        """The time up to which stored times confirm `now`, less a day; None where none does."""
        with self.reading() as connection:
            return audit_entries.confirmed_time(connection, now)

    def claim(self, name: str, seconds: float, now: dt.datetime) -> bool:
        """True for one caller in each period of `seconds`, among all processes that share the store."""
        with self.writing(f"claim {name}") as connection:
            return audit_entries.claim(connection, name, dt.timedelta(seconds=seconds), now)

    def record_visit(self, address: str, now: dt.datetime) -> dt.datetime | None:
        """Note that this person is here; when they were last here before this visit, None at the first."""
        person = visits.digest_of(address)
        with self.writing(f"visit {person}") as connection:
            return visits.record(connection, person, now)

    def last_visit(self, address: str) -> dt.datetime | None:
        """When this person was last here before their latest visit."""
        with self.reading() as connection:
            return visits.before(connection, visits.digest_of(address))

    def create_token(
        self,
        scope: str,
        made_by: str,
        now: dt.datetime,
        expires_at: dt.datetime | None = None,
        limit: int | None = None,
    ) -> str:
        """Make a feed token and return its text, which is stored nowhere.

        Raises `TooManyTokens` where this person has `limit` in force already.
        """
        with self.writing("token") as connection:
            text = tokens.create(connection, scope, made_by, now, expires_at, limit)
            audit_entries.add(connection, now, made_by, f"made a feed token: {scope}")
        return text

    def find_token(self, text: str, now: dt.datetime) -> Token | None:
        """The token with that text, unless it is unknown, revoked or expired."""
        with self.reading() as connection:
            return tokens.find(connection, text, now)

    def tokens(self, made_by: str | None = None) -> tuple[Token, ...]:
        """The tokens of that person, or all, newest first, those revoked or expired included."""
        with self.reading() as connection:
            return tokens.made_by(connection, made_by)

    def revoke_token(self, number: int, person: str, now: dt.datetime) -> bool:
        """Revoke a token at once; False where none of that number is unrevoked."""
        with self.writing("token") as connection:
            revoked = tokens.revoke(connection, number, now)
            if revoked:
                audit_entries.add(connection, now, person, f"revoked feed token {number}")
            return revoked
