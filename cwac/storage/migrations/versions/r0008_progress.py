"""What was told of the sheet, digests that were dropped, and when a message failed first: a column each."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("told_facts", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("dropped_days", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("late_since", sa.String(32)))
    rows = sa.text("SELECT recipient, kind, sheet, told_state FROM deliveries WHERE told_state <> ''")
    names = ("recipient", "kind", "sheet", "told_facts", "dropped_days", "late_since")
    deliveries = sa.table("deliveries", *(sa.column(name) for name in names))
    for row in op.get_bind().execute(rows).all():
        of_row = (deliveries.c[name] == row._mapping[name] for name in ("recipient", "kind", "sheet"))
        op.get_bind().execute(deliveries.update().where(*of_row).values(_facts_of(row.kind, row.told_state)))
    with op.batch_alter_table("deliveries") as table:
        table.drop_column("told_state")


def _facts_of(kind: str, state: str) -> dict[str, str]:
    """The columns in place of a state, which was text in three formats."""
    if kind == "sheet":
        return {"told_facts": ",".join(state.split("\n"))}
    if kind == "digest":
        return {"dropped_days": ",".join(word for word in state.split() if word[:4].isdigit())}
    return {"late_since": dt.datetime.fromisoformat(state).astimezone(dt.UTC).isoformat(timespec="microseconds")}
