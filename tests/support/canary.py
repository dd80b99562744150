"""Search for private keys where none may be: in files, in the visible state of a process, in responses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

PIECE = 16
"""Length of the searched parts of a key: so many octets in a row are never found by chance."""


def scalars(key: object) -> list[bytes]:
    """Return the secret numbers without their leading octets, so that padding makes no difference."""
    match key:
        case ec.EllipticCurvePrivateKey():
            numbers = [key.private_numbers().private_value]
        case rsa.RSAPrivateKey():
            private = key.private_numbers()
            numbers = [private.p, private.q, private.d, private.dmp1, private.dmq1, private.iqmp]
        case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
            return [key.private_bytes_raw()]
        case mldsa.MLDSA44PrivateKey() | mldsa.MLDSA65PrivateKey() | mldsa.MLDSA87PrivateKey():
            return [key.private_bytes_raw()]
        case _:
            raise AssertionError(type(key))
    return [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers]


def clothes(key_der: bytes) -> Iterator[bytes]:
    """Return the forms to search for: binary, reversed, hex in both cases, base64 at each alignment, and PEM lines."""
    key = load_der_private_key(key_der, password=None)
    yield from (key_der, key_der.hex().encode(), base64.b64encode(key_der))
    for secret in scalars(key):
        yield from dressed(secret)
    forms = [PrivateFormat.PKCS8]
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        forms.append(PrivateFormat.TraditionalOpenSSL)
    for form in forms:
        yield from key.private_bytes(Encoding.PEM, form, NoEncryption()).splitlines()[2:-2]
    yield b"PRIVATE KEY"


def dressed(secret: bytes) -> Iterator[bytes]:
    """Return both ends of secret octets: binary, reversed, hex in both cases, base64 at each alignment."""
    for piece in (secret[:PIECE], secret[-PIECE:]):
        yield from (piece, piece[::-1], piece.hex().encode(), piece.hex().upper().encode())
        for shift in range(3):
            yield base64.b64encode(bytes(shift) + piece)[4:20]
            yield base64.urlsafe_b64encode(bytes(shift) + piece)[4:20]


def hits(folder: Path, patterns: list[bytes]) -> list[tuple[str, bytes]]:
    files = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [(name, pattern) for name, data in files.items() for pattern in patterns if pattern in data]
