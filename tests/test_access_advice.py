"""Advice about a name as typed suggests only officers whom its reader may see."""

import pytest

from cwac import access
from cwac.access import Viewer, restrict
from cwac.model import Cell, Snapshot
from cwac.sheet.schema import TABS
from tests.cases import each
from tests.test_access import CHP, SCSO, texts
from tests.web import plan

TYPED = {
    "a slip in the surname": "B. Planteddemmo",
    "a slip and a rank": "Sgt Planteddemmo",
    "a slip and the name first": "Planteddemmo, B.",
    "a slip and another first name": "Xavier Planteddemmo",
    "two of a surname": "Plantedtwin",
    "two of an alias": "The Duke",
    "words of two names": "duke plantedalias",
    "one of several": "A. Plantedsample; B. Planteddemmo",
    "all of several": "D. Plantedtrrial / B. Planteddemmo",
    "one of several with and": "A. Plantedsample and The Duke",
    "a swap": "The Duke -> A. Plantedsample",
}
PLACES = ("Events.Officers", "Staffing.Officer", "Staffing.Swapped for", "Time off.Officer")
OFFICERS: plan.Rows = [
    ["Officer ID", "Name", "Agency", "Aliases"],
    ["OF-01", "A. Plantedsample", "WPD"],
    ["OF-02", "B. Planteddemo", "SCSO"],
    ["OF-03", "C. Plantedexample", "CHP-MS"],
    ["OF-04", "D. Plantedtrial", "SCSO"],
    ["OF-05", "E. Plantedtwin", "WPD"],
    ["OF-06", "F. Plantedtwin", "SCSO"],
    ["OF-07", "G. Plantedking", "SCSO", "The Duke; Duke Plantedalias One"],
    ["OF-08", "H. Plantedqueen", "WPD", "The Duke; Duke Plantedalias Two"],
]


def with_typed(place: str, typed: str, agency: str | None) -> Snapshot:
    """The plan with that in a row of a shared event of WPD, or of an agency, or of nobody at all."""
    tab, _, column = place.partition(".")
    header, first, *rest = plan.tabs()[tab]
    event = "SHARED" if agency else "NOWHERE"
    rows = {
        "Events.Officers": [[*header, "Officers"], [*first, typed], *rest],
        "Staffing.Officer": [header, first, *rest, [event, typed, None if agency == "event" else agency]],
        "Staffing.Swapped for": [
            [*header, column], first, *rest, [event, "OF-01", agency, None, "Swapped out", None, typed]
        ],
        "Time off.Officer": [header, first, *rest, [typed, 46000, 46001]],
    }[place]  # fmt: skip
    return plan.snapshot(Officers=OFFICERS, **{tab: rows})


@pytest.mark.slow
@each("agency", ["WPD", "event", None])
@each("place", PLACES)
@each("typed", TYPED)
def test_advice_names_only_officers_whom_its_reader_may_see(typed: str, place: str, agency: str | None) -> None:
    whole = with_typed(place, TYPED[typed], agency)
    for viewer in (Viewer("liaison", ("WPD",)), CHP, SCSO, Viewer("liaison")):
        share = restrict(whole, viewer)
        seen = {officer.id for officer in share.officers}
        for problem in share.problems:
            advice = access.advice(problem, share)
            if problem.found is not None:  # a name as typed is told to those whose row it is
                advice = advice.replace(problem.found, "")
            hidden = [officer for officer in whole.officers if officer.id not in seen]
            assert [officer.name for officer in hidden if officer.name in advice or officer.id in advice] == []
            assert set(problem.candidates) <= seen


@each("place", PLACES)
@each("typed", ["a slip in the surname", "two of a surname", "two of an alias", "one of several"])
def test_a_coordinator_sees_all_officers_that_a_cell_could_mean(typed: str, place: str) -> None:
    if (typed, place) == ("one of several", "Staffing.Swapped for") or place == "Time off.Officer":
        typed = "two of an alias"
    whole = with_typed(place, TYPED[typed], None)
    advice = " ".join(access.advice(problem, whole) for problem in whole.problems)
    wanted = {"two of a surname": ("OF-05", "OF-06"), "two of an alias": ("OF-07", "OF-08")}.get(typed, ("OF-02",))
    assert [officer for officer in wanted if f"({officer})" not in advice] == []
    assert not [
        problem for problem in whole.problems if any(officer.name in problem.advice for officer in whole.officers)
    ]


def test_a_liaison_sees_only_visible_officers_that_a_cell_could_mean() -> None:
    share = restrict(with_typed("Staffing.Officer", "The Duke", "event"), Viewer("liaison", ("WPD",)))
    (problem,) = [problem for problem in share.problems if problem.code == "ambiguous" and problem.tab == "Staffing"]
    assert problem.found == "The Duke"
    assert access.advice(problem, share) == (
        "This could be several officers: type the Officer ID. Did you mean H. Plantedqueen (OF-08)?"
    )


@each(
    ("row", "quoted_to"),
    [
        (["NOWHERE", "planted-name"], set()),  # nobody knows whose it is
        (["SHARED", "planted-name"], {"CHP-MS", "WPD"}),  # as all names at that event
        (["SHERIFFS", "planted-name", "WPD"], {"WPD"}),
        (["NOWHERE", "OF-01; planted-name"], {"WPD"}),  # theirs alone
        (["NOWHERE", "OF-01; OF-02; planted-name"], set()),  # of two agencies, at an event that is none
    ],
)
def test_a_typed_name_is_quoted_only_to_viewers_who_see_names_at_its_event(
    row: list[Cell], quoted_to: set[str]
) -> None:
    whole = plan.snapshot(Staffing=[*plan.tabs()["Staffing"], row])
    for short in ("CHP-MS", "WPD", "SCSO"):
        share = restrict(whole, Viewer("liaison", (short,)))
        assert any("planted-name" in text for text in texts(share.problems)) == (short in quoted_to), short


@each(
    ("tab", "row", "column", "quoted"),
    [
        ("Staffing", ["planted-x", "OF-99"], "event_id", True),
        ("Attendance", ["planted-x", 12], "event_id", True),
        ("Events", ["X", "planted-x"], "date", True),
        ("Venues", ["New", "planted-x"], "town", True),
        ("Follow-ups", ["F-9", "planted-x"], "event_id", True),
        ("Follow-ups", ["F-9", "NOWHERE", "planted-x"], "category", False),  # it may be what a resident said
        ("Time off", ["Nobody", "planted-x", 46000], "first", False),
        ("Officers", ["OF-9", "E. New", None, "planted-x"], "agency", True),
    ],
)
def test_only_listed_columns_of_everybodys_rows_are_quoted(
    tab: str, row: list[Cell], column: str, quoted: bool
) -> None:
    share = restrict(plan.snapshot(**{tab: [*plan.tabs()[tab], row]}), SCSO)
    (problem,) = [
        problem
        for problem in share.problems
        if (problem.tab, problem.field_name, problem.agencies) == (tab, column, ())
    ]
    assert (problem.found == "planted-x") == quoted
    assert quoted or problem.advice == access.NOT_QUOTED
    assert not quoted or problem.advice != access.NOT_QUOTED


def test_the_title_of_an_unknown_tab_is_shown_to_coordinators_only() -> None:
    whole = plan.snapshot(**{"planted-tab": [["Something"]]})
    assert "planted-tab" in set(texts(whole.problems))
    assert not any("planted-tab" in text for text in texts(restrict(whole, SCSO)))


def test_no_column_that_names_people_or_is_the_coordinators_is_quoted_to_everybody() -> None:
    for column in [column for spec in TABS for column in spec.columns if column.quoted]:
        assert column.audience != "coordinators", column.header
        assert not column.names_people, column.header
