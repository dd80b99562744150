"""The protection of a PKCS #12 file, read without a password, to determine the cost of opening it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, read_algorithm
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode.text import algorithm, oid

MAX_ITERATIONS = 1_000_000
MAX_KEY_OCTETS = 64
MAX_SCRYPT_OCTETS = 64 * 1024 * 1024
MAX_SCHEMES = 64
_MAX_DEPTH = 32

_PKCS12_PBE = "1.2.840.113549.1.12.1."
_PBES1 = frozenset(f"1.2.840.113549.1.5.{last}" for last in (1, 3, 4, 6, 10, 11))
_PBKDF2, _SCRYPT = "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"


class Derivation(NamedTuple):
    """One key derivation. `iterations` is the number of rounds (for scrypt: cost times lanes).

    `key_octets` is 0 if it is not encoded.
    """

    scheme: str
    iterations: int
    key_octets: int = 0
    memory: int = 0


def list_derivations(pfx: Tlv) -> list[Derivation]:
    """Return every key derivation in a PFX (DER, RFC 7292 §4) that is not itself encrypted.

    Raises DerError if it cannot be read; InvalidInput if a derivation costs more than the limits of this module, or if
    there are more than MAX_SCHEMES.
    """
    found = list(_walk(pfx, 0))
    fields = pfx.children()
    if len(fields) > 2:
        found += _mac(fields[2])
    if len(found) > MAX_SCHEMES:
        raise _refused(f"has {len(found)} encrypted parts; at most {MAX_SCHEMES} are looked at")
    for derivation in found:
        _require_modest(derivation)
    return found


def _require_modest(derivation: Derivation) -> None:
    if not 0 <= derivation.iterations <= MAX_ITERATIONS:
        raise _refused(f"asks for more than {MAX_ITERATIONS} iterations of {derivation.scheme}")
    if not 0 <= derivation.key_octets <= MAX_KEY_OCTETS or not 0 <= derivation.memory <= MAX_SCRYPT_OCTETS:
        raise _refused(f"requests a key length or memory size from {derivation.scheme} that is above the limit")


def _refused(message: str) -> InvalidInput:
    return InvalidInput.of("data", "pkcs12.cost", message)


def _walk(element: Tlv, depth: int) -> Iterator[Derivation]:
    if depth > _MAX_DEPTH:
        raise DerError(f"more than {_MAX_DEPTH} levels")
    children = element.children() if element.tag & 0x20 else []
    if element.tag == tlv.SEQUENCE and children and children[0].tag == tlv.OBJECT_IDENTIFIER:
        yield from _derivation(read_algorithm(element))
    for child in children:
        yield from _walk(child, depth + 1)
    if element.tag == tlv.OCTET_STRING and element.value[:1] == b"\x30":
        yield from _inside(element.value, depth + 1)


def _inside(octets: bytes, depth: int) -> Iterator[Derivation]:
    """Search an OCTET STRING for derivations.

    It can contain DER (as around the safes), or a salt that only resembles DER.
    """
    try:
        element = tlv.read_whole(octets, tlv.SEQUENCE)
        element.children()
    except DerError:
        return
    yield from _walk(element, depth)


def _derivation(found: AlgorithmIdentifier) -> Iterator[Derivation]:
    """Yield the key derivation of an algorithm, if it is one.

    Known are those of PKCS #12 itself (RFC 7292 C), PBES1 and PBKDF2 (RFC 8018 §6.1, §5.2), and scrypt (RFC 7914 §7).
    """
    dotted_oid = oid(found.oid)
    if found.parameters is None or found.parameters[:1] != b"\x30":
        return
    numbers = [_number(part) for part in tlv.read_whole(found.parameters, tlv.SEQUENCE).children()[1:]]
    if dotted_oid.startswith(_PKCS12_PBE) or dotted_oid in _PBES1:
        yield Derivation(algorithm(found), numbers[0] if numbers else 0)
    elif dotted_oid == _PBKDF2:
        yield Derivation("PBKDF2", numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 0)
    elif dotted_oid == _SCRYPT and len(numbers) >= 3:
        cost, block, lanes = numbers[:3]
        yield Derivation("scrypt", cost * lanes, numbers[3] if len(numbers) > 3 else 0, 128 * cost * block)


def _number(element: Tlv) -> int:
    """Return the value of an INTEGER; 0 for any other type (the last field of PBKDF2 is an algorithm)."""
    return int.from_bytes(element.value[:64], "big", signed=True) if element.tag == tlv.INTEGER else 0


def _mac(mac_data: Tlv) -> Iterator[Derivation]:
    """Yield the key derivation of MacData (RFC 7292 §4): a digest, a salt, and iterations.

    The PBKDF2 of PBMAC1 (RFC 9579) was already found by `_walk`.
    """
    fields = tlv.read_fields(mac_data, tlv.SEQUENCE, 2)
    digest = read_algorithm(tlv.read_fields(fields[0], tlv.SEQUENCE, 2)[0])
    yield Derivation(f"MAC {algorithm(digest)}", _number(fields[2]) if len(fields) > 2 else 1)
