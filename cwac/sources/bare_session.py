"""A session of requests that follows no redirect and sends no password from ~/.netrc."""

from __future__ import annotations

import requests


class BareSession(requests.Session):
    """Pass `allow_redirects=False` and `auth=no_credentials` to each request."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Not even looked up: requests would read the whole body of a redirect to do so."""


def no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from taking a password for this host out of ~/.netrc."""
    return request
