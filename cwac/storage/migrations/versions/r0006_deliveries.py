"""The tables of what people were told."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    op.create_table(
        "recipients",
        sa.Column("recipient", sa.String(400), primary_key=True),
        sa.Column("leave_token", sa.String(64), nullable=False, unique=True),
        sa.Column("left_kinds", sa.Text, nullable=False),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("claim", sa.String(64)),
        sa.Column("claimed_until", sa.String(32)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.String(32)),
        sa.Column("trouble", sa.Text),
        sa.Column("trouble_since", sa.String(32)),
    )
    op.create_table(
        "deliveries",
        sa.Column("recipient", sa.String(400), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("sheet", sa.String(1000), primary_key=True),
        sa.Column("told_version", sa.Integer),
        sa.Column("told_at", sa.String(32), nullable=False),
        sa.Column("told_state", sa.Text, nullable=False),
        sa.Column("sending_version", sa.Integer),
        sa.Column("sending_at", sa.String(32)),
    )
    op.create_table(
        "sent_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("sheets", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
    )
