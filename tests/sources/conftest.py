"""The shared sheet on the test server, over HTTP and over TLS."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.server import SheetsServer
from tests.server.graph import GraphServer
from tests.sources.shared_sheet import EVENTS, serve_sheet  # noqa: F401
from tests.sources.shared_workbook import workbook
from tests.sources.xlsx_files import packed


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SheetsServer]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with SheetsServer(certificate=tmp_path / "server.pem") as server:
        server.book.add("Events", EVENTS)
        yield server


@pytest.fixture
def file(tmp_path):
    """Writes bytes, parts or an openpyxl workbook to a file and gives its path."""

    def write(content, name: str = "sheet.xlsx") -> Path:
        path = tmp_path / name
        if isinstance(content, openpyxl.Workbook):
            content.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else packed(content))
        return path

    return write


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(workbook("Weed", "Yreka")) as running:
        yield running
