"""Mistakes that people make on the way from nothing to their sheet: each names its cause and the next step.

None of them is answered with the sample.
"""

import datetime as dt
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.checks import configured, doctor
from cwac.cli import main
from cwac.refresh import sheets
from cwac.settings import SettingsError, loading
from tests.cases import each
from tests.test_settings import written_down

PLANTED = "planted-secret-MIIEvQIBADANBgkqhkiG9w0BAQ"
SHEET = "https://docs.google.com/spreadsheets/d/1AbCdEf_gh-IJKLmnop"
NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HERE = ".streamlit/secrets.toml"


@dataclass(frozen=True)
class Mistake:
    """The whole sentence that is said of a settings file, an environment and key.json, and the poller's cause."""

    said: str
    text: str | bytes = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    kind: str = "settings"


def in_sheet(line: str) -> str:
    return f"[connections.gsheets]\n{line}\n"


GOOD = in_sheet(f'spreadsheet = "{SHEET}"')
NOT_TOML = (
    'FOLDER/.streamlit/secrets.toml is not well-formed TOML in line {}: write lines such as [section], key = "text" in '
    "straight quotes, key = 'C:\\plan.xlsx', key = true or # a remark; or let cwac connect write the file."
)
NOT_UTF8 = (
    "FOLDER/.streamlit/secrets.toml is not saved as UTF-8, as line {} shows: save it again as plain text, UTF-8 "
    "(Notepad: Save as, Encoding: UTF-8)."
)
NO_KEY = (
    "key.json is not a service account's key file as Google made it: in Google Cloud open IAM & Admin, Service "
    "Accounts, the account, Keys, and add a key of type JSON."
)
BY_KEY = {"CWAC_SERVICE_ACCOUNT": "key.json"}
MISTAKES = [  # all others are in tests/settings_refused.txt and tests/test_settings_names.py
    *(Mistake(said, text, environ) for text, environ, said in written_down("mistakes.txt")),
    Mistake(NOT_TOML.format(1), "PK\x03\x04 cwac"),
    Mistake(NOT_TOML.format(2), "[cwac]\n\u00a0workbook = 'x'\n"),
    Mistake(NOT_TOML.format(2), f"[cwac]\nrefresh_seconds = {'9' * 5_000}\n"),
    Mistake(NOT_UTF8.format(1), GOOD.encode("utf-16")),
    Mistake(NOT_UTF8.format(2), "[cwac]\nworkbook = 'café'\n".encode("cp1252")),
    Mistake("plan.xlsx is not there. Check the path, and that the file has not been moved or renamed.",
            "[cwac]\nworkbook = 'plan.xlsx'\n", kind="not-found"),
    Mistake("The settings do not hold the link of a Google Sheet. Open the sheet and copy the address from the browser "
            "into [connections.gsheets] spreadsheet; it looks like https://docs.google.com/spreadsheets/d/….",
            in_sheet('spreadsheet = "https://docs.google.com/spreadsheets/d/…"'), kind="bad-address"),
    Mistake("The link is that of a page published to the web, not of a Google Sheet. Open the sheet itself and copy "
            "the address from the browser.",
            in_sheet(f'spreadsheet = "{SHEET.replace("/d/", "/d/e/")}/pubhtml"'), kind="bad-address"),
    Mistake("The service account's key in the settings is missing its client_email and its private_key. Whoever runs "
            "this program: copy all of Google's key file, as it was downloaded, into [connections.gsheets]. Or read "
            "the sheet without one: with credentials = \"default\" there the machine's own account reads it, and with "
            "\"none\" a sheet that anybody with the link may see is read, to try it.", GOOD, kind="bad-key"),
    Mistake("The service account's key file key.json cannot be read (No such file or directory): check "
            "CWAC_SERVICE_ACCOUNT.", GOOD, BY_KEY),
    *(Mistake(NO_KEY, GOOD, BY_KEY, key) for key in (f'{{"web": {{"client_secret": "{PLANTED}"}}}}', PLANTED, "")),
]  # fmt: skip


@contextmanager
def typed(mistake: Mistake) -> Iterator[Path]:
    """The current folder, where the command is run, with these files; it is also HOME."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        folder = Path(home)
        (folder / HERE).parent.mkdir()
        text = mistake.text if isinstance(mistake.text, bytes) else mistake.text.encode()
        for path, content in ((HERE, text), ("key.json", mistake.key)):
            if content is not None:
                (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
                (folder / path).chmod(0o600)
        patch.chdir(folder)
        patch.setattr("cwac.settings.loading.PROJECT", folder)
        for name in [name for name in os.environ if name.startswith(("CWAC_", "STREAMLIT_"))]:
            patch.delenv(name)
        for name, value in {"HOME": home, **mistake.environ}.items():
            patch.setenv(name, value)
        yield folder


@pytest.mark.slow
@each("mistake", MISTAKES)
def test_command_doctor_and_server_name_cause_and_next_step_and_never_show_the_sample(mistake: Mistake) -> None:
    with typed(mistake) as folder:
        said = mistake.said.replace("FOLDER", str(folder))
        ended = CliRunner().invoke(main, ["check"], prog_name="cwac")
        assert (ended.exit_code, ended.stdout, ended.stderr) == (2, "", f"Error: {said}\n")

        cause = re.split(r"[:.;] ", said)[0]
        config = configured.load()
        assert config.settings is None or not config.settings.sample
        findings = [*configured.findings(config)]
        if config.settings is not None:
            findings += doctor.sheet_findings(config.settings, NOW)
        failures = [finding for finding in findings if finding.result == "FAIL"]
        assert any(cause in f"{finding.found} {finding.next}" for finding in failures), findings
        assert all(finding.next and finding.whose for finding in failures)
        assert PLANTED not in f"{ended.output} {findings!r}"

        try:
            live = sheets.start().wait(20)
            assert live.snapshot is None
            assert live.trouble is not None
            assert (live.trouble.cause, cause in str(live.trouble)) == (mistake.kind, True)
            assert not sheets.settings().sample
        finally:
            sheets.stop()


@each(
    "text",
    [
        "\ufeff" + GOOD,  # a byte order mark
        GOOD.replace(" ", "\t"),
        GOOD.replace("\n", "\r\n"),
        "# https://example.com “quoted”\n" + GOOD,
        in_sheet(f"spreadsheet = '{SHEET}'\nprivate_key = '''-----BEGIN\nabc\n'''"),
    ],
)
def test_what_is_right_is_read(text: str) -> None:
    with typed(Mistake("", text)):
        config = configured.load()
    assert config.settings is not None, config.error
    assert config.settings.spreadsheet == SHEET


LINE = f"{PLANTED}+/=="


LEAKS = [
    *(f"{beginning}{LINE}{end}"
      for beginning in ("", "key = ", '"key": ', "[", "private_key = ", "workbook = [", "# fine\nprivate_key: ")
      for end in ("", "\n", ",\n", '"\n', "]\n", "\\U\n", "\n[cwac]\n[cwac]\n")),
    f'"{LINE}" = 1\n"{LINE}" = 2', f'["{LINE}"]\n["{LINE}"]', f'a = {{ "{LINE}" = 1, "{LINE}" = 2 }}',
]  # fmt: skip


@each("text", LEAKS)
def test_no_part_of_a_line_that_may_be_a_key_is_repeated(text: str) -> None:
    with typed(Mistake("", text)) as folder, pytest.raises(SettingsError) as refused:
        loading._read_file(folder / HERE)
    assert PLANTED[:20] not in str(refused.value)
