"""Each page of `screens/` shows what is written down there.

After a change that is meant to show, `python -m tests.web.screen_text` writes them anew: read what differs.
"""

from pathlib import Path

import pytest

from tests.web.screen_text import FOLDER, drawn, screens

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_page_shows_what_is_written_down(file: Path) -> None:
    written = screens(file.read_text(encoding="utf-8"))
    assert drawn(file.stem, list(written)) == written
