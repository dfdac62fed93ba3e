"""What recipients were told, in each of the two databases: claims, messages on their way, failed tries, and links."""

import datetime as dt
import sqlite3
from contextlib import closing

import pytest

from cwac.notify import deliveries
from cwac.notify.deliveries import ClaimLost, Progress, RecipientState, Sent

NOW = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
CHIEF = "chief@wpd.example.gov"
TOLD = Progress(1, NOW, ("damaged", "unreadable 2026-11-25"), ("2026-11-16", "2026-11-23"), NOW - MINUTE)


@pytest.fixture
def mine(store):
    """A claim of the chief, who was told of two kinds of message, and a message of each on its way."""
    claim = deliveries.claim(store, CHIEF, NOW, 60)
    for kind in ("digest", "warnings"):
        deliveries.begin(claim, kind, "sheet", TOLD)
        deliveries.mark_sending(claim, kind, {"sheet": 7}, NOW)
    return claim


def sending(store):
    return {kind: row.sending_version for (kind, _), row in deliveries.read_progress(store, CHIEF).items()}


def test_progress_comes_back_as_it_was_noted_and_a_sent_message_is_no_longer_on_its_way(store, mine):
    on_its_way = Progress(TOLD.told_version, NOW, TOLD.told_facts, TOLD.dropped_days, TOLD.late_since, 7, NOW)
    assert deliveries.read_progress(store, CHIEF) == {
        ("digest", "sheet"): on_its_way,
        ("warnings", "sheet"): on_its_way,
    }
    assert (deliveries.waiting(store, NOW), deliveries.read_progress(store, "other")) == (1, {})
    sent = Sent(NOW, CHIEF, "digest", "Siskiyou", "<a@example.gov>")
    deliveries.advance(mine, "digest", {"sheet": Progress(7, NOW + MINUTE, sending_version=7, sending_at=NOW)}, sent)
    assert deliveries.read_progress(store, CHIEF) == {
        ("digest", "sheet"): Progress(7, NOW + MINUTE), ("warnings", "sheet"): on_its_way,
    }  # fmt: skip
    assert deliveries.sent(store, NOW, NOW + MINUTE) == (sent,)
    assert (deliveries.sent(store, NOW - MINUTE, NOW), deliveries.sent_by_kind(store)) == ((), {"digest": 1})
    assert [entry.action for entry in store.audited()] == [f"sent digest to {CHIEF}"]
    store.forget_audit(NOW + DAY)
    assert deliveries.sent_by_kind(store) == {}
    assert deliveries.recipients(store) == {CHIEF: RecipientState(CHIEF, sent_at=NOW)}
    deliveries.release(mine)
    assert deliveries.claim(store, CHIEF, NOW, 60)


@pytest.mark.parametrize(("maybe_arrived", "kept"), [(True, 7), (False, None)])
def test_failed_try_of_one_kind_leaves_the_message_of_another_as_it_was(store, mine, maybe_arrived, kept):
    again = NOW + 5 * MINUTE
    deliveries.begin(mine, "shifts", "sheet", Progress(1, NOW))
    for minutes in (0, 1):
        deliveries.fail(mine, "shifts", NOW + minutes * MINUTE, again, "Planted.", maybe_arrived=maybe_arrived)
    deliveries.fail(mine, "warnings", NOW, again, "Planted.", maybe_arrived=maybe_arrived)
    assert sending(store) == {"digest": 7, "warnings": kept, "shifts": None}
    told = deliveries.read_progress(store, CHIEF)
    assert [told[kind, "sheet"].late_since for kind in ("shifts", "warnings")] == [NOW, NOW - MINUTE]
    assert deliveries.recipients(store) == {CHIEF: RecipientState(CHIEF, (), None, 3, again, "Planted.", NOW)}
    assert deliveries.resume(store, CHIEF)
    assert deliveries.recipients(store) == {CHIEF: RecipientState(CHIEF)}
    assert deliveries.read_progress(store, CHIEF) == {}


def test_process_whose_claim_is_lost_notes_nothing(store, mine):
    before = deliveries.read_progress(store, CHIEF)
    assert deliveries.claim(store, CHIEF, NOW + 59 * MINUTE / 60, 60) is None
    other = deliveries.claim(store, CHIEF, NOW + MINUTE, 60)
    sent = Sent(NOW, CHIEF, "digest", "", "<a@example.gov>")
    for note in (
        lambda: deliveries.begin(mine, "shifts", "sheet", TOLD),
        lambda: deliveries.mark_sending(mine, "digest", {"sheet": 8}, NOW),
        lambda: deliveries.advance(mine, "digest", {"sheet": Progress(8, NOW)}, sent),
        lambda: deliveries.fail(mine, "digest", NOW, NOW, "Planted.", maybe_arrived=False),
    ):
        with pytest.raises(ClaimLost):
            note()
    deliveries.release(mine)  # not the other's
    assert (deliveries.read_progress(store, CHIEF), deliveries.sent_by_kind(store)) == (before, {})
    assert deliveries.recipients(store) == {CHIEF: RecipientState(CHIEF)}
    assert deliveries.claim(store, CHIEF, NOW + MINUTE, 60) is None
    deliveries.mark_sending(other, "digest", {"sheet": 9}, NOW)
    assert sending(store)["digest"] == 9


def test_times_ahead_of_now_are_corrected_and_others_are_not(store, mine):
    sent = Sent(NOW, CHIEF, "digest", "", "<a@example.gov>")
    deliveries.advance(mine, "digest", {"sheet": TOLD}, sent)
    deliveries.fail(mine, "warnings", NOW, NOW + 5 * MINUTE, "Planted.", maybe_arrived=True)
    before = deliveries.read_progress(store, CHIEF), deliveries.recipients(store)
    deliveries.distrust_times_ahead(store, NOW, 5 * MINUTE)
    assert (deliveries.read_progress(store, CHIEF), deliveries.recipients(store)) == before
    deliveries.distrust_times_ahead(store, NOW - DAY, 5 * MINUTE)
    corrected = Progress(1, NOW - DAY, TOLD.told_facts)
    assert deliveries.read_progress(store, CHIEF) == {("digest", "sheet"): corrected, ("warnings", "sheet"): corrected}
    assert deliveries.recipients(store) == {CHIEF: RecipientState(CHIEF, (), None, 1, None, "Planted.", NOW - DAY)}


def test_look_for_times_ahead_waits_for_no_other_process_that_writes(store, mine, tmp_path):
    """The dashboard looks every minute; other processes may be storing a version of the sheet."""
    before = deliveries.read_progress(store, CHIEF), deliveries.recipients(store)
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        deliveries.distrust_times_ahead(store, NOW, 5 * MINUTE)
    assert (deliveries.read_progress(store, CHIEF), deliveries.recipients(store)) == before
    deliveries.release(mine)


def test_links_of_the_latest_messages_work_for_their_own_kind(store, monkeypatch):
    monkeypatch.setattr(deliveries, "LINKS", 3)
    deliveries.claim(store, CHIEF, NOW, 60)
    other = deliveries.make_link(store, CHIEF, "warnings")
    tokens = [deliveries.make_link(store, CHIEF, "digest") for _ in range(5)]
    found = [deliveries.by_link(store, token) for token in (*tokens, other)]
    assert found == [None, None, *((RecipientState(CHIEF), "digest"),) * 3, (RecipientState(CHIEF), "warnings")]
    assert deliveries.leave(store, other) == (RecipientState(CHIEF), "warnings")
    assert deliveries.leave(store, tokens[4]) == (RecipientState(CHIEF, ("warnings",)), "digest")
    assert deliveries.recipients(store)[CHIEF].left_kinds == ("digest", "warnings")
    assert deliveries.leave(store, "x" + other) is None
