from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateFrame
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    yield from checks.check_criticality(
        certificate.extensions, frozenset({oid_octets.EXTENDED_KEY_USAGE}), critical=True
    )
    if certificate.extended_key_usage != (oid_octets.TIME_STAMPING,):
        yield Breach("extensions.extKeyUsage", "timeStamping is combined with other purposes")


RULE = FrameRule(
    id="certificate.time_stamping",
    requirement="A time stamping authority has the purpose timeStamping alone, in a critical extKeyUsage.",
    citation="RFC 3161 §2.3",
    since=date(2001, 8, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: (
        certificate.is_leaf and oid_octets.TIME_STAMPING in (certificate.extended_key_usage or ())
    ),
    check=_check,
)
