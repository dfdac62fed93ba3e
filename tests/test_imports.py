"""What the source imports, calls and reads: the contracts in pyproject.toml are kept, and what they cannot say."""

import ast
import datetime as dt
import itertools
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import grimp
import pytest
import streamlit

from cwac.clock import read_clock
from tests.cases import each
from tests.fixed_clock import PYTHON, START
from tests.test_documents import ROOT, text_of

SOURCES = sorted([*ROOT.glob("cwac/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"])


@cache
def parsed(path: Path) -> ast.Module:
    """The module's tree, which several tests walk."""
    return ast.parse(text_of(path))


STANDARD_ONLY = {"model", "date_words", "rounding", "file_owners", "one_line", "settings"}


@pytest.mark.slow
def test_imports_keep_the_contracts():
    # In a process of its own, as it sets up the log anew.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_model_and_settings_import_the_standard_library_only_and_the_contracts_are_about_every_file(monkeypatch):
    monkeypatch.chdir(ROOT)
    graph = grimp.build_graph("cwac", "pages", include_external_packages=True, cache_dir=None)
    assert {
        f"{module} imports {name}"
        for part in STANDARD_ONLY
        for module in {f"cwac.{part}", *graph.find_descendants(f"cwac.{part}")}
        for name in graph.find_modules_directly_imported_by(module)
        if name.split(".")[0] not in {"cwac", *sys.stdlib_module_names}
    } == set()
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES}
    ours = {name for name in graph.modules if name.split(".")[0] in ("cwac", "pages")}
    assert names == {*ours, "dashboard"} - {"pages"}


def test_the_app_imports_the_web_part_only():
    nodes = ast.walk(parsed(ROOT / "dashboard.py"))
    imports = [ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports == ["import streamlit as st", "from cwac.web import preflight, session"]


def internals_of_streamlit(tree: ast.Module) -> set[str]:
    """Submodules of Streamlit that this code imports or reaches through `st`, without the public namespaces."""
    public = {"components", "column_config"}
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names if alias.name.startswith("streamlit.")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "streamlit":
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
            is_module = isinstance(getattr(streamlit, node.attr, None), ModuleType)
            used |= {f"st.{node.attr}"} if is_module and node.attr not in public else set()
    return used


@pytest.mark.slow
def test_only_streamlit_compat_uses_internals_of_streamlit():
    using = [path for path in SOURCES if internals_of_streamlit(parsed(path))]
    assert using == [ROOT / "cwac/web/streamlit_compat.py"]


@each(
    ("code", "used"),
    [
        ("from streamlit import config", {"streamlit.config"}),
        ("from streamlit.runtime import Runtime", {"streamlit.runtime.Runtime"}),
        ("import streamlit.net_util", {"streamlit.net_util"}),
        ("import streamlit as st\nst.config.get_option('x')", {"st.config"}),
        ("import streamlit as st\nst.runtime.exists()", {"st.runtime"}),
        (
            "import streamlit as st\nst.title('x')\nst.components.v2.component('x')\nst.column_config.TextColumn()",
            set(),
        ),
    ],
)
def test_internals_of_streamlit_are_recognized(code, used):
    assert internals_of_streamlit(ast.parse(code)) == used


@pytest.mark.slow
def test_no_class_name_occurs_twice() -> None:
    trees = (parsed(path) for path in SOURCES if path.is_relative_to(ROOT / "cwac"))
    nodes = itertools.chain.from_iterable(map(ast.walk, trees))
    names = Counter(node.name.lstrip("_") for node in nodes if isinstance(node, ast.ClassDef))
    assert len(names) > 300
    assert [name for name, number in names.items() if number > 1] == []


# --- without POSIX ---------------------------------------------------------------------------------------------------


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


@pytest.mark.slow
def test_every_module_is_imported_without_what_only_posix_has(tmp_path: Path) -> None:
    assert len(MODULES) > 150
    # Two modules that a Windows machine cannot import: the test must find them.
    (tmp_path / "needs_fork.py").write_text("import os\nos.register_at_fork(after_in_child=print)\n")
    (tmp_path / "needs_fcntl.py").write_text("import fcntl\n")
    planted = ["needs_fork", "needs_fcntl"]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT, *MODULES, *planted],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert [line.partition(":")[0] for line in ended.stdout.splitlines()] == planted, ended.stdout


# --- the clock ------------------------------------------------------------------------------------------------------

READING = {
    "cwac/clock.py": 1,
    "cwac/refresh/sheets.py": 1,  # how long ago a file was written, by the clock of the file system
    "tests/server/listener.py": 1,  # the clocks of Google and Microsoft, whose libraries read the system's
    "tests/web/signed_in.py": 1,  # Streamlit itself checks the age of its cookie
}
"""File -> how many times it reads the clock of the system."""


@pytest.mark.slow
def test_nothing_reads_the_clock_of_the_system_but_the_places_listed() -> None:
    options = ("--no-cache", "--select=TID251", "--ignore-noqa", "--output-format=concise")
    command = [sys.executable, "-m", "ruff", "check", *options, "."]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    files = re.findall(r"^(.+?):\d+:\d+: TID251 .*read_clock", ended.stdout, re.M)
    assert Counter(Path(file).as_posix() for file in files) == READING
    scripts = [path for path in (ROOT / "cwac").rglob("*.js") if re.search(r"Date\.now|new Date\(\)", path.read_text())]
    assert scripts == []


def test_clock_of_tests_begins_at_ten_on_a_wednesday_in_this_process_and_those_it_starts(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("from cwac.clock import read_clock\nprint(read_clock().isoformat())")
    before = read_clock()
    said = subprocess.run([*PYTHON, "told"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert dt.datetime.fromisoformat("2026-11-25T10:00-08:00") == START
    assert START <= before <= dt.datetime.fromisoformat(said.strip()) <= read_clock() < START + dt.timedelta(hours=12)
