from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    constraints = certificate.name_constraints
    if constraints is not None and not constraints.permitted and not constraints.excluded:
        yield Breach("extensions.nameConstraints", "there is no subtree")


RULE = FrameRule(
    id="certificate.name_constraints_not_empty",
    requirement="nameConstraints holds at least one subtree.",
    citation="RFC 5280 §4.2.1.10",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.name_constraints is not None,
    check=_check,
)
