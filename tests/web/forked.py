"""Servers forked from a process that has imported everything already, as imports are most of what a start costs.

A forked server is a process of its own: it can be killed, paused and waited for like any other.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


class ForkedProcess:
    """`python -m streamlit` with these arguments, without its imports."""

    def __init__(self, arguments: list[str], folder: Path, environ: Mapping[str, str], log: Path) -> None:
        request = {"arguments": arguments, "folder": str(folder), "environ": dict(environ), "log": str(log)}
        self.pid: int = _ask(request)
        self._exit_status: int | None = None

    def poll(self) -> int | None:
        if self._exit_status is None:
            self._exit_status = _ask({"ended": self.pid})
        return self._exit_status

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("streamlit", timeout or 0)
            time.sleep(0.01)
        return status

    def terminate(self, by: signal.Signals = signal.SIGTERM) -> None:
        if self.poll() is None:
            os.kill(self.pid, by)

    def kill(self) -> None:
        self.terminate(signal.SIGKILL)


Process = subprocess.Popen[bytes] | ForkedProcess
_asking = threading.Lock()


def _ask(request: Mapping[str, object]) -> Any:
    """The fork server's answer."""
    with _asking:
        server = _fork_server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(f"{json.dumps(request)}\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())


@cache
def _fork_server() -> subprocess.Popen[str]:
    """The process of `fork_server.py`. It ends when this one closes its input, at the latest by ending."""
    command = [sys.executable, "-m", "tests.web.fork_server"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
