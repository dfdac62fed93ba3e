"""Dependencies, pins and the commands in the README."""

import itertools
import re
import tomllib
from types import SimpleNamespace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_documents import text_of

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


def test_requirements_header_gives_the_command_that_makes_them() -> None:
    command = PINNED.splitlines()[1].lstrip("# ")
    assert command.startswith("uv pip compile ")
    extras = ("--extra postgresql", "--extra microsoft")
    for option in ("--universal", "--generate-hashes", *extras, "--python-version 3.11"):
        assert f" {option} " in command
    assert command.endswith("--output-file requirements.txt pyproject.toml")
    assert PROJECT["requires-python"] == ">=3.11"
    assert command in text_of("CONTRIBUTING.md")


def test_the_readme_gives_each_command_on_one_line() -> None:
    for name, ends in (("run", "streamlit run dashboard.py"), ("test", "pytest")):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", README, re.S)
        assert block, f"README's {name} command is marked"
        assert "\n" not in block[1]
        assert block[1].endswith(ends)


def test_the_readme_reaches_developers_within_600_words() -> None:
    first, heading, _ = README.partition("\n## For developers\n")
    assert heading
    assert len(first.split()) <= 600


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
