"""What reading a sheet costs beside the usual way, which checks nothing.

`python -m tests.bench.reading [EVENTS …]`. A test server in a process of its own holds the sheet, so that only the
client's CPU is measured: from the HTTP response to a `Snapshot` (every tab, checked and joined), beside gspread's
`get_all_records()` on Events, Staffing and Attendance with `pd.to_datetime` and a merge. Each figure is the least of
some runs, each in a fresh process that has signed in and has fetched once before, as a server that refreshes has.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench import sheets

SIZES = (1_000, 10_000, 100_000)
LIMITS = {"ratio": 0.5, "flat": 1.25, "reads": 1, "MiB": 1024}
"""CPU beside the usual way; cost a row at the largest beside the middle size; reads a refresh; peak memory."""


# --- in a process of their own -----------------------------------------------------------------------------------


def serve(events: int) -> None:
    """Hold a sheet; say where, then how many reads there were whenever asked."""
    from tests.server import SheetsServer

    with SheetsServer(sheets.workbook(events)) as server:
        print(json.dumps(server.gsheets), flush=True)
        for _ in sys.stdin:
            print(server.reads, flush=True)


def ours(gsheets: dict[str, str]) -> Callable[[], object]:
    from cwac import tuning
    from cwac.sheet.reader import read_workbook
    from cwac.sources.google import GoogleSource

    source = GoogleSource(gsheets["spreadsheet"], gsheets)
    source.fetch()

    def read() -> object:
        workbook = source.fetch()
        with tuning.reading():  # as the server does
            return read_workbook(workbook, sheets.TODAY)

    return read


def usual(gsheets: dict[str, str]) -> Callable[[], object]:
    import gspread
    import pandas as pd
    from google.oauth2.service_account import Credentials

    class Client(gspread.HTTPClient):
        """As it comes, but for the host."""

        def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
            there = endpoint.replace("https://sheets.googleapis.com", gsheets["api_endpoint"], 1)
            return super().request(method, there, *args, **kwargs)

    key = Credentials.from_service_account_info(gsheets, scopes=gspread.auth.DEFAULT_SCOPES)
    book = gspread.Client(key, http_client=Client).open_by_url(gsheets["spreadsheet"])
    tabs = [book.worksheet(name) for name in ("Events", "Staffing", "Attendance")]
    [tab.get_all_records() for tab in tabs]

    def read() -> object:
        events, staffing, attendance = (pd.DataFrame(tab.get_all_records()) for tab in tabs)
        events["Date"] = pd.to_datetime(events["Date"], errors="coerce", format="%m/%d/%Y")
        return staffing.merge(events, on="Event ID", how="left"), attendance.merge(events, on="Event ID", how="left")

    return read


def measure(way: str, gsheets: dict[str, str]) -> None:
    """Say that all is ready; when told to go on, read once and say what it took."""
    read = {"ours": ours, "usual": usual}[way](gsheets)
    print("ready", flush=True)
    sys.stdin.readline()
    before = time.process_time()
    result = read()
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": cpu, "MiB": peak, "problems": len(getattr(result, "problems", ()))}), flush=True)


# --- the benchmark ------------------------------------------------------------------------------------------------


def main(sizes: tuple[int, ...]) -> bool:
    """Print the figures; True where all are within the limits."""
    print("  events     rows     ours    usual   ratio  µs a row  reads  peak MiB (usual)  problems")
    a_row: dict[int, float] = {}
    good = True
    for events in sizes:
        rows = sum(len(tab.rows) - 1 for tab in sheets.workbook(events).tabs)
        with _started("serve", events) as server:
            gsheets = json.loads(server.stdout.readline())
            runs = {"ours": [], "usual": []}
            for _ in range(3 if events < 50_000 else 2):
                for way, results in runs.items():
                    results.append(_measured(way, gsheets, server))
            server.stdin.close()
        mine, theirs = (min(run["cpu"] for run in results) for results in runs.values())
        peaks = [max(run["MiB"] for run in results) for results in runs.values()]
        reads = max(run["reads"] for run in runs["ours"])
        a_row[events] = mine / rows * 1e6
        good &= mine / theirs <= LIMITS["ratio"] and reads <= LIMITS["reads"] and peaks[0] < LIMITS["MiB"]
        print(
            f"{events:>8,} {rows:>8,} {mine:>7.3f}s {theirs:>7.3f}s {mine / theirs:>7.3f} {a_row[events]:>9.2f} "
            f"{reads:>6} {peaks[0]:>9.0f} {f'({peaks[1]:.0f})':>7} {runs['ours'][0]['problems']:>9,}",
            flush=True,
        )
    if 10_000 in a_row and 100_000 in a_row:
        flat = a_row[100_000] / a_row[10_000]
        good &= flat <= LIMITS["flat"]
        print(f"A row of 100,000 events costs {flat:.2f} × one of 10,000.")
    print(f"Limits: {LIMITS}: {'all met' if good else 'NOT MET'}.")
    return good


def _started(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.reading", *map(str, words)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def _asked(process: subprocess.Popen[str]) -> Any:
    process.stdin.write("\n")
    return json.loads(process.stdout.readline())


def _measured(way: str, gsheets: dict[str, str], server: subprocess.Popen[str]) -> dict[str, float]:
    with _started("measure", way, json.dumps(gsheets)) as client:
        client.stdout.readline()
        before = _asked(server)
        return _asked(client) | {"reads": _asked(server) - before}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", events]:
            serve(int(events))
        case ["measure", way, gsheets]:
            measure(way, json.loads(gsheets))
        case given:
            sys.exit(0 if main(tuple(map(int, given)) or SIZES) else 1)
