"""Webhooks: what is posted to each service, and one sentence for each way in which that fails."""

import json
import socket
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from cwac.notify import channels
from cwac.notify.channels import post, sender
from cwac.notify.message import AgencyPart, Message, MessageLine, MessageSection, NotSent
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import next_try
from tests.cases import each
from tests.notify.county import HOUR, MINUTE, NOTIFY, OFFICERS, Office, Plan, at
from tests.server.answers import Answer
from tests.server.listener import StandIn

SERVICES = {channel: partial(post, channel) for channel in ("teams", "slack", "google_chat")}
TRAP = "<!channel> *bold* [x](https://evil.example) <b>&"
LINE = MessageLine(
    TRAP, "a detail", "https://coffee.example.gov/calendar?event=A", ("Fill in B2", "https://sheet.example/#B2")
)
MESSAGE = Message(
    "<!channel> & co.", (AgencyPart("WPD", (MessageSection("Soon", (LINE,), 2, "https://x.example/all"),)),), "Why."
)
POSTED = json.loads(Path(__file__).with_name("posted.json").read_text(encoding="utf-8"))
"""What each service is posted of that message."""


class Hooks(StandIn):
    """Webhooks on this machine, which keep what they are posted; `given` is their answer."""

    def __init__(self):
        super().__init__()
        self.given, self.posted, self.authorizations = Answer(200, b"ok", {}), [], []

    def answer(self, incoming):
        self.posted.append(json.loads(incoming.body))
        self.authorizations.append(incoming.headers.get("Authorization"))
        return "hook", self.given

    @property
    def url(self):
        return f"{self.address('api')}/planted-secret"


@each("service", list(SERVICES))
def test_whole_message_arrives_with_its_links_and_text_of_the_sheet_is_never_markup(service):
    with Hooks() as hooks:
        SERVICES[service](hooks.url, MESSAGE)
    assert hooks.posted == [POSTED[service]]


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
    with Hooks() as hooks:
        hooks.given = Answer(status, b"ok", headers)
        for send in SERVICES.values():
            with pytest.raises(NotSent) as error:
                send(hooks.url, MESSAGE)
            assert words in str(error.value)
            assert "planted" not in str(error.value)
            assert (error.value.permanent, error.value.maybe_arrived) == (permanent, False)
    assert len(hooks.posted) == len(SERVICES)


def test_nobody_listening_and_no_answer_are_one_sentence_each(monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.2)
    with Hooks() as hooks:
        address = hooks.url
    with pytest.raises(NotSent, match="cannot be reached") as error:
        post("slack", address, MESSAGE)
    assert not error.value.maybe_arrived
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(NotSent, match="did not answer") as error:
            post("slack", f"http://127.0.0.1:{silent.getsockname()[1]}/x", MESSAGE)
        assert error.value.maybe_arrived


def test_password_in_netrc_is_not_sent(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login ann password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Hooks() as hooks:
        post("slack", hooks.url, MESSAGE)
    assert hooks.authorizations == [None]


def test_answer_that_never_ends_is_cut_off_at_the_deadline():
    with Hooks() as hooks:
        hooks.fail("drip-headers")
        with pytest.raises(NotSent, match="did not answer") as error:
            post("slack", hooks.url, MESSAGE, 0.5)
    assert error.value.maybe_arrived


@each(
    ("asked", "waited"),
    [(None, 5 * MINUTE), ("30", 5 * MINUTE), ("1800", 30 * MINUTE), ("999999", 4 * HOUR), ("soon", 5 * MINUTE)],
)
def test_webhook_is_tried_again_when_it_asks_within_limits(asked, waited):
    with Hooks() as hooks:
        hooks.given = Answer(429, b"", {"Retry-After": asked} if asked else {})
        with pytest.raises(NotSent) as error:
            post("slack", hooks.url, MESSAGE)
    again = next_try(at(0), 0, permanent=False, retry_after=error.value.retry_after)
    assert again - at(0) == waited


def test_channel_is_told_how_many_officers_changed_and_no_name(store):
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).staff("E1", "OF-1").staff("E1", "OF-2")
    with Hooks() as hooks:
        notify = replace(NOTIFY, agencies=(AgencyNotices("WPD", webhooks=(("teams", hooks.url),)),), coordinators=())
        office = Office(store, plan, notify, sender(notify))
        office.lose("OF-2", at(0, 9))
        assert office.turns(at(0, 10), at(1, 6), at(1, 7)) == [1, 1, 1]
    warning, _, digest = (json.dumps(posted, ensure_ascii=False) for posted in hooks.posted)
    assert "Wed, Oct 7, 9:00–10:30 AM, Depot, Weed" in warning
    assert ": 1 WPD officer fewer" in warning
    assert "WPD officer; 1 officer missing" in digest
    assert [name for name, _ in OFFICERS.values() if name.split()[1] in warning + digest] == []
