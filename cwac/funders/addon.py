"""What the reports for funders offer the core, each imported when it is asked for."""

from importlib import import_module as module

from cwac.addons import Addon

ADDON = Addon(
    report_pages=lambda: (module("cwac.funders.panel").PAGE,),
    report_commands=lambda: module("cwac.funders.command").commands(),
)
