"""Simulated quarters for the bench of ratios: the guests and officer-hours of each event, with the true ratio known.

Written before the method that is measured on them. The method was tuned on `DEVELOPMENT` alone; what is reported comes
from `REPORTED`, with other seeds and other parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Pairs = NDArray[np.float64]
"""A row for each event: guests, officer-hours."""


@dataclass(frozen=True, slots=True)
class Program:
    """How a program's events come about.

    `mean` guests come to an event of four officers, `lean` says how much more officers bring (guests grow with the
    officers to that power). `venues` differ by `venue_spread` (the standard deviation of the logarithm), events at one
    venue by a negative binomial with the shape `shape` (smaller is wilder). `crowd` is the chance of a day with four
    times the guests.
    """

    mean: float
    lean: float
    venues: int
    venue_spread: float
    shape: float
    crowd: float


DEVELOPMENT: Mapping[str, Program] = {
    "steady": Program(18, 0.5, 6, 0.2, 8, 0.0),
    "wild": Program(15, 0.0, 5, 0.6, 2, 0.05),
    "small": Program(4, 0.3, 8, 0.4, 3, 0.0),
}
DEVELOPMENT_SEED = 11
REPORTED: Mapping[str, Program] = {
    "even venues": Program(22, 0.4, 8, 0.15, 10, 0.0),
    "uneven venues": Program(16, 0.2, 10, 0.7, 5, 0.0),
    "crowded days": Program(14, 0.3, 7, 0.3, 4, 0.08),
    "few guests": Program(3, 0.5, 6, 0.3, 2.5, 0.0),
    "officers bring guests": Program(20, 1.0, 6, 0.3, 6, 0.0),
}
REPORTED_SEED = 2026


def venues(program: Program, draw: Generator) -> NDArray[np.float64]:
    """How each venue of the program differs from the usual one. They are the same in every quarter."""
    return draw.lognormal(0, program.venue_spread, program.venues)


def events(program: Program, at: NDArray[np.float64], n: int, draw: Generator, factor: float = 1.0) -> Pairs:
    """`n` events, each at one of the venues, with `factor` times the guests."""
    officers = draw.integers(2, 7, n)
    hours = officers * draw.choice([1.0, 1.5, 2.0], n)
    expected = factor * program.mean * (officers / 4) ** program.lean * at[draw.integers(0, len(at), n)]
    expected *= np.where(draw.random(n) < program.crowd, 4.0, 1.0)
    guests = draw.poisson(expected * draw.gamma(program.shape, 1 / program.shape, n))
    return np.column_stack([guests.astype(float), hours])


def true_ratio(program: Program, at: NDArray[np.float64], factor: float = 1.0) -> float:
    """Expected guests over expected officer-hours, exactly."""
    officers = np.arange(2, 7)
    by_officers = ((officers / 4) ** program.lean).mean()
    return float(factor * program.mean * by_officers * at.mean() * (1 + 3 * program.crowd) / (officers.mean() * 1.5))
