"""Turns over the store: settled edits, once an hour, quiet hours, outages, and nothing told twice."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import pytest

from cwac.notify import deliveries
from cwac.notify.channels import html, text
from cwac.notify.message import NotSent
from cwac.notify.turn import Loop, VersionReader, is_quiet
from cwac.refresh.live import Live
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.notify.county import MINUTE, NOTIFY, URL, ZONE, Mailbox, Office, Plan, at, base, sheet, turn

WPD, SCSO = "chief@wpd.example.gov", "liaison@sheriff.example.gov"


# --- when and what ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_edits_without_a_pause_are_told_after_an_hour(office):
    for minute in range(0, 80, 4):
        office.plan.event("E3", 40 + minute % 3, "WPD")
        if minute == 8:
            office.plan.unstaff("E1", "OF-2")
        office.keep(at(0, 9) + minute * MINUTE)
    assert office.turns(at(0, 9, 55), at(0, 10, 17)) == [0, 2]


@each(("hours", "quiet"), [((1260, 360), [0, 59, 60, 119, 120, 359, 1260, 1439]), ((60, 120), [60, 119]), ((0, 0), [])])
def test_quiet_hours_end_before_their_last_minute(hours, quiet):
    notify = replace(NOTIFY, quiet_from=hours[0], quiet_to=hours[1])
    minutes = (0, 59, 60, 119, 120, 359, 360, 1259, 1260, 1439)
    assert [minute for minute in minutes if is_quiet(notify, at(0, 0) + minute * MINUTE, ZONE)] == quiet


def test_message_about_an_excel_file_names_tab_and_cell_in_words(store):
    mailbox, plan = Mailbox(), Plan().event("E2", -9, "WPD", Status="Completed")
    store.keep(plan.workbook(at(0, 7), "plan.xlsx", url=None))
    for moment in (at(0, 8), at(1, 7)):
        turn(store, moment, mailbox, sheets=[replace(sheet(), source="plan.xlsx")])
    (digest,) = mailbox.to(WPD, "digest")
    actions = [line.action for part in digest.parts for s in part.sections for line in s.lines if line.action]
    assert actions == [("Edit B2 of Attendance", ""), ("It is A2 of Events", "")]
    assert "  Edit B2 of Attendance\n" in text(digest, "")
    assert "<b>Edit B2 of Attendance</b>" in html(digest, "")
    assert 'href=""' not in html(digest, "")


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
    assert [line.detail for section in warning.parts[0].sections for line in section.lines] == [
        "Aldo Weedman no longer assigned", "Berta Weedova no longer assigned",
        "2 officers missing, in 2 days; WPD still has to send 1",
    ]  # fmt: skip
    assert len(office.to(WPD)) == 2  # and the digest, an hour later
    assert deliveries.recipients(store)[WPD].trouble is None


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


def test_turn_that_takes_too_long_leaves_the_others_to_the_next_one(office, monkeypatch):
    office.lose("OF-2", at(0, 9))
    with monkeypatch.context() as shorter:
        shorter.setattr("cwac.notify.turn.SECONDS", 9.0)
        assert office.turns(at(0, 10)) == [0]
    assert office.turns(at(0, 10, 1)) == [2]
    assert all(0 < envelope.seconds <= 30 for envelope in office.mailbox.taken)


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


# --- the store ----------------------------------------------------------------------------------------------------


def test_told_version_is_not_thinned_and_a_purged_one_is_replaced_by_the_nearest_earlier(store):
    mailbox, plan = Mailbox(), base().staff("E3", "OF-2")
    store.keep(base().workbook(at(-30, 8)))
    told = store.keep(plan.workbook(at(-30, 9)))
    assert turn(store, at(-30, 10), mailbox) == 0
    store.keep(deepcopy(plan).staff("E3", "OF-5").workbook(at(-30, 11)))
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
    office.lose("OF-1", at(0, 8, 5))
    assert office.turns(at(0, 8, 30)) == [2]
    (link,) = [envelope.leave_link for envelope in office.mailbox.taken if envelope.recipient.name == WPD]
    office.mailbox.taken.clear()
    address, token = link.rsplit("/", 1)
    assert address == "https://coffee.example.gov/unsubscribe"
    assert deliveries.leave(store, token) == (deliveries.RecipientState(WPD, (), at(0, 8, 30)), "warnings")
    office.plan.change("E1", Status="Postponed")
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
        return sheet(live=Live(version=number, snapshot=read_workbook(workbook, at(0).date())))

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
