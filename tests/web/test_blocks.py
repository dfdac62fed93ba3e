"""The content of blocks, as it is sent to the browser."""

import pytest

from cwac.web import blocks
from tests.cases import each
from tests.web.conftest import line_words

COLORS = {"WPD": "#004400", "SCSO": "#ffee00"}


@each(
    ("lead", "partners", "text"),
    [
        ("WPD", ["CHP-MS", "SCSO"], "WPD leads, with CHP-MS and SCSO"),
        ("WPD", ["CHP-MS", "SCSO", "New"], "WPD leads, with CHP-MS, SCSO and New"),
        ("WPD", ["SCSO"], "WPD leads, with SCSO"),
        ("WPD", [], "WPD leads"),
        (None, ["SCSO", "WPD"], "SCSO and WPD"),
        (None, [], ""),
    ],
)
def test_text_copied_of_the_agencies_of_an_event_says_which_leads(
    lead: str | None, partners: list[str], text: str
) -> None:
    assert line_words(blocks.agencies(lead, partners, COLORS)) == text


def test_agency_is_a_dot_that_is_seen_in_both_themes() -> None:
    assert [blocks.agency(short, COLORS, lead=short == "WPD") for short in ("WPD", "SCSO", "New")] == [
        {"type": "agency", "name": "WPD", "color": "#407340", "lead": True},
        {"type": "agency", "name": "SCSO", "color": "#998f00", "lead": False},
        {"type": "agency", "name": "New", "color": "#6b7280", "lead": False},
    ]


@pytest.mark.parametrize("url", ["http://a.example", "javascript:alert(1)", "//a.example", "data:text/html,x", ""])
def test_only_safe_links_are_drawn(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        blocks.link(url, "x")


def test_empty_line_of_a_card_is_left_out() -> None:
    assert blocks.card(["a"], ["b"], [])["lines"] == [["b"]]
