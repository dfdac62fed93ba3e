"""`cwac publish`: a folder that is switched at once and whole after a kill, several counties, and following a sheet."""

import datetime as dt
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cwac.cli import main
from cwac.cli.output import Refusal
from cwac.public import publishing
from cwac.public.publishing import Published, publish
from tests.cli.conftest import nothing_configured  # noqa: F401
from tests.fixed_clock import PYTHON
from tests.storage.killing import is_killed
from tests.web import plan
from tests.web.served import ROOT

FIRST = {"index.html": b"first", "event/A.html": b"a", "events.json": b'{"as_of": "2026-11-25T18:00:00+00:00"}'}
SECOND = {"index.html": b"second", "event/B.html": b"b", "events.json": FIRST["events.json"]}


def shown(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
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
    with pytest.raises(Refusal, match="files that this program did not write"):
        publish(tmp_path, FIRST)
    (tmp_path / publishing.LISTED).write_text("../mine.txt\n/etc/passwd\nindex.html\n")
    (tmp_path / "index.html").write_text("old")
    publish(tmp_path, SECOND)
    assert shown(tmp_path) == {**SECOND, "mine.txt": b"mine"}


def test_bad_words_are_one_sentence(tmp_path: Path) -> None:
    site = str(tmp_path / "site")
    cases = {
        (site, "sample", "--address", "example.gov"): "is not an address such as https://www.example.gov/coffee.",
        (site, "plan.xlsx", "--watch"): "--watch follows the configured sheet",
        (str(ROOT), "sample"): "has files that this program did not write",
    }
    for words, sentence in cases.items():
        result = CliRunner().invoke(main, ["publish", *words])
        assert (result.exit_code, result.stdout, sentence in result.stderr) == (2, "", True), result.output


def test_nothing_beside_the_site_is_removed(tmp_path: Path) -> None:
    publish(tmp_path / "site-b", FIRST)
    for name in ("pictures", ".site-b", ".site-mine", ".site-b-abcdefgh"):
        (tmp_path / name).mkdir()
    for files in (FIRST, SECOND, FIRST, SECOND):
        publish(tmp_path / "site", files)
    assert shown(tmp_path / "site-b") == FIRST
    left = {path.name for path in tmp_path.iterdir()}
    assert {"pictures", ".site-b", ".site-mine", ".site-b-abcdefgh"} - left == set()
    assert len(left) == 9, "and of the site the folder that is shown, and the one before it"


def test_folder_whose_files_somebody_changed_is_written_again_and_switched(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish(site, FIRST)
    (site / "index.html").write_text("changed")
    before = os.readlink(site)
    publish(site, FIRST)
    assert (shown(site), os.readlink(site) != before) == (FIRST, True)


STEPS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.symlink", "os.chmod")


def pages(word: str) -> dict[str, bytes]:
    """A small site whose files name those that they link to."""
    links = {"old": ("A", "B"), "new": ("B", "C")}[word]
    towns, events = f"town/{word}.html", " ".join(f"event/{name}.html" for name in links)
    texts = {f"event/{name}.html": f"{word} {towns}" for name in links}
    texts |= {towns: f"{word} {events}", "index.html": f"{word} {towns} {events}", "town/T.html": f"{word} {events}"}
    return {path: text.encode() for path, text in texts.items()}


def publish_until(folder: Path, word: str, at: int) -> None:
    steps = itertools.count(1)

    def step(event: str, _: object) -> None:
        if event in STEPS and next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    publish(folder, pages(word))


def broken_links(files: dict[str, bytes], entry_pages: Iterable[str] = ("index.html",)) -> set[str]:
    """The links that lead nowhere, on pages that readers come to from those they know."""
    waiting, seen = list(entry_pages), set(entry_pages)
    while waiting:
        links = {word for word in files.get(waiting.pop(), b"").decode().split() if "/" in word}
        waiting += links - seen
        seen |= links
    return seen - set(files) - set(entry_pages)


@pytest.mark.slow
def test_killed_before_any_step_the_link_shows_a_whole_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    publish(site, pages("old"))
    old = shown(site)
    for step in range(1, 200):
        killed = is_killed(partial(publish_until, site, "new", step))
        if not killed:
            break
        if shown(site) != old:
            assert shown(site)["index.html"].startswith(b"new "), step
            assert (len(shown(site)), broken_links(shown(site))) == (len(old), set()), step
            publish(site, pages("old"))
    assert (killed, step > 10) == (False, True)
    assert len(list(tmp_path.iterdir())) == 3, "the link, what it shows, and what it showed before"


@pytest.mark.slow
def test_killed_before_any_step_a_folder_without_links_has_no_link_that_leads_nowhere(tmp_path: Path) -> None:
    for step in range(1, 200):
        site = tmp_path / str(step)
        site.mkdir()
        publish(site, pages("old"))
        entry_pages = set(shown(site))
        killed = is_killed(partial(publish_until, site, "new", step))
        assert broken_links(shown(site), entry_pages) == set(), step
        assert b"" not in shown(site).values(), step
        publish(site, pages("new"))
        assert (len(shown(site)), broken_links(shown(site))) == (5, set()), step
        if not killed:
            break
    assert (killed, step > 10) == (False, True)


@pytest.mark.slow
def test_killed_at_the_first_file_of_an_empty_folder_it_is_published_by_the_next_run(tmp_path: Path) -> None:
    left: list[list[str]] = []
    while [publishing.LISTED] not in left:
        site = tmp_path / str(len(left))
        site.mkdir()
        assert is_killed(partial(publish_until, site, "old", len(left) + 1))
        left.append([path.name for path in site.iterdir()])
        publish(site, pages("old"))
        assert len(shown(site)) == 5, left
    assert [publishing._PART] in left


# --- several counties -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_counties_have_a_folder_each_and_nothing_of_each_other(tmp_path: Path) -> None:
    plan.save(tmp_path / "siskiyou.xlsx")
    (tmp_path / "modoc.xlsx").write_bytes(plan._xlsx({tab.title: tab.rows for tab in plan.modoc().tabs}))
    site, settings = tmp_path / "site", tmp_path / ".streamlit/secrets.toml"
    settings.parent.mkdir()

    def published(modoc: str) -> Result:
        of_modoc = f'county = "Modoc", workbook = "modoc.xlsx", calendar_id = "modoc"{modoc}'
        of_both = f'{{ county = "Siskiyou", workbook = "siskiyou.xlsx" }}, {{ {of_modoc} }}'
        settings.write_text(f"[connections.gsheets]\nspreadsheet = [{of_both}]\n")
        words = ["publish", str(site), "--address", "https://www.example.gov/coffee"]
        return CliRunner().invoke(main, words, env={"CWAC_STORE": f"sqlite:///{tmp_path}/store.db"})

    result = published("")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    files = shown(site)
    top = {"index.html", "style.css", "source-sans.woff2", "es", "Siskiyou", "Modoc"}
    assert {path.partition("/")[0] for path in files} == top
    linked = re.findall(r'href="([^"]+)/index.html">(\w+)<', files["index.html"].decode())
    assert linked == [(name, name) for name in ("Siskiyou", "Modoc")]
    assert "Modoc/event/ALTURAS.html" in files
    assert "Siskiyou/event/SHARED.html" in files
    for path, body in files.items():
        told = f"{path} {body.decode(errors='replace')}"
        assert not ("Alturas" in told and path.startswith("Siskiyou")), path
        assert not (("Weed" in told or "SHARED" in told) and path.startswith("Modoc")), path
    assert b"<loc>https://www.example.gov/coffee/Modoc/event/ALTURAS.html</loc>" in files["Modoc/sitemap.xml"]
    again = published("")
    assert f"Nothing has changed: {site} stays as it is.\n" in again.stderr
    assert (again.exit_code, shown(site) == files) == (0, True)
    less = published(", public = false")
    assert (less.exit_code, less.stdout) == (0, "")
    assert [path for path, body in shown(site).items() if "Modoc" in path or b"Alturas" in body] == []


# --- following a sheet ------------------------------------------------------------------------------------------------


def write_plan(path: Path, title: str) -> None:
    """The plan with this title for its first event, put in place at once."""
    tabs = plan.tabs()
    header, first, *others = tabs["Events"]
    changed = list(first)
    changed[header.index("Title")] = title
    plan.save(path.with_suffix(".part"), Events=[header, changed, *others])
    path.with_suffix(".part").rename(path)


def title_on(site: Path) -> str | None:
    """The first event's title on its page; None while the first pages are not written."""
    try:
        page = (site / "event" / "SHARED.html").read_text()
        assert page.endswith("</html>"), "a page is whole at any time"
        assert "event/SHARED.html" in (site / "index.html").read_text()
    except FileNotFoundError:
        return None
    return "Second" if "Second title" in page else "First" if "First title" in page else page


@pytest.mark.slow
def test_each_edit_is_published_until_the_command_is_interrupted(tmp_path: Path) -> None:
    workbook, site, log = tmp_path / "plan.xlsx", tmp_path / "site", tmp_path / "log"
    write_plan(workbook, "First title")
    words = [*PYTHON, "cwac", "publish", str(site), "--watch"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    env |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "CWAC_STORE": f"sqlite:///{tmp_path}/store.db"}
    env |= {"CWAC_WORKBOOK": str(workbook), "CWAC_REFRESH_SECONDS": "10"}
    seen: set[str | None] = set()
    with log.open("w") as errors, subprocess.Popen(words, cwd=tmp_path, env=env, stderr=errors, text=True) as run:
        try:
            for title in ("First", "Second"):
                until = time.monotonic() + 60
                while title not in seen:
                    assert time.monotonic() < until, log.read_text()
                    seen.add(title_on(site))
                    time.sleep(0.05)
                write_plan(workbook, "Second title")
            assert seen == {None, "First", "Second"}
            run.send_signal(signal.SIGINT)
            assert run.wait(20) == 0
        finally:
            run.kill()
    assert "Traceback" not in log.read_text()
    assert title_on(site) == "Second"
