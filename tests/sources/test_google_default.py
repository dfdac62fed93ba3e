"""Application Default Credentials: each kind of them reads the sheet, and each refusal has a sentence with a remedy."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cwac import logs
from cwac.sources.google import GoogleSource
from cwac.sources.http_calls import Patience
from tests.server import SheetsServer
from tests.server.answers import as_json
from tests.server.google_auth import PLATFORM, SHEETS, GoogleAuthServer
from tests.server.tokens import CLIENT_EMAIL
from tests.sources.every import on_this_machine
from tests.sources.shared_sheet import STAFFING, TYPED_EVENTS, failure_of, rows_of, source_of

Place = Callable[..., GoogleSource]
ALL = {"Events": TYPED_EVENTS, "Staffing": STAFFING}


@pytest.fixture
def auth(google: SheetsServer) -> Iterator[GoogleAuthServer]:
    with GoogleAuthServer(google) as running:
        yield running


@pytest.fixture
def here(auth: GoogleAuthServer, google: SheetsServer, tmp_path: Path) -> Iterator[Place]:
    """The source on a machine whose default credentials are these: a file's content, or else the metadata server's."""
    with on_this_machine(auth, tmp_path) as patch:

        def source(content: Mapping[str, Any] | None = None, **settings: str) -> GoogleSource:
            if content is not None:
                (tmp_path / "adc.json").write_text(json.dumps(content))
                patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
            table = {"credentials": "default", "api_endpoint": google.endpoint} | settings
            waits = {"connect": 5.0, "read": 30.0, "deadline": 60.0}
            return GoogleSource(google.url, table, token_session=auth.session, **waits)  # type: ignore[arg-type]

        yield source


def test_each_kind_of_credentials_gives_what_a_key_does(
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
        assert source.credentials_found == (
            f"Application Default Credentials are {kind}. The sheet must be shared with {address}."
        )


def test_every_token_has_the_read_only_scope_alone(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    auth.machine.kind = "cloud-run"
    here().fetch()
    here(auth.authorized_user()).fetch()
    assert list(auth.given.values()) == [{SHEETS}, {SHEETS}]
    here(auth.impersonated()).fetch()
    assert [scopes for token, scopes in auth.given.items() if token in google.tokens.given][-1] == {SHEETS}


def test_impersonation_from_the_settings(auth: GoogleAuthServer, here: Place) -> None:
    auth.machine.scopes = {PLATFORM}
    source = here(impersonate=CLIENT_EMAIL)
    assert rows_of(source.fetch()) == ALL
    assert source.credentials_found == (
        "Application Default Credentials are the service account attached to this machine, impersonating "
        f"{CLIENT_EMAIL}. The sheet must be shared with {CLIENT_EMAIL}."
    )
    auth.user.granted = {PLATFORM}
    assert rows_of(here(auth.authorized_user(), impersonate=CLIENT_EMAIL).fetch()) == ALL


@pytest.mark.slow
def test_sign_in_that_hangs_ends_at_the_deadline(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    for call, content in (("metadata", None), ("sts", auth.external_account())):
        source = here(content)
        source._patience = Patience(1.5)
        auth.fail("hang", None, on=call)
        failure = failure_of(source)
        assert (failure.cause in ("unreachable", "no-credentials"), google.reads) == (True, 0), str(failure)
        auth.heal()


def test_scope_that_the_machine_gets_after_a_refusal_is_used(auth: GoogleAuthServer, here: Place) -> None:
    source = here()
    assert failure_of(source).cause == "scope"
    auth.machine.scopes.add(SHEETS)
    assert rows_of(source.fetch()) == ALL


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
        messages.append(source.credentials_found or "")
    auth.fail("x", on="impersonate", answer=as_json(200, {"accessToken": "ya29.planted"}))  # without expireTime
    messages.append(str(failure_of(here(auth.impersonated()))))
    secrets = [*auth.given, auth.user.refresh_token, auth.user.client_secret, "ya29.planted"]
    assert len(auth.given) >= 4
    everything = "\n".join([*messages, caplog.text])
    assert [secret for secret in secrets if secret in everything] == []


def test_access_token_in_a_file_is_not_used(auth: GoogleAuthServer, google: SheetsServer, here: Place) -> None:
    here(auth.authorized_user() | {"token": "ya29.of-everything"}).fetch()
    assert list(auth.given.values()) == [{SHEETS}]
    assert google.calls == {"metadata": 1, "batchGet": 1, "formats": 1}  # a refused token would ask for them twice
