"""What a plan costs and how good it is, beside a greedy one: `python -m tests.bench.plan`."""

from __future__ import annotations

import datetime as dt
import random
import time
from dataclasses import replace

from cwac.analysis import scheduling as plans
from cwac.analysis.scheduling_solver import evaluate, greedy_plan
from cwac.analysis.scheduling_task import build_task
from cwac.model import Agency, Assignment, Event, Officer, Snapshot, TimeOff, Town
from cwac.settings import Rules

ON = dt.date(2026, 9, 1)
SHORTS = ("CHP-MS", "CHP-YR", "WPD", "SCSO", "MSPD", "YPD")


def snapshot(seed: int, events: int, officers: int, days: int, off: int) -> Snapshot:
    """A month to fill: posts open at every event, people with days off, duties already given and a load from before."""
    draw = random.Random(seed)
    towns = tuple(Town(f"Town {n}", latitude=41 + n / 12, longitude=-122 - n / 20) for n in range(9))
    people = tuple(
        Officer(
            f"OF-{n:02}",
            f"O. Sample {n}",
            SHORTS[n % len(SHORTS)],
            languages=("Spanish",) if n % 6 == 0 else (),
            can_host=n % 3 == 0,
        )
        for n in range(officers)
    )
    planned, rows = [], []
    for n in range(events):
        start = draw.choice((8, 9, 10, 14, 17))
        agencies = draw.sample(SHORTS, 3)
        planned.append(
            Event(
                f"EV-{n:03}",
                n + 2,
                ON + dt.timedelta(days=draw.randrange(days)),
                dt.time(start),
                dt.time(start + 1, 30),
                town=draw.choice(towns).name,
                lead_agency=agencies[0],
                partner_agencies=tuple(agencies[1:]),
                status="Confirmed",
                officers_needed=draw.choice((2, 3, 3, 4)),
                bilingual_needed=n % 4 == 0,
            )
        )
        rows.extend(
            Assignment(f"EV-{n:03}", len(rows) + 2, officer.id, officer.name, officer.agency)
            for officer in draw.sample(people, draw.choice((0, 0, 1)))
        )
    for n in range(officers):
        planned.append(Event(f"PAST-{n:03}", 500 + n, ON - dt.timedelta(days=1 + n % 80), status="Completed"))
        rows.extend(
            Assignment(f"PAST-{n:03}", 900 + n, officer.id, officer.name, officer.agency, status="Attended")
            for officer in draw.sample(people, 2)
        )
    away = tuple(
        TimeOff(draw.choice(people).id, first, first + dt.timedelta(days=draw.randrange(1, 6)))
        for first in (ON + dt.timedelta(days=draw.randrange(days)) for _ in range(off))
    )
    return Snapshot(
        "bench",
        dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        "America/Los_Angeles",
        ON,
        events=tuple(planned),
        assignments=tuple(rows),
        agencies=tuple(Agency(short, short, sworn=8 + 5 * n) for n, short in enumerate(SHORTS)),
        officers=people,
        time_off=away,
        towns=towns,
    )


def main() -> None:
    month = ON + dt.timedelta(days=30)
    for name, events, officers, days, off in (
        ("a month, 60 officers", 40, 60, 30, 20),
        ("everybody off half the time", 40, 60, 30, 200),
        ("all in four days", 40, 60, 4, 20),
        ("few officers", 40, 18, 30, 20),
        ("few officers, three days", 40, 36, 3, 20),
        ("twice as much", 80, 120, 30, 40),
    ):
        for seed in (1, 2):
            made = snapshot(seed, events, officers, days, off)
            before = time.perf_counter()
            proposal = plans.plan(made, ON, month, ON)
            seconds = time.perf_counter() - before
            task = build_task(made, ON, month, ON, Rules(), False)
            greedy = evaluate(task, greedy_plan(task))
            print(
                f"{name:28} {proposal.posts:>4} posts  {seconds:5.2f} s  filled {len(proposal.proposals)} "
                f"(greedy {greedy.filled}, at most {proposal.max_filled})  "
                f"needs {proposal.met} of {proposal.needs} (greedy {greedy.met})  uneven {proposal.unevenness:.1f} "
                f"(greedy {greedy.unevenness:.1f}, at least {proposal.min_unevenness:.1f})  "
                f"{'proven' if proposal.proven else 'time ran out'}"
            )
    one_day = replace(made, time_off=tuple(TimeOff(officer.id, ON, month) for officer in made.officers))
    print("nobody at all:", plans.plan(one_day, ON, month, ON).words)


if __name__ == "__main__":
    main()
