from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule

_PLAIN = frozenset(
    {
        oid_octets.AUTHORITY_KEY_IDENTIFIER,
        oid_octets.SUBJECT_KEY_IDENTIFIER,
        oid_octets.AUTHORITY_INFO_ACCESS,
        oid_octets.SUBJECT_INFO_ACCESS,
        oid_octets.FRESHEST_CRL,
        oid_octets.SUBJECT_DIRECTORY_ATTRIBUTES,
        oid_octets.NO_REV_AVAIL,
    }
)


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.check_criticality(certificate.extensions, _PLAIN, critical=False)


RULE = FrameRule(
    id="certificate.extension_not_critical",
    requirement="Key identifiers, information access, freshestCRL and noRevAvail are not critical.",
    citation="RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.1.8, §4.2.1.15, §4.2.2, RFC 9608 §2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
