"""Certificates as files that other programs read."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates

from pki_manager.x509 import pem


def certificate_pem(der: bytes) -> str:
    """One certificate as PEM text."""
    return pem.write(pem.CERTIFICATE, der)


def crl_pem(der: bytes) -> str:
    """One CRL as PEM text."""
    return pem.write(pem.CRL, der)


def chain_pem(ders: Iterable[bytes]) -> str:
    """Certificates one after the other, in the order given (RFC 8555 §9.1: each certifies the one before it)."""
    return "".join(certificate_pem(der) for der in ders)


def certificates_only(ders: Iterable[bytes]) -> bytes:
    """Certificates as a DER CMS SignedData without a signer (RFC 5652 §5, `.p7c`, `.p7b`)."""
    return serialize_certificates([x509.load_der_x509_certificate(der) for der in ders], Encoding.DER)
