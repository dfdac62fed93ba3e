"""A sheet that was never made for this: what is asked about it, at both sizes and in both themes."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import AXE_OPTIONS, COLORS_ONLY, SIZES, OpenPage, axe_violations, switch_theme
from tests.browser.messy import save_messy_sheet
from tests.web.served import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("own")
    environ = {"CWAC_WORKBOOK": str(save_messy_sheet(folder / "messy.xlsx")), "CWAC_LOCAL": "true"}
    with serving(folder, environ) as running:
        yield running


def test_questions_and_their_lines_are_shown_without_a_violation_or_a_sideways_scroll(
    served: Served, open_page: OpenPage
) -> None:
    for size in SIZES:
        page = open_page(served, "sheet_health", size)
        section = page.locator("[data-testid=stExpander]", has_text="How your sheet is read: 2 questions")
        section.get_by_text('"Crewing" = "Officers"').wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        for theme, options in (("light", AXE_OPTIONS), ("dark", COLORS_ONLY)):
            switch_theme(page, theme)
            assert [violation["id"] for violation in axe_violations(page, options)] == []
