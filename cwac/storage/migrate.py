"""Brings the tables of a store up to date."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from cwac.storage.trouble import trouble

FOLDER = Path(__file__).parent / "migrations"

_alembic_lock = threading.Lock()
"""Alembic's `op` and `context` are global to the process."""


@cache
def head() -> str:
    """The last migration, by file name: opening a store that has it needs no Alembic, which is slow to import."""
    return max(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("r*.py"))


def migrate(engine: sa.Engine, lock: int) -> None:
    """Run the missing migrations in one transaction; `lock` is PostgreSQL's advisory lock for one process at a time.

    Raises `StoreTrouble` for a store that a newer release has migrated further.
    """
    with engine.connect() as connection:
        if revision_of(connection.execution_options(cwac_writes=False)) == head():
            return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with engine.connect() as connection, connection.begin(), ExitStack() as stack:
        if connection.dialect.name == "postgresql":
            from cwac.storage.postgresql import statements_without_limit

            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            stack.enter_context(statements_without_limit(connection))
        revision = revision_of(connection)
        if revision == head():
            return
        if revision is not None:
            scripts = ScriptDirectory.from_config(config).walk_revisions()
            if revision not in {script.revision for script in scripts}:
                raise trouble("too-new")
        config.attributes["connection"] = connection
        with _alembic_lock:
            command.upgrade(config, "head")


def revision_of(connection: sa.Connection) -> str | None:
    """The store's last migration; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def is_known(revision: str) -> bool:
    """Whether this release has that migration."""
    return any(path.stem.partition("_")[0] == revision for path in (FOLDER / "versions").glob("r*.py"))
