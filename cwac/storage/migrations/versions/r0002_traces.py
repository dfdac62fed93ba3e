"""What calendars need to know of an event's past, beyond the versions that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    op.create_table(
        "traces",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
