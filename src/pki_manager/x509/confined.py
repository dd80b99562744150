"""Opening encrypted files in a child process with limits: what it costs is decided by numbers inside their own parts.

The child is limited in processor time and memory, and gets file and password on its standard input. Of a PKCS#12 file
that is to be looked at (`pkcs12_child`) nothing of a private key comes back; only of one whose key is to be taken over
(`private_key_child`), through a pipe.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pki_manager.domain.errors import InvalidInput

SECONDS = 10
"""What the child may take by the clock; processor time and memory it limits itself."""

PKCS12_CHILD = "pki_manager.x509.pkcs12_child"
_PRIVATE_KEY = "pki_manager.x509.private_key_child"
_at_once = threading.BoundedSemaphore(2)


class Pkcs12Certificate(NamedTuple):
    der: bytes
    friendly_name: str | None


class Pkcs12(NamedTuple):
    """What is in a file that was opened; `key_spki` is the SubjectPublicKeyInfo (DER) of its private key."""

    certificates: tuple[Pkcs12Certificate, ...]
    key_spki: bytes | None


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """`pkcs8` is the PrivateKeyInfo in clear (DER, RFC 5958), `spki_der` its SubjectPublicKeyInfo; none is printed."""

    spki_der: bytes = field(repr=False)
    pkcs8: bytes = field(repr=False)


def open_pkcs12(data: bytes, password: str | None) -> Pkcs12 | None:
    """The contents of a PFX (DER); None when the password is not right or the file is damaged.

    InvalidInput when the child did not come to an end within its limits.
    """
    answer = _ask(PKCS12_CHILD, data, password, "data")
    if answer is None:
        return None
    certificates = tuple(Pkcs12Certificate(_octets(one["der"]), one["name"]) for one in answer["certificates"])
    return Pkcs12(certificates, _octets(answer["key"]) if answer["key"] else None)


def open_private_key(data: bytes, password: str | None, field: str) -> OpenedKey:
    """The private key in a PKCS#8 or PKCS#12 file, PEM or DER, its numbers tested.

    InvalidInput naming `field` when there is none, the passphrase is not right, or within the limits it did not open.
    """
    answer = _ask(_PRIVATE_KEY, data, password, field)
    if answer is None:
        message = "is not a private key (PKCS #8 or PKCS #12) that the passphrase opens"
        raise InvalidInput.of(field, "private_key.opens", message)
    return OpenedKey(_octets(answer["spki"]), _octets(answer["pkcs8"]))


def _ask(child: str, data: bytes, password: str | None, field: str) -> dict[str, Any] | None:
    question = json.dumps({"data": base64.b64encode(data).decode("ascii"), "password": password}).encode("ascii")
    try:
        with _at_once:
            done = subprocess.run(  # noqa: S603 - this interpreter and our own module; nothing of a caller's
                [sys.executable, "-I", "-m", child], input=question, capture_output=True, timeout=SECONDS, check=True
            )
        answer: dict[str, Any] | None = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        message = "must be a file that can be opened within the limits on time and memory"
        # No cause: it would hold what went through the pipes.
        raise InvalidInput.of(field, "pkcs12.limits", message) from None
    return answer


def _octets(text: str) -> bytes:
    return base64.b64decode(text)
