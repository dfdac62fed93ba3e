"""The documents: links lead to files and headings; the conformance report; pins, and the commands in the README."""

import ast
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

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


# --- pins and the README ----------------------------------------------------------------------------------------------

PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]
PINNED = text_of("requirements.txt")
README = text_of("README.md")
EXTRAS = PROJECT["optional-dependencies"]
DEPENDENCIES = [Requirement(text) for text in PROJECT["dependencies"] + EXTRAS["postgresql"] + EXTRAS["microsoft"]]
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": platform}
    for version in ("3.11", "3.12", "3.13")
    for platform in ("linux", "darwin")
]


# `name==version ; marker`, without its hashes.
PINS = [Requirement(line.rstrip("\\ ")) for line in re.findall(r"^[A-Za-z0-9].*==.*$", PINNED, re.M)]


def versions(name: str, environment: dict[str, str]) -> list[str]:
    """The versions that are pinned there: one, unless something is wrong."""
    applying = [pin for pin in PINS if not pin.marker or pin.marker.evaluate(environment)]
    named = [pin for pin in applying if canonicalize_name(pin.name) == canonicalize_name(name)]
    return [specifier.version for pin in named for specifier in pin.specifier]


def test_every_pin_has_hashes_and_no_registry_is_named() -> None:
    blocks = re.findall(r"^[A-Za-z0-9_.\-\[\],]+==\S+.*?\\\n(?:\s+--hash=sha256:[0-9a-f]{64}.*\n?)+", PINNED, re.M)
    assert len(blocks) == len(PINS) == len(re.findall(r"^[^\s#-].*==", PINNED, re.M)) > 50
    assert "://" not in PINNED
    assert not re.search(r"^\s*--(?:extra-)?index-url|^\s*--find-links", PINNED, re.M)


def test_requirements_have_one_version_of_each_dependency_within_its_range() -> None:
    assert [
        (dependency.name, environment)
        for dependency, environment in itertools.product(DEPENDENCIES, ENVIRONMENTS)
        if not dependency.marker or dependency.marker.evaluate(environment)
        if [version in dependency.specifier for version in versions(dependency.name, environment)] != [True]
    ] == []


def imported() -> Iterator[str]:
    """The libraries that the program imports, by the names that it imports."""
    for file in [*ROOT.glob("cwac/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"]:
        for node in ast.walk(ast.parse(text_of(file))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield (node.module or "").partition(".")[0]


def test_every_library_that_is_imported_is_declared() -> None:
    libraries = set(imported()) - sys.stdlib_module_names - {"cwac", "pages"}
    declared = {canonicalize_name(dependency.name) for dependency in DEPENDENCIES}
    distributions = packages_distributions()
    assert {"streamlit", "starlette", "PIL", "psycopg", "typst"} <= libraries
    assert [
        library
        for library in sorted(libraries)
        if not any(canonicalize_name(name) in declared for name in distributions.get(library, ()))
    ] == []


def test_requirements_header_gives_the_command_that_makes_them() -> None:
    command = PINNED.splitlines()[1].lstrip("# ")
    assert command.startswith("uv pip compile ")
    extras = ("--extra postgresql", "--extra microsoft")
    for option in ("--universal", "--generate-hashes", *extras, "--python-version 3.11"):
        assert f" {option} " in command
    assert command.endswith("--output-file requirements.txt pyproject.toml")
    assert PROJECT["requires-python"] == ">=3.11"
    assert command in text_of("CONTRIBUTING.md")


# --- releases ---------------------------------------------------------------------------------------------------------

VERSION = Version(PROJECT["version"])


def test_program_says_the_version_of_the_newest_release_in_the_changelog() -> None:
    from cwac.cli import main  # not above: test_addons.py, which imports this module, starts without any of cwac

    said = CliRunner().invoke(main, ["--version"]).output
    releases = [Version(number) for number in re.findall(r"^## (\d[\d.]*)", text_of("CHANGELOG.md"), re.M)]
    assert len(releases) > 1
    assert releases == sorted(releases, reverse=True)
    assert Version(said.split()[-1]) == VERSION == releases[0], "after a new version: pip install -e '.[test]'"


def test_no_tag_is_above_the_version() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    listed = subprocess.run(["git", "tag", "--list", "v*"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tags = [Version(tag) for tag in re.findall(r"^v(\d+\.\d+\.\d+)$", listed, re.M)]
    assert [str(tag) for tag in tags if tag > VERSION] == []


def test_the_readme_gives_each_command_on_one_line() -> None:
    for name, ends in (("run", "streamlit run dashboard.py"), ("test", "pytest")):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", README, re.S)
        assert block, f"README's {name} command is marked"
        assert "\n" not in block[1]
        assert block[1].endswith(ends)


def test_the_readme_has_600_words_at_most_in_the_order_of_a_first_visit() -> None:
    assert len(README.split()) <= 600
    order = (
        "Police agencies of a county", "**For** coordinators", "**It only reads.**", "docs/pictures/own-sheet.png",
        "## See it now", "<!-- run -->", "## Your own sheet", "## Guides", "## Test it", "<!-- test -->",
        "## For developers",
    )  # fmt: skip
    places = [README.index(words) for words in order]
    assert places == sorted(places)


def test_the_readme_explains_the_address_that_its_clone_command_leaves_open() -> None:
    before = README.partition("git clone ADDRESS-OF-THIS-REPOSITORY coffee && cd coffee\n")[0]
    line = "In place of ADDRESS-OF-THIS-REPOSITORY, type the address that your browser shows for this page."
    assert f"\n\n{line}\n\n```sh\n" in before


def test_the_readme_refuses_an_old_python_in_one_line() -> None:
    """The same code runs under any Python: nothing in it is newer than Python 2."""
    checks = re.findall(r"python3 -c 'import sys; (.*?)' && python3 -m venv", README)
    assert (len(checks), len(set(checks))) == (2, 1)
    checks += re.findall(r'py -3 -c "import sys; (.*?)"', text_of("docs/operate/windows.md"))
    assert len(checks) == 4
    for check in checks:
        for version, refused in (((2, 7, 18), True), ((3, 9, 18), True), ((3, 11, 0), False), ((4, 0, 0), False)):
            exits: list[str] = []
            fake = SimpleNamespace(version_info=version, version="3.9.18 (main)", exit=exits.append)
            exec(check, {"sys": fake})
            assert bool(exits) == refused
            assert all("Python 3.11 or newer" in sentence and "\n" not in sentence for sentence in exits)
