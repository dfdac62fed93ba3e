"""`[connections.microsoft]`: places, links, certificates and clouds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cwac.cli.options import name_of, one_source
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
    assert Microsoft().addresses == CLOUDS["global"]
    for name, cloud in CLOUDS.items():
        microsoft = Microsoft(link=f"https://contoso{cloud.sharepoint}/:x:/s/C/E", cloud=name)
        assert microsoft.place().host == f"contoso{cloud.sharepoint}"
        assert replace(microsoft, graph="http://127.0.0.1:1/").addresses.graph == "http://127.0.0.1:1"
