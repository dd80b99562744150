from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import strings, tlv
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    for policy in certificate.policies or ():
        for tag, value in policy.texts:
            if tag not in (tlv.UTF8_STRING, tlv.VISIBLE_STRING, tlv.BMP_STRING):
                yield Breach("extensions.certificatePolicies", f"explicitText has the string type 0x{tag:02x}")
            elif not 1 <= len(strings.decode_string(tag, value) or "") <= 200:
                yield Breach(
                    "extensions.certificatePolicies",
                    "explicitText is empty, longer than 200 characters or not of its type",
                )


RULE = FrameRule(
    id="certificate.policies_text",
    requirement="An explicitText has 1 to 200 characters in UTF8String, VisibleString or BMPString.",
    citation="RFC 5280 §4.2.1.4, RFC 6818 §3",
    since=date(2013, 1, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.policies is not None,
    check=_check,
)
