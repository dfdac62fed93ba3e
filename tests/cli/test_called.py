"""Hints name commands as this person called the program, and libraries as this person installs them."""

import ast
import re
import sys
from pathlib import Path

import pytest

from cwac.checks import configured
from cwac.cli import main
from cwac.cli.output import as_called, called, print_message
from tests.cases import each
from tests.cli.plan import ROOT, run

UNIT = """# /etc/coffee/secrets.toml holds the settings
[Service]
ExecStart={programs}/cwac serve --port %i
Environment=XDG_DATA_HOME=/var/lib/coffee
Environment=STREAMLIT_SECRETS_FILES=/etc/coffee/secrets.toml
"""
HINTS = 'Run cwac connect, then cwac check. Run pip install "msal>=1.35"'


@pytest.fixture(autouse=True)
def no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "ROOT", tmp_path / "machine")
    for name in ("UV", "UV_RUN_RECURSION_DEPTH"):
        monkeypatch.delenv(name, raising=False)


def installed(programs: Path, *, wrapper: bool = True) -> None:
    """A service of these programs on this machine, as docs/deploy/install.sh makes it."""
    for path, text in {"etc/systemd/system/coffee@.service": UNIT.format(programs=programs),
                       "etc/systemd/system/other.service": "[Service]\nExecStart=/usr/bin/other\n",
                       **({"usr/local/bin/cwac-coffee": "#!/bin/sh\n"} if wrapper else {})}.items():  # fmt: skip
        file = configured.ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@each(
    "script, words, on_path, by_uv, program, pip",
    [
        (".venv/bin/cwac", (), False, "", ".venv/bin/cwac", ".venv/bin/pip install"),
        ("./cwac", (), False, "", "./cwac", f"{sys.executable} -m pip install"),
        ("/opt/my coffee/cwac", (), False, "", "'/opt/my coffee/cwac'", f"{sys.executable} -m pip install"),
        ("bin/cwac", (), True, "", "cwac", f"{sys.executable} -m pip install"),
        ("x/cwac/__main__.py", (".venv/bin/python", "-P", "-m", "cwac", "check"), False, "",
         ".venv/bin/python -P -m cwac", f"{sys.executable} -m pip install"),
        ("bin/cwac", (), True, "uvx", "uvx --from /srv/coffee.whl cwac", "uvx --with"),
        ("bin/cwac", (), True, "uv run", "uv run cwac", "uv pip install"),
        ("/usr/bin/pytest", (), False, "", "cwac", f"{sys.executable} -m pip install"),
    ],
)  # fmt: skip
def test_hint_is_what_was_typed_in_each_way_of_calling(
    script: str, words: tuple[str, ...], on_path: bool, by_uv: str, program: str, pip: str, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for name in (".venv/bin/pip", "bin/cwac"):
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(0o755)
        patch.setattr("sys.argv", [str(tmp_path / script) if on_path else script, "check"])
        patch.setattr("sys.orig_argv", [sys.executable, script, *words][-len(words) or None :])
        patch.setenv("PATH", str(tmp_path / "bin") if on_path else "/nowhere")
        if by_uv:
            patch.setenv("UV", "/usr/bin/uv")
            patch.setattr("sys.prefix", "/root/.cache/uv/archive-v0/a1b2c3")
            patch.setattr("cwac.cli.output._installed_from", lambda: "/srv/coffee.whl")
        if by_uv == "uv run":
            patch.setenv("UV_RUN_RECURSION_DEPTH", "1")
        assert called() == program
        more = " --from /srv/coffee.whl cwac" if by_uv == "uvx" else ""
        libraries = f'{pip} "msal>=1.35"{more}'
        as_typed = f"Run {program} connect, then {program} check. Run {libraries}"
        assert [as_called(HINTS), as_called(as_typed)] == [as_typed, as_typed]


@each("wrapper, program", [(True, "sudo cwac-coffee"), (False, ".venv/bin/cwac")])
def test_program_of_a_service_is_called_by_its_wrapper(
    wrapper: bool, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", [".venv/bin/cwac", "check"])
    monkeypatch.setattr(configured, "ROOT", tmp_path / str(wrapper))
    programs = Path(sys.executable).parent
    installed(programs, wrapper=wrapper)
    assert as_called(HINTS) == (
        f'Run {program} connect, then {program} check. Run sudo {programs}/pip install "msal>=1.35"'
    )
    assert configured.command() == ("sudo cwac-coffee" if wrapper else "cwac")


def test_other_service_of_this_machine_is_named_with_its_settings_its_store_and_its_command() -> None:
    installed(Path("/opt/coffee/current/bin"))
    printed = run("doctor", status=1).stdout
    assert (
        "The service coffee@.service of this machine reads other settings, /etc/coffee/secrets.toml, and keeps its "
        "store at /var/lib/coffee/cwac/cwac.sqlite3."
    ) in printed
    assert "-> You: To check that one run sudo cwac-coffee doctor" in printed
    assert run("history", status=2).stderr == (
        "Error: No sheet is connected, and of the sample nothing is kept: connect one with cwac connect. What "
        "coffee@.service keeps: sudo cwac-coffee, with the same words.\n"
    )
    (configured.ROOT / "etc/systemd/system/coffee@.service").write_bytes(b"\xff")
    assert "other-service" not in run("doctor", status=1).stdout


def test_no_printed_hint_has_another_name_than_the_one_typed(
    plan: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [".venv/bin/cwac"])
    printed = [
        run(*words.split(), status=status)
        for words, status in {
            "audit": 2, "history": 2, "changes": 2, "notify --dry-run": 2, "--help": 0, "restore --help": 0,
            "doctor": 1, "doctor --format json": 1, "connect a b c": 2, f"connect {plan}": 0, "serve sheet": 2,
            "restore 7 -o x.xlsx": 2, "connect": 0, "backup x --restore": 2,
        }.items()
    ]  # fmt: skip
    print_message("To go on, run: cwac connect")
    text = "".join(ended.stdout + ended.stderr for ended in printed) + capsys.readouterr().err
    assert text.endswith("To go on, run: .venv/bin/cwac connect\n")
    hints = text.count(".venv/bin/cwac ")
    assert hints > 30
    assert re.findall(r".{0,40}(?<!\.venv/bin/)cwac .{0,20}", text) == []


def test_every_text_that_reads_as_a_command_is_one() -> None:
    """Another would be changed as if it were a hint; and no registry has a package of that name."""
    commands = main.all_commands()
    wrong = []
    modules = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "cwac").rglob("*.py"))}
    for path, text in modules.items():
        if "cwac " not in text:
            continue
        tree = ast.parse(text)
        docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                named = re.findall(r"(?<![\w/.-])cwac ([a-z]+)", node.value)
                wrong += [(path.name, name) for name in named if name not in commands]
    assert wrong == []
    others = [*(ROOT / "cwac").rglob("*.toml"), *(ROOT / "docs").rglob("*.md")]
    texts = modules | {path: path.read_text(encoding="utf-8") for path in others}
    assert [path.name for path, text in texts.items() if "cwac[" in text] == []
