"""Reader and writer of PEM (RFC 7468), strict about the contents and the number of blocks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from pki_manager.domain.errors import Malformed, TooLarge

CERTIFICATE = "CERTIFICATE"
CRL = "X509 CRL"
PUBLIC_KEY = "PUBLIC KEY"
CSR_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")

MAX_SIZE = 64 * 1024

# Base64 has no hyphen. Excluding it from the body keeps the match linear for any input.
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----")


def read(data: bytes | str, labels: Sequence[str], field: str, *, max_size: int = MAX_SIZE) -> bytes:
    """Return the DER of `data`: DER, bare Base64, or exactly one PEM block with one of `labels`.

    Octets that begin with 0x30 (SEQUENCE) are returned unchanged: check them with `der.require_der`. Raises Malformed
    with `field` if it is none of these; TooLarge with `field` over `max_size`.
    """
    _require_size(data, field, max_size)
    if isinstance(data, bytes) and data[:1] == b"\x30":
        return data
    text = _text(data, field)
    return read_one(text, labels, field, max_size=max_size) if "-----" in text else decode_base64(text, field)


def read_one(text: bytes | str, labels: Sequence[str], field: str, *, max_size: int = MAX_SIZE) -> bytes:
    """Return the DER of the only PEM block in `text`, which must have one of `labels`.

    Explanatory text can precede the block (RFC 7468 §5.2); only white space can follow. Raises Malformed if there is no
    block, a second one, another label, or invalid Base64; TooLarge over `max_size` characters.
    """
    _require_size(text, field, max_size)
    text = _text(text, field)
    block = _BLOCK.search(text)
    if block is None:
        raise Malformed.of(field, "pem.block", f"has no PEM block {labels[0]!r}")
    if block[1] not in labels:
        raise Malformed.of(field, "pem.label", f"is a PEM block {block[1]!r} where {labels[0]!r} is expected")
    if "-----" in text[: block.start()] or text[block.end() :].strip():
        raise Malformed.of(field, "pem.single", "must contain exactly one PEM block and nothing else")
    return decode_base64(block[2], field)


def read_many(
    text: bytes | str, label: str, field: str, *, max_blocks: int = 32, max_size: int = 16 * MAX_SIZE
) -> tuple[bytes, ...]:
    """Return the DER of every PEM block in `text`, in order: at least one, all with that label.

    Text around the blocks is ignored. Raises Malformed with `field` if there is no block, another label, or invalid
    Base64; TooLarge with `field` over `max_blocks` blocks or `max_size` characters.
    """
    _require_size(text, field, max_size)
    text = _text(text, field)
    blocks = _BLOCK.findall(text)
    if not blocks or "-----" in _BLOCK.sub("", text):
        raise Malformed.of(field, "pem.block", f"is not a series of PEM blocks {label!r}")
    if len(blocks) > max_blocks:
        raise TooLarge.of(field, "pem.blocks", f"must have at most {max_blocks} PEM blocks, not {len(blocks)}")
    for found, _ in blocks:
        if found != label:
            raise Malformed.of(field, "pem.label", f"has a PEM block {found!r} where {label!r} is expected")
    return tuple(decode_base64(body, field) for _, body in blocks)


def read_some(data: bytes, label: str, field: str) -> tuple[bytes, ...]:
    """Return the DER of the PEM blocks with that label, in order. Blocks with other labels are ignored.

    Raises Malformed with `field` for invalid Base64.
    """
    return tuple(decode_base64(body, field) for found, body in _BLOCK.findall(_text(data, field)) if found == label)


def write(label: str, der: bytes) -> str:
    """Return one PEM block with lines of 64 characters and a final line break."""
    body = base64.b64encode(der).decode("ascii")
    lines = (body[start : start + 64] for start in range(0, len(body), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def _require_size(data: bytes | str, field: str, max_size: int) -> None:
    if len(data) > max_size:
        raise TooLarge.of(field, "size", f"must have at most {max_size} bytes, not {len(data)}")


def _text(data: bytes | str, field: str) -> str:
    """Return octets as text. Characters other than ASCII are replaced, so they cannot be part of a block (RFC 7468 §3).

    Raises Malformed if there is a NUL octet.
    """
    if isinstance(data, str):
        return data
    if b"\0" in data:
        raise Malformed.of(field, "pem.text", "is neither DER nor text")
    return data.decode("ascii", "replace")


def decode_base64(body: str, field: str, message: str = "is not base64") -> bytes:
    """Return the octets of a PEM block's body. Raises Malformed with `message` if it is invalid or empty."""
    try:
        decoded = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise Malformed.of(field, "pem.base64", message)
    return decoded
