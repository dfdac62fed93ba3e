"""Every test of the command line starts in an empty folder with nothing configured."""

import pytest

from tests.cli.plan import configure_nothing, write
from tests.server import SheetsServer


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch, tmp_path):
    configure_nothing(monkeypatch, tmp_path)


@pytest.fixture
def google():
    """A sheet with an event that can be used, one that cannot, and the name of an officer."""
    with SheetsServer() as server:
        server.book.add("Events", [["Event ID", "Date", "Town"], ["EV-1", 46302, "Weed"], ["EV-2", "soon", "Etna"]])
        server.book.add("Staffing", [["Event ID", "Officer"], ["EV-1", "Q. Planted-Officer"]])
        yield server


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path / "plan.xlsx")
