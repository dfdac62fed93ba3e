"""Makes the pictures in the README and the guides: `python -m tests.browser.pictures`.

The pages show the sample, or a messy sheet before and after it is read. LibreOffice prints workbooks.
"""

import datetime as dt
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
from PIL import Image, ImageDraw, ImageFont, ImageOps
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from cwac.addons import FormLink
from cwac.model import Cell, Tab
from cwac.packet.documents import DOCUMENTS, TABLE_CARD
from cwac.packet.facts import packet_data
from cwac.sheet.reader import read_workbook
from cwac.sheet.template import write_template
from cwac.sources.sample import sample_workbook
from tests.browser.messy import save_messy_sheet
from tests.fixed_clock import TODAY, date_file
from tests.sheet.county import serial
from tests.web.served import ROOT, serving

CHROMIUM = "/usr/bin/chromium"
DOCS = ROOT / "docs"
DESK: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}
PAGES = {
    "overview": ("", "Next 14 days", DESK),
    "pictures/overview-phone": ("", "Next 14 days", PHONE),
    "pictures/my-shifts-phone": ("my_shifts?officer=A.+Sample%2C+WPD+%28OF-01%29", "Add to your phone", PHONE),
    "pictures/openings": ("staffing?show=Gaps", "Copy message", DESK),
    "pictures/sheet-health": ("sheet_health", "to fix", DESK),
}
"""Picture -> the page, a text that shows that it is there, and the size of the window."""
ANSWERED_PAGES = {
    "pictures/answers": ("staffing?show=Gaps", "to type into the sheet", DESK),
    "pictures/answers-phone": ("my_shifts?officer=A.+Sample%2C+WPD+%28OF-01%29", "answered No", PHONE),
}
"""The same of the sample with answers of officers."""
ANSWERS = [
    ("EV-2026-201", "OF-01", "No", "In court that day"),
    ("EV-2026-201", "OF-02", "Yes", None),
    ("EV-2026-202", "OF-20", "Yes", None),
    ("EV-2026-203", "OF-18", "No", None),
    ("EV-2026-204", "OF-06", "Yes", None),
    ("EV-2026-205", "OF-10", "Maybe", "If I am back in time"),
]
FORM = "https://docs.google.com/forms/d/e/county/viewform?usp=pp_url&entry.1={event}&entry.2={officer}"


def answered_sample(folder: Path) -> dict[str, str]:
    """The sample with a tab that officers answered through, and the settings of a server that shows it."""
    book, sent = sample_workbook(TODAY), serial(TODAY) - 1
    rows: list[list[Cell]] = [["Timestamp", "Event ID", "Officer", "Can you come?", "Note"]]
    rows += [[sent + (18.2 - number) / 24, *answer] for number, answer in enumerate(ANSWERS)]
    workbook = folder / "answered.xlsx"
    write_template(workbook, replace(book, tabs=(*book.tabs, Tab("Form Responses 1", rows))))
    date_file(workbook)
    settings = folder / ".streamlit" / "secrets.toml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(f'[forms]\nshift = "{FORM}"\n', encoding="utf-8")
    settings.chmod(0o600)
    return {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}


def _photograph_answers(browser: Browser, folder: Path) -> Iterator[Path]:
    folder.mkdir()
    with serving(folder, answered_sample(folder)) as server:
        context = browser.new_context()
        page = context.new_page()
        page.goto(str(server.with_key))
        page.get_by_text("rows used").first.wait_for()
        for name, wanted in ANSWERED_PAGES.items():
            yield _photograph(context, server.url, name, wanted)
        context.close()


def _photograph(
    browser: Browser | BrowserContext, address: str, name: str, wanted: tuple[str, str, ViewportSize]
) -> Path:
    page_address, text, size = wanted
    page = browser.new_page()
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")
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


def save_with_feedback(path: Path) -> Path:
    """The sample with what residents answered at the events of the last quarters."""
    book = sample_workbook(TODAY)
    with path.open("wb") as file:
        write_template(file, book)
    past = [event for event in read_workbook(book, TODAY).events_by_start if event.status == "Completed"][-12:]
    written = openpyxl.load_workbook(path)
    tab = written.create_sheet("Form Responses 1")
    tab.append(["Timestamp", "Event ID", "I felt welcome.", "I could say what matters to me.", "First time here?"])
    for number, event in enumerate(past):
        for answer in range(3 if number == 2 else 9 + number % 4):
            sent = dt.datetime.combine(event.date, dt.time(10, answer))
            tab.append([sent, event.id, 3 if answer % 6 == 5 else 5, 2 + answer % 4, "Yes"])
    written.save(path)
    return path


def _photograph_feedback(browser: Browser, folder: Path) -> Path:
    """What residents said, at the end of Attendance's towns."""
    workbook = save_with_feedback(folder / "feedback.xlsx")
    with serving(folder, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 2400}, color_scheme="light")
        page.goto(str(server.with_key))
        page.get_by_text("rows used").first.wait_for()
        page.goto(f"{server.url}/attendance?show=Reach")
        heading, note = page.get_by_role("heading", name="What residents said"), page.get_by_text("Those who answer")
        note.wait_for()
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
        first, last = heading.bounding_box(), note.bounding_box()
        assert first is not None
        assert last is not None
        picture, top = DOCS / "pictures" / "feedback.png", first["y"] - 12
        height = last["y"] + last["height"] - top + 12
        page.screenshot(path=picture, clip={"x": first["x"] - 12, "y": top, "width": 1180, "height": height})
        page.close()
    return picture


def _print_table_card(folder: Path) -> Path:
    """The table card of an event of the sample, with a link of Google's and one of Microsoft's."""
    snapshot = read_workbook(sample_workbook(TODAY), TODAY)
    event = next(event for event in snapshot.events_by_start if event.date > snapshot.today)
    forms = {
        "feedback": FormLink(
            f"https://docs.google.com/forms/d/e/your-form/viewform?usp=pp_url&entry.1={event.id}", True
        ),
        "feedback_es": FormLink("https://forms.office.com/r/your-form", False),
    }
    data = packet_data(snapshot, event, county="Siskiyou County", forms=forms, sample=True)
    document, made = next(each for each in DOCUMENTS if each.name == TABLE_CARD), folder / "card.pdf"
    made.write_bytes(document.file(data))
    picture = DOCS / "pictures" / "table-card.png"
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "50", str(made), str(picture.with_suffix(""))], check=True)
    with Image.open(picture) as image:
        ImageOps.expand(image.convert("RGB"), 1, "#8a919c").save(picture)
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
        pictures = [_photograph(browser, server.url, *page) for page in PAGES.items()]
        pictures += _photograph_answers(browser, Path(made) / "answered")
        (Path(made) / "messy").mkdir()
        pictures += _photograph_messy_sheet(browser, Path(made) / "messy")
        (Path(made) / "feedback").mkdir()
        pictures.append(_photograph_feedback(browser, Path(made) / "feedback"))
        browser.close()
        pictures += [_print_template(Path(made)), _print_table_card(Path(made))]
    for picture in pictures:
        with Image.open(picture) as image:
            image.convert("RGB").quantize(128).save(picture, optimize=True)
        print(picture.relative_to(ROOT), f"{picture.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
