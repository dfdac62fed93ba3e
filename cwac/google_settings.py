"""How Google's sheets are read: with a key, with Application Default Credentials, or with nothing but their link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cwac.setting_values import County, Setting, SettingsError

GSHEETS = "connections.gsheets"
CREDENTIALS = ("key", "default", "none")
TABLE = (
    Setting(GSHEETS, "credentials", "text"),
    Setting(GSHEETS, "impersonate", "text"),
    Setting(GSHEETS, "api_endpoint", "text"),
    Setting(GSHEETS, "web_endpoint", "text"),
)
"""The keys beside `spreadsheet`, for `settings.TABLE`."""
KEYS = tuple(setting.key for setting in TABLE)

SECONDS_BY_LINK = 300.0
"""Between two looks at a sheet by its link, at least: an export costs Google far more than a call of its API."""
NAMES_ARE_PUBLIC = (
    "Anybody who has the link of the sheet sees the officers' names in it: it is read by its link, without signing in."
)
"""What coordinators and liaisons are told on every page, and the operator by the log and `cwac doctor`."""

_OF_A_KEY = ("private_key", "client_email", "private_key_id")
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,100}@[A-Za-z0-9.-]{1,150}\.gserviceaccount\.com")


def checked_credentials(typed: object) -> str:
    """One of `CREDENTIALS`. Raises `SettingsError`."""
    if typed not in CREDENTIALS:
        raise SettingsError(
            f'credentials in [{GSHEETS}] must be "default" (Application Default Credentials) or "none" (a sheet that '
            "anybody with the link may see); without it, the service account's key is used."
        )
    return str(typed)


def refuse_trouble(gsheets: Mapping[str, Any], key_file: str | None, counties: Iterable[County]) -> None:
    """Refuse a key or an account to act as that contradicts the credentials, by its name. Raises `SettingsError`."""
    general = checked_credentials(gsheets.get("credentials", "key"))
    used = {checked_credentials(county.credentials or general) for county in counties if county.workbook is None} or {
        general
    }
    key = "key_file" if key_file else next((name for name in _OF_A_KEY if gsheets.get(name)), None)
    if key is not None and "key" not in used:
        raise SettingsError(
            f'credentials = "{general}" in [{GSHEETS}] uses no key, and {key} is there too: delete one of them. (The '
            "key may come from CWAC_SERVICE_ACCOUNT.)"
        )
    account = gsheets.get("impersonate")
    if account is not None and "default" not in used:
        raise SettingsError(
            f'impersonate in [{GSHEETS}] works only with credentials = "default": write both, or delete it.'
        )
    if account is not None and not _ACCOUNT.fullmatch(str(account)):
        raise SettingsError(
            f"impersonate in [{GSHEETS}] must be a service account, such as coffee@my-project.iam.gserviceaccount.com."
        )
