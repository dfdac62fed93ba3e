"""Versions, the port, proxy variables and the clock."""

import datetime as dt
import re
import socket
from email.utils import format_datetime
from pathlib import Path

import pytest

from cwac.checks import machine
from cwac.checks.machine import Answer, Unreachable, get
from tests.cases import each
from tests.checks.answering import answering
from tests.server.link_export import LinkExport

ROOT = Path(__file__).resolve().parent.parent.parent
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
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        listener.close()
        assert machine.port(number).result == "PASS"
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
        assert not any("Authorization" in headers for _, headers in server.asked)


@each("address", ["http://127.0.0.1:9/", "http://[::1/", "nonsense"])
def test_no_answer_is_one_reason(address: str) -> None:
    with pytest.raises(Unreachable) as refused:
        get(address)
    assert str(refused.value) in {"no connection could be made", "its address cannot be used"}
