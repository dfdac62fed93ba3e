"""Exit statuses, and the error that ends a command with one sentence on standard error."""

from __future__ import annotations

import click

EXIT_ERRORS = 1
"""`check` found errors: something in the sheet is not used."""

EXIT_UNUSABLE = 2
"""The sheet, a setting or the command line cannot be used; nothing was printed to standard output."""


class Refusal(click.ClickException):
    exit_code = EXIT_UNUSABLE
