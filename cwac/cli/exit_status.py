"""Exit statuses, and the error that ends a command with one sentence on standard error."""

from __future__ import annotations

from typing import IO, Any

import click

from cwac.cli.called import as_called

EXIT_ERRORS = 1
"""`check` found errors: something in the sheet is not used."""

EXIT_UNUSABLE = 2
"""The sheet, a setting or the command line cannot be used; nothing was printed to standard output."""


class Refusal(click.ClickException):
    exit_code = EXIT_UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(as_called(f"Error: {self.format_message()}"), file=file, err=True)
