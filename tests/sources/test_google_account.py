"""The service account, its key, the settings, and that no message holds a secret."""

import traceback
from collections.abc import Callable
from contextlib import nullcontext

import pytest
import requests

from cwac.model import SourceUnavailable
from cwac.sources.google import GoogleSource, spreadsheet_key
from cwac.sources.google_session import SignInRequest
from tests.cases import each
from tests.checks.answering import answering
from tests.server import SheetsServer
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
