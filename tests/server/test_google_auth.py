"""The stand-in for Application Default Credentials: google-auth gets a token, or the published refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import google.auth
import pytest
import requests
from google.auth.compute_engine import _metadata
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request

from tests.server import SheetsServer
from tests.server.google_auth import PLATFORM, SHEETS, GoogleAuthServer


@pytest.fixture
def sheets() -> Iterator[SheetsServer]:
    with SheetsServer() as running:
        running.book.add("Events", [["a"]])
        yield running


@pytest.fixture
def auth(sheets: SheetsServer) -> Iterator[GoogleAuthServer]:
    with GoogleAuthServer(sheets) as running:
        yield running


Default = Callable[..., Any]


@pytest.fixture
def default(auth: GoogleAuthServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Default:
    """google.auth.default() with a file of this content, or else on a machine."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no gcloud"))
    monkeypatch.setenv("GCE_METADATA_IP", auth.environment["GCE_METADATA_IP"])
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", auth.environment["GCE_METADATA_HOST"])

    def credentials(content: dict[str, Any] | None = None) -> Any:
        if content is not None:
            (tmp_path / "adc.json").write_text(json.dumps(content))
            monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
        account, _ = google.auth.default(scopes=[SHEETS], request=Request(auth.session()))
        return account

    return credentials


def read(auth: GoogleAuthServer, sheets: SheetsServer, credentials: Any) -> requests.Response:
    """What Sheets answers to a token of these credentials."""
    credentials.refresh(Request(auth.session()))
    url = f"{sheets.endpoint}/v4/spreadsheets/{sheets.book.id}/values/Events"
    return requests.get(url, headers={"Authorization": f"Bearer {credentials.token}"}, timeout=5)


def test_machine_without_the_scope_is_refused_by_sheets(
    auth: GoogleAuthServer, sheets: SheetsServer, default: Default
) -> None:
    credentials = default()
    refused = read(auth, sheets, credentials)
    assert (refused.status_code, refused.json()["error"]["details"][0]["reason"]) == (
        403,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    )
    auth.machine.scopes.add(SHEETS)
    assert read(auth, sheets, credentials).status_code == 200
    assert credentials.service_account_email == auth.machine.email


def test_cloud_run_gives_the_scopes_that_are_asked_for(
    auth: GoogleAuthServer, sheets: SheetsServer, default: Default
) -> None:
    auth.machine.kind = "cloud-run"
    assert read(auth, sheets, default()).status_code == 200


def test_machine_without_an_account_has_no_token(auth: GoogleAuthServer, default: Default) -> None:
    auth.machine.email = None
    with pytest.raises(GoogleAuthError):
        default().refresh(Request(auth.session()))


def test_metadata_server_wants_its_header_and_sends_it(auth: GoogleAuthServer) -> None:
    url = f"{auth.address('api')}/computeMetadata/v1/instance/service-accounts/default"
    flavor = {"Metadata-Flavor": "Google"}
    email = requests.get(f"{url}/email", headers=flavor, timeout=5)
    assert (email.text, email.headers["Metadata-Flavor"]) == (auth.machine.email, "Google")
    scopes = requests.get(f"{url}/scopes", headers=flavor, timeout=5).text.split()
    assert set(scopes) == auth.machine.scopes
    assert requests.get(f"{url}/token", timeout=5).status_code == 403
    forwarded = requests.get(f"{url}/token", headers=flavor | {"X-Forwarded-For": "10.0.0.1"}, timeout=5)
    assert forwarded.status_code == 403


@pytest.mark.parametrize("source", ["file", "url"])
def test_federation_with_impersonation_reads_the_sheet(
    auth: GoogleAuthServer,
    sheets: SheetsServer,
    default: Default,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test-project")
    (tmp_path / "token").write_text(auth.subject_token())
    content = auth.external_account(tmp_path / "token" if source == "file" else None)
    assert read(auth, sheets, default(content)).status_code == 200
    assert auth.calls == {"sts": 1, "impersonate": 1} | ({"subject": 1} if source == "url" else {})


def test_google_auth_asks_for_the_project_where_it_is_not_set(auth: GoogleAuthServer, default: Default) -> None:
    """One more host to reach: cloudresourcemanager.googleapis.com."""
    default(auth.external_account())
    assert auth.calls["project"] == 1


def test_federated_token_alone_is_not_accepted_by_sheets(
    auth: GoogleAuthServer, sheets: SheetsServer, default: Default
) -> None:
    assert read(auth, sheets, default(auth.external_account(impersonate=False))).status_code == 401


def test_refused_exchanges_have_the_recorded_codes(auth: GoogleAuthServer, default: Default, tmp_path: Path) -> None:
    def refusal(subject: str) -> str:
        (tmp_path / "token").write_text(subject)
        with pytest.raises(GoogleAuthError) as raised:
            default(auth.external_account(tmp_path / "token")).refresh(Request())
        return str(raised.value)

    assert "invalid_grant" in refusal(auth.subject_token(minutes=-1))
    assert "does not match the expected audience" in refusal(auth.subject_token("https://elsewhere.example"))
    assert "invalid_grant" in refusal("not a token")
    auth.condition_met = False
    assert "unauthorized_client" in refusal(auth.subject_token())
    auth.pool_exists = False
    assert "invalid_target" in refusal(auth.subject_token())


def test_impersonation_needs_the_role_and_the_api(auth: GoogleAuthServer, default: Default) -> None:
    auth.may_impersonate = False
    with pytest.raises(RefreshError, match=r"iam\.serviceAccounts\.getAccessToken"):
        default(auth.external_account()).refresh(Request())
    auth.may_impersonate, auth.iam_enabled = True, False
    with pytest.raises(RefreshError, match="SERVICE_DISABLED"):
        default(auth.external_account()).refresh(Request())


def test_user_credentials_and_impersonation_by_a_user(
    auth: GoogleAuthServer, sheets: SheetsServer, default: Default
) -> None:
    assert read(auth, sheets, default(auth.authorized_user())).status_code == 200
    assert read(auth, sheets, default(auth.impersonated())).status_code == 200
    assert (auth.calls["refresh"], auth.calls["impersonate"]) == (2, 1)


def test_user_credentials_without_the_scope_are_refused_by_sheets(
    auth: GoogleAuthServer, sheets: SheetsServer, default: Default
) -> None:
    """google.auth.default() does not ask for scopes when it refreshes a person's credentials."""
    auth.user.granted = {PLATFORM}
    refused = read(auth, sheets, default(auth.authorized_user()))
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    form = auth.authorized_user() | {"grant_type": "refresh_token", "scope": SHEETS}
    asked = requests.post(f"{auth.address('api')}/token", data=form, timeout=5)
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_scope")
    sheets.fail("quota-project")
    assert "requires a quota project" in read(auth, sheets, default(auth.authorized_user())).text


def test_refused_user_credentials(auth: GoogleAuthServer, default: Default) -> None:
    def refusal() -> str:
        with pytest.raises(RefreshError) as raised:
            default(auth.authorized_user()).refresh(Request(auth.session()))
        return str(raised.value)

    auth.user.must_sign_in_again = True
    assert "reauth" in refusal().lower()
    auth.user.revoked = True
    assert "Token has been expired or revoked" in refusal()


def test_log_has_no_secrets(auth: GoogleAuthServer, sheets: SheetsServer, default: Default) -> None:
    read(auth, sheets, default(auth.impersonated()))
    assert [token for token in (*auth.given, auth.user.refresh_token) if token in repr(auth.log)] == []
