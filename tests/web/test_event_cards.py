"""Events as cards, and what they share with the dialog."""

from cwac.web import event_cards
from cwac.web.blocks import content as blocks
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
