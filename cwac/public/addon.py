"""What the public site offers the core, each imported when it is asked for."""

from importlib import import_module as module

from cwac.addons import Addon

ADDON = Addon(
    commands=lambda: (module("cwac.public.command").command,),
    routes=lambda: module("cwac.public.routes").ROUTES,
    event_actions=lambda session, event: module("cwac.public.panel").show_qr_code(session, event),
    sections={"reports": lambda session: module("cwac.public.panel").put_it_on_your_site(session)},
    public_address=lambda *asked: module("cwac.public.address").public_address(*asked),
)
