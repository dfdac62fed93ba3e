"""Turns over the store: settled edits, once an hour, quiet hours, outages, and nothing told twice."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest

from cwac.notify import deliveries
from cwac.notify.mail import html, text
from cwac.notify.message import NotSent
from cwac.notify.recipients import Status
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import Loop, VersionReader, is_quiet
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.notify.county import (
    HOUR,
    MINUTE,
    NOTIFY,
    URL,
    ZONE,
    Mailbox,
    Office,
    Plan,
    at,
    base,
    serial,
    sheet,
    turn,
    words,
)  # fmt: skip

WPD, SCSO, ALDO = "chief@wpd.example.gov", "liaison@sheriff.example.gov", "aldo@wpd.example.gov"
WHEN = "Wed, Oct 7, 9:00–10:30 AM, Depot, Weed"
LATER = "Fri, Oct 9, 9:00–10:30 AM, Depot, Weed"
NOVEMBER = "Fri, Nov 13, 9:00–10:30 AM, Depot, Weed"


def asking(plan):
    """The plan, with an officer who asks to be told of his own shifts."""
    plan.officers["OF-1"][3:] = [ALDO, "yes"]
    return plan


# --- when ---------------------------------------------------------------------------------------------------------


def test_nothing_is_told_of_what_was_there_before(store):
    office = Office(store, base().event("E9", 2, "WPD", **{"Officers needed": 5}))
    assert office.turns(at(0, 9)) == [0]


def test_change_is_told_once_after_ten_quiet_minutes(office):
    office.lose("OF-2", at(0, 9))
    assert office.turns(at(0, 9, 9), at(0, 9, 10), at(0, 9, 11), at(0, 12)) == [0, 2, 0, 0]
    assert words(*office.to(WPD)) == [
        f"Shifts changed | {WHEN}: Berta Weedova no longer assigned",
        f"Still open | {WHEN}: 1 officer missing, in 3 days",
    ]
    assert office.to(WPD)[0].subject == "Coffee with a Cop, WPD: 1 shift changed, 1 opening"
    address, token = office.mailbox.taken[0].leave_link.rsplit("/", 1)
    assert address == "https://coffee.example.gov/unsubscribe"
    assert deliveries.by_link(office.store, token) == (deliveries.recipients(office.store)[WPD], "warnings")


def test_contact_of_two_agencies_of_a_sheet_is_told_of_both_in_one_message(store):
    lead = "lead@sheriff.example.gov"
    notify = replace(NOTIFY, agencies=tuple(AgencyNotices(agency, (lead,)) for agency in ("WPD", "SCSO")))
    office = Office(store, notify=notify)
    office.lose("OF-2", at(0, 9))
    assert office.turns(at(0, 9, 10), at(0, 12)) == [1, 0]
    (message,) = office.to(lead)
    assert [part.title for part in message.parts] == ["WPD", "SCSO"]


def test_what_was_undone_is_not_told(office):
    office.keep(at(0, 9), office.plan.copy().unstaff("E1", "OF-2"))
    assert office.turns(at(0, 9, 5)) == [0]
    office.keep(at(0, 9, 6))
    assert office.turns(at(0, 11)) == [0]


@pytest.mark.slow
def test_edits_without_a_pause_are_told_after_an_hour(office):
    for minute in range(0, 80, 4):
        office.plan.event("E3", 40 + minute % 3, "WPD")
        if minute == 8:
            office.plan.unstaff("E1", "OF-2")
        office.keep(at(0, 9) + minute * MINUTE)
    assert office.turns(at(0, 9, 55), at(0, 10, 17)) == [0, 2]


def test_one_message_an_hour_and_the_rest_in_one(office):
    office.lose("OF-2", at(0, 9))
    office.turns(at(0, 9, 10))
    office.lose("OF-1", at(0, 9, 15))
    office.plan.event("E1", 4, "WPD", **{"Officers needed": 2})
    office.keep(at(0, 9, 40))
    assert office.turns(at(0, 9, 30), at(0, 9, 50), at(0, 9, 59)) == [0, 0, 0]
    office.turns(at(0, 10, 10))
    moved = "Thu, Oct 8, 9:00–10:30 AM, Depot, Weed"
    assert [words(message) for message in office.to(WPD)][1:] == [
        [f"Moved or canceled | {moved}: was {WHEN}", f"Shifts changed | {moved}: Aldo Weedman no longer assigned"]
    ]


def test_quiet_hours_hold_everything_back(office):
    office.lose("OF-2", at(0, 21))
    assert office.turns(at(0, 22), at(1, 5, 59), at(1, 6)) == [0, 0, 2]


@each(("hours", "quiet"), [((1260, 360), [0, 59, 60, 119, 120, 359, 1260, 1439]), ((60, 120), [60, 119]), ((0, 0), [])])
def test_quiet_hours_end_before_their_last_minute(hours, quiet):
    notify = replace(NOTIFY, quiet_from=hours[0], quiet_to=hours[1])
    minutes = (0, 59, 60, 119, 120, 359, 360, 1259, 1260, 1439)
    assert [minute for minute in minutes if is_quiet(notify, at(0, 0) + minute * MINUTE, ZONE)] == quiet


@pytest.mark.slow
def test_openings_are_told_seven_and_two_days_before_and_not_again(store):
    office = Office(store, Plan().event("E1", 12, "WPD", **{"Officers needed": 2}), reader=VersionReader(store))
    office.turns(*(at(0) + hour * HOUR for hour in range(3, 24 * 14, 8)))
    days = [m.sent_at.date() for m in office.mailbox.taken if m.kind == "warnings" and m.recipient.name == WPD]
    assert days == [dt.date(2026, 10, 9), dt.date(2026, 10, 14)]


def test_counts_are_asked_for_after_three_days(store):
    office = Office(store, Plan().event("E1", 0, "SCSO", Status="Completed").staff("E1", "OF-3", Hours=2))
    office.turns(*(at(day, 10) for day in range(1, 8)))
    ((name, sent_at, message),) = [
        (m.recipient.name, m.sent_at, m.message) for m in office.mailbox.taken if m.kind == "warnings"
    ]
    line = message.parts[0].sections[0].lines[0]
    assert (name, sent_at, line.text, line.action) == (
        SCSO, at(3, 10), "Sun, Oct 4, 9:00–10:30 AM, Depot, Weed: no count of guests",
        ("Edit B2 of Attendance", f"{URL}/edit#gid=2&range=B2"),
    )  # fmt: skip


def test_digest_comes_on_mondays_at_seven_once(office):
    office.plan.staff("E3", "OF-2")
    office.keep(at(0, 12))
    assert office.turns(at(1, 6, 59), at(1, 7), *(at(day, 12) for day in (1, 2, 3))) == [0, 2, 0, 0, 0]
    assert words(*office.to(WPD, "digest")) == [
        f"This week and next | {WHEN}: Aldo Weedman (Host), Berta Weedova",
        "Changed since Sun, Oct 4 | E3 Weed: Berta Weedova assigned",
    ]
    assert [m.sent_at for m in office.mailbox.taken if m.kind == "digest"] == [at(1, 7)] * 2


# --- what ---------------------------------------------------------------------------------------------------------


def test_officer_who_opted_in_is_told_of_own_shifts_alone(store):
    plan = asking(base())
    plan.officers["OF-2"][3:] = ["berta@elsewhere.example", "yes"]  # not a domain that the operator allows
    plan.officers["OF-3"][3:] = ["carlo@wpd.example.gov", "no"]
    office = Office(store, plan)
    plan.unstaff("E3", "OF-1")
    office.lose("OF-2", at(0, 9))
    office.turns(at(0, 10))
    assert {m.recipient.name for m in office.mailbox.taken} == {WPD, SCSO, ALDO}
    assert words(*office.to(ALDO)) == [f"What changed | {NOVEMBER}: no longer assigned"]


CHANGES = {
    "canceled": (
        f"Moved or canceled | {WHEN}: canceled: weather", f"What changed | {WHEN}: canceled: weather",
        [f"This week and next | {WHEN}: canceled: weather",
         "Changed since Sun, Oct 4 | E1 Weed: Confirmed → Canceled: weather"],
    ),
    "postponed": (
        f"Moved or canceled | {WHEN}: postponed", f"What changed | {WHEN}: postponed",
        [f"This week and next | {WHEN}: postponed", "Changed since Sun, Oct 4 | E1 Weed: Confirmed → Postponed"],
    ),
    "deleted": (
        f"Moved or canceled | {WHEN}: no longer in the sheet",
        f"What changed | {WHEN}: the event is no longer in the sheet",
        ["Changed since Sun, Oct 4 | E1 Weed: deleted (was Wed, Oct 7, Confirmed)"],
    ),
    "moved": (
        f"Moved or canceled | {LATER}: was {WHEN}", f"What changed | {LATER}: was {WHEN}",
        [f"This week and next | {LATER}: Aldo Weedman, Berta Weedova",
         "Changed since Sun, Oct 4 | E1 Weed: date Wed, Oct 7 → Fri, Oct 9"],
    ),
    "moved to a past day": (
        f"Moved or canceled | Fri, Oct 2, 9:00–10:30 AM, Depot, Weed: was {WHEN}",
        f"What changed | {WHEN}: the date is now Fri, Oct 2",
        ["Changed since Sun, Oct 4 | E1 Weed: date Wed, Oct 7 → Fri, Oct 2",
         "Results to enter | Fri, Oct 2, 9:00–10:30 AM, Depot, Weed: still open: was it held?"],
    ),
    "undated": (
        f'Moved or canceled | {WHEN}: the date is now "TBD"', f'What changed | {WHEN}: the date is now "TBD"',
        ['Changed since Sun, Oct 4 | E1 Weed: date Wed, Oct 7 → "TBD", which is no date'],
    ),
    "date taken out": (
        f"Moved or canceled | {WHEN}: the date was taken out", f"What changed | {WHEN}: the date was taken out",
        ["Changed since Sun, Oct 4 | E1 Weed: date Wed, Oct 7 → blank, which is no date"],
    ),
}  # fmt: skip


def change_event(plan, change):
    if change == "deleted":
        del plan.events["E1"]
        return plan.unstaff("E1", "OF-1").unstaff("E1", "OF-2")
    cells = {
        "canceled": {"Status": "Cancelled", "Cancel reason": "Weather"}, "postponed": {"Status": "Postponed"},
        "moved": {"Date": serial(5)}, "moved to a past day": {"Date": serial(-2)}, "undated": {"Date": "TBD"},
        "date taken out": {"Date": None},
    }[change]  # fmt: skip
    plan.events["E1"].update(cells)
    return plan


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_message_says_what_became_of_an_event_and_links_to_no_event_that_is_gone(store, change):
    plan = Plan().event("E1", 3, "WPD").event("E9", 8, "WPD").staff("E1", "OF-1").staff("E1", "OF-2")
    office = Office(store, asking(plan))
    change_event(plan, change)
    office.keep(at(0, 9))
    office.turns(at(0, 10), at(1, 7))
    (warning,), (shift,), (digest,) = office.to(WPD, "warnings"), office.to(ALDO), office.to(WPD, "digest")
    of_e1 = [line for line in words(digest) if "Oct 12" not in line and "to fix" not in line]
    assert (words(warning)[0], words(shift), of_e1) == (CHANGES[change][0], [CHANGES[change][1]], CHANGES[change][2])
    number = "2 events" if change == "moved" else "1 event"
    assert digest.subject == f"Coffee with a Cop, WPD: {number} this week and next, from Mon, Oct 5"
    lines = [line for m in office.mailbox.taken for part in m.message.parts for s in part.sections for line in s.lines]
    assert any("event=E1" in (line.link or "") for line in lines) == (change != "deleted")


def test_each_row_of_an_officer_at_one_event_is_told(store):
    office = Office(store, asking(base().staff("E1", "OF-1", Role="Greeter", **{"Report time": 8 / 24})))
    office.plan.staffing[-1]["Report time"] = 7.5 / 24
    office.keep(at(0, 9))
    office.turns(at(0, 10))
    office.plan.staffing.pop()
    office.plan.staff("E3", "OF-1", Role="Standby")
    office.keep(at(0, 11))
    office.turns(at(0, 12))
    assert [words(message) for message in office.to(ALDO)] == [
        [f"What changed | {WHEN}: report time 8:00 AM → 7:30 AM"],
        [f"What changed | {WHEN}: no longer assigned as Greeter", f"What changed | {NOVEMBER}: assigned as Standby"],
    ]
    assert [words(message) for message in office.to(WPD, "warnings")] == [
        [f"Shifts changed | {WHEN}: Aldo Weedman report time 8:00 AM → 7:30 AM"],
        [f"Shifts changed | {WHEN}: Aldo Weedman no longer assigned as Greeter"],
    ]


def test_message_about_an_excel_file_names_tab_and_cell_in_words(store):
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).event("E2", -9, "WPD", Status="Completed")
    plan.event("E3", 5, "WPD", Town="Nowhere")
    excel, mailbox = [replace(sheet(), source="plan.xlsx")], Mailbox()
    store.keep(plan.workbook(at(0, 7), "plan.xlsx", url=None))
    for moment in (at(0, 8), at(1, 7)):
        turn(store, moment, mailbox, sheets=excel)
    (digest,) = mailbox.to(WPD, "digest")
    actions = [line.action for part in digest.parts for s in part.sections for line in s.lines if line.action]
    assert actions == [
        ("Name one in B2 of Staffing", ""), ("Name one in B2 of Staffing", ""), ("Edit B2 of Attendance", ""),
        ("It is E4 of Events", ""), ("It is A3 of Events", ""),
    ]  # fmt: skip
    assert "  Edit B2 of Attendance\n" in text(digest, "")
    assert "<b>Edit B2 of Attendance</b>" in html(digest, "")
    assert 'href=""' not in html(digest, "")


@pytest.mark.parametrize("unreadable", [False, True])
def test_digest_says_when_the_sheet_was_so_and_since_when_and_why_it_is_unreadable(office, unreadable):
    office.keep(at(0, 20))
    since = Status(at(0, 20, 1), "Google does not answer. Check the network.")
    office.turns(at(1, 7), sheets=[sheet(status=since if unreadable else None)])
    told = (
        "The sheet has been unreadable since Sun, Oct 4, 2026, 8:01 PM Pacific Time. Google does not answer. "
        "Check the network.",
    )
    (digest,) = office.to(WPD, "digest")
    assert digest.notes == (*(told if unreadable else ()), "As of Sun, Oct 4, 2026, 8:00 PM Pacific Time.")


def test_subject_counts_the_events_left_out_of_the_digest(store):
    plan = Plan()
    for number in range(1, 12):
        plan.event(f"E{number}", 2, "WPD", Start=(5 + number) / 24, End=(5.5 + number) / 24)
    office = Office(store, plan)
    office.turns(at(1, 7))
    (message,) = office.to(WPD, "digest")
    assert message.subject == "Coffee with a Cop, WPD: 11 events this week and next, from Mon, Oct 5"
    assert message.parts[0].sections[0].more == "and 3 more"


def test_coordinator_is_told_of_damage_and_of_a_sheet_unreadable_for_an_hour(office):
    notices = {"damaged": "Half of the rows are gone.", "store": "not told"}
    states = [sheet(status=Status(at(0, 9), "Google does not answer.", notices))]
    assert office.turns(at(0, 9, 1), at(0, 10, 30), at(0, 12), sheets=states) == [1, 1, 0]
    assert [words(message) for message in office.to("lead@sheriff.example.gov")] == [
        ["What happened | Half of the rows are gone."], ["What happened | Google does not answer."],
    ]  # fmt: skip


def test_double_booking_that_an_edit_made_is_told_to_the_officers_agency_with_the_cell(store):
    office = Office(store, base().event("E5", 3, "CHP", Start=10 / 24))
    office.plan.staff("E5", "OF-1")
    office.keep(at(0, 9))
    office.turns(at(0, 10))
    (message,) = office.to(WPD)
    ((line,),) = [section.lines for section in message.parts[0].sections if section.heading == "Double-booked"]
    assert line.detail.startswith("Aldo Weedman is double-booked on Wed, Oct 7")
    assert line.action == ("Name somebody else in B6 of Staffing", f"{URL}/edit#gid=1&range=B6")
    office.lose("OF-1", at(0, 12), "E5")
    office.turns(at(0, 13))
    told = [(m.recipient.name, line) for m in office.mailbox.taken for line in words(m.message)]
    assert [name for name, line in told if "Double-booked" in line] == [WPD]


# --- outages ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_failing_channel_is_tried_at_growing_pauses_and_then_tells_all_in_one(store):
    office, tries = Office(store, reader=VersionReader(store)), []
    office.mailbox.trouble = NotSent("The mail server is away.")

    def send(envelope):
        if envelope.recipient.name == WPD:
            tries.append(envelope.sent_at)
        office.mailbox(envelope)

    office.lose("OF-2", at(0, 6, 30))
    tried = (0, 5, 15, 35, 75, 155, 315)
    moments = sorted({minutes + early for minutes in tried for early in (-1, 0)} - {-1})
    office.turns(*(at(0, 8, 30) + minutes * MINUTE for minutes in moments), send=send)
    office.lose("OF-1", at(0, 15))
    office.turns(*(at(0, 15, 5) + minutes * MINUTE for minutes in range(0, 1045, 45)), send=send)
    pauses = [(after - before) / MINUTE for before, after in pairwise(tries)]
    assert pauses[:6] == [5, 10, 20, 40, 80, 160]
    assert len(tries) < 12
    chief = deliveries.recipients(store)[WPD]
    assert (chief.trouble, chief.trouble_since) == ("The mail server is away.", at(0, 8, 30))
    office.mailbox.trouble = None
    office.turns(*(at(1, 8, 30) + minutes * MINUTE for minutes in range(0, 300, 30)))
    (warning,) = office.to(WPD, "warnings")
    assert warning.notes == (
        "This message is late: none could be delivered since Sun, Oct 4, 8:30 AM. What is past by now is left out.",
    )
    assert words(warning) == [
        f"Shifts changed | {WHEN}: Aldo Weedman no longer assigned",
        f"Shifts changed | {WHEN}: Berta Weedova no longer assigned",
        f"Still open | {WHEN}: 2 officers missing, in 2 days; WPD still has to send 1",
    ]
    assert len(office.to(WPD)) == 2  # and the digest, an hour later
    assert deliveries.recipients(store)[WPD].trouble is None


def test_digest_that_is_too_late_is_dropped_and_the_next_one_says_so(store):
    office = Office(store, base().event("E4", 12, "WPD"))
    office.turns(*(at(day, 12) for day in range(4, 9)))
    (digest,) = office.to(WPD, "digest")
    assert digest.notes[0] == "The digest of Mon, Oct 5 could not be delivered."
    assert [m.sent_at for m in office.mailbox.taken if m.kind == "digest" and m.recipient.name == WPD] == [at(8, 12)]


def test_late_warning_counts_the_events_with_open_positions_that_took_place_meanwhile(store):
    office = Office(store, Plan().event("E1", 9, **{"Officers needed": 2}).event("E2", 14, **{"Officers needed": 2}))
    office.turns(at(12, 12))
    (warning,) = office.to(WPD, "warnings")
    assert warning.notes == (
        "This message is late: none could be delivered since Sun, Oct 4, 8:00 AM. What is past by now is left out.",
        "1 event with officers missing took place meanwhile.",
    )


def test_failing_recipient_holds_up_nobody_else_and_waits_as_long_as_the_service_asks(office):
    office.lose("OF-2", at(0, 9))

    def send(envelope):
        if envelope.recipient.name == WPD:
            raise NotSent("This address is refused.", permanent=True)
        raise NotSent("Slack asks to try again later (429).", retry_after=1800.0)

    office.turns(at(0, 9, 30), send=send)
    retried = [deliveries.recipients(office.store)[name].retry_at for name in (WPD, SCSO)]
    assert retried == [at(0, 10, 30), at(0, 10)]
    assert (office.turns(at(0, 10)), len(office.to(SCSO))) == ([1], 1)


# --- a clock that was wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [None, NotSent("The mail server is away.", maybe_arrived=True)])
def test_clock_that_was_ahead_for_a_minute_silences_nobody(office, trouble):
    office.mailbox.trouble = trouble
    office.turns(at(401, 12))  # the digests of that day, or the failed try to send them
    office.mailbox.trouble = None
    office.mailbox.taken.clear()
    office.lose("OF-2", at(0, 9))
    assert office.turns(at(0, 10)) == [2]
    assert [m.kind for m in office.mailbox.taken] == ["warnings", "warnings"]
    assert [m.notes for m in office.to(WPD)] == [()]
    office.turns(at(1, 7))
    (digest,) = office.to(WPD, "digest")
    assert digest.notes == ("As of Sun, Oct 4, 2026, 9:00 AM Pacific Time.",)
    assert digest.subject == "Coffee with a Cop, WPD: 1 event this week and next, from Mon, Oct 5"


def test_sheet_unreadable_since_a_time_ahead_is_told(office):
    assert office.turns(at(0, 9, 1), sheets=[sheet(status=Status(at(401), "Google does not answer."))]) == [1]


def test_version_that_a_clock_ahead_dated_is_told_once_the_clock_is_right(office):
    office.lose("OF-2", at(401))
    office.keep(at(0, 9))
    assert office.turns(at(0, 9, 10)) == [2]


# --- the store ----------------------------------------------------------------------------------------------------


def test_told_version_is_not_thinned_and_a_purged_one_is_replaced_by_the_nearest_earlier(store):
    mailbox, plan = Mailbox(), base().staff("E3", "OF-2")
    store.keep(base().workbook(at(-30, 8)))
    told = store.keep(plan.workbook(at(-30, 9)))
    assert turn(store, at(-30, 10), mailbox) == 0
    store.keep(plan.copy().staff("E3", "OF-5").workbook(at(-30, 11)))
    assert store.thin(URL, at(-20)) == 1
    assert told in store.versions()
    assert turn(store, at(-30, 12), mailbox) == 0
    store.purge(told.id, "me", "test", at(-30, 12))
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 10), mailbox) > 0


def test_message_sent_after_the_claim_was_lost_advances_nothing(office):
    office.lose("OF-2", at(0, 9))

    def slow(envelope):
        office.mailbox(envelope)
        deliveries.claim(office.store, envelope.recipient.name, at(0, 10, 30), 300)

    office.turns(at(0, 10), send=slow)
    office.turns(at(0, 11))
    ids = [m.message_id for m in office.mailbox.taken if m.recipient.name == WPD]
    assert (len(ids), len(set(ids))) == (2, 1)


def test_who_left_is_told_nothing_of_that_kind_until_resumed(office):
    store = office.store
    deliveries.leave(store, deliveries.make_link(store, WPD, "warnings"))
    office.lose("OF-2", at(0, 9))
    assert (office.turns(at(0, 10)), office.to(WPD)) == ([1], [])
    office.turns(at(1, 8))
    assert len(office.to(WPD, "digest")) == 1
    assert deliveries.resume(store, WPD)
    office.turns(at(1, 10))
    assert len(office.to(WPD)) == 1


# --- who ----------------------------------------------------------------------------------------------------------


def test_person_of_several_counties_gets_one_digest_with_a_part_for_each(store):
    other, mailbox = "https://docs.google.com/spreadsheets/d/1bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", Mailbox()
    sheets = [replace(sheet(), county="Siskiyou"), replace(sheet(), county="Modoc", source=other)]
    for url, day in ((URL, 3), (other, 4)):
        store.keep(Plan().event("E1", day, "WPD").staff("E1", "OF-1").workbook(at(0, 7), url=url))
    for moment in (at(0, 8), at(1, 7)):
        turn(store, moment, mailbox, sheets=sheets)
    (digest,) = mailbox.to(WPD, "digest")
    assert [(part.title, part.sections[0].lines[0].link) for part in digest.parts] == [
        ("WPD, Siskiyou", "https://coffee.example.gov/calendar?county=Siskiyou&agency=WPD&event=E1"),
        ("WPD, Modoc", "https://coffee.example.gov/calendar?county=Modoc&agency=WPD&event=E1"),
    ]
    assert [message.sheets for message in deliveries.sent(store, at(1, 0), at(2)) if message.recipient == WPD] == [
        "Siskiyou, Modoc"
    ]


def test_idle_turn_reads_no_workbook_and_between_turns_no_old_snapshot_is_kept(store, monkeypatch):
    loads, load = [], store.load
    monkeypatch.setattr(store, "load", lambda version: loads.append(version) or load(version))

    def shown(number, workbook):
        return replace(sheet(), version=number, shown=read_workbook(workbook, at(0).date()))

    plan, now = base(), at(0, 8)
    first = plan.workbook(at(0, 7))
    served = shown(store.keep(first).id, first)
    loop = Loop(store, NOTIFY, lambda: [served], Mailbox(), lambda: now)
    assert [loop.turn(), loop.turn(), loads] == [0, 0, []]
    second = plan.unstaff("E1", "OF-2").workbook(at(0, 9))
    now, served = at(0, 9, 5), shown(store.keep(second).id, second)
    assert [loop.turn(), loop.turn(), len(loads)] == [0, 0, 1]  # the version before, until this one has settled
    now = at(0, 9, 10)
    assert [loop.turn(), loop.turn(), len(loads)] == [2, 0, 1]
    assert loop._reader._kept == {}
