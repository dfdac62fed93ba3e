"""The conformance report: its criteria, the tests that it names, and the page that is made of it."""

import re

from tests.accessibility import MATRIX, PAGE, RESULTS, criteria, with_report
from tests.web.served import ROOT


def test_report_is_what_the_command_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_report(page) == page


def test_report_has_every_criterion_of_wcag_a_and_aa_once() -> None:
    numbers = {level: " ".join(row["number"] for row in MATRIX[level]) for level in ("A", "AA")}
    assert numbers == {
        "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 "
        "2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.1 4.1.2",
        "AA": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 "
        "2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
    }
    assert {row["result"] for _, row in criteria()} == set(RESULTS)


def test_each_claim_names_a_test_or_the_hand_and_each_test_exists() -> None:
    tests = MATRIX["tests"]
    claims = {row["number"]: row.get("by", []) for _, row in criteria() if row["result"] != "Not applicable"}
    assert [number for number, by in claims.items() if not by] == []
    assert {name for by in claims.values() for name in by} == {*tests, "hand"}
    for test in tests.values():
        path, _, name = test.partition("::")
        assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_accessibility_page_has_a_dated_statement_and_says_what_was_not_tried() -> None:
    statement = " ".join(PAGE.read_text(encoding="utf-8").partition("## The report")[0].split())
    assert re.search(r"Not tried: Firefox, Safari, a real phone, and a real screen reader", statement)
    assert {"April 26, 2027", "April 26, 2028"} <= set(re.findall(r"April 26, \d{4}", statement))
