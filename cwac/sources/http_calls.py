"""HTTP calls that share one deadline: bounded answers, no redirects, no cookies, and what went wrong in words."""

from __future__ import annotations

import datetime as dt
import email.utils
import logging
import math
import re
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, TypeVar

import orjson
import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from cwac import logs
from cwac.clock import read_clock
from cwac.model import RemedyStep, SourceUnavailable

_Result = TypeVar("_Result")
_Session = TypeVar("_Session", bound=requests.Session)
_Kind = TypeVar("_Kind")


class TooLate(Exception):  # noqa: N818
    """The deadline of a whole fetch has passed; `args` has its seconds."""


class TooBig(Exception):  # noqa: N818
    """An answer is longer than what was asked for."""


MOST_BYTES = 64 * 2**20
"""Of an answer that is read whole."""


class Sockets:
    """Sockets that can be cut from another thread."""

    def __init__(self) -> None:
        self._sockets: set[socket.socket] = set()
        self.is_cut = False

    def keep(self, sock: socket.socket) -> None:
        """Cut this socket too, now or later."""
        self._sockets.add(sock)
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """End every connection, and any that is opened later."""
        self.is_cut = True
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not the TLS socket's own method, which would break the session that the other thread uses.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """Opens connections whose sockets can be cut, and bounds answers that are read whole."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        super().__init__()

    def send(self, request: PreparedRequest, stream: bool = False, *args: Any, **kwargs: Any) -> Response:
        """Send a request. Raises `TooBig` if the answer is to be read whole and is over `MOST_BYTES`."""
        response = super().send(request, True, *args, **kwargs)
        if not stream:
            with response:
                response._content = _body(response, MOST_BYTES)
        return response

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        keep = self.sockets.keep

        class Kept(type(pool).ConnectionCls):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                keep(self.sock)

        pool.ConnectionCls = Kept
        return pool


def within(left: float, sockets: Sockets, send: Callable[[], _Result]) -> _Result | None:
    """What `send` returns, or None if it takes more than `left` seconds; then its sockets are cut.

    Timeouts limit each wait for a byte, not the whole request, and a name lookup has no timeout. So the request runs in
    a thread of its own; cutting its sockets ends the thread too.
    """
    answer: Future[_Result] = Future()

    def run() -> None:
        try:
            answer.set_result(send())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="cwac-source", daemon=True).start()
    if not wait([answer], left).done:
        sockets.cut()
        return None
    return answer.result()


MOST_JSON = 4 * 2**20
"""Bytes of an answer that is not the workbook."""

WEB, SIGN_IN = "https://docs.google.com", "accounts.google.com"
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


class Answer(NamedTuple):
    """An HTTP answer; of its body at most as many bytes as were asked for. `received` is our clock at its headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: dt.datetime


class Calls:
    """HTTP calls that share a deadline, in seconds. Raises `TooLate` after it, and network errors of requests."""

    def __init__(self, seconds: float, connect: float, read: float) -> None:
        self._seconds, self._waits = seconds, (connect, read)
        self._until = time.monotonic() + seconds
        self._adapter = Adapter()
        self._session = self.prepare(requests.Session())

    def prepare(self, session: _Session, agent: str = "cwac") -> _Session:
        """Have a session use connections that end at the deadline, follow no redirect, and send no password."""
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        session.headers["User-Agent"] = agent
        session.auth = lambda request: request  # else requests takes a password for the host out of ~/.netrc
        # requests would look for a password for the new host, and read the whole body of a redirect.
        session.get_redirect_target = lambda _: None  # type: ignore[assignment,method-assign]
        return session

    def close(self) -> None:
        self._session.close()

    def pause(self, seconds: float) -> None:
        """Sleep, and move the deadline by as much."""
        time.sleep(seconds)
        self._until += seconds

    def within(self, send: Callable[[tuple[float, float]], _Result], seconds: float = math.inf) -> _Result:
        """What `send` returns, given the two waits of requests; raises `TooLate` at the deadline or after `seconds`."""
        left = min(self._until - time.monotonic(), seconds)
        connect, read = (min(each, left + 1) for each in self._waits)  # the deadline itself is kept by `within`
        answer = within(left, self._adapter.sockets, lambda: send((connect, read))) if left > 0 else None
        if answer is None:
            raise TooLate(self._seconds)
        return answer

    def request(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        limit: int = MOST_JSON,
        whole: bool = True,
        **more: Any,
    ) -> Answer:
        """The answer to a request. A body beyond `limit` bytes raises `TooBig`, or is cut off there if not `whole`."""

        def send(waits: tuple[float, float]) -> Answer:
            with self._session.request(
                method, address, headers=dict(headers or {}), timeout=waits, stream=True, allow_redirects=False, **more
            ) as response:
                self._session.cookies.clear()
                received = read_clock()
                return Answer(response.status_code, response.headers, _body(response, limit, whole), received)

        return self.within(send)


PATIENCE, SHORTEST = 0.8, 8.0
"""Share of the refresh interval after which a source counts as not answering, and the shortest deadline in seconds."""


class Patience:
    """The deadline of the next fetch in seconds, at most `deadline`.

    It is `patience`, or three times the duration of the last fetch, and doubles after each miss. `connect` and `read`
    limit each wait for the network.
    """

    def __init__(
        self, deadline: float = 90.0, patience: float = math.inf, connect: float = 10.0, read: float = 60.0
    ) -> None:
        self._deadline, self._patience, self._waits = deadline, patience, (connect, read)
        self.seconds = min(deadline, patience)

    @contextmanager
    def calls(self) -> Iterator[Calls]:
        """The calls of one fetch, which takes as long as the block."""
        began = time.monotonic()
        calls = Calls(self.seconds, *self._waits)
        try:
            yield calls
        except TooLate:
            self.missed()
            raise
        finally:
            calls.close()
        self.seconds = min(self._deadline, max(self._patience, 3 * (time.monotonic() - began)))

    def missed(self) -> None:
        """Note that the deadline has passed: the next one is twice as far away."""
        self.seconds = min(self._deadline, 2 * self.seconds)


def patience_for(refresh_seconds: float) -> float:
    """The `patience` of a source in seconds, where it is looked at once in that interval."""
    return max(SHORTEST, PATIENCE * refresh_seconds)


def _body(response: requests.Response, limit: int, whole: bool = True) -> bytes:
    if response.status_code in REDIRECTS or (limit == 0 and not whole):
        return b""
    body = bytearray()
    for chunk in response.iter_content(min(limit, 65_536) or 1):
        body += chunk
        if whole and len(body) > limit:
            raise TooBig(limit)
        if len(body) >= limit and not whole:
            break
    return bytes(body[:limit])


class RefusedCall(Exception):  # noqa: N818
    """An HTTP answer other than success; `content` is its JSON object, if any, and `error` the one within it, or it."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.content = status, headers, json_object(body)
        error = self.content.get("error")
        self.error: Mapping[str, Any] = error if isinstance(error, dict) else self.content
        self.message = str(self.error.get("message", ""))


def json_object(body: bytes) -> Mapping[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def json_part(content: object, name: str, kind: type[_Kind], default: _Kind | None = None) -> _Kind:
    """A member of a JSON object. Raises `ValueError` if it is of another type, or missing without a default."""
    part = content.get(name, default) if isinstance(content, dict) else None
    if not isinstance(part, kind):
        raise ValueError(name)
    return part


log = logging.getLogger(__name__)

MOST_SECONDS = 86_400.0
"""The longest Retry-After: a day."""


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After, in seconds or as a date, as seconds from now; at most a day."""
    typed = (retry_after or "").strip()
    if typed.isdecimal():
        return min(float(typed), MOST_SECONDS)
    try:
        until = email.utils.parsedate_to_datetime(typed)
        left = (until.replace(tzinfo=until.tzinfo or dt.UTC) - read_clock()).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(left, 0.0), MOST_SECONDS)


@cache  # a file of this package, which does not change while the process runs
def _tables() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(resources.files("cwac.sources").joinpath("refusals.toml").read_text(encoding="utf-8"))


def explain_by_table(
    table: str, words: Collection[str], names: Mapping[str, object], wait: str | None = None
) -> SourceUnavailable:
    """The row of a table of `refusals.toml` for these words; `names` are in braces there, `wait` is the Retry-After."""
    said = set(words)
    row = next(row for row in _tables()[table] if any(said.issuperset(words_of.split()) for words_of in row["on"]))
    passes = row.get("passes", False)
    steps = [by(who, do.format_map(names)) for who, do in row.get("remedy", ())]
    return SourceUnavailable(
        row["cause"],
        row["sentence"].format_map(names),
        steps or [waiting(GOOGLE.what if table in ("google", "link") else MICROSOFT.what, row.get("lasts", ""))],
        permanent=not passes,
        retry_after=seconds_of(wait) if passes and row["cause"] != "bad-answer" else None,
    )


OPERATOR = "Whoever runs this program"


def by(who: str, do: str) -> RemedyStep:
    """A step that this person must take, or that anybody can."""
    return RemedyStep(f"{who}: " if who else "", do)


def waiting(what: str, lasts: str = "") -> RemedyStep:
    """The step of those who wait until `what` is read again; `lasts` says what to do if that does not help."""
    wait = f"Nothing to do: the {what} is read again in a while."
    return RemedyStep(f"{wait} If this lasts, ", lasts) if lasts else RemedyStep("", wait)


def one_word(codes: Iterable[str]) -> str:
    """The first of the codes that is a plain word, after a comma; empty if none is."""
    return next((f", {code}" for code in sorted(codes) if re.fullmatch(r"\w{1,60}", code)), "")


class Service(NamedTuple):
    """A service that is asked for a sheet or workbook, and what can be wrong with any HTTP answer of it."""

    name: str
    what: str

    def unreachable(self, why: str) -> SourceUnavailable:
        """It could not be reached, as the clause `why` says."""
        steps = [waiting(self.what, "look at the internet connection of this server.")]
        return SourceUnavailable("unreachable", f"{self.name} could not be reached: {why}.", steps, permanent=False)

    def bad_answer(self, why: str = "could not be read") -> SourceUnavailable:
        """Its answer cannot be used, as the end of the sentence `why` says."""
        return SourceUnavailable("bad-answer", f"{self.name}'s answer {why}.", [waiting(self.what)], permanent=False)

    def explain(self, error: Exception) -> SourceUnavailable:
        """An exception of a fetch; one that is not of the network is logged, without its message."""
        if isinstance(error, SourceUnavailable):
            return error
        if isinstance(error, TooLate):
            return self.unreachable(f"it did not answer within {error.args[0]:.3g} seconds")
        if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
            return self.bad_answer("was cut off")
        if isinstance(error, OSError):  # those of requests, too
            inner = error.args[0] if error.args else None
            reason = getattr(inner, "reason", inner)
            if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
                return self.unreachable("it did not answer in time")
            if isinstance(error, requests.exceptions.SSLError):
                return self.unreachable("no secure connection could be made")
            if isinstance(reason, NameResolutionError):
                return self.unreachable("its name could not be looked up")
            is_refused = isinstance(reason, NewConnectionError)
            return self.unreachable("no connection could be made" if is_refused else "the connection broke off")
        if not isinstance(error, ValueError):
            # ValueError: not JSON, or not that of the service (a hotel's sign-in page). For the rest: a dozen libraries
            # are between here and there, and no exception of theirs may break a page.
            log.error("Unexpected %s while reading the %s at %s", type(error).__name__, self.what, logs.place(error))
        return self.bad_answer()


GOOGLE, MICROSOFT = Service("Google", "sheet"), Service("Microsoft", "workbook")
