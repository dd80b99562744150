"""Encoder and reader of typed values, as custom extensions contain them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.extensions import CustomExtension, ExtensionType, FieldValue, find_value_fault
from pki_manager.x509.asn1 import der, oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
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


def read_field_values(certificate_der: bytes, extensions: Iterable[CustomExtension]) -> tuple[FieldValue, ...]:
    """Return the values of the extensions with a request field, as a certificate (DER) contains them.

    Extensions that it lacks, and values of another type, are left out. Raises DerError if it is malformed.
    """
    by_oid = CertificateView.read(certificate_der).by_oid
    found = []
    for extension in extensions:
        present = by_oid.get(oid_octets.encode_oid(extension.oid))
        if extension.field is None or present is None:
            continue
        text = _read(extension.type, present.value)
        if text is not None:
            found.append(FieldValue(extension.field.name, text))
    return tuple(found)


class RequestedValues(NamedTuple):
    """The field values in the extensions of a request, and the extensions whose value has another type."""

    values: tuple[FieldValue, ...]
    unreadable: tuple[CustomExtension, ...]


def read_extension_fields(values: Mapping[str, bytes], extensions: Iterable[CustomExtension]) -> RequestedValues:
    """Return the values of the extensions with a request field. `values` are DER by dotted OID, as a request has them.

    Extensions that the request lacks are left out.
    """
    found, unreadable = [], []
    for extension in extensions:
        value = values.get(extension.oid)
        if extension.field is None or value is None:
            continue
        text = _read(extension.type, value)
        if text is None:
            unreadable.append(extension)
        else:
            found.append(FieldValue(extension.field.name, text))
    return RequestedValues(tuple(found), tuple(unreadable))


def _read(kind: ExtensionType, value: bytes) -> str | None:
    """Return the text whose encoding is `value`. None if there is none."""
    try:
        text = _DECODERS[kind](value)
        return text if encode_value(kind, text, "extensions") == value else None
    except (InvalidInput, ValueError, IndexError):
        return None


def _decode_integer(value: bytes) -> str:
    return str(int.from_bytes(der.read_content(value), "big", signed=True))


def _decode_sid(value: bytes) -> str:
    (name,) = der.read_children(value)
    return der.read_content(der.read_content(der.read_children(name)[1])).decode("ascii")


def _decode_template(value: bytes) -> str:
    template, *versions = der.read_children(value)
    return ":".join((der.read_oid(template), *map(_decode_integer, versions)))


_DECODERS: dict[ExtensionType, Callable[[bytes], str]] = {
    ExtensionType.DER: bytes.hex,
    ExtensionType.BOOLEAN: lambda value: "true" if der.read_content(value) == b"\xff" else "false",
    ExtensionType.INTEGER: _decode_integer,
    ExtensionType.OID: der.read_oid,
    ExtensionType.OCTET_STRING: lambda value: der.read_content(value).hex(),
    ExtensionType.UTF8_STRING: lambda value: der.read_content(value).decode(),
    ExtensionType.IA5_STRING: lambda value: der.read_content(value).decode("ascii"),
    ExtensionType.BMP_STRING: lambda value: der.read_content(value).decode("utf-16-be"),
    ExtensionType.SID: _decode_sid,
    ExtensionType.CERTIFICATE_TEMPLATE: _decode_template,
}


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
