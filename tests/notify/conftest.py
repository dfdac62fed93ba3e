"""A store in a file, a county whose people are told of it, and the fixtures of the dashboard."""

import pytest

from cwac.storage.store import Store
from tests.notify.county import Office
from tests.web.conftest import plan_file, sample, serve  # noqa: F401


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def office(store):
    return Office(store)
