from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    constraints = certificate.basic_constraints
    if constraints is None or constraints.path_length is None:
        return
    if not constraints.ca:
        yield Breach("extensions.basicConstraints", "pathLenConstraint without cA TRUE")
    if "keyCertSign" not in (certificate.key_usage or ()):
        yield Breach("extensions.basicConstraints", "pathLenConstraint without keyCertSign")
    if constraints.path_length < 0:
        yield Breach("extensions.basicConstraints", "pathLenConstraint is negative")


RULE = FrameRule(
    id="certificate.path_length_only_for_ca",
    requirement="pathLenConstraint is only present with cA TRUE and keyCertSign, and is not negative.",
    citation="RFC 5280 §4.2.1.9",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.basic_constraints is not None,
    check=_check,
)
