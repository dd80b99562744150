"""Encryption of a content-encryption key to an RSA key (RFC 8017 §7)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyTransport:
    """An RSA encryption scheme: RSAES-OAEP with these hashes and an empty label, or RSAES-PKCS1-v1_5.

    Hashes are `sha1`, `sha256`, `sha384`, or `sha512`. Both are None for RSAES-PKCS1-v1_5.
    """

    hash_name: str | None = None
    mgf1_hash_name: str | None = None


PKCS1_V1_5 = KeyTransport()
