"""Reading the settings: the file, the environment, and one sentence for what cannot be used."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cwac.checks.audience import reads_by_link
from cwac.cli.options import name_of, one_source
from cwac.notify.settings import Notify
from cwac.refresh.source_factory import identity_of
from cwac.settings import Settings, SettingsError, load
from cwac.settings.connections import CLOUDS, Microsoft, WorkbookPlace, is_microsoft, place_of_link, sharing_token
from tests.cases import each

SHEET_AT_MICROSOFT = """[connections.microsoft]
link = "https://contoso.sharepoint.com/:x:/s/Coffee/EaBcDeFg123"
tenant = "contoso.onmicrosoft.com"
client_id = "00000000-aaaa-1111-bbbb-222222222222"
"""
WITH_MAIL = """[cwac]
address = "https://coffee.example.gov"
[access]
viewers = ["@wpd.example.gov"]
[notify]
sender = "coffee@example.gov"
server = "smtp.example.gov"
user = "u"
"""
WITH_SLACK = "[notify.agencies.WPD]\nslack = 'https://hooks.slack.example/planted'\n"


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


def test_no_configuration_means_the_sample_and_no_secret_is_in_the_repr(tmp_path):
    assert load({}, secrets(tmp_path, "")) == Settings()
    assert Settings().sample
    google = "[connections.gsheets]\nspreadsheet = 'KEY'\nprivate_key = 'planted'\n"
    environ = {"CWAC_SMTP_PASSWORD": "planted-too"}
    settings = load(environ, secrets(tmp_path, f"{google}{WITH_MAIL}password = 'planted'\n{WITH_SLACK}"))
    assert settings.section(Notify).password == "planted-too"
    assert "planted" not in repr(settings)
    assert "planted" not in repr(load({}, secrets(tmp_path, f"{SHEET_AT_MICROSOFT}client_secret = 'planted'")))


def test_streamlits_variable_names_the_file(tmp_path):
    path = secrets(tmp_path, "[cwac]\nworkbook = 'plan.xlsx'")
    assert load({"STREAMLIT_SECRETS_FILES": str(path)}).workbook == "plan.xlsx"
    for value, part in ((tmp_path / "gone.toml", "is not there"), (f"{path} {path}", "must name one file")):
        with pytest.raises(SettingsError, match=part):
            load({"STREAMLIT_SECRETS_FILES": str(value)})


# --- files with keys ----------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes: who may read is set elsewhere.")


PEM = "-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n"


@posix
@each("mode", [0o640, 0o604, 0o777])
@each(
    ("name", "text", "key"),
    [
        ("secrets.toml", "[connections.gsheets]\nspreadsheet = 'KEY'\nprivate_key = 'planted'", ""),
        ("secrets.toml", "[auth]\nclient_secret = 'planted'", ""),
        ("secrets.toml", f"{SHEET_AT_MICROSOFT}client_secret = 'planted'", ""),
        ("secrets.toml", f"{WITH_MAIL}password = 'planted'", ""),
        ("secrets.toml", f"{WITH_MAIL}password = '$MAIL_SECRET'\n{WITH_SLACK}", ""),
        ("key", f"{SHEET_AT_MICROSOFT}certificate = 'key'", PEM),
        ("key", "[connections.gsheets]\nspreadsheet = 'KEY'\nkey_file = 'key'", '{"private_key": "planted"}'),
    ],
)
def test_a_file_with_a_key_that_others_may_read_is_refused_with_the_fix(open_folder, name, text, key, mode):
    (open_folder / "key").write_text(key)
    (open_folder / "key").chmod(0o600)
    path = secrets(open_folder, text)
    (open_folder / name).chmod(mode)
    environ = {"MAIL_SECRET": "p"}
    with pytest.raises(SettingsError) as refused:
        load(environ, path)
    fix = f"run chmod 600 {open_folder / name}"
    assert str(refused.value) == f"{open_folder / name} holds a key, and others on this machine may read it: {fix}"
    subprocess.run(fix.removeprefix("run ").split(), check=True)
    load(environ, path)


@posix
def test_file_without_a_key_in_a_closed_folder_or_of_another_owner_may_be_readable_by_others(open_folder):
    path = secrets(open_folder, "[access]\nlocal = true")
    path.chmod(0o644)
    assert load({}, path).local
    path.write_text(f"{WITH_MAIL}password = '$MAIL_SECRET'")
    assert load({"MAIL_SECRET": "p"}, path).section(Notify).password == "p"
    path.write_text("[auth]\nclient_secret = 'planted'")
    open_folder.chmod(0o700)
    assert load({}, path).auth
    open_folder.chmod(0o755)
    if os.geteuid() == 0:  # only root can give a file away
        os.chown(path, 12345, 12345)
        assert load({}, path).auth


# --- workbooks at Microsoft -----------------------------------------------------------------------------------------

HOST = "contoso.sharepoint.com"
LINK = f"https://{HOST}/:x:/s/Coffee/EaBcDeFg123?e=4aBcD"
PERSONAL = "https://contoso-my.sharepoint.com/:x:/g/personal/a_contoso_com/EaB?e=1"
FROM_A_BROWSER = "https://contoso.sharepoint.us/sites/C/_layouts/15/Doc.aspx?sourcedoc=%7BAB%7D&file=P.xlsx"


def test_sharing_link_is_encoded_as_graph_wants_it() -> None:
    # The example of https://learn.microsoft.com/graph/api/shares-get, and one whose base64 has +, / and =.
    example = "https://onedrive.live.com/redir?resid=1231244193912!12&authKey=1201919!12921!1"
    assert sharing_token(example) == (
        "u!aHR0cHM6Ly9vbmVkcml2ZS5saXZlLmNvbS9yZWRpcj9yZXNpZD0xMjMxMjQ0MTkzOTEyITEyJmF1dGhLZXk9MTIwMTkxOSExMjkyMSEx"
    )
    assert sharing_token("https://a.b/??>>~~~?") == "u!aHR0cHM6Ly9hLmIvPz8-Pn5-fj8"


@each(
    ("link", "place"),
    [
        (LINK, WorkbookPlace(HOST, link=LINK)),
        (LINK.removeprefix("https://"), WorkbookPlace(HOST, link=LINK)),
        (PERSONAL, WorkbookPlace("contoso-my.sharepoint.com", link=PERSONAL)),
        (f"https://{HOST}/sites/Coffee/Shared%20Documents/A%20B/Plan.xlsx?web=1",
         WorkbookPlace(HOST, site="sites/Coffee", path="Shared Documents/A B/Plan.xlsx", in_library=False)),
        (f"https://{HOST}/:x:/r/teams/Coffee/Docs/Plan.xlsx?d=w1&csf=1",
         WorkbookPlace(HOST, site="teams/Coffee", path="Docs/Plan.xlsx", in_library=False)),
        (f"https://{HOST}/Shared Documents/Plan.xlsx",
         WorkbookPlace(HOST, site="", path="Shared Documents/Plan.xlsx", in_library=False)),
        (FROM_A_BROWSER, WorkbookPlace("contoso.sharepoint.us", link=FROM_A_BROWSER)),
    ],
)  # fmt: skip
def test_place_of_a_link(link: str, place: WorkbookPlace) -> None:
    assert place_of_link(link) == place
    assert is_microsoft(link)


@each(
    ("link", "key"),
    [
        (LINK, "https://contoso.sharepoint.com/:x:/s/Coffee/693f938bab145fc9"),
        (LINK.partition("?")[0], "https://contoso.sharepoint.com/:x:/s/Coffee/693f938bab145fc9"),
        ("https://contoso.sharepoint.com/sites/C/Shared%20Documents/P.xlsx?web=1",
         "https://contoso.sharepoint.com/sites/C/Shared%20Documents/P.xlsx"),
        ("https://contoso.sharepoint.com/sites/C/_layouts/15/Doc.aspx?sourcedoc=%7BAB%7D&file=P.xlsx&action=default",
         "https://contoso.sharepoint.com/sites/C/_layouts/15/Doc.aspx?sourcedoc=%7BAB%7D"),
    ],
)  # fmt: skip
def test_versions_are_stored_under_an_address_that_opens_nothing(link: str, key: str) -> None:
    assert place_of_link(link).key == key


def test_site_drive_and_path_name_a_workbook() -> None:
    typed = Microsoft(site="https://contoso.sharepoint.com/sites/Coffee/", drive="Plans", path="/North/A B.xlsx")
    assert typed.place() == WorkbookPlace(HOST, site="sites/Coffee", drive="Plans", path="North/A B.xlsx")


def test_certificate_has_its_private_key_beside_it_without_a_password(tmp_path: Path) -> None:
    pem = tmp_path / "app.pem"
    text = f"{SHEET_AT_MICROSOFT}certificate = '{pem}'\n"
    assert f"{pem} cannot be read" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    pem.chmod(0o600)
    assert f"{pem} has no private key: it must hold both" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n")
    assert "has a key with a password" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n")
    assert load({}, secrets(tmp_path, text)).microsoft.certificate == str(pem)
    beside = text.replace(str(pem), "app.pem")  # relative to the settings file
    assert load({}, secrets(tmp_path, beside)).microsoft.certificate == str(pem)


def test_command_reads_a_link_with_the_configured_sign_in(tmp_path: Path) -> None:
    settings = load({}, secrets(tmp_path, f"{SHEET_AT_MICROSOFT}client_secret = 'x'"))
    chosen = one_source(LINK, settings)
    assert (chosen.reads, chosen.place()) == ("microsoft", place_of_link(LINK))
    assert name_of(chosen) == "https://contoso.sharepoint.com/:x:/s/Coffee/693f938bab145fc9"
    assert one_source("sample", settings).sample
    assert one_source("plan.xlsx", settings).reads == "file"
    assert one_source(None, settings) == settings


def test_each_cloud_has_addresses_of_its_own() -> None:
    assert len({cloud.graph for cloud in CLOUDS.values()}) == len(CLOUDS) == 4
    assert Microsoft().addresses == CLOUDS["global"]
    for name, cloud in CLOUDS.items():
        microsoft = Microsoft(link=f"https://contoso{cloud.sharepoint}/:x:/s/C/E", cloud=name)
        assert microsoft.place().host == f"contoso{cloud.sharepoint}"
        assert replace(microsoft, graph="http://127.0.0.1:1/").addresses.graph == "http://127.0.0.1:1"


# --- written down ---------------------------------------------------------------------------------------------------


def written_down(name: str) -> list[tuple[str, dict[str, str], str]]:
    """The cases of a text: lines of a settings file and `$VARIABLE=value`, then below `-> ` what comes of them.

    `FOLDER` is the folder.
    """
    cases = []
    for case in Path(__file__).with_name(name).read_text(encoding="utf-8").strip().split("\n\n"):
        typed, _, said = case.partition("\n-> ")
        variables = re.findall(r"^\$(\w+)=(.*)$", typed, re.MULTILINE)
        cases.append((re.sub(r"^\$.*\n?", "", typed, flags=re.MULTILINE), dict(variables), said))
    return cases


@each(("text", "environ", "sentence"), written_down("settings_refused.txt"))
def test_unusable_setting_is_refused_in_one_sentence(
    tmp_path: Path, text: str, environ: dict[str, str], sentence: str
) -> None:
    (tmp_path / "key.json").touch(0o600)
    assert refusal(tmp_path, text, environ).replace(str(tmp_path), "FOLDER") == sentence


def lines_of(record: Any, begins: str = "") -> Iterator[str]:
    """Each value of a record that is not its default, without the address of the sheet."""
    for field in fields(record):
        value = getattr(record, field.name)
        usual = field.default if field.default_factory is MISSING else field.default_factory()
        if field.name == "gsheets":
            value = {key: typed for key, typed in value.items() if key != "spreadsheet"}
        if records := [one for one in (value if isinstance(value, tuple) else [value]) if is_dataclass(one)]:
            for one in records:
                yield from lines_of(one, f"{begins}{type(one).__name__} ")
        elif value != usual and field.name not in ("workbook", "spreadsheet", "file"):
            yield f"{begins}{field.name} {value}"


@each(("text", "environ", "told"), written_down("settings_read.txt"))
def test_settings_are_read_from_file_and_environment_for_each_sheet(
    tmp_path: Path, text: str, environ: dict[str, str], told: str
) -> None:
    settings = load(environ, secrets(tmp_path, text))
    lines: list[str] = []
    for name, own in settings.by_county().items():
        lines += [f"{name or 'One sheet'}: {own.reads} {identity_of(own)}", *lines_of(own, "  " if name else "")]
    assert "\n-> ".join(lines) == told
    assert (reads_by_link(settings), settings.sample) == (": link " in told, ": sample " in told)
