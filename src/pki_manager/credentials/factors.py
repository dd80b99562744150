"""TOTP codes (RFC 6238) and encryption of stored secrets."""

from __future__ import annotations

import hmac
import io
import re
from datetime import datetime

import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from pki_manager.domain.errors import Fault
from pki_manager.ports.entropy import Entropy

_SECONDS = 30
_DIGITS = 6
_ISSUER = "PKI Manager"
_NONCE_OCTETS = 12
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}", re.ASCII)


class Codes:
    """TOTP codes (`ports.factors.TotpCodes`)."""

    def find_step(self, secret: bytes, code: str, now: datetime) -> int | None:
        plain = code.replace(" ", "")
        if _CODE.fullmatch(plain) is None:
            return None
        this = int(now.timestamp()) // _SECONDS
        generator = _generator(secret)
        right = [
            step
            for step in (this - 1, this, this + 1)
            if hmac.compare_digest(generator.generate(step * _SECONDS), plain.encode())
        ]
        return right[-1] if right else None

    def build_uri(self, secret: bytes, login: str) -> str:
        return _generator(secret).get_provisioning_uri(login, _ISSUER)

    def draw_qr_code(self, uri: str) -> str:
        written = io.BytesIO()
        segno.make(uri, error="m").save(written, kind="svg", scale=4, xmldecl=False, svgclass=None, lineclass=None)
        return written.getvalue().decode()


def _generator(secret: bytes) -> TOTP:
    # What authenticators are sure to know: RFC 6238's SHA-1, where collisions mean nothing.
    return TOTP(secret, _DIGITS, SHA1(), _SECONDS)  # noqa: S303


class AesSealer:
    """Encryption (`ports.factors.Sealer`) with AES-256-GCM. The nonce precedes the ciphertext (NIST SP 800-38D)."""

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._aead = AESGCM(key)
        self._entropy = entropy

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        nonce = self._entropy.token(_NONCE_OCTETS)
        return nonce + self._aead.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        try:
            return self._aead.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], bound)
        except (InvalidTag, ValueError):
            raise Fault("A sealed secret in the database was altered, or belongs to another installation.") from None
