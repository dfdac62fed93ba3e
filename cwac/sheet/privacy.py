"""Personal data of residents that was typed into a follow-up's summary."""

from __future__ import annotations

import re

from cwac.model import Cell
from cwac.sheet.reading import CellFinding, Reading
from cwac.sheet.text import plain, read_text

MAX_SUMMARY = 200


_STREETS = (
    "st street ave avenue rd road dr drive ln lane blvd boulevard way ct court pl place hwy highway cir circle "
    "ter terrace"
)
_PRIVATE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an email address", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,}")),
    (
        "a phone number",
        re.compile(
            r"(?<![\d-])(?:\+?1[-. ]?)?(?:\(\d{3}\)|\d{3})[-. ]?\d{3}[-. ]?\d{4}(?!\d)"
            r"|(?<![\d-])\d{3}[-.]\d{4}(?![\d-])"
        ),
    ),
    (
        "a date of birth",
        re.compile(
            r"\b(?:d\.?o\.?b\.?|born|birth)\b"
            r"|(?<!\d)(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])[/-](?:19|20)\d{2}(?!\d)",
            re.I,
        ),
    ),
    (
        "a license plate",
        re.compile(
            r"\b(?:plates?|lic(?:ense|ence)?|tag)\b[\s#:.-]*(?=\w*\d)[a-z0-9]{4,8}\b|(?<![\w-])\d[a-z]{3}\d{3}(?![\w-])",
            re.I,
        ),
    ),
    (
        "an address",
        re.compile(
            rf"(?<![\w/])\d{{1,5}}\s+(?:[nsew]\.?\s+)?(?:[a-z.']+\s+){{1,3}}?(?:{_STREETS.replace(' ', '|')})\b", re.I
        ),
    ),
)


def private_details(text: str) -> tuple[str, ...]:
    """The kinds of personal data that a text seems to hold, in words ("a phone number")."""
    text = plain(text)
    return tuple(kind for kind, pattern in _PRIVATE if pattern.search(text))


def read_summary(cell: Cell) -> Reading:
    """A follow-up's summary; warns over 200 characters and of personal data."""
    reading = read_text(cell)
    if reading.value is None:
        return reading
    findings = []
    if len(reading.value) > MAX_SUMMARY:
        findings.append(CellFinding("too-large", f"Over {MAX_SUMMARY} characters: keep it shorter.", "warning"))
    private = private_details(reading.value)
    if private:
        findings.append(
            CellFinding("privacy", f"This looks like {' and '.join(private)}: take it out of the sheet.", "warning")
        )
    return Reading(reading.value, tuple(findings))
