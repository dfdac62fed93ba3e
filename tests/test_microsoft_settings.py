"""`[connections.microsoft]`: places, links and sign-ins, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cwac.cli.options import name_of, one_source
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings, load
from cwac.settings.connections import CLOUDS, Microsoft, WorkbookPlace, is_microsoft, place_of_link, sharing_token
from tests.cases import each
from tests.test_settings import refusal, secrets

ID = "00000000-aaaa-1111-bbbb-222222222222"
HOST = "contoso.sharepoint.com"
LINK = f"https://{HOST}/:x:/s/Coffee/EaBcDeFg123?e=4aBcD"
PERSONAL = "https://contoso-my.sharepoint.com/:x:/g/personal/a_contoso_com/EaB?e=1"
FROM_A_BROWSER = "https://contoso.sharepoint.us/sites/C/_layouts/15/Doc.aspx?sourcedoc=%7BAB%7D&file=P.xlsx"
SIGN_IN = f'tenant = "contoso.onmicrosoft.com"\nclient_id = "{ID}"\nclient_secret = "planted8Q~secret"\n'
SECTION, AT = "[connections.microsoft]\n", f'link = "{LINK}"\n'


def read(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    return load(environ or {}, secrets(folder, text))


# --- where it is -----------------------------------------------------------------------------------------------------


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


def test_site_drive_and_path_name_a_workbook(tmp_path: Path) -> None:
    text = 'site = "https://contoso.sharepoint.com/sites/Coffee/"\ndrive = "Plans"\npath = "/North/A B.xlsx"\n'
    settings = read(tmp_path, SECTION + text + SIGN_IN)
    assert settings.place() == WorkbookPlace(
        "contoso.sharepoint.com", site="sites/Coffee", drive="Plans", path="North/A B.xlsx"
    )
    assert identity_of(settings) == "https://contoso.sharepoint.com/sites/Coffee/Plans/North/A%20B.xlsx"
    assert (settings.reads, settings.sample) == ("microsoft", False)


# --- the whole section -----------------------------------------------------------------------------------------------


def test_environment_has_every_key(tmp_path: Path) -> None:
    by_file = read(tmp_path, f'{SECTION}link = "{LINK}"\n{SIGN_IN}cloud = "global"\n')
    values = {"LINK": LINK, "TENANT": "contoso.onmicrosoft.com", "CLIENT_ID": ID, "CLIENT_SECRET": "planted8Q~secret"}
    environ = {f"CWAC_MICROSOFT_{name}": value for name, value in values.items()}
    assert read(tmp_path, "", environ) == by_file
    assert by_file.microsoft.addresses == CLOUDS["global"]
    assert "planted8Q~secret" not in repr(by_file)


def test_certificate_has_its_private_key_beside_it_without_a_password(tmp_path: Path) -> None:
    pem = tmp_path / "app.pem"
    text = f'{SECTION}link = "{LINK}"\ntenant = "a.b"\nclient_id = "{ID}"\ncertificate = "{pem}"\n'
    assert f"{pem} cannot be read" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    pem.chmod(0o600)
    assert f"{pem} has no private key: it must hold both" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n")
    assert "has a key with a password" in refusal(tmp_path, text)
    pem.write_text("-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n")
    assert read(tmp_path, text).microsoft.certificate == str(pem)
    beside = text.replace(str(pem), "app.pem")  # relative to the settings file
    assert read(tmp_path, beside).microsoft.certificate == str(pem)


# --- counties and commands -------------------------------------------------------------------------------------------


def test_counties_may_mix_google_and_sharepoint(tmp_path: Path) -> None:
    text = (
        f'{SECTION}{SIGN_IN}[connections.gsheets]\nspreadsheet = ["Siskiyou = https://docs.google.com/spreadsheets/d/'
        f'KEY123", {{county = "Modoc", address = "{LINK}"}}, '
        '{county = "Lassen", address = "https://contoso.sharepoint.com/sites/L/Docs/Plan.xlsx"}]\n'
    )
    settings = read(tmp_path, text)
    own = [settings.of(county) for county in settings.counties]
    assert [each_.reads for each_ in own] == ["google", "microsoft", "microsoft"]
    assert [identity_of(each_) for each_ in own] == [
        "https://docs.google.com/spreadsheets/d/KEY123",
        "https://contoso.sharepoint.com/:x:/s/Coffee/693f938bab145fc9",
        "https://contoso.sharepoint.com/sites/L/Docs/Plan.xlsx",
    ]
    assert [source_for(each_).words for each_ in own] == ["Google", "Microsoft", "Microsoft"]
    assert "does not say how to sign in" in refusal(tmp_path, text.replace(SIGN_IN, ""))
    assert "leads to a folder" in refusal(tmp_path, text.replace("/:x:/", "/:f:/"))


def test_command_reads_a_link_with_the_configured_sign_in(tmp_path: Path) -> None:
    settings = read(tmp_path, f'{SECTION}site = "contoso.sharepoint.com"\npath = "Plan.xlsx"\n{SIGN_IN}')
    chosen = one_source(LINK, settings)
    assert (chosen.reads, chosen.place()) == ("microsoft", place_of_link(LINK))
    assert name_of(chosen) == "https://contoso.sharepoint.com/:x:/s/Coffee/693f938bab145fc9"
    assert one_source("sample", settings).sample
    assert one_source("plan.xlsx", settings).reads == "file"
    assert one_source(None, settings) == settings


def test_each_cloud_has_addresses_of_its_own() -> None:
    assert len({cloud.graph for cloud in CLOUDS.values()}) == len(CLOUDS) == 4
    for name, cloud in CLOUDS.items():
        microsoft = Microsoft(link=f"https://contoso{cloud.sharepoint}/:x:/s/C/E", cloud=name)
        assert microsoft.place().host == f"contoso{cloud.sharepoint}"
        assert replace(microsoft, graph="http://127.0.0.1:1/").addresses.graph == "http://127.0.0.1:1"
