"""The tables of the store as the last migration leaves them, and the types of their columns."""

from __future__ import annotations

import datetime as dt
import hashlib

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

tabs = sa.Table(
    "tabs",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary),
)
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("at", Moment),
    sa.Column("seen_at", Moment),
    sa.Column("content_hash", sa.String(64)),
    sa.Column("good", sa.Boolean),
    sa.Column("timezone", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("plan", sa.Text),
)
version_tabs = sa.Table(
    "version_tabs",
    metadata,
    sa.Column("version_id", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("hash", sa.String(64)),
)
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64)),
    sa.Column("scope", sa.Text),
    sa.Column("made_by", sa.Text),
    sa.Column("made_at", Moment),
    sa.Column("expires_at", Moment),
    sa.Column("revoked_at", Moment),
)
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment),
    sa.Column("who", sa.Text),
    sa.Column("what", sa.Text),
)
visits = sa.Table(
    "visits",
    metadata,
    sa.Column("who_digest", sa.String(64), primary_key=True),
    sa.Column("last_at", Moment),
    sa.Column("before_at", Moment),
)
traces = sa.Table(
    "traces",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("version_id", sa.Integer),
    sa.Column("body", sa.LargeBinary),
    sa.Column("made", sa.LargeBinary),
)
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("at", Moment),
)
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("sheet", sa.Text, primary_key=True),
    sa.Column("turn", sa.Integer),
    sa.Column("taken_at", sa.Float(53)),
    sa.Column("not_before", sa.Float(53)),
    sa.Column("kept_turn", sa.Integer),
    sa.Column("looked_at", Moment),
    sa.Column("version", sa.Integer),
    sa.Column("state", sa.Text),
)
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("recipient", sa.String(400), primary_key=True),
    sa.Column("left_kinds", Words),
    sa.Column("sent_at", Moment),
    sa.Column("claim", sa.String(64)),
    sa.Column("claimed_until", Moment),
    sa.Column("tries", sa.Integer),
    sa.Column("retry_at", Moment),
    sa.Column("trouble", sa.Text),
    sa.Column("trouble_since", Moment),
)
leave_links = sa.Table(
    "leave_links",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64)),
    sa.Column("recipient", sa.String(400)),
    sa.Column("kind", sa.String(20)),
)
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("recipient", sa.String(400), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("sheet", sa.String(1000), primary_key=True),
    sa.Column("told_version", sa.Integer),
    sa.Column("told_at", Moment),
    sa.Column("told_facts", Words),
    sa.Column("dropped_days", Words),
    sa.Column("late_since", Moment),
    sa.Column("sending_version", sa.Integer),
    sa.Column("sending_at", Moment),
)
sent_messages = sa.Table(
    "sent_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment),
    sa.Column("recipient", sa.Text),
    sa.Column("kind", sa.String(20)),
    sa.Column("sheets", sa.Text),
    sa.Column("message_id", sa.Text),
)


def digest(text: str) -> str:
    """The SHA-256 that is stored in place of a text that must not be stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
