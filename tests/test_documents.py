"""The documents: every link leads to a file, and every link to a heading to one that exists."""

import re
from pathlib import Path

from tests.cases import each

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^):\s]+)\)")


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> list[str]:
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.is_file() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@each("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_links_lead_to_files_and_headings(document: Path) -> None:
    assert broken_links(document) == []


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("0*.md"))
    assert re.findall(r"\]\((0\d{3}-\S+\.md)\)", index) == pages


def test_modules_named_in_the_house_exist() -> None:
    house = (ROOT / "docs/design.md").read_text(encoding="utf-8").split("```")[1]
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
    table = (ROOT / "docs/design.md").read_text(encoding="utf-8").split("## What runs")[1].split("\n## ")[0]
    listed = set(re.findall(r"`(\w+/\w+\.py)`", table.partition("|")[2]))
    modules = {
        file.relative_to(ROOT / "cwac").as_posix()
        for file in (ROOT / "cwac").rglob("*.py")
        if SHARED.search(file.read_text(encoding="utf-8"))
    }
    assert len(modules) > 10
    assert listed == modules
