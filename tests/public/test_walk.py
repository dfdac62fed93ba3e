"""Every public way out and every API scope over the planted workbook, by the application's own routes."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cwac import access
from cwac.cli import main
from cwac.model import Snapshot, Tab
from cwac.public import routes as public
from cwac.refresh import sheets
from cwac.sources.excel import read_excel
from cwac.storage.store import Store
from cwac.web import cache as web_cache
from cwac.web import preflight
from cwac.web.responses import SecurityHeaders
from tests.api.test_routes import SCOPES, Client, bearer, polling, token
from tests.web import plan, planted
from tests.web.planted import EVENTS, PLANTED, secrets_in
from tests.web.test_walk import event_ids

pytestmark = pytest.mark.slow

VIEWERS = ("stranger", "wpd", "sheriff", "coordinator")
SINCE = (6, 4, 2, 0)
"""Days ago: before each stored version, and today."""
Table = Mapping[tuple[str, str], set[str]]
"""(Way, viewer) -> the secrets in the answers."""


# --- the sheet and its earlier versions -------------------------------------------------------------------------------


def earlier(today: dt.date) -> Iterator[tuple[int, dict[str, plan.Rows]]]:
    """Days ago -> the tabs then: other texts, then events shared with others, then nobody assigned."""
    yield 5, planted.tabs_later(today)
    shared = planted.tabs(today)
    of_sheriff = next(row for row in shared["Events"] if row[0] == "SHERIFFS")
    of_sheriff[EVENTS.index("Partner agencies")] = "WPD"
    shared["Events"][1][EVENTS.index("Partner agencies")] = "SCSO"
    yield 3, shared
    yield 1, {**planted.tabs(today), "Staffing": planted.tabs(today)["Staffing"][:1]}


@contextmanager
def serving(folder: Path) -> Iterator[Client]:
    """The application's routes over the planted workbook, of which three earlier versions are stored."""
    today = plan.TODAY
    path = planted.save(folder / "plan.xlsx", today)
    now = read_excel(path)
    store = Store(f"sqlite:///{folder}/store.sqlite3")
    for days, tabs in earlier(today):
        then = now.as_of - dt.timedelta(days=days)
        store.keep(replace(now, as_of=then, tabs=tuple(Tab(name, rows) for name, rows in tabs.items())))
    store.close()
    web_cache._sheets.clear()  # other tests serve the same version
    with polling(path, folder, public=True, address="https://coffee.example.gov"):
        try:
            yield Client(Starlette(routes=preflight.ROUTES, middleware=[Middleware(SecurityHeaders)]))
        finally:
            web_cache._sheets.clear()  # what leaked on purpose is no answer for others


# --- every way -------------------------------------------------------------------------------------------------------


def site_paths() -> list[str]:
    live = sheets.current()
    assert live.snapshot is not None
    _, site = public.site_of(public.CountyPlace("", "", ""), live, live.snapshot, sheets.settings())
    return ["", "es/", "embed?limit=20", "embed?lang=es&limit=20", "share", "share?lang=es", "nothing.html", *site]


known_ids = cache(event_ids)


def addresses_of(route: str) -> list[str]:
    """The addresses of a route; one with a parameter that is not known here fails. Strangers can only guess a token."""
    if route == "/api/v1/changes":
        return [route, *(f"{route}?since={plan.TODAY - dt.timedelta(days=days)}" for days in SINCE)]
    if route == "/api/v1/quarter":
        quarters = [f"{plan.TODAY.year}-Q{number}" for number in range(1, 5)]
        return [f"{route}?of={quarter}{agency}" for quarter in quarters for agency in ("", "&agency=WPD")]
    start, _, rest = route.partition("{")
    if not rest:
        return [route]
    values = {
        "/feed/{token}.ics": ["guess"],
        "/unsubscribe/{token}": ["guess"],
        "/api/{path:path}": ["", "v1", "v2/events"],
        "/api/v1/events/{id:path}": known_ids(),
        "/public/{path:path}": site_paths(),
        "/e/{path:path}": known_ids(),
    }[route]
    return [f"{start}{quote(value, safe='/?=&')}{rest.partition('}')[2]}" for value in values]


def in_files(folder: Path) -> set[str]:
    """The secrets in the files that `cwac publish` writes, and in their names."""
    site = folder / "site"
    words = ["publish", str(site), str(folder / "plan.xlsx"), "--address", "https://www.example.gov"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    files = [path for path in site.rglob("*") if path.is_file()]
    data = [f"{path.relative_to(site)}\n".encode() + path.read_bytes().replace(b"\r\n ", b"") for path in files]
    return set().union(*map(secrets_in, data), secrets_in(result.output.encode()))


WAYS = (
    ("cwac publish", "stranger"),
    *((route.path, viewer) for viewer in VIEWERS for route in preflight.ROUTES),
)


def walk(folder: Path, client: Client, ways: Iterable[tuple[str, str]] = WAYS) -> Table:
    """Ask each route, as each viewer: strangers with and without a token, others with theirs."""
    table: dict[tuple[str, str], set[str]] = {}
    headers = {viewer: [bearer(token(SCOPES[viewer]))] for viewer in VIEWERS}
    headers["stranger"].append({})
    for way, viewer in ways:
        table[way, viewer] = in_files(folder) if way == "cwac publish" else in_answers(client, way, headers[viewer])
    return table


def in_answers(client: Client, route: str, headers_tried: list[dict[str, str]]) -> set[str]:
    secrets: set[str] = set()
    for address in addresses_of(route):
        for headers in headers_tried:
            answer = client.get(address, headers)
            location = answer.headers.pop("location", "")
            data = f"{answer.headers}".encode() + answer.content.replace(b"\r\n ", b"")
            # A redirect repeats the address that was asked for.
            secrets |= secrets_in(data) | (secrets_in(location.encode()) - secrets_in(address.encode()))
    return secrets


def leaks_in(table: Table) -> dict[tuple[str, str], set[str]]:
    leaks = {key: {one for one in sent if key[1] not in PLANTED[one]} for key, sent in table.items()}
    return {key: found for key, found in leaks.items() if found}


def test_no_way_out_sends_a_viewer_what_they_may_not_see(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        table = walk(tmp_path, client)
    assert leaks_in(table) == {}
    assert table["cwac publish", "stranger"] == {"9817"}
    assert table["/api/v1/changes", "stranger"] == set()
    for viewer in VIEWERS[1:]:
        # What was sent is found, in the plan and in its earlier versions, so that a leak would be found too.
        assert len(table["/api/v1/events/{id:path}", viewer]) > 2, viewer
        assert len(table["/api/v1/changes", viewer]) > 2, viewer


# --- the walk bites --------------------------------------------------------------------------------------------------

_restrict = access.restrict


def with_every_event(snapshot: Snapshot, viewer: access.Viewer, *rules: object) -> Snapshot:
    return replace(_restrict(snapshot, viewer, *rules), events=snapshot.events)  # type: ignore[arg-type]


WAYS_TO_EVENTS = ("cwac publish", "/public/{path:path}", "/api/v1/events", "/api/v1/events/{id:path}")


@pytest.mark.parametrize(
    ("name", "broken", "expected"),
    [
        # calendars leave them out once more
        ("restrict", with_every_event, {(way, "stranger"): "ZqtentativeZq" for way in WAYS_TO_EVENTS}),
        ("_staffing", lambda snapshot, _: (snapshot.assignments, ()),
         {("/api/v1/events/{id:path}", "wpd"): "ZqcarlZq", ("/api/v1/events/{id:path}", "sheriff"): "ZqadamZq"}),
        ("restrict_both", lambda before, after, *_: (before, after),
         {("/api/v1/changes", "wpd"): "ZqcarlZq", ("/api/v1/changes", "sheriff"): "ZqadamZq"}),
    ],
    ids=["events that are not public", "names at events that are not shared", "unrestricted earlier versions"],
)  # fmt: skip
def test_a_leak_made_on_purpose_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    broken: Callable[..., object],
    expected: Mapping[tuple[str, str], str],
) -> None:
    monkeypatch.setattr(access, name, broken)
    with serving(tmp_path) as client:
        leaks = leaks_in(walk(tmp_path, client, expected))
    assert {key: secret for key, secret in expected.items() if secret not in leaks.get(key, set())} == {}
