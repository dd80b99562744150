"""otherName entries (RFC 5280 §4.2.1.6): names of types that other standards define, by their type-id.

The text form is OpenSSL's, `type-id;FORM:text`: `1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp.example`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pki_manager.domain.errors import InvalidInput

UPN = "1.3.6.1.4.1.311.20.2.3"
"""User principal name, by which Windows domains identify the user of a certificate (szOID_NT_PRINCIPAL_NAME)."""
SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"
"""A mail address whose local part is not ASCII (RFC 9598 §3)."""

NTDS_REPLICATION = "1.3.6.1.4.1.311.25.1"
"""szOID_NTDS_REPLICATION: the GUID of a domain controller, as an OCTET STRING of 16 bytes."""

ALIASES = {"upn": UPN, "smtputf8mailbox": SMTP_UTF8_MAILBOX}
"""Prefixes that can be written instead of a type-id, in lower case, as in `UPN:…`."""

_FORM = re.compile(r"(?P<type>[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,31});(?P<form>[A-Za-z0-9]+):(?P<text>.+)", re.DOTALL)
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_UTF8, _IA5 = 0x0C, 0x16


class ValueForm(StrEnum):
    """The form of the value: a string of one of two types, or another ASN.1 value as hex of its DER."""

    UTF8 = "UTF8"
    IA5 = "IA5"
    DER = "DER"


@dataclass(frozen=True, slots=True)
class OtherName:
    """An otherName. `type_id` is a dotted OID."""

    type_id: str
    form: ValueForm
    text: str

    @classmethod
    def parse(cls, value: str, field: str = "sans") -> OtherName:
        """Return the otherName in a text.

        Raises InvalidInput for `field` if its form is wrong; policy checks its value.
        """
        found = _FORM.fullmatch(value)
        form = found["form"].upper() if found else ""
        if found is None or form not in tuple(ValueForm):
            message = f"must be type-id;UTF8:text, type-id;IA5:text, or type-id;DER:hex, not {value!r}"
            raise InvalidInput.of(field, "san.other", message)
        text = found["text"]
        if form == ValueForm.DER:
            if not _HEX.fullmatch(text.lower()):
                raise InvalidInput.of(field, "san.other", f"has a value that is not hex: {value!r}")
            return cls.of_der(found["type"], bytes.fromhex(text))
        if form == ValueForm.IA5 and not text.isascii():
            raise InvalidInput.of(
                field, "san.other", f"has a value that is not ASCII, as IA5String requires: {value!r}"
            )
        return cls(found["type"], ValueForm(form), text)

    @classmethod
    def of_der(cls, type_id: str, value: bytes) -> OtherName:
        """Return the otherName of a DER value. A value that is not a readable string is kept as DER."""
        form, content = _FORMS.get(value[0]) if value else None, _content(value)
        if form is not None and content:
            try:
                return cls(type_id, form, content.decode("utf-8" if form is ValueForm.UTF8 else "ascii"))
            except UnicodeDecodeError:
                pass
        return cls(type_id, ValueForm.DER, value.hex())

    def __str__(self) -> str:
        return f"{self.type_id};{self.form.value}:{self.text}"


_FORMS = {_UTF8: ValueForm.UTF8, _IA5: ValueForm.IA5}


def _content(value: bytes) -> bytes | None:
    """Return the content of a short DER element. None if its length does not fit: `x509.asn1` then decides."""
    for head in (2, 3):
        length = value[head - 1 : head]
        is_long = value[1:2] == b"\x81"
        if length and is_long is (head == 3) and length[0] == len(value) - head:
            return value[head:]
    return None
