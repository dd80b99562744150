"""Custom extensions of a profile: their types of values, and the checks of OIDs and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.dotted_oid import is_dotted_oid
from pki_manager.domain.errors import FieldError

MAX_EXTENSIONS = 16
MAX_VALUE = 2000
MAX_ALL_VALUES = 8000
"""Maximum number of characters in the values of all extensions of a profile."""
MAX_PATTERN = 200

FIELD = "fields."
"""Prefix of the names of request fields, where they stand beside subject attributes: in errors and access decisions."""

SECURITY_IDENTIFIER = "1.3.6.1.4.1.311.25.2"
"""szOID_NTDS_CA_SECURITY_EXT: the SID of the Windows account that signs in (MS-WCCE §2.2.2.7.7.4)."""
CERTIFICATE_TEMPLATE = "1.3.6.1.4.1.311.21.7"
"""szOID_CERTIFICATE_TEMPLATE: OID and version of a template (MS-WCCE §2.2.2.7.7.2)."""
TEMPLATE_NAME = "1.3.6.1.4.1.311.20.2"
"""szOID_ENROLL_CERTTYPE_EXTENSION: the name of a version 1 template (MS-WCCE §2.2.2.7.7.1)."""

_PREFIXES = ("2.5.29.", "1.3.6.1.5.5.7.48.1.")
"""Arcs of extensions that PKI Manager sets itself, or that would change how certificates are validated.

They are the extensions of RFC 5280 and X.509, and those of OCSP.
"""

_REFUSED = {
    "1.3.6.1.5.5.7.1.1": "include_ocsp_url adds it",
    "1.3.6.1.5.5.7.1.11": "it is for CA certificates",
    "1.3.6.1.5.5.7.1.14": "it makes a certificate a proxy certificate (RFC 3820)",
    "1.3.6.1.5.5.7.1.31": "it proves control of a name to ACME servers (RFC 8737)",
    "1.3.6.1.4.1.311.21.1": "it is for CA certificates",
    "1.3.6.1.4.1.311.21.10": "Windows prefers it to extended_key_usage; use that field",
    "1.3.6.1.4.1.311.21.11": "it is for CA certificates",
    "1.3.6.1.4.1.311.21.12": "it is for CA certificates",
    "1.3.6.1.4.1.11129.2.4.2": "a CT log issues its value",
    "1.3.6.1.4.1.11129.2.4.3": "it makes a certificate a precertificate (RFC 6962)",
    "2.16.840.1.113730.1.1": "some clients prefer it to extended_key_usage; use that field",
}
"""OIDs that a profile cannot add, each with the reason."""


class ExtensionType(StrEnum):
    """The ASN.1 type of a value. DER is any type, in hex; the last two are structures that Microsoft defines."""

    DER = "DER"
    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    OID = "OID"
    OCTET_STRING = "OCTET STRING"
    UTF8_STRING = "UTF8String"
    IA5_STRING = "IA5String"
    BMP_STRING = "BMPString"
    SID = "SID"
    CERTIFICATE_TEMPLATE = "CertificateTemplate"


_DEFINED = {
    SECURITY_IDENTIFIER: ExtensionType.SID,
    CERTIFICATE_TEMPLATE: ExtensionType.CERTIFICATE_TEMPLATE,
    TEMPLATE_NAME: ExtensionType.BMP_STRING,
}
"""Types of the extensions whose definition is known here. They can have this type or DER."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """A field of requests that contains the value of an extension.

    `pattern` has the wildcards of file names: `*`, `?`, and `[…]`. `maximum` is in characters.
    """

    name: str
    required: bool = False
    pattern: str = "*"
    maximum: int = 200


@dataclass(frozen=True, slots=True)
class CustomExtension:
    """An extension that a profile adds, with a value or the field of requests that contains it.

    `value` is text in the form of `type`.
    """

    oid: str
    type: ExtensionType
    value: str | None = None
    critical: bool = False
    field: RequestField | None = None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a request field."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PlannedExtension:
    """A custom extension of a planned certificate. `field` is the request field that contained the value, if any."""

    oid: str
    type: ExtensionType
    value: str
    critical: bool = False
    field: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the extension as a JSON object."""
        form: dict[str, object] = {
            "oid": self.oid,
            "type": self.type.value,
            "value": self.value,
            "critical": self.critical,
        }
        return form if self.field is None else {**form, "field": self.field}


def list_field_values(extensions: Iterable[PlannedExtension]) -> tuple[FieldValue, ...]:
    """Return the values that the requester set."""
    return tuple(FieldValue(one.field, one.value) for one in extensions if one.field is not None)


def find_extension_faults(extensions: Sequence[CustomExtension]) -> Iterator[FieldError]:
    """Yield the errors of a profile's extensions. `x509` checks whether a DER value is well-formed."""
    seen: set[str] = set()
    for place, extension in enumerate(extensions):
        at = f"extensions.{place}"
        fault = _find_oid_fault(extension.oid, seen)
        if fault:
            yield FieldError(f"{at}.oid", "profile.extension", fault)
        seen.add(extension.oid)
        defined = _DEFINED.get(extension.oid, extension.type)
        if extension.type not in (defined, ExtensionType.DER):
            message = f"must be {defined} or DER for the extension {extension.oid}"
            yield FieldError(f"{at}.type", "profile.extension", message)
        yield from _find_content_faults(at, extension)
    fields = [extension.field.name for extension in extensions if extension.field]
    if len(set(fields)) != len(fields):
        yield FieldError("extensions", "profile.extension_field", "must not have two fields with the same name")
    if sum(map(_measure, extensions)) > MAX_ALL_VALUES:
        message = f"must have at most {MAX_ALL_VALUES} characters in all values"
        yield FieldError("extensions", "profile.extension_value", message)


def _measure(extension: CustomExtension) -> int:
    """Return the maximum number of characters of the value."""
    return extension.field.maximum if extension.field else len(extension.value or "")


def _find_content_faults(at: str, extension: CustomExtension) -> Iterator[FieldError]:
    if (extension.value is None) is (extension.field is None):
        yield FieldError(f"{at}.value", "profile.extension_value", "must be set if `field` is not, and only then")
    if extension.value is not None:
        fault = find_value_fault(extension.type, extension.value)
        if fault:
            yield FieldError(f"{at}.value", "profile.extension_value", fault)
    if extension.field is not None:
        if extension.type is ExtensionType.DER:
            message = "must not be DER for a field, because requesters could set any structure"
            yield FieldError(f"{at}.type", "profile.extension_field", message)
        yield from _find_field_faults(f"{at}.field", extension.field)


def _find_field_faults(at: str, field: RequestField) -> Iterator[FieldError]:
    rule = "profile.extension_field"
    if not _FIELD_NAME.fullmatch(field.name):
        yield FieldError(f"{at}.name", rule, "must have 1 to 32 characters of a-z, 0-9, and _, and start with a letter")
    if not 1 <= len(field.pattern) <= MAX_PATTERN or not field.pattern.isprintable():
        yield FieldError(f"{at}.pattern", rule, f"must have 1 to {MAX_PATTERN} printable characters")
    if not 1 <= field.maximum <= MAX_VALUE:
        yield FieldError(f"{at}.maximum", rule, f"must be 1 to {MAX_VALUE}")


def _find_oid_fault(oid: str, seen: set[str]) -> str | None:
    if not is_dotted_oid(oid):
        return f"must be a dotted OID, not {oid!r}"
    if oid in seen:
        return f"must not repeat an extension; {oid} occurs twice (RFC 5280 §4.2)"
    if oid.startswith(_PREFIXES):
        return f"must not be {oid}, which the fields of the profile decide"
    return f"must not be {oid}: {_REFUSED[oid]}" if oid in _REFUSED else None


def find_value_fault(kind: ExtensionType, text: str) -> str | None:
    """Return why a text is not a value of this type; None if it is one."""
    if not 1 <= len(text) <= MAX_VALUE:
        return f"must have 1 to {MAX_VALUE} characters"
    is_valid, form = _FORMS[kind]
    return None if is_valid(text) else f"must be {form}"


def describe_form(kind: ExtensionType) -> str:
    """Return what a text of this type is, for people."""
    return _FORMS[kind][1]


_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,47}")
_SID = re.compile(r"S-1-(0|[1-9][0-9]{0,14})((?:-(?:0|[1-9][0-9]{0,9})){1,15})")
_TEMPLATE = re.compile(r"([0-9.]+):(0|[1-9][0-9]{0,9})(?::(0|[1-9][0-9]{0,9}))?")


def _is_hex(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def _is_bmp(text: str) -> bool:
    return text.isprintable() and max(map(ord, text)) <= 0xFFFF


def _is_sid(text: str) -> bool:
    """Return whether a text is a SID (MS-DTYP §2.4.2.1) with a decimal identifier authority."""
    found = _SID.fullmatch(text)
    return found is not None and int(found[1]) < 1 << 32 and all(int(n) < 1 << 32 for n in found[2][1:].split("-"))


def _is_template(text: str) -> bool:
    found = _TEMPLATE.fullmatch(text)
    return found is not None and is_dotted_oid(found[1]) and all(int(n or 0) < 1 << 32 for n in found.group(2, 3))


_FORMS: dict[ExtensionType, tuple[Callable[[str], bool], str]] = {
    ExtensionType.DER: (_is_hex, "one DER element in hex, such as 0500"),
    ExtensionType.BOOLEAN: (lambda text: text in ("true", "false"), "true or false"),
    ExtensionType.INTEGER: (lambda text: _NUMBER.fullmatch(text) is not None, "a decimal number of at most 48 digits"),
    ExtensionType.OID: (is_dotted_oid, "a dotted OID"),
    ExtensionType.OCTET_STRING: (_is_hex, "bytes in hex, such as 00ff"),
    ExtensionType.UTF8_STRING: (str.isprintable, "printable text"),
    ExtensionType.IA5_STRING: (lambda text: text.isascii() and text.isprintable(), "printable ASCII text"),
    ExtensionType.BMP_STRING: (_is_bmp, "printable text of characters up to U+FFFF"),
    ExtensionType.SID: (_is_sid, "a SID such as S-1-5-21-1004336348-1177238915-682003330-512"),
    ExtensionType.CERTIFICATE_TEMPLATE: (_is_template, "an OID and a version, such as 1.3.6.1.4.1.311.21.8.1:100:5"),
}
"""For each type, the check of its text and a description of the form."""
