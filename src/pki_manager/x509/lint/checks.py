"""Checks that lint rules for several kinds of objects share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.oid_octets import encode_oid
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, Extension, Time, read_algorithm
from pki_manager.x509.lint.rule import Breach

_NULL = b"\x05\x00"

_WEAK_SIGNATURES = {
    encode_oid("1.2.840.113549.1.1.2"): "MD2 with RSA",
    encode_oid("1.2.840.113549.1.1.3"): "MD4 with RSA",
    encode_oid("1.2.840.113549.1.1.4"): "MD5 with RSA",
    encode_oid("1.2.840.113549.1.1.5"): "SHA-1 with RSA",
    encode_oid("1.3.14.3.2.29"): "SHA-1 with RSA",
    encode_oid("1.2.840.10040.4.3"): "SHA-1 with DSA",
    encode_oid("1.2.840.10045.4.1"): "SHA-1 with ECDSA",
}

_RSA_SIGNATURES = {encode_oid(f"1.2.840.113549.1.1.{last}") for last in (2, 3, 4, 5, 11, 12, 13, 14)}
_BARE_SIGNATURES = {encode_oid(f"1.2.840.10045.4.{last}") for last in ("1", "3.1", "3.2", "3.3", "3.4")} | {
    oid_octets.ED25519,
    oid_octets.ED448,
    oid_octets.ML_DSA_44,
    oid_octets.ML_DSA_65,
    oid_octets.ML_DSA_87,
}
_DIGESTS = {oid_octets.SHA256: 32, oid_octets.SHA384: 48, oid_octets.SHA512: 64}

_KEYS: dict[bytes, tuple[bytes, ...]] = (
    dict.fromkeys(_RSA_SIGNATURES, (oid_octets.RSA_ENCRYPTION,))
    | {oid: (oid,) for oid in _BARE_SIGNATURES}
    | {encode_oid(f"1.2.840.10045.4.{last}"): (oid_octets.EC_PUBLIC_KEY,) for last in ("1", "3.1", "3.2", "3.3", "3.4")}
    | {oid_octets.RSA_PSS: (oid_octets.RSA_PSS, oid_octets.RSA_ENCRYPTION)}
)
"""The key algorithms that can create a signature, by signature algorithm (OIDs as content octets)."""


def check_weak_signature(algorithm: AlgorithmIdentifier) -> Iterator[Breach]:
    """Yield a breach if the signature algorithm uses a hash with known collisions."""
    if algorithm.oid in _WEAK_SIGNATURES:
        yield Breach("signatureAlgorithm", f"{_WEAK_SIGNATURES[algorithm.oid]} is forgeable")


def check_signature_parameters(algorithm: AlgorithmIdentifier) -> Iterator[Breach]:
    """Yield a breach for each wrong parameter of a signature algorithm.

    Parameters must be NULL for PKCS #1 v1.5 (RFC 4055 §5); absent for ECDSA (RFC 5758 §3.2), EdDSA (RFC 8410 §3), and
    ML-DSA (RFC 9881 §2). For PSS see `_pss_parameters`.
    """
    if algorithm.oid in _RSA_SIGNATURES and algorithm.parameters != _NULL:
        yield Breach("signatureAlgorithm", "the parameters of an RSA PKCS#1 v1.5 signature are not NULL")
    if algorithm.oid in _BARE_SIGNATURES and algorithm.parameters is not None:
        yield Breach("signatureAlgorithm", "an ECDSA, EdDSA or ML-DSA signature algorithm has parameters")
    if algorithm.oid == oid_octets.RSA_PSS:
        yield from _pss_parameters(algorithm.parameters or b"")


def _pss_parameters(parameters: bytes) -> Iterator[Breach]:
    """Yield a breach for each parameter of RSASSA-PSS that violates RFC 4055 §3.1.

    Required are a SHA-2 hash, MGF1 with the same hash, a salt as long as the hash, and the default trailer, which must
    be omitted. Hash, mask generation, and salt length must be present, because their defaults use SHA-1.
    """
    cursor = tlv.Cursor(tlv.read_whole(parameters, tlv.SEQUENCE))
    hashed, mask, salt, trailer = (cursor.optional(tag) for tag in (0xA0, 0xA1, 0xA2, 0xA3))
    cursor.end()
    if hashed is None or mask is None or salt is None:
        yield Breach("signatureAlgorithm", "the RSASSA-PSS parameters leave something to the default SHA-1")
        return
    digest, generation = read_algorithm(tlv.read_only_child(hashed)), read_algorithm(tlv.read_only_child(mask))
    inner = read_algorithm(tlv.read_whole(generation.parameters or b"", tlv.SEQUENCE))
    if digest.oid not in _DIGESTS:
        yield Breach("signatureAlgorithm", f"RSASSA-PSS with the hash {oid_octets.decode_oid(digest.oid)}")
    if generation.oid != oid_octets.MGF1 or inner.oid != digest.oid:
        yield Breach("signatureAlgorithm", "the mask generation of RSASSA-PSS is not MGF1 with the same hash")
    if tlv.read_integer(tlv.read_only_child(salt)) != _DIGESTS.get(digest.oid):
        yield Breach("signatureAlgorithm", "the salt of RSASSA-PSS is not as long as the hash")
    if trailer is not None:
        yield Breach("signatureAlgorithm", "the RSASSA-PSS trailerField, 1 by default, is written out")


def check_signature_fits_key(algorithm: AlgorithmIdentifier, key: AlgorithmIdentifier) -> Iterator[Breach]:
    """Yield a breach if the signature algorithm does not fit the key."""
    able = _KEYS.get(algorithm.oid)
    if able is not None and key.oid not in able:
        yield Breach(
            "signatureAlgorithm", f"the signer's key is for {oid_octets.decode_oid(key.oid)}, which signs otherwise"
        )


def check_time_form(time: Time | None, where: str) -> Iterator[Breach]:
    """Yield a breach unless the time is to the second, in UTC (Z), without fraction (RFC 5280 §4.1.2.5.1 and .2)."""
    if time is not None and time.moment is None:
        form = "YYMMDDHHMMSSZ" if time.tag == tlv.UTC_TIME else "YYYYMMDDHHMMSSZ"
        yield Breach(where, f"{time.text.decode('latin-1')!a} is not of the form {form}")


def check_time_type(time: Time | None, where: str) -> Iterator[Breach]:
    """Yield a breach unless the time is a UTCTime through 2049, a GeneralizedTime from 2050 (RFC 5280 §4.1.2.5)."""
    if time is not None and time.moment is not None and time.tag == tlv.GENERALIZED_TIME and time.moment.year < 2050:
        yield Breach(where, "a date through the year 2049 is encoded as GeneralizedTime")


def check_repeated(extensions: Iterable[Extension], where: str = "extensions") -> Iterator[Breach]:
    """Yield a breach for each repeated extension."""
    seen: set[bytes] = set()
    for extension in extensions:
        if extension.oid in seen:
            yield Breach(where, f"extension {extension.dotted} occurs more than once")
        seen.add(extension.oid)


def check_unknown_critical(
    extensions: Iterable[Extension], known: frozenset[bytes], where: str = "extensions"
) -> Iterator[Breach]:
    """Yield a breach for each critical extension that is not among `known`."""
    for extension in extensions:
        if extension.critical and extension.oid not in known:
            yield Breach(where, f"extension {extension.dotted} is critical and unknown")


def check_criticality(extensions: Iterable[Extension], oids_: frozenset[bytes], *, critical: bool) -> Iterator[Breach]:
    """Yield a breach for each of these extensions whose critical flag is not `critical`."""
    for extension in extensions:
        if extension.oid in oids_ and extension.critical is not critical:
            state = "not critical" if critical else "critical"
            yield Breach("extensions", f"extension {extension.dotted} is {state}")
