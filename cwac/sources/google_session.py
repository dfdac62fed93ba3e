"""Sessions for Google: a key or this machine's credentials, and each refusal as a cause and a remedy."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import google.auth
import gspread
import orjson
import requests
from google.auth import compute_engine, environment_vars, external_account, impersonated_credentials
from google.auth import credentials as any_credentials
from google.auth import exceptions as auth_errors
from google.auth.transport.requests import Request
from google.oauth2 import credentials as of_a_person
from google.oauth2 import service_account
from google.oauth2.service_account import Credentials
from gspread.urls import SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_URL

from cwac.model import SourceUnavailable
from cwac.settings import is_encrypted_or_local
from cwac.sources.http_calls import OPERATOR, Calls, RefusedCall, TooLate, by, explain_by_table, json_part, one_word
from cwac.sources.quota import Quota

API = "https://sheets.googleapis.com"


class RefusedByGoogle(RefusedCall):
    """A refusal of the API or, if `token`, of a `step` of the sign-in."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, *, token: bool = False, step: str = ""
    ) -> None:
        super().__init__(status, headers, body)
        self.token, self.step = token, step
        listed = [self.error.get(name) for name in ("details", "errors")]
        details = [detail for part in listed if isinstance(part, list) for detail in part if isinstance(detail, dict)]
        self.reasons = {reason for detail in details if isinstance(reason := detail.get("reason"), str)}
        self.metadata = {
            name: value
            for detail in details
            if isinstance(metadata := detail.get("metadata"), dict)
            for name, value in metadata.items()
        }

    @property
    def no_such_range(self) -> bool:
        return self.status == 400 and self.message.startswith("Unable to parse range")


class Client(gspread.HTTPClient):
    """gspread's client with another endpoint, one deadline for all calls of a fetch, and a faster JSON parser."""

    def __init__(self, session: requests.Session, calls: Calls, quota: Quota, endpoint: str) -> None:
        super().__init__(None, session)  # type: ignore[arg-type]
        self._calls, self._quota, self._endpoint = calls, quota, endpoint

    def request(self, method: str, endpoint: str, *_: Any, **asked: Any) -> requests.Response:
        """Send a request, within the deadline. Raises `TooLate`, `RefusedByGoogle` or a network error."""
        url = endpoint.replace(API, self._endpoint, 1)
        if (turn := self._quota.wait()) > 0:
            self._calls.pause(turn)  # our own wait does not count against Google
        response = self._calls.within(lambda waits: self.session.request(method, url, timeout=waits, **asked))
        if not response.ok or response.is_redirect:
            raise RefusedByGoogle(response.status_code, response.headers, response.content)
        return response

    def fetch_sheet_metadata(self, id: str, params: Any = None) -> Any:
        return orjson.loads(self.request("get", SPREADSHEET_URL % id, params=params).content)

    def values_batch_get(self, id: str, ranges: list[str], params: Any = None) -> Any:
        return self.request("get", SPREADSHEET_VALUES_BATCH_URL % id, params=params | {"ranges": ranges}).content


class SignInRequest(Request):
    """Sends each request of google-auth's once (it would try three times) and keeps the content of a refusal.

    `with_key`: every request is for an access token, whose answer is checked. Otherwise the requests of some providers
    look the same and are answered with plain text.
    """

    def __init__(self, session: requests.Session, *, with_key: bool) -> None:
        super().__init__(session)
        self._with_key = with_key

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        response = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if response.status != 200:
            path = urlsplit(str(kwargs.get("url") or (args[0] if args else ""))).path
            step = next((step for step, pattern in _STEPS.items() if re.search(pattern, path)), "provider")
            raise RefusedByGoogle(response.status, response.headers, response.data, token=True, step=step)
        if self._with_key:
            content = orjson.loads(response.data)
            json_part(content, "access_token", str)
            json_part(content, "expires_in", int)
        return response


_STEPS = {
    "metadata": r"^/computeMetadata/",
    "impersonation": ":generateAccessToken$",
    "exchange": "^/v1/token$",
    "token": "^/token$",
}
"""The steps of the sign-in by the path of their request."""


TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
ENABLE = "https://console.cloud.google.com/apis/library/sheets.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"


class Account:
    """The service account: its credentials, and the parts of it that a message may show. Never its secret."""

    found = None
    """Nothing is looked for, as the settings hold the key."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self._key = key
        email, number = str(key.get("client_email", "")).strip(), str(key.get("private_key_id", "")).strip()
        self.email = email if re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else "the service account"
        project = str(key.get("project_id", "")).strip()
        self.names = {
            "account": self.email,
            "key": f"key {number}" if re.fullmatch(r"[0-9a-f]{8,40}", number) else "key",
            "enable": f"{ENABLE}?project={project}" if re.fullmatch(r"[a-z0-9.:-]{4,60}", project) else ENABLE,
        }

    def words(self, _: RefusedByGoogle) -> Iterable[str]:
        return ()

    def credentials(self, *_: object) -> Credentials:
        """Raises `SourceUnavailable` with cause `bad-key`."""
        if self._key.get("type", "service_account") != "service_account":
            raise self._bad_key("is of another kind")
        key = {"token_uri": TOKEN_URI, "client_email": "", "private_key": ""} | dict(self._key)
        if missing := [name for name in ("client_email", "private_key") if not (key[name] and type(key[name]) is str)]:
            more = _WITHOUT_A_KEY if len(missing) == 2 else ""
            raise self._bad_key(f"is missing its {' and its '.join(missing)}", more)
        if not (isinstance(key["token_uri"], str) and is_encrypted_or_local(key["token_uri"])):
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
        found = f"The service account's {self.names['key']} in the settings {fault}."
        return SourceUnavailable("bad-key", found, [by(OPERATOR, copy)])


_WITHOUT_A_KEY = (
    ' Or read the sheet without one: with credentials = "default" there the machine\'s own account reads it, and with '
    '"none" a sheet that anybody with the link may see is read, to try it.'
)


def refuse_unsafe(setting: str, address: object, right: str) -> None:
    """Raise `SourceUnavailable` for an address of Google's in the settings to which nothing may be sent."""
    if not (isinstance(address, str) and is_encrypted_or_local(address)):
        found = f"The {setting} in the settings does not begin with https://."
        remedy = f"take it out of [connections.gsheets], or write one such as {right}."
        raise SourceUnavailable("bad-address", found, [by(OPERATOR, remedy)])


def explain(refusal: RefusedByGoogle, account: Account | DefaultAccount) -> SourceUnavailable:
    """A refusal as a sentence, with a remedy."""
    status, redirected = refusal.status, 300 <= refusal.status < 400
    link, error = str(refusal.metadata.get("activationUrl", "")), str(refusal.content.get("error", ""))
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
    codes = [str(status), error, str(refusal.error.get("status")), *refusal.reasons]
    names = {
        "status": status,
        "reason": one_word(refusal.reasons),
        "error": one_word([error]),
        **account.names,
        **({"enable": link} if _ENABLING.fullmatch(link) else {}),
    }
    words = [*codes, *filter(marks.get, marks), *account.words(refusal)]
    return explain_by_table("google", words, names, refusal.headers.get("Retry-After"))


def network_error(error: BaseException) -> Exception | None:
    """The network's error that a failed sign-in was caused by, if any."""
    cause = error.__cause__ or (error.args[0] if error.args else None)
    if isinstance(cause, auth_errors.TransportError):
        return network_error(cause)
    if isinstance(cause, OSError):
        return cause
    return OSError() if isinstance(error, auth_errors.TransportError) else None


_ENABLING = re.compile(r"https://console\.[a-z.]*google\.com/[\w./?=&-]+")

FINDING = 20.0
"""Seconds within which the credentials must be found: a machine at Google answers within one."""

_KINDS: tuple[tuple[type, str, str], ...] = (
    (compute_engine.Credentials, "machine", "the service account attached to this machine"),
    (service_account.Credentials, "key", "a service account's key file"),
    (impersonated_credentials.Credentials, "impersonated", "an impersonated service account"),
    (external_account.Credentials, "federation", "Workload Identity Federation"),
    (of_a_person.Credentials, "person", "a person's sign-in with gcloud"),
    (object, "other", "credentials of another kind"),
)
"""The kinds of credentials: their class, their name in `refusals.toml`, and what people call them."""


_UNKNOWN = "ACCOUNT"


class DefaultAccount:
    """The account that this machine signs in as. `target` is the service account to impersonate, if any."""

    def __init__(self, target: str | None = None) -> None:
        self._target = target
        self._made: Any = None
        self.kind, self._words = "", ""
        """Empty until the credentials are found."""

    @property
    def names(self) -> dict[str, str]:
        """What the texts of `refusals.toml` have in braces. A machine's address is known after its first token."""
        email = str(self._target or getattr(self._made, "service_account_email", ""))
        address = email if re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else ""
        somebody = "the person who signed in with gcloud" if self.kind == "person" else "this machine's service account"
        project = re.search(r"@([a-z0-9-]{4,60})\.iam\.gserviceaccount\.com$", address)
        return {
            "account": address or somebody,
            "key": "credentials",
            "enable": f"{ENABLE}?project={project[1]}" if project else ENABLE,
            "address": address or _UNKNOWN,
            "role": "workloadIdentityUser" if self.kind == "federation" else "serviceAccountTokenCreator",
        }

    @property
    def found(self) -> str | None:
        """What was found, as a sentence; None before that."""
        if not self.kind:
            return None
        as_another = f", impersonating {self._target}" if self._target and self.kind != "impersonated" else ""
        kind = f"Application Default Credentials are {self._words}{as_another}."
        return f"{kind} The sheet must be shared with {self.names['account']}."

    def words(self, refusal: RefusedByGoogle) -> Iterable[str]:
        """The words of `refusals.toml`: the step of the sign-in that was refused, or the kind of the credentials."""
        if refusal.token:
            is_as_with_a_key = refusal.step == "token" and self.kind == "key"
            marks = {f"(at-{refusal.step})": not is_as_with_a_key, "(impersonating)": self._target is not None}
        else:
            is_for_a_project = "requires a quota project" in refusal.message
            marks = {"(default)": True, f"({self.kind})": True, "(quota-project)": is_for_a_project,
                     "(no-address)": self.names["address"] == _UNKNOWN}  # fmt: skip
        return filter(marks.get, marks)

    def credentials(self, session: requests.Session, calls: Calls) -> Any:
        """The credentials. Raises `SourceUnavailable` if there are none, or they are not found in time."""
        try:
            return calls.within(lambda _: self._find(session), FINDING)
        except TooLate:
            raise trouble("none-found", " They were looked for in vain for too long.") from None

    def _find(self, session: requests.Session) -> Any:
        """The credentials, with the read-only scope alone."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about quota projects, of which a refusal says more
                # Without scopes: with them google-auth would ask another service for the project's name.
                credentials, _project = google.auth.default(request=Request(session))
        except (auth_errors.DefaultCredentialsError, auth_errors.MalformedError, ValueError, KeyError):
            named = os.environ.get(environment_vars.CREDENTIALS, "")
            fault = "no credentials file" if os.path.isfile(named) else "not there"
            of_file = f" {environment_vars.CREDENTIALS} names {named}, which is {fault}."
            raise trouble("none-found", of_file if named else "") from None
        except OSError as error:
            raise trouble("none-found", f" A file of theirs cannot be read ({error.strerror}).") from None
        self.kind, self._words = next(
            (kind, words) for made_by, kind, words in _KINDS if isinstance(credentials, made_by)
        )
        if isinstance(credentials, compute_engine.Credentials):
            # else it is asked for, without our deadline
            credentials = credentials.with_universe_domain("googleapis.com")
        if self._target is not None:
            self._made = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
                source_credentials=credentials, target_principal=self._target, target_scopes=[SCOPE]
            )
        elif isinstance(credentials, of_a_person.Credentials):
            # Without the access token that the file may hold, which may open more than the sheet.
            self._made = of_a_person.Credentials(  # type: ignore[no-untyped-call]
                None,
                refresh_token=credentials.refresh_token,
                token_uri=credentials.token_uri,
                client_id=credentials.client_id,
                client_secret=credentials.client_secret,
                scopes=[SCOPE],
                quota_project_id=credentials.quota_project_id,
            )
        else:
            self._made = any_credentials.with_scopes_if_required(  # type: ignore[no-untyped-call]
                credentials, [SCOPE]
            )
        return self._made


def trouble(what: str, detail: str) -> SourceUnavailable:
    """A sign-in that fails on this machine, without an answer of Google's: `none-found`, or `failed-here`."""
    return explain_by_table("google", [f"({what})"], {"detail": detail})
