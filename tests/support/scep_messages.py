"""SCEP messages as clients write and read them (RFC 8894 §3), without the product's writers and readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import new as new_hash
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import char, univ
from pyasn1_alt_modules import rfc5652

_SCEP = "2.16.840.1.113733.1.9"
MESSAGE_TYPE, STATUS, FAIL_INFO, SENDER_NONCE, RECIPIENT_NONCE, TRANSACTION_ID = (f"{_SCEP}.{n}" for n in range(2, 8))
FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
_DATA, _SIGNED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_HASHES: Mapping[str, tuple[str, hashes.HashAlgorithm]] = {
    "md5": ("1.2.840.113549.2.5", hashes.MD5()),
    "sha1": ("1.3.14.3.2.26", hashes.SHA1()),
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
NONCE = bytes(range(16))


@cache
def client_key(number: int = 0) -> rsa.RSAPrivateKey:
    """The same key for the same number: generating one takes long."""
    return rsa.generate_private_key(65537, 2048)


def self_signed(key: rsa.RSAPrivateKey, name: str = "device", serial: int = 7) -> x509.Certificate:
    """The certificate under which a client signs before it has one of a CA."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, now, now + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def csr_with(key: rsa.RSAPrivateKey, name: str, challenge: str | None = None, *extensions: x509.ExtensionType) -> bytes:
    """A PKCS #10 request, DER."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    if challenge is not None:
        builder = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def enveloped(
    content: bytes, recipient: x509.Certificate, cipher: str = "aes-256-cbc", *options: str, stream: bool = False
) -> bytes:
    """EnvelopedData by OpenSSL; `stream` writes it in BER with indefinite lengths."""
    with TemporaryDirectory() as folder:
        certificate, plain = Path(folder, "recipient.pem"), Path(folder, "plain")
        certificate.write_bytes(recipient.public_bytes(Encoding.PEM))
        plain.write_bytes(content)
        command = ["openssl", "cms", "-encrypt", "-binary", "-outform", "DER", "-in", plain, f"-{cipher}"]
        command += ["-stream"] if stream else []
        return run([*command, "-recip", certificate, *options], check=True, capture_output=True).stdout


def tlv_sequence(*parts: bytes) -> bytes:
    """A SEQUENCE, DER."""
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return b"\x30" + (size if len(body) < 0x80 else bytes((0x80 | len(size),)) + size) + body


@dataclass(frozen=True, kw_only=True)
class Message:
    """A client's message; `certificate` and `key` sign it."""

    content: bytes | None
    message_type: str
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    transaction_id: str = "transaction-1"
    nonce: bytes = NONCE
    hash_name: str = "sha256"
    changes: Mapping[str, univ.Any | None] | None = None

    def encoded(self) -> bytes:
        """Return the pkiMessage (DER). `changes` replaces attributes by OID; a value of None removes the attribute."""
        oid, algorithm = _HASHES[self.hash_name]
        digest = new_hash(self.hash_name, self.content or b"").digest()
        values = {
            _CONTENT_TYPE: univ.ObjectIdentifier(_DATA),
            _MESSAGE_DIGEST: univ.OctetString(digest),
            MESSAGE_TYPE: char.PrintableString(self.message_type),
            TRANSACTION_ID: char.PrintableString(self.transaction_id),
            SENDER_NONCE: univ.OctetString(self.nonce),
        } | dict(self.changes or {})
        attributes = univ.SetOf(componentType=rfc5652.Attribute())
        for kind, value in values.items():
            if value is not None:
                attributes.append(_attribute(kind, value))
        signature = self.key.sign(encoder.encode(attributes), padding.PKCS1v15(), algorithm)
        return _signed_data(self.content, attributes, signature, oid, self.certificate)


def _attribute(kind: str, value: univ.Any) -> rfc5652.Attribute:
    attribute = rfc5652.Attribute()
    attribute["attrType"] = kind
    attribute["attrValues"].append(encoder.encode(value))
    return attribute


def _signed_data(
    content: bytes | None, attributes: univ.SetOf, signature: bytes, oid: str, certificate: x509.Certificate
) -> bytes:
    hashing = rfc5652.DigestAlgorithmIdentifier()
    hashing["algorithm"] = oid
    named = certificate.public_bytes(Encoding.DER)
    known, _ = decoder.decode(named, asn1Spec=rfc5652.rfc5280.Certificate())
    info = rfc5652.SignerInfo()
    info["version"] = 1
    info["sid"]["issuerAndSerialNumber"]["issuer"] = known["tbsCertificate"]["issuer"]
    info["sid"]["issuerAndSerialNumber"]["serialNumber"] = certificate.serial_number
    info["digestAlgorithm"] = hashing
    for attribute in attributes:
        info["signedAttrs"].append(attribute)
    info["signatureAlgorithm"]["algorithm"] = "1.2.840.113549.1.1.1"
    info["signatureAlgorithm"]["parameters"] = univ.Null("")
    info["signature"] = signature
    signed = rfc5652.SignedData()
    signed["version"] = 1
    signed["digestAlgorithms"].append(hashing)
    signed["encapContentInfo"]["eContentType"] = _DATA
    if content is not None:
        signed["encapContentInfo"]["eContent"] = content
    signed["certificates"][0]["certificate"] = known
    signed["signerInfos"].append(info)
    outer = rfc5652.ContentInfo()
    outer["contentType"] = _SIGNED
    outer["content"] = encoder.encode(signed)
    return bytes(encoder.encode(outer))


@dataclass(frozen=True)
class Answer:
    """A CertRep: the values of its signed attributes by OID, and its content."""

    attributes: Mapping[str, bytes]
    content: bytes | None
    signature_algorithm: str

    @property
    def status(self) -> str:
        return self.attributes[STATUS].decode()

    @property
    def fail_info(self) -> str | None:
        value = self.attributes.get(FAIL_INFO)
        return None if value is None else value.decode()

    @property
    def text(self) -> str:
        return self.attributes.get(FAIL_INFO_TEXT, b"").decode()


def read_answer(data: bytes, ra: x509.Certificate, hash_name: str = "sha256") -> Answer:
    """Read a CertRep, and verify its signature with the key of `ra`."""
    outer, rest = decoder.decode(data, asn1Spec=rfc5652.ContentInfo())
    assert not rest
    signed, _ = decoder.decode(bytes(outer["content"]), asn1Spec=rfc5652.SignedData())
    (info,) = signed["signerInfos"]
    attributes = univ.SetOf(componentType=rfc5652.Attribute())
    attributes.extend(info["signedAttrs"])
    public = ra.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(bytes(info["signature"]), encoder.encode(attributes), padding.PKCS1v15(), _HASHES[hash_name][1])
    values = {str(one["attrType"]): bytes(decoder.decode(bytes(one["attrValues"][0]))[0]) for one in attributes
              if str(one["attrType"]) != _CONTENT_TYPE}  # fmt: skip
    inner = signed["encapContentInfo"]["eContent"]
    content = bytes(inner) if inner.hasValue() else None
    assert values[_MESSAGE_DIGEST] == new_hash(hash_name, content or b"").digest()
    return Answer(values, content, str(info["signatureAlgorithm"]["algorithm"]))


def opened(content: bytes, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """Decrypt EnvelopedData with OpenSSL."""
    with TemporaryDirectory() as folder:
        private, recipient, sealed = Path(folder, "key"), Path(folder, "recipient.pem"), Path(folder, "sealed")
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        recipient.write_bytes(certificate.public_bytes(Encoding.PEM))
        sealed.write_bytes(content)
        command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", sealed]
        return run([*command, "-inkey", private, "-recip", recipient], check=True, capture_output=True).stdout
