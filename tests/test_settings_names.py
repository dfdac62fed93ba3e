"""Mistyped, misplaced or impossible settings are refused by name, and never replaced by the sample."""

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.settings import Rules, Settings, SettingsError, google, load
from cwac.settings.google import GSHEETS
from cwac.settings.microsoft import MICROSOFT, Microsoft
from cwac.settings.packet import Packet
from cwac.settings.section import Typed
from cwac.settings.table import ADDED, OTHER_VARIABLES, TABLE, unknown_names
from tests.cases import each

ROOT = Path(__file__).resolve().parent.parent
OURS = [setting for setting in TABLE if setting.section not in (GSHEETS, MICROSOFT)]
NUMBERS = [setting for setting in TABLE if setting.kind in ("whole", "number")]
SECTIONS = list(dict.fromkeys(setting.section for setting in OURS))


def secrets(folder: Path, text: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def refusal(folder, text="", environ=(), **other):
    with pytest.raises(SettingsError) as refused:
        load(dict(environ), secrets(folder, text), **other)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def misspelled(word):
    """Typical typos: a letter missing, doubled or swapped, another case, a dash."""
    middle = len(word) // 2
    return {
        word[:middle] + word[middle + 1 :],
        word[:middle] + word[middle] + word[middle:],
        word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :],
        word.upper(),
        word.capitalize(),
        word.replace("_", "-"),
        f"{word}s",
    } - {word}


def test_table_holds_every_setting():
    keys = {setting.key for setting in TABLE}
    assert keys == {setting.name for kind in (Settings, Rules, Microsoft, Packet) for setting in fields(kind)} - {
        "gsheets", "microsoft", "rules", "auth", "reached_at", "counties", "file", "added", "columns", "tabs",
    } | {"key_file", *google.KEYS}  # fmt: skip
    rules = Rules()
    for setting in NUMBERS:
        default = getattr(rules, setting.key, None) or getattr(Settings(), setting.key, None) or setting.minimum
        assert setting.minimum <= default <= setting.maximum
    assert len({setting.variable for setting in TABLE}) == len(TABLE)


# --- names -------------------------------------------------------------------------------------------------------


@each(
    ("section", "key", "typed"),
    [(setting.section, setting.key, typed) for setting in OURS for typed in sorted(misspelled(setting.key))],
)
def test_mistyped_key_is_refused_with_a_suggestion(tmp_path, section, key, typed):
    sentence = refusal(tmp_path, f'[{section}]\n"{typed}" = "x"\n')
    assert sentence.startswith(f"[{section}] does not know {typed}: did you mean {key}?")


@each(("section", "typed"), [(section, typed) for section in SECTIONS for typed in sorted(misspelled(section))])
def test_mistyped_section_is_refused_with_a_suggestion(tmp_path, section, typed):
    sentence = refusal(tmp_path, f'["{typed}"]\n')
    assert sentence.startswith(f"[{typed}] is not a section that is known: did you mean [{section}]?")


@each("section", ["papers", "zzz", "connection", "Auth"])
def test_unknown_section_is_refused(tmp_path, section):
    assert refusal(tmp_path, f"[{section}]\nkey = 1\n").startswith(f"[{section}] is not a section that is known")


def test_section_of_an_absent_part_is_refused_by_its_name() -> None:
    typed = Typed({"packet": {"seals": "seals"}, "notify": {"server": "smtp.example.gov"}})
    present = [section for section in ADDED if section.name != "notify"]
    assert [str(error) for error in unknown_names(typed, present)] == [
        "[notify] is not a section that is known: known are [cwac], [access], [rules], [columns], [tabs], [packet], "
        "[auth], [connections]."
    ]
    assert list(unknown_names(typed)) == []


@each(
    ("key", "home", "wrong"),
    [(setting.key, setting.section, section) for setting in OURS for section in SECTIONS if section != setting.section],
)
def test_key_in_the_wrong_section_is_refused_with_the_right_one(tmp_path, key, home, wrong):
    assert refusal(tmp_path, f'[{wrong}]\n{key} = "x"\n').endswith(f"does not know {key}: it belongs under [{home}].")


@each(
    ("key", "home"),
    [(setting.key, setting.section) for setting in TABLE if setting.key != "connections"],
)
def test_key_above_all_sections_is_refused_with_its_section(tmp_path, key, home):
    sentence = refusal(tmp_path, f'{key} = "x"\n')
    assert sentence == f"{key} is above all sections: it belongs under [{home}]."


def test_table_within_a_section_is_refused(tmp_path):
    assert "[cwac] does not know access" in refusal(tmp_path, "[cwac.access]\nlocal = true\n")


@each("text", ["[[cwac]]\nworkbook = 'x'", "cwac = 7", "rules = []", "access = 'x'"])
def test_section_that_is_no_table_is_refused(tmp_path, text):
    assert "must be a section of its own" in refusal(tmp_path, text)


@each(
    ("variable", "typed"),
    [
        (name, typed)
        for name in (*(setting.variable for setting in TABLE), *OTHER_VARIABLES)
        for typed in sorted({"CWAC_" + setting.upper() for setting in misspelled(name.removeprefix("CWAC_").lower())})
        if typed != name
    ]
    + [("CWAC_WORKBOOK", "cwac_workbook"), ("CWAC_STORE", "Cwac_Store")
    ],
)  # fmt: skip
def test_mistyped_variable_is_refused_with_a_suggestion(tmp_path, variable, typed):
    assert refusal(tmp_path, environ={typed: "x"}) == f"The variable {typed} is not known: did you mean {variable}?"


def test_variables_of_other_programs_are_ignored(tmp_path):
    of_kubernetes = ("CWAC_PORT", "CWAC_PORT_8501_TCP", "CWAC_PORT_8501_TCP_ADDR", "CWAC_SERVICE_HOST",
                     "CWAC_SERVICE_PORT", "CWAC_SERVICE_PORT_HTTP", "CWAC_HOME", "CWAC_VERSION", "CWAC_")  # fmt: skip
    environ = dict.fromkeys(of_kubernetes, "x") | dict.fromkeys(("CWACX", "PATH", "WORKBOK", "MY_CWAC_WORKBOK"), "x")
    assert load(environ, secrets(tmp_path, "")) == Settings()


def test_keys_of_streamlit_and_google_are_accepted(tmp_path):
    text = (
        "[auth]\nanything = 1\n[auth.google]\nclient_id = 'x'\n"
        "[connections.gsheets]\nspreadsheet = 'KEY'\nuniverse_domain = 'googleapis.com'\nworksheet = 'Events'\n"
        "[connections.other]\ndialect = 'x'\n"
    )
    assert load({}, secrets(tmp_path, text)).spreadsheet == "KEY"


@each(
    ("key", "typed"),
    [
        (setting.key, typed)
        for setting in TABLE
        if setting.section == GSHEETS
        for typed in sorted(misspelled(setting.key))
    ]
    + [("spreadsheet", typed) for typed in ("spread_sheet", "spread sheet", "SpreadSheet", "spreadsheet_id")]
    + [("key_file", "keyfile"), ("credentials", "credential"), ("impersonate", "impersonated")],
)
@each("named", ["spreadsheet = 'KEY'\n", "worksheet = 'Events'\n"])
def test_mistyped_key_beside_those_of_google_is_refused_with_a_suggestion(tmp_path, key, typed, named):
    if key == "spreadsheet" and "spreadsheet" in named:
        named = ""
    environ = {} if named.startswith("spread") else {"CWAC_SPREADSHEET": "KEY"}
    sentence = refusal(tmp_path, f'[connections.gsheets]\n{named}"{typed}" = "x"\n', environ)
    assert sentence == f"[connections.gsheets] does not know {typed}: did you mean {key}?"


@each(
    ("key", "typed"),
    [
        (key, typed)
        for key in ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
        for typed in sorted(misspelled(key))
    ]
    + [("redirect_uri", "redirect_url"), ("client_secret", "clientsecret"), ("server_metadata_url", "server_metadata")],
)
@each("section", ["auth", "auth.google"])
def test_mistyped_key_of_the_sign_in_is_refused_with_a_suggestion(tmp_path, section, key, typed):
    sentence = refusal(tmp_path, f'[{section}]\n"{typed}" = "x"\n')
    assert sentence == f"[{section}] does not know {typed}: did you mean {key}?"


@each(("typed", "meant"), [("gsheet", "gsheets"), ("sheets", "gsheets"), ("GSheets", "gsheets"),
                           ("microsft", "microsoft"), ("Microsoft", "microsoft")])  # fmt: skip
def test_mistyped_connection_beside_another_source_is_refused_with_a_suggestion(tmp_path, typed, meant):
    sentence = refusal(tmp_path, f'[connections."{typed}"]\nlink = "x"\n', {"CWAC_WORKBOOK": "coffee.xlsx"})
    assert sentence == f"[connections.{typed}] is not a section that is known: did you mean [connections.{meant}]?"


def test_every_key_that_google_and_streamlit_have_is_accepted(tmp_path):
    google = ("type", "project_id", "private_key_id", "client_email", "client_id", "auth_uri", "token_uri",
              "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain", "worksheet")  # fmt: skip
    auth = ("client_kwargs = { prompt = 'login', client_ids = 'x' }", "expose_tokens = 'id'", "cookie_name = 'x'")
    text = "[auth]\n" + "\n".join(auth) + "\n[connections.gsheets]\nspreadsheet = 'KEY'\n"
    assert load({}, secrets(tmp_path, text + "".join(f"{key} = 'x'\n" for key in google))).spreadsheet == "KEY"


# --- a connection that names no sheet -----------------------------------------------------------------------------


@each(
    ("text", "environ", "part"),
    [
        ("[connections.gsheets]\nprivate_key = 'x'", {}, "[connections.gsheets] names no sheet to read"),
        ("[connections.gsheets]", {}, "[connections.gsheets] names no sheet to read"),
        ("[connections.gsheets]\nspreadsheat = 'KEY'", {}, "did you mean spreadsheet where it says spreadsheat?"),
        ("[connections.gsheets]\nSpreadsheet = 'KEY'", {}, "did you mean spreadsheet where it says Spreadsheet?"),
        ("[connections.gsheet]\nspreadsheet = 'KEY'", {}, "[connections.gsheet] names no sheet to read"),
        ("[connections.sql]\nurl = 'x'", {}, "[connections.sql] names no sheet to read"),
        ("[connections]\ngsheets = {}", {}, "[connections.gsheets] names no sheet to read"),
        ("[connections.gsheets]\nspreadsheet = ''", {}, "spreadsheet is empty"),
        ("[connections.gsheets]\nspreadsheet = []", {}, "spreadsheet names no sheet"),
        ("", {"CWAC_SPREADSHEET": " , "}, "spreadsheet names no sheet"),
        ("", {"CWAC_API_ENDPOINT": "http://127.0.0.1:1"}, "CWAC_API_ENDPOINT is set, but no sheet to read"),
    ],
)
def test_connection_without_a_sheet_is_refused(tmp_path, text, environ, part):
    assert part in refusal(tmp_path, text, environ)


def test_connection_needs_no_sheet_if_the_command_names_the_source(tmp_path):
    key = secrets(tmp_path, "[connections.gsheets]\nprivate_key = 'x'")
    assert load({}, key, source_given=True).gsheets == {"private_key": "x"}
    assert load({"CWAC_WORKBOOK": "plan.xlsx"}, key).workbook == "plan.xlsx"
    assert load({"CWAC_SPREADSHEET": "KEY"}, key).spreadsheet == "KEY"


# --- values ------------------------------------------------------------------------------------------------------


def variants(setting):
    """Impossible values: in the file as TOML, in the environment as text."""
    yield "true", "true"
    yield "false", "false"
    yield "nan", "nan"
    yield "inf", "inf"
    yield "-inf", "-Infinity"
    yield f"{setting.minimum - 1}", f"{setting.minimum - 1}"
    yield f"{setting.maximum + 1}", f"{setting.maximum + 1}"
    yield "-99999", "-99999"
    yield "1" + "0" * 60, "1" + "0" * 5000
    yield "1e300", "1e400"
    yield "'many'", "many"
    yield "[1]", "1,5"
    yield "{ a = 1 }", "0x10"
    yield "1990-01-01", "½"
    if setting.kind == "whole":
        yield f"{setting.minimum + 0.5}", f"{setting.minimum + 0.5}"


@each(
    ("setting", "in_file", "in_environment"),
    [(setting, *pair) for setting in NUMBERS for pair in variants(setting)],
)
def test_impossible_number_is_refused_by_name(tmp_path, setting, in_file, in_environment):
    by_file = refusal(tmp_path, f"[{setting.section}]\n{setting.key} = {in_file}\n")
    by_environment = refusal(tmp_path, environ={setting.variable: in_environment})
    assert by_file.startswith(f"{setting.key} ")
    assert by_environment.startswith(f"{setting.variable}: {setting.key} must be ")
    assert max(len(by_file), len(by_environment)) < 200


PAIRS = [setting for setting in TABLE if setting.below]
# Of a pair only the outer ends: the inner ones depend on the other value.
ENDS = [(setting, setting.minimum) for setting in NUMBERS if setting.key not in {pair.below for pair in PAIRS}]
ENDS += [(setting, setting.maximum) for setting in NUMBERS if setting not in PAIRS]


@each(("setting", "number"), ENDS)
def test_minimum_and_maximum_are_accepted(tmp_path, setting, number):
    settings = load({}, secrets(tmp_path, f"[{setting.section}]\n{setting.key} = {number}\n"))
    value = getattr(settings.rules if setting.section == "rules" else settings, setting.key)
    assert value == number
    assert load({setting.variable: f" {number} "}, secrets(tmp_path, "")) == settings


@each("setting", PAIRS)
@each("apart", [0, 1])
def test_two_values_in_the_wrong_order_are_refused_by_name(tmp_path, setting, apart):
    rules = Rules()
    low, high = getattr(rules, setting.key), getattr(rules, setting.below)
    turned = {setting.key: high + apart, setting.below: high} if apart else {setting.key: low, setting.below: low}
    text = "[rules]\n" + "\n".join(f"{key} = {value}" for key, value in turned.items())
    sentence = refusal(tmp_path, text)
    assert sentence.startswith(f"{setting.key} in [rules] is ")
    assert setting.below in sentence
    # Also one of the two alone, with the default of the other.
    assert setting.below in refusal(tmp_path, environ={setting.variable: str(high)})


def test_fire_season_may_span_the_new_year(tmp_path):
    text = "[rules]\nfire_season_first_month = 11\nfire_season_last_month = 3\n"
    assert load({}, secrets(tmp_path, text)).rules.fire_season_first_month == 11


@pytest.mark.slow
@each("blank", ["", " ", "\t", "\u00a0"])
@each("setting", [setting for setting in TABLE if setting.kind not in ("flag", "people", "origins")])
def test_empty_value_is_refused_by_name(tmp_path, setting, blank):
    assert refusal(tmp_path, environ={setting.variable: blank}).startswith(
        f"{setting.variable}: {setting.key} is empty"
    )
    assert "is empty" in refusal(tmp_path, f"[{setting.section}]\n{setting.key} = {json.dumps(blank)}\n")


def test_empty_list_means_nobody_and_empty_flag_means_no(tmp_path):
    path = secrets(tmp_path, "[access]\npublic = true\nlocal = true\nviewers = ['a@b.example']\n")
    environ = dict.fromkeys(("CWAC_PUBLIC", "CWAC_LOCAL", "CWAC_VIEWERS", "CWAC_COORDINATORS"), "")
    assert load(environ, path) == Settings()


# --- the dashboard's address ---------------------------------------------------------------------------------------


@each(
    ("typed", "address"),
    [
        ("https://coffee.example.gov", "https://coffee.example.gov"),
        ("https://coffee.example.gov/", "https://coffee.example.gov"),
        ("HTTPS://Coffee.Example.gov:8443", "https://coffee.example.gov:8443"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("http://[::1]:8501/", "http://[::1]:8501"),
    ],
)
def test_address_is_scheme_host_and_port(tmp_path, typed, address):
    assert load({"CWAC_ADDRESS": typed}, secrets(tmp_path, "")).address == address
    assert load({}, secrets(tmp_path, f"[cwac]\naddress = '{typed}'\n")).address == address


@each(
    "typed",
    [
        "coffee.example.gov", "ftp://coffee.example.gov", "javascript:alert(1)", "https://", "https:///path",
        "https://coffee.example.gov/below", "https://coffee.example.gov?x=1", "https://coffee.example.gov#x",
        "https://user:secret@coffee.example.gov", "https://coffee.example.gov:99999", "https://coffee.example.gov:0",
        "https://coffee .example.gov", "https://coffee.example.gov\nX: y", "https://[x", "https://a,b",
        "https://" + "a" * 400,
        'https://coffee.example.gov"onclick',
    ],
)  # fmt: skip
def test_unusable_address_is_refused_by_name(tmp_path, typed):
    assert refusal(tmp_path, environ={"CWAC_ADDRESS": typed}).startswith(
        "CWAC_ADDRESS: address must be the dashboard's"
    )
    assert refusal(tmp_path, f"[cwac]\naddress = {json.dumps(typed)}\n").startswith("address must be the dashboard's")


@each(
    ("redirect", "address"),
    [
        ("https://coffee.example.gov/oauth2callback", "https://coffee.example.gov"),
        ("https://coffee.example.gov:8443/oauth2callback", "https://coffee.example.gov:8443"),
        ("http://localhost:{port}/oauth2callback", None),
        ("https://coffee.example.gov/below/oauth2callback", None),
    ],
)
def test_address_defaults_to_the_one_of_sign_in(tmp_path, redirect, address):
    text = f"[auth]\nredirect_uri = '{redirect}'\n"
    assert load({}, secrets(tmp_path, text)).address == address
    assert load({"CWAC_ADDRESS": "https://x.example"}, secrets(tmp_path, text)).address == "https://x.example"


# --- where it shows ------------------------------------------------------------------------------------------------

MISTAKE, PART = "[cwac]\nworkbok = 'plan.xlsx'\n", "did you mean workbook?"


@each("arguments", [["check"], ["alerts", "--format", "json"], ["export", "events"], ["history"]])
def test_every_command_reports_a_mistake_and_exits_with_2(tmp_path, arguments):
    (tmp_path / ".streamlit").mkdir(exist_ok=True)
    secrets(tmp_path / ".streamlit", MISTAKE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for name in [name for name in os.environ if name.startswith("CWAC_")]:
            patch.delenv(name)
        ended = CliRunner(env={"HOME": str(tmp_path)}).invoke(main, arguments, prog_name="cwac")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert PART in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_module_run_as_a_program_reports_a_mistake_and_exits_with_2(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    secrets(tmp_path / ".streamlit", MISTAKE)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CWAC_")}
    ended = subprocess.run(
        [sys.executable, "-m", "cwac", "check"],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert PART in ended.stderr
    assert ended.stderr.count("\n") == 1
