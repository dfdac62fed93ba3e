"""The service account's key, and each failure of Google's as a cause and a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from google.auth import exceptions as auth_errors
from google.oauth2.service_account import Credentials

from cwac.model import SourceUnavailable
from cwac.settings import is_encrypted_or_local
from cwac.sources import http_trouble
from cwac.sources.google_session import RefusedByGoogle
from cwac.sources.http_trouble import is_cut_off, seconds_of, why_unreachable

TOKEN_URI = "https://oauth2.googleapis.com/token"
ENABLE = "https://console.cloud.google.com/apis/library/sheets.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"


class SheetAccount(Protocol):
    """Who reads the sheet, as messages name them."""

    @property
    def email(self) -> str: ...
    @property
    def key_name(self) -> str: ...
    @property
    def enable_link(self) -> str: ...


class Account:
    """The service account: its credentials, and the parts of it that a message may show. Never its secret."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self._key = key
        email, number = str(key.get("client_email", "")).strip(), str(key.get("private_key_id", "")).strip()
        self.email = email if re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else "the service account"
        self.key_name = f"key {number}" if re.fullmatch(r"[0-9a-f]{8,40}", number) else "key"
        project = str(key.get("project_id", "")).strip()
        self.enable_link = f"{ENABLE}?project={project}" if re.fullmatch(r"[a-z0-9.:-]{4,60}", project) else ENABLE

    def credentials(self) -> Credentials:
        """Raises `SourceUnavailable` with cause `bad-key`."""
        if self._key.get("type", "service_account") != "service_account":
            raise self._bad_key("is of another kind")
        key = {"token_uri": TOKEN_URI} | dict(self._key)
        missing = [
            name for name in ("client_email", "private_key") if not isinstance(key.get(name), str) or not key[name]
        ]
        if missing:
            raise self._bad_key(
                f"is missing its {' and its '.join(missing)}", _WITHOUT_A_KEY if len(missing) == 2 else ""
            )
        if not is_safe_address(key["token_uri"]):
            raise self._bad_key("has a token_uri that does not begin with https://")
        # Line breaks are often lost when the key is copied from Google's file into a setting.
        key["private_key"] = key["private_key"].replace("\\n", "\n")
        try:
            made: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                key, scopes=[SCOPE]
            )
        except Exception:
            # The message of any exception here could quote the key.
            raise self._bad_key("is damaged") from None
        return made

    def _bad_key(self, fault: str, more: str = "") -> SourceUnavailable:
        return SourceUnavailable(
            "bad-key",
            f"The service account's {self.key_name} in the settings {fault}.",
            "Whoever runs this program: copy all of Google's key file, as it was downloaded, into "
            f"[connections.gsheets].{more}",
        )


_WITHOUT_A_KEY = (
    ' Or read the sheet without one: with credentials = "default" there the machine\'s own account reads it, and with '
    '"none" a sheet that anybody with the link may see is read, to try it.'
)


def is_safe_address(typed: object) -> bool:
    """Whether keys and tokens may be sent there: it is https, or http on this machine."""
    return isinstance(typed, str) and is_encrypted_or_local(typed)


def explain(refusal: RefusedByGoogle, account: SheetAccount) -> SourceUnavailable:
    """A refusal as a sentence, with a remedy."""
    status, reasons = refusal.status, refusal.reasons
    retry_after = seconds_of(refusal.headers.get("Retry-After"))
    if status == 429 or refusal.error.get("status") == "RESOURCE_EXHAUSTED" or reasons & _RATE_LIMITS:
        return SourceUnavailable(
            "rate-limit",
            "Google says that there were too many requests.",
            "Nothing to do: the sheet is read again in a while. If this lasts, another program may be using the same "
            "service account.",
            permanent=False,
            retry_after=retry_after,
        )
    if status >= 500 or status == 408 or not (refusal.content or 300 <= status < 400):
        fault = "has a fault of its own" if status >= 500 or status == 408 else "answered with a page instead of data"
        return SourceUnavailable(
            "server-error",
            f"Google {fault} (HTTP {status}).",
            "Nothing to do: the sheet is read again in a while. If this lasts, check whether something blocks the "
            "way between "
            "this server and Google.",
            permanent=False,
            retry_after=retry_after,
        )
    if 300 <= status < 400:
        return bad_answer("was a redirect to another address; a proxy or sign-in page may be in between")
    if refusal.token:
        return _no_token(refusal, account)
    return _explain_refused_sheet(refusal, account)


def _explain_refused_sheet(refusal: RefusedByGoogle, account: SheetAccount) -> SourceUnavailable:
    status, reasons = refusal.status, refusal.reasons
    if status in {404, 410}:
        return SourceUnavailable(
            "not-found",
            "Google knows no sheet at the address in the settings.",
            "Check the link in [connections.gsheets] spreadsheet: open the sheet and copy the address from the "
            "browser. If the sheet was deleted, whoever owned it finds it in the bin of Google Drive.",
        )
    if status == 400 and refusal.error.get("status") == "FAILED_PRECONDITION":
        return SourceUnavailable(
            "not-a-google-sheet",
            "The address is that of an Excel file kept in Google Drive, not of a Google Sheet.",
            "Open it, choose File > Save as Google Sheets, share the new sheet with "
            f"{account.email}, and put its link into the settings.",
        )
    if refusal.no_such_range:
        return bad_answer("came while a tab was being renamed")
    if status == 403 and ("SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons):
        link = str(refusal.metadata.get("activationUrl", ""))
        where = link if re.fullmatch(r"https://console\.[a-z.]*google\.com/[\w./?=&-]+", link) else account.enable_link
        return SourceUnavailable(
            "api-disabled",
            "The Google Sheets API is switched off in the project of the service account.",
            f"Whoever keeps the Google Cloud project: enable the Google Sheets API at {where}. It takes some minutes.",
        )
    if status == 403 and (not reasons or refusal.message == "The caller does not have permission"):
        return SourceUnavailable(
            "not-shared",
            "The sheet is not shared with this program.",
            f"Whoever owns the sheet: open it, press Share, and add {account.email} as a Viewer.",
        )
    word = next((f", {reason}" for reason in sorted(reasons) if re.fullmatch(r"\w{1,60}", reason)), "")
    return SourceUnavailable(
        "not-allowed",
        f"Google did not allow the sheet to be read (HTTP {status}{word}).",
        f"Whoever keeps the Google Cloud project: look whether {account.email} is in good order there.",
    )


_RATE_LIMITS = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"}


def _no_token(refusal: RefusedByGoogle, account: SheetAccount) -> SourceUnavailable:
    error, description = (str(refusal.content.get(name, "")) for name in ("error", "error_description"))
    if "short-lived" in description or "iat and exp" in description:
        return SourceUnavailable(
            "clock",
            "Google refused the sign-in because the clock of this server is wrong.",
            "Whoever runs this server: set its clock, and let it follow a time server.",
        )
    if error == "invalid_grant":
        return SourceUnavailable(
            "bad-key",
            f"Google does not accept the service account's {account.key_name}.",
            "It may have been revoked. Whoever keeps the Google Cloud project: make a new key for "
            f"{account.email} and put it into [connections.gsheets].",
        )
    word = f", {error}" if re.fullmatch(r"\w{1,60}", error) else ""
    return SourceUnavailable(
        "not-allowed",
        f"Google refused the sign-in of the service account (HTTP {refusal.status}{word}).",
        f"Whoever keeps the Google Cloud project: look whether {account.email} is in good order there.",
    )


def explain_network(error: Exception) -> SourceUnavailable:
    if isinstance(error, auth_errors.TransportError):
        error = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    return bad_answer("was cut off") if is_cut_off(error) else unreachable(why_unreachable(error))


def unreachable(why: str) -> SourceUnavailable:
    return http_trouble.unreachable("Google", "sheet", why)


def bad_answer(why: str) -> SourceUnavailable:
    return http_trouble.bad_answer("Google", "sheet", why)
