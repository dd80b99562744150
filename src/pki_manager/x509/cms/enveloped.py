"""EnvelopedData (RFC 5652 §6) for RSA keys: functions that read, decrypt with a content-encryption key, and write."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.key_transport import PKCS1_V1_5, KeyTransport
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import der, tlv
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.cms import content
from pki_manager.x509.cms.content import DATA, ENVELOPED_DATA, NULL, RSA_ENCRYPTION, IssuerAndSerial

RSAES_OAEP = "1.2.840.113549.1.1.7"
_MGF1 = "1.2.840.113549.1.1.8"
_SPECIFIED = "1.2.840.113549.1.1.9"
_NO_LABEL = der.encode_sequence(der.oid(_SPECIFIED), der.encode(der.OCTET_STRING))

MAX_RECIPIENTS = 10
_MAX_WRAPPED = 1024


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """A block cipher in CBC mode; sizes are in octets. `is_legacy`: only for devices that support no better cipher."""

    name: str
    oid: str
    key_size: int
    block_size: int
    is_legacy: bool = False


AES_128 = ContentCipher("AES-128-CBC", "2.16.840.1.101.3.4.1.2", 16, 16)
AES_192 = ContentCipher("AES-192-CBC", "2.16.840.1.101.3.4.1.22", 24, 16)
AES_256 = ContentCipher("AES-256-CBC", "2.16.840.1.101.3.4.1.42", 32, 16)
TRIPLE_DES = ContentCipher("3DES-CBC", "1.2.840.113549.3.7", 24, 8, is_legacy=True)
CIPHERS = {cipher.oid: cipher for cipher in (AES_128, AES_192, AES_256, TRIPLE_DES)}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A KeyTransRecipientInfo (RFC 5652 §6.2.1) that identifies the certificate of its recipient."""

    certificate: IssuerAndSerial
    transport: KeyTransport
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """An EnvelopedData: its recipients, cipher, and ciphertext."""

    recipients: tuple[Recipient, ...]
    cipher: ContentCipher
    iv: bytes
    encrypted: bytes


def read_enveloped(data: bytes, field: str = "message") -> Envelope:
    """Read an enveloped message (ContentInfo, BER or DER) without decrypting it.

    Raises Malformed with `field` if it cannot be read; InvalidInput for unsupported algorithms (for example DES).
    """
    try:
        return _read(content.read_content(data, ENVELOPED_DATA, field), field)
    except DerError as error:
        raise content.build_malformed(field, error) from None


def _read(element: Tlv, field: str) -> Envelope:
    cursor = tlv.Cursor(element)
    cursor.take(tlv.INTEGER)
    cursor.optional(0xA0)
    infos = cursor.take(tlv.SET).children()
    inner = cursor.take(tlv.SEQUENCE)
    cursor.optional(0xA1)
    cursor.end()
    if len(infos) > MAX_RECIPIENTS:
        raise Malformed.of(field, "cms.recipients", f"has more than {MAX_RECIPIENTS} recipients")
    recipients = tuple(_recipient(info, field) for info in infos if info.tag == tlv.SEQUENCE)
    cipher, iv, encrypted = _content(inner, field)
    return Envelope(recipients, cipher, iv, encrypted)


def _recipient(info: Tlv, field: str) -> Recipient:
    cursor = tlv.Cursor(info)
    cursor.take(tlv.INTEGER)
    named = content.read_issuer_and_serial(cursor.take(tlv.SEQUENCE))
    transport = _transport(cursor.take(tlv.SEQUENCE), field)
    wrapped = cursor.take(tlv.OCTET_STRING).value
    cursor.end()
    if len(wrapped) > _MAX_WRAPPED:
        raise Malformed.of(field, "cms.wrapped_key", f"has an encrypted key of more than {_MAX_WRAPPED} octets")
    return Recipient(named, transport, wrapped)


def _transport(element: Tlv, field: str) -> KeyTransport:
    oid, parameters = content.read_algorithm(element)
    if oid == RSA_ENCRYPTION:
        return PKCS1_V1_5
    if oid != RSAES_OAEP:
        message = f"encrypts its key with {oid}, which is not supported; use RSA"
        raise InvalidInput.of(field, "cms.key_transport", message)
    return _oaep(parameters, field)


def _oaep(parameters: Tlv | None, field: str) -> KeyTransport:
    """Read RSAES-OAEP-params (RFC 4055 §4.1); the default hash is SHA-1.

    Raises InvalidInput for unsupported parameters.
    """
    hash_name = mgf1_hash_name = "sha1"
    cursor = tlv.Cursor(parameters) if parameters is not None else None
    if cursor is not None:
        hashing, masking, label = cursor.optional(0xA0), cursor.optional(0xA1), cursor.optional(0xA2)
        cursor.end()
        if hashing is not None:
            hash_name = content.read_hash(tlv.read_only_child(hashing), field)
        if masking is not None:
            oid, inner = content.read_algorithm(tlv.read_only_child(masking))
            if oid != _MGF1 or inner is None:
                raise InvalidInput.of(field, "cms.key_transport", "uses RSAES-OAEP without MGF1")
            mgf1_hash_name = content.read_hash(inner, field)
        if label is not None and tlv.read_only_child(label).raw != _NO_LABEL:
            raise InvalidInput.of(field, "cms.key_transport", "uses RSAES-OAEP with a label")
    return KeyTransport(hash_name, mgf1_hash_name)


def _content(element: Tlv, field: str) -> tuple[ContentCipher, bytes, bytes]:
    cursor = tlv.Cursor(element)
    if content.read_oid(cursor.take(tlv.OBJECT_IDENTIFIER)) != DATA:
        raise DerError("the encrypted content is not data")
    oid, parameters = content.read_algorithm(cursor.take(tlv.SEQUENCE))
    encrypted = content.read_octets(cursor.take(0x80, 0xA0), 0x80)
    cursor.end()
    cipher = CIPHERS.get(oid)
    if cipher is None:
        message = f"encrypts its content with {oid}, which is not supported; use AES-128-CBC or AES-256-CBC"
        raise InvalidInput.of(field, "cms.content_cipher", message)
    iv = tlv.require_tag(parameters, tlv.OCTET_STRING).value if parameters else b""
    if len(iv) != cipher.block_size or not encrypted or len(encrypted) % cipher.block_size:
        raise Malformed.of(field, "cms.content_cipher", "has content that is not whole blocks, or no initial vector")
    return cipher, iv, encrypted


def decrypt(envelope: Envelope, key: bytes) -> bytes:
    """Return the plaintext; random octets for a wrong key or padding, never an error.

    The caller continues with the result, so that the response to a forged message does not reveal which part was wrong.
    """
    decryptor = Cipher(_algorithm(envelope.cipher, key), CBC(envelope.iv)).decryptor()
    padded = decryptor.update(envelope.encrypted) + decryptor.finalize()
    unpadder = PKCS7(envelope.cipher.block_size * 8).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return padded


def encrypt(
    data: bytes,
    recipient: IssuerAndSerial,
    spki_der: bytes,
    *,
    cipher: ContentCipher,
    key: bytes,
    iv: bytes,
    content_type: str = DATA,
) -> bytes:
    """Return a ContentInfo (DER), encrypted for the RSA key of one certificate with RSAES-PKCS1-v1_5.

    `data` is content of the type `content_type`. `key` and `iv` are random octets of the cipher's sizes. Raises
    InvalidInput for a key that is not RSA.
    """
    public = keys.load(spki_der)
    if not isinstance(public, rsa.RSAPublicKey):
        raise InvalidInput.of("key", "cms.recipient_key", "is not an RSA key, so that nothing can be encrypted to it")
    padder = PKCS7(cipher.block_size * 8).padder()
    encryptor = Cipher(_algorithm(cipher, key), CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    info = der.encode_sequence(
        der.integer(0),
        recipient.encoded(),
        content.encode_algorithm(RSA_ENCRYPTION, NULL),
        der.encode(der.OCTET_STRING, public.encrypt(key, PKCS1v15())),
    )
    enveloped = der.encode_sequence(
        der.integer(0),
        der.encode(der.SET, info),
        der.encode_sequence(
            der.oid(content_type),
            content.encode_algorithm(cipher.oid, der.encode(der.OCTET_STRING, iv)),
            der.encode(0x80, encrypted),
        ),
    )
    return content.write_content(ENVELOPED_DATA, enveloped)


def _algorithm(cipher: ContentCipher, key: bytes) -> CipherAlgorithm:
    made: BlockCipherAlgorithm = TripleDES(key) if cipher is TRIPLE_DES else AES(key)
    return made
