from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    signer = ocsp.basic.signer()
    if signer is not None:
        yield from checks.check_signature_fits_key(ocsp.basic.signature_algorithm, signer.public_key.algorithm)


RULE: Rule[OcspView] = Rule(
    id="ocsp.signature_algorithm_fits_signer",
    requirement="The signature algorithm is one that the signer's key can make.",
    citation="RFC 6960 §4.2.1, RFC 4055 §1.2",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic and ocsp.basic.certificates is not None,
    check=_check,
)
