"""How Google's sheets are read: with a key, with Application Default Credentials, or with nothing but their link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cwac.settings.counties import County
from cwac.settings.errors import SettingsError
from cwac.settings.values import Setting

GSHEETS = "connections.gsheets"
CREDENTIALS = ("key", "default", "none")
KEY_FILE = Setting(GSHEETS, "key_file", "path", other_variable="CWAC_SERVICE_ACCOUNT")
KEYS = ("credentials", "impersonate", "api_endpoint", "web_endpoint")
"""The keys beside `spreadsheet` and `key_file`."""
TABLE = tuple(Setting(GSHEETS, key, "text") for key in KEYS)
GOOGLE_KEYS = (
    "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
    "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
)  # fmt: skip
"""The lines of Google's key file."""

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
    if not {general, *used} <= set(CREDENTIALS):
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
