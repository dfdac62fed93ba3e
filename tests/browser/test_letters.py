"""Every email in a browser: at 360 and 700 pixels, in both themes, with axe; it asks the network for nothing."""

import pytest
from playwright.sync_api import Browser

from cwac.notify.channels import html
from tests.browser.conftest import AXE_OPTIONS, COLORS_ONLY, axe_violations
from tests.notify.letters import LEAVE, messages

pytestmark = pytest.mark.slow


def test_every_letter_fits_passes_axe_and_loads_nothing(browser: Browser) -> None:
    letters = messages()
    assert {"chief-digest", "chief-warnings", "aldo-shifts", "lead-sheet", "late"} <= set(letters)
    page = browser.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    for name, message in letters.items():
        page.set_content(html(message, LEAVE))
        for theme, options in (("light", AXE_OPTIONS), ("dark", COLORS_ONLY)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in (360, 700):
                page.set_viewport_size({"width": width, "height": 500})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, theme)
            violations = axe_violations(page, options)
            assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], (name, theme)
    assert requested == []
    page.close()
