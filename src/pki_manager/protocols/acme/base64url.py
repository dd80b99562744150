"""base64url without padding (RFC 7515 §2), read in one way only: what it says twice could be counted twice."""

from __future__ import annotations

import base64
import re

from pki_manager.domain.errors import Malformed

_FORM = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: object, field: str) -> bytes:
    """Malformed, naming `field`, for anything else than text that `encode` makes: padding and stray bits too."""
    if isinstance(text, str) and _FORM.fullmatch(text) and len(text) % 4 != 1:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if encode(octets) == text:
            return octets
    raise Malformed.of(field, "acme.base64url", "is not Base64url without padding (RFC 7515 §2)")
