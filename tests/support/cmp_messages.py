"""CMP messages as clients write them, and responses as pyasn1 reads them: neither uses the product's CMP code."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyasn1.codec.der import decoder, encoder
from pyasn1_alt_modules import rfc9480

from pki_manager.x509.asn1 import der

SHA256, HMAC_SHA256, HMAC_SHA1 = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.2.9", "1.3.6.1.5.5.8.1.2"
PBM, PBMAC1, PBKDF2 = "1.2.840.113533.7.66.13", "1.2.840.113549.1.5.14", "1.2.840.113549.1.5.12"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
IMPLICIT_CONFIRM = "1.3.6.1.5.5.7.4.13"
IR, CR, P10CR, KUR, RR, GENM, ERROR, CERT_CONF, POLL_REQ = 0, 2, 4, 7, 11, 21, 23, 24, 25
SALT = bytes(range(16))


def algorithm(oid: str, parameters: bytes = b"\x05\x00") -> bytes:
    return der.encode_sequence(der.oid(oid), parameters)


def octets(value: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, value)


def name(common_name: str = "") -> bytes:
    attributes = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)] if common_name else []
    return x509.Name(attributes).public_bytes()


def time(moment: datetime) -> bytes:
    return der.encode(der.GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


@dataclass(frozen=True, kw_only=True)
class Secret:
    """Return the protection with a shared secret."""

    reference: bytes
    secret: bytes
    kind: str = PBM
    iterations: int = 500
    mac: str = HMAC_SHA256
    owf: str = SHA256
    salt: bytes = SALT

    def identifier(self) -> bytes:
        if self.kind == PBM:
            parts = (octets(self.salt), algorithm(self.owf), der.integer(self.iterations), algorithm(self.mac))
            return algorithm(PBM, der.encode_sequence(*parts))
        derived = (octets(self.salt), der.integer(self.iterations), der.integer(32), algorithm(HMAC_SHA256))
        parts = (algorithm(PBKDF2, der.encode_sequence(*derived)), algorithm(self.mac))
        return algorithm(PBMAC1, der.encode_sequence(*parts))

    def protect(self, part: bytes) -> bytes:
        key = self.secret + self.salt
        if self.kind == PBM:
            for _ in range(self.iterations):
                key = hashlib.sha256(key).digest()
        else:
            key = hashlib.pbkdf2_hmac("sha256", self.secret, self.salt, self.iterations, 32)
        return hmac.digest(key, part, "sha1" if self.mac == HMAC_SHA1 else "sha256")

    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Return the protection with the key of a certificate (DER)."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    reference: bytes | None = None

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return (self.certificate,)

    def identifier(self) -> bytes:
        return algorithm(ECDSA_SHA256, b"")

    def protect(self, part: bytes) -> bytes:
        return self.key.sign(part, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, kw_only=True)
class Request:
    """Return one message. A field that is None is omitted."""

    kind: int
    body: bytes
    time: datetime | None
    protection: Secret | Signature | None = None
    version: int = 2
    sender: bytes = field(default_factory=name)
    recipient: bytes = field(default_factory=lambda: name("CA"))
    transaction_id: bytes | None = field(default_factory=lambda: os.urandom(16))
    nonce: bytes | None = field(default_factory=lambda: os.urandom(16))
    recipient_nonce: bytes | None = None
    implicit_confirm: bool = False
    extra_certs: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        protection = self.protection
        information = der.encode_sequence(der.encode_sequence(der.oid(IMPLICIT_CONFIRM), b"\x05\x00"))
        optional = (
            (0xA0, None if self.time is None else time(self.time)),
            (0xA1, None if protection is None else protection.identifier()),
            (0xA2, None if protection is None or protection.reference is None else octets(protection.reference)),
            (0xA4, None if self.transaction_id is None else octets(self.transaction_id)),
            (0xA5, None if self.nonce is None else octets(self.nonce)),
            (0xA6, None if self.recipient_nonce is None else octets(self.recipient_nonce)),
            (0xA8, information if self.implicit_confirm else None),
        )
        header = der.encode_sequence(
            der.integer(self.version),
            der.encode(0xA4, self.sender),
            der.encode(0xA4, self.recipient),
            *(der.encode(tag, value) for tag, value in optional if value is not None),
        )
        body = der.encode(0xA0 | self.kind, self.body)
        parts = [header, body]
        if protection is not None:
            mac = protection.protect(der.encode_sequence(header, body))
            parts.append(der.encode(0xA0, der.bit_string(mac)))
        certificates = (*(protection.certificates if protection else ()), *self.extra_certs)
        if certificates:
            parts.append(der.encode(0xA1, der.encode_sequence(*certificates)))
        return der.encode_sequence(*parts)

    def follow(self, response: Response, kind: int, body: bytes, **changes: Any) -> Request:
        """Return the next message of the same transaction."""
        return replace(
            self, kind=kind, body=body, recipient_nonce=response.nonce, nonce=os.urandom(16), extra_certs=(), **changes
        )


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def alternative_names(names: Sequence[str]) -> bytes:
    """Return an Extension."""
    value = x509.SubjectAlternativeName([x509.DNSName(one) for one in names]).public_bytes()
    return der.encode_sequence(der.oid("2.5.29.17"), octets(value))


def template(
    *,
    subject: str | None = None,
    sans: Sequence[str] = (),
    key: ec.EllipticCurvePrivateKey | None = None,
    issuer: bytes | None = None,
    serial: int | None = None,
    extensions: Sequence[bytes] = (),
    validity: bytes | None = None,
) -> bytes:
    wanted = ([alternative_names(sans)] if sans else []) + list(extensions)
    fields = (
        (0x81, None if serial is None else der.read_content(der.integer(serial))),
        (0xA3, issuer),
        (0xA4, validity),
        (0xA5, None if subject is None else name(subject)),
        (0xA6, None if key is None else der.read_content(spki(key))),
        (0xA9, b"".join(wanted) if wanted else None),
    )
    return der.encode_sequence(*(der.encode(tag, value) for tag, value in fields if value is not None))


def certificate_request(
    template_der: bytes,
    key: ec.EllipticCurvePrivateKey | None,
    *,
    number: int = 0,
    controls: bytes = b"",
    proof: bytes | None = None,
) -> bytes:
    """Return CertReqMessages with one element. `key` proves its possession; `proof` replaces that proof."""
    request = der.encode_sequence(der.integer(number), template_der, controls)
    if proof is None and key is not None:
        signature = der.bit_string(key.sign(request, ec.ECDSA(hashes.SHA256())))
        proof = der.encode(0xA1, algorithm(ECDSA_SHA256, b""), signature)
    return der.encode_sequence(der.encode_sequence(request, proof or b""))


def old_certificate(issuer: bytes, serial: int) -> bytes:
    """Return Controls with oldCertID."""
    identifier = der.encode_sequence(der.encode(0xA4, issuer), der.integer(serial))
    return der.encode_sequence(der.encode_sequence(der.oid("1.3.6.1.5.5.7.5.1.5"), identifier))


def confirmation(certificate: bytes, *, number: int = 0, status: int = 0, digest: bytes | None = None) -> bytes:
    found = hashlib.sha256(certificate).digest() if digest is None else digest
    information = der.encode_sequence(der.integer(status)) if status else b""
    return der.encode_sequence(der.encode_sequence(octets(found), der.integer(number), information))


def revocation(issuer: bytes, serial: int, reason: int | None = None) -> bytes:
    code = b"" if reason is None else der.encode(der.ENUMERATED, bytes((reason,)))
    extension = der.encode_sequence(der.encode_sequence(der.oid("2.5.29.21"), octets(code))) if code else b""
    return der.encode_sequence(der.encode_sequence(template(issuer=issuer, serial=serial), extension))


def poll(number: int = 0) -> bytes:
    return der.encode_sequence(der.encode_sequence(der.integer(number)))


def general(kind: str, value: bytes = b"") -> bytes:
    return der.encode_sequence(der.encode_sequence(der.oid(kind), value))


@dataclass(frozen=True)
class Response:
    """Return a response as pyasn1 decodes it."""

    message: Any

    @classmethod
    def parse(cls, data: bytes) -> Response:
        message, rest = decoder.decode(data, asn1Spec=rfc9480.PKIMessage())
        assert not rest
        assert encoder.encode(message) == data
        return cls(message)

    @property
    def kind(self) -> str:
        return str(self.message["body"].getName())

    @property
    def content(self) -> Any:
        return self.message["body"].getComponent()

    @property
    def nonce(self) -> bytes:
        return bytes(self.message["header"]["senderNonce"])

    @property
    def recipient_nonce(self) -> bytes:
        return bytes(self.message["header"]["recipNonce"])

    @property
    def transaction_id(self) -> bytes:
        return bytes(self.message["header"]["transactionID"])

    @property
    def status(self) -> Any:
        """Return the PKIStatusInfo of the only request."""
        if self.kind == "error":
            return self.content["pKIStatusInfo"]
        if self.kind == "rp":
            return self.content["status"][0]
        return self.content["response"][0]["status"]

    @property
    def text(self) -> str:
        return " ".join(str(one) for one in self.status["statusString"])

    @property
    def failures(self) -> set[int]:
        bits = self.status["failInfo"]
        return {number for number, bit in enumerate(bits) if bit} if bits.hasValue() else set()

    @property
    def certificate(self) -> bytes:
        pair = self.content["response"][0]["certifiedKeyPair"]
        return der.read_content(encoder.encode(pair["certOrEncCert"]["certificate"]))

    @property
    def information(self) -> set[str]:
        """Return the OIDs of generalInfo."""
        return {str(one["infoType"]) for one in self.message["header"]["generalInfo"]}

    def protected_part(self) -> bytes:
        return der.encode_sequence(
            encoder.encode(self.message["header"]),
            encoder.encode(self.message["body"]),
        )

    def is_protected_with(self, secret: Secret) -> bool:
        parameters = bytes(self.message["header"]["protectionAlg"]["parameters"])
        sequence = der.read_children(parameters)
        salt = der.read_content(sequence[0]) if secret.kind == PBM else _pbkdf2_salt(sequence[0])
        return replace(secret, salt=salt, mac=HMAC_SHA256).protect(self.protected_part()) == self.protection

    @property
    def protection(self) -> bytes:
        return self.message["protection"].asOctets()

    @property
    def extra_certs(self) -> list[bytes]:
        return [encoder.encode(one) for one in self.message["extraCerts"]]


def _pbkdf2_salt(derivation: bytes) -> bytes:
    return der.read_content(der.read_children(der.read_children(derivation)[1])[0])
