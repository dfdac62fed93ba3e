"""The documents: every link leads to a file, and every link to a heading to one that exists."""

import re
from functools import cache
from pathlib import Path

from tests.accessibility import MATRIX, PAGE, RESULTS, criteria, with_report
from tests.cases import each

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@cache
def text_of(path: str | Path) -> str:
    """A file of this project."""
    return (ROOT / path).read_text(encoding="utf-8")


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", text_of(document), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for link in re.findall(r"\]\(([^):\s]+)\)", text_of(document)):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def test_every_decision_is_in_the_index() -> None:
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("0*.md"))
    assert re.findall(r"\]\((0\d{3}-\S+\.md)\)", text_of("docs/decisions/README.md")) == pages


def test_modules_named_in_the_house_exist() -> None:
    house = text_of("docs/design.md").split("```")[1]
    modules = {path.name for path in [*ROOT.glob("cwac/**/*.py"), *ROOT.glob("*.py")]}
    folders = {path.name for path in [*ROOT.glob("cwac/**"), *ROOT.glob("tests/*"), *ROOT.glob("*")] if path.is_dir()}
    named = set(re.findall(r"\b(\w+\.py)\b", house))
    assert len(named) > 60
    assert named - modules == set()
    assert set(re.findall(r"\b(\w+)/(?=\s)", house)) - folders == set()


SHARED = re.compile(
    r"threading\.\w+\(|\bR?Lock\(\)|Semaphore\(|flock\(|Queue\(|subprocess\.(?:run|Popen)|_Thread\(|^_cache\b"
    r"|environ\.setdefault\(|catch_warnings\(",
    re.MULTILINE,
)
"""What starts a thread or a process, is shared by threads, or changes the whole process."""


def test_every_thread_process_lock_and_queue_is_listed_in_the_design() -> None:
    section = text_of("docs/design.md").split("## What runs")[1].split("\n## ")[0]
    table = "".join(re.findall(r"^\|.*", section, re.M))
    listed = set(re.findall(r"`((?:\w+/)?\w+\.py)`", table))
    files = (ROOT / "cwac").rglob("*.py")
    modules = {file.relative_to(ROOT / "cwac").as_posix() for file in files if SHARED.search(text_of(file))}
    assert len(modules) > 10
    assert listed == modules


# --- the conformance report ------------------------------------------------------------------------------------------


def test_report_is_what_the_command_writes() -> None:
    assert with_report(text_of(PAGE)) == text_of(PAGE)


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
        assert f"\ndef {name}(" in text_of(path), test


def test_accessibility_page_has_a_dated_statement_and_says_what_was_not_tried() -> None:
    statement = " ".join(text_of(PAGE).partition("## The report")[0].split())
    assert re.search(r"Not tried: Firefox, Safari, a real phone, and a real screen reader", statement)
    assert {"April 26, 2027", "April 26, 2028"} <= set(re.findall(r"April 26, \d{4}", statement))
