"""Writing into folders that other users may write to: no file of ours is changed through what they planted there."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.cli.output import Refusal, replaced_file
from cwac.public import publishing
from cwac.public.publishing import publish
from cwac.storage import sqlite
from tests.cases import each
from tests.test_documents import ROOT
from tests.test_imports import parsed

OTHER = 47_110
"""The ID of another user, who need not exist."""

OLD = {"index.html": b"old", "event/A.html": b"a", "events.json": b"{}"}
NEW = {"index.html": b"new", "event/B.html": b"b", "events.json": b"{}"}

GiveAway = Callable[[Path], None]


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> GiveAway:
    """Makes a path another user's: in truth where we are root, else all paths, as if we were somebody else."""

    def give(path: Path) -> None:
        if os.geteuid() == 0:
            os.lchown(path, OTHER, OTHER)
        else:
            monkeypatch.setattr("os.geteuid", lambda: OTHER)

    return give


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mine(folder: Path) -> Path:
    """A folder of ours, with files named as those of a site."""
    folder.mkdir()
    (folder / "notes.txt").write_bytes(b"mine")
    (folder / "A.html").write_bytes(b"mine too")
    return folder


@pytest.mark.parametrize("planted", [publishing._PART, publishing.LISTED, "index.html", "event", "town", "mine.html"])
def test_publish_writes_and_removes_nothing_through_any_link_in_the_folder(tmp_path: Path, planted: str) -> None:
    other, site = mine(tmp_path / "other"), tmp_path / "site"
    site.mkdir()
    publish(site, OLD)
    target = other if planted in ("event", "town") else other / "notes.txt"
    if planted == publishing.LISTED:
        target.write_bytes(b"index.html\nevent/A.html\n")
    if (site / planted).exists():
        (site / planted).rename(tmp_path / "moved")
    (site / planted).symlink_to(target)
    before = contents(other)
    with pytest.raises(Refusal, match="is a link, which is not ours"):
        publish(site, NEW)
    assert (contents(other), (site / planted).is_symlink()) == (before, True)


def test_publish_removes_no_file_that_a_planted_list_names_and_no_site_has(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    for name in (".htaccess", "notes.txt", "index.php", "a/b/c/d/e.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
        with (tmp_path / publishing.LISTED).open("a") as file:
            file.write(f"{name}\n../{name}\n")
    publish(tmp_path, NEW)
    left = [name for name, body in contents(tmp_path).items() if body == b"mine"]
    assert sorted(left) == [".htaccess", "a/b/c/d/e.html", "index.php", "notes.txt"]


@each("what", ["folder", "link", "link on the way", "folder inside"])
def test_publish_refuses_what_belongs_to_another_user(
    tmp_path_factory: pytest.TempPathFactory, give_away: GiveAway, what: str
) -> None:
    above = tmp_path_factory.mktemp("site")
    site = above / "site"
    if what.startswith("link"):
        mine(above / "other")
        site.symlink_to("other")
        given, site = site, site if what == "link" else site / "below"
    else:
        site.mkdir()
        publish(site, OLD)
        given = site if what == "folder" else site / "event"
    give_away(given)
    before = contents(above)
    with pytest.raises(Refusal, match="another user"):
        publish(site, NEW)
    assert contents(above) == before


@each("place", ["FILE", "DIR/FILE"])
def test_no_command_follows_a_link_that_another_user_made(
    tmp_path_factory: pytest.TempPathFactory, give_away: GiveAway, place: str
) -> None:
    folder = tmp_path_factory.mktemp("output")
    other = mine(folder / "other")
    link = folder / "planted"
    link.symlink_to(other / "notes.txt" if place == "FILE" else other)
    give_away(link)
    with (
        pytest.raises(Refusal, match="is a link that another user made"),
        replaced_file(link if place == "FILE" else link / "notes.txt") as file,
    ):
        file.write(b"officers' names")
    assert contents(other) == {"notes.txt": b"mine", "A.html": b"mine too"}


def test_what_a_command_writes_goes_to_the_file_that_it_opened_whatever_its_name_leads_to(tmp_path: Path) -> None:
    other = mine(tmp_path / "other")
    with replaced_file(tmp_path / "plan.csv") as file:
        Path(file.name).unlink()
        Path(file.name).symlink_to(other / "notes.txt")
        file.write(b"officers' names")
    assert contents(other) == {"notes.txt": b"mine", "A.html": b"mine too"}


WRITING = {"write_bytes", "write_text", "mkstemp", "NamedTemporaryFile"}


def writes(path: Path) -> set[str]:
    called = (node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in called}
    return names & WRITING


def test_every_command_writes_files_in_the_one_way_that_follows_no_planted_link() -> None:
    found = {path: writes(path) for path in [*ROOT.glob("cwac/cli/*.py"), *ROOT.glob("cwac/*/command.py")]}
    found = {path: words for path, words in found.items() if words}
    assert found == {ROOT / "cwac/cli/output.py": {"NamedTemporaryFile"}}


def test_links_planted_beside_the_store_change_no_other_file(tmp_path: Path, give_away: GiveAway) -> None:
    other = mine(tmp_path / "other")
    path = tmp_path / "store.sqlite3"
    Path(f"{path}.lock").symlink_to(other / "notes.txt")
    with pytest.raises(OSError, match="symbolic"):
        sqlite.adopt_or_create(path)
    path.symlink_to(other / "new.sqlite3")
    give_away(path)
    with pytest.raises(PermissionError, match="is a link that another user made"):
        sqlite.make_private(path)
    assert contents(other) == {"notes.txt": b"mine", "A.html": b"mine too"}
