"""Microsoft Graph's error answers, with the page that describes each; "recorded" marks what no page spells out.

Codes and shape: https://learn.microsoft.com/graph/errors ("you should only code against error codes returned in `code`
properties"; messages may change at any time).
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

from cwac.clock import read_clock
from tests.server.answers import Answer, as_json

CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)


def error(status: int, code: str, message: str, *inner: str, **headers: str) -> Answer:
    """An error; `inner` are more detailed codes, the outermost first."""
    request = str(uuid.uuid4())
    ids = {"request-id": request, "client-request-id": request}
    innermost: dict[str, Any] = {"date": read_clock().strftime("%Y-%m-%dT%H:%M:%S")} | ids
    for number, name in enumerate(reversed(inner)):
        innermost = {"code": name} | ({"innerError": innermost} if number else innermost)
    named = ids | {name.replace("_", "-"): value for name, value in headers.items()}
    return as_json(status, {"error": {"code": code, "message": message, "innerError": innermost}}, **named)


def unauthenticated() -> Answer:
    """401, code, text and header recorded: https://github.com/microsofthackathons/tdi/issues/24"""
    text = "Access token has expired or is not yet valid."
    return error(401, "InvalidAuthenticationToken", text, WWW_Authenticate=CHALLENGE)


def claims_challenge() -> Answer:
    """https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format"""
    claims = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1790000000"}}}).encode()
    challenge = f'{CHALLENGE}, error="insufficient_claims", claims="{base64.b64encode(claims).decode()}"'
    # Recorded: the body.
    text = (
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
        "TokenIssuedBeforeRevocationTimestamp"
    )
    return error(401, "InvalidAuthenticationToken", text, WWW_Authenticate=challenge)


def no_roles() -> Answer:
    """Recorded, without its status: https://github.com/microsoftgraph/microsoft-graph-docs/issues/7766"""
    return error(403, "AccessDenied", "Either scp or roles claim need to be present in the token.")


def access_denied() -> Answer:
    """https://learn.microsoft.com/graph/permissions-selected-overview ("the application doesn't have access") and
    https://learn.microsoft.com/graph/errors; text recorded: https://github.com/iterate-ch/cyberduck/pull/16853
    """
    return error(403, "accessDenied", "Access denied")


def not_found(what: str = "The resource could not be found.") -> Answer:
    return error(404, "itemNotFound", what)


def malware() -> Answer:
    """https://learn.microsoft.com/graph/errors has the codes; no page has the status."""
    return error(403, "malwareDetected", "Malware was detected in the requested resource.", "virusSuspicious")


def unknown_segment(name: str) -> Answer:
    """Recorded."""
    return error(400, "BadRequest", f"Resource not found for the segment '{name}'.")


def page(status: int, title: str = "Service unavailable") -> Answer:
    """What a machine in front of Microsoft's service answers: HTML. No page describes it."""
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h2>{title}</h2></body></html>"
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=utf-8"})


NAMED: dict[str, Callable[[], Answer]] = {
    "401": unauthenticated,
    "403": access_denied,
    "404": not_found,
    # 423 is on https://learn.microsoft.com/graph/errors; code and text recorded, for writing only:
    # https://github.com/microsoftgraph/msgraph-sdk-java/issues/365
    "423": lambda: error(423, "resourceLocked", "The resource you are attempting to access is locked"),
    # Recorded, for renaming: https://github.com/OneDrive/onedrive-api-docs/pull/1199
    "423-editing": lambda: error(
        423, "accessDenied", "The file is currently checked out or locked for editing by another user."
    ),
    # https://learn.microsoft.com/graph/api/driveitem-extractsensitivitylabels has this for that action only.
    "423-double-key": lambda: error(423, "fileDoubleKeyEncrypted", "The file is protected via double key encryption."),
    # https://learn.microsoft.com/graph/throttling (429 and 503, Retry-After in seconds); body recorded:
    # https://learn.microsoft.com/answers/questions/648796/retry-after-header-upper-limit-or-range
    "429": lambda: error(
        429, "activityLimitReached", "The request has been throttled", "throttledRequest", "quota", Retry_After="31"
    ),
    "500": lambda: error(500, "generalException", "An unspecified error has occurred."),
    "503": lambda: error(
        503, "serviceNotAvailable", "The service is not available. Try again later.", Retry_After="120"
    ),
    "504": lambda: error(504, "generalException", "An unspecified error has occurred."),
    "claims": claims_challenge,
    "html-429": lambda: page(429, "Too many requests"),
    "html-502": lambda: page(502, "Bad gateway"),
    "html-503": lambda: page(503),
}
"""What `GraphServer.fail` can send instead of the true answer, besides the AADSTS codes and the faults of `faults`."""
