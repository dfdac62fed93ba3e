"""The core without some add-ons: `python tests/fixed_clock.py tests.without_addons FOLDER ...`, with empty folders.

A folder is named after the add-ons that are absent, or `none`. Prints for each, as a line of JSON, the lines that
commands, settings, the server and every page, to a stranger and a coordinator, answer.
"""

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.abc import MetaPathFinder
from pathlib import Path

import httpx
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from tests import fixed_clock

# They take longer to import than all else that is done here: they are imported once, and no module of ours.
LIBRARIES = """alembic.command altair docx google.auth.transport.requests gspread holidays icalendar jinja2 msal
openpyxl pandas pytest sqlalchemy.dialects.sqlite streamlit.web.server.starlette typst uvicorn"""
Answers = Iterator[tuple[str, list[str]]]


class NotThere(MetaPathFinder):
    """Finds no module of the absent add-ons, as if their folders were deleted."""

    def __init__(self, absent: Sequence[str]) -> None:
        self.absent = absent

    def find_spec(self, name: str, *_: object) -> None:
        if name.startswith("cwac.") and name.split(".")[1] in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def commands() -> Answers:
    from cwac.cli import main

    for words in ("--help", "check", "alerts", "export events", "report --for nno 2026"):
        ended = CliRunner().invoke(main, words.split())
        yield f"cwac {words}", [f"exit status {ended.exit_code}", *ended.output.splitlines()]


def settings() -> Answers:
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


def server() -> Answers:
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


def pages() -> Answers:
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


if __name__ == "__main__":
    for library in LIBRARIES.split():
        importlib.import_module(library)
    for folder in sys.argv[1:]:
        child = os.fork()
        if child == 0:
            answer(folder)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"failed without {folder}")
