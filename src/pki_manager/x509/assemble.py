"""Assembly of a signed object from its to-be-signed octets, algorithm, and signature."""

from __future__ import annotations

from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.x509.asn1 import der
from pki_manager.x509.signer_key import encode_algorithm_identifier


def assemble_signed(tbs_der: bytes, algorithm: SignatureAlgorithm, signature: bytes) -> bytes:
    """Return the signed object (DER): SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING }.

    It is a Certificate or a CertificateList (RFC 5280 §4.1, §5.1), or a BasicOCSPResponse without certificates (RFC
    6960 §4.2.1).
    """
    return der.encode_sequence(tbs_der, encode_algorithm_identifier(algorithm), der.bit_string(signature))
