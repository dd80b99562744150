"""The program that opens one PKCS #12 file. `confined` runs it in a separate process.

It reads `{"data": base64, "password": text or null}` as JSON, and writes `{"certificates": [{"der", "name"}], "key"}`,
with the key's SubjectPublicKeyInfo, or `null` if the file could not be opened.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import warnings
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, PKCS12KeyAndCertificates, load_pkcs12

PROCESSOR_SECONDS = 5
MEMORY = 512 * 1024 * 1024


def limit_resources() -> None:
    """Limit processor time and memory of this process, and disable core dumps, which would contain secrets."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the request from standard input, open the file, and write the result."""
    limit_resources()
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin.buffer)
    json.dump(_answer(base64.b64decode(question["data"]), question["password"]), sys.stdout)


def _answer(data: bytes, password: str | None) -> dict[str, Any] | None:
    opened = _open(data, password)
    if opened is None:
        return None
    certificates = [one for one in (opened.cert, *opened.additional_certs) if one is not None]
    key = None
    if opened.key is not None:
        spki = opened.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = base64.b64encode(spki).decode("ascii")
    return {"certificates": [_certificate(one) for one in certificates], "key": key}


def _open(data: bytes, password: str | None) -> PKCS12KeyAndCertificates | None:
    """Open a PKCS #12 file. Returns None if the password is wrong or the file is damaged.

    If there is no password, an absent and an empty one are tried (RFC 7292 B.1).
    """
    for secret in (None, b"") if password is None else (password.encode(),):
        try:
            return load_pkcs12(data, secret)
        except (ValueError, UnsupportedAlgorithm):
            continue
    return None


def _certificate(one: PKCS12Certificate) -> dict[str, str | None]:
    name = one.friendly_name.decode("utf-8", "replace") if one.friendly_name is not None else None
    return {"der": base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode("ascii"), "name": name}


if __name__ == "__main__":
    main()
