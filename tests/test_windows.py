"""What Windows lacks is not needed: real Windows is not among the machines that the tests run on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.glob("cwac/**/*.py")
    if path.name not in ("__main__.py", "layout.py", "env.py") and "versions" not in path.parts
)
"""All but scripts, which run as they are imported."""

WITHOUT = """
import importlib, os, select, signal, socket, sys, time

# The libraries first: they have their own ways on Windows, which they find by sys.platform.
import alembic.command, altair, click, google.auth, gspread, icalendar, openpyxl, orjson, pandas, platformdirs.unix
import requests, sqlalchemy, starlette, streamlit, streamlit.web.server.starlette, tomlkit, uvicorn

MODULES = sys.argv[1:]
for name in ("chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups", "getloadavg",
             "getpgid", "getsid", "getuid", "initgroups", "killpg", "lchown", "mkfifo", "nice", "openpty", "pathconf",
             "pipe2", "posix_fadvise", "posix_spawn", "register_at_fork", "sched_getaffinity", "sched_setaffinity",
             "setegid", "seteuid", "setgid", "setpgid", "setsid", "setuid", "statvfs", "sysconf", "uname", "wait4",
             "ST_RDONLY", "WNOHANG", "O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGQUIT", "alarm",
             "pthread_sigmask", "setitimer", "siginterrupt", "sigwait"):
    delattr(signal, name)
for name in ("AF_UNIX", "SO_REUSEPORT", "socketpair"):
    delattr(socket, name)
for name in ("epoll", "poll"):
    delattr(select, name)
del time.tzset
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "uvloop"):
    sys.modules[name] = None

failed = []
for name in MODULES:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print("\\n".join(failed), end="")
"""


PLANTED = {
    "needs_fork": "import os\nos.register_at_fork(after_in_child=print)\n",
    "needs_fcntl": "import fcntl\n",
}
"""Modules that a Windows machine cannot import: the test must find them."""


@pytest.mark.slow
def test_every_module_is_imported_without_what_only_posix_has(tmp_path: Path) -> None:
    assert len(MODULES) > 150
    for name, source in PLANTED.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT, *MODULES, *PLANTED],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert [line.partition(":")[0] for line in ended.stdout.splitlines()] == list(PLANTED), ended.stdout
