"""The trouble that something raises."""

import pytest

from cwac.storage.store import StoreTrouble


def cause_of(action):
    """The cause of the `StoreTrouble` that the action raises."""
    with pytest.raises(StoreTrouble) as raised:
        action()
    assert raised.value.sentence.endswith(".")
    return raised.value.cause
