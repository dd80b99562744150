"""Signs as ACME clients do, by `cryptography` alone: what is judged must not judge itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_CURVES = {
    "secp256r1": ("P-256", 32, "ES256"),
    "secp384r1": ("P-384", 48, "ES384"),
    "secp521r1": ("P-521", 66, "ES512"),
}
_HASHES = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384(), "ES512": hashes.SHA512()}


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


@dataclass(frozen=True)
class Signer:
    key: PrivateKey

    @property
    def algorithm(self) -> str:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return _CURVES[self.key.curve.name][2]
        return "RS256" if isinstance(self.key, rsa.RSAPrivateKey) else "EdDSA"

    @property
    def jwk(self) -> dict[str, str]:
        if isinstance(self.key, rsa.RSAPrivateKey):
            numbers = self.key.public_key().public_numbers()
            return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return {"kty": "OKP", "crv": "Ed25519", "x": b64(self.key.public_key().public_bytes_raw())}
        point = self.key.public_key().public_numbers()
        curve, length, _ = _CURVES[self.key.curve.name]
        return {"kty": "EC", "crv": curve, "x": number(point.x, length), "y": number(point.y, length)}

    @property
    def thumbprint(self) -> bytes:
        canonical = json.dumps(dict(sorted(self.jwk.items())), separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).digest()

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        length = _CURVES[self.key.curve.name][1]
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(_HASHES[self.algorithm])))
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    def jws(self, header: Mapping[str, Any], payload: object) -> dict[str, str]:
        """`payload` None: empty, as POST-as-GET has it. The header's `alg` is the key's unless it says another."""
        protected = b64(json.dumps({"alg": self.algorithm, **header}).encode())
        body = "" if payload is None else b64(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        return {"protected": protected, "payload": body, "signature": b64(self.sign(f"{protected}.{body}".encode()))}


def new_signer(kind: str = "P-256") -> Signer:
    if kind == "Ed25519":
        return Signer(ed25519.Ed25519PrivateKey.generate())
    if kind.startswith("RSA-"):
        return Signer(rsa.generate_private_key(65537, int(kind.removeprefix("RSA-"))))
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return Signer(ec.generate_private_key(curves[kind]))


def bind(secret: bytes, key_id: str, url: str, jwk: Mapping[str, str], **header: Any) -> dict[str, str]:
    """An external account binding (RFC 8555 §7.3.4)."""
    protected = b64(json.dumps({"alg": "HS256", "kid": key_id, "url": url, **header}).encode())
    payload = b64(json.dumps(jwk).encode())
    mac = hmac.digest(secret, f"{protected}.{payload}".encode(), "sha256")
    return {"protected": protected, "payload": payload, "signature": b64(mac)}
