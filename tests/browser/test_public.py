"""The public site and every email in a browser: in several widths, in both themes, with axe."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser

from cwac.notify.channels import html
from cwac.public.site import embed_height
from tests.browser.conftest import AXE_OPTIONS, COLORS_ONLY, axe_violations
from tests.notify.letters import LEAVE, messages
from tests.web import plan, planted
from tests.web.served import Served, get, until
from tests.web.signed_in import serving_with_sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("public")
    workbook = planted.save(folder / "plan.xlsx", plan.TODAY)
    access = 'public = true\nembed_origins = ["https://friend.example"]\n'
    with serving_with_sign_in(folder, workbook, access=access) as running:
        until(lambda: get(f"{running.url}/public/").status_code == 200)
        yield running


def test_pages_have_no_violation_no_script_and_no_sideways_scrolling(served: Served, browser: Browser) -> None:
    pages = ["", "event/SHARED.html", "event/GONE.html", "town/Weed.html", "embed?limit=2", "share"]
    pages += ["es/", "es/event/SHARED.html", "es/event/GONE.html", "es/town/Weed.html", "embed?lang=es&limit=2"]
    with browser.new_context() as context:
        page = context.new_page()
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text))
        for path, width in product(pages, (320, 390, 1280)):
            if width == 320:
                page.goto(f"{served.url}/public/{path}")
                assert page.evaluate("document.fonts.load('1rem Source Sans').then(fonts => fonts.length)") == 1
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width, (path, width)
            for scheme, options in {390: {"light": AXE_OPTIONS}, 1280: {"dark": COLORS_ONLY}}.get(width, {}).items():
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                assert axe_violations(page, options) == [], (path, width, scheme)
        assert (trouble, context.cookies()) == ([], [])


def test_embedded_list_fits_its_frame_and_only_listed_sites_show_it(served: Served, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 320, "height": embed_height(2)}) as context:
        page = context.new_page()
        for query in ("limit=2", "limit=2&lang=es"):
            page.goto(f"{served.url}/public/embed?{query}")
            assert page.evaluate("document.scrollingElement.scrollHeight") <= embed_height(2)
        page.goto(f"{served.url}/public/share?limit=2")
        frame = page.frame_locator("iframe")
        assert re.search("Weed Starbucks", frame.locator("li").first.inner_text())
        # By a public name: Chromium lets no other site frame this machine.
        coffee = "https://coffee.example/"
        page.route(f"{coffee}**", lambda route: route.fulfill(
            response=route.fetch(url=route.request.url.replace(coffee, f"{served.url}/"))
        ))  # fmt: skip
        body = f'<iframe src="{coffee}public/embed"></iframe>'
        shown: dict[str, int] = {}
        for host in ("friend", "other"):
            page.route(f"https://{host}.example/", lambda route: route.fulfill(content_type="text/html", body=body))
            page.goto(f"https://{host}.example/", wait_until="networkidle")
            shown[host] = page.frames[1].locator("li").count()
        assert shown == {"friend": 3, "other": 0}


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
            assert axe_violations(page, options) == [], (name, theme)
    assert requested == []
    page.close()
