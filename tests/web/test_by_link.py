"""A sheet that is read by its link: everybody who may see names is told on every page, and Refresh says its pace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac.settings import Settings
from cwac.settings.connections import NAMES_ARE_PUBLIC
from cwac.web import widgets
from tests.server.link_export import LinkExport
from tests.web.conftest import PAGES, Serve, opened

WARNING = widgets.message_markdown(NAMES_ARE_PUBLIC)


@pytest.fixture
def by_link(serve: Serve, plan_file: Path, tmp_path: Path) -> Iterator[LinkExport]:
    with LinkExport(plan_file.read_bytes()) as google:
        serve(
            Settings(
                spreadsheet=f"https://docs.google.com/spreadsheets/d/{google.id}/edit?usp=sharing",
                gsheets={"credentials": "none", "web_endpoint": google.address("docs")},
                store=f"sqlite:///{tmp_path}/store.sqlite3",
                auth=True,
                public=True,
                viewers=("@wpd.example.gov",),
                coordinators=("boss@county.example.gov",),
            )
        )
        yield google


@pytest.mark.usefixtures("by_link")
def test_every_page_warns_people_of_the_agencies_and_nobody_else() -> None:
    pages = {page: [str(warning.value) for warning in opened(page, "coordinator").warning] for page in PAGES}
    assert [page for page, warnings in pages.items() if WARNING not in warnings] == []
    liaison = [str(warning.value) for warning in opened("overview", "liaison").warning]
    assert WARNING in liaison
    stranger = opened("overview", "stranger")
    assert not stranger.exception
    assert [warning.value for warning in stranger.warning] == []


def test_refresh_says_that_a_look_comes_every_five_minutes(by_link: LinkExport) -> None:
    page = opened("overview", "coordinator")
    page.button(key="refresh").click().run()
    shown = [str(caption.value) for caption in page.caption]
    assert any("is looked at every 5 minutes" in text for text in shown), shown
    assert by_link.calls == {"export": 1, "download": 1}
