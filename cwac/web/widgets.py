"""Widgets that pages share: escaped text, tables, filters kept in the URL, links, downloads."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
import streamlit as st

from cwac import logs
from cwac.one_line import one_line
from cwac.settings import PROJECT
from cwac.storage import audit

_log = logging.getLogger(__name__)
_Item = TypeVar("_Item")

# --- text as text -------------------------------------------------------------------------------------------------

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINKED_ANYWAY = re.compile(r"(?i)(?:https?|ftp)(?=\\:)|\bwww(?=\\\.)|\\@|\\:(?=streamlit\\:)|\\[-<>~](?=\\[-=>])")


def md(text: object) -> str:
    """Escape text from the sheet for any Streamlit element that reads Markdown.

    Backslashes alone are not enough: Streamlit links addresses and replaces arrows after it has removed them.
    """
    return "" if text is None else _escaped(str(text))


@lru_cache(maxsize=8192)  # a pure function of its argument: the same names and days are on every page
def _escaped(text: str) -> str:
    escaped = _PUNCTUATION.sub(r"\\\1", one_line(text))
    return _LINKED_ANYWAY.sub(lambda match: match.group(0) + "\u2060", escaped)


_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_LINK = r"https://[\w./?=&%#:-]*[\w/=-]"
_EXACT = re.compile(f"((?>{_LINK})(?!…)|{_EMAIL})")
"""A link with "…" at its end is an example, and no value."""
LINKED_HOSTS = ("console.cloud.google.com", "console.developers.google.com")
"""Hosts that a sentence of ours may link to: none with pages that anybody writes, since it may quote a tab's name."""


def exact_values(sentence: str) -> list[str]:
    """The email addresses and links in a sentence of ours, for people to copy."""
    return list(dict.fromkeys(_EXACT.findall(sentence)))


def message_markdown(sentence: str) -> str:
    """A sentence of ours as Markdown: email addresses and links as code, links to `LINKED_HOSTS` as links.

    `md` puts invisible characters into them, and what is copied then does not work.
    """
    parts = _EXACT.split(sentence)  # text, value, text, …
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = f"[`{part}`]({part})" if _may_link(part) else f"`{part}`"
        else:
            parts[place] = " " * part[:1].isspace() + md(part) + " " * part[-1:].isspace()
    return "".join(parts).strip()


def _may_link(value: str) -> bool:
    return value.startswith("https://") and urlsplit(value).netloc in LINKED_HOSTS


def show_to_copy(sentence: str) -> None:
    """Show each email address and link in a sentence of ours with a copy button, and links to follow."""
    for value in exact_values(sentence):
        st.code(value, language=None, wrap_lines=True)
        if _may_link(value):
            st.link_button(f"Open {md(urlsplit(value).netloc)}", value)


# --- tables -------------------------------------------------------------------------------------------------------

AT_ONCE = 60
"""Rows of a list on one page of it."""


def table(columns: Mapping[str, Sequence[object]], alt: str) -> None:
    """A table of Markdown cells and headers. Built as Arrow, which avoids a pandas frame on each rerun."""
    st.table(pa.table(dict(columns)), border="horizontal", hide_index=True, alt=alt)


# --- filters in the URL -------------------------------------------------------------------------------------------

_QUERY = "_asked"


def remember_query() -> None:
    """Remember the URL's parameters. Call this before the first widget, since Streamlit removes invalid ones."""
    st.session_state[_QUERY] = {key: tuple(st.query_params.get_all(key)) for key in st.query_params}


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def is_phone() -> bool:
    """Whether the user agent is a phone's."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


class FilterRow:
    """A row of filters, each kept in the URL under its key. Unknown values in a link are reported below the row."""

    def __init__(self, place: Any = None) -> None:
        """`place` is the container of the filters; a row of their own by default."""
        self._row = place or st.container(horizontal=True, vertical_alignment="bottom")
        self._unknown: list[str] = []

    def __enter__(self) -> FilterRow:
        return self

    def __exit__(self, *_: object) -> None:
        self.report_unknown()

    def report_unknown(self) -> None:
        if self._unknown:
            st.info(f"The link asks for {', '.join(self._unknown)}, which is not known here, so it is left out.")

    def view(self, label: str, options: Sequence[str], key: str, labels: Mapping[str, str] | None = None) -> str:
        """The selected one of a few views, the first by default. `labels` is option (as in URLs) -> text shown.

        A link may also name the view as it is shown.
        """
        shown = {option: text for option, text in (labels or {}).items() if option in options}
        self._check(label, [*options, *shown.values()], key)
        requested = st.query_params.get(key)
        requested = next((option for option, text in shown.items() if text == requested), requested)
        control = self._row.segmented_control
        chosen = _stepping(control, label, options, key, requested, shown, required=True, wrap=True)
        name_tab(shown.get(chosen, chosen))
        return chosen

    def choice(self, label: str, options: Sequence[str], key: str, default: str) -> str:
        """The selected one of a few options with long names, all in sight."""
        self._check(label, options, key)
        return str(
            self._row.pills(label, options, default=default, required=True, key=key, bind="query-params", wrap=True)
        )

    def select(
        self,
        label: str,
        options: Sequence[str],
        key: str,
        width: int = 200,
        labels: Mapping[str, str] | None = None,
        resets: str | None = None,
        default: str | None = None,
    ) -> str:
        """The selected option, the first unless there is a default. `labels` is option (as in URLs) -> text shown.

        With `labels`, another choice also resets the filter of the key `resets`.
        """
        self._check(label, options, key)
        if labels is None:
            first = options.index(default) if default else 0
            return str(self._row.selectbox(label, options, first, key=key, bind="query-params", width=width))
        # A bound select has the texts shown in the URL.
        requested = st.query_params.get(key)
        return _stepping(self._row.selectbox, label, options, key, requested, labels, resets, width=width)

    def toggle(self, label: str, key: str) -> bool:
        self._check(label, ("true", "false"), key)
        return self._row.toggle(label, key=key, bind="query-params")

    def day(self, label: str, default: dt.date, key: str) -> dt.date:
        days = []
        for typed in st.session_state.get(_QUERY, {}).get(key, ()):
            with suppress(ValueError):
                dt.date.fromisoformat(typed)
                days.append(typed)
        self._check(label, days, key)
        day = self._row.date_input(label, default, key=key, bind="query-params", format="MM/DD/YYYY", width=150)
        return day or default

    def multiselect(
        self, label: str, options: Sequence[str], key: str, width: int = 280, labels: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """The selected options; none means all. `labels` is each option (as in URLs) -> text shown."""
        self._check(label, options, key)
        in_url: dict[str, Any] = {"bind": "query-params"}
        if labels is not None:
            st.session_state[key] = [option for option in st.query_params.get_all(key) if option in options]
            in_url = {"format_func": labels.__getitem__, "on_change": _put_choices_in_url, "args": (key,)}
        return tuple(self._row.multiselect(label, options, key=key, placeholder="All", width=width, **in_url))

    def _check(self, label: str, options: Sequence[str], key: str) -> None:
        requested = st.session_state.get(_QUERY, {}).get(key, ())
        self._unknown += [f'{label.lower()} "{md(value[:40])}"' for value in requested if value not in options]


def _stepping(
    control: Callable[..., Any],
    label: str,
    options: Sequence[str],
    key: str,
    requested: str | None,
    labels: Mapping[str, str],
    resets: str | None = None,
    **look: Any,
) -> str:
    """The option selected in a control of which Back undoes each choice; the first unless one is requested."""
    st.session_state[key] = requested if requested in options else options[0]
    # Not bound to the URL by Streamlit, which replaces the entry in the browser's history: Back would then leave.
    shown, args = (lambda option: labels.get(option, option)), (options[0], key, resets)
    control(label, options, key=key, format_func=shown, on_change=_go_to_view, args=args, **look)
    return str(st.session_state[key])


def _go_to_view(first: str, key: str, resets: str | None = None) -> None:
    """Put the view that was just chosen in the URL, as a step that Back undoes."""
    chosen = st.session_state[key]
    if resets:
        st.query_params.pop(resets, None)
    if chosen == first:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen


def _put_choices_in_url(key: str) -> None:
    st.query_params[key] = st.session_state[key]  # an empty list removes the parameter


PAGE = "_page"
"""Key of the page's title in Streamlit's session state."""
PRODUCT = "Coffee with a Cop"


def name_tab(view: str = "") -> None:
    """Name the page in the title of the browser's tab, with the view on a page that has several."""
    names = [view, st.session_state.get(PAGE, ""), PRODUCT, st.session_state.get(COUNTY, "")]
    st.set_page_config(page_title=" · ".join(filter(None, names)), page_icon="☕", layout="wide")


HEADLINE = "_headline"
"""Key in Streamlit's session state: the place of the page's heading, until the page has stated it."""


def headline(sentence: str) -> None:
    """State what the page answers as its heading of the first level, above the notices."""
    place = st.session_state.pop(HEADLINE, st)
    place.title(md(sentence), anchor=False)


def clear(*keys: str) -> None:
    """Reset these filters; for use as a callback."""
    for key in keys:
        st.session_state.pop(key, None)


def turn_to(place: int, key: str) -> None:
    """Turn `page_of` with this key to the page of the item at that place; call it before."""
    st.session_state[f"page-{key}"] = place // AT_ONCE + 1


def page_of(items: Sequence[_Item], count: str, key: str) -> Sequence[_Item]:
    """Draw `count` (in words) and a pager; return the items of the selected page, at most `AT_ONCE`."""
    pages = -(-len(items) // AT_ONCE)
    if pages < 2:
        st.markdown(count)
        return items
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        label = st.container(width="content")
        number = st.pagination(pages, key=f"page-{key}")
    first = (number - 1) * AT_ONCE
    label.markdown(f"{count}: {first + 1:,} to {min(first + AT_ONCE, len(items)):,}")
    return items[first : first + AT_ONCE]


def page_of_many(items: Sequence[_Item], count: str, key: str) -> Sequence[_Item]:
    """As `page_of`, but a short list has no count, since the heading above says it."""
    return page_of(items, count, key) if len(items) > AT_ONCE else items


COUNTY = "county"
"""Key of the selected county in the URL and in Streamlit's session state."""


EVENT = "event"
"""URL parameter: the event whose dialog is open."""


def county_query(name: str) -> dict[str, str]:
    return {COUNTY: name} if name else {}


PAGES = PROJECT / "pages"
SCRIPTS: Mapping[str, Path] = {file.stem: file.resolve() for file in PAGES.glob("*.py")}
"""Page (the name of its file) -> its script."""


def in_county() -> str:
    """` in Modoc` for the selected county; empty where only one is served."""
    name = st.session_state.get(COUNTY, "")
    return f" in {name}" if name else ""


def link(page: str, label: str, asking: Mapping[str, str]) -> None:
    """A link to a page (the name of its file) of the selected county, with filters set."""
    st.page_link(
        PAGES / f"{page}.py",
        label=label,
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params=county_query(st.session_state.get(COUNTY, "")) | dict(asking),
    )


# --- empty lists and downloads -------------------------------------------------------------------------------------


def empty(sentence: str) -> None:
    """Say what will fill an empty list."""
    st.info(sentence, icon=":material/info:")


AUDIT_NAME = "_who"
"""Key in Streamlit's session state: the viewer's address for the audit log, or `audit.ANONYMOUS`, or their kind."""


STILL_ALLOWED = "_still_open"
"""Key in Streamlit's session state: a function that tells whether the viewer still has access."""


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = "\ufeff".encode()
"""With it Excel on Windows reads a CSV file as UTF-8."""


def file_name(*parts: str | None) -> str:
    """The parts, joined by dashes, as the name of a file: letters, digits, dots, dashes and underscores."""
    plain = (re.sub(r"[^A-Za-z0-9._-]+", "-", part or "").strip("-.")[:80] for part in parts)
    return "-".join(filter(None, plain)) or "event"


def download(
    label: str,
    name: str,
    make: Callable[[], bytes],
    mime: str = "text/csv",
    *,
    key: str | None = None,
    main: bool = False,
    icon: bool = True,
    audited: str | None = None,
) -> None:
    """A download button. The file is made on a click, which is audited and does not rerun the page.

    The audit gets the label, or `audited`: both must be set phrases, as a file's name may have an officer's in it.
    Two buttons for a file of the same name on one page need a `key` each. The page's `main` one has the accent color.
    Without `icon` it looks like the buttons beside it.
    """
    person = st.session_state.get(AUDIT_NAME, "somebody")
    still_allowed = st.session_state.get(STILL_ALLOWED, lambda: False)
    ending, place = f"({Path(name).suffix})", in_county()

    def note(action: str) -> None:
        if person == audit.ANONYMOUS:
            audit.note_stranger(f"{action} a file {ending}")  # each kind of file once an hour
        else:
            audit.note(person, f"{action} {audited or label} {ending}{place}")

    def make_checked() -> bytes:
        if not still_allowed():
            note("was refused")
            raise RuntimeError("The download is no longer open to them")
        note("downloaded")
        try:
            return (_BOM if name.endswith(".csv") else b"") + make()
        except Exception as error:
            # Streamlit would log the exception with its message, which may quote a cell.
            _log.error("A download failed: %s at %s", type(error).__name__, logs.place(error))
            raise RuntimeError("The download could not be made") from None

    st.download_button(
        label,
        make_checked,
        file_name=name,
        mime=mime,
        on_click="ignore",
        type="primary" if main else "secondary",
        icon=":material/download:" if icon else None,
        key=f"download-{key or name}",
    )
