from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import read_time
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(crl: CrlView) -> Iterator[Breach]:
    for _, extensions in crl.entry_extensions:
        for extension in extensions:
            if extension.oid == oid_octets.INVALIDITY_DATE:
                time = read_time(tlv.read_whole(extension.value, tlv.GENERALIZED_TIME))
                yield from checks.check_time_form(time, "revokedCertificates.invalidityDate")


RULE: Rule[CrlView] = Rule(
    id="crl.entry_invalidity_date",
    requirement="invalidityDate is a GeneralizedTime to the second.",
    citation="RFC 5280 §5.3.2",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda crl: crl.revoked is not None,
    check=_check,
)
