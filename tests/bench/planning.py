"""How many positions of hard months the planner fills, beside what is possible: `python -m tests.bench.planning`."""

import datetime as dt
import random
import time
from collections import Counter
from dataclasses import replace

from cwac.analysis.scheduling import Task, build_task, evaluate, plan, search
from cwac.model import Agency, Assignment, Event, Officer, Snapshot, TimeOff, Town
from cwac.settings import Rules

ON = dt.date(2026, 9, 1)
KINDS = (
    ("ordinary", 1.0, 30, 0.3, Rules()),
    ("few officers", 0.45, 30, 0.5, Rules()),
    ("off half the time", 0.8, 30, 4, Rules()),
    ("all in four days", 0.9, 4, 0.3, Rules()),
    ("3 hours a week", 0.5, 14, 0.3, Rules(weekly_hours=3.0)),
    ("30 hours of rest", 0.6, 10, 0.3, Rules(rest_hours=30.0)),
)
"""Name; officers for each event, of 1.3; days of the month with events; days off for each officer; limits."""
PROVEN = (
    (5, 7), (3, 3), (3, 5), (6, 6), (6, 10), (5, 9), (10, 13), (7, 13), (8, 10), (9, 12),
    (16, 21), (7, 8), (16, 20), (15, 18), (18, 15), (22, 26), (19, 22), (14, 18), (24, 31), (27, 36),
    (16, 21), (24, 32), (28, 34), (21, 27), (30, 34), (28, 40), (29, 40), (31, 39), (39, 47), (33, 39),
    (36, 50), (36, 47), (46, 49), (44, 45), (44, 54), (41, 42), (43, 55), (45, 55), (52, 59), (48, 52),
    (38, 54), (54, 60), (52, 61), (45, 57), (63, 70), (55, 71), (52, 66), (48, 62), (57, 73), (56, 69),
    (67, 79), (65, 81), (72, 84), (61, 76), (69, 87), (65, 83), (69, 84), (72, 85), (73, 83), (73, 83),
)  # fmt: skip
"""Positions and needs of each month's best plan, as the solver HiGHS 1.16 proved in 2026.

Without changes a plan was short in 18 of these months, by 36 positions; with 300 months in 106, by 215. With changes it
was short in none, and in one of 300, by one position.
"""
SHORTS = ("CHP-MS", "CHP-YR", "WPD", "SCSO", "MSPD", "YPD")


def snapshot(seed: int, events: int, officers: int, days: int, off: int) -> Snapshot:
    """A month to fill: posts open at every event, people with days off, duties already given and a load from before."""
    draw = random.Random(seed)
    spoken = (("Spanish",), *[()] * 5)
    towns = tuple(Town(f"Town {n}", latitude=41 + n / 12, longitude=-122 - n / 20) for n in range(9))
    people = tuple(
        Officer(f"OF-{n:02}", f"O. Sample {n}", SHORTS[n % 6], languages=spoken[n % 6], can_host=n % 3 == 0)
        for n in range(officers)
    )
    planned, rows = [], []
    for n in range(events):
        start = draw.choice((8, 9, 10, 14, 17))
        lead, *partners = draw.sample(SHORTS, 3)
        day = ON + dt.timedelta(days=draw.randrange(days))
        town, needed = draw.choice(towns).name, draw.choice((2, 3, 3, 4))
        who = {"lead_agency": lead, "partner_agencies": tuple(partners), "officers_needed": needed}
        event = Event(f"EV-{n:03}", n + 2, day, dt.time(start), dt.time(start + 1, 30), town=town, status="Confirmed")
        planned.append(replace(event, bilingual_needed=n % 4 == 0, **who))
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


def hard_month(seed: int) -> Task:
    """A month that is hard in one of six ways, larger with the seed up to 59: 5 to 80 positions."""
    _, people, days, off, rules = KINDS[seed % len(KINDS)]
    events = 2 + seed % 60 * 26 // 59
    officers = max(4, round(events * 1.3 * people) + 2)
    made = snapshot(seed, events, officers, days, round(officers * off))
    return build_task(made, ON, ON + dt.timedelta(days=30), ON, rules, any_agency=False)


def main() -> None:
    short: Counter[str] = Counter()
    for seed, proven in enumerate(PROVEN):
        task = hard_month(seed)
        started = time.process_time()
        first = evaluate(task, search(task, 0))
        value = evaluate(task, search(task, 600))
        print(f"{KINDS[seed % len(KINDS)][0]:20} {sum(post.openings for post in task.posts):>3} positions", end="  ")
        for name, of, possible in (("without changes", first, ""), ("found", value, f" (possible: {proven})")):
            print(f"{name}: filled {of.filled}, needs {of.met}, uneven {-of.evenness:.1f}{possible}", end="  ")
        print(f"{time.process_time() - started:.2f} s")
        short["positions"] += proven[0] - value.filled
        short["needs"] += max(0, proven[1] - value.met)
    print(f"short of what is possible in {len(PROVEN)} months: {dict(short)}")
    for events, officers in ((40, 60), (80, 120)):
        made = snapshot(1, events, officers, 30, officers // 3)
        started = time.perf_counter()
        print(f"{events} events, {officers} officers:", plan(made, ON, ON + dt.timedelta(days=30), ON).words, end=" ")
        print(f"{time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
