"""The shared sheet on the test server, over HTTP and over TLS."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.server import SheetsServer
from tests.server.graph import GraphServer
from tests.sources.shared_sheet import EVENTS, STAFFING
from tests.sources.shared_workbook import workbook
from tests.sources.xlsx_files import packed


@pytest.fixture
def google() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        server.book.add("Events", EVENTS)
        server.book.add("Staffing", STAFFING)
        yield server


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


@pytest.fixture(scope="session")
def converted(tmp_path_factory):
    """One workbook in the forms that LibreOffice writes, by extension."""
    if shutil.which("soffice") is None:
        pytest.fail("LibreOffice is missing: apt-get install libreoffice-calc")
    folder = tmp_path_factory.mktemp("converted")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Events"
    sheet.append(["Date", "Start", "Town", "Open", "Guests", "Sum", "Wrong"])
    sheet.append([dt.date(2019, 6, 19), dt.time(8, 20), "Mt. Shasta & Weed", True, 18, "=E2*2", "=1/0"])
    sheet["A2"].number_format, sheet["B2"].number_format = "m/d/yyyy", "h:mm AM/PM"
    sheet.merge_cells("C3:D3")
    workbook.save(folder / "made.xlsx")
    (folder / "out").mkdir()
    soffice = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    for kind in ("xlsx", "xls", "ods"):
        subprocess.run(
            [*soffice, "--convert-to", kind, "--outdir", folder / "out", folder / "made.xlsx"],
            check=True,
            capture_output=True,
            timeout=120,
        )
    return folder / "out"


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(workbook("Weed", "Yreka")) as running:
        yield running
