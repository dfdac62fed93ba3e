"""Signing in at Google: by a service account's key and by each kind of Application Default Credentials."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import requests

from cwac import logs
from cwac.model import SourceUnavailable
from cwac.sources.google import GoogleSource, spreadsheet_key
from cwac.sources.google_session import SignInRequest
from cwac.sources.http_calls import Patience
from tests.cases import each
from tests.checks.answering import answering
from tests.server import SheetsServer
from tests.server.answers import as_json
from tests.server.google_auth import PLATFORM, SHEETS, GoogleAuthServer
from tests.server.tokens import CLIENT_EMAIL
from tests.sources.every import on_this_machine
from tests.sources.shared_sheet import STAFFING, TYPED_EVENTS, failure_of, rows_of, source_of


def test_a_token_that_google_forgets_goes_unnoticed_but_not_one_refused_again_and_again(google: SheetsServer) -> None:
    source = source_of(google)
    source.fetch()
    google.forget_tokens()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}
    assert google.calls == {"token": 2, "metadata": 1, "batchGet": 3, "formats": 1}
    google.fail("unauthorized", None)
    failure = failure_of(source)
    assert (failure.cause, failure.permanent) == ("not-allowed", True)
    assert google.calls == {"token": 3, "metadata": 1, "batchGet": 5, "formats": 1}


@each("with_key, path, content, is_accepted", [
    (True, "/o/oauth2/token", b"{}", False), (True, "/token", b"<html>", False),
    (False, "/token", b"an identity token as text", True),
])  # fmt: skip
def test_answer_must_be_an_access_token_with_a_key_at_any_address_and_not_at_an_identity_provider(
    with_key: bool, path: str, content: bytes, is_accepted: bool
) -> None:
    refused = nullcontext() if is_accepted else pytest.raises(ValueError, match=r"access_token|unexpected character")
    with answering({path: (200, {}, content)}) as service, refused:
        assert SignInRequest(requests.Session(), with_key=with_key)(f"{service.url}{path}").data == content


KEY = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcde"


@each(
    "address",
    [
        KEY,
        f"  https://docs.google.com/spreadsheets/d/{KEY}/edit#gid=0 ",
        f"https://docs.google.com/spreadsheets/d/{KEY}",
        f"docs.google.com/spreadsheets/d/{KEY}/edit?usp=sharing",
        f"https://docs.google.com/spreadsheets/u/1/d/{KEY}/edit",
        f"https://docs.google.com/a/chp.example.gov/spreadsheets/d/{KEY}/edit",
        f"https://drive.google.com/open?id={KEY}",
        f"https://docs.google.com/spreadsheet/ccc?key={KEY}&hl=en",
    ],
)
def test_sheet_key_is_found_in_each_form_of_link(address: str) -> None:
    assert spreadsheet_key(address) == KEY


@each(
    "address",
    [
        "",
        "the events",
        "plan.xlsx",
        "https://docs.google.com/spreadsheets/",
        "https://docs.google.com/spreadsheets/d/x/edit",
        f"https://docs.google.com/spreadsheets/d/e/2PACX-1v{KEY}/pubhtml",
        f"https://example.com/spreadsheets/d/{KEY}/edit",
        f"https://google.com.example.com/spreadsheets/d/{KEY}/edit",
        "http://[::",
        "{not even\na link}",
    ],
)
def test_link_of_something_else_is_a_bad_address(google: SheetsServer, address: str) -> None:
    failure = failure_of(GoogleSource(address, google.gsheets))
    assert (failure.cause, failure.permanent) == ("bad-address", True)
    assert "copy the address from the browser" in failure.remedy
    assert google.calls == {}


def test_invalid_endpoint_is_a_bad_address(google: SheetsServer) -> None:
    for endpoint in ("sheets.googleapis.com", "file:///etc/passwd", 8099, "", "http://sheets.example.gov"):
        failure = failure_of(GoogleSource(google.url, google.gsheets | {"api_endpoint": endpoint}))
        assert (failure.cause, "api_endpoint" in failure.sentence) == ("bad-address", True)


BREAKING: dict[str, Callable[[dict], dict]] = {
    "nothing": lambda _: {},
    "no private_key": lambda key: {name: value for name, value in key.items() if name != "private_key"},
    "no client_email": lambda key: key | {"client_email": ""},
    "a number": lambda key: key | {"private_key": 5},
    "half": lambda key: key | {"private_key": key["private_key"][:900]},
    "one letter": lambda key: key | {"private_key": key["private_key"].replace("M", "é", 1)},
    "without its frame": lambda key: key | {"private_key": key["private_key"].split("-----")[2]},
    "a person's": lambda key: key | {"type": "authorized_user"},
    "an odd token_uri": lambda key: key | {"token_uri": "ftp://x"},
    "a token_uri without TLS": lambda key: key | {"token_uri": "http://oauth2.example.gov/token"},
}


@each("breaking", BREAKING)
def test_damaged_key_is_named_without_its_content(google: SheetsServer, breaking: str) -> None:
    failure = failure_of(GoogleSource(google.url, BREAKING[breaking](google.gsheets)))
    assert (failure.cause, failure.permanent) == ("bad-key", True)
    assert leaked(failure, google) == []
    assert google.calls == {}


def test_key_in_the_place_of_something_else_is_not_quoted(google: SheetsServer) -> None:
    key = google.key["private_key"]
    swapped = google.gsheets | {"client_email": key, "private_key_id": key}
    for source in (GoogleSource(google.url, swapped), GoogleSource(key, google.gsheets)):
        assert leaked(failure_of(source), google) == []


def leaked(failure: SourceUnavailable, server: SheetsServer) -> list[str]:
    """The lines of the key that the failure or its traceback shows."""
    shown = "".join([str(failure), repr(failure), *traceback.format_exception(failure)])
    return [line for line in server.key["private_key"].splitlines() if not line.startswith("---") and line in shown]


def test_a_key_whose_line_breaks_were_lost(google: SheetsServer) -> None:
    """Pasted into a one-line setting, they often become a backslash and an n."""
    key = google.gsheets | {"private_key": google.key["private_key"].replace("\n", "\\n")}
    assert key["private_key"].count("\n") == 0
    assert rows_of(GoogleSource(google.url, key).fetch())["Events"] == TYPED_EVENTS


def test_token_is_asked_for_through_the_proxy(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    key = google.gsheets | {"token_uri": google.gsheets["token_uri"].replace("127.0.0.1", "localhost")}
    assert failure_of(GoogleSource(google.url, key, connect=2, read=2, deadline=5)).cause == "unreachable"
    assert google.calls == {}


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
