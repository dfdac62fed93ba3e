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
