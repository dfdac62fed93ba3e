"""The section [notify], who is told what by it and the sheet, and what doctor says of it."""

from dataclasses import replace

import pytest

from cwac.access import COORDINATOR, Viewer
from cwac.notify import command
from cwac.notify.channels import email
from cwac.notify.message import Message
from cwac.notify.recipients import find_recipients, kinds_of
from cwac.notify.settings import TOPICS, AgencyNotices, Notify, _addresses
from cwac.settings import SettingsError, is_address, load
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.notify.county import NOTIFY, SETTINGS, SUNDAY, Plan, at, sheet
from tests.notify.mail_server import mail_server
from tests.test_settings import secrets

LEAD = "lead@sheriff.example.gov"


def test_defaults_are_every_message_and_a_digest_on_mondays_at_seven(tmp_path):
    text = (
        '[cwac]\naddress = "https://coffee.example.gov"\n[access]\nviewers = ["@wpd.example.gov"]\n'
        '[notify]\nsender = "Coffee <coffee@example.gov>"\nserver = "smtp.example.gov"\n'
        '[notify.agencies.WPD]\nto = ["chief@wpd.example.gov"]\n'
    )
    notify = load({}, secrets(tmp_path, text)).section(Notify)
    assert (notify.digest_day, notify.digest_time, notify.quiet_from, notify.quiet_to) == (0, 420, 1260, 360)
    assert (notify.port, notify.security, notify.agencies[0].messages) == (587, "starttls", tuple(TOPICS))


def snapshot():
    plan = Plan()
    plan.officer("OF-1", "aldo@wpd.example.gov", "yes")
    plan.officers["OF-2"][3:] = ["berta@wpd.example.gov", None]
    plan.officer("OF-3", "carlo@elsewhere.example", "yes")
    return read_workbook(plan.workbook(at(0)), SUNDAY)


def test_each_recipient_sees_what_their_pages_show_and_channels_see_no_names():
    agencies = (
        AgencyNotices(
            "WPD", ("chief@wpd.example.gov", LEAD), ("digest",), (("slack", "https://slack.example/planted"),)
        ),
        AgencyNotices("SCSO", ("liaison@sheriff.example.gov",), ("openings", "events")),
        AgencyNotices("CHP", ("desk@chp.example.gov",)),
    )
    notify = replace(NOTIFY, agencies=agencies, coordinators=(LEAD, "former@sheriff.example.gov"))  # not in [access]
    result = find_recipients(notify, [(sheet(), snapshot())])
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
    result = find_recipients(replace(NOTIFY, agencies=agencies), [(sheet(), snapshot())])
    assert result.troubles == (
        "[notify.agencies.XPD] names an agency that the sheet does not have.",
        "desk@chp.example.gov is not told about WPD: [access] and the Email column of the Agencies tab do not show WPD "
        "to that address.",
        "gone@elsewhere.example is not told about SCSO: [access] and the Email column of the Agencies tab do not show "
        "SCSO to that address.",
        "Nobody is told about CHP: there is no [notify.agencies.CHP].",
    )
    assert {person.name for person in result.recipients} == {LEAD, "aldo@wpd.example.gov"}


def test_officers_whose_addresses_lead_to_one_mailbox_are_told_in_one_message():
    plan = Plan()
    for officer, address in (("OF-1", "a+1@wpd.example.gov"), ("OF-2", "a+2@wpd.example.gov")):
        plan.officers[officer][3:] = [address, "yes"]
    plan.officer("OF-3", "A@wpd.example.gov", "yes")
    plan.officer("OF-4", "b@wpd.example.gov", "yes")
    result = find_recipients(replace(NOTIFY, agencies=()), [(sheet(), read_workbook(plan.workbook(at(0)), SUNDAY))])
    shifts = {person.name: [share.officer for share in person.shares] for person in result.recipients[1:]}
    assert shifts == {"a+1@wpd.example.gov": ["OF-1", "OF-2", "OF-3"], "b@wpd.example.gov": ["OF-4"]}


UNUSABLE = [
    "a(b)c%x@wpd.example.gov", "a(b)c%x", "a..b@wpd.example.gov", ".a@wpd.example.gov", "a b@wpd.example.gov",
    "a%other.example@wpd.example.gov", "a!b@wpd.example.gov", "<a@wpd.example.gov>", "a@b@wpd.example.gov", "@wpd.gov",
    f"{'a' * 250}@wpd.example.gov", "señor@wpd.example.gov",
]  # fmt: skip


@each("address", UNUSABLE)
def test_address_that_no_mail_can_be_sent_to_is_a_problem_of_the_sheet_and_of_the_settings(address):
    plan = Plan()
    plan.officers["OF-1"][3:] = [address, "yes"]
    snapshot = read_workbook(plan.workbook(at(0)), SUNDAY)
    (problem,) = [problem for problem in snapshot.problems if problem.tab == "Officers"]
    assert (problem.code, problem.column) == ("unreadable", "Email")
    assert "This is no email address: type it again." in problem.advice
    assert snapshot.officer_by_id["OF-1"].email is None
    with pytest.raises(SettingsError, match="which is no email address"):
        _addresses([address], "coordinators in [notify]")


@each("address", ["o'neil-x+y_z#1@wpd.example.gov", "A.B@WPD.example.gov"])
def test_address_that_mail_can_be_sent_to_is_told(address):
    assert email(Message("Subject", (), "Why."), NOTIFY.sender, address, "<a@example.gov>", at(0), "")["To"] == address
    assert is_address(address)


# --- what doctor says, from a real mail server, without sending anything ----------------------------------------------


def results(**changes):
    return {
        finding.check: finding for finding in command.findings(replace(SETTINGS, added=(replace(NOTIFY, **changes),)))
    }


def test_nothing_is_said_without_the_section():
    assert list(command.findings(SETTINGS)) == []


def test_mail_server_is_asked_and_nothing_is_sent():
    with mail_server() as (inbox, port):
        by_check = results(port=port)
        assert (by_check["notify-mail"].result, by_check["notify-agencies"].result) == ("PASS", "PASS")
        assert inbox.messages == []
        refused = results(port=port, security="starttls")["notify-mail"]
        assert (refused.result, refused.next) == ("FAIL", "Check port and security in [notify].")


def test_webhooks_are_named_and_not_asked():
    agencies = (AgencyNotices("WPD", webhooks=(("slack", "https://hooks.example/planted"),)),)
    by_check = results(server="", sender="", agencies=agencies, coordinators=(), officer_domains=())
    assert {name: finding.result for name, finding in by_check.items()} == {
        "notify-agencies": "PASS", "notify-webhooks": "SKIP",
    }  # fmt: skip
    assert "planted" not in repr(by_check)
