"""Certificates for tls-alpn-01, valid and invalid ones."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pki_manager.x509.asn1.der import oid as encode_oid

ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31"
_BEFORE_IT = "1.3.6.1.5.5.7.1.30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpn:
    """Contents of a certificate: `value` is that of acmeIdentifier, `other_value` of a second such extension."""

    names: Sequence[str] = ("www.example.com",)
    value: bytes = b"\x04\x20" + bytes(32)
    oid: str = ACME_IDENTIFIER
    critical: bool = True
    other_value: bytes | None = None

    def make(self) -> tuple[bytes, bytes]:
        """Return the certificate (DER) and its private key (PEM). A second extension invalidates the signature."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ACME challenge")])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(_unknown(self.oid, self.value), critical=self.critical)
        )
        if self.names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general(one) for one in self.names]), critical=False
            )
        if self.other_value is not None:
            builder = builder.add_extension(_unknown(_BEFORE_IT, self.other_value), critical=self.critical)
        der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        if self.other_value is not None:
            der = der.replace(encode_oid(_BEFORE_IT), encode_oid(ACME_IDENTIFIER))
        return der, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def files(self, folder: Path) -> tuple[Path, Path]:
        """Write certificate and key as a TLS server loads them."""
        der, key = self.make()
        paths = folder / "alpn.pem", folder / "alpn.key"
        paths[0].write_text(ssl.DER_cert_to_PEM_cert(der), encoding="ascii")
        paths[1].write_bytes(key)
        return paths


def _unknown(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.RFC822Name(name) if "@" in name else x509.DNSName(name)
