"""Whether anybody with the link can open the sheet, against a server that answers as Google does."""

from cwac.checks import doctor
from cwac.settings import Settings
from tests.cases import each
from tests.checks.answering import Written, answering

SETTINGS = Settings(
    spreadsheet="https://docs.google.com/spreadsheets/d/1AbCdEf/edit#gid=0", gsheets={"private_key": "x"}
)
EXPORT, PAGE = "/spreadsheets/d/1AbCdEf/export", "/spreadsheets/d/1AbCdEf/edit"
CSV: Written = (200, {"Content-Type": "text/csv"}, b"Officer\nplanted name\n" * 1000)
SIGN_IN: Written = (302, {"Location": "https://accounts.google.com/ServiceLogin?continue=x"}, b"")


@each(
    ("answers", "result"),
    [
        ({EXPORT: CSV}, "WARN"),
        ({EXPORT: (307, {"Location": "/export/file"}, b""), "/export/file": CSV}, "WARN"),
        ({EXPORT: (403, {}, b""), PAGE: (200, {"Content-Type": "text/html; charset=utf-8"}, b"<title>Plan")}, "WARN"),
        ({EXPORT: SIGN_IN}, "PASS"),
        ({EXPORT: (401, {}, b"")}, "PASS"),
        ({EXPORT: (403, {}, b""), PAGE: SIGN_IN}, "PASS"),
        ({}, "PASS"),
        ({EXPORT: (307, {"Location": EXPORT}, b"")}, "SKIP"),
        ({EXPORT: (429, {}, b"")}, "SKIP"),
        ({EXPORT: (500, {}, b"")}, "SKIP"),
    ],
)
def test_open_sheet_is_a_warning(answers: dict[str, Written], result: str) -> None:
    with answering(answers) as google:
        finding, _ = doctor.link_sharing(SETTINGS, google.url)
        assert not any("Authorization" in headers or "Cookie" in headers for _, headers in google.asked)
        assert len(google.asked) <= 4
    assert finding.result == result
    assert ("officers' names in it are public" in finding.found) == (result == "WARN")
    assert "planted" not in repr(finding)


def test_server_that_is_not_reached_leaves_it_open() -> None:
    finding, answer = doctor.link_sharing(SETTINGS, "http://127.0.0.1:9")
    assert (finding.result, answer) == ("SKIP", None)
    assert "no connection could be made" in finding.found
