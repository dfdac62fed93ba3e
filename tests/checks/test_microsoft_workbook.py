"""The steps from the sign-in to the Events tab of a workbook in SharePoint, against the stand-in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from cwac.checks import configured, doctor
from cwac.checks.finding import DIRECTORY, NETWORK, OPERATOR, SHEET_OWNER, Finding
from cwac.settings import Settings
from cwac.settings.schema import Typed
from tests.cases import each
from tests.server.graph import GraphServer
from tests.server.library import protected_workbook
from tests.sources.shared_workbook import sign_in, workbook

NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
STEPS = list(doctor.STEPS_AT_MICROSOFT)


def checked(graph: GraphServer) -> list[Finding]:
    return list(doctor.sheet_findings(Settings(microsoft=sign_in(graph, link=graph.link)), NOW))


def test_every_step_passes() -> None:
    with GraphServer(workbook("Weed", "Yreka")) as graph:
        findings = checked(graph)
        sharing, _ = doctor.link_sharing(Settings(microsoft=sign_in(graph, link=graph.link)))
    assert {finding.check: finding.result for finding in findings} == dict.fromkeys(STEPS, "PASS")
    assert findings[-1].found == "The tab Events was found. 2 of its 2 rows are used."
    assert sharing.result == "SKIP"


@each(
    ("act", "step", "whose"),
    [
        (GraphServer.stop, "network", NETWORK),
        (lambda graph: setattr(graph.entra, "disabled", True), "token", DIRECTORY),
        (lambda graph: setattr(graph.entra, "roles", {"Sites.Selected"}), "shared", DIRECTORY),
        (lambda graph: graph.links.clear(), "shared", OPERATOR),
        (lambda graph: graph.item.write(protected_workbook()), "file", SHEET_OWNER),
    ],
)
def test_first_step_that_fails(act: Callable[[GraphServer], None], step: str, whose: str) -> None:
    with GraphServer(workbook("Weed")) as graph:
        act(graph)
        findings = checked(graph)
        at = STEPS.index(step)
        results = ["PASS"] * at + ["FAIL"] + ["SKIP"] * (len(STEPS) - at - 1)
        assert [(finding.check, finding.result) for finding in findings] == list(zip(STEPS, results, strict=True))
        assert findings[at].whose == whose
        assert findings[at].next


def test_certificate_that_others_may_read_is_found(tmp_path: Path) -> None:
    config = configured.Configured(
        Settings(), typed=Typed({"connections": {"microsoft": {"certificate": str(tmp_path / "app.pem")}}})
    )
    (finding,) = configured.permissions(config)
    assert finding.found == f"{tmp_path}/app.pem cannot be read (No such file or directory)."
