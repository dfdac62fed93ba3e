"""Click groups and commands whose every failure is one sentence on standard error and exit status 2."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import click

from cwac import addons, logs
from cwac.cli.called import NAME, as_called, called
from cwac.cli.output import EXIT_UNUSABLE, Refusal, discard_buffer, plain, print_bytes, print_message
from cwac.model import SourceUnavailable
from cwac.settings import SettingsError


class Command(click.Command):
    def get_help(self, ctx: click.Context) -> str:
        return as_called(super().get_help(ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Make `--help` report a closed or full standard output as every command does."""

        def show(ctx: click.Context, _: click.Parameter, requested: bool) -> None:
            if requested and not ctx.resilient_parsing:
                print_bytes(f"{ctx.get_help()}\n".encode())
                ctx.exit()

        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = show
        return option


class Commands(Command, click.Group):
    """`CWAC_DEBUG=1` shows the traceback of an unexpected error instead of the sentence."""

    command_class = Command
    group_class = type

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Leave out the examples of commands of add-ons that are not installed."""
        lines = (self.epilog or "").splitlines(keepends=True)
        example = re.compile(r"  cwac ([a-z]+) ")
        known = [line for line in lines if not (named := example.match(line)) or named[1] in self.commands]
        self.epilog = "".join(known)
        super().format_epilog(ctx, formatter)

    def all_commands(self) -> Mapping[str, click.Command]:
        """The commands with those of the add-ons, whose modules import this package."""
        for command in (command for addon in addons.installed() for command in addon.commands()):
            self.add_command(command)
        return self.commands

    def main(self, *args: Any, **kwargs: Any) -> Any:
        logs.quiet_libraries()
        self.all_commands()
        variable = f"_{NAME.upper()}_COMPLETE"  # the shell's completion knows the program by its name alone
        kwargs = {"prog_name": NAME if variable in os.environ else called(), "complete_var": variable} | kwargs
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # from what click prints by itself, such as the version or a usage error
            discard_buffer(sys.stdout)
            discard_buffer(sys.stderr)
            print_message(f"Error: Standard output cannot be written to ({error.strerror}).")
            sys.exit(EXIT_UNUSABLE)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SourceUnavailable, SettingsError) as error:
            raise Refusal(plain(str(error))) from error
        except (click.UsageError, click.exceptions.Exit, click.Abort):
            raise
        except click.ClickException as error:
            raise Refusal(error.format_message()) from error
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            if os.environ.get("CWAC_DEBUG"):
                raise
            cause = plain(f"{type(error).__name__}: {error}"[:200])
            raise Refusal(
                f"Something went wrong inside cwac, and nothing was written ({cause}). "
                "Please report it, with what CWAC_DEBUG=1 prints when the command is run again."
            ) from error
