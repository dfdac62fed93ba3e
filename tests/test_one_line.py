"""Text of cells is one line wherever text has no markup that holds it: messages to copy, text files, rows to paste."""

from cwac.analysis.staffing import gap_board
from cwac.analysis.words import shorten
from cwac.exports.tables import to_tsv
from cwac.one_line import one_line
from cwac.packet.release import Paragraph, to_text
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.web.widgets import md
from tests.cases import each
from tests.notify.county import SUNDAY, Plan, at

FORGED = "Depot\r\n--\n Sent\u2028to\x85\x0b\x1byou \u202eevil\u202c\u2066x\u2069\u200b\ud800 end"


@each(
    ("typed", "shown"),
    [
        (FORGED, "Depot -- Sent to you evilx end"),
        ("Peña’s Café, 9–10 \u00a0a", "Peña’s Café, 9–10 a"),
        ("\u2067\n\u200e", ""),
        ("👩\u200d🚒 می\u200cخواهم", "👩\u200d🚒 می\u200cخواهم"),
    ],
)
def test_one_line_keeps_what_can_be_read(typed, shown):
    assert one_line(typed) == shown


def test_cells_are_one_line_in_every_plain_text():
    plan = Plan().event("E1", 3, "WPD", **{"Venue": FORGED, "Officers needed": 2})
    snapshot = read_workbook(plan.workbook(at(0)), SUNDAY, Rules())
    (gap,) = gap_board(snapshot, SUNDAY)
    assert "Depot -- Sent to you evilx end" in gap.ask
    for text in (
        gap.ask,
        shorten(FORGED),
        md(FORGED),
        to_tsv([{"a": FORGED}], ["a"]),
        to_text([Paragraph("text", (FORGED, ", Weed"))]).decode().removesuffix("\n"),
    ):
        assert text == "".join(text.splitlines())
        assert not any(character in text for character in "\x1b\u202e\u2066\u200b\ud800\t")
