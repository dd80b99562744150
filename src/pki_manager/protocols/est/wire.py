"""EST messages (RFC 7030 §4, RFC 8951 §3): DER in Base64. Requests may have line breaks.

Responses have none: some clients, for example strongSwan, read one line only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from pki_manager.domain.errors import Malformed, Unauthenticated, UnsupportedMedia
from pki_manager.x509 import export

MAX_OCTETS = 64 * 1024
CSR_TYPE = "application/pkcs10"
CERTIFICATES_TYPE = "application/pkcs7-mime"
CSR_ATTRIBUTES_TYPE = "application/csrattrs"
CERTIFICATES_ONLY = f"{CERTIFICATES_TYPE}; smime-type=certs-only"

_BOUNDARY = "estServerKeyGenBoundary"
SERVER_KEY_TYPE = f"multipart/mixed; boundary={_BOUNDARY}"

_PLAIN_KEY = "application/pkcs8"
_ENCRYPTED_KEY = f"{CERTIFICATES_TYPE}; smime-type=server-generated-key"
_WHITESPACE = b" \t\r\n"
_SEQUENCE = b"\x30"


def read_csr(media_type: str, body: bytes) -> bytes:
    """Return the CSR (DER) in a request.

    Raises UnsupportedMedia for another media type; Malformed if the body is not a DER CSR in Base64.
    """
    if media_type.partition(";")[0].strip().lower() != CSR_TYPE:
        raise UnsupportedMedia(f"The request must be sent as {CSR_TYPE} (RFC 7030 section 4.2.1).")
    try:
        der = base64.b64decode(body.translate(None, _WHITESPACE), validate=True)
    except binascii.Error:
        der = b""
    if not der.startswith(_SEQUENCE):
        raise Malformed.of("csr", "csr.form", "must be the Base64 text of a DER certificate request (RFC 8951)")
    return der


def write_certificates(ders: Iterable[bytes]) -> bytes:
    """Return certificates as a response body: certs-only CMS in Base64 on one line."""
    return write_der(export.encode_certificates_only(ders))


def write_der(der: bytes) -> bytes:
    """Return DER as the body of a response, in Base64 on one line."""
    return base64.b64encode(der) + b"\n"


def write_server_key(key_der: bytes, certificate_der: bytes, *, is_encrypted: bool) -> bytes:
    """Return a private key and its certificate as the parts of a multipart message (RFC 7030 §4.4.2)."""
    key_type = _ENCRYPTED_KEY if is_encrypted else _PLAIN_KEY
    parts = ((key_type, write_der(key_der)), (CERTIFICATES_ONLY, write_certificates([certificate_der])))
    lines = [
        line
        for media_type, body in parts
        for line in (
            f"--{_BOUNDARY}".encode(),
            f"Content-Type: {media_type}".encode(),
            b"Content-Transfer-Encoding: base64",
            b"",
            body.rstrip(b"\n"),
        )
    ]
    return b"\r\n".join([*lines, f"--{_BOUNDARY}--".encode(), b""])


def read_basic(header: str) -> tuple[str, str] | None:
    """Return username and password of an Authorization header (RFC 7617), or None if there is no header.

    Raises Unauthenticated if the header does not contain HTTP Basic credentials.
    """
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    user, separator, password = text.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise Unauthenticated("The Authorization header must contain HTTP Basic credentials.")
    return user, password
