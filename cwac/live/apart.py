"""A large sheet's refresher in a process of its own: while that works, viewers have this one to themselves.

It is told the settings, then what people ask for; it announces what there is to show. Both as lines of JSON.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import logging
import mmap
import os
import subprocess
import sys
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from zoneinfo import ZoneInfo

from cwac import access
from cwac.access import Viewer
from cwac.live import beforehand, calendars, history, wire
from cwac.live.calendars import Wanted
from cwac.live.refresh import Ask, Live, Notice, Refresher, TooLarge
from cwac.live.store import Store, StoreTrouble, Version
from cwac.model import Alert, Snapshot, SourceUnavailable, Workbook
from cwac.outputs.feed import Known, Scope, ScopeKind
from cwac.settings import Rules, Settings
from cwac.sheet.reading import read_workbook

_log = logging.getLogger(__name__)

LARGE = 250_000
"""Cells: as many are read in about a third of a second."""

AGAIN = 5.0
"""Seconds until a process that has ended is started anew."""

PATIENCE = 120.0
"""Seconds that an answer may take."""

NOTICED = 0.05
"""Seconds until what is new is announced, at most."""

TIDIED = 10.0
"""Seconds after which nobody waits any more for what is asked about a new version, and garbage is searched for."""

MANY = 20_000
"""New records at once, from which on they are kept out of Python's search for garbage: it would halt everybody."""

OFTEN, SELDOM = 25, 400
"""So many searches for garbage among what is new come to one through what is rather new, which is then short enough,
and so many of these to one through all that is kept of a large sheet.
"""

MOVED_ON = 3.0
"""Seconds after which hardly anybody looks at the version before any more."""

READY = 8
"""So many questions about what changed are answered anew for each version, before anybody asks again."""

NOTHING = Snapshot("", dt.datetime.min.replace(tzinfo=dt.UTC), "UTC", dt.date.min)
"""Before anything is known."""

KNOWN = 100_000
"""Events that are kept as they were last written into a calendar, of one scope or several: some 100 MB."""

Body = bytes | mmap.mmap
Read = Callable[[Workbook, dt.date], Snapshot]


def unless_large(read: Read) -> Read:
    """`read`, but of small sheets only; raises `TooLarge` instead."""

    def small(workbook: Workbook, today: dt.date) -> Snapshot:
        if sum(len(row) for tab in workbook.tabs for row in tab.rows) > LARGE:
            raise TooLarge
        return read(workbook, today)

    return small


# --- where the viewers are -----------------------------------------------------------------------------------------


class Apart:
    """Does a refresher's work in another process, which it starts, listens to and, should it end, starts again."""

    def __init__(self, chosen: Settings, every: float) -> None:
        self._settings = json.dumps(asdict(chosen) | {"refresh_seconds": every}, default=str).encode() + b"\n"
        self._rules = chosen.rules
        self._process: subprocess.Popen[bytes] | None = None
        self._writing = threading.Lock()
        self._asked: dict[int, Future[Any]] = {}
        self._numbers = count(1)

    def ask(self, what: str, given: object) -> Any:
        """The other process's answer. Raises `StoreTrouble`: nobody asks but for what is in the store."""
        answer: Future[Any] = Future()
        number = next(self._numbers)
        self._asked[number] = answer
        try:
            if not self._say([number, what, given]):
                raise _no_answer()
            found = answer.result(PATIENCE)
        except TimeoutError:
            raise _no_answer() from None
        finally:
            del self._asked[number]
        if "trouble" in found:
            raise StoreTrouble(*found["trouble"])
        return found["answer"]

    def _answered(self, number: int, found: dict[str, Any]) -> None:
        if (answer := self._asked.get(number)) is not None:
            answer.set_result(found)

    def _say(self, what: object) -> bool:
        process = self._process
        if process is None or process.stdin is None:
            return False
        with self._writing:
            try:
                process.stdin.write(wire.written(what))
                process.stdin.flush()
            except (OSError, ValueError):
                return False
        return True

    def __call__(self, refresher: Refresher) -> None:
        refresher.ask = self.ask
        threading.Thread(target=self._pass_on, args=(refresher,), name="cwac-orders", daemon=True).start()
        while refresher.pause(0):
            with self._started() as process:
                assert process.stdin is not None
                assert process.stdout is not None
                with contextlib.suppress(OSError):
                    process.stdin.write(self._settings)
                    process.stdin.flush()
                try:
                    _show(process.stdout, refresher, self._rules, self._answered)
                except Exception as error:  # whoever announces is started anew
                    _log.error("What another process announced cannot be shown: %s", type(error).__name__)
            for number in list(self._asked):
                self._answered(number, {"trouble": _trouble_written(_no_answer())})
            if refresher.pause(0):
                _log.error("The process that reads a large sheet has ended; another one follows")
                refresher.pause(AGAIN)

    @contextlib.contextmanager
    def _started(self) -> Iterator[subprocess.Popen[bytes]]:
        here = str(Path(__file__).resolve().parent.parent.parent)
        # Not in the terminal's group: Ctrl-C is for the server, and the process ends with it. In the same session, as a
        # processor is shared between sessions first: in another one, being nice would count for nothing.
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cwac.refresher"],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        try:
            yield process
        finally:
            self._process = None
            _end(process)
            assert process.stdout is not None
            process.stdout.close()

    def _pass_on(self, refresher: Refresher) -> None:
        for order in refresher.orders():
            self._say(order)
        if (process := self._process) is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """It ends by itself when it hears nothing more; what it keeps at the moment, it finishes, but not for long."""
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _no_answer() -> StoreTrouble:
    return StoreTrouble(
        "unreachable",
        "The process that keeps the history did not answer.",
        "Nothing to do: it is started again by itself. If this lasts, whoever runs this dashboard finds why in its "
        "log.",
    )


def _show(
    lines: IO[bytes], refresher: Refresher, rules: Rules, answered: Callable[[int, dict[str, Any]], None]
) -> None:
    """Have shown what is announced, until there is nothing more."""
    known = NOTHING
    coming = wire.Assembly(wire.lists(known))
    try:
        for line in lines:
            said = wire.read(line)
            if isinstance(said, list):
                gc.disable()
                coming.take(said)
                continue
            if "number" in said:
                answered(said["number"], said)
                continue
            if said["snapshot"] is not None:
                many = coming.made > MANY
                if not many:  # what is worked out is looked through a little at a time, not all at the end
                    gc.enable()
                earlier, known = known, coming.snapshot(said["snapshot"])
                alerts = coming.alerts()
                _get_ready(refresher, known, earlier, rules, alerts, said["found"])
                threading.Thread(target=_let_go, args=[[earlier]], name="cwac-let-go", daemon=True).start()
                del earlier
                if many:
                    gc.freeze()
                    gc.set_threshold(gc.get_threshold()[0], OFTEN, SELDOM)
                    gc.enable()
                coming = wire.Assembly(wire.lists(known, alerts))
            refresher.looks, refresher.failures = said["looks"], Counter(said["failures"])
            live = _live(said["live"], known)
            if known is NOTHING:  # whoever announces was started anew, and cannot read the sheet now
                before = refresher.current()
                live = replace(live, snapshot=before.snapshot, as_of=before.as_of, version=before.version)
            refresher.relay(live, limited=said["limited"])
    finally:
        gc.enable()


def _let_go(of: list[Snapshot]) -> None:
    """Take apart what was worked out for a version, once viewers look at the next one. Were it gone at once with the
    last of them, everybody would wait for that.
    """
    time.sleep(MOVED_ON)
    answers = vars(of.pop())
    for name in [one for one in answers if one not in Snapshot.__dataclass_fields__]:
        answers.pop(name, None)
        time.sleep(NOTICED)


def _get_ready(
    refresher: Refresher,
    snapshot: Snapshot,
    before: Snapshot,
    rules: Rules,
    alerts: Sequence[Alert],
    found: Mapping[str, Any] | None,
) -> None:
    """Work out beforehand what can be. A mistake of ours in it must not keep the sheet itself from being shown."""
    try:
        long_answers = None if found is None else beforehand.Found(alerts, beforehand.read(found))
        changed = beforehand.work_out(snapshot, before, rules, long_answers)
        if refresher.get_ready is not None:
            refresher.get_ready(snapshot, changed)
    except Exception as error:
        _log.error("Not everything could be worked out beforehand: %s", type(error).__name__)


# --- where the sheet is ------------------------------------------------------------------------------------------


def serve(refresher_for: Callable[[Settings], Refresher], heard: IO[bytes], said: IO[bytes]) -> None:
    """Read, check and keep the sheet of the settings on the first line; announce it until nothing more is heard."""
    gc.disable()  # to walk millions of cells and records again and again, all of them wanted, takes longer than reading
    given = wire.read(heard.readline())
    chosen = Settings(**given | {"counties": (), "rules": Rules(**given["rules"])})
    refresher = refresher_for(chosen)
    refresher.start()
    saying = threading.Lock()

    def say(lines: Iterable[bytes]) -> None:
        with saying, contextlib.suppress(BrokenPipeError):
            said.writelines(lines)
            said.flush()

    archive = _Archive(refresher, chosen.rules)
    listening = threading.Thread(target=_listen, args=(heard, refresher, archive, say), daemon=True)
    listening.start()
    announcer, untidy = _Announcer(refresher, chosen.rules, archive), float("inf")
    last: Live | None = None
    kept: int | None = None
    while listening.is_alive():
        live = refresher.current()
        if live is not last and (live.snapshot or live.trouble):
            last = live
            if live.snapshot is not None and live.snapshot is not announcer.shown:
                untidy = time.monotonic() + TIDIED
            say(announcer.lines(live))
        if live.version != kept:  # what changed, and when, is known only once it is kept
            kept = live.version
            threading.Thread(target=archive.be_ready, name="cwac-ready", daemon=True).start()
        if time.monotonic() > untidy:
            untidy = float("inf")
            gc.collect()
        listening.join(NOTICED)
    refresher.stop()
    archive.close()


def _listen(heard: IO[bytes], refresher: Refresher, archive: _Archive, say: Callable[[Iterable[bytes]], None]) -> None:
    def answer(*question: Any) -> None:
        say([wire.written(archive.answer(*question))])

    for line in heard:
        order = wire.read(line)
        if isinstance(order, list):
            threading.Thread(target=answer, args=order, daemon=True).start()
        elif order == "accept":
            refresher.accept()
        else:
            refresher.refresh_now()


class _Announcer:
    """Says what there is to show, in what it differs from what was said before."""

    def __init__(self, refresher: Refresher, rules: Rules, archive: _Archive) -> None:
        self.shown = NOTHING
        self._refresher, self._rules, self._archive = refresher, rules, archive
        self._said = wire.lists(NOTHING)

    def lines(self, live: Live) -> Iterator[bytes]:
        about, found = None, None
        if live.snapshot is not None and live.snapshot is not self.shown:
            alerts, found = self._long_answers(live.snapshot)
            lists = wire.lists(live.snapshot, alerts)
            yield from map(wire.written, wire.steps(self._said, lists))
            about, self.shown, self._said = wire.about(live.snapshot), live.snapshot, lists
        yield wire.written(
            {
                "snapshot": about,
                "found": found,
                "live": _live_written(live),
                "looks": self._refresher.looks,
                "failures": self._refresher.failures,
                "limited": self._refresher.limited,
            }
        )

    def _long_answers(self, snapshot: Snapshot) -> tuple[Sequence[Alert], dict[str, Any] | None]:
        """The alerts, and what else was worked out; None where a mistake of ours, or a full disk, prevents it."""
        path = self._archive.file("ledger")
        try:
            found = beforehand.long_answers(snapshot, self._rules)
            return found.alerts, beforehand.written(found.lines, path)
        except Exception as error:
            path.unlink(missing_ok=True)
            _log.error("Not everything could be worked out beforehand: %s", type(error).__name__)
            return (), None


class _Archive:
    """Answers what is asked of the kept versions."""

    def __init__(self, refresher: Refresher, rules: Rules) -> None:
        self._refresher, self._rules = refresher, rules
        self._asked: OrderedDict[str, dict[str, Any]] = OrderedDict()
        """What was asked of the changes, last."""
        self._told: dict[str, Any] = {}
        """The answers to that, as of the snapshot shown, and of the version as which it is kept."""
        self._told_of: tuple[Snapshot, int | None] | None = None
        self._read: dict[tuple[int, dt.date], Snapshot] = {}
        """What versions held; of their records those that the sheet still has are not held twice."""
        self._written: OrderedDict[str, Known] = OrderedDict()
        """What calendars are put together from, by scope."""
        self._numbers = count(1)
        self._folder = TemporaryDirectory(prefix="cwac-", ignore_cleanup_errors=True)
        self._one_at_a_time = {"days": threading.Lock(), "calendar": threading.Lock()}

    def answer(self, number: int, what: str, given: Any) -> dict[str, Any]:
        try:
            answer: Callable[..., Any] = self._days if what == "days" else self._calendar
            with self._one_at_a_time[what]:
                return {"number": number, "answer": answer(**given)}
        except StoreTrouble as trouble:
            return {"number": number, "trouble": _trouble_written(trouble)}
        except Exception as error:
            _log.error("A mistake while looking at the history: %s", type(error).__name__)
            return {"number": number, "trouble": _trouble_written(_no_answer())}

    def close(self) -> None:
        self._folder.cleanup()

    def file(self, name: str) -> Path:
        """Where to put what is too long for a line; whoever takes it in deletes it."""
        return Path(self._folder.name) / f"{name}-{next(self._numbers)}"

    def be_ready(self) -> None:
        """There is another version: what was asked of the one before will be asked of it."""
        for given in list(self._asked.values()):
            self.answer(0, "days", given)

    def _days(self, **given: Any) -> Any:
        store, live = self._refresher.store, self._refresher.current()
        shown = live.snapshot
        if store is None or shown is None:
            return []
        if self._told_of is None or self._told_of[0] is not shown or self._told_of[1] != live.version:
            self._told_of, self._told = (shown, live.version), {}
        question = json.dumps(given)
        self._asked[question] = given
        self._asked.move_to_end(question)
        while len(self._asked) > READY:
            self._told.pop(self._asked.popitem(last=False)[0], None)
        if question not in self._told:
            self._told[question] = self._compared(store, shown, **given)
        return self._told[question]

    def _compared(
        self,
        store: Store,
        shown: Snapshot,
        kind: access.Kind,
        agencies: list[str],
        moment: str | None,
        version: int | None,
    ) -> Any:
        viewer = Viewer(kind, tuple(agencies))

        def seen(earlier: Version | None) -> Snapshot:
            return access.visible_to(viewer, shown if earlier is None else self._as_read(store, earlier, shown))

        since = history.Since(dt.datetime.fromisoformat(moment) if moment else None, version)
        return wire.columns(history.days(store, shown.url or shown.source, since, shown.timezone, seen, self._rules))

    def _calendar(
        self,
        scope: tuple[ScopeKind, str],
        kind: access.Kind,
        agencies: list[str],
        filters: list[list[str] | None],
        link: str | None,
    ) -> Any:
        chosen = tuple(None if one is None else tuple(one) for one in filters)
        wanted = Wanted(Scope(*scope), Viewer(kind, tuple(agencies)), chosen, link)
        known = self._written.setdefault(str(wanted.scope), {})
        self._written.move_to_end(str(wanted.scope))
        while len(self._written) > 1 and sum(map(len, self._written.values())) > KNOWN:
            self._written.popitem(last=False)
        body, whole = calendars.write(self._refresher.store, self._refresher.current(), self._rules, wanted, known)
        path = self.file("calendar")
        path.write_bytes(body)
        return str(path), whole

    def _as_read(self, store: Store, version: Version, shown: Snapshot) -> Snapshot:
        key = version.id, shown.today
        if key not in self._read:
            with self._refresher.looking:
                read = read_workbook(store.load(version), shown.today, self._rules)
            for old in [one for one in self._read if one[1] != shown.today] or list(self._read)[: -history.DAYS_APART]:
                del self._read[old]
            self._read[key] = wire.shared(read, shown)
        return self._read[key]


def calendar(ask: Ask, wanted: Wanted) -> tuple[Body, bool]:
    """`calendars.write`, worked out in the other process, in a file that is gone when it is let go of."""
    given = {
        "scope": [wanted.scope.kind, wanted.scope.name],
        "kind": wanted.reader.kind,
        "agencies": wanted.reader.agencies,
        "filters": wanted.filters,
        "link": wanted.link,
    }
    path, whole = ask("calendar", given)
    with open(path, "rb") as file:
        os.unlink(path)
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), whole


def days(ask: Ask, viewer: Viewer, since: history.Since, timezone: str) -> tuple[history.Day, ...]:
    """`history.days`, worked out in the other process. Raises `StoreTrouble`."""
    given = {
        "kind": viewer.kind,
        "agencies": viewer.agencies,
        "moment": since.moment and since.moment.isoformat(),
        "version": since.version,
    }
    found = wire.records(history.Day, ask("days", given))
    return tuple(replace(one, since=one.since.astimezone(ZoneInfo(timezone))) for one in found)


# --- between them ------------------------------------------------------------------------------------------------


def _trouble_written(trouble: StoreTrouble) -> list[str]:
    return [trouble.cause, trouble.sentence, trouble.remedy]


_MOMENTS = ("as_of", "attempted", "next_attempt", "trouble_since")


def _live_written(live: Live) -> dict[str, Any]:
    """Without the snapshot, which goes its own way."""
    moments = {name: getattr(live, name) for name in _MOMENTS}
    return {
        "source": live.source,
        "version": live.version,
        "silence": live.silence,
        "trouble": live.trouble
        and {name: getattr(live.trouble, name) for name in ("cause", "sentence", "remedy", "permanent", "retry_after")},
        "notices": [
            [one.code, one.sentence, one.since.isoformat(), one.version, one.may_accept] for one in live.notices
        ],
    } | {name: moment and moment.isoformat() for name, moment in moments.items()}


def _live(said: dict[str, Any], snapshot: Snapshot) -> Live:
    at = dt.datetime.fromisoformat
    as_of, attempted, next_attempt, trouble_since = (said[name] and at(said[name]) for name in _MOMENTS)
    return Live(
        source=said["source"],
        snapshot=snapshot,
        version=said["version"],
        as_of=as_of,
        attempted=attempted,
        next_attempt=next_attempt,
        trouble=said["trouble"] and SourceUnavailable(**said["trouble"]),
        trouble_since=trouble_since,
        notices=tuple(
            Notice(code, words, at(since), version, may_accept)
            for code, words, since, version, may_accept in said["notices"]
        ),
        silence=said["silence"],
    )
