"""The text of every page is plain American English, for each kind of viewer."""

import re
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from cwac.settings import Settings
from tests.test_words import old_words
from tests.web.conftest import PAGES, opened, words
from tests.web.test_pages import VIEWS

URLS = re.compile(r"\]\([^)]*\)|https?://\S+")


def texts(page: AppTest) -> Iterator[str]:
    """Each line of text, the labels and options of widgets, and the headers of tables."""
    yield from words(page).splitlines()
    for kind in (
        "button",
        "selectbox",
        "multiselect",
        "button_group",
        "checkbox",
        "toggle",
        "text_input",
        "date_input",
    ):
        for element in getattr(page, kind, ()):
            yield str(getattr(element, "label", ""))
            yield str(getattr(element, "help", "") or "")
            yield from (str(getattr(option, "content", option)) for option in getattr(element, "options", ()))
    for frame in page.dataframe:
        yield from map(str, frame.value.columns)


def wrong_lines(page: AppTest) -> set[str]:
    lines = {URLS.sub("]", line) for line in texts(page)}
    return {f"{line[:120]!r}: {wrong}" for line in lines for wrong in old_words(line)}


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["coordinator", "liaison SCSO", "public"])
def test_text_of_each_page_is_plain_american(serve: Callable[[Settings], None], viewer: str) -> None:
    serve(Settings())
    wrong: list[str] = []
    for page in PAGES:
        views = VIEWS.get(page, [{}])
        # The views differ for a coordinator most; others are shown the same texts or fewer.
        for query in views if viewer == "coordinator" else views[:1]:
            shown = wrong_lines(opened(page, **query, **{"as": viewer}))
            wrong += [f"{page} {' '.join(query.values())} {line}" for line in sorted(shown)]
    assert wrong == [], "\n".join(wrong)
