"""Microsoft identity platform as its published pages describe it: client credentials, discovery, managed identity.

The page that describes an answer stands beside it. "Recorded" marks what Microsoft's pages do not spell out and others
recorded. Microsoft says that codes and texts may change at any time, so a client must not depend on them:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cwac.clock import read_clock
from tests.server import tokens
from tests.server.answers import Answer, as_json
from tests.server.tokens import encode_part, parts_of, pem

TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
CLIENT = "535fb089-9ff3-47b6-9bfb-4f1264799865"
SECRET = "stand-in-secret-qWgdYAmab0YSkuL1qKv5bPX"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LOGIN, GRAPH = "https://login.microsoftonline.com", "https://graph.microsoft.com"

# Names and first sentences of https://learn.microsoft.com/entra/identity-platform/reference-error-codes .
# That page does not say which `error` and status a code comes with: invalid_client (401), unauthorized_client and
# invalid_tenant (400) are recorded; invalid_grant for 53003 is recorded with users only. So are 700024 and 700027.
CODES: dict[str, tuple[str, int, str]] = {
    "50013": ("invalid_client", 401, "Assertion failed signature validation."),
    "50027": ("invalid_request", 400, "JWT token is invalid or malformed."),
    "53003": ("invalid_grant", 400, "Access has been blocked by Conditional Access policies."),
    "500011": ("invalid_resource", 400, "The resource principal named {0} was not found in the tenant."),
    "700016": ("unauthorized_client", 400, "Application with identifier '{0}' was not found in the directory."),
    "700024": ("invalid_client", 401, "Client assertion is not within its valid time range."),
    "700027": ("invalid_client", 401, "Client assertion contains an invalid signature. [Reason - {0}]"),
    "7000112": ("unauthorized_client", 400, "Application '{0}' is disabled."),
    "7000215": ("invalid_client", 401, "Invalid client secret provided."),
    "7000222": ("invalid_client", 401, "The provided client secret keys for app '{0}' are expired."),
    "90002": ("invalid_request", 400, "Tenant '{0}' not found."),
    "900144": ("invalid_request", 400, "The request body must contain the following parameter: '{0}'."),
    "90038": ("invalid_request", 400, "The specified tenant '{0}' belongs to the National Cloud 'X'."),
}


def refused(code: str, about: str = CLIENT, error: str | None = None) -> Answer:
    """An error of the token endpoint, in the shape of
    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response
    """
    name, status, text = CODES[code]
    trace, when = str(uuid.uuid4()), read_clock().strftime("%Y-%m-%d %H:%M:%SZ")
    ids = f"Trace ID: {trace}\r\nCorrelation ID: {trace}\r\nTimestamp: {when}"
    return as_json(
        status,
        {
            "error": error or name,
            "error_description": f"AADSTS{code}: {text.format(about)}\r\n{ids}",
            "error_codes": [int(code)],
            "timestamp": when,
            "trace_id": trace,
            "correlation_id": trace,
            "error_uri": f"{LOGIN}/error?code={code}",
        },
    )


@dataclass
class Entra:
    """One tenant and one registered application, with the permissions (`roles`) that an administrator consented to."""

    domain: str = "siskiyou.onmicrosoft.com"
    client: str = CLIENT
    certificate: x509.Certificate | None = None
    roles: set[str] = field(default_factory=lambda: {"Files.Read.All"})
    disabled: bool = False
    lifetime: int = 3599
    identity_assigned: bool = True
    """Whether the machine has a managed identity."""
    audiences: set[str] = field(default_factory=set)
    """Resources for which the tenant gives tokens: Graph, at its own and at the stand-in's address."""
    given: dict[str, tuple[float, str, frozenset[str]]] = field(default_factory=dict)
    """When each access token expires, its audience and its roles."""

    def knows(self, tenant: str) -> bool:
        return tenant.lower() in {TENANT, self.domain}

    def openid_configuration(self, tenant: str, address: str) -> Answer:
        """https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#fetch-the-openid-configuration-document"""
        if not self.knows(tenant):
            return refused("90002", tenant, "invalid_tenant")  # recorded: the `error`
        base = f"{address}/{TENANT}"
        return as_json(
            200,
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            },
        )

    def token(self, tenant: str, form: Mapping[str, str], now: float) -> Answer:
        """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token"""
        if not self.knows(tenant):
            return refused("90002", tenant)
        resource, _, default = form.get("scope", "").rpartition("/")
        if default != ".default":
            return refused("900144", "scope")
        if form.get("client_id", "").lower() != self.client:
            return refused("700016", form.get("client_id", ""))
        if self.disabled:
            return refused("7000112")
        if form.get("client_assertion_type") == ASSERTION:
            if refusal := self._assertion_refusal(form.get("client_assertion", ""), now):
                return refusal
        elif form.get("client_secret") != SECRET:
            return refused("7000215")
        if resource.rstrip("/") not in self.audiences:
            return refused("500011", resource)
        token = self.give(resource.rstrip("/"), now)
        # `ext_expires_in` is recorded; the page has the other three.
        lifetimes = dict.fromkeys(("expires_in", "ext_expires_in"), self.lifetime)
        return as_json(200, {"token_type": "Bearer", "access_token": token, **lifetimes})

    def give(self, audience: str, now: float) -> str:
        """A new access token, of which a client may read the roles at its own risk."""
        token = tokens.signed({"aud": audience, "roles": sorted(self.roles), "jti": secrets.token_hex(32)})
        self.given[token] = now + self.lifetime, audience, frozenset(self.roles)
        return token

    def imds(self, headers: Mapping[str, str], query: Mapping[str, str], now: float) -> Answer:
        """https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling"""
        resource = query.get("resource", "").rstrip("/")
        if headers.get("Metadata") != "true" or not query.get("api-version") or resource not in self.audiences:
            return as_json(400, {"error": "invalid_request", "error_description": "The request is malformed."})
        if not self.identity_assigned or query.get("client_id", self.client) != self.client:
            # Recorded: Azure/aad-pod-identity#778
            return as_json(400, {"error": "invalid_request", "error_description": "Identity not found"})
        return as_json(
            200,
            {
                "access_token": self.give(resource, now),
                "expires_in": str(self.lifetime),
                "expires_on": str(int(now) + self.lifetime),
                "not_before": str(int(now)),
                "resource": resource,
                "token_type": "Bearer",
            },
        )

    def _assertion_refusal(self, assertion: str, now: float) -> Answer | None:
        """Why an assertion is not accepted: https://learn.microsoft.com/entra/identity-platform/certificate-credentials

        Only what the settings decide is looked at: msal writes the claims.
        """
        try:
            header, _, signed, signature = parts_of(assertion)
        except ValueError:
            return refused("50027")
        der = self.certificate.public_bytes(serialization.Encoding.DER) if self.certificate else b""
        thumbprint = encode_part(hashlib.sha256(der).digest())
        if self.certificate is None or str(header.get("x5t#S256")).rstrip("=") != thumbprint:
            return refused("700027", "The key was not found.")
        key = self.certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        try:
            key.verify(signature, signed, pss, hashes.SHA256())
        except InvalidSignature:
            return refused("50013")
        expired = self.certificate.not_valid_after_utc.timestamp() <= now
        return refused("700027", "The key used is expired.") if expired else None


def make_certificate(key_name: str = "usual", *, expired: bool = False) -> tuple[x509.Certificate, str]:
    """A self-signed certificate and its private key as PEM, expired or good for a century."""
    private = tokens.private_key(key_name, 2048)  # msal refuses a shorter one
    return tokens.certificate(private, end=2021 if expired else 2120), pem(private).decode()
