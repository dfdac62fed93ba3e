"""Reading the settings: the file, the environment, and one sentence for what cannot be used."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_no_configuration_means_the_sample(tmp_path):
    assert load({}, secrets(tmp_path, "")) == Settings()
    assert load({}, secrets(tmp_path, "")).sample


def test_file_is_found_where_streamlit_looks(tmp_path, monkeypatch):
    here, home = tmp_path / "here", tmp_path / "home"
    for folder in (here, home):
        (folder / ".streamlit").mkdir(parents=True)
        secrets(folder / ".streamlit", f"[cwac]\nworkbook = '{folder.name}.xlsx'")
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("cwac.settings.file.PROJECT", tmp_path)
    assert load({}).workbook == "here.xlsx"
    (here / ".streamlit/secrets.toml").unlink()
    assert load({}).workbook == "home.xlsx"


def test_every_section_is_read(tmp_path):
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
    environ = {
        "CWAC_WORKBOOK": "plan.xlsx",
        "CWAC_STORE": "sqlite:///other.sqlite",
        "CWAC_TIMEZONE": "America/Chicago",
        "CWAC_REFRESH_SECONDS": "10",
        "CWAC_PUBLIC": "false",
        "CWAC_LOCAL": "true",
        "CWAC_VIEWERS": "@a.example, b@c.example",
        "CWAC_SIGN_IN_DAYS": "2",
        "CWAC_TRAVEL_MPH": "30",
    }
    settings = load(environ, secrets(tmp_path, WHOLE))
    assert (settings.workbook, settings.store, settings.timezone) == (
        "plan.xlsx",
        "sqlite:///other.sqlite",
        "America/Chicago",
    )
    assert (settings.refresh_seconds, settings.public, settings.local) == (10, False, True)
    assert (settings.viewers, settings.sign_in_days) == (("@a.example", "b@c.example"), 2)
    assert settings.rules == Rules(travel_mph=30.0)


def test_key_can_be_googles_json_file(tmp_path):
    key = tmp_path / "key.json"
    key.write_text('{"type": "service_account", "client_email": "robot@example.iam"}', encoding="utf-8")
    key.chmod(0o600)
    settings = load({"CWAC_SERVICE_ACCOUNT": str(key), "CWAC_SPREADSHEET": "KEY"}, secrets(tmp_path, ""))
    assert (settings.spreadsheet, settings.gsheets["client_email"]) == ("KEY", "robot@example.iam")


def test_key_file_in_the_settings_is_relative_to_them(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "keys").mkdir()
    for folder, name in (("keys", "settings"), ("here", "environment")):
        key = tmp_path / folder / "key.json"
        key.write_text(f'{{"client_email": "{name}@example.iam"}}')
        key.chmod(0o600)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    for typed in ("keys/key.json", "~/keys/key.json", str(tmp_path / "keys/key.json")):
        path = secrets(tmp_path, f'[connections.gsheets]\nspreadsheet = "KEY"\nkey_file = "{typed}"\n')
        assert load({}, path).gsheets == {"spreadsheet": "KEY", "client_email": "settings@example.iam"}
        environ = {"CWAC_SERVICE_ACCOUNT": "key.json"}
        assert load(environ, path).gsheets["client_email"] == "environment@example.iam"


@each(
    ("lines", "sentence"),
    [
        (
            "key_file = 'none.json'",
            "key file {folder}/none.json cannot be read (No such file or directory): check key_f",
        ),
        ("key_file = ''", "key_file is empty"),
        ("key_file = 7", "key_file must be text in quotes"),
        ("key_file = 'key.json'\nprivate_key = 'planted'", "has both key_file and private_key: delete one of them"),
    ],
)
def test_key_file_that_cannot_be_used_is_refused(tmp_path, lines, sentence):
    (tmp_path / "key.json").touch(0o600)
    path = secrets(tmp_path, f'[connections.gsheets]\nspreadsheet = "KEY"\n{lines}\n')
    with pytest.raises(SettingsError) as refused:
        load({}, path)
    assert sentence.format(folder=tmp_path) in str(refused.value)


@each(
    ("text", "environ", "part"),
    [
        ("[cwac\n", {}, "not well-formed TOML"),
        ('cwac = "x"', {}, "must be a section"),
        ("[cwac]\nrefresh_seconds = 'soon'", {}, "refresh_seconds must be a whole number"),
        ("", {"CWAC_THIN_AFTER_DAYS": "a year"}, "thin_after_days must be a whole number"),
        *[
            (words, environ, f"{name} must be {rule}")
            for name in ("websockets_per_address", "connections_per_address", "connections", "request_seconds")
            for value, rule in [("0", "from 1 to"), ("-5", "from 1 to"), ("many", "a whole number")]
            for words, environ in [
                (f"[cwac]\n{name} = {value if value != 'many' else repr(value)}", {}),
                ("", {f"CWAC_{name.upper()}": value}),
            ]
        ],
        ("[cwac]\nconnections = true", {}, "connections must be a whole number"),
        ("[cwac]\nrefresh_seconds = 5", {}, "refresh_seconds must be from 10 to 86400, not 5."),
        ("", {"CWAC_REFRESH_SECONDS": "9"}, "CWAC_REFRESH_SECONDS: refresh_seconds must be from 10 to 86400, not '9'."),
        *[
            ("", {"CWAC_STORE": path}, "CWAC_STORE: store must be the address of a database, not a path alone: write")
            for path in ("/srv/coffee.sqlite3", "coffee.sqlite3", r"C:\coffee.db", "sqlite:/srv/x.db", "sqlite://srv/x")
        ],
        *[
            (
                f"[{section}]\n{before}{key} = ['*@chp.example.gov']{after}",
                {},
                f"{key} must be addresses or domains such as "
                "@chp.example.gov, not '*@chp.example.gov': write @chp.example.gov, which means everybody there.",
            )
            for key in ("viewers", "coordinators")
            for section, before, after in [
                ("access", "", ""),
                ("connections.gsheets", "spreadsheet = [{ county = 'A', address = 'x', ", " }]"),
            ]
        ],
        ("[cwac]\nlimit_loopback = 'perhaps'", {}, "limit_loopback must be true or false"),
        ("[cwac]\ntimezone = 'Mars/Olympus'", {}, "'Mars/Olympus' is not known"),
        ("[cwac]\nworkbook = 7", {}, "workbook must be text"),
        ("[cwac]\ncalendar_id = 'a b'", {}, "calendar_id may have letters (a to z), digits, dots, dashes and"),
        ("[cwac]\ncalendar_id = 'north@x'", {}, "not '@'."),
        ("", {"CWAC_CALENDAR_ID": "weed-é"}, "calendar_id may have letters (a to z), digits, dots, dashes and"),
        ("", {"CWAC_CALENDAR_ID": "a" * 61}, "calendar_id may have 60 characters, not 61."),
        ("[access]\npublic = 'perhaps'", {}, "public must be true or false"),
        ("[access]\nviewers = [1]", {}, "viewers must be a list"),
        ("[access]\nviewers = ['chp.example.gov']", {}, "domains such as @chp.example.gov, not 'chp.example.gov'"),
        ("", {"CWAC_COORDINATORS": "a@b.example; c@d.example"}, "coordinators must be addresses"),
        ("[rules]\nspeed = 1", {}, "does not know speed"),
        ("[rules]\ntravel_mph = 'fast'", {}, "travel_mph in [rules] must be a number"),
        ("[rules]\ntravel_mph = inf", {}, "travel_mph in [rules] must be a number"),
        ("", {"CWAC_SERVICE_ACCOUNT": "/nowhere/key.json"}, "cannot be read"),
        ("[auth]\ncookie_secret = 'xxx'", {}, "cookie_secret in [auth] is shorter than 32 characters"),
        ("[access]\nsign_in_days = 'ever'", {}, "sign_in_days must be a whole number"),
        ("[auth]\nredirect_uri = 'http://coffee.example.gov/oauth2callback'", {}, "redirect_uri in [auth] must begin"),
        ("[auth]\nredirect_uri = 'coffee.example.gov/oauth2callback'", {}, "redirect_uri in [auth] must begin"),
        ("[auth]\nredirect_uri = 'https://[x/oauth2callback'", {}, "redirect_uri in [auth] must begin"),
    ],
)
def test_unusable_value_is_named_in_one_sentence(tmp_path, text, environ, part):
    with pytest.raises(SettingsError) as refused:
        load(environ, secrets(tmp_path, text))
    assert part in str(refused.value)
    assert "\n" not in str(refused.value).strip()


@each(
    ("redirect", "reached_at"),
    [
        ("https://coffee.example.gov/oauth2callback", "https://coffee.example.gov"),
        ("https://coffee.example.gov:8443/oauth2callback", "https://coffee.example.gov"),
        ("http://localhost:{port}/oauth2callback", "http://localhost"),
    ],
)
def test_address_of_sign_in_is_read_from_redirect_uri(tmp_path, redirect, reached_at):
    assert load({}, secrets(tmp_path, f"[auth]\nredirect_uri = {redirect!r}")).reached_at == reached_at


def test_streamlits_variable_names_the_file(tmp_path):
    path = secrets(tmp_path, "[cwac]\nworkbook = 'plan.xlsx'")
    assert load({"STREAMLIT_SECRETS_FILES": str(path)}).workbook == "plan.xlsx"
    for value, part in ((tmp_path / "gone.toml", "is not there"), (f"{path} {path}", "must name one file")):
        with pytest.raises(SettingsError, match=part):
            load({"STREAMLIT_SECRETS_FILES": str(value)})


# --- files with keys ----------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes: who may read is set elsewhere.")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter; pytest's folders are closed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@posix
@each("mode", [0o644, 0o640, 0o604, 0o660, 0o777])
@each(
    "text", ["[connections.gsheets]\nspreadsheet = 'KEY'\nprivate_key = 'planted'", "[auth]\nclient_secret = 'planted'"]
)
def test_a_secrets_file_that_others_may_read_is_refused_with_the_fix(open_folder, text, mode):
    path = secrets(open_folder, text)
    path.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        load({}, path)
    fix = f"run chmod 600 {path}"
    assert str(refused.value) == f"{path} holds a key, and others on this machine may read it: {fix}"
    subprocess.run(fix.removeprefix("run ").split(), check=True)
    load({}, path)


@posix
def test_key_in_a_closed_folder_is_accepted(open_folder):
    path = secrets(open_folder, "[auth]\nclient_secret = 'planted'")
    path.chmod(0o644)
    open_folder.chmod(0o700)
    assert load({}, path).auth


@posix
def test_google_key_file_that_others_may_read_is_refused_with_the_fix(open_folder, tmp_path):
    path = open_folder / "key.json"
    path.write_text('{"private_key": "planted"}')
    path.chmod(0o644)
    environ = {"CWAC_SERVICE_ACCOUNT": str(path), "CWAC_SPREADSHEET": "KEY"}
    with pytest.raises(SettingsError, match="run chmod 600"):
        load(environ, secrets(tmp_path, ""))
    path.chmod(0o400)
    assert load(environ, secrets(tmp_path, "")).gsheets["private_key"] == "planted"


@posix
def test_file_without_a_key_may_be_readable_by_others(tmp_path):
    path = secrets(tmp_path, "[cwac]\nworkbook = 'plan.xlsx'\n[access]\nlocal = true")
    path.chmod(0o644)
    assert load({}, path).local


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="Only root can give a file away.")
def test_file_of_another_owner_is_accepted(open_folder):
    path = secrets(open_folder, "[auth]\nclient_secret = 'planted'")
    path.chmod(0o644)
    os.chown(path, 12345, 12345)
    assert load({}, path).auth


# --- several spreadsheets ------------------------------------------------------------------------------------------


SISKIYOU, MODOC = (
    "https://docs.google.com/spreadsheets/d/SISKIYOU/edit#gid=0",
    "https://docs.google.com/spreadsheets/d/MODOC",
)
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
    assert settings.of(siskiyou).viewers == ("@chp.example.gov", "@wpd.example.gov")
    assert (settings.of(siskiyou).coordinators, settings.of(siskiyou).public) == ((), False)
    assert (settings.of(modoc).viewers, settings.of(modoc).coordinators) == (
        ("@chp.example.gov",), ("boss@modoc.example.gov",),
    )  # fmt: skip
    assert (settings.of(modoc).spreadsheet, settings.of(modoc).public, settings.of(modoc).counties) == (MODOC, True, ())


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


@each(
    ("value", "sentence"),
    [
        ("7", "spreadsheet must be the sheet's address in quotes, or a list of such."),
        ("[7]", "spreadsheet must list addresses in quotes, or tables with county and address."),
        ('["a-key", "a-key"]', "spreadsheet names 'a-key' twice: each county needs its own."),
        ('["Modoc = key-1", "MODOC = key-2"]', "spreadsheet names 'modoc' twice: each county needs its own."),
        (
            '["https://docs.google.com/spreadsheets/d/1aB/edit#gid=0", "https://docs.google.com/spreadsheets/d/1aB"]',
            "spreadsheet names '1aB' twice: each county needs its own.",
        ),
        ('[{ county = "Modoc" }]', "spreadsheet 1 has no address and no workbook: a county is one sheet or one file."),
        (
            '[{ county = "Modoc", address = "key-1", coordinator = "x@y.example" }]',
            "A table in spreadsheet does not know coordinator: it knows county, address, workbook, calendar_id, "
            "viewers, coordinators, public, credentials.",
        ),
        (
            '[{ county = "Modoc", address = "key-1", workbook = "modoc.xlsx" }]',
            "spreadsheet 1 has both an address and a workbook: a county is one sheet or one file.",
        ),
        (
            '[{ county = "Modoc", address = "key-1", calendar_id = "modoc" }]',
            "spreadsheet 1 has calendar_id, which is for a file: take it away.",
        ),
        (
            '[{ county = "Modoc", workbook = "modoc.xlsx", credentials = "none" }]',
            "spreadsheet 1 has credentials, which is for a Google Sheet: take it away.",
        ),
        (
            '[{ workbook = "modoc.xlsx", calendar_id = "north/east" }]',
            "calendar_id may have letters (a to z), digits, dots, dashes and underscores, not '/'.",
        ),
        (
            '[{ workbook = "https://example.org/modoc.xlsx" }]',
            "workbook in a table of spreadsheet is a web address: write it as address there.",
        ),
        (
            '[{ workbook = "C:\\temp\\new.xlsx" }]',
            "workbook has \\t between double quotes, which is another character there: write its value in single "
            "quotes, as in 'C:\\Users\\you\\plan.xlsx'.",
        ),
        (
            '["Modoc = modoc.xlsx", "Siskiyou = key-1"]',
            "spreadsheet names a file, and a Google Sheet belongs there: write workbook in place of address, as in "
            '{ county = "Modoc", workbook = "modoc.xlsx" }.',
        ),
        (
            '[{ county = "Modoc", workbook = "a.xlsx" }, { county = "Shasta", workbook = "a.xlsx" }]',
            "spreadsheet names 'a.xlsx' twice: each county needs its own.",
        ),
        (
            '[{ county = "Modoc", workbook = "a.xlsx" }, { county = "Shasta", workbook = "b.xlsx" }]',
            "The files of Modoc and Shasta have the same calendar_id, workbook: write another one into the table of "
            'Shasta under spreadsheet, as in calendar_id = "modoc". Calendars tell events apart by it, so never change '
            "it later.",
        ),
        (
            '[{ county = "A\\tB", address = "key-1" }]',
            "county must be a name of at most 60 characters without a comma, not 'A\\tB'.",
        ),
    ],
)  # fmt: skip
def test_unusable_list_of_spreadsheets_is_refused_in_one_sentence(tmp_path, value, sentence):
    with pytest.raises(SettingsError) as refused:
        load({}, secrets(tmp_path, f"[connections.gsheets]\nspreadsheet = {value}\n"))
    assert str(refused.value) == sentence


def test_each_file_of_a_county_has_its_own_calendar_id_and_the_general_one_stays(tmp_path):
    tables = (
        '[{ county = "Modoc", workbook = "a.xlsx" }, { county = "Shasta", workbook = "b.xlsx", calendar_id = "s" }]'
    )
    text = f"[connections.gsheets]\nspreadsheet = {tables}\n"
    settings = load({}, secrets(tmp_path, text))
    assert [county.place for county in settings.counties] == ["a.xlsx", "b.xlsx"]
    own = [settings.of(county) for county in settings.counties]
    assert [(each.workbook, each.calendar_id, each.reads) for each in own] == [
        ("a.xlsx", "workbook", "file"),
        ("b.xlsx", "s", "file"),
    ]
    settings = load({}, secrets(tmp_path, f"{text}[cwac]\ncalendar_id = 'old'\n"))
    assert [settings.of(county).calendar_id for county in settings.counties] == ["old", "s"]
