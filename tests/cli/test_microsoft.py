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


@pytest.fixture
def by_path(graph: GraphServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook in the environment too."""
    monkeypatch.setenv("CWAC_MICROSOFT_SITE", f"{graph.site.host}/{graph.site.path}")
    monkeypatch.setenv("CWAC_MICROSOFT_PATH", "Outreach/Plan.xlsx")


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


@pytest.mark.usefixtures("by_path")
def test_check_reads_the_configured_workbook(graph: GraphServer) -> None:
    graph.item.checked_out_by = "C. Ordinator"
    result = run("check", "--on", "2026-10-01")
    assert result.exit_code in (0, 1)
    assert f"https://{graph.site.host}/{graph.site.path}/Outreach/Plan.xlsx, as of" in result.output
    assert CHECKED_OUT in result.output
    graph.item.move(name="Elsewhere.xlsx")
    gone = run("check")
    assert gone.exit_code == 2
    assert "SharePoint has no workbook Outreach/Plan.xlsx in" in gone.output


@pytest.mark.usefixtures("by_path")
def test_connect_checks_the_configured_workbook(graph: GraphServer) -> None:
    connected = run("connect")
    assert connected.exit_code == 0
    assert "it can be read, at siskiyou.sharepoint.com." in connected.output
    assert "2 rows" in connected.output
    graph.entra.roles = set()
    refused = run("connect")
    assert refused.exit_code == 2
    assert "The app registration has no permission to read files." in refused.output


def test_connect_says_how_to_connect_a_link(graph: GraphServer) -> None:
    refused = run("connect", graph.link)
    assert refused.exit_code == 2
    assert "write its link as link under [connections.microsoft]" in refused.output
