"""Application Default Credentials: each kind of them reads the sheet, and each refusal has a sentence with a remedy."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.auth.compute_engine import _metadata

from cwac import logs
from cwac.sources.google import GoogleSource
from tests.cases import each
from tests.server import SheetsServer
from tests.server.google_auth import PLATFORM, SHEETS, GoogleAuthServer
from tests.server.tokens import CLIENT_EMAIL
from tests.sources.shared_sheet import STAFFING, TYPED_EVENTS, failure_of, rows_of, source_of

Place = Callable[..., GoogleSource]
ALL = {"Events": TYPED_EVENTS, "Staffing": STAFFING}


@pytest.fixture
def auth(google: SheetsServer) -> Iterator[GoogleAuthServer]:
    with GoogleAuthServer(google) as running:
        yield running


@pytest.fixture
def here(auth: GoogleAuthServer, google: SheetsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The source on a machine whose default credentials are these: a file's content, or else the metadata server's."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no gcloud"))
    monkeypatch.setenv("GCE_METADATA_IP", auth.environment["GCE_METADATA_IP"])
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", auth.environment["GCE_METADATA_HOST"])

    def source(content: Mapping[str, Any] | None = None, **settings: str) -> GoogleSource:
        if content is not None:
            (tmp_path / "adc.json").write_text(json.dumps(content))
            monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
        table = {"credentials": "default", "api_endpoint": google.endpoint} | settings
        waits = {"connect": 5.0, "read": 30.0, "deadline": 60.0}
        return GoogleSource(google.url, table, token_session=auth.session, **waits)  # type: ignore[arg-type]

    return source


def found_by(source: GoogleSource) -> str | None:
    return source.credentials_found


# --- the same sheet ------------------------------------------------------------------------------------------------


def test_each_kind_of_credentials_gives_what_the_key_gives(
    auth: GoogleAuthServer, google: SheetsServer, here: Place
) -> None:
    by_key = source_of(google, deadline=60).fetch()
    auth.machine.scopes.add(SHEETS)
    files: dict[str, Mapping[str, Any] | None] = {
        "the service account attached to this machine": None,  # first: later ones have a file
        "Workload Identity Federation": auth.external_account(),
        "a person's sign-in with gcloud": auth.authorized_user(),
        "an impersonated service account": auth.impersonated(),
        "a service account's key file": google.key,
    }
    for kind, content in files.items():
        source = here(content)
        workbook = source.fetch()
        assert (rows_of(workbook), workbook.content_hash) == (ALL, by_key.content_hash), kind
        address = "the person who signed in with gcloud" if kind.startswith("a person") else CLIENT_EMAIL
        assert found_by(source) == (
            f"Application Default Credentials are {kind}. The sheet must be shared with {address}."
        )


def test_every_token_has_the_read_only_scope_alone(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    auth.machine.kind = "cloud-run"
    here().fetch()
    here(auth.authorized_user()).fetch()
    assert list(auth.given.values()) == [{SHEETS}, {SHEETS}]
    here(auth.impersonated()).fetch()
    assert [scopes for token, scopes in auth.given.items() if token in google.tokens.given][-1] == {SHEETS}


def test_requests_of_a_look(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    """As many to Google Sheets as with a key; the token is asked for once an hour, the project's name never."""
    auth.machine.scopes.add(SHEETS)
    machine = here()
    machine.fetch()
    first = dict(auth.calls)
    machine.fetch()
    assert (dict(auth.calls), google.calls) == (first, {"metadata": 1, "batchGet": 2})
    auth.calls.clear()
    here(auth.external_account()).fetch()
    assert auth.calls == {"subject": 1, "sts": 1, "impersonate": 1}


def test_impersonation_from_the_settings(auth: GoogleAuthServer, here: Place) -> None:
    auth.machine.scopes = {PLATFORM}
    source = here(impersonate=CLIENT_EMAIL)
    assert rows_of(source.fetch()) == ALL
    assert found_by(source) == (
        "Application Default Credentials are the service account attached to this machine, impersonating "
        f"{CLIENT_EMAIL}. The sheet must be shared with {CLIENT_EMAIL}."
    )
    auth.user.granted = {PLATFORM}
    assert rows_of(here(auth.authorized_user(), impersonate=CLIENT_EMAIL).fetch()) == ALL


# --- what is refused -----------------------------------------------------------------------------------------------


def test_virtual_machine_without_the_scope_names_the_remedy(auth: GoogleAuthServer, here: Place) -> None:
    source = here()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("scope", True)
    assert failure.sentence == (
        "The access scopes of this virtual machine do not include Google Sheets, whatever its account may do."
    )
    assert f"--service-account={CLIENT_EMAIL} --scopes={PLATFORM},{SHEETS} and start it again" in failure.remedy
    auth.machine.scopes.add(SHEETS)
    assert rows_of(source.fetch()) == ALL


def test_persons_sign_in_without_the_scope_names_the_command(auth: GoogleAuthServer, here: Place) -> None:
    auth.user.granted = {PLATFORM}
    source = here(auth.authorized_user())
    failure = failure_of(source)
    assert failure.cause == "scope"
    assert (
        f"run gcloud auth application-default login --client-id-file=CLIENT.json --scopes={PLATFORM},{SHEETS} "
    ) in failure.remedy
    auth.user.granted.add(SHEETS)
    assert rows_of(source.fetch()) == ALL


def change(auth: GoogleAuthServer, **changes: Any) -> None:
    for name, value in changes.items():
        owner = auth.user if hasattr(auth.user, name) else auth
        setattr(owner, name, value)


@each(
    ("content", "changes", "cause", "sentence"),
    [
        ("federation", {"pool_exists": False}, "not-allowed", "is switched off, deleted or not there"),
        ("federation", {"condition_met": False}, "not-allowed", "The attribute condition"),
        ("federation", {"may_impersonate": False}, "not-allowed", f"does not let this machine act as {CLIENT_EMAIL}."),
        ("federation", {"iam_enabled": False}, "api-disabled", "which impersonation needs, is switched off"),
        ("direct", {}, "not-allowed", "Google Sheets does not accept the federated token itself (HTTP 401)."),
        ("person", {"revoked": True}, "bad-key", "The sign-in with gcloud has expired or was revoked."),
        ("person", {"must_sign_in_again": True}, "bad-key", "The sign-in with gcloud has expired or was revoked."),
        ("other client", {}, "not-allowed", "Application Default Credentials (HTTP 401)."),
        ("stale", {}, "not-allowed", "does not accept the token of the identity provider"),
        ("no provider", {}, "not-allowed", "The identity provider gave no token for the sign-in at Google (HTTP 404)."),
        ("no token file", {}, "not-allowed", "failed on this machine (RefreshError)."),
        ("damaged", {}, "no-credentials", "This machine has no Application Default Credentials that can be used."),
        ("of no type", {}, "no-credentials", "adc.json, which is no credentials file."),
    ],
)
def test_each_refusal_has_its_sentence(
    google: SheetsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    content: str, changes: Mapping[str, Any], cause: str, sentence: str,
) -> None:  # fmt: skip
    with GoogleAuthServer(google) as auth:
        source = here.__wrapped__(auth, google, tmp_path, monkeypatch)  # type: ignore[attr-defined]
        stale = tmp_path / "stale"
        stale.write_text(auth.subject_token(minutes=-1))
        missing = auth.external_account()
        missing["credential_source"]["url"] += "-elsewhere"
        files = {
            "federation": auth.external_account(),
            "direct": auth.external_account(impersonate=False),
            "person": auth.authorized_user(),
            "other client": auth.authorized_user() | {"client_id": "other"},
            "stale": auth.external_account(stale),
            "no provider": missing,
            "no token file": auth.external_account(tmp_path / "gone"),
            "damaged": {"type": "authorized_user"},
            "of no type": {"hello": "there"},
        }
        change(auth, **changes)
        failure = failure_of(source(files[content]))
        assert (failure.cause, failure.permanent, sentence in failure.sentence) == (cause, True, True), str(failure)
        assert failure.remedy


def test_credentials_file_that_is_gone_is_named(here: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = here()
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    failure = failure_of(source)
    assert failure.cause == "no-credentials"
    assert f"names {tmp_path / 'gone.json'}, which is not there." in failure.sentence


def test_machine_without_an_account(auth: GoogleAuthServer, here: Place) -> None:
    auth.machine.email = None
    failure = failure_of(here())
    assert (failure.cause, failure.sentence) == (
        "no-credentials",
        "This machine is at Google, but has no service account attached.",
    )


def test_impersonation_without_the_machines_cloud_scope(here: Place) -> None:
    failure = failure_of(here(impersonate=CLIENT_EMAIL))
    assert (failure.cause, "do not include cloud-platform, which impersonation needs" in failure.sentence) == (
        "scope",
        True,
    )


def test_quota_project_of_a_person(google: SheetsServer, auth: GoogleAuthServer, here: Place) -> None:
    google.fail("quota-project")
    failure = failure_of(here(auth.authorized_user()))
    assert "gcloud auth application-default set-quota-project PROJECT" in failure.remedy


def test_sheet_that_is_not_shared_names_the_address(google: SheetsServer, auth: GoogleAuthServer, here: Place) -> None:
    auth.machine.scopes.add(SHEETS)
    google.shared = False
    failure = failure_of(here())
    assert (failure.cause, CLIENT_EMAIL in failure.remedy) == ("not-shared", True)
    google.shared, google.api_enabled = True, False
    assert failure_of(here()).cause == "api-disabled"


# --- time and secrets ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_sign_in_that_hangs_ends_at_the_deadline(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    for call, content in (("metadata", None), ("sts", auth.external_account())):
        source = here(content)
        source._deadline = source._patience = 1.5
        auth.fail("hang", None, on=call)
        failure = failure_of(source)
        assert (failure.cause in ("unreachable", "no-credentials"), google.reads) == (True, 0), str(failure)
        auth.heal()


def test_outage_of_the_sign_in_passes_by_itself(auth: GoogleAuthServer, here: Place) -> None:
    source = here(auth.external_account())
    auth.fail("503", on="sts")
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("server-error", False)
    auth.stop()
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("unreachable", False)
    auth.start()
    assert rows_of(source.fetch()) == ALL


def test_no_message_and_no_log_line_holds_a_token(
    auth: GoogleAuthServer, google: SheetsServer, here: Place, caplog: pytest.LogCaptureFixture
) -> None:
    logs.quiet_libraries()
    caplog.set_level(logging.DEBUG)
    messages = []
    for content in (None, auth.external_account(), auth.authorized_user(), auth.impersonated()):
        source = here(content)
        source.fetch() if content else None
        google.fail("unauthorized", None)
        messages.append(str(failure_of(source)))
        google.heal()
        messages.append(found_by(source) or "")
    auth.fail("x", on="impersonate", answer=_with_a_token())
    messages.append(str(failure_of(here(auth.impersonated()))))
    secrets = [*auth.given, auth.user.refresh_token, auth.user.client_secret, "ya29.planted"]
    assert len(auth.given) >= 4
    everything = "\n".join([*messages, caplog.text])
    assert [secret for secret in secrets if secret in everything] == []


def _with_a_token() -> Any:
    from tests.server.answers import as_json

    return as_json(200, {"accessToken": "ya29.planted"})  # without expireTime
