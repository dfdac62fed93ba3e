"""Nothing private leaves the server: everything that each viewer is sent, looked through for a secret of every cell."""

import contextlib
import datetime as dt
import itertools
import os
import re
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cwac import access
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from cwac.sources.excel import read_excel
from cwac.storage.store import Store
from cwac.web import preflight
from cwac.web.calendar.content import VIEWS
from cwac.web.sections.attendance_views import ANY, QUARTERS, SAME_QUARTER, YEARS
from tests.web import plan, planted
from tests.web.planted import PLANTED, secrets_in
from tests.web.served import ROOT, Served, get, until
from tests.web.signed_in import PEOPLE, SECRET, serving_with_sign_in, session_as
from tests.web.walk import PAGES, Look, Walk, words_of

pytestmark = pytest.mark.slow

PRESETS = (YEARS, QUARTERS, SAME_QUARTER, ANY)
HIDDEN = ("planted client secret", SECRET)
"""What the operator keeps, and no viewer may ever be sent."""


def event_ids() -> list[str]:
    """Every event of either version, dated or not, and an unknown one."""
    ids = ["NOWHERE"]
    for make in (planted.tabs, planted.tabs_later):
        tabs = tuple(Tab(name, rows) for name, rows in make(plan.TODAY).items())
        snapshot = read_workbook(Workbook("plan.xlsx", plan.START, plan.ZONE, tabs), plan.TODAY)
        ids += [str(event.id) for event in (*snapshot.events, *snapshot.undated)]
    return list(dict.fromkeys(ids))


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted.save(tmp_path_factory.mktemp("planted") / "plan.xlsx", plan.TODAY)


@pytest.fixture(scope="module")
def public(workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("public")
    with serving_with_sign_in(folder, workbook, access="public = true\n") as served:
        yield served


@pytest.fixture(scope="module")
def closed(workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_with_sign_in(tmp_path_factory.mktemp("closed"), workbook) as served:
        yield served


@contextlib.contextmanager
def serving_a_returning_viewer(folder: Path, viewer: str) -> Iterator[tuple[Served, Path]]:
    """A public dashboard over a workbook that is three days old, and a viewer who was here yesterday at 3:17 PM."""
    workbook = planted.save(folder / "plan.xlsx", plan.TODAY)
    at = dt.datetime.combine(plan.TODAY, dt.time(10, 42), ZoneInfo(plan.ZONE))
    saved = (at - dt.timedelta(days=3)).timestamp()
    os.utime(workbook, (saved, saved))
    with closing(Store(f"sqlite:///{folder}/store.sqlite3")) as store:
        store.keep(read_excel(workbook))
        email = str(PEOPLE.get(viewer, {}).get("email", "nobody")).casefold()
        store.record_visit(email, at - dt.timedelta(days=1) + dt.timedelta(hours=4, minutes=35))
    with serving_with_sign_in(folder, workbook, access="public = true\n", CWAC_REFRESH_SECONDS="10") as served:
        yield served, workbook


def edit(served: Served, workbook: Path) -> None:
    """Save the second version of the workbook, and wait until it is shown and kept."""

    def shown_and_kept() -> bool:
        with session_as(served, "coordinator") as visitor:
            visitor.refresh()
        with session_as(served, "coordinator") as visitor:
            shown = visitor.open("calendar", "event=SHARED").holds("ZqinternallaterZq")
            return shown and not visitor.open("changes").holds("Only one version of the sheet")

    planted.save(workbook, plan.TODAY, later=True)
    until(shown_and_kept, 60, 1)


def walk_as(served: Served, viewer: str, *, most_choices: int | None = None, downloads: bool = True) -> Walk:
    return Walk(served, lambda: session_as(served, viewer), most_choices, downloads).everything(event_ids())


@lru_cache(maxsize=4096)
def found_in(data: bytes) -> frozenset[str]:
    """The secrets in these bytes, looked for once however often it is asked."""
    return frozenset(secrets_in(data))


def leaks_in(received: dict[str, bytes], viewer: str) -> dict[str, set[str]]:
    """Origin -> secrets that this viewer must not be sent; what they typed into an address is not one."""
    allowed = {secret for secret, viewers in PLANTED.items() if viewer in viewers}
    leaks = {origin: set(found_in(data) - allowed - secrets_in(origin.encode())) for origin, data in received.items()}
    for origin, data in received.items():
        leaks[origin] |= {"a secret of the operator" for secret in HIDDEN if secret.encode() in data}
    return {origin: secrets for origin, secrets in leaks.items() if secrets}


# --- every cell, every page, every viewer --------------------------------------------------------------------------

UNPLANTED = {
    "Events": "Title, Public notes, Date, Start, End, Cancel reason, Bilingual needed, Registered nationally, Release "
    "due, Release sent, Officers, Guests, Public, Lead agency, Partner agencies, Status, Town, Venue",
    "Staffing": "Event ID, Agency, Report time, Release time, Status, Pay type",
    "Attendance": "Count method, Media present, Entered on",
    "Agencies": "Agency, Name, Type, Home town, Sworn, Color, Active",
    "Officers": "Agency, Can host, Supervisor, Active from, Active to",
    "Time off": "To",
    "Venues": "Venue, Street, Town, Latitude, Longitude, Shelter site, Active",
    "Follow-ups": "Event ID, Referred to, Due, Status, Closed on, Reported back",
}
"""Public columns, and those of dates, choices and the like, which cannot be told from others in a stream of bytes:
`test_access` has them."""


def test_every_other_column_has_a_secret_planted() -> None:
    """A new column of the contract must be planted too, or be listed above."""
    bare = []
    for spec in TABS:
        header, *rows = planted.tabs(plan.TODAY)[spec.name]
        columns = zip(header, itertools.zip_longest(*rows), strict=True)
        secret = {name for name, cells in columns if any(secrets_in(str(cell).encode()) for cell in cells)}
        listed = {*secret, *UNPLANTED.get(spec.name, "").split(", ")}
        bare += [(spec.name, column.header) for column in spec.columns if column.header not in listed]
    assert [column for column in bare if column[0] not in ("Towns", "Coverage")] == []


STRANGERS = ("stranger", "unlisted")
SEEN = {
    "stranger": {"9817"},
    "unlisted": {"9817"},
    "agencyless": {"9817", "ZqinternallaterZq", "ZqbackupZq", "ZqtentativeZq", "ZqdraftZq", "ZqwhenZq", "ZqnosuchZq"},
    "wpd": {
        "ZqadamZq", "ZqbertZq", "ZqtentativeZq", "ZqsaidtowpdZq", "ZqfollowidZq", "7219",
        "ZqmanyhoursZq", "ZqstrangeZq", "ZqdooraZq", "ZqcarrlZq", "ZqcarllZq", "ZqdoraaZq", "ZqnosuchZq", "ZqnowhereZq",
        "ZqdraftlaterZq", "ZqinternallaterZq",
    },
    "sheriff": {
        "ZqcarlZq", "ZqdoraZq", "ZqernestZq", "ZqidleZq", "ZqsaidtosheriffZq", "ZqroleZq", "ZqneededZq", "ZqstrangerZq",
        "ZqadammZq", "ZqnosuchZq", "ZqoffZq", "ZqcategoryZq", "ZqsaidlaterZq", "ZqernesttZq",
    },
    "coordinator": {secret for secret, viewers in PLANTED.items() if viewers},
}  # fmt: skip
"""What the walk must come across, else it would prove little."""

MOST_CHOICES: dict[str, int | None] = {
    "stranger": None, "unlisted": 1, "agencyless": 1, "wpd": 3, "sheriff": 2, "coordinator": 2,
}  # fmt: skip
"""Options tried of each filter or list. Two are enough to come across every planted secret, as the coordinator's walk
shows; three include every agency, for one of the liaisons. Filters choose among what the viewer is given anyway."""

VIEWS_SEEN = {
    "calendar": {(view,) for view in VIEWS},
    "staffing": {
        ("Openings",), ("Officers",), ("Officers", "Shifts"), ("Officers", "Rest and emergencies"), ("Conflicts",),
        ("Who's available",), ("Workload",), ("Suggested assignments",),
    },
    "attendance": {
        ("Trend",), ("Compare",), *(("Compare", preset) for preset in PRESETS), ("Staff time",), ("Forecast",),
        ("Towns",), ("Missing results",),
    },
    "follow_ups": {("Open",), ("Closed",), ("By age and owner",), ("By category",), ("By town",), ("By agency",)},
    "changes": {("Yesterday",), ("Your last visit",), ("A date",), ("A version",)},
}  # fmt: skip
"""Page -> its views, of which the coordinator's walk must come across all."""


def wrongly_opened(walk: Walk, viewer: str) -> list[str]:
    """The pages that are open to this viewer and refuse them, or the other way round, and those that failed."""
    kind = {"stranger": "public", "unlisted": "public", "coordinator": "coordinator"}.get(viewer, "liaison")
    return [
        look.where
        for look in walk.looks
        if look.seen.holds("This page is not open to you") is (look.page == "" or kind in access.PAGES[look.page])
        or look.seen.holds("Something went wrong")
    ]


@pytest.mark.parametrize("viewer", sorted(planted.EVERYBODY))
def test_no_viewer_is_sent_what_is_not_theirs(tmp_path: Path, viewer: str) -> None:
    with serving_a_returning_viewer(tmp_path, viewer) as (served, workbook):
        # The second version has a secret in each cell that has one in the first: strangers, for whom nothing may differ
        # between the two, look at both.
        before = walk_as(served, viewer, most_choices=0, downloads=False) if viewer in STRANGERS else None
        edit(served, workbook)
        after = walk_as(served, viewer, most_choices=MOST_CHOICES[viewer])
        log = served.log.read_bytes()
    leaks = leaks_in(after.received, viewer)
    assert leaks == {}
    received = [*after.received.items()]
    assert any(b"Weed Starbucks" in data for _, data in received)
    secrets = {secret for where, data in received for secret in found_in(data) - secrets_in(where.encode())}
    assert SEEN[viewer] - secrets == set()
    feeds = [path for path, _ in after.files if path.startswith("/feed/")]
    assert bool(feeds) == (viewer in ("wpd", "sheriff", "coordinator"))
    assert secrets_in(log) == set()
    assert [text for text in (*HIDDEN, *feeds) if text.encode() in log] == []

    assert wrongly_opened(after, viewer) == []
    if viewer == "coordinator":
        views = {(look.page, look.views) for look in after.looks if "event" not in look.query}
        seen = {(page, views) for page, every in VIEWS_SEEN.items() for views in every}
        assert views == seen | {(page, ()) for page in PAGES}
    if before is not None:
        assert leaks_in(before.received, viewer) == {}
        assert said_differently(before, after) == []


_AS_OF = re.compile(r"[Aa]s of |ago")
_UPDATED = re.compile(r'"updated": ?"[^"]*"')


def said_differently(before: Walk, after: Walk) -> list[str]:
    """What a page or the public calendar says otherwise after an edit of private cells, but for the data's age."""
    words = {look.where: words_without_age(look) for look in after.looks}
    feeds = {path: answer.content for path, answer in after.files if path == "/calendar.ics"}
    assert feeds
    return [
        f"{look.where}: {text}"
        for look in before.looks
        for text in set(words[look.where]) ^ set(words_without_age(look))
        if not _AS_OF.search(text)
    ] + [f"{path}: differs" for path, answer in before.files if path in feeds and feeds[path] != answer.content]


def words_without_age(look: Look) -> list[str]:
    return [_UPDATED.sub("", text) for text in words_of(look.seen)]


@pytest.mark.parametrize("viewer", STRANGERS)
def test_where_nothing_is_public_a_stranger_is_sent_nothing_at_all(closed: Served, viewer: str) -> None:
    received = walk_as(closed, viewer).received
    assert leaks_in(received, viewer) == {}
    for where, data in received.items():
        assert secrets_in(data) == set(), where  # numbers among them, but not as a part of a session's ID
        for word in (b"Weed", b"Yreka", b"WPD", b"Free parking", b"9,817", b"GONETOO"):
            assert word not in data, (where, word)


ROUTES = [
    "/healthz", "/readyz", "/metrics", "/calendar.ics", "/feed/{token}.ics", "/api/v1/events",
    "/api/v1/events/{id:path}", "/api/v1/gaps", "/api/v1/alerts", "/api/v1/attendance", "/api/v1/follow-ups",
    "/api/v1/problems", "/api/v1/changes", "/api/v1/quarter", "/api/v1/as-of", "/api/v1/openapi.json",
    "/api/{path:path}", "/unsubscribe/{token}", "/public", "/public/{path:path}", "/e/{path:path}",
]  # fmt: skip
STREAMLITS = [
    "/", "/staffing", "/nothing/here", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics",
    "/_stcore/script-health-check", "/_stcore/allowed-message-origins", "/_stcore/agent/openapi.json", "/media/x.csv",
    "/component/x/index.html", "/app/static/x", "/.streamlit/secrets.toml", "/auth/login", "/auth/logout",
    "/oauth2callback", "/calendar.ics?agency=SCSO", "/calendar.ics?status=Draft", "/feed/guess.ics",
    "/public/", "/public/events.json", "/public/event/SHARED.html", "/public/embed", "/public/share", "/e/SHARED",
    "/e/ZqdraftidZq", "/public/es", "/public/es/", "/public/es/event/SHARED.html", "/public/es/calendar.ics",
    "/public/embed?lang=es", "/calendar.ics?lang=es", "/component/x/y", "/static/../../etc/passwd",
]  # fmt: skip


def test_every_route_is_known_here() -> None:
    """A new way out must be walked too."""
    assert [route.path for route in preflight.ROUTES] == ROUTES


def test_no_route_tells_a_stranger_more(public: Served, closed: Served) -> None:
    for path in [path.replace("{token}", "x") for path in ROUTES] + STREAMLITS:
        for served in (public, closed):
            answer = get(f"{served.url}{path}")
            sent = f"{answer.status_code} {answer.headers}".encode() + answer.content
            assert leaks_in({path: sent}, "stranger") == {}
            assert [word for word in (str(ROOT), "Traceback") if word.encode() in sent] == [], path
            assert served is public or b"Weed" not in sent, path


# --- the walk bites ------------------------------------------------------------------------------------------------

LEAKS = {
    "a field that strangers are let see": (
        "from cwac import access, model\n"
        "seen_by = access.seen_by\n"
        "leak = {(model.Event, 'public'): ('backup_venue',)}\n"
        "access.seen_by = lambda kind, audience: seen_by(kind, audience) + leak.get((kind, audience), ())\n",
        "stranger",
        {"ZqbackupZq"},
    ),
    "names of events that are not shared": (
        "from cwac import access\naccess._staffing = lambda snapshot, named: (snapshot.assignments, ())\n",
        "wpd",
        {"ZqcarlZq", "ZqdoraZq"},
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_made_on_purpose_is_found(workbook: Path, tmp_path: Path, leak: str) -> None:
    code, viewer, secrets = LEAKS[leak]
    (tmp_path / "sitecustomize.py").write_text(code)
    with serving_with_sign_in(tmp_path, workbook, access="public = true\n", PATCHES=str(tmp_path)) as served:
        walk = Walk(served, lambda: session_as(served, viewer), downloads=False)
        for event in event_ids():
            walk.look("calendar", {"event": event})
    assert secrets <= set().union(*leaks_in(walk.received, viewer).values())
