import csv
import datetime as dt
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import icalendar
import openpyxl
import pytest
from click.testing import CliRunner

from cwac import cli
from cwac.cli import main
from cwac.model import PROBLEM_KEYS
from cwac.sources.excel import read_excel
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet

ROOT = Path(__file__).resolve().parent.parent
ON = "2026-10-01"
EVENTS = [
    ["Event ID", "Date", "Start", "End", "Title", "Town", "Venue", "Lead agency", "Status", "Officers needed"],
    ["EV-1", dt.date(2026, 10, 6), dt.time(8, 30), dt.time(10, 0), "-cmd", "Weed", "Cafe", "WPD", "Confirmed", 2],
    ["EV-2", "soon", None, None, None, "Etna", None, "SCSO", "Tentative", None],
    ["EV-3", dt.date(2026, 9, 2), None, None, "@home", "Weed", "Cafe", "WPD", "Completed", None],
]
STAFFING = [["Event ID", "Officer", "Agency", "Role", "Status"], ["EV-1", "A. Sample", "WPD", "Host", "Confirmed"]]
ATTENDANCE = [["Event ID", "Guests"], ["EV-3", "35-40"]]
LISTS = {
    "Agencies": [["Agency", "Name"], ["WPD", "Weed Police Department"], ["SCSO", "Sheriff's Office"]],
    "Officers": [["Officer ID", "Name", "Agency"], ["OF-01", "A. Sample", "WPD"]],
    "Time off": [["Officer", "From", "To"]],
    "Venues": [["Venue", "Town"], ["Cafe", "Weed"]],
    "Towns": [["Town", "Population"], ["Weed", 2600], ["Etna", 680]],
    "Coverage": [["Town", "Agency"]],
    "Follow-ups": [["Follow-up ID", "Event ID", "Summary"], ["FU-1", "EV-3", "Speeding by the school"]],
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cwac.settings.PROJECT", tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def write(path, **tabs):
    book = openpyxl.Workbook()
    book.remove(book.active)
    grids = {"Events": EVENTS, "Staffing": STAFFING, "Attendance": ATTENDANCE} | LISTS
    for title, rows in (grids | tabs).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    os.utime(path, (1_790_000_000, 1_790_000_000))
    return str(path)


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path / "plan.xlsx")


def run(*words, status=0):
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, None if isinstance(result.exception, SystemExit) else result.exception) == (status, None)
    return result


def refusal(*words):
    """What a command that cannot be done says: nothing on standard output, one line on standard error."""
    result = run(*words, status=2)
    assert result.stdout == ""
    return result.stderr.splitlines()[-1]


# --- check ------------------------------------------------------------------------------------------------------


def heading(plan, on=ON):
    return {"source": plan, "as_of": "2026-09-21T07:13:20-07:00", "on": on}


def accounted(rows, left_out=0):
    return {"rows": rows, "kept": rows - left_out, "left_out": left_out, "skipped": 0}


def test_check_in_json_is_the_accounting_and_the_problems(plan):
    result = run("check", plan, "--on", ON, "--format", "json", status=1)
    assert result.stderr == ""
    assert json.loads(result.stdout) == heading(plan) | {
        "tabs": {
            "Events": accounted(3, left_out=1),
            "Staffing": accounted(1),
            "Attendance": accounted(1),
            "Agencies": accounted(2),
            "Officers": accounted(1),
            "Time off": accounted(0),
            "Venues": accounted(1),
            "Towns": accounted(2),
            "Coverage": accounted(0),
            "Follow-ups": accounted(1),
        },
        "problems": [
            {
                "severity": "error",
                "code": "unreadable",
                "tab": "Events",
                "row": 3,
                "column": "Date",
                "cell": "B3",
                "found": "soon",
                "advice": "No day could be read here. Type the day as month/day/year, for example 6/19/2019.",
                "link": None,
                "agencies": ["SCSO"],
            }
        ],
    }


def test_check_exits_with_0_where_every_cell_is_used(tmp_path):
    plan = write(tmp_path / "plan.xlsx", Events=EVENTS[:2], Attendance=ATTENDANCE[:1], **{"Follow-ups": []})
    result = run("check", plan, "--on", ON)
    assert [line.split() for line in result.stdout.splitlines() if line.startswith("Events")] == [
        ["Events", "1", "1", "0", "0"]
    ]


def test_check_in_words_gives_cell_found_and_advice(plan):
    result = run("check", plan, "--on", ON, status=1)
    assert result.stdout == (
        f"{plan}, as of 2026-09-21 07:13 PDT; today is Thu 1 Oct 2026.\n"
        "\n"
        "Tab             rows    kept  left out  skipped\n"
        "Events             3       2         1        0\n"
        "Staffing           1       1         0        0\n"
        "Attendance         1       1         0        0\n"
        "Agencies           2       2         0        0\n"
        "Officers           1       1         0        0\n"
        "Time off           0       0         0        0\n"
        "Venues             1       1         0        0\n"
        "Towns              2       2         0        0\n"
        "Coverage           0       0         0        0\n"
        "Follow-ups         1       1         0        0\n"
        "\n"
        "1 error: not used until put right\n"
        "\n"
        "  Events, Date: unreadable\n"
        '    B3  "soon"  for SCSO\n'
        "      No day could be read here. Type the day as month/day/year, for example 6/19/2019.\n"
    )


def test_check_in_words_says_a_mistake_made_often_once(tmp_path):
    plan = write(tmp_path / "plan.xlsx", Events=[*EVENTS, *([f"EV-1{n}", "soon", *EVENTS[2][2:]] for n in range(40))])
    lines = run("check", plan, "--on", ON, status=1).stdout.splitlines()
    start = lines.index("  Events, Date: unreadable, 41 times")
    assert lines[start + 1 :] == [
        '    B3  "soon"  for SCSO',
        *(f'    B{row}  "soon"  for SCSO' for row in range(5, 12)),
        "    and 33 more",
        "      No day could be read here. Type the day as month/day/year, for example 6/19/2019.",
    ]


def test_a_cell_cannot_take_over_the_terminal(tmp_path):
    nasty = "soon\u202e\x9b2J\nnow \u2028" + "x" * 100
    plan = write(tmp_path / "plan.xlsx", Events=[*EVENTS[:2], ["EV-2", nasty, *EVENTS[2][2:]]])
    text = run("check", plan, "--on", ON, status=1).stdout
    assert [ch for ch in text if not ch.isprintable() and ch != "\n"] == []
    assert '    B3  "soon\\u202e\\x9b2J now  xxx' in text
    assert "x" * 61 not in text


def test_on_sets_today(plan):
    early = json.loads(run("check", plan, "--on", "2026-08-01", "--format", "json", status=1).stdout)
    assert (early["on"], [problem["code"] for problem in early["problems"]]) == (
        "2026-08-01",
        ["unreadable", "inconsistent"],  # Completed, but the day is still to come
    )


def test_check_follows_the_rules_configured(plan, monkeypatch):
    monkeypatch.setenv("CWAC_EARLY_HOUR", "9")
    found = json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["problems"]
    assert [(problem["cell"], problem["code"]) for problem in found] == [("B3", "unreadable"), ("C2", "implausible")]


def test_today_is_the_day_where_the_sheet_is(plan, monkeypatch):
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2026, 10, 2, 5, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr(cli.dt, "datetime", Clock)
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["on"] == "2026-10-01"


# --- alerts -----------------------------------------------------------------------------------------------------


def test_alerts_in_json(plan):
    result = run("alerts", plan, "--on", "2026-10-05", "--format", "json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == heading(plan, "2026-10-05") | {
        "alerts": [
            {
                "severity": "error",
                "code": "understaffed",
                "event_ids": ["EV-1"],
                "officer": None,
                "agency": "WPD",
                "venue": None,
                "days_until": 1,
                "message": "Cafe, Weed on Tue 6 Oct, 8:30–10:00 AM: 1 of 2 officers. Ask WPD for 1 more.",
            }
        ]
    }


def test_alerts_in_words(plan):
    assert run("alerts", plan, "--on", "2026-10-05").stdout == (
        f"{plan}, as of 2026-09-21 07:13 PDT; today is Mon 5 Oct 2026.\n"
        "\n"
        "Tue 6 Oct 2026 (tomorrow)\n"
        "  error: Too few officers [EV-1]\n"
        "      Cafe, Weed on Tue 6 Oct, 8:30–10:00 AM: 1 of 2 officers. Ask WPD for 1 more.\n"
    )


def test_no_alerts_is_said(plan):
    assert run("alerts", plan, "--on", "2026-10-07").stdout.splitlines()[2:] == ["No alerts for 0 events to come."]


def test_alerts_follow_the_rules_configured(plan, monkeypatch):
    extra = ["EV-4", dt.date(2026, 10, 6), dt.time(10, 30), None, None, "Weed", "Cafe", "WPD", "Confirmed", None]
    write(Path(plan), Events=[*EVENTS, ["EV-5", dt.date(2026, 10, 6), dt.time(9, 30), *extra[3:]]])
    codes = [a["code"] for a in json.loads(run("alerts", plan, "--on", ON, "--format", "json").stdout)["alerts"]]
    assert "venue-double-booked" in codes
    write(Path(plan), Events=[*EVENTS, extra, ["EV-5", dt.date(2026, 10, 6), dt.time(11, 15), *extra[3:]]])
    for minutes, clash in (("45", False), ("46", True)):
        monkeypatch.setenv("CWAC_DEFAULT_MINUTES", minutes)
        found = json.loads(run("alerts", plan, "--on", ON, "--format", "json").stdout)["alerts"]
        assert ("venue-double-booked" in [alert["code"] for alert in found]) == clash


# --- export -----------------------------------------------------------------------------------------------------


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_export_is_csv_by_default_and_disarms_formulas(plan):
    result = CliRunner().invoke(main, ["export", "events", plan, "--on", ON])
    rows = read_csv(result.stdout_bytes.decode())
    assert [(row["id"], row["date"], row["title"], row["venue"], row["guests"]) for row in rows] == [
        ("EV-1", "2026-10-06", "'-cmd", "Cafe", ""),
        ("EV-3", "2026-09-02", "'@home", "Cafe", "37.5"),
    ]


def test_export_in_json(plan):
    result = run("export", "staffing", plan, "--on", ON, "--format", "json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == [
        {
            "event_id": "EV-1",
            "date": "2026-10-06",
            "officer_id": "OF-01",
            "officer": "A. Sample",
            "agency": "WPD",
            "role": "Host",
            "status": "Confirmed",
            "report_time": None,
            "release_time": None,
            "hours": None,
            "pay_type": None,
            "placeholder": False,
        }
    ]


def test_follow_ups_have_their_summary_only_on_request(plan):
    (row,) = json.loads(run("export", "follow-ups", plan, "--format", "json").stdout)
    assert "summary" not in row
    (row,) = json.loads(run("export", "follow-ups", plan, "--format", "json", "--summaries").stdout)
    assert row["summary"] == "Speeding by the school"
    assert list(row)[-1] == "summary"


@pytest.mark.parametrize("words", [("--format", "xlsx"), ()], ids=["format", "suffix"])
def test_export_writes_a_workbook_to_a_file(plan, tmp_path, words):
    result = run("export", "events", plan, "--on", ON, *words, "-o", "out.xlsx")
    assert (result.stdout, result.stderr) == ("", "2 rows written to out.xlsx.\n")
    (sheet,) = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets
    assert [row[:2] for row in sheet.iter_rows(values_only=True)] == [
        ("id", "date"),
        ("EV-1", "2026-10-06"),
        ("EV-3", "2026-09-02"),
    ]
    assert (sheet["F2"].value, sheet["F2"].data_type) == ("-cmd", "s")


def test_export_to_a_dash_is_standard_output(plan, tmp_path):
    assert run("export", "events", plan, "-o", "-").stdout == run("export", "events", plan).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]


def test_a_file_is_replaced_whole_is_its_owners_alone_and_keeps_its_link(plan, tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o644)
    (tmp_path / "out.csv").symlink_to("real.csv")
    run("export", "attendance", plan, "-o", "out.csv")
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o600
    assert [row["event_id"] for row in read_csv((tmp_path / "real.csv").read_text())] == ["EV-3"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plan.xlsx", "real.csv"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o027, 0o077])
@pytest.mark.parametrize(
    "words",
    [
        *(("export", what, "PLAN", "-o") for what in ("events", "staffing", "attendance", "follow-ups")),
        ("report", "2026-Q3", "PLAN", "-o"),
        ("records", "PLAN", "--from", "2026-09-01", "--to", "2026-09-30", "-o"),
        ("template", "--sample"),
    ],
    ids=" ".join,
)
def test_a_written_file_is_its_owners_alone_whatever_the_umask(plan, tmp_path, words, umask):
    before = os.umask(umask)
    try:
        run(*(plan if word == "PLAN" else word for word in words), "out.xlsx")
    finally:
        os.umask(before)
    assert (tmp_path / "out.xlsx").stat().st_mode & 0o777 == 0o600


def test_check_says_whose_row_a_problem_is_and_whom_a_cell_could_mean(tmp_path):
    officers = [["Officer ID", "Name", "Agency"], ["OF-1", "A. Sample", "WPD"], ["OF-2", "B. Samples", "SCSO"]]
    agencies = [["Agency", "Name"], ["WPD", "Weed Police"], ["SCSO", "Sheriff"]]
    staffing = [["Event ID", "Officer"], ["EV-1", "A. Sampel"], ["NOWHERE", "OF-2"], ["NOWHERE", "Zebedee"]]
    plan = write(tmp_path / "plan.xlsx", Events=EVENTS[:2], Staffing=staffing, Officers=officers, Agencies=agencies)
    found = json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["problems"]
    errors = [(one["cell"], one["agencies"], one["advice"]) for one in found if one["tab"] == "Staffing"]
    here = "copy it from the Events tab."
    assert errors == [
        (
            "B2",
            ["WPD"],
            "No officer of that name: type it as the Officers tab has it, or the Officer ID. "
            "Did you mean A. Sample (OF-1)?",
        ),
        ("A3", ["SCSO"], f"No event has this ID: {here}"),
        ("A4", [], f"No event has this ID: {here}"),
        ("B4", [], "No officer of that name: correct it, or add it to the Officers tab."),
    ]
    assert {tuple(one) for one in found} == {PROBLEM_KEYS}
    said = run("check", plan, "--on", ON, status=1).stdout
    for line in ('B2  "A. Sampel"  for WPD', 'A3  "NOWHERE"  for SCSO', 'A4  "NOWHERE"  for everybody'):
        assert f"    {line}\n" in said
    assert "Did you mean A. Sample (OF-1)?" in said


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(plan, tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    said = refusal("export", "events", plan, "-o", "out.csv")
    assert said == (
        "Error: out.csv cannot be written (No space left on device): check the folder, and who may write there."
    )
    assert (tmp_path / "out.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plan.xlsx"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "no/such/out.csv"), "no/such/out.csv cannot be written (No such file or directory)"),
        (("-o", "."), ". cannot be written (it is a folder)"),
        (("--summaries",), "--summaries goes with follow-ups only."),
    ],
)
def test_an_export_that_cannot_be_written_says_why(plan, words, said):
    assert said in refusal("export", "events", plan, *words)


@pytest.mark.parametrize("words", [("--format", "ics"), ("-o", "plan.ics")], ids=["format", "suffix"])
def test_export_writes_a_calendar_of_the_events(plan, tmp_path, words):
    text = run("export", "events", plan, "--on", ON, *words).stdout
    text = text or (tmp_path / "plan.ics").read_text()
    calendar = icalendar.Calendar.from_ical(text)
    assert [str(event["DTSTART"].dt)[:10] for event in calendar.events] == ["2026-10-06", "2026-09-02"]


@pytest.mark.parametrize("what", ["staffing", "attendance", "follow-ups"])
def test_only_events_go_into_a_calendar(plan, what):
    assert "Only events can be written as ics" in refusal("export", what, plan, "--format", "ics")


# --- where the sheet comes from ---------------------------------------------------------------------------------


def test_without_a_source_the_configured_workbook_is_read(plan, monkeypatch):
    monkeypatch.setenv("CWAC_WORKBOOK", plan)
    found = json.loads(run("check", "--on", ON, "--format", "json", status=1).stdout)
    assert {name: found[name] for name in ("source", "as_of", "on")} == heading(plan)


def test_the_configured_zone_is_that_of_a_file(plan, monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "America/New_York")
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["as_of"] == "2026-09-21T10:13:20-04:00"
    assert read_csv(run("export", "events", plan).stdout)[0]["timezone"] == "America/New_York"


@pytest.mark.parametrize("words", [(), ("sample",)])
def test_where_nothing_is_configured_the_sample_is_read_as_of_that_day(words):
    found = json.loads(run("check", *words, "--on", ON, "--format", "json", status=1).stdout)
    assert (found["source"], found["on"]) == ("sample", ON)
    assert len(found["tabs"]) == 10
    dates = [row["date"] for row in json.loads(run("export", "events", *words, "--on", ON, "--format", "json").stdout)]
    assert ON < max(dates) < "2027-02"


def test_the_word_sample_goes_before_what_is_configured(plan, monkeypatch):
    monkeypatch.setenv("CWAC_WORKBOOK", plan)
    assert json.loads(run("alerts", "sample", "--format", "json").stdout)["source"] == "sample"


@pytest.fixture
def google(plan, monkeypatch, tmp_path):
    with SheetsServer(plan) as server:
        (tmp_path / "key.json").write_text(json.dumps(server.key))
        (tmp_path / "key.json").chmod(0o600)
        monkeypatch.setenv("CWAC_SERVICE_ACCOUNT", str(tmp_path / "key.json"))
        monkeypatch.setenv("CWAC_API_ENDPOINT", server.endpoint)
        yield server


@pytest.mark.parametrize("configured", [True, False], ids=["configured", "on-the-line"])
def test_a_google_sheet_is_read_with_links_to_its_cells(google, monkeypatch, configured):
    if configured:
        monkeypatch.setenv("CWAC_SPREADSHEET", google.url)
    found = json.loads(
        run("check", *([] if configured else [google.url]), "--on", ON, "--format", "json", status=1).stdout
    )
    as_of = dt.datetime.fromisoformat(found["as_of"])
    assert (found["source"], found["on"], as_of.utcoffset()) == (google.url, ON, dt.timedelta(hours=-8))
    (problem,) = found["problems"]
    assert (
        problem["link"]
        == f"https://docs.google.com/spreadsheets/d/{google.book.id}/edit#gid={google.book['Events'].id}&range=B3"
    )
    text = run("check", google.url, "--on", ON, status=1).stdout
    assert f'    B3  "soon"  for SCSO  {problem["link"]}\n' in text


def test_a_google_sheet_that_is_not_shared_says_with_whom_to_share_it(google):
    google.shared = False
    assert google.key["client_email"] in refusal("check", google.url)


def test_a_google_sheet_without_a_key_is_refused(google, monkeypatch):
    monkeypatch.delenv("CWAC_SERVICE_ACCOUNT")
    assert refusal("check", google.url, "--format", "json").startswith("Error: ")


def test_an_address_that_is_no_sheet_is_refused(google):
    assert refusal("check", "https://example.com/plan.xlsx").startswith("Error: ")
    assert google.calls == {}


def test_of_several_counties_one_is_read_by_its_name(google, plan, monkeypatch):
    other = Spreadsheet.from_workbook(read_excel(plan, "America/Los_Angeles"), "Modoc")
    google.books[other.id] = other
    monkeypatch.setenv("CWAC_SPREADSHEET", f"Siskiyou = {google.url}, Modoc = {other.url}")
    found = json.loads(run("check", "modoc", "--on", ON, "--format", "json", status=1).stdout)
    assert found["source"] == other.url
    assert refusal("alerts") == "Error: Several sheets are configured. Say which to read: Siskiyou, Modoc."
    assert json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["source"] == plan
    monkeypatch.setenv("CWAC_SPREADSHEET", f"Modoc = {other.url}")
    assert json.loads(run("alerts", "--format", "json").stdout)["source"] == other.url


def test_a_sheet_configured_by_its_key_alone_is_read(google, monkeypatch):
    monkeypatch.setenv("CWAC_SPREADSHEET", google.book.id)
    assert json.loads(run("alerts", "--format", "json").stdout)["source"] == google.book.id


# --- what cannot be used ----------------------------------------------------------------------------------------


def not_a_workbook(path):
    path.write_text("Event ID,Date\n")


def no_events_tab(path):
    book = openpyxl.Workbook()
    book.active.title = "Lunch"
    book.active.append(["Soup"])
    book.save(path)


def no_header(path):
    write(path, Events=[["hello"]])


def no_cells(path):
    openpyxl.Workbook().save(path)


@pytest.mark.parametrize("command", [("check",), ("alerts",), ("export", "events")], ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (str, "there"),
        (Path.mkdir, "folder"),
        (not_a_workbook, "not a workbook"),
        (no_events_tab, "no tab named Events"),
        (no_header, "no header row"),
        (no_cells, "nothing in this workbook"),
    ],
    ids=["absent", "folder", "text", "no-events-tab", "no-header", "no-cells"],
)
@pytest.mark.parametrize("form", [(), ("--format", "json")], ids=["plain", "json"])
def test_a_source_that_cannot_be_read_is_one_sentence(tmp_path, command, make, said, form):
    make(tmp_path / "bad.xlsx")
    line = refusal(*command, "bad.xlsx", *form)
    assert line.startswith("Error: ")
    assert said in line


@pytest.mark.parametrize(
    ("name", "value"),
    [("CWAC_TIMEZONE", "Mars/Olympus"), ("CWAC_DEFAULT_MINUTES", "soon"), ("CWAC_SERVICE_ACCOUNT", "/no/such.json")],
)
def test_a_setting_that_cannot_be_used_is_named(plan, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert value in refusal("check", plan)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--color"),
        ("check", "--on", "tomorrow"),
        ("check", "--on", "0001-01-01"),
        ("check", "--format", "yaml"),
        ("check", "a.xlsx", "b.xlsx"),
        ("export",),
        ("export", "officers"),
        ("paint",),
        (),
        ("template",),
        ("template", "plan.csv"),
    ],
    ids=" ".join,
)
def test_a_command_that_is_not_one_prints_nothing_on_standard_output(words):
    refusal(*words)


def test_a_mistake_of_ours_is_one_sentence_and_no_traceback(plan, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no \x1b[2J way")

    monkeypatch.setattr("cwac.sheet.reader.read_workbook", broken)
    assert refusal("check", plan) == (
        "Error: Something went wrong inside cwac, and nothing was written (ZeroDivisionError: no \\x1b[2J way). "
        "Please report it, with what CWAC_DEBUG=1 prints when the command is run again."
    )
    monkeypatch.setenv("CWAC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(main, ["check", plan], catch_exceptions=False)


# --- template ---------------------------------------------------------------------------------------------------


def test_the_blank_workbook_has_no_problems():
    result = run("template", "new.xlsx")
    assert (result.stdout, result.stderr) == ("", "Written to new.xlsx.\n")
    found = json.loads(run("check", "new.xlsx", "--format", "json").stdout)
    assert (found["problems"], {tab["rows"] for tab in found["tabs"].values()}) == ([], {0})


def test_the_filled_workbook_reads_as_the_sample_does():
    run("template", "new.xlsx", "--sample", "--on", ON)
    assert run("export", "events", "new.xlsx", "--on", ON).stdout == run("export", "events", "--on", ON).stdout


def test_a_template_does_not_replace_a_plan_unless_told_to(plan):
    before = Path(plan).read_bytes()
    assert "plan.xlsx is there already" in refusal("template", "plan.xlsx")
    assert Path(plan).read_bytes() == before
    run("template", "plan.xlsx", "--force")
    assert Path(plan).read_bytes() != before


# --- the command itself -----------------------------------------------------------------------------------------


def shell(*words, env=(), stdout=subprocess.PIPE, **options):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "PYTHON"))}
    environment = kept | {"PYTHONPATH": str(ROOT)} | dict(env)
    command = [sys.executable, *(words if words[0] == "-c" else ("-m", "cwac", *words))]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment, timeout=60, **options)


def test_the_command_writes_utf_8_whatever_the_locale(tmp_path):
    title = "Café ☕ – 中文"
    plan = write(tmp_path / "plan.xlsx", Events=[EVENTS[0], [*EVENTS[1][:4], title, *EVENTS[1][5:]]])
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = shell("export", "events", plan, "--on", ON, "--format", "json", env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert title in done.stdout.decode("utf-8")


def test_the_command_stands_a_file_name_that_is_no_text(tmp_path):
    done = shell("check", b"caf\xe9.xlsx", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == (
        b"Error: caf\\udce9.xlsx is not there. Check the path, and that the file has not been moved or renamed.\n"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a device that is always full (Linux)")
def test_the_command_says_when_nothing_could_be_printed(plan):
    with open("/dev/full", "wb") as full:
        done = shell("check", plan, stdout=full)
    assert (done.returncode, done.stderr) == (
        2,
        b"Error: Standard output cannot be written to (No space left on device).\n",
    )


def test_a_reader_who_has_seen_enough_is_no_error(plan):
    reading, writing = os.pipe()
    os.close(reading)
    done = shell("check", plan, "--on", ON, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_help_names_every_command():
    done = shell("--help")
    assert (done.returncode, done.stderr) == (0, b"")
    listed = done.stdout.decode()
    assert [name for name in main.commands if f"\n  {name} " not in listed] == []


def test_checking_a_workbook_brings_in_no_heavy_library(plan):
    code = (
        "import sys; from cwac.cli import main\n"
        f"main(['check', {plan!r}, '--format', 'json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'numpy', 'streamlit', 'altair', 'sqlalchemy', 'gspread', 'openpyxl', 'requests'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    done = shell("-c", code)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_is_told_what_takes_so_long(monkeypatch, capfd):
    monkeypatch.setattr(cli.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(cli, "_PATIENCE", 0.01)
    with cli._waiting("Reading plan.xlsx", quiet=False):
        import time

        time.sleep(0.1)
    said = capfd.readouterr().err
    assert said.startswith("\rReading plan.xlsx … 1 s")
    assert said.endswith("\r\x1b[K")
    with cli._waiting("Reading plan.xlsx", quiet=True):
        time.sleep(0.1)
    assert capfd.readouterr().err == ""
