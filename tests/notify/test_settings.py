"""The section [notify]: what is read, one sentence for each mistake, and what doctor says of it."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from cwac.notify import command
from cwac.notify.settings import TOPICS, AgencyNotices, Notify
from cwac.settings import SettingsError, load
from tests.cases import each
from tests.notify.county import NOTIFY, SETTINGS
from tests.notify.mail_server import mail_server
from tests.test_settings import secrets

ACCESS = (
    '[cwac]\naddress = "https://coffee.example.gov"\n'
    '[access]\nviewers = ["@wpd.example.gov"]\ncoordinators = ["lead@sheriff.example.gov"]\n'
)
MAIL = '[notify]\nsender = "Coffee <coffee@example.gov>"\nserver = "smtp.example.gov"\n'
WPD = '[notify.agencies.WPD]\nto = ["chief@wpd.example.gov"]\n'


def loaded(tmp_path, text, environ=None):
    return load(environ or {}, secrets(tmp_path, ACCESS + text)).section(Notify)


def test_nothing_is_told_to_anybody_by_default(tmp_path):
    assert loaded(tmp_path, "") is None


def test_defaults_are_every_message_and_a_digest_on_mondays_at_seven(tmp_path):
    notify = loaded(tmp_path, MAIL + WPD)
    assert (notify.digest_day, notify.digest_time, notify.quiet_from, notify.quiet_to) == (0, 420, 1260, 360)
    assert (notify.port, notify.security, notify.agencies[0].messages) == (587, "starttls", tuple(TOPICS))


@each(
    ("text", "refused"),
    [
        (f'{MAIL}user = "u"\npassword = "planted"\n{WPD}', True),
        ('[notify.agencies.WPD]\nslack = "https://hooks.slack.example/planted"\n', True),
        (f'{MAIL}user = "u"\npassword = "$MAIL_SECRET"\n{WPD}', False),
        (MAIL + WPD, False),
    ],
)
def test_file_with_a_secret_that_others_may_read_is_refused(open_folder, text, refused):
    path = open_folder / "secrets.toml"
    path.write_text(f"{ACCESS}{text}", encoding="utf-8")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600") if refused else nullcontext() as error:
        load({"MAIL_SECRET": "p"}, path)
    assert not refused or "planted" not in str(error.value)


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
