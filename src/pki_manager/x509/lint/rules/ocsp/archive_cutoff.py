from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.asn1.structures import read_time
from pki_manager.x509.lint import checks
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    produced = ocsp.basic.produced_at.moment
    for single in ocsp.basic.responses:
        for extension in single.extensions:
            if extension.oid == oid_octets.OCSP_ARCHIVE_CUTOFF:
                time = read_time(tlv.read_whole(extension.value, tlv.GENERALIZED_TIME))
                yield from checks.check_time_form(time, "singleExtensions.archiveCutoff")
                if time.moment and produced and time.moment > produced:
                    yield Breach("singleExtensions.archiveCutoff", "archiveCutoff is after producedAt")


RULE: Rule[OcspView] = Rule(
    id="ocsp.archive_cutoff",
    requirement="archiveCutoff is a GeneralizedTime that is not after producedAt.",
    citation="RFC 6960 §4.4.4",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
