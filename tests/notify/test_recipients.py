"""Who is told what: by the settings and the sheet together, with one sentence for whatever reaches nobody."""

from dataclasses import replace

from cwac.access import COORDINATOR, Viewer
from cwac.notify.recipients import kinds_of, roll
from cwac.settings.notify import AgencyNotices
from cwac.sheet.reader import read_workbook
from tests.notify.county import NOTIFY, SUNDAY, Plan, at, sheet

LEAD = "lead@sheriff.example.gov"


def snapshot():
    plan = Plan()
    plan.officers["OF-1"][3:] = ["aldo@wpd.example.gov", "yes"]
    plan.officers["OF-2"][3:] = ["berta@wpd.example.gov", None]
    plan.officers["OF-3"][3:] = ["carlo@elsewhere.example", "yes"]
    return read_workbook(plan.workbook(at(0)), SUNDAY)


def test_each_recipient_sees_what_their_pages_show_and_channels_see_no_names():
    agencies = (
        AgencyNotices(
            "WPD", ("chief@wpd.example.gov", LEAD), ("digest",), (("slack", "https://slack.example/planted"),)
        ),
        AgencyNotices("SCSO", ("liaison@sheriff.example.gov",), ("openings", "events")),
        AgencyNotices("CHP", ("desk@chp.example.gov",)),
    )
    result = roll(replace(NOTIFY, agencies=agencies), [(sheet(), snapshot())])
    assert "planted" not in repr(result)
    assert result.troubles == ()
    assert {
        (person.name, share.agency, share.officer, share.viewer.kind, share.viewer.agencies, kinds_of(share))
        for person in result.recipients
        for share in person.shares
    } == {
        (LEAD, "", "", COORDINATOR.kind, (), ("sheet",)),
        (LEAD, "WPD", "", "liaison", ("WPD",), ("digest",)),
        ("chief@wpd.example.gov", "WPD", "", "liaison", ("WPD",), ("digest",)),
        ("slack:WPD", "WPD", "", "liaison", (), ("digest",)),
        ("liaison@sheriff.example.gov", "SCSO", "", "liaison", ("SCSO",), ("warnings",)),
        ("desk@chp.example.gov", "CHP", "", "liaison", ("CHP",), ("digest", "warnings")),
        ("aldo@wpd.example.gov", "", "OF-1", "liaison", ("WPD",), ("shifts",)),
    }  # fmt: skip
    assert Viewer("liaison", ()) in {share.viewer for person in result.recipients for share in person.shares}


def test_lines_that_reach_nobody_are_one_sentence_each():
    agencies = (
        AgencyNotices("XPD", ("chief@wpd.example.gov",)),
        AgencyNotices("WPD", ("desk@chp.example.gov",)),
        AgencyNotices("SCSO", ("gone@elsewhere.example",)),
    )
    result = roll(replace(NOTIFY, agencies=agencies), [(sheet(), snapshot())])
    assert result.troubles == (
        "[notify.agencies.XPD] names an agency that the sheet does not have.",
        "desk@chp.example.gov is not told about WPD: [access] and the Email column of the Agencies tab do not show WPD "
        "to that address.",
        "gone@elsewhere.example is not told about SCSO: [access] and the Email column of the Agencies tab do not show "
        "SCSO to that address.",
        "Nobody is told about CHP: there is no [notify.agencies.CHP].",
    )
    assert {person.name for person in result.recipients} == {LEAD, "aldo@wpd.example.gov"}
