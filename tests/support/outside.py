"""An external root CA, and the certificates that it issues for CSRs."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pki_manager.x509 import export
from tests.fakes.clock import START

YEAR = timedelta(days=365)
ROOT_KEY = ec.generate_private_key(ec.SECP256R1())
ROOT_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Offline Root")])


def sign(builder: x509.CertificateBuilder) -> x509.Certificate:
    return builder.sign(ROOT_KEY, hashes.SHA256())


def builder_of(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(ROOT_NAME, subject, key, x509.random_serial_number())
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + 5 * YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT_KEY.public_key()),
            critical=False,
        )
    )


USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def root(path_length: int | None = None) -> x509.Certificate:
    builder = builder_of(ROOT_NAME, ROOT_KEY.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return sign(builder.add_extension(USAGE, critical=True))


ROOT = root()


def answer(
    request: bytes, *, subject: str | None = None, ca: bool = True, permitted: str | None = None, policies: bool = False
) -> str:
    """Return the certificate that the offline root issues for a CSR, with `policies`, and the root's own (PEM)."""
    asked = x509.load_der_x509_csr(request)
    key = asked.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    name = asked.subject if subject is None else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = builder_of(name, key).add_extension(USAGE, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
    if permitted:
        constraints = x509.NameConstraints([x509.DNSName(permitted)], None)
        builder = builder.add_extension(constraints, critical=True)
    if policies:
        wanted = asked.extensions.get_extension_for_class(x509.CertificatePolicies)
        builder = builder.add_extension(wanted.value, wanted.critical)
    return chain(sign(builder), ROOT)


def chain(*certificates: x509.Certificate) -> str:
    return export.encode_chain_pem(one.public_bytes(Encoding.DER) for one in certificates)
