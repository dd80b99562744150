from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks, oids
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.frame import CertificateFrame
from pki_manager.x509.lint.rule import Breach, always
from pki_manager.x509.lint.rulebook import FrameRule

_KNOWN = frozenset(
    {
        oids.BASIC_CONSTRAINTS,
        oids.KEY_USAGE,
        oids.EXTENDED_KEY_USAGE,
        oids.SUBJECT_ALT_NAME,
        oids.NAME_CONSTRAINTS,
        oids.CRL_DISTRIBUTION_POINTS,
        oids.CERTIFICATE_POLICIES,
        oids.POLICY_MAPPINGS,
        oids.POLICY_CONSTRAINTS,
        oids.INHIBIT_ANY_POLICY,
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.AUTHORITY_INFO_ACCESS,
        oids.SUBJECT_INFO_ACCESS,
        oids.ISSUER_ALT_NAME,
        oids.FRESHEST_CRL,
        oids.SUBJECT_DIRECTORY_ATTRIBUTES,
        oids.NO_REV_AVAIL,
    }
)


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.unknown_critical(certificate.extensions, _KNOWN)


RULE = FrameRule(
    id="certificate.extension_critical_known",
    requirement="No extension is critical that RFC 5280 does not define.",
    citation="RFC 5280 §4.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=always,
    check=_check,
)
