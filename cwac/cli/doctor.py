"""`cwac doctor`: what is configured, what is wrong, and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.called import as_called
from cwac.cli.group import Command
from cwac.cli.options import PORT, text_or_json_option
from cwac.cli.output import plain, print_either, progress
from cwac.clock import read_clock
from cwac.settings import SettingsError
from cwac.settings.addresses import parse_address

if TYPE_CHECKING:
    from cwac.checks.finding import Finding


def _address(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    if typed is None:
        return None
    try:
        return parse_address(typed.strip(), "it")
    except SettingsError as error:
        raise click.BadParameter(str(error)) from None


@click.command("doctor", cls=Command, short_help="Say what is wrong with the settings, and the next step.")
@click.option("--url", metavar="URL", callback=_address, help="Also ask the dashboard there, as a visitor would.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="The port to start it on."
)
@text_or_json_option
def command(url: str | None, port: int, output_format: str) -> None:
    """Check the settings, the sheet, the store, sign-in and this machine; say who must do what next.

    Exits with 0 where all passes, 1 with warnings only, 2 with a failure. Nothing is changed, and no key is shown.
    """
    from cwac.checks import configured, doctor
    from cwac.checks.finding import exit_status

    now = read_clock()
    with progress("Checking"):
        findings = [
            replace(finding, next=as_called(finding.next))
            for finding in doctor.every(configured.load(), now, url=url, port=port)
        ]
    document = {"as_of": now.isoformat(timespec="seconds"), "checks": list(map(asdict, findings))}
    print_either(output_format, document, _lines(findings))
    raise click.exceptions.Exit(exit_status(findings))


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    from cwac.checks.finding import OPERATOR

    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        yield f"{finding.result}  {finding.check:<{width}}  {finding.found}"
        if finding.next:
            whose = "You" if finding.whose == OPERATOR else f"{finding.whose[:1].upper()}{finding.whose[1:]}"
            yield f"{'':<{width + 8}}-> {plain(f'{whose}: {finding.next}')}"
    results = [finding.result for finding in findings]
    failures, warnings = results.count("FAIL"), results.count("WARN")
    yield ""
    yield f"{counted(failures, 'failure')}, {counted(warnings, 'warning')}, {results.count('PASS')} passed."
