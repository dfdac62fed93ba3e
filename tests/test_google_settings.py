"""How Google's sheets are read, by the settings: what contradicts itself is refused by name."""

from pathlib import Path

import pytest

from cwac.checks.audience import reads_by_link
from cwac.settings import County, Settings, SettingsError, load
from tests.cases import each

SHEET = "spreadsheet = 'https://docs.google.com/spreadsheets/d/1AbCdEfGh'"
ACCOUNT = "coffee@my-project.iam.gserviceaccount.com"


def loaded(lines: str, environ: dict[str, str] | None = None) -> Settings:
    path = Path("secrets.toml").absolute()
    path.write_text(f"[connections.gsheets]\n{lines}\n", encoding="utf-8")
    path.chmod(0o600)
    return load(environ or {}, path)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
    lines: str, environ: dict[str, str], reads: str, credentials: str
) -> None:
    settings = loaded(lines, environ)
    assert (settings.reads, settings.credentials, reads_by_link(settings)) == (reads, credentials, reads == "link")


@each(
    ("lines", "environ", "part"),
    [
        ("credentials = 'adc'", {}, 'credentials in [connections.gsheets] must be "default"'),
        ("credentials = 'default'\nkey_file = 'k.json'", {}, "uses no key, and key_file is there too"),
        ("credentials = 'none'", {"CWAC_SERVICE_ACCOUNT": "k.json"}, "may come from CWAC_SERVICE_ACCOUNT"),
        ("credentials = 'default'\nprivate_key = 'k'", {}, "uses no key, and private_key is there too"),
        ("credentials = 'none'\nclient_email = 'a@b.example'", {}, "uses no key, and client_email is there too"),
        ("private_key = 'k'", {"CWAC_CREDENTIALS": "none"}, "uses no key, and private_key is there too"),
        ("credentials = 'none'\nimpersonate = 'x'", {}, "impersonate in [connections.gsheets] works only with"),
        (f"impersonate = '{ACCOUNT}'", {}, 'works only with credentials = "default"'),
        ("credentials = 'default'\nimpersonate = 'boss@county.example'", {}, "must be a service account"),
        ("credentials = ''", {}, "credentials is empty"),
    ],
)
def test_contradiction_is_refused_by_name(lines: str, environ: dict[str, str], part: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(f"{SHEET}\n{lines}", environ)
    assert part in str(refused.value)


def test_credentials_without_a_sheet_do_not_show_the_sample() -> None:
    for environ in ({"CWAC_CREDENTIALS": "none"}, {"CWAC_CREDENTIALS": "default", "CWAC_IMPERSONATE": ACCOUNT}):
        with pytest.raises(SettingsError, match="no sheet to read"):
            load(environ, Path("/dev/null"))


def test_counties_may_differ() -> None:
    lines = """spreadsheet = [
      { county = "Siskiyou", address = "https://docs.google.com/spreadsheets/d/1AbCdEfGh" },
      { county = "Modoc", address = "https://docs.google.com/spreadsheets/d/1Modoc", credentials = "none" },
    ]
    private_key = "k"
    client_email = "a@b.example"
    """
    settings = loaded(lines)
    assert settings.counties[1] == County("Modoc", "https://docs.google.com/spreadsheets/d/1Modoc", credentials="none")
    assert [settings.of(county).reads for county in settings.counties] == ["google", "link"]
    assert reads_by_link(settings)
    with pytest.raises(SettingsError, match="credentials in"):
        loaded(lines.replace('"none"', '"link"'))
