"""The link that stops messages: one click by POST, a page with a button by GET, and nothing else by its token."""

import sqlite3
from contextlib import closing

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cwac.clock import read_clock
from cwac.notify import deliveries, routes
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.web import feeds
from cwac.web.limits import Limits
from tests.api.test_routes import Client

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
