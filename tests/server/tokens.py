"""A throwaway service account and certificate, and a token endpoint that accepts only that account's signature."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tests.server import answers
from tests.server.answers import Answer

CLIENT_EMAIL = "cwac-reader@test-project.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOLERANCE = 300
"""Seconds by which a client's clock may differ."""


@cache
def private_key() -> rsa.RSAPrivateKey:
    """The throwaway key: one for the whole process, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # small, since every sign-in checks it


def key_file(token_uri: str, private: rsa.RSAPrivateKey | None = None) -> dict[str, str]:
    """The JSON key file that Google lets one download, for `private_key()` or for one that the server does not know."""
    pem = (private or private_key()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "test-project",
        "private_key_id": hashlib.sha1(pem, usedforsecurity=False).hexdigest(),
        "private_key": pem.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000000",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    }


def tls(certificate: Path) -> ssl.SSLContext:
    """Make a throwaway certificate for loopback, write it (and its key) to the file, and serve with it."""
    private = ec.generate_private_key(ec.SECP256R1())  # a thousand times faster than RSA
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cwac test server")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@dataclass
class TokenOffice:
    """Gives access tokens for signed assertions, and knows which ones are still good. Times are the server's."""

    lifetime: int = 3599
    revoked: bool = False
    given: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    def grant(self, form: Mapping[str, list[str]], now: float) -> Answer:
        """Answer POST /token."""
        grant_type = form.get("grant_type", [""])[0]
        if grant_type != GRANT:
            return answers.token_refused("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        try:
            header_part, claims_part, signature_part = form["assertion"][0].split(".")
            header, claims = json.loads(decode_part(header_part)), json.loads(decode_part(claims_part))
            signature = decode_part(signature_part)
            if header["alg"] != "RS256":
                raise ValueError(header["alg"])
        except (KeyError, ValueError):
            return answers.token_refused("invalid_grant", "Bad Request")
        if claims.get("iss") != CLIENT_EMAIL:
            return answers.NO_ACCOUNT
        try:
            signed = f"{header_part}.{claims_part}".encode()
            private_key().public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return answers.BAD_SIGNATURE
        if self.revoked:
            return answers.BAD_SIGNATURE
        if claims.get("aud") != AUDIENCE:
            return answers.token_refused("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires = claims.get("iat", 0), claims.get("exp", 0)
        if abs(issued - now) > TOLERANCE or not 0 < expires - issued <= 3600:
            return answers.CLOCK
        scopes = frozenset(claims.get("scope", "").split())
        if not scopes:
            return answers.token_refused("invalid_scope", "Empty or missing scope not allowed.")
        token = "ya29.c." + secrets.token_urlsafe(32)
        self.given[token] = (now + self.lifetime, scopes)
        return answers.as_json(200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"})

    def refusal(self, authorization: str | None, allowed: frozenset[str], now: float) -> Answer | None:
        """Why a call with this Authorization header is refused, or None. `allowed` are the scopes that suffice."""
        if not authorization:
            return answers.unauthenticated(missing=True)
        kind, _, token = authorization.partition(" ")
        expires, scopes = self.given.get(token, (0.0, frozenset[str]()))
        if kind.lower() != "bearer" or expires <= now:
            return answers.unauthenticated()
        return None if scopes & allowed else answers.scope_insufficient()


def decode_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode_part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
