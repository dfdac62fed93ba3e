"""What is said of the settings file, its names, what is read, and who may look."""

import os
import tempfile
from pathlib import Path

import pytest

from cwac.checks import audience, configured, doctor
from cwac.checks.finding import Finding, exit_status, failed, passed, skipped, warned
from cwac.model import RemedyStep, SourceUnavailable
from cwac.settings import County, Settings
from tests.cases import each

SHEET = "https://docs.google.com/spreadsheets/d/1AbCdEf_gh-IJKLmnop"
GOOD = f'[connections.gsheets]\nspreadsheet = "{SHEET}"\nprivate_key = "planted"\n[access]\nlocal = true\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project in a home of its own, with nothing in the environment."""
    project = tmp_path / "home" / "coffee"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.setattr("cwac.settings.file.PROJECT", project)
    monkeypatch.setenv("HOME", str(project.parent))
    return project


def write(folder: Path, text: str = GOOD, name: str = ".streamlit/secrets.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def checked(environ: dict[str, str] | None = None) -> list[Finding]:
    findings = list(configured.findings(configured.load(environ or {})))
    assert "planted" not in repr(findings)
    return findings


def of(check: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.result, finding.found) for finding in findings if finding.check == check]


def test_settings_that_are_right_pass(folder: Path) -> None:
    path = write(folder)
    findings = checked()
    assert {finding.result for finding in findings} == {"PASS"}
    assert of("settings-file", findings) == [("PASS", f"{path} is read.")]
    assert of("source", findings) == [("PASS", "The settings name one Google Sheet.")]


def test_sample_says_why(folder: Path) -> None:
    ((result, found),) = of("source", checked())
    assert (result, "there is no settings file" in found) == ("WARN", True)
    path = write(folder, "[access]\nlocal = true\n")
    ((result, found),) = of("source", checked())
    assert (result, f"neither {path} nor the environment names a sheet" in found) == ("WARN", True)


def test_file_in_the_home_folder_is_a_warning(folder: Path) -> None:
    path = write(folder.parent)
    ((result, found),) = of("settings-file", checked())
    assert (result, found.startswith(f"{path} is read: the file in your home folder")) == ("WARN", True)


def test_second_file_beside_the_right_one_is_a_warning(folder: Path) -> None:
    path, home = write(folder), write(folder.parent)
    assert of("other-settings-files", checked()) == [("WARN", f"{home} is not read, as {path} comes first.")]


def test_every_unknown_name_is_listed_at_once(folder: Path) -> None:
    write(folder, "[cwac]\nworkbok = 'x'\nstor = 'y'\n[acess]\nlocal = true\n")
    assert of("settings", checked({"CWAC_WORKBOK": "z"})) == [
        ("FAIL", "[cwac] does not know workbok."),
        ("FAIL", "[cwac] does not know stor."),
        ("FAIL", "[acess] is not a section that is known."),
        ("FAIL", "The variable CWAC_WORKBOK is not known."),
    ]


@each(
    ("text", "environ", "found", "next_step"),
    [
        (
            "[connections.microsoft]\nlink = 'https://x.sharepoint.com/:x:/s/C/E'\ntenant = 'a.b'\n"
            "certificate = 'x.pem'\nclient_id = '00000000-aaaa-1111-bbbb-222222222222'",
            {},
            "certificate in [connections.microsoft]: {folder}/.streamlit/x.pem has no private key and no certificate.",
            "It must hold both, in PEM form.",
        ),
        (
            "[notify]\nserver = 'smtp.example.gov'\nsender = 'a@b.example'\nsecurity = 'none'",
            {},
            "security in [notify] is none, which sends names in plain sight of the network.",
            "Write starttls or tls. Only a mail server on this machine may do without.",
        ),
        (
            "[auth]\ncookie_secret = 'short'",
            {},
            "cookie_secret in [auth] is shorter than 32 characters.",
            'Make one with python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
        ),
        (
            "",
            {"CWAC_WORKBOOK": " "},
            "CWAC_WORKBOOK: workbook is empty.",
            "Write a value, or take it away.",
        ),
        (
            "",
            {"CWAC_LOCAL": "perhaps"},
            "CWAC_LOCAL: local must be true or false, not 'perhaps'.",
            "Correct it in the settings, then start the dashboard again.",
        ),
        (
            "[cwac]\nrefresh_seconds = 5",
            {},
            "refresh_seconds must be from 10 to 86400, not 5.",
            "Correct it in the settings, then start the dashboard again.",
        ),
        (
            "[rules]\nearly_hour = 20\nlate_hour = 20",
            {},
            "early_hour in [rules] is 20, and late_hour is 20.",
            "The first must be the smaller one.",
        ),
    ],
)
def test_fault_and_remedy_are_told_apart_whatever_marks_they_have(
    folder: Path, text: str, environ: dict[str, str], found: str, next_step: str
) -> None:
    write(folder, "", ".streamlit/x.pem")
    write(folder, text)
    (finding,) = [finding for finding in checked(environ) if finding.result == "FAIL"]
    assert (finding.found, finding.next) == (found.format(folder=folder), next_step)


def test_unknown_keys_of_google_and_sign_in_are_warnings_with_the_nearest(folder: Path) -> None:
    write(
        folder, GOOD.replace("private_key", "privat_key") + '[auth]\ncookie_secrets = "planted"\n[auth.google]\nx = 1\n'
    )
    findings = [finding for finding in checked() if finding.check == "unknown-keys"]
    assert [(finding.result, finding.found, finding.next) for finding in findings] == [
        ("WARN", "[connections.gsheets] has privat_key, which nothing reads.", "Write private_key if that is meant."),
        ("WARN", "[auth] has cookie_secrets, which nothing reads.", "Write cookie_secret if that is meant."),
    ]


def test_both_a_file_and_a_sheet_are_a_warning(folder: Path) -> None:
    write(folder)
    ((result, found),) = of("source", checked({"CWAC_WORKBOOK": "plan.xlsx"}))
    assert (result, "the file plan.xlsx, so their Google Sheet is not read" in found) == ("WARN", True)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes.")
def test_files_that_others_may_read_fail_if_they_hold_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        Path(home).chmod(0o755)
        monkeypatch.chdir(home)
        key = write(Path(home), '{"private_key": "planted"}', "key.json")
        mail = '[notify]\nuser = "ann"\npassword = "planted"\n'
        for text, result in ((GOOD, "FAIL"), (mail, "FAIL"), ("[access]\nlocal = true\n", "WARN")):
            path = write(Path(home), text)
            path.chmod(0o644)
            key.chmod(0o640)
            permissions = [finding for finding in checked({"CWAC_SERVICE_ACCOUNT": str(key)})
                           if finding.check == "permissions"]  # fmt: skip
            assert [(finding.result, finding.next) for finding in permissions] == [
                (result, f"Run chmod 600 {path}"),
                ("FAIL", f"Run chmod 600 {key}"),
            ]
        write(Path(home), f'[connections.gsheets]\nspreadsheet = "{"x" * 44}"\nkey_file = "../key.json"\n')
        failures = [finding.next for finding in checked() if finding.check == "permissions" if finding.result == "FAIL"]
        assert failures == [f"Run chmod 600 {home}/.streamlit/../key.json"]


# --- who may look ---------------------------------------------------------------------------------------------------


@each(
    ("settings", "results", "part"),
    [
        (Settings(), ["PASS"], "The sample is open to everybody"),
        (Settings(workbook="x"), ["FAIL"], "not who may see it"),
        (Settings(workbook="x", local=True), ["PASS"], "on this machine"),
        (Settings(workbook="x", public=True), ["PASS"], "Everybody sees what is public"),
        (Settings(workbook="x", local=True, public=True), ["FAIL"], "public = true opens"),
        (Settings(workbook="x", auth=True, viewers=("@planted.example",)), ["PASS"], "1 in viewers, 0 in"),
        (Settings(workbook="x", auth=True), ["WARN"], "Nobody who signs in sees anything"),
        (
            Settings(workbook="x", auth=True, counties=(County("A", "a", viewers=("@x.example",)),)),
            ["WARN"],
            "Nobody who signs in sees anything",
        ),
        (Settings(workbook="x", auth=True, local=True, viewers=("@x.example",)), ["WARN"], "no effect with [auth]"),
        (Settings(workbook="x", viewers=("@planted.example",)), ["FAIL"], "nobody can sign in, as there is no [auth]"),
        (Settings(workbook="x", local=True, coordinators=("a@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(workbook="x", public=True, viewers=("@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(counties=(County("A", "a", viewers=("@x.example",)),)), ["FAIL"], "as there is no [auth]"),
        (
            Settings(counties=(County("A", "a", public=True), County("B", "b"))),
            ["PASS"],
            "Everybody sees what is public",
        ),
    ],
)
def test_who_may_look_and_that_people_on_a_list_need_sign_in(settings: Settings, results: list[str], part: str) -> None:
    findings = list(audience.findings(settings))
    assert [finding.result for finding in findings] == results
    assert part in findings[0].found
    assert "planted" not in repr(findings)


# --- the list -------------------------------------------------------------------------------------------------------


@each(
    ("findings", "status"),
    [
        ([], 0),
        ([passed("a", "x"), skipped("b", "x")], 0),
        ([passed("a", "x"), warned("b", "x", "y")], 1),
        ([warned("b", "x", "y"), failed("a", "x", "y"), passed("a", "x")], 2),
    ],
)
def test_exit_status_is_the_worst_result(findings: list[Finding], status: int) -> None:
    assert exit_status(findings) == status


def test_set_up_page_lists_the_same_findings_without_a_call(folder: Path) -> None:
    write(folder)
    config = configured.load({})
    share = RemedyStep("Whoever owns the sheet: ", "press Share.")
    trouble = SourceUnavailable("not-shared", "The sheet is not shared.", [share])
    findings = {finding.check: finding for finding in doctor.for_this_machine(trouble, config)}
    assert (findings["shared"].result, findings["shared"].next) == ("FAIL", "Press Share.")
    assert "SKIP" not in {finding.result for finding in findings.values()}


def test_missing_folder_of_templates_is_named(folder: Path) -> None:
    path = write(folder, f'{GOOD}[packet]\ntemplates = "own"\nseals = "seals"\n')
    (path.parent / "seals").mkdir()
    assert of("packet", checked()) == [("FAIL", f"templates under [packet] names no folder: {path.parent / 'own'}")]
    (path.parent / "own").mkdir()
    assert of("packet", checked()) == []
