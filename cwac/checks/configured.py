"""What is configured: the file that is read and what is wrong in it, this machine's services, who may read files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cwac import addons
from cwac.checks.finding import Finding, failed, passed, skipped, warned
from cwac.settings import Settings, SettingsError, connections, loading, others_may_read
from cwac.settings import load as load_settings
from cwac.settings.connections import CERTIFICATE, GOOGLE_KEYS, GSHEETS, KEY_FILE
from cwac.settings.loading import AUTH_KEYS, holds_secret, read, unknown_names
from cwac.settings.schema import Typed
from cwac.settings.values import nearest

ROOT = Path("/")
_STARTS_IT = re.compile(r"^ExecStart=(/\S+)/(?:cwac serve|streamlit run dashboard\.py)\b", re.M)
_SETTINGS = re.compile(r"[=:](/\S+/secrets\.toml)$", re.M)
_DATA = re.compile(r"^Environment=XDG_DATA_HOME=(\S+)$", re.M)


@dataclass(frozen=True)
class InstalledService:
    """A unit: the folder of its programs, its settings file, its store, and the command that acts as its user."""

    unit: str
    programs: Path
    settings: Path | None
    store: Path | None
    command: str | None

    @property
    def is_ours(self) -> bool:
        """Whether this process runs the service's own program."""
        with suppress(OSError, RuntimeError):  # a folder that this user may not see, a loop of links
            return self.programs.resolve() == Path(sys.executable).parent.resolve()
        return False


def services() -> Iterator[InstalledService]:
    """The services of this machine. A unit that cannot be read counts as none."""
    for unit in sorted((ROOT / "etc/systemd/system").glob("*.service")):
        with suppress(OSError, UnicodeDecodeError):
            text = unit.read_text(encoding="utf-8")
            if (programs := _STARTS_IT.search(text)) is None:
                continue
            settings, data = _SETTINGS.search(text), _DATA.search(text)
            wrapper = ROOT / "usr/local/bin" / f"cwac-{re.split('[@.]', unit.name)[0]}"
            yield InstalledService(
                unit.name,
                Path(programs[1]),
                Path(settings[1]) if settings else None,
                Path(data[1].replace("%S", "/var/lib")) / "cwac/cwac.sqlite3" if data else None,
                f"sudo {wrapper.name}" if wrapper.exists() else None,
            )


def ours() -> InstalledService | None:
    """The service whose program this process runs, if any."""
    return next((service for service in services() if service.is_ours), None)


def command() -> str:
    """What an operator types to run a command beside the dashboard that is running: `cwac`, or the service's own."""
    service = ours()
    return service.command if service is not None and service.command else "cwac"


def elsewhere(settings: Path | None) -> InstalledService | None:
    """A service of this machine with another settings file than this one."""
    return next((service for service in services() if service.settings not in (None, settings)), None)


EXAMPLE = 'spreadsheet = "https://docs.google.com/spreadsheets/d/…" under [connections.gsheets]'


@dataclass(frozen=True)
class Configured:
    """The settings, or None and the error that keeps them from being used; and what is typed, as far as it is read."""

    settings: Settings | None
    error: SettingsError | None = None
    typed: Typed = field(default_factory=Typed)


def load(environ: Mapping[str, str] | None = None, secrets: Path | None = None) -> Configured:
    """What is configured; never raises `SettingsError`."""
    environ = os.environ if environ is None else environ
    typed = Typed({}, environ, secrets)
    try:
        typed = Typed({}, environ, secrets or loading.find(environ))
        typed = read(environ, typed.path)
        return Configured(load_settings(environ, secrets), None, typed)
    except SettingsError as error:
        return Configured(None, error, typed)


def findings(configured: Configured) -> Iterator[Finding]:
    """Everything that can be said of the settings without asking anybody over the network."""
    yield from _files(configured)
    if (other := elsewhere(configured.typed.path)) is not None:
        keeps = f", and keeps its store at {other.store}" if other.store else ""
        found = f"The service {other.unit} of this machine reads other settings, {other.settings}{keeps}."
        instead = f"set {loading.SECRETS}={other.settings}, and run this as its user."
        how = f"run {other.command} doctor" if other.command else instead
        yield warned("other-service", found, f"To check that one {how}")
    if configured.error is None:
        yield passed("settings", "Every name and value in the settings can be used.")
    else:  # each unknown name, and the first impossible value
        errors = {str(error): error for error in (configured.error, *unknown_names(configured.typed))}
        for error in errors.values():
            remedy = error.remedy or "correct it in the settings, then start the dashboard again."
            yield failed("settings", error.found, f"{remedy[0].upper()}{remedy[1:]}")
    yield from _unknown_keys(configured)
    yield what_is_read(configured)
    if configured.settings is not None:
        for addon in addons.installed():
            yield from addon.settings_checks(configured.settings)
    yield from permissions(configured)


def _files(configured: Configured) -> Iterator[Finding]:
    """Which settings file is read, and which ones it hides."""
    path = configured.typed.path
    if path is None:
        looked_in = ", ".join(map(str, loading.folders()))
        yield passed("settings-file", f"There is no settings file (.streamlit/secrets.toml) in {looked_in}.")
        return
    in_home = Path.home() / loading.FOLDER / loading.NAME
    if path == in_home and Path.home() != Path.cwd() and not configured.typed.environ.get(loading.SECRETS):
        found = f"{path} is read: the file in your home folder applies to every Streamlit program that you start."
        remedy = f"Move it to {Path.cwd() / loading.FOLDER / loading.NAME} if it is for this dashboard alone."
        yield warned("settings-file", found, remedy)
    else:
        yield passed("settings-file", f"{path} is read.")
    for other in (folder / loading.FOLDER / loading.NAME for folder in loading.folders()):
        if other.is_file() and not (os.path.exists(path) and other.samefile(path)):
            remedy = "Keep all settings in one of the two, and delete the other."
            yield warned("other-settings-files", f"{other} is not read, as {path} comes first.", remedy)


def _unknown_keys(configured: Configured) -> Iterator[Finding]:
    """Keys of Google's and Streamlit's sections that neither reads: the settings do not refuse them."""
    auth = configured.typed.section("auth")
    of_google = (*GOOGLE_KEYS, "spreadsheet", KEY_FILE.key, *connections.KEYS, "worksheet")
    of_auth = (*AUTH_KEYS, "client_kwargs", "expose_tokens")
    for section, table, known_keys in (
        (GSHEETS, configured.typed.section(GSHEETS), of_google),
        ("auth", [key for key, value in auth.items() if not isinstance(value, Mapping)], of_auth),
    ):
        for key in table:
            if key not in known_keys:
                shown = key if re.fullmatch(r"[\w-]{1,40}", key) else "a key"
                near = nearest(key, known_keys)
                remedy = f"Write {near} if that is meant." if near else "Delete the line."
                yield warned("unknown-keys", f"[{section}] has {shown}, which nothing reads.", remedy)


def what_is_read(configured: Configured) -> Finding:
    """Which sheet, file or sample the dashboard reads, and why it is the sample."""
    settings = configured.settings
    if settings is None:
        return skipped("source", "Nothing is read until the settings can be used.")
    if settings.workbook:
        is_google = bool(settings.spreadsheet or settings.counties)
        found = f"The settings name the file {settings.workbook}"
        if not is_google and not settings.microsoft.names_a_workbook:
            return passed("source", f"{found}.")
        other = "Google Sheet" if is_google else "workbook in SharePoint"
        return warned("source", f"{found}, so their {other} is not read.", "Delete one of the two.")
    if settings.counties:
        by_account = {settings.of(county).reads for county in settings.counties} <= {"google", "link"}
        kind = "Google Sheets" if by_account else "sheets and files"
        return passed("source", f"The settings name {len(settings.counties)} {kind}, one for each county.")
    if settings.reads == "microsoft":
        return passed("source", f"The settings name a workbook at {settings.place().host}.")
    if settings.spreadsheet:
        how = ", which is read by its link" if settings.reads == "link" else ""
        return passed("source", f"The settings name one Google Sheet{how}.")
    why = "there is no settings file, and the environment names no sheet either"
    if configured.typed.path is not None:
        why = f"neither {configured.typed.path} nor the environment names a sheet"
    found = f"The built-in sample is shown, not a sheet of yours: {why}."
    remedy = f"Run cwac connect; or write {EXAMPLE}, or workbook under [cwac]; or set CWAC_WORKBOOK."
    return warned("source", found, remedy)


def permissions(configured: Configured) -> Iterator[Finding]:
    """Whether only their owner can read the files that hold keys."""
    if os.name != "posix":
        yield skipped("permissions", "Windows has no file modes: see Properties, Security for who may read the file.")
        return
    typed = configured.typed
    for path in filter(None, (typed.path, typed.path_of(KEY_FILE), typed.path_of(CERTIFICATE))):
        try:
            if others_may_read(path):
                holds_key = path != typed.path or holds_secret(typed)
                tell = failed if holds_key else warned
                yield tell("permissions", f"Other users of this machine can read {path}.", f"Run chmod 600 {path}")
            else:
                yield passed("permissions", f"No other user of this machine can read {path}.")
        except OSError as error:
            yield failed("permissions", f"{path} cannot be read ({error.strerror}).", "Check its path and owner.")
