"""What people copy or follow from a page: addresses and links byte for byte, places on the map, the tab's title."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cwac.analysis.events import directions
from cwac.model import Event, Venue
from cwac.settings import Settings
from cwac.web import widgets
from tests.cases import each
from tests.server import SheetsServer
from tests.server.tokens import CLIENT_EMAIL
from tests.web import plan
from tests.web.conftest import Serve, opened

CONSOLE = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=1234567890"


@each(
    ("sentence", "shown", "values"),
    [
        (
            f"Press Share, and add {CLIENT_EMAIL} as a Viewer.",
            rf"Press Share\, and add `{CLIENT_EMAIL}` as a Viewer\.",
            [CLIENT_EMAIL],
        ),
        (f"Enable it at {CONSOLE}. Wait.", rf"Enable it at [`{CONSOLE}`]({CONSOLE})\. Wait\.", [CONSOLE]),
        (
            "Write https://evil.example/x, or https://console.cloud.google.com.evil.example/.",
            r"Write `https://evil.example/x`\, or `https://console.cloud.google.com.evil.example/`\.",
            ["https://evil.example/x", "https://console.cloud.google.com.evil.example/"],
        ),
        ("a@b.example", "`a@b.example`", ["a@b.example"]),
        (
            "Tab https://docs.google.com/document/d/1 is too long.",
            r"Tab `https://docs.google.com/document/d/1` is too long\.",
            ["https://docs.google.com/document/d/1"],
        ),
        ("The tab **Events** is gone.", r"The tab \*\*Events\*\* is gone\.", []),
        ("", "", []),
    ],
)  # fmt: skip
def test_addresses_and_links_are_exact_and_only_known_hosts_are_linked(
    sentence: str, shown: str, values: list[str]
) -> None:
    assert widgets.message_markdown(sentence) == shown
    assert widgets.exact_values(sentence) == values


def test_example_of_a_link_is_no_value_to_copy() -> None:
    example = "Write the sheet's link there, such as https://docs.google.com/spreadsheets/d/…."
    assert widgets.exact_values(example) == []
    assert widgets.message_markdown(example) == widgets.md(example)


@each("fault", ["not-shared", "api-disabled"])
def test_account_and_link_that_google_asks_for_can_be_copied_and_followed(
    serve: Serve, tmp_path: Path, fault: str
) -> None:
    """On the Overview, as a coordinator."""
    with SheetsServer(plan.workbook()) as google:
        google.fail(fault, None)
        gsheets = {key: value for key, value in google.gsheets.items() if key != "spreadsheet"}
        settings = Settings(spreadsheet=google.url, gsheets=gsheets, store=f"sqlite:///{tmp_path}/store.sqlite3")
        serve(replace(settings, auth=True, coordinators=("boss@county.example.gov",)))
        page = opened("overview", "coordinator")
        google.heal()
    assert not page.exception
    (copied,) = {code.value for code in page.code}
    shown = [str(element.value) for element in (*page.markdown, *page.caption, *page.error, *page.warning, *page.code)]
    assert [text for text in shown if "\u2060" in text] == [], "invisible characters would be copied too"
    if fault == "not-shared":
        assert copied == CLIENT_EMAIL
        assert f"`{CLIENT_EMAIL}`" in "".join(shown)
    else:
        assert urlsplit(copied).netloc == "console.developers.google.com"
        assert copied.endswith("project=1234567890")
        assert {button.proto.url for button in page.get("link_button")} == {copied}


@each(
    ("venue", "place"),
    [
        (Venue("Museum", "Dunsmuir"), "Museum, Dunsmuir, California"),
        (Venue("Museum", ""), "Museum, Weed, California"),
        (Venue("Museum", "Dunsmuir", street="1 Main St"), "Museum, 1 Main St, Dunsmuir, California"),
        (Venue("Museum", "Dunsmuir", latitude=41.2, longitude=-122.3), "41.2,-122.3"),
        (Venue("Museum", "Dunsmuir", latitude=41.2), "Museum, Dunsmuir, California"),
    ],
)
def test_map_link_has_no_empty_parts_and_prefers_coordinates(venue: Venue, place: str) -> None:
    event: Event = replace(plan.snapshot().events[0], venue=venue)
    assert parse_qs(urlsplit(directions(event) or "").query) == {"api": ["1"], "destination": [place]}
