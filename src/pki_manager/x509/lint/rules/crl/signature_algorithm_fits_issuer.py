from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    if crl.issuer_certificate is not None:
        yield from checks.check_signature_fits_key(crl.signature_algorithm, crl.issuer_certificate.public_key.algorithm)


RULE: Rule[CrlView] = Rule(
    id="crl.signature_algorithm_fits_issuer",
    requirement="The signature algorithm is one that the issuer's key can make.",
    citation="RFC 5280 §5.1.1.2, RFC 4055 §1.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.issuer_certificate is not None,
    check=_check,
)
