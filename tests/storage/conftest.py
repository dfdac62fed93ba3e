"""An empty store."""

import pytest

from cwac.storage.store import Store


@pytest.fixture
def store(request, tmp_path):
    """In SQLite; in each of the two databases if the test uses `url`, since its SQL differs or a lock is involved."""
    is_both = "url" in request.fixturenames
    store = Store.open(request.getfixturevalue("url") if is_both else f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()
