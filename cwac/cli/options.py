"""Arguments and options that several commands share."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from cwac.cli.output import Refusal, plain, unwritable

PORT = 8501
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def parse_day(_: click.Context, __: click.Parameter, typed: str | None) -> dt.date | None:
    """The ISO date as typed; a `BadParameter` where it is none, or before 1990 or after 2100."""
    if typed is None:
        return None
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise click.BadParameter(f"{plain(typed)} is not a date: write one such as 2026-10-07.") from None
    if not 1990 <= day.year <= 2100:
        raise click.BadParameter(f"{day} is too far away: choose a day from 1990 to 2100.")
    return day


@contextmanager
def as_bad(option: str) -> Iterator[None]:
    """Report a `ValueError`, whose text is a sentence for the user, as a bad value of this option."""
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint=option) from None


def refuse_blank(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    """An empty name is mostly a variable that was never filled in: the sample must not be read in its place."""
    if typed is not None and not typed.strip().strip(_INVISIBLE):
        raise click.BadParameter(
            "it is empty: name an .xlsx file, the address of a sheet or a county, or leave it out altogether."
        )
    return typed


class OutputFile(click.Path):
    """A file to write, checked before anything is read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        typed = os.fsdecode(value)
        path = Path(typed)
        if typed == "-":
            return path
        if not typed.strip():
            raise click.BadParameter("it is empty: name a file to write.", ctx, param)
        if "\0" in typed:
            raise unwritable(typed, "it is no file name")
        # Path drops a slash at the end, and a file would be written where a folder was meant.
        if typed.endswith((os.sep, os.altsep or os.sep)) or path.is_dir() or path.name in ("", ".."):
            raise unwritable(typed, "it is a folder")
        if not path.parent.is_dir():
            raise unwritable(typed, "Not a directory" if path.parent.exists() else "No such file or directory")
        return path


def format_of(
    output_format: str | None, output: Path | None, formats: Sequence[str], default: str | None = None
) -> str:
    """The format that FILE's ending names, else that of the option, else the default.

    Raises a `UsageError` if that is none that is known, or the ending names another format than the option.
    """
    ending = output.suffix.lower().lstrip(".") if output else ""
    chosen, name = ending or output_format or default, plain(output.name) if output else "FILE"
    if chosen is None or chosen not in formats:
        endings = ", ".join(f".{form}" for form in formats[:-1])
        raise click.UsageError(f"{name} does not say what to write: end it in {endings} or .{formats[-1]}.")
    if output_format not in (None, chosen):
        raise click.UsageError(f"{name} ends in .{ending}, but --format says {output_format}: they must agree.")
    return chosen


def refuse_to_replace(file: Path, force: bool) -> None:
    """Refuse a name that does not end in .xlsx, and without `force` a file that has contents."""
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError(f"Name a file that ends in .xlsx, not {plain(file.name)}.")
    if not force and file.exists() and file.stat().st_size:
        # The name of the plan itself is the likeliest one to be typed here by mistake.
        raise Refusal(f"{plain(str(file))} is there already: choose another name, or --force to replace it.")


def complete_file(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type="file")]


source_argument = click.argument("source", required=False, callback=refuse_blank, shell_complete=complete_file)
on_option = click.option(
    "--on", metavar="DATE", callback=parse_day, help='The day to take for "today". Default: today, where the sheet is.'
)
text_or_json_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
xlsx_option = click.option(
    "-o", "--output", required=True, type=OutputFile(path_type=Path), metavar="FILE.xlsx", help="The workbook to write."
)
force_option = click.option("--force", is_flag=True, help="Replace FILE.xlsx where there is one already.")
