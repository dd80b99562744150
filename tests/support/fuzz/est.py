"""The parsers of EST for fuzzing: valid inputs, and what reads them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pki_manager.protocols.est import wire
from pki_manager.x509 import parse, server_key
from pki_manager.x509.asn1 import der
from tests.support.csrs import add_attributes
from tests.support.scep_messages import client_key, csr_with

TEXT_TOKENS = (b"\r\n", b"=", b"+", b"/", b"-", b"Basic ", b":", b"\xff", b"MII")
_KEY_ID, _CAPABILITIES = "1.2.840.113549.1.9.16.2.54", "1.2.840.113549.1.9.15"
_AES_256 = "2.16.840.1.101.3.4.1.42"


def bodies() -> Sequence[bytes]:
    """A CSR in Base64 on one line, and with line breaks."""
    csr = csr_with(client_key(), "device", "secret")
    return base64.b64encode(csr), base64.encodebytes(csr)


def read_body(data: bytes) -> object:
    return parse.parse_csr(wire.read_csr("application/pkcs10", data))


def key_requests() -> Sequence[bytes]:
    """CSRs that request a key, in plain form and encrypted."""
    csr = csr_with(client_key(), "device")
    ciphers = der.encode_sequence(der.encode_sequence(der.oid(_AES_256)))
    wanted = {_KEY_ID: der.encode(der.OCTET_STRING, bytes(20)), _CAPABILITIES: ciphers}
    return csr, add_attributes(csr, wanted)


def read_key_request(data: bytes) -> object:
    return server_key.parse_server_key_request(data)


def authorizations() -> Sequence[bytes]:
    return b"Basic " + base64.b64encode(b"user:password"), b"Basic " + base64.b64encode("ü:ß".encode())


def read_authorization(data: bytes) -> object:
    return wire.read_basic(data.decode("latin-1"))
