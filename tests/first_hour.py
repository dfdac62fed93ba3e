"""The first hour with each source: from an installed dashboard to the sheet shown, by the README and the guides alone.

`python -m tests.first_hour` walks all of them, each in an empty HOME against stand-ins for Google and Microsoft, and
prints the table in docs/operate/sources.md. What happens on their own pages is an action too;
its minutes are an estimate.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sources.every import Everywhere, toml
from tests.sources.shared_workbook import workbook
from tests.web.served import ROOT, serving, session


@dataclass(frozen=True)
class Step:
    """One action: a phrase of the guide that asks for it, the values carried by hand, and an estimate in minutes.

    Without `minutes` the walk does it, and measures it.
    """

    guide: str
    phrase: str
    values: int = 0
    minutes: float | None = None


HEADING = (
    "| | actions (of these, in a browser or editor) | values carried by hand | measured: `cwac connect`, then start "
    "until shown | estimated: the rest |"
)
README, OF_GOOGLE, OF_SHAREPOINT, OF_CONNECT = (
    "README.md", "docs/google.md", "docs/operate/sharepoint.md", "docs/operate/connect.md",
)  # fmt: skip
CONNECT, SERVE = Step(README, ".venv/bin/cwac connect`"), Step(README, ".venv/bin/cwac serve`")
OPEN = Step(README, "open the whole address that it prints", values=1)
PROJECT = (
    Step(OF_GOOGLE, "**A project.**", minutes=1),
    Step(OF_GOOGLE, "**Switch on the Sheets API**", minutes=1),
    Step(OF_GOOGLE, "**A service account**", minutes=1),
)
SHARE = Step(OF_GOOGLE, "**Share the sheet** with that address", values=1, minutes=1)
APP = (
    Step(README, "[SharePoint, OneDrive or Teams](docs/operate/sharepoint.md)", minutes=1),
    Step(OF_SHAREPOINT, "`.venv/bin/pip install -e '.[microsoft]'`", minutes=1),
    Step(OF_SHAREPOINT, "*App registrations, New registration*", minutes=2),
    Step(OF_SHAREPOINT, "*API permissions, Add a permission, Microsoft Graph, Application permissions*", minutes=2),
    Step(OF_SHAREPOINT, "then *Grant admin consent*", minutes=1),
    Step(OF_SHAREPOINT, "Grant it the site or the workbook, with the role `read`", values=2, minutes=5),
)
SETTINGS = Step(OF_SHAREPOINT, "Say where the workbook is and how to sign in", values=4, minutes=3)

STEPS: Mapping[str, tuple[Step, ...]] = {
    "file": (Step(README, "`.venv/bin/cwac connect events.xlsx`", values=1), SERVE, OPEN),
    "link": (
        Step(OF_GOOGLE, "a sheet that is shared with *Anyone with the link*", minutes=1),
        Step(OF_GOOGLE, 'credentials = "none"', values=1, minutes=2), CONNECT, SERVE, OPEN,
    ),
    "key": (
        *PROJECT, Step(OF_GOOGLE, "**Its key.**", minutes=1),
        Step(OF_CONNECT, "cwac connect KEY.json SHEET-URL", values=2), SHARE, SERVE, OPEN,
    ),
    "default": (
        *PROJECT, Step(OF_GOOGLE, "gcloud compute instances set-service-account MACHINE", values=1, minutes=3),
        SHARE, Step(OF_GOOGLE, 'credentials = "default"', values=1, minutes=2), CONNECT, SERVE, OPEN,
    ),
    "secret": (
        *APP, Step(OF_SHAREPOINT, "A **client secret** works too", minutes=1), SETTINGS, CONNECT, SERVE, OPEN,
    ),
    "certificate": (
        *APP, Step(OF_SHAREPOINT, "openssl req -x509 -newkey rsa:3072", minutes=1),
        Step(OF_SHAREPOINT, "upload the `.crt` under", minutes=1), SETTINGS, CONNECT, SERVE, OPEN,
    ),
}  # fmt: skip
NAMES = {
    "file": "Excel file on this machine",
    "link": "Google Sheet by its link",
    "key": "Google Sheet with a key",
    "default": "Google Sheet with default credentials (Compute Engine)",
    "secret": "Excel at Microsoft with a client secret",
    "certificate": "Excel at Microsoft with a certificate",
}


def walk(kind: str) -> tuple[float, float]:
    """Do the steps of a source that are done on this machine. Raises `AssertionError` if the sheet is not shown.

    Seconds that `cwac connect` took, and from the start of the server until a page had the sheet's events.
    """
    towns = ("Weed", "Yreka")
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as there:
        home = Path(name)
        with Everywhere(workbook(*towns), Path(there)) as places:
            # Of somebody who has configured nothing.
            environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "HOME": name}
            environ |= {"XDG_DATA_HOME": f"{name}/.local/share"} | places.environment
            if kind == "key":  # the addresses of the stand-ins; the other settings have them
                endpoints = {"API": places.google.endpoint, "WEB": places.link.address("docs")}
                environ |= {f"CWAC_{which}_ENDPOINT": address for which, address in endpoints.items()}
            words = _typed(places, kind, home)
            began = time.monotonic()
            command = [sys.executable, "-m", "cwac", "connect", *words]
            ended = subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, timeout=120)
            connect = time.monotonic() - began
            assert ended.returncode == 0, ended.stdout + ended.stderr
            assert "✓ rows read: 2 rows" in ended.stdout, ended.stdout
            began = time.monotonic()
            with serving(home, environ, fresh=True) as served, session(served, patience=60) as browser:
                seen = browser.open("calendar", "view=month&date=2026-10-01")
                assert all(seen.holds(town) for town in towns), served.log.read_text()
                return connect, time.monotonic() - began


def _typed(places: Everywhere, kind: str, home: Path) -> list[str]:
    """The arguments of `cwac connect`, once the settings that the guide asks for are written by hand."""
    if kind == "file":
        return [str(places.file)]
    if kind == "key":
        key = home / "Downloads" / "coffee-1234.json"
        key.parent.mkdir()
        key.write_text(json.dumps(places.google.key))
        return [str(key), places.google.url]
    path = home / ".streamlit" / "secrets.toml"
    path.parent.mkdir()
    path.touch(0o600)
    path.write_text(toml(places.tables(kind, access={"local": True})))
    return []


def counted(kind: str) -> str:
    """The beginning of the source's row: its name, actions and values."""
    steps = STEPS[kind]
    elsewhere = sum(step.minutes is not None for step in steps)
    return f"| {NAMES[kind]} | {len(steps)} ({elsewhere}) | {sum(step.values for step in steps)} |"


if __name__ == "__main__":
    print(f"{HEADING}\n|---|---|---|---|---|")
    for each_kind, of in STEPS.items():
        connected, shown = walk(each_kind)
        estimated = sum(step.minutes or 0 for step in of)
        print(f"{counted(each_kind)} {connected:.1f} s, {shown:.1f} s | {estimated:.0f} min |", flush=True)
