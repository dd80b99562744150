"""Public keys of clients as JWK (RFC 7517): of accounts, and of certificates that are revoked with their own key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from pki_manager.domain.errors import InvalidInput, PkiError
from pki_manager.protocols.acme import base64url
from pki_manager.x509.keys import compute_key_facts

Key: TypeAlias = RSAKey | ECKey | OKPKey

BAD_KEY = "acme.public_key"
"""The rule ID of errors about public keys that are not accepted."""

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096
_MIN_EXPONENT, _MAX_EXPONENT_OCTETS = 65537, 32

_COORDINATES: Mapping[str, int] = {"P-256": 32, "P-384": 48, "P-521": 66}
_ALGORITHMS: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RS256"}),
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
}
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "EdDSA", "Ed25519")
"""Supported signature algorithms with public keys. `EdDSA` (RFC 8037) is the old name of `Ed25519` (RFC 9864)."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """A public key.

    `jwk` is canonical JSON of its required members (RFC 7638 §3.2), `thumbprint` the SHA-256 of that. `algorithms` are
    the signature algorithms that can be used with the key.
    """

    jwk: str
    thumbprint: bytes
    algorithms: frozenset[str]
    spki_der: bytes = field(repr=False)
    key: Key = field(repr=False)


def read_key(document: object, name: str = "jwk") -> AccountKey:
    """Return the public key of a JWK. Its members `alg`, `kid`, and `use` are ignored.

    Only one form of a key is accepted: no leading zeros in numbers, coordinates of full length. Raises InvalidInput
    with the rule BAD_KEY for any other form, a private key, or a weak key.
    """
    if not isinstance(document, dict) or "d" in document or "k" in document:
        raise _bad(name, "is not a public key as a JWK (RFC 7517)")
    members, algorithms = _members(document, name)
    jwk = json.dumps(members, sort_keys=True, separators=(",", ":"))
    key = _import(members, name)
    spki_der = key.as_der(private=False)
    _require_sound(spki_der, name)
    return AccountKey(jwk, hashlib.sha256(jwk.encode("ascii")).digest(), algorithms, spki_der, key)


@lru_cache(maxsize=4096)
def load_known_key(jwk: str) -> AccountKey:
    """Return the key of a stored `AccountKey.jwk`. The keys of active accounts are cached."""
    return read_key(json.loads(jwk))


def _members(members: Mapping[str, Any], name: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return the members of a key that its thumbprint covers, in canonical form, and the algorithms of such keys."""
    kind, curve = members.get("kty"), members.get("crv")
    if kind == "RSA":
        _require_rsa(_octets(members, "n", name), _octets(members, "e", name), name)
        return {"kty": "RSA", "n": members["n"], "e": members["e"]}, _ALGORITHMS["RSA"]
    if kind == "EC" and isinstance(curve, str) and curve in _COORDINATES:
        if any(len(_octets(members, axis, name)) != _COORDINATES[curve] for axis in ("x", "y")):
            raise _bad(name, f"has coordinates that are not of the length of {curve} (RFC 7518 §6.2.1)")
        return {"kty": "EC", "crv": curve, "x": members["x"], "y": members["y"]}, _ALGORITHMS[curve]
    if kind == "OKP" and curve == "Ed25519":
        if len(_octets(members, "x", name)) != 32:
            raise _bad(name, "is not 32 octets long, as Ed25519 keys are (RFC 8037 §2)")
        return {"kty": "OKP", "crv": "Ed25519", "x": members["x"]}, _ALGORITHMS["Ed25519"]
    raise _bad(name, "is of no type that is taken: RSA, P-256, P-384, P-521, Ed25519")


def _octets(members: Mapping[str, Any], member: str, name: str) -> bytes:
    try:
        return base64url.decode(members.get(member), name)
    except InvalidInput:
        raise _bad(name, f"has no member {member!r} in base64url") from None


def _require_rsa(modulus: bytes, exponent: bytes, name: str) -> None:
    """Raise InvalidInput if the numbers of an RSA key have leading zero octets or a size that is not accepted.

    RFC 7518 §6.3.1 forbids leading zero octets. The size is checked before anything is computed with the numbers.
    """
    if modulus[:1] in (b"", b"\0") or exponent[:1] in (b"", b"\0"):
        raise _bad(name, "has a number that is empty or begins with a zero octet (RFC 7518 §2)")
    bits = int.from_bytes(modulus, "big").bit_length() if len(modulus) <= MAX_RSA_BITS // 8 else MAX_RSA_BITS + 1
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise _bad(name, f"is not an RSA key of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
    if len(exponent) > _MAX_EXPONENT_OCTETS or int.from_bytes(exponent, "big") < _MIN_EXPONENT:
        raise _bad(name, "has a public exponent that is below 65537 or too long")


def _import(members: Mapping[str, str], name: str) -> Key:
    kinds: Mapping[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    try:
        return kinds[members["kty"]].import_key(dict(members))
    except (JoseError, ValueError, TypeError):
        raise _bad(name, "is not a valid key of its type") from None


def _require_sound(spki_der: bytes, name: str) -> None:
    """Raise InvalidInput if the private key is known or can be computed from the public key."""
    try:
        facts = compute_key_facts(spki_der, name)
    except PkiError:
        raise _bad(name, "is not a valid key of its type") from None
    if facts.rsa_small_factor is not None or facts.rsa_close_primes or facts.rsa_roca or facts.unsafe_point:
        raise _bad(name, "is weak: others can compute its private key")


def _bad(name: str, message: str) -> InvalidInput:
    return InvalidInput.of(name, BAD_KEY, message)
