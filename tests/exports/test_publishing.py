"""Publishing a folder: switched at once, unchanged where nothing changed, and whole after a kill in the middle."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.exports import publishing
from cwac.exports.publishing import Published, publish
from tests.web.served import ROOT

FIRST = {"index.html": b"first", "event/A.html": b"a", "events.json": b'{"as_of": "2026-11-25T18:00:00+00:00"}'}
SECOND = {"index.html": b"second", "event/B.html": b"b", "events.json": FIRST["events.json"]}


def shown(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != publishing.LISTED)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_folder_is_a_link_that_is_switched(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert publish(site, FIRST) == Published(3, 0)
    before = os.readlink(site)
    assert publish(site, FIRST) == Published(0, 0)
    assert publish(site, SECOND) == Published(2, 1)
    assert (shown(site), os.readlink(site) != before) == (SECOND, True)
    assert (tmp_path / before).is_dir(), "visitors may still be reading from it"
    publish(site, {**SECOND, "index.html": b"third"})
    assert not (tmp_path / before).exists()
    assert publishing.published_at(site) == {"": dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)}


def test_real_folder_is_changed_file_by_file(tmp_path: Path) -> None:
    publish(tmp_path, FIRST)
    assert publish(tmp_path, SECOND) == Published(2, 1)
    assert (shown(tmp_path), tmp_path.is_symlink()) == (SECOND, False)


def test_folder_with_other_files_is_refused_and_they_are_never_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(publishing.NotEmptyError, match="files that cwac did not write"):
        publish(tmp_path, FIRST)
    (tmp_path / publishing.LISTED).write_text("../mine.txt\n/etc/passwd\nindex.html\n")
    (tmp_path / "index.html").write_text("old")
    publish(tmp_path, SECOND)
    assert shown(tmp_path) == {**SECOND, "mine.txt": b"mine"}


def run(*words: str) -> str:
    result = CliRunner().invoke(main, ["publish", *words])
    assert result.exit_code == 0, result.output
    return result.stderr


def test_command_says_what_it_wrote_and_leaves_an_unchanged_site_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    words = (str(site), "sample", "--on", "2026-11-25", "--address", "https://www.example.gov/coffee/")
    assert "new or changed, 0 removed." in run(*words)
    before = shown(site)
    assert run(*words) == f"Nothing has changed: {site} stays as it is.\n"
    assert shown(site) == before
    assert b"<loc>https://www.example.gov/coffee/index.html</loc>" in before["sitemap.xml"]


def test_bad_words_are_one_sentence(tmp_path: Path) -> None:
    site = str(tmp_path / "site")
    cases = {
        (site, "sample", "--address", "example.gov"): "is not an address such as https://www.example.gov/coffee.",
        (site, "plan.xlsx", "--watch"): "--watch follows the configured sheet",
        (str(ROOT), "sample"): "has files that cwac did not write",
    }
    for words, sentence in cases.items():
        result = CliRunner().invoke(main, ["publish", *words])
        assert (result.exit_code, result.stdout, sentence in result.stderr) == (2, "", True), result.output


KILLED = """
import sys
from pathlib import Path
from cwac.exports.publishing import publish
files = {f"event/{n}.html": sys.argv[2].encode() * 20000 for n in range(2000)} | {"index.html": sys.argv[2].encode()}
print("writing", flush=True)
publish(Path(sys.argv[1]), files)
"""


@pytest.mark.slow
def test_kill_in_the_middle_leaves_the_old_site_whole(tmp_path: Path) -> None:
    site = tmp_path / "site"

    def start(word: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", KILLED, str(site), word]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    with start("old") as whole:
        assert whole.wait(60) == 0
    old = shown(site)
    with start("new") as cut_short:
        until = time.monotonic() + 60
        while not list(tmp_path.glob(".site-new-*/event/1*.html")) and time.monotonic() < until:
            time.sleep(0.001)
        cut_short.send_signal(signal.SIGKILL)
    assert list(tmp_path.glob(".site-new-*")), "it was killed while it wrote"
    assert shown(site) == old
    with start("new") as again:
        assert again.wait(60) == 0
    assert (shown(site)["index.html"], list(tmp_path.glob(".site-new-*"))) == (b"new", [])
