"""Versions, the port, proxy variables, the clock, and the dashboard as visitors reach it."""

import datetime as dt
import re
import socket
from collections.abc import Sequence
from email.utils import format_datetime
from pathlib import Path

import pytest

from cwac.checks import machine
from cwac.checks.finding import Finding
from cwac.checks.machine import Answer, Unreachable, get
from cwac.settings import Settings
from tests.cases import each
from tests.checks.answering import Written, answering
from tests.server.link_export import LinkExport
from tests.web.reverse_proxy import NAME, nginx
from tests.web.served import ROOT, free_port, serving

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@each(("version", "result"), [((3, 10, 2), "FAIL"), ((3, 11, 0), "PASS"), ((3, 14, 1), "PASS")])
def test_python_must_be_new_enough(version: tuple[int, ...], result: str) -> None:
    assert machine.python(version).result == result


@each(("version", "result"), [("1.67.0", "PASS"), ("1.67.3", "PASS"), ("1.66.9", "FAIL"), ("1.670", "FAIL")])
def test_streamlit_must_be_the_version_that_was_tried(version: str, result: str) -> None:
    assert machine.streamlit(version).result == result


def test_installed_versions_pass_and_are_those_of_the_project() -> None:
    assert [machine.python().result, machine.streamlit().result] == ["PASS", "PASS"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"streamlit[auth]>={machine.STREAMLIT}," in project
    assert re.search(r'requires-python = ">=(\S+)"', project)[1] == ".".join(map(str, machine.PYTHON))  # type: ignore[index]


def test_free_port_passes_and_a_taken_one_names_the_next() -> None:
    assert machine.port(free_port()).result == "PASS"
    for answers in ({"/healthz": (200, {}, b"ok\n")}, {"/readyz": (200, {}, b'{"ready": true}')}):
        with answering(answers) as other:
            finding = machine.port(int(other.url.rpartition(":")[2]))
        assert finding.result == "FAIL"
        assert machine.port(int(finding.next.rpartition("cwac serve --port ")[2])).result == "PASS"


def test_port_of_a_running_dashboard_passes() -> None:
    with answering({"/readyz": (200, {}, b'{"ready":true,"age_seconds":3}')}) as ours:
        finding = machine.port(int(ours.url.rpartition(":")[2]))
    assert (finding.result, "is running" in finding.found) == ("PASS", True)


@each(
    ("environ", "result", "part"),
    [
        ({}, "PASS", "No proxy variables"),
        ({"HTTPS_PROXY": " "}, "PASS", "No proxy variables"),
        (
            {"https_proxy": "http://ann:planted@proxy.example.gov:3128"},
            "PASS",
            "through the proxy proxy.example.gov:3128",
        ),
        ({"HTTPS_PROXY": "proxy.example.gov:3128"}, "PASS", "through the proxy proxy.example.gov:3128"),
        ({"ALL_PROXY": "http://p.example:1", "NO_PROXY": ".googleapis.com,localhost"}, "PASS", "pass it by"),
        ({"HTTPS_PROXY": "http://p.example:1", "no_proxy": "*"}, "PASS", "pass it by"),
        ({"HTTPS_PROXY": "http://p.example:1", "no_proxy": "localhost,example.gov"}, "PASS", "through the proxy"),
        ({"HTTP_PROXY": "http://p.example:1"}, "WARN", "HTTPS_PROXY is not"),
        ({"HTTPS_PROXY": "http://p.example:many"}, "FAIL", "not an address"),
    ],
)
def test_proxy_variables_are_named_without_their_password(environ: dict[str, str], result: str, part: str) -> None:
    finding = machine.proxy(environ)
    assert finding.result == result
    assert part in finding.found
    assert "planted" not in repr(finding)


@each(("seconds", "result"), [(0, "PASS"), (-59, "PASS"), (61, "WARN"), (-299, "WARN"), (301, "FAIL"), (-4000, "FAIL")])
def test_clock_is_compared_with_the_date_of_an_answer(seconds: int, result: str) -> None:
    answer = Answer(200, {"Date": format_datetime(NOW, usegmt=True)}, b"", NOW + dt.timedelta(seconds=seconds))
    finding = machine.clock(answer)
    assert finding.result == result
    assert result == "PASS" or f"{abs(seconds)} seconds {'ahead' if seconds > 0 else 'behind'}" in finding.found


@each("headers", [{}, {"Date": "soon"}])
def test_clock_without_a_date_is_skipped(headers: dict[str, str]) -> None:
    assert machine.clock(Answer(200, headers, b"", NOW)).result == "SKIP"
    assert machine.clock(None).result == "SKIP"


@each(("value", "warns"), [("*", True), (" * ", True), ("10.0.0.1", False), ("", False)])
def test_trusting_every_proxy_is_a_warning(value: str, warns: bool) -> None:
    assert (machine.forwarding({"FORWARDED_ALLOW_IPS": value}) is not None) == warns


# --- one GET --------------------------------------------------------------------------------------------------------


def test_answer_is_cut_off_at_the_limit_and_redirects_are_not_followed() -> None:
    with answering({"/a": (200, {}, b"x" * 100_000), "/b": (302, {"Location": "/a"}, b"moved")}) as server:
        assert get(f"{server.url}/a", limit=10).body == b"x" * 10
        answer = get(f"{server.url}/b")
    assert (answer.status, answer.headers["Location"], answer.body) == (302, "/a", b"")


@pytest.mark.slow
@each("fault", ["hang", "drip-headers"])
def test_server_that_sends_a_byte_at_a_time_is_not_waited_for(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SECONDS", 0.3)
    with LinkExport() as server:
        server.fail(fault, None, on="any", seconds=60)
        with pytest.raises(Unreachable, match="it did not answer in time"):
            get(server.export_url)
        server.heal()


def test_password_in_netrc_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with answering({}) as server:
        get(server.url)
        assert not server.holds("Authorization")


@each("address", ["http://127.0.0.1:9/", "http://[::1/", "nonsense"])
def test_no_answer_is_one_reason(address: str) -> None:
    with pytest.raises(Unreachable) as refused:
        get(address)
    assert str(refused.value) in {"no connection could be made", "its address cannot be used"}


# --- as visitors reach it: a real dashboard, one behind nginx, and proxies that are set up wrongly -------------------

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
        assert not server.holds("Authorization", "Cookie")
        upgrade = next(incoming.headers for incoming in server.log if incoming.path == STREAM)
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
