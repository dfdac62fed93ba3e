"""The operators' guide says what the code does: every setting, its default and its form in the environment."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

from cwac import access
from cwac.packet.settings import Packet
from cwac.settings import County, Retention, Rules, Settings, connections, load
from cwac.settings.connections import MICROSOFT, Microsoft, microsoft_of, refuse_microsoft_trouble
from cwac.settings.loading import all_settings
from tests.cases import each
from tests.first_hour import STEPS, counted
from tests.test_documents import ROOT, text_of
from tests.test_imports import SOURCES

PAGES = {path.name: text_of(path) for path in sorted((ROOT / "docs/operate").glob("*.md"))}
GUIDE = "\n".join(PAGES.values())
EXAMPLES = re.findall(r"```toml\n(.*?)```", GUIDE, re.S)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines() if re.match(r"\| `\[", line)
]

GIVEN = {
    "names": "Sheriff LaRue","spreadsheet": "KEY", "workbook": "plan.xlsx", "timezone": "America/Denver", "store": "sqlite:///x.sqlite",
         "address": "https://coffee.example.gov", "calendar_id": "north", "public_names_accepted": "true",
         "refresh_seconds": "45", "thin_after_days": "30", "public": "true",
         "embed_origins": "https://www.weed.example.gov", "local": "true", "viewers": "a@b.example",
         "coordinators": "a@b.example", "sign_in_days": "3", "websockets_per_address": "7",
         "connections_per_address": "8", "connections": "9", "request_seconds": "4",
         "limit_loopback": "false", "audit_days": "30",
         "templates": "/srv/templates", "seals": "/srv/seals", "credentials": "default",
         "impersonate": "coffee@my-project.iam.gserviceaccount.com", "api_endpoint": "http://127.0.0.1:1",
         "web_endpoint": "http://127.0.0.1:2"}  # fmt: skip


EMPTY = Path(os.devnull)
"""A settings file without a setting."""


class Noted(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, *variables: object) -> None:
        super().__init__(*variables)
        self.asked: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)  # type: ignore[arg-type]


def documented() -> Iterator[tuple[str, str, str, str]]:
    """Section, key, variable and default of each setting that has one of its own."""
    for place, variable, default, _ in ROWS:
        section, key = re.findall(r"`\[(\S+)\] ([^`]*)`", place)[0]
        if variable.startswith("`CWAC_") and "private_key" not in place and "[notify]" not in place:
            yield section, key, variable.strip("`"), default.strip("`")


def test_guide_lists_every_setting_and_no_other() -> None:
    environ = Noted()
    load(environ, EMPTY)
    variables = set(re.findall(r"`(CWAC_[A-Z_]+)`", "\n".join("|".join(row) for row in ROWS)))
    assert variables == environ.asked | {"CWAC_SMTP_PASSWORD"}  # which is asked for where there is a [notify]
    named = {key for _, key, _, _ in documented()}
    configurable = {field.name for kind in (Settings, Rules, Retention, Microsoft, Packet) for field in fields(kind)}
    configurable |= set(connections.KEYS)
    configurable = configurable - {"public_names"} | {"names"}  # of [public]
    configurable -= {"columns", "tabs"}  # whose keys are names in the sheet: they have a section of the guide
    sections = {"gsheets", "microsoft", "rules", "records", "auth"}
    assert named == configurable - {*sections, "reached_at", "counties", "file", "added"}


def test_guide_names_every_environment_variable_of_the_code() -> None:
    read = {name for path in SOURCES for name in re.findall(r'"(CWAC_[A-Z_]+[A-Z])"', text_of(path))}
    read |= {setting.variable for setting in all_settings()}
    assert {"CWAC_DEBUG", "CWAC_STORE"} <= read
    assert [name for name in sorted(read) if f"`{name}" not in GUIDE] == []


def test_every_command_in_the_guide_exists() -> None:
    from cwac.cli import main

    named = set(re.findall(r"`cwac ([a-z]+)", GUIDE))
    assert {"records", "audit"} <= named <= set(main.all_commands())


def values() -> list[tuple[str, str, str, str]]:
    numbers = {field.name: field.default for field in (*fields(Rules), *fields(Retention))}
    return [
        (section, key, variable, GIVEN.get(key) or str((numbers[key] or 4) + 1))
        for section, key, variable, _ in documented()
        if section != MICROSOFT  # which is refused unless it is complete
    ]


@each(("section", "key", "variable", "value"), values())
def test_setting_is_the_same_from_file_and_environment(
    tmp_path: Path, section: str, key: str, variable: str, value: str
) -> None:
    written, others = tmp_path / "secrets.toml", tmp_path / "others.toml"
    quoted = value if re.fullmatch(r"true|false|-?[0-9.]+", value) else repr(value)
    sheet = "[connections.gsheets]\nspreadsheet = 'KEY'\n" + "credentials = 'default'\n" * (key == "impersonate")
    others.write_text(sheet if key in connections.KEYS else "")
    typed = f"{key} = {f'[{quoted}]' if key in ('viewers', 'coordinators') else quoted}\n"
    written.write_text((others.read_text() or f"[{section}]\n") + typed)
    by_file, by_environment = load({}, written), load({variable: value}, others)
    assert by_file != load({}, others)
    assert (replace(by_file, gsheets={}) if key == "spreadsheet" else by_file) == by_environment


def test_guide_gives_the_defaults_of_the_code() -> None:
    settings = Settings()
    words = {"None": "none", "()": "nobody", "True": "true", "False": "false"}
    kept = {"store": "SQLite in the user's data folder", "thin_after_days": "keep all", "api_endpoint": "Google's",
            "web_endpoint": "Google's", "credentials": "key",
            "address": "where sign-in leads back to",
            "templates": "the shipped ones", "graph": "the cloud's", "login": "the cloud's"}  # fmt: skip
    for section, key, _, default in documented():
        table = settings.microsoft if section == MICROSOFT else settings
        of_section = {"rules": settings.rules, "records": settings.records}.get(section, table)
        real = str(getattr(of_section, key, None))
        assert default == kept.get(key, words.get(real, real)), key


def test_guide_names_the_google_scope_and_valid_sections() -> None:
    from cwac.sources.google_session import SCOPE

    assert f"one scope, `{SCOPE}`" in GUIDE
    assert SCOPE.endswith(".readonly")
    (example,) = [tomllib.loads(example) for example in EXAMPLES if "[auth]" in example]
    assert set(example) == {"auth", "access"}
    assert set(example["access"]) <= {field.name for field in fields(Settings)}


def test_access_table_has_a_column_for_each_kind_of_viewer() -> None:
    header = next(line for line in GUIDE.splitlines() if line.startswith("| | public"))
    assert [cell.strip() for cell in header.strip("|").split("|")][1:] == list(access.Kind.__args__)  # type: ignore[attr-defined]


def test_example_of_several_sheets_is_read_as_described(tmp_path: Path) -> None:
    (example,) = [example for example in EXAMPLES if 'county = "' in example]
    path = tmp_path / "secrets.toml"
    path.write_text(example.replace("/d/…", "/d/one", 1).replace("/d/…", "/d/two"))
    sheets = "https://docs.google.com/spreadsheets/d"
    assert load({}, path).counties == (
        County("Siskiyou", f"{sheets}/one", viewers=("@chp.example.gov",)),
        County("Modoc", f"{sheets}/two", coordinators=("clerk@modoc.example.gov",), public=True),
        County("Shasta", workbook="/srv/coffee/shasta.xlsx", calendar_id="shasta"),
    )


def test_example_of_a_retention_schedule_is_read_as_described(tmp_path: Path) -> None:
    (example,) = [example for example in EXAMPLES if "[records]" in example]
    path = tmp_path / "secrets.toml"
    path.write_text(example)
    schedule = load({}, path).records
    assert schedule == Retention(county=2, city=4, federal_grants=3, staffing=5)
    assert [schedule.years(*row) for row in (("Events",), ("Events", ["City"]), ("Staffing", ["City"]))] == [2, 4, 5]


def test_example_of_sharepoint_can_be_used() -> None:
    (example,) = [tomllib.loads(example) for example in EXAMPLES if "microsoft" in example]
    values = microsoft_of(example["connections"]["microsoft"])
    refuse_microsoft_trouble(replace(values, certificate=None, client_secret="x"), [])
    assert values.place().path == "Plans/Coffee.xlsx"


def test_index_lists_every_page_of_the_guide() -> None:
    assert set(re.findall(r"\(operate/([a-z-]+\.md)", text_of("docs/operators.md"))) == set(PAGES)


def test_guide_asks_for_no_permission_to_write() -> None:
    section = PAGES["sharepoint.md"]
    rows = re.findall(r"^ +\| `([A-Za-z.]+)`", section, re.M)
    assert rows == ["Files.SelectedOperations.Selected", "Sites.Selected", "Files.Read.All"]
    assert '"roles": ["read"]' in section


# --- the first hour with each source ---------------------------------------------------------------------------------


def test_each_step_is_asked_for_by_a_guide() -> None:
    steps = {step for steps in STEPS.values() for step in steps}
    assert [step.phrase for step in steps if step.phrase not in text_of(step.guide)] == []


def test_guide_has_the_actions_and_values_of_each_source() -> None:
    assert [kind for kind in STEPS if counted(kind) not in PAGES["sources.md"]] == []
