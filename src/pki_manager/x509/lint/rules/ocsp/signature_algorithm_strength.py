from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    return checks.check_weak_signature(ocsp.basic.signature_algorithm)


RULE: Rule[OcspView] = Rule(
    id="ocsp.signature_algorithm_strength",
    requirement="The signature does not rest on MD2, MD4, MD5 or SHA-1.",
    citation="NIST SP 800-131A Rev. 2 §3",
    since=date(2014, 1, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
