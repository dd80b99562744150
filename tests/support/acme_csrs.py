"""CSRs of ACME clients, valid and invalid ones."""

from __future__ import annotations

import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def san_of(name: str) -> x509.GeneralName:
    """Return the alternative name of a text: `ip:`, `email:`, or a DNS name without a prefix."""
    kind, _, value = name.partition(":")
    if value and kind == "ip":
        return x509.IPAddress(ipaddress.ip_address(value))
    return x509.RFC822Name(value) if value and kind == "email" else x509.DNSName(name)


def rsa_csr(name: str, bits: int) -> bytes:
    return csr(name, key=rsa.generate_private_key(65537, bits))


def csr(
    *names: str,
    common_names: tuple[str, ...] = (),
    email: str | None = None,
    key: Key | None = None,
    claims: tuple[tuple[x509.ObjectIdentifier, str], ...] = (),
) -> bytes:
    """Return a CSR (DER), with a new key by default. `claims` are further attributes of the subject."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, value) for value in common_names]
    attributes += [x509.NameAttribute(oid, value) for oid, value in claims]
    if email is not None:
        attributes.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, email))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([san_of(one) for one in names]), critical=False)
    return builder.sign(key or new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def spki_of(key: Key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
