"""Application Default Credentials: how this machine signs in at Google without a key."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import google.auth
import requests
from google.auth import compute_engine, environment_vars, external_account, impersonated_credentials
from google.auth import credentials as any_credentials
from google.auth import exceptions as auth_errors
from google.auth.transport.requests import Request
from google.oauth2 import credentials as of_a_person
from google.oauth2 import service_account

from cwac.model import SourceUnavailable
from cwac.sources.google_errors import ENABLE, SCOPE
from cwac.sources.google_session import RefusedByGoogle
from cwac.sources.http_trouble import explain_by_table

FINDING = 20.0
"""Seconds within which the credentials must be found: a machine at Google answers within one."""

Kind = Literal["machine", "key", "impersonated", "federation", "person", "other"]
KINDS: Mapping[Kind, str] = {
    "machine": "the service account attached to this machine",
    "key": "a service account's key file",
    "impersonated": "an impersonated service account",
    "federation": "Workload Identity Federation",
    "person": "a person's sign-in with gcloud",
    "other": "credentials of another kind",
}


class DefaultAccount:
    """The account that this machine signs in as. `target` is the service account to impersonate, if any."""

    key_name = "credentials"

    def __init__(self, target: str | None = None) -> None:
        self._target = target
        self._made: Any = None
        self.kind: Kind | None = None
        """None until the credentials are found."""

    @property
    def address(self) -> str | None:
        """The address to share the sheet with, if it is known: that of a machine only after the first access token."""
        email = self._target or getattr(self._made, "service_account_email", None)
        return email if isinstance(email, str) and re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else None

    @property
    def email(self) -> str:
        if self.address:
            return self.address
        return "the person who signed in with gcloud" if self.kind == "person" else "this machine's service account"

    @property
    def enable_link(self) -> str:
        """Where to switch on the Sheets API, in the account's own project if its address names that."""
        project = re.search(r"@([a-z0-9-]{4,60})\.iam\.gserviceaccount\.com$", self.address or "")
        return f"{ENABLE}?project={project[1]}" if project else ENABLE

    @property
    def found(self) -> str | None:
        """What was found, as a sentence; None before that."""
        if self.kind is None:
            return None
        sharing = f"The sheet must be shared with {self.email}."
        if self._target is not None and self.kind != "impersonated":
            return f"Application Default Credentials are {KINDS[self.kind]}, impersonating {self._target}. {sharing}"
        return f"Application Default Credentials are {KINDS[self.kind]}. {sharing}"

    @property
    def names(self) -> Mapping[str, str]:
        role = "workloadIdentityUser" if self.kind == "federation" else "serviceAccountTokenCreator"
        return {"address": self.address or "ACCOUNT", "role": role}

    def words(self, refusal: RefusedByGoogle) -> Iterable[str]:
        """The words of `refusals.toml`: the step of the sign-in that was refused, or the kind of the credentials."""
        if refusal.token:
            is_as_with_a_key = refusal.step == "token" and self.kind == "key"
            marks = {f"(at-{refusal.step})": not is_as_with_a_key, "(impersonating)": self._target is not None}
        else:
            is_for_a_project = "requires a quota project" in refusal.message
            marks = {"(default)": True, f"({self.kind})": True, "(quota-project)": is_for_a_project,
                     "(no-address)": self.address is None}  # fmt: skip
        return filter(marks.get, marks)

    def credentials(self, session: requests.Session) -> Any:
        """The credentials, with the read-only scope alone. Raises `SourceUnavailable` if there are none."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about quota projects, of which a refusal says more
                # Without scopes: with them google-auth would ask another service for the project's name.
                credentials, _project = google.auth.default(request=Request(session))
        except (auth_errors.DefaultCredentialsError, auth_errors.MalformedError, ValueError, KeyError):
            raise trouble("none-found", _of_the_named_file()) from None
        except OSError as error:
            raise trouble("none-found", f" A file of theirs cannot be read ({error.strerror}).") from None
        self.kind = _kind_of(credentials)
        if isinstance(credentials, compute_engine.Credentials):
            # else it is asked for, without our deadline
            credentials = credentials.with_universe_domain("googleapis.com")
        self._made = self._impersonating(credentials) if self._target is not None else _narrowed(credentials)
        return self._made

    def _impersonating(self, source: Any) -> Any:
        return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
            source_credentials=source, target_principal=self._target, target_scopes=[SCOPE]
        )


def trouble(what: str, detail: str) -> SourceUnavailable:
    """A sign-in that fails on this machine, without an answer of Google's: `none-found`, or `failed-here`."""
    return explain_by_table("google", [f"({what})"], {"detail": detail})


def _of_the_named_file() -> str:
    """What is wrong with the credentials file that the environment names, as a sentence; empty if it names none."""
    named = os.environ.get(environment_vars.CREDENTIALS)
    if not named:
        return ""
    if not os.path.isfile(named):
        return f" {environment_vars.CREDENTIALS} names {named}, which is not there."
    return f" {environment_vars.CREDENTIALS} names {named}, which is no credentials file."


def _kind_of(credentials: object) -> Kind:
    kinds: list[tuple[type, Kind]] = [
        (compute_engine.Credentials, "machine"),
        (service_account.Credentials, "key"),
        (impersonated_credentials.Credentials, "impersonated"),
        (external_account.Credentials, "federation"),
        (of_a_person.Credentials, "person"),
    ]
    return next((kind for made_by, kind in kinds if isinstance(credentials, made_by)), "other")


def _narrowed(credentials: Any) -> Any:
    """The same credentials with the read-only scope alone."""
    if isinstance(credentials, of_a_person.Credentials):
        return of_a_person.Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=credentials.refresh_token,
            token_uri=credentials.token_uri,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            scopes=[SCOPE],
            quota_project_id=credentials.quota_project_id,
        )
    return any_credentials.with_scopes_if_required(credentials, [SCOPE])  # type: ignore[no-untyped-call]


class SignInRequest(Request):
    """Sends each request of google-auth's once, and keeps the content of a refusal."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        response = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if response.status != 200:
            step = _step_of(str(kwargs.get("url") or (args[0] if args else "")))
            raise RefusedByGoogle(response.status, response.headers, response.data, token=True, step=step)
        return response


def _step_of(url: str) -> str:
    path = urlsplit(url).path
    if path.startswith("/computeMetadata/"):
        return "metadata"
    if path.endswith(":generateAccessToken"):
        return "impersonation"
    return {"/v1/token": "exchange", "/token": "token"}.get(path, "provider")
