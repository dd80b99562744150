"""Keys, requests, and certificates for the load."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def csrs(count: int) -> list[tuple[str, str]]:
    """Return pairs of host name and CSR (PEM), each with its own P-256 key."""
    made = []
    for number in range(count):
        key, host = ec.generate_private_key(ec.SECP256R1()), f"host{number}.bench.example"
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(common_name(host)).add_extension(names, False)
        made.append((host, _pem(builder.sign(key, hashes.SHA256()))))
    return made


def root(folder: Path) -> tuple[x509.Certificate, Key]:
    """Create a P-256 root CA, also written to `ca.pem` and `ca.key`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder(common_name("Bench Root"), common_name("Bench Root"), key.public_key(), 1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_text(_pem(certificate))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    (folder / "ca.key").write_bytes(key.private_bytes(*form))
    return certificate, key


def issue(ca: x509.Certificate, ca_key: Key, csr_pem: str) -> x509.Certificate:
    """Return a plain end-entity certificate, built with pyca/cryptography."""
    csr, now = x509.load_pem_x509_csr(csr_pem.encode()), dt.datetime.now(dt.UTC)
    public_key = csr.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    return (
        x509.CertificateBuilder(ca.subject, csr.subject, public_key, x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=90))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(ca_key, hashes.SHA256())
    )


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None = None) -> bytes:
    """Return an OCSP request (DER) with a SHA-1 CertID."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def ocsp_answer(ca: x509.Certificate, ca_key: Key, certificate: x509.Certificate) -> bytes:
    """Return an OCSP response (DER) with status good for a day."""
    now = dt.datetime.now(dt.UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate, ca, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now, now + dt.timedelta(days=1), None, None
    )
    signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, ca).sign(ca_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _pem(thing: x509.Certificate | x509.CertificateSigningRequest) -> str:
    return thing.public_bytes(serialization.Encoding.PEM).decode()
