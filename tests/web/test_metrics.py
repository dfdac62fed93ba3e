"""Monitoring of a running server: its metrics, who may read them, and the JSON log."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cwac import logs
from cwac.analysis.cells import cells_by_severity
from tests.cases import each
from tests.refresh.relay import Relay
from tests.web import plan
from tests.web.served import Served, get, serving, serving_locally, session, until

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-prometheus"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("metrics")
    environ = {"CWAC_STORE": f"sqlite:///{folder}/store.sqlite3", "CWAC_METRICS_TOKEN": TOKEN, "CWAC_LOG": "json"}
    with serving_locally(plan.save(folder / "plan.xlsx"), **environ) as running:
        first_look(running)
        yield running


def first_look(served: Served) -> dict[str, float]:
    """The metrics after the first look at the source."""

    def looked() -> bool:
        metrics = values(served)
        kept_and_shown = metrics.get("cwac_versions") and metrics.get("cwac_ready")
        return bool(kept_and_shown) or any("failures" in name for name in metrics)

    until(looked, 10, 0.1)
    return values(served)


def values(served: Served) -> dict[str, float]:
    lines = get(f"{served.url}/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}


def test_every_metric_has_its_value(served: Served) -> None:
    answer = get(f"{served.url}/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    metrics = values(served)
    assert 0 <= metrics.pop("cwac_data_age_seconds") < 600
    assert metrics.pop("cwac_reads_total") >= 1
    severities = cells_by_severity(plan.snapshot().problems)
    assert metrics == {
        "cwac_ready": 1,
        "cwac_versions": 1,
        'cwac_problems{severity="error"}': severities["error"],
        'cwac_problems{severity="warning"}': severities["warning"],
        'cwac_problems{severity="notice"}': severities["notice"],
        'cwac_notices{kind="damaged"}': 0,
        'cwac_notices{kind="large-deletion"}': 0,
        'cwac_notices{kind="large-change"}': 0,
        'cwac_notices{kind="renamed-tab"}': 0,
        'cwac_notices{kind="checked-out"}': 0,
        'cwac_notices{kind="store"}': 0,
        "cwac_recipients_failing": 0,
        "cwac_sessions": 0,
    }
    assert "planted" not in answer.text.lower()


def test_open_pages_are_counted(served: Served) -> None:
    with session(served) as viewer, session(served):
        viewer.open()
        assert values(served)["cwac_sessions"] == 2


def test_metrics_do_not_wait_for_a_database_that_is_gone(
    postgresql_server: Path, postgresql_url: str, tmp_path: Path
) -> None:
    """They are there before the store gives up on PostgreSQL, which the log says."""
    database = postgresql_url.partition("@/")[2].partition("?")[0]
    with Relay(postgresql_server) as relay:
        store = f"postgresql+psycopg://cwac@127.0.0.1:{relay.port}/{database}"
        plan_file = plan.save(tmp_path / "plan.xlsx")
        with serving_locally(plan_file, CWAC_REFRESH_SECONDS="3600", CWAC_STORE=store) as served:
            assert first_look(served)["cwac_versions"] == 1
            relay.silence()
            metrics = values(served)
            assert "no answer" not in served.log.read_text()
            assert "unreachable" not in served.log.read_text()
            relay.cut()
    assert metrics["cwac_ready"] == 1
    assert [name for name in metrics if name.startswith(("cwac_versions", "cwac_messages", "cwac_recipients"))] == []


def test_failed_reads_are_counted_by_cause_and_logged_as_json(tmp_path: Path) -> None:
    with serving(tmp_path, {"CWAC_WORKBOOK": str(tmp_path / "missing.xlsx"), "CWAC_LOG": "json"}) as served:
        metrics = first_look(served)
        alive, ready = (get(f"{served.url}/{path}") for path in ("healthz", "readyz"))
        lines = [json.loads(line) for line in served.log.read_text().splitlines() if line.startswith("{")]
    assert metrics["cwac_ready"] == 0
    assert (alive.status_code, ready.status_code, ready.json()) == (200, 503, {"ready": False, "age_seconds": None})
    assert "cwac_data_age_seconds" not in metrics
    assert sum(value for name, value in metrics.items() if name.startswith("cwac_read_failures_total{")) >= 1
    assert any(line["from"] == "cwac.refresh.poller" and line["message"].startswith("Look 1 failed") for line in lines)


@each("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Host": "dashboard.example"},
                                     {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer wrong"}])  # fmt: skip
def test_metrics_are_not_found_from_elsewhere(served: Served, headers: dict[str, str]) -> None:
    answer = get(f"{served.url}/metrics", headers=headers)
    assert (answer.status_code, answer.text) == (404, "Not found\n")


def test_token_opens_metrics_from_elsewhere(served: Served) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}
    assert get(f"{served.url}/metrics", headers=headers).status_code == 200


def test_json_log_of_an_error_holds_its_type_and_place_without_the_message() -> None:
    try:
        raise ValueError("planted: a cell")
    except ValueError:
        record = logging.LogRecord("cwac", logging.ERROR, __file__, 1, "It failed: %s", ("here",), sys.exc_info())
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    entry = json.loads(line)
    assert (entry["level"], entry["from"], entry["message"], entry["error"]) == (
        "error", "cwac", "It failed: here", "ValueError",
    )  # fmt: skip
    assert entry["where"][0].startswith(__file__)
    assert "planted" not in line
