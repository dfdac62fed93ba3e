"""What each kind of viewer is given stays what was written down, byte for byte.

After a change that is meant to show, look at what differs (`python -m tests.golden DIR` before and after), then commit
the digests that it wrote.
"""

import pytest

from tests.golden import seen

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workbook", seen.WORKBOOKS)
def test_every_viewer_is_given_what_was_written_down(workbook: str) -> None:
    before = [line for line in seen.DIGESTS.read_text("utf-8").splitlines() if line.split()[1] == workbook]
    now = seen.lines(seen.write(workbooks=[workbook])).splitlines()
    assert sorted(set(now) ^ set(before)) == []
    assert len(now) == len(before) > 200
