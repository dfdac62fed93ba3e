"""One officer's shifts: a signed-in officer's own, else chosen once; the address keeps the choice."""

from cwac.web import widgets
from cwac.web.sections import my_shifts, officers
from cwac.web.session import enter

session = enter("my_shifts")

names = session.ask(officers.names, officers.own_agencies(session.viewer, session.agency))
chosen = ""
if names:
    own = [label for label, person in names.items() if person == session.own_officer]
    options = dict.fromkeys([*(own or [my_shifts.NOBODY]), *names])
    with widgets.FilterRow() as row:
        chosen = row.select("Officer", [*options], my_shifts.OFFICER, width=320)
if chosen in names:
    my_shifts.show_shifts(session, names[chosen])
else:
    my_shifts.show_choice(session, names)
