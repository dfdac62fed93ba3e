"""Runs something in a child process, which may be killed before a chosen step that writes."""

import os
import signal
from collections.abc import Callable

import sqlalchemy as sa

READING = {"SELECT", "PRAGMA", "SHOW", "BEGIN"}
"""Before these the database is as it was before the next step that writes."""


def is_killed(action: Callable[[], object]) -> bool:
    """Run the action in a child process; whether that is killed."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def killed_before(
    nth: int, action: Callable[[], object], listen: Callable[[Callable[[str], None]], None] | None = None
) -> str:
    """Run the action in a child that is killed before its nth write or commit; the name of that step, empty at the end.

    `listen` may make other things count as steps.
    """
    steps, (reading, writing) = 0, os.pipe()

    def step(name: str) -> None:
        nonlocal steps
        steps += name.removeprefix("SQL ") not in READING
        if steps == nth:
            os.write(writing, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def listen_and_act() -> None:
        sa.event.listen(sa.Engine, "before_cursor_execute", lambda *arguments: step(f"SQL {arguments[2].split()[0]}"))
        sa.event.listen(sa.Engine, "commit", lambda *_: step("COMMIT"))
        if listen is not None:
            listen(step)
        action()

    killed = is_killed(listen_and_act)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        name = pipe.read()
    assert killed == bool(name)
    return name
