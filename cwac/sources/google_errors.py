"""The service account's key, and each failure of Google's as a cause and a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from google.oauth2.service_account import Credentials

from cwac.model import SourceUnavailable
from cwac.settings import is_encrypted_or_local
from cwac.sources.google_session import RefusedByGoogle
from cwac.sources.http_trouble import by, explain_by_table, one_word

TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
ENABLE = "https://console.cloud.google.com/apis/library/sheets.googleapis.com"
OPERATOR = "Whoever runs this program"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"


class SheetAccount(Protocol):
    """Who reads the sheet, as messages name them, and the words and names that `refusals.toml` has for it."""

    key_name: str

    @property
    def email(self) -> str: ...
    @property
    def enable_link(self) -> str: ...
    @property
    def names(self) -> Mapping[str, str]: ...
    def words(self, refusal: RefusedByGoogle) -> Iterable[str]: ...


class Account:
    """The service account: its credentials, and the parts of it that a message may show. Never its secret."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self._key = key
        email, number = str(key.get("client_email", "")).strip(), str(key.get("private_key_id", "")).strip()
        self.email = email if re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else "the service account"
        self.key_name = f"key {number}" if re.fullmatch(r"[0-9a-f]{8,40}", number) else "key"
        project = str(key.get("project_id", "")).strip()
        self.enable_link = f"{ENABLE}?project={project}" if re.fullmatch(r"[a-z0-9.:-]{4,60}", project) else ENABLE

    @property
    def names(self) -> Mapping[str, str]:
        return {}

    def words(self, _: RefusedByGoogle) -> Iterable[str]:
        return ()

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
        copy = f"copy all of Google's key file, as it was downloaded, into [connections.gsheets].{more}"
        found = f"The service account's {self.key_name} in the settings {fault}."
        return SourceUnavailable("bad-key", found, [by(OPERATOR, copy)])


_WITHOUT_A_KEY = (
    ' Or read the sheet without one: with credentials = "default" there the machine\'s own account reads it, and with '
    '"none" a sheet that anybody with the link may see is read, to try it.'
)


def is_safe_address(typed: object) -> bool:
    """Whether keys and tokens may be sent there: it is https, or http on this machine."""
    return isinstance(typed, str) and is_encrypted_or_local(typed)


def refuse_unsafe(setting: str, address: object, right: str) -> None:
    """Raise `SourceUnavailable` for an address of Google's in the settings to which nothing may be sent."""
    if not is_safe_address(address):
        found = f"The {setting} in the settings does not begin with https://."
        remedy = f"take it out of [connections.gsheets], or write one such as {right}."
        raise SourceUnavailable("bad-address", found, [by(OPERATOR, remedy)])


def explain(refusal: RefusedByGoogle, account: SheetAccount) -> SourceUnavailable:
    """A refusal as a sentence, with a remedy."""
    link, error = str(refusal.metadata.get("activationUrl", "")), str(refusal.content.get("error", ""))
    is_link = re.fullmatch(r"https://console\.[a-z.]*google\.com/[\w./?=&-]+", link)
    names = {
        "status": refusal.status,
        "account": account.email,
        "key": account.key_name,
        "enable": link if is_link else account.enable_link,
        "reason": one_word(refusal.reasons),
        "error": one_word([error]),
        **account.names,
    }
    words = {*_words(refusal, error), *account.words(refusal)}
    return explain_by_table("google", words, names, refusal.headers.get("Retry-After"))


def _words(refusal: RefusedByGoogle, error: str) -> set[str]:
    """The words of `refusals.toml`: the status, the reasons, and in parentheses what else tells refusals apart."""
    status, redirected = refusal.status, 300 <= refusal.status < 400
    described = str(refusal.content.get("error_description", ""))
    marks = {
        "(fault)": status >= 500 or status == 408,
        "(page)": not refusal.content and not redirected,
        "(redirect)": redirected,
        "(sign-in)": refusal.token,
        "(clock)": "short-lived" in described or "iat and exp" in described,
        "(renaming)": refusal.no_such_range,
        "(unnamed)": not refusal.reasons or refusal.message == "The caller does not have permission",
    }
    return {str(status), error, str(refusal.error.get("status")), *refusal.reasons, *filter(marks.get, marks)}
