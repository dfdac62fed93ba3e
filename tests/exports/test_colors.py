"""Colors of agencies, and their contrast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwac.exports import colors
from cwac.exports.chart_specs import DARK, LIGHT
from cwac.model import Agency
from cwac.web.blocks import content
from cwac.web.sections import attendance
from tests.cases import each
from tests.web import plan

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLORS)
def test_color_is_mixed_until_marks_of_it_are_seen_in_both_themes(color: str) -> None:
    def worst(mixed: str) -> float:
        return min(colors.contrast(mixed, theme.ground) for theme in (LIGHT, DARK))

    assert worst(colors.visible(color)) >= 3
    if worst(color) >= 3:
        assert colors.visible(color) == color


def test_contrast_matches_the_wcag_examples() -> None:
    assert colors.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_agencies_without_a_color_get_fallback_colors_in_sheet_order() -> None:
    agencies = (Agency("A", "A"), Agency("B", "B", color="#123456"), Agency("C", "C"), Agency("D", "D", color="red"))
    snapshot = plan.snapshot().__class__(
        source="", as_of=plan.START, timezone=plan.ZONE, today=plan.TODAY, agencies=agencies
    )
    first, second, third = colors.FALLBACK_COLORS[1:4]  # the first is a blue, too
    assert colors.agency_colors(snapshot) == {"A": first, "B": "#123456", "C": second, "D": third}


@each(
    ("color", "hue"),
    [("#ff0000", 0.0), ("#00ff00", 1 / 3), ("#595959", None)],
)
def test_hue_of_a_color_is_a_share_of_the_circle(color: str, hue: float | None) -> None:
    assert colors.hue(color) == hue


def test_agency_has_one_color_on_pages_and_in_charts() -> None:
    snapshot = plan.snapshot()
    of_dots = {short: content.agency(short, colors.agency_colors(snapshot))["color"] for short in ("WPD", "SCSO")}  # type: ignore[index]
    assert {short: attendance.inks(snapshot)[short] for short in of_dots} == of_dots
