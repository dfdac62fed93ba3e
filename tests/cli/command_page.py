"""`python -m tests.cli.command_page` writes the help of each command into docs/cli.md, below its last marker."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cwac.cli import main
from tests.web.served import ROOT

PAGE = ROOT / "docs/cli.md"
MARKER = "<!-- written by python -m tests.cli.command_page -->\n"


def with_commands(text: str) -> str:
    """The page with the table of commands and the help of each."""
    main.all_commands()  # those of the add-ons too
    commands = list(_commands(main, "cwac"))
    rows = "".join(
        f"| [`{name}`](#{name.replace(' ', '-')}) | {command.get_short_help_str(200)} |\n" for name, command in commands
    )
    parts = [f"| Command | |\n|---|---|\n{rows}"]
    parts += [f"## {name}\n\n```\n{_help(command, name)}\n```\n" for name, command in commands]
    return text.partition(MARKER)[0] + MARKER + "\n" + "\n".join(parts)


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=100, help_option_names=["-h", "--help"])
    return command.get_help(context)


if __name__ == "__main__":
    PAGE.write_text(with_commands(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
