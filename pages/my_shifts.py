"""One officer's shifts: choose once, and the address keeps the choice."""

from cwac.web import widgets
from cwac.web.sections import my_shifts, officers
from cwac.web.session import enter

session = enter("my_shifts")
widgets.headline("My shifts")

names = session.ask(officers.names, officers.own_agencies(session.viewer, session.agency))
chosen = ""
if names:
    with widgets.FilterRow() as row:
        chosen = row.select("Officer", [my_shifts.NOBODY, *names], my_shifts.OFFICER, width=320)
if chosen in names:
    name = session.ask(my_shifts.name_of, names[chosen])
    widgets.name_tab(name)
    my_shifts.show_shifts(session, names[chosen], name)
else:
    my_shifts.show_choice(session, names)
