"""Google's sheets, one or a county each: read with a key, with Application Default Credentials, or by their link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwac.settings.values import Setting, SettingsError, calendar_id, flag, other_kind, people, plain_text, text_of


@dataclass(frozen=True, slots=True)
class County:
    """One sheet of several, by its `spreadsheet` address or as a file; its people come on top of those of all."""

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


_KEYS_OF_A_COUNTY = ("county", "address", "workbook", "calendar_id", "viewers", "coordinators", "public", "credentials")


def spreadsheets(value: object) -> tuple[str | None, tuple[County, ...]]:
    """One address, or several as counties. In text, commas separate them: `Modoc = https://…, …`."""
    if isinstance(value, str):
        value = [address for address in value.split(",") if address.strip()]
    if value == []:
        raise SettingsError("spreadsheet", "names no sheet", "write the sheet's address in quotes, or take it away.")
    if not isinstance(value, list):
        raise SettingsError("spreadsheet", "must be the sheet's address in quotes, or a list of such")
    counties = tuple(_county(entry, number) for number, entry in enumerate(value, 1))
    # The spreadsheet's ID, whatever form of its link was pasted.
    named = (county.workbook or county.spreadsheet or "" for county in counties)
    places = [re.sub(r"^.*?/d/([\w-]+).*$", r"\1", place, flags=re.DOTALL) for place in named]
    for names in ([county.name.casefold() for county in counties], places):
        duplicate = next((name for index, name in enumerate(names) if name in names[:index]), None)
        if duplicate is not None:
            raise SettingsError("spreadsheet", f"names {duplicate!r} twice", "each county needs its own.")
    if len(counties) == 1 and counties[0] == County("Sheet 1", counties[0].spreadsheet):
        return counties[0].spreadsheet, ()
    return None, counties


def _county(entry: object, number: int) -> County:
    """`"https://…"`, `"Modoc = https://…"`, or a table with `county`, `address` or `workbook`, and who may see it."""
    if isinstance(entry, str):
        name, equals, link = entry.partition("=")
        # Behind a slash the = is part of the address.
        entry = {"county": name, "address": link} if equals and "/" not in name else {"address": entry}
    if not isinstance(entry, Mapping):
        raise SettingsError("spreadsheet", "must list addresses in quotes, or tables with county and address")
    if unknown := sorted(set(entry) - set(_KEYS_OF_A_COUNTY)):
        known = f"it knows {', '.join(_KEYS_OF_A_COUNTY)}."
        raise SettingsError("A table in spreadsheet", f"does not know {', '.join(unknown)}", known)
    address, workbook = text_of(entry.get("address"), "address"), plain_text(entry.get("workbook"), "workbook")
    place = f"spreadsheet {number}"
    if (address is None) == (workbook is None):
        wrong = "has no address and no workbook" if address is None else "has both an address and a workbook"
        raise SettingsError(place, wrong, "a county is one sheet or one file.")
    for key, other, what in (("calendar_id", address, "a file"), ("credentials", workbook, "a Google Sheet")):
        if key in entry and other is not None:
            raise SettingsError(place, f"has {key}, which is for {what}", "take it away.")
    if (kind := other_kind(workbook or "")) is not None:
        wrong = f"is the link of {kind[0]}, and a file belongs there"
        raise SettingsError("workbook in a table of spreadsheet", wrong, f"{kind[1]}.")
    if re.match(r"https?://", workbook or "", re.I):
        raise SettingsError("workbook in a table of spreadsheet", "is a web address", "write it as address there.")
    county = text_of(entry.get("county"), "county") or f"Sheet {number}"
    if len(county) > 60 or "," in county or not county.isprintable():
        raise SettingsError("county", f"must be a name of at most 60 characters without a comma, not {county!r}")
    return County(
        county,
        address,
        people(entry.get("viewers", ()), "viewers"),
        people(entry.get("coordinators", ()), "coordinators"),
        flag(entry["public"], "public") if "public" in entry else None,
        text_of(entry.get("credentials"), "credentials"),
        workbook,
        calendar_id(entry["calendar_id"], "calendar_id") if "calendar_id" in entry else None,
    )


GSHEETS = "connections.gsheets"
KEY_FILE = Setting(GSHEETS, "key_file", "path", other_variable="CWAC_SERVICE_ACCOUNT")
KEYS = ("credentials", "impersonate", "api_endpoint", "web_endpoint")
"""The keys beside `spreadsheet` and `key_file`."""
TABLE = tuple(Setting(GSHEETS, key, "text") for key in KEYS)
GOOGLE_KEYS = (
    "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
    "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
)  # fmt: skip

SECONDS_BY_LINK = 300.0
"""Between two looks at a sheet by its link, at least: an export costs Google far more than a call of its API."""
NAMES_ARE_PUBLIC = (
    "Anybody who has the link of the sheet sees the officers' names in it: it is read by its link, without signing in."
)
"""What coordinators and liaisons are told on every page, and the operator by the log and `cwac doctor`."""

_OF_A_KEY = ("private_key", "client_email", "private_key_id")
_MOST = 200_000
"""Bytes of a key file that are read: one has about 2,400."""
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,100}@[A-Za-z0-9.-]{1,150}\.gserviceaccount\.com")


def refuse_trouble(gsheets: Mapping[str, Any], key_file: Path | None, counties: Iterable[County]) -> None:
    """Refuse a key or an account to act as that contradicts the credentials, by its name. Raises `SettingsError`."""
    general = gsheets.get("credentials", "key")
    used = {county.credentials or general for county in counties if county.workbook is None} or {general}
    if not {general, *used} <= {"key", "default", "none"}:
        of_link = '"none" (a sheet that anybody with the link may see)'
        right = f'must be "default" (Application Default Credentials) or {of_link}'
        raise SettingsError(f"credentials in [{GSHEETS}]", right, "without it, the service account's key is used.")
    key = "key_file" if key_file else next((name for name in _OF_A_KEY if gsheets.get(name)), None)
    if key is not None and "key" not in used:
        remedy = "delete one of them. (The key may come from CWAC_SERVICE_ACCOUNT.)"
        raise SettingsError(f'credentials = "{general}" in [{GSHEETS}]', f"uses no key, and {key} is there too", remedy)
    account = gsheets.get("impersonate")
    place = f"impersonate in [{GSHEETS}]"
    if account is not None and "default" not in used:
        raise SettingsError(place, 'works only with credentials = "default"', "write both, or delete it.")
    if account is not None and not _ACCOUNT.fullmatch(str(account)):
        raise SettingsError(place, "must be a service account, such as coffee@my-project.iam.gserviceaccount.com")


def read_key(path: Path, named_in: str) -> Mapping[str, Any]:
    """The content of Google's key file. Raises `SettingsError`, which never quotes it; `named_in` names the file."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_MOST))
    except OSError as error:
        place = f"The service account's key file {path}"
        raise SettingsError(place, f"cannot be read ({error.strerror})", f"check {named_in}.") from None
    except (ValueError, RecursionError):
        content = None
    key: dict[str, Any] = content if isinstance(content, dict) else {}
    if key.get("type", "service_account") != "service_account" or not key.keys() & set(_OF_A_KEY):
        make_one = "in Google Cloud open IAM & Admin, Service Accounts, the account, Keys, and add a key of type JSON."
        raise SettingsError(str(path), "is not a service account's key file as Google made it", make_one)
    return key
