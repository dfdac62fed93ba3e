"""Web addresses, and email addresses and domains, as they may be configured."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from cwac.settings.errors import SettingsError

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
    if not host or _is_below(parts) or len(typed) > 300 or parts.port == 0:
        right = "must be the dashboard's address, such as https://coffee.example.gov, without a path"
        raise SettingsError(name, right)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{parts.port}' if parts.port else ''}"


def is_service(address: str) -> bool:
    """Whether it may be the address of a service: encrypted or local, without a path."""
    return is_encrypted_or_local(address) and not _is_below(urlsplit(address))


def _is_below(parts: SplitResult) -> bool:
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


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


# --- links that people paste in place of a sheet's --------------------------------------------------------------------

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
