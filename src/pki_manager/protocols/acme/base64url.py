"""Base64url without padding (RFC 7515 §2), with exactly one text for each octet string."""

from __future__ import annotations

import base64
import re

from pki_manager.domain.errors import Malformed

_FORM = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encode(octets: bytes) -> str:
    """Return the Base64url text of octets, without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: object, field: str) -> bytes:
    """Return the octets of a Base64url text.

    Raises Malformed with `field` for a text that `encode` does not produce, for example one with padding.
    """
    if isinstance(text, str) and _FORM.fullmatch(text) and len(text) % 4 != 1:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if encode(octets) == text:
            return octets
    raise Malformed.of(field, "acme.base64url", "is not Base64url without padding (RFC 7515 §2)")
