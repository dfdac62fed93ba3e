"""Over random edits: no message names anybody whom the recipient's pages would not show, and all of it adds up."""

import tempfile
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac import access
from cwac.access import Viewer
from cwac.analysis.changes import later_ids
from cwac.notify.channels import html, slack_body, text
from cwac.notify.message import Links
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader
from cwac.notify.warnings import SnapshotOfDay, facts, shift_changes, shifts_of
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage.store import Store
from tests.notify.county import ANSWER_NOTE, HOUR, NOTIFY, OFFICERS, SUNDAY, Mailbox, Plan, at, serial, turn

NAMES = [name for name, _ in OFFICERS.values()]
RESIDENT = "planted words of a resident"
events = st.sampled_from(["E1", "E2", "E3"])
officers = st.sampled_from(sorted(OFFICERS))
edits = st.one_of(
    st.tuples(st.just("assign"), events, officers, st.sampled_from(["Assigned", "Requested", "Declined"])),
    st.tuples(st.just("unstaff"), events, officers),
    st.tuples(st.just("answer"), events, officers, st.sampled_from(["Yes", "No", "Maybe"])),
    st.tuples(st.just("report"), events, st.sampled_from([None, 8 / 24, 8.5 / 24])),
    st.tuples(st.just("delete"), events),
    st.tuples(st.just("staff"), events, st.sampled_from([f"{name}o" for name in (*NAMES, "Nobody Known")])),
    st.tuples(st.just("Date"), events, st.integers(0, 16).map(serial)),
    st.tuples(st.just("Status"), events, st.sampled_from(["Confirmed", "Cancelled", "Completed", "Draft"])),
    st.tuples(st.just("Partner agencies"), events, st.sampled_from([None, "SCSO", "CHP", "SCSO; CHP"])),
    st.tuples(st.just("Officers needed"), events, st.integers(0, 3)),
)


def county() -> Plan:
    plan = Plan().event("E1", 2, "WPD", **{"Partner agencies": "SCSO", "Officers needed": 2})
    plan.event("E2", 6, "SCSO", **{"Officers needed": 3}).event("E3", 9, "CHP")
    plan.officer("OF-1", "aldo@wpd.example.gov", "yes")
    plan.follow_ups = [["F-1", "E1", "Traffic", RESIDENT, "WPD", "Open"]]
    plan.attendance = [["E2", "n/a", RESIDENT]]
    return plan.staff("E1", "OF-1").staff("E1", "OF-3").staff("E2", "OF-4").staff("E3", "OF-5").staff("E3", "OF-6")


def apply(plan: Plan, edit) -> None:
    verb, event_id, *rest = edit
    if verb == "assign":
        plan.unstaff(event_id, rest[0]).staff(event_id, rest[0], Status=rest[1])
    elif verb == "answer":
        plan.answer(event_id, *rest, len(plan.answers))
    elif verb in ("staff", "unstaff"):
        getattr(plan, verb)(event_id, *rest)
    elif event_id not in plan.events:
        plan.event(event_id, 5, "WPD")
    elif verb == "delete":
        plan.delete(event_id)
    elif verb == "report":
        for row in plan.staffing:
            if row["Event ID"] == event_id:
                row["Report time"] = rest[0]
    else:
        plan.change(event_id, **{verb: rest[0]})


VIEWERS = {
    "chief@wpd.example.gov": ("WPD",),
    "liaison@sheriff.example.gov": ("SCSO",),
    "desk@chp.example.gov": ("CHP",),
    "slack:WPD": (),
}


def names_in(words: str) -> set[str]:
    return {name for name in NAMES if name.split()[1] in words}


def shown_names(before, after, agencies) -> set[str]:
    """The names on the pages of a liaison who compares the two versions."""
    shares = access.restrict_both(before, after, Viewer("liaison", agencies))
    return {name for share in shares for row in share.assignments if row.name for name in names_in(row.name)}


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.lists(edits, min_size=1, max_size=3), min_size=1, max_size=6))
def test_no_message_names_anybody_whom_the_recipients_pages_do_not_show(steps) -> None:
    slack = AgencyNotices("WPD", ("chief@wpd.example.gov",), webhooks=(("slack", "https://slack.example/x"),))
    notify = replace(NOTIFY, agencies=(slack, *NOTIFY.agencies[1:]), coordinators=(), quiet_from=0, quiet_to=0)
    plan, mailbox = county(), Mailbox()
    kept_at = {at(0, 0): plan.workbook(at(0, 0))}
    read = cache(lambda as_of, today: read_workbook(kept_at[as_of], today))
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.sqlite3")
        reader = VersionReader(store)
        store.keep(plan.workbook(at(0, 0)))
        turn(store, at(0, 1), mailbox, notify, reader=reader)
        told = dict.fromkeys([*VIEWERS, "aldo@wpd.example.gov"], plan.workbook(at(0, 0)))
        digested = dict(told)
        for number, step in enumerate(steps):
            for edit in step:
                apply(plan, edit)
            now = at(0, 2) + (number + 1) * 17 * HOUR
            kept = kept_at[now - HOUR] = plan.workbook(now - HOUR)
            store.keep(kept)
            for later in (0, 2):
                mailbox.taken.clear()
                turn(store, now + later * HOUR, mailbox, notify, reader=reader)
                for envelope in mailbox.taken:
                    name, message = envelope.recipient.name, envelope.message
                    words = text(message, "") + html(message, "") + str(slack_body(message))
                    assert RESIDENT not in words
                    assert ANSWER_NOTE not in words
                    if envelope.kind == "shifts":
                        assert names_in(words) <= {"Aldo Weedman"}
                        continue
                    start = digested if envelope.kind == "digest" else told
                    today = (now + later * HOUR - 7 * HOUR).date()
                    versions = [read(version.as_of, today) for version in (start[name], kept)]
                    assert names_in(words) <= shown_names(*versions, VIEWERS[name]), envelope.kind
                    if envelope.kind == "digest":
                        digested[name] = kept
            told = dict.fromkeys(told, kept)
        store.close()


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(edits, min_size=1, max_size=10), st.sampled_from(["WPD", "SCSO", "CHP"]), st.sets(st.integers(0, 9)))
def test_sum_of_what_was_told_is_the_difference_of_what_was_true(history, agency, moments) -> None:
    """Told at any moments, shifts and facts add up to the same as what is true at the end."""
    plan, viewer, links = county(), Viewer("liaison", (agency,)), Links("https://coffee.example.gov", agency=agency)

    def version():
        return read_workbook(plan.workbook(at(0)), SUNDAY)

    def shifts(snapshot):
        return shifts_of(access.restrict(snapshot, viewer), SUNDAY, agency=agency)

    def true(snapshot):
        return facts(SnapshotOfDay(access.restrict(snapshot, viewer), SUNDAY), Rules(), links, {}).keys()

    before = version()
    told, known_facts = dict(shifts(before)), set(true(before))
    for number, edit in enumerate(history):
        apply(plan, edit)
        if number not in moments and number != len(history) - 1:
            continue
        after = version()
        shares = access.restrict_both(before, after, viewer)
        ids = later_ids(*shares)
        for key, (was, now) in shift_changes(*(shifts_of(s, SUNDAY, agency=agency) for s in shares), ids).items():
            assert told.get(key) == was
            if now is None:
                del told[key]
            else:
                told[key] = now
        old, new = (facts(SnapshotOfDay(share, SUNDAY), Rules(), links, {}).keys() for share in shares)
        known_facts = (known_facts - (old - new)) | (new - old)
        before = after
    assert told == shifts(before)
    assert known_facts == set(true(before))
