"""Descriptions of objects of any supported kind, including invalid ones.

Nothing is linted, fetched, or verified. The readers are those of lint, which show what a typed parser hides or refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pki_manager.domain.errors import Malformed
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.decode import bundle, containers, keys, signed
from pki_manager.x509.decode.bundle import EncryptedPemKey, Item
from pki_manager.x509.decode.detect import is_label_wrong
from pki_manager.x509.decode.model import Decoded, DecodedExtension, DecodedKey, Json, ObjectKind

__all__ = ["Decoded", "DecodedExtension", "DecodedKey", "Json", "ObjectKind", "decode"]

_READERS: dict[ObjectKind, Callable[[Tlv, str | None], Decoded]] = {
    ObjectKind.CERTIFICATE: signed.decode_certificate,
    ObjectKind.REQUEST: signed.decode_request,
    ObjectKind.CRL: signed.decode_crl,
    ObjectKind.OCSP_REQUEST: signed.decode_ocsp_request,
    ObjectKind.OCSP_RESPONSE: signed.decode_ocsp_response,
    ObjectKind.PKCS7: containers.decode_pkcs7,
    ObjectKind.PUBLIC_KEY: keys.decode_public_key,
    ObjectKind.PRIVATE_KEY: keys.decode_private_key,
    ObjectKind.ENCRYPTED_PRIVATE_KEY: keys.decode_encrypted_key,
}


def decode_objects(data: bytes | str, password: str | None = None, field: str = "data") -> tuple[Decoded, ...]:
    """Return a description of every object in `data` (DER, Base64, PEM with any number of blocks), in order.

    `password` opens PKCS #12. Raises Malformed or TooLarge with `field` for unknown or too large data; InvalidInput for
    a PKCS #12 file that is too expensive to open.
    """
    return tuple(_decode(item, password, field) for item in bundle.read_items(data, field))


def _decode(item: Item | EncryptedPemKey, password: str | None, field: str) -> Decoded:
    if isinstance(item, EncryptedPemKey):
        return keys.describe_legacy_key(item.label, item.body)
    try:
        if item.kind is ObjectKind.PKCS12:
            found = containers.decode_pkcs12(item.element, item.label, password)
        else:
            found = _READERS[item.kind](item.element, item.label)
    except DerError as error:
        message = f"is not a {item.kind.value} after all: {error}"
        raise Malformed.of(field, "object.structure", message) from None
    if item.label is not None and is_label_wrong(item.label, item.kind):
        warning = f"its PEM label says {item.label}, and it is a {item.kind.value}"
        found = replace(found, warnings=(*found.warnings, warning))
    return found
