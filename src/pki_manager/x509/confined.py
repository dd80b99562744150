"""Opening of encrypted files in a child process with limits, because numbers in the files determine the cost.

The child is limited in processor time and memory, and reads file and password from its standard input. For a PKCS #12
file that is only shown (`pkcs12_child`), no part of a private key is returned. For a file whose key is imported
(`private_key_child`), the key is returned through a pipe.
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
"""Maximum seconds that the child runs. It limits its processor time and memory itself."""

PKCS12_CHILD = "pki_manager.x509.pkcs12_child"
_PRIVATE_KEY = "pki_manager.x509.private_key_child"
_at_once = threading.BoundedSemaphore(2)


class Pkcs12Certificate(NamedTuple):
    """A certificate (DER) in a PKCS #12 file, with its name in the file."""

    der: bytes
    friendly_name: str | None


class Pkcs12(NamedTuple):
    """The contents of an opened file. `key_spki` is the SubjectPublicKeyInfo (DER) of its private key."""

    certificates: tuple[Pkcs12Certificate, ...]
    key_spki: bytes | None


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """An opened private key: `pkcs8` is the unencrypted PrivateKeyInfo (DER, RFC 5958); `repr` hides it."""

    spki_der: bytes = field(repr=False)
    pkcs8: bytes = field(repr=False)


def open_pkcs12(data: bytes, password: str | None) -> Pkcs12 | None:
    """Return the contents of a PFX (DER), or None if the password is wrong or the file is damaged.

    Raises InvalidInput if the child exceeded its limits.
    """
    answer = _ask(PKCS12_CHILD, data, password, "data")
    if answer is None:
        return None
    certificates = tuple(Pkcs12Certificate(_octets(one["der"]), one["name"]) for one in answer["certificates"])
    return Pkcs12(certificates, _octets(answer["key"]) if answer["key"] else None)


def open_private_key(data: bytes, password: str | None, field: str) -> OpenedKey:
    """Return the private key of a PKCS #8 or PKCS #12 file, PEM or DER, after checking its numbers.

    Raises InvalidInput with `field` if there is no key, the passphrase is wrong, or the child exceeded its limits.
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
            done = subprocess.run(  # noqa: S603 - this interpreter and a module of this package; no input of a caller
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
