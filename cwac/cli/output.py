"""What a command prints and where it goes, hints as they must be typed, and how a command fails."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

import click

from cwac import addons, logs
from cwac.date_words import day_words, zoned_moment
from cwac.file_owners import foreign_link
from cwac.model import Snapshot, SourceUnavailable
from cwac.settings import SettingsError

PROGRESS_INTERVAL = 1.0
"""Seconds between progress messages, and before the first of them."""

EXIT_UNUSABLE = 2
"""The sheet, a setting or the command line cannot be used; nothing was printed to standard output."""


class Refusal(click.ClickException):
    exit_code = EXIT_UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(as_called(f"Error: {self.format_message()}"), file=file, err=True)


def plain(text: str) -> str:
    """One line of visible characters: a cell's text must not move the cursor, recolor or rewrite a terminal."""
    return "".join(ch if ch.isprintable() else " " if ch.isspace() else ascii(ch)[1:-1] for ch in text)


def local_time(moment: dt.datetime, timezone: str) -> str:
    """`Thu, Oct 1, 2026, 10:42 AM Pacific Time`."""
    return zoned_moment(moment.astimezone(ZoneInfo(timezone)))


def print_bytes(written: bytes) -> None:
    """Write to standard output; a reader that has closed the pipe (`| head`) is not an error."""
    if sys.stdout is None:
        raise Refusal("Standard output is closed: nothing could be printed.")
    out = sys.stdout.buffer
    try:
        out.write(written)
        out.flush()
    except OSError as error:
        discard_buffer(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise Refusal(f"Standard output cannot be written to ({error.strerror}).") from error


def print_text(lines: Iterable[str]) -> None:
    print_bytes("".join(f"{plain(line)}\n" for line in lines).encode())


def print_either(output_format: str, document: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the document if the format is `json`, else the lines."""
    if output_format != "json":
        print_text(lines)
        return
    from cwac.exports.tables import to_json

    print_bytes(to_json(document))


def print_answer(snapshot: Snapshot, output_format: str, document: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the document as JSON or the lines as text, below the source of the snapshot, its age and day."""
    as_of = local_time(snapshot.as_of, snapshot.timezone)
    heading = [f"{snapshot.source}, as of {as_of}; today is {day_words(snapshot.today)}.", ""]
    print_either(output_format, json_heading(snapshot) | document, chain(heading, lines))


def json_heading(snapshot: Snapshot) -> dict[str, str]:
    """The keys with which every JSON document about a snapshot begins."""
    return {"source": snapshot.source, "as_of": snapshot.as_of.isoformat(), "on": snapshot.today.isoformat()}


def is_terminal(stream: Any) -> bool:
    return stream is not None and bool(stream.isatty())  # None: closed by the calling process


def discard_buffer(stream: Any) -> None:
    """Drop what is buffered for an output that cannot be written, so that Python does not retry and warn at exit."""
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        with suppress(AttributeError, OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_message(message: str, *, end: str = "\n") -> None:
    """Write to standard error, with hints as this person types them. A closed one does not stop the command."""
    with suppress(OSError):
        click.echo(as_called(f"{message}{end}"), nl=False, err=True)


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """If standard error is a terminal, show what is being done and the seconds so far, from the first second on."""
    if not is_terminal(sys.stderr):
        yield
        return
    done = threading.Event()

    def show() -> None:
        seconds = 0
        while not done.wait(PROGRESS_INTERVAL):
            seconds += 1
            print_message(f"\r{doing} … {seconds} s", end="")
        if seconds:
            print_message("\r\x1b[K", end="")

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


_OF_THE_DISK = {
    errno.ENOSPC: "make room on its disk, or use another one.",
    errno.EDQUOT: "make room on its disk, or use another one.",
    errno.EROFS: "its disk can only be read, so use another one.",
}


def unwritable(path: Path | str, reason: OSError | str) -> Refusal:
    remedy, words = "check the folder, and who may write there.", reason
    if isinstance(reason, OSError):
        remedy, words = _OF_THE_DISK.get(reason.errno or 0, remedy), str(reason.strerror)
    return Refusal(f"{plain(str(path))} cannot be written ({words}): {remedy}")


def write_or_print(written: bytes, output: Path | None, message: str) -> None:
    """Write to the file and say so; print where there is none, or it is `-`."""
    if output is None or str(output) == "-":
        print_bytes(written)
        return
    with replaced_file(output) as file:
        file.write(written)
    print_message(f"{message} written to {plain(str(output))}.")


@contextmanager
def replaced_file(path: Path) -> Iterator[IO[bytes]]:
    """An open temporary file that replaces `path` once the block has ended; on failure `path` stays as it was.

    Callers write through the handle, as in a folder of others the name may lead elsewhere by then. A link that another
    user made is not followed.
    """
    real = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        if (link := foreign_link(path)) is not None:
            raise PermissionError(errno.EPERM, f"{plain(str(link))} is a link that another user made")
        if real.exists() and not real.is_file():
            if real.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            with real.open("wb") as device:  # a device or pipe cannot be replaced
                yield device
            return
        # Readable by its owner alone (0600): most of what is written names people.
        with tempfile.NamedTemporaryFile(
            prefix=f".{real.stem}-", suffix=real.suffix, dir=real.parent, delete=False
        ) as file:
            temporary = Path(file.name)
            yield cast(IO[bytes], file)
        temporary.replace(real)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


NAME = "cwac"


def called() -> str:
    """The words that start this program, as they were typed."""
    from cwac.checks import configured

    script, words = Path(sys.argv[0]), sys.orig_argv
    if (command := configured.command()) != NAME:
        return command
    if script.name == "__main__.py" and script.parent.name == NAME and "-m" in words:
        return shlex.join(words[: words.index("-m") + 2])
    if script.stem != NAME:
        return NAME
    if _by_uv():
        return f"uv run {NAME}" if "UV_RUN_RECURSION_DEPTH" in os.environ else f"uvx --from {_installed_from()} {NAME}"
    on_path = shutil.which(NAME)
    is_on_path = on_path is not None and script.is_absolute() and Path(on_path) == script
    return NAME if is_on_path else _quoted(sys.argv[0])


def as_called(text: str) -> str:
    """The text with its hints as this person must type them: `cwac …` and `pip install …`."""
    program = called()
    typed = program.removesuffix(NAME) if program.endswith(f" {NAME}") else "/"  # so nothing is changed twice
    text = re.sub(rf"(?<![\w/.-])(?<!{re.escape(typed)}){NAME} (?=[a-z])", lambda _: f"{program} ", text)
    return re.sub(r'(?<![\w/.-])(?<!-m |uv )pip install ("[^"]*"|\S+)', lambda found: _install(found[1]), text)


def _install(libraries: str) -> str:
    """The command that adds libraries to the Python that runs this program."""
    from cwac.checks import configured

    own, script = configured.ours(), Path(sys.argv[0])
    if own is not None:
        return f"sudo {own.programs}/pip install {libraries}"
    if _by_uv():
        if "UV_RUN_RECURSION_DEPTH" in os.environ:
            return f"uv pip install {libraries}"
        return f"uvx --with {libraries} --from {_installed_from()} {NAME}"
    if script.stem == NAME and script.with_name("pip").exists() and called() != NAME:
        return f"{_quoted(str(script.with_name('pip')))} install {libraries}"
    return f"{_quoted(sys.executable)} -m pip install {libraries}"


def _quoted(path: str) -> str:
    """The path as a shell takes it; backslashes of Windows stay."""
    if os.name == "posix":
        return shlex.quote(path)
    return f'"{path}"' if " " in path else path


def _by_uv() -> bool:
    return "UV" in os.environ and ("UV_RUN_RECURSION_DEPTH" in os.environ or "archive-v0" in Path(sys.prefix).parts)


def _installed_from() -> str:
    """What `uvx --from` was given: a folder, a wheel or a repository."""
    try:
        origin = json.loads(metadata.distribution(NAME).read_text("direct_url.json") or "{}")
        address = str(origin["url"])
    except (metadata.PackageNotFoundError, ValueError, KeyError):
        return NAME
    if address.startswith("file:"):
        return _quoted(url2pathname(urlsplit(address).path))
    return f"git+{address}" if "vcs_info" in origin else address


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
