from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule


def _check(certificate: CertificateView) -> Iterator[Breach]:
    outer = certificate.issuer_certificate.basic_constraints if certificate.issuer_certificate else None
    inner = certificate.basic_constraints
    if outer is None or outer.path_length is None or inner is None:
        return
    # A self-issued certificate (key rollover) does not count in the path.
    room = outer.path_length - (0 if certificate.is_self_issued else 1)
    if room < 0:
        yield Breach("extensions.basicConstraints", "the issuer's path length leaves no room for a CA below it")
    elif inner.path_length is None or inner.path_length > room:
        found = "unlimited" if inner.path_length is None else inner.path_length
        yield Breach("extensions.basicConstraints", f"path length {found}, the issuer leaves {room}")


RULE = CertificateRule(
    id="certificate.path_length_within_issuer",
    requirement="A CA below a limited CA is limited further.",
    citation="RFC 5280 §4.2.1.9, §6.1.4 (l), (m)",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_ca and certificate.issuer_certificate is not None,
    check=_check,
)
