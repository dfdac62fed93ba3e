"""Failures of Google and the network: each has a cause, ends at its deadline, and passes."""

import socket
import threading
import time

import pytest

from cwac.sources.google import GoogleSource
from cwac.sources.http_calls import seconds_of
from tests.cases import each
from tests.server import Answer, SheetsServer
from tests.server.answers import as_json
from tests.sources.shared_sheet import FAULT_LASTS, SLOW, STAFFING, TYPED_EVENTS, failure_of, rows_of, source_of

PROMPT = 20.0
"""Seconds within which a failure is reported: far more than a busy machine needs, far less than `FAULT_LASTS`."""
PASSING = {
    "429": "rate-limit",
    "html-429": "rate-limit",
    "500": "server-error",
    "503": "server-error",
    "html-502": "server-error",
    "html-404": "server-error",
    "cut-json": "bad-answer",
    "short-body": "bad-answer",
    "empty": "bad-answer",
    "reset": "unreachable",
    "close": "unreachable",
    "hang": "unreachable",
    "drip-body": "unreachable",
    "drip-headers": "unreachable",
}
LASTING = {
    "not-shared": "not-shared",
    "api-disabled": "api-disabled",
    "not-found": "not-found",
    "office-file": "not-a-google-sheet",
}


def patient_unless_slow(google: SheetsServer, fault: str) -> GoogleSource:
    """Short timeouts only for the faults that wait for them."""
    return source_of(google, **({"read": 0.3, "deadline": 1.0} if fault in SLOW else {"read": 30.0, "deadline": 30.0}))


# --- what goes wrong -----------------------------------------------------------------------------------------------


QUICK = [fault for fault in PASSING if fault not in SLOW]
EACH_FAILURE = [
    *(("token", fault) for fault in QUICK),
    *((call, fault) for call in ("metadata", "batchGet") for fault in (*QUICK, *LASTING)),
    *zip(("token", "metadata", "batchGet"), SLOW, strict=True),
]


@pytest.mark.slow
@each("call, fault", EACH_FAILURE)
def test_each_failure_has_a_cause_is_tried_once_and_passes(google: SheetsServer, call: str, fault: str) -> None:
    source = patient_unless_slow(google, fault)
    google.calls.clear()
    google.fail(fault, on=call, seconds=FAULT_LASTS)
    started = time.monotonic()
    failure = failure_of(source)
    cause = (PASSING | LASTING)[fault]
    assert (failure.cause, failure.permanent, failure.retry_after) == (cause, fault in LASTING, None)
    assert time.monotonic() - started < PROMPT
    order = ("token", "metadata", "batchGet")
    assert google.calls == dict.fromkeys(order[: order.index(call) + 1], 1)
    join_requests()
    google.heal()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS, "Staffing": STAFFING}


def join_requests() -> None:
    """No thread of a fetch is left."""
    for thread in threading.enumerate():
        if thread.name == "cwac-source":
            thread.join(PROMPT)
            assert not thread.is_alive()


@each(
    ("given", "seconds"),
    [("7", 7.0), (" 120 ", 120.0), ("0", 0.0), ("9" * 400, 86_400.0), ("soon", None), ("-3", None), ("", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400.0)],
)  # fmt: skip
@each("fault", ["429", "html-429", "503"])
def test_retry_after_is_passed_on(google: SheetsServer, fault: str, given: str, seconds: float | None) -> None:
    google.fail(fault, retry_after=given)
    assert failure_of(source_of(google)).retry_after == seconds


def test_a_name_that_cannot_be_looked_up(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = failure_of(source_of(google))
    assert (failure.cause, "its name could not be looked up" in str(failure)) == ("unreachable", True)


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_deadline_is_for_all_calls_together(google: SheetsServer) -> None:
    google.fail("drip-body", None, on="any", seconds=0.6)  # a loaded machine still begins the third call in time
    failure = failure_of(source_of(google, deadline=1.7))
    assert (failure.cause, google.calls) == ("unreachable", {"token": 1, "metadata": 1, "batchGet": 1})


def test_hanging_name_lookup_ends_at_the_deadline(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No timeout of any library bounds it."""
    look_up, go_on = socket.getaddrinfo, threading.Event()

    def hang(*args: object, **kwargs: object) -> object:
        go_on.wait(FAULT_LASTS)
        return look_up(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    assert failure_of(source_of(google, deadline=0.3)).cause == "unreachable"
    assert time.monotonic() - started < PROMPT
    go_on.set()
    join_requests()
    assert google.calls == {}  # once it has an address, it does not ask after all


# --- over TLS, as Google is reached ---------------------------------------------------------------------------------


def test_sheet_is_read_over_tls(secure: SheetsServer) -> None:
    source = source_of(secure)
    for _ in range(2):
        assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS}
    assert secure.calls == {"token": 1, "metadata": 1, "batchGet": 2, "formats": 1}


@pytest.mark.slow
@each("fault", ["drip-body", "reset", "short-body"])
def test_faults_over_tls(secure: SheetsServer, fault: str) -> None:
    source = patient_unless_slow(secure, fault)
    secure.fail(fault, on="batchGet", seconds=FAULT_LASTS)
    assert failure_of(source).cause == PASSING[fault]
    join_requests()
    secure.heal()
    assert rows_of(source.fetch()) == {"Events": TYPED_EVENTS}


def test_untrusted_certificate_is_unreachable(secure: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    failure = failure_of(source_of(secure))
    assert (failure.cause, "no secure connection could be made" in str(failure)) == ("unreachable", True)
    assert secure.calls == {}
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/server.pem")
    assert failure_of(source_of(secure)).cause == "unreachable"


# --- answers that are none -----------------------------------------------------------------------------------------


SHEET = {"properties": {"sheetId": 0, "title": "Events", "index": 0, "sheetType": "GRID"}}


def ranges(*rows: object) -> object:
    return {"valueRanges": [{"values": rows}, {}]}


MALFORMED = (
    *(("metadata", content) for content in (
        [], {}, None, {"properties": {}}, {"properties": {}, "sheets": {}}, {"properties": [], "sheets": []},
        {"properties": {}, "sheets": [1]}, {"properties": {}, "sheets": [{"properties": {"title": 5}}]},
        {"properties": {}, "sheets": [{"properties": {"title": "Events", "sheetId": "0"}}]},
        {"properties": {}, "sheets": [SHEET | {"merges": [{"startRowIndex": "x"}]}]},
        {"properties": {"timeZone": 5}, "sheets": [SHEET]},
    )),
    *(("batchGet", content) for content in (
        {"valueRanges": []}, {"valueRanges": [{}]}, {"valueRanges": [{}, {}, {}]}, {"valueRanges": [5, {}]},
        {"valueRanges": [{"values": 5}, {}]}, ranges("Events"), ranges(["a"], None), ranges(["a", ["b"]]),
        ranges(["a", {"b": "c"}]),
    )),
    *(("token", content) for content in (
        [], {}, 5, {"access_token": 5, "expires_in": 60}, {"access_token": "x", "expires_in": []}
    )),
)  # fmt: skip


ODD_ERRORS = [
    None, 5, "x", [], {}, {"code": "x", "details": 5}, {"code": 403, "details": [5, {"reason": []}], "message": {}},
    {"errors": [{}]}, {"errors": {"reason": 5}}, {"status": []},
]  # fmt: skip


@each("call, content", MALFORMED)
def test_malformed_answer_is_a_bad_answer(
    google: SheetsServer, caplog: pytest.LogCaptureFixture, call: str, content: object
) -> None:
    google.faults.clear()
    google.fail("x", on=call, answer=as_json(200, content))
    assert failure_of(source_of(google)).cause == "bad-answer"
    assert caplog.records == []


MERGE = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}


MANY = "has over 1,048,576 rows or 10 million cells"


def tabs(number: int, merges: int = 0) -> object:
    named = [{"properties": SHEET["properties"] | {"sheetId": at, "title": f"T{at}"}} for at in range(number)]
    return {"properties": {}, "sheets": [{**sheet, "merges": [MERGE] * merges} for sheet in named]}


@pytest.mark.slow
@each(
    ("call", "content", "says"),
    [
        ("metadata", tabs(201), "has over 200 tabs"),
        ("metadata", tabs(1, 50_001), "holds far more merged ranges than a plan of events has"),
        ("metadata", tabs(2, 25_001), "holds far more merged ranges than a plan of events has"),
        ("batchGet", {"valueRanges": [{"values": [[]] * 1_048_577}, {}]}, MANY),
        ("batchGet", {"valueRanges": [{"values": [[1] * 10_000_001]}, {}]}, MANY),
        ("batchGet", "x" * (64 * 2**20), "is far larger than a plan of events"),
    ],
)  # fmt: skip
def test_answer_with_more_than_a_plan_has_is_refused(
    google: SheetsServer, call: str, content: object, says: str
) -> None:
    google.fail("x", on=call, answer=as_json(200, content))
    failure = failure_of(source_of(google, deadline=60, read=60))
    assert (failure.cause, failure.sentence) == ("too-large", f"The sheet {says}.")
    assert failure.remedy == "Open it and delete what does not belong to the tables."


@each("call", ["token", "metadata", "batchGet"])
@each("bracket", [b"[", b'{"sheets":'])
def test_deeply_nested_answer_is_a_bad_answer(google: SheetsServer, call: str, bracket: bytes) -> None:
    google.fail("x", on=call, answer=Answer(200, bracket * 100_000))
    assert failure_of(source_of(google)).cause == "bad-answer"


@each("call", ["token", "metadata"])
def test_redirect_is_not_followed(google: SheetsServer, call: str) -> None:
    elsewhere = Answer(302, b"", {"Location": "http://elsewhere.example/"})
    google.fail("x", on=call, answer=elsewhere)
    failure = failure_of(source_of(google))
    assert (failure.cause, "was a redirect" in failure.sentence) == ("bad-answer", True)


def test_unexpected_exception_is_logged(
    google: SheetsServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*_: object, **__: object) -> None:
        raise RuntimeError("from deep within")

    monkeypatch.setattr(socket, "getaddrinfo", strange)
    assert failure_of(source_of(google)).cause == "bad-answer"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "RuntimeError" in caplog.text
    assert "deep within" not in caplog.text


@pytest.mark.slow
@each("status", [204, 400, 403, 418])
@each("call, content", [*MALFORMED, *((call, {"error": odd}) for call in ("token", "metadata") for odd in ODD_ERRORS)])
def test_any_answer_is_a_named_cause(google: SheetsServer, call: str, content: object, status: int) -> None:
    google.faults.clear()
    google.fail("x", None, on=call, answer=as_json(status, content))
    cause = failure_of(source_of(google)).cause
    assert cause in {*PASSING.values(), *LASTING.values(), "not-allowed", "bad-key"}


def test_retry_after_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    try:
        left = seconds_of("Wed, 25 Nov 2026 23:00:00")  # the tests begin at 18:00 in UTC
    finally:
        monkeypatch.undo()
        time.tzset()
    assert left is not None
    assert 10_000 < left <= 18_000
