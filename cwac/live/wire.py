"""A snapshot, with what is worked out about it, from one process to another: only what differs from the one before."""

from __future__ import annotations

import datetime as dt
import json
import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from cwac import model
from cwac.model import Accounting, Snapshot
from cwac.sheet.reading import quick

if TYPE_CHECKING:
    from numpy.typing import NDArray

Line = list[Any]
_Record = TypeVar("_Record")

BLOCK = 250
"""So many records are compared, and sent again where one of them differs."""

STEP = 4_096
"""So many records are compared or put together without a rest: a fraction of a millisecond."""

CHUNK = 1_000
"""So many records a line at most: whoever takes one is busy for no longer than a viewer would notice."""

Lists = Mapping[str, Sequence[Any]]
"""Records by kind."""

RECORDS: Mapping[str, type] = {
    "events": model.Event,
    "undated": model.Undated,
    "assignments": model.Assignment,
    "unread_people": model.UnreadPerson,
    "headcounts": model.Headcount,
    "agencies": model.Agency,
    "officers": model.Officer,
    "time_off": model.TimeOff,
    "venues": model.Venue,
    "towns": model.Town,
    "coverage": model.Coverage,
    "follow_ups": model.FollowUp,
    "problems": model.Problem,
}
"""What a snapshot consists of."""
KINDS: Mapping[str, type] = {**RECORDS, "alerts": model.Alert}
_SIMPLE = ("source", "timezone", "url", "content_hash")


def written(line: object) -> bytes:
    """Text stays text, as two lone surrogates side by side would come back as one character."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def read(line: bytes) -> Any:
    return json.loads(line.decode("utf-8", "surrogatepass"))


# --- what differs ------------------------------------------------------------------------------------------------


def lists(snapshot: Snapshot, alerts: Sequence[model.Alert] = ()) -> Lists:
    """All that a snapshot consists of, and the alerts about it."""
    return {name: getattr(snapshot, name) for name in RECORDS} | {"alerts": alerts}


def steps(before: Lists, after: Lists) -> Iterator[Line]:
    """The way from one to the next: `[kind, from, to]` of the old records, or `[kind, columns]` of new ones."""
    for name, kind in KINDS.items():
        old, new, form = before[name], after[name], _form(kind)
        at = 0
        for first, last, came_from in _runs(old, new, form.values):
            assert first == at
            at = last
            if came_from is not None:
                yield [name, came_from, came_from + last - first]
                continue
            for start in range(first, last, CHUNK):
                yield [name, form.columns(new[start : min(last, start + CHUNK)])]


def _runs(
    old: Sequence[Any], new: Sequence[Any], values: Callable[[Any], Any]
) -> Iterator[tuple[int, int, int | None]]:
    """From where to where the new ones are the old ones, and where those stood; None where they are not."""
    if len(old) == len(new):
        same = [
            all(map(operator.eq, map(values, old[at : at + BLOCK]), map(values, new[at : at + BLOCK])))
            for at in range(0, len(new), BLOCK)
        ]
        first = 0
        for number, one in enumerate(same):
            if number + 1 == len(same) or same[number + 1] != one:
                last = min(len(new), (number + 1) * BLOCK)
                if one:
                    yield first, last, first
                else:
                    yield from _between_ends(old[first:last], new[first:last], values, first)
                first = last
        return
    yield from _between_ends(old, new, values, 0)


def _between_ends(
    old: Sequence[Any], new: Sequence[Any], values: Callable[[Any], Any], at: int
) -> Iterator[tuple[int, int, int | None]]:
    """Where both begin and end alike, the same; what is in between is new. They stand `at` that place."""
    shorter = min(len(old), len(new))
    head = _alike(old, new, values, shorter)
    tail = _alike(reversed(old), reversed(new), values, shorter - head)
    if head:
        yield at, at + head, at
    if head + tail < len(new):
        yield at + head, at + len(new) - tail, None
    if tail:
        yield at + len(new) - tail, at + len(new), at + len(old) - tail


def _alike(old: Any, new: Any, values: Callable[[Any], Any], most: int) -> int:
    pairs = zip(islice(map(values, old), most), islice(map(values, new), most), strict=True)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), most)


def about(snapshot: Snapshot) -> dict[str, Any]:
    """What there is beside the records."""
    return {name: getattr(snapshot, name) for name in _SIMPLE} | {
        "as_of": snapshot.as_of.isoformat(),
        "today": snapshot.today.isoformat(),
        "accounting": {
            tab: [one.rows, one.kept, one.left_out, one.skipped] for tab, one in snapshot.accounting.items()
        },
        "tab_ids": dict(snapshot.tab_ids),
    }


def shared(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """The same snapshot, with the other's own records where they are equal, so that they are not held twice."""
    found: dict[str, Any] = {}
    for name, kind in RECORDS.items():
        ours, others = getattr(snapshot, name), getattr(other, name)
        parts = [
            (others, came_from, came_from + last - first) if came_from is not None else (ours, first, last)
            for first, last, came_from in _runs(others, ours, _form(kind).values)
        ]
        found[name] = _together(parts)
    return replace(snapshot, **found)


class Assembly:
    """A snapshot in the making, with the alerts about it, from those before and the steps as they come."""

    def __init__(self, before: Lists) -> None:
        self.made = 0
        """Records that are new."""
        self._before = before
        self._parts: dict[str, list[_Part]] = {name: [] for name in KINDS}

    def take(self, step: Line) -> None:
        name = step[0]
        if len(step) == 3:
            self._parts[name].append((self._before[name], step[1], step[2]))
        else:
            new = _form(KINDS[name]).records(step[1])
            self.made += len(new)
            self._parts[name].append((new, 0, len(new)))

    def snapshot(self, beside: Mapping[str, Any]) -> Snapshot:
        records: dict[str, Any] = {name: _together(self._parts[name]) for name in RECORDS}
        return Snapshot(
            **{name: beside[name] for name in _SIMPLE},
            as_of=dt.datetime.fromisoformat(beside["as_of"]).astimezone(ZoneInfo(beside["timezone"])),
            today=dt.date.fromisoformat(beside["today"]),
            accounting={tab: Accounting(*counted) for tab, counted in beside["accounting"].items()},
            tab_ids=beside["tab_ids"],
            **records,
        )

    def alerts(self) -> tuple[model.Alert, ...]:
        return _together(self._parts["alerts"])


_Part = tuple[Sequence[Any], int, int]
"""Records, and from which of them to which."""


def _together(parts: Sequence[_Part]) -> tuple[Any, ...]:
    if len(parts) == 1 and parts[0][1:] == (0, len(parts[0][0])):
        return tuple(parts[0][0])
    every: list[Any] = []
    for some, first, last in parts:
        for at in range(first, last, STEP):
            every += some[at : min(last, at + STEP)]
    return tuple(every)


# --- records by column -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Form:
    """How records of a kind are written: by column, each distinct value once."""

    kind: type
    values: Callable[[Any], tuple[Any, ...]]
    make: Callable[..., Any]
    turns: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]] | None, ...]
    """For each field how its values become JSON, and back; None where they are."""

    def columns(self, records: Sequence[Any]) -> list[Line]:
        by_column = zip(*map(self.values, records), strict=True) if records else ()
        return [
            _column(column, turn[0] if turn else None)
            for column, turn in zip(by_column, self.turns, strict=bool(records))
        ]

    def records(self, columns: Sequence[Line]) -> list[Any]:
        given = []
        for (distinct, places), turn in zip(columns, self.turns, strict=True):
            back = turn[1] if turn else _interned
            values = [None if one is None else back(one) for one in distinct]
            given.append(values if places is None else map(values.__getitem__, places))
        return list(map(self.make, *given))

    def one_written(self, record: Any) -> list[Line]:
        return self.columns([record])

    def one_read(self, columns: Sequence[Line]) -> Any:
        return self.records(columns)[0]

    def several_read(self, columns: Sequence[Line]) -> tuple[Any, ...]:
        return tuple(self.records(columns)) if columns else ()


def columns(records: Sequence[Any]) -> list[Line]:
    """Records of one kind, to be read by `records`."""
    return _form(type(records[0])).columns(records) if records else []


def records(kind: type[_Record], given: Sequence[Line]) -> tuple[_Record, ...]:
    return _form(kind).several_read(given)


def _column(values: Sequence[Any], turn: Callable[[Any], Any] | None) -> Line:
    place: dict[tuple[type, Any], int] = {}  # by type too: True is not 1 here
    places = [place.setdefault((value.__class__, value), len(place)) for value in values]
    distinct = [value if value is None or turn is None else turn(value) for _, value in place]
    return [distinct, None if len(distinct) == len(places) else places]


def _interned(value: Any) -> Any:
    """The same IDs and names come on many lines."""
    return sys.intern(value) if type(value) is str else value


_forms: dict[type, _Form] = {}


def _form(kind: type) -> _Form:
    if kind not in _forms:
        hints = get_type_hints(kind)
        names = [one.name for one in fields(kind)]
        _forms[kind] = _Form(
            kind, operator.attrgetter(*names), quick(kind), tuple(_turned(hints[name]) for name in names)
        )
    return _forms[kind]


def _turned(hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]] | None:
    given = get_args(hint)
    if get_origin(hint) is tuple:
        if not is_dataclass(given[0]):
            return list, tuple
        form = _form(given[0])  # type: ignore[arg-type]
        return form.columns, form.several_read
    for one in given or (hint,):
        if one is dt.datetime:
            return dt.datetime.isoformat, dt.datetime.fromisoformat
        if one is dt.date:
            return dt.date.isoformat, dt.date.fromisoformat
        if one is dt.time:
            return dt.time.isoformat, dt.time.fromisoformat
        if is_dataclass(one):
            form = _form(one)  # type: ignore[arg-type]
            return form.one_written, form.one_read
    return None


# --- numbers by column -------------------------------------------------------------------------------------------

Head = tuple[str, str, int]
"""A column's name, what its numbers are as numpy writes it, and how many there are."""


def put(path: Path, columns: Mapping[str, NDArray[Any]]) -> list[Head]:
    """Write columns of numbers into a file: millions of them as text would keep everybody waiting."""
    with path.open("wb") as file:
        for numbers in columns.values():
            numbers.tofile(file)
    return [(name, numbers.dtype.str, len(numbers)) for name, numbers in columns.items()]


def taken(path: Path, heads: Sequence[Head]) -> dict[str, NDArray[Any]]:
    """The columns, and the file is gone. Raises `OSError` where it does not hold them."""
    import numpy as np

    with path.open("rb") as file:
        path.unlink()
        columns = {}
        for name, kind, number in heads:
            columns[name] = np.fromfile(file, kind, number)
    if any(len(columns[name]) != number for name, _, number in heads):
        raise OSError("cut short")
    return columns
