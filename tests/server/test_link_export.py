"""The stand-in for a sheet that is shared by link."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
import requests

from tests.cases import each
from tests.server.link_export import LinkExport


@pytest.fixture
def google() -> Iterator[LinkExport]:
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    with LinkExport(content.getvalue(), title="Café con un policía") as running:
        yield running


def test_export_is_a_redirect_to_the_download(google: LinkExport) -> None:
    first = requests.get(google.export_url, allow_redirects=False, timeout=5)
    assert (first.status_code, first.headers["Location"].startswith(google.address("download"))) == (307, True)
    second = requests.get(first.headers["Location"], timeout=5)
    assert second.content == google.content
    assert second.headers["Content-Disposition"].endswith("filename*=UTF-8''Caf%C3%A9%20con%20un%20polic%C3%ADa.xlsx")
    assert "ETag" not in second.headers
    assert google.calls == {"export": 1, "download": 1}


def test_stamped_exports_differ_in_bytes_but_not_in_content(google: LinkExport) -> None:
    google.stamped = True
    first, second = (requests.get(google.export_url, timeout=5).content for _ in range(2))
    assert first != second

    def parts(content: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            return {name: workbook.read(name) for name in workbook.namelist()}

    assert parts(first) == parts(second) == parts(google.content)


@each("private, status", [("sign-in", 200), ("401", 401), ("403", 403), ("404", 404)])
def test_sheet_that_is_not_shared_is_a_page(google: LinkExport, private: str, status: int) -> None:
    google.shared, google.private = False, private  # type: ignore[assignment]
    answer = requests.get(google.export_url, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"].lower()) == (status, "text/html; charset=utf-8")
    assert answer.url.startswith(google.address("accounts" if private == "sign-in" else "docs"))


def test_other_refusals_are_pages(google: LinkExport) -> None:
    def status() -> int:
        answer = requests.get(google.export_url, timeout=5)
        assert answer.text.startswith("<!DOCTYPE html>")
        return answer.status_code

    google.fail("429")
    assert status() == 429
    google.too_large = "413"
    assert status() == 413
    google.downloads_allowed = False
    assert status() == 403
    google.id = "1another"
    unknown = google.export_url.replace("1another", "1" + "x" * 40)
    assert requests.get(unknown, timeout=5).status_code == 404
