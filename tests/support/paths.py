"""Chains for path validation, valid or with chosen errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"


@cache
def key(number: int) -> ec.EllipticCurvePrivateKey:
    """The same key for the same number."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One certificate. `usage` None omits keyUsage, empty `purposes` extKeyUsage; `critical` is an unknown OID."""

    name: str
    key: int
    ca: bool = True
    path_length: int | None = None
    usage: tuple[str, ...] | None = ("key_cert_sign", "crl_sign")
    purposes: tuple[str, ...] = ()
    not_before: datetime = NOW - DAY
    not_after: datetime = NOW + DAY
    sans: tuple[x509.GeneralName, ...] = ()
    permitted: tuple[x509.GeneralName, ...] = ()
    excluded: tuple[x509.GeneralName, ...] = ()
    critical: str | None = None
    common_name: bool = True
    extensions: tuple[x509.Extension[x509.ExtensionType], ...] = field(default=())


_BITS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _extensions(spec: Spec) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(spec.ca, spec.path_length), True)]
    found.append((x509.SubjectKeyIdentifier.from_public_key(key(spec.key).public_key()), False))
    if spec.usage is not None:
        found.append((x509.KeyUsage(**{bit: bit in spec.usage for bit in _BITS}), True))
    if spec.purposes:
        found.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in spec.purposes]), False))
    if spec.sans:
        found.append((x509.SubjectAlternativeName(spec.sans), not spec.common_name))
    if spec.permitted or spec.excluded:
        found.append((x509.NameConstraints(spec.permitted or None, spec.excluded or None), True))
    if spec.critical:
        found.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(spec.critical), b"\x05\x00"), True))
    return found + [(extension.value, extension.critical) for extension in spec.extensions]


def sign(
    spec: Spec, issuer: Spec, *, by: int | None = None, serial: int | None = None, identified: bool = True
) -> x509.Certificate:
    """Return the certificate, signed with the issuer's key or key `by`. `identified` adds the key identifier."""
    builder = x509.CertificateBuilder(
        name_of(issuer.name),
        name_of(spec.name) if spec.common_name else x509.Name([]),
        key(spec.key).public_key(),
        serial or x509.random_serial_number(),
    )
    builder = builder.not_valid_before(spec.not_before).not_valid_after(spec.not_after)
    for value, critical in _extensions(spec):
        builder = builder.add_extension(value, critical)
    if spec is not issuer and identified:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer.key).public_key())
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key(issuer.key if by is None else by), hashes.SHA256())


def chain(*specs: Spec) -> list[x509.Certificate]:
    """Return a chain from specs in its order: end-entity certificate first, self-signed root last."""
    issuers = (*specs[1:], specs[-1])
    return [sign(spec, issuer) for spec, issuer in zip(specs, issuers, strict=True)]


def ders(certificates: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(one.public_bytes(Encoding.DER) for one in certificates)


ROOT = Spec(name="Root CA", key=1)
ISSUING = Spec(name="Issuing CA", key=2, path_length=0)
LEAF = Spec(
    name="www.example.com",
    key=3,
    ca=False,
    usage=("digital_signature",),
    purposes=(SERVER_AUTH,),
    sans=(x509.DNSName("www.example.com"),),
)


def crl(
    issuer: Spec,
    *serials: int,
    by: int | None = None,
    this_update: datetime = NOW - DAY,
    next_update: datetime = NOW + DAY,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
) -> bytes:
    """DER."""
    builder = x509.CertificateRevocationListBuilder(name_of(issuer.name), this_update, next_update)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, this_update).add_extension(
            x509.CRLReason(reason), critical=False
        )
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    signed = builder.sign(key(issuer.key if by is None else by), hashes.SHA256())
    return signed.public_bytes(Encoding.DER)
