"""The program that opens one file with a private key. `confined` runs it in a separate process.

It reads `{"data": base64, "password": text or null}` as JSON. The data is PKCS #8, encrypted or not, PKCS #12, or a
traditional format, PEM or DER. It writes `{"pkcs8": base64, "spki": base64}`, or `null` if the file could not be
opened.
"""

from __future__ import annotations

import base64
import json
import sys
import warnings

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from pki_manager.x509.pkcs12_child import limit_resources


def main() -> None:
    """Read the request from standard input, open the file, and write the result."""
    limit_resources()
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin.buffer)
    json.dump(_answer(base64.b64decode(question["data"]), question["password"]), sys.stdout)


def _answer(data: bytes, password: str | None) -> dict[str, str] | None:
    key = _open(data, password.encode() if password else None)
    if key is None:
        return None
    try:
        pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (AttributeError, ValueError):
        return None
    return {"pkcs8": base64.b64encode(pkcs8).decode("ascii"), "spki": base64.b64encode(spki).decode("ascii")}


def _open(data: bytes, password: bytes | None) -> PrivateKeyTypes | None:
    for load in (load_pem_private_key, load_der_private_key):
        try:
            return load(data, password)
        except TypeError:
            # A password for what is not encrypted, or none for what is.
            return _unencrypted(data, password)
        except (ValueError, UnsupportedAlgorithm):
            continue
    return _from_pkcs12(data, password)


def _unencrypted(data: bytes, password: bytes | None) -> PrivateKeyTypes | None:
    if password is None:
        return None
    load = load_pem_private_key if b"-----BEGIN" in data else load_der_private_key
    return load(data, None)


def _from_pkcs12(data: bytes, password: bytes | None) -> PrivateKeyTypes | None:
    for secret in (None, b"") if password is None else (password,):
        try:
            return load_key_and_certificates(data, secret)[0]
        except (ValueError, UnsupportedAlgorithm):
            continue
    return None


if __name__ == "__main__":
    main()
