"""`cwac notify`: what would be sent to whom, a test message, and sending again to somebody who left."""

import pytest

from cwac.clock import read_clock
from cwac.notify import deliveries
from cwac.storage.store import Store
from tests.cli.conftest import nothing_configured  # noqa: F401
from tests.cli.plan import refusal, run
from tests.notify.county import URL, Plan, at
from tests.notify.mail_server import mail_server

SETTINGS = """
[connections.gsheets]
spreadsheet = "{url}"
[cwac]
address = "https://coffee.example.gov"
[access]
viewers = ["@wpd.example.gov"]
[notify]
sender = "coffee@example.gov"
server = "127.0.0.1"
security = "none"
port = {port}
[notify.agencies.WPD]
to = ["chief@wpd.example.gov"]
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    configure(tmp_path)
    monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    plan = Plan().event("E1", 3, "WPD", **{"Officers needed": 2}).staff("E1", "OF-1").staff("E1", "OF-2")
    store.keep(plan.workbook(at(-2, 7)))
    store.keep(plan.unstaff("E1", "OF-2").workbook(at(0, 9)))
    yield store
    store.close()


def configure(tmp_path, port=25):
    path = tmp_path / ".streamlit" / "secrets.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(SETTINGS.format(port=port, url=URL), encoding="utf-8")
    path.chmod(0o600)


def test_dry_run_prints_what_would_be_sent_to_whom_and_why_and_sends_nothing(store, monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Europe/Berlin")  # of files alone: the sheet has its own
    printed = run("notify", "--dry-run", "--on", "2026-10-05").stdout
    assert "To chief@wpd.example.gov (email): warnings\n  Would be sent now. Never told before" in printed
    assert "  | * Wed, Oct 7, 9:00–10:30 AM, Depot, Weed: Berta Weedova no longer assigned" in printed
    assert "To chief@wpd.example.gov (email): the weekly digest\n" in printed
    assert "Careful: Nobody is told about SCSO" in printed
    assert printed.splitlines()[-1] == (
        "2 messages to send, by what is known on Mon, Oct 5, 2026, 7:00 AM Pacific Time."
    )
    assert deliveries.recipients(store) == {}


@pytest.mark.usefixtures("store")
def test_dry_run_of_another_agency_prints_nothing_of_this_one():
    assert run("notify", "--dry-run", "--agency", "SCSO", "--on", "2026-10-05").stdout.splitlines()[-1].startswith("0 ")
    assert "Berta" in run("notify", "--dry-run", "--agency", "wpd", "--on", "2026-10-05").stdout


def test_test_message_goes_to_the_address_and_says_nothing_of_the_sheet(store, tmp_path):
    with mail_server() as (inbox, port):
        configure(tmp_path, port)
        run("notify", "test", "--to", "somebody@example.org")
        ((to, message),) = inbox.messages
    assert (to, message["Subject"]) == (("somebody@example.org",), "Coffee with a Cop: a test")
    assert "refuses connections" in refusal("notify", "test", "--to", "somebody@example.org")
    assert [entry.action for entry in store.audited()] == ["sent a test message to somebody@example.org"]


def test_address_that_stopped_its_messages_is_resumed(store):
    now = read_clock()
    mine = deliveries.claim(store, "chief@wpd.example.gov", now, 60)
    deliveries.release(mine)
    deliveries.leave(store, deliveries.make_link(store, "chief@wpd.example.gov", "digest"))
    run("notify", "resume", "--to", "chief@wpd.example.gov")
    assert deliveries.recipients(store)["chief@wpd.example.gov"].left_kinds == ()
    assert "Nothing was ever sent" in refusal("notify", "resume", "--to", "x@y.example")


@pytest.mark.usefixtures("store")
def test_without_dry_run_or_section_it_says_what_to_do(tmp_path):
    assert "--dry-run" in refusal("notify")
    (tmp_path / ".streamlit" / "secrets.toml").write_text(f'[connections.gsheets]\nspreadsheet = "{URL}"\n')
    assert "no section [notify]" in refusal("notify", "--dry-run")
