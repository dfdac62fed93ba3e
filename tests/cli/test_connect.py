"""`cwac connect` against the Google Sheets test server, from the key file to five ticks."""

import datetime as dt
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main, starting
from cwac.cli.connect_questions import keys_in
from cwac.model import SourceUnavailable, Workbook
from cwac.settings import load
from cwac.settings.connections import NAMES_ARE_PUBLIC
from tests.cases import each
from tests.cli.plan import ROOT, refusal, run, save, shell
from tests.fixed_clock import PYTHON
from tests.server import SheetsServer
from tests.server.link_export import LinkExport
from tests.server.tokens import CLIENT_EMAIL

SETTINGS = Path(".streamlit/secrets.toml")
Answers = Callable[..., tuple[int, str, str]]


@pytest.fixture
def google(google: SheetsServer, monkeypatch: pytest.MonkeyPatch) -> SheetsServer:
    monkeypatch.setenv("CWAC_API_ENDPOINT", google.endpoint)
    return google


@pytest.fixture
def key(google: SheetsServer, tmp_path: Path) -> Path:
    path = tmp_path / "downloads" / "coffee-1234.json"
    path.parent.mkdir()
    path.write_text(json.dumps(google.key, indent=2))
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answers:
    """Runs `cwac connect` with these answers to its questions: the exit status and both outputs."""
    monkeypatch.setattr("platformdirs.user_downloads_dir", lambda: str(tmp_path / "downloads"))

    def asked(*lines: str, words: tuple[str, ...] = ()) -> tuple[int, str, str]:
        ended = CliRunner().invoke(main, ["connect", *words], input="".join(f"{line}\n" for line in lines))
        return ended.exit_code, ended.stdout, ended.stderr

    return asked


def secret_parts(google: SheetsServer) -> list[str]:
    """Every line of the private key, the key's number, and each access token that was given."""
    lines = google.key["private_key"].split("\n")[1:-2]
    assert len(lines) > 8
    return [*lines, google.key["private_key_id"], *google.tokens.given]


def settings_file() -> dict[str, dict[str, object]]:
    return tomllib.loads(SETTINGS.read_text())


# --- a sheet -------------------------------------------------------------------------------------------------------


def test_shared_sheet_is_connected_with_five_ticks(google: SheetsServer, key: Path) -> None:
    ended = run("connect", str(key), google.url)
    lines = ended.stdout.splitlines()
    assert CLIENT_EMAIL in lines  # on a line of its own
    assert [line for line in lines if line.startswith(("✓", "✗"))] == [
        "✓ key: Google accepts it.",
        "✓ API: the Google Sheets API is switched on.",
        "✓ shared: the sheet is shared with the service account.",
        "✓ tabs found: Events, Staffing.",
        "✓ rows read: 3 rows, of which 1 cannot be used: cwac check says why.",
    ]
    assert f"Delete {key}: the settings hold the key now, and a second copy can only leak." in lines
    assert lines[-1] == "Start the dashboard: cwac serve"
    assert stat.S_IMODE(SETTINGS.stat().st_mode) == 0o600
    assert settings_file() == {
        "connections": {"gsheets": {"spreadsheet": f"https://docs.google.com/spreadsheets/d/{google.book.id}"}
                        | google.key},
        "access": {"local": True},
    }  # fmt: skip
    assert [path.name for path in SETTINGS.parent.iterdir()] == ["secrets.toml"]
    assert "Events             2       1         1" in run("check", status=1).stdout
    assert load().local


def test_no_part_of_the_key_is_printed_or_left_anywhere_but_in_the_settings(
    google: SheetsServer, key: Path, tmp_path: Path
) -> None:
    google.shared = False
    outputs = []
    for status, words in ((2, (str(key), google.url, "--wait", "0")), (2, ("--wait", "0")), (0, ())):
        google.shared = status == 0
        ended = run("connect", *words, status=status)
        outputs += [ended.stdout, ended.stderr]
    assert [part for part in secret_parts(google) for output in outputs if part in output] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != key]
    holding = {path for path in files for part in secret_parts(google) if part.encode() in path.read_bytes()}
    assert holding == {tmp_path / SETTINGS}


def test_other_settings_and_comments_stay(google: SheetsServer, key: Path) -> None:
    SETTINGS.parent.mkdir()
    SETTINGS.write_text(
        '# Ours.\n[cwac]\nworkbook = "old.xlsx"\nrefresh_seconds = 60  # slow\n\n[connections.gsheets]\n# The plan.\n'
        'key_file = "../old.json"\ncredentials = "key"\nclient_id = "1"\n\n[access]\nviewers = ["@chp.example.gov"]\n'
    )
    SETTINGS.chmod(0o600)
    old = Path("old.json")
    old.touch(0o600)
    old.write_text('{"client_email": "old@example.iam"}')
    run("connect", google.url, str(key))  # the other way round
    text = SETTINGS.read_text()
    assert text.startswith("# Ours.\n[cwac]\nrefresh_seconds = 60  # slow\n\n[connections.gsheets]\n# The plan.\n")
    assert text.endswith('\n[access]\nviewers = ["@chp.example.gov"]\n')
    assert set(settings_file()["connections"]["gsheets"]) == {"spreadsheet", *google.key}  # type: ignore[call-overload]


def test_key_in_a_file_stays_there_when_the_sheet_changes(google: SheetsServer, key: Path) -> None:
    key.chmod(0o600)
    SETTINGS.parent.mkdir()
    before = f'[connections.gsheets]\nkey_file = "{key}"\nspreadsheet = "old-sheet"\n[access]\nlocal = true\n'
    SETTINGS.write_text(before)
    ended = run("connect", google.url)
    assert SETTINGS.read_text() == before.replace(
        "old-sheet", f"https://docs.google.com/spreadsheets/d/{google.book.id}"
    )
    assert "Delete" not in ended.stdout


def test_sheet_by_its_link_is_checked_without_a_key(google: SheetsServer, plan: str) -> None:
    with LinkExport(Path(plan).read_bytes()) as export:
        SETTINGS.parent.mkdir()
        SETTINGS.write_text(
            f'[connections.gsheets]\nspreadsheet = "https://docs.google.com/spreadsheets/d/{export.id}"\n'
            f'credentials = "none"\nweb_endpoint = "{export.address("docs")}"\n'
        )
        assert f"✓ sheet: it can be read. {NAMES_ARE_PUBLIC}\n✓ tabs found" in run("connect").stdout
        assert NAMES_ARE_PUBLIC in run("check", status=1).stderr
        export.shared = False
        assert 'not shared with "anyone with the link"' in run("connect", status=2).stderr
    assert google.calls == {}


def test_new_key_keeps_the_sheet(google: SheetsServer, key: Path) -> None:
    run("connect", str(key), google.url)
    google.tokens.revoked = True
    ended = run("connect", status=2)
    assert "✗ key" in ended.stdout
    assert "make a new key for" in ended.stderr
    assert "may need a minute" in ended.stderr
    google.tokens.revoked = False
    assert "✓ rows read" in run("connect", str(key)).stdout


# --- trouble at Google ---------------------------------------------------------------------------------------------


@each(
    ("fault", "on", "ticks", "sentence"),
    [
        ("bad-signature", "token", 0, "make a new key"),
        ("clock", "token", 0, "the clock of this server is wrong"),
        ("not-found", "sheets", 2, "Google knows no sheet"),
        ("office-file", "sheets", 2, "choose File > Save as Google Sheets"),
        ("not-shared", "sheets", 2, "sharing outside your organization is not allowed"),
        ("api-disabled", "sheets", 1, "https://console."),
        ("503", "sheets", 0, "Check the internet connection and the proxy of this machine"),
        ("close", "token", 0, "Check the internet connection and the proxy of this machine"),
    ],
)
def test_trouble_is_one_sentence_after_the_steps_that_passed(
    google: SheetsServer, key: Path, fault: str, on: str, ticks: int, sentence: str
) -> None:
    google.heal()
    google.fail(fault, None, on=on)
    ended = run("connect", str(key), google.url, "--wait", "0", status=2)
    steps = [line[0] for line in ended.stdout.splitlines() if line.startswith(("✓", "✗"))]
    assert steps == ["✓"] * ticks + ["✗"]
    assert sentence in ended.stderr.splitlines()[-1]
    assert SETTINGS.is_file()  # what was written stays


def test_sheet_without_events_is_named(google: SheetsServer, key: Path) -> None:
    google.book.rename("Events", "Old party")
    ended = run("connect", str(key), google.url, status=2)
    assert ended.stdout.splitlines()[-1] == "✗ tabs found"
    assert ended.stderr.splitlines()[-1] == (
        "Error: No tab of this workbook lists events: a column of days was looked for, and one of places or titles. "
        "A tab is not read where it is hidden, where its title says that it is a copy or old, or where the settings "
        "say so under [tabs]: show it, rename it, or say there that it is Events."
    )


FALL = [
    ["Coffee with a Cop"],
    ["When", "Where", "Host dept", "Crewing"],
    [dt.date(2026, 9, 2), "Park", "WPD", "Sgt. Vega"],
    [dt.date(2026, 9, 16), "Grange", "SCSO", "Ofc. Hall"],
    [dt.date(2026, 10, 7), "Cafe", "WPD", "Dep. Ruiz"],
]
IDEAS = [["Date", "Topic"], [dt.date(2026, 9, 3), "music"], ["9/4", "music"], ["9/5", "music"]]


@pytest.mark.slow
@each(
    ("typed", "written"),
    [
        (("", ""), {"columns": {"Crewing": "Officers"}, "tabs": {"Ideas": "Events"}}),
        (("Crew", "Partner agencies", "no"), {"columns": {"Crewing": "Partner agencies"}, "tabs": {"Ideas": ""}}),
        (("later", "later"), {}),
        (("no",), {"columns": {"Crewing": ""}}),  # and then Ctrl-D
    ],
)
def test_at_a_terminal_what_is_likely_is_asked_and_the_answer_holds_from_the_next_look(
    tmp_path: Path, answers: Answers, typed: tuple[str, ...], written: dict[str, object]
) -> None:
    SETTINGS.unlink(missing_ok=True)
    plan = save(tmp_path / "fall.xlsx", Fall=FALL, Ideas=IDEAS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starting, "is_terminal", lambda stream: stream is sys.stdin)
        status, _, questions = answers(*typed, words=(plan,))
    assert status == 0, questions
    assert 'Fall, column D: "Crewing", with Sgt. Vega; Ofc. Hall; Dep. Ruiz' in questions
    assert ("did you mean Crew" in questions or "is not known" in questions) == ("Crew" in typed)
    assert settings_file() == {"cwac": {"workbook": plan}, "access": {"local": True}} | written
    again = json.loads(run("columns", "--format", "json").stdout)["reading"]
    meant = dict(written.get("columns", {}))  # type: ignore[call-overload]
    columns = [column for table in again for column in table["columns"]]
    crewing = next(column for column in columns if column["header"] == "Crewing")
    assert (crewing["as"] or "", crewing["perhaps"]) == (meant.get("Crewing", ""), None if meant else "Officers")


@pytest.mark.slow
def test_at_a_terminal_the_tab_of_events_and_then_its_columns_are_asked_for_where_none_is_recognized(
    tmp_path: Path,
) -> None:
    ideas = save(tmp_path / "ideas.xlsx", Ideas=[["Date", "Topic", "Ramos"], [dt.date(2026, 9, 2), "music", "x"]])
    ours, theirs = pty.openpty()
    os.write(ours, b"1\nyes\n")
    ended = shell("connect", ideas, stdin=theirs, cwd=tmp_path)
    questions = ended.stderr.decode()
    assert "1  Ideas" in questions
    assert 'Ideas, column C: "Ramos", with x\n  Is Ramos an officer? Answer yes, no' in questions
    said = settings_file()
    assert (ended.returncode, said["tabs"], said["columns"]) == (0, {"Ideas": "Events"}, {"Ramos": "Officers"})


def test_blank_sheet_is_connected(key: Path) -> None:
    with SheetsServer() as empty:
        empty.book.add("Events", [["Event ID", "Date", "Town"]])
        empty.book.add("Staffing", [["Event ID", "Officer"]])
        key.write_text(json.dumps(empty.key))
        ended = run("connect", str(key), empty.url, env={"CWAC_API_ENDPOINT": empty.endpoint})
    assert "– rows read: the sheet has no rows yet." in ended.stdout.splitlines()


# --- waiting -------------------------------------------------------------------------------------------------------


def trouble(cause: str, *, permanent: bool = True, retry_after: float | None = None) -> SourceUnavailable:
    return SourceUnavailable(cause, f"It is {cause}.", "Do it.", permanent=permanent, retry_after=retry_after)


def waited(*looks: SourceUnavailable | Workbook) -> tuple[SourceUnavailable | Workbook, list[float]]:
    """How waiting for a minute ends, and its pauses: the looks end as listed, and later ones as the last."""
    left, slept = list(looks), list[float]()

    def look() -> Workbook:
        ended = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(ended, Workbook):
            return ended
        raise ended

    try:
        return starting._wait_until_shared(look, 1, "a@b.example", sleep=slept.append, clock=lambda: sum(slept)), slept
    except SourceUnavailable as ended:
        return ended, slept


def test_waiting_says_once_what_it_waits_for_and_outlasts_short_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    workbook = Workbook("x", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "UTC", ())
    looks = [trouble("api-disabled"), trouble("api-disabled"), trouble("not-shared")]
    looks += [trouble("rate-limit", permanent=False, retry_after=7), trouble("not-shared")]
    assert waited(*looks, workbook) == (workbook, [3, 3, 3, 7, 3])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "It is api-disabled. Do it. This goes on by itself.",
        "The sheet is not shared with that address yet. This goes on by itself once it is.",
    ]


@each(
    ("looks", "cause", "slept"),
    [
        ([trouble("not-shared")], "not-shared", 60),
        ([trouble("api-disabled")], "api-disabled", 60),
        ([trouble("bad-key")], "bad-key", 0),
        ([trouble("unreachable", permanent=False)], "unreachable", 0),
        ([trouble("not-shared"), trouble("not-found")], "not-found", 3),
    ],
)
def test_waiting_ends(looks: list[SourceUnavailable], cause: str, slept: float) -> None:
    ended, pauses = waited(*looks)
    assert isinstance(ended, SourceUnavailable)
    assert (ended.cause, sum(pauses)) == (cause, slept)


def test_sheet_that_is_shared_while_the_command_waits(
    google: SheetsServer, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.fail("not-shared", 2, on="sheets")
    monkeypatch.setattr(starting, "INTERVAL", 0.0)
    ended = run("connect", str(key), google.url)
    assert "not shared with that address yet" in ended.stderr
    assert ended.stdout.count("✓") == 5


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process.")
def test_interrupted_command_keeps_the_settings_and_says_how_to_go_on(google: SheetsServer, key: Path) -> None:
    google.shared = False
    command, environ = [*PYTHON, "cwac", "connect", str(key), google.url], os.environ | {"PYTHONPATH": str(ROOT)}
    waiting = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = iter(waiting.stderr.readline, "")  # type: ignore[union-attr]
    assert any("not shared with that address yet" in line for line in lines)
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 2
    assert err.strip() == ("Stopped before the sheet was shared. What was written stays. To go on, run: cwac connect")
    google.shared = True
    assert run("connect").stdout.count("✓") == 5


# --- what is refused -----------------------------------------------------------------------------------------------


def test_file_that_cannot_be_read_or_named_in_the_settings_is_refused_before_anything_is_written(plan: str) -> None:
    Path("old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert refusal("connect", "old.xls").startswith("Error: ")
    for name in (os.fsdecode(b"caf\xe9.xlsx"), "two\nlines.xlsx"):
        os.link(plan, name)
        assert "rename it" in refusal("connect", name)
    assert not SETTINGS.exists()


NO_KEY = (
    "is not a service account's key file as Google made it: in Google Cloud open IAM & Admin, Service Accounts, the "
    "account, Keys, and add a key of type JSON."
)


@each(
    ("content", "sentence"),
    [
        *[
            (content, NO_KEY)
            for content in (
                '{"installed": {"client_id": "1.apps.googleusercontent.com", "client_secret": "planted"}}',
                '{"type": "authorized_user", "refresh_token": "planted"}',
                '{"type": "gdch_service_account", "private_key": "planted"}',
                "-----BEGIN PRIVATE KEY-----\nplanted\n",
                b"0\x82\x05planted",
                "",
                '["planted"]',
                "[" * 100_000,
            )
        ],
        ('{"type": "service_account", "client_email": "a@b.example"}', "has no private_key"),
        ('{"type": "service_account", "private_key": "planted"}', "has no client_email"),
        ('{"client_email": "planted", "private_key": "planted"}', "names no account in client_email"),
        ('{"client_email": "a@b.example", "private_key": "-----BEGIN planted"}', "holds a damaged private key"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_file_that_is_no_key_is_refused_by_what_it_is(
    tmp_path: Path, content: str | bytes | None, sentence: str
) -> None:
    path = tmp_path / "key.json"
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refusal("connect", str(path), "https://docs.google.com/spreadsheets/d/" + "k" * 44)
    assert f"{path} {sentence}" in message
    assert "planted" not in message.lower()
    assert not SETTINGS.exists()


def test_key_saved_with_a_byte_order_mark_is_read(google: SheetsServer, key: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        key.write_text(json.dumps(google.key), encoding=encoding)
        assert "✓ rows read" in run("connect", str(key), google.url).stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="Only root can give a file away.")
def test_settings_of_another_user_are_left_alone(plan: str) -> None:
    SETTINGS.parent.mkdir()
    SETTINGS.write_text("")
    os.chown(SETTINGS, 12345, 12345)
    assert "belongs to another user" in refusal("connect", plan)
    assert (SETTINGS.stat().st_uid, SETTINGS.read_text()) == (12345, "")


# --- asking --------------------------------------------------------------------------------------------------------


def test_without_arguments_it_leads_through_google(google: SheetsServer, key: Path, answers: Answers) -> None:
    newest = google.key
    key.unlink()
    # No key yet: the four steps, then a path that is wrong, the right one as a terminal pastes it, and two addresses.
    elsewhere = key.parent.parent / "my key.json"
    elsewhere.write_text(json.dumps(newest))
    status, out, err = answers("2", "", "", "", "", "nothing.json", str(elsewhere).replace(" ", "\\ "), "x", google.url)
    assert status == 0
    links = re.findall(r"https://console\.cloud\.google\.com/\S+", err)
    assert [link.rpartition(".com/")[2] for link in links] == [
        "projectcreate", "apis/library/sheets.googleapis.com", "iam-admin/serviceaccounts/create",
        "iam-admin/serviceaccounts",
    ]  # fmt: skip
    assert "nothing.json cannot be read" in err
    assert "not the address of a Google Sheet" in err
    assert out.count("✓") == 5
    assert [part for part in secret_parts(google) if part in out + err] == []


def test_newest_key_in_downloads_is_offered(google: SheetsServer, key: Path, answers: Answers) -> None:
    old = key.with_name("older.json")
    old.write_text(json.dumps(google.key | {"client_email": "older@example.iam"}))
    os.utime(old, (1_700_000_000, 1_700_000_000))
    key.with_name("tickets.json").write_text("{}")
    assert [path.name for path, _ in keys_in(key.parent)] == [key.name, "older.json"]
    status, out, err = answers("2", "y", google.url)
    assert (status, out.count("✓")) == (0, 5)
    assert f"Found {key}" in err
    assert f"the key of {CLIENT_EMAIL}" in err
    assert [part for part in secret_parts(google) if part in out + err] == []


def test_excel_file_is_the_other_answer(plan: str, answers: Answers) -> None:
    status, out, _ = answers("1", f"'{plan}'")
    assert (status, out.count("✓")) == (0, 3)


def test_end_of_the_answers_writes_nothing(answers: Answers) -> None:
    for lines in ((), ("2", "", "")):
        status, out, err = answers(*lines)
        assert (status, out) == (2, "")
        assert "Nothing was written" in err.splitlines()[-1]
    assert not SETTINGS.exists()
