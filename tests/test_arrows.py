"""The arrows: imports point down only, and each outside library stays in the room that it was let into."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What each package may import of ours, beside itself.
BASE = {"model", "settings", "logs"}
READING = {"sheet", "sources", *BASE}
ANSWERS = {"analysis", *READING}
KEEPING = {"storage", "exports", "access", *ANSWERS}
ROOMS: dict[str, set[str]] = {
    "model": set(),
    "settings": set(),
    "logs": set(),
    "sheet": BASE,
    "sources": {"sheet", *BASE},
    "analysis": {"sheet", *BASE},
    "allowed_fields": {"model"},
    "access": {"allowed_fields", "analysis", "sheet", *BASE},
    "exports": {"analysis", "sheet", *BASE},
    "storage": {"analysis", "sheet", *BASE},
    "refresh": KEEPING,
    "cli": {"refresh", *KEEPING},
    "__main__": {"cli"},
    "web": {"refresh", *KEEPING},
    "pages": {"web", *KEEPING},
    "dashboard": {"web"},
}
LIBRARIES: dict[str, set[str]] = {
    "streamlit": {"web", "pages", "dashboard"},
    "starlette": {"web"},
    "gspread": {"sources"},
    "google": {"sources"},
    "openpyxl": {"sources", "sheet", "exports"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "click": {"cli"},
    "altair": {"exports"},
    "typst": {"exports"},
    "highspy": {"analysis"},
    "prometheus_client": {"web"},
}
STANDARD_ONLY = {"model", "settings"}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "cwac" and len(parts) > 1 else parts[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are written out"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


SOURCES = sorted(
    path
    for path in [*ROOT.glob("cwac/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"]
    if path.name != "__init__.py" or path.parent.name != "cwac"
)


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_imports_point_down(path):
    room = room_of(path)
    assert room in ROOMS, f"{path} belongs to no package"
    for name in imported(path):
        first, *rest = name.split(".")
        if first == "cwac" and rest:
            assert rest[0] == room or rest[0] in ROOMS[room], f"{path} imports {name}"
        elif first in LIBRARIES:
            assert room in LIBRARIES[first], f"{path} imports {name}"


@pytest.mark.parametrize("room", sorted(STANDARD_ONLY))
def test_the_vocabulary_needs_nothing_but_python(room):
    import sys

    outside = {name.split(".")[0] for name in imported(ROOT / "cwac" / f"{room}.py")} - sys.stdlib_module_names
    assert outside == set()


def test_analysis_has_no_import_cycle():
    modules = {path.stem: path for path in (ROOT / "cwac" / "analysis").glob("*.py") if path.stem != "__init__"}
    uses = {
        name: {
            part
            for one in imported(path)
            if one.startswith("cwac.analysis")
            for part in one.split(".")[2:3]
            if part in modules
        }
        for name, path in modules.items()
    }

    def walk(name: str, on: tuple[str, ...]) -> None:
        assert name not in on, " -> ".join((*on, name))
        for other in uses[name]:
            walk(other, (*on, name))

    for name in modules:
        walk(name, ())
