from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    usage = certificate.key_usage or frozenset()
    if usage & {"encipherOnly", "decipherOnly"} and "keyAgreement" not in usage:
        yield Breach("extensions.keyUsage", "encipherOnly or decipherOnly without keyAgreement")


RULE = FrameRule(
    id="certificate.key_usage_agreement_only",
    requirement="encipherOnly and decipherOnly are only set together with keyAgreement.",
    citation="RFC 5280 §4.2.1.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.key_usage is not None,
    check=_check,
)
