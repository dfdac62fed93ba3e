"""Events as cards, and what they share with the dialog."""

import datetime as dt
from dataclasses import replace

from cwac.analysis.alerts import alerts
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from cwac.web import event_cards
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line
from cwac.web.sections import event as dialog
from cwac.web.sections import officers, rosters
from tests.cases import each


@each(
    ("phone", "digits"),
    [
        ("530-555-0110", "5305550110"),
        ("(530) 555 0110", "5305550110"),
        ("+1 530 555 0110", "+15305550110"),
        ("ask at the desk", ""),
        ("530-555-0110 ext. 4", ""),
        ("desk 5", ""),
        ("530-555-0110 #4", ""),
        ("530-555-0110, 4", ""),
        ("555-0110 / 555-0111", ""),
        ("123", ""),
        ("٥٣٠٥٥٥٠١١٠", ""),
        ("", ""),
    ],
)
def test_only_a_plain_number_is_dialed(phone: str, digits: str) -> None:
    assert event_cards.dialed(phone) == digits


def test_only_a_number_that_can_be_dialed_is_a_link() -> None:
    assert event_cards.phone_link("530-555-0110") == blocks.link("tel:5305550110", "530-555-0110")
    assert event_cards.phone_link("530-555-0110 ext. 4") == "530-555-0110 ext. 4"


SAMPLE = read_workbook(sample_workbook(dt.date(2026, 11, 28)), dt.date(2026, 11, 28))
ALERTS = alerts(SAMPLE, SAMPLE.today)


def tones(line: Line) -> list[str]:
    return [str(piece["tone"]) for piece in line if isinstance(piece, dict) and piece.get("type") == "chip"]


def test_alert_has_one_severity_in_every_chip_card_and_picture() -> None:
    """The severity is that of the command line: a drive that is too short is a warning, also as a chip."""
    assert {alert.severity for alert in ALERTS if alert.code == "officer-tight-travel"} == {"warning"}
    for alert in ALERTS:
        event = SAMPLE.event_by_id[alert.event_ids[0]]
        if alert.code != "federal-holiday":
            assert tones(event_cards.alert_chips(event, [alert])) == [alert.severity]
            assert event_cards.tone_of([alert]) == alert.severity
        assert tones(officers.conflict_chips([alert])) == [alert.severity]
        (line,) = dialog.alert_lines(SAMPLE, event, [alert]) if alert.code != "federal-holiday" else [[]]
        assert not line or tones(line)[:1] == [alert.severity]
        cards = rosters.alert_cards(SAMPLE, [alert], SAMPLE.today, Rules(), {}, "Alerts")["cards"]
        assert {card["tone"] for card in cards} == {alert.severity}
        assert {tone for card in cards for shown in (card["title"], *card["lines"]) for tone in tones(shown)} == {
            alert.severity
        }
        pictures = [card["picture"] for card in cards if card.get("picture")]
        assert {row["tone"] for picture in pictures for row in picture["rows"]} <= {alert.severity}


def test_worst_alert_gives_the_tone_whether_or_not_it_is_a_conflict() -> None:
    travel = next(alert for alert in ALERTS if alert.code == "officer-tight-travel")
    short = replace(travel, code="understaffed", severity="error")
    assert event_cards.tone_of([travel, short]) == "error"
    assert [alert.code for alert in event_cards.worst_first([travel, short])] == [
        "understaffed",
        "officer-tight-travel",
    ]
