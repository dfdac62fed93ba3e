"""What the messages offer the core, each imported when it is asked for."""

from importlib import import_module as module

from cwac.addons import Addon

ADDON = Addon(
    settings=lambda: (module("cwac.notify.settings").SECTION,),
    commands=lambda: (module("cwac.notify.command").command,),
    routes=lambda: module("cwac.notify.routes").ROUTES,
    running=lambda: module("cwac.notify.serving").running(),
    checks=lambda settings: module("cwac.notify.command").findings(settings),
    metrics=lambda store: module("cwac.notify.serving").metrics(store),
    messages_sent=lambda *asked: module("cwac.notify.deliveries").messages_sent(*asked),
    sections={"sheet health": lambda session: module("cwac.notify.panel").show(session)},
)
