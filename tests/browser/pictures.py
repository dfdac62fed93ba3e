"""Makes the pictures in the README and the guides: `python -m tests.browser.pictures`.

The pages show the sample, or a messy sheet before and after it is read. LibreOffice prints workbooks.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from cwac.sheet.template import write_template
from tests.browser.messy import save_messy_sheet
from tests.web.served import ROOT, serving

CHROMIUM = "/usr/bin/chromium"
DOCS = ROOT / "docs"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
PAGES = {
    "overview": ("", "Next 14 days", DESK),
    "pictures/overview-phone": ("", "Next 14 days", PHONE),
    "pictures/my-shifts-phone": ("my_shifts?officer=A.+Sample%2C+WPD+%28OF-01%29", "Add to your phone", PHONE),
    "pictures/openings": ("staffing?show=Gaps", "Copy message", DESK),
    "pictures/sheet-health": ("sheet_health", "to fix", DESK),
}
"""Picture -> the page, a text that shows that it is there, and the size of the window."""


def _photograph(browser: Browser, address: str, name: str) -> Path:
    page_address, text, size = PAGES[name]
    page = browser.new_page(viewport=size, color_scheme="light")
    page.goto(f"{address}/{page_address}")
    page.get_by_text(text).first.wait_for()
    page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
    picture = DOCS / f"{name}.png"
    page.screenshot(path=picture)
    page.close()
    return picture


def _photograph_messy_sheet(browser: Browser, folder: Path) -> Iterator[Path]:
    """A sheet as a clerk kept it, and how it is read."""
    workbook = save_messy_sheet(folder / "messy.xlsx")
    before = DOCS / "pictures" / "own-sheet-before.png"
    _print_page(workbook, before, lambda text: "Crewing" in text)
    with Image.open(before) as image:
        image.crop((40, 40, image.width - 40, image.height * 2 // 5)).save(before)
    yield before
    with serving(folder, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 1500}, color_scheme="light")
        page.goto(str(server.with_key))
        page.get_by_text("rows used").first.wait_for()
        page.goto(f"{server.url}/sheet_health")
        section = page.locator("[data-testid=stExpander]", has_text="How your sheet is read")
        section.get_by_text("as they were read").wait_for()
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
        after = DOCS / "pictures" / "own-sheet-after.png"
        section.screenshot(path=after)
        page.close()
    yield after
    agenda = folder / "agenda.png"
    _photograph_agenda(browser, workbook, agenda)
    yield _one_above_the_other(before, agenda, DOCS / "pictures" / "own-sheet.png")


def _photograph_agenda(browser: Browser, workbook: Path, picture: Path) -> None:
    """The messy sheet's events in the calendar, once the question about its column Crewing is answered."""
    settings = workbook.parent / ".streamlit" / "secrets.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text('[columns]\nCrewing = "Officers"\n', encoding="utf-8")
    settings.chmod(0o600)
    with serving(workbook.parent, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as server:
        page = browser.new_page(viewport={"width": 1010, "height": 1200}, color_scheme="light")
        page.goto(str(server.with_key))
        page.get_by_text("rows used").first.wait_for()
        page.goto(f"{server.url}/calendar?view=agenda&date=2026-09-01")
        legend = page.get_by_text("What the marks mean")
        legend.wait_for()
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
        first, last = page.locator("h3.week-name").first.bounding_box(), legend.bounding_box()
        assert first is not None
        assert last is not None
        top = first["y"] - 6
        page.screenshot(path=picture, clip={"x": 70, "y": top, "width": 870, "height": last["y"] - top - 8})
        page.close()


def _one_above_the_other(sheet: Path, agenda: Path, picture: Path) -> Path:
    """The sheet and the calendar, with a line of words above each."""
    font, band, width = ImageFont.load_default(size=18), 40, 900
    with Image.open(sheet) as above, Image.open(agenda) as below:
        rows = above.convert("RGB").crop((20, 46, 890, 226))
        made = Image.new("RGB", (width, rows.height + below.height + 2 * band + 16), "white")
        made.paste(rows, (15, band))
        made.paste(below.convert("RGB"), (15, rows.height + 2 * band + 8))
        draw = ImageDraw.Draw(made)
        for words, top in (
            ("Your sheet, as you keep it", 8),
            ('The same sheet on the dashboard, after one answer: "Crewing" means officers', rows.height + band + 16),
        ):
            draw.text((20, top), words, fill="#0b4f9e", font=font)
        made.save(picture)
    return picture


def _print_template(folder: Path) -> Path:
    """The first printed page of the blank workbook's Events tab."""
    workbook, picture = folder / "template.xlsx", DOCS / "pictures" / "template-events.png"
    with workbook.open("wb") as file:
        write_template(file)
    _print_page(workbook, picture, lambda text: "EXAMPLE-1" in text and "Lead agency" in text)
    with Image.open(picture) as image:
        image.crop((0, 0, image.width, image.height // 5)).save(picture)  # the rest of the page is empty
    return picture


def _print_page(workbook: Path, picture: Path, shows: Callable[[str], bool]) -> None:
    """The first printed page whose text is the one to show."""
    folder = workbook.parent
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(workbook)],
        check=True,
        timeout=180,
    )
    pdf = str(workbook.with_suffix(".pdf"))
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    number = next(number for number, text in enumerate(pages.split("\f"), 1) if shows(text))
    made = str(picture.with_suffix(""))
    subprocess.run(
        ["pdftoppm", "-png", "-singlefile", "-r", "90", "-f", str(number), "-l", str(number), pdf, made], check=True
    )


def main() -> None:
    (DOCS / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made, serving(Path(made)) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", "--disable-dev-shm-usage"])
        pictures = [_photograph(browser, server.url, name) for name in PAGES]
        (Path(made) / "messy").mkdir()
        pictures += _photograph_messy_sheet(browser, Path(made) / "messy")
        browser.close()
        pictures.append(_print_template(Path(made)))
    for picture in pictures:
        with Image.open(picture) as image:
            image.convert("RGB").quantize(128).save(picture, optimize=True)
        print(picture.relative_to(ROOT), f"{picture.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
