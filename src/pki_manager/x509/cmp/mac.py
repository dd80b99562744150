"""CMP protection by a shared secret, with limits: PBMAC1 (RFC 9481 §6.1.2) and PasswordBasedMac.

PasswordBasedMac is defined in RFC 9810 §5.1.3.1.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace

from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.asn1 import der, oid_octets, tlv
from pki_manager.x509.asn1.tlv import Cursor, DerError, Tlv
from pki_manager.x509.cmp.identifiers import HASHES, HMACS, PASSWORD_BASED_MAC, PBKDF2, PBMAC1
from pki_manager.x509.cmp.message import read_or_refuse

MAX_ITERATIONS = {PASSWORD_BASED_MAC: 20_000, PBMAC1: 200_000}
"""Maximum number of iterations by algorithm: about 20 and 60 milliseconds of one core.

RFC 9481 requires at least 100.
"""
MIN_ITERATIONS = 100
SALT_OCTETS = 16

BAD_MAC = "cmp.mac"
_NAME = "protectionAlg"
_MAX_SALT = 64
_SHA256, _HMAC_SHA256 = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.2.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class MacAlgorithm:
    """A key derivation and a MAC. `hash_name` is the hash of the derivation, `mac_name` the hash of the HMAC."""

    kind: str
    salt: bytes = field(repr=False)
    iterations: int
    hash_name: str
    mac_name: str
    key_length: int

    def protect(self, secret: bytes, protected_part: bytes) -> bytes:
        """Return the MAC of header and body."""
        return hmac.digest(self._key(secret), protected_part, self.mac_name)

    def is_right(self, secret: bytes, protected_part: bytes, protection: bytes) -> bool:
        return hmac.compare_digest(self.protect(secret, protected_part), protection)

    def for_response(self, salt: bytes) -> MacAlgorithm:
        """Return an algorithm of the same kind and number of iterations, with this salt and SHA-256."""
        return replace(self, salt=salt, hash_name="sha256", mac_name="sha256", key_length=32)

    def identifier(self) -> bytes:
        """Return the AlgorithmIdentifier (DER) of an algorithm. Call it only on results of `for_response`."""
        salt, iterations = der.encode(der.OCTET_STRING, self.salt), der.integer(self.iterations)
        if self.kind == PASSWORD_BASED_MAC:
            parameters = der.encode_sequence(salt, _algorithm(_SHA256), iterations, _algorithm(_HMAC_SHA256))
        else:
            pbkdf2 = der.encode_sequence(salt, iterations, der.integer(self.key_length), _algorithm(_HMAC_SHA256))
            parameters = der.encode_sequence(
                der.encode_sequence(der.oid(PBKDF2), pbkdf2),
                _algorithm(_HMAC_SHA256),
            )
        return der.encode_sequence(der.oid(self.kind), parameters)

    def _key(self, secret: bytes) -> bytes:
        if self.kind == PBMAC1:
            return hashlib.pbkdf2_hmac(self.hash_name, secret, self.salt, self.iterations, self.key_length)
        key = secret + self.salt
        for _ in range(self.iterations):
            key = hashlib.new(self.hash_name, key).digest()
        return key


def read_mac(algorithm_der: bytes) -> MacAlgorithm | None:
    """Return the MAC of an AlgorithmIdentifier (DER), or None if it is not a MAC.

    Raises InvalidInput with the rule `cmp.mac` for a MAC whose algorithms or numbers are outside the limits; Malformed
    if it cannot be read.
    """
    kind, parameters = read_or_refuse(lambda: _kind(algorithm_der), _NAME)
    if kind not in MAX_ITERATIONS:
        return None
    if parameters is None:
        raise InvalidInput.of(_NAME, BAD_MAC, "has no parameters")
    read = _password_based if kind == PASSWORD_BASED_MAC else _pbmac1
    found = read_or_refuse(lambda: read(parameters), _NAME)
    if not MIN_ITERATIONS <= found.iterations <= MAX_ITERATIONS[kind]:
        message = f"must have {MIN_ITERATIONS} to {MAX_ITERATIONS[kind]} iterations, not {found.iterations}"
        raise InvalidInput.of(_NAME, BAD_MAC, message)
    return found


def _kind(algorithm_der: bytes) -> tuple[str, Tlv | None]:
    identifier, *parameters = tlv.read_fields(tlv.read_whole(algorithm_der, tlv.SEQUENCE), tlv.SEQUENCE, 1)
    kind = oid_octets.decode_oid(tlv.require_tag(identifier, tlv.OBJECT_IDENTIFIER).value)
    return kind, parameters[0] if parameters else None


def _password_based(parameters: Tlv) -> MacAlgorithm:
    """Read a PBMParameter. Raises DerError if it is malformed."""
    fields = Cursor(parameters)
    salt, hashing = _salt(fields.take()), _named(fields.take(), HASHES)
    iterations, mac = tlv.read_integer(fields.take()), _named(fields.take(), HMACS)
    fields.end()
    return MacAlgorithm(
        kind=PASSWORD_BASED_MAC, salt=salt, iterations=iterations, hash_name=hashing, mac_name=mac, key_length=0
    )


def _pbmac1(parameters: Tlv) -> MacAlgorithm:
    """Read PBMAC1-params (RFC 8018 A.5) with PBKDF2.

    Raises DerError if they are malformed, or without the key length, which RFC 9579 §4 requires.
    """
    derivation, scheme = tlv.read_fields(parameters, tlv.SEQUENCE, 2)[:2]
    kind, inner = _kind(derivation.raw)
    if kind != PBKDF2 or inner is None:
        raise DerError("the key of PBMAC1 is not derived with PBKDF2")
    fields = Cursor(inner)
    salt, iterations, length = _salt(fields.take()), tlv.read_integer(fields.take()), tlv.read_integer(fields.take())
    function = fields.optional(tlv.SEQUENCE)
    fields.end()
    mac = _named(scheme, HMACS)
    if not 16 <= length <= hashlib.new(mac).block_size:
        raise DerError(f"keyLength must be 16 to {hashlib.new(mac).block_size}")
    return MacAlgorithm(
        kind=PBMAC1,
        salt=salt,
        iterations=iterations,
        hash_name="sha1" if function is None else _named(function, HMACS),
        mac_name=mac,
        key_length=length,
    )


def _salt(element: Tlv) -> bytes:
    salt = tlv.require_tag(element, tlv.OCTET_STRING).value
    if not 8 <= len(salt) <= _MAX_SALT:
        raise DerError(f"the salt must have 8 to {_MAX_SALT} octets")
    return salt


def _named(algorithm: Tlv, known: dict[str, str]) -> str:
    kind, _ = _kind(algorithm.raw)
    if kind not in known:
        raise DerError(f"algorithm {kind} is not supported here; use SHA-256 or HMAC-SHA-256")
    return known[kind]


def _algorithm(oid: str) -> bytes:
    return der.encode_sequence(der.oid(oid), der.encode(der.NULL))
