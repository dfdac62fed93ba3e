"""Stores, all of which are closed in the end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from cwac.storage.store import Store


@pytest.fixture
def opened(tmp_path) -> Iterator[Callable[..., Store]]:
    """Opens a store, by default the file `store.sqlite3`."""
    with ExitStack() as stack:

        def open_store(url: str = f"sqlite:///{tmp_path}/store.sqlite3", **options: float) -> Store:
            store = Store.open(url, **options)
            stack.callback(store.close)
            return store

        yield open_store


@pytest.fixture
def store(request, opened) -> Store:
    """In SQLite; in the databases that the test names, if its SQL differs or a lock is involved."""
    for name in ("url", "postgresql_url"):
        if name in request.fixturenames:
            return opened(request.getfixturevalue(name))
    return opened()
