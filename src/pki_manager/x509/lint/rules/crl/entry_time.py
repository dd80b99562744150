from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import Time, decode_time
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    for tag, text in crl.revoked.times if crl.revoked else ():
        time = Time(tag, text, decode_time(tag, text))
        yield from checks.check_time_form(time, "revokedCertificates.revocationDate")
        yield from checks.check_time_type(time, "revokedCertificates.revocationDate")
        if time.moment and crl.this_update.moment and time.moment > crl.this_update.moment:
            yield Breach("revokedCertificates.revocationDate", f"{text.decode('latin-1')} is after thisUpdate")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_time",
    requirement="Revocation dates are well formed and not after thisUpdate.",
    citation="RFC 5280 §5.1.2.4, §5.1.2.6",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
