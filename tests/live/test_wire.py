"""A snapshot that crosses to another process comes out as it went in, and little crosses where little has changed."""

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwac import model
from cwac.answers.alerts import alerts
from cwac.live import wire
from cwac.live.apart import NOTHING
from cwac.model import Snapshot, SourceUnavailable
from cwac.sheet.reading import read_workbook
from cwac.sources.sample import ZONE, sample_workbook
from tests.sheet.test_properties import workbooks

TODAY = dt.date(2026, 10, 7)


def crossed(before, after):
    """What arrives, and the records that were sent."""
    assembly = sent(wire.lists(before), wire.lists(after))
    return assembly.snapshot(wire.read(wire.written(wire.about(after)))), assembly.made


def sent(before, after):
    assembly = wire.Assembly(before)
    for step in wire.steps(before, after):
        assembly.take(wire.read(wire.written(step)))
    return assembly


def typed(snapshot):
    """With the type of each value, as 1 equals True and 1.0."""
    return [repr(getattr(snapshot, one.name)) for one in fields(snapshot) if one.name != "as_of"]


@pytest.fixture(scope="module")
def sample():
    return read_workbook(sample_workbook(TODAY, dt.datetime(2026, 10, 7, 17, 42, tzinfo=dt.UTC)), TODAY)


def test_every_kind_of_record_crosses(sample):
    assert all(getattr(sample, name) for name in wire.RECORDS)
    kinds = {one.name for one in fields(Snapshot) if str(one.type).startswith("tuple[")}
    assert kinds == wire.RECORDS.keys()
    arrived, sent = crossed(NOTHING, sample)
    assert arrived == sample
    assert typed(arrived) == typed(sample)
    assert sent == sum(len(getattr(sample, name)) for name in wire.RECORDS)
    assert arrived.as_of.tzinfo.key == ZONE


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(workbooks(), workbooks())
def test_whatever_is_typed_crosses(first, second):
    try:
        before, after = (read_workbook(one, TODAY) for one in (first, second))
    except SourceUnavailable:
        return
    arrived, _ = crossed(before, after)
    assert arrived == after
    assert typed(arrived) == typed(after)


def plan(*titles):
    return replace(NOTHING, events=tuple(model.Event(title, 1, TODAY, title=title) for title in titles))


@given(st.lists(st.sampled_from("ab"), max_size=40), st.lists(st.sampled_from("ab"), max_size=40), st.integers(1, 9))
def test_whatever_came_and_went_crosses(before, after, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "BLOCK", block)
        patch.setattr(wire, "CHUNK", block + 1)
        patch.setattr(wire, "STEP", 3)
        assert crossed(plan(*before), plan(*after))[0] == plan(*after)


def test_text_that_is_no_text_and_numbers_that_are_equal_cross():
    hours = [True, 1, 1.0, 2**70, None, 0.1]
    given = replace(
        plan("\ud83d", "\ud83d\ude00", "\ud83d" + "\ude00", "a\nb", "\x00"),
        assignments=tuple(model.Assignment("EV-1", 1, hours=one) for one in hours),
    )
    arrived, _ = crossed(NOTHING, given)
    assert typed(arrived) == typed(given)


MANY = [f"Coffee {number}" for number in range(2_000)]


@pytest.mark.parametrize(
    ("after", "most"),
    [
        (MANY, 0),
        ([*MANY[:700], "Tea", *MANY[701:]], 1),
        ([*MANY[:700], "Tea", *MANY[701:720], "Tea", *MANY[721:1_500], "Tea", *MANY[1_501:]], 22),
        ([*MANY, "Tea"], 1),
        (MANY[:-1], 0),
        ([*MANY[:700], "Tea", *MANY[700:]], 1),
        ([*MANY[:700], *MANY[900:]], 0),
    ],
    ids=[
        "nothing",
        "an edit",
        "three edits",
        "a row at the end",
        "the last row deleted",
        "a row inserted",
        "rows deleted",
    ],
)
def test_little_crosses_where_little_has_changed(after, most):
    before = plan(*MANY)
    arrived, sent = crossed(before, plan(*after))
    assert arrived == plan(*after)
    assert sent <= most
    assert arrived.events[0] is before.events[0], "shared, not made again"


def test_names_are_held_once(sample):
    once = crossed(NOTHING, sample)[0]
    again = crossed(NOTHING, sample)[0]
    assert once.events[0].id is again.events[0].id


def test_the_alerts_cross_and_few_of_them_where_few_are_new(sample):
    found = alerts(sample, TODAY)
    assert len(found) > 20
    others = (*found[:5], replace(found[5], message="Another"), *found[6:])
    assert sent(wire.lists(sample), wire.lists(sample, found)).alerts() == found
    assembly = sent(wire.lists(sample, found), wire.lists(sample, others))
    assert (assembly.alerts(), assembly.made) == (others, 1)
    assert assembly.alerts()[0] is found[0]


def test_columns_of_numbers_cross_in_a_file_that_is_gone_then(tmp_path):
    columns = {"a": np.array([1.5, np.nan]), "b": np.array([True, False, True]), "c": np.array([], dtype=np.int32)}
    path = tmp_path / "numbers"
    heads = wire.read(wire.written(wire.put(path, columns)))
    arrived = wire.taken(path, heads)
    assert {name: (one.dtype, repr(one)) for name, one in arrived.items()} == {
        name: (one.dtype, repr(one)) for name, one in columns.items()
    }
    assert not path.exists()


@pytest.mark.parametrize("left", [0, 17])
def test_a_file_that_was_cut_short_is_not_taken_for_whole(tmp_path, left):
    path = tmp_path / "numbers"
    heads = wire.put(path, {"a": np.arange(3)})
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(OSError, match="cut short"):
        wire.taken(path, heads)
    with pytest.raises(FileNotFoundError):
        wire.taken(path, heads)
