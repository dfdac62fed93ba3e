"""What recipients were told: claims, messages on their way, and failed tries."""

import datetime as dt

import pytest

from cwac.notify import deliveries
from cwac.notify.deliveries import Progress

NOW = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)
CHIEF = "chief@wpd.example.gov"


@pytest.mark.parametrize(("maybe_arrived", "kept"), [(True, 7), (False, None)])
def test_failed_try_of_one_kind_leaves_the_message_of_another_as_it_was(store, maybe_arrived, kept):
    claim = deliveries.claim(store, CHIEF, NOW, 60)
    for kind in ("digest", "warnings"):
        assert deliveries.begin(store, CHIEF, claim, kind, "sheet", Progress(1, NOW))
        assert deliveries.mark_sending(store, CHIEF, claim, kind, {"sheet": 7}, NOW)
    again = NOW + dt.timedelta(minutes=5)
    deliveries.fail(store, CHIEF, claim, "warnings", NOW, again, "Planted.", maybe_arrived=maybe_arrived)
    told = deliveries.read_progress(store, CHIEF)
    assert told["digest", "sheet"].sending_version == 7
    assert told["warnings", "sheet"].sending_version == kept


def test_links_of_the_latest_messages_work_for_their_own_kind(store, monkeypatch):
    monkeypatch.setattr(deliveries, "LINKS", 3)
    deliveries.claim(store, CHIEF, NOW, 60)
    other = deliveries.make_link(store, CHIEF, "warnings")
    tokens = [deliveries.make_link(store, CHIEF, "digest") for _ in range(5)]
    found = [deliveries.by_link(store, token) for token in (*tokens, other)]
    chief = deliveries.RecipientState(CHIEF)
    assert found == [None, None, *((chief, "digest"),) * 3, (chief, "warnings")]
