"""Checks of addresses read the host that the HTTP client then connects to."""

from contextlib import suppress
from unittest import mock

import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from cwac import access
from cwac.settings import SettingsError, host_of, is_encrypted_or_local
from cwac.settings.addresses import parse_address
from cwac.settings.microsoft import is_microsoft
from cwac.sources.google_link import LinkSource
from cwac.sources.microsoft_session import Graph, NotSafe
from cwac.web import sign_in
from tests.cases import each

OWN = "docs.google.com"
ODD = [
    "https://evil.example\\@{own}/x",
    "https://evil.example\\.{own}/x",
    "https://{own}\\@evil.example/x",
    "https://evil.example@{own}/x",
    "https://user:word@{own}/x",
    "https://evil.example\t.{own}/x",
    "https://evil.example\n.{own}/x",
    "https://evil.example\x00.{own}/x",
    "https://evil.example\x7f.{own}/x",
    "https://evil.example .{own}/x",
    "https://evil.example\u3000.{own}/x",
    "https://evil.example\u2028.{own}/x",
    "https://evil.example%2f.{own}/x",
    "https://evil.example%5c.{own}/x",
    "https://evil.example\uff0f.{own}/x",
    "https://evil.example;.{own}/x",
    "https://evil.example[.{own}/x",
    "https://{own}:443:80/x",
    "https://{own}:99999/x",
    "https:///{own}/x",
    "https:\\\\{own}/x",
    "//{own}/x",
    "ftp://{own}/x",
    " https://{own}/x",
    "https://{own}/\\evil.example",
    "https://{own}/x\r\nHost: evil.example",
]
"""Addresses whose host programs read differently, with the name that they pretend to be of."""


def connected_host(address: str) -> str | None:
    """Where requests, by way of urllib3, would connect to; None if it refuses the address."""
    try:
        prepared = requests.Request("GET", address).prepare()
        return parse_url(str(prepared.url)).host
    except (requests.RequestException, ValueError):
        return None


@each("address", ODD)
def test_no_address_that_programs_read_differently_has_a_host_for_us(address: str) -> None:
    assert host_of(address.format(own=OWN)) == ""


@example("https://evil.example\\@docs.google.com/")
@example("HTTPS://DOCS.Google.com:443/x?y#z")
@example("http://[::1]:8501/")
@given(
    st.text(st.sampled_from("htps:/\\@.?#[]%;&=-_ abcDE12\t\n\r\x00\u3002\uff0e\uff20"), max_size=40).map(
        "https://".__add__
    )
)
def test_host_that_we_check_is_the_host_that_the_client_connects_to(address: str) -> None:
    if host := host_of(address):
        assert (connected_host(address) or host).strip("[]") == host


@each("address", ODD)
def test_no_check_of_an_address_accepts_one_that_programs_read_differently(address: str) -> None:
    google, here = address.format(own=OWN), address.format(own="localhost:8501")
    accepted = {
        "a redirect of Google's export": LinkSource("x" * 20)._may_follow(google),
        "the same with a stand-in": LinkSource("x" * 20, web=f"https://{OWN}")._may_follow(google),
        "a webhook, a token's address, redirect_uri": is_encrypted_or_local(address.format(own="hooks.slack.com")),
        "a link of SharePoint": is_microsoft(address.format(own="contoso.sharepoint.com").lstrip("/ ")),
        "an address of the dashboard": is_address(here.removesuffix("/x")),
        "a page to go back to after signing in": sign_in._own(google.removeprefix("https:")) != "/",
    }
    accepted["a link of SharePoint"] &= not address.lstrip("/ ").startswith(("https://{own}/x", "{own}"))
    assert [name for name, is_accepted in accepted.items() if is_accepted] == []


@each(
    "host",
    ["x@localhost", "evil.example\\@localhost:8501", "localhost@evil.example", "localhost\t", "localhost:8501:1"],
)
def test_odd_host_header_is_not_this_machine(host: str) -> None:
    assert access.is_from_this_machine("localhost", "localhost:8501", forwarded=False)
    assert not access.is_from_this_machine("localhost", host, forwarded=False)


@each("address", ODD)
def test_download_of_microsofts_goes_to_the_host_that_was_checked(address: str) -> None:
    graph = Graph(mock.Mock(), "https://graph.microsoft.com", lambda: "token")
    with suppress(NotSafe):
        target = graph._target("https://graph.microsoft.com/v1.0/x", address.format(own="contoso.sharepoint.com"))
        assert host_of(target) == connected_host(target)


def is_address(typed: str) -> bool:
    try:
        return bool(parse_address(typed, "address"))
    except SettingsError:
        return False
