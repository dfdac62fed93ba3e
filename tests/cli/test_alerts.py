"""`cwac alerts`: its keys and its words."""

import datetime as dt
import json
from pathlib import Path

from tests.cli.plan import EVENTS, ON, heading, run, write


def test_alerts_in_json(plan):
    result = run("alerts", plan, "--on", "2026-10-05", "--format", "json")
    assert result.stderr == ""
    assert json.loads(result.stdout) == heading(plan, "2026-10-05") | {
        "alerts": [
            {
                "severity": "error",
                "code": "understaffed",
                "event_ids": ["EV-1"],
                "officer": None,
                "agency": "WPD",
                "venue": None,
                "days_until": 1,
                "message": "Cafe, Weed on Tue, Oct 6, 8:30–10:00 AM: 1 of 2 officers. "
                "Still needed: 1 officer from any agency.",
            }
        ]
    }


def test_alerts_in_words(plan):
    assert run("alerts", plan, "--on", "2026-10-05").stdout == (
        f"{plan}, as of Mon, Sep 21, 2026, 7:13 AM Pacific Time; today is Mon, Oct 5, 2026.\n"
        "\n"
        "Tue, Oct 6, 2026 (tomorrow)\n"
        "  error: Too few officers [EV-1]\n"
        "      Cafe, Weed on Tue, Oct 6, 8:30–10:00 AM: 1 of 2 officers. Still needed: 1 officer from any agency.\n"
    )


def test_no_alerts_prints_one_sentence(plan):
    assert run("alerts", plan, "--on", "2026-10-07").stdout.splitlines()[2:] == ["No alerts for 0 events to come."]


def test_alerts_follow_the_configured_rules(plan, monkeypatch):
    extra = ["EV-4", dt.date(2026, 10, 6), dt.time(10, 30), None, None, "Weed", "Cafe", "WPD", "Confirmed", None]
    write(Path(plan), Events=[*EVENTS, ["EV-5", dt.date(2026, 10, 6), dt.time(9, 30), *extra[3:]]])
    codes = [a["code"] for a in json.loads(run("alerts", plan, "--on", ON, "--format", "json").stdout)["alerts"]]
    assert "venue-double-booked" in codes
    write(Path(plan), Events=[*EVENTS, extra, ["EV-5", dt.date(2026, 10, 6), dt.time(11, 15), *extra[3:]]])
    for minutes, clash in (("45", False), ("46", True)):
        monkeypatch.setenv("CWAC_DEFAULT_MINUTES", minutes)
        alerts = json.loads(run("alerts", plan, "--on", ON, "--format", "json").stdout)["alerts"]
        assert ("venue-double-booked" in [alert["code"] for alert in alerts]) == clash
