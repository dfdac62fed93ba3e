"""One workbook at every source: stand-ins for Google and Microsoft, a file, and the settings that read each."""

import datetime as dt
import io
import logging
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import cache, reduce
from pathlib import Path
from typing import Any, Self

import openpyxl
import pytest
import tomlkit
from cryptography.hazmat.primitives.serialization import Encoding
from google.auth.compute_engine import _metadata

from cwac import logs
from cwac.model import Snapshot
from tests.server import SheetsServer
from tests.server.entra import CLIENT, SECRET, TENANT, make_certificate
from tests.server.google_auth import SHEETS, GoogleAuthServer
from tests.server.graph import GraphServer
from tests.server.link_export import LinkExport

KINDS = ("key", "default", "link", "secret", "certificate", "identity", "file")
"""By key, default credentials and link at Google; by secret, certificate and managed identity at Microsoft; a file."""
GOOGLE, MICROSOFT = KINDS[:3], KINDS[3:6]


def sheet_with_oddities() -> bytes:
    """A workbook with dates, times, hours, merged cells, error cells, a formula and rows that cannot be used."""
    book = openpyxl.Workbook()
    events: Any = book.active
    events.title = "Events"
    events.append(["Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Notes"])
    events.append(["EV-1", dt.date(2026, 10, 7), dt.time(9), dt.time(10, 30), "Weed", "Cafe A", "WPD", "first"])
    events.append(["EV-2", "Oct 14, 2026", "9 to 10:30", None, "Yreka", "Café B", "YPD", None])
    events.append(["EV-3", "sometime", dt.time(8, 20), None, "Mt. Shasta", None, "MSPD", None])
    events.append(["EV-4", dt.date(2026, 11, 4), None, None, "Atlantis", "Cafe C", "NOPE", None])
    events.append([])
    events.append(["EV-1", dt.date(2026, 12, 2), None, None, "Etna", None, "EPD", "the same ID again"])
    events["H3"].value, events["H3"].data_type = "#REF!", "e"
    events.merge_cells("G4:H4")
    staffing = book.create_sheet("Staffing")
    staffing.append(["Event ID", "Officer", "Agency", "Position", "Hours"])
    staffing.append(["EV-1", "A. Sample", "WPD", "Lead", 1.5])
    staffing.append(["EV-1", "B. Sample", "WPD", "Support", "2:30"])
    staffing.append(["EV-9", "C. Sample", "YPD", "Lead", "two"])
    attendance = book.create_sheet("Attendance")
    attendance.append(["Event ID", "Guests", "Entered on"])
    attendance.append(["EV-1", 18, dt.date(2026, 10, 8)])
    attendance.append(["EV-2", "about 20", None])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def comparable(snapshot: Snapshot) -> dict[str, object]:
    """All of it, but the source, the time, links and the tabs' IDs."""
    left_out = {"source", "as_of", "url", "web_url", "content_hash", "tab_ids"}
    values = {field.name: getattr(snapshot, field.name) for field in fields(snapshot) if field.name not in left_out}
    without_links = [
        {field.name: getattr(problem, field.name) for field in fields(problem) if field.name != "link"}
        for problem in snapshot.problems
    ]
    return values | {"problems": without_links}


class Everywhere:
    """The stand-ins for the `kinds`, with the same workbook at each; `folder` has the file and the app's certificate.

    with Everywhere(content, folder) as places:
        places.settings("link")     # the text of a secrets.toml
        places.environment          # what this machine's default credentials and managed identity need
        places.secrets()            # what no log, message or page may hold
    """

    def __init__(self, content: bytes, folder: Path, *, tls: bool = True, kinds: Collection[str] = KINDS) -> None:
        self.file = folder / "plan.xlsx"
        self.file.write_bytes(content)
        self.google = SheetsServer(self.file)
        self.auth = GoogleAuthServer(self.google)
        self.auth.machine.scopes.add(SHEETS)
        self.link = LinkExport(content)
        self._authority = folder / "ca.pem"
        # With a certificate an app signs in over TLS alone.
        self.graph = GraphServer(content, certificate=self._authority if tls else None)
        self.graph.entra.certificate, self._certificate_key = _certificate()
        self.certificate = folder / "app.pem"
        self.certificate.write_text(
            self.graph.entra.certificate.public_bytes(Encoding.PEM).decode() + self._certificate_key
        )
        self.certificate.chmod(0o600)
        self._servers = (self.google, self.auth, self.link, self.graph)
        self._kinds, self._stack = kinds, ExitStack()

    def __enter__(self) -> Self:
        reads = {self.google: GOOGLE[:2], self.auth: ("default",), self.link: ("link",), self.graph: MICROSOFT}
        for server, of in reads.items():
            if not set(of).isdisjoint(self._kinds):
                self._stack.enter_context(server)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.auth.environment,
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": self.graph.imds,
            **({"REQUESTS_CA_BUNDLE": str(self._authority)} if self._authority.exists() else {}),
        }

    def address(self, kind: str) -> str:
        """The sheet's address or the workbook's sharing link."""
        if kind == "link":
            return f"https://docs.google.com/spreadsheets/d/{self.link.id}/edit?usp=sharing"
        return self.google.url if kind in GOOGLE else self.graph.link

    def gsheets(self, kind: str) -> dict[str, Any]:
        """`[connections.gsheets]` without the sheet's address."""
        endpoints = {"api_endpoint": self.google.endpoint, "web_endpoint": self.link.address("docs")}
        credentials: Mapping[str, Any] = {
            "key": self.google.key,
            "default": {"credentials": "default"},
            "link": {"credentials": "none"},
        }[kind]
        return {**credentials, **endpoints}

    def microsoft(self, kind: str) -> dict[str, Any]:
        """`[connections.microsoft]` without the workbook's place."""
        ways: Mapping[str, dict[str, Any]] = {
            "secret": {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET},
            "certificate": {"tenant": TENANT, "client_id": CLIENT, "certificate": str(self.certificate)},
            "identity": {"managed_identity": True},
        }
        return {**ways[kind], "graph": self.graph.graph, "login": self.graph.login}

    def tables(self, kind: str, **sections: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that read the workbook there, after these sections."""
        if kind in GOOGLE:
            return {"connections.gsheets": {"spreadsheet": self.address(kind), **self.gsheets(kind)}, **sections}
        if kind in MICROSOFT:
            return {"connections.microsoft": {"link": self.address(kind), **self.microsoft(kind)}, **sections}
        return {**sections, "cwac": {**sections.get("cwac", {}), "workbook": str(self.file)}}

    def settings(self, kind: str, **sections: Mapping[str, Any]) -> str:
        """The text of a settings file with these tables."""
        return toml(self.tables(kind, **sections))

    def secrets(self) -> list[str]:
        """Keys, tokens, tickets and sharing links, those given until now among them."""
        keys = "\n".join((self.google.key["private_key"], self._certificate_key)).split("\n")
        return [
            *(line for line in keys if len(line) > 30 and "-----" not in line),
            SECRET,
            *self.google.tokens.given,
            *self.auth.given,
            *self.graph.entra.given,
            *self.graph._downloads,
            *self.link._keys,
            self.graph.link.rpartition("/")[2].partition("?")[0],
        ]

    def forget_calls(self) -> None:
        for server in self._servers:
            server.calls.clear()

    def calls(self) -> dict[str, int]:
        """Requests since the last `forget_calls`, by kind."""
        return {call: count for server in self._servers for call, count in server.calls.items() if count}

    def edit(self, content: bytes) -> None:
        """Somebody changes the workbook, everywhere."""
        self.file.write_bytes(content)
        with SheetsServer(self.file) as other:
            book = other.book
        book.id = self.google.book.id
        self.google.book = book
        self.google.books = {book.id: book}
        self.link.content = content
        self.graph.item.write(content)


_certificate = cache(make_certificate)


def toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """The sections as the text of a settings file."""
    document: dict[str, Any] = {}
    for name, table in tables.items():
        *outer, last = name.split(".")
        reduce(lambda within, part: within.setdefault(part, {}), outer, document)[last] = table
    return tomlkit.dumps(document)


@contextmanager
def on_this_machine(places: Everywhere | GoogleAuthServer, folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """This process on a machine with these default credentials and this managed identity, without other settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name
            for name in os.environ
            if name.startswith(("CWAC_", "GOOGLE_", "STREAMLIT_", "HTTP_PROXY", "http_proxy"))
        ]:
            patch.delenv(name)
        patch.setenv("CLOUDSDK_CONFIG", str(folder / "no gcloud"))
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        for name, value in places.environment.items():
            patch.setenv(name, value)
        patch.setattr(_metadata, "_GCE_METADATA_HOST", places.environment["GCE_METADATA_HOST"])
        patch.chdir(folder)
        yield patch


def write_settings(text: str, folder: Path) -> Path:
    path = folder / ".streamlit" / "secrets.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What every logger of this process writes at level DEBUG, as the dashboard has set up those of libraries."""
    logs.quiet_libraries()
    loggers = map(logging.getLogger, [None, *logging.root.manager.loggerDict])
    before = {logger: logger.level for logger in loggers}
    handler = logging.StreamHandler(io.StringIO())
    logging.root.addHandler(handler)
    # `setLevel` of one of them makes all forget their levels, which would take most of the time if each called it.
    for logger in before:
        logger.level = logging.DEBUG
    logging.root.setLevel(logging.DEBUG)
    try:
        yield handler.stream
    finally:
        logging.root.removeHandler(handler)
        for logger, level in before.items():
            logger.level = level
        logging.root.setLevel(before[logging.root])
