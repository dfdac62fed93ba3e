"""Every setting, read from `.streamlit/secrets.toml` and the environment; what cannot be right is refused."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cwac import addons
from cwac.settings import connections, values
from cwac.settings.connections import GSHEETS, KEY_FILE, MICROSOFT, County, is_microsoft
from cwac.settings.schema import PUBLIC_NAMES, Retention, Rules, Settings, SettingsSection, Typed, settings_of_record
from cwac.settings.values import Setting, SettingsError, meant, nearest, other_kind, shown

SECRETS = "STREAMLIT_SECRETS_FILES"
"""Streamlit's variable that names the file."""
FOLDER, NAME = ".streamlit", "secrets.toml"

_PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
"""The folder with `dashboard.py` and `pages/`: the checkout, or the copy in an installed wheel."""

_HOW = (
    "write lines such as [section], key = \"text\" in straight quotes, key = 'C:\\plan.xlsx', key = true or "
    "# a remark; or let cwac connect write the file."
)


def folders() -> tuple[Path, ...]:
    """Where the settings file is looked for, in this order."""
    return tuple(dict.fromkeys((Path.cwd(), PROJECT, Path(os.path.expanduser("~")))))


def find(environ: Mapping[str, str]) -> Path | None:
    """The file that Streamlit's variable names, else the first `.streamlit/secrets.toml` of the folders."""
    files = environ.get(SECRETS, "").split()  # as Streamlit splits it
    if len(files) > 1:
        raise SettingsError(SECRETS, "must name one file, and its path must have no space in it")
    if files:
        return Path(files[0])
    return next((path for folder in folders() if (path := folder / FOLDER / NAME).is_file()), None)


def text_of(path: Path) -> str:
    """The text of the file. Raises `SettingsError`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(str(path), "is not there") from None
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read ({error.strerror})", "check who may read it.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        again = "save it again as plain text, UTF-8 (Notepad: Save as, Encoding: UTF-8)."
        raise SettingsError(str(path), f"is not saved as UTF-8, as line {line} shows", again) from None


def _read_file(path: Path | None) -> Mapping[str, Any]:
    """The file's sections; empty without a file."""
    if path is None:
        return {}
    text = text_of(path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a plain ValueError
        # Nothing of the line, nor of the parser's words, is repeated: it may be a key.
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else max(1, len(text.splitlines()))
        again = re.search(r" twice|overwrite|Duplicate|redefine", str(error))
        where = f"in line {line}{', which repeats a section or a key' if again else ''}"
        raise SettingsError(str(path), f"is not well-formed TOML {where}", _HOW) from None


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


def _refuse_readable_by_others(path: Path) -> None:
    """Refuse a file with a key that other users can read, as ssh does."""
    if others_may_read(path):
        raise SettingsError(str(path), "holds a key, and others on this machine may read it", f"run chmod 600 {path}")


CORE: tuple[Setting, ...] = (
    Setting(GSHEETS, "spreadsheet", "spreadsheet"),
    KEY_FILE,
    *connections.GOOGLE_TABLE,
    *connections.MICROSOFT_TABLE,
    *settings_of_record(Settings),
    *settings_of_record(Rules),
    PUBLIC_NAMES,
    *settings_of_record(Retention),
)
"""Every setting of the core. The file and the environment are checked against it."""

BY_HAND = ("columns", "tabs")
"""Sections whose keys are names in the sheet, and whose values say what these mean."""
FOREIGN_SECTIONS = ("auth", "connections")
"""Sections with keys of Streamlit and Google, of which only near misses of ours are refused."""
AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_OF_STREAMLIT = ("client_kwargs", "expose_tokens", "worksheet")
_LIKE_OURS = 0.78


@cache
def added_sections() -> tuple[SettingsSection, ...]:
    """The sections of the add-ons that are installed; one of another add-on is refused by its name."""
    return tuple(section for addon in addons.installed() for section in addon.settings())


@cache
def all_settings() -> tuple[Setting, ...]:
    """Every setting of the core and of the add-ons."""
    return (*CORE, *(setting for section in added_sections() for setting in section.table))


def other_variables() -> tuple[str, ...]:
    """Variables without a key in the file."""
    added = (name for section in added_sections() for name in section.variables)
    return ("CWAC_DEBUG", "CWAC_LOG", "CWAC_METRICS_TOKEN", *added)


def settings_of(section: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in all_settings() if setting.section == section)


def unknown_names(typed: Typed) -> Iterator[SettingsError]:
    """An error for each mistyped name: ignoring it would show the sample in place of the sheet, or drop a limit."""
    core = dict.fromkeys(setting.section for setting in CORE if setting.section not in (GSHEETS, MICROSOFT))
    own = (*core, *BY_HAND, *(section.name for section in added_sections()))
    for name, value in typed.file.items():
        is_key = any(setting.key == name for setting in all_settings())
        if name in FOREIGN_SECTIONS or (name in own and not isinstance(value, Mapping) and not is_key):
            continue
        if name in own and isinstance(value, Mapping):
            yield from _unknown_keys(name, value)
        elif isinstance(value, Mapping):
            known = meant(name, (*own, *FOREIGN_SECTIONS), "[{}]")
            yield SettingsError(f"[{shown(name)}]", "is not a section that is known", known)
        else:
            yield SettingsError(shown(name), "is above all sections", _belongs(name, own))
    if isinstance(tables := typed.file.get("connections"), Mapping):
        yield from _unknown_keys(MICROSOFT, tables.get("microsoft"))
    variables = (*(setting.variable for setting in all_settings()), *other_variables())
    for name in typed.environ:
        # Other programs may have variables of such names too (Kubernetes makes CWAC_PORT of a service's name).
        if name.upper().startswith("CWAC_") and name not in variables and (near := nearest(name, variables, 0.85)):
            yield SettingsError(f"The variable {shown(name)}", "is not known", f"did you mean {near}?")


def _unknown_keys(section: str, table: object) -> Iterator[SettingsError]:
    keys = [setting.key for setting in settings_of(section)]
    for key in table if keys and isinstance(table, Mapping) else ():  # a section without keys here checks its own
        if key not in keys:
            yield SettingsError(f"[{section}]", f"does not know {shown(key)}", _belongs(key, (section,)))


def near_misses(typed: Typed) -> Iterator[SettingsError]:
    """An error for each name of ours that is mistyped among those of Streamlit and Google."""
    yield from _near_misses("auth", typed.section("auth"), AUTH_KEYS)
    known = [section.removeprefix("connections.") for section in (GSHEETS, MICROSOFT)]
    for name, table in typed.section("connections").items():
        if name == "gsheets":
            yield from _near_misses(GSHEETS, table, [setting.key for setting in settings_of(GSHEETS)])
        elif name not in known and (near := nearest(name, known, _LIKE_OURS)):
            place = f"[connections.{shown(name)}]"
            yield SettingsError(place, "is not a section that is known", f"did you mean [connections.{near}]?")


def _near_misses(section: str, table: object, keys: Sequence[str]) -> Iterator[SettingsError]:
    """An error for each key that is spelled almost as one of `keys`, also in the tables within."""
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if isinstance(value, Mapping) and key not in _OF_STREAMLIT:
            yield from _near_misses(f"{section}.{shown(key)}", value, keys)
        elif key not in keys and key not in _OF_STREAMLIT and (near := nearest(key, keys, _LIKE_OURS)):
            yield SettingsError(f"[{section}]", f"does not know {shown(key)}", f"did you mean {near}?")


def _belongs(key: str, sections: Sequence[str]) -> str:
    """The section that the key belongs in, or what may have been meant."""
    home = next((setting.section for setting in all_settings() if setting.key == key), None)
    keys = [setting.key for section in sections for setting in settings_of(section)]
    return f"it belongs under [{home}]." if home else meant(key, keys)


MIN_SECRET_LENGTH = 32
"""Of `cookie_secret`, in characters: anybody who guesses it can sign in as anyone."""


def load(
    environ: Mapping[str, str] | None = None,
    secrets: Path | None = None,
    *,
    source_given: bool = False,
    running: bool = False,
) -> Settings:
    """Read the settings: the environment (`CWAC_WORKBOOK`, …), then the file (`secrets`, or what `find` finds).

    Raises `SettingsError` for what cannot be used, and where others can read a key; for a connection without a sheet,
    unless `source_given`; and where a section of an add-on contradicts, unless `running`: taking somebody off a list
    must work at once.
    """
    typed = read(environ, secrets)
    for error in unknown_names(typed):
        raise error
    if typed.path is not None and holds_secret(typed):
        _refuse_readable_by_others(typed.path)
    secret = typed.table("auth").get("cookie_secret")
    if secret is not None and len(str(secret)) < MIN_SECRET_LENGTH:
        remedy = 'make one with python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        raise SettingsError("cookie_secret in [auth]", f"is shorter than {MIN_SECRET_LENGTH} characters", remedy)
    settings = _settings(typed)
    for section in added_sections() if not running else ():
        section.refuse(settings)
    if settings.sample and not source_given:
        _refuse_unnamed_sheet(typed)
    for error in near_misses(typed):
        raise error
    _refuse_swapped_sources(settings)
    _refuse_same_calendar_id(settings)
    addresses = [settings.spreadsheet, *(county.spreadsheet for county in settings.counties)]
    connections.refuse_microsoft_trouble(settings.microsoft, [address for address in addresses if address])
    if settings.microsoft.certificate is not None:
        _refuse_readable_by_others(Path(settings.microsoft.certificate))
    return settings


def read(environ: Mapping[str, str] | None = None, secrets: Path | None = None) -> Typed:
    """What is typed in the file and the environment, before any of it is checked."""
    environ = os.environ if environ is None else environ
    path = secrets if secrets is not None else find(environ)
    return Typed(_read_file(path), environ, path)


def _settings(typed: Typed) -> Settings:
    """The settings as typed; `load` then checks sources, added sections and access together."""
    auth = typed.table("auth")
    sections = ("cwac", "access", "rules", "public", "records", GSHEETS)
    own = {section: typed.values(settings_of(section)) for section in sections}
    spreadsheet, counties = own[GSHEETS].get("spreadsheet", (None, ()))
    columns, tabs = (_by_hand(typed, section) for section in BY_HAND)
    rules = Rules(**own["rules"], columns=columns, tabs=tabs, public_names=own["public"].get("names", ()))
    for low, high in ((each.key, each.below) for each in settings_of("rules") if each.below):
        lower, higher = getattr(rules, low), getattr(rules, high)
        if lower >= higher:
            fault = f"is {lower:g}, and {high} is {higher:g}"
            raise SettingsError(f"{low} in [rules]", fault, "the first must be the smaller one.")
    at_microsoft = typed.values(connections.MICROSOFT_TABLE)
    if "certificate" in at_microsoft:
        at_microsoft["certificate"] = str(at_microsoft["certificate"])
    return Settings(
        spreadsheet=spreadsheet,
        counties=counties,
        gsheets=_gsheets(typed, own[GSHEETS], counties),
        microsoft=connections.microsoft_of(at_microsoft),
        auth=bool(auth),
        rules=rules,
        records=Retention(**own["records"]),
        file=typed.path,
        **(_addresses(auth) | own["cwac"] | own["access"]),
        added=tuple(filter(None, (section.read(typed) for section in added_sections()))),
    )


def _by_hand(typed: Typed, section: str) -> tuple[tuple[str, str], ...]:
    """What the operator says that headers or tabs mean: each name as typed, and its meaning; blank for "not read"."""
    table = typed.table(section)
    for name in (name for name, meaning in table.items() if not isinstance(meaning, str)):
        raise SettingsError(f"{shown(name)} in [{section}]", "must be a name in quotes")
    return tuple((name, meaning.strip()) for name, meaning in table.items())


def _gsheets(typed: Typed, own: Mapping[str, Any], counties: tuple[County, ...]) -> dict[str, Any]:
    """The table `[connections.gsheets]` with what the environment says, and with the key of a key file."""
    gsheets = dict(typed.table(GSHEETS)) | {key: own[key] for key in connections.KEYS if key in own}
    path = own.get(KEY_FILE.key)
    connections.refuse_google_trouble(gsheets, path, counties)
    if path is None:
        return gsheets
    in_environment = bool(typed.environ.get(KEY_FILE.variable))
    if gsheets.get("private_key") and not in_environment:
        raise SettingsError(f"[{GSHEETS}]", "has both key_file and private_key", "delete one of them.")
    key = connections.read_key(path, KEY_FILE.variable if in_environment else KEY_FILE.key)
    _refuse_readable_by_others(path)
    return {name: value for name, value in gsheets.items() if name != KEY_FILE.key} | dict(key)


_OF_A_SHEET = re.compile(r"CWAC_\w*(SHEET|BOOK|XLS|EXCEL|GOOGLE|CREDENTIAL|SECRET)(?!\w*_(PORT|SERVICE|TCP))\w*", re.I)


def _refuse_unnamed_sheet(typed: Typed) -> None:
    """Refuse what somebody meant to connect a sheet with, under any name: the sample must not be shown instead."""
    remedy = f'write spreadsheet = "https://docs.google.com/spreadsheets/d/…" under [{GSHEETS}]'
    for name, value in typed.table("connections").items():
        if not isinstance(value, Mapping):
            raise SettingsError(shown(name), "is under [connections]", f"its lines belong under [{GSHEETS}].")
        if name == "microsoft":
            link = "write its sharing link as link there."
            raise SettingsError(f"[{MICROSOFT}]", "names no workbook to read", link)
        near = nearest("spreadsheet", [key for key in value if isinstance(key, str)]) if name == "gsheets" else None
        meant = f"; did you mean spreadsheet where it says {shown(near)}?" if near else "."
        if name != "gsheets" and nearest(name, ["gsheets"]):
            meant = f"; did you mean [{GSHEETS}]?"
        raise SettingsError(f"[connections.{shown(name)}]", "names no sheet to read", f"{remedy}{meant}")
    of_google = f"name one in CWAC_SPREADSHEET, or {remedy}."
    of_microsoft = f"name one in CWAC_MICROSOFT_LINK, or write its sharing link as link under [{MICROSOFT}]."
    unused = {
        **dict.fromkeys(("CWAC_SERVICE_ACCOUNT", "CWAC_API_ENDPOINT", "CWAC_CREDENTIALS"), ("sheet", of_google)),
        **{setting.variable: ("workbook", of_microsoft) for setting in connections.MICROSOFT_TABLE},
    }
    for name, (what, name_one) in unused.items():
        if typed.environ.get(name):
            raise SettingsError(name, f"is set, but no {what} to read", name_one)
    for name in typed.environ:
        if _OF_A_SHEET.fullmatch(name) and name.upper() not in {setting.variable for setting in all_settings()}:
            remedy = "name a Google Sheet in CWAC_SPREADSHEET, or an .xlsx file in CWAC_WORKBOOK."
            raise SettingsError(f"The variable {shown(name)}", "is not known", remedy)


def _refuse_swapped_sources(settings: Settings) -> None:
    """Refuse a web address where a file belongs, and a file where a sheet's address belongs."""
    workbook = settings.workbook or ""
    if (kind := other_kind(workbook)) is not None:
        raise SettingsError("workbook", f"is the link of {kind[0]}, and a file belongs there", f"{kind[1]}.")
    at_microsoft = is_microsoft(workbook) and "//" in workbook
    if at_microsoft or re.match(r"https?://|docs\.google\.com/", workbook, re.I):
        right = f"link in [{MICROSOFT}]" if at_microsoft else f"spreadsheet under [{GSHEETS}]"
        raise SettingsError("workbook", "is a web address, and a file belongs there", f"write it as {right}.")
    addresses = (settings.spreadsheet or "", *(county.spreadsheet or "" for county in settings.counties))
    named = [address for address in addresses if not is_microsoft(address) and not other_kind(address)]
    if any(re.search(r"\.(xlsx?|xlsm|ods|csv)$", address, re.I) for address in named):
        in_a_county = 'workbook in place of address, as in { county = "Modoc", workbook = "modoc.xlsx" }'
        where = in_a_county if settings.counties else "workbook under [cwac]"
        raise SettingsError("spreadsheet", "names a file, and a Google Sheet belongs there", f"write {where}.")


def _refuse_same_calendar_id(settings: Settings) -> None:
    """Refuse two files whose events would have the same UIDs: to a calendar they would be the same events."""
    names: dict[str, str] = {}
    for county in settings.counties:
        if county.workbook is None:
            continue
        own = settings.of(county).calendar_id
        if (other := names.setdefault(own, county.name)) != county.name:
            remedy = (
                f'write another one into the table of {county.name} under spreadsheet, as in calendar_id = "modoc". '
                "Calendars tell events apart by it, so never change it later."
            )
            place = f"The files of {other} and {county.name}"
            raise SettingsError(place, f"have the same calendar_id, {own}", remedy)


def holds_secret(typed: Typed) -> bool:
    """Whether the file itself holds a key, a password or the secrets of sign-in."""
    return bool(
        typed.section("auth")
        or typed.section(GSHEETS).get("private_key")
        or typed.section(MICROSOFT).get("client_secret")
        or any(section.holds_secret(typed.section(section.name)) for section in added_sections())
    )


def _addresses(auth: Mapping[str, Any]) -> dict[str, str]:
    """The dashboard's `address`, and where people sign in, by `redirect_uri`, which needs TLS except on loopback."""
    redirect = str(auth.get("redirect_uri") or "")
    if not redirect:
        return {}
    if not values.is_encrypted_or_local(redirect.replace(":{port}", "")):  # which Streamlit fills in
        why = "over plain http anybody on the way can take the cookie that signs people in."
        raise SettingsError("redirect_uri in [auth]", "must begin with https:// and the dashboard's name", why)
    parts = urlsplit(redirect)
    found = {"reached_at": f"{parts.scheme}://{parts.hostname}"}
    with suppress(SettingsError):  # it has a path, or a port that is filled in later
        found["address"] = values.parse_address(redirect.removesuffix("/oauth2callback"), "redirect_uri")
    return found
