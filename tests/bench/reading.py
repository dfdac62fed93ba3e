"""What reading a sheet costs beside the usual way, which checks nothing.

`python -m tests.bench.reading [EVENTS …]`. This process holds the sheet, and the client has its own, so that only its
CPU is measured: from the HTTP response to a `Snapshot` (every tab, checked and joined), beside gspread's
`get_all_records()` on Events, Staffing and Attendance with `pd.to_datetime` and a merge. Each figure is the least of
some runs, each in a fresh process that has signed in and has fetched once before, as a server that refreshes has.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench import sheets

SIZES = (1_000, 10_000, 100_000)
LIMITS = {"ratio": 0.5, "flat": 1.25, "reads": 1, "MiB": 1024}
"""CPU beside the usual way; cost a row at the largest beside the middle size; reads a refresh; peak memory."""


prepared: list[Callable[[], object]] = []
"""What the process reads with, once it is ready."""


# --- in a process of their own -----------------------------------------------------------------------------------


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


def prepare(way: str, gsheets: dict[str, str]) -> None:
    prepared.append({"ours": ours, "usual": usual}[way](gsheets))


def read_once() -> dict[str, float]:
    before = time.process_time()
    result = prepared[0]()
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu, "MiB": peak, "problems": len(getattr(result, "problems", ()))}


# --- the benchmark ------------------------------------------------------------------------------------------------


def main(sizes: tuple[int, ...]) -> bool:
    """Print the figures; True where all are within the limits."""
    from tests.server import SheetsServer  # which the memory of the other processes must not hold

    print("  events     rows     ours    usual   ratio  µs a row  reads  peak MiB (usual)  problems")
    a_row: dict[int, float] = {}
    good = True
    for events in sizes:
        rows = sum(len(tab.rows) - 1 for tab in sheets.workbook(events).tabs)
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "usual": []}
        with SheetsServer(sheets.workbook(events)) as server:
            for way in list(runs) * (3 if events < 50_000 else 2):
                with multiprocessing.get_context("spawn").Pool(1) as process:
                    process.apply(prepare, (way, server.gsheets))
                    before = server.reads
                    runs[way].append(process.apply(read_once) | {"reads": server.reads - before})
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


if __name__ == "__main__":
    sys.exit(0 if main(tuple(map(int, sys.argv[1:])) or SIZES) else 1)
