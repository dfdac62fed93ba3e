"""Dependencies, pins and the commands in the README."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
EXTRAS = PROJECT["optional-dependencies"]
DEPENDENCIES = [Requirement(text) for text in PROJECT["dependencies"] + EXTRAS["postgresql"] + EXTRAS["microsoft"]]
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": platform}
    for version in ("3.11", "3.12", "3.13")
    for platform in ("linux", "darwin")
]


def name_of(requirement: str) -> str:
    return canonicalize_name(re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0])


def pins(text: str) -> Iterator[Requirement]:
    """Each `name==version ; marker` of a requirements file, without its hashes."""
    for line in re.findall(r"^[A-Za-z0-9].*==.*$", text, re.M):
        yield Requirement(line.rstrip("\\ "))


def unsatisfied(dependencies: list[Requirement], text: str) -> list[str]:
    """Dependencies for which no single pin of `text`, within the range, applies in each environment."""
    wrong = []
    for dependency in dependencies:
        named = [pin for pin in pins(text) if canonicalize_name(pin.name) == canonicalize_name(dependency.name)]
        for environment in ENVIRONMENTS:
            if dependency.marker and not dependency.marker.evaluate(environment):
                continue
            applying = [pin for pin in named if not pin.marker or pin.marker.evaluate(environment)]
            versions = [specifier.version for pin in applying for specifier in pin.specifier]
            if len(versions) != 1 or versions[0] not in dependency.specifier:
                wrong.append(str(dependency))
                break
    return wrong


def test_every_dependency_is_pinned_with_hashes_and_no_registry_is_named() -> None:
    wanted = {canonicalize_name(dependency.name) for dependency in DEPENDENCIES}
    blocks = re.findall(r"^([A-Za-z0-9_.\-\[\],]+)==\S+.*?\\\n((?:\s+--hash=sha256:[0-9a-f]{64}.*\n?)+)", PINNED, re.M)
    pinned = {name_of(name) for name, _ in blocks}
    assert wanted - pinned == set()
    assert len(blocks) == len(re.findall(r"^[^\s#-].*==", PINNED, re.M))
    assert "://" not in PINNED
    assert not re.search(r"^\s*--(?:extra-)?index-url|^\s*--find-links", PINNED, re.M)


def test_requirements_satisfy_pyproject() -> None:
    assert unsatisfied(DEPENDENCIES, PINNED) == []


def test_requirements_header_gives_the_command_that_makes_them() -> None:
    command = PINNED.splitlines()[1].lstrip("# ")
    assert command.startswith("uv pip compile ")
    extras = ("--extra postgresql", "--extra microsoft")
    for option in ("--universal", "--generate-hashes", *extras, "--python-version 3.11"):
        assert f" {option} " in command
    assert command.endswith("--output-file requirements.txt pyproject.toml")
    assert PROJECT["requires-python"] == ">=3.11"
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert command in contributing


def test_the_readme_gives_each_command_on_one_line() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, ends in (("run", "streamlit run dashboard.py"), ("test", "pytest")):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", readme, re.S)
        assert block, f"README's {name} command is marked"
        assert "\n" not in block[1]
        assert block[1].endswith(ends)


def test_the_readme_reaches_developers_within_600_words() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## For developers\n")
    assert first[1]
    assert len(first[0].split()) <= 600


def test_the_readme_refuses_an_old_python_in_one_line() -> None:
    """The same code runs under any Python: nothing in it is newer than Python 2."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    checks = re.findall(r"python3 -c 'import sys; (.*?)' && python3 -m venv", readme)
    assert (len(checks), len(set(checks))) == (2, 1)
    windows = (ROOT / "docs/operate/windows.md").read_text(encoding="utf-8")
    checks += re.findall(r'py -3 -c "import sys; (.*?)"', windows)
    assert len(checks) == 4
    for check in checks:
        for version, refused in (((2, 7, 18), True), ((3, 9, 18), True), ((3, 11, 0), False), ((4, 0, 0), False)):
            exits: list[str] = []
            fake = SimpleNamespace(version_info=version, version="3.9.18 (main)", exit=exits.append)
            exec(check, {"sys": fake})
            assert bool(exits) == refused
            assert all("Python 3.11 or newer" in sentence and "\n" not in sentence for sentence in exits)
