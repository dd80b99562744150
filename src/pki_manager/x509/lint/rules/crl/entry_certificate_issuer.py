from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    point = crl.issuing_distribution_point
    for _, extensions in crl.entry_extensions:
        yield from checks.check_criticality(extensions, frozenset({oid_octets.CERTIFICATE_ISSUER}), critical=True)
        if any(extension.oid == oid_octets.CERTIFICATE_ISSUER for extension in extensions) and not (
            point and point.indirect
        ):
            yield Breach("revokedCertificates", "certificateIssuer in a CRL that is not indirect")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_certificate_issuer",
    requirement="certificateIssuer is critical and only in indirect CRLs.",
    citation="RFC 5280 §5.3.3, §5.2.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
