"""Google's error answers, in the shape and words recorded by others.

Wordings: responses recorded in the tests of r-lib/gargle and burnash/gspread, and the issues that quote them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

PROJECT = "1234567890"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, before anything is done to it on the way."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json; charset=UTF-8"})


def as_json(status: int, content: object, **headers: str) -> Answer:
    named = {"Content-Type": "application/json; charset=UTF-8"} | headers
    return Answer(status, json.dumps(content, indent=2, ensure_ascii=False).encode(), named)


def error(status: int, name: str, message: str, details: list[dict[str, object]] | None = None) -> Answer:
    """An error of the Sheets API: `google.rpc.Status` as JSON."""
    content: dict[str, object] = {"code": status, "message": message, "status": name}
    if details:
        content["details"] = details
    return as_json(status, {"error": content})


def _info(reason: str, domain: str = "googleapis.com", **metadata: str) -> dict[str, object]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def bad_request(field_path: str, description: str, message: str = "Request contains an invalid argument.") -> Answer:
    violation = {"description": description} | ({"field": field_path} if field_path else {})
    details: dict[str, object] = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [violation],
    }
    return error(400, "INVALID_ARGUMENT", message, [details])


def no_such_range(typed: str) -> Answer:
    return error(400, "INVALID_ARGUMENT", f"Unable to parse range: {typed}")


def rate_limit() -> Answer:
    return error(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
        f"'sheets.googleapis.com' for consumer 'project_number:{PROJECT}'.",
        [
            _info(
                "RATE_LIMIT_EXCEEDED",
                quota_metric="sheets.googleapis.com/read_requests",
                quota_limit="ReadRequestsPerMinutePerUser",
                quota_limit_value="60",
                quota_location="global",
                consumer=f"projects/{PROJECT}",
                service="sheets.googleapis.com",
            ),
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [
                    {
                        "description": "Request a higher quota limit.",
                        "url": "https://cloud.google.com/docs/quota#requesting_higher_quota",
                    }
                ],
            },
        ],
    )


def unavailable(status: int = 503) -> Answer:
    if status == 500:
        return error(500, "INTERNAL", "Internal error encountered.")
    return error(status, "UNAVAILABLE", "The service is currently unavailable.")


def page(status: int) -> Answer:
    """What a machine in front of the API answers: HTML."""
    if status == 429:
        title, text = "Sorry...", "We're sorry... but your computer or network may be sending automated queries."
    else:
        title, text = (
            f"Error {status} (Server Error)!!1",
            "The server encountered a temporary error. That's all we know.",
        )
    body = f"<!DOCTYPE html>\n<html lang=en>\n  <title>{title}</title>\n  <p><b>{status}.</b> {text}\n</html>\n"
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8"})


def not_shared() -> Answer:
    return error(403, "PERMISSION_DENIED", "The caller does not have permission")


def api_disabled() -> Answer:
    link = f"https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project={PROJECT}"
    return error(
        403,
        "PERMISSION_DENIED",
        f"Google Sheets API has not been used in project {PROJECT} before or it is disabled. Enable it by visiting "
        f"{link} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{"description": "Google developers console API activation", "url": link}],
            },
            _info(
                "SERVICE_DISABLED",
                service="sheets.googleapis.com",
                serviceTitle="Google Sheets API",
                containerInfo=PROJECT,
                consumer=f"projects/{PROJECT}",
                activationUrl=link,
            ),
        ],
    )


def scope_insufficient() -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [
            _info(
                "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                service="sheets.googleapis.com",
                method="google.apps.sheets.v4.SpreadsheetsService.GetSpreadsheet",
            )
        ],
    )


def quota_project() -> Answer:
    """A person's own credentials without a quota project, as explained on
    https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ; the words are recorded.
    """
    return error(
        403,
        "PERMISSION_DENIED",
        "Your application is authenticating by using local Application Default Credentials. The sheets.googleapis.com "
        "API requires a quota project, which is not set by default. To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .",
        [_info("SERVICE_DISABLED", service="sheets.googleapis.com", consumer="projects/764086051850")],
    )


def not_found() -> Answer:
    return error(404, "NOT_FOUND", "Requested entity was not found.")


def office_file() -> Answer:
    return error(
        400,
        "FAILED_PRECONDITION",
        "This operation is not supported for this document. The document must not be an Office file.",
    )


def unauthenticated(missing: bool = False) -> Answer:
    what = "is missing required authentication credential" if missing else "had invalid authentication credentials"
    refused = error(
        401,
        "UNAUTHENTICATED",
        f"Request {what}. Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [_info("CREDENTIALS_MISSING")] if missing else None,
    )
    refused.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return refused


def token_refused(name: str, description: str, status: int = 400) -> Answer:
    """A refusal of the token endpoint: the shape of OAuth, not that of the API."""
    return as_json(status, {"error": name, "error_description": description})


BAD_SIGNATURE = token_refused("invalid_grant", "Invalid JWT Signature.")
CLOCK = token_refused(
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp "
    "values in the JWT claim.",
)
NO_ACCOUNT = token_refused("invalid_grant", "Invalid grant: account not found")
