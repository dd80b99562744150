"""A CA that another program has run: its certificates, its CRLs, and its key in all file formats."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from tests.fakes.clock import START
from tests.support.outside import USAGE

DAY = timedelta(days=1)
LEAF_KEY = ec.generate_private_key(ec.SECP256R1())


class ForeignCa:
    """A CA, self-signed without `parent`. Its serial numbers count from 1, as with many old CAs."""

    def __init__(
        self,
        name: str = "Foreign Root",
        *,
        parent: ForeignCa | None = None,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        days: float = 3650,
        string: _ASN1Type = _ASN1Type.UTF8String,
        purposes: Sequence[x509.ObjectIdentifier] = (),
        policies: Sequence[x509.PolicyInformation] = (),
        explicit_policy: int | None = None,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _type=string)])
        self.parent = parent
        self.serial = 0
        asked: list[x509.ExtensionType] = [x509.ExtendedKeyUsage(purposes)] if purposes else []
        asked += [x509.CertificatePolicies(policies)] if policies else []
        asked += [] if explicit_policy is None else [x509.PolicyConstraints(explicit_policy, None)]
        self.certificate = (parent or self)._certify(self.name, self.key.public_key(), days, asked)

    @property
    def chain(self) -> list[x509.Certificate]:
        return [self.certificate, *(self.parent.chain if self.parent else ())]

    @property
    def chain_pem(self) -> str:
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in self.chain)

    def _certify(
        self, name: x509.Name, key: object, days: float, extensions: Sequence[x509.ExtensionType] = ()
    ) -> x509.Certificate:
        assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
        builder = self._builder(name, key, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return self.sign(builder.add_extension(USAGE, critical=True))

    def _builder(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        days: float,
        serial: int | None = None,
    ) -> x509.CertificateBuilder:
        self.serial += 1
        return (
            x509.CertificateBuilder(self.name, name, key, serial or self.serial)
            .not_valid_before(START - DAY)
            .not_valid_after(START + days * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, host: str, *, serial: int | None = None, days: float = 90) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        builder = self._builder(name, LEAF_KEY.public_key(), days, serial)
        return self.sign(builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False))

    def crl(
        self,
        revoked: Sequence[tuple[int, x509.ReasonFlags | None]] = (),
        *,
        number: int | None = 7,
        extensions: Sequence[x509.ExtensionType] = (),
        begin: datetime = START - DAY,
        end: datetime = START + DAY,
    ) -> str:
        """Base64 of DER."""
        builder = x509.CertificateRevocationListBuilder(self.name, begin, end)
        for serial, reason in revoked:
            entry = x509.RevokedCertificateBuilder(serial, START - DAY)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        signed = builder.sign(self.key, hashes.SHA256())
        return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()

    def pkcs8(self, passphrase: str | None = None, *, encoding: Encoding = Encoding.PEM) -> str:
        """PEM text, or base64 of DER."""
        seal = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        octets = self.key.private_bytes(encoding, PrivateFormat.PKCS8, seal)
        return octets.decode() if encoding is Encoding.PEM else base64.b64encode(octets).decode()

    def traditional(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    def pkcs12(self, passphrase: str | None) -> str:
        """Base64."""
        seal = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        octets = serialize_key_and_certificates(b"ca", self.key, self.certificate, None, seal)
        return base64.b64encode(octets).decode()


def base64_of(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
