"""The test server itself: ranges, values, signing in, faults, and the command line."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import google.oauth2.service_account
import gspread
import openpyxl
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError

from cwac.clock import read_clock
from cwac.model import Merge, Tab, Workbook
from cwac.sources.google import GoogleSource
from tests.server import SheetsServer, Spreadsheet, stock_client
from tests.server.grid import NoSuchRangeError, OutsideGridError
from tests.server.tokens import AUDIENCE, GRANT, key_file, private_key

ROOT = Path(__file__).parents[2]


@pytest.fixture
def book() -> Spreadsheet:
    book = Spreadsheet()
    book.add("Hidden", [["h"]], hidden=True)
    book.add("Events", [["A", "B", "C", None], [], [1, None, 2.5, ""], [None, True]])
    book.add("It's C", [["x"]])
    book.add("C", [["y"]])
    return book


@pytest.fixture
def server(book: Spreadsheet) -> Iterator[SheetsServer]:
    with SheetsServer(book) as running:
        yield running


# --- ranges and values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "full", "values"),
    [
        ("Events", "Events!A1:Z1000", [["A", "B", "C"], [], [1, "", 2.5], ["", True]]),
        ("'Events'", "Events!A1:Z1000", [["A", "B", "C"], [], [1, "", 2.5], ["", True]]),
        ("Events!B1:C3", "Events!B1:C3", [["B", "C"], [], ["", 2.5]]),
        ("Events!B:B", "Events!B1:B1000", [["B"], [], [], [True]]),
        ("Events!C3", "Events!C3:C3", [[2.5]]),
        ("Events!3:4", "Events!A3:Z4", [[1, "", 2.5], ["", True]]),
        ("Events!B2:D", "Events!B2:D1000", [[], ["", 2.5], [True]]),
        ("Events!D1:D9", "Events!D1:D9", None),
        ("'It''s C'", "'It''s C'!A1:Z1000", [["x"]]),
        ("'C'", "'C'!A1:Z1000", [["y"]]),
        ("C", "Events!C1:C1000", [["C"], [], [2.5]]),
        ("A1:B1", "Events!A1:B1", [["A", "B"]]),
    ],
)
def test_requested_range_returns_its_cells(book: Spreadsheet, typed: str, full: str, values: list | None) -> None:
    expected = {"range": full, "majorDimension": "ROWS"} | ({} if values is None else {"values": values})
    assert book.values(typed, formatted=False) == expected


@pytest.mark.parametrize(
    "typed", ["Nope", "'Event'", "Nope!A1", "'Events", "Events!", "Events!1A", "Events!A1:", "!A1"]
)
def test_invalid_range_is_refused(book: Spreadsheet, typed: str) -> None:
    with pytest.raises(NoSuchRangeError):
        book.find(typed)


def test_range_beyond_the_grid_is_refused(book: Spreadsheet) -> None:
    with pytest.raises(OutsideGridError, match=r"exceeds grid limits\. Max rows: 1000, max columns: 26"):
        book.find("Events!A1001")


def test_values_by_column(book: Spreadsheet) -> None:
    assert book.values("Events", formatted=False, by_column=True)["values"] == [
        ["A", "", 1],
        ["B", "", "", True],
        ["C", "", 2.5],
    ]


def test_formatted_values_follow_the_locale() -> None:
    book = Spreadsheet()
    sheet = book.add("Events", [[dt.date(2024, 12, 31), dt.time(21, 5), 0.75, 1234.5, 3, True, "x"]])
    sheet.formats |= {(0, 3): "thousands"}
    shown = {}
    for book.locale in ("en_US", "de_DE"):
        shown[book.locale] = book.values("Events", formatted=True)["values"][0]
    assert shown == {
        "en_US": ["12/31/2024", "9:05:00 PM", "0.75", "1,234.5", "3", "TRUE", "x"],
        "de_DE": ["31.12.2024", "21:05:00", "0,75", "1.234,5", "3", "TRUE", "x"],
    }
    assert book.values("Events", formatted=False)["values"][0] == [45657, 75900 / 86400, 0.75, 1234.5, 3, True, "x"]
    assert book.values("Events", formatted=False, dates_as_text=True)["values"][0][:4] == [
        "31.12.2024",
        "21:05:00",
        0.75,
        1234.5,
    ]


def test_book_is_loaded_from_xlsx(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Events"
    sheet.append(["Event ID", "Date", "Start", "Guests", "Done", "When", "Share"])
    noon = dt.datetime.combine(dt.date(2026, 10, 7), dt.time(12))
    sheet.append(["007", noon.date(), dt.time(9, 30), 12.0, True, noon, 0.25])
    sheet["G2"].number_format = "0%"
    sheet["C4"] = "#REF!"
    sheet.merge_cells("A5:B6")
    made.create_sheet("Secret").sheet_state = "hidden"
    made.save(tmp_path / "plan.xlsx")
    book = Spreadsheet.from_xlsx(tmp_path / "plan.xlsx")
    assert [(sheet.title, sheet.hidden, sheet.merges) for sheet in book.sheets] == [
        ("Events", False, [(4, 6, 0, 2)]),
        ("Secret", True, []),
    ]
    assert book.values("Events", formatted=False)["values"] == [
        ["Event ID", "Date", "Start", "Guests", "Done", "When", "Share"],
        ["007", 46302, 34200 / 86400, 12, True, 46302.5, 0.25],
        [],
        ["", "", "#REF!"],
    ]
    assert book.values("Events!A2:G2", formatted=True)["values"] == [
        ["007", "10/7/2026", "9:30:00 AM", "12", "TRUE", "10/7/2026 12:00:00 PM", "25.00%"]
    ]


def test_book_is_made_from_a_workbook() -> None:
    tabs = (
        Tab("Events", [["Event ID", "Date", "Officers needed"], ["EV-1", 46302, 3]], (Merge(0, 1, 0, 2),), 77),
        Tab("Notes", [["Date", 5]]),
    )
    workbook = Workbook("x", read_clock(), "America/Denver", tabs, locale="de_DE")
    book = Spreadsheet.from_workbook(workbook)
    assert (book.time_zone, book.locale, book["Events"].id, book["Events"].merges) == (
        "America/Denver",
        "de_DE",
        77,
        [(0, 1, 0, 2)],
    )
    assert book.values("Events!A2:C2", formatted=True)["values"] == [["EV-1", "07.10.2026", "3"]]
    assert book.values("Notes", formatted=True)["values"] == [["Date", "5"]]


# --- gspread as it comes -------------------------------------------------------------------------------------------


def test_unmodified_gspread_reads_from_the_server(server: SheetsServer) -> None:
    server.book.add("Plan", [["ID", "Date", "Hours"], ["007", dt.date(2026, 10, 7), 1.5], ["8", None, "1,5"]])
    opened = stock_client(server).open_by_url(server.url)
    assert opened.worksheet("Plan").get_all_records() == [
        {"ID": 7, "Date": "10/7/2026", "Hours": 1.5},
        {"ID": 8, "Date": "", "Hours": 15},
    ]
    assert server.calls == {"token": 1, "metadata": 2, "values": 1}
    assert server.reads == 3
    assert [call for call, _ in server.log] == ["token", "metadata", "metadata", "values"]


def test_gspread_meets_googles_refusals(server: SheetsServer) -> None:
    client = stock_client(server)
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key("x" * 44)
    opened = client.open_by_url(server.url)
    with pytest.raises(gspread.WorksheetNotFound):
        opened.worksheet("Nope")
    with pytest.raises(gspread.exceptions.APIError, match="Unable to parse range: Nope!A1"):
        opened.values_get("Nope!A1")
    server.shared = False
    with pytest.raises(PermissionError):
        client.open_by_url(server.url)


# --- signing in ----------------------------------------------------------------------------------------------------


def test_only_the_accounts_own_key_signs_in(server: SheetsServer) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for key, message in (
        (key_file(f"{server.endpoint}/token", stranger), "Invalid JWT Signature."),
        (server.key | {"client_email": "x@y.iam.gserviceaccount.com"}, "Invalid grant: account not found"),
    ):
        credentials = google.oauth2.service_account.Credentials.from_service_account_info(key, scopes=["x"])
        with pytest.raises(RefreshError, match=message):
            gspread.Client(credentials).http_client.session.get(f"{server.endpoint}/v4/spreadsheets/x")


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({}, None),
        ({"aud": "https://example.com"}, "Invalid JWT: Failed audience check."),
        ({"iat": -1000, "exp": 2000}, "short-lived"),
        ({"iat": 1000, "exp": 4000}, "short-lived"),
        ({"exp": 3700}, "short-lived"),
        ({"scope": ""}, "Empty or missing scope"),
    ],
)
def test_token_request_with_wrong_claims_is_refused(server: SheetsServer, claims: dict, error: str | None) -> None:
    now = int(server.now)
    all_claims = {"iat": 0, "exp": 3600, "iss": server.key["client_email"], "aud": AUDIENCE, "scope": "s"} | claims
    all_claims |= {"iat": now + all_claims["iat"], "exp": now + all_claims["exp"]}
    assertion = jwt.encode(crypt.RSASigner(private_key()), all_claims).decode()
    answer = requests.post(server.endpoint + "/token", {"grant_type": GRANT, "assertion": assertion})
    if error is None:
        assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
    else:
        assert (answer.status_code, error in answer.json()["error_description"]) == (400, True)


@pytest.mark.parametrize("form", [{}, {"grant_type": GRANT}, {"grant_type": GRANT, "assertion": "a.b.c"}, {"x": "é"}])
def test_malformed_token_request_is_refused(server: SheetsServer, form: dict) -> None:
    assert requests.post(server.endpoint + "/token", form).status_code == 400


def test_request_without_token_or_scope_is_refused(server: SheetsServer) -> None:
    address = f"{server.endpoint}/v4/spreadsheets/{server.book.id}"
    assert requests.get(address).status_code == 401
    assert requests.get(address, headers={"Authorization": "Bearer x"}).status_code == 401
    mail = google.oauth2.service_account.Credentials.from_service_account_info(server.key, scopes=["mail"])
    answer = gspread.Client(mail).http_client.session.get(address)
    assert (answer.status_code, answer.json()["error"]["details"][0]["reason"]) == (
        403,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    )


# --- faults --------------------------------------------------------------------------------------------------------


def test_faults_come_in_order_and_for_their_call(server: SheetsServer) -> None:
    session = stock_client(server).http_client.session
    root = f"{server.endpoint}/v4/spreadsheets/{server.book.id}"
    server.fail("429", 2, on="metadata", retry_after=7)
    server.fail("html-502", on="metadata")
    seen = [session.get(address) for address in (root, f"{root}/values/Events", root, root, root)]
    assert [answer.status_code for answer in seen] == [429, 200, 429, 502, 200]
    assert seen[0].headers["Retry-After"] == "7"
    assert seen[0].json()["error"]["details"][0]["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerUser"
    assert seen[3].headers["Content-Type"] == "text/html; charset=UTF-8"
    server.fail("503", None)
    assert [session.get(root).status_code for _ in range(3)] == [503, 503, 503]
    server.heal()
    assert session.get(root).status_code == 200


@pytest.mark.slow
def test_faults_on_the_way(server: SheetsServer) -> None:
    server.book.add("Long", [[f"cell {row} {column}" for column in range(20)] for row in range(100)])
    session = stock_client(server).http_client.session
    address = f"{server.endpoint}/v4/spreadsheets/{server.book.id}/values/Long"
    whole = session.get(address)
    assert whole.headers["Content-Encoding"] == "gzip"
    server.fail("cut-json")
    assert whole.text.startswith(session.get(address).text)
    for fault, error in (
        ("short-body", requests.exceptions.ChunkedEncodingError),
        ("reset", requests.ConnectionError),
        ("close", requests.ConnectionError),
    ):
        server.fail(fault)
        with pytest.raises(error, match="reset by peer" if fault == "reset" else None):
            session.get(address)
    for fault in ("hang", "drip-body", "drip-headers"):
        server.fail(fault, seconds=0.3)
        started = time.monotonic()
        assert session.get(address).text == whole.text
        assert time.monotonic() - started >= 0.25


def test_unknown_fault_is_refused(server: SheetsServer) -> None:
    with pytest.raises(ValueError, match="no such fault: 42"):
        server.fail("42")


def test_an_outage_ends(server: SheetsServer) -> None:
    session = stock_client(server).http_client.session
    address = f"{server.endpoint}/v4/spreadsheets/{server.book.id}"
    session.get(address)
    server.stop()
    with pytest.raises(requests.ConnectionError):
        session.get(address)
    server.start()
    assert session.get(address).status_code == 200


def test_a_frozen_server_answers_as_at_first(book: Spreadsheet) -> None:
    with SheetsServer(book, frozen=True) as server:
        client = stock_client(server).http_client
        before = client.values_get(book.id, "Events")
        book["Events"].set("A1", "changed")
        assert client.values_get(book.id, "Events") == before


# --- by hand -------------------------------------------------------------------------------------------------------


def test_server_starts_from_the_command_line(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "Events"
    made.active.append(["Event ID", "Date"])
    made.save(tmp_path / "plan.xlsx")
    command = [sys.executable, "-m", "tests.server", str(tmp_path / "plan.xlsx")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            assert process.stdout is not None
            while not lines or lines[-1] != "local = true\n":
                lines.append(process.stdout.readline())
                assert lines[-1], "it ended"
            secrets = tomllib.loads("".join(lines))
            assert secrets["access"] == {"local": True}
            sheet = secrets["connections"]["gsheets"]
            workbook = GoogleSource(sheet["spreadsheet"], sheet).fetch()
            assert [(tab.title, tab.rows) for tab in workbook.tabs] == [("Events", [("Event ID", "Date")])]
        finally:
            process.kill()


def test_secrets_and_key_of_the_server_agree(server: SheetsServer) -> None:
    assert tomllib.loads(server.secrets()) == {"connections": {"gsheets": server.gsheets}}
    assert json.loads(json.dumps(server.key)) == server.key
    assert server.gsheets == server.key | {"spreadsheet": server.url, "api_endpoint": server.endpoint}
