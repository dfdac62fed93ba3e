"""Application Default Credentials on loopback: the metadata server, STS, IAM Credentials and the OAuth token endpoint.

Written from Google's published pages and its API descriptions (`sts.v1.json`, `iamcredentials.v1.json`, as shipped in
google-api-python-client); the page stands beside each answer. "Recorded" marks what no page spells out. What
google-auth alone decides of a request is not looked at.
Cited, but not at hand when this was written: the pages on Compute Engine's metadata server and default scopes.

    with SheetsServer("plan.xlsx") as sheets, GoogleAuthServer(sheets) as google:
        google.machine.scopes.add(SHEETS)               # a virtual machine; its tokens are good at `sheets`
        google.machine.kind = "cloud-run"               # where the caller chooses the scopes
        google.external_account(token_file=path)        # the files that GOOGLE_APPLICATION_CREDENTIALS names …
        google.external_account(); google.authorized_user(); google.impersonated()
        google.may_impersonate = False                  # also: user.granted, user.revoked, pool_exists, …
        google.fail("503", on="sts"); google.session()  # a session that reaches it at Google's real addresses
        google.environment                              # GCE_METADATA_HOST and so on, read when google-auth is imported
"""

import datetime as dt
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import requests

from tests.server.answers import REFUSALS, Answer, api_disabled, as_json, error, info, page, token_refused
from tests.server.listener import Incoming, Rerouted, StandIn
from tests.server.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL, parts_of, signed

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
SHEETS = "https://www.googleapis.com/auth/spreadsheets.readonly"
# Two of https://cloud.google.com/compute/docs/access/service-accounts#default_scopes ; all are as narrow.
DEFAULT_SCOPES = {f"https://www.googleapis.com/auth/{name}" for name in ("devstorage.read_only", "logging.write")}
PROVIDER = "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/county/providers/azure"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@dataclass
class Machine:
    """The computer that the metadata server describes, and the service account attached to it."""

    email: str | None = CLIENT_EMAIL
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    kind: Literal["compute", "cloud-run"] = "compute"


@dataclass
class User:
    """The person who ran `gcloud auth application-default login`."""

    client_id: str = "764086051850.apps.googleusercontent.com"
    client_secret: str = "d-FL95Q19q7MQmFpd7hHD0Ty"
    refresh_token: str = "1//stand-in-refresh-token"
    granted: set[str] = field(default_factory=lambda: {PLATFORM, SHEETS})
    revoked: bool = False
    must_sign_in_again: bool = False


class GoogleAuthServer(StandIn):
    """See the module. Tokens that Sheets accepts are made known to `sheets`; federated ones are not accepted there."""

    def __init__(self, sheets: SheetsServer, certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.sheets = sheets
        self.machine = Machine()
        self.user = User()
        self.target = CLIENT_EMAIL
        """The service account to impersonate."""
        self.may_impersonate = True
        self.iam_enabled = True
        self.pool_exists = True
        self.condition_met = True
        self.lifetime = 3599
        self.given: dict[str, set[str]] = {}
        """The scopes of each access token given."""

    # --- how to reach it ---------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """google-auth reads these when its module is imported."""
        host = self.address().removeprefix("http://")
        return {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}

    def session(self) -> requests.Session:
        names = ("sts", "iamcredentials", "oauth2", "cloudresourcemanager")
        return Rerouted([f"https://{name}.googleapis.com" for name in names], self.address())

    def subject_token(self, minutes: int = 10) -> str:
        """A token of the other identity provider, as it would put into a file or answer at an address."""
        now = int(self.now)
        issuer = {"iss": "https://issuer.example", "aud": f"https:{PROVIDER}", "sub": "county-server"}
        return signed({**issuer, "iat": now, "exp": now + minutes * 60})

    def external_account(self, token_file: Path | None = None, *, impersonate: bool = True) -> dict[str, Any]:
        """https://google.aip.dev/auth/4117 and
        https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
        """
        here = self.address()
        source: dict[str, Any] = {"file": str(token_file)}
        if token_file is None:
            format_of = {"type": "json", "subject_token_field_name": "id_token"}
            source = {"url": f"{here}/subject-token", "headers": {"Metadata": "True"}, "format": format_of}
        return {
            "type": "external_account",
            "audience": PROVIDER,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{here}/v1/token",
            "credential_source": source,
            "universe_domain": "googleapis.com",
        } | ({"service_account_impersonation_url": self._impersonation_url(here)} if impersonate else {})

    def authorized_user(self) -> dict[str, str]:
        """https://google.aip.dev/auth/4113 ; google-auth always uses oauth2.googleapis.com: see `session()`."""
        return {
            "type": "authorized_user",
            "client_id": self.user.client_id,
            "client_secret": self.user.client_secret,
            "refresh_token": self.user.refresh_token,
            "universe_domain": "googleapis.com",
        }

    def impersonated(self) -> dict[str, Any]:
        """What `gcloud auth application-default login --impersonate-service-account` writes:
        https://cloud.google.com/docs/authentication/use-service-account-impersonation#adc
        """
        return {
            "type": "impersonated_service_account",
            "delegates": [],
            "service_account_impersonation_url": self._impersonation_url("https://iamcredentials.googleapis.com"),
            "source_credentials": self.authorized_user(),
        }

    def _impersonation_url(self, base: str) -> str:
        return f"{base}/v1/projects/-/serviceAccounts/{self.target}:generateAccessToken"

    # --- answers -----------------------------------------------------------------------------------------------

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        path = incoming.path
        if path == "/" or path.startswith("/computeMetadata/"):
            # https://cloud.google.com/compute/docs/metadata/querying-metadata
            flavor = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
            told = self._metadata(incoming)
            return "metadata", replace(told, headers=told.headers | flavor)
        if path == "/v1/token" and incoming.method == "POST":
            return "sts", self._exchange(incoming.form)
        if path == "/token" and incoming.method == "POST":
            return "refresh", self._refresh(incoming.form)
        if path == "/subject-token":
            return "subject", as_json(200, {"id_token": self.subject_token()})
        if path.startswith("/v1/projects/") and incoming.method == "GET":
            # google.auth.default() asks for the project's name where GOOGLE_CLOUD_PROJECT is not set:
            # https://cloud.google.com/resource-manager/reference/rest/v1/projects/get
            return "project", as_json(200, {"projectNumber": path.rpartition("/")[2], "projectId": "test-project"})
        named = re.fullmatch(r"/v1/projects/-/serviceAccounts/([^/]+):generateAccessToken", path)
        if named and incoming.method == "POST":
            return "impersonate", self._impersonate(incoming, named[1])
        return "other", page(404)

    def _give(self, scopes: set[str], *, at_sheets: bool = True) -> str:
        token = "ya29." + secrets.token_urlsafe(32)
        self.given[token] = set(scopes)
        if at_sheets:
            self.sheets.tokens.given[token] = (self.sheets.now + self.lifetime, frozenset(scopes))
        return token

    def _metadata(self, incoming: Incoming) -> Answer:
        """https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys"""
        key = incoming.path.removeprefix("/computeMetadata/v1").strip("/")
        email, scopes = self.machine.email, sorted(self.machine.scopes)
        texts = {
            "": "computeMetadata/\n",
            "project/project-id": "test-project",
            "universe/universe-domain": "googleapis.com",
        }
        if email is not None:
            key = key.replace(f"service-accounts/{email}", "service-accounts/default")
            if key == "instance/service-accounts/default":
                return as_json(200, {"aliases": ["default"], "email": email, "scopes": scopes})
            if key == "instance/service-accounts/default/token":
                return self._machine_token(incoming.query.get("scopes", ""))
            texts["instance/service-accounts/default/email"] = email
            texts["instance/service-accounts/default/scopes"] = "\n".join([*scopes, ""])
        return Answer(200, texts[key].encode(), {"Content-Type": "application/text"}) if key in texts else page(404)

    def _machine_token(self, asked: str) -> Answer:
        """A virtual machine's own scopes limit every token:
        https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam

        Elsewhere `?scopes=` chooses them, else it is cloud-platform alone:
        https://cloud.google.com/anthos/run/docs/securing/service-identity . That `?scopes=` does nothing on a virtual
        machine is recorded: google-auth-library-python#333.
        """
        chosen = set(filter(None, asked.split(","))) or {PLATFORM}
        return self._bearer(self._give(chosen if self.machine.kind == "cloud-run" else self.machine.scopes))

    def _bearer(self, token: str, **more: str) -> Answer:
        return as_json(200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer", **more})

    def _exchange(self, form: Mapping[str, str]) -> Answer:
        """https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token

        Texts and codes of the refusals are recorded: google-github-actions/auth#211, #161, #334, #326.
        """
        if not form.get("scope"):
            return token_refused("invalid_request", "Invalid audience, scope or type of a token")
        if not self.pool_exists:
            return token_refused(
                "invalid_target",
                'The target service indicated by the "audience" parameters is invalid. This might either be because '
                "the pool or provider is disabled or deleted or because it doesn't exist.",
            )
        _, claims, _, _ = parts_of(form["subject_token"])
        if claims["exp"] <= self.now:
            return token_refused("invalid_grant", f"ID Token issued at {claims['iat']} is stale to sign-in.")
        if not self.condition_met:
            return token_refused("unauthorized_client", "The given credential is rejected by the attribute condition.")
        # https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation : a federated token may be
        # refused with 401 where a service account's is accepted; the Sheets stand-in refuses it.
        return self._bearer(self._give(set(form["scope"].split()), at_sheets=False), issued_token_type=ACCESS_TOKEN)

    def _impersonate(self, incoming: Incoming, account: str) -> Answer:
        """https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken"""
        if incoming.bearer not in self.given:
            return REFUSALS["unauthorized"]
        if not self.given[incoming.bearer] & {PLATFORM, "https://www.googleapis.com/auth/iam"}:
            return REFUSALS["scopes"]
        if not self.iam_enabled:
            return api_disabled("IAM Service Account Credentials API", "iamcredentials.googleapis.com")
        if not self.may_impersonate or account != self.target:
            # https://cloud.google.com/iam/docs/service-account-impersonation names the role; body recorded:
            # https://github.com/google-github-actions/auth/issues/340
            detail = info(
                "IAM_PERMISSION_DENIED", "iam.googleapis.com", permission="iam.serviceAccounts.getAccessToken"
            )
            text = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            return error(403, "PERMISSION_DENIED", text, detail)
        scopes = set(json.loads(incoming.body or b"{}").get("scope", []))
        if not scopes:
            return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        expires = dt.datetime.fromtimestamp(self.now + self.lifetime, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return as_json(200, {"accessToken": self._give(scopes), "expireTime": expires})

    def _refresh(self, form: Mapping[str, str]) -> Answer:
        """https://developers.google.com/identity/protocols/oauth2/web-server#offline"""
        user = self.user
        if (form.get("client_id"), form.get("client_secret")) != (user.client_id, user.client_secret):
            return token_refused("invalid_client", "The OAuth client was not found.", 401)
        if user.revoked or form.get("refresh_token") != user.refresh_token:
            # Recorded: googleworkspace/python-samples#1644
            return token_refused("invalid_grant", "Token has been expired or revoked.")
        if user.must_sign_in_again:
            uri = "https://support.google.com/a/answer/9368756"
            refused = "reauth related error (invalid_rapt)"
            return token_refused("invalid_grant", refused, error_uri=uri, error_subtype="invalid_rapt")
        asked = set(form.get("scope", "").split())
        if not asked <= user.granted:
            return token_refused("invalid_scope", "Bad Request")  # recorded
        scopes = asked or user.granted
        return self._bearer(self._give(scopes), scope=" ".join(sorted(scopes)))
