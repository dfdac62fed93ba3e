"""The server process at its start: the summary in its log, its warnings, and the exit where it must not run."""

import contextlib
import importlib.util
import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cwac.web.preflight import NEVER, REFUSED
from tests.cases import each
from tests.fixed_clock import PYTHON
from tests.server import SheetsServer
from tests.web import plan
from tests.web.served import FIRST_READ, ROOT, free_port, get, serving, session, started, until, write_secrets

pytestmark = pytest.mark.slow

PLANTED = "planted-secret"
SIGN_IN = f"""
[auth]
redirect_uri = "https://coffee.example.gov/oauth2callback"
cookie_secret = "{PLANTED}-0123456789-0123456789-0123456789"
client_id = "cwac"
client_secret = "{PLANTED}"
server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
[access]
viewers = ["@chp.example.gov"]
[connections.gsheets]
type = "service_account"
client_email = "robot@planted.iam.example"
private_key = "{PLANTED}"
api_endpoint = "http://127.0.0.1:9"
"""


def our_lines(log: Path) -> list[str]:
    """The lines of the log that we write."""
    ours = ("Coffee with a Cop: ", "Careful: ", "Not started: ")
    return [line for line in log.read_text().splitlines() if line.startswith(ours)]


def refused(folder: Path, environ: dict[str, str], *command: str) -> list[str]:
    """The refusals of a start that ends with exit status `REFUSED`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    full = clean | {"HOME": str(folder), "STREAMLIT_SERVER_HEADLESS": "true"} | environ
    log = folder / "refused.log"
    with log.open("w") as errors:
        if command:
            arguments = [sys.executable, "-m", *command]
            status = subprocess.run(arguments, cwd=folder, env=full, stderr=errors, timeout=60).returncode
        else:
            arguments = [*PYTHON, "streamlit", "run", str(ROOT / "dashboard.py"), "--server.port=0"]
            status = started(arguments, folder, full, log).wait(60)
    output = log.read_text()
    assert (status, "Traceback" in output) == (REFUSED, False), output
    return [line for line in output.splitlines() if line.startswith("Not started: ")]


def test_summary_of_a_sheet_with_sign_in_and_postgresql_holds_no_secret(tmp_path: Path) -> None:
    write_secrets(tmp_path / "elsewhere", SIGN_IN)
    environ = {
        "STREAMLIT_SECRETS_FILES": str(tmp_path / "elsewhere/.streamlit/secrets.toml"), "CWAC_REFRESH_SECONDS": "60",
        "CWAC_SPREADSHEET": "https://docs.google.com/spreadsheets/d/1AbCdEf_gh-IJKLmnop/edit",
        "CWAC_STORE": f"postgresql+psycopg://coffee:{PLANTED}@127.0.0.1:9/coffee?application_name={PLANTED}",
    }  # fmt: skip
    with serving(tmp_path, environ) as served:
        with session(served) as visitor:  # Streamlit reads [auth] from that file too, so there is a button
            assert visitor.open().holds("Sign in with the address of your agency")
        log, lines = served.log.read_text(), our_lines(served.log)
    assert lines[0] == (
        "Coffee with a Cop: reads Google Sheet …KLmnop (every 60 s) by way of 127.0.0.1, "
        "keeps nothing while postgresql+psycopg://coffee:***@127.0.0.1:9/coffee cannot be used, "
        f"listens on localhost:{served.port}, "
        "sign-in on at https://coffee.example.gov, strangers see nothing."
    )
    assert lines[1].startswith("Careful: The server answers to any name.")
    assert "Careful: The database that holds the history does not answer. Whoever runs" in lines[-1]
    assert PLANTED not in log


def test_unusable_settings_are_named_in_the_log_and_nothing_is_shown(tmp_path: Path) -> None:
    environ = {"CWAC_WORKBOOK": "plan.xlsx", "CWAC_LOCAL": "perhaps"}
    with serving(tmp_path, environ) as served:
        lines = our_lines(served.log)
        with session(served, key=False) as visitor:
            shown = visitor.open()
        assert shown.holds("The settings cannot be used")
        assert not shown.holds("must be true or false"), "what is wrong is for the terminal: who asks may be anybody"
        with session(served) as visitor:
            at_this_machine = visitor.open()
        assert at_this_machine.holds("must be true or false"), "the printed address has the key"
        assert not at_this_machine.holds("nobody may see it yet")
        assert get(f"{served.url}/readyz").status_code == 503
    rest = f"listens on localhost:{served.port}, shows nothing. CWAC_LOCAL: local must be true or false, not 'perhaps'."
    assert lines == [f"Coffee with a Cop: reads nothing, keeps nothing, {rest}"]


def test_server_does_not_start_with_unsafe_options(tmp_path: Path) -> None:
    environ = {
        "STREAMLIT_SERVER_ENABLE_CORS": "false", "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://*.example", "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true",
        "STREAMLIT_SERVER_BASE_URL_PATH": "coffee", "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
        "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
    }  # fmt: skip
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server.trustedUserHeaders]\nX-User = 'email'\n")
    refusals = refused(tmp_path, environ)
    assert [line.split()[2] for line in refusals] == [
        *(name for name in NEVER if name != "global.developmentMode"),
        "client.showErrorDetails",
    ]
    for variable in environ.keys() - {"STREAMLIT_SERVER_ADDRESS"}:
        assert sum(line.endswith(f" and {variable}.") for line in refusals) == 1, variable


def test_local_does_not_start_under_another_server(tmp_path: Path, plan_file: Path) -> None:
    environ = {"CWAC_WORKBOOK": str(plan_file), "CWAC_LOCAL": "true"}
    uvicorn = ("uvicorn", "dashboard:app", f"--app-dir={ROOT}", f"--port={free_port()}")
    refusals = refused(tmp_path, environ, *uvicorn)
    assert refusals[-1].endswith("Start it with: cwac serve")


WATCH = """
import sys, threading
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in NAMES:
            with open("imported", "a") as file:
                file.write(name + "\\n")
sys.meta_path.insert(0, Watch())
"""


def looked_for() -> set[str]:
    """Altair, and the installed modules that it looks for among the imported ones, even if half imported."""
    folder = Path(str(importlib.util.find_spec("altair").origin)).parent  # type: ignore[union-attr]
    source = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    names = {"altair", *re.findall(r'sys\.modules\.get\("(\w+)"|_opt="(\w+)"', source)}
    return {name for name in map("".join, names) if importlib.util.find_spec(name) is not None}


def test_no_page_imports_a_module_that_other_libraries_look_for(tmp_path: Path) -> None:
    """Another page's thread would find it half made: no attribute 'Timestamp'."""
    names = looked_for()
    assert {"altair", "numpy", "pandas"} <= names
    (tmp_path / "sitecustomize.py").write_text(WATCH.replace("NAMES", repr(names)))
    with serving(tmp_path, {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}) as served:
        imported = (tmp_path / "imported").read_text()
        assert {"altair", "numpy", "pandas"} <= set(imported.split())
        with session(served) as viewer:
            for page in sorted(path.stem for path in (ROOT / "pages").glob("*.py")):
                assert not viewer.open(page).holds("Something went wrong")
        assert (tmp_path / "imported").read_text() == imported


@each("command", [["streamlit", "run", str(ROOT / "dashboard.py")], ["cwac", "serve"]])
def test_terminal_says_once_to_leave_the_window_open_and_ctrl_c_stops_the_server(
    tmp_path: Path, command: list[str]
) -> None:
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    streamlit = {"STREAMLIT_SERVER_PORT": str(free_port()), "STREAMLIT_SERVER_HEADLESS": "true"}
    process = subprocess.Popen(
        [*PYTHON, *command],
        cwd=tmp_path,
        env=clean | streamlit | {"HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    with open(ours, "rb", buffering=0) as terminal:
        while b"Ctrl-C stops it." not in printed and select.select([terminal], [], [], 60)[0]:
            printed += terminal.read(1024)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 1)  # Streamlit's own status after Ctrl-C
        with contextlib.suppress(OSError):  # all of it is read, and the process has ended
            while part := terminal.read(1024):
                printed += part
    lines = printed.decode().split("\r\n")
    assert lines.count("  Leave this window open. Ctrl-C stops it.") == 1
    summary = next(number for number, line in enumerate(lines) if line.startswith("Coffee with a Cop: "))
    assert summary < lines.index("  Leave this window open. Ctrl-C stops it.")


def test_log_of_a_service_has_no_word_about_a_window(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        get(f"{served.url}/healthz")
        log = served.log.read_text()
    assert "Coffee with a Cop: reads the built-in SAMPLE" in log
    assert "window" not in log


def test_page_appears_while_the_source_is_silent_and_opens_by_itself(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        google = stack.enter_context(SheetsServer(plan.workbook()))
        for requests in ("token", "sheets"):
            google.fail("hang", None, on=requests, seconds=600)
        stack.callback(google.heal)
        served = stack.enter_context(serving(tmp_path, google.environ(tmp_path) | {"CWAC_PUBLIC": "true"}))
        visitor = stack.enter_context(session(served))
        waiting = [visitor.open("calendar", wait=False) for _ in range(4)]
        assert get(f"{served.url}/readyz").status_code == 503, "nothing has been read yet"
        assert all(page.holds(FIRST_READ) and page.holds("Calendar") and not page.holds("Weed") for page in waiting)
        timers = [message.auto_rerun for message in waiting[-1].messages if message.WhichOneof("type") == "auto_rerun"]
        soonest = min(timers, key=lambda timer: timer.interval)
        assert soonest.interval <= 2.0
        google.heal()
        until(lambda: get(f"{served.url}/readyz").status_code == 200, 60)
        reopened = visitor.fragment(soonest.fragment_id)  # as the page's own timer does
        assert reopened.holds("Weed")
        assert not reopened.holds(FIRST_READ)
        # Compared with the same page when there is data, as on a busy machine any page takes long.
        usual = [visitor.open("calendar", wait=False) for _ in range(4)]
        assert min(page.seconds for page in waiting) - min(page.seconds for page in usual) < 2.0
