"""docs/deploy/: the systemd unit, the container image, and the proxy's configuration."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
