"""Agencies' colors, colors that can be seen on a ground, and the states of a count that charts tell apart."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import cycle

from cwac.analysis.attendance import HeldEvent
from cwac.model import Snapshot

FALLBACK_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5d3a9b", "#8c6d1f")
"""Distinguishable with any color vision (Okabe and Ito, and two more); a name is always shown beside the color."""
UNKNOWN_COLOR = "#6b7280"
_HEX = re.compile(r"#[0-9a-f]{6}")
MIN_CONTRAST_OF_MARKS = 3.0
"""Minimum contrast of dots, bars and lines."""
GROUNDS = ("#ffffff", "#0f1419")
"""Ground of pages, light and dark; as in `.streamlit/config.toml`."""

COUNTED, ESTIMATE, NOT_COUNTED, CANCELED = "Counted", "Estimated", "Not counted", "Canceled"


def state_of(held: HeldEvent) -> str:
    if held.total is None or held.total.best is None:
        return NOT_COUNTED
    return ESTIMATE if held.total.estimated else COUNTED


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1, of `#rrggbb` (WCAG 2.2)."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in _channels(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: str, ground: str) -> float:
    light, dark = sorted((luminance(color), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=256)  # a pure function of its argument: every row of every page has agencies
def visible(color: str) -> str:
    """The color, mixed with black or white until a mark of it is seen on the ground of both themes."""
    goal = "#000000" if contrast(color, GROUNDS[0]) < MIN_CONTRAST_OF_MARKS else "#ffffff"
    pairs = list(zip(bytes.fromhex(color[1:]), bytes.fromhex(goal[1:]), strict=True))
    shares = (step / 20 for step in range(21))
    mixes = ("#" + "".join(f"{round(own * (1 - share) + end * share):02x}" for own, end in pairs) for share in shares)
    return next(mix for mix in mixes if min(contrast(mix, ground) for ground in GROUNDS) >= MIN_CONTRAST_OF_MARKS)


def _channels(color: str) -> list[float]:
    return [channel / 255 for channel in bytes.fromhex(color[1:])]


def agency_colors(snapshot: Snapshot) -> Mapping[str, str]:
    """Agency -> `#rrggbb`: the sheet's color, else the next fallback color, those close to a color of the sheet last.

    If no tab lists the agencies, those on events get fallback colors in turn.
    """
    shorts = [agency.short for agency in snapshot.agencies]
    shorts = shorts or [agency for event in snapshot.events for agency in event.agencies]
    typed = {
        agency.short: agency.color for agency in snapshot.agencies if agency.color and _HEX.fullmatch(agency.color)
    }
    hues = [hue(color) for color in typed.values()]
    spare = cycle(sorted(FALLBACK_COLORS, key=lambda color: any(_close(hue(color), other) for other in hues)))
    return {short: typed.get(short) or next(spare) for short in dict.fromkeys(shorts)}


@lru_cache(maxsize=256)  # a pure function of its argument: each table of a page compares all agencies' colors
def hue(color: str) -> float | None:
    """The hue of `#rrggbb`, 0 to 1 around the circle; None for a gray."""
    angle, saturation, _ = colorsys.rgb_to_hsv(*_channels(color))
    return angle if saturation > 0.1 else None


def _close(angle: float | None, other: float | None) -> bool:
    if angle is None or other is None:
        return angle == other
    return min(abs(angle - other), 1 - abs(angle - other)) < 25 / 360
