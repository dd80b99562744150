"""A new key and its PKCS #10 request, in memory, for certificates that the installation requests for itself."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from pki_manager.domain import algorithms
from pki_manager.domain.names import AlternativeName
from pki_manager.x509.general_names import to_general_name
from pki_manager.x509.signer_key import generate_key, sign_builder


def make_csr(key_type: str, sans: Sequence[AlternativeName], password: bytes) -> tuple[bytes, bytes]:
    """Generate a private key. Returns it (PKCS #8 encrypted with `password`) and a request for it (PKCS #10), both PEM.

    The encryption is PBES2 (RFC 5958). The request (RFC 2986) has an empty subject and the names in subjectAltName.
    Raises InvalidInput for an unknown key type or a name that cannot be encoded.
    """
    row = algorithms.get_key_type(key_type)
    key = generate_key(row)
    names = x509.SubjectAlternativeName([to_general_name(san) for san in sans])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, critical=False)
    request = sign_builder(builder, key, row.signature)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    return private, request.public_bytes(Encoding.PEM)
