"""One setting as typed in the file or the environment -> its value, or `SettingsError`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cwac.settings.addresses import PERSON, parse_address
from cwac.settings.errors import SettingsError

DEFAULT_ZONE = "America/Los_Angeles"
Kind = Literal["text", "path", "store", "whole", "number", "flag", "people", "origins", "zone", "address", "id"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file, and its environment variable. Numbers must be from `minimum` to `maximum`.

    `below` names the key of the same section whose value must be larger. The variable is `CWAC_KEY`, or
    `other_variable`. A key of kind "spreadsheet" may list several.
    """

    section: str
    key: str
    kind: Kind | Literal["spreadsheet"]
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
    return PARSERS[setting.kind](typed, name)


def _number(setting: Setting, typed: object, name: str) -> float:
    """Accepts a number in quotes, as the environment has only text, but not true or false."""
    try:
        number = float(typed) if isinstance(typed, int | float | str) and not isinstance(typed, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or (setting.kind == "whole" and not number.is_integer()):
        kind = "whole number" if setting.kind == "whole" else "number"
        raise SettingsError(name, f"must be a {kind}, not {clipped(typed)}")
    if not setting.minimum <= number <= setting.maximum:
        allowed = f"from {setting.minimum:g} to {setting.maximum:g}"
        raise SettingsError(name, f"must be {allowed}, not {clipped(typed)}")
    return int(number) if setting.kind == "whole" else number


def clipped(typed: object) -> str:
    """A value as an error repeats it, at most 70 characters."""
    shown = f"{typed:.6g}" if isinstance(typed, int) else repr(typed[:60] if isinstance(typed, str) else typed)
    return shown if len(shown) <= 70 else f"{shown[:69]}…"


def text_of(value: object, name: str) -> str | None:
    """The text, without blanks around it; None where there is none."""
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise SettingsError(name, "must be text in quotes")


def plain_text(value: object, name: str) -> str | None:
    r"""Text without the characters that TOML reads in a path between double quotes: `"C:\temp\new.xlsx"`."""
    text = text_of(value, name)
    if escape := re.search(r"[\t\n\b\f\r]", text or ""):
        fault = f"has {json.dumps(escape[0])[1:-1]} between double quotes, which is another character there"
        raise SettingsError(name, fault, "write its value in single quotes, as in 'C:\\Users\\you\\plan.xlsx'.")
    return text


def flag(value: object, name: str) -> bool:
    word = str(value).strip().casefold()
    if word in {"true", "1", "yes", "on"}:
        return True
    if word in {"false", "0", "no", "off", ""}:
        return False
    raise SettingsError(name, f"must be true or false, not {clipped(value)}")


def _listed(value: object, name: str, what: str) -> list[str]:
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, Iterable) or not all(isinstance(entry, str) for entry in entries):
        raise SettingsError(name, f"must be a list of {what}")
    return [entry.strip() for entry in entries if entry.strip()]


def people(value: object, name: str) -> tuple[str, ...]:
    """Addresses and `@domain`s, in lower case."""
    listed = _listed(value, name, "email addresses or @domains")
    for person in listed:
        if not PERSON.fullmatch(person):
            right = "must be addresses or domains such as @chp.example.gov"
            remedy = "" if person.isascii() else "type it again in plain letters (a to z)."
            if (domain := person.lstrip("*")) != person and PERSON.fullmatch(domain):
                remedy = f"write {domain}, which means everybody there."
            raise SettingsError(name, f"{right}, not {person!a}", remedy)
    return tuple(person.lower() for person in listed)


_ORIGIN = re.compile(r"https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?/?")


def _origins(value: object, name: str) -> tuple[str, ...]:
    """Scheme, host and port of each site. A wildcard or a path is refused: it would let in more, or nothing."""
    origins = _listed(value, name, "addresses such as https://www.example.gov")
    if unusable := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
        raise SettingsError(name, f"must be addresses such as https://www.example.gov, not {clipped(unusable[0])}")
    return tuple(origin.lower().removesuffix("/") for origin in origins)


def calendar_id(typed: object, name: str) -> str:
    text = text_of(typed, name) or ""
    if wrong := re.search(r"[^A-Za-z0-9._-]", text):
        allowed = "letters (a to z), digits, dots, dashes and underscores"
        raise SettingsError(name, f"may have {allowed}, not {wrong[0]!a}")
    if len(text) > 60:
        raise SettingsError(name, f"may have 60 characters, not {len(text)}")
    return text


def _store(typed: object, name: str) -> str | None:
    """The address of a database, which no error repeats, as it may hold a password."""
    text = plain_text(typed, name)
    if text and not re.match(r"(?!sqlite)\w[\w+]+:|sqlite(\+\w+)?:///", text, re.I):
        remedy = "write sqlite:/// before the path, as in sqlite:////srv/coffee/cwac.sqlite3."
        raise SettingsError(name, "must be the address of a database, not a path alone", remedy)
    return text


def _zone(typed: object, name: str) -> str:
    zone = text_of(typed, name) or DEFAULT_ZONE
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = "write one such as America/Los_Angeles."
        raise SettingsError(f"timezone {clipped(zone)}", "is not known", known) from None
    return zone


PARSERS: Mapping[str, Callable[[Any, str], Any]] = {
    "text": plain_text,
    "path": plain_text,
    "store": _store,
    "flag": flag,
    "people": people,
    "origins": _origins,
    "zone": _zone,
    "address": lambda typed, name: parse_address(text_of(typed, name) or "", name),
    "id": calendar_id,
}
