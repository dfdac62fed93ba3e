"""The command line, one module for the commands of each subject.

Results go to standard output, messages to standard error. Nothing is printed before all of it is known, so a command
that fails prints only one sentence that says what to do. Commands import the libraries that they need when they run:
most need few of them, and users wait for the first line.
"""

from __future__ import annotations

import click

from cwac.cli import answers, files, starting, store
from cwac.cli.output import Commands

__all__ = ["main"]

_EXAMPLES = """
\b
Examples:
  cwac connect                                 connect a Google Sheet or an Excel file, step by step
  cwac connect KEY.json SHEET-URL              the same with the key and the address at hand
  cwac serve --port 8600                       the dashboard, until Ctrl-C
  cwac serve plan.xlsx                         the same for a workbook, which is connected first
  cwac doctor                                  what is configured, what is wrong, and the next step
  cwac check                                   the configured sheet, else the sample
  cwac check plan.xlsx                         a workbook on this computer
  cwac check https://docs.google.com/spreadsheets/d/…
  cwac columns plan.xlsx                       what each tab and column is read as
  cwac alerts plan.xlsx --on 2026-10-01        as it looks on October 1
  cwac gaps --month 2026-12 --agency SCSO      the open positions in December
  cwac export attendance --format xlsx -o counts.xlsx
  cwac report 2026-Q3 -o q3.pdf                the quarter on a page
  cwac publish /var/www/coffee --watch          the public pages, kept up to date
  cwac packet EV-012 -o packet                 the briefing, flyer, release and other documents of an event
  cwac changes --since 2026-09-24              what changed since, and which openings that made
  cwac notify --dry-run --agency WPD           what would be sent now, to whom and why
  cwac template plan.xlsx                      a blank workbook to start from
  cwac restore 12 -o as-it-was.xlsx            what cwac history lists, as a workbook
  cwac backup store.backup                     the store as one file; --restore puts it back

\b
Exit status:
  0  done
  1  check found errors: something in the sheet is not used; doctor found warnings
  2  the sheet, a setting or the command cannot be used; standard output is empty, except doctor's list

Settings come from .streamlit/secrets.toml and the environment (CWAC_WORKBOOK, CWAC_SPREADSHEET, CWAC_TIMEZONE, …).
"""


_COMMANDS = (
    starting.connect,
    starting.serve,
    answers.check_settings,
    answers.check_sheet,
    answers.list_columns,
    answers.list_alerts,
    answers.list_gaps,
    answers.run_backtest,
    files.export_rows,
    files.write_report,
    files.write_records,
    files.make_template,
    store.list_changes,
    store.list_audit,
    store.list_history,
    store.restore_version,
    store.back_up_store,
)


@click.group(
    cls=Commands, commands=_COMMANDS, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="cwac")
def main() -> None:
    """Coffee with a Cop: what a shared sheet says, and what is wrong with it.

    SOURCE is an .xlsx, .csv or .tsv file, the address of a Google Sheet, the link of a workbook in SharePoint, the word
    "sample", or the name of a county where several sheets are configured. Without it, the configured sheet is read;
    where none is configured, the built-in sample.
    """
