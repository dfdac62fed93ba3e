"""docs/deploy/install.sh, by the commands of docs/shared.md, below a root folder in place of a machine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.web.served import ROOT, free_port
from tests.web.test_deploy import DEPLOY, SIGN_IN, UNITS, image, started, tree, unit
from tests.wheel import clean_environ

GUIDE = (ROOT / "docs/shared.md").read_text(encoding="utf-8")
PROGRAMS = {"sudo": 'exec "$@"', "apt-get": "", "systemctl": ""}
"""Programs of the system, and what they do here."""
PIP = """#!/bin/sh
echo "$*" >> "$0.log"
case "$*" in *--require-hashes*) exit ;; esac
[ -e "$0.done" ] ||
  {python} -P -m pip --python "$(dirname "$0")/python" "$@" --no-build-isolation --no-index --no-compile
touch "$0.done"
"""
"""Installs the package once, without a registry: what it depends on is taken from this environment."""
MADE = {
    "/opt/coffee/1.0.0", "/var/lib/coffee", "/var/backups/coffee", "/etc/coffee", "/etc/coffee/secrets.toml",
    "/etc/default/coffee", "/usr/local/bin/cwac-coffee", "/etc/systemd/system/coffee@.service",
    "/etc/systemd/system/coffee-backup.service", "/etc/systemd/system/coffee-backup.timer",
}  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """A root folder in place of a machine's, and a shell for the commands of a guide."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def run(self, line: str, place: str = "cwac", status: int = 0) -> str:
        """The output of a line of the guide, with its absolute paths below the root folder."""
        line = re.sub(r"(?<![\w./])/(etc|var|opt|usr)/", rf"{self.root}/\1/", line.replace("-o coffee ", ""))
        line = line.replace("docs/deploy/install.sh", f"docs/deploy/install.sh --root {self.root}")
        path = f"{self.folder}/programs:{self.root}/usr/local/bin:{os.environ['PATH']}"
        environ = clean_environ(self.folder / "home", {"PATH": path, "PYTHON": sys.executable})
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder / place,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (status, False), (line, done.stdout, done.stderr)
        return done.stdout.replace(str(self.root), "")

    def offer(self, version: str) -> None:
        """Tag that version in the repository, and make an environment for it, with nothing to download."""
        project = self.folder / "origin/pyproject.toml"
        project.write_text(re.sub(r'^version = ".*"$', f'version = "{version}"', project.read_text(), flags=re.M))
        git = "git -c user.name=A -c user.email=a@b.example"
        self.run(
            f"git init -q && git add -A && {git} commit -qm {version} && {git} tag -am {version} v{version}", "origin"
        )
        programs = self.root / f"opt/coffee/{version}/bin"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", programs.parent], check=True)
        (packages,) = programs.parent.glob("lib/python*/site-packages")
        (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
        (programs / "cwac").touch()
        program(programs / "pip", PIP.replace("{python}", sys.executable))

    @contextmanager
    def serving(self, port: int) -> Iterator[str]:
        """The dashboard as its unit starts it; the log of the start."""
        units = self.root / "etc/systemd/system"
        lines = unit("Environment", units) + Path(*unit("EnvironmentFile", units)).read_text().splitlines()
        environ = dict(line.replace('"', "").split("=", 1) for line in lines if not line.startswith("#"))
        (start,), (place,) = unit("ExecStart", units), unit("WorkingDirectory", units)
        with started(Path(place), environ, start.replace("%i", str(port)).split(), port) as log:
            yield log.read_text()
        log.unlink()

    def back_up(self) -> None:
        """Run what the unit of the backup runs."""
        text = (self.root / "etc/systemd/system/coffee-backup.service").read_text()
        (start,) = re.findall(r"^ExecStart=(.*)$", text, re.M)
        subprocess.run(shlex.split(start.replace("%%", "%")), check=True, capture_output=True)


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def sources(root: Path) -> list[Path]:
    """The program's files; the commands that ran as this user may have compiled some."""
    return [path for path in tree(root / "opt") if "__pycache__" not in path.parts]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that can reach a repository."""
    image(tmp_path).rename(tmp_path / "origin")
    shutil.copytree(DEPLOY, tmp_path / "origin/docs/deploy")
    shutil.copy(ROOT / "setup.py", tmp_path / "origin")
    for folder in ("home", "programs", "root/etc/caddy"):
        (tmp_path / folder).mkdir(parents=True)
    for name, text in PROGRAMS.items():
        program(tmp_path / "programs" / name, f"#!/bin/sh\n{text}\n")
    return Machine(tmp_path)


def lines_of(guide: str) -> Iterator[str]:
    """Each line of the guide's shell blocks."""
    for block in re.findall(r"```sh\n(.*?)```", guide, re.S):
        yield from (line.strip() for line in block.strip().splitlines())


@pytest.mark.slow
def test_guide_installs_serves_backs_up_upgrades_and_removes_the_service(machine: Machine, plan_file: Path) -> None:
    root, port, said = machine.root, free_port(), {}
    machine.offer("1.0.0")
    guide = lines_of(re.sub(r"checkout v[\d.]+", "checkout v1.0.0", GUIDE, count=1))
    machine.run(next(guide).replace("REPOSITORY", str(machine.folder / "origin")), ".")
    install, before = next(guide), tree(root)
    planned = machine.run(f"{install} --dry-run")
    assert tree(root) == before
    first = machine.run(install)
    assert planned == "Nothing is done, only said:\n" + first
    assert set(re.findall(r"^(?:made|again) +(\S+)$", first, re.M)) == MADE
    there = tree(root)
    again = machine.run(install)
    assert re.findall(r"^(?:made|changed|removed) .*", again, re.M) == []
    assert tree(root) == there
    assert "--require-hashes -r" in (root / "opt/coffee/1.0.0/bin/pip.log").read_text()
    machine.run(install.replace("coffee.example.gov", "'a b'"), status=2)
    (root / "etc/coffee/secrets.toml").unlink()
    (root / "etc/coffee/secrets.toml").symlink_to(machine.folder / "planted")  # whose owner the script would change
    machine.run(install, status=2)
    (root / "etc/coffee/secrets.toml").unlink()

    (machine.folder / "cwac/secrets.toml").write_text(f'[cwac]\nworkbook = "{plan_file}"\n{SIGN_IN}')
    with ExitStack() as running:
        for line in guide:
            if "systemctl restart" in line:
                program_files = sources(root)
                log = running.enter_context(machine.serving(port))
            elif "start coffee-backup" in line:
                machine.back_up()
            elif "git fetch" in line:
                (root / "opt/coffee/0.9.0").mkdir()
                machine.offer("1.1.0")
                (root / "opt/coffee/1.1.0/bin/pip.done").touch()  # one build is enough
            elif "systemctl stop" in line:
                running.close()
                assert sources(root) == program_files
            changed = line.replace("https://coffee.example.gov", f"http://localhost:{port}")
            changed = re.sub(r"checkout v[\d.]+", "checkout v1.1.0", changed)
            changed = changed.replace("Sun.backup", next((root / "var/backups/coffee").glob("*"), Path("none")).name)
            said[line] = machine.run(changed, status=2 if "doctor" in line else 0)
            if line == "sudo docs/deploy/install.sh":
                installed = (root / "opt/coffee/1.1.0/bin/pip.log").read_text()
                assert re.findall(" (--require-hashes|--no-deps) ", installed) == ["--require-hashes", "--no-deps"]
                assert (root / "opt/coffee/current").readlink() == Path("1.1.0")
                programs = sorted(path.name for path in (root / "opt/coffee").iterdir())
                assert programs == ["1.0.0", "1.1.0", "current"]
    store = f"sqlite:///{root}/var/lib/coffee/cwac/cwac.sqlite3"
    assert f"keeps {store}, listens on localhost:{port}, sign-in on at https://coffee.example.gov" in log
    assert "Careful" not in log.replace("Careful: The server runs as root", "")
    failures = [re.findall(r"^FAIL +(\S+)", text, re.M) for line, text in said.items() if "doctor" in line]
    asked_by_another_name = ["outside-websocket", "outside-name"]
    assert failures == [["sign-in-provider"], ["sign-in-provider", *asked_by_another_name]]
    assert "1 version in" in said["sudo cwac-coffee history"]
    assert "backed up the store" in said["sudo cwac-coffee audit"]
    backups = sorted(path.name for path in (root / "var/backups/coffee").iterdir())
    assert [re.sub("^[A-Z][a-z][a-z][.]", "DAY.", name) for name in backups] == ["DAY.backup", "before-1.1.0.backup"]
    kept = {"/etc/coffee", "/etc/default/coffee", "/var/lib/coffee", "/var/backups/coffee"}
    assert set(re.findall(r"^kept +(\S+)$", said["sudo docs/deploy/install.sh --uninstall"], re.M)) == kept
    assert {f"/{path.relative_to(root)}" for path in tree(root)} & MADE == kept | {"/etc/coffee/secrets.toml"}
    machine.run("docs/deploy/install.sh --uninstall --purge")
    assert [path.name for path in tree(root) if path.is_file()] == ["Caddyfile"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here: apt-get install systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    def verify() -> subprocess.CompletedProcess[str]:
        paths = [str(tmp_path / name) for name in UNITS]
        return subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)

    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8").replace("/opt/coffee/current/bin/cwac", "/bin/true")
        (tmp_path / name).write_text(text)
    result = verify()
    assert (result.returncode, "coffee" in result.stderr) == (0, False), result.stderr
    for name, right, wrong in (
        ("coffee@.service", "ProtectSystem=strict", "ProtectSystem=hard"),
        ("coffee-backup.timer", "OnCalendar=*-*-* 03:15", "OnCalendar=nightly"),
    ):
        (tmp_path / name).write_text((DEPLOY / name).read_text(encoding="utf-8").replace(right, wrong))
        assert name in verify().stderr
