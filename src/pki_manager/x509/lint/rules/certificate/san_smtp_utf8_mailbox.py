from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, text_forms, tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import OTHER_NAME
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _other_name(value: bytes) -> tuple[bytes, str]:
    """Return the type-id of an otherName, and its text if the value is a UTF8String."""
    kind, explicit = tlv.read_fields(tlv.read_whole(tlv.write(tlv.SEQUENCE, value), tlv.SEQUENCE), tlv.SEQUENCE, 2)[:2]
    inner = tlv.read_only_child(explicit)
    text = inner.value.decode("utf-8", "backslashreplace") if inner.tag == tlv.UTF8_STRING else ""
    return tlv.require_tag(kind, tlv.OBJECT_IDENTIFIER).value, text


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, (choice, value) in enumerate(certificate.subject_alt_names or ()):
        kind, text = _other_name(value) if choice == OTHER_NAME else (b"", "")
        local, _, domain = text.rpartition("@")
        reserved = any(text_forms.is_reserved_label(label) for label in domain.lower().split("."))
        wrong = local.isascii() or local.startswith("﻿") or reserved or not text_forms.is_host(domain)
        if kind == oid_octets.SMTP_UTF8_MAILBOX and wrong:
            yield Breach(f"extensions.subjectAltName.{position}", f"{text!a} is no SmtpUTF8Mailbox")


RULE = CertificateRule(
    id="certificate.san_smtp_utf8_mailbox",
    requirement="An SmtpUTF8Mailbox is a UTF8String whose local part is not ASCII and whose domain is in A-labels.",
    citation="RFC 9598 §3, §4",
    since=date(2024, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
