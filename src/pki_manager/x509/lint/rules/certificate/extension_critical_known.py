from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule

_KNOWN = frozenset(
    {
        oid_octets.BASIC_CONSTRAINTS,
        oid_octets.KEY_USAGE,
        oid_octets.EXTENDED_KEY_USAGE,
        oid_octets.SUBJECT_ALT_NAME,
        oid_octets.NAME_CONSTRAINTS,
        oid_octets.CRL_DISTRIBUTION_POINTS,
        oid_octets.CERTIFICATE_POLICIES,
        oid_octets.POLICY_MAPPINGS,
        oid_octets.POLICY_CONSTRAINTS,
        oid_octets.INHIBIT_ANY_POLICY,
        oid_octets.SUBJECT_KEY_IDENTIFIER,
        oid_octets.AUTHORITY_KEY_IDENTIFIER,
        oid_octets.AUTHORITY_INFO_ACCESS,
        oid_octets.SUBJECT_INFO_ACCESS,
        oid_octets.ISSUER_ALT_NAME,
        oid_octets.FRESHEST_CRL,
        oid_octets.SUBJECT_DIRECTORY_ATTRIBUTES,
        oid_octets.NO_REV_AVAIL,
    }
)


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.check_unknown_critical(certificate.extensions, _KNOWN)


RULE = FrameRule(
    id="certificate.extension_critical_known",
    requirement="No extension is critical that RFC 5280 does not define.",
    citation="RFC 5280 §4.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
