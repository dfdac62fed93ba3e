"""Servers forked from a process that has imported everything already, as imports are most of what a start costs.

A forked server is a process of its own: it can be killed, paused and waited for like any other. Run as a program this
is the process that forks: it reads each request, to start a server or for the exit status of one, as a line of JSON.
"""

import gc
import inspect
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cwac
from tests import fixed_clock

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
    """The process that forks. It ends when this one closes its input, at the latest by ending."""
    command = [sys.executable, "-m", "tests.web.forked"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# --- the process that forks ---------------------------------------------------------------------------------------

LIBRARIES = """
alembic.command altair anyio._backends._asyncio docx gspread holidays.countries itsdangerous jinja2 jsonschema openpyxl
pandas.core.methods.to_dict psycopg pyarrow.pandas_compat sqlalchemy.dialects.postgresql.psycopg
sqlalchemy.dialects.sqlite streamlit.emojis streamlit.web.server.starlette.starlette_agent_routes
streamlit.web.server.starlette.starlette_app uvloop
"""
NOT_IMPORTED = ("cwac.__main__", "cwac.cli", "cwac.storage.migrations", "cwac.web.layout")
"""The command line, and scripts."""


def main() -> None:
    # Libraries must start no threads: only a process of one thread can be forked safely.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    before = set(os.environ)
    from streamlit.web import cli

    for library in LIBRARIES.split():
        import_module(library)
    for module in pkgutil.walk_packages(cwac.__path__, "cwac."):
        if not module.name.startswith(NOT_IMPORTED):
            import_module(module.name)
    look_through_what_is_installed()
    set_by_imports = {name: value for name, value in os.environ.items() if name not in before}
    assert len(os.listdir("/proc/self/task")) == 1
    fixed_clock.set_clock()
    gc.freeze()  # else each forked server would copy all of this memory when it looks for garbage
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: set[int] = set()
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if "ended" in request:
            pid, status = os.waitpid(request["ended"], os.WNOHANG)
            running.discard(pid)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                become_streamlit(**request | {"environ": set_by_imports | request["environ"]})
                cli.main(prog_name="streamlit")
                return
            running.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def look_through_what_is_installed() -> None:
    """Do once what takes each server a quarter of its start: Streamlit looks through all packages and modules."""
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
    manifest_scanner.scan_component_manifests()
    inspect.stack()  # remembers the file of every module


def become_streamlit(arguments: list[str], folder: str, environ: dict[str, str], log: str) -> None:
    """Make this process what `python -m streamlit` would be in that folder, environment and with that output."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(output)
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv[:] = ["streamlit", *arguments]
    if "PATCHES" in environ:
        runpy.run_path(f"{environ['PATCHES']}/sitecustomize.py")


if __name__ == "__main__":
    main()
