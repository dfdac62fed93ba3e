"""Alembic's entry: runs the steps on the connection, and in the transaction, that `Store` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # The caller's one transaction holds all steps, so that a kill leaves either all of them or none.
    transaction_per_migration=False,
)
context.run_migrations()
