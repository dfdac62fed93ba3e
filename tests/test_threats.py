"""Dangerous calls that must not be in the code, and the tests that the threat model names."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.cases import each
from tests.test_documents import ROOT, text_of
from tests.test_imports import SOURCES, parsed

THREATS = text_of("docs/threats.md")

# ruff's S and TID251 and the contracts of imports, all in pyproject.toml, find the other code that runs data.


FOLDER = r"Path\(__file__\)\.with_name\('\w+'\)"
CSS = rf"{FOLDER} / '\w+\.css'"


def constants_of(tree: ast.Module) -> Iterator[str]:
    """The module's constants that may be HTML: literals, and stylesheets in a folder beside the module."""
    folders: dict[str, str] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) and line.targets[0].id.isupper():
            name = line.targets[0].id
            value = re.sub(r"\b[A-Z]+\b", lambda word: folders.get(word[0], word[0]), ast.unparse(line.value))
            if re.fullmatch(FOLDER, value):
                folders[name] = value
            elif isinstance(line.value, ast.Constant) or re.fullmatch(rf"{CSS}|Stylesheet\({CSS}(, {CSS})*\)", value):
                yield name


@cache
def imported() -> set[str]:
    """The same of the modules of the web part, as others name them."""
    modules = (path for path in SOURCES if path.parent == ROOT / "cwac/web")
    return {f"{path.stem}.{name}" for path in modules for name in constants_of(parsed(path))}


def dangerous_uses(tree: ast.Module) -> Iterator[str]:
    """The names of calls that compile data, or put HTML on a page."""
    constants = imported().union(constants_of(tree))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            match call.func:
                case ast.Name(name):
                    pass
                case ast.Attribute(ast.Name(module), attribute):
                    name = f"{module}.{attribute}"
                case _:
                    name = ""
            is_ours = len(call.args) == 1 and ast.unparse(call.args[0]) in constants
            if name in ("compile", "__import__") or (name == "st.html" and not is_ours):
                yield name
            for keyword in call.keywords:
                if keyword.arg in ("unsafe_allow_html", "unsafe_allow_javascript", "verify"):
                    yield f"{name}({keyword.arg}=)"


@pytest.mark.slow
@each("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_nothing_here_compiles_data_or_shows_it_as_html(path: Path) -> None:
    assert list(dangerous_uses(parsed(path))) == []


OWN_FILE = "Path(__file__).with_name('assets') / 'frame.css'"


@each(
    ("code", "dangerous"),
    [
        ("compile(text, 'name', 'exec')", True),
        ("re.compile('x'); pattern.match(x)", False),
        ("__import__(name)", True),
        ("st.html(text)", True),
        ("st.html('<b>' + text)", True),
        ("STYLE = make()\nst.html(STYLE)", True),
        ("STYLE = f'{x}'\nst.html(STYLE)", True),
        ("STYLE = '<style>a { color: red }</style>'\nst.html(STYLE)", False),
        (f"STYLE = {OWN_FILE}\nst.html(STYLE)", False),
        (f"STYLE = Stylesheet({OWN_FILE})\nst.html(STYLE)", False),
        (f"STYLE = Stylesheet({OWN_FILE}, {OWN_FILE})\nst.html(STYLE)", False),
        (f"STYLE = Stylesheet({OWN_FILE}, Path(name))\nst.html(STYLE)", True),
        ("ASSETS = Path(__file__).with_name('assets')\nSTYLE = ASSETS / 'a.css'\nst.html(STYLE)", False),
        ("ASSETS = Path(name)\nSTYLE = Stylesheet(ASSETS / 'a.css')\nst.html(STYLE)", True),
        ("st.html(frame.STYLESHEET)", False),
        ("st.html(frame.ICONS)", True),
        ("st.html(other.STYLESHEET)", True),
        ("STYLE = Path(name)\nst.html(STYLE)", True),
        ("STYLE = Stylesheet(Path(name))\nst.html(STYLE)", True),
        ("STYLE = Path(__file__).with_name('assets') / f'{x}.css'\nst.html(STYLE)", True),
        ("PAGE = Path(__file__).with_name('assets') / 'page.html'\nst.html(PAGE)", True),
        ("st.markdown(text, unsafe_allow_html=True)", True),
        ("requests.get(url, verify=name)", True),
    ],
)
def test_dangerous_code_is_recognized(code: str, dangerous: bool) -> None:
    assert bool(list(dangerous_uses(ast.parse(code)))) == dangerous


def test_each_attack_in_the_table_names_an_existing_test() -> None:
    rows = [line for line in THREATS.splitlines() if re.match(r"\| .* \| .* \| `tests/", line)]
    assert len(rows) >= 20
    for row in rows:
        for place, name in re.findall(r"`(tests/[a-z_/]+\.py)(?:::(\w+))?`", row):
            source = text_of(place)
            assert not name or f"def {name}(" in source, f"{place} has no {name}"


def test_threat_model_is_one_page() -> None:
    assert len(THREATS.splitlines()) <= 90
