"""One setting as typed in the file or the environment -> its value, or `SettingsError`. `settings` reads them all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cwac.toml_hints import escapes_in

DEFAULT_ZONE = "America/Los_Angeles"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """A setting that cannot be used; its text is one sentence that names the setting and the remedy."""


@dataclass(frozen=True, slots=True)
class County:
    """One sheet of several: a `spreadsheet` by its address, or the file `workbook`.

    Its viewers and coordinators are added to those of all counties.
    """

    name: str
    spreadsheet: str | None = field(default=None, repr=False)  # may be a sharing link, which opens the file
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    public: bool | None = None
    """None: the value for all counties applies."""
    credentials: str | None = None
    """As in `[connections.gsheets]`; None: the value there applies."""
    workbook: str | None = None
    calendar_id: str | None = None
    """Part of the UID of each event of the file; None: the value in `[cwac]` applies."""

    @property
    def place(self) -> str:
        """The file, or the address of the spreadsheet."""
        return self.workbook or self.spreadsheet or ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file, and its environment variable. Numbers must be from `minimum` to `maximum`.

    `below` names the key of the same section whose value must be larger. The variable is `CWAC_KEY`, or
    `other_variable`.
    """

    section: str
    key: str
    kind: Literal["text", "whole", "number", "flag", "people", "origins", "zone", "address", "id", "spreadsheet"]
    minimum: float = -math.inf
    maximum: float = math.inf
    below: str | None = None
    other_variable: str | None = None

    @property
    def variable(self) -> str:
        return self.other_variable or f"CWAC_{self.key.upper()}"


def parse(setting: Setting, typed: Any, name: str) -> Any:
    """The value of a setting; `name` is what an error calls it."""
    if setting.kind in ("whole", "number"):
        return _number(setting, typed, name)
    if setting.kind == "flag":
        return _flag(typed, name)
    if setting.kind == "people":
        return _people(typed, name)
    if setting.kind == "origins":
        return _origins(typed, name)
    if setting.kind == "spreadsheet":
        return _spreadsheets(typed)
    text = _text(typed, name)
    if setting.kind == "text" and text is not None:
        _refuse_escapes(text, name)
    if setting.kind == "zone":
        return _zone(text)
    if setting.kind == "id":
        return _id(text or "", name)
    return parse_address(text or "", name) if setting.kind == "address" else text


def _refuse_escapes(text: str, name: str) -> None:
    if escape := next(escapes_in(text), None):
        raise SettingsError(
            f"{name} has {escape} between double quotes, which is another character there: write its value in single "
            "quotes, as in 'C:\\Users\\you\\plan.xlsx'."
        )


def _number(setting: Setting, typed: object, name: str) -> float:
    """Accepts a number in quotes, as the environment has only text, but not true or false."""
    kind = "whole number" if setting.kind == "whole" else "number"
    try:
        if isinstance(typed, bool) or not isinstance(typed, int | float | str):
            raise ValueError
        number = float(typed)
        if not math.isfinite(number) or (setting.kind == "whole" and not number.is_integer()):
            raise ValueError
    except (ValueError, OverflowError):
        raise SettingsError(f"{name} must be a {kind}, not {_clipped(typed)}.") from None
    if not setting.minimum <= number <= setting.maximum:
        raise SettingsError(f"{name} must be from {setting.minimum:g} to {setting.maximum:g}, not {_clipped(typed)}.")
    return int(number) if setting.kind == "whole" else number


def _clipped(typed: object) -> str:
    shown = f"{typed:.6g}" if isinstance(typed, int) else repr(typed[:60] if isinstance(typed, str) else typed)
    return shown if len(shown) <= 70 else f"{shown[:69]}…"


def parse_address(typed: str, name: str) -> str:
    """Scheme, host and port of the dashboard, without a slash at the end."""
    message = f"{name} must be the dashboard's address, such as https://coffee.example.gov, without a path."
    try:
        parts = web_address(typed)
    except ValueError:
        raise SettingsError(message) from None
    host, port = host_of(typed), parts.port
    if parts.path.strip("/") or parts.query or parts.fragment or len(typed) > 300 or port == 0:
        raise SettingsError(message)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"


_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")
_READ_APART = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
"""Blanks, control characters and backslashes: `urlsplit`, urllib3 and browsers see another host behind them."""


def web_address(typed: str) -> SplitResult:
    """The parts of an http or https address that every program reads alike; raises `ValueError` for any other."""
    parts = urlsplit(typed)
    if parts.scheme not in ("http", "https") or _READ_APART.search(typed) or not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError("no plain web address")
    _ = parts.port  # raises `ValueError` too
    return parts


def host_of(address: str) -> str:
    """The host of a `web_address`, in lower case; empty for anything else."""
    try:
        return web_address(address).hostname or ""
    except ValueError:
        return ""


def is_encrypted_or_local(address: str) -> bool:
    """Whether it is https, or http on this machine: nobody on the way can read what is sent there."""
    host = host_of(address)
    return bool(host) and (urlsplit(address).scheme == "https" or host in LOOPBACK)


def _spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """One address, or several as counties. In text, commas separate them: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [address for address in value.split(",") if address.strip()]
    if value == []:
        raise SettingsError("spreadsheet names no sheet: write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet must be the sheet's address in quotes, or a list of such.")
    counties = tuple(_county(entry, number) for number, entry in enumerate(value, 1))
    for names in ([county.name.casefold() for county in counties], [_key(county.place) for county in counties]):
        duplicate = next((name for index, name in enumerate(names) if name in names[:index]), None)
        if duplicate is not None:
            raise SettingsError(f"spreadsheet names {duplicate!r} twice: each county needs its own.")
    if len(counties) == 1 and counties[0] == County(_numbered(1), counties[0].spreadsheet):
        return counties[0].spreadsheet, ()
    return None, counties


def _key(address: str) -> str:
    """The spreadsheet's ID, whatever form of its link was pasted."""
    match = re.search(r"/d/([\w-]+)", address)
    return match[1] if match else address


def _numbered(number: int) -> str:
    return f"Sheet {number}"


def _county(entry: object, number: int) -> County:
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` or `workbook`, and who may see it."""
    if isinstance(entry, str):
        name, equals, link = entry.partition("=")
        if not equals or "/" in name:
            name, link = _numbered(number), entry  # the = is part of the address
        entry = {"county": name.strip() or _numbered(number), "address": link}
    if not isinstance(entry, Mapping):
        raise SettingsError("spreadsheet must list addresses in quotes, or tables with county and address.")
    keys = ("county", "address", "workbook", "calendar_id", "viewers", "coordinators", "public", "credentials")
    if unknown := sorted(set(entry) - set(keys)):
        raise SettingsError(f"A table in spreadsheet does not know {', '.join(unknown)}; it knows {', '.join(keys)}.")
    address, workbook = _text(entry.get("address"), "address"), _file(entry.get("workbook"))
    if (address is None) == (workbook is None):
        wrong = "has no address and no workbook" if address is None else "has both an address and a workbook"
        raise SettingsError(f"spreadsheet {number} {wrong}: a county is one sheet or one file.")
    for key, place, other in (("calendar_id", address, "a file"), ("credentials", workbook, "a Google Sheet")):
        if key in entry and place is not None:
            raise SettingsError(f"spreadsheet {number} has {key}, which is for {other}: take it away.")
    county = _text(entry.get("county"), "county") or _numbered(number)
    if len(county) > 60 or "," in county or not county.isprintable():
        raise SettingsError(f"county must be a name of at most 60 characters without a comma, not {county!r}.")
    return County(
        county,
        address,
        _people(entry.get("viewers", ()), "viewers"),
        _people(entry.get("coordinators", ()), "coordinators"),
        _flag(entry["public"], "public") if "public" in entry else None,
        _text(entry.get("credentials"), "credentials"),
        workbook,
        _id(_text(entry["calendar_id"], "calendar_id") or "", "calendar_id") if "calendar_id" in entry else None,
    )


def _file(value: object) -> str | None:
    """The path of a county's workbook."""
    path = _text(value, "workbook")
    if path is None:
        return None
    _refuse_escapes(path, "workbook")
    if re.match(r"https?://", path, re.I):
        raise SettingsError("workbook in a table of spreadsheet is a web address: write it as address there.")
    return path


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
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, Iterable) or not all(isinstance(entry, str) for entry in entries):
        raise SettingsError(f"{name} must be a list of email addresses or @domains.")
    people = tuple(entry.strip() for entry in entries if entry.strip())
    unusable = [person for person in people if not PERSON.fullmatch(person)]
    if unusable:
        raise SettingsError(
            f"{name} must be addresses or domains such as @chp.example.gov, not {unusable[0]!a}."
            + ("" if unusable[0].isascii() else " Type it again in plain letters (a to z).")
        )
    return tuple(person.lower() for person in people)


_ORIGIN = re.compile(r"https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?/?")


def _origins(value: object, name: str) -> tuple[str, ...]:
    """Scheme, host and port of each site. A wildcard or a path is refused: it would let in more, or nothing."""
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, Iterable) or not all(isinstance(entry, str) for entry in entries):
        raise SettingsError(f"{name} must be a list of addresses such as https://www.example.gov.")
    origins = tuple(entry.strip() for entry in entries if entry.strip())
    if unusable := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
        raise SettingsError(f"{name} must be addresses such as https://www.example.gov, not {_clipped(unusable[0])}.")
    return tuple(origin.lower().removesuffix("/") for origin in origins)


PERSON = re.compile(r"[!#-+\--:<-?A-~]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An address, or `@domain`. ASCII only: letters of other scripts look like ASCII, or become ASCII in lower case."""


_WORD = r"[a-z0-9#$&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_WORD}(?:\.{_WORD})*", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether mail can be sent to it. % and ! are left out, as they once told a server to pass the mail on."""
    local_part = text.rpartition("@")[0]
    return len(text) <= 254 and _LOCAL_PART.fullmatch(local_part) is not None and PERSON.fullmatch(text) is not None


def _id(typed: str, name: str) -> str:
    if wrong := re.search(r"[^A-Za-z0-9._-]", typed):
        raise SettingsError(
            f"{name} may have letters (a to z), digits, dots, dashes and underscores, not {wrong[0]!a}."
        )
    if len(typed) > 60:
        raise SettingsError(f"{name} may have 60 characters, not {len(typed)}.")
    return typed


def lists_person(address: str, people: Iterable[str]) -> bool:
    """Whether a list of `[access]` has this address (in lower case) or its domain."""
    return not {address, f"@{address.rpartition('@')[2]}"}.isdisjoint(people)


def _zone(name: str | None) -> str:
    name = name or DEFAULT_ZONE
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"timezone {_clipped(name)} is not known: write one such as America/Los_Angeles.") from None
    return name
