"""A text that must not be stored is removed from every version, to the last byte, and nothing else changes."""

import datetime as dt
import json
import os
import unicodedata
import zlib
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.cli import main
from cwac.model import Tab
from cwac.notify import deliveries
from cwac.notify.deliveries import Progress, Sent
from cwac.sheet.text import as_typed
from cwac.storage import tables as stored
from cwac.storage import versions
from cwac.storage.versions import MARKER, TextToRemove
from tests.cases import each
from tests.refresh.plan import LINK, NOW, tables, workbook

NAME = "Marisol Q. Resident"
HOUR = dt.timedelta(hours=1)


def with_note(note, at=NOW, tab="Events"):
    rows = tables()
    rows[tab][0].append("Internal notes")
    rows[tab][2].append(note)
    return workbook(rows, at)


def purge(store, text=NAME, **other):
    return store.purge_text(TextToRemove(text), "op", "purged a text", NOW, **other)


def cells(workbook):
    return [cell for tab in workbook.tabs for row in tab.rows for cell in row]


@pytest.mark.usefixtures("url")
def test_text_is_removed_from_all_versions_and_nothing_else_changes(store):
    kept = [store.keep(with_note("harmless"))]
    for number, tab in enumerate(("Events", "Staffing", "Officers"), 1):
        noted = with_note(f"ask {NAME.upper()},\nat the counter", NOW + number * HOUR, tab)
        noted.tabs[0].rows[1][3] = f"Town {number}"
        kept.append(store.keep(noted, good=number != 2))
    corrected = with_note(None, NOW + 4 * HOUR)
    kept.append(store.keep(corrected))
    planned = purge(store, dry_run=True)
    found = {"Events": 1, "Staffing": 1, "Officers": 1}
    assert (planned.versions, planned.cells, planned.newest) == ((2, 3, 4), found, ())
    assert any(NAME.casefold() in str(cell).casefold() for cell in cells(store.load(store.version(3))))
    assert store.audited() == ()
    assert purge(store) == planned
    left = store.versions()[::-1]
    assert [(version.id, version.at, version.good) for version in left] == [
        (version.id, version.at, version.good) for version in kept
    ]
    assert (left[0], left[4]) == (kept[0], kept[4])
    for version, town in zip(left[1:4], ("Town 1", "Town 2", "Town 3"), strict=True):
        its_cells = cells(store.load(version))  # which compares the hash
        assert [cell for cell in its_cells if NAME.casefold() in str(cell).casefold()] == []
        assert (its_cells.count(f"ask {MARKER},\nat the counter"), its_cells.count(town)) == (1, 1)
    assert (purge(store).versions, [entry.action for entry in store.audited()]) == ((), ["purged a text"])
    assert store.keep(corrected) == kept[4]


def test_sheet_that_still_has_the_text_is_named_and_stored_again(store):
    store.keep(with_note(NAME))
    assert purge(store).newest == (LINK,)
    store.keep(with_note(NAME, NOW + HOUR))
    assert purge(store, dry_run=True).versions == (2,)


def test_titles_are_searched_except_those_of_known_tabs(store):
    store.keep(replace(workbook(), tabs=(*workbook().tabs, Tab(f"Calls of {NAME}", [], id=9))))
    purge(store)
    assert [tab.title for tab in store.load(store.version(1)).tabs][-1] == f"Calls of {MARKER}"
    purge(store, "Events")
    assert store.load(store.version(1)).tabs[0].title == "Events"


@each(
    ("cell", "text", "is_found"),
    [
        (NAME, NAME, True),
        (f"{NAME}/{NAME}", NAME, True),
        (f"see\n{NAME.lower()}", NAME, True),
        (5305550199, "5305550199", True),
        (5305550199.0, "5305550199", True),
        (5305550199, "530555", False),  # a part of another number, such as a date
        (46302, "463", False),
        (True, "true", False),
        (None, "none", False),
        ("530-555-0199", "555-01", True),
        ("José Díaz", unicodedata.normalize("NFD", "josé díaz"), True),
        (unicodedata.normalize("NFD", "José Díaz"), "José Díaz", True),
        ("a.b", "a?b", False),
        ("[removed] Ann", "removed", True),
    ],
)
def test_text_is_found_in_a_cell(cell, text, is_found):
    wanted = TextToRemove(text)
    tab, count = wanted.removed_from(Tab("Events", [["x", cell]]))
    assert (count, tab.rows[0][0]) == (is_found, "x")
    assert not is_found or not wanted.is_in(str(tab.rows[0][1]))


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aAbéß .x", max_size=12)), st.text(alphabet="aAbéß .x", min_size=3, max_size=5))
def test_no_text_is_left_and_other_cells_stay_as_typed(typed, text):
    if len(text.strip()) < 3:
        return
    wanted = TextToRemove(text)
    tab, count = wanted.removed_from(Tab("Events", [typed]))
    assert not any(wanted.is_in(str(cell)) for cell in tab.rows[0])
    assert count == sum(wanted.is_in(cell) for cell in typed)
    assert [a for a, b in zip(typed, tab.rows[0], strict=True) if a == b] == [a for a in typed if not wanted.is_in(a)]
    assert all(as_typed(cell) is not None for cell in tab.rows[0])


def test_text_is_gone_from_the_file_to_the_last_byte(store, tmp_path, monkeypatch):
    compress = zlib.compress
    monkeypatch.setattr(versions.zlib, "compress", lambda body, _: compress(body, 0))  # readable in the file
    for number in range(30):
        store.keep(with_note(f"{NAME} {number}" if number % 3 else None, NOW + number * HOUR))

    def in_a_file():
        return any(NAME.encode() in part.read_bytes() for part in tmp_path.iterdir())

    assert in_a_file()
    assert len(purge(store).versions) == 20
    assert not in_a_file()


def test_state_that_quotes_the_text_is_cleared(store):
    store.keep(with_note(NAME))
    row = {"turn": 1, "taken_at": 0.0, "not_before": 0.0, "kept_turn": 1}
    with store.writing("test") as connection:
        for sheet, state in (("a", f"notice about {NAME}"), ("b", "another notice")):
            connection.execute(stored.turns.insert().values(sheet=sheet, state=state, **row))
    purge(store)
    with store.reading() as connection:
        states = dict(connection.execute(sa.select(stored.turns.c.sheet, stored.turns.c.state)).all())
    assert states == {"a": "", "b": "another notice"}


def test_version_that_cannot_be_read_is_named(store):
    store.keep(with_note(NAME))
    with store.writing("test") as connection:
        connection.execute(stored.tabs.update().values(body=b"1spoilt"))
    purged = purge(store)
    assert (purged.versions, purged.unreadable) == ((), (1,))


# --- from the command line --------------------------------------------------------------------------------------------


@pytest.fixture
def configured(url, store, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cwac.settings.loading.PROJECT", tmp_path)
    monkeypatch.setenv("CWAC_STORE", url)
    for hours, note in enumerate((NAME, f"call {NAME}", None)):
        store.keep(with_note(note, NOW + hours * HOUR))
    return store


def run(*words, status=0, typed=None):
    result = CliRunner().invoke(main, ["history", "purge", *words], input=typed)
    assert (result.exit_code, None if isinstance(result.exception, SystemExit) else result.exception) == (status, None)
    assert result.stdout == ""
    assert NAME.casefold() not in result.stderr.casefold()
    return result.stderr


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@each(
    ("words", "typed", "status", "output"),
    [
        (("--text", NAME, "--dry-run"), None, 0, "It is in 2 cells of 2 versions (Events 2).\n"),
        (("--text", "nobody of that name", "--yes"), None, 0, "No kept version holds it.\n"),
        (("--text", NAME), "n\n", 2, "Take it out of all of them? This cannot be undone."),
        (("--text", NAME), "\n", 2, "Take it out of all of them? This cannot be undone."),
        (("--text", "\tab "), None, 2, "at least 3 characters"),
        (("--text", ""), None, 2, "at least 3 characters"),
        (("--text", NAME, "--why", f"for {NAME.lower()}"), None, 2, "it would stay in the audit"),
        ((), None, 2, "Say which VERSION"),
        (("1", "--text", NAME), None, 2, "Say which VERSION"),
        (("1", "--why", "x", "--dry-run"), None, 2, "go with --text"),
        (("1",), None, 2, "--why"),
    ],
)
def test_command_that_is_to_remove_nothing_removes_nothing(configured, words, typed, status, output):
    assert output in run(*words, typed=typed, status=status)
    assert (purge(configured, dry_run=True).versions, len(configured.versions())) == ((1, 2), 3)
    assert configured.audited() == ()


@pytest.mark.parametrize(
    ("words", "typed"),
    [(("--text", NAME), "y\n"), (("--text", NAME, "--yes"), None), (("--text", "-", "--yes"), f"{NAME}\n")],
)
def test_command_removes_the_text_and_the_audit_does_not_repeat_it(configured, words, typed, url):
    output = run(*words, "--why", "a resident's name", typed=typed)
    assert "It was taken out of 2 cells of 2 versions (Events 2)." in output
    assert ("VACUUM FULL tabs" in output) == url.startswith("postgresql")
    assert "backups" in output
    assert purge(configured, dry_run=True).versions == ()
    (entry,) = configured.audited()
    assert entry.action == "purged a text from the kept versions: a resident's name"
    assert NAME not in json.dumps([entry.person, entry.action])


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_files_that_were_not_searched_are_named(configured, tmp_path):
    configured.keep(with_note(NAME, NOW + 3 * HOUR))
    configured.audit("somebody", f"wrote of {NAME}", NOW)
    (tmp_path / "store.sqlite3.damaged-20260101T000000Z").write_text("old")
    output = run("--text", NAME, "--yes")
    assert "damaged-20260101T000000Z was not searched" in output
    assert "The audit holds it too, in 1 line, and stays as it is." in output
    assert f"The newest version of {LINK} held it." in output


@pytest.mark.parametrize("typed", ["chief@wpd.example.gov", "CHIEF@wpd.example.gov"])
@pytest.mark.usefixtures("url")
def test_address_is_removed_from_what_was_told_to_it_and_from_nothing_else(store, typed):
    for name in ("chief@wpd.example.gov", "desk@chp.example.gov"):
        mine = deliveries.claim(store, name, NOW, 60)
        deliveries.begin(mine, "digest", "plan.xlsx", Progress(1, NOW))
        sent = Sent(NOW, name, "digest", "", "<a@example.gov>")
        deliveries.advance(mine, "digest", {"plan.xlsx": Progress(1, NOW)}, sent)
        deliveries.make_link(store, name, "digest")
    assert purge(store, typed, dry_run=True).messages == 4
    assert len(deliveries.recipients(store)) == 2
    assert purge(store, typed).messages == 4
    assert list(deliveries.recipients(store)) == ["desk@chp.example.gov"]
    assert deliveries.read_progress(store, "chief@wpd.example.gov") == {}
    assert [sent.recipient for sent in deliveries.sent(store, NOW, NOW + HOUR)] == [MARKER, "desk@chp.example.gov"]
    with store.reading() as connection:
        assert connection.execute(sa.select(stored.leave_links.c.recipient)).scalars().all() == ["desk@chp.example.gov"]
    assert purge(store, typed).messages == 0
