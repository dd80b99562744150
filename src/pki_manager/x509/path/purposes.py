"""Extended key usages of CA certificates as a limit on everything below them.

RFC 5280 §4.2.1.12 applies them to end entities only; Windows, OpenSSL, NSS, and the CA/Browser Forum apply them to CAs
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pki_manager.domain.errors import Malformed
from pki_manager.domain.profiles.terms import ANY_EXTENDED_KEY_USAGE
from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.tlv import DerError


def compute_purposes_left(chain: Sequence[bytes]) -> frozenset[str] | None:
    """Return the extended key usages (dotted OIDs) that a chain permits below it, or None for all.

    `chain` is DER, the issuing CA first. The result is empty if the chain cannot be read.
    """
    left: frozenset[str] | None = None
    for one in chain:
        named = _named(one)
        if named is not None:
            left = named if left is None else left & named
    return left


@lru_cache(maxsize=256)
def _named(der: bytes) -> frozenset[str] | None:
    try:
        purposes = CertificateView.read(der).extended_key_usage
    except (DerError, Malformed):
        return frozenset()
    named = None if purposes is None else frozenset(oid_octets.decode_oid(purpose) for purpose in purposes)
    return None if named is None or ANY_EXTENDED_KEY_USAGE in named else named
