"""Unmodified gspread against the test server, as most scripts use it, for comparison."""

from __future__ import annotations

from typing import Any

import google.oauth2.service_account
import gspread

from tests.server.server import SheetsServer


def stock_client(server: SheetsServer) -> gspread.Client:
    """A gspread client that signs in with the server's key. Only the host in its addresses is changed."""

    class Client(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(
                method, endpoint.replace("https://sheets.googleapis.com", server.endpoint, 1), *args, **kwargs
            )

    credentials = google.oauth2.service_account.Credentials.from_service_account_info(
        server.key, scopes=gspread.auth.DEFAULT_SCOPES
    )
    return gspread.Client(credentials, http_client=Client)
