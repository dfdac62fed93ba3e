"""Makes the pictures in the README and the guides: `python -m tests.browser.pictures`.

The pages show the sample, or a messy sheet before and after it is read. LibreOffice prints workbooks.
"""

import datetime as dt
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import openpyxl
from openpyxl.styles import Font, PatternFill
from PIL import Image, ImageDraw, ImageFont, ImageOps
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from cwac.addons import FormLink
from cwac.model import Cell, Tab
from cwac.packet.documents import DOCUMENTS, TABLE_CARD
from cwac.packet.facts import packet_data
from cwac.sheet.reader import read_workbook
from cwac.sheet.template import write_template
from cwac.sources.sample import sample_workbook
from tests.browser.conftest import READY
from tests.fixed_clock import TODAY, date_file
from tests.sheet.county import serial
from tests.web.served import ROOT, serving, serving_locally, write_secrets

CHROMIUM = "/usr/bin/chromium"
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
DESK, PHONE = (1280, 860), (390, 844)
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
MESSY_ROWS = [
    ["COFFEE WITH A COP - 2026 plan (UPDATED)"],
    [],
    ["Day", "When", "What time?", "Event location", "Which town?", "Host dept", "Crewing", "# attended", "Snacks"],
    ["Wed", "9/2", "9 - 10:30", "Black Bear Diner", "Weed", "WPD", "Sgt. Sample", 31, "donuts"],
    ["Wed", "Sept 16", "8a", "Starbucks", "Yreka", "Yreka PD", "Ofc. Demo", "~20", ""],
    ["Wed", "10/7", "9-10:30", "Grange hall", "Etna", "Sheriff", "Dep. Trial", "18+5 kids", "donuts"],
    ["Wed", "10/21", "9am", "CANCELED - Park", "Weed", "Weed Police Dept", "Sgt. Sample", "", ""],
    ["Tue", "12/1", "10", "Library", "Yreka", "YPD", "Ofc. Demo", "", ""],
    ["Wed", "12/9", "9am", "Black Bear Diner", "Weed", "WPD", "Sgt. Tester", "", "bagels"],
]
MESSY_WIDTHS = (6, 9, 11, 19, 12, 16, 13, 11, 9)
FORM = "https://docs.google.com/forms/d/e/county/viewform?usp=pp_url&entry.1={event}&entry.2={officer}"


@contextmanager
def shown(browser: Browser, workbook: Path | None, address: str, wanted: str, size: tuple[int, int]) -> Iterator[Page]:
    """A page of the sample or of a workbook, with the settings beside it, once it shows this text."""
    with (
        tempfile.TemporaryDirectory() as empty,
        serving_locally(workbook) if workbook else serving(Path(empty)) as server,
    ):
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="light")
        if server.with_key:
            page.goto(server.with_key)
            page.get_by_text("rows used").first.wait_for()
        page.goto(f"{server.url}/{address}")
        page.get_by_text(wanted).first.wait_for()
        page.wait_for_selector(READY)
        yield page
        page.close()


def place(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return dict(box)


def answered_sample(workbook: Path) -> Path:
    """The sample with a tab that officers answered through."""
    book, sent = sample_workbook(TODAY), serial(TODAY) - 1
    rows: list[list[Cell]] = [["Timestamp", "Event ID", "Officer", "Can you come?", "Note"]]
    rows += [[sent + (18.2 - number) / 24, *answer] for number, answer in enumerate(ANSWERS)]
    write_template(workbook, replace(book, tabs=(*book.tabs, Tab("Form Responses 1", rows))))
    write_secrets(workbook.parent, f'[forms]\nshift = "{FORM}"\n')
    return date_file(workbook)


def save_messy_sheet(path: Path) -> Path:
    """A sheet as a clerk kept it before any program: the plan, and a tab of ideas that may list events."""
    book = openpyxl.Workbook()
    plan = book.active
    assert plan is not None
    plan.title = "Coffee 2026"
    for row in MESSY_ROWS:
        plan.append(row)
    plan["A1"].font = Font(bold=True, size=14)
    for cell in plan[3]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFF2CC")
    for letter, width in zip("ABCDEFGHI", MESSY_WIDTHS, strict=True):
        plan.column_dimensions[letter].width = width
    plan.print_options.gridLines = True
    plan.page_setup.orientation = "landscape"
    ideas = book.create_sheet("Ideas")
    for row in (["Date", "Topic"], ["1/6/2027", "cocoa"], ["2/3/2027", "tacos"], ["3/3/2027", "donuts"]):
        ideas.append(row)
    book.save(path)
    return path


def photograph_messy_sheet(browser: Browser, folder: Path) -> Iterator[Path]:
    """A sheet as a clerk kept it, how it is read, and its calendar once a question is answered."""
    workbook = save_messy_sheet(folder / "messy.xlsx")
    before = print_page(workbook, PICTURES / "own-sheet-before.png", lambda text: "Crewing" in text)
    with Image.open(before) as image:
        image.crop((40, 40, image.width - 40, image.height * 2 // 5)).save(before)
    yield before
    after = PICTURES / "own-sheet-after.png"
    with shown(browser, workbook, "sheet_health", "as they were read", (1280, 1500)) as page:
        page.locator("[data-testid=stExpander]", has_text="How your sheet is read").screenshot(path=after)
    yield after
    write_secrets(workbook.parent, '[columns]\nCrewing = "Officers"\n')
    agenda = folder / "agenda.png"
    with shown(browser, workbook, "calendar?view=agenda&date=2026-09-01", "What the marks mean", (1010, 1200)) as page:
        top = place(page.locator("h3.week-name").first)["y"] - 6
        height = place(page.get_by_text("What the marks mean"))["y"] - top - 8
        page.screenshot(path=agenda, clip={"x": 70, "y": top, "width": 870, "height": height})
    yield one_above_the_other(before, agenda, PICTURES / "own-sheet.png")


def one_above_the_other(sheet: Path, agenda: Path, picture: Path) -> Path:
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


def save_with_feedback(path: Path) -> Path:
    """The sample with what residents answered at the events of the last quarters."""
    book = sample_workbook(TODAY)
    write_template(path, book)
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


def photograph_feedback(browser: Browser, workbook: Path) -> Path:
    """What residents said, at the end of Attendance's towns."""
    picture = PICTURES / "feedback.png"
    with shown(browser, workbook, "attendance?show=Reach", "Those who answer", (1280, 2400)) as page:
        first = place(page.get_by_role("heading", name="What residents said"))
        last = place(page.get_by_text("Those who answer"))
        left, top, bottom = first["x"] - 12, first["y"] - 12, last["y"] + last["height"] + 12
        page.screenshot(path=picture, clip={"x": left, "y": top, "width": 1180, "height": bottom - top})
    return picture


def print_template(workbook: Path) -> Path:
    """The first printed page of the blank workbook's Events tab."""
    write_template(workbook)
    picture = PICTURES / "template-events.png"
    print_page(workbook, picture, lambda text: "EXAMPLE-1" in text and "Lead agency" in text)
    with Image.open(picture) as image:
        image.crop((0, 0, image.width, image.height // 5)).save(picture)  # the rest of the page is empty
    return picture


def print_table_card(made: Path) -> Path:
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
    made.write_bytes(next(each for each in DOCUMENTS if each.name == TABLE_CARD).file(data))
    picture = PICTURES / "table-card.png"
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", "50", str(made), str(picture.with_suffix(""))], check=True)
    with Image.open(picture) as image:
        ImageOps.expand(image.convert("RGB"), 1, "#8a919c").save(picture)
    return picture


def print_page(workbook: Path, picture: Path, shows: Callable[[str], bool]) -> Path:
    """The first printed page whose text is the one to show."""
    convert = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(workbook.parent), str(workbook)]
    subprocess.run(convert, check=True, timeout=180)
    pdf = str(workbook.with_suffix(".pdf"))
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    number = str(next(number for number, text in enumerate(pages.split("\f"), 1) if shows(text)))
    draw = ["pdftoppm", "-png", "-singlefile", "-r", "90", "-f", number, "-l", number]
    subprocess.run([*draw, pdf, str(picture.with_suffix(""))], check=True)
    return picture


def made_pictures(browser: Browser, folder: Path) -> Iterator[Path]:
    answered = answered_sample(folder / "answered.xlsx")
    for workbook, pages in ((None, PAGES), (answered, ANSWERED_PAGES)):
        for name, wanted in pages.items():
            with shown(browser, workbook, *wanted) as page:
                page.screenshot(path=DOCS / f"{name}.png")
            yield DOCS / f"{name}.png"
    (folder / "messy").mkdir()
    yield from photograph_messy_sheet(browser, folder / "messy")
    (folder / "feedback").mkdir()
    yield photograph_feedback(browser, save_with_feedback(folder / "feedback" / "feedback.xlsx"))
    yield print_template(folder / "template.xlsx")
    yield print_table_card(folder / "card.pdf")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu", "--disable-dev-shm-usage"])
        pictures = list(made_pictures(browser, Path(folder)))
        browser.close()
    for picture in pictures:
        with Image.open(picture) as image:
            image.convert("RGB").quantize(128).save(picture, optimize=True)
        print(picture.relative_to(ROOT), f"{picture.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
