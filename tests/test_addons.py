"""Each add-on can be deleted: without it, and without all of them, the core works as before."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from cwac import addons
from tests.cases import each
from tests.fixed_clock import PYTHON
from tests.test_documents import ROOT

pytestmark = pytest.mark.slow

Answers = dict[str, list[str]]
NONE = "none"
ALL = ",".join(addons.NAMES)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """What the core answers without none of the add-ons, each of them, and all."""
    base = tmp_path_factory.mktemp("without")
    names = [NONE, *addons.NAMES, ALL]
    for folder in (base, *(base / name for name in names)):
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit/config.toml").symlink_to(ROOT / ".streamlit/config.toml")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CWAC_", "STREAMLIT_"))}
    command = [*PYTHON, "tests.without_addons", *names]
    environ = kept | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=base, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(zip(names, map(json.loads, ended.stdout.splitlines()), strict=True))


def differences(whole: Answers, less: Answers) -> dict[str, int]:
    """Answer -> how many of its lines are gone, without those that are about the add-on's absence."""
    whole = {name: whole[name] for name in less}
    for name in REFUSALS:
        whole, less = whole | {name: []}, less | {name: []}
    assert {name: lines for name, lines in less.items() if Counter(lines) - Counter(whole[name])} == {}
    return {name: len(lines) - len(less[name]) for name, lines in whole.items() if lines != less[name]}


DIALOG = "calendar with an event and its menus"
REFUSALS = ("[notify]", "[packet]", "cwac report --for nno 2026")
GONE = {
    "api": {"reports, coordinator": 7},
    "forms": {"cwac --help": 3},
    "funders": {"reports, coordinator": 3},
    "notify": {"cwac --help": 2, "/metrics": 5},
    "packet": {"cwac --help": 2, f"{DIALOG}, coordinator": 16, f"{DIALOG}, stranger": 2},
    "public": {"cwac --help": 2, "reports, coordinator": 1, f"{DIALOG}, coordinator": 1, f"{DIALOG}, stranger": 1},
}
"""What the core lacks without an add-on: its own lines in these answers, and nothing else."""


@each("absent", [*addons.NAMES, ALL])
def test_core_answers_as_before_without_an_add_on_except_for_what_is_its_own(without, absent):
    whole, less = without[NONE], without[absent]
    assert [line for lines in less.values() for line in lines if line.startswith("EXCEPTION")] == []
    gone = sum((Counter(GONE[name]) for name in absent.split(",")), Counter())
    assert differences(whole, less) == gone


def test_settings_and_options_of_absent_add_ons_are_refused_by_name(without):
    whole, less = without[NONE], without[ALL]
    sections = "[cwac], [access], [rules], [columns], [tabs], [auth], [connections]"
    known = f"is not a section that is known: known are {sections}."
    assert [whole[name][-1] for name in REFUSALS] == ["read", "read", "Error: Missing option '-o' / '--output'."]
    assert [less[name][-1] for name in REFUSALS] == [
        f"[notify] {known}",
        f"[packet] {known}",
        "Error: No such option '--for'. (Did you mean one of: '--format', '--on'?)",
    ]


def test_add_on_that_cannot_be_imported_is_an_error_and_not_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "cwac.packet.addon", None)
    addons.installed.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=r"cwac\.packet\.addon"):
        addons.installed()
    monkeypatch.undo()
    addons.installed.cache_clear()
