"""Random secrets of links and sessions, which are returned once and stored as a hash."""

from __future__ import annotations

import base64
import hashlib
import hmac

from pki_manager.ports.entropy import Entropy

_OCTETS = 32


def create_secret(entropy: Entropy) -> str:
    """Return 256 random bits as Base64url without padding (43 characters)."""
    return base64.urlsafe_b64encode(entropy.token(_OCTETS)).rstrip(b"=").decode()


def hash_of(secret: str) -> bytes:
    """Return the SHA-256 of a secret. A plain hash suffices, because a random secret cannot be guessed."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def create_letters(entropy: Entropy, alphabet: str, length: int) -> str:
    """Return random letters of an alphabet of at most 256 letters, each equally probable."""
    usable = 256 - 256 % len(alphabet)
    letters = ""
    while len(letters) < length:
        letters += "".join(alphabet[one % len(alphabet)] for one in entropy.token(_OCTETS) if one < usable)
    return letters[:length]


def derive_csrf_token(secret: str) -> str:
    """Return the CSRF token of a session, derived from its secret, which scripts cannot read."""
    digest = hmac.digest(secret.encode(errors="replace"), b"csrf", "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
