"""Runs something in a child process that is killed before a chosen statement."""

import os
import signal

import sqlalchemy as sa


def killed_before(nth, action):
    """Run `action` in a child that is killed before its nth statement or commit; False where it finished before."""
    child = os.fork()
    if child == 0:
        count = 0

        def count_statement(*_):
            nonlocal count
            count += 1
            if count == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sa.event.listen(sa.Engine, "before_cursor_execute", count_statement)
            sa.event.listen(sa.Engine, "commit", count_statement)
            action()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
