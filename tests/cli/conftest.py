"""Every test of the command line starts in an empty folder with nothing configured."""

import pytest

from tests.cli.plan import configure_nothing, write


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    configure_nothing(monkeypatch, tmp_path)


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path / "plan.xlsx")
