"""EnvelopedData: what clients encrypt is opened, and OpenSSL opens what the product encrypts."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.key_transport import PKCS1_V1_5, KeyTransport
from pki_manager.x509.cms import enveloped as cms
from pki_manager.x509.cms.content import IssuerAndSerial
from tests.support.scep_messages import client_key, enveloped, opened, self_signed

RA = self_signed(client_key(1), "RA", 11)
NAMED = IssuerAndSerial(RA.issuer.public_bytes(), 11)
CONTENT = b"a certificate request of some length"
_OAEP = ("-keyopt", "rsa_padding_mode:oaep")


def _open(data: bytes) -> bytes:
    envelope = cms.read_enveloped(data)
    (recipient,) = envelope.recipients
    assert recipient.certificate == NAMED
    if recipient.transport == PKCS1_V1_5:
        scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    else:
        named = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
        mgf = padding.MGF1(named[recipient.transport.mgf1_hash_name or ""])
        scheme = padding.OAEP(mgf, named[recipient.transport.hash_name or ""], None)
    return cms.decrypt(envelope, client_key(1).decrypt(recipient.wrapped_key, scheme))


@pytest.mark.parametrize("cipher", ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"])
@pytest.mark.parametrize("stream", [False, True])
def test_what_openssl_encrypts_is_opened(cipher: str, stream: bool) -> None:
    assert _open(enveloped(CONTENT, RA, cipher, stream=stream)) == CONTENT


@pytest.mark.parametrize(
    ("options", "transport"),
    [
        ((), KeyTransport("sha1", "sha1")),
        (("-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha1"), KeyTransport("sha256", "sha1")),
        (("-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256"), KeyTransport("sha256", "sha256")),
    ],
)
def test_keys_that_are_wrapped_with_oaep_are_opened(options: tuple[str, ...], transport: KeyTransport) -> None:
    """Windows clients wrap with RSAES-OAEP."""
    data = _oaep(options)
    assert cms.read_enveloped(data).recipients[0].transport == transport
    assert _open(data) == CONTENT


def _oaep(options: tuple[str, ...]) -> bytes:
    # -keyopt belongs to the -recip before it.
    return enveloped(CONTENT, RA, "aes-256-cbc", *_OAEP, *options)


@pytest.mark.parametrize("cipher", [cms.AES_128, cms.AES_256, cms.TRIPLE_DES])
def test_openssl_opens_what_is_encrypted(cipher: cms.ContentCipher) -> None:
    spki = client_key(1).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    made = cms.encrypt(
        CONTENT, NAMED, spki, cipher=cipher, key=bytes(range(cipher.key_size)), iv=bytes(cipher.block_size)
    )
    assert opened(made, client_key(1), RA) == CONTENT
    assert _open(made) == CONTENT


def test_3des_is_marked_as_legacy() -> None:
    assert cms.read_enveloped(enveloped(CONTENT, RA, "des3")).cipher.is_legacy
    assert not cms.read_enveloped(enveloped(CONTENT, RA)).cipher.is_legacy


def test_enr_07_des_is_not_read() -> None:
    data = enveloped(CONTENT, RA, "des3").replace(
        bytes.fromhex("06082a864886f70d0307"), bytes.fromhex("06082a864886f70d0306")
    )
    with pytest.raises(InvalidInput) as caught:
        cms.read_enveloped(data)
    assert caught.value.errors[0].rule == "cms.content_cipher"


def test_enr_07_a_wrong_key_or_padding_is_no_error() -> None:
    envelope = cms.read_enveloped(enveloped(CONTENT, RA))
    for key in range(40):
        assert cms.decrypt(envelope, bytes([key]) * 32) != CONTENT


@pytest.mark.parametrize("change", [b"\x30\x80" * 9, b"", b"\x05\x00", b"\x30\x00"])
def test_what_is_no_envelope_is_malformed(change: bytes) -> None:
    with pytest.raises(Malformed, match=r"ends within an element|is not the CMS structure"):
        cms.read_enveloped(change)


def test_an_envelope_of_part_blocks_is_malformed() -> None:
    data = bytearray(enveloped(CONTENT, RA))
    assert data[-49] == 48 and data[-50] == 0x80  # noqa: PT018 - the header of the encrypted content
    data[-49] = 47
    with pytest.raises(Malformed, match="message: has a length that reaches past the end"):
        cms.read_enveloped(bytes(data[:-1]))
