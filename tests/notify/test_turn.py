"""Turns over the store: settled edits, once an hour, quiet hours, outages, and nothing told twice."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest

from cwac.notify import deliveries
from cwac.notify.channel import NotSent
from cwac.notify.loop import Loop
from cwac.notify.mail import html, text
from cwac.notify.recipients import Status
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader, read_plainly
from cwac.storage.store import Store
from tests.notify.county import DAY, HOUR, MINUTE, NOTIFY, URL, Mailbox, Plan, at, serial, sheet, turn, words

WPD, SCSO = "chief@wpd.example.gov", "liaison@sheriff.example.gov"


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()


@pytest.fixture
def mailbox():
    return Mailbox()


def base() -> Plan:
    plan = Plan().event("E1", 3, "WPD", **{"Partner agencies": "SCSO", "Officers needed": 2})
    plan.event("E2", 9, "SCSO").event("E3", 40, "WPD")
    return plan.staff("E1", "OF-1", Role="Host").staff("E1", "OF-2").staff("E2", "OF-3").staff("E3", "OF-1")


def begun(store, mailbox, plan=None) -> Plan:
    """A store whose sheet has settled and whose recipients are noted: nothing is told of what was there before."""
    plan = plan or base()
    store.keep(plan.workbook(at(0, 7)))
    assert turn(store, at(0, 8), mailbox) == 0
    return plan


def test_nothing_is_told_of_what_was_there_before(store, mailbox):
    begun(store, mailbox, base().event("E9", 2, "WPD", **{"Officers needed": 5}))
    assert turn(store, at(0, 9), mailbox) == 0


def test_change_is_told_once_after_ten_quiet_minutes(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 9, 9), mailbox) == 0
    assert turn(store, at(0, 9, 10), mailbox) == 2
    assert words(*mailbox.to(WPD)) == [
        "Shifts changed | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: Berta Weedova no longer assigned",
        "Still open | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: 1 position open, in 3 days",
    ]
    assert mailbox.to(WPD)[0].subject == "Coffee with a Cop, WPD: 1 shift changed, 1 opening"
    assert turn(store, at(0, 9, 11), mailbox) == turn(store, at(0, 12), mailbox) == 0


def test_what_was_undone_is_not_told(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.copy().unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 9, 5), mailbox) == 0
    store.keep(plan.workbook(at(0, 9, 6)))
    assert turn(store, at(0, 11), mailbox) == 0


@pytest.mark.slow
def test_edits_without_a_pause_are_told_after_an_hour(store, mailbox):
    plan = begun(store, mailbox)
    for minute in range(0, 80, 4):
        plan.event("E3", 40 + minute % 3, "WPD")
        if minute == 8:
            plan.unstaff("E1", "OF-2")
        store.keep(plan.workbook(at(0, 9) + minute * MINUTE))
    assert turn(store, at(0, 9, 55), mailbox) == 0
    assert turn(store, at(0, 10, 17), mailbox) == 2


def test_one_message_an_hour_and_the_rest_in_one(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    turn(store, at(0, 9, 10), mailbox)
    store.keep(plan.unstaff("E1", "OF-1").workbook(at(0, 9, 15)))
    store.keep(plan.event("E1", 4, "WPD", **{"Officers needed": 2}).workbook(at(0, 9, 40)))
    assert [turn(store, at(0, 9, minute), mailbox) for minute in (30, 50, 59)] == [0, 0, 0]
    turn(store, at(0, 10, 10), mailbox)
    assert words(mailbox.to(WPD)[1]) == [
        "Moved or canceled | Thu, Oct 8, 9:00–10:30 AM, Depot, Weed: was Wed, Oct 7, 9:00–10:30 AM, Depot, Weed",
        "Shifts changed | Thu, Oct 8, 9:00–10:30 AM, Depot, Weed: Aldo Weedman no longer assigned",
    ]
    assert len(mailbox.to(WPD)) == 2


def test_quiet_hours_hold_everything_back(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 21)))
    assert [turn(store, at(0, 22), mailbox), turn(store, at(1, 5, 59), mailbox)] == [0, 0]
    assert turn(store, at(1, 6), mailbox) == 2


@pytest.mark.slow
def test_openings_are_told_seven_and_two_days_before_and_not_again(store, mailbox):
    begun(store, mailbox, Plan().event("E1", 12, "WPD", **{"Officers needed": 2}))
    reader = VersionReader(store)
    for hour in range(8, 24 * 14, 3):
        turn(store, at(0) + hour * HOUR, mailbox, reader=reader)
    days = [m.sent_at.date() for m in mailbox.taken if m.kind == "warnings" and m.recipient.name == WPD]
    assert days == [dt.date(2026, 10, 9), dt.date(2026, 10, 14)]


def test_counts_are_asked_for_after_three_days(store, mailbox):
    begun(store, mailbox, Plan().event("E1", 0, "SCSO", Status="Completed").staff("E1", "OF-3", Hours=2))
    for day in range(1, 8):
        turn(store, at(day, 10), mailbox)
    sent = [m for m in mailbox.taken if m.kind == "warnings"]
    assert [(m.recipient.name, m.sent_at) for m in sent] == [(SCSO, at(3, 10))]
    line = sent[0].message.parts[0].sections[0].lines[0]
    assert line.text == "Sun, Oct 4, 9:00–10:30 AM, Depot, Weed: no count of guests"
    assert line.action == ("Type it in B2 of Attendance", f"{URL}/edit#gid=2&range=B2")


def test_digest_comes_on_mondays_at_seven_once(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.staff("E3", "OF-2").workbook(at(0, 12)))
    assert turn(store, at(1, 6, 59), mailbox) == 0
    assert turn(store, at(1, 7), mailbox) == 2
    assert [turn(store, at(day, 12), mailbox) for day in (1, 2, 3)] == [0, 0, 0]
    assert words(*mailbox.to(WPD, "digest")) == [
        "This week and next | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: Aldo Weedman (Host), Berta Weedova",
        "Changed since Sun, Oct 4 | E3 Weed: Berta Weedova assigned",
    ]
    digests = [m.sent_at.date().isoformat() for m in mailbox.taken if m.kind == "digest"]
    assert digests == ["2026-10-05"] * 2


def test_officer_who_opted_in_is_told_of_own_shifts_alone(store, mailbox):
    plan = base()
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    plan.officers["OF-2"][3:] = ["berta@elsewhere.example", "yes"]  # not a domain that the operator allows
    plan.officers["OF-3"][3:] = ["carlo@wpd.example.gov", "no"]
    begun(store, mailbox, plan)
    store.keep(plan.unstaff("E3", "OF-1").unstaff("E1", "OF-2").workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    assert {m.recipient.name for m in mailbox.taken} == {WPD, SCSO, "aldo@wpd.example.gov"}
    (message,) = mailbox.to("aldo@wpd.example.gov")
    assert words(message) == ["What changed | Fri, Nov 13, 9:00–10:30 AM, Depot, Weed: no longer assigned"]


@pytest.mark.parametrize(("typed", "said"), [("TBD", 'the date is now "TBD"'), (None, "the date was taken out")])
def test_event_that_lost_its_date_is_not_told_as_gone(store, mailbox, typed, said):
    plan = base()
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    begun(store, mailbox, plan)
    plan.events["E1"]["Date"] = typed
    store.keep(plan.workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    when = "Wed, Oct 7, 9:00–10:30 AM, Depot, Weed"
    assert f"Moved or canceled | {when}: {said}" in words(*mailbox.to(SCSO))
    assert words(*mailbox.to("aldo@wpd.example.gov")) == [f"What changed | {when}: {said}"]


WHEN = "Wed, Oct 7, 9:00–10:30 AM, Depot, Weed"
LATER = "Fri, Oct 9, 9:00–10:30 AM, Depot, Weed"
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
}  # fmt: skip


def change_event(plan, change):
    if change == "deleted":
        del plan.events["E1"]
        return plan.unstaff("E1", "OF-1").unstaff("E1", "OF-2")
    cells = {
        "canceled": {"Status": "Cancelled", "Cancel reason": "Weather"}, "postponed": {"Status": "Postponed"},
        "moved": {"Date": serial(5)}, "moved to a past day": {"Date": serial(-2)}, "undated": {"Date": "TBD"},
    }[change]  # fmt: skip
    plan.events["E1"].update(cells)
    return plan


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_message_says_what_became_of_an_event_and_links_to_no_event_that_is_gone(store, mailbox, change):
    plan = Plan().event("E1", 3, "WPD").event("E9", 8, "WPD").staff("E1", "OF-1").staff("E1", "OF-2")
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    begun(store, mailbox, plan)
    store.keep(change_event(plan, change).workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    turn(store, at(1, 7), mailbox)
    (warning,), (shift,), (digest,) = (
        mailbox.to(WPD, "warnings"), mailbox.to("aldo@wpd.example.gov"), mailbox.to(WPD, "digest"),
    )  # fmt: skip
    of_e1 = [line for line in words(digest) if "Oct 12" not in line and "to fix" not in line]
    assert (words(warning)[0], words(shift), of_e1) == (CHANGES[change][0], [CHANGES[change][1]], CHANGES[change][2])
    number = 2 if change == "moved" else 1
    assert digest.subject == (
        f"Coffee with a Cop, WPD: {number} event{'s' if number == 2 else ''} this week and next, from Mon, Oct 5"
    )
    links = {line.link for m in mailbox.taken for part in m.message.parts for s in part.sections for line in s.lines}
    assert any("event=E1" in (link or "") for link in links) == (change != "deleted")


def test_each_row_of_an_officer_at_one_event_is_told(store, mailbox):
    plan = base().staff("E1", "OF-1", Role="Greeter", **{"Report time": 8 / 24})
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    begun(store, mailbox, plan)
    plan.staffing[-1]["Report time"] = 7.5 / 24
    store.keep(plan.workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    plan.staffing.pop()
    plan.staff("E3", "OF-1", Role="Standby")
    store.keep(plan.workbook(at(0, 11)))
    turn(store, at(0, 12), mailbox)
    later = "Fri, Nov 13, 9:00–10:30 AM, Depot, Weed"
    assert [words(message) for message in mailbox.to("aldo@wpd.example.gov")] == [
        [f"What changed | {WHEN}: report time 8:00 AM → 7:30 AM"],
        [f"What changed | {WHEN}: no longer assigned as Greeter", f"What changed | {later}: assigned as Standby"],
    ]
    assert [words(message) for message in mailbox.to(WPD, "warnings")] == [
        [f"Shifts changed | {WHEN}: Aldo Weedman report time 8:00 AM → 7:30 AM"],
        [f"Shifts changed | {WHEN}: Aldo Weedman no longer assigned as Greeter"],
    ]


def test_message_about_an_excel_file_names_tab_and_cell_in_words(store, mailbox):
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).event("E2", -9, "WPD", Status="Completed")
    plan.event("E3", 5, "WPD", Town="Nowhere")
    excel = [replace(sheet(), source="plan.xlsx")]
    store.keep(plan.workbook(at(0, 7), "plan.xlsx", url=None))
    turn(store, at(0, 8), mailbox, sheets=excel)
    turn(store, at(1, 7), mailbox, sheets=excel)
    (digest,) = mailbox.to(WPD, "digest")
    actions = [line.action for part in digest.parts for s in part.sections for line in s.lines if line.action]
    assert actions == [
        ("Name one in B2 of Staffing", ""), ("Name one in B2 of Staffing", ""), ("Type it in B2 of Attendance", ""),
        ("It is E4 of Events", ""), ("It is A3 of Events", ""),
    ]  # fmt: skip

    plain = text(digest, "")
    assert "  Type it in B2 of Attendance\n" in plain
    assert "<b>Type it in B2 of Attendance</b>" in html(digest, "")
    assert 'href=""' not in html(digest, "")


@pytest.mark.parametrize("unreadable", [False, True])
def test_digest_says_when_the_sheet_was_so_and_since_when_and_why_it_is_unreadable(store, mailbox, unreadable):
    plan = begun(store, mailbox)
    store.keep(plan.workbook(at(0, 20)))
    since = Status(at(0, 20, 1), "Google does not answer. Check the network.")
    turn(store, at(1, 7), mailbox, sheets=[sheet(status=since if unreadable else None)])
    (digest,) = mailbox.to(WPD, "digest")
    told = (
        "The sheet has been unreadable since Sun, Oct 4, 2026, 8:01 PM Pacific Time. Google does not answer. "
        "Check the network.",
    )
    assert digest.notes == (*(told if unreadable else ()), "As of Sun, Oct 4, 2026, 8:00 PM Pacific Time.")


def test_subject_counts_the_events_left_out_of_the_digest(store, mailbox):
    plan = Plan()
    for number in range(1, 12):
        plan.event(f"E{number}", 2, "WPD", Start=(5 + number) / 24, End=(5.5 + number) / 24)
    begun(store, mailbox, plan)
    turn(store, at(1, 7), mailbox)
    (message,) = mailbox.to(WPD, "digest")
    assert message.subject == "Coffee with a Cop, WPD: 11 events this week and next, from Mon, Oct 5"
    assert message.parts[0].sections[0].more == "and 3 more"


def test_coordinator_is_told_of_damage_and_of_a_sheet_unreadable_for_an_hour(store, mailbox):
    begun(store, mailbox)
    since = at(0, 9)
    status = Status(since, "Google does not answer.", {"damaged": "Half of the rows are gone.", "store": "not told"})
    states = [sheet(status=status)]
    assert turn(store, at(0, 9, 1), mailbox, sheets=states) == 1
    assert words(*mailbox.to("lead@sheriff.example.gov")) == ["What happened | Half of the rows are gone."]
    assert turn(store, at(0, 10, 30), mailbox, sheets=states) == 1
    assert words(mailbox.taken[1].message) == ["What happened | Google does not answer."]
    assert turn(store, at(0, 12), mailbox, sheets=states) == 0


def test_double_booking_that_an_edit_made_is_told_to_the_officers_agency_with_the_cell(store, mailbox):
    plan = begun(store, mailbox, base().event("E5", 3, "CHP", Start=10 / 24))
    store.keep(plan.staff("E5", "OF-1").workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    (message,) = mailbox.to(WPD)
    conflicts = [s for s in message.parts[0].sections if s.heading == "Double-booked"]
    ((line,),) = [section.lines for section in conflicts]
    assert line.detail.startswith("Aldo Weedman is double-booked on Wed, Oct 7")
    assert line.action == ("Name somebody else in B6 of Staffing", f"{URL}/edit#gid=1&range=B6")
    others = [line for m in mailbox.taken if m.recipient.name != WPD for line in words(m.message)]
    assert [line for line in others if "Double-booked" in line] == []
    store.keep(plan.unstaff("E5", "OF-1").workbook(at(0, 12)))
    turn(store, at(0, 13), mailbox)
    assert len([line for m in mailbox.to(WPD) for line in words(m) if "Double-booked" in line]) == 1


# --- outages ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_failing_channel_is_tried_at_growing_pauses_and_then_tells_all_in_one(store, mailbox):
    plan = begun(store, mailbox)
    mailbox.trouble = NotSent("The mail server is away.")
    tries, plain = [], mailbox.__call__

    def send(envelope):
        if envelope.recipient.name == WPD:
            tries.append(envelope.sent_at)
        plain(envelope)

    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 6, 30)))
    now, reader = at(0, 8, 30), VersionReader(store)
    while now < at(1, 8, 30):
        turn(store, now, send, reader=reader)
        if now == at(0, 15):
            store.keep(plan.unstaff("E1", "OF-1").workbook(now))
        now += 5 * MINUTE
    pauses = [(after - before) / MINUTE for before, after in pairwise(tries)]
    assert pauses[:6] == [5, 10, 20, 40, 80, 160]
    assert len(tries) < 12
    people = deliveries.recipients(store)
    assert (people[WPD].trouble, people[WPD].trouble_since) == ("The mail server is away.", at(0, 8, 30))
    mailbox.trouble = None
    for minute in range(0, 300, 5):
        turn(store, at(1, 8, 30) + minute * MINUTE, mailbox, reader=reader)
    (warning,) = mailbox.to(WPD, "warnings")
    assert warning.notes == (
        "This message is late: none could be delivered since Sun, Oct 4, 8:30 AM. What is past by now is left out.",
    )
    assert words(warning) == [
        "Shifts changed | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: Aldo Weedman no longer assigned",
        "Shifts changed | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: Berta Weedova no longer assigned",
        "Still open | Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: 2 positions open, in 2 days; WPD owes 1",
    ]
    assert len(mailbox.to(WPD)) == 2  # and the digest, an hour later
    assert deliveries.recipients(store)[WPD].trouble is None


def test_digest_that_is_too_late_is_dropped_and_the_next_one_says_so(store, mailbox):
    begun(store, mailbox, base().event("E4", 12, "WPD"))
    for day in range(4, 9):
        turn(store, at(day, 12), mailbox)
    (digest,) = mailbox.to(WPD, "digest")
    assert digest.notes[0] == "The digest of Mon, Oct 5 could not be delivered."
    assert [m.sent_at for m in mailbox.taken if m.kind == "digest" and m.recipient.name == WPD] == [at(8, 12)]


def test_one_failing_recipient_holds_up_nobody_else(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))

    def send(envelope):
        if envelope.recipient.name == WPD:
            raise NotSent("This address is refused.", permanent=True)
        mailbox(envelope)

    assert turn(store, at(0, 10), send) == 1
    assert deliveries.recipients(store)[WPD].retry_at == at(0, 11)


def test_next_try_waits_as_long_as_the_service_asks(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    mailbox.trouble = NotSent("Slack asks to try again later (429).", retry_after=1800.0)
    turn(store, at(0, 10), mailbox)
    assert deliveries.recipients(store)[WPD].retry_at == at(0, 10, 30)


# --- a clock that was wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [None, NotSent("The mail server is away.", maybe_arrived=True)])
def test_clock_that_was_ahead_for_a_minute_silences_nobody(store, mailbox, trouble):
    plan = begun(store, mailbox)
    mailbox.trouble = trouble
    turn(store, at(401, 12), mailbox)  # the digests of that day, or the failed try to send them
    mailbox.trouble = None
    mailbox.taken.clear()
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 10), mailbox) == 2
    assert [m.kind for m in mailbox.taken] == ["warnings", "warnings"]
    assert [m.notes for m in mailbox.to(WPD)] == [()]
    turn(store, at(1, 7), mailbox)
    (digest,) = mailbox.to(WPD, "digest")
    assert digest.notes == ("As of Sun, Oct 4, 2026, 9:00 AM Pacific Time.",)
    assert digest.subject == "Coffee with a Cop, WPD: 1 event this week and next, from Mon, Oct 5"


def test_sheet_unreadable_since_a_time_ahead_is_told(store, mailbox):
    begun(store, mailbox)
    states = [sheet(status=Status(at(401), "Google does not answer."))]
    assert turn(store, at(0, 9, 1), mailbox, sheets=states) == 1


def test_version_that_a_clock_ahead_dated_is_told_once_the_clock_is_right(store, mailbox):
    plan = begun(store, mailbox)
    workbook = plan.unstaff("E1", "OF-2").workbook(at(401))
    store.keep(workbook)
    store.keep(replace(workbook, as_of=at(0, 9)))
    assert turn(store, at(0, 9, 10), mailbox) == 2


# --- the store ----------------------------------------------------------------------------------------------------


def test_told_version_is_not_thinned_and_a_purged_one_is_replaced_by_the_nearest_earlier(store, mailbox):
    store.keep(base().workbook(at(-30, 8)))
    plan = base().staff("E3", "OF-2")
    told = store.keep(plan.workbook(at(-30, 9)))
    assert turn(store, at(-30, 10), mailbox) == 0
    store.keep(plan.copy().staff("E3", "OF-5").workbook(at(-30, 11)))
    assert store.thin(URL, at(-20)) == 1
    assert told in store.versions()
    assert turn(store, at(-30, 12), mailbox) == 0
    store.purge(told.id, "me", "test", at(-30, 12))
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 10), mailbox) > 0


def test_claimed_recipient_is_left_to_the_other_process(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert deliveries.claim(store, WPD, at(0, 10) - MINUTE, 300)
    assert turn(store, at(0, 10), mailbox) == 1
    assert mailbox.to(WPD) == []
    assert turn(store, at(0, 10, 5), mailbox) == 1  # the claim has run out


def test_message_sent_after_the_claim_was_lost_advances_nothing(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))

    def slow(envelope):
        mailbox(envelope)
        deliveries.claim(store, envelope.recipient.name, at(0, 10, 30), 300)

    turn(store, at(0, 10), slow)
    turn(store, at(0, 11), mailbox)
    ids = [m.message_id for m in mailbox.taken if m.recipient.name == WPD]
    assert len(ids) == 2
    assert len(set(ids)) == 1


# --- leaving ------------------------------------------------------------------------------------------------------


def test_who_left_is_told_nothing_of_that_kind_until_resumed(store, mailbox):
    plan = begun(store, mailbox)
    token = deliveries.make_link(store, WPD, "warnings")
    assert deliveries.leave(store, token) == (deliveries.RecipientState(WPD), "warnings")
    assert deliveries.leave(store, "x" + token) is None
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 10), mailbox) == 1
    assert mailbox.to(WPD) == []
    turn(store, at(1, 8), mailbox)
    assert len(mailbox.to(WPD, "digest")) == 1
    assert deliveries.resume(store, WPD)
    turn(store, at(1, 10), mailbox)
    assert len(mailbox.to(WPD)) == 1


# --- who ----------------------------------------------------------------------------------------------------------


def test_address_that_access_or_the_sheet_does_not_let_in_is_told_nothing(store, mailbox):
    notify = replace(NOTIFY, agencies=(AgencyNotices("WPD", ("desk@chp.example.gov",)), AgencyNotices("XPD", (WPD,))))
    plan = base()
    store.keep(plan.workbook(at(0, 7)))
    turn(store, at(0, 8), mailbox, notify)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    assert turn(store, at(0, 10), mailbox, notify) == 0
    assert set(deliveries.recipients(store)) == {"lead@sheriff.example.gov"}


def test_what_was_sent_is_listed_and_audited_without_content(store, mailbox):
    plan = begun(store, mailbox)
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    turn(store, at(0, 10), mailbox)
    assert [(s.at, s.recipient, s.kind) for s in deliveries.sent(store, at(0), at(1))] == [
        (at(0, 10), WPD, "warnings"), (at(0, 10), SCSO, "warnings"),
    ]  # fmt: skip
    assert [entry.action for entry in store.audited()] == [f"sent warnings to {SCSO}", f"sent warnings to {WPD}"]
    assert deliveries.sent_by_kind(store) == {"warnings": 2}
    store.forget_audit(at(0) + DAY)
    assert deliveries.sent_by_kind(store) == {}


def test_person_of_several_counties_gets_one_digest_with_a_part_for_each(store, mailbox):
    other = "https://docs.google.com/spreadsheets/d/1bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    sheets = [replace(sheet(), county="Siskiyou"), replace(sheet(), county="Modoc", source=other)]
    for url, day in ((URL, 3), (other, 4)):
        store.keep(Plan().event("E1", day, "WPD").staff("E1", "OF-1").workbook(at(0, 7), url=url))
    turn(store, at(0, 8), mailbox, sheets=sheets)
    turn(store, at(1, 7), mailbox, sheets=sheets)
    (digest,) = mailbox.to(WPD, "digest")
    assert [part.title for part in digest.parts] == ["WPD, Siskiyou", "WPD, Modoc"]
    assert [part.sections[0].lines[0].link for part in digest.parts] == [
        "https://coffee.example.gov/calendar?county=Siskiyou&agency=WPD&event=E1",
        "https://coffee.example.gov/calendar?county=Modoc&agency=WPD&event=E1",
    ]
    assert [message.sheets for message in deliveries.sent(store, at(1, 0), at(2)) if message.recipient == WPD] == [
        "Siskiyou, Modoc"
    ]


def test_idle_turn_reads_no_workbook_and_between_turns_no_old_snapshot_is_kept(store, mailbox):
    reads = []

    def read(its_sheet, workbook, today):
        reads.append(today)
        return read_plainly(its_sheet, workbook, today)

    plan = base()
    version = store.keep(plan.workbook(at(0, 7)))
    shown = replace(sheet(), version=version.id, shown=read_plainly(sheet(), plan.workbook(at(0, 7)), at(0).date()))
    now = at(0, 8)
    loop = Loop(store, NOTIFY, lambda: [shown], send=mailbox, read=read, clock=lambda: now)
    assert [loop.turn(), loop.turn(), reads] == [0, 0, []]
    later = store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    now = at(0, 9, 5)
    shown = replace(shown, version=later.id, shown=read_plainly(sheet(), plan.workbook(at(0, 9)), at(0).date()))
    assert [loop.turn(), loop.turn(), len(reads)] == [0, 0, 1]  # the version before, until this one has settled
    now = at(0, 9, 10)
    assert [loop.turn(), loop.turn(), len(reads)] == [2, 0, 1]
    assert loop._reader._kept == {}
