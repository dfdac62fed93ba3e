"""A small plan as a workbook, and commands run in this process or as a process of their own."""

import csv
import datetime as dt
import io
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import openpyxl
from click.testing import CliRunner

from cwac.cli import main
from tests.fixed_clock import PYTHON

ROOT = Path(__file__).resolve().parent.parent.parent
ON = "2026-10-01"
EVENTS = [
    ["Event ID", "Date", "Start", "End", "Title", "Town", "Venue", "Lead agency", "Status", "Officers needed"],
    ["EV-1", dt.date(2026, 10, 6), dt.time(8, 30), dt.time(10, 0), "-cmd", "Weed", "Cafe", "WPD", "Confirmed", 2],
    ["EV-2", "soon", None, None, None, "Etna", None, "SCSO", "Tentative", None],
    ["EV-3", dt.date(2026, 9, 2), None, None, "@home", "Weed", "Cafe", "WPD", "Completed", None],
]
STAFFING = [["Event ID", "Officer", "Agency", "Role", "Status"], ["EV-1", "A. Sample", "WPD", "Host", "Confirmed"]]
ATTENDANCE = [["Event ID", "Guests"], ["EV-3", "35-40"]]
LISTS = {
    "Agencies": [["Agency", "Name"], ["WPD", "Weed Police Department"], ["SCSO", "Sheriff's Office"]],
    "Officers": [["Officer ID", "Name", "Agency"], ["OF-01", "A. Sample", "WPD"]],
    "Time off": [["Officer", "From", "To"]],
    "Venues": [["Venue", "Town"], ["Cafe", "Weed"]],
    "Towns": [["Town", "Population"], ["Weed", 2600], ["Etna", 680]],
    "Coverage": [["Town", "Agency"]],
    "Follow-ups": [["Follow-up ID", "Event ID", "Summary"], ["FU-1", "EV-3", "Speeding by the school"]],
}


def configure_nothing(patch, folder):
    """Go to the folder, as somebody does who has set nothing up."""
    for name in [name for name in os.environ if re.match(r"(?i)CWAC_|\w+_PROXY$|FORWARDED_ALLOW_IPS", name)]:
        patch.delenv(name)
    patch.setenv("HOME", str(folder / "home"))
    patch.setenv("LOGNAME", "clerk")
    patch.chdir(folder)
    patch.setattr("cwac.settings.loading.PROJECT", folder)
    patch.setenv("XDG_DATA_HOME", str(folder / "data"))


def write(path, **tabs):
    """Save the plan with these tabs in place of its own."""
    if tabs:
        return save(path, **{"Events": EVENTS, "Staffing": STAFFING, "Attendance": ATTENDANCE} | LISTS | tabs)
    Path(path).write_bytes(unchanged())
    os.utime(path, (1_790_000_000, 1_790_000_000))
    return str(path)


@cache
def unchanged():
    with tempfile.TemporaryDirectory() as folder:
        return Path(write(f"{folder}/plan.xlsx", Events=EVENTS)).read_bytes()


def save(path, **tabs):
    """Save a workbook of these tabs, always as of the same moment."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in tabs.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    os.utime(path, (1_790_000_000, 1_790_000_000))
    return str(path)


def run(*words, status=0, env=None):
    result = CliRunner().invoke(main, words, env=env)
    assert (result.exit_code, None if isinstance(result.exception, SystemExit) else result.exception) == (status, None)
    return result


def refusal(*words, env=None):
    """The last line on standard error of a command that ends with status 2 and prints nothing on standard output."""
    result = run(*words, status=2, env=env)
    assert result.stdout == ""
    return result.stderr.splitlines()[-1]


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def shell(*words, env=(), stdout=subprocess.PIPE, closed="", **options):
    """The command as a process of its own, as its exit matters too; a shell closes what `closed` says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "PYTHON"))}
    environment = kept | {"PYTHONPATH": str(ROOT)} | dict(env)
    command = [*((sys.executable, *words) if words[0] == "-c" else (*PYTHON, "cwac", *words))]
    command = [*(["sh", "-c", f'exec "$@" {closed}', "sh"] if closed else []), *command]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment, timeout=60, **options)
