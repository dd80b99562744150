from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule

_KNOWN = frozenset({oid_octets.CERTIFICATE_ISSUER})


def _check(crl: CrlView) -> Iterator[Breach]:
    for _, extensions in crl.entry_extensions:
        yield from checks.check_unknown_critical(extensions, _KNOWN, "revokedCertificates")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_extension_critical_known",
    requirement="No extension of an entry is critical but certificateIssuer.",
    citation="RFC 5280 §5.3",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
