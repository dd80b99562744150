from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_LIMITS = (
    (date(2029, 3, 15), 47),
    (date(2027, 3, 15), 100),
    (date(2026, 3, 15), 200),
    (date.min, 398),
)


def _check(certificate: CertificateView) -> Iterator[Breach]:
    start, end = certificate.not_before.moment, certificate.not_after.moment
    if start is None or end is None:
        return
    limit = next(days for day, days in _LIMITS if start.date() >= day)
    # Both ends count (RFC 5280 §4.1.2.5), so a day more is a second more.
    if end - start + timedelta(seconds=1) > timedelta(days=limit):
        yield Breach("validity", f"longer than {limit} days")


RULE = CertificateRule(
    id="public_tls.validity_limit",
    requirement="The validity period is at most 398 days, 200 from 15 March 2026, 100 from 2027, and 47 from 2029.",
    citation="CA/B Forum Baseline Requirements §6.3.2 (Ballot SC-081)",
    since=date(2020, 9, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.is_leaf,
    check=_check,
)
