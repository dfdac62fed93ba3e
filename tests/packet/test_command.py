"""`cwac packet`; `packet.txt` of tests/cli/sessions has the rest."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from cwac.packet import command, documents
from cwac.packet.facts import packet_data
from cwac.settings import County, Settings
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.cli.conftest import nothing_configured  # noqa: F401
from tests.cli.plan import ON, refusal, run
from tests.refresh import plan as refreshed
from tests.web import plan as county


@pytest.mark.slow
def test_events_whose_ids_read_alike_are_told_apart_by_tab_and_row(tmp_path):
    header, day = ["Event ID", "Date", "Time", "Where", "Agency", "Status"], county.serial(dt.date(2026, 10, 6))
    spaced, slashed, dotted = ([number, day, "9 am", "Grange", "WPD", "Confirmed"] for number in ("A 1", "A/1", "A:1"))
    path = tmp_path / "months.xlsx"
    path.write_bytes(county._xlsx({"Oct": [header, spaced, dotted], "Nov": [header, slashed, slashed]}))
    run("packet", "--month", "2026-10", str(path), "--on", ON, "-o", "out")
    assert sorted(file.name for file in (tmp_path / "out").glob("*flyer.pdf")) == [
        "2026-10-06-A-1-flyer.pdf",
        "2026-10-06-A-1-row-3-flyer.pdf",
        "2026-10-06-A-1-tab-2-row-2-flyer.pdf",
    ]
    told = run("check", str(path), "--on", ON, "--format", "json", status=1).stdout
    assert "Row 2 has this ID already" in told
    assert re.findall(r"\b[0-9]{7,}\b", told) == []


@pytest.mark.slow
def test_templates_are_written_to_start_from_checked_with_the_sample_and_used(plan, tmp_path):
    own = tmp_path / "own"
    result = run("packet", "--write-templates", "own")
    assert result.stderr.splitlines()[0] == "10 files in own: name the folder in templates under [packet]."
    written = {path.relative_to(own).as_posix() for path in own.rglob("*") if path.is_file()}
    assert written == {*documents.shipped(), "parts/packet.schema.json"}
    assert json.loads((own / "parts/packet.schema.json").read_text()) == documents.schema()
    assert "exists: name an empty folder" in refusal("packet", "--write-templates", "own")
    env = {"CWAC_TEMPLATES": str(own)}
    checked = run("packet", "--check-templates", env=env)
    assert checked.stdout == ""
    assert checked.stderr.splitlines()[-1] == f"7 documents can be made with the templates in {own}."
    run("packet", "EV-1", plan, "--on", ON, "-o", "out", env=env)
    (own / "flyer.typ").write_text("\n#oops")
    (own / "after-action.typ").write_text('#read("/etc/passwd")')
    oops = "Error: flyer.typ, line 2: unknown variable: oops."
    assert refusal("packet", "EV-1", plan, "--on", ON, "-o", "other", env=env) == oops
    assert not (tmp_path / "other").exists()
    refused = refusal("packet", "--check-templates", env=env)
    assert refused == f"{oops} after-action.typ, line 1: file not found."
    (own / "flier.typ").write_text("")
    assert "flier.typ in the templates' folder is no document" in refusal("packet", "--check-templates", env=env)


def test_late_changes_come_from_the_kept_versions(tmp_path):
    settings = Settings(store=f"sqlite:///{tmp_path}/store.sqlite3")
    store, nowhere = Store(settings.store), Store("sqlite:///nowhere.sqlite3")
    for ago, start, status in ((3, 9, "Confirmed"), (1, 9.5, "Confirmed"), (0, 10, "Declined")):
        tables = refreshed.tables()
        tables["Events"][2][2], tables["Staffing"][1][3] = start / 24, status
        store.keep(refreshed.workbook(tables, refreshed.NOW - dt.timedelta(days=ago)))
    snapshot = read_workbook(store.load(store.latest(refreshed.LINK)), dt.date(2026, 10, 20))
    event = snapshot.event_by_id["EV-7"]
    words = command._late(store, settings, snapshot, event)
    assert words == ["start 9:30 → 10:00 AM", "A. Sample: Confirmed → Declined"]
    assert command._late(nowhere, settings, snapshot, event) is None
    store.close()
    nowhere.close()
    assert packet_data(snapshot, event, late=words)["results"]["late"] == words


def test_address_for_strangers_is_that_of_the_files_own_open_county(tmp_path):
    sources = [str(tmp_path / name) for name in ("open.xlsx", "closed.xlsx", "other.xlsx")]
    counties = County("Open", workbook=sources[0], public=True), County("Closed", workbook=sources[1], public=False)
    several = Settings(counties=counties, address="https://coffee.example.gov")
    one = Settings(workbook=sources[0], public=True, address="https://coffee.example.gov")
    for settings, page in (
        (several, "https://coffee.example.gov/e/Open/"),
        (one, "https://coffee.example.gov/e/"),
        (replace(one, public=False), None),
    ):
        addresses = [command.public_address_of(source, settings) for source in (*sources, "sample")]
        assert addresses == [page, None, None, None]
