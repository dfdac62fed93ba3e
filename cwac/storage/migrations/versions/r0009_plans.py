"""How each version of a sheet was read: its plan of reading."""

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"


def upgrade() -> None:
    op.add_column("versions", sa.Column("plan", sa.Text))
