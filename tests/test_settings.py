"""Reading the settings: the file, the environment, and one sentence for what cannot be used."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from cwac.checks.audience import reads_by_link
from cwac.settings import County, Rules, Settings, SettingsError, load
from tests.cases import each

WHOLE = """
[connections.gsheets]
spreadsheet = "https://docs.google.com/spreadsheets/d/KEY"
private_key = "do not tell"
[cwac]
timezone = "America/Denver"
store = "sqlite:///county.sqlite"
refresh_seconds = 60
thin_after_days = 365
[rules]
travel_mph = 45
[auth]
cookie_secret = "0123456789abcdef0123456789abcdef"
[access]
public = true
viewers = ["@CHP.example.gov", " liaison@example.gov "]
coordinators = ["Boss@example.gov"]
"""


def secrets(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def refusal(folder: Path, text: str = "", environ: Mapping[str, str] | None = None) -> str:
    """The one sentence with which these settings are refused, without anything planted."""
    with pytest.raises(SettingsError) as refused:
        load(environ or {}, secrets(folder, text))
    assert "\n" not in str(refused.value)
    assert "planted" not in str(refused.value)
    return str(refused.value)


def test_file_is_found_where_streamlit_looks(tmp_path, monkeypatch):
    here, home = tmp_path / "here", tmp_path / "home"
    for folder in (here, home):
        (folder / ".streamlit").mkdir(parents=True)
        secrets(folder / ".streamlit", f"[cwac]\nworkbook = '{folder.name}.xlsx'")
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("cwac.settings.loading.PROJECT", tmp_path)
    assert load({}).workbook == "here.xlsx"
    (here / ".streamlit/secrets.toml").unlink()
    assert load({}).workbook == "home.xlsx"


def test_every_section_is_read_and_no_configuration_means_the_sample(tmp_path):
    assert load({}, secrets(tmp_path, "")) == Settings()
    assert Settings().sample
    settings = load({}, secrets(tmp_path, WHOLE))
    assert settings == Settings(
        spreadsheet="https://docs.google.com/spreadsheets/d/KEY",
        gsheets={"spreadsheet": "https://docs.google.com/spreadsheets/d/KEY", "private_key": "do not tell"},
        timezone="America/Denver",
        store="sqlite:///county.sqlite",
        refresh_seconds=60,
        thin_after_days=365,
        public=True,
        viewers=("@chp.example.gov", "liaison@example.gov"),
        coordinators=("boss@example.gov",),
        auth=True,
        rules=Rules(travel_mph=45.0),
    )
    assert "do not tell" not in repr(settings)


def test_environment_overrides_the_file(tmp_path):
    """Each setting by itself is tested with the operators' guide."""
    environ = {"CWAC_WORKBOOK": "plan.xlsx", "CWAC_PUBLIC": "false", "CWAC_VIEWERS": "@a.example, b@c.example"}
    settings = load(environ | {"CWAC_TRAVEL_MPH": "30"}, secrets(tmp_path, WHOLE))
    assert (settings.workbook, settings.public, settings.refresh_seconds) == ("plan.xlsx", False, 60)
    assert (settings.viewers, settings.rules) == (("@a.example", "b@c.example"), Rules(travel_mph=30.0))


def test_key_file_in_the_settings_is_relative_to_them_and_in_the_environment_to_the_folder(tmp_path, monkeypatch):
    for folder, name in (("keys", "settings"), ("here", "environment")):
        key = tmp_path / folder / "key.json"
        key.parent.mkdir()
        key.touch(0o600)
        key.write_text(f'{{"client_email": "{name}@example.iam"}}')
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    for typed in ("keys/key.json", "~/keys/key.json", str(tmp_path / "keys/key.json")):
        path = secrets(tmp_path, f'[connections.gsheets]\nspreadsheet = "KEY"\nkey_file = "{typed}"\n')
        assert load({}, path).gsheets == {"spreadsheet": "KEY", "client_email": "settings@example.iam"}
        environ = {"CWAC_SERVICE_ACCOUNT": "key.json"}
        assert load(environ, path).gsheets["client_email"] == "environment@example.iam"


def test_streamlits_variable_names_the_file(tmp_path):
    path = secrets(tmp_path, "[cwac]\nworkbook = 'plan.xlsx'")
    assert load({"STREAMLIT_SECRETS_FILES": str(path)}).workbook == "plan.xlsx"
    for value, part in ((tmp_path / "gone.toml", "is not there"), (f"{path} {path}", "must name one file")):
        with pytest.raises(SettingsError, match=part):
            load({"STREAMLIT_SECRETS_FILES": str(value)})


# --- files with keys ----------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes: who may read is set elsewhere.")


SHEET_AT_MICROSOFT = """[connections.microsoft]
link = "https://contoso.sharepoint.com/:x:/s/Coffee/EaBcDeFg123"
tenant = "contoso.onmicrosoft.com"
client_id = "00000000-aaaa-1111-bbbb-222222222222"
"""
PEM = "-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n"


@posix
@each("mode", [0o640, 0o604, 0o777])
@each(
    ("name", "text", "key"),
    [
        ("secrets.toml", "[connections.gsheets]\nspreadsheet = 'KEY'\nprivate_key = 'planted'", ""),
        ("secrets.toml", "[auth]\nclient_secret = 'planted'", ""),
        ("secrets.toml", f"{SHEET_AT_MICROSOFT}client_secret = 'planted'", ""),
        ("key", f"{SHEET_AT_MICROSOFT}certificate = 'key'", PEM),
        ("key", "[connections.gsheets]\nspreadsheet = 'KEY'\nkey_file = 'key'", '{"private_key": "planted"}'),
    ],
)
def test_a_file_with_a_key_that_others_may_read_is_refused_with_the_fix(open_folder, name, text, key, mode):
    (open_folder / "key").write_text(key)
    (open_folder / "key").chmod(0o600)
    path = secrets(open_folder, text)
    (open_folder / name).chmod(mode)
    with pytest.raises(SettingsError) as refused:
        load({}, path)
    fix = f"run chmod 600 {open_folder / name}"
    assert str(refused.value) == f"{open_folder / name} holds a key, and others on this machine may read it: {fix}"
    subprocess.run(fix.removeprefix("run ").split(), check=True)
    load({}, path)


@posix
def test_file_without_a_key_in_a_closed_folder_or_of_another_owner_may_be_readable_by_others(open_folder):
    path = secrets(open_folder, "[access]\nlocal = true")
    path.chmod(0o644)
    assert load({}, path).local
    path.write_text("[auth]\nclient_secret = 'planted'")
    open_folder.chmod(0o700)
    assert load({}, path).auth
    open_folder.chmod(0o755)
    if os.geteuid() == 0:  # only root can give a file away
        os.chown(path, 12345, 12345)
        assert load({}, path).auth


# --- several spreadsheets ------------------------------------------------------------------------------------------


SHEETS = "https://docs.google.com/spreadsheets/d"
SISKIYOU, MODOC = f"{SHEETS}/SISKIYOU/edit#gid=0", f"{SHEETS}/MODOC"
LISTED = f"""
[connections.gsheets]
spreadsheet = [
  {{ county = "Siskiyou", address = "{SISKIYOU}", viewers = ["@WPD.example.gov"] }},
  {{ county = "Modoc", address = "{MODOC}", coordinators = ["boss@modoc.example.gov"], public = true }},
]
[access]
viewers = ["@chp.example.gov"]
"""


def test_counties_can_have_their_own_people(tmp_path):
    settings = load({}, secrets(tmp_path, LISTED))
    siskiyou = County("Siskiyou", SISKIYOU, viewers=("@wpd.example.gov",))
    modoc = County("Modoc", MODOC, coordinators=("boss@modoc.example.gov",), public=True)
    assert (settings.spreadsheet, settings.counties, settings.sample) == (None, (siskiyou, modoc), False)
    own = [settings.of(county) for county in (siskiyou, modoc)]
    assert [(each.viewers, each.coordinators, each.public, each.spreadsheet, each.counties) for each in own] == [
        (("@chp.example.gov", "@wpd.example.gov"), (), False, SISKIYOU, ()),
        (("@chp.example.gov",), ("boss@modoc.example.gov",), True, MODOC, ()),
    ]


@each(
    ("typed", "spreadsheet", "counties"),
    [
        (MODOC, MODOC, ()),
        (SISKIYOU, SISKIYOU, ()),
        (f"Modoc = {MODOC}", None, (County("Modoc", MODOC),)),
        (f"Modoc={MODOC},{SISKIYOU},", None, (County("Modoc", MODOC), County("Sheet 2", SISKIYOU))),
    ],
)
def test_environment_lists_spreadsheets_with_commas(typed, spreadsheet, counties):
    settings = load({"CWAC_SPREADSHEET": typed}, None)
    assert (settings.spreadsheet, settings.counties) == (spreadsheet, counties)


def test_each_file_of_a_county_has_its_own_calendar_id_and_the_general_one_stays(tmp_path):
    text = """[connections.gsheets]
    spreadsheet = [
      { county = "Modoc", workbook = "a.xlsx" }, { county = "Shasta", workbook = "b.xlsx", calendar_id = "s" }
    ]
    """
    for more, general in (("", "workbook"), ("[cwac]\ncalendar_id = 'old'\n", "old")):
        settings = load({}, secrets(tmp_path, text + more))
        own = [settings.of(county) for county in settings.counties]
        assert [(each.workbook, each.calendar_id, each.reads) for each in own] == [
            ("a.xlsx", general, "file"),
            ("b.xlsx", "s", "file"),
        ]


# --- how Google's sheets are read ------------------------------------------------------------------------------------

SHEET = "spreadsheet = 'https://docs.google.com/spreadsheets/d/1AbCdEfGh'"
ACCOUNT = "coffee@my-project.iam.gserviceaccount.com"


@each(
    ("lines", "environ", "reads", "credentials"),
    [
        (SHEET, {}, "google", "key"),
        (f"{SHEET}\ncredentials = 'default'", {}, "google", "default"),
        (SHEET, {"CWAC_CREDENTIALS": "default", "CWAC_IMPERSONATE": ACCOUNT}, "google", "default"),
        (f"{SHEET}\ncredentials = 'none'", {}, "link", "none"),
        (SHEET, {"CWAC_CREDENTIALS": "none"}, "link", "none"),
        (f"{SHEET}\ncredentials = 'none'", {"CWAC_WORKBOOK": "plan.xlsx"}, "file", "none"),
    ],
)
def test_credentials_say_how_the_sheet_is_read(
    tmp_path: Path, lines: str, environ: dict[str, str], reads: str, credentials: str
) -> None:
    settings = load(environ, secrets(tmp_path, f"[connections.gsheets]\n{lines}\n"))
    assert (settings.reads, settings.credentials, reads_by_link(settings)) == (reads, credentials, reads == "link")


def test_counties_may_be_read_in_different_ways(tmp_path: Path) -> None:
    lines = """[connections.gsheets]
    spreadsheet = [
      { county = "Siskiyou", address = "https://docs.google.com/spreadsheets/d/1AbCdEfGh" },
      { county = "Modoc", address = "https://docs.google.com/spreadsheets/d/1Modoc", credentials = "none" },
    ]
    private_key = "k"
    client_email = "a@b.example"
    """
    settings = load({}, secrets(tmp_path, lines))
    assert settings.counties[1] == County("Modoc", "https://docs.google.com/spreadsheets/d/1Modoc", credentials="none")
    assert [settings.of(county).reads for county in settings.counties] == ["google", "link"]
    assert reads_by_link(settings)
    with pytest.raises(SettingsError, match="credentials in"):
        load({}, secrets(tmp_path, lines.replace('"none"', '"link"')))


# --- what cannot be used -------------------------------------------------------------------------------------------


def written_down(name: str) -> list[tuple[str, dict[str, str], str]]:
    """The cases of a text: lines of a settings file and `$VARIABLE=value`, then `-> ` and the whole sentence.

    `FOLDER` is the folder.
    """
    cases = []
    for case in Path(__file__).with_name(name).read_text(encoding="utf-8").strip().split("\n\n"):
        typed, _, sentence = case.partition("\n-> ")
        variables = re.findall(r"^\$(\w+)=(.*)$", typed, re.MULTILINE)
        cases.append((re.sub(r"^\$.*\n?", "", typed, flags=re.MULTILINE), dict(variables), sentence))
    return cases


@each(("text", "environ", "sentence"), written_down("settings_refused.txt"))
def test_unusable_setting_is_refused_in_one_sentence(
    tmp_path: Path, text: str, environ: dict[str, str], sentence: str
) -> None:
    (tmp_path / "key.json").touch(0o600)
    assert refusal(tmp_path, text, environ).replace(str(tmp_path), "FOLDER") == sentence
