"""The core without some add-ons: `python tests/fixed_clock.py tests.without_addons NAMES`, in an empty folder.

Prints as JSON what the commands, every page as a stranger and as a coordinator, the server and the settings answer.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path

ABSENT = sys.argv[1:]


class NotThere(MetaPathFinder):
    """Finds no module of the absent add-ons, as if their folders were deleted."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.startswith("cwac.") and name.split(".")[1] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def commands() -> Iterator[tuple[str, object]]:
    from click.testing import CliRunner

    from cwac.cli import main

    for words in (["--help"], ["check", "sample"], ["alerts", "sample"], ["export", "events", "sample"]):
        ended = CliRunner().invoke(main, words)
        yield " ".join(words), [ended.exit_code, ended.stdout]


def server() -> Iterator[tuple[str, object]]:
    import httpx

    from dashboard import app

    async def ask() -> list[tuple[str, object]]:
        transport = httpx.ASGITransport(app)
        async with app.lifespan()(app), httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answers = [await client.get(path) for path in ("/", "/healthz", "/metrics", "/calendar.ics")]
            return [(answer.url.path, [answer.status_code, answer.text]) for answer in answers]

    yield from asyncio.run(ask())


def pages() -> Iterator[tuple[str, object]]:
    from cwac.refresh import sheets
    from tests.web import plan
    from tests.web.conftest import PAGES, closed_to_strangers, opened, words

    settings = closed_to_strangers(plan.save(Path("plan.xlsx")), public=True)
    sheets.start(settings).wait(20)
    for who in ("stranger", "coordinator"):
        for page, query in [*((page, {}) for page in PAGES), ("calendar", {"event": "SHARED"})]:
            seen = opened(page, who, **query)
            yield f"{page}{''.join(query)} as {who}", [[error.value for error in seen.exception], words(seen)]
    sheets.stop()


def sections() -> Iterator[tuple[str, object]]:
    from cwac.settings import SettingsError, load

    for name in ("notify", "packet"):
        Path("secrets.toml").write_text(f"[{name}]\n", encoding="utf-8")
        Path("secrets.toml").chmod(0o600)
        try:
            load({}, Path("secrets.toml"))
            yield name, "known"
        except SettingsError as error:
            yield name, str(error)


if __name__ == "__main__":
    sys.meta_path.insert(0, NotThere())
    print(json.dumps(dict(answer for ask in (commands, sections, server, pages) for answer in ask())))
