"""Find: names by their beginnings, their parts and with typing errors, events by ID, at most ten."""

import datetime as dt

from cwac.analysis import find
from cwac.model import Event, Snapshot
from tests.cases import each
from tests.web import plan

TODAY = plan.TODAY
PLAN = plan.snapshot(
    Officers=[
        ["Officer ID", "Name", "Agency", "Aliases"],
        ["OF-01", "Tony Muñoz", "WPD", "Antonio Munoz"],
        ["OF-02", "Ana Núñez-Ruiz", "SCSO", None],
    ],
)
INDEX = find.index(PLAN, TODAY)


@each(
    ("typed", "expected"),
    [
        ("muñoz", {"officer": ["Tony Muñoz"]}),
        ("MUNOZ", {"officer": ["Tony Muñoz"]}),
        ("antonio", {"officer": ["Tony Muñoz"]}),
        ("muñzo", {"officer": ["Tony Muñoz"]}),
        ("tony mu", {"officer": ["Tony Muñoz"]}),
        ("mu tony", {"officer": ["Tony Muñoz"]}),
        ("nunez ruiz", {"officer": ["Ana Núñez-Ruiz"]}),
        ("of-02", {"officer": ["Ana Núñez-Ruiz"]}),
        ("scso", {"agency": ["SCSO"]}),
        ("sheriff's", {"agency": ["SCSO"], "event": ["SHERIFFS"]}),
        ("sherrif", {"agency": ["SCSO"]}),
        ("etna", {"town": ["Etna"]}),
        ("weed", {"agency": ["WPD"], "town": ["Weed"], "venue": ["Weed Starbucks"]}),
        ("starbucks", {"venue": ["Weed Starbucks", "Yreka Starbucks"]}),
        ("strabucks", {"venue": ["Weed Starbucks", "Yreka Starbucks"]}),
        ("shared", {"event": ["SHARED"]}),
        ("shared1", {"event": ["SHARED"]}),  # a wrong digit
        ("uncoun", {"event": ["UNCOUNTED"]}),
        ("lost", {"event": ["LOST"]}),
        ("dragon", {}),
        ("rd", {}),
    ],
)
def test_typed_letters_find(typed: str, expected: dict[str, list[str]]) -> None:
    groups = find.search(PLAN, INDEX, typed)
    assert groups is not None
    assert {group.kind: [match.label for match in group.matches] for group in groups} == expected


@each("typed", ["", " ", "w", "--", "🚓"])
def test_too_few_letters_find_nothing_yet(typed: str) -> None:
    assert find.search(PLAN, INDEX, typed) is None


def test_matches_say_what_they_are_and_what_they_open() -> None:
    groups = {match.label: match for group in find.search(PLAN, INDEX, "weed") or () for match in group.matches}
    assert (groups["Weed"].opens, groups["Weed"].key, groups["Weed"].detail) == ("town", "Weed", "1 event to come")
    assert (groups["WPD"].opens, groups["WPD"].detail) == ("agency", "Weed Police Department")
    venue = groups["Weed Starbucks"]
    assert (venue.opens, venue.key) == ("event", "SHARED"), "the next event there, not the one of last month"
    undated = (find.search(PLAN, INDEX, "lost") or ())[0].matches[0]
    assert (undated.opens, undated.detail) == ("event", "no date yet")


def test_at_most_ten_are_shown_soonest_first_and_the_others_are_counted() -> None:
    days = [-30, 5, 1, *range(10, 40)]
    events = tuple(Event(f"EV-{day + 100}", 2, TODAY + dt.timedelta(days=day)) for day in days)
    snapshot = Snapshot(source="", as_of=PLAN.as_of, timezone=plan.ZONE, today=TODAY, events=events)
    (group,) = find.search(snapshot, find.index(snapshot, TODAY), "ev-") or ()
    assert [match.label for match in group.matches[:3]] == ["EV-101", "EV-105", "EV-110"]
    assert (len(group.matches), group.more) == (find.AT_MOST, len(days) - find.AT_MOST)


def test_event_of_a_person_is_the_next_one_else_the_last() -> None:
    assert find.event_of(PLAN, "OF-01", TODAY) == "SHARED"
    assert find.event_of(PLAN, "OF-01", TODAY + dt.timedelta(days=30)) == "SHARED"
    assert find.event_of(PLAN, "nobody", TODAY) is None
