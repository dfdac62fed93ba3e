"""The program reads the current time in one place, and tests set it there."""

import datetime as dt
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cwac.clock import read_clock
from tests.fixed_clock import PYTHON, START
from tests.test_documents import ROOT

READING = {
    "cwac/clock.py": 1,
    "cwac/refresh/sheets.py": 1,  # how long ago a file was written, by the clock of the file system
    "tests/server/listener.py": 1,  # the clocks of Google and Microsoft, whose libraries read the system's
    "tests/web/signed_in.py": 1,  # Streamlit itself checks the age of its cookie
}
"""File -> how many times it reads the clock of the system."""


@pytest.mark.slow
def test_nothing_reads_the_clock_of_the_system_but_the_places_listed() -> None:
    options = ("--no-cache", "--select=TID251", "--ignore-noqa", "--output-format=concise")
    command = [sys.executable, "-m", "ruff", "check", *options, "."]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    files = re.findall(r"^(.+?):\d+:\d+: TID251 .*read_clock", ended.stdout, re.M)
    assert Counter(Path(file).as_posix() for file in files) == READING
    scripts = [path for path in (ROOT / "cwac").rglob("*.js") if re.search(r"Date\.now|new Date\(\)", path.read_text())]
    assert scripts == []


def test_clock_of_tests_begins_at_ten_on_a_wednesday_in_this_process_and_those_it_starts(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("from cwac.clock import read_clock\nprint(read_clock().isoformat())")
    before = read_clock()
    said = subprocess.run([*PYTHON, "told"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert dt.datetime.fromisoformat("2026-11-25T10:00-08:00") == START
    assert START <= before <= dt.datetime.fromisoformat(said.strip()) <= read_clock() < START + dt.timedelta(hours=12)
