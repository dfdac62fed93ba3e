"""Mistyped, misplaced or impossible settings are refused by name, and never replaced by the sample."""

import itertools
import json
from collections.abc import Iterator

import pytest

from cwac.settings import Rules, Settings, load
from cwac.settings.connections import GSHEETS, MICROSOFT
from cwac.settings.loading import all_settings, other_variables
from tests.cases import each
from tests.test_settings import refusal, secrets

OURS = [setting for setting in all_settings() if setting.section not in (GSHEETS, MICROSOFT)]
NUMBERS = [setting for setting in all_settings() if setting.kind in ("whole", "number")]
SECTIONS = list(dict.fromkeys(setting.section for setting in OURS))


def misspelled(word):
    """Typical typos: a letter missing, doubled or swapped, another case, a dash."""
    middle = len(word) // 2
    start, before, at, end = word[: middle - 1], word[middle - 1], word[middle], word[middle + 1 :]
    spelled = {start + before + end, start + before + at + at + end, start + at + before + end}
    return {*spelled, word.upper(), word.capitalize(), word.replace("_", "-"), f"{word}s"} - {word}


# --- names -------------------------------------------------------------------------------------------------------

Case = tuple[str, dict[str, str], str]
"""The file, the environment, and how the refusal begins."""
AUTH = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
ALSO_MISTYPED = {
    "spreadsheet": ("spread_sheet", "spread sheet", "SpreadSheet", "spreadsheet_id"),
    "key_file": ("keyfile",),
    "credentials": ("credential",),
    "impersonate": ("impersonated",),
    "redirect_uri": ("redirect_url",),
    "client_secret": ("clientsecret",),
    "server_metadata_url": ("server_metadata",),
}


def mistyped_keys() -> Iterator[Case]:
    keys = [(setting.section, setting.key) for setting in all_settings() if setting.section != MICROSOFT]
    keys += itertools.product(("auth", "auth.google"), AUTH)
    for section, key in keys:
        environ = {"CWAC_WORKBOOK": "coffee.xlsx"} if section in (GSHEETS, "auth", "auth.google") else {}
        for typed in sorted({*misspelled(key), *ALSO_MISTYPED.get(key, ())}):
            refused = f"[{section}] does not know {typed}: did you mean {key}?"
            yield f'[{section}]\n"{typed}" = "x"\n', environ, refused
            if section == GSHEETS and key != "spreadsheet":
                yield f'[{section}]\nspreadsheet = "KEY"\n"{typed}" = "x"\n', {}, refused


def mistyped_sections_and_variables() -> Iterator[Case]:
    for section in SECTIONS:
        for typed in sorted(misspelled(section)):
            yield f'["{typed}"]\n', {}, f"[{typed}] is not a section that is known: did you mean [{section}]?"
    of_connections = {"gsheets": ("gsheet", "sheets", "GSheets"), "microsoft": ("microsft", "Microsoft")}
    for meant, typed in ((meant, typed) for meant, typos in of_connections.items() for typed in typos):
        refused = f"[connections.{typed}] is not a section that is known: did you mean [connections.{meant}]?"
        yield f'[connections."{typed}"]\nlink = "x"\n', {"CWAC_WORKBOOK": "coffee.xlsx"}, refused
    for name in (*(setting.variable for setting in all_settings()), *other_variables()):
        wrong = {f"CWAC_{typed.upper()}" for typed in misspelled(name.removeprefix("CWAC_").lower())}
        for typed in sorted({*wrong, name.lower()} - {name}):
            yield "", {typed: "x"}, f"The variable {typed} is not known: did you mean {name}?"


def misplaced_keys() -> Iterator[Case]:
    for setting in all_settings():
        belongs = f"it belongs under [{setting.section}]."
        wrong = next(section for section in SECTIONS if section != setting.section)
        yield f'[{wrong}]\n{setting.key} = "x"\n', {}, f"[{wrong}] does not know {setting.key}: {belongs}"
        if setting.key != "connections":  # which is a section too
            yield f'{setting.key} = "x"\n', {}, f"{setting.key} is above all sections: {belongs}"


@pytest.mark.slow
@each(("text", "environ", "refused"), [*mistyped_keys(), *mistyped_sections_and_variables(), *misplaced_keys()])
def test_mistyped_or_misplaced_name_is_refused_with_the_right_one(tmp_path, text, environ, refused):
    assert refusal(tmp_path, text, environ).startswith(refused)


def test_variables_of_other_programs_are_ignored(tmp_path):
    of_kubernetes = ("CWAC_PORT", "CWAC_PORT_8501_TCP", "CWAC_PORT_8501_TCP_ADDR", "CWAC_SERVICE_HOST",
                     "CWAC_SERVICE_PORT", "CWAC_SERVICE_PORT_HTTP", "CWAC_HOME", "CWAC_VERSION", "CWAC_")  # fmt: skip
    environ = dict.fromkeys(of_kubernetes, "x") | dict.fromkeys(("CWACX", "PATH", "WORKBOK", "MY_CWAC_WORKBOK"), "x")
    assert load(environ, secrets(tmp_path, "")) == Settings()


def test_every_key_that_google_and_streamlit_have_is_accepted_and_a_season_over_the_new_year(tmp_path):
    google = ("type", "project_id", "private_key_id", "client_email", "client_id", "auth_uri", "token_uri",
              "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain", "worksheet")  # fmt: skip
    auth = ("client_kwargs = { prompt = 'login', client_ids = 'x' }", "expose_tokens = 'id'", "cookie_name = 'x'")
    text = "[auth]\nanything = 1\n" + "\n".join(auth) + "\n[auth.google]\nclient_id = 'x'\n"
    text += "[rules]\nfire_season_first_month = 11\nfire_season_last_month = 3\n"
    text += "[connections.other]\ndialect = 'x'\n[connections.gsheets]\nspreadsheet = 'KEY'\n"
    assert load({}, secrets(tmp_path, text + "".join(f"{key} = 'x'\n" for key in google))).spreadsheet == "KEY"


# --- a connection that names no sheet -----------------------------------------------------------------------------


def test_connection_needs_no_sheet_if_the_command_names_the_source(tmp_path):
    key = secrets(tmp_path, "[connections.gsheets]\nprivate_key = 'x'")
    assert load({}, key, source_given=True).gsheets == {"private_key": "x"}
    assert load({"CWAC_WORKBOOK": "plan.xlsx"}, key).workbook == "plan.xlsx"
    assert load({"CWAC_SPREADSHEET": "KEY"}, key).spreadsheet == "KEY"


# --- values ------------------------------------------------------------------------------------------------------


def variants(setting):
    """Impossible values: in the file as TOML, in the environment as text. Only the bounds are each setting's own."""
    yield "'many'", "many"
    numbers = [setting.minimum - 1, setting.maximum + 1]
    numbers += [setting.minimum + 0.5] if setting.kind == "whole" else []
    yield from ((str(number), str(number)) for number in numbers)
    if setting.key in ("refresh_seconds", "travel_mph"):
        yield from ((word, word) for word in ("true", "false", "nan", "inf", "-99999"))
        yield from (("-inf", "-Infinity"), ("1e300", "1e400"), ("1" + "0" * 60, "1" + "0" * 5000))
        yield from (("[1]", "1,5"), ("{ a = 1 }", "0x10"), ("1990-01-01", "½"))


@pytest.mark.slow
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


PAIRS = [setting for setting in all_settings() if setting.below]
# Of a pair only the outer ends: the inner ones depend on the other value.
ENDS = [(setting, setting.minimum) for setting in NUMBERS if setting.key not in {pair.below for pair in PAIRS}]
ENDS += [(setting, setting.maximum) for setting in NUMBERS if setting not in PAIRS]


@each(("setting", "number"), ENDS)
def test_minimum_and_maximum_are_accepted(tmp_path, setting, number):
    settings = load({}, secrets(tmp_path, f"[{setting.section}]\n{setting.key} = {number}\n"))
    value = getattr({"rules": settings.rules, "records": settings.records}.get(setting.section, settings), setting.key)
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


@pytest.mark.slow
@each("blank", ["", " \t\u00a0"])
@each("setting", [setting for setting in all_settings() if setting.kind not in ("flag", "people", "origins")])
def test_empty_value_is_refused_by_name(tmp_path, setting, blank):
    assert refusal(tmp_path, environ={setting.variable: blank}).startswith(
        f"{setting.variable}: {setting.key} is empty"
    )
    assert "is empty" in refusal(tmp_path, f"[{setting.section}]\n{setting.key} = {json.dumps(blank)}\n")


# --- the dashboard's address ---------------------------------------------------------------------------------------


@each(
    ("typed", "address"),
    [
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
    ("begins", "address", "reached_at"),
    [
        ("https://coffee.example.gov", "https://coffee.example.gov", "https://coffee.example.gov"),
        ("https://coffee.example.gov:8443", "https://coffee.example.gov:8443", "https://coffee.example.gov"),
        ("http://localhost:{port}", None, "http://localhost"),
        ("https://coffee.example.gov/below", None, "https://coffee.example.gov"),
    ],
)
def test_address_defaults_to_the_one_of_sign_in(tmp_path, begins, address, reached_at):
    text = f"[auth]\nredirect_uri = '{begins}/oauth2callback'\n"
    settings = load({}, secrets(tmp_path, text))
    assert (settings.address, settings.reached_at) == (address, reached_at)
    assert load({"CWAC_ADDRESS": "https://x.example"}, secrets(tmp_path, text)).address == "https://x.example"
