"""JSON Web Signatures as ACME requires them (RFC 8555 §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.protocols.acme import base64url
from pki_manager.protocols.acme.account_key import ALGORITHMS, AccountKey, read_key
from pki_manager.protocols.strict_json import read_json

MEDIA_TYPE = "application/jose+json"
MAX_OCTETS = 64 * 1024
MACS = ("HS256", "HS384", "HS512")

BAD_JWS, BAD_ALGORITHM = "acme.jws", "acme.signature_algorithm"
"""Rule IDs of errors about the JWS of a request, and about its signature algorithm."""

_MAX_HEADER = 8 * 1024
_FOREIGN = frozenset({"crit", "b64", "jku", "x5u", "x5c"})
"""Header members that are refused: they change the meaning of a signature, or refer to keys in other places."""


class _Registry(jws.JWSRegistry):
    """A registry with higher limits than the library's, which are too low for a header with an RSA key."""

    max_header_length = _MAX_HEADER
    max_payload_length = MAX_OCTETS

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - the library keeps the type to itself
        """Return an algorithm, without the library's warning about the old name of Ed25519."""
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class SignedJws:
    """A JWS as received, not verified yet. Exactly one of `key` and `key_id` is set. `nonce` is None if absent."""

    algorithm: str
    url: str
    nonce: str | None
    key: AccountKey | None
    key_id: str | None
    payload: bytes = field(repr=False)
    parts: Mapping[str, str] = field(repr=False)

    def verify(self, key: AccountKey) -> None:
        """Verify the signature with the key.

        Raises InvalidInput with the rule BAD_ALGORITHM if the key cannot be used with the algorithm; Malformed if the
        signature is wrong.
        """
        if self.algorithm not in key.algorithms:
            raise build_bad_algorithm(f"the algorithm {self.algorithm} cannot be used with this type of key")
        if not _is_signed(self, key.key):
            raise Malformed.of("signature", BAD_JWS, "is not a valid signature of the key over this request")

    def is_mac_of(self, key: bytes) -> bool:
        """Return whether the signature is a valid MAC with this secret key, by one of the algorithms MACS."""
        return self.algorithm in MACS and _is_signed(self, OctKey.import_key(key))


def read_body(body: bytes) -> SignedJws:
    """Return the JWS in a request body, signed with a public key. Raises the errors of `read`."""
    return read(read_json(body), ALGORITHMS)


def read(value: object, algorithms: tuple[str, ...], name: str = "body") -> SignedJws:
    """Return the JWS in a JSON value: flattened serialization with one protected header and nothing else.

    Raises Malformed with `name` if the value has another form; InvalidInput with the rule BAD_ALGORITHM if the
    algorithm is not in `algorithms`. Other errors as `read_key`.
    """
    parts = _parts(value, name)
    header = _header(parts["protected"], name)
    algorithm, key_id, url, nonce = (header.get(member) for member in ("alg", "kid", "url", "nonce"))
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise build_bad_algorithm(f"a signature is made by one of {', '.join(algorithms)} here")
    if not isinstance(url, str) or not isinstance(nonce, str | None):
        raise _malformed(name, "has no url, or no text for a nonce, in its protected header")
    if ("jwk" in header) == ("kid" in header) or not isinstance(key_id, str | None):
        raise _malformed(name, "has to name its key in exactly one way: jwk or kid")
    key = read_key(header["jwk"]) if "jwk" in header else None
    payload = base64url.decode(parts["payload"], name)
    return SignedJws(algorithm, url, nonce, key, key_id, payload, parts)


def build_bad_algorithm(message: str) -> InvalidInput:
    """Return the error for an unsupported signature algorithm."""
    return InvalidInput.of("alg", BAD_ALGORITHM, message)


def _parts(value: object, name: str) -> Mapping[str, str]:
    if not isinstance(value, dict) or {"header", "signatures"} & value.keys():
        raise _malformed(name, "is not a JWS with one protected header, one signature and nothing unprotected")
    parts = {part: value.get(part) for part in ("protected", "payload", "signature")}
    if not all(isinstance(text, str) for text in parts.values()):
        raise _malformed(name, "is not a JWS of protected, payload and signature (RFC 7515 §7.2.2)")
    return {part: str(text) for part, text in parts.items()}


def _header(text: str, name: str) -> Mapping[str, Any]:
    octets = base64url.decode(text, name)
    header = read_json(octets) if len(octets) <= _MAX_HEADER else None
    if not isinstance(header, dict) or _FOREIGN & header.keys():
        raise _malformed(name, "has a protected header that is not understood here")
    return header


def _is_signed(signed: SignedJws, key: Key) -> bool:
    base64url.decode(signed.parts["signature"], "signature")
    registry = _registry(signed.algorithm)
    try:
        jws.deserialize_json(
            {
                "protected": signed.parts["protected"],
                "payload": signed.parts["payload"],
                "signature": signed.parts["signature"],
            },
            key,
            registry=registry,
        )
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


@lru_cache(maxsize=16)
def _registry(algorithm: str) -> _Registry:
    return _Registry(algorithms=[algorithm], strict_check_header=False)


def _malformed(name: str, message: str) -> InvalidInput:
    return Malformed.of(name, BAD_JWS, message)
