"""docs/deploy/: the systemd unit, the container image, the proxy's configuration, and install.sh by docs/shared.md."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit import config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cwac.settings import Settings, load
from cwac.storage.database import Database
from cwac.web.limits import A_SECOND, BURST, FEEDS, files_needed
from cwac.web.preflight import NEVER, REFUSED, ROUTES
from tests.cases import each
from tests.web.served import ROOT, free_port, get, running, until
from tests.web.signed_in import with_provider
from tests.wheel import clean_environ

DEPLOY = ROOT / "docs/deploy"
UNITS = ("coffee@.service", "coffee-backup.service", "coffee-backup.timer")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
CONTAINERFILE = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).splitlines()
    if line and not line.startswith("#")
]
SIGN_IN = f'{with_provider(address="https://coffee.example.gov")}[access]\nviewers = ["@chp.example.gov"]\n'


def unit(name: str, folder: Path = DEPLOY) -> list[str]:
    """The values of a key of the unit."""
    return re.findall(rf"^{name}=(.*)$", (folder / "coffee@.service").read_text(encoding="utf-8"), re.M)


def instructions(name: str) -> list[str]:
    """The arguments of an instruction of the Containerfile, each time it occurs."""
    return [rest for word, rest in CONTAINERFILE if word == name]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in instructions("ENV") for pair in rest.split())


@contextmanager
def started(folder: Path, environ: Mapping[str, str], command: Sequence[str], port: int) -> Iterator[Path]:
    """Run the command with exactly that environment, once it is ready; its log."""
    with running(command, folder, environ, folder.parent / "log") as served:
        until(lambda: get(f"http://127.0.0.1:{port}/readyz").status_code == 200, 60)
        yield served.log


def tree(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def image(folder: Path) -> Path:
    """A folder with what the Containerfile copies into the image."""
    app = folder / "opt"
    for rest in instructions("COPY"):
        *sources, target = rest.split()
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (app / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, app / target)
    return app


def test_service_is_a_user_that_can_write_to_its_store_alone() -> None:
    assert (unit("User"), unit("ProtectSystem"), unit("CapabilityBoundingSet")) == (["coffee"], ["strict"], [""])
    assert unit("ReadWritePaths") == ["/var/lib/coffee"]
    wrapper = (DEPLOY / "cwac-coffee").read_text(encoding="utf-8")
    assert wrapper.index("exec runuser") < wrapper.index(". /etc/default/coffee")  # root reads no file but this one


def test_unit_is_not_restarted_after_a_configuration_error() -> None:
    assert unit("RestartPreventExitStatus") == [str(REFUSED)]
    assert unit("Restart") == ["on-failure"]


@each("environ", [[name.split("=", 1)[0] for name in unit("Environment")], list(image_environment())])
def test_streamlit_knows_every_option_of_unit_and_image(environ: list[str]) -> None:
    names = {
        f"STREAMLIT_{re.sub(r'(?<=[a-z])(?=[A-Z])|[.]', '_', name).upper()}" for name in config.get_config_options()
    }
    names |= {"STREAMLIT_SECRETS_FILES", "HOME", "XDG_DATA_HOME", "PYTHONDONTWRITEBYTECODE", "MALLOC_ARENA_MAX", "PATH"}
    assert set(environ) - names == set()


def test_unit_and_image_limit_malloc_arenas_and_allow_the_open_files_that_connections_need() -> None:
    assert "MALLOC_ARENA_MAX=2" in unit("Environment")
    assert image_environment()["MALLOC_ARENA_MAX"] == "2"
    (allowed,) = unit("LimitNOFILE")
    assert int(allowed) >= files_needed(Settings())
    assert f"nofile: {allowed}\n" in COMPOSE
    assert f"--ulimit nofile={allowed}:{allowed}" in (DEPLOY / "container.md").read_text(encoding="utf-8")


@each("name", ["nginx.conf", "nginx-replicas.conf"])
def test_proxy_has_the_deadline_and_limits_of_the_dashboard(name: str) -> None:
    written = re.sub(r"#.*", "", (DEPLOY / name).read_text(encoding="utf-8"))
    servers = re.split(r"^server {", written, flags=re.M)[1:]
    assert [re.findall(r"client_header_timeout (\w+);", server) for server in servers] == [["10s"], ["10s"]]
    assert f"limit_conn coffee_visitors {Settings().connections_per_address};" in servers[1]
    assert servers[1].count(f"limit_req zone=coffee_feeds burst={BURST} nodelay;") == len(FEEDS)
    assert f"rate={A_SECOND:.0f}r/s" in written


@pytest.mark.slow
def test_image_contents_start_and_pass_the_health_check(tmp_path: Path, plan_file: Path) -> None:
    app, state, port = image(tmp_path), tmp_path / "state", free_port()
    state.mkdir()
    (app / ".streamlit/secrets.toml").touch(0o600)
    (app / ".streamlit/secrets.toml").write_text(SIGN_IN)
    own = image_environment()
    assert (own["HOME"], own["XDG_DATA_HOME"]) == ("/state", "/state") == (instructions("VOLUME")[0],) * 2
    environ = own | {"HOME": str(state), "XDG_DATA_HOME": str(state), "STREAMLIT_SERVER_PORT": str(port)}
    environ |= {"CWAC_WORKBOOK": str(plan_file), "STREAMLIT_SERVER_ALLOWED_HOSTS": "coffee.example.gov"}
    python, *command = json.loads(instructions("CMD")[0])
    assert python == ".venv/bin/streamlit"
    before = tree(app)
    with started(app, environ, [sys.executable, "-m", "streamlit", *command], port) as log:
        words = log.read_text()
        assert _healthy(port)
    assert not _healthy(port)
    assert f"keeps sqlite:///{state}/cwac/cwac.sqlite3, listens on 0.0.0.0:{port}, sign-in on" in words
    assert "Careful" not in words.replace("Careful: The server runs as root", "")
    assert tree(app) == before


def _healthy(port: int) -> bool:
    check = instructions("HEALTHCHECK")[0]
    python, *arguments = json.loads(check[check.index("[") :])
    assert python == ".venv/bin/python"
    (path,) = re.findall(r"http://127\.0\.0\.1:8501(/\w+)", arguments[-1])
    assert path in [route.path for route in ROUTES]  # Streamlit answers any other path with its page
    here = [argument.replace("8501", str(port)) for argument in arguments]
    return subprocess.run([sys.executable, *here], capture_output=True).returncode == 0


def test_image_has_no_secret_no_root_and_pinned_packages() -> None:
    sources = {source for rest in instructions("COPY") for source in rest.split()[:-1]}
    assert sources == {
        "requirements.txt", "pyproject.toml", "README.md", "LICENSE", "dashboard.py", ".streamlit/config.toml", "pages",
        "cwac",
    }  # fmt: skip
    assert int(instructions("USER")[-1]) > 0
    installs = [command for rest in instructions("RUN") for command in rest.split("&&") if "pip install" in command]
    assert [bool(re.search("--require-hashes|--no-deps", command)) for command in installs] == [True, True]


_ALL = COMPOSE.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
SERVICES = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n|  #.*\n)+)", _ALL, re.M))


def test_every_service_is_checked_restarted_and_without_capabilities_it_does_not_need() -> None:
    assert list(SERVICES) == ["dashboard", "database", "proxy", "backup"]
    for needed in ("    healthcheck:\n      test: ", "    restart: unless-stopped\n"):
        assert [name for name, text in SERVICES.items() if needed not in text] == []
    assert [name for name, text in SERVICES.items() if "cap_drop: [ALL]" in text] == ["dashboard", "proxy", "backup"]
    assert re.findall("cap_add: (.*)", COMPOSE) == ["[NET_BIND_SERVICE]"]
    assert "    read_only: true\n    tmpfs: [/tmp]\n" in SERVICES["dashboard"]


def test_only_the_proxy_is_published_and_the_database_is_on_no_network_that_leads_out() -> None:
    published = ['["80:80", "443:443"]']
    assert re.findall("ports: (.*)", COMPOSE) == published == re.findall("ports: (.*)", SERVICES["proxy"])
    networks = {name: re.findall(r"networks: \[(.*)\]", text) for name, text in SERVICES.items()}
    assert networks == {"dashboard": ["front, back"], "database": ["back"], "proxy": [], "backup": ["back"]}
    assert "  back:\n    internal: true" in COMPOSE
    (address,) = re.findall("ipv4_address: (.*)", SERVICES["proxy"])
    assert f"FORWARDED_ALLOW_IPS: {address} " in SERVICES["dashboard"]


def test_base_images_are_pinned_to_a_version_and_no_password_is_written_down() -> None:
    images = [*instructions("FROM"), *re.findall("image: (docker.io.*)", COMPOSE)]
    assert [name for name in images if not re.search(r":\d[\w.-]*$", name)] == []
    assert re.findall("PASSWORD: (?!.{DATABASE_PASSWORD:.is missing in .env})", COMPOSE) == []
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"secrets.toml", ".env", "docs/deploy/backups/"} - set(ignored) == set()


def test_compose_starts_the_commands_of_the_image() -> None:
    (check,) = re.findall(r'test: \["CMD", (.*)\]', SERVICES["dashboard"])
    assert check in instructions("HEALTHCHECK")[0]
    assert image_environment()["PATH"].startswith("/opt/coffee/.venv/bin:")
    assert "target: /opt/coffee/.streamlit/secrets.toml" in SERVICES["dashboard"]


def test_guides_name_the_current_release() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "docs/shared.md", *DEPLOY.glob("*.md"))]
    named = {version for text in texts for version in re.findall(r"(?:checkout v|before-|:)(\d\.\d+\.\d+)\b", text)}
    (version,) = re.findall('^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert named == {version}
    assert f"## {version} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@each("guide", ["cloud-run.md", "azure.md"])
def test_behind_a_cloud_the_address_that_its_front_end_saw_counts(guide: str) -> None:
    (trusted,) = re.findall(r"FORWARDED_ALLOW_IPS=([\d./,]+)", (DEPLOY / guide).read_text(encoding="utf-8"))
    hosts = ProxyHeadersMiddleware(Starlette(), trusted).trusted_hosts
    assert "169.254.1.1" in hosts
    assert "198.51.100.7" not in hosts
    assert hosts.get_trusted_client_address("10.0.0.1, 203.0.113.9, 198.51.100.7:4711") == ("198.51.100.7", 4711)


def test_store_address_of_the_cloud_run_guide_is_accepted(tmp_path: Path) -> None:
    (store,) = re.findall('^ *store = "(.*)"$', (DEPLOY / "cloud-run.md").read_text(encoding="utf-8"), re.M)
    (tmp_path / "secrets.toml").write_text(f'[cwac]\nstore = "{store}"\n')
    assert load({}, tmp_path / "secrets.toml").store == store
    assert Database(store).address == "postgresql+psycopg://coffee:***@/coffee"


def test_guide_names_every_unsafe_option() -> None:
    guide = (ROOT / "docs/operate/start.md").read_text(encoding="utf-8")
    table = guide.partition("| Not with | because |")[2].partition("\n\n")[0]
    assert [option for option in NEVER if option not in table] == []
    assert f"exit {REFUSED}" in guide


# --- install.sh, below a root folder in place of a machine ------------------------------------------------------------


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
