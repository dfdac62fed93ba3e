"""Google's allowance: nobody gets more calls out of a minute than there are."""

from cwac.sources.quota import Quota


def test_in_no_minute_are_there_more_calls_than_allowed():
    now = 100.0
    quota = Quota(3, 60.0, lambda: now)
    assert [quota.wait() for _ in range(7)] == [0, 0, 0, 60, 60, 60, 120]
    now = 170.0
    assert quota.wait() == 50, "three are made at 160, one at 220: the next comes a minute after the second at 160"
    now = 1000.0
    assert [quota.wait() for _ in range(4)] == [0, 0, 0, 60]
