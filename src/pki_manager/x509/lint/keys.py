"""Facts about public keys that lint rules use."""

from __future__ import annotations

from typing import Final

from pki_manager.x509.asn1.oid_octets import encode_oid


def _named(dotted_oid: str) -> bytes:
    content = encode_oid(dotted_oid)
    return bytes((0x06, len(content))) + content


CURVES: Final = {_named("1.2.840.10045.3.1.7"): 32, _named("1.3.132.0.34"): 48, _named("1.3.132.0.35"): 66}
"""Encoded parameters of P-256, P-384, and P-521 (RFC 5480 §2.1.1.1), with the number of octets of a coordinate."""
