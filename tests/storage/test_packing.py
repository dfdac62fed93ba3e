"""Any cells are packed and come back exactly."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.model import Merge, Tab
from cwac.storage.versions import pack, unpack
from tests.storage.workbooks import book

# Numbers that differ only in kind, what JSON lacks, and text that is no proper Unicode.
ODD = [
    1, 1.0, True, 0, -0.0, 0.0, False, None, "", "1", "True", 10**40, -(2**63) - 1, 1e308, 5e-324, 0.1 + 0.2,
    math.inf, -math.inf, "\ud83d", "\ud83d\ude00", "😀", "\x00\x1f", "\u2028", "\ufeff", "ñ", "'", '"', "\\", "]",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(ODD), st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.characters(codec=None)
)


def exact(tab):
    """The tab as text that tells kinds apart: nan is not equal to itself, and 1 == 1.0 == True."""
    return repr(tab.title), tab.id, tab.merges, repr([list(row) for row in tab.rows])


@pytest.mark.usefixtures("url")
def test_odd_cells_come_back_exactly(store):
    odd = replace(book(), tabs=(Tab("\ud800 Odd", [ODD, [], [None], [math.nan], ODD[::-1]]),), locale="de_DE")
    kept = store.load(store.keep(odd))
    assert [exact(tab) for tab in kept.tabs] == [exact(tab) for tab in odd.tabs]
    assert (kept.locale, kept.timezone, kept.content_hash) == ("de_DE", "America/Los_Angeles", odd.content_hash)


@settings(deadline=None)
@given(st.text(), st.none() | st.integers(0, 2**31), st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_cells_come_back_exactly(title, number, rows):
    tab = Tab(title, rows, (Merge(1, 2, 3, 4),), number)
    assert exact(unpack(pack(tab))) == exact(tab)
