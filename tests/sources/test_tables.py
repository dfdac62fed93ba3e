"""The tables in the guides are what the program does at the stand-ins."""

from __future__ import annotations

import pytest

from tests.sources import costs, failures
from tests.web.served import ROOT

pytestmark = pytest.mark.slow


def test_guide_has_the_requests_that_each_source_makes() -> None:
    assert costs.table() in (ROOT / "docs/operators.md").read_text(encoding="utf-8")


def test_guide_has_what_each_source_says_when_it_fails() -> None:
    assert len({(failure.source, failure.cause) for failure in failures.FAILURES}) == len(failures.FAILURES) > 70
    assert failures.page() == (ROOT / "docs/failures.md").read_text(encoding="utf-8")
