"""Google's error answers, in the shape and words recorded by others.

Wordings: responses recorded in the tests of r-lib/gargle and burnash/gspread, and the issues that quote them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

PROJECT = "1234567890"
JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, before anything is done to it on the way."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


def as_json(status: int, content: object, **headers: str) -> Answer:
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), JSON | headers)


def error(status: int, name: str, message: str, *details: dict[str, object], **headers: str) -> Answer:
    """An error of the Sheets API: `google.rpc.Status` as JSON."""
    content = {"code": status, "message": message, "status": name} | ({"details": details} if details else {})
    return as_json(status, {"error": content}, **headers)


def detail(kind: str, **fields: object) -> dict[str, object]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


def info(reason: str, domain: str = "googleapis.com", **metadata: str) -> dict[str, object]:
    return detail("ErrorInfo", reason=reason, domain=domain, metadata=metadata)


def bad_request(description: str) -> Answer:
    details = detail("BadRequest", fieldViolations=[{"description": description}])
    return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", details)


def api_disabled(name: str, service: str) -> Answer:
    link = f"https://console.developers.google.com/apis/api/{service}/overview?project={PROJECT}"
    return error(
        403,
        "PERMISSION_DENIED",
        f"{name} has not been used in project {PROJECT} before or it is disabled. Enable it by visiting {link} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and "
        "retry.",
        detail("Help", links=[{"description": "Google developers console API activation", "url": link}]),
        info("SERVICE_DISABLED", service=service, consumer=f"projects/{PROJECT}", activationUrl=link),
    )


def page(status: int, title: str = "", text: str = "The server encountered a temporary error.") -> Answer:
    """What a machine in front of the API answers: HTML."""
    title = title or f"Error {status} (Server Error)!!1"
    body = f"<!DOCTYPE html>\n<html lang=en>\n  <title>{title}</title>\n  <p><b>{status}.</b> {text}\n</html>\n"
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8"})


def token_refused(name: str, description: str, status: int = 400, **more: str) -> Answer:
    """A refusal of the token endpoint: the shape of OAuth, not that of the API."""
    return as_json(status, {"error": name, "error_description": description, **more})


def _unauthenticated(what: str, *details: dict[str, object]) -> Answer:
    return error(
        401,
        "UNAUTHENTICATED",
        f"Request {what}. Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        *details,
        **{"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


REFUSALS: Mapping[str, Answer] = {
    "429": error(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
        f"'sheets.googleapis.com' for consumer 'project_number:{PROJECT}'.",
        info("RATE_LIMIT_EXCEEDED", quota_limit="ReadRequestsPerMinutePerUser", service="sheets.googleapis.com"),
    ),
    "500": error(500, "INTERNAL", "Internal error encountered."),
    "503": error(503, "UNAVAILABLE", "The service is currently unavailable."),
    "html-404": page(404),
    "html-429": page(429, "Sorry...", "We're sorry... but your computer or network may be sending automated queries."),
    "html-502": page(502),
    "empty": Answer(200, b""),
    "unauthorized": _unauthenticated("had invalid authentication credentials"),
    "no-token": _unauthenticated("is missing required authentication credential", info("CREDENTIALS_MISSING")),
    "not-shared": error(403, "PERMISSION_DENIED", "The caller does not have permission"),
    "api-disabled": api_disabled("Google Sheets API", "sheets.googleapis.com"),
    "scopes": error(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="sheets.googleapis.com"),
    ),
    # A person's own credentials without a quota project, as explained on
    # https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ; the words are recorded.
    "quota-project": error(
        403,
        "PERMISSION_DENIED",
        "Your application is authenticating by using local Application Default Credentials. The sheets.googleapis.com "
        "API requires a quota project, which is not set by default. To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .",
        info("SERVICE_DISABLED", service="sheets.googleapis.com", consumer="projects/764086051850"),
    ),
    "not-found": error(404, "NOT_FOUND", "Requested entity was not found."),
    "office-file": error(
        400,
        "FAILED_PRECONDITION",
        "This operation is not supported for this document. The document must not be an Office file.",
    ),
    "bad-signature": token_refused("invalid_grant", "Invalid JWT Signature."),
    "clock": token_refused(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
        "exp values in the JWT claim.",
    ),
    "no-account": token_refused("invalid_grant", "Invalid grant: account not found"),
}
