"""Messages to look at in a browser: the digest and each warning of a county in a full week."""

from __future__ import annotations

import tempfile
from dataclasses import replace

from cwac.notify.recipients import Status
from cwac.storage.store import Store
from tests.notify.county import NOTIFY, Mailbox, Plan, at, sheet, turn

LEAVE = "https://coffee.example.gov/unsubscribe/TOKEN-digest"


def messages():
    """Name -> message: a digest, warnings of every topic, an officer's shifts, the state of the sheet, a late one."""
    plan = Plan()
    for number, (day, town, lead) in enumerate(
        [(1, "Weed", "WPD"), (3, "Yreka", "SCSO"), (4, "Weed", "WPD"), (8, "Yreka", "CHP"), (12, "Weed", "WPD")], 1
    ):
        others = {"WPD": "SCSO", "SCSO": "WPD; CHP", "CHP": "WPD"}[lead]
        cells = {"Town": town, "Venue": f"{town} Community Center", "Partner agencies": others, "Officers needed": 3}
        plan.event(f"EV-2026-{number:03}", day, lead, **cells)
    plan.event("EV-2026-000", -3, "WPD", Status="Completed").event("EV-2026-009", -9, "WPD", Status="Confirmed")
    for event, officer in (("001", "OF-1"), ("001", "OF-3"), ("003", "OF-1"), ("002", "OF-2"), ("002", "OF-4")):
        plan.staff(f"EV-2026-{event}", officer, Role="Host" if officer == "OF-1" else None)
    plan.staff("EV-2026-004", "1 from WPD").staff("EV-2026-005", "OF-1").staff("EV-2026-000", "OF-2")
    plan.staff("EV-2026-001", "Aldo Weedmann")
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    plan.follow_ups = [["F-1", "EV-2026-000", "Traffic", "words of a resident", "WPD", "Open"]]
    mailbox, messages = Mailbox(), {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.sqlite3")
        store.keep(plan.workbook(at(-1, 7)))
        turn(store, at(-1, 8), mailbox, NOTIFY)
        plan.unstaff("EV-2026-001", "OF-1").staff("EV-2026-002", "OF-1", **{"Report time": 8.5 / 24})
        plan.events["EV-2026-003"].update(Date=plan.events["EV-2026-002"]["Date"], Start=10 / 24, End=11.5 / 24)
        plan.events["EV-2026-004"].update(Status="Cancelled")
        store.keep(plan.workbook(at(0, 8)))
        trouble = Status(
            at(0, 7),
            "Google has not answered since 7:00 AM. Check the network.",
            {"damaged": "Half of the rows of Staffing are gone since 8:00 AM, so the sheet as it was before is shown."},
        )
        for moment in (at(0, 9), at(1, 7)):
            turn(store, moment, mailbox, NOTIFY, [sheet(status=trouble)])
        messages |= {f"{e.recipient.name.split('@')[0]}-{e.kind}": e.message for e in mailbox.taken}
        store.close()
    warning = messages["chief-warnings"]
    late = "This message is late: none could be delivered since Sat, Oct 3, 8:30 AM. What is past by now is left out."
    return messages | {"late": replace(warning, notes=(late, "2 events with open positions took place meanwhile."))}
