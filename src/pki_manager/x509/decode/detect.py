"""Detection of a DER element's kind by its structure, because PEM labels can be wrong."""

from __future__ import annotations

import re

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.tlv import Tlv
from pki_manager.x509.decode.model import ObjectKind

# Tags of the fields, in order; of what is signed (SEQUENCE, SEQUENCE, BIT STRING) those of the first SEQUENCE.
_SIGNED = b"\x30\x30\x03"
_SIGNED_KINDS = (
    (re.compile(rb"\xa0?\x02\x30{5}\x81?\x82?\xa3?"), ObjectKind.CERTIFICATE),
    (re.compile(rb"\x02\x30\x30\xa0?"), ObjectKind.REQUEST),
    (re.compile(rb"\x02?\x30\x30[\x17\x18]{1,2}\x30?\xa0?"), ObjectKind.CRL),
)
_KINDS = (
    (re.compile(rb"\x0a\xa0?"), ObjectKind.OCSP_RESPONSE),
    (re.compile(rb"\x06\xa0?"), ObjectKind.PKCS7),
    (re.compile(rb"\x02\x30\x30?"), ObjectKind.PKCS12),
    (re.compile(rb"\x02\x30\x04\xa0?[\x81\xa1]?"), ObjectKind.PRIVATE_KEY),
    (re.compile(rb"\x02\x04\xa0?\xa1?"), ObjectKind.PRIVATE_KEY),
    (re.compile(rb"\x02{6}|\x02{9}\x30?"), ObjectKind.PRIVATE_KEY),
    (re.compile(rb"\x30\x04"), ObjectKind.ENCRYPTED_PRIVATE_KEY),
    (re.compile(rb"\x30\x03|\x02\x02"), ObjectKind.PUBLIC_KEY),
)
_OCSP_REQUEST = re.compile(rb"\x30\xa0?")
_TBS_REQUEST = re.compile(rb"\xa0?\xa1?\x30\xa2?")

_LABELS = {
    "CERTIFICATE": ObjectKind.CERTIFICATE,
    "X509 CERTIFICATE": ObjectKind.CERTIFICATE,
    "CERTIFICATE REQUEST": ObjectKind.REQUEST,
    "NEW CERTIFICATE REQUEST": ObjectKind.REQUEST,
    "X509 CRL": ObjectKind.CRL,
    "PKCS7": ObjectKind.PKCS7,
    "CMS": ObjectKind.PKCS7,
    "PUBLIC KEY": ObjectKind.PUBLIC_KEY,
    "RSA PUBLIC KEY": ObjectKind.PUBLIC_KEY,
    "PRIVATE KEY": ObjectKind.PRIVATE_KEY,
    "RSA PRIVATE KEY": ObjectKind.PRIVATE_KEY,
    "EC PRIVATE KEY": ObjectKind.PRIVATE_KEY,
    "DSA PRIVATE KEY": ObjectKind.PRIVATE_KEY,
    "ENCRYPTED PRIVATE KEY": ObjectKind.ENCRYPTED_PRIVATE_KEY,
}
"""Kinds of objects by PEM label: RFC 7468 §5 to §13, and the labels of older programs."""


def detect_kind(element: Tlv) -> ObjectKind | None:
    """Return the kind of a DER SEQUENCE, or None if it is unknown. Raises DerError if it is not DER."""
    children = tlv.require_tag(element, tlv.SEQUENCE).children()
    tags = _tags(children)
    if tags == _SIGNED:
        inside = _tags(children[0].children())
        return next((kind for form, kind in _SIGNED_KINDS if form.fullmatch(inside)), None)
    if _OCSP_REQUEST.fullmatch(tags):
        return ObjectKind.OCSP_REQUEST if _TBS_REQUEST.fullmatch(_tags(children[0].children())) else None
    return next((kind for form, kind in _KINDS if form.fullmatch(tags)), None)


def is_label_wrong(label: str, kind: ObjectKind) -> bool:
    """Return whether a PEM label is that of another kind. Unknown labels are not wrong."""
    return _LABELS.get(label, kind) is not kind


def _tags(elements: list[Tlv]) -> bytes:
    return bytes(element.tag for element in elements)
