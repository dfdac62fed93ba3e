"""How `cwac/exports/counties.geojson` was made: `python -m tests.exports.outline counties-10m.json > counties.geojson`.

`counties-10m.json` comes with the npm package us-atlas 3.0.1 (`npm pack us-atlas@3.0.1`).
"""

import json
import sys
from itertools import accumulate

STATE = "06"  # California
SOURCE = (
    "US Census Bureau, cartographic boundary files, 2017 edition (in the public domain), counties of state 06; "
    "simplified to 1:10,000,000 by us-atlas 3.0.1"
)


def outlines(topology: dict) -> dict:
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]

    def points(number: int) -> list[list[float]]:
        steps = topology["arcs"][number if number >= 0 else ~number]
        places = accumulate(steps, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        line = [[round(place[axis] * scale[axis] + shift[axis], 4) for axis in (0, 1)] for place in places]
        return line if number >= 0 else line[::-1]

    def ring(arcs: list[int]) -> list[list[float]]:
        joined = [point for number in arcs for point in points(number)[1:]]
        return [joined[-1], *joined]

    def feature(county: dict) -> dict:
        polygons = county["arcs"] if county["type"] == "MultiPolygon" else [county["arcs"]]
        return {
            "type": "Feature",
            "properties": {"name": f"{county['properties']['name']} County"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring(arcs) for arcs in rings] for rings in polygons]},
        }

    counties = [shape for shape in topology["objects"]["counties"]["geometries"] if shape["id"].startswith(STATE)]
    features = [feature(county) for county in sorted(counties, key=lambda county: county["id"])]
    return {"type": "FeatureCollection", "source": SOURCE, "features": features}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(json.dumps(outlines(json.load(file)), separators=(",", ":")))
