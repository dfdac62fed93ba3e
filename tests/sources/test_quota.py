"""The quota of calls to Google's API."""

from cwac.sources.http_calls import Calls
from cwac.sources.quota import Quota


def test_quota_is_never_exceeded_in_any_minute():
    now = 100.0
    quota = Quota(3, 60.0, lambda: now)
    assert [quota.wait() for _ in range(7)] == [0, 0, 0, 60, 60, 60, 120]
    now = 170.0
    assert quota.wait() == 50, "three are made at 160, one at 220: the next comes a minute after the second at 160"
    now = 1000.0
    assert [quota.wait() for _ in range(4)] == [0, 0, 0, 60]


def test_wait_for_the_quota_does_not_count_against_the_deadline(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    calls = Calls(0.0, 5.0, 30.0)
    calls.pause(60.0)
    assert calls.within(lambda waits: waits) == (5.0, 30.0)
