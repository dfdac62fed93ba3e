"""What the alerts cost: a row at 100k events beside a row at 10k, and all of it beside a plain sort of the same rows.

`python -m tests.bench.alerts [EVENTS …]`. Five staffing rows an event: a plan kept well over many years, where few
things are amiss; one filled at random, with four alerts an event; and one of random rows all in one year.
"""

from __future__ import annotations

import datetime as dt
import gc
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from cwac.analysis.alerts import alerts
from cwac.model import Agency, Assignment, Event, Officer, Snapshot, TimeOff, Town, Venue

ON = dt.date(2026, 1, 1)
SHORTS = ("CHP-MS", "CHP-YR", "WPD", "SCSO", "MSPD", "YPD", "EPD")
ROLES = ("Host", "Greeter", "Floor", "Bilingual", "Supervisor", None)


def snapshot(events: int, days: int, officers: int, kept: bool = False) -> Snapshot:
    """A plan of that many events over so many days, five staffing rows each. The same every time.

    Where it is kept, a host comes first, and people come from the agencies on the event.
    """
    draw = random.Random(events * 31 + days)
    towns = tuple(Town(f"Town {n}", latitude=41 + n / 20, longitude=-122 - n / 30) for n in range(30))
    venues = tuple(
        Venue(f"Venue {n}", towns[n % 30].name, latitude=41 + n % 30 / 20, longitude=-122 - n / 400) for n in range(90)
    )
    people = tuple(
        Officer(
            f"OF-{n:04}",
            f"O. Sample {n}",
            SHORTS[n % len(SHORTS)],
            languages=("Spanish",) if n % 5 == 0 else (),
            can_host=n % 2 == 0,
            supervisor=n % 6 == 0,
        )
        for n in range(officers)
    )
    planned, rows = [], []
    for n in range(events):
        venue = venues[draw.randrange(90)]
        start = dt.time(draw.randrange(7, 19), draw.choice((0, 15, 30)))
        agencies = draw.sample(SHORTS, 3)
        planned.append(
            Event(
                f"EV-{n:06}",
                n + 2,
                ON + dt.timedelta(days=draw.randrange(days)),
                start,
                dt.time(start.hour + 1, start.minute) if n % 9 else None,
                town=venue.town,
                venue=venue,
                lead_agency=agencies[0],
                partner_agencies=tuple(agencies[1:]),
                status="Tentative" if n % 4 == 0 else "Cancelled" if n % 17 == 0 else "Confirmed",
                officers_needed=draw.randrange(3, 5 if kept else 7),
                bilingual_needed=n % 7 == 0,
            )
        )
        for m in range(5):
            drawn = draw.randrange(officers)
            if kept:
                drawn = min(drawn // 7 * 7 + SHORTS.index(agencies[m % 3]), officers - 1)
            officer = people[drawn]
            rows.append(
                Assignment(
                    f"EV-{n:06}",
                    5 * n + m + 2,
                    officer.id,
                    officer.name,
                    officer.agency,
                    role="Host" if kept and m == 1 else ROLES[draw.randrange(len(ROLES))],
                    report_time=dt.time(start.hour - 1, 30) if m == 0 else None,
                    status="Declined" if (n + m) % 23 == 0 else "Confirmed" if m % 2 else "Assigned",
                )
            )
    off = tuple(
        TimeOff(o.id, ON + dt.timedelta(days=7 * n % days), ON + dt.timedelta(days=7 * n % days + 5))
        for n, o in enumerate(people[::3])
    )
    return Snapshot(
        "bench",
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "America/Los_Angeles",
        ON,
        events=tuple(planned),
        assignments=tuple(rows),
        agencies=tuple(Agency(short, short) for short in SHORTS),
        officers=people,
        time_off=off,
        venues=venues,
        towns=towns,
    )


def best(measured: Callable[[], object], times: int = 3) -> float:
    """The least of some runs, in seconds of this process's CPU."""
    taken = []
    for _ in range(times):
        gc.collect()
        before = time.process_time()
        measured()
        taken.append(time.process_time() - before)
    return min(taken)


def plain_sort(rows: Snapshot) -> object:
    dates = {event.id: event.date for event in rows.events}
    return sorted(rows.assignments, key=lambda row: (row.officer, dates[row.event_id], row.row))


def main(sizes: list[int]) -> None:
    for name, days_of, officers_of in (
        ("kept", lambda n: max(365, n // 30), lambda n: max(60, n // 10)),
        ("random", lambda n: max(365, n // 30), lambda n: max(60, n // 10)),
        ("packed", lambda _: 365, lambda _: 400),
    ):
        per_row: list[float] = []
        for size in sizes:
            made = snapshot(size, days_of(size), officers_of(size), kept=name == "kept")
            number = len(alerts(replace(made), ON))
            # The index by event is kept with a snapshot; here each run pays for it again.
            seconds = best(lambda made=made: alerts(replace(made), ON))  # a new one, of which nothing is known yet
            per_row.append(seconds / (6 * size))
            sorting = best(lambda made=made: plain_sort(made))
            print(
                f"{name}: {size:>7} events {5 * size} assignments {seconds:6.2f} s {per_row[-1] * 1e6:5.2f} µs a row "
                f"{number:>7} alerts {seconds / sorting:6.1f} × a plain sort"
            )
        for size, smaller, cost, before in zip(sizes[1:], sizes, per_row[1:], per_row, strict=False):
            print(f"{name}: a row at {size} events costs {cost / before:.2f} × a row at {smaller}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000])
