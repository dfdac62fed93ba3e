"""Imports between packages point down only, and each library is used in its own packages only."""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType

import streamlit

from tests.cases import each

ROOT = Path(__file__).resolve().parent.parent

# What each package may import of ours, besides itself.
BASE = {
    "model",
    "settings",
    "logs",
    "date_words",
    "rounding",
    "file_owners",
    "one_line",
}
READING = {"sheet", "sources", *BASE}
ANSWERS = {"analysis", *READING}
KEEPING = {"storage", "exports", "access", *ANSWERS}
ROOMS: dict[str, set[str]] = {
    "model": set(),
    "settings": set(),
    "logs": set(),
    "date_words": set(),
    "clock": set(),
    "rounding": set(),
    "file_owners": set(),
    "one_line": set(),
    "sheet": BASE,
    "sources": {"clock", "sheet", *BASE},
    "analysis": {"sheet", *BASE},
    "access": {"analysis", "sheet", *BASE},
    "exports": {"analysis", "sheet", *BASE},
    "storage": {"clock", "analysis", "sheet", *BASE},
    "refresh": {"clock", *KEEPING},
    "notify": {"clock", *KEEPING},
    "checks": {"notify", "storage", "access", *READING},
    "cli": {"clock", "checks", "refresh", "notify", *KEEPING},
    "__main__": {"cli"},
    "web": {"clock", "checks", "refresh", "notify", *KEEPING},
    "pages": {"web", *KEEPING},
    "dashboard": {"web"},
}
LIBRARIES: dict[str, set[str]] = {
    "streamlit": {"web", "pages", "dashboard"},
    "starlette": {"web"},
    "gspread": {"sources"},
    "google": {"sources"},
    "msal": {"sources"},
    "openpyxl": {"sources", "sheet", "exports"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "click": {"cli"},
    "tomlkit": {"cli"},
    "altair": {"exports"},
    "typst": {"exports"},
    "segno": {"exports"},
    "docx": {"exports"},
    "prometheus_client": {"web"},
}
STANDARD_ONLY = {"model", "date_words", "rounding", "file_owners", "one_line", "settings"}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "cwac" and len(parts) > 1 else parts[0]


@cache
def nodes_of(source: str) -> list[ast.AST]:
    """The imports and attributes in a source text, parsed once for all tests."""
    kinds = (ast.Import, ast.ImportFrom, ast.Attribute)
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes_of(path.read_text(encoding="utf-8")):
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


@each("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_imports_point_down(path):
    room = room_of(path)
    assert room in ROOMS, f"{path} belongs to no package"
    for name in imported(path):
        first, *rest = name.split(".")
        if first == "cwac" and rest:
            assert rest[0] == room or rest[0] in ROOMS[room], f"{path} imports {name}"
        elif first in LIBRARIES:
            assert room in LIBRARIES[first], f"{path} imports {name}"


COMPAT = ROOT / "cwac/web/streamlit_compat.py"


def internals_of_streamlit(source: str) -> set[str]:
    """Submodules of Streamlit that this code imports or reaches through `st`, without the public namespaces."""
    public = {"components", "column_config"}
    used: set[str] = set()
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names if alias.name.startswith("streamlit.")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "streamlit":
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
            is_module = isinstance(getattr(streamlit, node.attr, None), ModuleType)
            used |= {f"st.{node.attr}"} if is_module and node.attr not in public else set()
    return used


@each("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_only_streamlit_compat_uses_internals_of_streamlit(path):
    used = internals_of_streamlit(path.read_text(encoding="utf-8"))
    assert bool(used) == (path == COMPAT), f"{path} uses {used}: move that into {COMPAT.name}"


@each(
    "code",
    [
        "from streamlit import config",
        "from streamlit.runtime import Runtime",
        "import streamlit.net_util",
        "import streamlit as st\nst.config.get_option('x')",
        "import streamlit as st\nst.runtime.exists()",
    ],
)
def test_internals_of_streamlit_are_recognized(code):
    assert internals_of_streamlit(code)


def test_public_names_of_streamlit_are_allowed():
    code = "import streamlit as st\nst.title('x')\nst.components.v2.component('x')\nst.column_config.TextColumn()"
    assert internals_of_streamlit(code) == set()


@each("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_only_tuning_changes_the_interpreter(path):
    source = path.read_text(encoding="utf-8")
    knobs = {name for name in ("import gc", "import ctypes", "setswitchinterval") if name in source}
    assert not knobs or path == ROOT / "cwac/web/tuning.py", f"{path} uses {knobs}: move that into tuning.py"


@each("path", [path for path in SOURCES if room_of(path) in STANDARD_ONLY])
def test_model_and_settings_import_the_standard_library_only(path):
    import sys

    outside = {name.split(".")[0] for name in imported(path)} - sys.stdlib_module_names
    assert outside <= {"cwac"}


def test_the_list_of_sections_alone_names_those_that_an_installation_may_lack():
    added = {"cwac.settings.notify", "cwac.settings.packet"}
    uses = {
        path.stem: imports
        for path in (ROOT / "cwac" / "settings").glob("*.py")
        if (imports := {name for name in imported(path) if name in added or name.rpartition(".")[0] in added})
    }
    assert uses == {"table": added}


def test_analysis_has_no_import_cycle():
    modules = {path.stem: path for path in (ROOT / "cwac" / "analysis").glob("*.py") if path.stem != "__init__"}
    uses = {
        name: {
            part
            for module in imported(path)
            if module.startswith("cwac.analysis")
            for part in module.split(".")[2:3]
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
