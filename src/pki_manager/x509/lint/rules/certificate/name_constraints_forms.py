from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.asn1.structures import EDI_PARTY, REGISTERED_ID, X400
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    constraints = certificate.name_constraints
    for base, _ in (*constraints.permitted, *constraints.excluded) if constraints else ():
        if base.choice in (X400, EDI_PARTY, REGISTERED_ID):
            yield Breach("extensions.nameConstraints", "a subtree of a form that validators do not compare")


RULE = FrameRule(
    id="certificate.name_constraints_forms",
    requirement="nameConstraints does not restrict X.400 addresses, EDI parties or registered identifiers.",
    citation="RFC 5280 §4.2.1.10",
    since=date(2008, 5, 1),
    severity=Severity.WARNING,
    applies_to=lambda certificate: certificate.name_constraints is not None,
    check=_check,
)
