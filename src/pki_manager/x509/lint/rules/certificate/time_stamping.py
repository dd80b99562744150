from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.lint import checks, oids
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.frame import CertificateFrame
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import FrameRule


def _check(certificate: CertificateFrame) -> Iterator[Breach]:
    yield from checks.criticality(certificate.extensions, frozenset({oids.EXTENDED_KEY_USAGE}), critical=True)
    if certificate.extended_key_usage != (oids.TIME_STAMPING,):
        yield Breach("extensions.extKeyUsage", "timeStamping stands beside other purposes")


RULE = FrameRule(
    id="certificate.time_stamping",
    requirement="A time stamping authority has the purpose timeStamping alone, in a critical extKeyUsage.",
    citation="RFC 3161 §2.3",
    since=date(2001, 8, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf and oids.TIME_STAMPING in (certificate.extended_key_usage or ()),
    check=_check,
)
