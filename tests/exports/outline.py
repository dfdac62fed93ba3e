"""How `cwac/exports/county.geojson` was made: `python -m tests.exports.outline counties-10m.json > county.geojson`.

`counties-10m.json` comes with the npm package us-atlas 3.0.1.
"""

import json
import sys
from itertools import accumulate

COUNTY = "06093"  # Siskiyou, California
SOURCE = (
    "US Census Bureau, cartographic boundary files, 2017 edition (in the public domain), county 06093; simplified to "
    "1:10,000,000 by us-atlas 3.0.1"
)


def outline(topology: dict) -> dict:
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]

    def points(number: int) -> list[list[float]]:
        steps = topology["arcs"][number if number >= 0 else ~number]
        places = accumulate(steps, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        line = [[round(place[axis] * scale[axis] + shift[axis], 4) for axis in (0, 1)] for place in places]
        return line if number >= 0 else line[::-1]

    county = next(shape for shape in topology["objects"]["counties"]["geometries"] if shape["id"] == COUNTY)
    (arcs,) = county["arcs"]
    ring = [point for number in arcs for point in points(number)[1:]]
    return {
        "type": "Feature",
        "properties": {"name": f"{county['properties']['name']} County", "source": SOURCE},
        "geometry": {"type": "Polygon", "coordinates": [[ring[-1], *ring]]},
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(json.dumps(outline(json.load(file)), separators=(",", ":")))
