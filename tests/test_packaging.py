"""What the project promises to those who install it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINNED = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0].casefold().replace("_", "-")


def test_every_dependency_is_pinned_with_hashes_and_no_registry_is_named():
    wanted = {name_of(one) for one in PROJECT["project"]["dependencies"]}
    wanted |= {name_of(one) for one in PROJECT["project"]["optional-dependencies"]["postgresql"]}
    blocks = re.findall(r"^([A-Za-z0-9_.\-\[\],]+)==\S+.*?\\\n((?:\s+--hash=sha256:[0-9a-f]{64}.*\n?)+)", PINNED, re.M)
    pinned = {name_of(name) for name, _ in blocks}
    assert wanted - pinned == set()
    assert len(blocks) == len(re.findall(r"^[^\s#-].*==", PINNED, re.M))
    assert "://" not in PINNED
    assert not re.search(r"^\s*--(?:extra-)?index-url|^\s*--find-links", PINNED, re.M)


def test_the_readme_gives_each_command_on_one_line():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, ends in (("run", "streamlit run dashboard.py"), ("test", "pytest")):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", readme, re.S)
        assert block, f"README's {name} command is marked"
        assert "\n" not in block[1]
        assert block[1].endswith(ends)
