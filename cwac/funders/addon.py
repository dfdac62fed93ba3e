"""What the reports for funders offer the core, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module as module
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.cli.files import ReportCommand


def _report_commands() -> Iterable[ReportCommand]:
    from cwac.cli.files import ReportCommand
    from cwac.funders import command

    return (ReportCommand(command.OPTIONS, command.HELP, command.asked),)


ADDON = Addon(report_pages=lambda: (module("cwac.funders.panel").PAGE,), report_commands=_report_commands)
