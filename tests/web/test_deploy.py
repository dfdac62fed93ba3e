"""docs/deploy/: the systemd unit, the container image, and the proxy's configuration."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from streamlit import config

from cwac.settings import Settings
from cwac.web.limits import A_SECOND, BURST, FEEDS, files_needed
from cwac.web.preflight import NEVER, REFUSED
from cwac.web.routes import ROUTES
from tests.web.served import ROOT, free_port, serving, session

DEPLOY = ROOT / "docs/deploy"
CONTAINERFILE = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).splitlines()
    if line and not line.startswith("#")
]
SIGN_IN = """
[auth]
redirect_uri = "https://coffee.example.gov/oauth2callback"
cookie_secret = "0123456789-0123456789-0123456789"
client_id = "cwac"
client_secret = "x"
server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
[access]
viewers = ["@chp.example.gov"]
"""


def unit(name: str) -> list[str]:
    """The values of a key of the unit."""
    return re.findall(rf"^{name}=(.*)$", (DEPLOY / "coffee@.service").read_text(encoding="utf-8"), re.M)


def instructions(name: str) -> list[str]:
    """The arguments of an instruction of the Containerfile, each time it occurs."""
    return [rest for word, rest in CONTAINERFILE if word == name]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in instructions("ENV") for pair in rest.split())


@contextmanager
def started(folder: Path, environ: Mapping[str, str], command: Sequence[str], port: int) -> Iterator[Path]:
    """Run the command with exactly that environment until it is ready; its log."""
    log = folder.parent / "log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, env=dict(environ), stdout=words, stderr=words
        )
    try:
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            time.sleep(0.2)
        else:
            pytest.fail(log.read_text())
        yield log
    finally:
        process.terminate()
        process.wait(30)


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


# --- the unit -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_unit_starts_a_server_that_writes_to_its_folder_only(tmp_path: Path, plan_file: Path) -> None:
    app, state, credentials, port = image(tmp_path), tmp_path / "state", tmp_path / "credentials", str(free_port())
    for folder in (state, credentials):
        folder.mkdir()
    (credentials / "secrets.toml").touch(0o600)
    (credentials / "secrets.toml").write_text(f'[cwac]\nworkbook = "{plan_file}"\n{SIGN_IN}')

    def filled(text: str) -> str:
        text = text.replace("%i", port).replace("%S", str(state)).replace("%d", str(credentials))
        assert "%" not in text
        return text

    environ = dict(filled(line).split("=", 1) for line in unit("Environment"))
    (start,) = unit("ExecStart")
    project, _, command = start.partition("/.venv/bin/")
    assert [project] == unit("WorkingDirectory")
    assert unit("LoadCredential")[0].startswith("secrets.toml:")
    before = tree(app)
    with started(app, environ, filled(command).split(), int(port)) as log:
        words = log.read_text()
    store = state / unit("StateDirectory")[0] / "cwac/cwac.sqlite3"
    assert f"keeps sqlite:///{store}, listens on localhost:{port}, sign-in on at https://coffee.example.gov" in words
    assert "Careful" not in words.replace("Careful: The server runs as root", "")
    assert store.is_file()
    assert tree(app) == before


def test_unit_is_not_restarted_after_a_configuration_error() -> None:
    assert unit("RestartPreventExitStatus") == [str(REFUSED)]
    assert unit("Restart") == ["on-failure"]


@pytest.mark.parametrize(
    "environ",
    [[name.split("=", 1)[0] for name in unit("Environment")], list(image_environment())],
    ids=["unit", "image"],
)
def test_streamlit_knows_every_option_of_unit_and_image(environ: list[str]) -> None:
    names = {
        f"STREAMLIT_{re.sub(r'(?<=[a-z])(?=[A-Z])|[.]', '_', name).upper()}" for name in config.get_config_options()
    }
    names |= {"STREAMLIT_SECRETS_FILES", "HOME", "XDG_DATA_HOME", "PYTHONDONTWRITEBYTECODE", "MALLOC_ARENA_MAX"}
    assert set(environ) - names == set()


def test_unit_and_image_limit_malloc_arenas() -> None:
    assert "MALLOC_ARENA_MAX=2" in unit("Environment")
    assert image_environment()["MALLOC_ARENA_MAX"] == "2"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here: apt-get install systemd")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "coffee@.service").read_text(encoding="utf-8")
    project = re.findall(r"^ExecStart=(\S+) ", text, re.M)[0]
    there = text.replace(project, shutil.which("true") or "").replace("/opt/coffee", "/")
    (tmp_path / "coffee@.service").write_text(there)
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "coffee@.service")], capture_output=True, text=True
    )
    assert "coffee@" not in result.stderr
    assert result.returncode == 0, result.stderr
    (tmp_path / "coffee@.service").write_text(there.replace("ProtectSystem=strict", "ProtectSystem=hard"))
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "coffee@.service")], capture_output=True, text=True
    )
    assert "coffee@" in result.stderr


def test_unit_and_image_allow_as_many_open_files_as_the_connections_need() -> None:
    (allowed,) = unit("LimitNOFILE")
    assert int(allowed) >= files_needed(Settings())
    words = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert f"--ulimit nofile={allowed}:{allowed}" in words


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-replicas.conf"])
def test_proxy_has_the_deadline_and_limits_of_the_dashboard(name: str) -> None:
    written = re.sub(r"#.*", "", (DEPLOY / name).read_text(encoding="utf-8"))
    servers = re.split(r"^server {", written, flags=re.M)[1:]
    assert [re.findall(r"client_header_timeout (\w+);", server) for server in servers] == [["10s"], ["10s"]]
    assert f"limit_conn coffee_visitors {Settings().connections_per_address};" in servers[1]
    assert servers[1].count(f"limit_req zone=coffee_feeds burst={BURST} nodelay;") == len(FEEDS)
    assert f"rate={A_SECOND:.0f}r/s" in written


# --- the image ------------------------------------------------------------------------------------------------------


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
    with started(app, environ, ["streamlit", *command], port) as log:
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
    return not subprocess.run(
        [sys.executable, *(argument.replace("8501", str(port)) for argument in arguments)], capture_output=True
    ).returncode


def test_image_has_no_secret_no_root_and_pinned_packages() -> None:
    sources = {source for rest in instructions("COPY") for source in rest.split()[:-1]}
    assert sources == {
        "requirements.txt", "pyproject.toml", "README.md", "LICENSE", "dashboard.py", ".streamlit/config.toml", "pages",
        "cwac",
    }  # fmt: skip
    assert int(instructions("USER")[-1]) > 0
    installs = [command for rest in instructions("RUN") for command in rest.split("&&") if "pip install" in command]
    assert [bool(re.search("--require-hashes|--no-deps", command)) for command in installs] == [True, True]


# --- the guide ------------------------------------------------------------------------------------------------------


def test_guide_names_every_unsafe_option() -> None:
    guide = (ROOT / "docs/operate/start.md").read_text(encoding="utf-8")
    table = guide.partition("| Not with | because |")[2].partition("\n\n")[0]
    assert [option for option in NEVER if option not in table] == []
    assert f"exit {REFUSED}" in guide


# --- Community Cloud ------------------------------------------------------------------------------------------------

NOT_INSTALLED = """
import importlib.metadata as metadata
everything = metadata.distributions
metadata.distributions = lambda **options: (each for each in everything(**options) if each.metadata["Name"] != "cwac")
"""


@pytest.mark.slow
def test_components_work_where_the_project_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOT_INSTALLED)
    with serving(tmp_path, {"PYTHONPATH": str(tmp_path)}) as served, session(served) as visitor:
        seen = visitor.open("calendar")
        script = httpx.get(f"{served.url}/_stcore/bidi-components/cwac.calendar/calendar.js")
    assert seen.holds("cwac.calendar")
    assert not seen.holds("Something went wrong")
    assert script.headers["content-type"].startswith("application/javascript")
