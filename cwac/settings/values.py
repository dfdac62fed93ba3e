"""One setting as typed in the file or the environment -> its value, or `SettingsError`; addresses and names."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingsError(Exception):
    """A setting that cannot be used: a `place`, the `fault` going on from it, and a `remedy` with its own full stop."""

    def __init__(self, place: str, fault: str, remedy: str = "") -> None:
        super().__init__(place, fault, remedy)
        self.place, self.fault, self.remedy = place, fault, remedy

    @property
    def found(self) -> str:
        """Place and fault as a sentence, without the remedy."""
        return f"{self.place} {self.fault}."

    def __str__(self) -> str:
        return f"{self.place} {self.fault}: {self.remedy}" if self.remedy else self.found


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The most similar of the names, by `difflib`'s ratio of at least `cutoff`."""
    folded = {re.sub(r"[\W_]+", "_", candidate.casefold()): candidate for candidate in names}
    matches = difflib.get_close_matches(re.sub(r"[\W_]+", "_", name[:60].casefold()), folded, 1, cutoff)
    return folded[matches[0]] if matches else None


def shown(name: str) -> str:
    """A name as typed, on one line of printable characters."""
    return name if name.isprintable() and len(name) <= 60 else repr(name[:60])


def meant(name: str, names: Sequence[str], form: str = "{}") -> str:
    """The nearest of the names, and all of them, each in this form."""
    near, known = nearest(name, names), f"nown are {', '.join(map(form.format, names))}."
    return f"did you mean {form.format(near)}? K{known}" if near else f"k{known}"


def refuse_unknown(section: str, table: Iterable[str], names: Sequence[str]) -> None:
    """Raise `SettingsError` for the first key of a table that is not among the names."""
    for key in table:
        if key not in names:
            raise SettingsError(section, f"does not know {shown(key)}", meant(key, names))


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

PERSON = re.compile(r"[!#-)+\--:<-?A-~]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An address, or `@domain`. ASCII only: letters of other scripts look like ASCII, or become ASCII in lower case.

Without the asterisk: `*@domain` would be an address that nobody has, and people write it for a whole domain.
"""


_WORD = r"[a-z0-9#$&'+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_WORD}(?:\.{_WORD})*", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether mail can be sent to it. % and ! are left out, as they once told a server to pass the mail on."""
    local_part = text.rpartition("@")[0]
    return len(text) <= 254 and _LOCAL_PART.fullmatch(local_part) is not None and PERSON.fullmatch(text) is not None


def lists_person(address: str, people: Iterable[str]) -> bool:
    """Whether a list of `[access]` has this address (in lower case) or its domain."""
    return not {address, f"@{address.rpartition('@')[2]}"}.isdisjoint(people)


def parse_address(typed: str, name: str) -> str:
    """Scheme, host and port of the dashboard, without a slash at the end."""
    host = host_of(typed)
    parts = urlsplit(typed if host else "")
    if not host or is_below(typed) or len(typed) > 300 or parts.port == 0:
        right = "must be the dashboard's address, such as https://coffee.example.gov, without a path"
        raise SettingsError(name, right)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{parts.port}' if parts.port else ''}"


def is_below(address: str) -> bool:
    """Whether a web address has more than scheme, host and port."""
    parts = urlsplit(address)
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")
_READ_APART = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
"""Blanks, control characters and backslashes: `urlsplit`, urllib3 and browsers see another host behind them."""


def host_of(address: str) -> str:
    """The host, in lower case, of an http or https address that every program reads alike; empty for any other."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises `ValueError` too
    except ValueError:
        return ""
    is_plain = parts.scheme in ("http", "https") and not _READ_APART.search(address)
    return (parts.hostname or "") if is_plain and _AUTHORITY.fullmatch(parts.netloc) else ""


def is_encrypted_or_local(address: str) -> bool:
    """Whether it is https, or http on this machine: nobody on the way can read what is sent there."""
    host = host_of(address)
    return bool(host) and (urlsplit(address).scheme == "https" or host in LOOPBACK)


_COPY = "open the sheet itself and copy the address from the browser"
_SAVE_AS = "choose File, Save as Google Sheets, and copy the address from the browser"
_AS_FILE = f"download the file, and name the copy; or upload it to Google Drive, {_SAVE_AS}"
_OTHER_KINDS: tuple[tuple[str, str, str], ...] = (
    (r"(docs|drive)\.google\.com/(.*/)?forms?/|forms\.gle/", "a Google Form",
     "open its Responses, press View in Sheets, and copy the address from the browser"),
    (r"docs\.google\.com/(.*/)?document/", "a Google Doc",
     "put its table into a Google Sheet, and copy the address from the browser"),
    (r"docs\.google\.com/(.*/)?presentation/", "a Google Slides presentation", _COPY),
    (r"docs\.google\.com/(.*/)?drawings/", "a Google Drawing", _COPY),
    (r"docs\.google\.com/.*/d/e/", "a page published to the web", _COPY),
    (r"drive\.google\.com/(.*/)?folders/", "a folder in Google Drive", _COPY),
    (r"drive\.google\.com/(.*/)?file/", "a file in Google Drive",
     f"open it there, {_SAVE_AS}; or download it, and name the copy"),
    (r"calendar\.google\.com/", "a Google Calendar", _COPY),
    (r"([\w.-]+\.)?(dropbox\.com|db\.tt)/", "a file in Dropbox", _AS_FILE),
    (r"([\w.-]+\.)?box\.com/", "a file in Box", _AS_FILE),
    (r"(www\.)?icloud\.com/", "a file in iCloud", _AS_FILE),
    (r"(goo\.gl|bit\.ly|tinyurl\.com|t\.co)/", "a short link", "open it, and copy the address from the browser"),
)  # fmt: skip
"""How host and path begin, what such a link leads to, and what to do instead."""

_BARE_ID = re.compile(r"[A-Za-z0-9_-]{25,}")


def other_kind(typed: str) -> tuple[str, str] | None:
    """What a link leads to that is known to be no sheet, and what to do instead, as a clause; else None."""
    place = re.sub(r"^https?://", "", typed.strip(), flags=re.I)
    host, slash, path = place.partition("/")
    place = f"{host.lower()}{slash}{path}"
    return next(((what, instead) for begins, what, instead in _OTHER_KINDS if re.match(begins, place)), None)


def names_no_file(typed: str) -> bool:
    """Whether it reads as a web address, with https:// or without, or as the bare ID of a Google Sheet."""
    is_known = re.match(r"(docs|drive|sheets)\.google\.com/|[\w-]+\.sharepoint(-mil)?\.(com|us|cn)/", typed, re.I)
    return "://" in typed or bool(is_known or _BARE_ID.fullmatch(typed) or other_kind(typed))


DEFAULT_ZONE = "America/Los_Angeles"
Kind = Literal[
    "text", "path", "store", "whole", "number", "flag", "people", "names", "origins", "zone", "address", "id"
]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file, from `minimum` to `maximum`, and its variable: `CWAC_KEY`, or `other_variable`.

    `below` names the key of the same section whose value must be larger. A key of kind "spreadsheet" may list several.
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


def names(typed: object, name: str) -> tuple[str, ...]:
    """Names of people, whole and without wildcards."""
    listed = [typed] if isinstance(typed, str) else typed
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise SettingsError(name, 'must be a list of names in quotes, such as ["Sheriff LaRue"]')
    for each in listed:
        if not re.search(r"[^\W\d_]{2}", each) or re.search(r"[*?%\[\]\\]", each):
            raise SettingsError(name, f"may have whole names alone, not {clipped(each)}", "write each name in full.")
    return tuple(" ".join(each.split()) for each in listed)


PARSERS: Mapping[str, Callable[[Any, str], Any]] = {
    "text": plain_text,
    "path": plain_text,
    "store": _store,
    "flag": flag,
    "people": people,
    "names": names,
    "origins": _origins,
    "zone": _zone,
    "address": lambda typed, name: parse_address(text_of(typed, name) or "", name),
    "id": calendar_id,
}
