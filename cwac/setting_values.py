"""One setting as typed in the file or the environment -> its value, or `SettingsError`. `settings` reads them all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cwac.toml_hints import escapes_in

DEFAULT_ZONE = "America/Los_Angeles"


class SettingsError(Exception):
    """A setting that cannot be used; its text is one sentence that names the setting and the remedy."""


@dataclass(frozen=True, slots=True)
class County:
    """One spreadsheet of several. Its viewers and coordinators are added to those of all counties."""

    name: str
    spreadsheet: str
    viewers: tuple[str, ...] = ()
    coordinators: tuple[str, ...] = ()
    public: bool | None = None
    """None: the value for all counties applies."""
    credentials: str | None = None
    """As in `[connections.gsheets]`; None: the value there applies."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file, and its environment variable. Numbers must be from `minimum` to `maximum`.

    `below` names the key of the same section whose value must be larger. The variable is `CWAC_KEY`, or
    `other_variable`.
    """

    section: str
    key: str
    kind: Literal["text", "whole", "number", "flag", "people", "zone", "address", "id", "spreadsheet"]
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
    if setting.kind == "spreadsheet":
        return _spreadsheets(typed)
    text = _text(typed, name)
    if setting.kind == "text" and text is not None and (escape := next(escapes_in(text), None)):
        raise SettingsError(
            f"{name} has {escape} between double quotes, which is another character there: write its value in single "
            "quotes, as in 'C:\\Users\\you\\plan.xlsx'."
        )
    if setting.kind == "zone":
        return _zone(text)
    if setting.kind == "id":
        return _id(text or "", name)
    return parse_address(text or "", name) if setting.kind == "address" else text


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
        parts = urlsplit(typed)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(message) from None
    has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc or len(typed) > 300
    if parts.scheme not in ("http", "https") or not host or not _HOST.fullmatch(host) or has_more or port == 0:
        raise SettingsError(message)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"


_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")


def _spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """One address, or several as counties. In text, commas separate them: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [address for address in value.split(",") if address.strip()]
    if value == []:
        raise SettingsError("spreadsheet names no sheet: write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet must be the sheet's address in quotes, or a list of such.")
    counties = tuple(_county(entry, number) for number, entry in enumerate(value, 1))
    for names in ([county.name.casefold() for county in counties], [_key(county.spreadsheet) for county in counties]):
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
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` and who may see it."""
    if isinstance(entry, str):
        name, equals, link = entry.partition("=")
        if not equals or "/" in name:
            name, link = _numbered(number), entry  # the = is part of the address
        entry = {"county": name.strip() or _numbered(number), "address": link}
    if not isinstance(entry, Mapping):
        raise SettingsError("spreadsheet must list addresses in quotes, or tables with county and address.")
    keys = ("county", "address", "viewers", "coordinators", "public", "credentials")
    if unknown := sorted(set(entry) - set(keys)):
        raise SettingsError(f"A table in spreadsheet does not know {', '.join(unknown)}; it knows {', '.join(keys)}.")
    address = _text(entry.get("address"), "address")
    if address is None:
        raise SettingsError(f"spreadsheet {number} has no address.")
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


PERSON = re.compile(r"[!#-+\--:<-?A-~]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An address, or `@domain`. ASCII only: letters of other scripts look like ASCII, or become ASCII in lower case."""


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
