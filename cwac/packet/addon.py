"""What the packet offers the core, each imported when it is asked for."""

from importlib import import_module as module

from cwac.addons import Addon

ADDON = Addon(
    settings=lambda: (module("cwac.packet.settings").SECTION,),
    commands=lambda: (module("cwac.packet.command").command,),
    settings_checks=lambda settings: module("cwac.packet.documents").folders(settings),
    event_actions=lambda session, event: module("cwac.packet.panel").downloads(session, event),
    event_lines=lambda session, event: module("cwac.packet.panel").lines(session, event),
)
