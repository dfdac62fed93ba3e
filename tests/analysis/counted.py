"""Small plans with counted past events, for tests of forecasts."""

import math
import random

from cwac.model import Count, Headcount
from tests.analysis.plans import event, plan

VENUES = {"Hall": 2.0, "Library": 0.7, "Diner": 1.2}


def headcount(event_id, guests):
    return Headcount(event_id, 2, Count(str(guests), guests, guests, guests))


def past(n, seed=1, chance=0.2, first=-7):
    """`n` weekly events whose guests depend on the venue, and their headcounts."""
    draw = random.Random(seed)
    events, counts = [], []
    for number in range(n):
        venue = draw.choice(list(VENUES))
        completed = event(f"E{number}", first - 7 * (n - number), status="Completed", venue_text=venue)
        guests = round(15 * VENUES[venue] * math.exp(draw.gauss(0, chance)))
        events.append(completed)
        counts.append(headcount(completed.id, guests))
    return events, counts


def plan_of(events, counts, **fields):
    return plan(events, headcounts=tuple(counts), **fields)
