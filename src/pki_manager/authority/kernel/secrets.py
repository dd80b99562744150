"""Secrets that are handed out once and kept as a hash: of links and of sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac

from pki_manager.ports.entropy import Entropy

_OCTETS = 32


def new_secret(entropy: Entropy) -> str:
    """256 random bits, base64url without padding: 43 characters."""
    return base64.urlsafe_b64encode(entropy.token(_OCTETS)).rstrip(b"=").decode()


def hash_of(secret: str) -> bytes:
    """A plain hash suffices: there is nothing to guess."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def csrf_token(secret: str) -> str:
    """What only our own pages can say of a session: derived from its secret, which scripts never see."""
    digest = hmac.digest(secret.encode(errors="replace"), b"csrf", "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
