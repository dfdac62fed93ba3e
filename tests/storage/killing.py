"""Runs something in a child process that is killed before a chosen step that writes."""

import os
import signal
from collections.abc import Callable

import sqlalchemy as sa

READING = {"SELECT", "PRAGMA", "SHOW", "BEGIN"}
"""Before these the database is as it was before the next step that writes."""


def killed_before(
    nth: int, action: Callable[[], object], listen: Callable[[Callable[[str], None]], None] | None = None
) -> str:
    """Run `action` in a child that is killed before its nth write or commit; the name of that step, empty at the end.

    `listen` may make other things count as steps.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        steps = 0

        def step(name: str) -> None:
            nonlocal steps
            steps += name.removeprefix("SQL ") not in READING
            if steps == nth:
                os.write(writing, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sa.event.listen(
                sa.Engine, "before_cursor_execute", lambda *arguments: step(f"SQL {arguments[2].split()[0]}")
            )
            sa.event.listen(sa.Engine, "commit", lambda *_: step("COMMIT"))
            if listen is not None:
                listen(step)
            action()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        name = pipe.read()
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert killed == bool(name)
    return name
