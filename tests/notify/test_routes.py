"""The Notifications panel, the thread beside the pollers, and the link that stops messages: one click by POST alone."""

import datetime as dt
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cwac.clock import read_clock
from cwac.notify import deliveries, panel, routes, serving
from cwac.notify.deliveries import RecipientState
from cwac.notify.settings import AgencyNotices
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.web import feeds, metrics
from cwac.web.limits import Limits
from tests.api.test_routes import Client
from tests.notify.county import NOTIFY, at
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened

NOW = at(0, 12).astimezone(ZoneInfo("America/Los_Angeles"))


def test_rows_say_who_was_told_last_and_what_fails():
    people = [
        RecipientState("a@x.example", (), at(0, 9)),
        RecipientState("b@x.example", ("digest",)),
        RecipientState("teams:WPD", (), at(-1, 9), 3, at(0, 13), "Teams is away.", at(0, 8)),
    ]
    assert panel.rows(people, NOW) == [
        ("teams:WPD", "Sat, Oct 3, 9:00 AM", "Failing since Sun, Oct 4, 8:00 AM: Teams is away."),
        ("a@x.example", "Sun, Oct 4, 9:00 AM", "OK"),
        ("b@x.example", "never", "Stopped: the weekly digest"),
    ]
    assert panel.summary({"digest": 2, "warnings": 1}) == "Sent: 2 × the weekly digest, 1 × warnings."


@pytest.fixture
def settings(tmp_path):
    plan_file = plan.save(tmp_path / "plan.xlsx")
    os.utime(plan_file, (1_700_000_000, 1_700_000_000))  # settled long ago
    notify = replace(NOTIFY, agencies=(AgencyNotices("WPD", ("chief@wpd.example.gov",)),), coordinators=())
    store, address = f"sqlite:///{tmp_path}/store.sqlite3", "https://coffee.example.gov"
    return replace(closed_to_strangers(plan_file), added=(notify,), address=address, store=store)


def test_coordinators_alone_see_the_panel(serve, settings):
    serve(settings)
    store, now = sheets.store(), read_clock()
    mine = deliveries.claim(store, "planted@wpd.example.gov", now, 60)
    again = now + dt.timedelta(hours=9)
    deliveries.fail(mine, "warnings", now, again, "Planted trouble.", maybe_arrived=False)
    page = opened("sheet_health", "coordinator")
    assert "Notifications: 1 recipient, 1 waiting, 1 failing" in [expander.label for expander in page.expander]
    table = page.table[-1].value.to_dict("list")
    assert [text.replace("\\", "").replace("\u2060", "") for text in table["Recipient"]] == ["planted@wpd.example.gov"]
    assert "Planted trouble" in table["State"][0]
    other = opened("sheet_health", "liaison")
    assert [expander.label for expander in other.expander if "Notif" in expander.label] == []
    assert "lanted trouble" not in str(other.main)
    text = metrics.exposition(metrics.read_store()).decode()
    assert "\ncwac_recipients_failing 1.0" in text


def test_sample_lists_no_recipient_of_the_store(serve, settings):
    serve(Settings(added=settings.added, address=settings.address, store=settings.store))
    deliveries.claim(sheets.store(), "planted@wpd.example.gov", read_clock(), 60)
    page = opened("sheet_health")
    assert page.title[0].value.startswith("28 cells to fix")
    assert [expander.label for expander in page.expander if "Notif" in expander.label] == []
    assert "planted@" not in str(page.main)


def test_thread_is_started_for_a_sheet_with_notify_and_never_for_the_sample(serve, settings):
    serve(settings)
    with serving.running():
        assert serving._loop is not None
        assert serving._loop.turn() == 0
        assert serving.troubles()[-1] == "Nobody is told about SCSO: there is no [notify.agencies.SCSO]."
        assert [sheet.source for sheet in serving.served()] == [settings.workbook]
    serve(Settings(added=(NOTIFY,)))
    with serving.running():
        assert serving._loop is None


# --- the link that stops messages -----------------------------------------------------------------------------------

WPD = "chief@wpd.example.gov"


@pytest.fixture
def client(serve, plan_file, tmp_path):
    serve(Settings(workbook=str(plan_file), store=f"sqlite:///{tmp_path}/store.sqlite3"))
    return Client(Starlette(routes=[*routes.ROUTES, *feeds.ROUTES], middleware=[Middleware(Limits, Settings())]))


@pytest.fixture
def token(client):  # noqa: ARG001 - the store is the client's
    """The token of a link that stops the digest."""
    store = sheets.store()
    mine = deliveries.claim(store, WPD, read_clock(), 60)
    deliveries.release(mine)
    return deliveries.make_link(store, WPD, "digest")


def left():
    return deliveries.recipients(sheets.store())[WPD].left_kinds


def test_one_click_stops_one_kind_and_the_audit_names_nobody_as_the_one_who_did_it(client, token):
    answer = client.request("POST", f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, left()) == (200, ("digest",))
    assert "Stopped: the weekly digest to chief@wpd.example.gov." in answer.text
    assert client.request("POST", f"/unsubscribe/{token}").status_code == 200
    other = deliveries.make_link(sheets.store(), WPD, "warnings")
    client.request("POST", f"/unsubscribe/{other}")
    assert left() == ("digest", "warnings")
    assert audit.flush(20)
    assert [(entry.person, entry.action) for entry in sheets.store().audited()] == [
        ("somebody (not signed in)", "stopped warnings to chief@wpd.example.gov"),
        ("somebody (not signed in)", "stopped the weekly digest to chief@wpd.example.gov"),
    ]


def test_a_link_that_a_mail_scanner_opens_stops_nothing(client, token):
    page = client.get(f"/unsubscribe/{token}")
    assert (page.status_code, left()) == (200, ())
    assert '<form method="post">' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    client.request("POST", f"/unsubscribe/{token}")
    assert "Already stopped" in client.get(f"/unsubscribe/{token}").text


def test_other_tokens_and_addresses_are_not_found(client, token):
    feed = sheets.store().create_token("agency:WPD", WPD, read_clock())
    paths = ["x", feed, f"{token}-digest", f"{token}-warnings", f"{token[:-6]}digest", f"{token}x"]
    assert [client.request("POST", f"/unsubscribe/{path}").status_code for path in paths] == [404] * 6
    assert client.get(f"/feed/{token}.ics").status_code == 404
    assert left() == ()


def test_token_of_a_link_is_nowhere_in_the_store(token, tmp_path):
    sheets.store().close()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as store:
        assert token not in "\n".join(store.iterdump())


def test_post_is_refused_everywhere_else(client, token):
    link = f"unsubscribe/{token}"
    asked = [("POST", "calendar.ics"), ("POST", "unsubscribe"), ("PUT", link), ("DELETE", link)]
    assert [client.request(method, f"/{path}").status_code for method, path in asked] == [405] * 4
