"""What the API offers the core, each imported when it is asked for."""

from importlib import import_module as module

from cwac.addons import Addon

ADDON = Addon(
    routes=lambda: module("cwac.api.routes").ROUTES,
    sections={"reports": lambda session: module("cwac.api.panel").show(session)},
    token_words=lambda text: module("cwac.api.routes").words_of(text),
)
