"""Text is text: what is typed into a cell stays that on every page and in every file, whatever it looks like."""

import csv
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import httpx
import icalendar
import pyarrow as pa
import pytest
from google.protobuf.message import Message as Proto

from cwac.web import frame
from cwac.web.widgets import md
from tests.web import attacks, plan
from tests.web.served import serving_locally, session
from tests.web.walk import ROUTES, Walk

pytestmark = pytest.mark.slow

PLAIN = {
    "selectbox.options", "selectbox.raw_value", "multiselect.options", "multiselect.raw_values", "bidi_component.json",
    "code.code_text", "imgs.imgs.alt", "table.alt", "dataframe.alt", "vega_lite_chart.alt", "button.id",
    "download_button.id", "selectbox.id", "multiselect.id", "button_group.id", "page_link.query_string",
    "dataframe.arrow_data.data", "vega_lite_chart.data.data",
}  # fmt: skip
"""What the browser shows letter by letter (`tests/browser/test_attacks.py` sees to that); all else is Markdown."""
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
OUR_OWN = re.compile(r"\Ahttps://www\.google\.com/maps/dir/\?[A-Za-z0-9%&=._~+-]*\Z")
Shown = list[tuple[str, str, str]]
LIVE = re.compile(
    r"evil\.example|javascript:|data:text|<(?:img|script|svg|style|iframe|a )|\$\$|:red\[|:color\[zq|:tada:"
)


def leaves(message: Proto, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a message, with where it is: `table.arrow_data.data` and the like."""
    for field, value in message.ListFields():
        here = f"{path}.{field.name}" if path else field.name
        for item in value if field.is_repeated else [value]:
            if isinstance(item, Proto):
                yield from leaves(item, here)
            elif isinstance(item, str):
                yield here, item
            elif isinstance(item, bytes):
                yield from ((here, cell) for cell in _cells(item))


def _cells(data: bytes) -> Iterator[str]:
    table = pa.ipc.open_stream(data).read_all()
    for name in table.column_names:
        yield name
        yield from (str(cell) for cell in table[name].to_pylist())


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    with serving_locally(attacks.save(tmp_path / "plan.xlsx", plan.TODAY)) as served:
        walk = Walk(served, lambda: session(served, compressed=False), most_choices=2)
        return walk.everything([f"E{row}" for row in range(0, 50, 3)])


@pytest.fixture
def shown(walk: Walk) -> Shown:
    """Where, in which part of an element, and what."""
    return [
        (where, re.sub(r"^(new_element|add_block)\.", "", path), text)
        for where, seen in walk.runs
        for message in seen.messages
        if message.WhichOneof("type") == "delta"
        for path, text in leaves(message.delta)
    ]


def bare(text: str) -> str | None:
    """What is left that Markdown would read as more than text, None where there is nothing."""
    left = ESCAPED.sub("", OUR_OWN.sub("", text))
    match = LIVE.search(left)
    if match:
        return match[0]
    for mark in attacks.MARK.findall(left):
        typed = attacks.typed(int(mark[2:-1]))
        if typed in left or " ".join(typed.split()) in left:
            return typed
    return None


FILES = [Path(frame.__file__).with_name("assets") / name for name in ("tokens.css", "frame.css")]
STYLESHEET = "".join(file.read_text(encoding="utf-8") for file in FILES)
OUR_STYLES = (STYLESHEET, f"<style>{STYLESHEET}</style>")


HTML = {"html", "iframe", "component_instance", "deck_gl_json_chart", "graphviz_chart"}


def wrong_on_pages(shown: Shown) -> Iterator[str]:
    """Text that Markdown reads as more than text, elements that take HTML, and tooltips that fetch."""
    for where, path, text in shown:
        if path not in PLAIN and attacks.MARK.search(text) and (left := bare(text)):
            yield f"{where} {path}: {left} in {text[:200]!r}"
        if path.split(".")[0] in HTML and text not in OUR_STYLES:
            yield f"{where} {path}: takes HTML"
        if path == "vega_lite_chart.spec" and '"image"' in text:
            yield f"{where} {path}: a tooltip that fetches"


def test_the_check_finds_each_attack_left_bare() -> None:
    every = attacks.ATTACKS + attacks.NOT_IN_EXCEL
    missed, escaped = [], []
    for number in range(len(every)):
        typed = attacks.typed(number, every)
        if number < len(attacks.ATTACKS) and "\\.." not in typed and bare(f"**When** {typed} and so on") is None:
            missed.append(typed)
        if bare(f"**When** {md(typed)} and so on") is not None:
            escaped.append(typed)
    assert (missed, escaped) == ([], [])


def wrong_in_file(ending: str, answer: httpx.Response) -> Iterator[str]:
    """Formulas and links, properties of calendars that were typed, and what a PDF does."""
    if ending == "csv":
        for cell in (cell for row in csv.reader(io.StringIO(answer.text, newline="")) for cell in row):
            if cell.startswith((*"=+-@＝＋－＠", "\t", "\r")) and not re.fullmatch(r"[+-]?[\d.]+", cell):
                yield cell
    elif ending == "xlsx":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            for name in packed.namelist():
                # A chart names the cells that it draws in the same way as a formula.
                formula = rb"hyperlink|<oleObject|externalLink" + (b"" if "/charts/" in name else rb"|<f[ >]")
                if re.search(formula, packed.read(name)):
                    yield name
    elif ending == "ics":
        events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        if re.search(rb"(?<!\r)\n|\r(?!\n)", answer.content):
            yield "a line break of its own"
        if answer.content.count(b"\r\nBEGIN:VEVENT\r\n") != len(events):
            yield "an event within an event"
        yield from {name for event in events for name in event} - PROPERTIES
        yield from (f"{event['UID']} has parameters" for event in events if event["UID"].params)
    elif ending == "pdf":
        does = rb"/(?:URI|JavaScript|JS|Launch|EmbeddedFile|OpenAction|SubmitForm|RichMedia)\b"
        yield from (found.decode() for found in re.findall(does, answer.content))
        words = subprocess.run(["pdftotext", "-", "-"], input=answer.content, capture_output=True, check=True).stdout
        if not words.strip():
            yield "no words"


PROPERTIES = set("UID DTSTAMP LAST-MODIFIED SEQUENCE SUMMARY DTSTART DTEND TRANSP STATUS LOCATION GEO".split())
PROPERTIES |= {"CATEGORIES", "CLASS", "DESCRIPTION"}


def file_names(walk: Walk) -> Iterator[str]:
    for path, answer in walk.files:
        if "content-disposition" in answer.headers:
            header = Message()
            header["content-disposition"] = answer.headers["content-disposition"]
            yield header.get_filename() or path


def test_what_is_typed_stays_text_on_every_page_and_in_every_file(walk: Walk, shown: Shown) -> None:
    """One test, as each worker that ran one of several would walk through all pages itself."""
    numbers = {int(mark[2:-1]) for _, _, text in shown for mark in attacks.MARK.findall(text)}
    assert {number % len(attacks.ATTACKS) for number in numbers} == set(range(len(attacks.ATTACKS)))
    assert len(numbers) > 400, "else nothing would be tried"
    taken = [(path.rpartition(".")[2], path, answer) for path, answer in walk.files if path not in ROUTES]
    assert {"csv", "xlsx", "ics", "pdf"} - {ending for ending, *_ in taken} == set()
    assert [path for ending, path, answer in taken if answer.status_code != 200] == []
    wrong = list(wrong_on_pages(shown))
    for ending, path, answer in taken:
        wrong += [f"{path}: {what}" for what in wrong_in_file(ending, answer)]
    names = set(file_names(walk))
    assert names
    plain = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(csv|xlsx|ics|pdf|docx|txt)")
    wrong += [name for name in names if not plain.fullmatch(name) or ".." in name]
    assert wrong == []
