"""The section [notify]: what is read, one sentence for each mistake, and what doctor says of it."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.notify import checks
from cwac.notify.settings import TOPICS, AgencyNotices, Notify
from cwac.settings import SettingsError, load
from tests.cases import each
from tests.notify.county import NOTIFY, SETTINGS
from tests.notify.mail_server import mail_server

ACCESS = (
    '[cwac]\naddress = "https://coffee.example.gov"\n'
    '[access]\nviewers = ["@wpd.example.gov"]\ncoordinators = ["lead@sheriff.example.gov"]\n'
)
MAIL = 'sender = "Coffee <coffee@example.gov>"\nserver = "smtp.example.gov"\n'
WPD = '[notify.agencies.WPD]\nto = ["chief@wpd.example.gov"]\n'


def loaded(tmp_path, text, environ=None, access=ACCESS):
    path = tmp_path / "secrets.toml"
    path.write_text(f"{access}[notify]\n{text}", encoding="utf-8")
    path.chmod(0o600)
    return load(environ or {}, path).section(Notify)


def refusal(tmp_path, text, environ=None, access=ACCESS):
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, text, environ, access)
    return str(error.value)


def test_nothing_is_told_to_anybody_by_default(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text(ACCESS, encoding="utf-8")
    assert load({}, path).section(Notify) is None


def test_everything_is_read(tmp_path):
    text = (
        f'{MAIL}port = 465\nsecurity = "tls"\nuser = "coffee"\npassword = "$MAIL_SECRET"\n'
        'officer_domains = ["@WPD.example.gov"]\ncoordinators = ["lead@sheriff.example.gov"]\n'
        'quiet_hours = "20:00-05:30"\ndigest_day = "Tuesday"\ndigest_time = "6:15"\n'
        f'{WPD}messages = ["openings", "digest"]\nslack = "$SLACK"\nteams = "https://x.example/hook?sig=1"\n'
    )
    assert loaded(tmp_path, text, {"MAIL_SECRET": "p", "SLACK": "https://hooks.slack.example/1"}) == Notify(
        "Coffee <coffee@example.gov>", "smtp.example.gov", 465, "tls", "coffee", "p", ("wpd.example.gov",),
        ("lead@sheriff.example.gov",), 1200, 330, 1, 375,
        (
            AgencyNotices(
                "WPD", ("chief@wpd.example.gov",), ("digest", "openings"),
                (("teams", "https://x.example/hook?sig=1"), ("slack", "https://hooks.slack.example/1")),
            ),
        ),
    )  # fmt: skip


def test_defaults_are_every_message_and_a_digest_on_mondays_at_seven(tmp_path):
    notify = loaded(tmp_path, MAIL + WPD)
    assert (notify.digest_day, notify.digest_time, notify.quiet_from, notify.quiet_to) == (0, 420, 1260, 360)
    assert (notify.port, notify.security, notify.agencies[0].messages) == (587, "starttls", tuple(TOPICS))


def test_password_of_the_environment_has_priority_and_no_secret_is_in_the_repr(tmp_path):
    notify = loaded(tmp_path, f'{MAIL}user = "u"\npassword = "planted"\n{WPD}', {"CWAC_SMTP_PASSWORD": "other"})
    assert notify.password == "other"
    teams = loaded(tmp_path, '[notify.agencies.WPD]\nteams = "https://x.example/planted"\n')
    assert "planted" not in repr(teams) + repr(notify)


@each(
    ("text", "sentence"),
    [
        ('sendr = "x@y.example"\n', "[notify] does not know sendr: did you mean sender?"),
        (MAIL + WPD + "message = []\n", "[notify.agencies.WPD] does not know message: did you mean messages?"),
        (MAIL + WPD + 'messages = ["digests"]\n', "does not know 'digests': did you mean digest?"),
        ('[notify.agencies.WPD]\nmessages = ["digest"]\n', "[notify.agencies.WPD] tells nobody"),
        (WPD, "[notify] names people to write to, but no server"),
        ('server = "smtp.example.gov"\n', "[notify] needs both: server"),
        (MAIL + 'security = "none"\n', "sends names in plain sight of the network"),
        (MAIL + 'security = "ssl"\n', "security in [notify] must be starttls, tls or none"),
        (MAIL + "port = 70000\n", "port in [notify] must be a whole number from 1 to 65535"),
        (MAIL + 'user = "u"\n', "needs both user and password"),
        (MAIL + 'user = "u"\npassword = "$NOT_SET"\n', "names the variable NOT_SET, which is not set"),
        (MAIL + 'quiet_hours = "late"\n', "quiet_hours in [notify] must be two times"),
        (MAIL + 'digest_day = "Monda"\n', "digest_day in [notify] must be a day of the week"),
        (MAIL + 'digest_time = "25:00"\n', "digest_time in [notify] must be a time"),
        (MAIL + 'officer_domains = ["not a domain"]\n', "officer_domains in [notify] has 'not a domain'"),
        (MAIL + '[notify.agencies.WPD]\nto = ["chief"]\n', "has 'chief', which is no email address"),
        (MAIL + '[notify.agencies.WPD]\nto = ["*@wpd.example.gov"]\n', "has '*@wpd.example.gov', which is no email"),
        (MAIL + 'coordinators = ["*@sheriff.example.gov"]\n', "has '*@sheriff.example.gov', which is no email address"),
        (MAIL + 'officer_domains = ["*@wpd.example.gov"]\n', "has '*@wpd.example.gov', which is no domain"),
        (MAIL + '[notify.agencies.WPD]\nto = ["a@other.example"]\n', "a@other.example, whom [access] does not let in"),
        (MAIL + 'coordinators = ["chief@wpd.example.gov"]\n', "who is not in coordinators under [access]"),
        ('[notify.agencies.WPD]\nteams = "http://x.example/planted"\n', "teams in [notify.agencies.WPD] must be"),
    ],
)
def test_each_mistake_is_one_sentence(tmp_path, text, sentence):
    message = refusal(tmp_path, text)
    assert sentence in message
    assert "planted" not in message


def test_messages_need_the_address_of_the_dashboard(tmp_path):
    access = ACCESS.replace('address = "https://coffee.example.gov"\n', "")
    assert "links to the dashboard" in refusal(tmp_path, MAIL + WPD, access=access)


@each(
    ("text", "refused"),
    [
        (f'{MAIL}user = "u"\npassword = "planted"\n{WPD}', True),
        ('[notify.agencies.WPD]\nslack = "https://hooks.slack.example/planted"\n', True),
        (f'{MAIL}user = "u"\npassword = "$MAIL_SECRET"\n{WPD}', False),
        (MAIL + WPD, False),
    ],
)
def test_file_with_a_secret_that_others_may_read_is_refused(text, refused):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "open" / "secrets.toml"
        Path(folder).chmod(0o755)
        path.parent.mkdir(0o755)
        path.write_text(f"{ACCESS}[notify]\n{text}", encoding="utf-8")
        path.chmod(0o644)
        sentence = ""
        try:
            load({"MAIL_SECRET": "p"}, path)
        except SettingsError as error:
            sentence = str(error)
    assert ("chmod 600" in sentence) == refused
    assert "planted" not in sentence


# --- what doctor says, from a real mail server, without sending anything ----------------------------------------------


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
