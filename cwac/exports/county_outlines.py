"""The outlines of California's counties, and the county that towns lie in."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

Place = tuple[float, float]
"""Longitude and latitude."""


@cache
def outlines() -> Mapping[str, Mapping[str, Any]]:
    """County -> its outline as GeoJSON, from the US Census Bureau's public-domain boundaries."""
    text = resources.files("cwac.exports").joinpath("counties.geojson").read_text(encoding="utf-8")
    return {county["properties"]["name"]: county for county in json.loads(text)["features"]}


def county_of(places: Sequence[Place]) -> str | None:
    """The county that more than half of the places lie in; None where there is none."""
    counts = Counter(county for place in places if (county := _county_at(place)) is not None)
    county, count = next(iter(counts.most_common(1)), (None, 0))
    return county if count * 2 > len(places) else None


@cache
def _county_at(place: Place) -> str | None:
    return next((name for name, county in outlines().items() if _is_in(place, county["geometry"]["coordinates"])), None)


def _is_in(place: Place, polygons: Sequence[Sequence[Sequence[Sequence[float]]]]) -> bool:
    """Whether a line east from the place crosses the rings an odd number of times."""
    east, north = place
    crossed = 0
    for ring in itertools.chain.from_iterable(polygons):
        for (x, y), (next_x, next_y) in itertools.pairwise(ring):
            crossed += (y > north) != (next_y > north) and east < x + (north - y) * (next_x - x) / (next_y - y)
    return crossed % 2 == 1


def box_around(places: Sequence[Place]) -> tuple[float, float, float, float]:
    """West, south, east and north of a box with room around the places, in degrees."""
    room = 0.1
    longitudes, latitudes = [place[0] for place in places], [place[1] for place in places]
    return min(longitudes) - room, min(latitudes) - room, max(longitudes) + room, max(latitudes) + room
