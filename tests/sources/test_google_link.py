"""A sheet that anybody with the link may see, read as its export over HTTP."""

from collections.abc import Iterator

import pytest

from cwac.settings.connections import SECONDS_BY_LINK
from cwac.sources import google as google_sources
from cwac.sources.google import LinkSource
from tests.cases import each
from tests.fixed_clock import Clock
from tests.server import Answer
from tests.server.link_export import LinkExport
from tests.sources.every import sheet_with_oddities
from tests.sources.shared_sheet import failure_of

CONTENT = sheet_with_oddities()


@pytest.fixture
def google() -> Iterator[LinkExport]:
    with LinkExport(CONTENT) as running:
        yield running


def source_of(google: LinkExport, clock: Clock | None = None, **waits: float) -> LinkSource:
    link = f"https://docs.google.com/spreadsheets/d/{google.id}/edit?usp=sharing"
    return LinkSource(link, web=google.address("docs"), clock=clock or Clock(), **({"deadline": 60.0} | waits))


def test_zone_is_that_of_the_settings(google: LinkExport) -> None:
    link = f"https://docs.google.com/spreadsheets/d/{google.id}"
    workbook = LinkSource(link, "America/New_York", web=google.address("docs")).fetch()
    assert (workbook.timezone, workbook.as_of.tzinfo is not None, workbook.url) == ("America/New_York", True, link)


def test_one_look_in_five_minutes_whoever_asks_and_stamped_exports_are_the_same_sheet(google: LinkExport) -> None:
    clock = Clock()
    source = source_of(google, clock)
    first = source.fetch()
    assert google.calls == {"export": 1, "download": 1}
    clock.now = SECONDS_BY_LINK - 1
    assert source.fetch() is first
    clock.now = SECONDS_BY_LINK
    again = source.fetch()
    assert google.calls == {"export": 2, "download": 2}
    assert (again.tabs is first.tabs, again.as_of > first.as_of) == (True, True)
    google.stamped = True
    clock.now = 2 * SECONDS_BY_LINK
    assert source.fetch().content_hash == first.content_hash
    google.shared = False
    clock.now = 3 * SECONDS_BY_LINK
    assert failure_of(source).cause == failure_of(source).cause == "not-shared"
    assert google.calls["export"] == 4


@pytest.mark.slow
@each(
    "fault, cause, retry_after",
    [
        ("429", "rate-limit", SECONDS_BY_LINK),
        ("reset", "unreachable", None),
        ("hang", "unreachable", None),
        ("short-body", "bad-answer", None),
    ],
)
def test_failures_that_may_pass(google: LinkExport, fault: str, cause: str, retry_after: float | None) -> None:
    google.fail(fault, None)
    failure = failure_of(source_of(google, **({"read": 0.3, "deadline": 1.0} if fault == "hang" else {})))
    google.heal()
    assert (failure.cause, failure.permanent, failure.retry_after) == (cause, False, retry_after)


def test_export_that_is_too_large_is_not_read_to_its_end(google: LinkExport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_sources, "MOST_BYTES", len(CONTENT) - 1)
    assert failure_of(source_of(google)).cause == "too-large"


@each("target", ["https://elsewhere.example/file", "http://docs.google.com.evil.example/", "file:///etc/passwd"])
def test_redirect_away_from_google_is_not_followed(google: LinkExport, target: str) -> None:
    google.fail("x", on="export", answer=Answer(302, b"", {"Location": target}))
    assert failure_of(source_of(google)).cause == "bad-answer"


@each(
    ("address", "allowed"),
    [
        ("https://doc-0s-0g-sheets.googleusercontent.com/export/x", True),
        ("https://docs.google.com/a/x", True),
        ("http://doc-0s-0g-sheets.googleusercontent.com/export/x", False),
        ("https://googleusercontent.com.evil.example/x", False),
        ("https://evilgoogleusercontent.com/x", False),
        ("https://docs.google.com@evil.example/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1", False),
    ],
)
def test_only_googles_own_hosts_are_followed(address: str, allowed: bool) -> None:
    assert LinkSource("1AbCdEfGh")._may_follow(address) == allowed
