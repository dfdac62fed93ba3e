"""What the operator configured: the file, the environment before it, and a sentence for what cannot be used."""

from pathlib import Path

import pytest

from cwac.settings import Rules, Settings, SettingsError, load

WHOLE = """
[connections.gsheets]
spreadsheet = "https://docs.google.com/spreadsheets/d/KEY"
private_key = "do not tell"
[cwac]
timezone = "America/Denver"
store = "sqlite:///county.sqlite"
refresh_seconds = 60
[rules]
travel_mph = 45
[auth]
cookie_secret = "x"
[access]
public = true
viewers = ["@CHP.example.gov", " liaison@example.gov "]
coordinators = ["Boss@example.gov"]
"""


def secrets(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_configured_is_the_sample(tmp_path):
    assert load({}, secrets(tmp_path, "")) == Settings()
    assert load({}, secrets(tmp_path, "")).sample


def test_a_whole_file(tmp_path):
    found = load({}, secrets(tmp_path, WHOLE))
    assert found == Settings(
        spreadsheet="https://docs.google.com/spreadsheets/d/KEY",
        gsheets={"spreadsheet": "https://docs.google.com/spreadsheets/d/KEY", "private_key": "do not tell"},
        timezone="America/Denver",
        store="sqlite:///county.sqlite",
        refresh_seconds=60,
        public=True,
        viewers=("@chp.example.gov", "liaison@example.gov"),
        coordinators=("boss@example.gov",),
        auth=True,
        rules=Rules(travel_mph=45.0),
    )
    assert "do not tell" not in repr(found)


def test_the_environment_goes_before_the_file(tmp_path):
    environ = {
        "CWAC_WORKBOOK": "plan.xlsx",
        "CWAC_STORE": "sqlite:///other.sqlite",
        "CWAC_TIMEZONE": "America/Chicago",
        "CWAC_REFRESH_SECONDS": "3",
        "CWAC_PUBLIC": "false",
        "CWAC_LOCAL": "true",
        "CWAC_VIEWERS": "@a.example, b@c.example",
        "CWAC_TRAVEL_MPH": "30",
    }
    found = load(environ, secrets(tmp_path, WHOLE))
    assert (found.workbook, found.store, found.timezone) == ("plan.xlsx", "sqlite:///other.sqlite", "America/Chicago")
    assert (found.refresh_seconds, found.public, found.local) == (10, False, True)
    assert found.viewers == ("@a.example", "b@c.example")
    assert found.rules == Rules(travel_mph=30.0)


def test_the_key_may_be_googles_own_file(tmp_path):
    key = tmp_path / "key.json"
    key.write_text('{"type": "service_account", "client_email": "robot@example.iam"}', encoding="utf-8")
    found = load({"CWAC_SERVICE_ACCOUNT": str(key), "CWAC_SPREADSHEET": "KEY"}, secrets(tmp_path, ""))
    assert (found.spreadsheet, found.gsheets["client_email"]) == ("KEY", "robot@example.iam")


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("[cwac\n", {}, "not well-formed TOML"),
        ('cwac = "x"', {}, "must be a section"),
        ("[cwac]\nrefresh_seconds = 'soon'", {}, "refresh_seconds must be a whole number"),
        ("[cwac]\ntimezone = 'Mars/Olympus'", {}, "'Mars/Olympus' is not known"),
        ("[cwac]\nworkbook = 7", {}, "workbook must be text"),
        ("[access]\npublic = 'perhaps'", {}, "public must be true or false"),
        ("[access]\nviewers = [1]", {}, "viewers must be a list"),
        ("[rules]\nspeed = 1", {}, "does not know speed"),
        ("[rules]\ntravel_mph = 'fast'", {}, "travel_mph in [rules] must be a number"),
        ("[rules]\ntravel_mph = inf", {}, "travel_mph in [rules] must be a number"),
        ("", {"CWAC_SERVICE_ACCOUNT": "/nowhere/key.json"}, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(tmp_path, text, environ, said):
    with pytest.raises(SettingsError) as refused:
        load(environ, secrets(tmp_path, text))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value).strip()
