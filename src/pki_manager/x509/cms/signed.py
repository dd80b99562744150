"""SignedData (RFC 5652 §5) with one signer and signed attributes: functions that read, verify, and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import der, tlv
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.cms import content
from pki_manager.x509.cms.content import DATA, HASHES, NULL, RSA_ENCRYPTION, SIGNED_DATA, IssuerAndSerial

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"

MAX_CERTIFICATES = 10
MAX_ATTRIBUTES = 30

_RSA_WITH: dict[str, str] = {
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """A SignedData whose signature was verified with the key of `certificate_der`, which it contains.

    `attributes` has the values of the signed attributes by OID, each as one DER element. `spki_der` is the signer's
    key.
    """

    content: bytes
    attributes: Mapping[str, bytes]
    certificate_der: bytes
    signer: IssuerAndSerial
    spki_der: bytes
    hash_name: str


def read_signed(data: bytes, field: str = "message") -> SignedMessage:
    """Read a signed message (ContentInfo, BER or DER) and verify its signature.

    Raises Malformed with `field` unless it has exactly one signer with signed attributes and an RSA key; InvalidInput
    for unsupported algorithms and, with the rule `cms.signature`, for a wrong signature.
    """
    try:
        return _read(content.read_content(data, SIGNED_DATA, field), field)
    except DerError as error:
        raise content.build_malformed(field, error) from None


def _read(signed: Tlv, field: str) -> SignedMessage:
    cursor = tlv.Cursor(signed)
    cursor.take(tlv.INTEGER)
    cursor.take(tlv.SET)
    inner = _inner_content(cursor.take(tlv.SEQUENCE))
    certificates = cursor.optional(0xA0)
    cursor.optional(0xA1)
    signers = cursor.take(tlv.SET).children()
    cursor.end()
    if len(signers) != 1:
        raise Malformed.of(field, "cms.signers", "must have exactly one signer")
    return _verified(signers[0], inner, certificates.children() if certificates else [], field)


def _inner_content(element: Tlv) -> bytes:
    cursor = tlv.Cursor(element)
    if content.read_oid(cursor.take(tlv.OBJECT_IDENTIFIER)) != DATA:
        raise DerError("the signed content is not data")
    explicit = cursor.optional(0xA0)
    cursor.end()
    return tlv.require_tag(tlv.read_only_child(explicit), tlv.OCTET_STRING).value if explicit else b""


def _verified(info: Tlv, inner: bytes, certificates: list[Tlv], field: str) -> SignedMessage:
    cursor = tlv.Cursor(info)
    cursor.take(tlv.INTEGER)
    signer = content.read_issuer_and_serial(cursor.take(tlv.SEQUENCE))
    hash_name = content.read_hash(cursor.take(tlv.SEQUENCE), field)
    signed = cursor.take(0xA0)
    _require_rsa(cursor.take(tlv.SEQUENCE), hash_name, field)
    signature = cursor.take(tlv.OCTET_STRING).value
    cursor.optional(0xA1)
    cursor.end()
    certificate, spki = _certificate_of(signer, certificates, field)
    attributes = _attributes(signed, field)
    _require_content(attributes, inner, hash_name, field)
    _verify(spki, signature, der.encode(der.SET, signed.value), hash_name, field)
    return SignedMessage(
        content=inner,
        attributes=attributes,
        certificate_der=certificate,
        signer=signer,
        spki_der=spki,
        hash_name=hash_name,
    )


def _require_rsa(element: Tlv, hash_name: str, field: str) -> None:
    oid, _ = content.read_algorithm(element)
    if oid != RSA_ENCRYPTION and _RSA_WITH.get(oid) != hash_name:
        message = f"is signed with {oid}, which is not supported; use RSA with PKCS #1 v1.5"
        raise InvalidInput.of(field, "cms.signature_algorithm", message)


def _certificate_of(signer: IssuerAndSerial, certificates: list[Tlv], field: str) -> tuple[bytes, bytes]:
    """Return the signer's certificate and its SubjectPublicKeyInfo.

    Raises Malformed if the message does not contain it.
    """
    if len(certificates) > MAX_CERTIFICATES:
        raise Malformed.of(field, "cms.certificates", f"has more than {MAX_CERTIFICATES} certificates")
    for certificate in certificates:
        named, spki = _identity(certificate)
        if named == signer:
            return certificate.raw, spki
    raise Malformed.of(field, "cms.signer", "does not contain the certificate of its signer")


def _identity(certificate: Tlv) -> tuple[IssuerAndSerial, bytes]:
    """Return the issuer and serial number of a certificate, and its SubjectPublicKeyInfo.

    Other fields are not read, because clients sign the certificate of their first key themselves.
    """
    cursor = tlv.Cursor(tlv.read_fields(certificate, tlv.SEQUENCE, 3)[0])
    cursor.optional(0xA0)
    serial = cursor.take(tlv.INTEGER)
    cursor.take(tlv.SEQUENCE)
    issuer = cursor.take(tlv.SEQUENCE)
    cursor.take(tlv.SEQUENCE)
    cursor.take(tlv.SEQUENCE)
    return IssuerAndSerial(issuer.raw, tlv.read_integer(serial)), cursor.take(tlv.SEQUENCE).raw


def _attributes(signed: Tlv, field: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    elements = signed.children()
    if len(elements) > MAX_ATTRIBUTES:
        raise Malformed.of(field, "cms.attributes", f"has more than {MAX_ATTRIBUTES} signed attributes")
    for element in elements:
        cursor = tlv.Cursor(element)
        oid, values = content.read_oid(cursor.take(tlv.OBJECT_IDENTIFIER)), cursor.take(tlv.SET).children()
        cursor.end()
        if oid in found or len(values) != 1:
            raise Malformed.of(field, "cms.attributes", f"has attribute {oid} with more or less than one value")
        found[oid] = values[0].raw
    return found


def _require_content(attributes: Mapping[str, bytes], inner: bytes, hash_name: str, field: str) -> None:
    """Raise InvalidInput unless the signed attributes match the content's type and digest (§11.1, §11.2)."""
    digest = der.encode(der.OCTET_STRING, content.compute_digest(hash_name, inner))
    if attributes.get(CONTENT_TYPE) != der.oid(DATA) or attributes.get(MESSAGE_DIGEST) != digest:
        raise InvalidInput.of(field, "cms.signature", "has signed attributes that do not match its content")


def _verify(spki: bytes, signature: bytes, data: bytes, hash_name: str, field: str) -> None:
    facts = keys.compute_key_facts(spki, field)
    key = keys.load(facts.spki_der, field)
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidInput.of(field, "cms.signer_key", f"is signed with a key of type {facts.description}; use RSA")
    try:
        key.verify(signature, data, PKCS1v15(), content.hash_algorithm(hash_name))
    except InvalidSignature:
        raise InvalidInput.of(field, "cms.signature", "has a signature that does not verify") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """A message without its signature. The key signs `attributes_der` (RFC 5652 §5.4).

    `build_signed_message` adds the signature.
    """

    attributes_der: bytes
    content_type: str
    content: bytes = field(repr=False)
    signer: IssuerAndSerial
    certificates: tuple[bytes, ...]
    hash_name: str = "sha256"


def prepare_signed(
    inner: bytes,
    attributes: Mapping[str, bytes],
    signer: IssuerAndSerial,
    certificates: Iterable[bytes],
    content_type: str = DATA,
    hash_name: str = "sha256",
) -> ToSign:
    """Return a message with its digest, to be signed. `attributes` are DER values by OID.

    `inner` is content of the type `content_type`. If there is no content, `inner` is empty but encoded: OpenSSL cannot
    verify a message without it.
    """
    own = {
        CONTENT_TYPE: der.oid(content_type),
        MESSAGE_DIGEST: der.encode(der.OCTET_STRING, content.compute_digest(hash_name, inner)),
    }
    encoded = sorted(
        der.encode_sequence(der.oid(oid), der.encode(der.SET, value)) for oid, value in {**own, **attributes}.items()
    )
    return ToSign(
        attributes_der=der.encode(der.SET, *encoded),
        content_type=content_type,
        content=inner,
        signer=signer,
        certificates=tuple(certificates),
        hash_name=hash_name,
    )


def build_signed_message(prepared: ToSign, signature: bytes) -> bytes:
    """Return the ContentInfo (DER) that contains the SignedData of `build_signed_data`."""
    return content.write_content(SIGNED_DATA, build_signed_data(prepared, signature))


def build_signed_data(prepared: ToSign, signature: bytes) -> bytes:
    """Return the SignedData (DER), in the form that is encrypted in an EnvelopedData.

    `signature` is RSASSA-PKCS1-v1_5 with the hash of `prepared` over its `attributes_der`. The signature algorithm is
    rsaEncryption (RFC 3370 §3.2), because some clients accept no other identifier.
    """
    hashing = content.encode_algorithm(HASHES[prepared.hash_name], NULL)
    info = der.encode_sequence(
        der.integer(1),
        prepared.signer.encoded(),
        hashing,
        der.encode(0xA0, der.read_content(prepared.attributes_der)),
        content.encode_algorithm(RSA_ENCRYPTION, NULL),
        der.encode(der.OCTET_STRING, signature),
    )
    version = 1 if prepared.content_type == DATA else 3
    explicit = der.encode(0xA0, der.encode(der.OCTET_STRING, prepared.content))
    inner = der.encode_sequence(der.oid(prepared.content_type), explicit)
    return _signed_data(version, inner, hashing, prepared.certificates, b"", info)


def build_crl_only(crl_der: bytes) -> bytes:
    """Return a ContentInfo (DER) without a signer that contains one CRL (RFC 5652 §5.2).

    For certificates, use `export.encode_certificates_only`.
    """
    inner = der.encode_sequence(der.oid(DATA))
    return content.write_content(SIGNED_DATA, _signed_data(1, inner, b"", (), crl_der, b""))


def _signed_data(
    version: int, inner: bytes, hashing: bytes, certificates: tuple[bytes, ...], crl: bytes, infos: bytes
) -> bytes:
    """Return a SignedData (DER). `version` is 3 for content that is not data (RFC 5652 §5.1)."""
    return der.encode_sequence(
        der.integer(version),
        der.encode(der.SET, hashing),
        inner,
        der.encode(0xA0, *sorted(certificates)) if certificates else b"",
        der.encode(0xA1, crl) if crl else b"",
        der.encode(der.SET, infos),
    )
