"""What the operator configured, from `.streamlit/secrets.toml` and the environment."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "America/Los_Angeles"
PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """A setting that cannot be used; `str()` is one sentence that names it and says what to write instead."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds. Minutes, hours, miles, miles per hour and days as their names say; coordinates in degrees."""

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
class County:
    """One spreadsheet of several. Its people come on top of those who may see every county's."""

    name: str
    spreadsheet: str
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    public: bool | None = None
    """None: as the others."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured. `gsheets` is the table `[connections.gsheets]`: Google's key and address.

    Where there are several spreadsheets they are in `counties`, and `spreadsheet` is None. Of versions of the sheet
    older than `thin_after_days` one a day is kept; None keeps all. Who signed in longer than `sign_in_days` ago must
    do so again. `reached_at` is the scheme and host at which people sign in. `address` is where the dashboard is found,
    without a slash at the end: links in calendars and files lead there.
    """

    workbook: str | None = None
    spreadsheet: str | None = None
    gsheets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    timezone: str = DEFAULT_ZONE
    store: str | None = None
    address: str | None = None
    refresh_seconds: int = 30
    thin_after_days: int | None = None
    public: bool = False
    local: bool = False
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    sign_in_days: int = 7
    auth: bool = False
    reached_at: str | None = None
    rules: Rules = field(default_factory=Rules)
    counties: tuple[County, ...] = ()
    websockets_per_address: int = 300
    """Open pages. "Address" is an IPv4 address or an IPv6 /64; behind a trusted proxy, its visitor's."""
    connections_per_address: int = 600
    connections: int = 3000
    """From all addresses together."""
    request_seconds: int = 10
    """Within which a request must have come in whole."""
    limit_loopback: bool = True
    """Whether this machine's own addresses count too; benchmarks turn it off."""
    audit_days: int = 400
    """For how long the audit is kept."""
    file: Path | None = field(default=None, compare=False)
    """Where they were read, beside the environment."""

    @property
    def sample(self) -> bool:
        """True where nothing is configured: the built-in sample is shown."""
        return not self.workbook and not self.spreadsheet and not self.counties

    def of(self, county: County) -> Settings:
        """The settings as that county has them: its spreadsheet alone, its people and those of all counties."""
        return replace(
            self,
            spreadsheet=county.spreadsheet,
            viewers=(*self.viewers, *county.viewers),
            coordinators=(*self.coordinators, *county.coordinators),
            public=self.public if county.public is None else county.public,
            counties=(),
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file, and its variable in the environment. Numbers run from `least` to `most`, both included.

    `below` names the key of the same section whose value must be larger.
    """

    section: str
    key: str
    kind: Literal["text", "whole", "number", "flag", "people", "zone", "address", "spreadsheet"]
    least: float = -math.inf
    most: float = math.inf
    below: str | None = None

    @property
    def variable(self) -> str:
        return f"CWAC_{self.key.upper()}"


GSHEETS = "connections.gsheets"
TABLE: tuple[Setting, ...] = (
    Setting(GSHEETS, "spreadsheet", "spreadsheet"),
    Setting(GSHEETS, "api_endpoint", "text"),
    Setting("cwac", "workbook", "text"),
    Setting("cwac", "timezone", "zone"),
    Setting("cwac", "store", "text"),
    Setting("cwac", "address", "address"),
    Setting("cwac", "refresh_seconds", "whole", 1, 86_400),
    Setting("cwac", "thin_after_days", "whole", 1, 36_500),
    Setting("cwac", "websockets_per_address", "whole", 1, 1_000_000),
    Setting("cwac", "connections_per_address", "whole", 1, 1_000_000),
    Setting("cwac", "connections", "whole", 1, 1_000_000),
    Setting("cwac", "request_seconds", "whole", 1, 3_600),
    Setting("cwac", "limit_loopback", "flag"),
    Setting("cwac", "audit_days", "whole", 1, 36_500),
    Setting("access", "public", "flag"),
    Setting("access", "local", "flag"),
    Setting("access", "viewers", "people"),
    Setting("access", "coordinators", "people"),
    Setting("access", "sign_in_days", "whole", 1, 365),
    Setting("rules", "default_minutes", "whole", 1, 1440),
    Setting("rules", "travel_mph", "number", 1, 200),
    Setting("rules", "travel_detour", "number", 1, 10),
    Setting("rules", "travel_spare_minutes", "number", 0, 1440),
    Setting("rules", "early_hour", "whole", 0, 23, below="late_hour"),
    Setting("rules", "late_hour", "whole", 1, 24),
    Setting("rules", "fire_season_first_month", "whole", 1, 12),
    Setting("rules", "fire_season_last_month", "whole", 1, 12),
    Setting("rules", "weekly_hours", "number", 1, 168),
    Setting("rules", "rest_hours", "number", 0, 168),
    Setting("rules", "latitude_min", "number", -90, 90, below="latitude_max"),
    Setting("rules", "latitude_max", "number", -90, 90),
    Setting("rules", "longitude_min", "number", -180, 180, below="longitude_max"),
    Setting("rules", "longitude_max", "number", -180, 180),
)
"""Every setting: what may stand in the file and in the environment is checked against this table alone."""

OTHER_VARIABLES = ("CWAC_SERVICE_ACCOUNT", "CWAC_DEBUG", "CWAC_LOG", "CWAC_METRICS_TOKEN")
"""Variables that stand for no key of the file."""

_SECTIONS = tuple(dict.fromkeys(one.section for one in TABLE if one.section != GSHEETS))
_OTHERS_SECTIONS = ("auth", "connections")
"""Sections with keys of Streamlit's and Google's own, which are not ours to judge."""

FASTEST_SECONDS = 10
"""The sheet is never read more often, whatever `refresh_seconds` says."""


def load(
    environ: Mapping[str, str] | None = None, secrets: Path | None = None, *, source_given: bool = False
) -> Settings:
    """Read the settings. The environment (`CWAC_WORKBOOK`, `CWAC_STORE`, …) goes before the file.

    The file is `secrets`, else the one that Streamlit is told of in the environment, else `.streamlit/secrets.toml` in
    the current folder, else beside `dashboard.py`, else in the user's own.
    Raises `SettingsError` where a key is not known, a value cannot be used, the file cannot be read, or others can read
    a key in it; also where a connection names no sheet, unless the command line gives the source.
    """
    environ = os.environ if environ is None else environ
    path = _secrets_file(secrets, environ)
    given = _read(path)
    _refuse_unknown_names(given, environ)
    connections, auth = _table(given, "connections"), _table(given, "auth")
    gsheets = dict(_table(connections, "gsheets"))
    if path is not None and (gsheets.get("private_key") or auth):
        _refuse_where_others_read(path)
    _refuse_a_short_secret(auth)
    values: dict[str, Any] = {}
    for one in TABLE:
        typed, name = _typed(one, gsheets if one.section == GSHEETS else _table(given, one.section), environ)
        if typed is not None:
            values[one.key] = _value(one, typed, name)
    rules = Rules(**{one.key: values.pop(one.key) for one in TABLE if one.section == "rules" and one.key in values})
    _refuse_wrong_order(rules)
    values["spreadsheet"], values["counties"] = values.pop("spreadsheet", (None, ()))
    if environ.get("CWAC_SERVICE_ACCOUNT"):
        gsheets |= _key_file(Path(environ["CWAC_SERVICE_ACCOUNT"]))
    if (endpoint := values.pop("api_endpoint", None)) is not None:
        gsheets["api_endpoint"] = endpoint
    if "refresh_seconds" in values:
        values["refresh_seconds"] = max(FASTEST_SECONDS, values["refresh_seconds"])
    values.setdefault("address", _address_of(auth))
    chosen = Settings(gsheets=gsheets, auth=bool(auth), reached_at=_reached_at(auth), rules=rules, file=path, **values)
    if chosen.sample and not source_given:
        _refuse_a_connection_without_a_sheet(connections, environ)
    return chosen


# --- names -----------------------------------------------------------------------------------------------------------


def _refuse_unknown_names(given: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """A mistyped name must not be passed over: the sample would be shown in place of the sheet, or a limit not hold."""
    for name, value in given.items():
        if name in _OTHERS_SECTIONS or (name in _SECTIONS and not isinstance(value, Mapping)):
            continue
        if name not in _SECTIONS:
            if not isinstance(value, Mapping):
                raise SettingsError(f"{_shown(name)} stands above all sections: {_belongs(name, _SECTIONS)}.")
            near = _nearest(name, (*_SECTIONS, *_OTHERS_SECTIONS))
            meant = f"did you mean [{near}]? " if near else ""
            raise SettingsError(
                f"[{_shown(name)}] is not a section that is known: {meant}Known are "
                f"{', '.join(f'[{one}]' for one in (*_SECTIONS, *_OTHERS_SECTIONS))}."
            )
        known = [one.key for one in TABLE if one.section == name]
        if strange := [key for key in value if key not in known]:
            raise SettingsError(f"[{name}] does not know {_shown(strange[0])}: {_belongs(strange[0], (name,))}.")
    variables = (*(one.variable for one in TABLE), *OTHER_VARIABLES)
    for name in environ:
        # Others may have variables of such names too (Kubernetes makes CWAC_PORT of a service's name).
        if name.upper().startswith("CWAC_") and name not in variables and (near := _nearest(name, variables, 0.85)):
            raise SettingsError(f"The variable {_shown(name)} is not known: did you mean {near}?")


def _belongs(key: str, sections: Collection[str]) -> str:
    """Where the key should stand, or what may have been meant."""
    places = [one for one in TABLE if one.key == key and one.section != GSHEETS]
    if places:
        return f"it belongs under [{places[0].section}]"
    if key == "spreadsheet":
        return f"it belongs under [{GSHEETS}]"
    known = [one.key for one in TABLE if one.section in sections]
    near = _nearest(key, known)
    return f"did you mean {near}? Known are {', '.join(known)}" if near else f"known are {', '.join(known)}"


def _nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    folded = {re.sub(r"[\W_]+", "_", one.casefold()): one for one in known}
    found = difflib.get_close_matches(re.sub(r"[\W_]+", "_", name[:60].casefold()), folded, 1, alike)
    return folded[found[0]] if found else None


def _shown(name: str) -> str:
    """A name as it was typed, on one line of visible characters."""
    return name if name.isprintable() and len(name) <= 60 else repr(name[:60])


def _refuse_a_connection_without_a_sheet(connections: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Somebody meant to connect a sheet, so the sample must not stand in its place."""
    asked = f'write spreadsheet = "https://docs.google.com/spreadsheets/d/…" under [{GSHEETS}]'
    for name, table in connections.items():
        near = _nearest("spreadsheet", [key for key in table if isinstance(key, str)]) if name == "gsheets" else None
        meant = f"; did you mean spreadsheet where it says {_shown(near)}?" if near else "."
        raise SettingsError(f"[connections.{_shown(name)}] names no sheet to read: {asked}{meant}")
    for variable in ("CWAC_SERVICE_ACCOUNT", "CWAC_API_ENDPOINT"):
        if environ.get(variable):
            raise SettingsError(f"{variable} is set, but no sheet to read: name one in CWAC_SPREADSHEET, or {asked}.")


# --- values ----------------------------------------------------------------------------------------------------------


def _typed(one: Setting, table: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Any, str]:
    """What is set, from the environment first, and what to call it. None where nothing is.

    An empty variable is mostly one that was to be filled in: it is refused, but where it has a meaning (nobody, no).
    """
    typed = environ.get(one.variable)
    name = f"{one.variable}: {one.key}"
    if typed is None:
        typed, name = table.get(one.key), f"{one.key} in [rules]" if one.section == "rules" else one.key
    if isinstance(typed, str) and not typed.strip() and one.kind not in ("flag", "people"):
        raise SettingsError(f"{name} is empty: write a value, or take it away.")
    return typed, name


def _value(one: Setting, typed: Any, name: str) -> Any:
    if one.kind == "whole" or one.kind == "number":
        return _number(one, typed, name)
    if one.kind == "flag":
        return _flag(typed, name)
    if one.kind == "people":
        return _people(typed, name)
    if one.kind == "spreadsheet":
        return _spreadsheets(typed)
    text = _text(typed, name)
    if one.kind == "zone":
        return _zone(text)
    return _address(text or "", name) if one.kind == "address" else text


def _number(one: Setting, typed: object, name: str) -> float:
    """As the environment has only text, a number in quotes counts too; true and false do not."""
    kind = "whole number" if one.kind == "whole" else "number"
    try:
        if isinstance(typed, bool) or not isinstance(typed, int | float | str):
            raise ValueError
        number = float(typed)
        if not math.isfinite(number) or (one.kind == "whole" and not number.is_integer()):
            raise ValueError
    except (ValueError, OverflowError):
        raise SettingsError(f"{name} must be a {kind}, not {_clipped(typed)}.") from None
    if not one.least <= number <= one.most:
        raise SettingsError(f"{name} must be from {one.least:g} to {one.most:g}, not {_clipped(typed)}.")
    return int(number) if one.kind == "whole" else number


def _clipped(typed: object) -> str:
    said = repr(typed if not isinstance(typed, str) else typed[:60]) if not isinstance(typed, int) else f"{typed:.6g}"
    return said if len(said) <= 70 else f"{said[:69]}…"


def _refuse_wrong_order(rules: Rules) -> None:
    for one in TABLE:
        if one.below is None:
            continue
        low, high = getattr(rules, one.key), getattr(rules, one.below)
        if low >= high:
            raise SettingsError(
                f"{one.key} in [rules] is {low:g}, and {one.below} is {high:g}: the first must be the smaller one."
            )


def _address(typed: str, name: str) -> str:
    """Scheme, host and port of the dashboard; it has a host name of its own, so no path."""
    said = f"{name} must be the dashboard's address, such as https://coffee.example.gov, without a path."
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(said) from None
    strange = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc or len(typed) > 300
    if parts.scheme not in ("http", "https") or not host or not _HOST.fullmatch(host) or strange or port == 0:
        raise SettingsError(said)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"


_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")


def _address_of(auth: Mapping[str, Any]) -> str | None:
    """Where people come back to after they signed in: that is where the dashboard is."""
    given = str(auth.get("redirect_uri") or "")
    try:
        return _address(given.removesuffix("/oauth2callback"), "redirect_uri") if given else None
    except SettingsError:
        return None  # it has a path, or a port that is filled in later


# --- the file --------------------------------------------------------------------------------------------------------


SECRETS = "STREAMLIT_SECRETS_FILES"


def _secrets_file(given: Path | None, environ: Mapping[str, str]) -> Path | None:
    if given is not None:
        return given
    named = environ.get(SECRETS, "").split()  # as Streamlit takes it apart
    if len(named) > 1:
        raise SettingsError(f"{SECRETS} must name one file, and its path must have no space in it.")
    if named:
        return Path(named[0])
    for folder in (Path.cwd(), PROJECT, Path(os.path.expanduser("~"))):
        path = folder / ".streamlit" / "secrets.toml"
        if path.is_file():
            return path
    return None


def _read(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path} is not there.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): check who may read it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The message of the TOML reader names line and column, never the value: secrets stay out of it.
        raise SettingsError(f"{path} is not well-formed TOML ({error}): mend that line.") from None


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = given.get(name, {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"[{name}] in secrets.toml must be a section of its own, not a single value.")
    return table


def _key_file(path: Path) -> Mapping[str, Any]:
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The service account's key file {path} cannot be read ({error.strerror}): check CWAC_SERVICE_ACCOUNT."
        ) from None
    except ValueError:
        key = None
    if not isinstance(key, dict):
        raise SettingsError(f"{path} is not a service account's key file: download the JSON key from Google again.")
    _refuse_where_others_read(path)
    return key


def _refuse_where_others_read(path: Path) -> None:
    """A file of our own with a key in it is for us alone, as ssh has it."""
    if others_may_read(path):
        raise SettingsError(f"{path} holds a key, and others on this machine may read it: run chmod 600 {path}")


def others_may_read(path: Path) -> bool:
    """Whether a file of our own stands open to others on this machine.

    What we do not own, or what is mounted so that nobody here can change it, as containers get their secrets, somebody
    else guards; within a folder that others may not enter it is safe whatever its own mode; Windows has no such modes.
    """
    if os.name != "posix":
        return False
    found = path.stat()
    if found.st_uid != os.geteuid() or os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    shut = any(not folder.stat().st_mode & 0o011 for folder in path.resolve().parents)
    return bool(stat.S_IMODE(found.st_mode) & 0o077) and not shut


SHORTEST_SECRET = 32
"""Characters of `cookie_secret`: whoever guesses it signs in as anybody."""


def _refuse_a_short_secret(auth: Mapping[str, Any]) -> None:
    secret = auth.get("cookie_secret")
    if secret is not None and len(str(secret)) < SHORTEST_SECRET:
        raise SettingsError(
            f"cookie_secret in [auth] is shorter than {SHORTEST_SECRET} characters: make one with "
            'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def _reached_at(auth: Mapping[str, Any]) -> str | None:
    """Where `redirect_uri` brings people back to, `https://coffee.example.gov`; beyond this machine only over TLS."""
    given = str(auth.get("redirect_uri") or "")
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if not given:
        return None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
        raise SettingsError(
            "redirect_uri in [auth] must begin with https:// and the dashboard's name: over plain http anybody on the "
            "way can take the cookie that signs people in."
        )
    return f"{parts.scheme}://{host}"


def _spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """The one address, or several as counties. In text they are separated by commas: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [one for one in value.split(",") if one.strip()]
    if value == []:
        raise SettingsError("spreadsheet names no sheet: write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet must be the sheet's address in quotes, or a list of such.")
    counties = tuple(_county(one, place) for place, one in enumerate(value, 1))
    for names in ([one.name.casefold() for one in counties], [_key(one.spreadsheet) for one in counties]):
        twice = next((one for place, one in enumerate(names) if one in names[:place]), None)
        if twice is not None:
            raise SettingsError(f"spreadsheet names {twice!r} twice: each county needs its own.")
    if len(counties) == 1 and counties[0] == County(_numbered(1), counties[0].spreadsheet):
        return counties[0].spreadsheet, ()
    return None, counties


def _key(address: str) -> str:
    """What tells one spreadsheet from another, however its link was pasted."""
    found = re.search(r"/d/([\w-]+)", address)
    return found[1] if found else address


def _numbered(place: int) -> str:
    return f"Sheet {place}"


def _county(given: object, place: int) -> County:
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` and who may see it."""
    if isinstance(given, str):
        name, equals, address = given.partition("=")
        if not equals or "/" in name:
            name, address = _numbered(place), given  # an = within the address
        given = {"county": name.strip() or _numbered(place), "address": address}
    if not isinstance(given, Mapping):
        raise SettingsError("spreadsheet must list addresses in quotes, or tables with county and address.")
    known = ("county", "address", "viewers", "coordinators", "public")
    if strange := sorted(set(given) - set(known)):
        raise SettingsError(f"A table in spreadsheet does not know {', '.join(strange)}; it knows {', '.join(known)}.")
    where = _text(given.get("address"), "address")
    if where is None:
        raise SettingsError(f"spreadsheet {place} has no address.")
    county = _text(given.get("county"), "county") or _numbered(place)
    if len(county) > 60 or "," in county or not county.isprintable():
        raise SettingsError(f"county must be a name of at most 60 characters without a comma, not {county!r}.")
    return County(
        county,
        where,
        _people(given.get("viewers", ()), "viewers"),
        _people(given.get("coordinators", ()), "coordinators"),
        _flag(given["public"], "public") if "public" in given else None,
    )


def _text(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise SettingsError(f"{name} must be text in quotes.")


def _flag(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in {"true", "1", "yes", "on"}:
        return True
    if word in {"false", "0", "no", "off", ""}:
        return False
    raise SettingsError(f"{name} must be true or false, not {_clipped(value)}.")


def _people(value: object, name: str) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, Iterable) or not all(isinstance(one, str) for one in listed):
        raise SettingsError(f"{name} must be a list of e-mail addresses or @domains.")
    people = tuple(one.strip() for one in listed if one.strip())
    strange = [one for one in people if not PERSON.fullmatch(one)]
    if strange:
        raise SettingsError(
            f"{name} must be addresses or domains such as @chp.example.gov, not {strange[0]!a}."
            + ("" if strange[0].isascii() else " Type it again in plain letters (a to z).")
        )
    return tuple(one.lower() for one in people)


PERSON = re.compile(r"[!#-+\--:<-?A-~]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An address, or `@domain`. ASCII only: letters of other scripts look like these, or become them in small letters."""


def _zone(name: str | None) -> str:
    name = name or DEFAULT_ZONE
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"timezone {_clipped(name)} is not known: write one such as America/Los_Angeles.") from None
    return name
