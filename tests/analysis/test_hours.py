"""Officer-hours: recorded where somebody did, scheduled otherwise, and added up by column."""

from cwac.analysis import hours as answers
from cwac.analysis.hours import Hours
from tests.analysis.plans import typed_plan

# --- by column ----------------------------------------------------------------------------------------------------

AT_A_AND_B = {
    "everything": {None: Hours(3.5, 1, 5, 1, 1, 1)},
    "person": {
        "OF-02": Hours(0, 1, 2, 1, 0, 1), "OF-01": Hours(3, 0, 1), "OF-04": Hours(0.5, 0, 1),
        "OF-03": Hours(0, 0, 1, 0, 1),
    },
    "agency": {
        "SCSO": Hours(0, 1, 1, 1, 0, 1), "WPD": Hours(2.5, 0, 3), None: Hours(1, 0, 1), "CHP-MS": Hours(0, 0, 1, 0, 1),
    },
    "pay_type": {None: Hours(0, 1, 3, 1, 1, 1), "Grant": Hours(2, 0, 1), "Overtime": Hours(1.5, 0, 2)},
    "funding": {"OTS grant": Hours(3.5, 1, 3, 1, 0, 1), None: Hours(0, 0, 2, 0, 1)},
    "sender": {"SCSO": Hours(0, 1, 1, 1, 0, 1), "WPD": Hours(3.5, 0, 3), "CHP-MS": Hours(0, 0, 1, 0, 1)},
}  # fmt: skip


def test_every_column_adds_up_the_lines_of_the_chosen_events():
    """People have several rows, agencies and kinds of pay; event B has no times, and C is not chosen."""
    snapshot, _ = typed_plan(
        "A -5 funding=OTS_grant; B -4 ?; C -3",
        # the first reports after the release, so the event's own times count
        "D A report=11:00 release=8:30; S A status=Attended hours=2 pay_type=Grant; "
        "U A status=Pulled hours=0.5 pay_type=Overtime report=7:00; S A hours=0.25 pay_type=Overtime agency=-; "
        "S A hours=0.75 pay_type=Overtime agency=-; S A role=Host report=7:30; D A status=Assigned report=7:59; "
        "E A status=Requested role=Host; E B status=Attended; D B hours=0 agency=WPD; "
        "S C status=Attended report=8:00",
    )
    book, events = answers.ledger(snapshot), snapshot.events
    chosen = book.of(events[:2])
    assert {by: book.totals(chosen, getattr(book.lines, by, book.everything)) for by in AT_A_AND_B} == AT_A_AND_B
    marks = zip(book.lines.early, book.lines.hosts, book.lines.attended, book.lines.recorded, strict=True)
    assert [tuple(map(bool, line)) for line in marks] == [
        (True, False, False, False), *[(True, True, True, True)] * 3, (False, False, False, True),
        (False, False, True, False), (False, False, False, True), (False, False, True, False),
    ]  # fmt: skip
    assert book.at(events) == [(4.5, "officers assigned, not recorded"), (0, "hours not known"), (2, None)]
