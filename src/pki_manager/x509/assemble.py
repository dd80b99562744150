"""The last step of every signed object: what was signed, how, and the signature."""

from __future__ import annotations

from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.x509.asn1 import der
from pki_manager.x509.signer_key import algorithm_identifier


def signed(tbs_der: bytes, algorithm: SignatureAlgorithm, signature: bytes) -> bytes:
    """A signed object: SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING }. DER in, DER out.

    It is a Certificate, a CertificateList (RFC 5280 §4.1, §5.1) or, without its certificates, a BasicOCSPResponse (RFC
    6960 §4.2.1).
    """
    return der.encode_sequence(tbs_der, algorithm_identifier(algorithm), der.bit_string(signature))
