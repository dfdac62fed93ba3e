"""The tables of the store as the last migration leaves them, and the types of their columns."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa


class Moment(sa.TypeDecorator[dt.datetime]):
    """An aware time as ISO text in UTC: the same in both databases, sorts by time, and people can read it."""

    impl = sa.String(32)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        return None if value is None else dt.datetime.fromisoformat(value)


class Words(sa.TypeDecorator[tuple[str, ...]]):
    """Words without commas, as text with commas between them."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else ",".join(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(value.split(",")) if value else ()


metadata = sa.MetaData()

_Type = sa.types.TypeEngine[Any]


def _table(name: str, keys: int = 1, /, **columns: _Type | type[_Type]) -> sa.Table:
    """A table whose first `keys` columns are its primary key; the rest of its rules are in the migrations."""
    types = enumerate(columns.items())
    return sa.Table(name, metadata, *(sa.Column(column, of, primary_key=at < keys) for at, (column, of) in types))


tabs = _table("tabs", hash=sa.Text, body=sa.LargeBinary)
versions = _table(
    "versions",
    id=sa.Integer,
    source=sa.Text,
    at=Moment,
    seen_at=Moment,
    content_hash=sa.Text,
    good=sa.Boolean,
    timezone=sa.Text,
    locale=sa.Text,
    url=sa.Text,
    plan=sa.Text,
)
version_tabs = _table("version_tabs", 2, version_id=sa.Integer, position=sa.Integer, hash=sa.Text)
tokens = _table(
    "tokens",
    id=sa.Integer,
    digest=sa.Text,
    scope=sa.Text,
    made_by=sa.Text,
    made_at=Moment,
    expires_at=Moment,
    revoked_at=Moment,
)
audit = _table("audit", id=sa.Integer, at=Moment, who=sa.Text, what=sa.Text)
visits = _table("visits", who_digest=sa.Text, last_at=Moment, before_at=Moment)
traces = _table("traces", source=sa.Text, version_id=sa.Integer, body=sa.LargeBinary, made=sa.LargeBinary)
claims = _table("claims", name=sa.Text, at=Moment)
turns = _table(
    "turns",
    sheet=sa.Text,
    turn=sa.Integer,
    taken_at=sa.Float(53),
    not_before=sa.Float(53),
    kept_turn=sa.Integer,
    looked_at=Moment,
    version=sa.Integer,
    state=sa.Text,
)
recipients = _table(
    "recipients",
    recipient=sa.Text,
    left_kinds=Words,
    sent_at=Moment,
    claim=sa.Text,
    claimed_until=Moment,
    tries=sa.Integer,
    retry_at=Moment,
    trouble=sa.Text,
    trouble_since=Moment,
)
leave_links = _table("leave_links", id=sa.Integer, digest=sa.Text, recipient=sa.Text, kind=sa.Text)
deliveries = _table(
    "deliveries",
    3,
    recipient=sa.Text,
    kind=sa.Text,
    sheet=sa.Text,
    told_version=sa.Integer,
    told_at=Moment,
    told_facts=Words,
    dropped_days=Words,
    late_since=Moment,
    sending_version=sa.Integer,
    sending_at=Moment,
)
sent_messages = _table(
    "sent_messages",
    id=sa.Integer,
    at=Moment,
    recipient=sa.Text,
    kind=sa.Text,
    sheets=sa.Text,
    message_id=sa.Text,
)


def digest(text: str) -> str:
    """The SHA-256 that is stored in place of a text that must not be stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
