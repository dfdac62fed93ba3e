"""The JSON API in this process: who is answered what, in which form, and what is refused."""

import asyncio
import dataclasses
import datetime as dt
import json
import logging
import re
from contextlib import contextmanager

import httpx
import jsonschema
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cwac.api import routes
from cwac.api.answers import ENDPOINTS, openapi
from cwac.api.routes import ApiScope
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.web import feeds, limits
from tests.web import planted
from tests.web.plan import TODAY
from tests.web.served import ROOT

BOSS = "boss@county.example.gov"
SCOPES = {
    "stranger": ApiScope("public"),
    "wpd": ApiScope("agency", ("WPD",)),
    "sheriff": ApiScope("agency", ("SCSO",)),
    "coordinator": ApiScope("coordinator"),
}
OPEN_TO_ALL = {"events", "event", "attendance", "as-of"}


class Client:
    """Requests to an ASGI app in this process."""

    def __init__(self, app):
        self._app = app

    def request(self, method, path, headers=None, data=None):
        async def ask():
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, headers=headers, data=data)

        return asyncio.run(ask())

    def get(self, path, headers=None):
        return self.request("GET", path, headers)


@contextmanager
def polling(path, folder, **chosen):
    settings = Settings(
        workbook=str(path),
        store=f"sqlite:///{folder}/store.sqlite3",
        auth=True,
        viewers=("@wpd.example.gov",),
        coordinators=(BOSS,),
        **chosen,
    )
    live = sheets.start(settings).wait(20)
    try:
        assert live.snapshot is not None, live.trouble
        yield Client(Starlette(routes=routes.ROUTES))
    finally:
        sheets.stop()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    with polling(planted.save(folder / "plan.xlsx", TODAY), folder, public=True) as client:
        yield client


def token(scope, made_by=BOSS, expires=None):
    return sheets.store().create_token(feeds.write_scope(scope, ""), made_by, read_clock(), expires)


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def paths(event="SHARED"):
    """Endpoint -> an address that it answers."""
    more = {"quarter": "?of=2026-Q3", "changes": f"?since={TODAY - dt.timedelta(days=3)}"}
    return {
        name: f"/api/v1{endpoint.path.replace('{id}', event)}{more.get(name, '')}"
        for name, endpoint in ENDPOINTS.items()
    }


def is_problem(answer, status, parameter=None):
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"], answer.json().get("parameter")) == (status, status, parameter)
    assert answer.headers["cache-control"] == "no-store"
    return True


def valid(name, document):
    schema = {**openapi(), "$ref": f"#/components/schemas/{name}"}
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)] == []


# --- what is answered; to whom is in tests/public/test_walk.py -----------------------------------------------------


@pytest.mark.slow
def test_answers_fit_the_openapi_document(client):
    for viewer, scope in SCOPES.items():
        headers = bearer(token(scope))
        for name, path in paths().items():
            answer = client.get(path, headers=headers)
            if viewer == "stranger" and name not in OPEN_TO_ALL:
                assert is_problem(answer, 403)
                valid("problem", answer.json())
            else:
                assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), path
                valid(f"answer-{name}", answer.json())


GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r'^curl -sS --fail (-H "Authorization: Bearer \$TOKEN" )?"\$CWAC(.*)"$', GUIDE, re.M)


def test_requests_of_the_guide_are_answered(client, caplog):
    caplog.set_level(logging.DEBUG)
    text = token(SCOPES["coordinator"])
    for (with_token, path), name in zip(REQUESTS, ["events", "gaps", "changes", "quarter", "as-of"], strict=True):
        answer = client.get(path, headers=bearer(text) if with_token else None)
        assert answer.status_code == 200, path
        valid(f"answer-{name}", answer.json())
    assert GUIDE.count("curl") == len(REQUESTS)
    assert text not in caplog.text


def test_openapi_document_names_the_routes_that_are_served(client):
    served = [
        route.path.replace(":path", "")
        for route in routes.ROUTES
        if route.endpoint not in (routes.openapi_json, routes.nothing)
    ]
    assert list(openapi()["paths"]) == served
    assert client.get("/api/v1/openapi.json").json() == json.loads(json.dumps(openapi()))
    for schema in openapi()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_public_rows_have_no_number_where_staffing_is_not_shown(client):
    rows = client.get("/api/v1/events").json()["events"]
    assert {(row["officers_needed"], row["officers_assigned"], row["officers_confirmed"]) for row in rows} == {
        (None, None, None)
    }
    assert client.get("/api/v1/events/SHARED").json()["staffing"] is None


def test_follow_ups_are_counted_for_all_and_told_to_the_agency_responsible(client):
    answer = client.get("/api/v1/follow-ups", headers=bearer(token(SCOPES["wpd"]))).json()
    assert (answer["counts"]["asked"], answer["counts"]["closed"]) == (4, 1)
    assert [row["summary"] for row in answer["follow_ups"]] == ["ZqsaidtowpdZq"]
    every = client.get("/api/v1/follow-ups", headers=bearer(token(SCOPES["coordinator"]))).json()
    assert len(every["follow_ups"]) == 4


def test_filters_by_day_agency_and_town(client):
    def ids(query):
        return [row["id"] for row in client.get(f"/api/v1/events?{query}").json()["events"]]

    day = TODAY + dt.timedelta(days=3)
    assert ids(f"from={day}&to={day}") == ["SHARED"]
    assert ids("town=Yreka") == ["SHERIFFS", "GONETOO", "UNREAD"]
    assert ids("agency=WPD&town=Weed") == ["SHARED", "GONE"]
    assert ids("agency=WPD&agency=SCSO&town=Yreka") == ["SHERIFFS", "GONETOO", "UNREAD"]


# --- what is refused ---------------------------------------------------------------------------------------------


def test_wrong_parameters_are_named(client):
    headers = bearer(token(SCOPES["coordinator"]))
    for query, parameter in {
        "events?form=2026-10-01": "form",
        "events?from=soon": "from",
        "events?from=20261001": "from",
        "events?to=0001-01-01": "to",
        "events?from=2026-10-02&to=2026-10-01": "to",
        "events?from=2026-10-02&from=2026-10-01": "from",
        "events?agency=NOPE": "agency",
        "events?town=ZqtownZq": "town",
        "events?token=abc": "token",
        "quarter?": "of",
        "quarter?of=2026": "of",
        "quarter?of=2026-Q3&agency=WPD&agency=SCSO": "agency",
        "changes?since=2100-01-01": "since",
        "as-of?county=Modoc": "county",
    }.items():
        assert is_problem(client.get(f"/api/v1/{query}", headers=headers), 400, parameter), query
    assert is_problem(client.get("/api/v1/events?agency=NOPE"), 400, "agency")


def test_private_and_unknown_events_are_answered_alike(client):
    private, unknown = (client.get(f"/api/v1/events/{name}") for name in ("ZqdraftidZq", "NO/WHERE"))
    assert is_problem(private, 404)
    assert (private.content, private.headers) == (unknown.content, unknown.headers)
    assert is_problem(client.get("/api/v1/nothing"), 404)
    assert is_problem(client.get("/api/"), 404)


def test_only_reading_is_possible(client):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = client.request(method, "/api/v1/events")
        assert is_problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD"
    assert client.request("HEAD", "/api/v1/events").status_code == 200


def test_tokens_that_are_not_in_force_are_refused(client):
    now = read_clock()
    revoked = token(SCOPES["coordinator"])
    assert client.get("/api/v1/alerts", headers=bearer(revoked)).status_code == 200
    sheets.store().revoke_token(sheets.store().tokens()[0].id, BOSS, now)
    feed = sheets.store().create_token("agency:WPD", BOSS, now, None)
    for text in (
        revoked,
        feed,
        "guess",
        token(SCOPES["coordinator"], expires=now - dt.timedelta(seconds=1)),
        token(SCOPES["coordinator"], made_by="one@wpd.example.gov"),  # a liaison may make none
        token(SCOPES["coordinator"], made_by="left@county.example.gov"),
        token(SCOPES["coordinator"], made_by=feeds.SAMPLE),
        token(SCOPES["coordinator"], made_by=feeds.LOCAL),
    ):
        answer = client.get("/api/v1/events", headers=bearer(text))
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="cwac", error="invalid_token"'
        assert text not in str(answer.headers) + answer.text
    assert is_problem(client.get("/api/v1/events", headers={"Authorization": "Basic eDp5"}), 401)
    assert is_problem(client.get("/api/v1/gaps"), 401)


def test_api_token_opens_no_feed(client):
    text = token(SCOPES["coordinator"])
    assert client.get("/api/v1/gaps", headers=bearer(text)).status_code == 200
    assert Client(Starlette(routes=feeds.ROUTES)).get(f"/feed/{text}.ics").status_code == 404


def test_scopes_are_read_back():
    for scope in SCOPES.values():
        assert routes.read(feeds.write_scope(scope, "Modoc")) == ("Modoc", scope)
        assert routes.read(feeds.write_scope(scope, "")) == ("", scope)
    for text in ("agency:WPD", "api:agency", "api:agency:", "api:public:WPD", "api:all", "api:"):
        assert routes.read(text) == ("", None)


# --- the form ----------------------------------------------------------------------------------------------------


def test_unchanged_answers_are_not_sent_again(client):
    first = client.get("/api/v1/events")
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["content-encoding"] == "gzip"
    plain = client.get("/api/v1/events", headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.content) == (False, first.content)
    again = client.get("/api/v1/events", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    private = client.get(
        "/api/v1/events", headers=bearer(token(SCOPES["coordinator"])) | {"If-None-Match": first.headers["etag"]}
    )
    assert (private.status_code, private.headers["cache-control"]) == (200, "private, no-cache")
    assert "access-control-allow-origin" not in private.headers


def test_requests_go_at_a_pace_and_the_refusal_is_a_problem_document():
    client = Client(Starlette(middleware=[Middleware(limits.Limits, None, lambda: 0.0)]))
    answers = [client.get("/api/v1/x", headers=bearer("a")) for _ in range(limits.ONE_FEED_BURST + 1)]
    assert is_problem(answers[-1], 429)
    assert answers[-1].headers["retry-after"] == "11"
    assert client.get("/api/v1/x", headers=bearer("b")).status_code == 404
    assert is_problem(client.request("POST", "/api/v1/x"), 405)


def test_where_nothing_is_public_a_token_is_needed(client, monkeypatch):
    closed = dataclasses.replace(sheets.settings(), public=False)
    monkeypatch.setattr(sheets, "settings", lambda _="": closed)
    for path in paths().values():
        answer = client.get(path)
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="cwac"'
    assert client.get("/api/v1/events?county=Modoc").json() == answer.json()
    assert client.get("/api/v1/events", headers=bearer(token(SCOPES["stranger"]))).status_code == 200
