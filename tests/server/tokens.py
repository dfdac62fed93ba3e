"""Throwaway keys, certificates and JSON Web Tokens, and a token endpoint that accepts one account's signature."""

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
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tests.server.answers import REFUSALS, Answer, as_json, token_refused

CLIENT_EMAIL = "cwac-reader@test-project.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
TOLERANCE = 300
"""Seconds by which a client's clock may differ."""


@cache
def private_key(_name: str = "usual", bits: int = 1024) -> rsa.RSAPrivateKey:
    """The throwaway key of that name: one for the whole process, since making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)  # small, since every sign-in checks it


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_file(token_uri: str) -> dict[str, str]:
    """The JSON key file that Google lets one download, for `private_key()`."""
    key = pem(private_key())
    return {
        "type": "service_account",
        "project_id": "test-project",
        "private_key_id": hashlib.sha1(key, usedforsecurity=False).hexdigest(),
        "private_key": key.decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000000",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    }


def certificate(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType, end: int = 2120
) -> x509.Certificate:
    """A self-signed certificate, good from 2020 until that year."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cwac stand-in")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(end, 1, 1, tzinfo=dt.UTC))
    )
    for extension in extensions:
        made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return made.sign(private, hashes.SHA256())


def tls(path: Path) -> ssl.SSLContext:
    """Make a throwaway certificate for loopback, write it (and its key) to the file, and serve with it."""
    private = ec.generate_private_key(ec.SECP256R1())  # a thousand times faster than RSA
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = certificate(private, address, x509.BasicConstraints(ca=True, path_length=0))
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem(private))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# --- JSON Web Tokens -----------------------------------------------------------------------------------------------


def decode_part(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode_part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def signed(claims: Mapping[str, object]) -> str:
    """A token with the claims, signed by `private_key()`."""
    parts = ({"alg": "RS256", "kid": "1", "typ": "JWT"}, claims)
    unsigned = ".".join(encode_part(json.dumps(part).encode()) for part in parts)
    return f"{unsigned}.{encode_part(private_key().sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """The header, the claims, what is signed, and the signature. Raises `ValueError`."""
    header, claims, signature = token.split(".")
    signed = f"{header}.{claims}".encode()
    return json.loads(decode_part(header)), json.loads(decode_part(claims)), signed, decode_part(signature)


def is_ours(signed: bytes, signature: bytes) -> bool:
    """Whether `private_key()` has signed it."""
    try:
        private_key().public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@dataclass
class TokenOffice:
    """Gives access tokens for signed assertions, and knows which ones are still good. Times are the server's."""

    lifetime: int = 3599
    revoked: bool = False
    given: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    def grant(self, form: Mapping[str, str], now: float) -> Answer:
        """Answer POST /token."""
        _, claims, signed, signature = parts_of(form["assertion"])
        if claims.get("iss") != CLIENT_EMAIL:
            return REFUSALS["no-account"]
        if self.revoked or not is_ours(signed, signature):
            return REFUSALS["bad-signature"]
        if claims.get("aud") != AUDIENCE:
            return token_refused("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires = claims.get("iat", 0), claims.get("exp", 0)
        if abs(issued - now) > TOLERANCE or not 0 < expires - issued <= 3600:
            return REFUSALS["clock"]
        scopes = frozenset(claims.get("scope", "").split())
        if not scopes:
            return token_refused("invalid_scope", "Empty or missing scope not allowed.")
        token = "ya29.c." + secrets.token_urlsafe(32)
        self.given[token] = (now + self.lifetime, scopes)
        return as_json(200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"})

    def refusal(self, token: str, allowed: frozenset[str], now: float) -> Answer | None:
        """Why a call with this access token, or none, is refused. `allowed` are the scopes that suffice."""
        expires, scopes = self.given.get(token, (0.0, frozenset[str]()))
        if expires <= now:
            return REFUSALS["unauthorized" if token else "no-token"]
        return None if scopes & allowed else REFUSALS["scopes"]
