"""The PostgreSQL of the store: how long it may take to connect, to wait for a lock, and to answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from cwac.rounding import half_up

_Result = TypeVar("_Result")

IDLE_SECONDS = 10
"""Seconds until PostgreSQL ends a transaction in which nothing happens: a frozen process must hold no locks."""

STATEMENT_SECONDS = 30
"""Seconds until PostgreSQL ends a statement that it is still working on. Migrations and `VACUUM` may take longer."""

ANSWER_SECONDS = STATEMENT_SECONDS + 10
"""Seconds to wait for the answer to a statement: a PostgreSQL that is stopped does not end it by itself."""

PING_SECONDS = 5
"""Seconds to wait for the answer to the empty statement with which the pool tests a connection."""

CONNECT_SECONDS = 5
"""Seconds for a connection to be made, the server's first answer included."""

UNACKNOWLEDGED_SECONDS = 10
"""Seconds until a connection whose packets nobody acknowledges is given up."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed when PostgreSQL does not answer a statement in time."""

    answer_seconds: float | None = ANSWER_SECONDS
    ping_seconds: float = PING_SECONDS

    def wait(self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None) -> _Result:
        """Wait for an answer; raise `OperationalError` if there is none in time."""
        # Only the pool's test of a connection runs outside a transaction, and `VACUUM`, for which nothing is too long.
        limit = self.ping_seconds if self.autocommit and self.answer_seconds else self.answer_seconds
        began = time.monotonic()
        try:
            return super().wait(gen, interval, limit if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if self.info.transaction_status != TransactionStatus.ACTIVE:
                raise  # PostgreSQL's own answer, or a connection that broke
            self.close()  # an answer that comes late would be taken for that of the next statement
            raise psycopg.OperationalError(f"no answer within {half_up(time.monotonic() - began)} s") from error


def engine_for(url: sa.URL, busy_seconds: float) -> sa.Engine:
    """An engine on the database; `busy_seconds` is how long to wait for a lock."""
    options = {
        "lock_timeout": int(busy_seconds * 1000),
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
        "statement_timeout": STATEMENT_SECONDS * 1000,
    }
    arguments = {
        "connect_timeout": CONNECT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        # A machine that vanished is noticed within half a minute.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": UNACKNOWLEDGED_SECONDS * 1000,
    }
    engine = sa.create_engine(url, pool_pre_ping=True, pool_timeout=5, connect_args=arguments, hide_parameters=True)
    sa.event.listen(engine, "do_connect", lambda _, __, words, named: TimedConnection.connect(*words, **named))
    return engine


@contextmanager
def statements_without_limit(connection: sa.Connection) -> Iterator[None]:
    """Let statements of this connection take as long as they need. A connection on which one fails is to be closed."""
    driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, TimedConnection)
    connection.exec_driver_sql("SET statement_timeout = 0")
    limit, driver_connection.answer_seconds = driver_connection.answer_seconds, None
    yield
    driver_connection.answer_seconds = limit
    connection.exec_driver_sql("RESET statement_timeout")
