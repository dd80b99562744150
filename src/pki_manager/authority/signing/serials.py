"""Serial numbers."""

from __future__ import annotations

from pki_manager.ports.entropy import Entropy

_OCTETS = 16


def new_serial(entropy: Entropy) -> int:
    """A positive serial number of exactly 16 octets with 126 random bits.

    RFC 5280 §4.1.2.2 allows up to 20 octets and wants it positive; the CA/Browser Forum asks for 64 random bits. The
    two top bits are fixed to 01, so that the DER form is never shortened, never padded and never negative, for any
    random bytes are.
    """
    random = int.from_bytes(entropy.token(_OCTETS), "big")
    return (random & ((1 << 126) - 1)) | (1 << 126)
