"""Where workbooks come from, as the settings say: a Google Sheet, a workbook in SharePoint, a file, or the sample."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.settings import Settings, SettingsError
from cwac.sources.quota import Quota


@dataclass(frozen=True)
class Source:
    """Where workbooks come from. `words` is its name in sentences, `identity` the key of its versions in the store.

    `fetch` returns the workbook or raises `SourceUnavailable`; with True, since somebody asked for a look, it ignores
    what it has cached. `remember` receives the last good copy before the first fetch, `look_closer` is called before a
    fetch while something is wrong with the sheet, and `earlier` makes the first version of a new history. `least`:
    the fewest seconds between two looks, even if a shorter interval is configured or somebody presses Refresh.
    """

    fetch: Callable[[bool], Workbook]
    words: str = "The sheet"
    identity: str | None = None
    remember: Callable[[Workbook], None] = lambda _: None
    earlier: Callable[[], Workbook] | None = None
    look_closer: Callable[[], None] = lambda: None
    least: float = 0.0


def source_for(chosen: Settings, quota: Quota | None = None) -> Source:
    """The sheet, file or sample that the settings name. `quota` is shared by all sheets that one account reads."""
    if chosen.workbook:
        return _file(chosen.workbook, chosen.timezone)
    identity = identity_of(chosen)
    if chosen.reads == "microsoft":
        from cwac.sources.microsoft import MicrosoftSource

        try:
            microsoft = MicrosoftSource.from_settings(chosen)
        except SourceUnavailable as trouble:
            return refuse(trouble.sentence)
        return Source(lambda asked: microsoft.fetch(look_again=asked), "Microsoft", identity)
    if chosen.reads == "link":
        from cwac.settings.connections import SECONDS_BY_LINK
        from cwac.sources.google import LinkSource

        link = LinkSource.from_settings(chosen)
        return Source(lambda _: link.fetch(), "Google", identity, least=SECONDS_BY_LINK + 1)
    if chosen.spreadsheet:
        from cwac.sources.google import GoogleSource

        google = GoogleSource.from_settings(chosen, quota)
        fetch = lambda asked: google.fetch(look_again=asked)  # noqa: E731
        return Source(fetch, "Google", identity, google.remember, look_closer=google.look_closer)
    return _sample()


def identity_of(chosen: Settings) -> str | None:
    """The key of the versions in the store of the one source; None if it has none, or its address cannot be used."""
    try:
        if chosen.reads == "microsoft":
            return chosen.place().key
        if chosen.reads in ("google", "link"):
            from cwac.sources.google import spreadsheet_key

            return f"https://docs.google.com/spreadsheets/d/{spreadsheet_key(chosen.spreadsheet or '')}"
    except (SettingsError, SourceUnavailable):
        return None  # fetching says so
    return chosen.workbook


def _file(path: str, timezone: str) -> Source:
    """Reads the file again only when its time or size has changed."""
    from cwac.sources.excel import TabReader, read_excel

    reader = TabReader()
    last: tuple[tuple[int, int], Workbook] | None = None

    def fetch(asked: bool) -> Workbook:
        nonlocal last
        stamp = _stamp(path)
        if last is not None and last[0] == stamp and not asked:
            return last[1]
        try:
            workbook = read_excel(path, timezone, reader)
        except SourceUnavailable as trouble:
            # It may be in the middle of being saved, so look again soon.
            trouble.permanent = False
            raise
        if stamp is not None and stamp == _stamp(path):
            last = stamp, workbook
        return workbook

    return Source(fetch, "The file", path)


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _sample() -> Source:
    """A sample made for each day, so that it always has coming events."""
    from cwac.sources.sample import ZONE, sample_workbook, the_day_before

    last: tuple[dt.date, Workbook] | None = None

    def here() -> dt.datetime:
        return read_clock(ZoneInfo(ZONE))

    def fetch(_: bool) -> Workbook:
        nonlocal last
        now = here()
        if last is None or last[0] != now.date():
            last = now.date(), sample_workbook(now.date(), now)
        return replace(last[1], as_of=now)

    return Source(fetch, "The sample", earlier=lambda: the_day_before(here().date(), here()))


def refuse(sentence: str) -> Source:
    """A source that always fails with this sentence, because the settings cannot be used."""

    def fetch(_: bool) -> Workbook:
        raise SourceUnavailable("settings", sentence, "Whoever runs this dashboard must fix that, then restart it.")

    return Source(fetch)
