"""How good the forecasts are on the sample: `python -m tests.bench.backtest [DATE …]`, else ten days over two years."""

from __future__ import annotations

import datetime as dt
import sys
import time

from cwac.analysis.forecast import backtest, forecasts
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook


def main(days: list[str]) -> None:
    first = dt.date(2025, 6, 1)
    chosen = [dt.date.fromisoformat(day) for day in days] or [first + dt.timedelta(73 * n) for n in range(10)]
    for today in chosen:
        snapshot = read_workbook(sample_workbook(today), today)
        start = time.perf_counter()
        found = backtest(snapshot)
        took = time.perf_counter() - start
        coming = forecasts(snapshot)
        print(f"{today}: {found.words} {found.first_visits} were first visits. Took {took:.2f} s.")
        if days:
            print(*(f"  {one.event.id} {one.event.date}: {one.words}" for one in coming), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
