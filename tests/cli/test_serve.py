"""`cwac serve` from a wheel in an empty folder, and what it refuses before Streamlit starts."""

import re
import signal
import socket
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from cwac.checks import machine
from cwac.cli.starting import run_and_wait
from tests import wheel
from tests.cases import each
from tests.checks.answering import Written, answering
from tests.cli.plan import refusal, run
from tests.web.served import ROOT, free_port, get, session


@pytest.mark.slow
def test_wheel_serves_the_sample_from_an_empty_folder(tmp_path: Path) -> None:
    built = wheel.build(tmp_path)
    names = [name for name in zipfile.ZipFile(built).namelist() if name.startswith("cwac/app/")]
    pages = [f"cwac/app/pages/{path.name}" for path in sorted((ROOT / "pages").glob("*.py"))]
    assert sorted(names) == sorted(["cwac/app/dashboard.py", "cwac/app/.streamlit/config.toml", *pages])
    programs = wheel.install_beside(built, tmp_path / "fresh")
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "click.py").write_text("raise SystemExit('a file of the current folder was imported')")
    with wheel.serving(programs, folder) as served:
        assert get(f"{served.url}/_stcore/health").status_code == 200
        assert "Coffee with a Cop: reads the built-in SAMPLE" in served.log.read_text()
        assert f"listens on localhost:{served.port}" in served.log.read_text()  # by config.toml: not on every address
        with session(served) as visitor:
            assert visitor.open("staffing").holds("SAMPLE")
            assert not visitor.open("staffing").holds("alert-danger")
        again = subprocess.run(
            [programs / "cwac", "serve", f"--port={served.port}"],
            cwd=folder,
            env=wheel.clean_environ(folder),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (again.returncode, again.stdout) == (2, "")
        assert again.stderr.startswith(f"Error: This dashboard runs on port {served.port} already, at http://localhost")
        assert re.search(rf"on a free port: {programs}/cwac serve --port \d+\n$", again.stderr)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 1  # Streamlit's own status after Ctrl-C
        assert "Traceback" not in served.log.read_text()
    assert [path.name for path in folder.iterdir()] == ["click.py"]


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """In place of Streamlit: whether each start opens a browser."""
    starts: list[object] = []
    monkeypatch.setattr("cwac.cli.starting.PROJECT", ROOT)
    monkeypatch.setattr("cwac.cli.starting._run", lambda *words: starts.append(words[-1]) or 0)
    return starts


OTHER, THIS = "is in use by another program: stop it", "already, at http://{}:{}: open that"
READY = (503, {}, b'{"ready":false,"age_seconds":null}')


@each("address, shown, answers, words", [
    ("localhost", "localhost", {}, OTHER), ("127.0.0.1", "127.0.0.1", {"/readyz": READY}, THIS),
    ("0.0.0.0", "localhost", {"/readyz": READY}, THIS),
    ("localhost", "localhost", {"/healthz": (200, {}, b"ok\n"), "/readyz": (200, {}, b"ok")}, OTHER),
])  # fmt: skip
def test_port_of_another_program_is_told_from_that_of_this_dashboard_and_a_free_one_is_proposed(
    answers: dict[str, Written], words: str, address: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # which is not asked
    with answering(answers) as other, socket.socket() as next_port:
        port = int(other.url.rpartition(":")[2])
        with suppress(OSError):
            next_port.bind(("127.0.0.1", port + 1))
        next_port.listen()
        message = refusal("serve", "--port", str(port), "--address", address)
        assert words.format(shown, port) in message
        free = int(message.rpartition("start this one on a free port: cwac serve --port ")[2])
        assert free > port + 1
        assert machine.why_not_free(address, free) is None


def test_file_is_connected_and_served_and_settings_are_not_overwritten(
    plan: str, tmp_path: Path, started: list[object]
) -> None:
    port = ("--port", str(free_port()))
    printed = run("serve", "plan.xlsx", *port).stdout
    assert printed.endswith("Only this machine is let in (local = true), until you set up sign-in for others.\n")
    settings = tmp_path / ".streamlit/secrets.toml"
    written = settings.read_text()
    assert f'workbook = "{plan}"' in written
    assert run("serve", plan, *port).stdout == ""
    (tmp_path / "other.xlsx").write_bytes(Path(plan).read_bytes())
    assert refusal("serve", "other.xlsx", *port) == (
        f"Error: The settings name the file {plan}. That is not overwritten: run cwac serve without a file to show it, "
        "or cwac connect other.xlsx to show this file in its place."
    )
    settings.write_text('[connections.gsheets]\nspreadsheet = "1AbCdEf_gh-IJKLmnopqrstuvwx"\n')
    assert "The settings name one Google Sheet. That is not overwritten" in refusal("serve", plan, *port)
    settings.unlink()
    assert refusal("serve", "1AbCdEf_gh-IJKLmnopqrstuvwx", *port).endswith("with cwac connect SHEET-URL")
    assert "is not there" in refusal("serve", "none.xlsx", *port)
    assert refusal("serve", plan, *port, env={"CWAC_ACCESS": "x", "CWAC_CREDENTIALS": "none"})
    assert (len(started), settings.exists()) == (2, False)


def test_name_with_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that this machine lacks does not matter, as long as the port is free on the others."""
    free = free_port()
    places = [("192.0.2.1", free), ("127.0.0.1", free)]
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    )
    run("serve", "--port", str(free))
    with answering({}) as other:
        taken = int(other.url.rpartition(":")[2])
        places.append(("127.0.0.1", taken))
        assert f"Port {taken} is in use by another program" in refusal("serve", "--port", str(taken))


@each("address", ["192.0.2.1", "coffee.invalid", "a" * 300, "local host"])
def test_address_of_no_interface_is_refused(address: str) -> None:
    assert refusal("serve", "--port", str(free_port()), "--address", address) == (
        f"Error: {address} is not an address of this machine: write localhost, or 0.0.0.0."
    )


def test_missing_app_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwac.cli.starting.PROJECT", tmp_path)
    assert refusal("serve") == f"Error: {tmp_path}/dashboard.py is missing: install this program again."


def test_local_dashboard_is_opened_by_its_printed_address_alone(
    tmp_path: Path, plan: str, started: list[object]
) -> None:
    """Streamlit would open the address without the key, where nothing is shown."""
    run("serve", "--open", "--port", str(free_port()))
    settings = tmp_path / ".streamlit/secrets.toml"
    settings.parent.mkdir()
    for text in (f'[cwac]\nworkbook = "{plan}"\n[access]\nlocal = true\n', "[cwac\n"):
        settings.write_text(text)
        assert "Open the address with the key" in run("serve", "--open", "--port", str(free_port())).stderr
    settings.write_text(f'[cwac]\nworkbook = "{plan}"\n[access]\npublic = true\n')
    run("serve", "--open", "--port", str(free_port()))
    assert started == [True, False, False, True]


def test_exit_status_of_a_child_is_passed_on() -> None:
    code = "import os, sys; sys.exit(int(os.environ['STATUS']))"
    assert [run_and_wait([sys.executable, "-c", code], {"STATUS": status}) for status in ("0", "78")] == [0, 78]
