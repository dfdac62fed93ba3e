"""What each source needs, may read and asks for, counted at the stand-ins: the table in docs/operate/sources.md.

`python -m tests.sources.costs` prints it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from cwac.model import Workbook
from cwac.refresh.source_factory import source_for
from cwac.settings import Settings, load
from cwac.sources.google_link import LinkSource
from tests.sources.every import Everywhere, on_this_machine, write_settings
from tests.sources.shared_workbook import workbook

HEADINGS = (
    "",
    "set up",
    "may read",
    "requests: first look, nothing new, an edit",
    "of the first, the sign-in",
    "tried",
)
STAND_IN = "the stand-in; no real project"
ROWS = {
    "key": ("Google Sheet, key", "[key file](../google.md)", "the sheets shared with the account", STAND_IN),
    "default": (
        'Google Sheet, `credentials = "default"`',
        "[attached account, federation, impersonation](../google.md#without-a-key)",
        "the sheets shared with the account",
        STAND_IN,
    ),
    "link": (
        'Google Sheet, `credentials = "none"`',
        "[sharing by link](../google.md#by-its-link-to-try-it)",
        "what the whole world may",
        "a stand-in made from what others recorded",
    ),
    "secret": (
        "Excel at Microsoft, client secret",
        "[app registration](sharepoint.md)",
        "by permission, as said there",
        "the stand-in; no real tenant",
    ),
    "certificate": ("… certificate", "the same, and a certificate", "the same", "the stand-in"),
    "identity": ("… managed identity", "an identity of a machine in Azure", "the same", "the stand-in"),
    "file": ("Excel file on this machine", "its path", "that file", "real files"),
}


def requests_of(kind: str) -> tuple[int, int, int, int]:
    """Requests of the first look, of one without news and of one after an edit; and of the first, those to sign in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Everywhere(workbook("Weed"), folder) as places, on_this_machine(places, folder):
            fetch = _fetch(load(secrets=write_settings(places.settings(kind), folder)))
            counts: list[tuple[int, int]] = []
            for content in (None, None, workbook("Weed", "Etna")):
                if content is not None:
                    places.edit(content)
                places.forget_calls()
                seen = fetch()
                counts.append(_counted(places))
            assert len(seen.tabs[0].rows) == 3, "the edit is read"
    (first, sign_in), (nothing_new, _), (edit, _) = counts
    return first, nothing_new, edit, sign_in


FOR_THE_SHEET = ("metadata", "batchGet", "export", "download", "share", "content", "drives")


def _counted(places: Everywhere) -> tuple[int, int]:
    """Requests since they were forgotten: all, and those to sign in."""
    of_sheets = (places.google, places.link, places.graph)
    calls = [(call, count) for server in of_sheets for call, count in server.calls.items()]
    for_the_sheet = sum(count for call, count in calls if call in FOR_THE_SHEET)
    everything = sum(count for _, count in calls) + sum(places.auth.calls.values())
    return everything, everything - for_the_sheet


def _fetch(settings: Settings) -> Callable[[], Workbook]:
    if settings.reads != "link":
        fetch = source_for(settings).fetch
        return lambda: fetch(False)
    source = LinkSource.from_settings(settings)
    hours = iter(range(0, 1_000_000, 3600))
    source._clock = lambda: next(hours)  # it would not look more than once in five minutes
    return source.fetch


def table() -> str:
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for kind, (name, set_up, permission, tried) in ROWS.items():
        first, nothing_new, edit, sign_in = requests_of(kind)
        counted = f"{first}, {nothing_new}, {edit}{', every 5 minutes at most' if kind == 'link' else ''}"
        lines.append(f"| {name} | {set_up} | {permission} | {counted} | {sign_in} | {tried} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
