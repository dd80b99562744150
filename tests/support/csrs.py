"""Certificate requests for tests."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pki_manager.x509.asn1 import der


def make_csr(
    name: str,
    *,
    sans: tuple[str, ...] | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    extensions: Mapping[str, bytes] | None = None,
) -> str:
    """Return a CSR (PEM) for `CN=name`. `sans` are DNS names, default: the name; the default of `key` is a new one.

    `extensions` are further ones: DER by OID.

    A key that a test reports as compromised is blocked for all tests of the same installation.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    names = [x509.DNSName(value) for value in (sans if sans is not None else (name,))]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for oid, value in (extensions or {}).items():
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical=False)
    return (
        builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def add_attributes(csr_der: bytes, attributes: Mapping[str, bytes]) -> bytes:
    """A CSR (DER) with further attributes, each of one DER value. Its signature is that of the CSR without them."""
    info, *rest = der.read_children(csr_der)
    *fields, present = der.read_children(info)
    added = [der.encode_sequence(der.oid(oid), der.encode(der.SET, value)) for oid, value in attributes.items()]
    members = sorted([*der.read_children(present), *added])  # SET OF in DER
    return der.encode_sequence(der.encode_sequence(*fields, der.encode(0xA0, *members)), *rest)
