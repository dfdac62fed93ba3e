"""A turn is killed with SIGKILL before each write, commit and line of SMTP: no message is lost, or sent twice
unrecognizably. Messages are counted at the SMTP server.
"""

import os
import shutil
import smtplib
from dataclasses import replace

import pytest

from cwac.notify.channels import sender
from cwac.notify.settings import AgencyNotices
from cwac.notify.turn import VersionReader
from cwac.storage.store import Store
from tests.notify.county import MINUTE, NOTIFY, Office, Plan, at, turn
from tests.notify.mail_server import mail_server
from tests.storage.killing import killed_before

pytestmark = pytest.mark.slow

WPD = "chief@wpd.example.gov"
NOW = at(0, 10)


def words_of(message):
    """The plain text without the link that stops messages, which is new in each try."""
    return message.get_body(("plain",)).get_content().partition("To stop these messages:")[0]


def count_lines_of_smtp(step):
    """Make each line that is sent to the mail server, and each reply, a step."""
    sent, replied = smtplib.SMTP.send, smtplib.SMTP.getreply

    def send(self, data):
        step(f"SMTP {bytes(data)[:4].decode() if isinstance(data, bytes) else data[:4]}")
        sent(self, data)

    def getreply(self):
        answer = replied(self)
        step("SMTP reply")
        return answer

    smtplib.SMTP.send, smtplib.SMTP.getreply = send, getreply


def prepared(path, notify):
    """A store in which one recipient is due for one message; its plan."""
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).staff("E1", "OF-1").staff("E1", "OF-2")
    store = Store.open(f"sqlite:///{path}")
    Office(store, plan, notify, sender(notify)).lose("OF-2", at(0, 9))
    store.vacuum()
    store.close()
    return plan


def test_kill_at_any_step_loses_nothing_and_repeats_at_most_one_recognizably(tmp_path):
    with mail_server() as (inbox, port):
        notify = replace(
            NOTIFY, port=port, coordinators=(), officer_domains=(), agencies=(AgencyNotices("WPD", (WPD,)),)
        )
        plan = prepared(tmp_path / "prepared.sqlite3", notify)
        later = plan.unstaff("E1", "OF-1").workbook(NOW - MINUTE)  # an edit that has settled when it is tried again
        reader = VersionReader(None)  # the copies of the store have the same versions, which are read once
        table = []
        for nth in range(1, 400):
            path = tmp_path / f"{nth}.sqlite3"
            shutil.copy(tmp_path / "prepared.sqlite3", path)
            inbox.messages.clear()

            def take_turns(*minutes, edit=None, path=path):
                store = reader.store = Store(f"sqlite:///{path}")
                if edit:
                    store.keep(edit)
                for later in minutes:
                    turn(store, NOW + later * MINUTE, sender(notify), notify, reader=reader)
                store.close()

            step = killed_before(nth, lambda: take_turns(0), count_lines_of_smtp)
            arrived = len(inbox.messages)
            take_turns(1, 12, 90, edit=later)
            path.unlink()
            bodies = {m["Message-ID"]: words_of(m) for _, m in inbox.messages}
            table.append((step, arrived, len(inbox.messages), len(bodies)))
            assert {words_of(m) for _, m in inbox.messages} == set(bodies.values()), step
            told = "".join(bodies.values())
            counted = [told.count(f"{name} no longer assigned") for name in ("Aldo Weedman", "Berta Weedova")]
            assert counted == [1, 1], step
            assert len(inbox.messages) - len(bodies) <= (arrived if step else 0), step
            if not step:
                break
    assert table[-1] == ("", 1, 2, 2)
    assert sum(sent > distinct for _, _, sent, distinct in table) > 3


def test_processes_that_share_a_store_send_once(url):
    """Four processes take their turn at the same moment, on SQLite and on PostgreSQL."""
    with mail_server() as (inbox, port):
        notify = replace(NOTIFY, port=port, coordinators=(), officer_domains=())
        plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 4, "Partner agencies": "SCSO; CHP"})
        for officer in ("OF-1", "OF-2", "OF-3", "OF-5"):
            plan.staff("E1", officer)
        store = Store.open(url)
        Office(store, plan, notify, sender(notify)).lose("OF-2", at(0, 9))
        store.close()
        children = []
        for _ in range(4):
            children.append(os.fork())
            if not children[-1]:
                try:
                    turn(Store(url), NOW, sender(notify), notify)
                finally:
                    os._exit(0)
        for child in children:
            os.waitpid(child, 0)
        recipients = sorted(to for to, _ in inbox.messages)
    assert recipients == [("chief@wpd.example.gov",), ("desk@chp.example.gov",), ("liaison@sheriff.example.gov",)]
