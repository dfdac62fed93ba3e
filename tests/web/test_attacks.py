"""Text is text: what is typed into a cell stays that on every page and in every file, whatever it looks like."""

import csv
import io
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path

import httpx
import icalendar
import pyarrow as pa
import pytest
from google.protobuf.message import Message as Proto

from cwac.web import frame
from cwac.web.widgets import md
from tests.cases import each
from tests.web import attacks, plan
from tests.web.served import serving, session
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
    workbook = attacks.save(tmp_path / "plan.xlsx", plan.TODAY)
    with serving(tmp_path, {"CWAC_WORKBOOK": str(workbook), "CWAC_LOCAL": "true"}) as served:
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


def every_attack_is_on_some_page(_: Walk, shown: Shown) -> None:
    """Else nothing below would be tried."""
    numbers = {int(mark[2:-1]) for _, _, text in shown for mark in attacks.MARK.findall(text)}
    assert {number % len(attacks.ATTACKS) for number in numbers} == set(range(len(attacks.ATTACKS)))
    assert len(numbers) > 400


def whatever_reads_markdown_is_given_text_escaped(_: Walk, shown: Shown) -> None:
    wrong = {
        f"{where} {path}: {left} in {text[:200]!r}"
        for where, path, text in shown
        if path not in PLAIN and attacks.MARK.search(text) and (left := bare(text))
    }
    assert wrong == set()


FILES = [Path(frame.__file__).with_name("assets") / name for name in ("tokens.css", "frame.css")]
STYLESHEET = "".join(file.read_text(encoding="utf-8") for file in FILES)
OUR_STYLES = (STYLESHEET, f"<style>{STYLESHEET}</style>")


def no_element_takes_html_or_a_tooltip_that_fetches(_: Walk, shown: Shown) -> None:
    kinds = {path.split(".")[0] for _, path, text in shown if text not in OUR_STYLES}
    assert {"html", "iframe", "component_instance", "deck_gl_json_chart", "graphviz_chart"}.isdisjoint(kinds)
    for _, path, text in shown:
        if path == "vega_lite_chart.spec":
            assert '"image"' not in text


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


def files(walk: Walk, ending: str) -> list[httpx.Response]:
    answers = [answer for path, answer in walk.files if path.endswith(ending) and path not in ROUTES]
    assert answers, f"no {ending} was taken"
    assert {answer.status_code for answer in answers} == {200}
    return answers


def no_cell_of_a_csv_is_a_formula(walk: Walk, _: Shown) -> None:
    for answer in files(walk, ".csv"):
        for row in csv.reader(io.StringIO(answer.text, newline="")):
            for cell in row:
                assert not cell.startswith((*"=+-@＝＋－＠", "\t", "\r")) or re.fullmatch(r"[+-]?[\d.]+", cell), cell


def no_cell_of_a_workbook_is_a_formula_or_a_link(walk: Walk, _: Shown) -> None:
    for answer in files(walk, ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            for name in packed.namelist():
                # A chart names the cells that it draws in the same way as a formula.
                formula = rb"hyperlink|<oleObject|externalLink" + (b"" if "/charts/" in name else rb"|<f[ >]")
                assert not re.search(formula, packed.read(name)), name


def a_calendar_has_no_property_that_was_typed(walk: Walk, _: Shown) -> None:
    for answer in files(walk, ".ics"):
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", answer.content)
        book = icalendar.Calendar.from_ical(answer.content)
        events = book.walk("VEVENT")
        assert answer.content.count(b"\r\nBEGIN:VEVENT\r\n") == len(events)
        assert {name for event in events for name in event} <= {
            "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "TRANSP", "STATUS",
            "LOCATION", "GEO", "CATEGORIES", "CLASS", "DESCRIPTION",
        }  # fmt: skip
        assert all(not event.get("UID").params for event in events)


def a_pdf_does_nothing(walk: Walk, _: Shown) -> None:
    for answer in files(walk, ".pdf"):
        assert not re.search(
            rb"/(?:URI|JavaScript|JS|Launch|EmbeddedFile|OpenAction|SubmitForm|RichMedia)\b", answer.content
        )
        words = subprocess.run(["pdftotext", "-", "-"], input=answer.content, capture_output=True, check=True).stdout
        assert words.strip()


def a_files_name_is_a_name(walk: Walk, _: Shown) -> None:
    names = []
    for path, answer in walk.files:
        if "content-disposition" in answer.headers:
            header = Message()
            header["content-disposition"] = answer.headers["content-disposition"]
            names.append(header.get_filename() or path)
    assert names
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(csv|xlsx|ics|pdf|docx|txt)", name), name
        assert ".." not in name


CHECKS = (
    every_attack_is_on_some_page,
    whatever_reads_markdown_is_given_text_escaped,
    no_element_takes_html_or_a_tooltip_that_fetches,
    no_cell_of_a_csv_is_a_formula,
    no_cell_of_a_workbook_is_a_formula_or_a_link,
    a_calendar_has_no_property_that_was_typed,
    a_pdf_does_nothing,
    a_files_name_is_a_name,
)


@each("check", CHECKS, [check.__name__ for check in CHECKS])
def test_what_is_typed_stays_text_on_every_page_and_in_every_file(
    walk: Walk, shown: Shown, check: Callable[[Walk, Shown], None]
) -> None:
    """One test, as each worker that ran one of several would walk through all pages itself."""
    check(walk, shown)
