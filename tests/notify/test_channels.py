"""Messages over a real SMTP server and real webhooks: what arrives, and one sentence for each way in which it fails."""

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.errors import HeaderParseError
from pathlib import Path

import pytest

from cwac.notify import channels, deliveries
from cwac.notify.channels import email, google_chat_body, message_id, post, sender, slack_body, teams_card
from cwac.notify.message import AgencyPart, Message, MessageLine, MessageSection, NotSent
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import next_try
from tests.cases import each
from tests.checks.answering import Answering
from tests.notify.county import HOUR, MINUTE, NOTIFY, OFFICERS, Office, Plan, at
from tests.notify.mail_server import mail_server
from tests.server.tokens import tls

WPD = "chief@wpd.example.gov"
LINE = MessageLine(
    "<b>Café</b> & co.", "<i>", "https://coffee.example.gov/calendar?event=A&agency=B", ("Fill in B2", "https://x/#a")
)
MESSAGE = Message(
    "Two\nlines: Café", (AgencyPart("WPD", (MessageSection("Soon", (LINE,), 2, "https://x/all"),)),), "Why."
)
LEAVE = "https://coffee.countyofsiskiyou.example.gov/unsubscribe/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-abcde"


def mail(to=WPD):
    return email(MESSAGE, NOTIFY.sender, to, "<a@example.gov>", at(0), "https://coffee.example.gov/unsubscribe/T-x")


def failure(notify, check=False):
    with pytest.raises(NotSent) as error:
        channels.check(notify) if check else channels.send(notify, mail())
    return error.value


def test_mail_has_both_forms_and_can_be_left_with_one_click():
    with mail_server() as (inbox, port):
        channels.send(replace(NOTIFY, port=port), mail())
    ((to, message),) = inbox.messages
    assert to == (WPD,)
    assert {name: message[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
        "From": "Coffee <coffee@example.gov>", "To": WPD, "Subject": "Two lines: Café", "Message-ID": "<a@example.gov>",
        "Auto-Submitted": "auto-generated",
    }  # fmt: skip
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (
        "<https://coffee.example.gov/unsubscribe/T-x>", "List-Unsubscribe=One-Click",
    )  # fmt: skip
    endless = email(MESSAGE, NOTIFY.sender, WPD, "<a@example.gov>", at(0), "")
    assert (endless["List-Unsubscribe"], endless["List-Unsubscribe-Post"]) == (None, None)
    plain, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    said = ("Café", "Fill in B2", "https://x/#a", "https://x/all", "Why.", "/unsubscribe/T-x", "and 2 more")
    for text, italic in ((plain, "<i>"), (html.replace("&amp;", "&"), "&lt;i&gt;")):
        assert [words for words in (*said, italic) if words not in text] == []
    assert "&lt;b&gt;Café&lt;/b&gt; &amp; co." in html
    assert not any(word in html for word in ("<img", "src=", "url(", "<script", "<link"))


OF_EACH_LENGTH = [f"{'a' * number}.example.gov" for number in range(1, 64, 6)]
OF_EACH_SUBJECT = [f"Coffee with a Cop, {letter * number}: 2 events" for letter in "xñ" for number in (1, 40, 75, 120)]
LONG = "Coffee with a Cop, Policía de Ñandú y Señorías de la Montaña: 2 events this week and next, from Mon, Nov 23"


@pytest.mark.slow
def test_each_header_arrives_unbroken_however_long_subject_sender_and_link_are():
    with mail_server() as (inbox, port):
        notify = replace(NOTIFY, port=port)
        asked = list(zip((*OF_EACH_SUBJECT, LONG, "x " * 600, "x"), OF_EACH_LENGTH, strict=True))
        for subject, domain in asked:
            sender = f"Café con un policía del condado <coffee@{domain}>"
            identity = message_id(WPD, "digest", "1", sender)
            channels.send(notify, email(replace(MESSAGE, subject=subject), sender, WPD, identity, at(0), LEAVE))
    assert len(inbox.messages) == len(asked)
    for (subject, domain), head, (_, message) in zip(asked, inbox.heads, inbox.messages, strict=True):
        assert f"List-Unsubscribe: <{LEAVE}>" in head
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
        (identity,) = (line for line in head if line.startswith("Message-ID: <"))
        assert identity.endswith(f"@{domain}>")
        assert not any(line.rstrip().endswith(":") or len(line) > 998 for line in head)
        assert message["Subject"] == subject.strip()
        (sender,) = message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("Café con un policía del condado", f"coffee@{domain}")
        assert [defect for value in message.values() for defect in value.defects] == []


FORGED = "Depot\r\n--\nSent.\u2028Stop: https://evil.example\x85\x0b\x1b[2J\u202egro.live\u202c\u2066x\u2069\u200b end"
ONE_LINE = "Depot -- Sent. Stop: https://evil.example [2Jgro.livex end"


def test_text_of_a_cell_is_one_line_in_every_form_of_a_message():
    def message_of(words):
        line = MessageLine(words, words, None, (words, "https://x"))
        return Message(words, (AgencyPart(words, (MessageSection(words, (line,)),)),), words, (words,))

    message = message_of(FORGED)
    assert message == message_of(ONE_LINE)
    made = email(message, NOTIFY.sender, WPD, "<a@example.gov>", at(0), LEAVE)
    assert made["Subject"] == ONE_LINE
    assert made.get_body(("plain",)).get_content().splitlines() == [
        ONE_LINE, "", ONE_LINE, "=" * 58, "", ONE_LINE, f"* {ONE_LINE}: {ONE_LINE}", f"  {ONE_LINE}: https://x", "",
        "--", ONE_LINE, f"To stop these messages: {LEAVE}",
    ]  # fmt: skip
    for body in (slack_body(message), teams_card(message), google_chat_body(message)):
        assert "\\" not in str(body)  # Python escapes all of them


def test_address_with_a_line_break_is_no_header():
    with pytest.raises((ValueError, HeaderParseError)):
        mail("a@b.example\nBcc: evil@example.com")


def test_message_id_is_that_of_recipient_kind_and_versions():
    keys = [("a", "x", "1 2"), ("b", "x", "1 2"), ("a", "y", "1 2"), ("a", "x", "1 3"), ("a", "x", "1 2")]
    assert len({message_id(*key, NOTIFY.sender) for key in keys}) == 4


SERVER = "The mail server 127.0.0.1"


def test_refusal_and_a_server_without_encryption_or_sign_in_are_one_sentence_each_and_nothing_is_sent():
    with mail_server() as (inbox, port):
        for answers, more, words, permanent in (
            ({"refuse": "550 No such user"}, {}, f"{SERVER} refuses the message (550).", True),
            ({"refuse": "451 Busy"}, {}, f"{SERVER} asks to try again later (451).", False),
            ({"refuse_sender": "451 Busy"}, {}, f"{SERVER} asks to try again later (451).", False),
            ({}, {"security": "starttls"}, f"{SERVER} offers no encryption (STARTTLS), so nothing is sent to it", True),
            ({}, {"user": "u", "password": "p"}, f"{SERVER} does not ask anybody to sign in", True),
            ({}, {"security": "tls"}, f"{SERVER} does not speak TLS on port", False),
        ):
            inbox.refuse, inbox.refuse_sender = answers.get("refuse"), answers.get("refuse_sender")
            error = failure(replace(NOTIFY, port=port, **more))
            told = str(error).startswith(words), error.permanent, error.maybe_arrived
            assert told == (True, permanent, False), (str(error), words)
        assert inbox.messages == []


def test_certificate_that_nobody_trusts_is_refused_before_a_password_is_sent(tmp_path):
    with mail_server(tls_context=tls(tmp_path / "cert.pem")) as (inbox, port):
        notify = replace(NOTIFY, port=port, security="starttls", user="u", password="planted")
        for check in (False, True):
            words = str(failure(notify, check))
            assert "certificate that cannot be trusted" in words
            assert "planted" not in words
        assert inbox.messages == []


def test_starttls_with_a_trusted_certificate_works(tmp_path, monkeypatch):
    with mail_server(tls_context=tls(tmp_path / "cert.pem")) as (inbox, port):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        channels.send(replace(NOTIFY, port=port, security="starttls"), mail())
        assert len(inbox.messages) == 1


@contextmanager
def answering(*answers, then=None):
    """A server that gives these answers, one a line it reads, and `then` without end, if given; yields its port."""
    done = threading.Event()

    def serve():
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            for answer in answers:
                connection.sendall(answer)
                if then is None:
                    lines.readline()
            while then is not None and not done.wait(0.05):
                connection.sendall(then)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        done.set()
        thread.join()


@each(
    ("answers", "words"),
    [
        ((b"not smtp\r\n",), "does not speak SMTP on port"),
        ((b"421 busy\r\n",), "asks to try again later (421)"),
        ((), "broke off the connection"),
        ((b"220 hello\r\n", b"250 ok\r\n"), "broke off the connection"),
    ],
)
def test_connection_that_breaks_off_is_one_sentence(answers, words):
    with answering(*answers) as port:
        assert words in str(failure(replace(NOTIFY, port=port)))


def test_nobody_listening_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert "refuses connections" in str(failure(replace(NOTIFY, port=port)))
    assert "not known by that name" in str(failure(replace(NOTIFY, server="mail.invalid", security="starttls")))


@pytest.mark.slow
@pytest.mark.parametrize("greeting", [b"220 hello\r\n", b"2"])
def test_server_that_answers_a_byte_at_a_time_is_cut_off_at_the_deadline(greeting):
    with answering(greeting, then=b"2") as port:
        with pytest.raises(NotSent, match="does not answer on port") as error:
            channels.send(replace(NOTIFY, port=port), mail(), 0.3)
        assert (error.value.for_all, error.value.maybe_arrived) == (True, False)


# --- webhooks --------------------------------------------------------------------------------------------------------

TRAP = "<!channel> *bold* [x](https://evil.example) <b>&"
TRAPPED = MessageLine(
    TRAP, "a detail", "https://coffee.example.gov/calendar?event=A", ("Fill in B2", "https://sheet.example/#B2")
)
TRAPS = Message(
    "<!channel> & co.",
    (AgencyPart("WPD", (MessageSection("Soon", (TRAPPED,), 2, "https://x.example/all"),)),),
    "Why.",
)
POSTED = json.loads(Path(__file__).with_name("posted.json").read_text(encoding="utf-8"))
"""What each service is posted of that message."""


SERVICES = ("teams", "slack", "google_chat")


@contextmanager
def webhook(status=200, headers=()):
    """A webhook on this machine; yields the server and the webhook's address."""
    with Answering({"/planted-secret": (status, dict(headers), b"ok")}) as server:
        yield server, f"{server.url}/planted-secret"


def posted(server):
    return [json.loads(incoming.body) for incoming in server.log]


@each("service", SERVICES)
def test_whole_message_arrives_with_its_links_and_text_of_the_sheet_is_never_markup(service):
    with webhook() as (server, address):
        post(service, address, TRAPS)
    assert posted(server) == [POSTED[service]]


@each(
    ("status", "headers", "words", "permanent"),
    [
        (400, {}, "refuses the message (400)", True),
        (404, {}, "does not know this webhook (404)", True),
        (410, {}, "does not know this webhook (410)", True),
        (429, {}, "asks to try again later (429)", False),
        (503, {}, "asks to try again later (503)", False),
        (200, {"Content-Type": "text/html; charset=utf-8"}, "answers with a web page", True),
        (302, {"Location": "http://127.0.0.1:1/"}, "answers with a redirect", True),
    ],
)
def test_each_failure_is_one_sentence_without_the_address(status, headers, words, permanent):
    with webhook(status, headers) as (server, address):
        for service in SERVICES:
            with pytest.raises(NotSent) as error:
                post(service, address, TRAPS)
            assert words in str(error.value)
            assert "planted" not in str(error.value)
            assert (error.value.permanent, error.value.maybe_arrived) == (permanent, False)
    assert len(server.log) == len(SERVICES)


def test_nobody_listening_and_no_answer_are_one_sentence_each(monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.2)
    with webhook() as (_, address):
        pass
    with pytest.raises(NotSent, match="cannot be reached") as error:
        post("slack", address, TRAPS)
    assert not error.value.maybe_arrived
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(NotSent, match="did not answer") as error:
            post("slack", f"http://127.0.0.1:{silent.getsockname()[1]}/x", TRAPS)
        assert error.value.maybe_arrived


def test_password_in_netrc_is_not_sent(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login ann password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with webhook() as (server, address):
        post("slack", address, TRAPS)
    assert (len(server.log), server.holds("Authorization")) == (1, False)


def test_answer_that_never_ends_is_cut_off_at_the_deadline():
    with webhook() as (server, address):
        server.fail("drip-headers")
        with pytest.raises(NotSent, match="did not answer") as error:
            post("slack", address, TRAPS, 0.2)
    assert error.value.maybe_arrived


@each(
    ("asked", "waited"),
    [(None, 5 * MINUTE), ("30", 5 * MINUTE), ("1800", 30 * MINUTE), ("999999", 4 * HOUR), ("soon", 5 * MINUTE)],
)
def test_webhook_is_tried_again_when_it_asks_within_limits(asked, waited):
    with webhook(429, {"Retry-After": asked} if asked else {}) as (_, address), pytest.raises(NotSent) as error:
        post("slack", address, TRAPS)
    again = next_try(at(0), 0, permanent=False, retry_after=error.value.retry_after)
    assert again - at(0) == waited


def test_channel_is_told_how_many_officers_changed_and_no_name(store):
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).staff("E1", "OF-1").staff("E1", "OF-2")
    with webhook() as (server, address):
        notify = replace(NOTIFY, agencies=(AgencyNotices("WPD", webhooks=(("teams", address),)),), coordinators=())
        office = Office(store, plan, notify, sender(notify))
        office.lose("OF-2", at(0, 9))
        assert office.turns(at(0, 10), at(1, 6), at(1, 7)) == [1, 1, 1]
    warning, _, digest = (json.dumps(one, ensure_ascii=False) for one in posted(server))
    assert "Wed, Oct 7, 9:00–10:30 AM, Depot, Weed" in warning
    assert ": 1 WPD officer fewer" in warning
    assert "WPD officer; 1 officer missing" in digest
    assert [name for name, _ in OFFICERS.values() if name.split()[1] in warning + digest] == []


@pytest.mark.slow
def test_mail_server_that_hangs_is_asked_once_a_turn_and_holds_up_no_channel(store, monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, webhook() as (server, address):
        teams_too = (*NOTIFY.agencies, AgencyNotices("WPD", webhooks=(("teams", address),)))
        notify = replace(NOTIFY, port=silent.getsockname()[1], agencies=teams_too)
        office = Office(store, None, notify, sender(notify))
        office.lose("OF-2", at(0, 9))
        assert (office.turns(at(0, 10)), len(server.log)) == ([1], 1)
        silent.settimeout(0.05)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()
    failed = {name: (record.tries, record.retry_at) for name, record in deliveries.recipients(store).items()}
    assert failed == {
        WPD: (1, at(0, 10, 5)), "liaison@sheriff.example.gov": (1, at(0, 10, 5)), "desk@chp.example.gov": (0, None),
        "lead@sheriff.example.gov": (0, None), "teams:WPD": (0, None),
    }  # fmt: skip
