"""Nothing private leaves the server: everything that each viewer is sent, looked through for a secret of every cell."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cwac import server
from cwac.sheet.tabs import TABS
from tests.ui import plan, planted
from tests.ui.planted import PLANTED, told
from tests.ui.served import ROOT, Served
from tests.ui.signed_in import SECRET, serving_with_sign_in, session_as
from tests.ui.walk import Acting, Walk

EVENT_IDS = ["SHARED", "SHERIFFS", "ZqtentativeidZq", "ZqdraftidZq", "UNPLACED", "GONE", "UNREAD", "ZqlostZq"]
HIDDEN = ("planted client secret", SECRET)
"""What the operator keeps, and no viewer may ever be sent."""


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted.save(tmp_path_factory.mktemp("planted") / "plan.xlsx", plan.real_today())


@pytest.fixture(scope="module")
def public(workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("public")
    with serving_with_sign_in(folder, workbook, access="public = true\n") as served:
        yield served


@pytest.fixture(scope="module")
def closed(workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("closed"), workbook) as served:
        yield served


def walked(served: Served, who: str) -> dict[str, bytes]:
    with session_as(served, who) as visitor:
        return Walk(served, Acting(visitor._websocket)).everything(EVENT_IDS).came


def too_much(came: dict[str, bytes], who: str) -> list[str]:
    """Where something came that this viewer must not be sent, and what; what they asked with themselves is no news."""
    allowed = {secret for secret, viewers in PLANTED.items() if who in viewers}
    found = {where: planted.found(data) - allowed - planted.found(where.encode()) for where, data in came.items()}
    return [f"{where}: {told(more)}" for where, more in found.items() if more] + [
        f"{where}: a secret of the operator" for where, data in came.items() for one in HIDDEN if one.encode() in data
    ]


# --- every cell, every page, every viewer --------------------------------------------------------------------------

NOT_TOLD_APART = {
    "Events": "Date Start End Cancel reason Replaces Bilingual needed Registered nationally Release due Release sent "
    "Officers Guests Lead agency Partner agencies Status Town Venue",
    "Staffing": "Event ID Agency Report time Release time Status Swapped for Pay type Hours",
    "Attendance": "Event ID Count method Media present Entered on",
    "Agencies": "Type Home town Sworn Colour Active",
    "Officers": "Agency Can host Supervisor Active from Active to",
    "Time off": "Officer To",
    "Venues": "Town Latitude Longitude Shelter site Active",
    "Follow-ups": "Event ID Referred to Due Status Closed on Reported back",
}
"""Columns of dates, choices and the like, which cannot be told from others in a stream of bytes: `test_access` has
them. Names of agencies, venues and towns are public."""
PUBLIC = {"Events": "Title Public notes", "Agencies": "Agency Name", "Venues": "Venue Street"}


@pytest.mark.parametrize("tab", [spec.name for spec in TABS if spec.name not in ("Towns", "Coverage")])
def test_every_other_column_has_a_secret_planted(tab: str) -> None:
    """A new column of the contract has to be planted too, or be said above to be public or beyond telling apart."""
    grid = planted.tabs(plan.TODAY)[tab]
    secret = {
        str(header)
        for place, header in enumerate(grid[0])
        if any(planted.found(str(row[place]).encode()) for row in grid[1:] if place < len(row))
    }
    excused = {
        column.header
        for column in next(spec for spec in TABS if spec.name == tab).columns
        if re.search(rf"(^| ){re.escape(column.header)}( |$)", f"{NOT_TOLD_APART.get(tab, '')} {PUBLIC.get(tab, '')}")
    }
    assert {column.header for column in next(spec for spec in TABS if spec.name == tab).columns} <= secret | excused


SEEN = {
    "stranger": {"9817"},
    "unlisted": {"9817"},
    "agencyless": {"9817", "ZqinternalZq", "ZqbackupZq", "ZqtentativeZq", "ZqdraftZq", "ZqwhenZq"},
    "wpd": {"ZqadamZq", "ZqbertZq", "ZqinternalZq", "ZqtentativeZq", "ZqsaidtowpdZq", "ZqfollowidZq", "7219"},
    "sheriff": {"ZqcarlZq", "ZqdoraZq", "ZqernestZq", "ZqidleZq", "ZqsaidtosheriffZq", "ZqroleZq", "ZqneededZq"},
    "coordinator": set(PLANTED),
}
"""What the walk must come across, else it would prove little."""


@pytest.mark.parametrize("who", sorted(planted.EVERYBODY))
def test_no_viewer_is_sent_what_is_not_theirs(public: Served, who: str) -> None:
    came = walked(public, who)
    assert too_much(came, who) == []
    assert any(b"Weed Starbucks" in data for data in came.values())
    found = {secret for where, data in came.items() for secret in planted.found(data) - planted.found(where.encode())}
    assert SEEN[who] <= found
    feeds = [where for where in came if where.startswith("/feed/")]
    assert bool(feeds) == (who in ("wpd", "sheriff", "coordinator"))
    log = public.log.read_bytes()
    assert planted.found(log) == set()
    assert [one for one in (*HIDDEN, *feeds) if one.encode() in log] == []


@pytest.mark.parametrize("who", ["stranger", "unlisted"])
def test_where_nothing_is_public_a_stranger_is_sent_nothing_at_all(closed: Served, who: str) -> None:
    came = walked(closed, who)
    assert too_much(came, who) == []
    for where, data in came.items():
        assert planted.found(data) == set(), where  # numbers among them, but not as a part of a session's ID
        for word in (b"Weed", b"Yreka", b"WPD", b"Free parking", b"9,817", b"GONETOO"):
            assert word not in data, (where, word)


ROUTES = ["/healthz", "/readyz", "/metrics", "/calendar.ics", "/feed/{token}.ics"]
STREAMLITS = [
    "/", "/staffing", "/nothing/here", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics",
    "/_stcore/script-health-check", "/_stcore/allowed-message-origins", "/_stcore/agent/openapi.json", "/media/x.csv",
    "/component/x/index.html", "/app/static/x", "/.streamlit/secrets.toml", "/auth/login", "/auth/logout",
    "/oauth2callback", "/calendar.ics?agency=SCSO", "/calendar.ics?status=Draft", "/feed/guess.ics",
]  # fmt: skip


def test_every_route_is_known_here() -> None:
    """A new way out must be walked too."""
    assert [route.path for route in server.ROUTES] == ROUTES


@pytest.mark.parametrize("path", [path.replace("{token}", "x") for path in ROUTES] + STREAMLITS)
def test_no_route_tells_a_stranger_more(public: Served, closed: Served, path: str) -> None:
    for served in (public, closed):
        answer = httpx.get(f"{served.url}{path}")
        sent = f"{answer.status_code} {answer.headers}".encode() + answer.content
        assert too_much({path: sent}, "stranger") == []
        assert served is public or b"Weed" not in sent


# --- the walk bites ------------------------------------------------------------------------------------------------

LEAKS = {
    "a field on the list of what strangers see": (
        "from cwac import access, model\n"
        "fields = dict(access.PUBLIC_FIELDS)\n"
        "fields[model.Event] += ('backup_venue',)\n"
        "access.PUBLIC_FIELDS = fields\n",
        "stranger",
        {"ZqbackupZq"},
    ),
    "names of events that are not shared": (
        "from cwac import access\naccess._staffing = lambda snapshot, shared: (snapshot.assignments, ())\n"
        "access.staffing_by_event = lambda viewer, snapshot: snapshot.assignments_by_event\n",
        "wpd",
        {"ZqcarlZq", "ZqdoraZq"},
    ),
    "names beside an event that is not shared": (
        "from cwac import access\naccess.staffing_by_event = lambda viewer, snapshot: snapshot.assignments_by_event\n",
        "wpd",
        {"ZqcarlZq", "ZqdoraZq"},
    ),
    "a page given all there is": (
        "from cwac import access\naccess.visible_to = lambda viewer, snapshot: snapshot\n",
        "stranger",
        {"ZqtentativeZq"},
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_made_on_purpose_is_found(workbook: Path, tmp_path: Path, leak: str) -> None:
    code, who, secrets = LEAKS[leak]
    (tmp_path / "sitecustomize.py").write_text(code)
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    with (
        serving_with_sign_in(tmp_path, workbook, access="public = true\n", PYTHONPATH=path) as served,
        session_as(served, who) as visitor,
    ):
        walk = Walk(served, Acting(visitor._websocket))
        for event in EVENT_IDS:
            walk.look("calendar", {"event": event})
    assert {one for one in secrets if any(one in line for line in too_much(walk.came, who))} == secrets
