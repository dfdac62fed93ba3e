"""The configured store as commands use it: its errors are refusals, and the audit names the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from cwac.cli.output import Refusal, plain, print_message
from cwac.cli.source import SAMPLE
from cwac.clock import read_clock
from cwac.settings import Settings, load

if TYPE_CHECKING:
    from cwac.analysis.revisions import Revisions
    from cwac.model import Snapshot
    from cwac.storage.store import Store


@contextmanager
def open_store(
    settings: Settings | None = None, source: str | None = None, *, reading: bool = False
) -> Iterator[Store]:
    """The configured store, closed at the end of the block; read-only where `reading` and the disk allows no writing.

    Refuses the sample, which has no store.
    """
    settings = load() if settings is None else settings
    if source == SAMPLE or (settings.sample and source is None and settings.store is None):
        raise not_connected(settings)
    from cwac.storage.store import Store, StoreTrouble

    store = Store(settings.store)
    try:
        store = store.or_read_only() if reading else store
        yield store
    except StoreTrouble as trouble:
        raise Refusal(plain(str(trouble))) from trouble
    finally:
        store.close()


def not_connected(settings: Settings) -> Refusal:
    """The refusal where there is nothing kept to tell of; it names a service that keeps something."""
    from cwac.checks import service

    other = service.elsewhere(settings.file)
    hint = f" What {other.unit} keeps: {other.command}, with the same words." if other and other.command else ""
    return Refusal(f"No sheet is connected, and of the sample nothing is kept: connect one with cwac connect.{hint}")


def revisions_of(
    snapshot: Snapshot,
    settings: Settings,
    without: str = "events are written as if they had never changed (SEQUENCE 0)",
) -> Revisions | None:
    """How each event has changed, from the store's versions; None, which is said, without a store that can be read."""
    from cwac.storage import revisions
    from cwac.storage.store import Store, StoreTrouble

    with closing(Store(settings.store)) as store:
        if snapshot.source == SAMPLE or not store.is_there:
            return None
        try:
            return revisions.compute(store, snapshot, settings.rules)
        except StoreTrouble as trouble:
            print_message(f"{plain(str(trouble))} So {without}.")
            return None


def audit_export(settings: Settings, source: str | None, action: str) -> None:
    """Audit rows that are about to leave by the command line; not those of the sample, nor without a configured sheet.

    A store that cannot be written to is reported and does not stop the export.
    """
    if source == SAMPLE or (settings.sample and settings.store is None):
        return
    from cwac.storage.store import Store, StoreTrouble

    with closing(Store(settings.store)) as store:
        try:
            store.audit(operator(), action, read_clock())
        except StoreTrouble as trouble:
            print_message(f"This is not in the audit: {plain(str(trouble))}")


def operator() -> str:
    """The operating system's user for the audit, marked `(as typed)` since anybody can set that name."""
    import getpass

    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "somebody"
    return f"cli:{plain(name)[:100]} (as typed)"


def unknown_version(version: int) -> Refusal:
    return Refusal(f"There is no version {version}: cwac history lists those that are kept.")


def zone_of_sheet(store: Store, settings: Settings) -> str:
    """The time zone of the first sheet as it was read last, else of the newest version, else that of the settings."""
    from cwac.refresh.source_factory import identity_of

    first = next(iter(settings.by_county().values()))
    version = store.latest(identity_of(first) or "") or next(iter(store.versions()), None)
    return settings.timezone if version is None else version.timezone
