"""A text that must not be kept goes out of every version, to the last byte, and the rest stays as it was."""

import datetime as dt
import json
import os
import unicodedata
import zlib
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cwac.cli import main
from cwac.model import Tab, Workbook
from cwac.sheet.text import as_typed
from cwac.storage import store as store_module
from cwac.storage.store import Store
from cwac.storage.text_removal import MARKER, TextToRemove
from tests.refresh.plan import LINK, NOW, tables, workbook

NAME = "Marisol Q. Resident"
HOUR = dt.timedelta(hours=1)
FORMS = {
    "alone": NAME,
    "inside": f"ask {NAME}, at the counter",
    "twice": f"{NAME}/{NAME}",
    "capitals": NAME.upper(),
    "small": NAME.lower(),
    "line break": f"see\n{NAME}",
}


def with_note(note, at=NOW, title="Events"):
    of = tables()
    of[title][0].append("Internal notes")
    of[title][2].append(note)
    return workbook(of, at)


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()


def purge(store, text=NAME, **other):
    return store.purge_text(TextToRemove(text), "op", "purged a text", NOW, **other)


def cells(workbook):
    return [cell for tab in workbook.tabs for row in tab.rows for cell in row]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tab", ["Events", "Staffing", "Officers"])
def test_a_text_goes_from_all_versions_that_hold_it_and_the_others_are_untouched(store, form, tab):
    first = store.keep(with_note("harmless", NOW, tab))
    for number in range(1, 4):
        of = with_note(FORMS[form], NOW + number * HOUR, tab)
        of.tabs[0].rows[1][3] = f"Town {number}"
        store.keep(of, good=number != 2)
    last = store.keep(with_note(None, NOW + 4 * HOUR, tab))
    found = purge(store, dry_run=True)
    assert (found.versions, found.cells, found.newest) == ((2, 3, 4), {tab: 3}, ())
    assert any(NAME.casefold() in str(cell).casefold() for cell in cells(store.load(store.version(3))))
    assert store.audited() == ()
    assert purge(store) == found
    for version in store.versions():
        kept = store.load(version)  # which compares the hash
        assert not [cell for cell in cells(kept) if NAME.casefold() in str(cell).casefold()]
        assert [tab.title for tab in kept.tabs] == ["Events", "Staffing", "Officers"]
    assert [one.good for one in store.versions()] == [True, True, False, True, True]
    assert cells(store.load(store.version(3))).count("Town 2") == 1
    assert store.version(1) == first
    assert store.version(5) == last
    assert (purge(store).versions, [one.what for one in store.audited()]) == ((), ["purged a text"])


def test_the_live_sheet_once_mended_is_still_the_newest_version(store):
    store.keep(with_note(NAME))
    mended = with_note(None, NOW + HOUR)
    kept = store.keep(mended)
    purge(store)
    assert store.keep(replace(mended, as_of=NOW + HOUR)) == kept


def test_a_sheet_that_was_not_mended_is_said_and_kept_again(store):
    store.keep(with_note(NAME))
    assert purge(store).newest == (LINK,)
    store.keep(with_note(NAME, NOW + HOUR))
    assert purge(store, dry_run=True).versions == (2,)


def test_references_go_on_to_fit_together(store):
    of = tables()
    for row in of["Events"][1:] + of["Staffing"][1:]:
        row[0] = f"{row[0]} {NAME}"
    store.keep(workbook(of))
    purge(store)
    kept = store.load(store.version(1))
    ids = {row[0] for row in kept.tabs[0].rows[1:]}
    assert ids == {f"EV-{n} {MARKER}" for n in (-30, 7, 14, 21, 28)}
    assert {row[0] for row in kept.tabs[1].rows[1:]} <= ids


def test_a_title_is_searched_too_but_a_tab_of_ours_keeps_its_own(store):
    store.keep(replace(workbook(), tabs=(*workbook().tabs, Tab(f"Calls of {NAME}", [], id=9))))
    purge(store)
    assert [tab.title for tab in store.load(store.version(1)).tabs][-1] == f"Calls of {MARKER}"
    purge(store, "Events")
    assert store.load(store.version(1)).tabs[0].title == "Events"


@pytest.mark.parametrize(
    ("cell", "text", "held"),
    [
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
def test_what_is_found_in_a_cell(cell, text, held):
    tab, count = TextToRemove(text).removed_from(Tab("Events", [["x", cell]]))
    assert count == held
    assert not held or not TextToRemove(text).is_in(str(tab.rows[0][1]))
    assert tab.rows[0][0] == "x"


@given(st.lists(st.text(alphabet="aAbéß .x", max_size=12)), st.text(alphabet="aAbéß .x", min_size=3, max_size=5))
def test_whatever_is_typed_none_is_left_and_all_else_stays(typed, text):
    if len(text.strip()) < 3:
        return
    wanted = TextToRemove(text)
    tab, count = wanted.removed_from(Tab("Events", [typed]))
    assert not any(wanted.is_in(str(cell)) for cell in tab.rows[0])
    assert count == sum(wanted.is_in(cell) for cell in typed)
    assert [a for a, b in zip(typed, tab.rows[0], strict=True) if a == b] == [a for a in typed if not wanted.is_in(a)]
    assert all(as_typed(cell) is not None for cell in tab.rows[0])


@pytest.mark.parametrize("text", ["", " ", "ab", " ab ", "\t\tx"])
def test_a_text_of_under_three_characters_is_refused(text):
    with pytest.raises(ValueError, match="at least 3"):
        TextToRemove(text)


def test_it_is_gone_from_the_file_to_the_last_byte(tmp_path, monkeypatch):
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    compress = zlib.compress
    monkeypatch.setattr(store_module.zlib, "compress", lambda body, _: compress(body, 0))  # to be found if it is there
    for number in range(30):
        store.keep(with_note(f"{NAME} {number}" if number % 3 else None, NOW + number * HOUR))
    planted = [part for part in tmp_path.iterdir() if NAME.encode() in part.read_bytes()]
    assert planted
    assert len(purge(store).versions) == 20
    assert [part for part in tmp_path.iterdir() if NAME.encode() in part.read_bytes()] == []
    store.close()


def test_a_version_that_cannot_be_read_is_said(store):
    store.keep(with_note(NAME))
    with store._writing("test") as connection:
        connection.execute(store_module._tabs.update().values(body=b"1spoilt"))
    found = purge(store)
    assert (found.versions, found.unreadable) == ((), (1,))


# --- from the command line --------------------------------------------------------------------------------------------


@pytest.fixture
def configured(url, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cwac.settings.PROJECT", tmp_path)
    monkeypatch.setenv("CWAC_STORE", url)
    store = Store.open(url)
    store.keep(with_note(NAME))
    store.keep(with_note(f"call {NAME}", NOW + HOUR))
    store.keep(with_note(None, NOW + 2 * HOUR))
    yield store
    store.close()


def run(*words, status=0, typed=None):
    result = CliRunner().invoke(main, ["history", "purge", *words], input=typed)
    assert (result.exit_code, None if isinstance(result.exception, SystemExit) else result.exception) == (status, None)
    assert result.stdout == ""
    assert NAME.casefold() not in result.stderr.casefold()
    return result.stderr


def held(store):
    return purge(store, dry_run=True).versions


def test_a_dry_run_only_says_where(configured):
    assert run("--text", NAME, "--dry-run").startswith("It is in 2 cells of 2 versions (Events 2).\n")
    assert held(configured) == (1, 2)


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_it_asks_first_and_takes_no_for_an_answer(configured, answer):
    said = run("--text", NAME, typed=answer, status=2)
    assert "Take it out of all of them? This cannot be undone." in said
    assert held(configured) == (1, 2)
    assert configured.audited() == ()


@pytest.mark.parametrize(
    ("words", "typed"),
    [(("--text", NAME), "y\n"), (("--text", NAME, "--yes"), None), (("--text", "-", "--yes"), f"{NAME}\n")],
)
def test_it_goes_and_the_audit_says_so_without_the_text(configured, words, typed, url):
    said = run(*words, "--why", "a resident's name", typed=typed)
    assert "It was taken out of 2 cells of 2 versions (Events 2)." in said
    assert ("VACUUM FULL tabs" in said) == url.startswith("postgresql")
    assert "backups" in said
    assert held(configured) == ()
    (entry,) = configured.audited()
    assert entry.what == "purged a text from the kept versions: a resident's name"
    assert NAME not in json.dumps([entry.who, entry.what])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--text", "ab"), "at least 3 characters"),
        (("--text", ""), "at least 3 characters"),
        (("--text", NAME, "--why", f"for {NAME.lower()}"), "it would stay in the audit"),
        ((), "Say which VERSION"),
        (("1", "--text", NAME), "Say which VERSION"),
        (("1", "--why", "x", "--dry-run"), "go with --text"),
        (("1",), "--why"),
    ],
)
def test_what_is_refused(configured, words, said):
    assert said in run(*words, status=2)
    assert held(configured) == (1, 2)
    assert len(configured.versions()) == 3


def test_what_was_not_searched_is_said(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("cwac.settings.PROJECT", tmp_path)
    monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    store.keep(with_note(NAME))
    store.audit("somebody", f"wrote of {NAME}", NOW)
    store.close()
    (tmp_path / "store.sqlite3.damaged-20260101T000000Z").write_text("old")
    said = run("--text", NAME, "--yes")
    assert "damaged-20260101T000000Z was not searched" in said
    assert "The audit holds it too, in 1 line, and stays as it is." in said
    assert f"The newest version of {LINK} held it." in said


def test_nothing_found_changes_nothing(configured):
    assert run("--text", "nobody of that name", "--yes") == "No kept version holds it.\n"
    assert configured.audited() == ()


def test_the_hash_of_a_workbook_is_made_of_those_of_its_tabs():
    of = workbook()
    assert isinstance(of, Workbook)
    assert store_module.content_hash(of.timezone, of.locale, map(store_module.tab_hash, of.tabs)) == of.content_hash
