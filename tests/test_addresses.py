"""Addresses: exactly the one that is listed gets in, and a link of something else than a sheet is named."""

import datetime as dt
import re
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from cwac import access
from cwac.access import PUBLIC
from cwac.cli.connect_questions import sheet_address
from cwac.cli.options import one_source
from cwac.cli.output import Refusal
from cwac.model import Agency, SourceUnavailable, Tab, Workbook
from cwac.settings import Settings, SettingsError, host_of, is_encrypted_or_local, load, other_kind
from cwac.settings.connections import is_microsoft
from cwac.settings.values import parse_address
from cwac.sheet.reader import read_workbook
from cwac.sources.google import LinkSource, spreadsheet_key
from cwac.sources.microsoft import Graph
from cwac.web import responses
from tests.cases import each
from tests.test_settings import refusal

NAMES = ("boss", "kate.isis", "f-o.l1", "sk")
DOMAINS = ("county.example.gov", "wpd.example.gov", "si.example.gov")
LISTED = Settings(
    workbook="x",
    auth=True,
    viewers=(*(f"@{domain}" for domain in DOMAINS[1:]), *(f"{name}@{DOMAINS[0]}" for name in NAMES[1:])),
    coordinators=(f"boss@{DOMAINS[0]}", f"boss@{DOMAINS[1]}"),
)
AGENCIES = (
    Agency("COUNTY", "", emails=(DOMAINS[0],)),
    Agency("WPD", "", emails=(f"@{DOMAINS[1]}",)),
    Agency("BOSS", "", emails=(f"boss@{DOMAINS[2]}",)),
)

SWAPS = {
    "ss": ("\u00df", "\u1e9e", "\u017fs", "s\u017f", "\ufb06"),
    "fl": ("\ufb02",), "fi": ("\ufb01",),
    "s": ("\u017f", "\u0455", "\uff53", "\U0001d42c", "s\u0300", "s\u200b"),
    "i": ("\u0130", "\u0131", "\u0456", "\uff49", "i\u0307"),
    "k": ("\u212a", "\u03ba", "\uff4b"),
    "o": ("\u043e", "\u03bf", "\uff4f", "\u00f6", "0"),
    "e": ("\u0435", "\uff45", "\u00e9"), "a": ("\u0430", "\uff41"), "c": ("\u0441", "\uff43"), "p": ("\u0440",),
    ".": ("\u3002", "\uff0e", "\u2024", "..", ",", " .", ""), "@": ("\uff20", "@@", "@x@", " @", "@ ", "%40", ""),
    "-": ("\u2010", "\uff0d"), "1": ("\uff11", "l"), "l": ("1", "\uff4c"),
}  # fmt: skip
"""Lookalikes of letters, and characters that case folding or normalization turns into them."""


def wrapped(address: str) -> list[str]:
    name, _, domain = address.partition("@")
    return [
        f"x{address}", f"x.{address}", f"{name}x@{domain}", f"{name}+x@{domain}", f"{name}.@{domain}", f".{address}",
        f"{name}@x.{domain}", f"{name}@x{domain}", f"{name}@{domain}x", f"{name}@{domain}.x", f"{name}@{domain}.",
        f"{name}@.{domain}", f"{name}@evil-{domain}", f"{name}@{domain.partition('.')[2]}", f" {address}",
        f"{address} ", f"{address}\n", f"\t{address}", f"{address}\u00a0", f"{address}\u200b", f"{address}\0",
        f"<{address}>", f'"{name}"@{domain}', f"{name}(x)@{domain}", f"{address}@evil.example",
        f"x@evil.example@{domain}", f"{address},x@evil.example", f"x@evil.example,{address}", f"{address};x",
        f"mailto:{address}", f"{name}@{domain}/x", f"{name}@[{domain}]", f"{domain}", f"@{domain}", f"{name}@",
        f"{name}@{domain}@", f"Boss <{address}>", f"{name} @{domain}", f"*@{domain}", f"%@{domain}",
    ]  # fmt: skip


ADDRESSES = [f"{name}@{domain}" for name in NAMES for domain in DOMAINS]


def changed(address: str) -> list[str]:
    """What an address becomes by one change."""
    return wrapped(address) + [
        address[: at.start()] + new + address[at.end() :]
        for old, news in SWAPS.items()
        for at in re.finditer(re.escape(old), address)
        for new in news
    ]


@st.composite
def near_misses(draw: st.DrawFn) -> str:
    """An address that is listed, or lies in a listed domain, with one to three changes that make it another."""
    address = draw(st.sampled_from(ADDRESSES))
    for _ in range(draw(st.integers(1, 3))):
        address = draw(st.sampled_from(changed(address)))
    return draw(st.sampled_from([address, address.upper(), address.swapcase()]))


def expected(address: str) -> str:
    """The kind of viewer with this address, without using the code under test."""
    small = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in address)
    # No asterisk: people write *@domain for all of it.
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-+!#$%&'/=?^_`{|}~:<>()[]\\"
    name, at, domain = small.partition("@")
    if not name or not at or not set(name) <= set(allowed):
        return "public"
    if name == "boss" and domain in DOMAINS[:2]:
        return "coordinator"
    return "liaison" if domain in DOMAINS[1:] or (name in NAMES and domain == DOMAINS[0]) else "public"


def kind_of(address: object) -> str:
    return access.viewer_of({"email": address, "email_verified": True}, LISTED, AGENCIES).kind


@given(near_misses())
@example("bo\u00df@county.example.gov")
@example("BO\u1e9e@COUNTY.EXAMPLE.GOV")
@example("boss@county.example.gov.")
@example("x@evil-wpd.example.gov")
@example("x@sub.wpd.example.gov")
def test_only_the_exact_listed_address_signs_in(address: str) -> None:
    assert kind_of(address) == expected(address)


@each("address", ADDRESSES)
def test_one_change_of_a_listed_address_is_refused_and_another_case_of_ascii_letters_is_not(address: str) -> None:
    assert kind_of(address) == ("coordinator" if address in LISTED.coordinators else "liaison")
    for same in (address.upper(), address.title(), address.swapcase()):
        assert kind_of(same) == kind_of(address)
    for typed in changed(address):
        assert kind_of(typed) == expected(typed), ascii(typed)


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_any_text_as_address_is_not_a_coordinator_and_is_safe_to_audit(claimed: object) -> None:
    claims = {"email": claimed, "email_verified": True}
    assert access.viewer_of(claims, LISTED, AGENCIES) == PUBLIC or isinstance(claimed, str)
    audited = access.as_claimed(claims)
    assert audited.isascii()
    assert audited.isprintable()
    assert access._address(audited) is None


@each(
    ("claims", "why"),
    [
        ({"email": "boss@county.example.gov", "email_verified": True}, None),
        ({"email": "boss@county.example.gov", "email_verified": False}, "unverified"),
        ({"email": "boss@county.example.gov"}, "unverified"),
        ({"email": "bo\u00df@county.example.gov", "email_verified": True}, "unusual-address"),
        ({"email": "bo\u00df@county.example.gov", "email_verified": False}, "unusual-address"),
        ({"email_verified": True}, "unusual-address"),
    ],
)
def test_reason_why_an_address_is_ignored(claims: dict[str, object], why: str | None) -> None:
    assert access.why_unusable(claims) == why


# --- addresses that others have typed -------------------------------------------------------------------------------


@given(near_misses())
def test_lookalike_of_an_agency_domain_is_refused(typed: str) -> None:
    agency = Agency("X", "", emails=(typed,))
    address = "boss@county.example.gov"
    same = typed.lower() if typed.isascii() else ""
    its = access.agencies_of(address, [agency])
    assert its == (("X",) if same in (address, "county.example.gov", "@county.example.gov") else ())


NOT_ASCII = sorted({new for news in SWAPS.values() for new in news if not new.isascii()})


@pytest.mark.slow
@each("letter", NOT_ASCII)
@each("entry", ["bo{}@county.example.gov", "@co{}nty.example.gov"])
@each("setting", ["viewers", "coordinators"])
def test_listed_address_with_non_ascii_letters_is_refused_by_name(
    letter: str, entry: str, setting: str, tmp_path: Path
) -> None:
    typed = entry.format(letter)
    for environ, text in (
        ({f"CWAC_{setting.upper()}": typed}, ""),
        ({}, f'[access]\n{setting} = ["{typed}"]'),
        ({}, f'[connections.gsheets]\nspreadsheet = [{{ county = "A", address = "x", {setting} = ["{typed}"] }}]'),
    ):
        refused = refusal(tmp_path, text, environ)
        assert f"{setting} must be addresses" in refused
        assert "in plain letters" in refused
        assert refused.replace(str(tmp_path), "").isascii()


LETTERS = "is not in plain letters (a to z), and is nobody's: type the address again."
NO_DOMAIN = "An entry here is no address or domain, and is nobody's: type it again."
WHOLE_DOMAIN = "is nobody's: type county.example.gov, which means everybody there."


@pytest.mark.slow
@each(
    "typed, advice",
    [(entry.format(letter), LETTERS) for letter in NOT_ASCII
     for entry in ("bo{}@county.example.gov", "co{}nty.example.gov", "@co{}nty.example.gov")]
    + [(f"{stars}county.example.gov", WHOLE_DOMAIN) for stars in ("*@", "*.", "*", "@*.", "**@")]
    + [(f"{typed}", NO_DOMAIN) for typed in (
        "Bo <bo@county.example.gov>", "bo@county", "bo@county.example.gov (chief)", "county", "@", "*", "*@",
        "bo@county.example.gov y@county.example.gov", "bo@*.example.gov", "https://county.example.gov",
    )],
)  # fmt: skip
@each("other", ["", "; Fine@County.example.gov"])
def test_agency_entry_that_is_nobodys_is_reported_and_ignored(typed: str, advice: str, other: str) -> None:
    rows = (("Agency", "Name", "E-mail"), ("X", "Example", typed + other), ("Y", "Other", "y.example.gov"))
    events = (("Date", "Town", "Lead agency", "Status"),)
    now = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    workbook = Workbook("test", now, "America/Los_Angeles", (Tab("Events", events), Tab("Agencies", rows)))
    snapshot = read_workbook(workbook, now.date())
    fine = ("fine@county.example.gov",) if other else ()
    assert [agency.emails for agency in snapshot.agencies] == [fine, ("y.example.gov",)]
    problems = [problem for problem in snapshot.problems if problem.tab == "Agencies"]
    assert [(problem.severity, problem.code, problem.cell) for problem in problems] == [("error", "unreadable", "C2")]
    assert problems[0].advice == (advice if advice == NO_DOMAIN else f"{typed!a} {advice}")


# --- links of something else ------------------------------------------------------------------------------------------

ELSEWHERE = [
    ("https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEf/pubhtml", "a page published to the web", "open"),
    ("https://docs.google.com/forms/d/e/1FAIpQLSabc/viewform", "a Google Form", "open its Responses"),
    ("https://docs.google.com/forms/d/1AbCdEf_gh-IJKLmnop/edit", "a Google Form", "open its Responses"),
    ("https://docs.google.com/forms/u/0/d/1AbCdEf_gh-IJKLmnop/edit", "a Google Form", "open its Responses"),
    ("forms.gle/AbCdEf", "a Google Form", "open its Responses"),
    ("https://docs.google.com/document/d/1AbCdEf_gh-IJKLmnop/edit", "a Google Doc", "put its table into"),
    ("docs.google.com/a/x.gov/document/d/1AbCdEf_gh/edit", "a Google Doc", "put its table into"),
    ("https://docs.google.com/presentation/d/1AbCdEf_gh/edit", "a Google Slides presentation", "open the sheet itself"),
    ("https://docs.google.com/drawings/d/1AbCdEf_gh/edit", "a Google Drawing", "open the sheet itself"),
    ("https://drive.google.com/drive/u/0/folders/1AbCdEf_gh", "a folder in Google Drive", "open the sheet itself"),
    ("https://drive.google.com/file/d/1AbCdEf_gh-IJKLmnop/view?usp=sharing", "a file in Google Drive", "Save as"),
    ("HTTPS://DRIVE.GOOGLE.COM/file/d/1AbCdEf_gh-IJKLmnop", "a file in Google Drive", "or download it"),
    ("https://calendar.google.com/calendar/embed?src=x", "a Google Calendar", "open the sheet itself"),
    ("https://www.dropbox.com/scl/fi/abc/plan.xlsx?rlkey=x&dl=0", "a file in Dropbox", "download the file, and name"),
    ("https://dl.dropboxusercontent.com/s/abc/plan.xlsx", None, None),
    ("https://app.box.com/s/abcdef", "a file in Box", "download the file, and name the copy"),
    ("https://www.icloud.com/numbers/0abc", "a file in iCloud", "download the file, and name the copy"),
    ("https://goo.gl/abc", "a short link", "open it, and copy the address"),
    (f"https://docs.google.com/spreadsheets/d/{'k' * 44}/edit", None, None),
    (f"https://drive.google.com/open?id={'k' * 44}", None, None),
    ("https://example.com/docs.google.com/document/d/x", None, None),
    ("https://docs.google.com.example.com/document/d/x", None, None),
    ("C:\\plans\\document\\plan.xlsx", None, None),
    ("", None, None),
]  # fmt: skip


@each("typed, what, instead", ELSEWHERE)
def test_link_of_each_other_kind_is_named_with_what_to_do_wherever_it_is_typed(
    typed: str, what: str | None, instead: str | None, tmp_path: Path
) -> None:
    kind = other_kind(typed)
    assert (kind[0] if kind else None) == what
    if kind is None or instead is None:
        return
    assert instead in kind[1]
    with pytest.raises(Refusal, match=re.escape(f"That is the link of {what}, not of a Google Sheet: {kind[1]}.")):
        sheet_address(typed)
    with pytest.raises(SourceUnavailable, match=re.escape(f"The link is that of {what}, not of a Google Sheet.")):
        spreadsheet_key(typed)
    county = f'[connections.gsheets]\nspreadsheet = [{{ county = "A", workbook = "{typed}" }}]\n'
    for text, environ in (("", {"CWAC_WORKBOOK": typed}), (county, {})):
        refused = refusal(tmp_path, text, environ)
        assert refused.startswith("workbook ")
        assert f" is the link of {what}, and a file belongs there: " in refused
    assert load({"CWAC_SPREADSHEET": typed}).spreadsheet == typed  # whoever reads it says so
    assert one_source(typed, Settings()).spreadsheet == typed


@each("typed, is_sheet", [
    ("1" * 44, True), ("a-_Z" * 11, True), (f"docs.google.com/spreadsheets/d/{'k' * 44}", True),
    ("https://example.gov/x", True), ("contoso.sharepoint.com/:x:/s/C/E", True), ("plan.xlsx", False), ("plan", False),
    ("a plan of the whole county for 2026", False), (f"{'k' * 44}.xlsx", False), ("there" * 9, False),
])  # fmt: skip
def test_bare_id_or_link_without_https_is_a_sheet_where_no_file_has_that_name(
    typed: str, is_sheet: bool, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        Path("there" * 9).touch()
        chosen = one_source(typed, Settings())
    assert (chosen.spreadsheet, chosen.workbook) == ((typed, None) if is_sheet else (None, typed))


# --- the host of an address ------------------------------------------------------------------------------------------


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
        "any address": host_of(google) != "",
        "a redirect of Google's export": LinkSource("x" * 20)._may_follow(google),
        "the same with a stand-in": LinkSource("x" * 20, web=f"https://{OWN}")._may_follow(google),
        "a webhook, a token's address, redirect_uri": is_encrypted_or_local(address.format(own="hooks.slack.com")),
        "a link of SharePoint": is_microsoft(address.format(own="contoso.sharepoint.com").lstrip("/ ")),
        "an address of the dashboard": is_address(here.removesuffix("/x")),
        "a page to go back to after signing in": responses._own(google.removeprefix("https:")) != "/",
    }
    accepted["a link of SharePoint"] &= not address.lstrip("/ ").startswith(("https://{own}/x", "{own}"))
    assert [name for name, is_accepted in accepted.items() if is_accepted] == []


@each("address", ODD)
def test_download_of_microsofts_goes_to_the_host_that_was_checked(address: str) -> None:
    graph = Graph(mock.Mock(), "https://graph.microsoft.com", lambda: "token")
    with suppress(SourceUnavailable):
        target = graph._target("https://graph.microsoft.com/v1.0/x", address.format(own="contoso.sharepoint.com"))
        assert host_of(target) == connected_host(target)


def is_address(typed: str) -> bool:
    try:
        return bool(parse_address(typed, "address"))
    except SettingsError:
        return False
