"""Everything that each kind of viewer is given of the sample and of the planted workbook, as bytes by name.

A name is `workbook viewer way`. `digests.txt` keeps a digest of each, so that a change which is meant to change nothing
outside the code is seen to change nothing.
"""

import dataclasses
import datetime as dt
import hashlib
import io
import itertools
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import openpyxl
import pypdf
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from cwac import access
from cwac.access import Viewer
from cwac.api import routes as api
from cwac.api.routes import ApiScope
from cwac.cli import main
from cwac.model import Snapshot, Workbook
from cwac.refresh import sheets
from cwac.settings import Rules, Settings
from cwac.sheet import reader
from cwac.sheet.reader import read_workbook
from cwac.sources import excel
from cwac.sources.excel import read_excel
from cwac.web import cache as pages_cache
from cwac.web import feeds
from tests.api.test_routes import Client, bearer
from tests.fixed_clock import START, TODAY
from tests.web import plan, planted
from tests.web.conftest import blocks, opened, words
from tests.web.test_pages import EVERY_VIEW

DIGESTS = Path(__file__).with_name("digests.txt")
BOSS = "boss@county.example.gov"
WORKBOOKS = ("sample", "planted")
VIEWERS = {
    "stranger": Viewer(),
    "agencyless": Viewer("liaison", (), "one@agencies.example.gov"),
    "wpd": Viewer("liaison", ("WPD",), "one@wpd.example.gov"),
    "scso": Viewer("liaison", ("SCSO",), "one@sheriff.example.gov"),
    "coordinator": Viewer("coordinator", (), BOSS),
}
SCOPES = {
    "stranger": ApiScope("public"),
    "wpd": ApiScope("agency", ("WPD",)),
    "scso": ApiScope("agency", ("SCSO",)),
    "coordinator": ApiScope("coordinator"),
}
FEEDS = ("agency:WPD", "agency:SCSO", "officer:OF-01", "officer:OF-03")
PAGE_VIEWERS = ("stranger", "liaison", "coordinator")
PLANTED_EVENTS = ("SHARED", "GONE", "UNPLACED")
COMMANDS = (
    *(f"{name} --format {form}" for name in ("check", "alerts", "gaps") for form in ("text", "json")),
    *(f"export {what} --format {form}" for what in ("events", "staffing", "attendance", "follow-ups")
      for form in ("csv", "json", "xlsx")),
    "export events --format ics",
    "export follow-ups --summaries --format json",
    *(f"report {period} --format {form}" for period in ("2026-Q3", "2026-Q4") for form in ("csv", "json", "xlsx")),
    *(f"report 2026-Q3 --agency SCSO --format {form}" for form in ("json", "xlsx")),
    *(f"report {period} --for {kind} --format {form}"
      for kind, period in (("ots-quarter", "2026-Q3"), ("nno", "2026"), ("agency", "2026-Q3 --agency SCSO"))
      for form in ("csv", "xlsx")),
    "report 2026-Q3 --format pdf",
    "records --from 2026-01-01 --to 2026-12-31",
)  # fmt: skip


def save(name: str, folder: Path) -> Path:
    """The workbook of that name as a file that was last changed at `START`."""
    path = folder / f"{name}.xlsx"
    if name == "planted":
        planted.save(path, TODAY)
    elif name == "months":
        path.write_bytes(plan._xlsx(planted.tabs_of_months(TODAY)))
    else:
        result = CliRunner().invoke(main, ["template", str(path), "--sample", "--on", TODAY.isoformat()])
        assert result.exit_code == 0, result.output
    os.utime(path, (START.timestamp(), START.timestamp()))
    return path


# --- as text ----------------------------------------------------------------------------------------------------------


def dumped(value: object, indent: str = "") -> str:
    """A record as text: each field that has a value on a line, in the order of their names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return "".join(
            f"\n{indent}{name}: {dumped(fields[name], indent + '  ')}"
            for name in sorted(fields)
            if fields[name] not in (None, (), "", False) and not name.startswith("_")
        )
    if isinstance(value, tuple):
        return "".join(f"\n{indent}- {dumped(item, indent + '  ')}" for item in value)
    if isinstance(value, dict):
        return "".join(f"\n{indent}{key}: {dumped(value[key], indent + '  ')}" for key in sorted(value, key=str))
    if isinstance(value, frozenset):
        return dumped(tuple(sorted(value, key=str)), indent)
    return repr(value)


def readable(data: bytes) -> bytes:
    """A file as what a reader sees of it; a workbook and a PDF have times and IDs of their own in their bytes."""
    if data.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).encode()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if "word/document.xml" in packed.namelist():
                return packed.read("word/document.xml")
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = ((sheet.title, cell.coordinate, cell.value, cell.number_format) for sheet in book.worksheets
                 for row in sheet.iter_rows() for cell in row if cell.value is not None)  # fmt: skip
        return "\n".join(map(repr, cells)).encode()
    return data


# --- every way --------------------------------------------------------------------------------------------------------


def snapshots(path: Path) -> Iterator[tuple[str, bytes]]:
    snapshot = read_workbook(read_excel(path), TODAY)
    for viewer_name, viewer in VIEWERS.items():
        restricted: Snapshot = access.restrict(snapshot, viewer)
        restricted = dataclasses.replace(restricted, source="", content_hash="")
        yield f"{viewer_name} snapshot", dumped(restricted).encode()


def commands(path: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    for command in COMMANDS:
        name, *options = command.split()
        at = 1 if name in ("report", "export") else 0
        form = "xlsx" if name == "records" else options[-1]
        target = folder / f"written.{form}"
        target.unlink(missing_ok=True)
        to_file = ["-o", str(target)] if form in ("xlsx", "pdf") else []
        on = ["--on", TODAY.isoformat()]
        result = CliRunner().invoke(main, [name, *options[:at], str(path), *options[at:], *on, *to_file])
        said = f"{result.exit_code}\n{result.stdout}\n{result.stderr}".encode()
        written = readable(target.read_bytes()) if target.exists() else b""
        yield f"coordinator cwac {command}", (said + written).replace(str(folder).encode(), b"")


def files(path: Path, folder: Path, events: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The public site as files, and the documents of events."""
    for viewer, words_, to in [
        ("stranger", ["publish", "TO", str(path), "--address", "https://www.example.gov"], folder / "site"),
        *(("coordinator", ["packet", event, str(path), "-o", "TO", "--data"], folder / event) for event in events),
    ]:
        arguments = [str(to) if word == "TO" else word for word in words_] + ["--on", TODAY.isoformat()]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, (arguments, result.output)
        for file in sorted(file for file in to.rglob("*") if file.is_file()):
            if file.suffix not in (".png", ".svg"):
                yield f"{viewer} {words_[0]} {file.relative_to(folder)}", readable(file.read_bytes())


def served(events: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Answers of the API, feeds and pages."""
    client = Client(Starlette(routes=[*api.ROUTES, *feeds.ROUTES]))
    store = sheets.store()
    assert store is not None
    paths = [
        "events", "gaps", "alerts", "attendance", "follow-ups", "problems", "changes?since=2026-11-18",
        "quarter?of=2026-Q3", "quarter?of=2026-Q3&agency=WPD", "events?agency=WPD&from=2026-10-01", "as-of",
        *(f"events/{event}" for event in events),
    ]  # fmt: skip
    for viewer, scope in SCOPES.items():
        token = store.create_token(feeds.write_scope(scope, ""), BOSS, START, None)
        for path in paths:
            answer = client.get(f"/api/v1/{path}", bearer(token))
            yield f"{viewer} /api/v1/{path}", f"{answer.status_code}\n".encode() + answer.content
    for path in ("/calendar.ics", "/calendar.ics?lang=es", "/calendar.ics?agency=WPD&remind=1d"):
        yield f"stranger {path}", client.get(path).content
    for scope_text in FEEDS:
        token = store.create_token(scope_text, BOSS, START, None)
        answer = client.get(f"/feed/{token}.ics")
        yield f"feed {scope_text}", f"{answer.status_code}\n".encode() + answer.content
    for viewer in PAGE_VIEWERS:
        for page, query in EVERY_VIEW:
            shown = opened(page, viewer, **query)
            data = words(shown) + "\n" + json.dumps(blocks(shown), indent=1, ensure_ascii=False)
            yield f"{viewer} /{page} {query}", data.encode()


@contextmanager
def reading_once() -> Iterator[None]:
    """Read the workbook once for all commands: each would read the same, which takes most of its time."""
    read: dict[object, Snapshot] = {}
    load = cache(read_excel)

    def understand(workbook: Workbook, today: dt.date, *rules: Rules) -> Snapshot:
        key = id(workbook), today, repr(rules)
        if key not in read:
            read[key] = read_workbook(workbook, today, *rules)
        return read[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(excel, "read_excel", lambda path, timezone, _reader: load(path, timezone))
        patch.setattr(reader, "read_workbook", understand)
        yield


@contextmanager
def polling(path: Path, folder: Path) -> Iterator[None]:
    """The pollers of this workbook, with sign-in and a public calendar."""
    store = f"sqlite:///{folder}/store.sqlite3"
    people = {"viewers": ("@wpd.example.gov",), "coordinators": (BOSS,)}
    settings = Settings(workbook=str(path), store=store, auth=True, public=True, **people)
    pages_cache._sheets.clear()
    live = sheets.start(settings).wait(60)
    try:
        assert live.snapshot is not None, live.trouble
        yield
    finally:
        sheets.stop()
        pages_cache._sheets.clear()


def everything(name: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    path = save(name, folder)
    coming = (event.id for event in read_workbook(read_excel(path), TODAY).events_by_start if event.date >= TODAY)
    events = PLANTED_EVENTS if name != "sample" else tuple(itertools.islice(coming, 3))
    yield from snapshots(path)
    with reading_once():
        yield from commands(path, folder)
        yield from files(path, folder, events)
    with polling(path, folder):
        yield from served(events)


_CHANGING = re.compile(
    rb"Updated \d+:\d\d [AP]M|(?:UID|DTSTAMP|LAST-MODIFIED|CREATED):[^\r\n]*|/media/[0-9a-f]+|[A-Za-z0-9_-]{43}"
)
"""What depends on when it runs, on where its files are, or on chance."""


def digest(data: bytes) -> str:
    return hashlib.sha256(_CHANGING.sub(b"", data)).hexdigest()[:20]


def write(folder: Path | None = None, workbooks: Sequence[str] = WORKBOOKS) -> dict[str, str]:
    """Name -> digest of all that these workbooks give; with a folder, each is also written there as a file."""
    digests: dict[str, str] = {}
    for workbook in workbooks:
        with tempfile.TemporaryDirectory() as temporary:
            for name, data in everything(workbook, Path(temporary)):
                digests[f"{workbook} {name}"] = digest(data)
                if folder is not None:
                    file = folder / re.sub(r"[^A-Za-z0-9=.-]+", "_", f"{workbook} {name}")
                    file.write_bytes(_CHANGING.sub(b"", data))
    return digests


def lines(digests: dict[str, str]) -> str:
    return "".join(f"{digests[name]} {name}\n" for name in sorted(digests))
