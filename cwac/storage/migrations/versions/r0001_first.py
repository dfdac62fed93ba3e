"""Versions of the workbook, feed tokens, the audit, last visits."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

MOMENT = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "tabs",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("versions_by_source", "versions", ["source", "id"])
    op.create_table(
        "version_tabs",
        sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String(64), sa.ForeignKey("tabs.hash"), nullable=False),
    )
    op.create_index("version_tabs_by_hash", "version_tabs", ["hash"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "visits",
        sa.Column("who_digest", sa.String(64), primary_key=True),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("before_at", MOMENT),
    )
    op.create_table(
        "claims",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )
