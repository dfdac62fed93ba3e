"""Shown numbers are rounded half up, once, and by one function."""

import re

from cwac.analysis.measures import difference_words, range_words
from cwac.analysis.words import number
from cwac.rounding import half_up, percent
from tests.cases import each
from tests.test_documents import ROOT, text_of

NOT_SHOWN = {
    "cwac/analysis/scheduling.py": "compares two plans",
    "cwac/exports/colors.py": "mixes colors",
    "cwac/exports/workbooks.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/forms/reading.py": "the seconds of a time that a sheet keeps as a number",
    "cwac/sheet/counts.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sheet/dates.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sheet/times.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sources/xlsx_package.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/web/calendar/content.py": "places in a drawing",
    "cwac/web/calendar/filters.py": "whole minutes of a zone",
    "cwac/web/metrics.py": "figures for programs",
}
"""Files that round to even, and what they round: nothing that a person reads."""


@each(
    ("value", "digits", "text"),
    [
        (6.25, 1, "6.3"),
        (10.25, 1, "10.3"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (1.15, 1, "1.2"),  # in binary a little less than 1.15
        (2.675, 2, "2.68"),
        (0.1 + 0.7 + 0.35, 1, "1.2"),  # 1.15, however it is added up
        (0.285 * 100, 0, "29"),
        (-2.5, 0, "-3"),
        (-0.04, 1, "0.0"),
        (1234.25, 1, "1234.3"),
    ],
)
def test_halves_are_rounded_up(value, digits, text):
    assert str(half_up(value, digits)) == text


def test_each_way_to_show_a_number_rounds_half_up():
    assert [number(6.25), number(1234.25), number(12.0), number(2.5, 0), number(-0.04)] == [
        "6.3", "1,234.3", "12", "3", "0",
    ]  # fmt: skip
    assert [percent(0.285), percent(0.125), percent(1)] == ["29%", "13%", "100%"]
    assert difference_words(6.25, 10.25) == "+4"
    assert difference_words(6.2, 6.25) == "+0.1"
    assert range_words(2.25, 2.35) == "95% range 2.3 to 2.4"


def test_no_other_function_rounds_what_is_shown():
    rounds = re.compile(r"(?<![\w.])round\(|\{[^{}]*:[+,]*\.\d+[f%]\}|\{[^{}]*:[+,]*\.\{\w+\}[f%]\}")
    found = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("cwac/**/*.py") if rounds.search(text_of(path))}
    assert found == NOT_SHOWN.keys()
