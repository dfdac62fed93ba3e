"""The walk of the first hour: each step is in a guide, the guide has the counts, and one source is walked."""

from __future__ import annotations

import pytest

from tests.first_hour import GUIDES, STEPS, counted, walk
from tests.web.served import ROOT


def test_each_step_is_asked_for_by_a_guide() -> None:
    guides = {name: path.read_text(encoding="utf-8") for name, path in GUIDES.items()}
    steps = {step for steps in STEPS.values() for step in steps}
    assert [step.phrase for step in steps if step.phrase not in guides[step.guide]] == []


def test_operators_guide_has_the_actions_and_values_of_each_source() -> None:
    guide = (ROOT / "docs/operate/sources.md").read_text(encoding="utf-8")
    assert [kind for kind in STEPS if counted(kind) not in guide] == []


@pytest.mark.slow
def test_sheet_by_its_link_is_shown_after_the_steps_of_the_guide() -> None:
    walked = walk("link")
    assert walked.connect > 0
    assert walked.shown > 0
