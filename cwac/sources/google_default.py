"""Application Default Credentials: how this machine signs in at Google without a key, and what each refusal means."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping
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

CLOUD = "https://www.googleapis.com/auth/cloud-platform"
_OPERATOR = "Whoever runs this program"
_PROJECT = "Whoever keeps the Google Cloud project"
LOGIN = f"gcloud auth application-default login --client-id-file=CLIENT.json --scopes={CLOUD},{SCOPE}"
"""Google blocks gcloud's own client for Sheets: hence the file of an OAuth client of one's own."""
IMPERSONATE = 'write impersonate = "ACCOUNT" under [connections.gsheets]'


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

    def credentials(self, session: requests.Session) -> Any:
        """The credentials, with the read-only scope alone. Raises `SourceUnavailable` if there are none."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about quota projects, of which a refusal says more
                # Without scopes: with them google-auth would ask another service for the project's name.
                credentials, _project = google.auth.default(request=Request(session))
        except (auth_errors.DefaultCredentialsError, auth_errors.MalformedError, ValueError, KeyError):
            raise none_found(_of_the_named_file()) from None
        except OSError as error:
            raise none_found(f" A file of theirs cannot be read ({error.strerror}).") from None
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


# --- what each failure means -----------------------------------------------------------------------------------------


def none_found(detail: str = "") -> SourceUnavailable:
    return SourceUnavailable(
        "no-credentials",
        f"This machine has no Application Default Credentials that can be used.{detail}",
        f"{_OPERATOR}: run it on a machine with an attached service account, name the file of Workload Identity "
        "Federation in GOOGLE_APPLICATION_CREDENTIALS, or sign in with gcloud.",
    )


def sign_in_failed(error: str) -> SourceUnavailable:
    """What has no answer of Google's to explain it: a token file that is gone, a program that cannot be run."""
    return SourceUnavailable(
        "not-allowed",
        f"The sign-in with Application Default Credentials failed on this machine ({error}).",
        f"{_OPERATOR}: look at the file that GOOGLE_APPLICATION_CREDENTIALS names, and at the file or program that it "
        "takes its token from.",
    )


def explain_default(refusal: RefusedByGoogle, account: DefaultAccount) -> SourceUnavailable | None:
    """A refusal of default credentials; None if it means the same as with a key."""
    if refusal.status == 429 or refusal.status >= 500 or refusal.status == 408:
        return None
    if refusal.token:
        by_step: Mapping[str, Callable[[RefusedByGoogle, DefaultAccount], SourceUnavailable | None]] = {
            "metadata": _at_metadata,
            "impersonation": _at_impersonation,
            "exchange": _at_exchange,
            "token": _at_token,
        }
        return by_step.get(refusal.step, _at_provider)(refusal, account)
    if "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in refusal.reasons:
        return _without_sheets_scope(account)
    if "requires a quota project" in refusal.message or "USER_PROJECT_DENIED" in refusal.reasons:
        return SourceUnavailable(
            "not-allowed",
            "Google wants a project for the calls of the person who signed in with gcloud.",
            f"{_OPERATOR}: run gcloud auth application-default set-quota-project PROJECT, for a project in which the "
            "Google Sheets API is enabled and which that person may use.",
        )
    if refusal.status == 401 and account.kind == "federation" and account.address is None:
        return SourceUnavailable(
            "not-allowed",
            "Google Sheets does not accept the federated token itself (HTTP 401).",
            f"{_OPERATOR}: let it impersonate a service account: {IMPERSONATE}.",
        )
    return None


def _without_sheets_scope(account: DefaultAccount) -> SourceUnavailable:
    if account.kind == "machine":
        return SourceUnavailable(
            "scope",
            "The access scopes of this virtual machine do not include Google Sheets, whatever its account may do.",
            f"{_OPERATOR}: stop the machine, run gcloud compute instances set-service-account MACHINE "
            f"--service-account={account.address or 'ACCOUNT'} --scopes={CLOUD},{SCOPE} and start it again; or keep "
            f"the scopes, if they include cloud-platform, and {IMPERSONATE}.",
        )
    return _without_persons_scope() if account.kind == "person" else _not_in_order(account)


def _without_persons_scope() -> SourceUnavailable:
    return SourceUnavailable(
        "scope",
        "The sign-in with gcloud does not include reading Google Sheets.",
        f"{_OPERATOR}: run {LOGIN} (the file is that of an OAuth client of type Desktop in your project); or "
        f"{IMPERSONATE}, which needs no other sign-in.",
    )


def _not_in_order(account: DefaultAccount, detail: str = "") -> SourceUnavailable:
    return SourceUnavailable(
        "not-allowed",
        f"Google refused the sign-in with Application Default Credentials{detail}.",
        f"{_PROJECT}: look whether {account.email} is in good order there.",
    )


def _at_metadata(refusal: RefusedByGoogle, account: DefaultAccount) -> SourceUnavailable:
    if refusal.status == 404:
        return SourceUnavailable(
            "no-credentials",
            "This machine is at Google, but has no service account attached.",
            f"{_PROJECT}: attach one (stop the machine, gcloud compute instances set-service-account MACHINE "
            f"--service-account=ACCOUNT --scopes={CLOUD},{SCOPE}).",
        )
    return _not_in_order(account, f": the metadata server answered with HTTP {refusal.status}")


def _at_impersonation(refusal: RefusedByGoogle, account: DefaultAccount) -> SourceUnavailable:
    target = account.email
    if "SERVICE_DISABLED" in refusal.reasons or "accessNotConfigured" in refusal.reasons:
        return SourceUnavailable(
            "api-disabled",
            "The IAM Service Account Credentials API, which impersonation needs, is switched off.",
            f"{_PROJECT}: run gcloud services enable iamcredentials.googleapis.com. It takes some minutes.",
        )
    if "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in refusal.reasons:
        return SourceUnavailable(
            "scope",
            "The access scopes of this machine do not include cloud-platform, which impersonation needs.",
            f"{_OPERATOR}: stop the machine, run gcloud compute instances set-service-account MACHINE "
            f"--scopes={CLOUD} and start it again.",
        )
    if refusal.status in (403, 404):
        role = "workloadIdentityUser" if account.kind == "federation" else "serviceAccountTokenCreator"
        return SourceUnavailable(
            "not-allowed",
            f"Google does not let this machine act as {target}.",
            f"{_PROJECT}: check that the account exists, and run gcloud iam service-accounts add-iam-policy-binding "
            f"{account.address or 'ACCOUNT'} --member=WHO --role=roles/iam.{role}, where WHO is the identity that "
            "this machine has. It takes some minutes.",
        )
    return _not_in_order(account, f" as {target} (HTTP {refusal.status})")


_EXCHANGE: Mapping[str, tuple[str, str]] = {
    "invalid_grant": (
        "Google does not accept the token of the identity provider: it has expired, is damaged, or is meant for "
        "somebody else",
        "look at its audience and age, and at the clocks",
    ),
    "invalid_target": (
        "The workload identity pool or provider that the credentials file names is switched off, deleted or not there",
        "make the credentials file anew from the pool",
    ),
    "invalid_request": (
        "The credentials file does not name a workload identity provider that Google knows",
        "make the credentials file anew from the pool",
    ),
    "unauthorized_client": (
        "The attribute condition of the workload identity provider refuses this machine",
        "correct the condition, or what the identity provider says of this machine",
    ),
}


def _at_exchange(refusal: RefusedByGoogle, account: DefaultAccount) -> SourceUnavailable:
    error = str(refusal.content.get("error", ""))
    if error not in _EXCHANGE:
        return _not_in_order(account, f" (HTTP {refusal.status})")
    sentence, remedy = _EXCHANGE[error]
    return SourceUnavailable("not-allowed", f"{sentence} (sign-in: {error}).", f"{_PROJECT}: {remedy}.")


def _at_token(refusal: RefusedByGoogle, account: DefaultAccount) -> SourceUnavailable | None:
    if account.kind == "key":
        return None
    error = str(refusal.content.get("error", ""))
    if error == "invalid_scope":
        return _without_persons_scope()
    if error == "invalid_grant":
        return SourceUnavailable(
            "bad-key",
            "The sign-in with gcloud has expired or was revoked.",
            f"{_OPERATOR}: run {LOGIN if account._target is None else 'gcloud auth application-default login'} "
            "again. A server should have an attached service account instead, which does not expire.",
        )
    return _not_in_order(account, f" (HTTP {refusal.status})")


def _at_provider(refusal: RefusedByGoogle, _: DefaultAccount) -> SourceUnavailable:
    return SourceUnavailable(
        "not-allowed",
        f"The identity provider gave no token for the sign-in at Google (HTTP {refusal.status}).",
        f"{_OPERATOR}: look at credential_source in the file that GOOGLE_APPLICATION_CREDENTIALS names.",
    )
