"""What each kind of viewer is given stays what was written down, byte for byte, and is no more than theirs.

After a change that is meant to show, look at what differs (`python -m tests.golden DIR` before and after), then commit
the digests that it wrote.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import fixed_clock
from tests.golden import seen
from tests.web import planted

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workbook", seen.WORKBOOKS)
def test_every_viewer_is_given_what_was_written_down(workbook: str) -> None:
    before = [line for line in seen.DIGESTS.read_text("utf-8").splitlines() if line.split()[1] == workbook]
    now = seen.lines(seen.write(workbooks=[workbook])).splitlines()
    assert sorted(set(now) ^ set(before)) == []
    assert len(now) == len(before) > 200


# --- a tab a month, with headers of its own ---------------------------------------------------------------------------


pytestmark = pytest.mark.slow

WHO = {"scso": "sheriff", "liaison": "wpd", "feed agency:WPD": "wpd", "feed officer:OF-01": "wpd",
       "feed agency:SCSO": "sheriff", "feed officer:OF-03": "sheriff"}  # fmt: skip


@pytest.fixture(scope="module")
def given() -> Iterator[dict[str, bytes]]:
    fixed_clock.set_clock()
    with tempfile.TemporaryDirectory() as folder:
        yield dict(seen.everything("months", Path(folder)))


def test_no_viewer_is_given_a_planted_value_of_another(given: dict[str, bytes]) -> None:
    leaks = []
    for name, data in given.items():
        viewer = next((who for key, who in WHO.items() if f"{name} ".startswith(f"{key} ")), name.split()[0])
        leaks += [(name, word) for word in planted.secrets_in(data) if viewer not in planted.PLANTED[word]]
    assert leaks == []
    assert len(given) > 200


def test_no_answer_numbers_a_row_as_the_sheet_does_not(given: dict[str, bytes]) -> None:
    number = re.compile(rb"(?<![\w.-])[1-9]0,?000,?0\d\d(?![\w-])")
    told = [
        (name, number.findall(data))
        for name, data in given.items()
        if not name.endswith("snapshot") and number.search(data)
    ]
    assert told == []
    assert b'"Nov"' in given["coordinator cwac check --format text"] + given["coordinator cwac check --format json"]
