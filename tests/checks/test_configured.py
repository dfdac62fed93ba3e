"""What is said of files that others may read, and of who may look; `doctor.txt` of tests/cli/sessions has the rest."""

from pathlib import Path

import pytest

from cwac.checks import audience, configured, doctor
from cwac.model import RemedyStep, SourceUnavailable
from cwac.settings import County, Settings
from tests.cases import each

GOOD = f'[connections.gsheets]\nspreadsheet = "{"x" * 44}"\nprivate_key = "planted"\n[access]\nlocal = true\n'
MAIL = '[notify]\nuser = "ann"\npassword = "planted"\n'
KEY_BESIDE = f'[connections.gsheets]\nspreadsheet = "{"x" * 44}"\nkey_file = "../key.json"\n'


def test_files_that_others_may_read_fail_if_they_hold_a_key(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(open_folder)
    settings, key = open_folder / ".streamlit/secrets.toml", open_folder / "key.json"
    settings.parent.mkdir()
    settings.touch(0o644)
    key.touch(0o640)
    key.write_text('{"private_key": "planted"}')
    fixes = {"settings": f"Run chmod 600 {settings}", "key": f"Run chmod 600 {key}"}
    for text, environ, results in (
        (GOOD, {"CWAC_SERVICE_ACCOUNT": str(key)}, [("FAIL", fixes["settings"]), ("FAIL", fixes["key"])]),
        (MAIL, {"CWAC_SERVICE_ACCOUNT": str(key)}, [("FAIL", fixes["settings"]), ("FAIL", fixes["key"])]),
        ("[access]\nlocal = true\n", {}, [("WARN", fixes["settings"])]),
        (KEY_BESIDE, {}, [("WARN", fixes["settings"]), ("FAIL", f"Run chmod 600 {settings.parent}/../key.json")]),
    ):
        settings.write_text(text)
        findings = list(configured.findings(configured.load(environ)))
        assert [(each.result, each.next) for each in findings if each.check == "permissions"] == results
        assert "planted" not in repr(findings)


# --- who may look ---------------------------------------------------------------------------------------------------

COUNTY = County("A", "a", viewers=("@x.example",))


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
        (Settings(workbook="x", auth=True, counties=(COUNTY,)), ["WARN"], "Nobody who signs in sees anything"),
        (Settings(workbook="x", auth=True, local=True, viewers=("@x.example",)), ["WARN"], "no effect with [auth]"),
        (Settings(workbook="x", viewers=("@planted.example",)), ["FAIL"], "nobody can sign in, as there is no [auth]"),
        (Settings(workbook="x", local=True, coordinators=("a@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(workbook="x", public=True, viewers=("@x.example",)), ["WARN"], "as there is no [auth]"),
        (Settings(counties=(COUNTY,)), ["FAIL"], "as there is no [auth]"),
        (Settings(counties=(County("A", "a", public=True), County("B", "b"))), ["PASS"], "Everybody sees what is"),
    ],
)
def test_who_may_look_and_that_people_on_a_list_need_sign_in(settings: Settings, results: list[str], part: str) -> None:
    findings = list(audience.findings(settings))
    assert [finding.result for finding in findings] == results
    assert part in findings[0].found
    assert "planted" not in repr(findings)


# --- the set-up page ------------------------------------------------------------------------------------------------


def test_set_up_page_lists_the_same_findings_without_a_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    trouble = SourceUnavailable(
        "not-shared", "It is not shared.", [RemedyStep("Whoever owns the sheet: ", "press Share.")]
    )
    config = configured.load({"CWAC_SPREADSHEET": "x" * 44, "CWAC_LOCAL": "true"})
    findings = {finding.check: finding for finding in doctor.for_this_machine(trouble, config)}
    assert (findings["shared"].result, findings["shared"].next) == ("FAIL", "Press Share.")
    assert "SKIP" not in {finding.result for finding in findings.values()}
