"""What the reports for funders offer the core."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.cli.report import ReportCommand
    from cwac.web.sections.reports import ReportPage


def _report_pages() -> Iterable[ReportPage]:
    from cwac.funders import panel
    from cwac.web.sections.reports import ReportPage

    return (ReportPage(panel.NAMES, panel.choose_funding, panel.show),)


def _report_commands() -> Iterable[ReportCommand]:
    from cwac.cli.report import ReportCommand
    from cwac.funders import command

    return (ReportCommand(command.OPTIONS, command.HELP, command.asked),)


ADDON = Addon(report_pages=_report_pages, report_commands=_report_commands)
