"""Servers forked from a process that has imported everything already, as imports are most of what a start costs.

A forked server is a process of its own: it can be killed, paused and waited for like any other.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

_PRELOADED = "tests.web.preloaded"


class Process(Protocol):
    """What tests use of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class ForkedProcess:
    """`streamlit` with these arguments, in a fork of the process that has imported everything."""

    def __init__(self, arguments: list[str], folder: Path, environ: Mapping[str, str], log: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([_PRELOADED])
        self._process = context.Process(target=_run_streamlit, args=(arguments, folder, dict(environ), log))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("streamlit", timeout or 0)
        return code

    def send_signal(self, number: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run_streamlit(arguments: list[str], folder: Path, environ: dict[str, str], log: Path) -> None:
    """Become what `python -m streamlit` would be in that folder and environment."""
    from streamlit.web import cli

    from tests.web import preloaded

    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    sys.path[:] = [str(folder), *preloaded.PATH]
    sys.argv[:] = ["streamlit", *arguments]
    cli.main(prog_name="streamlit")
