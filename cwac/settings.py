"""The operator's configuration, from `.streamlit/secrets.toml` and the environment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cwac import google_settings, key_file, microsoft_settings, notify_settings, settings_file
from cwac.google_settings import GSHEETS
from cwac.microsoft_settings import MICROSOFT, Microsoft, Place, is_microsoft
from cwac.notify_settings import Notify
from cwac.setting_values import DEFAULT_ZONE as DEFAULT_ZONE
from cwac.setting_values import LOOPBACK as LOOPBACK
from cwac.setting_values import PERSON as PERSON
from cwac.setting_values import County as County
from cwac.setting_values import Setting, parse, parse_address
from cwac.setting_values import SettingsError as SettingsError
from cwac.setting_values import host_of as host_of
from cwac.setting_values import is_address as is_address
from cwac.setting_values import is_encrypted_or_local as is_encrypted_or_local
from cwac.setting_values import lists_person as lists_person
from cwac.settings_table import AUTH_KEYS as AUTH_KEYS
from cwac.settings_table import KEY_FILE, PACKET, near_misses, nearest, shown
from cwac.settings_table import KEYS as KEYS
from cwac.settings_table import OTHER_VARIABLES as OTHER_VARIABLES
from cwac.settings_table import TABLE as TABLE
from cwac.settings_table import unknown_names as unknown_names

_PACKAGE = Path(__file__).resolve().parent
PROJECT = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
"""The folder with `dashboard.py` and `pages/`: the checkout, or the copy in an installed wheel."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the analysis, in the units that their names say; coordinates in degrees."""

    default_minutes: int = 90
    travel_mph: float = 50.0
    travel_detour: float = 1.3
    travel_spare_minutes: float = 15.0
    early_hour: int = 6
    late_hour: int = 20
    fire_season_first_month: int = 6
    fire_season_last_month: int = 11
    weekly_hours: float = 12.0
    rest_hours: float = 8.0
    latitude_min: float = 32.0
    latitude_max: float = 43.0
    longitude_min: float = -125.0
    longitude_max: float = -114.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured.

    `gsheets` is the table `[connections.gsheets]`: Google's key and address. Several spreadsheets are in `counties`,
    and `spreadsheet` is then None. A `spreadsheet` at SharePoint is read as `microsoft` says. Of versions older than
    `thin_after_days` one a day is kept; None keeps all. A sign-in is valid for `sign_in_days`. `reached_at` is the
    scheme and host at which people sign in. `address` is the dashboard's own, without a slash at the end, for links in
    calendars and files. `calendar_id` is part of the UID of each event that is read from a file.
    """

    workbook: str | None = None
    spreadsheet: str | None = field(default=None, repr=False)  # perhaps a sharing link
    gsheets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    microsoft: Microsoft = field(default_factory=Microsoft)
    timezone: str = DEFAULT_ZONE
    store: str | None = None
    address: str | None = None
    calendar_id: str = "workbook"
    refresh_seconds: int = 30
    thin_after_days: int | None = None
    public: bool = False
    local: bool = False
    embed_origins: tuple[str, ...] = ()
    """Sites that may show the public pages in a frame."""
    public_names_accepted: bool = False
    """Whether a sheet that anybody with the link may see is served to other machines too."""
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    sign_in_days: int = 7
    auth: bool = False
    reached_at: str | None = None
    rules: Rules = field(default_factory=Rules)
    counties: tuple[County, ...] = ()
    websockets_per_address: int = 300
    """Open pages. An address is an IPv4 address or an IPv6 /64; behind a trusted proxy, the visitor's."""
    connections_per_address: int = 600
    connections: int = 3000
    """From all addresses together."""
    request_seconds: int = 10
    """Deadline for receiving a whole request."""
    limit_loopback: bool = True
    """Whether the limits apply to loopback addresses too; benchmarks turn it off."""
    audit_days: int = 400
    """Age at which audit entries are deleted."""
    templates: Path | None = None
    """Folder with the agency's own layouts of an event's documents."""
    seals: Path | None = None
    """Folder with agencies' seals, each named after its agency."""
    notify: Notify | None = None
    """Who is told what; None tells nobody."""
    file: Path | None = field(default=None, compare=False)
    """The settings file, if there was one."""

    @property
    def sample(self) -> bool:
        """Whether nothing is configured, so that the built-in sample is shown."""
        return self.reads == "sample" and not self.counties

    @property
    def reads(self) -> Literal["file", "google", "link", "microsoft", "sample"]:
        """The kind of the one source that is read; of several counties each has its own, by `of`."""
        if self.workbook:
            return "file"
        if self.spreadsheet:
            by_google: Literal["google", "link"] = "link" if self.credentials == "none" else "google"
            return "microsoft" if is_microsoft(self.spreadsheet) else by_google
        return "microsoft" if self.microsoft.names_a_workbook else "sample"

    @property
    def credentials(self) -> str:
        """How Google's sheets are read: with a `key`, with `default` credentials, or with `none`, by their link."""
        return str(self.gsheets.get("credentials", "key"))

    def place(self) -> Place:
        """Where the workbook is at Microsoft. Raises `SettingsError` if its link cannot be used."""
        return self.microsoft.place(self.spreadsheet)

    def by_county(self) -> Mapping[str, Settings]:
        """The settings of each county by its name; a single sheet or file has the empty name."""
        if self.workbook or not self.counties:
            return {"": self}
        return {county.name: self.of(county) for county in self.counties}

    def of(self, county: County) -> Settings:
        """The settings of one county: its sheet or file alone, its people and those of all counties."""
        return replace(
            self,
            workbook=county.workbook,
            spreadsheet=county.spreadsheet,
            calendar_id=county.calendar_id or self.calendar_id,
            viewers=(*self.viewers, *county.viewers),
            coordinators=(*self.coordinators, *county.coordinators),
            public=self.public if county.public is None else county.public,
            gsheets={**self.gsheets, **({"credentials": county.credentials} if county.credentials else {})},
            counties=(),
        )


MIN_REFRESH_SECONDS = 10
"""Lower bound of `refresh_seconds`."""


def load(
    environ: Mapping[str, str] | None = None,
    secrets: Path | None = None,
    *,
    source_given: bool = False,
    running: bool = False,
) -> Settings:
    """Read the settings. The environment (`CWAC_WORKBOOK`, `CWAC_STORE`, …) has priority over the file.

    The file is `secrets`, otherwise the one in Streamlit's variable, otherwise `.streamlit/secrets.toml` in the current
    folder, beside `dashboard.py`, or in the user's home.
    Raises `SettingsError` where a key is unknown, a value cannot be used, the file cannot be read, or other users can
    read a key in it; also where a connection names no sheet, unless `source_given`, and where `[notify]` has an address
    that `[access]` does not let in, unless `running`: taking somebody off a list must work at once.
    """
    environ = os.environ if environ is None else environ
    path = secrets if secrets is not None else settings_file.find(environ, folders())
    file = settings_file.read(path, KEYS)
    for sentence in unknown_names(file, environ):
        raise SettingsError(sentence)
    _refuse_open_secrets(file, path)
    settings = _settings(file, environ, path)
    if settings.notify is not None and not running:
        notify_settings.refuse_trouble(settings.notify, settings.address, (settings, *settings.counties))
    if settings.sample and not source_given:
        _refuse_connection_without_sheet(_section(file, "connections"), environ)
        _refuse_other_variables(environ)
        if secrets is None and not environ.get(settings_file.SECRETS):
            _refuse_near_misses()
    for sentence in near_misses(file):
        raise SettingsError(sentence)
    _refuse_swapped_sources(settings)
    _refuse_same_calendar_id(settings)
    _refuse_trouble_at_microsoft(settings)
    return settings


def folders() -> tuple[Path, ...]:
    """Where the settings file is looked for, in this order."""
    return (Path.cwd(), PROJECT, Path(os.path.expanduser("~")))


def _settings(file: Mapping[str, Any], environ: Mapping[str, str], path: Path | None) -> Settings:
    """The settings of a file and an environment; `load` then checks sources, `[notify]` and access together."""
    auth = _section(file, "auth")
    parsed = _parsed(file, environ, path)
    rules = Rules(**parsed["rules"])
    _refuse_wrong_order(rules)
    spreadsheet, counties = parsed[GSHEETS].get("spreadsheet", (None, ()))
    others = {"address": _address_of(auth)} | parsed["cwac"] | parsed["access"] | parsed["packet"]
    if "refresh_seconds" in others:
        others["refresh_seconds"] = max(MIN_REFRESH_SECONDS, others["refresh_seconds"])
    return Settings(
        spreadsheet=spreadsheet,
        counties=counties,
        gsheets=_gsheets(_table(file, GSHEETS), parsed[GSHEETS], counties, environ, path),
        microsoft=microsoft_settings.from_values(parsed[MICROSOFT]),
        auth=bool(auth),
        reached_at=_reached_at(auth),
        rules=rules,
        notify=notify_settings.read(_table(file, notify_settings.SECTION), environ),
        file=path,
        **others,
    )


def _parsed(file: Mapping[str, Any], environ: Mapping[str, str], path: Path | None) -> dict[str, dict[str, Any]]:
    """What is configured: section -> key -> value."""
    parsed: dict[str, dict[str, Any]] = {setting.section: {} for setting in TABLE}
    for setting in TABLE:
        table = _table(file, setting.section)
        typed, name = _typed(setting, table, environ)
        if typed is None:
            continue
        value = parse(setting, typed, name)
        if setting in PACKET:
            value = file_of(setting, table, environ, path)
        elif setting == microsoft_settings.CERTIFICATE:
            value = str(file_of(setting, table, environ, path))
        parsed[setting.section][setting.key] = value
    return parsed


def _gsheets(
    table: Mapping[str, Any],
    parsed: Mapping[str, Any],
    counties: tuple[County, ...],
    environ: Mapping[str, str],
    path: Path | None,
) -> dict[str, Any]:
    """The table `[connections.gsheets]` with what the environment says, and with the key of a key file."""
    gsheets = dict(table) | {key: parsed[key] for key in google_settings.KEYS if key in parsed}
    google_settings.refuse_trouble(gsheets, parsed.get(KEY_FILE.key), counties)
    key = key_file_of(gsheets, environ, path) if KEY_FILE.key in parsed else None
    return gsheets if key is None else _with_key_file(gsheets, key, environ)


# --- refusals -------------------------------------------------------------------------------------------------------


def _refuse_connection_without_sheet(connections: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Refuse a connection without a sheet: somebody meant to connect one, so the sample must not be shown."""
    remedy = f'write spreadsheet = "https://docs.google.com/spreadsheets/d/…" under [{GSHEETS}]'
    for name, table in connections.items():
        if not isinstance(table, Mapping):
            raise SettingsError(f"{shown(name)} is under [connections]: its lines belong under [{GSHEETS}].")
        if name == "microsoft":
            raise SettingsError(f"[{MICROSOFT}] names no workbook to read: write its sharing link as link there.")
        near = nearest("spreadsheet", [key for key in table if isinstance(key, str)]) if name == "gsheets" else None
        meant = f"; did you mean spreadsheet where it says {shown(near)}?" if near else "."
        if name != "gsheets" and nearest(name, ["gsheets"]):
            meant = f"; did you mean [{GSHEETS}]?"
        raise SettingsError(f"[connections.{shown(name)}] names no sheet to read: {remedy}{meant}")
    for variable in ("CWAC_SERVICE_ACCOUNT", "CWAC_API_ENDPOINT", "CWAC_CREDENTIALS"):
        if environ.get(variable):
            raise SettingsError(f"{variable} is set, but no sheet to read: name one in CWAC_SPREADSHEET, or {remedy}.")
    for setting in microsoft_settings.TABLE:
        if environ.get(setting.variable):
            raise SettingsError(
                f"{setting.variable} is set, but no workbook to read: name one in CWAC_MICROSOFT_LINK, or write its "
                f"sharing link as link under [{MICROSOFT}]."
            )


_OF_A_SHEET = re.compile(r"CWAC_\w*(SHEET|BOOK|XLS|EXCEL|GOOGLE|CREDENTIAL|SECRET)(?!\w*_(PORT|SERVICE|TCP))\w*", re.I)


def _refuse_other_variables(environ: Mapping[str, str]) -> None:
    """Refuse variables that speak of a sheet under a name that is not ours, as the sample would be shown."""
    for name in environ:
        if _OF_A_SHEET.fullmatch(name) and name.upper() not in {setting.variable for setting in TABLE}:
            raise SettingsError(
                f"The variable {shown(name)} is not known: name a Google Sheet in CWAC_SPREADSHEET, or an .xlsx file "
                "in CWAC_WORKBOOK."
            )


def _refuse_near_misses() -> None:
    """Refuse a file that was meant to be the settings file, as the sample would be shown."""
    for miss in settings_file.near_misses(folders()):
        raise SettingsError(str(miss))


def _refuse_swapped_sources(settings: Settings) -> None:
    """Refuse a web address where a file belongs, and a file where a sheet's address belongs."""
    if is_microsoft(settings.workbook) and "//" in (settings.workbook or ""):
        raise SettingsError(f"workbook is a web address, and a file belongs there: write it as link in [{MICROSOFT}].")
    if re.match(r"https?://", settings.workbook or "", re.I):
        raise SettingsError(
            f"workbook is a web address, and a file belongs there: write it as spreadsheet under [{GSHEETS}]."
        )
    addresses = (settings.spreadsheet or "", *(county.spreadsheet or "" for county in settings.counties))
    if any(re.search(r"\.(xlsx?|xlsm|ods|csv)$", address, re.I) and not is_microsoft(address) for address in addresses):
        where = 'workbook in place of address, as in { county = "Modoc", workbook = "modoc.xlsx" }'
        raise SettingsError(
            "spreadsheet names a file, and a Google Sheet belongs there: write "
            f"{where if settings.counties else 'workbook under [cwac]'}."
        )


def _refuse_same_calendar_id(settings: Settings) -> None:
    """Refuse two files whose events would have the same UIDs: to a calendar they would be the same events."""
    names: dict[str, str] = {}
    for county in settings.counties:
        if county.workbook is None:
            continue
        own = settings.of(county).calendar_id
        if (other := names.setdefault(own, county.name)) != county.name:
            raise SettingsError(
                f"The files of {other} and {county.name} have the same calendar_id, {own}: write another one into the "
                f'table of {county.name} under spreadsheet, as in calendar_id = "modoc". Calendars tell events apart '
                "by it, so never change it later."
            )


def _refuse_trouble_at_microsoft(settings: Settings) -> None:
    addresses = [settings.spreadsheet or "", *(county.spreadsheet or "" for county in settings.counties)]
    microsoft_settings.refuse_trouble(settings.microsoft, [address for address in addresses if address])
    if settings.microsoft.certificate is not None:
        _refuse_readable_by_others(Path(settings.microsoft.certificate))


# --- values ----------------------------------------------------------------------------------------------------------


def _typed(setting: Setting, section: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Any, str]:
    """What is configured, from the environment first, and its name for errors; None where nothing is.

    An empty value was probably meant to be filled in: it is refused, except where it means "nobody" or "no".
    """
    typed = environ.get(setting.variable)
    name = f"{setting.variable}: {setting.key}"
    if typed is None:
        typed = section.get(setting.key)
        name = f"{setting.key} in [{setting.section}]" if setting.section in ("rules", MICROSOFT) else setting.key
    if isinstance(typed, str) and not typed.strip() and setting.kind not in ("flag", "people", "origins"):
        raise SettingsError(f"{name} is empty: write a value, or take it away.")
    return typed, name


def _refuse_wrong_order(rules: Rules) -> None:
    for setting in TABLE:
        if setting.below is None:
            continue
        low, high = getattr(rules, setting.key), getattr(rules, setting.below)
        if low >= high:
            raise SettingsError(
                f"{setting.key} in [rules] is {low:g}, and {setting.below} is {high:g}: "
                "the first must be the smaller one."
            )


def _address_of(auth: Mapping[str, Any]) -> str | None:
    """The dashboard's address as `redirect_uri` has it."""
    redirect = str(auth.get("redirect_uri") or "")
    try:
        return parse_address(redirect.removesuffix("/oauth2callback"), "redirect_uri") if redirect else None
    except SettingsError:
        return None  # it has a path, or a port that is filled in later


# --- the file --------------------------------------------------------------------------------------------------------


def _section(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = parent.get(name, {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"[{name}] in secrets.toml must be a section of its own, not a single value.")
    return table


def _table(file: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """A table of the file by its whole name, such as `connections.gsheets`."""
    for name in section.split("."):
        file = _section(file, name)
    return file


def key_file_of(gsheets: Mapping[str, Any], environ: Mapping[str, str], file: Path | None) -> Path | None:
    return file_of(KEY_FILE, gsheets, environ, file)


def file_of(setting: Setting, section: Mapping[str, Any], environ: Mapping[str, str], file: Path | None) -> Path | None:
    """The file that the environment names, else the settings file; the latter's path is relative to that file."""
    if named := environ.get(setting.variable, "").strip():
        return Path(named)
    typed = section.get(setting.key)
    if not isinstance(typed, str) or not typed.strip():
        return None
    folder = Path() if file is None else file.parent
    return folder / os.path.expanduser(typed.strip())


def _with_key_file(gsheets: Mapping[str, Any], path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """The section with the key of that file, which must be the only one in the settings file."""
    in_environment = bool(environ.get(KEY_FILE.variable))
    if gsheets.get("private_key") and not in_environment:
        raise SettingsError(f"[{GSHEETS}] has both key_file and private_key: delete one of them.")
    key = key_file.read(path, KEY_FILE.variable if in_environment else "key_file")
    _refuse_readable_by_others(path)
    return {name: value for name, value in gsheets.items() if name != KEY_FILE.key} | dict(key)


def _refuse_open_secrets(file: Mapping[str, Any], path: Path | None) -> None:
    """Refuse a file with a secret that other users can read, and a secret that can be guessed."""
    auth = _section(file, "auth")
    secret = (
        _table(file, GSHEETS).get("private_key")
        or _table(file, MICROSOFT).get("client_secret")
        or notify_settings.holds_secret(_table(file, notify_settings.SECTION))
    )
    if path is not None and (secret or auth):
        _refuse_readable_by_others(path)
    _refuse_short_secret(auth)


def _refuse_readable_by_others(path: Path) -> None:
    """Refuse a file with a key that other users can read, as ssh does."""
    if others_may_read(path):
        raise SettingsError(f"{path} holds a key, and others on this machine may read it: run chmod 600 {path}")


def others_may_read(path: Path) -> bool:
    """Whether other users of this machine can read a file of ours.

    False for a file of another owner or on a read-only mount, as containers get their secrets: its mode is not ours to
    change. False too in a folder that others may not enter, and on Windows, which has no such modes.
    """
    if not hasattr(os, "geteuid"):
        return False
    status = path.stat()
    if status.st_uid != os.geteuid() or os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    is_in_closed_folder = any(not folder.stat().st_mode & 0o011 for folder in path.resolve().parents)
    return bool(stat.S_IMODE(status.st_mode) & 0o077) and not is_in_closed_folder


MIN_SECRET_LENGTH = 32
"""Of `cookie_secret`, in characters: anybody who guesses it can sign in as anyone."""


def _refuse_short_secret(auth: Mapping[str, Any]) -> None:
    secret = auth.get("cookie_secret")
    if secret is not None and len(str(secret)) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"cookie_secret in [auth] is shorter than {MIN_SECRET_LENGTH} characters: make one with "
            'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def _reached_at(auth: Mapping[str, Any]) -> str | None:
    """Scheme and host of `redirect_uri`; refused without TLS, except for loopback."""
    redirect = str(auth.get("redirect_uri") or "")
    if not redirect:
        return None
    if not is_encrypted_or_local(redirect.replace(":{port}", "")):  # which Streamlit fills in
        raise SettingsError(
            "redirect_uri in [auth] must begin with https:// and the dashboard's name: over plain http anybody on the "
            "way can take the cookie that signs people in."
        )
    parts = urlsplit(redirect)
    return f"{parts.scheme}://{parts.hostname}"
