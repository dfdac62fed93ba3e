"""A store in each of the two databases."""

import pytest

from cwac.storage.store import Store


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()
