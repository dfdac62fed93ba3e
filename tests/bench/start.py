"""How long `cwac check` takes on a workbook of 1,000 events, beside `python -c 'import pandas'`.

`python -m tests.bench.start`. Wall time and CPU, each the least of some runs taken in turn.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import sheets

LIMIT = 3.0
RUNS = 9


def main() -> bool:
    """Print the figures; True where the check is within the limit."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.xlsx"
        sheets.write_xlsx(plan, 1_000)
        commands = {
            "import pandas": ["-c", "import pandas"],
            "cwac check": ["-m", "cwac", "check", str(plan), "--on", str(sheets.TODAY)],
            "cwac --help": ["-m", "cwac", "--help"],
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, words in commands.items():
                taken[name].append(_timed(words))
    best = {name: [min(figures) for figures in zip(*runs, strict=True)] for name, runs in taken.items()}
    pandas_wall, pandas_cpu = best["import pandas"]
    print("                   wall   ratio      CPU   ratio")
    for name, (wall, cpu) in best.items():
        print(f"{name:<14} {wall:>7.3f}s {wall / pandas_wall:>7.2f} {cpu:>7.3f}s {cpu / pandas_cpu:>7.2f}")
    good = best["cwac check"][0] <= LIMIT * pandas_wall and best["cwac check"][1] <= LIMIT * pandas_cpu
    print(f"Limit: {LIMIT:g} × import pandas: {'met' if good else 'NOT MET'}.")
    return good


def _timed(words: list[str]) -> tuple[float, float]:
    """Seconds on the wall and of CPU. The sheet has mistakes, so `check` ends with 1."""
    before, start = _children(), time.perf_counter()
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False)
    wall = time.perf_counter() - start
    assert done.returncode in (0, 1), done.stderr.decode()
    return wall, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
