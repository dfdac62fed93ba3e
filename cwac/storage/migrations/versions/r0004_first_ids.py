"""By what to know events again whose IDs were made, so that calendars keep the UID that each had first."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    op.add_column("traces", sa.Column("made", sa.LargeBinary))
