"""What the operator configured, from `.streamlit/secrets.toml` and the environment."""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
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
    do so again. `reached_at` is the scheme and host at which people sign in.
    """

    workbook: str | None = None
    spreadsheet: str | None = None
    gsheets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    timezone: str = DEFAULT_ZONE
    store: str | None = None
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


def load(environ: Mapping[str, str] | None = None, secrets: Path | None = None) -> Settings:
    """Read the settings. The environment (`CWAC_WORKBOOK`, `CWAC_STORE`, …) goes before the file.

    The file is `secrets`, else the one that Streamlit is told of in the environment, else `.streamlit/secrets.toml` in
    the current folder, else beside `dashboard.py`, else in the user's own.
    Raises `SettingsError` where a value cannot be used, the file cannot be read, or others can read a key in it.
    """
    environ = os.environ if environ is None else environ
    path = _secrets_file(secrets, environ)
    given = _read(path)
    section = _table(given, "cwac")
    gsheets = dict(_table(_table(given, "connections"), "gsheets"))
    access = _table(given, "access")
    auth = _table(given, "auth")
    if path is not None and (gsheets.get("private_key") or auth):
        _refuse_where_others_read(path)
    _refuse_a_short_secret(auth)
    spreadsheet, counties = _spreadsheets(environ.get("CWAC_SPREADSHEET") or gsheets.get("spreadsheet"))
    if environ.get("CWAC_SERVICE_ACCOUNT"):
        gsheets |= _key_file(Path(environ["CWAC_SERVICE_ACCOUNT"]))
    if environ.get("CWAC_API_ENDPOINT"):
        gsheets["api_endpoint"] = environ["CWAC_API_ENDPOINT"]
    refresh = _whole(environ.get("CWAC_REFRESH_SECONDS") or section.get("refresh_seconds", 30), "refresh_seconds")
    thin = environ.get("CWAC_THIN_AFTER_DAYS") or section.get("thin_after_days")
    return Settings(
        workbook=_text(environ.get("CWAC_WORKBOOK") or section.get("workbook"), "workbook"),
        spreadsheet=spreadsheet,
        gsheets=gsheets,
        timezone=_zone(environ.get("CWAC_TIMEZONE") or section.get("timezone") or DEFAULT_ZONE),
        store=_text(environ.get("CWAC_STORE") or section.get("store"), "store"),
        refresh_seconds=max(10, refresh),
        thin_after_days=None if thin is None else max(1, _whole(thin, "thin_after_days")),
        public=_flag(environ.get("CWAC_PUBLIC", access.get("public", False)), "public"),
        local=_flag(environ.get("CWAC_LOCAL", access.get("local", False)), "local"),
        viewers=_people(environ.get("CWAC_VIEWERS", access.get("viewers", ())), "viewers"),
        coordinators=_people(environ.get("CWAC_COORDINATORS", access.get("coordinators", ())), "coordinators"),
        sign_in_days=max(1, _whole(environ.get("CWAC_SIGN_IN_DAYS") or access.get("sign_in_days", 7), "sign_in_days")),
        auth=bool(auth),
        reached_at=_reached_at(auth),
        rules=_rules(_table(given, "rules"), environ),
        counties=counties,
        audit_days=max(1, _whole(environ.get("CWAC_AUDIT_DAYS") or section.get("audit_days", 400), "audit_days")),
        file=path,
    )


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
    if value is None or value == []:
        return None, ()
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


def _whole(value: object, name: str) -> int:
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(str(value))
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {value!r}.") from None


def _flag(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in {"true", "1", "yes", "on"}:
        return True
    if word in {"false", "0", "no", "off", ""}:
        return False
    raise SettingsError(f"{name} must be true or false, not {value!r}.")


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


def _zone(value: object) -> str:
    name = _text(value, "timezone") or DEFAULT_ZONE
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"timezone {name!r} is not known: write one such as America/Los_Angeles.") from None
    return name


def _rules(table: Mapping[str, Any], environ: Mapping[str, str]) -> Rules:
    kinds: dict[str, type] = {one.name: type(getattr(Rules(), one.name)) for one in fields(Rules)}
    unknown = sorted(set(table) - set(kinds))
    if unknown:
        raise SettingsError(f"[rules] does not know {', '.join(unknown)}; it knows {', '.join(kinds)}.")
    chosen: dict[str, Any] = {}
    for name, kind in kinds.items():
        value = environ.get(f"CWAC_{name.upper()}", table.get(name))
        if value is None:
            continue
        try:
            if isinstance(value, bool):
                raise ValueError
            number = kind(value)
        except (TypeError, ValueError):
            raise SettingsError(f"{name} in [rules] must be a number, not {value!r}.") from None
        if not math.isfinite(number):
            raise SettingsError(f"{name} in [rules] must be a number, not {value!r}.")
        chosen[name] = number
    return replace(Rules(), **chosen)
