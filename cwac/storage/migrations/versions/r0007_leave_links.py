"""Links that stop messages: the SHA-256 of each, for one kind of message, in place of one token for all kinds."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    links = op.create_table(
        "leave_links",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("recipient", sa.String(400), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
    )
    # Links that were sent end in the token, a dash and the kind; they keep working for the kinds that were sent.
    sent = sa.text(
        "SELECT DISTINCT r.recipient, r.leave_token, d.kind FROM recipients r JOIN deliveries d "
        "ON d.recipient = r.recipient"
    )
    for recipient, token, kind in op.get_bind().execute(sent).all():
        digest = hashlib.sha256(f"{token}-{kind}".encode()).hexdigest()
        op.get_bind().execute(links.insert().values(digest=digest, recipient=recipient, kind=kind))
    with op.batch_alter_table("recipients") as table:
        table.drop_column("leave_token")
