"""Microsoft identity platform as its published pages describe it: client credentials, discovery, managed identity.

The page that describes an answer stands beside it. "Recorded" marks what Microsoft's pages do not spell out and others
recorded. Microsoft says that codes and texts may change at any time, so a client must not depend on them:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from cwac.clock import read_clock
from tests.server.answers import Answer, as_json
from tests.server.tokens import decode_part, encode_part

TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
CLIENT = "535fb089-9ff3-47b6-9bfb-4f1264799865"
SECRET = "stand-in-secret-qWgdYAmab0YSkuL1qKv5bPX"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Cloud:
    """A national cloud's addresses: https://learn.microsoft.com/graph/deployments"""

    login: str
    graph: str


CLOUDS = {
    "global": Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "gcc-high": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "dod": Cloud("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": Cloud("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
}

# Names and texts of https://learn.microsoft.com/entra/identity-platform/reference-error-codes, the `error` beside each.
# That page does not say which `error` and status a code comes with: invalid_client (401), unauthorized_client and
# invalid_tenant (400) are recorded; invalid_grant for 53003 is recorded with users only.
CODES: dict[str, tuple[str, int, str]] = {
    "50013": ("invalid_client", 401, "Assertion failed signature validation."),
    "50027": ("invalid_request", 400, "JWT token is invalid or malformed."),
    "50048": ("invalid_client", 401, "Subject mismatches Issuer claim in the client assertion."),
    "53003": (
        "invalid_grant",
        400,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    "70011": ("invalid_scope", 400, "The provided value for the input parameter 'scope' is not valid."),
    "500011": (
        "invalid_resource",
        400,
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You might have sent your authentication request to the wrong tenant.",
    ),
    "700016": (
        "unauthorized_client",
        400,
        "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    # Recorded.
    "700024": ("invalid_client", 401, "Client assertion is not within its valid time range."),
    "700027": (
        "invalid_client",
        401,
        # Recorded: the reason in brackets.
        "Client assertion contains an invalid signature. [Reason - {reason}]",
    ),
    "7000112": (
        "unauthorized_client",
        400,
        "Application '{client}' is disabled.",
    ),
    "7000215": (
        "invalid_client",
        401,
        # Recorded: the second sentence.
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        "the client secret ID, for a secret added to app '{client}'.",
    ),
    "7000218": (
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    "7000222": (
        "invalid_client",
        401,
        "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for "
        "your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
        "https://aka.ms/certCreds.",
    ),
    "90002": (
        "invalid_request",
        400,
        "Tenant '{tenant}' not found. This may happen if there are no active subscriptions for the tenant. Check to "
        "make sure you have the correct tenant ID. Check with your subscription administrator.",
    ),
    "900144": ("invalid_request", 400, "The request body must contain the following parameter: '{name}'."),
    "90038": (
        "invalid_request",
        400,
        "The specified tenant '{tenant}' belongs to the National Cloud 'X'. Current cloud instance does not federate "
        "with X.",
    ),
}


def refused(code: str, error: str | None = None, **words: str) -> Answer:
    """An error of the token endpoint, in the shape of
    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response
    """
    name, status, text = CODES[code]
    filled = text.format_map(
        {"tenant": TENANT, "client": CLIENT, "reason": "The key was not found.", "name": ""} | words
    )
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    when = read_clock().strftime("%Y-%m-%d %H:%M:%SZ")
    description = f"AADSTS{code}: {filled}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {when}"
    return as_json(
        status,
        {
            "error": error or name,
            "error_description": description,
            "error_codes": [int(code)],
            "timestamp": when,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        },
    )


@dataclass(frozen=True)
class Given:
    """What an access token is good for."""

    expires: float
    issued: float
    audience: str
    roles: frozenset[str]
    claims: str = ""
    """The claims that were requested with it: https://learn.microsoft.com/entra/identity-platform/claims-challenge"""


@dataclass
class Entra:
    """One tenant and one registered application, with the permissions (`roles`) that an administrator consented to."""

    tenant: str = TENANT
    domain: str = "siskiyou.onmicrosoft.com"
    client: str = CLIENT
    secret: str = SECRET
    certificate: x509.Certificate | None = None
    roles: set[str] = field(default_factory=lambda: {"Files.Read.All"})
    cloud: Cloud = CLOUDS["global"]
    disabled: bool = False
    lifetime: int = 3599
    identity_assigned: bool = True
    """Whether the machine has a managed identity."""
    audiences: set[str] = field(default_factory=set)
    """Resources besides `cloud.graph` for which the tenant gives tokens: the stand-in's own address."""
    given: dict[str, Given] = field(default_factory=dict)

    def knows(self, tenant: str) -> bool:
        return tenant.lower() in {self.tenant.lower(), self.domain.lower()}

    def openid_configuration(self, tenant: str, origin: str) -> Answer:
        """https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#fetch-the-openid-configuration-document"""
        if not self.knows(tenant):
            return refused("90002", "invalid_tenant", tenant=tenant)  # recorded: the `error`
        base = f"{origin}/{self.tenant}"
        return as_json(
            200,
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "cloud_instance_name": self.cloud.login.removeprefix("https://login."),
                "msgraph_host": self.cloud.graph.removeprefix("https://"),
            },
        )

    def token(self, tenant: str, form: Mapping[str, list[str]], now: float, origin: str) -> Answer:
        """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token"""
        fields = {name: values[0] for name, values in form.items()}
        if not self.knows(tenant):
            return refused("90002", tenant=tenant)
        for name in ("grant_type", "client_id", "scope"):
            if not fields.get(name):
                return refused("900144", name=name)
        if fields["client_id"].lower() != self.client.lower():
            return refused("700016", client=fields["client_id"], tenant=tenant)
        resource, dot, default = fields["scope"].rpartition("/")
        if fields["grant_type"] != "client_credentials" or not dot or default != ".default":
            return refused("70011")
        if self.disabled:
            return refused("7000112", client=self.client)
        refusal = self._credential_refusal(fields, tenant, now, origin)
        if refusal:
            return refusal
        if resource.rstrip("/") not in self.audiences | {self.cloud.graph}:
            return refused("500011", resource=resource, tenant=tenant)
        token = self.give(resource.rstrip("/"), now, fields.get("claims", ""))
        # `ext_expires_in` is recorded; the page has the other three.
        return as_json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": self.lifetime,
                "ext_expires_in": self.lifetime,
                "access_token": token,
            },
        )

    def _credential_refusal(self, fields: Mapping[str, str], tenant: str, now: float, origin: str) -> Answer | None:
        if "client_assertion" in fields and fields.get("client_assertion_type") == ASSERTION:
            endpoints = {
                f"{base}/{name}{end}"
                for base in (self.cloud.login, origin)
                for name in (self.tenant, self.domain, tenant)
                for end in ("/oauth2/v2.0/token", "/v2.0")
            }
            return _assertion_refusal(fields["client_assertion"], self.certificate, self.client, endpoints, now)
        if "client_secret" not in fields:
            return refused("7000218")
        if not secrets.compare_digest(fields["client_secret"], self.secret):
            return refused("7000215", client=self.client)
        return None

    def give(self, audience: str, now: float, requested: str = "") -> str:
        """A new access token; a client must treat it as opaque, but it has the shape of a JWT, as Microsoft's do."""
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.tenant}/",
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + self.lifetime,
            "appid": self.client,
            "idtyp": "app",
            "tid": self.tenant,
            "ver": "1.0",
        } | ({"roles": sorted(self.roles)} if self.roles else {})
        parts = [encode_part(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "RS256"}, claims)]
        token = ".".join([*parts, secrets.token_urlsafe(32)])
        self.given[token] = Given(now + self.lifetime, now, audience, frozenset(self.roles), requested)
        return token

    # --- managed identity --------------------------------------------------------------------------------------

    def imds(self, headers: Mapping[str, str], query: Mapping[str, str], now: float) -> Answer:
        """https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling"""
        if headers.get("Metadata") != "true":
            return _identity_error(400, "bad_request_102", "Required metadata header not specified")
        resource = query.get("resource", "").rstrip("/")
        if not query.get("api-version") or not resource:
            return _identity_error(
                400,
                "invalid_request",
                "The request is missing a required parameter, includes an invalid parameter value, includes a "
                "parameter more than once, or is otherwise malformed.",
            )
        wanted = query.get("client_id", self.client)
        if not self.identity_assigned or wanted != self.client:
            return _identity_error(400, "invalid_request", "Identity not found")  # recorded: Azure/aad-pod-identity#778
        if resource not in self.audiences | {self.cloud.graph}:
            return _identity_error(
                400,
                "invalid_resource",
                f"AADSTS50001: The application named {resource} was not found in the tenant named {self.tenant}.",
            )
        return as_json(200, self._identity_token(resource, now) | {"expires_in": str(self.lifetime)})

    def _identity_token(self, resource: str, now: float) -> dict[str, str]:
        return {
            "access_token": self.give(resource, now),
            "expires_on": str(int(now) + self.lifetime),
            "not_before": str(int(now)),
            "resource": resource,
            "token_type": "Bearer",
        }


def _identity_error(status: int, error: str, description: str) -> Answer:
    return as_json(status, {"error": error, "error_description": description})


# --- certificates ----------------------------------------------------------------------------------------------


@cache
def private_key(_name: str) -> rsa.RSAPrivateKey:
    """The key of that name: one for the whole process, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_certificate(key_name: str = "usual", *, expired: bool = False) -> tuple[x509.Certificate, str]:
    """A self-signed certificate and its private key as PEM, expired or good for a century."""
    private = private_key(key_name)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cwac stand-in")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2021 if expired else 2120, 1, 1, tzinfo=dt.UTC))
        .sign(private, hashes.SHA256())
    )
    key = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate, key.decode()


def _assertion_refusal(
    assertion: str, certificate: x509.Certificate | None, client: str, audiences: set[str], now: float
) -> Answer | None:
    """Why an assertion is not accepted: https://learn.microsoft.com/entra/identity-platform/certificate-credentials

    The page has PS256 with `x5t#S256` today and had RS256 with `x5t` before; both are accepted.
    """
    try:
        header_part, claims_part, signature_part = assertion.split(".")
        header: dict[str, Any] = json.loads(decode_part(header_part))
        claims: dict[str, Any] = json.loads(decode_part(claims_part))
        signature = decode_part(signature_part)
    except ValueError:
        return refused("50027")
    der = certificate.public_bytes(serialization.Encoding.DER) if certificate else b""
    prints = {
        "x5t": encode_part(hashlib.sha1(der, usedforsecurity=False).digest()),
        "x5t#S256": encode_part(hashlib.sha256(der).digest()),
    }
    sent = {name: str(header[name]).rstrip("=") for name in prints if name in header}
    if certificate is None or not sent or any(prints[name] != value for name, value in sent.items()):
        return refused("700027", reason="The key was not found.")
    if not _signed(certificate, str(header.get("alg")), f"{header_part}.{claims_part}".encode(), signature):
        return refused("700027", reason="The provided signature value did not match the expected signature value.")
    if certificate.not_valid_after_utc.timestamp() <= now:
        return refused("700027", reason="The key used is expired.")
    if claims.get("iss") != client or claims.get("sub") != client:
        return refused("50048")
    if claims.get("aud") not in audiences or not claims.get("jti"):
        return refused("50027")
    if not claims.get("nbf", 0) - 300 <= now < claims.get("exp", 0):
        return refused("700024")
    return None


def _signed(certificate: x509.Certificate, algorithm: str, signed: bytes, signature: bytes) -> bool:
    paddings: dict[str, padding.AsymmetricPadding] = {
        "RS256": padding.PKCS1v15(),
        "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
    }
    key = certificate.public_key()
    if algorithm not in paddings or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, paddings[algorithm], hashes.SHA256())
    except InvalidSignature:
        return False
    return True
