"""The lines of [auth] and the provider's discovery document, from a local server and from a real provider."""

import json
from typing import Any

import pytest

from cwac.checks import audience
from cwac.checks.finding import Finding
from tests.cases import each
from tests.checks.answering import answering
from tests.web.signed_in import provider

WELL_KNOWN = "/.well-known/openid-configuration"
SECRET = "planted-0123456789-abcdefghijklmnopqrstuv"
AUTH = {
    "redirect_uri": "https://coffee.example.gov/oauth2callback",
    "cookie_secret": SECRET,
    "client_id": "cwac",
    "client_secret": "planted",
}


def document(url: str, **changes: Any) -> bytes:
    whole = {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "claims_supported": ["sub", "email", "email_verified"],
    }
    return json.dumps({name: value for name, value in (whole | changes).items() if value is not None}).encode()


def checked(**changes: Any) -> tuple[dict[str, str], list[Finding]]:
    """Results by check, with a provider whose discovery document has these changes."""
    with answering({}) as server:
        server.answers[WELL_KNOWN] = (200, {}, document(server.url, **changes))
        findings = list(audience.sign_in(AUTH | {"server_metadata_url": f"{server.url}{WELL_KNOWN}"}))
    assert "planted" not in repr(findings)
    return {finding.check: finding.result for finding in findings}, findings


GOOD = {
    "sign-in": "PASS",
    "sign-in-redirect": "PASS",
    "sign-in-cookie": "PASS",
    "sign-in-provider": "PASS",
    "sign-in-verified-email": "PASS",
}


@each(
    ("changes", "results", "part"),
    [
        ({}, {}, "[auth] has the five lines that sign-in needs."),
        ({"token_endpoint": None}, {"sign-in-provider": "FAIL"}, "has no token_endpoint"),
        ({"jwks_uri": "http://keys.example/"}, {"sign-in-provider": "FAIL"}, "jwks_uri of the provider is not https"),
        ({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"},
         {"sign-in-provider": "FAIL", "sign-in-verified-email": "PASS"}, "accounts of every organization"),
        ({"issuer": "https://other.example"}, {"sign-in-provider": "WARN"}, "is not the address that it came from"),
        ({"claims_supported": ["sub", "email"]}, {"sign-in-verified-email": "WARN"}, "does not list email_verified"),
        ({"claims_supported": None}, {"sign-in-verified-email": "WARN"}, "does not list email_verified"),
        ({"issuer": "https://login.microsoftonline.com/1-2-3/v2.0", "claims_supported": ["email"]},
         {"sign-in-provider": "WARN", "sign-in-verified-email": "WARN"}, "Entra never sends email_verified"),
    ],
)  # fmt: skip
def test_discovery_document_passes_and_one_that_is_not_sane_is_named(
    changes: dict[str, Any], results: dict[str, str], part: str
) -> None:
    outcome, findings = checked(**changes)
    assert outcome == GOOD | results
    assert any(part in finding.found for finding in findings)


@each(
    ("status", "body", "part"),
    [
        (404, b"no such page", "did not answer with a discovery document (HTTP 404)"),
        (200, b"<html>sign in to the guest network", "did not answer with a discovery document (HTTP 200)"),
        (200, b"[]", "did not answer with a discovery document"),
        (302, b"", "did not answer with a discovery document (HTTP 302)"),
    ],
)
def test_answer_that_is_no_discovery_document_fails(status: int, body: bytes, part: str) -> None:
    with answering({WELL_KNOWN: (status, {}, body)}) as server:
        (finding,) = audience.provider(f"{server.url}{WELL_KNOWN}")
    assert (finding.result, part in finding.found) == ("FAIL", True)


def test_provider_that_is_not_reached_fails() -> None:
    (finding,) = audience.provider(f"http://127.0.0.1:9{WELL_KNOWN}")
    assert (finding.result, "no connection could be made" in finding.found) == ("FAIL", True)


@each(
    ("address", "result"),
    [
        ("https://coffee.example.gov/oauth2callback", "PASS"),
        ("https://coffee.example.gov:8443/oauth2callback", "PASS"),
        ("http://localhost:{port}/oauth2callback", "PASS"),
        ("http://coffee.example.gov/oauth2callback", "FAIL"),
        ("https://coffee.example.gov/", "FAIL"),
        ("https://coffee.example.gov/oauth2callback/", "FAIL"),
        ("https://coffee.example.gov/below/oauth2callback", "FAIL"),
        ("coffee.example.gov/oauth2callback", "FAIL"),
        ("https://[x/oauth2callback", "FAIL"),
    ],
)
def test_redirect_address_must_be_https_with_streamlits_path(address: str, result: str) -> None:
    assert audience.redirect(address).result == result


@each(("secret", "result"), [(SECRET, "PASS"), ("x" * 40, "FAIL"), ("abcabcabc" * 5, "FAIL"), ("short", "FAIL")])
def test_cookie_secret_that_can_be_guessed_fails(secret: str, result: str) -> None:
    finding = audience.cookie_secret(secret)
    assert finding.result == result
    assert secret not in repr(finding)


@each(
    ("kwargs", "fails"), [(None, False), ({}, False), ({"scope": "openid email"}, False), ({"scope": "openid"}, True)]
)
def test_scope_without_email_fails(kwargs: dict[str, str] | None, fails: bool) -> None:
    assert bool(list(audience.scope(kwargs))) == fails


def test_missing_lines_are_named_and_a_section_of_a_provider_is_told_apart() -> None:
    (finding,) = audience.sign_in({"google": dict(AUTH)})
    assert (
        finding.found == "[auth] is missing redirect_uri, cookie_secret, client_id, client_secret, server_metadata_url."
    )
    assert "directly under [auth]" in finding.next
    assert [finding.result for finding in audience.sign_in({})] == ["SKIP"]


@pytest.mark.slow
def test_real_provider_passes() -> None:
    with provider() as port:
        findings = list(audience.provider(f"http://localhost:{port}{WELL_KNOWN}"))
    assert [finding.result for finding in findings][:1] == ["PASS"], findings
