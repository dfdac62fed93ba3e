"""The tables in the guides are what the program does at the stand-ins."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sources import costs, failures
from tests.web.served import ROOT

pytestmark = pytest.mark.slow


def test_guide_has_the_requests_that_each_source_makes() -> None:
    assert costs.table() in (ROOT / "docs/operate/sources.md").read_text(encoding="utf-8")


def test_guide_has_what_each_source_says_when_it_fails() -> None:
    assert len({(failure.source, failure.cause) for failure in failures.FAILURES}) == len(failures.FAILURES) > 70
    assert failures.page() == (ROOT / "docs/failures.md").read_text(encoding="utf-8")


def test_each_failure_has_its_cause() -> None:
    """The page does not say it, but the steps of `cwac doctor` and the metrics go by it."""
    assert Counter(trouble.cause for trouble in failures.troubles().values()) == {
        "api-disabled": 2, "bad-address": 1, "bad-answer": 5, "bad-key": 12, "clock": 1, "damaged": 1, "locked": 1,
        "no-credentials": 2, "not-a-google-sheet": 1, "not-a-workbook": 2, "not-allowed": 9, "not-found": 8,
        "not-installed": 1, "not-shared": 6, "old-format": 2, "password": 2, "protected": 3, "rate-limit": 4,
        "scope": 3, "server-error": 3, "too-large": 2, "unreachable": 4,
    }  # fmt: skip
