"""Google Sheets on loopback: the real client over real HTTP with a signed key, without Google.

Written from Google's description of its API (`sheets.v4.json`, as shipped in google-api-python-client), against whose
schemas `test_contracts.py` holds every answer. It can be read, not written to.

    with SheetsServer("plan.xlsx") as google:           # or a Workbook, or nothing
        source = GoogleSource(google.url, google.gsheets)   # or google.secrets(): the text of a secrets.toml
        google.book["Events"].set("B2", dt.date(2026, 10, 7))   # people edit …
        google.book.rename("Events", "Plan")
        google.fail("429", 3, retry_after=7)            # … the next three reads are refused …
        google.fail("drip-body", seconds=60, on="batchGet")
        google.fail("503", None)                        # … and then all of them, until
        google.heal()
        google.stop(); google.start()                   # an outage: nothing listens
        google.shared = False                           # also: api_enabled, office_file, clock_offset,
        google.tokens.revoked = True                    # tokens.lifetime, forget_tokens()
        assert google.calls == {"token": 1, "metadata": 1, "batchGet": 1, "formats": 1}   # google.log has the requests

Its neighbors stand in for the other ways to a sheet: `google_auth` (Application Default Credentials), `link_export` (a
sheet that is shared by link) and `graph` (Excel in SharePoint, OneDrive or Teams, by Microsoft Graph).
"""

from tests.server.answers import Answer
from tests.server.server import SheetsServer

__all__ = ["Answer", "SheetsServer"]
