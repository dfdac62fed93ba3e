"""Every test of the command line starts in an empty folder with nothing configured."""

import os

import pytest

from tests.cli.plan import write


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CWAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cwac.settings.file.PROJECT", tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path / "plan.xlsx")
