"""Each add-on can be deleted: without it, and without all of them, the core works as before.

`python tests/fixed_clock.py tests.test_addons FOLDER ...` prints, for each of these empty folders, as a line of JSON
the lines that commands, settings, the server and every page, to a stranger and a coordinator, answer. A folder is named
after the add-ons that are absent, or `none`.
"""

import asyncio
import gc
import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.abc import MetaPathFinder
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from cwac import addons
from tests import fixed_clock
from tests.cases import each
from tests.test_documents import ROOT
from tests.web import forked

pytestmark = pytest.mark.slow

# They take longer to import than all else that is done here: they are imported once, and no other module of ours.
LIBRARIES = """google.auth.transport.requests icalendar msal prometheus_client pytest rapidfuzz.process segno
streamlit.testing.v1 streamlit.web.cli uvicorn.lifespan.on uvicorn.protocols.http.h11_impl watchdog.observers"""
Answers = dict[str, list[str]]
Lines = Iterator[tuple[str, list[str]]]


class NotThere(MetaPathFinder):
    """Finds no module of the absent add-ons, as if their folders were deleted."""

    def __init__(self, absent: Sequence[str]) -> None:
        self.absent = absent

    def find_spec(self, name: str, *_: object) -> None:
        if name.startswith("cwac.") and name.split(".")[1] in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def commands() -> Lines:
    from cwac.cli import main

    for words in ("--help", "check", "alerts", "export events", "report --for nno 2026"):
        ended = CliRunner().invoke(main, words.split())
        yield f"cwac {words}", [f"exit status {ended.exit_code}", *ended.output.splitlines()]


def settings() -> Lines:
    from cwac.settings import SettingsError, load

    file = Path("secrets.toml")
    for name in ("notify", "packet"):
        file.write_text(f"[{name}]\n", encoding="utf-8")
        file.chmod(0o600)
        try:
            load({}, file)
            yield f"[{name}]", ["read"]
        except SettingsError as error:
            yield f"[{name}]", [str(error)]


def server() -> Lines:
    from cwac.refresh import sheets
    from dashboard import app

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with app.lifespan()(app), httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await asyncio.to_thread(sheets.poller("").wait, 60.0)  # what is not read yet is not in the figures
            return [await client.get(path) for path in ("/", "/healthz", "/metrics", "/calendar.ics")]

    moments = ("DTSTAMP", "LAST-MODIFIED", "cwac_data_age_seconds")
    for answer in asyncio.run(ask()):
        lines = [line for line in answer.text.splitlines() if not line.startswith(moments)]
        yield answer.url.path, [f"status {answer.status_code}", *lines]


def lines_of(page: AppTest) -> list[str]:
    """Texts, labels and choices of a page; exceptions too."""
    from tests.web.conftest import words

    return [
        *(f"EXCEPTION {error.value}" for error in page.exception),
        *words(page).splitlines(),
        *(f"choice: {choice}" for box in page.selectbox for choice in box.options),
        *(f"button: {button.label}" for button in page.button),
        *(f"download: {button.proto.label}" for button in page.get("download_button")),
        *(f"menu: {menu.proto.popover.label}" for menu in page.get("popover")),
    ]


def pages() -> Lines:
    """Every page with and without all add-ons; without one of them the pages on which it has more than a hook."""
    from cwac.refresh import sheets
    from tests.web import plan
    from tests.web.conftest import PAGES, closed_to_strangers, opened

    workbook = plan.save(Path("plan.xlsx").absolute())
    configured = closed_to_strangers(workbook, public=True)
    store = f"sqlite:///{Path('store.sqlite3').absolute()}"
    sheets.start(replace(configured, address="https://coffee.example.gov", store=store)).wait(20)
    asked = PAGES if Path.cwd().name == "none" or "," in Path.cwd().name else ["reports"]
    for who in ("stranger", "coordinator"):
        for page in asked:
            yield f"{page}, {who}", lines_of(opened(page, who))
        dialog = opened("calendar", who, event="SHARED")
        # These menus are drawn once they are open.
        dialog.session_state["share"] = dialog.session_state["packet"] = True
        yield f"calendar with an event and its menus, {who}", lines_of(dialog.run())
    sheets.stop()


def answer(folder: str) -> None:
    """Print what the core answers in this folder, in a process whose clock begins now."""
    os.chdir(folder)
    os.environ |= {"HOME": os.getcwd(), "XDG_DATA_HOME": f"{os.getcwd()}/data"}
    del os.environ[fixed_clock.BEGAN]
    fixed_clock.set_clock()
    sys.meta_path.insert(0, NotThere(folder.split(",")))
    print(json.dumps(dict(answer for ask in (commands, settings, server, pages) for answer in ask())), flush=True)


NONE = "none"
ALL = ",".join(addons.NAMES)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """What the core answers without none of the add-ons, each of them, and all."""
    base = tmp_path_factory.mktemp("without")
    names = [NONE, *addons.NAMES, ALL]
    for folder in (base, *(base / name for name in names)):
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit/config.toml").symlink_to(ROOT / ".streamlit/config.toml")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    command = [*fixed_clock.PYTHON, "tests.test_addons", *names]
    environ = kept | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=base, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(zip(names, map(json.loads, ended.stdout.splitlines()), strict=True))


def differences(whole: Answers, less: Answers) -> dict[str, int]:
    """Answer -> how many of its lines are gone, without those that are about the add-on's absence."""
    whole = {name: whole[name] for name in less}
    for name in REFUSALS:
        whole, less = whole | {name: []}, less | {name: []}
    assert {name: lines for name, lines in less.items() if Counter(lines) - Counter(whole[name])} == {}
    return {name: len(lines) - len(less[name]) for name, lines in whole.items() if lines != less[name]}


DIALOG = "calendar with an event and its menus"
REFUSALS = ("[notify]", "[packet]", "cwac report --for nno 2026")
GONE = {
    "api": {"reports, coordinator": 7},
    "forms": {"cwac --help": 3},
    "funders": {"reports, coordinator": 3},
    "notify": {"cwac --help": 2, "/metrics": 5},
    "packet": {"cwac --help": 2, f"{DIALOG}, coordinator": 16, f"{DIALOG}, stranger": 2},
    "public": {"cwac --help": 2, "reports, coordinator": 1, f"{DIALOG}, coordinator": 1, f"{DIALOG}, stranger": 1},
}
"""What the core lacks without an add-on: its own lines in these answers, and nothing else."""


@each("absent", [*addons.NAMES, ALL])
def test_core_answers_as_before_without_an_add_on_except_for_what_is_its_own(without, absent):
    whole, less = without[NONE], without[absent]
    assert [line for lines in less.values() for line in lines if line.startswith("EXCEPTION")] == []
    gone = sum((Counter(GONE[name]) for name in absent.split(",")), Counter())
    assert differences(whole, less) == gone


def test_settings_and_options_of_absent_add_ons_are_refused_by_name(without):
    whole, less = without[NONE], without[ALL]
    sections = "[cwac], [access], [rules], [public], [records], [columns], [tabs], [auth], [connections]"
    known = f"is not a section that is known: known are {sections}."
    assert [whole[name][-1] for name in REFUSALS] == ["read", "read", "Error: Missing option '-o' / '--output'."]
    assert [less[name][-1] for name in REFUSALS] == [
        f"[notify] {known}",
        f"[packet] {known}",
        "Error: No such option '--for'. (Did you mean one of: '--format', '--on'?)",
    ]


def test_add_on_that_cannot_be_imported_is_an_error_and_not_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "cwac.packet.addon", None)
    addons.installed.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=r"cwac\.packet\.addon"):
        addons.installed()
    monkeypatch.undo()
    addons.installed.cache_clear()


if __name__ == "__main__":
    for library in (forked.LIBRARIES + LIBRARIES).split():
        importlib.import_module(library)
    forked.look_through_what_is_installed()
    gc.freeze()
    for folder in sys.argv[1:]:
        child = os.fork()
        if child == 0:
            answer(folder)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"failed without {folder}")
