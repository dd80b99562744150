from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.check_weak_signature(certificate.signature_algorithm)


RULE = FrameRule(
    id="certificate.signature_algorithm_strength",
    requirement="The signature does not rest on MD2, MD4, MD5 or SHA-1.",
    citation="NIST SP 800-131A Rev. 2 §3",
    since=date(2014, 1, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
