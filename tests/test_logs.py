"""Log records stay on one line without control characters, whichever library logs them."""

import io
import json
import logging
import logging.config
import socket
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import uvicorn.config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwac import logs
from tests.cases import each
from tests.web import plan
from tests.web.signed_in import serving_with_sign_in

NASTY = [
    "\n", "\r", "\r\n", "\x1b[2J", "\x1b]0;title\x07", "\x00", "\x08", "\x7f", "\x85", "\x9b31m", "\u2028", "\u2029",
    "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\x0b", "\x0c", "\x1c",
]  # fmt: skip
LOGGERS = ["cwac.web.session", "streamlit.web.server", "uvicorn.error", "starlette", "authlib", ""]


@pytest.fixture(autouse=True)
def factory() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    logs.escape_all()
    yield
    logging.setLogRecordFactory(before)


def written(logger: str, formatter: logging.Formatter | None, message: str, *args: object, error: str = "") -> str:
    """The text that this logger writes to a handler of its own."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    log = logging.getLogger(logger)
    log.addHandler(handler)
    try:
        if error:
            try:
                raise ValueError(error)
            except ValueError:
                log.exception(message, *args)
        else:
            log.error(message, *args)
    finally:
        log.removeHandler(handler)
    return stream.getvalue()


def harmless(text: str) -> bool:
    return not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text.replace("\n", "")
    )


FORMATTERS = [
    None, logging.Formatter("%(asctime)s %(message)s"), logs.JsonLines(),
    uvicorn.config.logging.Formatter("%(levelname)s %(message)s"),
]  # fmt: skip


@each("nasty", NASTY)
@each("logger", LOGGERS)
@each("formatter", FORMATTERS)
def test_one_record_is_one_line_without_control_characters(
    nasty: str, logger: str, formatter: logging.Formatter | None
) -> None:
    for line in (
        written(logger, formatter, "Refused: %s", f"a{nasty}b"),
        written(logger, formatter, f"Refused: a{nasty}b"),
        written(logger, formatter, "Refused: %(who)s", {"who": f"a{nasty}b"}),
        written(logger, formatter, "Refused: %r", f"a{nasty}b"),
    ):
        assert line.endswith("b\n") or line.endswith("b'\n") or line.startswith("{")
        assert line.count("\n") == 1
        assert harmless(line)


@each("nasty", NASTY)
@each("formatter", FORMATTERS[:2])
def test_no_line_of_a_traceback_looks_like_a_record(nasty: str, formatter: logging.Formatter) -> None:
    text = written("streamlit", formatter, "It failed", error=f"x{nasty}2026-11-25 ERROR root forged")
    first, *rest = text.splitlines()
    assert first.endswith("It failed")
    assert len(rest) >= 3
    assert all(row.startswith("  ") for row in rest)
    assert harmless(text)
    assert "ValueError" in text


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_printable_text_is_unchanged_and_the_rest_is_escaped(text: str) -> None:
    assert logs.escaped(text).isprintable()
    if text.isprintable():
        assert logs.escaped(text) == text


def test_place_of_an_error_is_one_line() -> None:
    try:
        raise ValueError("planted")
    except ValueError as error:
        place = logs.place(error)
    assert place.endswith("in test_place_of_an_error_is_one_line")
    assert place.startswith(__file__)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "json"])
def test_what_a_request_carries_stays_on_its_line_in_the_servers_log(form: str, tmp_path: Path) -> None:
    workbook = plan.save(tmp_path / "plan.xlsx")
    forged = "denied\r\n2026-11-25 CRITICAL forged\x1b[31m\x85\x9b\u2028\u202e"
    with serving_with_sign_in(tmp_path, workbook, CWAC_LOG=form) as served:
        before = len(served.log.read_text())
        url = f"{served.url}/oauth2callback?error={quote(forged)}&error_description={quote(forged)}"
        assert httpx.get(url).status_code == 302
        with socket.create_connection(("localhost", served.port)) as raw:
            raw.sendall(
                b"GET /_stcore/stream HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil\x9b31m\x85forged\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b" 403 " in raw.recv(1000)
    log = served.log.read_bytes().decode("utf-8", "strict")[before:]
    assert "denied" in log
    assert "CRITICAL forged" in log, "it is told, on the line that it belongs to"
    assert harmless(log)
    lines = [line for line in log.splitlines() if "forged" in line]
    assert len(lines) == 2
    assert not any(line.startswith("2026-11-25 CRITICAL") for line in log.splitlines())
    if form:
        assert all("denied" in json.loads(line)["message"] or "evil" in json.loads(line)["message"] for line in lines)


def test_http_libraries_log_no_path_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    logs.quiet_libraries()
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("urllib3.connectionpool")
    log.debug('%s://%s:%s "%s %s %s" %s %s', "https", "hooks.example", 443, "POST", "/T0/planted", "HTTP/1.1", 200, 2)
    log.warning("Retrying (%r) after '%r': %s", 1, ValueError("https://hooks.example/planted"), "/T0/planted?key=a")
    log.debug("Redirecting %s -> %s", "https://hooks.example/T0/planted", "https://other.example?tempauth=planted")
    logging.getLogger("urllib3.util.retry").debug("Incremented Retry for (url='%s'): %r", "/T0/planted", 0)
    logging.getLogger("google.auth").warning("planted: no project")
    assert caplog.messages == [
        'https://hooks.example:443 "POST /… HTTP/1.1" 200 2',
        "Retrying (1) after ''ValueError'': /…",
        "Redirecting https://hooks.example/… -> https://other.example/…",
        "Incremented Retry for (url='/…'): 0",
    ]
