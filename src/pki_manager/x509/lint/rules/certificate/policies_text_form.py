from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import strings, tlv
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    for policy in certificate.policies or ():
        if policy.has_notice_reference:
            yield Breach("extensions.certificatePolicies", "a user notice has a noticeRef")
        for tag, value in policy.texts:
            text = strings.decode_string(tag, value) or ""
            if (
                tag != tlv.UTF8_STRING
                or not unicodedata.is_normalized("NFC", text)
                or strings.find_invisible(tag, value)
            ):
                yield Breach("extensions.certificatePolicies", "explicitText is no plain UTF8String in NFC")


RULE = FrameRule(
    id="certificate.policies_text_form",
    requirement="An explicitText is UTF8String in NFC without control characters, and there is no noticeRef.",
    citation="RFC 5280 §4.2.1.4, RFC 6818 §3",
    since=date(2013, 1, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.policies is not None,
    check=_check,
)
