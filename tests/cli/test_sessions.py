"""Commands print what `sessions/*.txt` says, on the right stream and with the right exit status."""

import pytest

from tests.cli.sessions import FILES, replayed, sessions

SESSIONS = {f"{file.stem}: {promise}": text for file in FILES for promise, text in sessions(file).items()}


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_commands_print_what_is_written_down(session: str) -> None:
    """After a change that is meant to show, `python -m tests.cli.sessions` writes it anew: read what differs."""
    assert replayed(session) == session


def test_no_planted_secret_is_among_what_is_printed() -> None:
    printed = [line for text in SESSIONS.values() for line in text[text.index("$ ") :].splitlines()]
    assert [line for line in printed if "planted" in line and not line.startswith("$ ")] == []
