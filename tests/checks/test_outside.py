"""The dashboard as visitors reach it: a real one, one behind nginx, and proxies that are set up wrongly."""

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from cwac.checks import machine
from cwac.checks.finding import Finding
from cwac.settings import Settings
from tests.cases import each
from tests.checks.answering import Written, answering
from tests.web.reverse_proxy import NAME, nginx
from tests.web.served import serving

CHECKS = ("outside-health", "outside-websocket", "outside-scheme", "outside-feeds")


def results(findings: Sequence[Finding]) -> list[str]:
    assert [finding.check for finding in findings[:4]] == list(CHECKS)
    return [finding.result for finding in findings]


HEALTH, STREAM, FEED = "/_stcore/health", "/_stcore/stream", "/feed/cwac-doctor.ics"
HEALTHY: dict[str, Written] = {
    HEALTH: (200, {}, b"ok"),
    STREAM: (101, {"Upgrade": "websocket", "Connection": "Upgrade"}, b""),
    FEED: (404, {}, b"Not found\n"),
}


def test_everything_passes_where_every_route_answers() -> None:
    with answering(HEALTHY) as server:
        findings = list(machine.outside(server.url))
        assert not any("Authorization" in headers or "Cookie" in headers for _, headers in server.asked)
        upgrade = next(headers for path, headers in server.asked if path == STREAM)
    assert results(findings) == ["PASS", "PASS", "SKIP", "PASS"]
    assert (upgrade["Upgrade"], upgrade["Origin"]) == ("websocket", server.url)


@each(
    ("path", "answer", "expected", "part"),
    [
        (HEALTH, (301, {"Location": "https://coffee.example.gov/"}, b""), ["FAIL", "PASS", "SKIP", "PASS"],
         "sends visitors on to https://coffee.example.gov"),
        (HEALTH, (403, {}, b""), ["FAIL", "PASS", "SKIP", "PASS"], "refuses this host name"),
        (HEALTH, (200, {}, b"<html>Welcome to nginx"), ["FAIL", "PASS", "SKIP", "PASS"], "Something else answers"),
        (STREAM, (404, {}, b""), ["PASS", "FAIL", "SKIP", "PASS"], "pages would stay empty"),
        (STREAM, (200, {}, b"ok"), ["PASS", "FAIL", "SKIP", "PASS"], "No websocket can be opened (HTTP 200)"),
        (FEED, (404, {}, b"<html>nginx"), ["PASS", "PASS", "SKIP", "FAIL"], "HTTP 404 for an unknown"),
        (FEED, (200, {}, b"<html>"), ["PASS", "PASS", "SKIP", "FAIL"], "HTTP 200 for an unknown one"),
        (FEED, (503, {}, b"Not ready yet\n"), ["PASS", "PASS", "SKIP", "WARN"], "yet"),
    ],
)  # fmt: skip
def test_what_a_proxy_gets_wrong_is_named(path: str, answer: Written, expected: list[str], part: str) -> None:
    with answering(HEALTHY | {path: answer}) as server:
        findings = list(machine.outside(server.url))
    assert results(findings) == expected
    assert part in next(finding.found for finding in findings if finding.result in ("FAIL", "WARN"))
    assert all(finding.next and finding.whose for finding in findings if finding.result in ("FAIL", "WARN"))


def test_address_that_is_not_reached_skips_the_rest() -> None:
    assert results(list(machine.outside("http://127.0.0.1:9"))) == ["FAIL", "SKIP", "SKIP", "SKIP"]


@each(
    ("url", "headers", "result"),
    [
        ("https://coffee.example.gov", {"Strict-Transport-Security": "max-age=1"}, "PASS"),
        ("https://coffee.example.gov", {}, "WARN"),
        ("http://coffee.example.gov", {}, "FAIL"),
        ("http://localhost:8501", {}, "SKIP"),
    ],
)
def test_scheme_that_the_dashboard_sees(url: str, headers: dict[str, str], result: str) -> None:
    with answering({"/": (200, headers, b"")}) as server:
        answer = machine.get(f"{server.url}/")
    assert machine.scheme(url, answer).result == result


@each(("reached_at", "result"), [("http://127.0.0.1", "PASS"), ("https://coffee.example.gov", "FAIL")])
def test_name_must_be_that_of_sign_in(reached_at: str, result: str) -> None:
    with answering(HEALTHY) as server:
        *_, finding = machine.outside(server.url, Settings(reached_at=reached_at))
    assert (finding.check, finding.result) == ("outside-name", result)


@pytest.mark.slow
def test_real_dashboard_and_what_nginx_in_front_of_it_gets_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def to_this_machine(host: str, *others: object, **named: object) -> object:
        return real("127.0.0.1" if host == NAME else host, *others, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("socket.getaddrinfo", to_this_machine)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{tmp_path}/cert.pem")
    found = {}
    with serving(tmp_path, {"STREAMLIT_SERVER_ALLOWED_HOSTS": NAME}) as served:
        for line in ("", "X-Forwarded-Proto", "Upgrade", "Host"):
            changed = {f"proxy_set_header {line} $": "proxy_set_header X-Nothing $"} if line else None
            with nginx(tmp_path, "nginx.conf", {8501: served.port}, changed) as proxy:
                found[line] = results(list(machine.outside(proxy.url)))
    assert found == {
        "": ["PASS", "PASS", "PASS", "PASS"],
        "X-Forwarded-Proto": ["PASS", "PASS", "WARN", "PASS"],
        "Upgrade": ["PASS", "FAIL", "PASS", "PASS"],
        "Host": ["PASS", "FAIL", "PASS", "PASS"],
    }
