"""Certificate requests for tests."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_csr(name: str, *, sans: tuple[str, ...] | None = None, key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """Return a CSR (PEM) for `CN=name`. `sans` are DNS names, default: the name; the default of `key` is a new one.

    A key that a test reports as compromised is blocked for all tests of the same installation.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    names = [x509.DNSName(value) for value in (sans if sans is not None else (name,))]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return (
        builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )
