"""Comparison of a client's confirmation with the issued certificate (RFC 9810 §5.3.18)."""

from __future__ import annotations

import hashlib
import hmac

from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.bodies import Confirmation
from pki_manager.x509.signer_key import find_algorithm

_SHAKE256_OCTETS = 64


def is_of_certificate(confirmation: Confirmation, certificate_der: bytes) -> bool:
    """Return whether certHash of a confirmation is the hash of the certificate.

    The hash function is hashAlg, or without it the one of the certificate's signature: SHAKE256 for Ed448, and SHA-512
    for other signature algorithms that hash internally (RFC 9481 §3.3).
    """
    algorithm = find_algorithm(der.read_children(certificate_der)[1])
    own = algorithm.hash_name if algorithm is not None else None
    name = confirmation.hash_name or own
    if name is None and algorithm is not None and algorithm.name == "Ed448":
        digest = hashlib.shake_256(certificate_der).digest(_SHAKE256_OCTETS)
    else:
        digest = hashlib.new(name or "sha512", certificate_der).digest()
    return hmac.compare_digest(digest, confirmation.certificate_hash)
