"""Encoders of certificates as files for other programs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, KeySerializationEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    PKCS12Certificate,
    serialize_java_truststore,
    serialize_key_and_certificates,
)

from pki_manager.x509 import pem

PUBLIC_PASSWORD = b"changeit"
"""Password of PKCS #12 files that contain only certificates, which are public. Many readers require a password."""

_KDF_ROUNDS = 100_000
_LEGACY_KDF_ROUNDS = 2048


def encode_certificate_pem(der: bytes) -> str:
    """Return a certificate as PEM text."""
    return pem.write(pem.CERTIFICATE, der)


def encode_request_pem(der: bytes) -> str:
    """Return a PKCS #10 request as PEM text."""
    return pem.write(pem.CSR_LABELS[0], der)


def encode_crl_pem(der: bytes) -> str:
    """Return a CRL as PEM text."""
    return pem.write(pem.CRL, der)


def encode_chain_pem(ders: Iterable[bytes]) -> str:
    """Return certificates as PEM in this order (RFC 8555 §9.1: each certifies the one before it)."""
    return "".join(encode_certificate_pem(der) for der in ders)


def encode_certificates_only(ders: Iterable[bytes]) -> bytes:
    """Return certificates as CMS SignedData (DER) without a signer (RFC 5652 §5, `.p7c`, `.p7b`)."""
    return serialize_certificates([x509.load_der_x509_certificate(der) for der in ders], Encoding.DER)


def encode_pkcs12_certificates(ders: Sequence[bytes], *, legacy: bool = False) -> bytes:
    """Return certificates as a PKCS #12 file (RFC 7292) without a key, with PUBLIC_PASSWORD, in this order."""
    loaded = [x509.load_der_x509_certificate(der) for der in ders]
    return serialize_key_and_certificates(
        None, None, None, loaded, build_pkcs12_encryption(PUBLIC_PASSWORD, legacy=legacy)
    )


def encode_java_truststore(ders: Sequence[bytes]) -> bytes:
    """Return trust anchors as a PKCS #12 keystore for Java, with PUBLIC_PASSWORD and the aliases `ca-1`, `ca-2`, ….

    Each has Oracle's trusted-key-usage attribute, which Java requires of a trusted certificate.
    """
    anchors = [
        PKCS12Certificate(x509.load_der_x509_certificate(der), b"ca-%d" % position)
        for position, der in enumerate(ders, start=1)
    ]
    return serialize_java_truststore(anchors, build_pkcs12_encryption(PUBLIC_PASSWORD, legacy=False))


def build_pkcs12_encryption(passphrase: bytes, *, legacy: bool) -> KeySerializationEncryption:
    """Return the encryption of PKCS #12: PBES2 with AES-256-CBC and HMAC-SHA-256 (RFC 8018 §6.2, RFC 7292 §4).

    With `legacy`, it is 3DES and SHA-1.
    """
    builder = PrivateFormat.PKCS12.encryption_builder()
    if legacy:
        builder = builder.kdf_rounds(_LEGACY_KDF_ROUNDS).key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        return builder.hmac_hash(SHA1()).build(passphrase)  # noqa: S303 - what the old reader understands
    builder = builder.kdf_rounds(_KDF_ROUNDS).key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC)
    return builder.hmac_hash(SHA256()).build(passphrase)


def build_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of files by name. The same files give the same octets."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
