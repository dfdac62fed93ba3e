"""The turns table, which replaces leases and announcements."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    # Seconds since 1970 by the database's clock: the clocks of several machines never quite agree.
    op.create_table(
        "turns",
        sa.Column("sheet", sa.Text, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("taken_at", sa.Float(53), nullable=False),
        sa.Column("not_before", sa.Float(53), nullable=False),
        sa.Column("kept_turn", sa.Integer, nullable=False),
        sa.Column("looked_at", sa.String(32)),
        sa.Column("version", sa.Integer),
        sa.Column("state", sa.Text, nullable=False),
    )
    for table in ("announcements", "leases"):
        op.drop_table(table)
