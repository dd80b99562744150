from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, applies_always
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    for extension in certificate.extensions:
        if extension.explicit_false:
            yield Breach("extensions", f"extension {extension.dotted} writes out critical FALSE")
    if certificate.basic_constraints is not None and certificate.basic_constraints.explicit_false:
        yield Breach("extensions.basicConstraints", "cA FALSE is written out")


RULE = FrameRule(
    id="certificate.default_not_encoded",
    requirement="A value that equals its DEFAULT is not encoded.",
    citation="X.690 §11.5",
    since=date(2002, 7, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
