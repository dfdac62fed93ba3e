"""`cwac publish`: several counties, and as a process that follows a sheet while readers come."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cwac.cli import main
from tests.cli.conftest import nothing_configured  # noqa: F401
from tests.fixed_clock import PYTHON
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet
from tests.web import plan
from tests.web.served import ROOT

pytestmark = pytest.mark.slow


def files_of(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


# --- several counties -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def google() -> Iterator[SheetsServer]:
    with SheetsServer(plan.workbook()) as server:
        book = Spreadsheet.from_workbook(plan.modoc(), "Modoc")
        server.books[book.id] = book
        yield server


def publish_counties(folder: Path, google: SheetsServer, site: Path, modoc: str) -> Result:
    siskiyou, modoc_book = google.books.values()
    first = f'{{ county = "Siskiyou", address = "{siskiyou.url}" }}'
    tables = f'{first}, {{ county = "Modoc", address = "{modoc_book.url}"{modoc} }}'
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(exist_ok=True)
    secrets.touch(0o600)
    secrets.write_text(google.secrets().replace(json.dumps(google.url), f"[{tables}]"))
    words = ["publish", str(site), "--address", "https://www.example.gov/coffee"]
    return CliRunner().invoke(main, words, env={"HOME": str(folder), "CWAC_STORE": f"sqlite:///{folder}/store.db"})


def test_counties_have_a_folder_each_and_nothing_of_each_other(tmp_path: Path, google: SheetsServer) -> None:
    site = tmp_path / "site"
    result = publish_counties(tmp_path, google, site, "")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    files = files_of(site)
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
    again = publish_counties(tmp_path, google, site, "")
    assert f"Nothing has changed: {site} stays as it is.\n" in again.stderr
    assert (again.exit_code, files_of(site) == files) == (0, True)
    less = publish_counties(tmp_path, google, site, ", public = false")
    assert (less.exit_code, less.stdout) == (0, "")
    assert [path for path, body in files_of(site).items() if "Modoc" in path or b"Alturas" in body] == []


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


def test_each_edit_is_published_until_the_command_is_interrupted(tmp_path: Path) -> None:
    """How a link and a real folder are changed is in `test_publishing.py`."""
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
