"""Opening PKCS#12 in a child process with limits: what it costs is decided by numbers inside its encrypted parts.

The child runs `pki_manager.x509.pkcs12_child`, is limited in processor time and memory, gets file and password on its
standard input, and answers certificates and the public half of a key. Nothing of a private key comes back.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from typing import NamedTuple

from pki_manager.domain.errors import InvalidInput

SECONDS = 10
"""What the child may take by the clock; processor time and memory it limits itself."""

_CHILD = "pki_manager.x509.pkcs12_child"
_at_once = threading.BoundedSemaphore(2)


class Pkcs12Certificate(NamedTuple):
    der: bytes
    friendly_name: str | None


class Pkcs12(NamedTuple):
    """What is in a file that was opened; `key_spki` is the SubjectPublicKeyInfo (DER) of its private key."""

    certificates: tuple[Pkcs12Certificate, ...]
    key_spki: bytes | None


def open_pkcs12(data: bytes, password: str | None) -> Pkcs12 | None:
    """The contents of a PFX (DER); None when the password is not right or the file is damaged.

    InvalidInput when the child did not come to an end within its limits.
    """
    question = json.dumps({"data": base64.b64encode(data).decode("ascii"), "password": password}).encode("ascii")
    try:
        with _at_once:
            done = subprocess.run(  # noqa: S603 - this interpreter and our own module; nothing of a caller's
                [sys.executable, "-I", "-m", _CHILD], input=question, capture_output=True, timeout=SECONDS, check=True
            )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        message = "could not be opened within the time and memory that it is given"
        raise InvalidInput.of("data", "pkcs12.limits", message) from None
    if answer is None:
        return None
    certificates = tuple(Pkcs12Certificate(_octets(one["der"]), one["name"]) for one in answer["certificates"])
    return Pkcs12(certificates, _octets(answer["key"]) if answer["key"] else None)


def _octets(text: str) -> bytes:
    return base64.b64decode(text)
