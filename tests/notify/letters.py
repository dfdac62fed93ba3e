"""Messages to look at in a browser: the digest and each warning of a county in a full week."""

import tempfile
from dataclasses import replace

from cwac.storage.store import Store
from tests.notify.test_stories import play

LEAVE = "https://coffee.example.gov/unsubscribe/TOKEN-digest"
LATE = "This message is late: none could be delivered since Sat, Oct 3, 8:30 AM. What is past by now is left out."


def messages():
    """Name -> message: a digest, warnings of every topic, an officer's shifts, the state of the sheet, a late one."""
    messages = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/store.sqlite3")
        for _, envelopes in play(store, "full week of a county"):
            messages |= {f"{each.recipient.name.split('@')[0]}-{each.kind}": each.message for each in envelopes}
        store.close()
    notes = (LATE, "2 events with open positions took place meanwhile.")
    return messages | {"late": replace(messages["chief-warnings"], notes=notes)}
