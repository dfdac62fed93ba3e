"""Fixtures for all tests: a temporary data folder, so that no test touches the user's own store, and a PostgreSQL."""

import gc
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, settings

from cwac.storage import database
from cwac.storage.database import migrate
from cwac.storage.store import Store
from tests import fixed_clock, postgresql

fixed_clock.set_clock()

# No test may fail because the machine is busy.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_DATA = tempfile.TemporaryDirectory(prefix="cwac-tests-", ignore_cleanup_errors=True)
os.environ["XDG_DATA_HOME"] = _DATA.name

# A shell starts background jobs with Ctrl-C ignored, and the processes that tests start and interrupt inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Without compiled modules each worker, and each process that a test starts, would compile all of them again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_names = count(1)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter; pytest's folders are closed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def postgresql_programs():
    """The folder with PostgreSQL's programs. Without them a test is skipped; in CI it fails."""
    installed = postgresql.programs()
    if installed is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("PostgreSQL is not installed (Debian: postgresql), and CI must test against it")
    return installed


@pytest.fixture(scope="session")
def postgresql_server(postgresql_programs):
    """The socket's folder of a PostgreSQL started for this run, whose database `migrated` is an empty store."""
    with postgresql.Server(postgresql_programs, "-c max_connections=40") as server:
        Store.open(new_database(server.folder, "template0", "migrated")).close()
        yield server.folder


@pytest.fixture
def postgresql_url(postgresql_server):
    """The address of an empty store."""
    return new_database(postgresql_server, "migrated")


@pytest.fixture
def empty_postgresql_url(postgresql_server):
    """The address of a database without tables."""
    return new_database(postgresql_server, "template0")


def new_database(folder: Path, template: str, name: str = "") -> str:
    """Copy a database of the server, and return the address of the copy."""
    name = name or f"t{next(_names)}"
    with psycopg.connect(f"host={folder} user=cwac dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"postgresql+psycopg://cwac@/{name}?host={folder}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request, tmp_path):
    """The address of an empty store, in each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite3"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture(scope="session", autouse=True)
def slow_work_done_once() -> Iterator[None]:
    """Give each new SQLite store the tables that Alembic made in another one, which is five times as fast.

    Read each private key once, since reading one checks that its factors are primes.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "migrate", copy_tables_or_migrate)
        patch.setattr(serialization, "load_pem_private_key", cache(serialization.load_pem_private_key))
        yield


def copy_tables_or_migrate(engine: sa.Engine, lock: int) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            is_new = is_empty(connection.execution_options(cwac_writes=False))
        if is_new:
            with engine.begin() as connection:
                if is_empty(connection):
                    for statement in statements_of_alembic():
                        connection.exec_driver_sql(statement)
    migrate(engine, lock)


def is_empty(connection: sa.Connection) -> bool:
    return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


@cache
def statements_of_alembic() -> list[str]:
    """What makes the tables of a new store as Alembic makes them, with its last migration."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    migrate(engine, 0)
    dumped = engine.raw_connection().driver_connection.iterdump()
    return [statement for statement in dumped if statement not in ("BEGIN TRANSACTION;", "COMMIT;")]


@sa.event.listens_for(sa.Pool, "checkout")
def do_not_wait_for_the_disk(connection: object, *_: object) -> None:
    """Halve the time of a write: only a machine that loses its power would lose it, not a process that is killed."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect the tests with the garbage collector off, which saves time, and keep what was collected out of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(100_000, 50, 1000)  # with Python's own threshold, this takes a tenth of the tests' time


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m "not slow"` import no module all of whose tests are slow."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.slow\n" in collection_path.read_text(encoding="utf-8") or None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Workers of `-n auto`: one a core, and four at least if slow tests run, as many of these wait for deadlines."""
    cores = os.cpu_count() or 1
    return cores if config.option.markexpr == "not slow" else max(4, cores)


SLOW_FIXTURES = {"postgresql_server", "converted"}
ALONE = "tests/web/test_walk.py::test_no_viewer_is_sent_what_is_not_theirs"
"""A long test with servers of its own in each case, which share nothing."""
SECONDS = {
    "browser/test_pages browser/test_public browser/test_sign_in": 160,
    "browser/test_calendar browser/test_frame browser/test_attacks": 196,
    "storage/test_database storage/test_versions storage/test_backup refresh/test_turns web/test_replicas"
    " web/test_metrics checks/test_configured": 55,
    "web/test_starting": 30, "golden/test_seen": 25, "web/test_signed_in": 28, "web/test_caps": 27, "test_addons": 12,
    "web/test_attacks": 19, "web/test_walk": 16, "sources/test_excel_bounds": 16, "web/test_deploy": 16,
    "web/test_freshness": 14, "cli/test_serve": 14, "public/test_publishing": 20, "packet/test_documents": 12,
    "sources/test_google_failures": 11, "sheet/test_properties": 11, "notify/test_turn": 10, "sheet/test_template": 10,
    "exports/test_quarterly": 10, "sheet/test_bounds": 10, "web/test_pages": 9, "web/test_counties": 14,
    "refresh/test_sanity": 9, "sources/test_every_source": 6,
}  # fmt: skip
"""Seconds of slow tests: of modules that share a browser or a PostgreSQL, of a module, of each ALONE. Others take 5."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that need PostgreSQL or LibreOffice through a fixture as slow; start every worker with slow ones.

    The matrix takes half an hour, so it runs only if asked for.
    """
    if "matrix" not in config.option.markexpr:
        matrix = [item for item in items if item.get_closest_marker("matrix")]
        config.hook.pytest_deselected(items=matrix)
        items[:] = [item for item in items if item not in matrix]
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items[:] = slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests in an order whose equal parts, one a worker, each begin with modules of slow tests.

    These take about as long in each part. A worker without tests takes some from the end of another's part. At the end
    of the run these should be short ones.
    """
    dealt_together = {module: names for names in SECONDS for module in names.split()}
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        module = item.nodeid.partition(".py::")[0].removeprefix("tests/")
        name = item.nodeid if item.nodeid.startswith(ALONE) else dealt_together.get(module, module)
        groups.setdefault(name if item.get_closest_marker("slow") else "", []).append(item)
    short = groups.pop("", [])

    def seconds(name: str) -> int:
        return SECONDS.get("web/test_walk" if name.startswith(ALONE) else name, 5)

    dealt: list[list[str]] = [[] for _ in range(workers)]
    for name in sorted(groups, key=seconds, reverse=True):
        min(dealt, key=lambda names: sum(map(seconds, names))).append(name)
    ordered: list[pytest.Item] = []
    for number, names in enumerate(dealt):
        part = [item for name in (*names[:1], *sorted(names[1:])) for item in groups[name]]
        fill = max(0, (len(items) - len(ordered)) // (workers - number) - len(part))
        ordered += part + short[:fill]
        del short[:fill]
    return ordered + short
