"""A store in a file, and a county whose people are told of it."""

import pytest

from cwac.storage.store import Store
from tests.notify.county import Office


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def office(store):
    return Office(store)
