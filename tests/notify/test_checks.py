"""What doctor says of [notify]: from a real mail server, without sending anything."""

from dataclasses import replace

from cwac.notify import checks
from cwac.notify.settings import AgencyNotices
from tests.notify.county import NOTIFY, SETTINGS
from tests.notify.mail_server import mail_server


def results(**changes):
    return {
        finding.check: finding for finding in checks.findings(replace(SETTINGS, added=(replace(NOTIFY, **changes),)))
    }


def test_nothing_is_said_without_the_section():
    assert list(checks.findings(SETTINGS)) == []


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
