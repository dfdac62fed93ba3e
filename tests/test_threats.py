"""Dangerous calls that must not be in the code, and the tests that the threat model names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.cases import each

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("cwac/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"])
THREATS = (ROOT / "docs/threats.md").read_text(encoding="utf-8")

RUNS_DATA = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "yaml", "subprocess", "pty", "telnetlib", "xmlrpc"}
"""Modules that can execute the data they read, or start programs."""
CALLS = {"os.system", "os.popen", "marshal.loads", "marshal.load", "pd.read_pickle", "pd.eval", "np.load"}
ELEMENTS = {"html", "iframe", "components.v1", "file_uploader", "camera_input", "audio_input", "chat_input"}
"""Streamlit elements that put HTML on a page or accept uploads."""


def dangerous_uses(source: str) -> Iterator[str]:
    """The names of calls and imports that execute data, start programs, or put HTML on a page."""
    tree = ast.parse(source)
    constants = {
        target.id
        for line in tree.body
        if isinstance(line, ast.Assign) and (isinstance(line.value, ast.Constant) or _is_our_stylesheet(line.value))
        for target in line.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in MODULES:
                yield node.module
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            if (name in RUNS_DATA and isinstance(node.func, ast.Name)) or name in CALLS:
                yield name
            if name.startswith(tuple(f"st.{element}" for element in ELEMENTS)) and not _is_our_own(node, constants):
                yield name
            for keyword in node.keywords:
                if keyword.arg in ("unsafe_allow_html", "unsafe_allow_javascript", "shell", "allow_pickle", "verify"):
                    yield f"{name}({keyword.arg}=)"


def _is_our_stylesheet(value: ast.expr) -> bool:
    """Whether this is the path of a stylesheet beside the module, or the `Stylesheet` in that file."""
    path = r"Path\(__file__\)\.with_name\('\w+'\) / '\w+\.css'"
    return bool(re.fullmatch(rf"{path}|Stylesheet\({path}\)", ast.unparse(value)))


def dotted(function: ast.expr) -> str:
    """The source of a called name, which ast.unparse gives too but slowly."""
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        return f"{dotted(function.value)}.{function.attr}"
    return ast.unparse(function)


def _is_our_own(call: ast.Call, constants: set[str]) -> bool:
    """Whether the only argument is a constant of the module."""
    return [type(argument) for argument in call.args] == [ast.Name] and call.args[0].id in constants  # type: ignore[attr-defined]


STARTS_PROGRAMS = {ROOT / "cwac/cli/serve.py"}
"""The module that starts a program: Streamlit, with an address and a port."""


@each("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_nothing_here_runs_data(path: Path) -> None:
    allowed = ["subprocess"] if path in STARTS_PROGRAMS else []
    assert list(dangerous_uses(path.read_text(encoding="utf-8"))) == allowed


@each(
    "code",
    [
        "import pickle",
        "from yaml import load",
        "import concurrent.futures, shelve",
        "eval('1')",
        "exec(code)",
        "os.system('x')",
        "marshal.loads(data)",
        "st.html(text)",
        "STYLE = make()\nst.html(STYLE)",
        "STYLE = f'{x}'\nst.html(STYLE)",
        "st.html('<b>' + text)",
        "STYLE = Path(name)\nst.html(STYLE)",
        "STYLE = Stylesheet(Path(name))\nst.html(STYLE)",
        "STYLE = Path(__file__).with_name('assets') / f'{x}.css'\nst.html(STYLE)",
        "PAGE = Path(__file__).with_name('assets') / 'page.html'\nst.html(PAGE)",
        "st.components.v1.html(text)",
        "st.markdown(text, unsafe_allow_html=True)",
        "st.file_uploader('x')",
        "run(words, shell=True)",
        "requests.get(url, verify=False)",
    ],
)
def test_dangerous_code_is_recognized(code: str) -> None:
    assert list(dangerous_uses(code)) != []


def test_compiling_a_pattern_is_allowed() -> None:
    assert list(dangerous_uses("re.compile('x'); pattern.match(x)")) == []


def test_constant_style_is_allowed() -> None:
    assert list(dangerous_uses("STYLE = '<style>a { color: red }</style>'\nst.html(STYLE)")) == []
    for value in (path := "Path(__file__).with_name('assets') / 'frame.css'", f"Stylesheet({path})"):
        assert list(dangerous_uses(f"STYLE = {value}\nst.html(STYLE)")) == []


def test_each_attack_in_the_table_names_an_existing_test() -> None:
    rows = [line for line in THREATS.splitlines() if re.match(r"\| .* \| .* \| `tests/", line)]
    assert len(rows) >= 20
    for row in rows:
        for place, name in re.findall(r"`(tests/[a-z_/]+\.py)(?:::(\w+))?`", row):
            source = (ROOT / place).read_text(encoding="utf-8")
            assert not name or f"def {name}(" in source, f"{place} has no {name}"


def test_threat_model_is_one_page() -> None:
    assert len(THREATS.splitlines()) <= 90
