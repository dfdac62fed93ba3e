"""Log records stay on one line without control characters, whichever library logs them."""

import contextlib
import io
import itertools
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
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from cwac import logs
from tests.cases import each
from tests.fixed_clock import Clock
from tests.web import plan
from tests.web.served import session
from tests.web.signed_in import serving_with_sign_in

NASTY = [
    "\n", "\r", "\r\n", "\x1b[2J", "\x1b]0;title\x07", "\x00", "\x08", "\x7f", "\x85", "\x9b31m", "\u2028", "\u2029",
    "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\x0b", "\x0c", "\x1c",
]  # fmt: skip
LOGGERS = ["cwac.web.session", "streamlit.web.server", "uvicorn.error", "starlette", "authlib", ""]


@pytest.fixture(autouse=True)
def factory() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    logs.guard_records(itertools.count(0, 60).__next__)  # each record is a minute after the one before it
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
            raise ValueError(error)
        log.error(message, *args)
    except ValueError:
        log.exception(message, *args)
    finally:
        log.removeHandler(handler)
    return stream.getvalue()


def harmless(text: str) -> bool:
    return {"Cc", "Cf", "Cs", "Zl", "Zp"}.isdisjoint(map(unicodedata.category, text.replace("\n", "")))


@each("logger", ["streamlit.web.server", "a.library", ""])
def test_one_place_of_a_library_is_logged_once_a_minute_with_a_count(logger: str) -> None:
    clock = Clock()
    logs.guard_records(clock)

    def log(number: int, error: str = "") -> str:
        return written(logger, None, "Not valid: %s", number, error=error)

    assert [log(number) for number in range(3)] == ["Not valid: 0\n", "", ""]
    clock.now = 59.9
    assert log(3) == ""
    clock.now = 60.0
    assert [log(4), log(5)] == ["Not valid: 4 (3 more like this were left out)\n", ""]
    clock.now = 120.0
    assert log(6) == "Not valid: 6 (1 more like this were left out)\n"
    first, second = log(7, "mistake 7").splitlines(), log(8, "mistake 8")
    assert (first[0], first[-1], second) == ("Not valid: 7", "  ValueError: mistake 7", "")


def test_each_different_record_of_our_own_is_logged_and_an_equal_one_once_a_minute() -> None:
    clock = Clock()
    logs.guard_records(clock)
    assert [written("cwac.web", None, "Careful: %s", text) for text in ("a", "b", "a")] == [
        "Careful: a\n", "Careful: b\n", "",
    ]  # fmt: skip
    clock.now = 60.0
    assert written("cwac.web", None, "Careful: %s", "a") == "Careful: a (1 more like this were left out)\n"


@each("formatter", [None, logs.JsonLines()])
def test_lines_are_cut(formatter: logging.Formatter | None) -> None:
    long = "x" * 1_000_000
    line = written("authlib", formatter, "Refused: %s", long)
    assert ("x" * 490 + "…" in line, len(line) < 700) == (True, True)
    error = written("streamlit", None, "It failed", error=long).splitlines()[-1]
    assert error == f"  ValueError: {'x' * 487}…"
    assert written("a", None, "%s", "x" * 500) == "x" * 500 + "\n"
    assert written("b", None, "%s", "\n" * 1_000) == ("\\n" * 250)[:499] + "…\n"


def test_what_is_remembered_of_records_is_bounded() -> None:
    logs.guard_records(lambda: 0.0)
    numbers = [*range(1_100), 1_099, 100, 99]
    are_written = [written("cwac.web", None, "Look %d failed", number) != "" for number in numbers]
    assert are_written == [True] * 1_100 + [False, False, True]


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
    typed = f"a{nasty}b"
    for said in (("Refused: %s", typed), (f"Refused: {typed}",), ("Refused: %(who)s", {"who": typed}), ("%r", typed)):
        line = written(logger, formatter, *said)
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
    with pytest.raises(ValueError, match="planted") as raised:
        raise ValueError("planted")
    place = logs.place(raised.value)
    assert place.startswith(__file__)
    assert place.endswith("in test_place_of_an_error_is_one_line")


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
    assert harmless(log)
    assert not any(line.startswith("2026-11-25 CRITICAL") for line in log.splitlines())
    denied, evil = (line for line in log.splitlines() if "forged" in line)
    for line, word in ((denied, "CRITICAL forged"), (denied, "denied"), (evil, "evil")):
        assert word in (json.loads(line)["message"] if form else line), "it is told, on the line that it belongs to"


@pytest.mark.slow
def test_strangers_hardly_fill_the_servers_log(tmp_path: Path) -> None:
    """Forged and unreadable messages, messages of no kind, text, and refusals of the provider that nobody sent."""
    workbook = plan.save(tmp_path / "plan.xlsx", plan.TODAY)
    forged, gone, none = BackMsg(), BackMsg(), BackMsg()
    forged.rerun_script.widget_states.widgets.add(id="x", json_value="{" * 1_000)
    gone.rerun_script.fragment_id = "y" * 1_000
    none.debug_shutdown_runtime = True
    with serving_with_sign_in(tmp_path, workbook, access="public = true\n") as served:
        before = served.log.stat().st_size
        with session(served) as visitor:
            for _ in range(30):
                for message in (forged, gone, none):
                    visitor._websocket.send(message.SerializeToString())
            visitor.open()
        for data in (b"\xff\xff not a message", "text") * 10:
            with session(served) as visitor, contextlib.suppress(ConnectionClosed):
                visitor._websocket.send(data)
                while True:
                    visitor._websocket.recv(timeout=30)
        for number in range(20):
            assert httpx.get(f"{served.url}/oauth2callback?error={'z' * 7_000}{number}").status_code == 302
        log = served.log.read_text()[before:]
    assert "Error deserializing back message" in log
    assert log.count("zzz" * 100) == 1
    assert len(log) < 40_000


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
