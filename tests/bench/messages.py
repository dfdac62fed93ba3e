"""What a county would be sent in a quarter, per person: `python -m tests.bench.messages`.

Seven agencies, 40 events, and edits as coordinators make them: events are planned weeks ahead, staffed bit by bit, some
officers drop out in the last week, some events move or are canceled, counts are typed in a day to a week later. The
county is invented; the share of each kind of edit is a guess, printed with the result.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import replace

from cwac.notify.recipients import NotifiedSheet
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import Turn, VersionReader
from cwac.storage.store import Store
from tests.notify.county import DAY, HOUR, MINUTE, NOTIFY, SETTINGS, URL, Mailbox, Plan, at

AGENCIES = ("WPD", "SCSO", "CHP", "YPD", "MSPD", "EPD", "CDFW")
EVENTS, WEEKS, OFFICERS = 40, 13, 8
DROPS_OUT, MOVES, CANCELED, COUNT_LATE, LEFT_SHORT = 0.12, 0.08, 0.05, 0.3, 0.25
"""Shares: of shifts given up in the last week, of events moved and canceled in it, of counts typed in later than three
days after, of events for which the last officer is found only in the last ten days."""


class County(Plan):
    """A plan with seven agencies of eight officers."""

    def __init__(self) -> None:
        super().__init__()
        self.officers = {
            f"{agency}-{number}": [f"{agency}-{number}", f"O{number} {agency.title()}son", agency, None, None]
            for agency in AGENCIES
            for number in range(OFFICERS)
        }

    def workbook(self, as_of, source="plan", url=URL):
        book = super().workbook(as_of, source, url)
        agencies = [
            ["Agency", "Name", "Email"],
            *([short, short, f"{short.lower()}.example.gov"] for short in AGENCIES),
        ]
        tabs = tuple(replace(tab, rows=agencies) if tab.title == "Agencies" else tab for tab in book.tabs)
        return replace(book, tabs=tabs)


def history(chance: random.Random):
    """Edits by time: `(moment, function of the plan)`."""
    edits = []

    def edit(day, act):
        # In two sittings a day, where several cells are typed within minutes.
        moment = at(0) + int(day) * DAY + (chance.choice([0, 5]) * HOUR) + chance.randrange(20) * MINUTE
        edits.append((moment, act))

    for number in range(EVENTS):
        day, name = 8 + chance.randrange(WEEKS * 7 - 10), f"EV-{number:02}"
        lead, *partners = chance.sample(AGENCIES, chance.choice([1, 2, 2, 3]))
        cells = {"Partner agencies": "; ".join(partners), "Officers needed": 3, "Town": "Weed", "Status": "Tentative"}
        edit(max(0, day - 42), lambda plan, a=(name, day, lead), c=cells: plan.event(*a, **c))
        pool = [f"{agency}-{n}" for agency in (lead, *partners) for n in range(OFFICERS)]
        crew = chance.sample(pool, 3)
        for place, officer in enumerate(crew):
            ahead = chance.randrange(10, 30)
            if place == 2 and chance.random() < LEFT_SHORT:
                ahead = chance.randrange(1, 10)
            edit(max(1, day - ahead), lambda plan, n=name, o=officer: plan.staff(n, o))
        edit(max(2, day - 12), lambda plan, n=name: plan.events[n].update(Status="Confirmed"))
        for officer in crew:
            if chance.random() < DROPS_OUT:
                other = chance.choice(pool)
                edit(day - chance.randrange(1, 7), lambda plan, n=name, o=officer: plan.unstaff(n, o))
                edit(day - 1, lambda plan, n=name, o=other: plan.unstaff(n, o).staff(n, o))
        luck = chance.random()
        if luck < CANCELED:
            edit(day - chance.randrange(0, 7), lambda plan, n=name: plan.events[n].update(Status="Cancelled"))
            continue
        if luck < CANCELED + MOVES:
            later = {"Start": 10 / 24, "End": 11.5 / 24}
            edit(day - chance.randrange(1, 7), lambda plan, n=name, c=later: plan.events[n].update(c))
        after = chance.randrange(4, 9) if chance.random() < COUNT_LATE else chance.randrange(1, 3)
        edit(day + after, lambda plan, n=name: _close(plan, n))
    return sorted(edits, key=lambda pair: pair[0])


def _close(plan: Plan, name: str) -> None:
    plan.events[name]["Status"] = "Completed"
    plan.attendance.append([name, 24])
    for row in plan.staffing:
        if row["Event ID"] == name:
            row["Hours"] = 2


def main(seed: int = 1) -> None:
    agencies = tuple(AgencyNotices(short, (f"liaison@{short.lower()}.example.gov",)) for short in AGENCIES)
    settings = replace(SETTINGS, viewers=tuple(f"@{short.lower()}.example.gov" for short in AGENCIES))
    notify = replace(NOTIFY, agencies=agencies, officer_domains=("wpd.example.gov",), coordinators=())
    sheets = [NotifiedSheet("", URL, settings)]
    plan, mailbox = County(), Mailbox()
    plan.officers["WPD-1"][3:] = ["officer@wpd.example.gov", "yes"]
    edits = history(random.Random(seed))
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.sqlite3")
        store.keep(plan.workbook(at(-1)))
        reader = VersionReader(store)
        now, kept = at(0, 6), 0
        while now < at(WEEKS * 7 + 7, 21):
            for moment, act in [pair for pair in edits if now - HOUR < pair[0] <= now]:
                act(plan)
                store.keep(plan.workbook(moment))
                kept += 1
            Turn(store, notify, sheets, now, mailbox, reader).run()
            now += HOUR
        store.close()
    print(f"{EVENTS} events, {len(AGENCIES)} agencies, {WEEKS} weeks, {kept} edits, seed {seed}")
    people = sorted({envelope.recipient.name for envelope in mailbox.taken})
    weeks = WEEKS + 1
    for name in people:
        own = [envelope for envelope in mailbox.taken if envelope.recipient.name == name]
        kinds = Counter(envelope.kind for envelope in own)
        days = Counter(envelope.sent_at.date() for envelope in own)
        print(
            f"{name:32} {len(own):3} messages, {len(own) / weeks:.1f} a week, at most {max(days.values())} a day; "
            f"{', '.join(f'{number} {kind}' for kind, number in sorted(kinds.items()))}"
        )
    topics: Counter[str] = Counter()
    for envelope in mailbox.taken:
        if envelope.kind == "warnings":
            topics.update(s.heading for part in envelope.message.parts for s in part.sections)
    print("warnings by what they tell:", dict(topics))


if __name__ == "__main__":
    main()
