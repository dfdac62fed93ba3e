"""What this add-on offers the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.cli.report import ReportCommand
    from cwac.web.sections.reports import ReportPage


def _page() -> ReportPage:
    from cwac.funders import page
    from cwac.web.sections.reports import ReportPage

    return ReportPage(page.NAMES, page.choose_funding, page.show)


def _command() -> ReportCommand:
    from cwac.cli.report import ReportCommand
    from cwac.funders import command

    return ReportCommand(command.OPTIONS, command.HELP, command.asked)


ADDON = Addon(report_page=_page, report_command=_command)
