from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.check_criticality(certificate.extensions, frozenset({oid_octets.KEY_USAGE}), critical=True)


RULE = FrameRule(
    id="certificate.key_usage_critical",
    requirement="keyUsage is critical.",
    citation="RFC 5280 §4.2.1.3",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.key_usage is not None,
    check=_check,
)
