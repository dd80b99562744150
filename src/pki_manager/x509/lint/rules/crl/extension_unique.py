from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    yield from checks.check_repeated(crl.extensions, "crlExtensions")
    for _, extensions in crl.entry_extensions:
        yield from checks.check_repeated(extensions, "revokedCertificates")


RULE: Rule[CrlView] = Rule(
    id="crl.extension_unique",
    requirement="No extension of the CRL or of an entry occurs more than once.",
    citation="RFC 5280 §5.2, §5.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
