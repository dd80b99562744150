"""The parsers of SCEP and CMS for fuzzing: valid inputs, and what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pki_manager.domain.errors import PkiError
from pki_manager.x509 import parse, scep
from pki_manager.x509.asn1 import der
from pki_manager.x509.cms import enveloped
from tests.support.scep_messages import Message, client_key, csr_with, self_signed
from tests.support.scep_messages import enveloped as encrypt


def messages() -> Sequence[bytes]:
    """A message with content, one without, and one in BER."""
    key, certificate = client_key(), self_signed(client_key())
    made = [
        Message(content=content, message_type=number, key=key, certificate=certificate).encoded()
        for content, number in ((b"inner", "19"), (None, "20"))
    ]
    return *made, b"\x30\x80" + made[0][4:] + b"\0\0"


def read_message(data: bytes) -> object:
    return scep.read_request(data)


def envelopes() -> Sequence[bytes]:
    """PKCS #1 v1.5 and OAEP, DER and BER."""
    ra = self_signed(client_key(1), "RA")
    oaep = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
    return encrypt(b"content", ra), encrypt(b"content", ra, "aes-128-cbc", *oaep, stream=True)


def read_envelope(data: bytes) -> object:
    envelope = enveloped.read_enveloped(data)
    return enveloped.decrypt(envelope, bytes(envelope.cipher.key_size))


def contents() -> Sequence[bytes]:
    """What is inside the envelopes: requests with a challenge, and names."""
    name = self_signed(client_key()).subject.public_bytes()
    names = der.encode_sequence(name, name), der.encode_sequence(name, der.integer(17))
    return csr_with(client_key(), "device", "secret"), *names


def read_content(data: bytes) -> None:
    """Each reader by itself, as the message type decides; the challenge only of what is a request."""
    for read in (scep.read_issuer_and_serial, scep.read_issuer_and_subject, _challenge):
        with suppress(PkiError):
            read(data)


def _challenge(data: bytes) -> object:
    parse.parse_csr(data)
    return scep.read_challenge(data)
