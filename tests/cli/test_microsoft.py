"""The command line over a workbook in SharePoint, from the stand-in for Microsoft over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cwac.cli import main
from cwac.refresh.judge import CHECKED_OUT
from tests.server.entra import SECRET
from tests.server.graph import GraphServer
from tests.sources.shared_workbook import workbook


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[GraphServer]:
    """The stand-in, and a sign-in for it in the environment."""
    with GraphServer(workbook("Weed", "Yreka")) as running:
        for name, value in {
            "STORE": f"sqlite:///{tmp_path}/store.sqlite3",
            "MICROSOFT_TENANT": running.entra.domain,
            "MICROSOFT_CLIENT_ID": running.entra.client,
            "MICROSOFT_CLIENT_SECRET": SECRET,
            "MICROSOFT_GRAPH": running.graph,
            "MICROSOFT_LOGIN": running.login,
        }.items():
            monkeypatch.setenv(f"CWAC_{name}", value)
        yield running


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def told(graph: GraphServer, text: str) -> list[str]:
    """The secrets in a text."""
    key = graph.link.rpartition("/")[2].partition("?")[0]
    return [secret for secret in (SECRET, key, *graph.entra.given) if secret in text]


def test_check_reads_a_link_without_telling_it(graph: GraphServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    result = run("check", graph.link, "--on", "2026-10-01")
    assert result.exit_code in (0, 1)
    assert f"https://{graph.site.host}/:x:/s/CoffeeWithACop/" in result.output
    assert CHECKED_OUT not in result.output
    assert graph.entra.given
    assert told(graph, result.output + caplog.text) == []
    assert told(graph, f"{SECRET} {graph.link}") != []


def test_check_and_connect_read_the_configured_workbook(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "write its link as link under [connections.microsoft]" in run("connect", graph.link).output
    monkeypatch.setenv("CWAC_MICROSOFT_SITE", f"{graph.site.host}/{graph.site.path}")
    monkeypatch.setenv("CWAC_MICROSOFT_PATH", "Outreach/Plan.xlsx")
    graph.item.checked_out_by = "C. Ordinator"
    result = run("check", "--on", "2026-10-01")
    assert f"https://{graph.site.host}/{graph.site.path}/Outreach/Plan.xlsx, as of" in result.output
    assert CHECKED_OUT in result.output
    connected = run("connect").output
    assert "it can be read, at siskiyou.sharepoint.com." in connected
    assert "2 rows" in connected
    graph.item.move(name="Elsewhere.xlsx")
    assert "SharePoint has no workbook Outreach/Plan.xlsx in" in run("check").output
    graph.entra.roles = set()
    refused = run("connect")
    assert refused.exit_code == 2
    assert "The app registration has no permission to read files." in refused.output
