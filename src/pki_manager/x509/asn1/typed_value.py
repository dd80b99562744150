"""Encoder of typed values, as custom extensions contain them."""

from __future__ import annotations

from collections.abc import Callable

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.extensions import ExtensionType, find_value_fault
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.oids import SID_STRING

_UTF8_STRING, _IA5_STRING, _BMP_STRING = 0x0C, 0x16, 0x1E


def encode_value(kind: ExtensionType, text: str, field: str) -> bytes:
    """Return the DER of a value. Raises InvalidInput with `field` if the text is not a value of this type."""
    fault = find_value_fault(kind, text)
    if fault:
        raise InvalidInput.of(field, "extension.value", fault)
    value = _ENCODERS[kind](text)
    if kind is ExtensionType.DER:
        der.require_der(value, field)
    return value


def _encode_sid(text: str) -> bytes:
    """Return GeneralNames with one otherName that contains the SID as ASCII text (MS-WCCE §2.2.2.7.7.4)."""
    value = der.encode(0xA0, der.encode(der.OCTET_STRING, text.encode("ascii")))
    return der.encode_sequence(der.encode(0xA0, der.oid(SID_STRING), value))


def _encode_template(text: str) -> bytes:
    """Return a CertificateTemplate: the OID, the major and, if set, the minor version (MS-WCCE §2.2.2.7.7.2)."""
    template, *versions = text.split(":")
    return der.encode_sequence(der.oid(template), *(der.integer(int(version)) for version in versions))


_ENCODERS: dict[ExtensionType, Callable[[str], bytes]] = {
    ExtensionType.DER: bytes.fromhex,
    ExtensionType.BOOLEAN: lambda text: der.encode(der.BOOLEAN, b"\xff" if text == "true" else b"\0"),
    ExtensionType.INTEGER: lambda text: der.integer(int(text)),
    ExtensionType.OID: der.oid,
    ExtensionType.OCTET_STRING: lambda text: der.encode(der.OCTET_STRING, bytes.fromhex(text)),
    ExtensionType.UTF8_STRING: lambda text: der.encode(_UTF8_STRING, text.encode()),
    ExtensionType.IA5_STRING: lambda text: der.encode(_IA5_STRING, text.encode("ascii")),
    ExtensionType.BMP_STRING: lambda text: der.encode(_BMP_STRING, text.encode("utf-16-be")),
    ExtensionType.SID: _encode_sid,
    ExtensionType.CERTIFICATE_TEMPLATE: _encode_template,
}
