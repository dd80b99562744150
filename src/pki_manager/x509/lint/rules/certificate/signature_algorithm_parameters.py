from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    return checks.check_signature_parameters(certificate.signature_algorithm)


RULE = FrameRule(
    id="certificate.signature_algorithm_parameters",
    requirement="The parameters of the signature algorithm are as its specification says.",
    citation="RFC 4055 §3.1, §5, RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2",
    since=date(2018, 8, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
