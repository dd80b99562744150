"""Facts about public keys, and the arithmetic that detects weak RSA moduli. `policy.keys` decides about the facts."""

from __future__ import annotations

import hashlib
import math
import re
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pki_manager.domain.algorithms import KeyFamily, find_key_type
from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.request import KeyFacts
from pki_manager.x509 import pem
from pki_manager.x509.asn1 import der
from pki_manager.x509.small_order import is_unsafe_point

MAX_SPKI_OCTETS = 3072
"""Maximum octets of a key that is loaded: more than any supported type needs.

Longer keys (DSA, explicit parameters) are refused before they are loaded.
"""

_SHA256_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)

MAX_RSA_BITS = 8192
MAX_RSA_EXPONENT_BITS = 256
FERMAT_ROUNDS = 100
_RSA_KEYS = frozenset({der.oid("1.2.840.113549.1.1.1"), der.oid("1.2.840.113549.1.1.10")})
"""rsaEncryption and id-RSASSA-PSS: two algorithm identifiers for the same RSAPublicKey (RFC 4055 §1.2)."""

_EDWARDS = (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)
_LATTICE: dict[type[PublicKeyTypes], tuple[KeyFamily, int]] = {
    mldsa.MLDSA44PublicKey: (KeyFamily.ML_DSA, 44),
    mldsa.MLDSA65PublicKey: (KeyFamily.ML_DSA, 65),
    mldsa.MLDSA87PublicKey: (KeyFamily.ML_DSA, 87),
    mlkem.MLKEM768PublicKey: (KeyFamily.ML_KEM, 768),
    mlkem.MLKEM1024PublicKey: (KeyFamily.ML_KEM, 1024),
}


def _primes(count: int) -> tuple[int, ...]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
        candidate += 1
    return tuple(found)


SMALL_PRIMES = _primes(752)
_PRIMORIAL = math.prod(SMALL_PRIMES)

# Few numbers are squares modulo 5040 = 16 * 9 * 5 * 7: looking there first spares 24 of 25 square roots.
_SQUARES_MODULO_5040 = frozenset(number * number % 5040 for number in range(5040))

# Infineon's RSALib (CVE-2017-15361) made primes of the form k*M + (65537^a mod M), M a product of small primes. Modulo
# each odd one of these, a modulus of two such primes is a power of 65537, a random one only by chance.
_ROCA_POWERS = tuple(
    (prime, frozenset(pow(65537, exponent, prime) for exponent in range(prime - 1))) for prime in SMALL_PRIMES[1:39]
)


def parse_spki_sha256(text: str, field: str) -> bytes:
    """Return the SHA-256 of a SubjectPublicKeyInfo from 64 hex digits, or from the key as PEM or Base64 of DER.

    Raises Malformed, TooLarge, or InvalidInput with `field` if the text is neither.
    """
    digits = text.strip().lower().replace(":", "")
    if _SHA256_HEX.fullmatch(digits):
        return bytes.fromhex(digits)
    spki_der = pem.read(text, (pem.PUBLIC_KEY,), field)
    der.require_der(spki_der, field)
    return compute_key_facts(spki_der, field).spki_sha256


def compute_key_facts(spki_der: bytes, field: str = "csr") -> KeyFacts:
    """Return the facts about a SubjectPublicKeyInfo (DER, RFC 5280 §4.1.2.7).

    `name` is None if the type is not supported, or not in the one encoding that certificates contain (named curve,
    uncompressed point, NULL parameters for RSA). Raises InvalidInput for an RSA key above MAX_RSA_BITS, before any
    arithmetic, and for unknown algorithms; Malformed for an invalid key, for example a point that is not on its curve.
    """
    found = _examined(spki_der)
    if isinstance(found, InvalidInput):
        (error,) = found.errors
        raise type(found).of(field, error.rule, error.message)
    return found


@lru_cache(maxsize=1024)
def _examined(spki_der: bytes) -> KeyFacts | InvalidInput:
    """Return the facts about a key, or the error. The result is cached, because each key is examined several times."""
    try:
        _require_modest(spki_der, "key")
        return _facts(load(spki_der, "key"), spki_der)
    except InvalidInput as error:
        return error.with_traceback(None)


def load(spki_der: bytes, field: str = "csr") -> PublicKeyTypes:
    """Return a public key as pyca/cryptography's object. Raises the errors of `compute_key_facts`."""
    try:
        return _loaded(spki_der)
    except UnsupportedAlgorithm:
        raise InvalidInput.of(field, "key.supported", "has an unsupported algorithm or curve") from None
    except ValueError:
        raise Malformed.of(field, "key.valid", "is not a valid public key of its algorithm") from None


@lru_cache(maxsize=1024)
def _loaded(spki_der: bytes) -> PublicKeyTypes:
    return load_der_public_key(spki_der)


@lru_cache(maxsize=1024)
def encode_canonical(spki_der: bytes) -> bytes:
    """Return the key as pyca/cryptography encodes it, which can differ from the input.

    Raises the errors of `compute_key_facts`.
    """
    return load(spki_der).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_public_key_bits(spki_der: bytes) -> bytes:
    """Return the octets of the subjectPublicKey BIT STRING (key identifiers and CertID hashes are computed from it)."""
    return der.read_content(der.read_children(spki_der)[1])[1:]


def compute_subject_key_identifier(spki_der: bytes) -> bytes:
    """Return the SHA-1 of the subjectPublicKey (RFC 5280 §4.2.1.2 method 1)."""
    return hashlib.sha1(read_public_key_bits(spki_der), usedforsecurity=False).digest()


def _require_modest(spki_der: bytes, field: str) -> None:
    """Raise InvalidInput for a very large key by its length alone, because operations cost its square or cube."""
    try:
        algorithm, key = der.read_children(spki_der, field)
        if der.read_children(algorithm, field)[0] not in _RSA_KEYS:
            _require_short(spki_der, field)
            return
        modulus, exponent = (
            der.read_content(part, field) for part in der.read_children(der.read_content(key, field)[1:], field)
        )
    except (ValueError, IndexError):
        raise Malformed.of(field, "key.valid", "is not a valid public key of its algorithm") from None
    bits, exponent_bits = (int.from_bytes(number, "big").bit_length() for number in (modulus, exponent))
    if bits > MAX_RSA_BITS or exponent_bits > MAX_RSA_EXPONENT_BITS:
        message = (
            f"an RSA key of {bits} bits with an exponent of {exponent_bits} is not looked at;"
            f" the limits are {MAX_RSA_BITS} and {MAX_RSA_EXPONENT_BITS}"
        )
        raise InvalidInput.of(field, "key.rsa_size", message)


def _require_short(spki_der: bytes, field: str) -> None:
    if len(spki_der) > MAX_SPKI_OCTETS:
        message = f"a public key of {len(spki_der)} octets is not looked at; the limit is {MAX_SPKI_OCTETS}"
        raise InvalidInput.of(field, "key.size", message)


def _facts(key: PublicKeyTypes, spki_der: bytes) -> KeyFacts:
    family, description, size, curve = _kind(key)
    row = find_key_type(family, size, curve) if family is not None else None
    if encode_canonical(spki_der) != spki_der:
        row, description = None, f"{description} in an unusual encoding"
    numbers = key.public_numbers() if isinstance(key, rsa.RSAPublicKey) else None
    return KeyFacts(
        family=family,
        description=row.name if row else description,
        size=size,
        name=row.name if row else None,
        spki_der=spki_der,
        spki_sha256=hashlib.sha256(spki_der).digest(),
        rsa_exponent=numbers.e if numbers else None,
        rsa_small_factor=find_small_factor(numbers.n) if numbers else None,
        rsa_close_primes=has_close_primes(numbers.n) if numbers else None,
        rsa_roca=has_roca_fingerprint(numbers.n) if numbers else None,
        rsa_debian=compute_debian_fingerprint(numbers.n) if numbers else None,
        unsafe_point=is_unsafe_point(key.public_bytes_raw()) if isinstance(key, _EDWARDS) else None,
    )


def _kind(key: PublicKeyTypes) -> tuple[KeyFamily | None, str, int, str | None]:
    """Return the family, description, size in bits, and curve of a loaded key."""
    if isinstance(key, rsa.RSAPublicKey):
        return KeyFamily.RSA, f"RSA-{key.key_size}", key.key_size, None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return KeyFamily.EC, f"ECDSA {key.curve.name}", key.curve.key_size, key.curve.name
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyFamily.ED25519, "Ed25519", 256, None
    if isinstance(key, ed448.Ed448PublicKey):
        return KeyFamily.ED448, "Ed448", 456, None
    if isinstance(key, dsa.DSAPublicKey):
        return None, f"DSA-{key.key_size}", key.key_size, None
    return _lattice_kind(key) or (None, type(key).__name__.removesuffix("PublicKey"), 0, None)


def _lattice_kind(key: PublicKeyTypes) -> tuple[KeyFamily, str, int, str | None] | None:
    """Return the same values as `_kind` for an ML-DSA or ML-KEM key, by its class; None for other keys."""
    for kind, (family, parameter_set) in _LATTICE.items():
        if isinstance(key, kind):
            return family, f"{family}-{parameter_set}", parameter_set, None
    return None


def find_small_factor(modulus: int) -> int | None:
    """Return the least of the first 752 primes that divides `modulus`, or None."""
    if math.gcd(modulus, _PRIMORIAL) == 1:
        return None
    return next(prime for prime in SMALL_PRIMES if modulus % prime == 0)


def has_close_primes(modulus: int) -> bool:
    """Return whether the primes of `modulus` are too close: FERMAT_ROUNDS rounds of Fermat's method factor it."""
    root = math.isqrt(modulus)
    if root * root == modulus:
        return True
    for candidate in range(root + 1, root + 1 + FERMAT_ROUNDS):
        remainder = candidate * candidate - modulus
        if remainder % 5040 in _SQUARES_MODULO_5040 and math.isqrt(remainder) ** 2 == remainder:
            return True
    return False


def has_roca_fingerprint(modulus: int) -> bool:
    """Return whether `modulus` has the form of those that RSALib generates (CVE-2017-15361).

    A random modulus has it with probability 2^-28.
    """
    return all(modulus % prime in powers for prime, powers in _ROCA_POWERS)


def compute_debian_fingerprint(modulus: int) -> bytes:
    """Return the last 10 octets of a SHA-1 of the modulus.

    Lists of Debian's predictable keys (CVE-2008-0166) contain them.
    """
    text = f"Modulus={modulus:X}\n".encode("ascii")
    return hashlib.sha1(text, usedforsecurity=False).digest()[-10:]
